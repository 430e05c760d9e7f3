//! The way of an application: begun, asked for more, looked at, decided.
use super::{
    ApplicationStatus,
    documents::{DocumentFormat, DocumentType, HEAD, MOST_BYTES, missing},
    full_name, store,
};
use crate::{
    Error, Result,
    access::{Actor, Grant, Permission},
    audit::Action,
    db::{Command, Subject, Trail, Tx, sql},
    error::{Code, Noun},
    ids::UserId,
    webhooks::EventType,
};
use serde_json::json;

/// Moves a locked application on and leaves its record; the event is told of what is decided.
async fn turn(
    tx: &mut Tx,
    grant: &Grant,
    id: &UserId,
    user: &store::Locked,
    action: Action,
    next: ApplicationStatus,
) -> Result<Trail> {
    let before = user.application_status;
    sql!(
        tx,
        execute,
        "update users set application_status = $4 where organisation_id = $1 and environment = $2 and id = $3",
        grant.organisation(),
        grant.environment(),
        id,
        next
    )?;
    let name = full_name(&user.first_name, &user.last_name);
    let mut trail = Trail::new(action, Subject::new(Noun::User, id, name))
        .before(json!({ "applicationStatus": before }))
        .after(json!({ "applicationStatus": next }));
    let event = match next {
        ApplicationStatus::Approved => Some(EventType::UserApplicationApproved),
        ApplicationStatus::Denied => Some(EventType::UserApplicationDenied),
        _ => None,
    };
    if let Some(event) = event {
        let data = json!({ "userId": id, "applicationStatus": next, "previousStatus": before });
        trail = trail.event(event, data);
    }
    Ok(if *grant.actor() == Actor::Door { trail.reason("through the completion link") } else { trail })
}

fn refused(status: ApplicationStatus, what: &str) -> Error {
    Error::state(Code::ApplicationState, format!("This application is {status} and cannot be {what} any more."))
}

/// Begins an application, or begins it anew where it was given up or the verification must be repeated.
pub struct StartApplication {
    /// Whose.
    pub id: UserId,
}

impl Command for StartApplication {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::ManageUsers
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        let user = store::lock(tx, grant, &self.id).await?;
        let status = user.application_status;
        if !status.can_begin() {
            let why = match status {
                ApplicationStatus::Approved | ApplicationStatus::Denied | ApplicationStatus::Locked => "begun",
                _ => return Err(Error::state(Code::ApplicationState, "This application is under way already.")),
            };
            return Err(refused(status, why));
        }
        let trail = turn(tx, grant, &self.id, &user, Action::ApplicationStarted, ApplicationStatus::Pending).await?;
        Ok(((), trail))
    }
}

/// Approves or denies a user's application. The sandbox's stand-in for the verification.
pub struct DecideApplication {
    /// Whose.
    pub id: UserId,
    /// Whether it is approved.
    pub approve: bool,
}

impl Command for DecideApplication {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::UseSandbox
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        let user = store::lock(tx, grant, &self.id).await?;
        if !user.application_status.is_open() {
            return Err(refused(user.application_status, "decided"));
        }
        let next = if self.approve { ApplicationStatus::Approved } else { ApplicationStatus::Denied };
        let trail = turn(tx, grant, &self.id, &user, Action::ApplicationDecided, next).await?;
        Ok(((), trail))
    }
}

/// Moves an application that is under way to where it is neither begun nor decided: more is asked for, somebody looks
/// into it, it is given up or locked. The sandbox's stand-in for the verification.
pub struct MoveApplication {
    /// Whose.
    pub id: UserId,
    /// Where to.
    pub to: ApplicationStatus,
}

impl Command for MoveApplication {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::UseSandbox
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        let user = store::lock(tx, grant, &self.id).await?;
        let status = user.application_status;
        use ApplicationStatus as S;
        if !matches!(self.to, S::NeedsInformation | S::NeedsVerification | S::ManualReview | S::Canceled | S::Locked) {
            let why = "must be needsInformation, needsVerification, manualReview, canceled or locked";
            return Err(Error::field("applicationStatus", why));
        }
        if !status.is_open() || status == S::NotStarted || status == self.to {
            let why = format!("This application is {status}; it cannot become {}.", self.to);
            return Err(Error::state(Code::ApplicationState, why));
        }
        if self.to == S::NeedsInformation {
            // What came before was not enough.
            sql!(
                tx,
                execute,
                "delete from user_documents where organisation_id = $1 and environment = $2 and user_id = $3",
                grant.organisation(),
                grant.environment(),
                &self.id
            )?;
        }
        let trail = turn(tx, grant, &self.id, &user, Action::ApplicationMoved, self.to).await?;
        Ok(((), trail))
    }
}

/// Takes note of a document of an application that is under way. Where more was asked for and nothing is missing any
/// more, somebody looks into the application next.
pub struct ReceiveDocument {
    /// Whose.
    pub id: UserId,
    /// Which kind.
    pub document_type: DocumentType,
    /// The first bytes of the file: [`HEAD`] of them, or all where it is shorter.
    pub head: Vec<u8>,
    /// How large the file was.
    pub bytes: i64,
}

impl Command for ReceiveDocument {
    /// What the file was.
    type Output = DocumentFormat;

    fn permission(&self) -> Permission {
        Permission::ManageUsers
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(DocumentFormat, Trail)> {
        let user = store::lock(tx, grant, &self.id).await?;
        let status = user.application_status;
        if status == ApplicationStatus::NotStarted {
            let why = "This application has not begun; start the verification first.";
            return Err(Error::state(Code::ApplicationState, why));
        }
        if !status.is_open() {
            return Err(refused(status, "added to"));
        }
        if self.bytes == 0 {
            return Err(Error::field("file", "is empty"));
        }
        if self.bytes > MOST_BYTES {
            return Err(Error::field("file", "must be at most 10 MiB"));
        }
        let format = DocumentFormat::of(&self.head[..self.head.len().min(HEAD)]);
        let format = format.ok_or_else(|| Error::field("file", "must be a JPEG, PNG or WebP picture or a PDF"))?;
        let now = tx.now();
        sql!(
            tx,
            execute,
            "insert into user_documents
                 (organisation_id, environment, user_id, type, format, bytes, received_at)
             values ($1, $2, $3, $4, $5, $6, $7)
             on conflict (organisation_id, environment, user_id, type)
             do update set format = excluded.format, bytes = excluded.bytes, received_at = excluded.received_at",
            grant.organisation(),
            grant.environment(),
            &self.id,
            self.document_type,
            format,
            self.bytes,
            now
        )?;
        let received: Vec<DocumentType> = sql!(
            tx,
            scalars,
            "select type from user_documents where organisation_id = $1 and environment = $2 and user_id = $3",
            grant.organisation(),
            grant.environment(),
            &self.id
        )?;
        let name = full_name(&user.first_name, &user.last_name);
        let mut trail = Trail::new(Action::DocumentReceived, Subject::new(Noun::User, &self.id, name))
            .after(json!({ "documentType": self.document_type, "format": format, "bytes": self.bytes }));
        if status == ApplicationStatus::NeedsInformation && missing(received).is_empty() {
            let next = ApplicationStatus::ManualReview;
            trail = trail.and(turn(tx, grant, &self.id, &user, Action::ApplicationMoved, next).await?);
        }
        Ok((format, trail))
    }
}
