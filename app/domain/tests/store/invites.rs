//! Invitations and reset links: made, looked at, used once.
use super::members::{get_by_name, member};
use domain::{
    Error,
    access::{
        self, Admission, Arrival, Grant, Origin, Password, Role,
        invites::{self, Invite, InviteStatus, Invited, ResendInvite, WithdrawInvite},
        members::{self, DisableMember, MemberStatus},
        resets::{self, StartReset},
    },
    db::Db,
    error::Code,
    name::{Email, Name},
    testing::{Fresh, email},
    time::{HOUR, MINUTE},
};
use std::collections::BTreeSet;

const PHRASE: &str = "correct horse battery";

fn invite(address: &str, role: Role) -> Invite {
    Invite { email: Email::parse(address).unwrap(), role }
}

/// The secret part of a link that was just made.
async fn link(db: &Db, by: &Grant, address: &str, role: Role) -> String {
    let Invited::Made(made) = db.commit(by, invite(address, role)).await.unwrap() else { panic!("made at once") };
    made.link.expect("no mail here").reveal().text().to_owned()
}

async fn accept(db: &Db, link: &str) -> Result<(), Error> {
    let name = Name::parse("Grace").unwrap();
    invites::accept(db, link, name, Password::new(PHRASE.into()).unwrap(), Origin::default()).await.map(drop)
}

fn spent<T>(result: &Result<T, Error>) -> bool {
    matches!(result, Err(Error::State { code: Code::LinkSpent, .. }))
}

async fn signs_in(db: &Db, address: &str, phrase: &str) -> bool {
    let admission = access::sign_in(db, address, phrase.to_owned(), Arrival::default()).await.unwrap();
    matches!(admission, Admission::In(_))
}

#[tokio::test]
async fn an_invitation_makes_one_member() {
    let fresh = Fresh::new().await;
    let owner = member(&fresh.db, &fresh.organisation, Role::Owner, "ada@acme.example").await;
    let link = link(&fresh.db, &owner, "grace@acme.example", Role::Support).await;
    assert_eq!(link.len(), 64, "256 bits in hex");
    for _ in 0..2 {
        let opened = invites::open(&fresh.db, &link).await.unwrap().unwrap();
        assert_eq!((opened.status, opened.role), (InviteStatus::Open, Role::Support), "looking uses nothing up");
    }
    let dump = format!("{:?}", fresh.dump().await).to_lowercase();
    assert!(!dump.contains(&link) && !dump.contains(&hex::encode(&link)), "only a hash of it is kept");
    accept(&fresh.db, &link).await.unwrap();
    assert!(spent(&accept(&fresh.db, &link).await));
    assert_eq!(invites::open(&fresh.db, &link).await.unwrap().unwrap().status, InviteStatus::Accepted);
    let grace = get_by_name(&fresh.db, &owner, "Grace").await;
    assert_eq!((grace.role, grace.email.as_deref()), (Role::Support, Some("grace@acme.example")));
    assert!(signs_in(&fresh.db, "grace@acme.example", PHRASE).await);
    let again = fresh.db.commit(&owner, invite("grace@acme.example", Role::Support)).await;
    assert!(matches!(again, Err(Error::Refused(r)) if r.0[0].1.contains("a member already")));
}

