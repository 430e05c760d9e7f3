//! The verification of users: started, seen, given documents.
use super::{Answer, Call, Nothing, Table, upload::Upload};
use domain::{
    access::Permission,
    error::{Code, Noun},
    ids::UserId,
    users::{
        self, ApplicationStatus, ReceiveDocument, StartApplication, User,
        documents::{Document, DocumentFormat, DocumentType, Proof, missing},
    },
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub(super) fn routes(api: &mut Table) {
    api.post("/v1/verification/user", Permission::ManageUsers, start)
        .answers::<VerificationView>("startVerification", "Begin the verification of a user")
        .made_once()
        .misses(Noun::User)
        .refuses(&[Code::ApplicationState]);
    api.get("/v1/verification/user/{id}", Permission::ManageUsers, show)
        .answers::<VerificationView>("readVerification", "Read how far the verification of a user is")
        .at::<UserId>("id", Noun::User);
    api.put_file::<Texts, _, _>("/v1/verification/user/{id}/document", Permission::ManageUsers, &[TYPE], receive)
        .answers::<VerificationView>("sendDocument", "Send a document of a user")
        .at::<UserId>("id", Noun::User)
        .notes("The file, a JPEG, PNG, WebP or PDF of at most 10 MiB, is checked and thrown away.")
        .refuses(&[Code::ApplicationState]);
}

/// Where the person of this user goes on with the application.
pub(super) fn link(call: &Call, id: &UserId) -> String {
    let token = users::completion_token(call.db().vault(), id);
    format!("{}/verify/{token}", call.config().address())
}

#[derive(Serialize, ToSchema)]
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

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct VerificationView {
    #[schema(pattern = "^verification$")]
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

#[derive(Deserialize, ToSchema)]
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

/// The field that says what the file is.
const TYPE: &str = "documentType";

/// The fields beside the file.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the fields of a form are read by name; this says what they are")]
struct Texts {
    document_type: DocumentType,
}

/// The document is looked at and thrown away: the answer says what stays of it.
async fn receive(call: Call, upload: Upload) -> Answer {
    let id: UserId = call.id("id", Noun::User)?;
    let document_type = upload.text(TYPE)?.parse::<DocumentType>();
    let document_type = document_type.map_err(|why| super::Failure::value(TYPE, &why.to_string()))?;
    let file = upload.file()?;
    call.commit(ReceiveDocument { id: id.clone(), document_type, head: file.head, bytes: file.bytes }).await?;
    let user = users::get(call.db(), call.grant(), &id).await?;
    call.ok(&view(&call, user).await?)
}
