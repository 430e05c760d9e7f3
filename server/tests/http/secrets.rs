//! No secret is ever in the database file, its write-ahead log or the log, whatever was done with it.
use super::{
    browser::{Browser, PASSWORD},
    quickstart,
    support::Server,
};
use axum::{body::Body, http::Method};
use domain::{
    access::{Role, factors::totp, members},
    environment::Environment,
};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use std::{
    io::Write,
    path::Path,
    sync::{Arc, Mutex},
};
use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

/// What was logged, by anything in this process.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(line)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;
    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn no_secret_is_kept_or_logged() {
    if std::env::var_os("LEDGEROS_TEST_POSTGRES").is_some() {
        println!("skipped: the files of a PostgreSQL server are not this test's to read");
        return;
    }
    let log = Log::default();
    let lines = tracing_subscriber::fmt().with_writer(log.clone()).with_ansi(false);
    lines.with_env_filter(EnvFilter::new("trace")).init();

    let server = Server::real(&["--webhook-allow", "127.0.0.0/8"]).await;
    let mut browser = Browser::signed_in(&server, Role::Owner).await;
    let (dev, live) = (server.key(Environment::Dev).await, server.key(Environment::Live).await);
    let hook = server.post(&dev, "/v1/webhooks", &json!({ "url": "http://127.0.0.1:9/in" })).await.text_at("/secret");
    let shown = quickstart::walk(&server, &dev).await;
    // What is wrong about a call must not be repeated in the log either.
    server.post(&dev, "/v1/details/redeem", &json!({ "detailsToken": shown.details_token })).await;
    server.post(&live, "/v1/details/redeem", &json!({ "detailsToken": shown.details_token, "pan": shown.pan })).await;
    server.get(&dev, &format!("/v1/cards?status={}", shown.pan)).await;
    server.get(&shown.agent_token, "/v1/cards").await;
    let merchant = json!({ "name": "Amazon", "categoryCode": "5942" });
    let by_number = json!({ "pan": shown.pan, "amount": 100, "merchant": merchant }).to_string();
    let headers = [("api-key", &*dev), ("content-type", "application/json"), ("idempotency-key", "by-number")];
    let bought = server.call(Method::POST, "/v1/sandbox/authorizations", &headers, by_number).await;
    assert_eq!(bought.status, 201, "{}", bought.text);
    // Somebody puts a key and a card number where they do not belong.
    let agent = format!("shop/1.0 {live} {}", shown.pan);
    let headers = [("api-key", &*live), ("user-agent", &*agent), ("idempotency-key", &*shown.pan)];
    assert_eq!(server.call(Method::GET, "/v1/cards", &headers, Body::empty()).await.status, 200);
    server.state.requests.flush().await;
    server.fresh.clock.advance(1_000);
    browser.get(&format!("/dev/jump?q={dev}")).await;
    let of_people = people(&server, &mut browser).await;
    let mut files = String::new();
    for log in ["/dev/audit/export", "/live/audit/export", "/dev/requests/export", "/live/requests/export"] {
        for format in ["csv", "json"] {
            let file = browser.submit(log, &[("format", format), ("zone", "utc")]).await;
            assert_eq!((file.status.as_u16(), file.text.is_empty()), (200, false), "{log}");
            files.push_str(&file.text);
        }
    }
    assert!(files.contains("/v1/details/redeem") && files.contains("[redacted]"), "{files}");
    for page in [
        "/dev/cards",
        "/dev/purchases",
        "/dev/attestations",
        "/dev/webhooks",
        "/live/keys",
        "/dev/requests",
        "/dev/audit",
    ] {
        assert_eq!(browser.get(page).await.status, 200, "{page}");
    }

    let mut secrets = vec![
        ("password", PASSWORD),
        ("development key", &*dev),
        ("live key", &*live),
        ("webhook secret", &*hook),
        ("agent token", &*shown.agent_token),
        ("details token", &*shown.details_token),
        ("card number", &*shown.pan),
    ];
    secrets.extend(of_people.iter().map(|(name, secret)| (*name, &**secret)));
    // The short cookies are settings and say nothing.
    secrets.extend(browser.secrets().filter(|value| value.len() > 16).map(|value| ("cookie", value)));
    assert!(secrets.len() > 7, "the session's cookie is looked for");
    let log = log.0.lock().unwrap().clone();
    assert!(String::from_utf8_lossy(&log).contains("/v1/details/redeem"), "the log was caught");
    let folder = server.fresh.dir.path();
    for (name, secret) in secrets {
        // What follows the readable start of a key is what opens.
        let core = secret.rsplit('_').next().filter(|core| core.len() > 15).unwrap_or(secret);
        for text in [secret, core] {
            assert_eq!(hits(&log, text), 0, "{name} in the log");
            assert_eq!(hits(files.as_bytes(), text), 0, "{name} in an export");
            for file in ["test.db", "test.db-wal"] {
                let bytes = std::fs::read(folder.join(file)).unwrap();
                assert!(!bytes.is_empty() && hits(&bytes, text) == 0, "{name} in {file}");
            }
        }
    }
    let text = String::from_utf8_lossy(&log).into_owned();
    let words = format!("\"{}\"", shown.cvv);
    assert!(!text.contains(&words) && !text.contains(&format!("cvv={}", shown.cvv)), "a verification value in the log");
    no_value_is(&folder.join("test.db"), &shown.cvv).await;
}

