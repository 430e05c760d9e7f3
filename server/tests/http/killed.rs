//! The server killed in the middle of purchases with idempotency keys: what it answered is there, whoever sends it again
//! gets each done once, and every counter equals its rows (security R2, R4 to R6).
use super::shop::Shop;
use domain::limits;
use futures::future::join_all;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::mpsc,
};

/// The binary itself, over a database of its own.
struct Process {
    child: Child,
    address: SocketAddr,
}

impl Process {
    /// Starts it and waits until it listens.
    fn start(shop: &Shop) -> Self {
        let fresh = &shop.server.fresh;
        let key_file = fresh.dir.path().join("test.key");
        let mut command = Command::new(env!("CARGO_BIN_EXE_ledgeros"));
        command.args(["serve", "--bind", "127.0.0.1:0", "--database", &fresh.url, "--key-file"]).arg(key_file);
        command.args(["--rate-write", "99999/99999", "--log-filter", "info"]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = log.by_ref().find_map(|line| {
            let line = line.unwrap();
            let port = line.contains("listening").then(|| line.split("http://127.0.0.1:").nth(1))??;
            let port: String = port.chars().take_while(char::is_ascii_digit).collect();
            Some(SocketAddr::from(([127, 0, 0, 1], port.parse().unwrap())))
        });
        // Whoever stops reading would stop it.
        thread::spawn(move || log.for_each(drop));
        Self { child, address: address.expect("it listens") }
    }
}

impl Drop for Process {
    /// SIGKILL: nothing is finished, nothing is closed.
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// A purchase with a key; none when no whole answer came.
async fn buy(address: SocketAddr, api_key: &str, card: &str, key: &str) -> Option<(u16, String)> {
    let merchant = json!({ "name": "Amazon", "categoryCode": "5942" });
    let body = json!({ "cardId": card, "amount": 1, "merchant": merchant }).to_string();
    let request = format!(
        "POST /v1/sandbox/authorizations HTTP/1.1\r\nhost: {address}\r\napi-key: {api_key}\r\nidempotency-key: {key}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(address).await.ok()?;
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    // One that was cut off is none.
    serde_json::from_str::<Value>(body).ok()?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
}

/// Kills the server after each of these numbers of answers, and sends everything again to its successor.
async fn killed_after(rounds: impl IntoIterator<Item = usize>) {
    const CALLS: usize = 60;
    let shop = Shop::new().await;
    let (api_key, card, fresh) = (&shop.key, &shop.card, &shop.server.fresh);
    let mut all = 0;
    for (round, enough) in rounds.into_iter().enumerate() {
        let process = Process::start(&shop);
        let (answered, mut answers) = mpsc::unbounded_channel();
        let acknowledged = Arc::new(Mutex::new(BTreeMap::new()));
        let calls: Vec<_> = (0..CALLS)
            .map(|n| {
                let (api_key, card) = (api_key.clone(), card.clone());
                let (address, key) = (process.address, format!("r{round}-{n}"));
                let (answered, acknowledged) = (answered.clone(), acknowledged.clone());
                tokio::spawn(async move {
                    if let Some((status, body)) = buy(address, &api_key, &card, &key).await {
                        assert_eq!(status, 201, "{body}");
                        acknowledged.lock().unwrap().insert(key, body);
                        answered.send(()).unwrap();
                    }
                })
            })
            .collect();
        for _ in 0..enough {
            answers.recv().await.unwrap();
        }
        drop(process);
        for call in calls {
            call.await.unwrap();
        }
        let process = Process::start(&shop);
        let keys: Vec<String> = (0..CALLS).map(|n| format!("r{round}-{n}")).collect();
        let again = join_all(keys.iter().map(|key| buy(process.address, api_key, card, key))).await;
        for (key, reply) in keys.iter().zip(again) {
            let (status, body) = reply.expect("an answer");
            assert_eq!(status, 201, "{key} is not stuck: {body}");
            if let Some(first) = acknowledged.lock().unwrap().get(key) {
                assert_eq!(&body, first, "{key}");
            }
        }
        all += CALLS as i64;
        assert_eq!(fresh.count("purchases").await, all, "each was done once");
        assert_eq!(limits::recount(&fresh.db).await.unwrap(), [], "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_cut_off_is_done_once_when_it_is_sent_again() {
    killed_after((0..20).map(|round| 1 + 2 * round)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "fifty kills: make prove"]
async fn what_was_cut_off_fifty_times_is_done_once_when_it_is_sent_again() {
    killed_after((0..50).map(|round| 1 + round)).await;
}
