//! The verification of users over the API, and the page where they complete it.
use super::support::{Server, multipart};
use axum::http::Method;
use domain::{environment::Environment, users::documents::MOST_BYTES};
use serde_json::{Value, json};

const PDF: &[u8] = b"%PDF-1.7 a canary that must be kept nowhere";

/// A user whose application has not begun.
async fn user(server: &Server, key: &str) -> String {
    let new = json!({ "firstName": "John", "lastName": "Doe", "email": "john@example.com" });
    server.post(key, "/v1/users", &new).await.text_at("/id")
}

async fn seen(server: &Server, key: &str, id: &str) -> Value {
    server.get(key, &format!("/v1/verification/user/{id}")).await.json()
}

#[tokio::test]
async fn a_verification_goes_its_way() {
    let server = Server::real(&[]).await;
    let key = server.key(Environment::Dev).await;
    let id = user(&server, &key).await;
    let before = seen(&server, &key, &id).await;
    assert_eq!(
        (&before["object"], &before["applicationStatus"], &before["verificationUrl"]),
        (&json!("verification"), &json!("notStarted"), &Value::Null)
    );
    let begun = server.post(&key, "/v1/verification/user", &json!({ "userId": id })).await;
    assert_eq!((begun.status.as_u16(), &begun.json()["applicationStatus"]), (201, &json!("pending")), "{}", begun.text);
    let link = begun.text_at("/verificationUrl");
    assert!(link.starts_with("http://127.0.0.1:3000/verify/user_"), "{link}");
    let again = server.post(&key, "/v1/verification/user", &json!({ "userId": id })).await;
    assert_eq!((again.status.as_u16(), again.text_at("/verificationUrl")), (200, link));

    let to = |status: &str| json!({ "applicationStatus": status });
    let path = format!("/v1/sandbox/users/{id}/status");
    assert_eq!(server.post(&key, &path, &to("needsInformation")).await.json()["applicationStatus"], "needsInformation");
    let asked = seen(&server, &key, &id).await;
    assert_eq!((&asked["missing"], &asked["documents"]), (&json!(["identity", "address"]), &json!([])));
    let documents = format!("/v1/verification/user/{id}/document");
    let sent = server.put_file(&key, &documents, &[("documentType", "driversLicense")], Some(PDF)).await;
    assert_eq!(sent.status, 200, "{}", sent.text);
    let told = sent.json();
    assert_eq!((&told["missing"], &told["applicationStatus"]), (&json!(["address"]), &json!("needsInformation")));
    assert_eq!(
        (&told["documents"][0]["documentType"], &told["documents"][0]["format"], &told["documents"][0]["bytes"]),
        (&json!("driversLicense"), &json!("application/pdf"), &json!(PDF.len()))
    );
    let sent = server.put_file(&key, &documents, &[("documentType", "proofOfAddress")], Some(PDF)).await.json();
    assert_eq!((&sent["missing"], &sent["applicationStatus"]), (&json!([]), &json!("manualReview")));
    assert_eq!(server.post(&key, &path, &to("approved")).await.json()["applicationStatus"], "approved");
    let done = seen(&server, &key, &id).await;
    assert_eq!((&done["verificationUrl"], &done["missing"]), (&Value::Null, &json!([])));
    for (path, body) in [(&*path, to("locked")), ("/v1/verification/user", json!({ "userId": id }))] {
        assert_eq!(server.post(&key, path, &body).await.refusal(), (409, "application_state".into()), "{path}");
    }
    assert_eq!(server.post(&key, &path, &to("notStarted")).await.text_at("/error/param"), "applicationStatus");
    // Nothing of the documents is anywhere.
    let everything = format!("{:?}", server.fresh.everything().await);
    assert!(everything.contains("driversLicense") && !everything.contains("canary"));
}

#[tokio::test]
async fn what_is_no_document_is_refused_by_name() {
    let server = Server::real(&[]).await;
    let key = server.key(Environment::Dev).await;
    let id = user(&server, &key).await;
    let path = format!("/v1/verification/user/{id}/document");
    let passport = ("documentType", "passport");
    let early = server.put_file(&key, &path, &[passport], Some(PDF)).await;
    assert_eq!(early.refusal(), (409, "application_state".into()));
    server.post(&key, "/v1/verification/user", &json!({ "userId": id })).await;
    let long = "x".repeat(300);
    for (texts, file, code, param) in [
        (&[passport][..], None, "parameter_missing", "file"),
        (&[], Some(PDF), "parameter_missing", "documentType"),
        (&[("documentType", "selfie")], Some(PDF), "parameter_invalid", "documentType"),
        (&[("documentType", &*long)], Some(PDF), "parameter_invalid", "documentType"),
        (&[passport, passport], Some(PDF), "parameter_invalid", "documentType"),
        (&[passport, ("note", "x")], Some(PDF), "parameter_unknown", "note"),
        (&[passport], Some(b""), "parameter_invalid", "file"),
        (&[passport], Some(b"GIF89a"), "parameter_invalid", "file"),
        (&[passport], Some(b"<script>alert(1)</script>"), "parameter_invalid", "file"),
    ] {
        let refused = server.put_file(&key, &path, texts, file).await;
        assert_eq!(refused.refusal(), (400, code.to_owned()), "{texts:?}: {}", refused.text);
        assert_eq!(refused.text_at("/error/param"), param, "{texts:?}");
    }
    let mut large = PDF.to_vec();
    large.resize(MOST_BYTES as usize, b' ');
    assert_eq!(server.put_file(&key, &path, &[passport], Some(&large)).await.status, 200, "as large as it may be");
    large.push(b' ');
    let refused = server.put_file(&key, &path, &[passport], Some(&large)).await;
    assert_eq!(refused.refusal(), (413, "body_too_large".into()));
    let (kind, whole) = multipart(&[passport], Some(PDF));
    for (kind, body, status) in [
        ("application/json", b"{}".to_vec(), 415),
        ("multipart/form-data", whole.clone(), 415),
        ("multipart/mixed; boundary=cut", whole.clone(), 415),
        (&*kind, whole[..whole.len() - 20].to_vec(), 400),
        (&*kind, b"nonsense".to_vec(), 400),
        (&*kind, Vec::new(), 400),
    ] {
        let headers = [("api-key", &*key), ("content-type", kind)];
        let refused = server.call(Method::PUT, &path, &headers, body).await;
        assert_eq!(refused.refusal().0, status, "{kind}: {}", refused.text);
    }
    assert_eq!(server.fresh.count("user_documents").await, 1);
}

#[tokio::test]
async fn users_are_listed_by_where_they_stand() {
    let server = Server::real(&[]).await;
    let key = server.key(Environment::Dev).await;
    let waiting = user(&server, &key).await;
    let approved = server.user(&key).await;
    let ids = async |query: &str| {
        let list = server.get(&key, &format!("/v1/users{query}")).await;
        let rows = list.json()["data"].as_array().unwrap_or_else(|| panic!("{}", list.text)).clone();
        rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ids("").await.len(), 2);
    assert_eq!(ids("?applicationStatus=notStarted").await, [waiting]);
    assert_eq!(ids("?applicationStatus=approved").await, [approved]);
    assert_eq!(ids("?limit=1").await.len(), 1);
    let odd = server.get(&key, "/v1/users?applicationStatus=rich").await;
    assert_eq!((odd.refusal().0, odd.text_at("/error/param")), (400, "applicationStatus".into()));
    let live = server.key(Environment::Live).await;
    assert_eq!(server.get(&live, "/v1/users").await.json()["data"], json!([]));
}
