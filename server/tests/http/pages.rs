//! Lists, page by page.
use super::support::Server;
use domain::environment::Environment;

#[tokio::test]
async fn a_list_is_walked_to_its_end() {
    let server = Server::new().await;
    let mut ids = Vec::new();
    let mut key = String::new();
    for _ in 0..5 {
        server.fresh.clock.advance(1);
        let (id, text) = server.make_key(Environment::Dev, None).await;
        ids.insert(0, id.to_string());
        key = text;
    }
    let mut seen = Vec::new();
    let mut path = "/v1/things?limit=2".to_owned();
    loop {
        let page = server.get(&key, &path).await.json();
        assert_eq!(page["object"], "list");
        assert!(page["requestId"].is_string());
        seen.extend(page["data"].as_array().unwrap().iter().map(|thing| thing["id"].as_str().unwrap().to_owned()));
        let Some(cursor) = page["cursor"].as_str() else {
            assert_eq!((&page["hasMore"], page["cursor"].is_null()), (&false.into(), true));
            break;
        };
        assert_eq!(page["hasMore"], true);
        path = format!("/v1/things?limit=2&cursor={cursor}");
    }
    assert_eq!(seen, ids);
}

#[tokio::test]
async fn a_cursor_opens_in_its_own_list_only() {
    let server = Server::new().await;
    let (dev, live) = (server.key(Environment::Dev).await, server.key(Environment::Live).await);
    server.key(Environment::Dev).await;
    let page = server.get(&dev, "/v1/things?limit=1").await.json();
    let cursor = page["cursor"].as_str().unwrap();
    let changed = format!("{}{}", if cursor.starts_with('M') { "N" } else { "M" }, &cursor[1..]);
    for (key, path, status) in [
        (&dev, format!("/v1/things?cursor={cursor}"), 200),
        (&dev, format!("/v1/others?cursor={cursor}"), 400),
        (&live, format!("/v1/things?cursor={cursor}"), 400),
        (&dev, format!("/v1/things?cursor={changed}"), 400),
        (&dev, "/v1/things?cursor=".to_owned(), 400),
    ] {
        let reply = server.get(key, &path).await;
        assert_eq!(reply.status, status, "{path}");
        assert!(status == 200 || reply.refusal().1 == "parameter_invalid");
    }
}
