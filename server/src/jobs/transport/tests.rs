//! Hostile names, addresses and receivers.
use super::*;
use crate::jobs::receiver::{Behaviour, Receiver};
use base64::{Engine, engine::general_purpose::STANDARD};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer},
};
use std::{
    io::{Read, Write},
    sync::Mutex,
};

/// For `receiver.test` only, 2020 to 2119, signed by itself. Its key signs nothing else.
const CERTIFICATE: &str = "\
    MIIBazCCARCgAwIBAgIBATAKBggqhkjOPQQDAjAYMRYwFAYDVQQDDA1yZWNlaXZlci50ZXN0MCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAw\
    MDAwWjAYMRYwFAYDVQQDDA1yZWNlaXZlci50ZXN0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAElAkCKw65oDdq6uWLAri/4zA6+59EZXqdkowC\
    UIUYG8vAtwosvV3qqBfthl3sGEVDs24IiP1heoP/a+acBg4glqNJMEcwGAYDVR0RBBEwD4INcmVjZWl2ZXIudGVzdDAMBgNVHRMBAf8EAjAAMB0G\
    A1UdDgQWBBQjqTjXNUrKLZRwqUN0g3RQiD+KwzAKBggqhkjOPQQDAgNJADBGAiEAhIjY5l3yoW5n8qpilucWvbXK7GUgMpkZVRp/XPgWuuACIQCN\
    xIMyXQ6yORup53a/C0kcbI5qVzrkZ2AS3h9kKmSFww==";
const KEY: &str = "\
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgYsnJ4bS8QGNerYxGzfvtNAncouyl+1eSE6UUVL88DxehRANCAASUCQIrDrmgN2rq\
    5YsCuL/jMDr7n0Rlep2SjAJQhRgby8C3Ciy9XeqoF+2GXewYRUOzbgiI/WF6g/9r5pwGDiCW";

/// Gives these answers one after the other, the last one again and again.
struct Fake(Mutex<Vec<Vec<IpAddr>>>);

impl Names for Fake {
    fn lookup(&self, _: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let mut answers = self.0.lock().unwrap();
        let answer = if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() };
        Box::pin(async move { Ok(answer) })
    }
}

fn names(answers: &[&[&str]]) -> Arc<Fake> {
    let parse = |list: &&[&str]| list.iter().map(|a| a.parse().unwrap()).collect();
    Arc::new(Fake(Mutex::new(answers.iter().map(parse).collect())))
}

fn short() -> Limits {
    Limits { connect: Duration::from_millis(300), total: Duration::from_millis(600), floor: Duration::ZERO }
}

fn network(allow: &[&str], names: Arc<dyn Names>) -> Network {
    let allow: Vec<IpNet> = allow.iter().map(|net| net.parse().unwrap()).collect();
    Network::with(&allow, names, RootCertStore::empty(), short()).unwrap()
}

fn loopback() -> Network {
    network(&["127.0.0.0/8"], Arc::new(SystemNames))
}

fn call(url: impl Into<String>) -> Call {
    Call { url: url.into(), headers: vec![("x-test", "1".into())], body: "{}".into() }
}

async fn refused(network: &Network, url: &str) {
    let sent = network.send(call(url)).await;
    assert_eq!((sent.fault, sent.status), (Some(Fault::RefusedAddress), None), "{url}");
}

#[tokio::test]
async fn private_addresses_are_called_only_when_the_operator_allows_them() {
    let receiver = Receiver::start("127.0.0.1:0", Behaviour::answer("HTTP/1.1 200 OK\r\n\r\nhello")).await;
    let closed = network(&[], Arc::new(SystemNames));
    for url in ["https://localhost/", "https://127.0.0.1:8443/", "https://[::1]/", "https://2130706433/"] {
        refused(&closed, url).await;
    }
    refused(&network(&["10.0.0.0/8"], Arc::new(SystemNames)), &receiver.url()).await;
    assert_eq!(receiver.connections(), 0);
    let sent = loopback().send(call(receiver.url())).await;
    assert_eq!((sent.status, sent.fault), (Some(200), None));
    assert_eq!(sent.response_head, "HTTP/1.1 200\n\nhello");
    let named = network(&["127.0.0.0/8"], names(&[&["127.0.0.1"]]));
    let sent = named.send(call(format!("http://any.test:{}/", receiver.address.port()))).await;
    assert_eq!(sent.status, Some(200));
    assert_eq!(receiver.connections(), 2);
}

