//! Every component in its states, as pages to look at: `cargo run -p app --example gallery -- <folder>`.
//!
//! Writes `live.html`, `dark.html`, `dev.html`, `form.html` and `sign-in.html` with the style sheet beside them.
use app::{
    assets,
    ui::{
        chart::{Bucket, Chart, Legend, Rate, Unit, bar_plot, line_plot, line_plots},
        *,
    },
};
use chrono_tz::Tz;
use leptos::prelude::*;
use std::{env, fs, io, path::Path};

const NOW: i64 = 1_794_578_602_000;
const HOUR: i64 = 3_600_000;
const ZONE: Tz = Tz::Europe__Berlin;

fn main() -> io::Result<()> {
    let folder = env::args().nth(1).unwrap_or_else(|| "target/gallery".to_owned());
    let folder = Path::new(&folder);
    fs::create_dir_all(folder)?;
    for (name, asset) in [("app.css", assets::style()), ("app.js", assets::script()), ("favicon.svg", assets::icon())] {
        fs::write(folder.join(name), asset.bytes)?;
    }
    let pages = [
        ("live.html", shell(Theme::Light, false, overview())),
        ("dark.html", shell(Theme::Dark, false, overview())),
        ("dev.html", shell(Theme::Light, true, purchase())),
        ("dev-dark.html", shell(Theme::Dark, true, purchase())),
        ("form.html", shell(Theme::Light, true, form())),
        ("form-dark.html", shell(Theme::Dark, false, form())),
        ("sign-in.html", sign_in()),
    ];
    for (name, html) in pages {
        fs::write(folder.join(name), beside(&html))?;
    }
    Ok(())
}

/// The same page with its files beside it; integrity needs a server.
fn beside(html: &str) -> String {
    let mut html = html.replace("<!>", "");
    for (name, asset) in [("app.css", assets::style()), ("app.js", assets::script()), ("favicon.svg", assets::icon())] {
        html = html.replace(asset.path, name).replace(&format!(" integrity=\"{}\"", asset.sri), "");
    }
    html
}

fn nav() -> Vec<NavGroup> {
    let item = |label: &str, icon, current| NavItem { label: label.into(), href: "#".into(), icon, current };
    vec![
        NavGroup {
            label: None,
            items: vec![item("Overview", Icon::Overview, true), item("Monitoring", Icon::Monitoring, false)],
        },
        NavGroup {
            label: Some("Spend".into()),
            items: vec![
                item("Agents", Icon::Agent, false),
                item("Cards", Icon::Card, false),
                item("Purchases", Icon::Purchase, false),
                item("Attestations", Icon::Attestation, false),
            ],
        },
        NavGroup {
            label: Some("Developers".into()),
            items: vec![
                item("API keys", Icon::Key, false),
                item("Webhooks", Icon::Webhook, false),
                item("Audit log", Icon::Audit, false),
            ],
        },
    ]
}

fn shell(theme: Theme, dev: bool, page: AnyView) -> String {
    let head = Head { title: "Gallery".into(), nonce: "none".into(), theme };
    let environment = Environment { dev, live_href: "live.html".into(), dev_href: "dev.html".into() };
    let person = Person {
        name: "Ada Lovelace".into(),
        role: "Owner".into(),
        sign_out: "#".into(),
        theme_action: Some("#".into()),
        token: "t".into(),
    };
    let flash = FlashMessage { tone: Tone::Good, text: "Card frozen. It declines every purchase from now on.".into() };
    view! {
        <Shell head organisation="Northwind Analytical Engines" environment person nav=nav() flash=Some(flash)>
            {page}
        </Shell>
    }
    .to_html()
}

fn money(minor: i64) -> AnyView {
    view! { <Money minor currency="USD" exponent=2 /> }.into_any()
}

fn moment(before: i64) -> AnyView {
    view! { <Moment at=NOW - before zone=ZONE /> }.into_any()
}

fn link(text: &str) -> AnyView {
    view! { <a href="#">{text.to_owned()}</a> }.into_any()
}

fn badge(tone: Tone, word: &str) -> AnyView {
    view! { <Badge tone word /> }.into_any()
}

fn decline_rates() -> Vec<Rate> {
    (0..24)
        .map(|i| {
            let at = NOW - NOW % HOUR - (23 - i) * HOUR;
            let n = if (3..5).contains(&i) || i == 8 { 0 } else { 40 + (i * 37) % 60 };
            let k = 1 + (i * i * 7) % 9;
            let share = k as f64 / n.max(1) as f64;
            let value = (n > 0).then_some(share);
            let words = format!("{}: {} ({k} of {n})", local(at, ZONE, Precision::Minute), percent(share));
            Rate { at, value, interval: value.map(|v| ((v - 0.04).max(0.0), v + 0.05)), words }
        })
        .collect()
}

