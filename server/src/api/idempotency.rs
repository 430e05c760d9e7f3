//! `Idempotency-Key`: a `POST` that carries one may be sent again without being done again.
use super::{
    call::{Answer, Call, Earlier, Reply},
    error::Failure,
};
use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderName, Method, StatusCode, request::Parts},
};
use domain::{
    db::Db,
    error::Error,
    idempotency::{self, ASK_AGAIN_MS, Answered, IdempotencyKey, Keyed, NotAKey, Outcome, Work},
    redact::redact_values,
    vault::Vault,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::future::Future;

/// The header by which a caller makes a call repeatable.
const HEADER: HeaderName = HeaderName::from_static("idempotency-key");
/// The header by which an answer says that it is an earlier call's.
pub(super) const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// The header as the API's document describes it.
pub(super) fn parameter() -> Value {
    json!({
        "name": "Idempotency-Key",
        "in": "header",
        "required": false,
        "description": "Makes the call repeatable: sent again with the same key, address and body within 48 hours, it is \
                        answered as it was and not made again.",
        "schema": { "type": "string", "pattern": "^[ \\t]*[!-~]+[ \\t]*$", "minLength": 1, "maxLength": idempotency::LONGEST },
    })
}

/// Makes a call that says `body`: once, where its head carries a key.
pub(super) async fn make<F, Fut>(call: Call, head: &Parts, body: Bytes, handler: F) -> Answer
where
    F: Fn(Call, Bytes) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Answer> + Send + 'static,
{
    match key(&head.method, &head.headers)? {
        None => handler(call, body).await,
        Some(key) => {
            let said = keyed(call.db().vault(), key, call.route(), head, &body);
            once(call, said, body, handler).await
        }
    }
}

/// The key of a call; none where it has none or its method needs none. One that is no key is refused by name.
pub(super) fn key(method: &Method, headers: &HeaderMap) -> Result<Option<IdempotencyKey>, Failure> {
    let mut keys = headers.get_all(HEADER).iter();
    let (Some(key), true) = (keys.next(), *method == Method::POST) else { return Ok(None) };
    if keys.next().is_some() {
        return Err(Failure::value("Idempotency-Key", "must be sent once, not several times"));
    }
    // What is not text has letters beyond ASCII.
    let key = key.to_str().map_err(|_| NotAKey::Invisible).and_then(str::parse);
    key.map(Some).map_err(|why| Failure::value("Idempotency-Key", &why.to_string()))
}

/// What the call says: its method, its address and its body as they came.
fn keyed(vault: &Vault, key: IdempotencyKey, route: &str, head: &Parts, body: &[u8]) -> Keyed {
    let mut hash = Sha256::new();
    for part in [head.method.as_str().as_bytes(), head.uri.path().as_bytes(), body] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let digest = hex::encode(hash.finalize());
    // The hash of a card number gives it away: there are few enough of them to try each.
    let fingerprint = if holds_number(body) { vault.tag("what a call says", &digest) } else { digest };
    Keyed { key, route: format!("{} {route}", head.method), fingerprint }
}

/// Whether a text in the body holds a card number.
fn holds_number(body: &[u8]) -> bool {
    serde_json::from_slice::<Value>(body).is_ok_and(|body| redact_values(&body) != body)
}

/// Makes the call, or gives the answer of the first that said the same under this key.
async fn once<F, Fut>(call: Call, said: Keyed, body: Bytes, handler: F) -> Answer
where
    F: Fn(Call, Bytes) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Answer> + Send + 'static,
{
    let (db, grant) = (call.db().clone(), call.grant().clone());
    match idempotency::once(&db, &grant, said, Handled { call, body, handler }).await? {
        Outcome::Done(answered) => reply(answered, None),
        Outcome::Replayed(answered, first) => reply(answered, Some(Earlier(first))),
        Outcome::Changed => Err(Failure::conflict(
            "idempotency_conflict",
            "This Idempotency-Key was used for another call of this route: send the same body to the same address, or \
             another key.",
            None,
        )),
        Outcome::UnderWay => Err(Failure::conflict(
            "idempotency_in_progress",
            "The first call with this Idempotency-Key is still under way; send the same again in a moment.",
            Some(ASK_AGAIN_MS),
        )),
        Outcome::Refused(failure) => Err(failure),
    }
}

fn reply(answered: Answered, replayed: Option<Earlier>) -> Answer {
    let status = StatusCode::from_u16(answered.status).map_err(Error::broken)?;
    let error = (!status.is_success()).then(|| code(&answered.body)).flatten();
    Ok(Reply { status, text: answered.body, kept: None, error, replayed })
}

/// The code of a refusal that was kept, for the request log.
fn code(envelope: &str) -> Option<String> {
    let envelope: Value = serde_json::from_str(envelope).ok()?;
    envelope.pointer("/error/code")?.as_str().map(str::to_owned)
}

struct Handled<F> {
    call: Call,
    body: Bytes,
    handler: F,
}

impl<F, Fut> Work for Handled<F>
where
    F: Fn(Call, Bytes) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Answer> + Send + 'static,
{
    type Refusal = Failure;

    async fn run(&self, db: Db) -> Result<Answered, Failure> {
        match (self.handler)(self.call.within(db), self.body.clone()).await {
            Ok(reply) => Ok(Answered { status: reply.status.as_u16(), body: reply.text, kept: reply.kept }),
            Err(failure) if failure.is_recorded() => {
                let id = self.call.grant().origin().request.as_ref();
                let body = failure.text(id).map_err(Error::broken)?;
                Ok(Answered { status: failure.status().as_u16(), body, kept: None })
            }
            Err(failure) => Err(failure),
        }
    }

    fn was_busy(refusal: &Failure) -> bool {
        refusal.status() == StatusCode::SERVICE_UNAVAILABLE && refusal.code() == "service_unavailable"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    #[test]
    fn what_is_kept_of_a_call_does_not_let_its_card_number_be_tried() {
        let fingerprint = |root: u8, body: &str| {
            let (head, ()) = Request::post("/v1/things").body(()).unwrap().into_parts();
            let (vault, key) = (Vault::new(&[root; 32]), "order-7".parse().unwrap());
            keyed(&vault, key, "/v1/things", &head, body.as_bytes()).fingerprint
        };
        // The last is the first, its first digit written otherwise.
        let numbers = [
            r#"{"pan":"9999990000000006","amount":1}"#,
            r#"{"pan":"9999990000000006","amount":2}"#,
            r#"{"pan":"\u0039999990000000006","amount":1}"#,
        ];
        for number in numbers {
            assert_eq!(fingerprint(7, number), fingerprint(7, number));
            assert_ne!(fingerprint(7, number), fingerprint(8, number), "only this installation can make it: {number}");
        }
        assert_ne!(fingerprint(7, numbers[0]), fingerprint(7, numbers[1]));
        let plain = r#"{"cardId":"card_1","amount":1}"#;
        assert_eq!(fingerprint(7, plain), fingerprint(8, plain));
    }
}
