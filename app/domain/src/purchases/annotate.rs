//! Noting something on a purchase.
use super::{Purchase, Tags, is_secret, store};
use crate::{
    Error, Result,
    access::{Grant, Permission},
    audit::Action,
    db::{Command, Subject, Trail, Tx, sql},
    error::{Code, Noun, Refused},
    ids::PurchaseId,
    name::{Name, Passage},
};
use serde_json::json;

/// Changes the notes, the tags and the category of a purchase. What is absent stays; nothing of it decides anything.
#[derive(Default)]
pub struct Remark {
    /// The version that the caller saw: a later one is [`Code::StaleEdit`]; without one, the last writer wins.
    pub version: Option<i64>,
    /// The notes; none clears them.
    pub notes: Option<Option<Passage>>,
    /// The tags, in place of all there are.
    pub tags: Option<Tags>,
    /// The category; none clears it.
    pub category: Option<Option<Name>>,
}

/// A remark on this purchase.
pub struct Annotate {
    /// Which purchase.
    pub id: PurchaseId,
    /// What to note.
    pub remark: Remark,
}

impl Command for Annotate {
    type Output = Purchase;

    fn permission(&self) -> Permission {
        Permission::Annotate
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(Purchase, Trail)> {
        let Remark { version, notes, tags, category } = &self.remark;
        let mut refused = Refused::default();
        for (field, text) in [
            ("notes", notes.as_ref().and_then(|notes| notes.as_ref()).map(Passage::as_str)),
            ("category", category.as_ref().and_then(|category| category.as_ref()).map(Name::as_str)),
        ] {
            if text.is_some_and(is_secret) {
                refused.add(field, "must not hold a key, a secret or a card number; remove it");
            }
        }
        refused.or(())?;
        // The row is held before it is read, so that of two at once the second sees what the first did.
        sql!(
            tx,
            execute,
            "update purchases set remarked = remarked where organisation_id = $1 and environment = $2 and id = $3",
            grant.organisation(),
            grant.environment(),
            &self.id
        )?;
        let before = store::read(tx, grant, &self.id).await?;
        if !grant.reaches(&before.agent_id) {
            return Err(Error::NotFound(Noun::Purchase));
        }
        if version.is_some_and(|version| version != before.remarked) {
            let why = "Somebody changed these notes since you opened them; look at theirs and send yours again.";
            return Err(Error::state(Code::StaleEdit, why));
        }
        let mut after = before.clone();
        if let Some(notes) = notes {
            after.notes = notes.as_ref().map(|notes| notes.as_str().to_owned());
        }
        if let Some(tags) = tags {
            after.tags = tags.clone();
        }
        if let Some(category) = category {
            after.category = category.as_ref().map(|category| category.as_str().to_owned());
        }
        after.remarked += 1;
        after.updated_at = tx.now().max(before.updated_at);
        sql!(
            tx,
            execute,
            "update purchases set notes = $4, tags = $5, category = $6, remarked = $7, updated_at = $8
             where organisation_id = $1 and environment = $2 and id = $3",
            grant.organisation(),
            grant.environment(),
            &self.id,
            after.notes.as_deref(),
            &after.tags,
            after.category.as_deref(),
            after.remarked,
            after.updated_at
        )?;
        let told = |p: &Purchase| json!({ "notes": p.notes, "tags": p.tags, "category": p.category });
        let subject = Subject::new(Noun::Purchase, &after.id, after.merchant_name.as_str());
        let trail = Trail::new(Action::PurchaseAnnotated, subject).before(told(&before)).after(told(&after));
        Ok((after, trail))
    }
}
