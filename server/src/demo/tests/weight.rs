//! What every page of the demo weighs as it goes over the wire, its style sheet included.
use super::told;
use crate::{State, demo::PASSPHRASE, http};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
    response::Response,
};
use clap::Parser;
use std::{
    collections::{BTreeMap, HashSet, VecDeque},
    io::Read,
};
use tower::ServiceExt;

/// Bytes that a page may weigh.
const MOST: usize = 40 * 1024;
/// Pages of each kind that are looked at.
const EACH: usize = 2;

#[derive(Parser)]
struct Settings {
    #[command(flatten)]
    config: crate::config::Config,
}

struct Visitor {
    router: Router,
    cookies: BTreeMap<String, String>,
}

impl Visitor {
    async fn send(&mut self, request: axum::http::request::Builder, body: String) -> Response {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request.header(header::HOST, "localhost").header(header::COOKIE, cookies.join("; "));
        let response = self.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        for line in response.headers().get_all(header::SET_COOKIE) {
            let (name, value) = line.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        response
    }

    async fn get(&mut self, path: &str, encoding: &str) -> (StatusCode, Vec<u8>) {
        let response = self.send(Request::get(path).header(header::ACCEPT_ENCODING, encoding), String::new()).await;
        let status = response.status();
        (status, to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec())
    }

    async fn sign_in(&mut self) {
        let (_, page) = self.get("/sign-in", "identity").await;
        let page = String::from_utf8(page).unwrap();
        let token = page.split("name=\"token\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        let fields = [("token", token), ("email", "owner@northwind.example"), ("password", PASSPHRASE), ("next", "")];
        let request = Request::post("/sign-in")
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let answer = self.send(request, serde_urlencoded::to_string(fields).unwrap()).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    }
}

/// The address without what differs from one page of its kind to the next.
fn kind(path: &str) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let parts = path.split('/').map(|part| if part.contains('_') { "{id}" } else { part }).collect::<Vec<_>>();
    let names = query.split('&').filter_map(|pair| pair.split('=').next()).collect::<Vec<_>>();
    format!("{}?{}", parts.join("/"), names.join("&"))
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_weighs_more_than_forty_kib() {
    let told = told(240, 240, 11).await;
    let state = State::new(Settings::try_parse_from(["ledgeros"]).unwrap().config, told.db().await);
    let mut owner = Visitor { router: http::router(&state), cookies: BTreeMap::new() };
    owner.sign_in().await;
    let style = owner.get(app::assets::style_path(), "br").await.1.len();
    let (mut seen, mut kinds) = (HashSet::new(), BTreeMap::<String, usize>::new());
    let mut next = VecDeque::from(["/live".to_owned(), "/dev".to_owned()]);
    let mut weights = Vec::new();
    while let Some(path) = next.pop_front() {
        let of_its_kind = kinds.entry(kind(&path)).or_default();
        if *of_its_kind == EACH || !seen.insert(path.clone()) {
            continue;
        }
        *of_its_kind += 1;
        let (status, packed) = owner.get(&path, "br").await;
        if status != StatusCode::OK {
            assert_eq!(status, StatusCode::SEE_OTHER, "{path}");
            continue;
        }
        let weight = packed.len() + style;
        let mut html = String::new();
        brotli::Decompressor::new(&*packed, packed.len()).read_to_string(&mut html).unwrap();
        let html = html.replace("&amp;", "&");
        let links = html.split(" href=\"").skip(1).filter_map(|rest| rest.split('"').next());
        // Nothing leads to another site, so nobody needs to be warned of one.
        let outside: Vec<&str> = links.clone().filter(|href| !href.starts_with(['/', '#', '?'])).collect();
        assert!(outside.is_empty() && !html.contains(" href=\"//"), "{path} leads to {outside:?}");
        weights.push((weight, path));
        next.extend(links.filter(|href| href.starts_with("/live") || href.starts_with("/dev")).map(str::to_owned));
    }
    weights.sort();
    let heaviest: Vec<_> = weights.iter().rev().take(8).collect();
    println!("{} pages, the style sheet {style} bytes; the heaviest {heaviest:?}", weights.len());
    assert!(weights.len() > 60, "{} pages", weights.len());
    assert!(heaviest.iter().all(|(weight, _)| *weight < MOST), "{heaviest:?}");
}
