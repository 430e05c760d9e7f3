//! Rates: exact counts under a clock that stands still.
use super::{browser::Browser, support::Server};
use domain::{access::Role, environment::Environment};
use serde_json::json;

#[tokio::test]
async fn each_class_has_its_own_bucket() {
    let server = Server::new().await;
    let key = server.key(Environment::Dev).await;
    let (nothing, thing) = (json!({}), json!({ "name": "a" }));
    let passed = async |what: &str| {
        let mut passed = 0;
        loop {
            let reply = match what {
                "read" => server.get(&key, "/v1/things").await,
                "write" => server.post(&key, "/v1/things", &thing).await,
                "card" => server.post(&key, "/v1/things/x/cards", &nothing).await,
                _ => server.post(&key, "/v1/sandbox/things", &nothing).await,
            };
            if reply.status == 429 || passed == 200 {
                return (passed, reply);
            }
            passed += 1;
        }
    };
    assert_eq!(passed("card").await.0, 5);
    assert_eq!(passed("write").await.0, 10);
    assert_eq!(passed("read").await.0, 20);
    assert_eq!(passed("sandbox").await.0, 200);

    let (_, refused) = passed("write").await;
    assert_eq!(refused.refusal(), (429, "rate_limited".into()));
    assert_eq!(refused.json()["error"]["type"], "rate_limit_error");
    assert_eq!(refused.json()["error"]["retryAfter"], 2_000);
    assert_eq!(refused.header("retry-after"), "2");
    server.fresh.clock.advance(1_999);
    assert_eq!(passed("write").await.0, 0);
    server.fresh.clock.advance(1);
    assert_eq!(passed("write").await.0, 1);
    server.fresh.clock.advance(60_000);
    assert_eq!(passed("write").await.0, 10, "a bucket holds no more than its burst");
}

#[tokio::test]
async fn keys_of_one_environment_share_and_others_do_not() {
    let server = Server::new().await;
    let (first, second) = (server.key(Environment::Dev).await, server.key(Environment::Dev).await);
    let live = server.key(Environment::Live).await;
    for _ in 0..10 {
        assert_eq!(server.get(&first, "/v1/things").await.status, 200);
        assert_eq!(server.get(&second, "/v1/things").await.status, 200);
    }
    assert_eq!(server.get(&first, "/v1/things").await.status, 429);
    assert_eq!(server.get(&second, "/v1/things").await.status, 429);
    assert_eq!(server.get(&live, "/v1/things").await.status, 200);
}

#[tokio::test]
async fn the_dashboard_shows_the_wait_that_is_sent() {
    // A call in six seconds.
    let server = Server::with(&["--rate-read", "10/3"]).await;
    let key = server.key(Environment::Dev).await;
    let mut support = Browser::signed_in(&server, Role::Support).await;
    let mut shown = async |path: &str| {
        let page = support.get(path).await.text;
        let row = page.split(">Reads</th>").nth(1).and_then(|row| row.split("</tr>").next());
        let row = row.unwrap_or_else(|| panic!("{page}")).to_owned();
        let cell = row.split("<td").map(|cell| cell.split('<').next().unwrap_or_default());
        let waits = cell.filter_map(|cell| cell.split_once('>').map(|(_, text)| text.to_owned()));
        waits.filter(|text| text == "none" || text.ends_with(" s")).collect::<Vec<_>>()
    };
    assert_eq!(shown("/dev/requests/rates").await, ["none"], "nobody called yet");
    for _ in 0..3 {
        assert_eq!(server.get(&key, "/v1/things").await.status, 200);
    }
    for (passed, sent) in [(0, "6"), (1, "6"), (999, "5"), (4_000, "1")] {
        server.fresh.clock.advance(passed);
        assert_eq!(shown("/dev/requests/rates").await, [format!("{sent} s")], "before the call, {passed}");
        let refused = server.get(&key, "/v1/things").await;
        assert_eq!((refused.status.as_u16(), refused.header("retry-after")), (429, sent));
        assert_eq!(shown("/dev/requests/rates").await, [format!("{sent} s")], "and after it");
    }
    assert_eq!(shown("/live/requests/rates").await, ["none"], "another environment draws on its own");
    server.fresh.clock.advance(1_000);
    assert_eq!(shown("/dev/requests/rates").await, ["none"]);
    assert_eq!(server.get(&key, "/v1/things").await.status, 200);
}
