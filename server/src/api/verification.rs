//! The verification of users: started, seen, given documents.
use super::{Answer, Call, Nothing, Table, upload::Upload};
use domain::{
    access::Permission,
    error::Noun,
    ids::UserId,
    users::{
        self, ApplicationStatus, ReceiveDocument, StartApplication, User,
        documents::{Document, DocumentFormat, DocumentType, Proof, missing},
    },
};
use serde::{Deserialize, Serialize};

pub(super) fn routes(api: &mut Table) {
    api.post("/v1/verification/user", Permission::ManageUsers, start);
    api.get("/v1/verification/user/{id}", Permission::ManageUsers, show);
    api.put_file("/v1/verification/user/{id}/document", Permission::ManageUsers, &["documentType"], receive);
}

/// Where the person of this user goes on with the application.
pub(super) fn link(call: &Call, id: &UserId) -> String {
    let token = users::completion_token(call.db().vault(), id);
    format!("{}/verify/{token}", call.config().address())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DocumentView {
    document_type: DocumentType,
    format: DocumentFormat,
    bytes: i64,
    received_at: domain::time::Timestamp,
}

impl From<Document> for DocumentView {
    fn from(document: Document) -> Self {
        let Document { document_type, format, bytes, received_at } = document;
        Self { document_type, format, bytes, received_at }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct VerificationView {
    object: &'static str,
    user_id: UserId,
    application_status: ApplicationStatus,
    /// While the person can do something there.
    verification_url: Option<String>,
    next_step: &'static str,
    /// What has to be proved and was not yet, while the application is under way.
    missing: Vec<Proof>,
    documents: Vec<DocumentView>,
}

async fn view(call: &Call, user: User) -> Result<VerificationView, super::Failure> {
    let status = user.application_status;
    let documents = users::documents(call.db(), call.grant(), &user.id).await?;
    let missing = missing(documents.iter().map(|document| document.document_type));
    Ok(VerificationView {
        object: "verification",
        verification_url: status.is_under_way().then(|| link(call, &user.id)),
        user_id: user.id,
        application_status: status,
        next_step: status.next_step(),
        missing: if status.is_open() { missing } else { Vec::new() },
        documents: documents.into_iter().map(DocumentView::from).collect(),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewVerification {
    user_id: UserId,
}

/// 201 where it begins, 200 with the same link where it is under way.
async fn start(call: Call, new: NewVerification) -> Answer {
    let user = users::get(call.db(), call.grant(), &new.user_id).await?;
    let status = user.application_status;
    if status.is_under_way() && !status.can_begin() {
        return call.ok(&view(&call, user).await?);
    }
    call.commit(StartApplication { id: new.user_id.clone() }).await?;
    let user = users::get(call.db(), call.grant(), &new.user_id).await?;
    call.created(&view(&call, user).await?)
}

async fn show(call: Call, _: Nothing) -> Answer {
    let user = users::get(call.db(), call.grant(), &call.id("id", Noun::User)?).await?;
    call.ok(&view(&call, user).await?)
}

/// The document is looked at and thrown away: the answer says what stays of it.
async fn receive(call: Call, upload: Upload) -> Answer {
    let id: UserId = call.id("id", Noun::User)?;
    let document_type = upload.text("documentType")?.parse::<DocumentType>();
    let document_type = document_type.map_err(|why| super::Failure::value("documentType", &why.to_string()))?;
    let file = upload.file()?;
    call.commit(ReceiveDocument { id: id.clone(), document_type, head: file.head, bytes: file.bytes }).await?;
    let user = users::get(call.db(), call.grant(), &id).await?;
    call.ok(&view(&call, user).await?)
}
