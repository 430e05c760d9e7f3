//! Saved views: kept from a list, one click away, and where its maker starts.
use super::{browser::Browser, world::World};
use axum::http::Request;
use domain::{access::Role, testing::Fresh};

#[tokio::test]
async fn a_view_is_saved_from_its_list_opens_it_and_is_deleted_after_asking() {
    let fresh = Fresh::new().await;
    World::new(&fresh).await;
    let mut support = Browser::signed_in(&fresh, Role::Support).await;
    let list = support.get("/live/keys?sort=name&status=active&rows=25").await;
    let save = list.links().into_iter().find(|href| href.starts_with("/live/views/new?")).expect("save this view");
    let form = support.get(&save).await;
    assert!(form.main().contains("sort=name&amp;status=active&amp;rows=25"), "{}", form.main());
    let bad =
        support.submit(&save, &[("name", " "), ("screen", "keys"), ("query", "sort=name"), ("audience", "x")]).await;
    assert_eq!(bad.led(), (422, None));
    assert!(bad.main().contains("Name must not be empty") && bad.main().contains("must be one of the choices"));
    let query = form.entry("query").unwrap();
    let entries =
        [("name", "<b>By name"), ("screen", "keys"), ("query", &*query), ("audience", "me"), ("chosen", "true")];
    let saved = support.submit(&save, &entries).await;
    assert_eq!(saved.led(), (303, Some("/live/keys?sort=name&status=active&rows=25")));

    // It is where its maker starts, and nobody else sees it.
    assert_eq!(support.get("/live/keys").await.led(), (303, Some("/live/keys?sort=name&status=active&rows=25")));
    let all = support.get("/live/keys?all=1").await;
    assert!(all.main().contains("&lt;b&gt;By name") && !all.main().contains("Save this view"));
    let taken_away =
        support.send(Request::get("/live/keys").header("referer", "http://localhost:3000/live/keys?status=active"));
    assert_eq!(taken_away.await.led(), (200, None), "the last filter was just taken away");
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    let list = owner.get("/live/keys").await;
    assert!(list.led() == (200, None) && !list.main().contains("By name") && list.main().contains("In use"));

    let manage = support.get("/live/views").await;
    assert_eq!(manage.rows(), 2);
    assert!(manage.main().contains("You start with it"));
    let own = manage.links().into_iter().find(|href| {
        href.starts_with("/live/views/view") && !manage.main().split(&href[..]).nth(1).unwrap().starts_with("\">In use")
    });
    let own = own.unwrap();
    let shared = support.submit(&own, &[("name", "By name"), ("audience", "all")]).await;
    assert_eq!(shared.led(), (303, Some("/live/views")));
    assert!(owner.get("/live/keys").await.main().contains("By name"));
    assert_eq!(support.get("/live/keys").await.led(), (200, None), "it was not chosen any more");
    let asked = support.get(&format!("{own}/delete")).await;
    assert!(asked.main().contains("gone for everybody"));
    assert_eq!(support.submit(&format!("{own}/delete"), &[]).await.led(), (303, Some("/live/views")));
    assert!(!owner.get("/live/keys").await.main().contains("By name"));
}

#[tokio::test]
async fn somebody_elses_view_can_be_started_with_and_no_more() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut auditor = Browser::signed_in(&fresh, Role::Auditor).await;
    let path = format!("/live/views/{}", world.view);
    let page = auditor.get(&path).await;
    assert!(page.entry("name").is_none() && !page.main().contains("Delete"), "{}", page.main());
    assert_eq!(auditor.get(&format!("{path}/delete")).await.led(), (303, Some(&*path)));
    assert_eq!(auditor.submit(&path, &[("chosen", "true")]).await.led().0, 303);
    assert_eq!(auditor.get("/live/keys").await.led(), (303, Some("/live/keys?status=active")));
    for entries in [&[("name", "taken over"), ("audience", "me")][..], &[("name", "taken over"), ("audience", "all")]] {
        assert_eq!(auditor.submit(&path, entries).await.led().0, 403);
    }
    assert!(auditor.get(&path).await.main().contains("In use"));
}
