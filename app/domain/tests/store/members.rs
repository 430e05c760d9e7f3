//! People: roles, disabled, removed, and the owner who is always there.
use super::common::line;
use domain::{
    Error,
    access::{
        self, Admission, Arrival, Grant, Origin, Permission, Role, Sessions,
        factors::{self, SignInWay},
        members::{self, ChangeRole, DisableMember, EnableMember, EndSessions, Leave, MemberStatus, RemoveMember},
    },
    audit,
    db::Db,
    environment::Environment,
    error::Code,
    ids::{OrganisationId, PersonId},
    page::Paging,
    testing::Fresh,
};
use tower_sessions::{SessionStore, session::Id};

pub async fn member(db: &Db, organisation: &OrganisationId, role: Role, email: &str) -> Grant {
    access::testing::member(db, organisation, role, &format!("Member {role}"), email).await
}

pub fn id(grant: &Grant) -> PersonId {
    match grant.actor() {
        access::Actor::Person { id, .. } => id.clone(),
        other => panic!("{other:?} is no person"),
    }
}

fn role(of: &Grant, role: Role) -> ChangeRole {
    ChangeRole { id: id(of), role, version: 1 }
}

fn disable(of: &Grant) -> DisableMember {
    DisableMember { id: id(of), reason: line("left the company") }
}

fn remove(of: &Grant) -> RemoveMember {
    RemoveMember { id: id(of), reason: line("left the company") }
}

pub async fn get_by_name(db: &Db, by: &Grant, name: &str) -> members::Member {
    members::list(db, by).await.unwrap().into_iter().find(|m| m.name == name).unwrap()
}

async fn get(db: &Db, by: &Grant, of: &Grant) -> members::Member {
    members::get(db, by, &id(of)).await.unwrap()
}

/// A session of this person, as signing in makes one.
async fn session(fresh: &Fresh, of: &Grant) -> Id {
    let (way, arrival) = (SignInWay::Password, Arrival::default());
    let admitted = factors::admit(&fresh.db, of.organisation(), &id(of), way, arrival).await.unwrap();
    let Admission::In(opened) = admitted else { panic!("a password is enough here") };
    opened.session.parse().unwrap()
}

async fn is_open(fresh: &Fresh, session: &Id) -> bool {
    Sessions(fresh.db.clone()).load(session).await.unwrap().is_some()
}

/// The only owner of the test's organisation is the one that [`Fresh`] made: it leaves, and this one is alone.
pub async fn only_owner(fresh: &Fresh) -> Grant {
    let owner = member(&fresh.db, &fresh.organisation, Role::Owner, "only@acme.example").await;
    let all = members::list(&fresh.db, &owner).await.unwrap();
    let first = all.into_iter().find(|m| m.id != id(&owner)).unwrap();
    let first = access::testing::acting(&owner, &first);
    fresh.db.commit(&first, Leave).await.unwrap();
    owner
}

