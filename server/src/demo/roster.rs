//! Who and what the demo is about: plain data, told as a company would recognise itself.
use domain::{
    access::Role,
    environment::Environment,
    limits::{
        Frequency::{self, AllTime, Per24HourPeriod, PerMonth, PerTransaction, PerWeek, PerYear},
        OnLimitExceeded,
    },
};

/// Where an agent buys: the declared name is part of the network's name.
pub(super) struct Shop {
    pub declared: &'static str,
    pub name: &'static str,
    pub mcc: &'static str,
    pub city: &'static str,
    pub country: &'static str,
    pub what: &'static str,
    /// The usual price, in cents, from and to.
    pub price: (i64, i64),
}

macro_rules! shops {
    ($($declared:literal $name:literal $mcc:literal $city:literal $country:literal $what:literal $low:literal $high:literal;)*) => {
        &[$(Shop { declared: $declared, name: $name, mcc: $mcc, city: $city, country: $country, what: $what, price: ($low, $high) }),*]
    };
}

pub(super) const SHOPS: &[Shop] = shops! {
    "Amazon" "AMAZON MKTPL*2K4D" "5942" "Seattle" "US" "Office supplies" 1_200 9_800;
    "Staples" "STAPLES DIRECT 0117" "5943" "Framingham" "US" "Paper and toner" 2_400 8_600;
    "IKEA" "IKEA BUSINESS BERLIN" "5712" "Berlin" "DE" "Desk lamps for the new room" 3_900 14_900;
    "OpenAI" "OPENAI *API USAGE" "5734" "San Francisco" "US" "Model credits" 2_000 12_000;
    "Anthropic" "ANTHROPIC PBC" "5734" "San Francisco" "US" "Model credits" 2_500 12_500;
    "GitHub" "GITHUB, INC." "5734" "San Francisco" "US" "Seats for the platform team" 2_100 6_300;
    "Figma" "FIGMA MONTHLY RENEWAL" "5734" "San Francisco" "US" "Design seats" 1_500 7_500;
    "Notion" "NOTION LABS, INC." "5734" "San Francisco" "US" "Workspace seats" 1_000 4_800;
    "Amazon Web Services" "AMAZON WEB SERVICES" "7372" "Seattle" "US" "Staging servers" 3_500 16_000;
    "Hetzner" "HETZNER ONLINE GMBH" "7372" "Gunzenhausen" "DE" "Build machines" 2_900 11_900;
    "Cloudflare" "CLOUDFLARE" "7372" "San Francisco" "US" "Domains and traffic" 1_000 5_500;
    "Lufthansa" "LUFTHANSA 220-4471" "3008" "Frankfurt" "DE" "Flight to a customer" 11_900 28_900;
    "Deutsche Bahn" "DEUTSCHE BAHN VERTRIEB" "4112" "Berlin" "DE" "Train to a customer" 3_990 12_900;
    "Booking.com" "BOOKING.COM HOTEL" "4722" "Amsterdam" "NL" "Two nights in Hamburg" 12_900 24_900;
    "Uber" "UBER *TRIP HELP.UBER" "4121" "Amsterdam" "NL" "Ride from the airport" 1_400 4_900;
    "Meta" "META PLATFORMS ADS" "7311" "Dublin" "IE" "Campaign spring" 4_000 15_000;
    "Google Ads" "GOOGLE ADS 8842" "7311" "Dublin" "IE" "Search campaign" 3_500 14_000;
    "LinkedIn" "LINKEDIN ADS" "7311" "Dublin" "IE" "Job posts" 4_500 12_000;
    "Lieferando" "LIEFERANDO.DE" "5812" "Berlin" "DE" "Team lunch" 2_200 9_600;
    "Rewe" "REWE LIEFERSERVICE" "5411" "Cologne" "DE" "Fruit and coffee" 2_800 7_900;
    "Thalia" "THALIA BUCHHANDEL" "5942" "Hagen" "DE" "Technical books" 1_900 7_400;
    "Udemy" "UDEMY BUSINESS" "8299" "San Francisco" "US" "A course" 1_200 8_900;
    "DHL" "DHL EXPRESS 4410" "4215" "Bonn" "DE" "Parcels to customers" 900 5_200;
    "Mouser" "MOUSER ELECTRONICS" "5065" "Mansfield" "US" "Sensors for the lab" 2_600 13_800;
};

/// What a card is for besides being charged.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// Charged by the agent.
    Used,
    /// Charged by the merchant alone: its details are never shown.
    Subscription,
    /// Frozen early on, and tried again and again.
    Frozen,
    /// Closed early on, and tried again and again.
    Closed,
}

pub(super) struct CardSpec {
    pub purpose: &'static str,
    pub most: Option<i64>,
    pub fate: Fate,
}

