//! docs/audit.md: which record every form leaves, when it is taken and when it is refused (security X-L5).
use super::{
    browser::Browser,
    desk::{Desk, filled, with_token},
    survival::BY_HAND,
    world::World,
};
use app::guard::Access;
use domain::{
    access::Role,
    audit::{self, Action, Filter},
    environment::Environment,
    ids::AuditId,
    page::Paging,
    testing::{Fresh, documented},
    time::MINUTE,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

/// Sees what was added to the audit log.
#[derive(Default)]
pub struct Watch(BTreeSet<AuditId>);

impl Watch {
    /// The records since the last look, each kind once.
    pub async fn left(&mut self, fresh: &Fresh) -> BTreeSet<String> {
        let mut left = BTreeSet::new();
        for environment in Environment::ALL {
            let reader = fresh.person(*environment, Role::Owner);
            let page = audit::list(&fresh.db, &reader, &Filter::default(), &Paging::newest(100)).await.unwrap();
            for record in page.rows {
                if self.0.insert(record.id) {
                    left.insert(said(record.action, record.outcome == audit::Outcome::Refused));
                }
            }
        }
        left
    }
}

fn said(action: Action, refused: bool) -> String {
    format!("`{action}`{}", if refused { " refused" } else { "" })
}

fn list<'a>(all: impl IntoIterator<Item = &'a String>, none: &str) -> String {
    let all: Vec<&str> = all.into_iter().map(String::as_str).collect();
    if all.is_empty() { none.to_owned() } else { all.join(", ") }
}

/// Compares the table of the forms beyond the door with `leaves`, what each of them left when it was taken, and with what
/// a role leaves that may not send it.
pub async fn pages_documented(
    fresh: &Fresh,
    world: &World,
    leaves: &BTreeMap<&'static str, BTreeSet<String>>,
    watch: &mut Watch,
) {
    let mut browsers = Vec::new();
    for role in Role::ALL {
        let browser = Browser::signed_in_at(fresh, *role, &format!("{role}@coverage.example")).await.0;
        browsers.push((*role, browser));
    }
    let mut text = "## Forms of the pages\n\nEach stands below `/live` and `/dev`.\n\n\
        | form | taken, it leaves | sent by a role that may not, it leaves |\n|---|---|---|\n"
        .to_owned();
    for route in app::pages().table.iter().filter(|route| route.form) {
        let Access::Needs(permission) = route.access else { panic!("{} is open to all", route.path) };
        watch.left(fresh).await;
        let mut refused = "every role may".to_owned();
        let lacks = |(role, _): &&mut (Role, Browser)| !role.permissions(Environment::Live).has(permission);
        if let Some((role, browser)) = browsers.iter_mut().find(lacks) {
            let page = browser.post(&world.path_in(route, Environment::Live), &[]).await;
            assert_eq!(page.led(), (403, None), "{role} {}", route.path);
            refused = list(&watch.left(fresh).await, "nothing");
            assert_eq!(refused, "`access.denied` refused", "{role} {}", route.path);
        }
        let taken = leaves.get(route.path).unwrap_or_else(|| panic!("{}: what does it leave?", route.path));
        writeln!(text, "| `{}` | {} | {refused} |", route.path, list(taken, "nothing: reading is no change")).unwrap();
    }
    text.push('\n');
    documented("audit.md", "## Forms of the pages", &text);
}

