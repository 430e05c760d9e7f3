//! A file on its way ends with the session that asked for it.
use super::browser::Browser;
use axum::{
    body::Body,
    http::{Request, header},
};
use domain::{
    access::Role,
    audit::{self, Action, DenyAccess, Filter},
    environment::Environment,
    page::Paging,
    testing::Fresh,
};
use futures::StreamExt;

/// More records than are read at once.
async fn many(fresh: &Fresh) {
    let owner = fresh.person(Environment::Live, Role::Owner);
    for n in 0..300 {
        fresh.clock.advance(1);
        let refusal = DenyAccess { needed: "test".into(), page: format!("/live/{n}") };
        fresh.db.commit(&owner, refusal).await.unwrap();
    }
    fresh.clock.advance(1);
}

/// Begins to take the audit log out.
async fn begin(browser: &mut Browser) -> axum::http::Response<Body> {
    let token = browser.get("/live/audit/export").await.token();
    let fields = serde_urlencoded::to_string([("token", &*token), ("format", "csv"), ("zone", "utc")]).unwrap();
    let request = Request::post("/live/audit/export")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin");
    browser.answer(request, fields.into()).await
}

/// What the audit log says of the exports that ended.
async fn ended(fresh: &Fresh) -> Vec<String> {
    let filter = Filter { action: Some(Action::ExportEnded), ..Filter::default() };
    let owner = fresh.person(Environment::Live, Role::Owner);
    let page = audit::list(&fresh.db, &owner, &filter, &Paging::newest(10)).await.unwrap();
    page.rows.into_iter().filter_map(|record| record.after).collect()
}

#[tokio::test]
async fn a_file_breaks_off_when_its_session_ends() {
    let fresh = Fresh::new().await;
    many(&fresh).await;
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    let mut cut = 0;
    for end in ["sign-out", "sessions", "disable", "role"] {
        let address = format!("{end}@acme.example");
        let (mut reader, person) = Browser::signed_in_at(&fresh, Role::Finance, &address).await;
        let mut file = begin(&mut reader).await.into_body().into_data_stream();
        let first = file.next().await.unwrap().unwrap();
        assert!(first.starts_with(b"id,"), "{end}");
        if end == "sign-out" {
            reader.submit("/sign-out", &[]).await;
        } else {
            let fields: &[(&str, &str)] = match end {
                "disable" => &[("reason", "gone")],
                "role" => &[("role", "support")],
                _ => &[],
            };
            let done = owner.submit(&format!("/live/members/{person}/{end}"), fields).await;
            assert!([200, 303].contains(&done.led().0), "{end}: {}", done.main());
        }
        let rest: Vec<_> = file.collect().await;
        assert!(rest.len() == 1 && rest[0].is_err(), "{end}: not one row more, and no tidy end");
        cut += 1;
        // Recorded by a task of its own, which each look gives the time to end.
        let mut records = ended(&fresh).await;
        for _ in 0..1_000 {
            if records.len() == cut {
                break;
            }
            tokio::task::yield_now().await;
            records = ended(&fresh).await;
        }
        assert_eq!(records.len(), cut, "{end}");
        assert!(records.iter().all(|record| record.contains("\"complete\":false")), "{records:?}");
    }
    let mut reader = Browser::signed_in(&fresh, Role::Finance).await;
    let whole: Vec<_> = begin(&mut reader).await.into_body().into_data_stream().collect().await;
    assert!(whole.len() > 1 && whole.iter().all(Result::is_ok), "a control: whoever stays gets all of it");
}