#[tokio::test]
async fn a_link_ends_after_72_hours_or_when_a_newer_one_is_made_or_when_withdrawn() {
    let fresh = Fresh::new().await;
    let owner = member(&fresh.db, &fresh.organisation, Role::Owner, "ada@acme.example").await;
    let first = link(&fresh.db, &owner, "grace@acme.example", Role::Support).await;
    let twice = fresh.db.commit(&owner, invite("grace@acme.example", Role::Admin)).await;
    assert!(matches!(twice, Err(Error::Refused(r)) if r.0[0].1.contains("was invited already")));
    let id = invites::list(&fresh.db, &owner).await.unwrap().remove(0).id;
    let again = fresh.db.commit(&owner, ResendInvite { id: id.clone() }).await.unwrap();
    let second = again.link.unwrap().reveal().text().to_owned();
    assert!(invites::open(&fresh.db, &first).await.unwrap().is_none(), "the newer one replaced it");
    assert!(matches!(accept(&fresh.db, &first).await, Err(Error::NotFound(_))));
    fresh.clock.advance(72 * HOUR - 1);
    assert_eq!(invites::open(&fresh.db, &second).await.unwrap().unwrap().status, InviteStatus::Open);
    fresh.clock.advance(1);
    assert_eq!(invites::open(&fresh.db, &second).await.unwrap().unwrap().status, InviteStatus::Expired);
    assert!(spent(&accept(&fresh.db, &second).await));
    let third = fresh.db.commit(&owner, ResendInvite { id: id.clone() }).await.unwrap();
    let third = third.link.unwrap().reveal().text().to_owned();
    fresh.db.commit(&owner, WithdrawInvite { id: id.clone() }).await.unwrap();
    assert_eq!(invites::open(&fresh.db, &third).await.unwrap().unwrap().status, InviteStatus::Withdrawn);
    assert!(spent(&accept(&fresh.db, &third).await));
    assert!(spent(&fresh.db.commit(&owner, ResendInvite { id }).await));
    assert!(invites::list(&fresh.db, &owner).await.unwrap().is_empty());
    // The address may be invited anew, also when an expired invitation was left lying.
    link(&fresh.db, &owner, "grace@acme.example", Role::Support).await;
    fresh.clock.advance(72 * HOUR);
    link(&fresh.db, &owner, "grace@acme.example", Role::Support).await;
}

#[tokio::test]
async fn a_link_used_many_times_at_once_makes_one_member() {
    let fresh = Fresh::new().await;
    let owner = member(&fresh.db, &fresh.organisation, Role::Owner, "ada@acme.example").await;
    let link = link(&fresh.db, &owner, "grace@acme.example", Role::Support).await;
    let all = (0..4).map(|_| {
        let (db, link) = (fresh.db.clone(), link.clone());
        tokio::spawn(async move { accept(&db, &link).await })
    });
    let done = futures::future::join_all(all).await;
    assert_eq!(done.iter().filter(|done| matches!(done, Ok(Ok(())))).count(), 1, "{done:?}");
    let graces = members::list(&fresh.db, &owner).await.unwrap().into_iter().filter(|m| m.name == "Grace");
    assert_eq!(graces.count(), 1);
}

#[tokio::test]
async fn roles_are_offered_downwards_and_strangers_see_nothing() {
    let fresh = Fresh::new().await;
    let owner = member(&fresh.db, &fresh.organisation, Role::Owner, "ada@acme.example").await;
    let admin = member(&fresh.db, &fresh.organisation, Role::Admin, "bob@acme.example").await;
    for role in [Role::Owner, Role::Admin] {
        let result = fresh.db.commit(&admin, invite("x@acme.example", role)).await;
        assert!(matches!(result, Err(Error::Denied(_))), "{role}");
    }
    link(&fresh.db, &owner, "carol@acme.example", Role::Admin).await;
    let id = invites::list(&fresh.db, &admin).await.unwrap().remove(0).id;
    assert!(matches!(fresh.db.commit(&admin, WithdrawInvite { id: id.clone() }).await, Err(Error::Denied(_))));
    let other = domain::testing::organisation(&fresh.db, "Other").await;
    let stranger = member(&fresh.db, &other, Role::Owner, "eve@other.example").await;
    assert!(invites::list(&fresh.db, &stranger).await.unwrap().is_empty());
    assert!(matches!(invites::get(&fresh.db, &stranger, &id).await, Err(Error::NotFound(_))));
    assert!(matches!(fresh.db.commit(&stranger, ResendInvite { id: id.clone() }).await, Err(Error::NotFound(_))));
    assert!(matches!(fresh.db.commit(&stranger, WithdrawInvite { id }).await, Err(Error::NotFound(_))));
    let support = member(&fresh.db, &fresh.organisation, Role::Support, "sue@acme.example").await;
    assert!(matches!(invites::list(&fresh.db, &support).await, Err(Error::Denied(_))));
}

/// Whether an address is used elsewhere on the server is told to nobody but the holder of its link.
#[tokio::test]
async fn inviting_an_address_of_another_organisation_tells_nothing() {
    let fresh = Fresh::new().await;
    let other = domain::testing::organisation(&fresh.db, "Other").await;
    member(&fresh.db, &other, Role::Owner, "eve@other.example").await;
    let owner = member(&fresh.db, &fresh.organisation, Role::Owner, "ada@acme.example").await;
    let link = link(&fresh.db, &owner, "eve@other.example", Role::Support).await;
    let result = accept(&fresh.db, &link).await;
    assert!(matches!(&result, Err(Error::State { code: Code::NameTaken, .. })), "{result:?}");
    assert_eq!(invites::open(&fresh.db, &link).await.unwrap().unwrap().status, InviteStatus::Open);
}

