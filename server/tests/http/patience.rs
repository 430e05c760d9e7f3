//! How long clients are waited for, how many there may be, and how the server takes its leave (R16).
use super::{
    raw::{Listening, PATIENCE, Raw, SHORT},
    support::Server,
};
use axum::{Router, body::Body, routing::get};
use server::http::listen::Bounds;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::Notify,
};

const PROBE: &str = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";

fn bounds() -> Bounds {
    Bounds::behind(&[])
}

/// Sends `piece` again and again until the server ends the connection, and gives what it said.
async fn drip(mut raw: Raw, piece: &str) -> String {
    let began = Instant::now();
    let mut said = String::new();
    loop {
        assert!(began.elapsed() < PATIENCE, "still open");
        let sent = raw.stream.write_all(piece.as_bytes()).await;
        let mut bytes = [0; 1024];
        match tokio::time::timeout(Duration::from_millis(5), raw.stream.read(&mut bytes)).await {
            Ok(Ok(read @ 1..)) => said.push_str(&String::from_utf8_lossy(&bytes[..read])),
            Ok(_) => return said,
            Err(_) => assert!(sent.is_ok() || !said.is_empty()),
        }
    }
}

#[tokio::test]
async fn a_head_is_waited_for_only_so_long() {
    let server = Server::new().await;
    let listening = Listening::to(&server, Bounds { head: SHORT, ..bounds() }).await;
    assert!(listening.connect().await.rest().await.is_empty(), "nothing was said, nothing is answered");
    let mut half = listening.connect().await;
    half.send("GET /health/live HTTP/1.1\r\nHost: local").await;
    assert_eq!(half.rest().await.iter().map(|answer| answer.status).collect::<Vec<_>>(), [408]);
    let mut second = listening.connect().await;
    second.send(format!("{PROBE}GET /health")).await;
    assert_eq!(second.rest().await.iter().map(|answer| answer.status).collect::<Vec<_>>(), [200, 408]);
    let mut slow = listening.connect().await;
    slow.send("GET /health/live HTTP/1.1\r\n").await;
    let said = drip(slow, "X-A: 1\r\n").await;
    assert!(said.starts_with("HTTP/1.1 408 ") || said.starts_with("HTTP/1.1 431 "), "{said}");
    let mut late = listening.connect().await;
    late.send("GET /health/live HTTP/1.1\r\nX-A: ").await;
    assert!(drip(late, "x").await.starts_with("HTTP/1.1 408 "));
}

#[tokio::test]
async fn a_body_is_waited_for_only_so_long() {
    let server = Server::new().await;
    let key = server.key(domain::environment::Environment::Dev).await;
    let listening = Listening::to(&server, Bounds { body: SHORT, ..bounds() }).await;
    let head =
        format!("POST /v1/things HTTP/1.1\r\nHost: localhost\r\nApi-Key: {key}\r\nContent-Type: application/json\r\n");
    for framing in ["Content-Length: 60000\r\n\r\n{", "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"] {
        let mut raw = listening.connect().await;
        raw.send(format!("{head}{framing}")).await;
        let answers = raw.rest().await;
        assert_eq!(answers.iter().map(|answer| answer.status).collect::<Vec<_>>(), [408], "{framing}");
        assert!(answers[0].body.contains("request_timeout"));
    }
    let mut slow = listening.connect().await;
    slow.send(format!("{head}Content-Length: 60000\r\n\r\n")).await;
    assert!(drip(slow, " ").await.starts_with("HTTP/1.1 408 "));
}

#[tokio::test]
async fn silence_between_requests_ends_the_connection_but_not_work() {
    let release = Arc::new(Notify::new());
    let held = release.clone();
    let router = Router::new().route("/", get(async || "here")).route(
        "/slow",
        get(move || {
            let held = held.clone();
            async move {
                held.notified().await;
                "at last"
            }
        }),
    );
    let listening = Listening::serving(router, Bounds { idle: SHORT, head: SHORT, ..bounds() }).await;
    let mut silent = listening.connect().await;
    silent.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!(silent.answer().await.unwrap().body, "here");
    let mut working = listening.connect().await;
    working.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(silent.answer().await.is_none(), "closed, and not a word");
    release.notify_one();
    assert_eq!(working.answer().await.unwrap().body, "at last");
}

