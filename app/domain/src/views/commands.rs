//! Saving, changing and deleting views.
use super::{
    LONGEST, MOST, Screen, View, kept,
    store::{in_change, reader},
};
use crate::{
    Error, Result,
    access::{Grant, Permission},
    audit::Action,
    db::{Command, Subject, Trail, Tx, sql},
    error::Noun,
    ids::ViewId,
    name::Name,
    redact::redact,
};
use serde_json::json;

/// Keeps a list's filters and order under a name.
pub struct SaveView {
    /// Of which list.
    pub screen: Screen,
    /// The name.
    pub name: Name,
    /// The query of the list's address; its place in the list is not kept.
    pub query: String,
    /// For everybody, and not for its maker alone.
    pub shared: bool,
    /// Its maker starts with it.
    pub chosen: bool,
}

impl Command for SaveView {
    type Output = ViewId;

    fn permission(&self) -> Permission {
        Permission::View
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(ViewId, Trail)> {
        let person = reader(grant)?;
        let query = kept(&self.query).ok_or_else(|| Error::field("query", "must have a filter or an order to keep"))?;
        if query.len() > LONGEST {
            return Err(Error::field("query", format!("must have at most {LONGEST} characters; use fewer filters")));
        }
        // A view is kept for long and shown to others.
        let plain = url::form_urlencoded::parse(query.as_bytes()).all(|(_, value)| redact(&value) == value);
        if !plain {
            return Err(Error::field("query", "must not hold a key, a secret or a card number; remove that filter"));
        }
        let own: i64 = sql!(
            tx,
            scalar,
            "select count(*) from views where organisation_id = $1 and environment = $2 and person_id = $3",
            grant.organisation(),
            grant.environment(),
            person
        )?;
        if own >= MOST {
            return Err(Error::field("name", format!("cannot be kept: {MOST} views are the most; delete one first")));
        }
        let (id, now) = (ViewId::new(tx.now(), tx.chance()), tx.now());
        sql!(
            tx,
            execute,
            "insert into views (organisation_id, environment, id, screen, name, query, shared, person_id, created_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            grant.organisation(),
            grant.environment(),
            &id,
            self.screen,
            self.name.as_str(),
            &query,
            self.shared,
            person,
            now
        )?;
        if self.chosen {
            choose(tx, grant, self.screen, &id).await?;
        }
        let trail = Trail::new(Action::ViewSaved, Subject::new(Noun::View, &id, self.name.as_str())).after(json!({
            "screen": self.screen, "name": self.name.as_str(), "query": query, "shared": self.shared,
            "startsWith": self.chosen,
        }));
        Ok((id, trail))
    }
}

/// Whether the grant's holder may change a view: its maker, and of a shared one whoever manages members.
pub fn may_change(grant: &Grant, view: &View) -> bool {
    reader(grant).is_ok_and(|person| *person == view.person_id) || (view.shared && grant.has(Permission::ManageMembers))
}

/// Starts with the view from now on.
async fn choose(tx: &mut Tx, grant: &Grant, screen: Screen, id: &ViewId) -> Result<()> {
    sql!(
        tx,
        execute,
        "insert into views_chosen (organisation_id, environment, person_id, screen, view_id)
         values ($1, $2, $3, $4, $5)
         on conflict (organisation_id, environment, person_id, screen) do update set view_id = excluded.view_id",
        grant.organisation(),
        grant.environment(),
        reader(grant)?,
        screen,
        id
    )?;
    Ok(())
}

/// Another name or audience for a view, and whether the grant's holder starts with it. Of somebody else's view only the
/// latter can be changed.
pub struct ChangeView {
    /// Which view.
    pub id: ViewId,
    /// Its name and whether everybody sees it; as they are when absent.
    pub told: Option<(Name, bool)>,
    /// The grant's holder starts with it.
    pub chosen: bool,
}

impl Command for ChangeView {
    type Output = Screen;

    fn permission(&self) -> Permission {
        Permission::View
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(Screen, Trail)> {
        let view = in_change(tx, grant, &self.id).await?;
        let (name, shared) = match &self.told {
            Some((name, shared)) => {
                if !may_change(grant, &view) {
                    return Err(Error::Denied(Permission::ManageMembers));
                }
                (name.as_str(), *shared)
            }
            None => (view.name.as_str(), view.shared),
        };
        sql!(
            tx,
            execute,
            "update views set name = $4, shared = $5 where organisation_id = $1 and environment = $2 and id = $3",
            grant.organisation(),
            grant.environment(),
            &self.id,
            name,
            shared
        )?;
        if view.shared && !shared {
            // Others do not see it any more, and start with the whole list again.
            sql!(
                tx,
                execute,
                "delete from views_chosen
                 where organisation_id = $1 and environment = $2 and view_id = $3 and person_id <> $4",
                grant.organisation(),
                grant.environment(),
                &self.id,
                &view.person_id
            )?;
        }
        let own = *reader(grant)? == view.person_id;
        if self.chosen && (shared || own) {
            choose(tx, grant, view.screen, &self.id).await?;
        } else {
            sql!(
                tx,
                execute,
                "delete from views_chosen
                 where organisation_id = $1 and environment = $2 and view_id = $3 and person_id = $4",
                grant.organisation(),
                grant.environment(),
                &self.id,
                reader(grant)?
            )?;
        }
        let trail = Trail::new(Action::ViewChanged, Subject::new(Noun::View, &self.id, name))
            .before(json!({ "name": view.name, "shared": view.shared, "startsWith": view.chosen }))
            .after(json!({ "name": name, "shared": shared, "startsWith": self.chosen }));
        Ok((view.screen, trail))
    }
}

/// Deletes a view, for everybody.
pub struct DeleteView {
    /// Which view.
    pub id: ViewId,
}

impl Command for DeleteView {
    type Output = Screen;

    fn permission(&self) -> Permission {
        Permission::View
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(Screen, Trail)> {
        let view = in_change(tx, grant, &self.id).await?;
        if !may_change(grant, &view) {
            return Err(Error::Denied(Permission::ManageMembers));
        }
        for text in [
            "delete from views_chosen where organisation_id = $1 and environment = $2 and view_id = $3",
            "delete from views where organisation_id = $1 and environment = $2 and id = $3",
        ] {
            sql!(tx, execute, text, grant.organisation(), grant.environment(), &self.id)?;
        }
        let trail = Trail::new(Action::ViewDeleted, Subject::new(Noun::View, &self.id, &view.name))
            .before(json!({ "screen": view.screen, "query": view.query, "shared": view.shared }));
        Ok((view.screen, trail))
    }
}
