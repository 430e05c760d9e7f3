//! Requests that two readers could understand differently: each one answer, then the end (security X-I6).
use super::{
    raw::{Answer, Listening},
    support::Server,
};
use axum::http::Method;
use server::http::listen::{
    Bounds,
    head::{ADDRESS, HEADERS, LINES},
};

/// What would be answered if what stands before it were understood otherwise.
const SMUGGLED: &str = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";

async fn listening() -> (Server, Listening) {
    let server = Server::new().await;
    let listening = Listening::to(&server, Bounds::behind(&[])).await;
    (server, listening)
}

fn is_ours(answer: &Answer) {
    let head = answer.head.to_ascii_lowercase();
    for header in ["x-request-id: req_", "x-content-type-options: nosniff", "content-security-policy: "] {
        assert!(head.contains(header), "{header} in {head}");
    }
}

#[tokio::test]
async fn each_is_answered_once_and_the_connection_ends() {
    let (_server, listening) = listening().await;
    let host = "Host: localhost\r\n";
    let with = |lines: &str| format!("POST /v1/things HTTP/1.1\r\n{host}{lines}\r\n");
    let line = |line: &str| format!("{line}\r\n{host}\r\n");
    for (request, status) in [
        (with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400),
        (with("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400),
        (with("Content-Length: 5\r\nContent-Length: 6\r\n"), 400),
        (with("Content-Length: 5\r\nContent-Length: 5\r\n"), 400),
        (with("Content-Length: 5, 5\r\n"), 400),
        (with("Content-Length: +5\r\n"), 400),
        (with("Content-Length: -5\r\n"), 400),
        (with("Content-Length: 0x5\r\n"), 400),
        (with("Content-Length: 5 5\r\n"), 400),
        (with("Content-Length:\r\n"), 400),
        (with("Content-Length: 99999999999999999999\r\n"), 400),
        (with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400),
        (with("Transfer-Encoding: gzip, chunked\r\n"), 400),
        (with("Transfer-Encoding: chunked, identity\r\n"), 400),
        (with("Transfer-Encoding: xchunked\r\n"), 400),
        (with("Transfer-Encoding : chunked\r\n"), 400),
        (with("Transfer-Encoding:\x0bchunked\r\n"), 400),
        (with("Transfer-Encoding\r\n"), 400),
        (with("Content-Length : 5\r\n"), 400),
        (with(" Content-Length: 5\r\n"), 400),
        (with("X-A: b\r\n c\r\n"), 400),
        (with("X-A: b\r\n\tc\r\n"), 400),
        (with("X-A: b\nX-B: c\r\n"), 400),
        (with("X-A: b\rX-B: c\r\n"), 400),
        (with("X-A: b\0c\r\n"), 400),
        (with("X-A: b\x01c\r\n"), 400),
        (with("X A: b\r\n"), 400),
        (with(": b\r\n"), 400),
        (with("Host: localhost\r\n"), 400),
        (with("host: evil.example\r\n"), 400),
        ("GET / HTTP/1.1\r\n\r\n".into(), 400),
        ("GET / HTTP/1.0\r\n\r\n".into(), 400),
        (format!("POST / HTTP/1.0\r\n{host}Transfer-Encoding: chunked\r\n\r\n"), 400),
        (format!("GET / HTTP/1.1\n{host}\r\n"), 400),
        ("GET / HTTP/1.1\nHost: localhost\n\n".into(), 400),
        (format!("\r\nGET / HTTP/1.1\r\n{host}\r\n"), 400),
        (line("GET  / HTTP/1.1"), 400),
        (line("GET / HTTP/1.1 "), 400),
        (line(" GET / HTTP/1.1"), 400),
        (line("GET /"), 400),
        (line("GET / x HTTP/1.1"), 400),
        (line("GET\t/ HTTP/1.1"), 400),
        (line("G(T / HTTP/1.1"), 400),
        (line("GET nothing HTTP/1.1"), 400),
        (line("GET /a#b HTTP/1.1"), 400),
        (line("GET /a<b HTTP/1.1"), 400),
        (line("GET /\u{fc} HTTP/1.1"), 400),
        (line("OPTIONS * HTTP/1.1"), 400),
        (line("CONNECT localhost:443 HTTP/1.1"), 400),
        (line("GET / HTTP/2.0"), 505),
        (line("GET / HTTP/0.9"), 505),
        (line("GET / http/1.1"), 505),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".into(), 400),
        (line(&format!("GET /{} HTTP/1.1", "x".repeat(ADDRESS))), 414),
        ("x".repeat(2 * ADDRESS), 414),
        (with(&format!("X-A: {}\r\n", "x".repeat(HEADERS))), 431),
        (with(&"X-A: 1\r\n".repeat(LINES)), 431),
    ] {
        let mut raw = listening.connect().await;
        raw.send(format!("{request}{SMUGGLED}")).await;
        let answers = raw.rest().await;
        let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        assert_eq!(statuses, [status], "{:?}", &request[..request.len().min(200)]);
        is_ours(&answers[0]);
        assert!(answers[0].head.to_ascii_lowercase().contains("connection: close"), "{}", answers[0].head);
    }
}

#[tokio::test]
async fn a_refusal_has_the_form_that_its_address_promises() {
    let (_server, listening) = listening().await;
    for (path, json) in [("/v1/things", true), ("/sign-in", false)] {
        let mut raw = listening.connect().await;
        raw.send(format!("GET {path} HTTP/1.1\r\n\r\n")).await;
        let answer = &raw.rest().await[0];
        assert_eq!(answer.body.contains(r#""code":"malformed_request""#), json, "{}", answer.body);
        assert!(answer.body.contains("no Host"), "{}", answer.body);
    }
}

#[tokio::test]
async fn a_refused_request_waits_for_the_answers_before_it() {
    let (_server, listening) = listening().await;
    let mut raw = listening.connect().await;
    raw.send(format!("{SMUGGLED}{SMUGGLED}GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n{SMUGGLED}")).await;
    let statuses: Vec<u16> = raw.rest().await.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, [200, 200, 400]);
}

#[tokio::test]
async fn what_is_in_order_is_answered_on_one_connection_however_it_is_cut() {
    let (_server, listening) = listening().await;
    let host = "Host: localhost\r\n";
    let report = "{\"not\": \"a report\"}";
    let post = format!("POST /reports/csp HTTP/1.1\r\n{host}Content-Length: {}\r\n\r\n{report}", report.len());
    let chunked = format!(
        "POST /reports/csp HTTP/1.1\r\n{host}Transfer-Encoding: Chunked\r\n\r\n5;a=b\r\n{}\r\ne\r\n{}\r\n0\r\nX-T: a\r\n\r\n",
        &report[..5],
        &report[5..],
    );
    let absolute = format!("GET http://localhost/health/live HTTP/1.1\r\n{host}X-Odd: \u{fc}\r\nX-Empty:\r\n\r\n");
    let requests = [SMUGGLED, &post, SMUGGLED, &chunked, &absolute, SMUGGLED].concat();
    let expected = [200, 400, 200, 400, 200, 200];
    let pieces = [requests.len(), 1, 2, 3, 7, 64];
    for size in pieces {
        let mut raw = listening.connect().await;
        raw.stream.set_nodelay(true).unwrap();
        for piece in requests.as_bytes().chunks(size) {
            raw.send(piece).await;
        }
        for status in expected {
            let answer = raw.answer().await.expect("the connection goes on");
            assert_eq!(answer.status, status, "in pieces of {size}: {}", answer.body);
            is_ours(&answer);
        }
    }
    let mut old = listening.connect().await;
    old.send(format!("GET /health/live HTTP/1.0\r\n{host}\r\n")).await;
    assert_eq!(old.rest().await.iter().map(|answer| answer.status).collect::<Vec<_>>(), [200]);
}

#[tokio::test]
async fn a_head_may_be_as_large_as_it_may_be() {
    let (_server, listening) = listening().await;
    let host = "Host: localhost\r\n";
    // The empty line at the end counts.
    let room = HEADERS - host.len() - "X-A: \r\n\r\n".len();
    let headers = |extra: usize| format!("GET /nothing HTTP/1.1\r\n{host}X-A: {}\r\n\r\n", "x".repeat(room + extra));
    let address = |length: usize| format!("GET /{} HTTP/1.1\r\n{host}\r\n", "x".repeat(length - 1));
    let lines = |count: usize| format!("GET /nothing HTTP/1.1\r\n{host}{}\r\n", "X-A: 1\r\n".repeat(count - 1));
    for (request, status) in [
        (headers(0), 404),
        (headers(1), 431),
        (address(ADDRESS), 404),
        (address(ADDRESS + 1), 414),
        (lines(LINES), 404),
        (lines(LINES + 1), 431),
    ] {
        let mut raw = listening.connect().await;
        raw.send(request).await;
        assert_eq!(raw.answer().await.unwrap().status, status);
    }
}

#[tokio::test]
async fn chunks_that_are_none_end_the_request_they_belong_to() {
    let (server, listening) = listening().await;
    let key = server.key(domain::environment::Environment::Dev).await;
    for chunks in ["5\nhello\r\n0\r\n\r\n", "+2\r\n{}\r\n0\r\n\r\n", "2\r\n{}X\r\n0\r\n\r\n", "fffffffffffffffff\r\n{}"]
    {
        let mut raw = listening.connect().await;
        let head = "POST /v1/things HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
        raw.send(format!("{head}Api-Key: {key}\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}{SMUGGLED}")).await;
        let answers = raw.rest().await;
        assert_eq!(answers.iter().map(|answer| answer.status).collect::<Vec<_>>(), [400], "{chunks:?}");
        is_ours(&answers[0]);
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_is_told_so_while_it_is_being_sent() {
    let (server, listening) = listening().await;
    let key = server.key(domain::environment::Environment::Dev).await;
    let size = 10 * 1024 * 1024;
    let mut raw = listening.connect().await;
    raw.send(format!(
        "POST /v1/things HTTP/1.1\r\nHost: localhost\r\nApi-Key: {key}\r\nContent-Type: application/json\r\n\
         Content-Length: {size}\r\n\r\n{}{SMUGGLED}",
        "x".repeat(size)
    ))
    .await;
    let answers = raw.rest().await;
    assert_eq!(answers.iter().map(|answer| answer.status).collect::<Vec<_>>(), [413]);
    assert!(answers[0].body.contains("body_too_large"));
}

#[tokio::test]
async fn methods_that_are_not_taken_are_refused() {
    let (_server, listening) = listening().await;
    for method in [Method::TRACE.as_str(), "PROPFIND", "get"] {
        let mut raw = listening.connect().await;
        raw.send(format!("{method} /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n{SMUGGLED}")).await;
        assert_eq!(raw.answer().await.unwrap().status, 405, "{method}");
        assert_eq!(raw.answer().await.unwrap().status, 200, "the next request on the same connection");
    }
}
