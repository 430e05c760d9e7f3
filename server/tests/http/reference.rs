//! The reference in the dashboard: what the document says, for whoever is signed in.
use super::{browser::Browser, support::Server};
use axum::http::StatusCode;
use domain::access::Role;
use serde_json::Value;
use server::api::openapi::document;
use std::collections::BTreeSet;

/// Bytes of a packed page, which leaves room for its style sheet under the 40 KiB of a page.
const MOST: usize = 24 * 1024;

fn packed(text: &str) -> usize {
    let mut packed = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams { quality: 4, ..Default::default() };
    brotli::BrotliCompress(&mut text.as_bytes(), &mut packed, &parameters).unwrap();
    packed.len()
}

fn operations() -> Vec<&'static Value> {
    let paths = document()["paths"].as_object().unwrap().values();
    paths.flat_map(|methods| methods.as_object().unwrap().values()).collect()
}

#[tokio::test]
async fn every_operation_stands_in_the_reference_whole() {
    let server = Server::real(&[]).await;
    let mut browser = Browser::signed_in(&server, Role::Auditor).await;
    let overview = browser.get("/dev/reference").await.text;
    let mut groups = BTreeSet::new();
    for operation in operations() {
        let (group, id) = (operation["tags"][0].as_str().unwrap(), operation["operationId"].as_str().unwrap());
        assert!(overview.contains(&format!("href=\"/dev/reference/{group}#{id}\"")), "{id}");
        groups.insert(group);
    }
    assert!(packed(&overview) < MOST, "{}", packed(&overview));
    for group in groups {
        let page = browser.get(&format!("/dev/reference/{group}")).await.text;
        assert!(packed(&page) < MOST, "{group}: {}", packed(&page));
        for operation in operations().into_iter().filter(|each| each["tags"][0] == group) {
            let id = operation["operationId"].as_str().unwrap();
            assert!(page.contains(&format!("id=\"{id}\"")) && page.contains(&format!("href=\"#{id}\"")), "{id}");
            for parameter in operation["parameters"].as_array().unwrap() {
                let name = parameter["name"].as_str().unwrap();
                assert!(page.contains(&format!(">{name}</code>")), "{id}: {name}");
            }
        }
        assert!(page.contains("http://localhost:3000/v1/"), "the calls are to this server");
    }
    assert_eq!(browser.get("/dev/reference/nonsense").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn whoever_is_signed_in_reads_it() {
    let server = Server::real(&[]).await;
    for role in Role::ALL.iter().copied() {
        let mut browser = Browser::signed_in(&server, role).await;
        for world in ["live", "dev"] {
            assert_eq!(browser.get(&format!("/{world}/reference")).await.status, StatusCode::OK, "{role}");
        }
    }
}

#[tokio::test]
async fn a_body_is_shown_with_what_its_fields_may_hold() {
    let server = Server::real(&[]).await;
    let mut browser = Browser::signed_in(&server, Role::Developer).await;
    let page = browser.get("/dev/reference/sandbox").await.text;
    for text in
        ["merchant.categoryCode", "whole number of 1 to 1000000000000", "always transaction", "transaction_state"]
    {
        assert!(page.contains(text), "{text}");
    }
    let page = browser.get("/dev/reference/agents").await.text;
    // What null clears says that it takes null.
    assert!(page.contains("or null") && page.contains("spendingLimitFrequency") && page.contains("perTransaction"));
}