fn rate_rows(points: &[Rate]) -> Vec<Vec<AnyView>> {
    points
        .iter()
        .map(|point| {
            let value = point.value.map_or("none".to_owned(), percent);
            vec![local(point.at, ZONE, Precision::Minute).into_any(), value.into_any()]
        })
        .collect()
}

fn rate_chart() -> AnyView {
    let span = (NOW - 24 * HOUR, NOW);
    let points = decline_rates();
    let rows = rate_rows(&points);
    let plots = vec![line_plot(points, span, ZONE, &Unit::Share)];
    let columns = vec![Column::new("Hour"), Column::numeric("Decline rate")];
    view! {
        <Chart name="Decline rate, last 24 hours" says="1.1 to 19.5 % an hour, highest at 06:00; none decided in three hours." plots columns rows />
    }
    .into_any()
}

fn two_lines() -> AnyView {
    let span = (NOW - 24 * HOUR, NOW);
    let first: Vec<_> = decline_rates().into_iter().map(|rate| Rate { interval: None, ..rate }).collect();
    let second = first.iter().cloned().map(|rate| Rate { value: rate.value.map(|v| v * 0.6 + 0.02), ..rate }).collect();
    let rows = rate_rows(&first);
    let plots = line_plots(vec![first, second], span, ZONE, &Unit::Share);
    let legend = vec![Legend { label: "This week".into() }, Legend { label: "Week before".into() }];
    let columns = vec![Column::new("Hour"), Column::numeric("This week")];
    view! { <Chart name="Against the week before" says="Higher than the week before in most hours." plots legend columns rows /> }
        .into_any()
}

fn bar_chart() -> AnyView {
    const DAY: i64 = 24 * HOUR;
    let start = NOW - 30 * DAY;
    let buckets: Vec<_> = (0..30)
        .map(|i| {
            let value = ((i * 7919) % 97) as f64 * 1_310.0;
            let unit = Unit::Money { currency: "USD".into(), exponent: 2 };
            let words = format!("{}: {}", local(start + i * DAY, ZONE, Precision::Day), unit.write(value));
            Bucket { at: start + i * DAY, value, words }
        })
        .collect();
    let rows = buckets
        .iter()
        .map(|bucket| vec![local(bucket.at, ZONE, Precision::Day).into_any(), money(bucket.value as i64)])
        .collect();
    let unit = Unit::Money { currency: "USD".into(), exponent: 2 };
    let plots = vec![bar_plot(buckets, DAY, (start, NOW), ZONE, &unit)];
    let columns = vec![Column::new("Day"), Column::numeric("Captured")];
    view! { <Chart name="Captured, last 30 days" says="18,334.70 USD captured in 30 days; the most on one day 1,257.60 USD." plots columns rows /> }
        .into_any()
}

fn overview() -> AnyView {
    let ranges = || {
        ["24 h", "7 d", "30 d"]
            .into_iter()
            .enumerate()
            .map(|(i, label)| Tab { label: label.into(), href: "#".into(), current: i == 0 })
            .collect()
    };
    let rate = |k, n, low, high, tone| Reading::Rate { k, n, low, high, tone };
    let trouble = view! {
        <Trouble text="The webhook failure rate could not be loaded." request_id="req_01JCG7Q2ZP" />
    };
    view! {
        <PageHead
            title="Overview"
            lead="What your agents spend, and whether it is what they said they would.".to_owned()
            actions=view! { <LiveStamp every=30 /><Ranges ranges=ranges() /> }.into_any()
        />
        <Stats>
            <Stat label="Captured today" href="#" reading=Reading::Exact(money(1_284_350), "412 purchases by 12 agents".into()) />
            <Stat label="Decline rate" href="#" reading=rate(31, 412, 0.0535, 0.1049, Tone::Neutral) />
            <Stat label="Intent match rate" href="#" reading=rate(371, 377, 0.9657, 0.9927, Tone::Good) />
            <Stat label="Webhook failure rate" href="#" reading=Reading::TooFew { k: 3, n: 11, needs: 20, interval: Some((0.0973, 0.5656)) } />
        </Stats>
        <div class="grid wide">
            <Panel title="Declines by hour" as_of=moment(0)>{rate_chart()}</Panel>
            <Panel title="Captured by day" as_of=moment(0)>{bar_chart()}</Panel>
            <Panel title="Against last week">{two_lines()}</Panel>
            <Panel title="Webhooks">{trouble}<Stat label="Attempts" reading=rate(9, 20, 0.2582, 0.6579, Tone::Bad) /></Panel>
        </div>
        {purchases()}
        <div class="grid">
            <NothingYet icon=Icon::Agent title="No agents yet" text="An agent spends from its cards under a limit that you set." action=("Register agent".to_owned(), "#".to_owned()) />
            <NothingMatches of="purchases" terms=vec!["status is declined".into(), "agent is Travel booker".into()] clear_href="#" />
            <CouldNotLoad of="deliveries" request_id="req_01JCG7Q2ZP" retry_href="#" />
        </div>
    }
    .into_any()
}

