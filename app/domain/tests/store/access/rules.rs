//! The rules that an organisation sets at the door, and what an owner does for whoever lost their factors.
use super::{App, PASSWORD, enrolled, grant_of, half, person, require, sign_in};
use crate::store::{
    common::{line, name},
    members::{member, only_owner},
    support::{code, refused_field},
};
use domain::{
    Error,
    access::{
        Admission, Arrival, ChangeSecurity, Role, Security,
        approvals::{Approve, Effect, Reject},
        factors::{Needs, held},
        members::ClearFactors,
        notices, security,
        settings::ChangeSettings,
    },
    error::Code,
    testing::Fresh,
};

const OPEN: &str = "";

fn rules(factor: &str, passkey: &str, idle_minutes: i64) -> Security {
    Security { second_factor_roles: factor.parse().unwrap(), passkey_roles: passkey.parse().unwrap(), idle_minutes }
}

#[tokio::test]
async fn asking_for_more_takes_one_owner_and_for_less_two() {
    let fresh = Fresh::new().await;
    let ada = only_owner(&fresh).await;
    let change = |after, version| ChangeSecurity { after, version };
    let (first, more) = (security(&fresh.db, &ada).await.unwrap(), rules("owner,admin", OPEN, 5));
    for wrong in [4, 61] {
        let after = Security { idle_minutes: wrong, ..first };
        assert_eq!(refused_field(fresh.db.commit(&ada, change(after, 1)).await), "idle_minutes");
    }
    assert_eq!(fresh.db.commit(&ada, change(more, 1)).await.unwrap(), Effect::Done);
    let less = rules("owner", OPEN, 60);
    assert_eq!(code(fresh.db.commit(&ada, change(less, 1)).await), Code::StaleEdit, "they were changed meanwhile");
    assert_eq!(fresh.db.commit(&ada, change(less, 2)).await.unwrap(), Effect::Done, "nobody else to ask");
    fresh.db.commit(&ada, change(more, 3)).await.unwrap();
    let bob = member(&fresh.db, &fresh.organisation, Role::Owner, "bob@acme.example").await;
    let proposed = async |after, version| match fresh.db.commit(&ada, change(after, version)).await.unwrap() {
        Effect::Proposed(id) => id,
        Effect::Done => panic!("at once"),
    };
    let id = proposed(less, 4).await;
    assert_eq!(security(&fresh.db, &ada).await.unwrap(), more, "nothing has changed yet");
    assert_eq!(code(fresh.db.commit(&ada, Approve { id: id.clone() }).await), Code::ProposalState, "not their own");
    // Something else is set while it waits: whoever approves it would change what nobody has seen.
    let zone = ChangeSettings { name: name("Acme"), zone: chrono_tz::UTC, version: 4 };
    fresh.db.commit(&ada, zone).await.unwrap();
    assert_eq!(code(fresh.db.commit(&bob, Approve { id: id.clone() }).await), Code::StaleEdit);
    fresh.db.commit(&bob, Reject { id }).await.unwrap();
    let id = proposed(less, 5).await;
    fresh.db.commit(&bob, Approve { id }).await.unwrap();
    assert_eq!(security(&fresh.db, &ada).await.unwrap(), less);
    let own = Security { passkey_roles: "owner".parse().unwrap(), ..less };
    let locked = fresh.db.commit(&ada, change(own, 6)).await;
    assert_eq!(refused_field(locked), "passkey_roles", "it would shut out whoever sets it");
    let admin = member(&fresh.db, &fresh.organisation, Role::Admin, "cy@acme.example").await;
    assert!(matches!(fresh.db.commit(&admin, change(more, 6)).await, Err(Error::Denied(_))));
}

#[tokio::test]
async fn lost_factors_are_cleared_by_another_owner() {
    let fresh = Fresh::new().await;
    let (address, id) = person(&fresh, Role::Owner).await;
    require(&fresh, &[Role::Owner]).await;
    let (_, codes, opened) = enrolled(&fresh, &address).await;
    let own = grant_of(&fresh, &opened.session).await.unwrap();
    let clear = || ClearFactors { id: id.clone(), reason: line("called back on the known number") };
    assert_eq!(code(fresh.db.commit(&own, clear()).await), Code::MemberState, "not their own");
    let admin = member(&fresh.db, &fresh.organisation, Role::Admin, "cy@acme.example").await;
    assert!(matches!(fresh.db.commit(&admin, clear()).await, Err(Error::Denied(_))));
    let other = member(&fresh.db, &fresh.organisation, Role::Owner, "bob@acme.example").await;
    fresh.db.commit(&other, clear()).await.unwrap();
    assert!(grant_of(&fresh, &opened.session).await.is_none(), "sessions end");
    assert_eq!(code(fresh.db.commit(&other, clear()).await), Code::MemberState, "nothing is left to clear");
    let (_, needs) = half(&fresh, sign_in(&fresh, &address, PASSWORD, Arrival::default()).await).await;
    assert_eq!(needs, Needs::Enrolment, "the password holds, and does not do alone");
    let (anew, _, opened): (App, _, _) = enrolled(&fresh, &address).await;
    assert_ne!(anew.code(&fresh, 0), "", "another app");
    let own = grant_of(&fresh, &opened.session).await.unwrap();
    assert_eq!(held(&fresh.db, &own).await.unwrap().0.recovery_left, 10);
    assert_eq!(codes.len(), 10);
    let told = notices::list(&fresh.db, &own).await.unwrap();
    assert!(told.iter().any(|notice| notice.about.text().contains("took your second factors away")), "{told:?}");
    assert!(matches!(sign_in(&fresh, &address, "wrong", Arrival::default()).await, Admission::Wrong));
}