#[tokio::test]
async fn a_reset_link_replaces_the_password_once_and_signs_nobody_in() {
    let fresh = Fresh::new().await;
    let owner = member(&fresh.db, &fresh.organisation, Role::Owner, "ada@acme.example").await;
    let (name, password) = (Name::parse("Grace").unwrap(), Password::new(PHRASE.into()).unwrap());
    let (role, address) = (Role::Support, email("grace@acme.example"));
    let grace = access::add_person(&fresh.db, &fresh.organisation, name, address, role, password).await.unwrap();
    let start = || StartReset { id: grace.clone() };
    let first = fresh.db.commit(&owner, start()).await.unwrap().link.unwrap().reveal().text().to_owned();
    assert_eq!(resets::open(&fresh.db, &first).await.unwrap().unwrap().email, "grace@acme.example");
    let second = fresh.db.commit(&owner, start()).await.unwrap().link.unwrap().reveal().text().to_owned();
    assert!(resets::open(&fresh.db, &first).await.unwrap().is_none(), "the newer one replaced it");
    assert!(signs_in(&fresh.db, "grace@acme.example", PHRASE).await, "until it is used the old one works");
    let fresh_password = || Password::new("an entirely new phrase".into()).unwrap();
    resets::choose(&fresh.db, &second, fresh_password(), Origin::default()).await.unwrap();
    assert!(spent(&resets::choose(&fresh.db, &second, fresh_password(), Origin::default()).await));
    assert!(!signs_in(&fresh.db, "grace@acme.example", PHRASE).await);
    assert!(signs_in(&fresh.db, "grace@acme.example", "an entirely new phrase").await);
    let third = fresh.db.commit(&owner, start()).await.unwrap().link.unwrap().reveal().text().to_owned();
    fresh.clock.advance(30 * MINUTE);
    assert!(resets::open(&fresh.db, &third).await.unwrap().is_none());
    assert!(spent(&resets::choose(&fresh.db, &third, fresh_password(), Origin::default()).await));
    let fourth = fresh.db.commit(&owner, start()).await.unwrap().link.unwrap().reveal().text().to_owned();
    let reason = super::common::line("gone");
    fresh.db.commit(&owner, DisableMember { id: grace.clone(), reason }).await.unwrap();
    assert!(spent(&resets::choose(&fresh.db, &fourth, fresh_password(), Origin::default()).await));
    let refused = fresh.db.commit(&owner, start()).await.map(drop);
    assert!(matches!(refused, Err(Error::State { code: Code::MemberState, .. })));
    assert_eq!(members::get(&fresh.db, &owner, &grace).await.unwrap().status, MemberStatus::Disabled);
}

#[tokio::test]
async fn an_owner_never_comes_to_hold_another_owners_link() {
    let fresh = Fresh::new().await;
    let owner = member(&fresh.db, &fresh.organisation, Role::Owner, "ada@acme.example").await;
    let other = member(&fresh.db, &fresh.organisation, Role::Owner, "bob@acme.example").await;
    let start = StartReset { id: super::members::id(&other) };
    let refused = fresh.db.commit(&owner, start).await.map(drop);
    assert!(matches!(refused, Err(Error::State { code: Code::MemberState, .. })));
    let admin = member(&fresh.db, &fresh.organisation, Role::Admin, "cy@acme.example").await;
    let start = StartReset { id: super::members::id(&owner) };
    assert!(matches!(fresh.db.commit(&admin, start).await.map(drop), Err(Error::Denied(_))));
}

/// Links are all different: a control of the randomness that is passed in.
#[tokio::test]
async fn links_do_not_repeat() {
    let fresh = Fresh::new().await;
    let owner = member(&fresh.db, &fresh.organisation, Role::Owner, "ada@acme.example").await;
    link(&fresh.db, &owner, "grace@acme.example", Role::Support).await;
    let id = invites::list(&fresh.db, &owner).await.unwrap().remove(0).id;
    let mut seen = BTreeSet::new();
    for _ in 0..100 {
        let made = fresh.db.commit(&owner, ResendInvite { id: id.clone() }).await.unwrap();
        assert!(seen.insert(made.link.unwrap().reveal().text().to_owned()));
    }
}
