//! Somebody at a desk who can send every form there is: whatever a form is about is there, in the state that it needs.
use super::{
    browser::{Browser, PASSWORD, Page, seed},
    html::sheet,
    world::{World, asks, name, new_card, new_intent, new_read, power_of},
};
use app::{guard::Access, screen::RouteInfo};
use domain::{
    access::{
        self, Actor, Grant, Role,
        factors::{self, totp},
        invites::{Invite, Invited},
        members::DisableMember,
        resets::StartReset,
        sessions::own_sessions,
    },
    cards::IssueCard,
    db::Db,
    environment::Environment,
    ids::PasskeyId,
    intents::DeclareIntent,
    keys::{CreateKey, DisableKey, Expiry, Overlap, RotateKey, life::Successor},
    limits::stop::StopSpending,
    purchases::testing::Cast,
    testing::{Fresh, email},
    time::DAY,
    users::completion_token,
    webhooks::CreateEndpoint,
};
use std::collections::BTreeMap;

/// Forms that cannot be sent from a desk, and why; each has tests of its own.
const APART: [(&str, &str); 6] = [
    ("/sign-in/factor", "is for a browser halfway through the door"),
    ("/sign-in/enrol", "is for a browser halfway through the door"),
    ("/account/passkeys", "has a form for each passkey, and which one is no entry that is typed"),
    ("/set-up/{token}", "is there once, before there is anybody"),
    ("/step-up", "takes nothing but a factor, which is never kept"),
    ("/forgot", "opens without a form where the server sends no mail, as here"),
];

/// Forms about the own factors: of somebody who has them.
const OF_FACTORS: [&str; 3] =
    ["/account/passkeys/{id}/remove", "/account/authenticator/remove", "/account/recovery-codes"];

/// What is chosen in place of what stands there, which would be no change.
const CHOSEN: [(&str, &str); 4] =
    [("role", "support"), ("threshold", "5000"), ("levels", "60, 90"), ("card_type", "multi")];

/// What is typed into an entry that is still empty.
const TYPED: [(&str, &str); 17] = [
    ("name", "a new name"),
    ("reason", "because"),
    ("description", "Buys ink"),
    ("purpose", "Printer ink"),
    ("limit", "500.00"),
    ("amount", "1.00"),
    ("merchant", "STAPLES*9"),
    ("category_code", "5943"),
    ("url", "https://new.example/in"),
    ("email", "new@desk.example"),
    ("typed", "backend"),
    ("current_password", PASSWORD),
    ("password", "an entirely new phrase"),
    ("password_again", "an entirely new phrase"),
    ("days", "365"),
    ("found", "lk_live_nobodys"),
    ("roles[]", "owner"),
];

/// A form of the route table, and where it is.
pub struct Sent {
    pub route: RouteInfo,
    pub path: String,
}

impl Sent {
    /// Whether it is about the own factors: whoever sends it shows one at the door.
    pub fn is_of_factors(&self) -> bool {
        OF_FACTORS.contains(&self.route.path)
    }
}

/// Gives somebody who is signed in an app and a passkey; the session goes on.
async fn keep_factors(db: &Db, grant: &Grant) -> PasskeyId {
    let Actor::Person { id, name, .. } = grant.actor() else { panic!("a person") };
    let offer = factors::offer(db, (grant.organisation(), id), ("Acme", name), "").unwrap();
    let code = totp::code(&seed(offer.secret.text()), totp::step(db.now()));
    let mut app = factors::check_offer(db, grant.organisation(), id, &offer.sealed, &code).unwrap().expect("its code");
    app.but = Some(own_sessions(db, grant).await.unwrap().remove(0).id);
    db.commit(grant, app).await.unwrap();
    access::testing::passkey(db, grant, "laptop").await
}

pub struct Desk {
    pub fresh: Fresh,
    pub world: World,
    pub owner: Browser,
    /// Signed in, with an authenticator app and a passkey.
    pub keeper: Browser,
    pub nobody: Browser,
    paths: BTreeMap<&'static str, String>,
}