fn purchases() -> AnyView {
    let columns = vec![
        Column::new("Merchant"),
        Column::new("Agent"),
        Column::new("Card"),
        Column::new("Status"),
        Column::new("Intent"),
        Column::numeric("Amount").sorted("#", None),
        Column::numeric("Time").sorted("#", Some(Order::Descending)),
    ];
    let row = |merchant: &str, agent: &str, status, intent, minor, before| {
        vec![
            link(merchant),
            agent.to_owned().into_any(),
            view! { <span class="mono">"•••• 4242"</span> }.into_any(),
            status,
            intent,
            money(minor),
            moment(before),
        ]
    };
    let rows = vec![
        row(
            "Amazon Web Services",
            "Infra buyer",
            badge(Tone::Good, "Completed"),
            badge(Tone::Good, "Matched"),
            124_900,
            HOUR,
        ),
        row("Lufthansa", "Travel booker", badge(Tone::Info, "Pending"), badge(Tone::Good, "Matched"), 48_215, 2 * HOUR),
        row(
            "Delta Office Supply and Furniture Company",
            "Office",
            badge(Tone::Bad, "Declined"),
            badge(Tone::Neutral, "None"),
            1_999,
            3 * HOUR,
        ),
        row("Figma", "Design tools", badge(Tone::Good, "Completed"), badge(Tone::Warn, "Mismatched"), 4_500, 5 * HOUR),
        row("Figma", "Design tools", badge(Tone::Neutral, "Reversed"), badge(Tone::Good, "Matched"), -4_500, 9 * HOUR),
    ];
    let chips = vec![
        Chip { name: "Agent".into(), value: "Travel booker".into(), remove_href: "#".into() },
        Chip { name: "Amount".into(), value: "above 10.00 USD".into(), remove_href: "#".into() },
    ];
    let sizes = [25, 50, 100].map(|rows| PageSize { rows, href: "#".into(), current: rows == 25 }).to_vec();
    let status = ["Any", "Pending", "Completed", "Declined"].map(|word| Choice::new(word, word)).to_vec();
    view! {
        <Panel title="Purchases" actions=view! { <ButtonLink href="#" word="Download CSV" small=true /> }.into_any()>
            <FilterBar action="#" clear_href="#".to_owned()>
                <Field name="q" label="Merchant" kind="search" placeholder="Any" />
                <Select name="status" label="Status" choices=status />
                <Field name="from" label="From" kind="date" />
            </FilterBar>
            <Chips chips clear_href="#" />
            <Table caption="Purchases" columns rows quiet=true />
            <Pager of="purchases" older="#".to_owned() sizes />
        </Panel>
    }
    .into_any()
}

fn purchase() -> AnyView {
    let step = |title: &str, state, at: Option<i64>, about: &str| Step {
        title: title.into(),
        state,
        at: at.map(moment),
        about: about.to_owned().into_any(),
    };
    let steps = vec![
        step("Intent declared", StepState::Done, Some(4 * HOUR), "Buy one seat of Figma, at most 45.00 USD."),
        step(
            "Card details read",
            StepState::Late,
            Some(3 * HOUR),
            "By the extension, 61 minutes after the intent: stale.",
        ),
        step(
            "Authorization declined",
            StepState::Failed,
            Some(2 * HOUR),
            "Agent limit: 512.40 of 500.00 USD a month would be spent.",
        ),
        step("Capture", StepState::Waiting, None, "Nothing to capture."),
        step("Attestation", StepState::Missing, None, "The agent has not confirmed this purchase."),
    ];
    let facts = vec![
        Fact::new("Amount", money(4_500)),
        Fact::new("Status", badge(Tone::Bad, "Declined")),
        Fact::new("Purchase id", view! { <Code text="txn_01JCG7Q2ZP8V6N5R4T3W2X1Y0Z" copy="purchase id" /> }),
        Fact::new("Merchant", "Figma, San Francisco"),
        Fact::new("Decided", view! { <Moment at=NOW zone=ZONE precision=Precision::Second /> }),
    ];
    let crumbs = vec![Crumb { label: "Purchases".into(), href: "#".into() }];
    let tabs = ["Summary", "Events", "Webhooks", "Audit"]
        .into_iter()
        .enumerate()
        .map(|(i, label)| Tab { label: label.into(), href: "#".into(), current: i == 0 })
        .collect();
    let limits = [(1_240, Some(50_000)), (43_100, Some(50_000)), (51_240, Some(50_000)), (880, None)];
    let agents = limits
        .into_iter()
        .enumerate()
        .map(|(i, (spent, limit))| {
            vec![
                link(["Office", "Travel booker", "Design tools", "Research"][i]),
                view! { <SpendMeter spent limit currency="USD" exponent=2 period="per month" /> }.into_any(),
                view! { <ButtonLink href="#" word="Change limit" small=true /> }.into_any(),
            ]
        })
        .collect();
    let columns = vec![Column::new("Agent"), Column::new("Spent"), Column::actions("Actions")];
    view! {
        <PageHead
            title="45.00 USD at Figma"
            crumbs
            badge=badge(Tone::Bad, "Declined")
            actions=view! {
                <ButtonLink href="#" word="Freeze card" icon=Icon::Freeze />
                <ButtonLink href="#" word="Open agent" look=Look::Primary />
            }.into_any()
        />
        <Tabs label="Purchase" tabs />
        <div class="grid wide">
            <Panel title="What happened"><Timeline label="Purchase" steps /></Panel>
            <Panel title="Details"><Facts facts /></Panel>
        </div>
        <Panel title="Limits"><Table caption="Limits" columns rows=agents quiet=true /></Panel>
        <Panel title="What was sent"><Verbatim label="Body" text="{\"amount\": 4500}\n" /></Panel>
    }
    .into_any()
}

