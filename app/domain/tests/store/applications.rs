//! Applications on their way: begun, asked for more, given documents, decided.
use super::{
    common::*,
    support::{code, refused_field},
};
use domain::{
    Error,
    access::{Origin, Role},
    environment::Environment,
    error::Code,
    ids::UserId,
    testing::Fresh,
    users::{
        self, ApplicationStatus as S, CreateUser, DecideApplication, MoveApplication, Outcome, ReceiveDocument,
        StartApplication,
        documents::{DocumentFormat, DocumentType, MOST_BYTES},
    },
};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\r";

async fn status(fresh: &Fresh, id: &UserId) -> S {
    users::get(&fresh.db, &key(fresh), id).await.unwrap().application_status
}

async fn put(fresh: &Fresh, id: &UserId, status: S) {
    raw(fresh, format!("update users set application_status = '{status}' where id = '{id}'")).await;
}

fn document(id: &UserId, document_type: DocumentType) -> ReceiveDocument {
    ReceiveDocument { id: id.clone(), document_type, head: PNG.to_vec(), bytes: 2_048 }
}

#[tokio::test]
async fn an_application_begins_where_it_can() {
    let fresh = Fresh::new().await;
    let key = key(&fresh);
    let id = fresh.db.commit(&key, CreateUser { start_application: false, ..new_user() }).await.unwrap();
    let start = || StartApplication { id: id.clone() };
    for from in S::ALL.iter().copied() {
        put(&fresh, &id, from).await;
        let begun = fresh.db.commit(&key, start()).await;
        let can = matches!(from, S::NotStarted | S::NeedsVerification | S::Canceled);
        assert_eq!((begun.is_ok(), status(&fresh, &id).await), (can, if can { S::Pending } else { from }), "{from}");
        if !can {
            assert_eq!(code(begun), Code::ApplicationState, "{from}");
        }
    }
    for stranger in strangers(&fresh).await {
        assert!(matches!(fresh.db.commit(&stranger, start()).await, Err(Error::NotFound(_))));
    }
    for role in [Role::Developer, Role::Support, Role::Finance, Role::Auditor] {
        let person = fresh.person(Environment::Live, role);
        assert!(matches!(fresh.db.commit(&person, start()).await, Err(Error::Denied(_))), "{role}");
    }
}

#[tokio::test]
async fn an_application_moves_only_while_it_is_under_way() {
    let fresh = Fresh::new().await;
    let key = key(&fresh);
    let id = user(&fresh).await;
    for (from, to) in S::ALL.iter().flat_map(|from| S::ALL.iter().map(move |to| (*from, *to))) {
        put(&fresh, &id, from).await;
        let moved = fresh.db.commit(&key, MoveApplication { id: id.clone(), to }).await;
        let between =
            matches!(to, S::NeedsInformation | S::NeedsVerification | S::ManualReview | S::Canceled | S::Locked);
        let under_way = matches!(from, S::Pending | S::NeedsInformation | S::NeedsVerification | S::ManualReview);
        let can = between && under_way && from != to;
        assert_eq!((moved.is_ok(), status(&fresh, &id).await), (can, if can { to } else { from }), "{from} to {to}");
    }
    // It is the sandbox's, which no person has.
    let denied = fresh.db.commit(&owner(&fresh), MoveApplication { id, to: S::Locked }).await;
    assert!(matches!(denied, Err(Error::Denied(_))));
}

#[tokio::test]
async fn documents_complete_what_was_asked_for_and_are_not_kept() {
    let fresh = Fresh::new().await;
    let key = key(&fresh);
    let id = user(&fresh).await;
    let send = async |document_type| fresh.db.commit(&key, document(&id, document_type)).await;
    assert_eq!(send(DocumentType::Passport).await.unwrap(), DocumentFormat::Png);
    assert_eq!(status(&fresh, &id).await, S::Pending, "nobody asked for it");
    fresh.db.commit(&key, MoveApplication { id: id.clone(), to: S::NeedsInformation }).await.unwrap();
    assert_eq!(users::documents(&fresh.db, &key, &id).await.unwrap(), [], "what came before was not enough");
    send(DocumentType::ProofOfAddress).await.unwrap();
    send(DocumentType::ProofOfAddress).await.unwrap();
    assert_eq!(status(&fresh, &id).await, S::NeedsInformation);
    send(DocumentType::NationalId).await.unwrap();
    assert_eq!(status(&fresh, &id).await, S::ManualReview);
    let kept = users::documents(&fresh.db, &key, &id).await.unwrap();
    let said: Vec<_> = kept.iter().map(|d| (d.document_type, d.format, d.bytes)).collect();
    assert_eq!(
        said,
        [
            (DocumentType::NationalId, DocumentFormat::Png, 2_048),
            (DocumentType::ProofOfAddress, DocumentFormat::Png, 2_048)
        ]
    );
    fresh.db.commit(&key, DecideApplication { id: id.clone(), approve: true }).await.unwrap();
    assert_eq!(code(send(DocumentType::Passport).await), Code::ApplicationState);
    let log = actions(&fresh, &id).await;
    assert_eq!(log.iter().filter(|action| **action == "user.document_received").count(), 4);
    assert_eq!(log.iter().filter(|action| **action == "user.application_moved").count(), 2);
}

#[tokio::test]
async fn what_is_no_document_is_refused() {
    let fresh = Fresh::new().await;
    let key = key(&fresh);
    let id = user(&fresh).await;
    for (head, bytes) in
        [(&b""[..], 0), (b"GIF89a", 6), (b"<svg/>", 6), (b"MZ\x90\0", 4), (PNG, MOST_BYTES + 1), (&[0xff, 0xd8], 2)]
    {
        let sent = ReceiveDocument { head: head.to_vec(), bytes, ..document(&id, DocumentType::Passport) };
        assert_eq!(refused_field(fresh.db.commit(&key, sent).await), "file", "{head:?}");
    }
    put(&fresh, &id, S::NotStarted).await;
    let early = fresh.db.commit(&key, document(&id, DocumentType::Passport)).await;
    assert_eq!(code(early), Code::ApplicationState);
    assert_eq!(fresh.count("user_documents").await, 0);
    for stranger in strangers(&fresh).await {
        let sent = fresh.db.commit(&stranger, document(&id, DocumentType::Passport)).await;
        assert!(matches!(sent, Err(Error::NotFound(_))));
        assert!(matches!(users::documents(&fresh.db, &stranger, &id).await, Err(Error::NotFound(_))));
    }
}

#[tokio::test]
async fn the_completion_link_leads_wherever_the_sandbox_can() {
    let fresh = Fresh::new().await;
    let id = user(&fresh).await;
    let token = users::completion_token(fresh.db.vault(), &id);
    let go = async |outcome| users::complete(&fresh.db, &token, outcome, Origin::default()).await;
    for outcome in [Outcome::AskDocuments, Outcome::Review, Outcome::Repeat, Outcome::Cancel] {
        go(outcome).await.unwrap();
        assert_eq!(status(&fresh, &id).await, outcome.leads_to());
    }
    for outcome in Outcome::ALL.iter().copied() {
        assert_eq!(code(go(outcome).await), Code::ApplicationState, "given up: {outcome}");
    }
    fresh.db.commit(&key(&fresh), StartApplication { id: id.clone() }).await.unwrap();
    go(Outcome::Deny).await.unwrap();
    assert_eq!(status(&fresh, &id).await, S::Denied);
}