#[tokio::test]
async fn a_name_that_turns_inwards_reaches_nothing() {
    // The port must be one that may be called on the internet; the address is this test's own.
    let receiver = Receiver::start("127.83.11.5:8443", Behaviour::Hang).await;
    let rebinding = names(&[&["93.184.215.14"], &["127.83.11.5"]]);
    let url = "https://rebind.test:8443/";
    let target = guard::parse(url, &[]).unwrap();
    let checked = Checked { target, allow: Arc::new([]), names: rebinding.clone() };
    let first = checked.resolve("rebind.test".parse().unwrap()).await.unwrap();
    assert_eq!(first.map(|a| a.ip().to_string()).collect::<Vec<_>>(), ["93.184.215.14"]);
    refused(&network(&[], rebinding), url).await;
    // One bad address among good ones is enough: which of them is dialled is not ours to hope for.
    refused(&network(&[], names(&[&["93.184.215.14", "127.83.11.5"]])), url).await;
    refused(&network(&[], names(&[&["::ffff:127.83.11.5"]])), url).await;
    assert_eq!(receiver.connections(), 0);
}

#[tokio::test]
async fn every_failure_is_one_of_the_six_words() {
    let fault = async |network: Network, url: &str| network.send(call(url)).await.fault;
    assert_eq!(fault(network(&[], names(&[&[]])), "https://nowhere.test/").await, Some(Fault::Name));
    assert_eq!(fault(loopback(), "http://127.0.0.1:1/").await, Some(Fault::Connect));
    let closing = Receiver::start("127.0.0.1:0", Behaviour::answer("")).await;
    assert_eq!(fault(loopback(), &closing.url()).await, Some(Fault::Connect));
    let babbling = Receiver::start("127.0.0.1:0", Behaviour::answer("SSH-2.0-OpenSSH_9.9\r\n\r\n")).await;
    assert_eq!(fault(loopback(), &babbling.url()).await, Some(Fault::Http));
    let hanging = Receiver::start("127.0.0.1:0", Behaviour::Hang).await;
    assert_eq!(fault(loopback(), &hanging.url()).await, Some(Fault::Timeout));
}

#[tokio::test]
async fn a_refusal_takes_as_long_as_any_other_failure() {
    let mut slow = network(&[], Arc::new(SystemNames));
    slow.limits.floor = Duration::from_millis(120);
    let sent = slow.send(call("https://127.0.0.1/")).await;
    assert!(sent.duration_ms >= 120, "{}", sent.duration_ms);
}

#[tokio::test]
async fn redirects_are_shown_and_not_followed() {
    let inner = Receiver::start("127.0.0.1:0", Behaviour::answer("HTTP/1.1 200 OK\r\n\r\n")).await;
    for status in [301, 302, 303, 307, 308] {
        let answer = format!("HTTP/1.1 {status} Moved\r\nlocation: {}\r\nset-cookie: a=b\r\n\r\n", inner.url());
        let receiver = Receiver::start("127.0.0.1:0", Behaviour::answer(&answer)).await;
        let sent = loopback().send(call(receiver.url())).await;
        assert_eq!(sent.status, Some(status));
        assert!(sent.response_head.contains(&inner.url()) && !sent.response_head.contains("cookie"));
    }
    assert_eq!(inner.connections(), 0);
}