/// Goes once through what people are given to come in: links, an authenticator app, recovery codes. Gives every secret
/// of it that a page showed.
async fn people(server: &Server, owner: &mut Browser<'_>) -> Vec<(&'static str, String)> {
    let after = |text: &str, mark: &str| {
        let rest = text.split(mark).nth(1).unwrap_or_else(|| panic!("no {mark} in {text}"));
        rest.chars().take_while(char::is_ascii_alphanumeric).collect::<String>()
    };
    let made = owner.submit("/live/members/invite", &[("email", "new@acme.example"), ("role", "support")]).await;
    let invitation = after(&made.text, "/invite/");
    let mut guest = Browser::new(server);
    let path = format!("/invite/{invitation}");
    let joined = [("name", "New"), ("password", PASSWORD), ("password_again", PASSWORD)];
    assert!(guest.submit(&path, &joined).await.text.contains("You are a member of"));
    assert!(Browser::new(server).get(&path).await.text.contains("was used"), "it is used up");
    let grant = server.fresh.person(Environment::Live, Role::Owner);
    let all = members::list(&server.fresh.db, &grant).await.unwrap();
    let new = &all.iter().find(|member| member.name == "New").unwrap().id;
    let reset = after(&owner.submit(&format!("/live/members/{new}/reset"), &[]).await.text, "/reset/");
    assert_eq!(Browser::new(server).get(&format!("/reset/{reset}")).await.status, 200);
    let page = owner.get("/account/authenticator").await.text;
    let key: String = page.split("translate=\"no\">").nth(1).unwrap().split('<').next().unwrap().replace(' ', "");
    let bits: Vec<bool> = key
        .chars()
        .map(|c| "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(c).unwrap())
        .flat_map(|n| (0..5).rev().map(move |bit| n >> bit & 1 == 1))
        .collect();
    let seed: Vec<u8> =
        bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |n, bit| n << 1 | u8::from(*bit))).collect();
    let code = totp::code(&seed, totp::step(server.fresh.db.now()));
    let sealed = page.split("name=\"seed\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let shown = owner.submit("/account/authenticator", &[("seed", &sealed), ("code", &code)]).await;
    assert_eq!(shown.status, 200, "{}", shown.text);
    let codes = shown.text.split("<li><code translate=\"no\">").skip(1);
    let codes: Vec<String> = codes.map(|rest| rest.split('<').next().unwrap().to_owned()).collect();
    assert_eq!(codes.len(), 10);
    let mut secrets = vec![("invitation", invitation), ("reset link", reset), ("authenticator key", key)];
    secrets.push(("authenticator seed", hex::encode(seed)));
    secrets.extend(codes.iter().map(|code| ("recovery code", code.clone())));
    secrets.extend(codes.iter().map(|code| ("recovery code", code.replace('-', ""))));
    secrets
}

fn hits(bytes: &[u8], secret: &str) -> usize {
    bytes.windows(secret.len()).filter(|part| *part == secret.as_bytes()).count()
}

/// Three digits are found in any file by chance: here no column of any row may hold them, nor any JSON in one.
async fn no_value_is(file: &Path, cvv: &str) {
    let mut db = SqliteConnection::connect(&format!("sqlite:{}", file.display())).await.unwrap();
    let columns: Vec<(String, String)> = sqlx::query_as(
        "select t.name, c.name from sqlite_master t, pragma_table_info(t.name) c where t.type = 'table'",
    )
    .fetch_all(&mut db)
    .await
    .unwrap();
    assert!(columns.len() > 100, "{} columns", columns.len());
    for (table, column) in columns {
        assert!(!column.contains("cvv"), "{table}.{column}");
        let found: i64 = sqlx::query_scalar(AssertSqlSafe(format!(
            "select count(*) from \"{table}\" where typeof(\"{column}\") in ('text', 'blob')
             and (cast(\"{column}\" as text) = $1 or instr(cast(\"{column}\" as text), '\"' || $1 || '\"') > 0)"
        )))
        .bind(cvv)
        .fetch_one(&mut db)
        .await
        .unwrap();
        assert_eq!(found, 0, "the verification value in {table}.{column}");
    }
}