impl Desk {
    pub async fn new() -> Self {
        let fresh = Fresh::new().await;
        let world = World::new(&fresh).await;
        let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
        let mut paths = BTreeMap::new();
        let db = &fresh.db;
        let create = |called: &str| CreateKey::new(name(called), Expiry::Never(Some(super::world::line("no end"))));

        paths.insert("/views/new", "/live/views/new?screen=keys&query=status%3Dactive".into());

        let paused = db.commit(&world.owner, create("paused")).await.unwrap().id;
        db.commit(&world.owner, DisableKey { id: paused.clone() }).await.unwrap();
        paths.insert("/keys/{id}/resume", format!("/live/keys/{paused}/resume"));

        let old = db.commit(&world.owner, create("old")).await.unwrap().id;
        let rotate =
            RotateKey { id: old.clone(), overlap: Overlap::Day, from_first_use: false, ends: Successor::SameLife };
        db.commit(&world.owner, rotate).await.unwrap();
        paths.insert("/keys/{id}/overlap", format!("/live/keys/{old}/overlap"));

        let reader = access::testing::key_of(&world.key, &world.api_key);
        db.commit(&reader, new_intent(&world.card, "order-desk", "Paper", "Staples")).await.unwrap();
        db.commit(&reader, new_read(&world.card, "Paper", "Staples")).await.unwrap();

        let unused = Cast { age: 40 * DAY, ..Cast::default() }.write(db, &world.key).await.unwrap().card;
        paths.insert("/cards/unused/close", format!("/live/cards/unused/close?days=30&card={unused}"));

        let guarded = IssueCard { set: asks(None), ..new_card(&world.agent, "Ink", "Staples") };
        let guarded = db.commit(&world.owner, guarded).await.unwrap();
        let ink = new_intent(&guarded, "order-ink", "Ink", "Staples");
        let ink = DeclareIntent { ttl_minutes: Some(1_440), ..ink };
        let held = db.commit(&world.key, ink).await.unwrap();
        paths.insert("/intents/{id}/decide", format!("/live/intents/{}/decide", held.intent.id));

        let endpoint =
            CreateEndpoint { url: "https://off.example/in".into(), description: None, events: vec![], allow: vec![] };
        let off = db.commit(&world.owner, endpoint).await.unwrap().id;
        owner.submit(&format!("/live/webhooks/{off}/disable"), &[]).await;
        paths.insert("/webhooks/{id}/enable", format!("/live/webhooks/{off}/enable"));

        let boss = access::testing::member(db, &fresh.organisation, Role::Owner, "Chief", "chief@desk.example").await;
        let person = async |role, called: &'static str| {
            let address = format!("{called}@desk.example");
            let grant = access::testing::member(db, &fresh.organisation, role, called, &address).await;
            let Actor::Person { id, .. } = grant.actor().clone() else { panic!("a person") };
            id
        };
        let out = person(Role::Support, "out").await;
        let disable = DisableMember { id: out.clone(), reason: super::world::line("away") };
        db.commit(&boss, disable).await.unwrap();
        paths.insert("/members/{id}/enable", format!("/live/members/{out}/enable"));

        let next = person(Role::Developer, "next").await;
        let proposed =
            owner.submit(&format!("/live/members/{next}/role"), &[("role", "owner"), ("version", "1")]).await;
        let proposal = proposed.location.expect("a proposal");
        paths.insert("/approvals/{id}/withdraw", format!("{proposal}/withdraw"));