/// What is special about an agent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Usual,
    /// Its user's balance is small.
    Poor,
    /// Suspended by its own limit once, and resumed.
    Tripped,
    /// Suspended by support some days ago.
    Suspended,
    /// Its limit nearly used up in the end.
    Near,
    /// Its limit lowered below what it spent in the last hours.
    Over,
}

pub(super) struct AgentSpec {
    pub name: &'static str,
    pub purpose: &'static str,
    /// Which of the world's users pays.
    pub user: usize,
    pub limit: Option<(i64, Frequency)>,
    pub on_exceeded: Option<OnLimitExceeded>,
    pub part: Part,
    pub shops: &'static [usize],
    pub cards: &'static [CardSpec],
}

const fn used(purpose: &'static str) -> CardSpec {
    CardSpec { purpose, most: None, fate: Fate::Used }
}
const fn most(purpose: &'static str, cents: i64) -> CardSpec {
    CardSpec { purpose, most: Some(cents), fate: Fate::Used }
}
const fn subscription(purpose: &'static str) -> CardSpec {
    CardSpec { purpose, most: None, fate: Fate::Subscription }
}
const fn fated(purpose: &'static str, fate: Fate) -> CardSpec {
    CardSpec { purpose, most: None, fate }
}

macro_rules! agents {
    ($($name:literal $purpose:literal user $user:literal $limit:expr, $on:expr, $part:ident shops $shops:expr, cards $cards:expr;)*) => {
        &[$(AgentSpec { name: $name, purpose: $purpose, user: $user, limit: $limit, on_exceeded: $on, part: Part::$part, shops: &$shops, cards: &$cards }),*]
    };
}

const SUSPEND: Option<OnLimitExceeded> = Some(OnLimitExceeded::Suspend);
const NOTIFY: Option<OnLimitExceeded> = Some(OnLimitExceeded::Notify);
const TRACK: Option<OnLimitExceeded> = Some(OnLimitExceeded::None);

/// The agents of the live environment: every frequency, and every answer to a limit that is passed.
const LIVE_AGENTS: &[AgentSpec] = agents! {
    "office-buyer" "Orders what the office runs out of, from approved shops." user 0
        Some((15_000, PerTransaction)), None, Usual shops [0, 1, 2],
        cards [most("Office supplies", 10_000), used("Furniture"), used("Anything else for the office"), fated("Old supplies card", Fate::Closed)];
    "travel-planner" "Books trains, flights and rooms within the travel policy." user 1
        Some((3_000_000, PerMonth)), None, Usual shops [11, 12, 13, 14],
        cards [used("Flights"), used("Trains"), most("Hotels", 30_000), used("Rides")];
    "cloud-ops" "Keeps staging servers and build machines paid." user 0
        Some((1_400_000, PerWeek)), SUSPEND, Tripped shops [8, 9, 10],
        cards [used("Servers"), used("Build machines"), subscription("Cloudflare plan"), subscription("Reserved servers")];
    "model-credits" "Tops up model credits when a team runs low." user 0
        Some((250_000, Per24HourPeriod)), None, Over shops [3, 4],
        cards [used("Credits for research"), used("Credits for support"), used("Credits for sales")];
    "software-seats" "Adds and removes seats as people join and leave." user 0
        Some((12_000_000, PerYear)), TRACK, Usual shops [5, 6, 7],
        cards [subscription("Figma"), subscription("Notion"), subscription("GitHub"), used("One-off licences")];
    "ad-manager" "Runs small campaigns and stops those that do not pay." user 2
        Some((450_000, PerMonth)), NOTIFY, Usual shops [15, 16, 17],
        cards [used("Search"), used("Social"), used("Job posts"), fated("Campaign winter", Fate::Frozen)];
    "lunch-bot" "Orders the team lunch on Tuesdays and Thursdays, and fruit every Monday." user 1
        Some((20_000, PerTransaction)), None, Usual shops [18, 19],
        cards [most("Team lunch", 12_000), used("Fruit and coffee"), used("Guests")];
    "librarian" "Buys books and courses that people asked for." user 1
        Some((4_000_000, AllTime)), None, Near shops [20, 21, 0],
        cards [used("Books"), used("Courses"), used("Magazines")];
    "parcel-desk" "Sends parcels and prints their labels." user 2
        Some((300_000, Per24HourPeriod)), None, Usual shops [22, 1],
        cards [used("Express"), used("Labels"), most("Packaging", 15_000)];
    "lab-procurement" "Orders parts for prototypes from known distributors." user 3
        Some((900_000, PerWeek)), None, Poor shops [23, 0],
        cards [used("Sensors"), used("Tools"), fated("Trade fair", Fate::Frozen)];
    "event-scout" "Prepares events: rooms, print, catering." user 2
        Some((4_500_000, PerYear)), SUSPEND, Suspended shops [13, 18, 2],
        cards [used("Rooms"), used("Catering"), used("Print")];
    "research-helper" "Buys reports and data that a person approved." user 3
        None, None, Usual shops [20, 4, 5],
        cards [used("Reports"), used("Data"), fated("Pilot", Fate::Closed)];
};