/// What each form of the door and of the own account leaves when it is taken, and what a wrong proof leaves.
type Door = (&'static str, &'static [Action], &'static str);

const SIGN_IN: &str = "`session.started` refused; of nobody we know: `authentication.refused`, `unknown_person`";
const PASSKEY: &str = "line `authentication.refused`, `passkey`";
const LINK: &str = "line `authentication.refused`, `link`";
const STEP_UP: &str = "`session.factor_shown` refused";
const NONE: &str = "asks for none";

/// Those that [`Desk`] cannot send have tests of their own.
const DOOR: [Door; 22] = [
    ("/sign-in", &[Action::SignedIn, Action::HalfSignedIn], SIGN_IN),
    ("/sign-in/factor", &[Action::SignedIn], "`session.started` refused"),
    ("/sign-in/enrol", &[Action::TotpAdded, Action::SignedIn], "`session.started` refused"),
    ("/sign-in/passkey", &[Action::SignedIn], PASSKEY),
    ("/account/passkeys", &[Action::PasskeyRenamed], STEP_UP),
    ("/account/passkeys/{id}/remove", &[Action::PasskeyRemoved], STEP_UP),
    ("/account/passkeys/new", &[Action::PasskeyAdded], STEP_UP),
    ("/step-up", &[Action::FactorShown], STEP_UP),
    ("/account/password", &[Action::PasswordChanged], STEP_UP),
    ("/account/authenticator", &[Action::TotpAdded], STEP_UP),
    ("/account/authenticator/remove", &[Action::TotpRemoved], STEP_UP),
    ("/account/recovery-codes", &[Action::RecoveryCodesMade], STEP_UP),
    ("/account/sessions", &[Action::SignedOut], NONE),
    ("/settings/security", &[Action::SecurityChanged, Action::ProposalMade], STEP_UP),
    ("/set-up/{token}", &[Action::OrganisationCreated, Action::PersonAdded, Action::SignedIn], LINK),
    ("/invite/{token}", &[Action::InviteAccepted, Action::PersonAdded, Action::SignedIn], LINK),
    ("/forgot", &[Action::ResetStarted], NONE),
    ("/reset/{token}", &[Action::PasswordReset], LINK),
    ("/sign-out", &[Action::SignedOut], NONE),
    ("/verify/{token}", &[Action::ApplicationDecided], LINK),
    ("/theme", &[], NONE),
    ("/density", &[], NONE),
];

#[tokio::test]
async fn every_form_of_the_door_has_its_records_in_the_document() {
    let routes: BTreeSet<&str> = app::door().table.iter().filter(|route| route.form).map(|route| route.path).collect();
    assert_eq!(DOOR.iter().map(|(path, ..)| *path).collect::<BTreeSet<_>>(), routes, "each form of the door");
    let mut desk = Desk::new().await;
    for (path, taken, _) in DOOR {
        if BY_HAND.contains(&path) || !desk.forms().iter().any(|form| form.route.path == path) {
            continue;
        }
        let (form, page) = desk.ready(path).await;
        let mut watch = Watch::default();
        watch.left(&desk.fresh).await;
        desk.fresh.clock.advance(1_000);
        let (token, entries) = (page.token(), filled(&page));
        let done = desk.browser(&form).post(&form.path, &with_token(&token, &entries)).await;
        assert!([200, 303].contains(&done.led().0), "{path}: {}", done.html);
        let left = watch.left(&desk.fresh).await;
        let known: BTreeSet<String> = taken.iter().map(|action| said(*action, false)).collect();
        assert!(left.is_subset(&known) && left.is_empty() == known.is_empty(), "{path} left {left:?}");
    }
    let mut text = "## Forms of the door\n\n\
        What asks for a factor on the way leaves the same for a wrong one as `/step-up`.\n\n\
        | form | taken, it leaves | with a wrong proof it leaves |\n|---|---|---|\n"
        .to_owned();
    for (path, taken, wrong) in DOOR {
        let taken: Vec<String> = taken.iter().map(|action| said(*action, false)).collect();
        writeln!(text, "| `{path}` | {} | {wrong} |", list(&taken, "nothing")).unwrap();
    }
    text.push('\n');
    documented("audit.md", "## Forms of the door", &text);
}

#[tokio::test]
async fn a_wrong_proof_of_somebody_who_is_signed_in_is_recorded() {
    let fresh = Fresh::new().await;
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    let mut watch = Watch::default();
    let refused = BTreeSet::from([said(Action::FactorShown, true)]);
    let new = [("password", "an entirely new phrase"), ("password_again", "an entirely new phrase")];
    watch.left(&fresh).await;
    let page = owner.submit("/account/password", &[&[("current_password", "not the one")], &new[..]].concat()).await;
    assert_eq!((page.led().0, watch.left(&fresh).await), (422, refused.clone()));
    fresh.clock.advance(6 * MINUTE);
    let page = owner.submit("/step-up", &[("step_up_password", "not the one"), ("next", "")]).await;
    assert_eq!((page.led().0, watch.left(&fresh).await), (403, refused));
}
