//! The rows of notices.
use super::{About, Notice};
use crate::{
    Error, Result,
    access::{
        Actor, Grant, Permission, Role,
        mail::{self, Draft},
    },
    db::{Db, Tx, sql},
    ids::{NoticeId, OrganisationId, PersonId},
    redact::{redact, redact_values},
    time::{DAY, Timestamp},
};

#[derive(sqlx::FromRow)]
struct Row {
    id: NoticeId,
    about: String,
    created_at: Timestamp,
    seen_at: Option<Timestamp>,
}

/// What the grant's holder was told, the newest first: the last hundred.
pub async fn list(db: &Db, grant: &Grant) -> Result<Vec<Notice>> {
    grant.require(Permission::View)?;
    let Actor::Person { id, .. } = grant.actor() else { return Ok(Vec::new()) };
    let rows: Vec<Row> = sql!(
        db,
        fetch_all,
        "select id, about, created_at, seen_at from notices
         where organisation_id = $1 and person_id = $2 order by id desc limit 100",
        grant.organisation(),
        id
    )?;
    rows.into_iter()
        .map(|row| {
            let about = serde_json::from_str(&row.about).map_err(Error::broken)?;
            Ok(Notice { id: row.id, about, created_at: row.created_at, seen_at: row.seen_at })
        })
        .collect()
}

/// Tells a person something, in the transaction of what it is about. With `once`, only the first time under that
/// name. Whether they were told.
pub(crate) async fn tell(
    tx: &mut Tx,
    organisation: &OrganisationId,
    person: &PersonId,
    about: &About,
    once: Option<&str>,
) -> Result<bool> {
    let (id, now) = (NoticeId::new(tx.now(), tx.chance()), tx.now());
    let rows = sql!(
        tx,
        execute,
        "insert into notices (organisation_id, id, person_id, kind, about, once, created_at)
         values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing",
        organisation,
        id,
        person,
        kind(about),
        redact_values(&serde_json::to_value(about).map_err(Error::broken)?).to_string(),
        once,
        now
    )?;
    if rows == 0 || tx.mail().is_none() {
        return Ok(rows > 0);
    }
    let to: Option<(String, String)> = sql!(
        tx,
        fetch_optional,
        "select name, email from people where organisation_id = $1 and id = $2 and removed_at is null",
        organisation,
        person
    )?;
    let (Some((name, to)), Some(address)) = (to, tx.mail().map(str::to_owned)) else { return Ok(true) };
    // The names in it are anybody's words.
    let body = format!("Hello {name},\n\n{}\n\n    {address}\n", redact(&about.text()));
    let draft = Draft { to, subject: redact(&about.title()), body, expires_at: now + 2 * DAY };
    mail::post(tx, organisation, draft).await?;
    Ok(true)
}

/// Tells everybody of these roles who can sign in, besides one person.
pub(crate) async fn tell_roles(
    tx: &mut Tx,
    organisation: &OrganisationId,
    may: impl Fn(Role) -> bool,
    besides: Option<&PersonId>,
    about: &About,
    once: Option<&str>,
) -> Result<()> {
    let people: Vec<(PersonId, Role)> = sql!(
        tx,
        fetch_all,
        "select id, role from people
         where organisation_id = $1 and disabled_at is null and removed_at is null order by id",
        organisation
    )?;
    for (person, role) in people {
        if may(role) && besides != Some(&person) {
            tell(tx, organisation, &person, about, once).await?;
        }
    }
    Ok(())
}

fn kind(about: &About) -> &'static str {
    match about {
        About::NewDevice { .. } => "new_device",
        About::AfterFailures { .. } => "after_failures",
        About::FactorChanged { .. } => "factor_changed",
        About::PasskeyCopied { .. } => "passkey_copied",
        About::PasswordChanged => "password_changed",
        About::RoleChanged { .. } => "role_changed",
        About::KeyExpires { .. } => "key_expires",
        About::KeyIdle { .. } => "key_idle",
        About::LimitReached { .. } => "limit_reached",
        About::Proposal { .. } => "proposal",
    }
}
