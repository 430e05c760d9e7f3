//! Mail: put into the outbox with the change that causes it, sent later by a job, outside any transaction.
//!
//! Without an SMTP server nothing is put there ([`crate::db::Tx::mail`]): links are then shown to whoever made them.
mod notes;
mod outbox;

pub use notes::{Claimed, claim};
pub use outbox::{ATTEMPTS, Letter, Transport, run_due};

use crate::{
    Error, Result,
    db::{Tx, sql},
    ids::{MailId, OrganisationId},
    secret::Plain,
    time::Timestamp,
    vault::Place,
};

/// A letter on its way into the outbox.
pub(in crate::access) struct Draft {
    /// The address.
    pub to: String,
    /// One line.
    pub subject: String,
    /// Plain text; may hold a link that is a secret.
    pub body: String,
    /// After this moment it is of no use.
    pub expires_at: Timestamp,
}

/// Whether a text may stand in a header of a letter: one line, nothing invisible.
pub fn is_header(text: &str) -> bool {
    !text.is_empty() && !text.chars().any(crate::name::is_invisible)
}

pub(super) fn place<'a>(organisation: &'a str, id: &'a MailId) -> Place<'a> {
    Place { table: "mails", column: "body", organisation, row: id.as_str() }
}

/// Puts a letter into the outbox. Whether there is one: `false` without an SMTP server.
pub(in crate::access) async fn post(tx: &mut Tx, organisation: &OrganisationId, draft: Draft) -> Result<bool> {
    if tx.mail().is_none() {
        return Ok(false);
    }
    if !is_header(&draft.to) || !is_header(&draft.subject) {
        return Err(Error::broken("a letter's address or subject has a line break or invisible characters"));
    }
    let (id, now) = (MailId::new(tx.now(), tx.chance()), tx.now());
    let body = tx.vault().seal(place(organisation.as_str(), &id), &Plain::new(draft.body), tx.chance());
    sql!(
        tx,
        execute,
        "insert into mails (organisation_id, id, recipient, subject, body, state, attempts, next_attempt_at,
                            expires_at, created_at)
         values ($1, $2, $3, $4, $5, 'pending', 0, $6, $7, $6)",
        organisation,
        &id,
        draft.to,
        draft.subject,
        body,
        now,
        draft.expires_at
    )?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_one_line() {
        for good in ["ada@example.com", "Büro: an invitation", "'\"<>"] {
            assert!(is_header(good), "{good:?}");
        }
        for bad in ["", "a@b.c\r\nBcc: all@example.com", "a\nb", "a\rb", "a\0b", "a\u{2028}b", "a\u{202E}b"] {
            assert!(!is_header(bad), "{bad:?}");
        }
    }
}