#[tokio::test]
async fn a_client_that_takes_no_answer_is_left() {
    let router = Router::new().route("/", get(async || Body::from(vec![b'x'; 64 * 1024 * 1024])));
    let listening = Listening::serving(router, Bounds { stall: SHORT, ..bounds() }).await;
    let mut raw = listening.connect().await;
    raw.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    listening.stop.cancel();
    tokio::time::timeout(PATIENCE, listening.ended).await.expect("the connection ends though nothing is read").unwrap();
}

#[tokio::test]
async fn a_source_has_its_share_of_connections() {
    let server = Server::new().await;
    let exempt = vec!["127.0.0.1/32".parse().unwrap()];
    let listening = Listening::to(&server, Bounds { each: 3, exempt, ..bounds() }).await;
    let mut held = Vec::new();
    for _ in 0..3 {
        let mut raw = listening.connect_from("127.0.0.2").await.unwrap();
        raw.send(PROBE).await;
        assert_eq!(raw.answer().await.unwrap().status, 200);
        held.push(raw);
    }
    let turned_away = listening.connect_from("127.0.0.2").await.unwrap().rest().await;
    assert_eq!(turned_away.iter().map(|answer| answer.status).collect::<Vec<_>>(), [503]);
    assert!(turned_away[0].head.contains("Retry-After: 1") && turned_away[0].body.ends_with("while\n"));
    for source in ["127.0.0.3", "127.0.0.1"] {
        let mut other = listening.connect_from(source).await.unwrap();
        other.send(PROBE).await;
        assert_eq!(other.answer().await.unwrap().status, 200, "{source}");
        held.push(other);
    }
}

#[tokio::test]
async fn when_all_places_are_taken_the_longest_silence_makes_room() {
    let server = Server::new().await;
    let listening = Listening::to(&server, Bounds { connections: 3, ..bounds() }).await;
    let mut first = listening.connect().await;
    first.send("GET /health/live HTT").await;
    let mut others = Vec::new();
    for n in 0..4 {
        let mut raw = listening.connect().await;
        raw.send(PROBE).await;
        assert_eq!(raw.answer().await.unwrap().status, 200, "{n}");
        others.push(raw);
    }
    assert!(first.rest().await.is_empty(), "it held a place for nothing");
}

