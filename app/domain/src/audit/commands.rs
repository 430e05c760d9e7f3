//! What is recorded although nothing changes: that a log was taken out, that somebody was refused.
use super::Action;
use crate::{
    Result,
    access::{Grant, Permission},
    db::{Command, Subject, Trail, Tx},
    error::Noun,
    text::words,
};
use serde_json::{Value, json};

words! {
    /// A log that can be taken out.
    Log {
        /// This one.
        Audit = "audit",
        /// The log of API calls.
        Requests = "requests",
    }
}

impl Log {
    fn subject(self) -> Subject {
        let name = match self {
            Self::Audit => "audit log",
            Self::Requests => "request log",
        };
        Subject::new(Noun::Log, self, name)
    }
}

/// A log begins to be taken out: recorded before the first row leaves.
pub struct StartExport {
    /// Which log.
    pub log: Log,
    /// In which form.
    pub format: &'static str,
    /// The zone of its times.
    pub zone: String,
    /// Which rows.
    pub filter: Value,
}

impl Command for StartExport {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::Export
    }

    async fn run(&self, _: &Grant, _: &mut Tx) -> Result<((), Trail)> {
        let how = json!({ "format": self.format, "zone": self.zone, "filter": self.filter });
        Ok(((), Trail::new(Action::ExportStarted, self.log.subject()).after(how)))
    }
}

/// A log was taken out, or as much of it as its reader took.
pub struct EndExport {
    /// Which log.
    pub log: Log,
    /// Which rows.
    pub filter: Value,
    /// How many rows left.
    pub rows: u64,
    /// Whether these were all.
    pub complete: bool,
}

impl Command for EndExport {
    type Output = ();

    /// Not the permission to export: that asks for a factor shown lately, and a long file outlasts it.
    fn permission(&self) -> Permission {
        Permission::View
    }

    async fn run(&self, _: &Grant, _: &mut Tx) -> Result<((), Trail)> {
        let what = json!({ "rows": self.rows, "complete": self.complete, "filter": self.filter });
        Ok(((), Trail::new(Action::ExportEnded, self.log.subject()).after(what)))
    }
}

/// Somebody asked for a page that the role does not allow.
pub struct DenyAccess {
    /// What was missing, in words of ours.
    pub needed: String,
    /// The page: the template of its address.
    pub page: String,
}

impl Command for DenyAccess {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::View
    }

    async fn run(&self, _: &Grant, _: &mut Tx) -> Result<((), Trail)> {
        let subject = Subject::new(Noun::Page, &self.page, self.page.clone());
        Ok(((), Trail::new(Action::AccessDenied, subject).after(json!({ "needed": self.needed })).refused()))
    }
}