        let invite = Invite { email: email("joins@desk.example"), role: Role::Support };
        let Invited::Made(invite) = db.commit(&boss, invite).await.unwrap() else { panic!("made at once") };
        paths.insert("/invite/{token}", format!("/invite/{}", invite.link.unwrap().reveal().text()));
        let lost = person(Role::Support, "lost").await;
        access::testing::passkey(db, &power_of(&fresh, "lost@desk.example").await, "drowned").await;
        paths.insert("/members/{id}/factors", format!("/live/members/{lost}/factors"));
        let started = db.commit(&boss, StartReset { id: lost }).await.unwrap();
        paths.insert("/reset/{token}", format!("/reset/{}", started.link.unwrap().reveal().text()));
        // Live applications are the issuer's to decide.
        let dev = access::testing::key(db, &fresh.organisation, Environment::Dev);
        // Nothing is bought there, so that there is a stop to end.
        db.commit(&dev, StopSpending { reason: super::world::line("a test") }).await.unwrap();
        paths.insert("/settings/allow", "/dev/settings/allow".into());
        // And live purchases come from the card network.
        let tried = Cast::default().write(db, &dev).await.unwrap();
        paths.insert("/cards/{id}/try/post", format!("/dev/cards/{}/try/post", tried.card));
        // Nor does an issuer serve live here.
        paths.insert("/cards/new", format!("/dev/cards/new?agent={}", tried.agent));
        let user = db.commit(&dev, super::world::new_user("Grace", "Hopper")).await.unwrap();
        paths.insert("/verify/{token}", format!("/verify/{}", completion_token(db.vault(), &user)));

        let keeper = Browser::signed_in(&fresh, Role::Finance).await;
        let passkey = keep_factors(db, &power_of(&fresh, "finance@acme.example").await).await;
        paths.insert("/account/passkeys/{id}/remove", format!("/account/passkeys/{passkey}/remove"));

        // The owner has another session to end.
        drop(Browser::signed_in_again(&fresh, Role::Owner).await);
        // Takes the message of the last form along.
        owner.get("/live").await;
        let nobody = Browser::new(&fresh);
        Self { fresh, world, owner, keeper, nobody, paths }
    }

    /// Every form that can be sent from here.
    pub fn forms(&self) -> Vec<Sent> {
        let all: Vec<RouteInfo> =
            app::pages().table.into_iter().chain(app::door().table).filter(|route| route.form).collect();
        for (apart, why) in APART {
            assert!(all.iter().any(|route| route.path == apart), "{apart}, left out because it {why}, is no form");
        }
        all.into_iter()
            .filter(|route| APART.iter().all(|(path, _)| *path != route.path))
            .map(|route| {
                let of_the_door = app::door().table.iter().any(|other| other.path == route.path);
                let path = match self.paths.get(route.path) {
                    Some(path) => path.clone(),
                    None if of_the_door => route.path.to_owned(),
                    None => self.world.path_in(&route, Environment::Live),
                };
                Sent { route, path }
            })
            .collect()
    }

    /// The form of this route as it can be sent now: at another desk, where a form before has led this one elsewhere.
    pub async fn ready(&mut self, route: &'static str) -> (Sent, Page) {
        for again in [false, true] {
            if again {
                *self = Self::new().await;
            }
            let form = self.forms().into_iter().find(|form| form.route.path == route).expect("a form");
            let page = self.open(&form).await;
            if page.led() == (200, None) && sheet(&page).is_some() {
                return (form, page);
            }
            assert!(!again, "{route} has no form: {:?} {}", page.led(), page.html);
        }
        unreachable!("the second desk is as good as it gets")
    }

    /// Whoever may send it.
    pub fn browser(&mut self, form: &Sent) -> &mut Browser {
        match form.route.access {
            Access::Public => &mut self.nobody,
            _ if form.is_of_factors() => &mut self.keeper,
            _ => &mut self.owner,
        }
    }

    /// The form's page.
    pub async fn open(&mut self, form: &Sent) -> Page {
        self.browser(form).get(&form.path).await
    }
}

/// What a person would send of the form of this page, without its token: every entry filled in.
pub fn filled(page: &Page) -> Vec<(String, String)> {
    let mut entries = sheet(page).unwrap_or_else(|| panic!("no form: {}", page.main()));
    for (name, value) in &mut entries {
        if let Some((_, chosen)) = CHOSEN.iter().find(|(field, _)| field == name) {
            *value = (*chosen).to_owned();
        } else if value.is_empty()
            && let Some((_, typed)) = TYPED.iter().find(|(field, _)| field == name)
        {
            *value = (*typed).to_owned();
        }
    }
    entries
}

/// The entries with this token.
pub fn with_token<'a>(token: &'a str, entries: &'a [(String, String)]) -> Vec<(&'a str, &'a str)> {
    let entries = entries.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    [("token", token)].into_iter().chain(entries).collect()
}