#[tokio::test]
async fn stopping_lets_work_finish_and_ends_what_is_idle() {
    let (began, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (beginning, held) = (began.clone(), release.clone());
    let router = Router::new().route("/", get(async || "here")).route(
        "/slow",
        get(move || {
            let (beginning, held) = (beginning.clone(), held.clone());
            async move {
                beginning.notify_one();
                held.notified().await;
                "at last"
            }
        }),
    );
    let listening = Listening::serving(router, bounds()).await;
    let mut working = listening.connect().await;
    working.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n").await;
    began.notified().await;
    let mut idle = listening.connect().await;
    idle.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!(idle.answer().await.unwrap().status, 200);
    let mut fresh = listening.connect().await;
    // It has been accepted: connections are, in their order.
    let mut later = listening.connect().await;
    later.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!(later.answer().await.unwrap().status, 200);

    listening.stop.cancel();
    for connection in [&mut idle, &mut fresh, &mut later] {
        assert!(connection.answer().await.is_none());
    }
    assert!(tokio::net::TcpStream::connect(listening.address).await.is_err(), "nobody listens");
    assert!(!listening.ended.is_finished());
    release.notify_one();
    let answer = working.answer().await.unwrap();
    assert_eq!(answer.body, "at last");
    assert!(working.answer().await.is_none());
    tokio::time::timeout(PATIENCE, listening.ended).await.unwrap().unwrap();
}

#[tokio::test]
async fn whoever_shares_out_requests_is_told_first() {
    let server = Server::new().await;
    let listening = Listening::to(&server, bounds()).await;
    let mut raw = listening.connect().await;
    let probe = "GET /health/ready HTTP/1.1\r\nHost: localhost\r\n\r\n";
    raw.send(probe).await;
    assert_eq!(raw.answer().await.unwrap().status, 200);
    server.state.stopping.cancel();
    raw.send(format!("{probe}{PROBE}")).await;
    assert_eq!(raw.answer().await.unwrap().status, 503);
    assert_eq!(raw.answer().await.unwrap().status, 200, "it is alive all the same");
}

/// R16: connections that send their heads or bodies slowly, from sixty-four sources, leave an honest client's answers
/// quick. Gives the ninety-ninth percentile of the honest requests under each kind of flood.
async fn flood(connections: usize, honest: usize) -> Vec<Duration> {
    let server = Server::new().await;
    let key = server.key(domain::environment::Environment::Dev).await;
    let exempt = vec!["127.0.0.1/32".parse().unwrap()];
    let listening = Arc::new(Listening::to(&server, Bounds { exempt, ..bounds() }).await);
    let mut worst = Vec::new();
    for half in [
        "GET /health/live HTTP/1.1\r\nX-A: ".to_owned(),
        format!(
            "POST /v1/users HTTP/1.1\r\nHost: localhost\r\nApi-Key: {key}\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n"
        ),
    ] {
        let mut flood = tokio::task::JoinSet::new();
        for n in 0..connections {
            flood.spawn(drip_for_ever(listening.clone(), half.clone(), format!("127.0.1.{}", n % 64)));
        }
        let mut times = Vec::new();
        for _ in 0..honest {
            let began = Instant::now();
            let mut raw = listening.connect().await;
            raw.send(PROBE).await;
            assert_eq!(raw.answer().await.expect("an honest client is not cut off").status, 200);
            times.push(began.elapsed());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        times.sort();
        let p99 = times[times.len() * 99 / 100 - 1];
        let (kind, median) = (half.split(' ').next().unwrap(), times[times.len() / 2]);
        println!("honest requests under {connections} slow {kind}: median {median:?}, p99 {p99:?}");
        worst.push(p99);
        flood.shutdown().await;
    }
    worst
}

/// Whoever is cut off comes again, as attackers do.
async fn drip_for_ever(listening: Arc<Listening>, half: String, source: String) {
    loop {
        let Ok(mut raw) = listening.connect_from(&source).await else { continue };
        if raw.stream.write_all(half.as_bytes()).await.is_err() {
            continue;
        }
        let mut bytes = [0; 64];
        while raw.stream.write_all(b"x").await.is_ok() {
            let read = tokio::time::timeout(Duration::from_secs(1), raw.stream.read(&mut bytes)).await;
            if read.is_ok() {
                break;
            }
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Other tests run beside this one: it asks for answers, and for nothing of a second.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_small_flood_leaves_honest_requests_answered() {
    let worst = flood(100, 100).await;
    assert!(worst.iter().all(|p99| *p99 < Duration::from_secs(1)), "{worst:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "two thousand connections: make prove"]
async fn a_flood_leaves_honest_requests_quick() {
    let worst = flood(2_000, 500).await;
    assert!(worst.iter().all(|p99| *p99 < Duration::from_millis(250)), "{worst:?}");
}

/// X-I2: bodies of 1 GiB, sixteen at a time, are refused without being kept.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "gigabytes: make prove"]
async fn large_bodies_take_no_memory() {
    let resident = || -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    };
    let server = Server::new().await;
    let key = server.key(domain::environment::Environment::Dev).await;
    let listening = Arc::new(Listening::to(&server, bounds()).await);
    let mut senders = tokio::task::JoinSet::new();
    for n in 0..16 {
        let (listening, key) = (listening.clone(), key.clone());
        senders.spawn(async move {
            let mut raw = listening.connect().await;
            let (path, kind, length) = match n % 3 {
                0 => ("/sign-in", "application/x-www-form-urlencoded", "Content-Length: 1073741824\r\n\r\n".to_owned()),
                1 => ("/v1/things", "application/json", "Content-Length: 1073741824\r\n\r\n".to_owned()),
                _ => ("/v1/things", "application/json", "Transfer-Encoding: chunked\r\n\r\n40000000\r\n".to_owned()),
            };
            let head =
                format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\nApi-Key: {key}\r\n");
            raw.send(format!("{head}Content-Type: {kind}\r\n{length}")).await;
            let piece = vec![b'x'; 1024 * 1024];
            for _ in 0..1024 {
                if raw.stream.write_all(&piece).await.is_err() {
                    break;
                }
            }
        });
    }
    let mut most = 0;
    while !senders.is_empty() {
        most = most.max(resident());
        drop(tokio::time::timeout(Duration::from_millis(10), senders.join_next()).await);
    }
    println!("resident memory under sixteen bodies of 1 GiB: at most {} MiB", most / 1024);
    assert!(most < 256 * 1024, "{most} kB");
    let mut raw = listening.connect().await;
    raw.send(PROBE).await;
    assert_eq!(raw.answer().await.unwrap().status, 200);
}