#[tokio::test]
async fn a_new_role_holds_before_the_reply_and_ends_the_sessions() {
    let fresh = Fresh::new().await;
    let owner = only_owner(&fresh).await;
    let dev = member(&fresh.db, &fresh.organisation, Role::Developer, "dev@acme.example").await;
    let (theirs, own) = (session(&fresh, &dev).await, session(&fresh, &owner).await);
    fresh.clock.advance(1);
    fresh.db.commit(&owner, role(&dev, Role::Auditor)).await.unwrap();
    let visitor = access::visitor(&fresh.db, &fresh.organisation, &id(&dev), fresh.db.now()).await.unwrap().unwrap();
    assert_eq!(visitor.role, Role::Auditor);
    assert!(!visitor.grant(Environment::Live, Origin::default()).has(Permission::Freeze));
    assert!(!is_open(&fresh, &theirs).await);
    assert!(is_open(&fresh, &own).await);
    let stale = fresh.db.commit(&owner, role(&dev, Role::Support)).await;
    assert!(matches!(stale, Err(Error::State { code: Code::StaleEdit, .. })));
    let same = fresh.db.commit(&owner, ChangeRole { version: 2, ..role(&dev, Role::Auditor) }).await;
    assert!(matches!(same, Err(Error::Refused(r)) if r.0[0].0 == "role"));
    let filter = audit::Filter { subject_id: Some(id(&dev).to_string()), ..Default::default() };
    let log = audit::list(&fresh.db, &owner, &filter, &Paging::newest(5)).await.unwrap().rows;
    assert_eq!((log[0].action.as_str(), log.len()), ("person.role_changed", 3), "added, signed in, changed");
    assert_eq!(log[0].before.as_deref(), Some(r#"{"role":"developer"}"#));
    assert_eq!(log[0].after.as_deref(), Some(r#"{"role":"auditor"}"#));
}

#[tokio::test]
async fn a_disabled_person_is_out_at_once_until_enabled() {
    let fresh = Fresh::new().await;
    let owner = only_owner(&fresh).await;
    let dev = member(&fresh.db, &fresh.organisation, Role::Developer, "dev@acme.example").await;
    let theirs = session(&fresh, &dev).await;
    assert_eq!(members::sessions(&fresh.db, &owner, &id(&dev)).await.unwrap().len(), 1);
    fresh.db.commit(&owner, disable(&dev)).await.unwrap();
    assert!(!is_open(&fresh, &theirs).await);
    assert!(access::visitor(&fresh.db, &fresh.organisation, &id(&dev), fresh.db.now()).await.unwrap().is_none());
    assert_eq!(get(&fresh.db, &owner, &dev).await.status, MemberStatus::Disabled);
    let again = fresh.db.commit(&owner, disable(&dev)).await;
    assert!(matches!(again, Err(Error::State { code: Code::MemberState, .. })));
    fresh.db.commit(&owner, EnableMember { id: id(&dev) }).await.unwrap();
    assert!(access::visitor(&fresh.db, &fresh.organisation, &id(&dev), fresh.db.now()).await.unwrap().is_some());
    let again = fresh.db.commit(&owner, EnableMember { id: id(&dev) }).await;
    assert!(matches!(again, Err(Error::State { code: Code::MemberState, .. })));
}

#[tokio::test]
async fn a_removed_person_leaves_a_name_and_a_free_address() {
    let fresh = Fresh::new().await;
    let owner = only_owner(&fresh).await;
    let dev = member(&fresh.db, &fresh.organisation, Role::Developer, "dev@acme.example").await;
    let theirs = session(&fresh, &dev).await;
    fresh.db.commit(&owner, remove(&dev)).await.unwrap();
    assert!(!is_open(&fresh, &theirs).await);
    assert_eq!(members::list(&fresh.db, &owner).await.unwrap().len(), 1);
    let gone = get(&fresh.db, &owner, &dev).await;
    assert_eq!((gone.status, gone.email, &*gone.name), (MemberStatus::Removed, None, "Member developer"));
    for typed in [format!("Removed {}", id(&dev)), id(&dev).to_string(), "dev@acme.example".into()] {
        let password = "whatever they typed".to_owned();
        let admission = access::sign_in(&fresh.db, &typed, password, Arrival::default()).await.unwrap();
        assert!(matches!(admission, Admission::Wrong), "{typed}");
    }
    for error in [
        fresh.db.commit(&owner, ChangeRole { version: 2, ..role(&dev, Role::Support) }).await,
        fresh.db.commit(&owner, EnableMember { id: id(&dev) }).await,
        fresh.db.commit(&owner, remove(&dev)).await,
    ] {
        assert!(matches!(error, Err(Error::State { code: Code::MemberState, .. })));
    }
    let back = member(&fresh.db, &fresh.organisation, Role::Support, "dev@acme.example").await;
    assert_ne!(id(&back), id(&dev));
}

#[tokio::test]
async fn roles_are_given_and_taken_downwards_only() {
    let fresh = Fresh::new().await;
    let owner = only_owner(&fresh).await;
    let admin = member(&fresh.db, &fresh.organisation, Role::Admin, "admin@acme.example").await;
    let other = member(&fresh.db, &fresh.organisation, Role::Admin, "other@acme.example").await;
    let finance = member(&fresh.db, &fresh.organisation, Role::Finance, "finance@acme.example").await;
    fn denied<T>(result: Result<T, Error>) -> bool {
        matches!(result, Err(Error::Denied(_)))
    }
    for target in [&owner, &other, &admin] {
        assert!(denied(fresh.db.commit(&admin, role(target, Role::Support)).await));
        assert!(denied(fresh.db.commit(&admin, disable(target)).await));
        assert!(denied(fresh.db.commit(&admin, remove(target)).await));
        assert!(denied(fresh.db.commit(&admin, EndSessions { id: id(target) }).await.map(drop)));
    }
    for too_high in [Role::Owner, Role::Admin] {
        assert!(denied(fresh.db.commit(&admin, role(&finance, too_high)).await));
    }
    fresh.db.commit(&admin, role(&finance, Role::Support)).await.unwrap();
    for below in [Role::Developer, Role::Support, Role::Finance, Role::Auditor] {
        let by = fresh.person(Environment::Live, below);
        assert!(denied(fresh.db.commit(&by, disable(&finance)).await), "{below}");
        assert!(members::sessions(&fresh.db, &by, &id(&finance)).await.is_err(), "{below}");
        assert!(members::list(&fresh.db, &by).await.is_ok(), "{below} sees whom to ask");
    }
    // A person whom nobody knows, with the grant of an owner: a grant is not enough, the person must be there.
    assert!(denied(fresh.db.commit(&fresh.person(Environment::Live, Role::Owner), disable(&finance)).await));
    assert!(denied(fresh.db.commit(&fresh.key(Environment::Live), disable(&finance)).await));
}

#[tokio::test]
async fn a_change_by_somebody_who_was_demoted_meanwhile_is_refused() {
    let fresh = Fresh::new().await;
    let owner = only_owner(&fresh).await;
    let admin = member(&fresh.db, &fresh.organisation, Role::Admin, "admin@acme.example").await;
    let dev = member(&fresh.db, &fresh.organisation, Role::Developer, "dev@acme.example").await;
    // The request of the admin passed the guard before this.
    fresh.db.commit(&owner, role(&admin, Role::Auditor)).await.unwrap();
    assert!(matches!(fresh.db.commit(&admin, disable(&dev)).await, Err(Error::Denied(_))));
    fresh.db.commit(&owner, disable(&admin)).await.unwrap();
    assert!(matches!(fresh.db.commit(&admin, disable(&dev)).await, Err(Error::Denied(_))));
}

#[tokio::test]
async fn the_last_owner_stays() {
    let fresh = Fresh::new().await;
    let owner = only_owner(&fresh).await;
    let idle = member(&fresh.db, &fresh.organisation, Role::Admin, "idle@acme.example").await;
    fn last<T>(result: Result<T, Error>) -> bool {
        matches!(result, Err(Error::State { code: Code::LastOwner, .. }))
    }
    assert!(last(fresh.db.commit(&owner, Leave).await));
    assert!(last(fresh.db.commit(&owner, role(&owner, Role::Admin)).await));
    assert!(last(fresh.db.commit(&owner, disable(&owner)).await));
    assert!(last(fresh.db.commit(&owner, remove(&owner)).await));
    fresh.db.commit(&idle, Leave).await.unwrap();
    assert_eq!(members::list(&fresh.db, &owner).await.unwrap().len(), 1);
}

/// Owners who leave at the same moment: whoever comes last stays, on either engine.
#[tokio::test]
async fn owners_who_leave_at_once_leave_one_behind() {
    let fresh = Fresh::new().await;
    let mut owners = vec![only_owner(&fresh).await];
    for n in 0..7 {
        owners.push(member(&fresh.db, &fresh.organisation, Role::Owner, &format!("o{n}@acme.example")).await);
    }
    let leaving = owners.iter().map(|owner| {
        let (db, owner) = (fresh.db.clone(), owner.clone());
        tokio::spawn(async move { db.commit(&owner, Leave).await })
    });
    let done = futures::future::join_all(leaving).await;
    let stayed: Vec<usize> = (0..8).filter(|n| done[*n].as_ref().unwrap().is_err()).collect();
    assert_eq!(stayed.len(), 1, "{done:?}");
    assert!(matches!(done[stayed[0]], Ok(Err(Error::State { code: Code::LastOwner, .. }))), "{done:?}");
    let left = members::list(&fresh.db, &owners[stayed[0]]).await.unwrap();
    assert_eq!(left.iter().map(|m| (m.role, m.status)).collect::<Vec<_>>(), [(Role::Owner, MemberStatus::Active)]);
}

#[tokio::test]
async fn people_of_another_organisation_are_not_there() {
    let fresh = Fresh::new().await;
    let dev = member(&fresh.db, &fresh.organisation, Role::Developer, "dev@acme.example").await;
    let theirs = session(&fresh, &dev).await;
    let other = domain::testing::organisation(&fresh.db, "Other").await;
    let stranger = member(&fresh.db, &other, Role::Owner, "stranger@other.example").await;
    assert!(members::list(&fresh.db, &stranger).await.unwrap().iter().all(|m| m.id != id(&dev)));
    assert!(matches!(members::get(&fresh.db, &stranger, &id(&dev)).await, Err(Error::NotFound(_))));
    assert!(members::sessions(&fresh.db, &stranger, &id(&dev)).await.unwrap().is_empty());
    for result in [
        fresh.db.commit(&stranger, role(&dev, Role::Support)).await.map(drop),
        fresh.db.commit(&stranger, disable(&dev)).await.map(drop),
        fresh.db.commit(&stranger, EnableMember { id: id(&dev) }).await.map(drop),
        fresh.db.commit(&stranger, remove(&dev)).await.map(drop),
        fresh.db.commit(&stranger, EndSessions { id: id(&dev) }).await.map(drop),
    ] {
        assert!(matches!(result, Err(Error::NotFound(_))), "{result:?}");
    }
    assert!(is_open(&fresh, &theirs).await);
}
