//! Saved views: whose they are, who starts with them, what they may hold.
use super::members::member;
use domain::{
    Error,
    access::{Grant, Role, testing::in_environment},
    audit,
    environment::Environment,
    ids::ViewId,
    name::Name,
    page::Paging,
    testing::Fresh,
    views::{self, ChangeView, DeleteView, SaveView, Screen, View},
};

fn new(name: &str, shared: bool, chosen: bool) -> SaveView {
    let (name, query) = (Name::parse(name).unwrap(), "status=active&sort=-used&before=key_1".to_owned());
    SaveView { screen: Screen::Keys, name, query, shared, chosen }
}

async fn seen(fresh: &Fresh, who: &Grant) -> Vec<View> {
    let all = views::all(&fresh.db, who).await.unwrap();
    assert_eq!(views::list(&fresh.db, who, Screen::Keys).await.unwrap(), all);
    assert!(views::list(&fresh.db, who, Screen::Audit).await.unwrap().is_empty());
    all
}

async fn chosen(fresh: &Fresh, who: &Grant) -> Vec<String> {
    seen(fresh, who).await.into_iter().filter(|view| view.chosen).map(|view| view.name).collect()
}

fn change(id: &ViewId, told: Option<(&str, bool)>, chosen: bool) -> ChangeView {
    ChangeView { id: id.clone(), told: told.map(|(name, shared)| (Name::parse(name).unwrap(), shared)), chosen }
}

#[tokio::test]
async fn a_view_is_its_makers_until_it_is_shared_and_each_starts_with_their_own() {
    let fresh = Fresh::new().await;
    let people = |role, address: &'static str| member(&fresh.db, &fresh.organisation, role, address);
    let ada = people(Role::Auditor, "ada@acme.example").await;
    let eve = people(Role::Finance, "eve@acme.example").await;
    let admin = people(Role::Admin, "admin@acme.example").await;
    let id = fresh.db.commit(&ada, new("in use", false, true)).await.unwrap();
    assert_eq!(seen(&fresh, &ada).await[0].query, "status=active&sort=-used", "its place in the list is not kept");
    let other = domain::testing::organisation(&fresh.db, "Other").await;
    let stranger = member(&fresh.db, &other, Role::Owner, "eve@other.example").await;
    for nobody in [&eve, &admin, &stranger, &in_environment(&ada, Environment::Dev)] {
        assert!(seen(&fresh, nobody).await.is_empty());
        assert!(matches!(views::get(&fresh.db, nobody, &id).await, Err(Error::NotFound(_))));
        let changed = fresh.db.commit(nobody, change(&id, None, true)).await;
        assert!(matches!(changed, Err(Error::NotFound(_))));
        assert!(matches!(fresh.db.commit(nobody, DeleteView { id: id.clone() }).await, Err(Error::NotFound(_))));
    }
    fresh.db.commit(&ada, change(&id, Some(("in use", true)), true)).await.unwrap();
    assert_eq!((chosen(&fresh, &ada).await.len(), chosen(&fresh, &eve).await.len()), (1, 0), "each chooses alone");
    fresh.db.commit(&eve, change(&id, None, true)).await.unwrap();
    assert_eq!(chosen(&fresh, &eve).await, ["in use"]);
    let renamed = fresh.db.commit(&eve, change(&id, Some(("mine", true)), true)).await;
    assert!(matches!(renamed, Err(Error::Denied(_))), "somebody else's");
    assert!(matches!(fresh.db.commit(&eve, DeleteView { id: id.clone() }).await, Err(Error::Denied(_))));
    fresh.db.commit(&admin, change(&id, Some(("keys in use", true)), false)).await.unwrap();
    assert_eq!(chosen(&fresh, &eve).await, ["keys in use"]);

    // One to start with for each list; one that is taken back is nobody else's.
    let second = fresh.db.commit(&ada, new("another", true, true)).await.unwrap();
    assert_eq!(chosen(&fresh, &ada).await, ["another"]);
    fresh.db.commit(&ada, change(&id, Some(("keys in use", false)), false)).await.unwrap();
    assert_eq!((chosen(&fresh, &eve).await.len(), seen(&fresh, &eve).await.len()), (0, 1));
    fresh.db.commit(&admin, DeleteView { id: second.clone() }).await.unwrap();
    assert_eq!(seen(&fresh, &ada).await.len(), 1);
    assert!(chosen(&fresh, &ada).await.is_empty());
    let log = audit::Filter { subject_id: Some(second.to_string()), ..Default::default() };
    let log = audit::list(&fresh.db, &ada, &log, &Paging::newest(10)).await.unwrap().rows;
    let mut actions: Vec<_> = log.iter().map(|record| record.action.as_str()).collect();
    actions.sort_unstable();
    assert_eq!(actions, ["view.deleted", "view.saved"]);
}

#[tokio::test]
async fn a_view_has_something_to_keep_no_secret_and_an_end_of_room() {
    let fresh = Fresh::new().await;
    let ada = member(&fresh.db, &fresh.organisation, Role::Auditor, "ada@acme.example").await;
    let secret = format!("q=lk_live_{}", "aB3d".repeat(12));
    let long = format!("q={}", "x".repeat(views::LONGEST));
    for query in ["", "before=key_1", &secret, "q=4242424242424242", &long] {
        let refused = fresh.db.commit(&ada, SaveView { query: query.into(), ..new("view", false, false) }).await;
        assert!(matches!(refused, Err(Error::Refused(r)) if r.0[0].0 == "query"), "{query}");
    }
    for n in 0..views::MOST {
        fresh.db.commit(&ada, new(&format!("view {n}"), false, false)).await.unwrap();
    }
    let refused = fresh.db.commit(&ada, new("one more", false, false)).await;
    assert!(matches!(refused, Err(Error::Refused(r)) if r.0[0].0 == "name"));
    let key = fresh.key(Environment::Live);
    assert!(matches!(fresh.db.commit(&key, new("a key's", false, false)).await, Err(Error::Denied(_))));
}