fn form() -> AnyView {
    let refusals = vec![
        ("name".to_owned(), "Enter a name".to_owned()),
        ("limit".to_owned(), "Enter an amount such as 500.00".to_owned()),
        (String::new(), "This form was sent twice".to_owned()),
    ];
    let kinds = vec![
        Choice::new("single", "Single use").hint("Closes after the first purchase."),
        Choice::new("multi", "Multiple use").hint("Stays open until you close it."),
    ];
    let periods = vec![Choice::new("month", "per month"), Choice::new("day", "per 24 hours")];
    let typed = TypedName { name: "typed".into(), expected: "prod-billing".into(), value: None, refusal: None };
    view! {
        <PageHead title="New card" lead="A card belongs to one agent.".to_owned() />
        <div class="form">
            <ErrorSummary refusals />
            <Field name="name" label="Name" hint="Shown in lists." value="".to_owned() refusal="Enter a name".to_owned() />
            <Field name="limit" label="Limit" inputmode="decimal" unit="USD" value="12,x".to_owned() refusal="Enter an amount such as 500.00".to_owned() />
            <Select name="period" label="Period" choices=periods value="day".to_owned() />
            <Radios name="kind" label="Kind" choices=kinds value="multi".to_owned() boxes=true />
            <TextArea name="note" label="Note" optional=true value="Line one\n</textarea><b>not bold</b>".to_owned() />
            <Checkbox name="intent" label="Require an intent" checked=true hint="Purchases without one are refused." />
            <div class="actions"><Button word="Create card" /><ButtonLink href="#" word="Cancel" /></div>
        </div>
        <Secret label="API key" value="lk_live_8f3KqP2xN7vB4mW1sD6gH9jL5cR0tY3uE8oA2iZ7qXwV6nM" note="Copy it to where it is used. Lost it? Revoke this one and create another." />
        <Confirm consequences=vec!["2 services stop working at once".into(), "It cannot be brought back".into()] act="Revoke key" cancel_href="#" typed>
            <input type="hidden" name="token" value="t" />
        </Confirm>
        <div class="actions">
            <Button word="Primary" /><Button word="Secondary" look=Look::Secondary /><Button word="Danger" look=Look::Danger /><Button word="Plain" look=Look::Plain />
            <Button word="Small" small=true look=Look::Secondary icon=Icon::Plus />
        </div>
        <div class="actions">{Icon::ALL.iter().map(|icon| view! { <Glyph icon=*icon /> }).collect_view()}</div>
        <div class="stack">
            <Flash message=FlashMessage { tone: Tone::Warn, text: "This key expires in 7 days.".into() } />
            <Flash message=FlashMessage { tone: Tone::Bad, text: "The endpoint is disabled after ten failed attempts.".into() } />
            <Flash message=FlashMessage { tone: Tone::Info, text: "A new version is ready.".into() } />
        </div>
    }
    .into_any()
}

fn sign_in() -> String {
    let head = Head { title: "Sign in".into(), nonce: "none".into(), theme: Theme::System };
    view! {
        <Bare head foot="LedgerOS runs on your own server.">
            <PageHead title="Sign in" />
            <form class="form" method="post">
                <Field name="email" label="Email" kind="email" autocomplete="username" />
                <Field name="password" label="Password" kind="password" autocomplete="current-password" />
                <div><Button word="Sign in" /></div>
            </form>
        </Bare>
    }
    .to_html()
}