const DEV_AGENTS: &[AgentSpec] = agents! {
    "checkout-bot" "Tries the checkout end to end." user 0
        Some((15_000, PerTransaction)), None, Usual shops [0, 1, 20],
        cards [most("Checkout tests", 10_000), used("Refund tests"), fated("Frozen on purpose", Fate::Frozen)];
    "nightly-suite" "Buys a little of everything each night." user 0
        Some((400_000, PerWeek)), NOTIFY, Usual shops [4, 10, 22],
        cards [used("Nightly"), subscription("Recurring charge tests")];
};

const OTHER_AGENTS: &[AgentSpec] = agents! {
    "supply-runner" "Orders packaging." user 0
        Some((20_000, PerTransaction)), None, Usual shops [1, 22],
        cards [most("Packaging", 15_000), used("Labels"), fated("Lost card", Fate::Frozen)];
    "site-keeper" "Pays for the shop's servers." user 0
        Some((600_000, PerWeek)), SUSPEND, Usual shops [9, 10],
        cards [used("Servers"), subscription("Domains")];
    "promo-agent" "Places promotions." user 0
        None, None, Usual shops [15, 16],
        cards [used("Social"), used("Search")];
};

pub(super) struct UserSpec {
    pub first: &'static str,
    pub last: &'static str,
    /// What the balance is filled up to, in cents.
    pub balance: i64,
}

macro_rules! users {
    ($($first:literal $last:literal $balance:literal;)*) => { &[$(UserSpec { first: $first, last: $last, balance: $balance }),*] };
}

const LIVE_USERS: &[UserSpec] = users! {
    "Operations" "Northwind" 4_000_000;
    "Nadia" "Okafor" 3_000_000;
    "Marketing" "Northwind" 3_500_000;
    "Jonas" "Weber" 400_000;
};
const DEV_USERS: &[UserSpec] = users! { "Test" "Person" 900_000; };
const OTHER_USERS: &[UserSpec] = users! { "Harbour" "Goods" 1_500_000; };

pub(super) struct PersonSpec {
    pub role: Role,
    pub name: &'static str,
    pub email: &'static str,
}

macro_rules! people {
    ($($role:ident $name:literal $email:literal;)*) => { &[$(PersonSpec { role: Role::$role, name: $name, email: $email }),*] };
}

/// One organisation; its first person is its owner.
pub(super) struct Company {
    pub name: &'static str,
    pub zone: &'static str,
    pub people: &'static [PersonSpec],
    pub worlds: &'static [WorldSpec],
}

pub(super) struct WorldSpec {
    pub environment: Environment,
    pub users: &'static [UserSpec],
    pub agents: &'static [AgentSpec],
    /// One purchase here for so many of all that were asked for.
    pub one_in: usize,
    /// Single-use cards at most.
    pub single: usize,
    pub endpoints: bool,
}

pub(super) const COMPANIES: &[Company] = &[
    Company {
        name: "Northwind Robotics",
        zone: "Europe/Berlin",
        people: people! {
            Owner "Olivia Lindqvist" "owner@northwind.example";
            Admin "Arjun Mehta" "admin@northwind.example";
            Developer "Dana Kowalski" "developer@northwind.example";
            Support "Samuel Adeyemi" "support@northwind.example";
            Finance "Fatima Haddad" "finance@northwind.example";
            Auditor "Aki Tanaka" "auditor@northwind.example";
        },
        worlds: &[
            WorldSpec {
                environment: Environment::Live,
                users: LIVE_USERS,
                agents: LIVE_AGENTS,
                one_in: 1,
                single: 18,
                endpoints: true,
            },
            WorldSpec {
                environment: Environment::Dev,
                users: DEV_USERS,
                agents: DEV_AGENTS,
                one_in: 25,
                single: 2,
                endpoints: true,
            },
        ],
    },
    Company {
        name: "Harbour Goods",
        zone: "America/New_York",
        people: people! {
            Owner "Hannah Brooks" "owner@harbour.example";
            Support "Sofia Reyes" "support@harbour.example";
            Auditor "Ines Costa" "auditor@harbour.example";
            Auditor "Tom Fisher" "external.auditor@harbour.example";
        },
        worlds: &[WorldSpec {
            environment: Environment::Live,
            users: OTHER_USERS,
            agents: OTHER_AGENTS,
            one_in: 20,
            single: 2,
            endpoints: false,
        }],
    },
];
