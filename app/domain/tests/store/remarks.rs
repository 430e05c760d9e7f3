//! Notes, tags and categories of purchases.
use super::{
    common::{actions, strangers},
    support::{Shop, code, refused_field},
};
use domain::{
    Error,
    access::Role,
    environment::Environment,
    error::Code,
    name::{Name, Passage},
    purchases::{self, Annotate, Remark, Tags, testing::Cast},
};

fn remark() -> Remark {
    Remark {
        version: Some(1),
        notes: Some(Some(Passage::parse("For the fair.\nAsk Ada.").unwrap())),
        tags: Some(Tags::of(["travel", "Q3"]).unwrap()),
        category: Some(Some(Name::parse("Marketing").unwrap())),
    }
}

#[tokio::test]
async fn what_is_noted_stays_until_it_is_cleared() {
    let shop = Shop::new(Cast::default()).await;
    let (db, admin) = (&shop.fresh.db, shop.fresh.person(Environment::Live, Role::Admin));
    let bought = shop.buy(1_000).await;
    assert_eq!((bought.notes.as_deref(), bought.tags.as_slice().len(), bought.remarked), (None, 0, 1));
    shop.fresh.clock.advance(7);
    let noted = db.commit(&admin, Annotate { id: bought.id.clone(), remark: remark() }).await.unwrap();
    assert_eq!(noted, purchases::get(db, &admin, &bought.id).await.unwrap().purchase);
    assert_eq!(noted.notes.as_deref(), Some("For the fair.\nAsk Ada."));
    assert_eq!(
        (noted.tags.as_slice(), noted.category.as_deref()),
        (&["travel".into(), "Q3".into()][..], Some("Marketing"))
    );
    assert_eq!((noted.remarked, noted.updated_at), (2, shop.fresh.db.now()));

    // What became of the money meanwhile stays, and so does what is not named.
    shop.capture(&bought.id, None).await.unwrap();
    let cleared = Remark { notes: Some(None), ..Remark::default() };
    let cleared = db.commit(&shop.grant, Annotate { id: bought.id.clone(), remark: cleared }).await.unwrap();
    assert_eq!((cleared.notes.as_deref(), cleared.tags.joined().as_str()), (None, "travel, Q3"));
    assert_eq!((cleared.captured_amount, cleared.category.as_deref()), (1_000, Some("Marketing")));

    let late = db.commit(&admin, Annotate { id: bought.id.clone(), remark: Remark { version: Some(2), ..remark() } });
    assert_eq!(code(late.await), Code::StaleEdit);
    let told = actions(&shop.fresh, &bought.id).await;
    assert_eq!(told.iter().filter(|action| **action == "purchase.annotated").count(), 2, "{told:?}");
}

#[tokio::test]
async fn a_note_opens_nothing_and_is_for_those_who_may() {
    let shop = Shop::new(Cast::default()).await;
    let (db, id) = (&shop.fresh.db, shop.buy(1_000).await.id);
    let outsiders = strangers(&shop.fresh).await;
    let before = shop.fresh.dump().await;
    let secret = "4242 4242 4242 4242";
    let notes = Remark { notes: Some(Some(Passage::parse(secret).unwrap())), ..Remark::default() };
    let category = Remark { category: Some(Some(Name::parse(secret).unwrap())), ..Remark::default() };
    for (remark, field) in [(notes, "notes"), (category, "category")] {
        let refused = db.commit(&shop.grant, Annotate { id: id.clone(), remark }).await;
        assert_eq!(refused_field(refused), field);
    }
    for stranger in outsiders {
        let refused = db.commit(&stranger, Annotate { id: id.clone(), remark: remark() }).await;
        assert!(matches!(refused, Err(Error::NotFound(_))));
    }
    for role in [Role::Developer, Role::Support, Role::Auditor, Role::Finance] {
        let grant = shop.fresh.person(Environment::Live, role);
        let refused = db.commit(&grant, Annotate { id: id.clone(), remark: remark() }).await;
        assert!(matches!(refused, Err(Error::Denied(_))), "{role}");
    }
    let mut after = shop.fresh.dump().await;
    for table in ["purchases", "audit"] {
        assert_eq!(after.remove(table), before.get(table).cloned(), "{table}");
    }
}