#[tokio::test]
async fn endless_answers_are_cut_in_size_and_in_time() {
    let ok = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    let receiver = Receiver::start("127.0.0.1:0", Behaviour::Flood(ok.clone())).await;
    let sent = loopback().send(call(receiver.url())).await;
    assert_eq!((sent.status, sent.response_head.len()), (Some(200), 4_096));
    assert!(sent.duration_ms < 600, "it stops reading, long before the time is over");

    // The status was given in time: a body that trickles takes nothing back.
    receiver.behave(Behaviour::Drip(ok, b"x"));
    let sent = loopback().send(call(receiver.url())).await;
    assert_eq!(sent.status, Some(200));
    assert!((600..5_000).contains(&sent.duration_ms), "{}", sent.duration_ms);

    for (head, piece) in
        [(b"HTTP/1.1 200 OK\r\nx: ".as_slice(), b"x".as_slice()), (b"", b"HTTP/1.1 100 Continue\r\n\r\n")]
    {
        receiver.behave(Behaviour::Drip(head.into(), piece));
        let sent = loopback().send(call(receiver.url())).await;
        assert_eq!((sent.status, sent.fault), (None, Some(Fault::Timeout)));
        assert!((600..5_000).contains(&sent.duration_ms), "{}", sent.duration_ms);
    }
    receiver.behave(Behaviour::Flood(b"HTTP/1.1 200 OK\r\nx: ".into()));
    assert_eq!(loopback().send(call(receiver.url())).await.fault, Some(Fault::Http), "a header without end");
}

#[tokio::test]
async fn a_packed_body_stays_packed() {
    let packed = [b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n".as_slice(), b"\x1f\x8b\x08\0"].concat();
    let mut receiver = Receiver::start("127.0.0.1:0", Behaviour::Answer(packed)).await;
    let sent = loopback().send(call(receiver.url())).await;
    assert!(sent.response_head.ends_with("\\u{1f}\\x8b\\u{8}\\u{0}"), "{}", sent.response_head);
    let got = receiver.requests.recv().await.unwrap();
    assert_eq!((got.header("accept-encoding"), got.header("x-test")), (None, Some("1")));
    assert!(got.header("user-agent").unwrap().starts_with("LedgerOS/"));
}

#[tokio::test]
async fn the_wish_for_a_later_try_is_read_in_both_forms() {
    for (headers, wish) in [
        ("retry-after: 120", Some(120_000)),
        ("date: Wed, 15 Jan 2025 12:00:00 GMT\r\nretry-after: Wed, 15 Jan 2025 12:00:30 GMT", Some(30_000)),
        ("retry-after: soon", None),
        ("retry-after: -1", None),
        ("x: y", None),
    ] {
        let answer = format!("HTTP/1.1 503 Busy\r\n{headers}\r\n\r\n");
        let receiver = Receiver::start("127.0.0.1:0", Behaviour::answer(&answer)).await;
        assert_eq!(loopback().send(call(receiver.url())).await.retry_after_ms, wish, "{headers}");
    }
}

/// Answers every connection over TLS with the certificate above.
fn tls_receiver() -> u16 {
    let decode = |text| STANDARD.decode(text).unwrap();
    let key = PrivateKeyDer::try_from(decode(KEY)).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(decode(CERTIFICATE))], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = StreamOwned::new(ServerConnection::new(config.clone()).unwrap(), stream);
            if stream.read(&mut [0; 4_096]).is_ok() {
                drop(stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"));
            }
        }
    });
    port
}

#[tokio::test]
async fn certificates_are_verified_for_the_name_that_was_asked_for() {
    let port = tls_receiver();
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(STANDARD.decode(CERTIFICATE).unwrap())).unwrap();
    let allow = ["127.0.0.0/8".parse().unwrap()];
    let here = || names(&[&["127.0.0.1"]]);
    let trusting = Network::with(&allow, here(), roots, Limits { floor: Duration::ZERO, ..Limits::default() }).unwrap();
    let sent = trusting.send(call(format!("https://receiver.test:{port}/"))).await;
    assert_eq!((sent.status, sent.fault), (Some(200), None));
    let usual = Network { names: here(), ..Network::new(&allow).unwrap() };
    for (network, host) in [(&trusting, "other.test"), (&trusting, "127.0.0.1"), (&usual, "receiver.test")] {
        let sent = network.send(call(format!("https://{host}:{port}/"))).await;
        assert_eq!((sent.status, sent.fault), (None, Some(Fault::Tls)), "{host}");
    }
    let plain = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://127.0.0.1:{}/", plain.local_addr().unwrap().port());
    tokio::spawn(async move {
        let (mut stream, _) = plain.accept().await.unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut Vec::new()).await
    });
    assert_eq!(trusting.send(call(url)).await.fault, Some(Fault::Tls), "no TLS at all");
}
