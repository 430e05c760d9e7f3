//! One key: what it is, its rotation, what may be done with it.
use super::{parts, tracker::tracker, trial, usage};
use crate::{
    audit::history,
    cx::{Cx, cx},
    list::optional_moment,
    part::part,
    paths,
    problem::Problem,
    requests::latest,
    screen::{Loaded, Page},
    ui::{Badge, ButtonLink, Code, Fact, Facts, Look, Panel, Tone},
};
use domain::{
    access::Permission,
    ids::KeyId,
    keys::{self, ExposedIn, Key, KeyStatus, Scope, life},
    time::Timestamp,
};
use leptos::prelude::*;

/// The key of this id.
#[server]
pub async fn get_key(id: KeyId) -> Result<Key, Problem> {
    let cx = cx();
    Ok(keys::get(cx.db(), cx.grant()?, &id).await?)
}

/// What the key may do and did not do in the last 30 days.
async fn unused_scopes(key: &Key) -> Result<Vec<Scope>, Problem> {
    let cx = cx();
    Ok(keys::unused(cx.db(), cx.grant()?, key).await?)
}

/// The same in words.
fn not_used(key: &Key, now: Timestamp, unused: &[Scope]) -> String {
    if key.created_at > now - life::SCOPES_MS {
        return "Told once the key is 30 days old".to_owned();
    }
    if unused.is_empty() {
        return "Nothing: it uses all that it may do".to_owned();
    }
    if unused.len() == key.scopes.all().count() {
        return "Anything of it".to_owned();
    }
    let words: Vec<String> = unused.iter().map(|scope| format!("{}: {}", scope.resource, scope.level)).collect();
    words.join(", ")
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let key = get_key(cx.id("id")?).await?;
    let e = cx.environment;
    let now = cx.db().now();
    // The other half of a rotation, on either side.
    let rotation = match (&key.successor, &key.predecessor) {
        (Some(new), _) => Some(tracker(&key, &get_key(new.clone()).await?, now, cx.zone())),
        (None, Some(old)) => Some(tracker(&get_key(old.clone()).await?, &key, now, cx.zone())),
        (None, None) => None,
    };
    let unused = unused_scopes(&key).await?;
    let range = usage::range(&cx);
    let calls = part(usage::load_usage(key.id.clone(), range)).await?;
    let latest = latest::of_key(&cx, key.id.as_str()).await?;
    let tried = match key.status.opens() {
        true => trial::panel(&cx, &key).await?,
        false => ().into_any(),
    };
    let history = history::of_object(&cx, key.id.as_str()).await?;
    let body = view! {
        <div class="stack">
            {warnings(&cx, &key)}
            {rotation}
            {tried}
            {usage::panel(&cx, range, calls.as_deref())}
            {latest}
            {facts(&cx, &key, &unused)}
            {history}
        </div>
    };
    Ok(Page::new(key.name.clone(), body)
        .badge(parts::status(&key))
        .actions(actions(&cx, &key))
        .under("API keys", paths::keys(e)))
}

/// What somebody should act on, before anything else.
fn warnings(cx: &Cx, key: &Key) -> AnyView {
    let (e, zone, now) = (cx.environment, cx.zone(), cx.db().now());
    let mut all = Vec::new();
    if let Some((at, place)) = key.exposed.filter(|_| key.status.opens()) {
        let place = match place {
            ExposedIn::Address => "in the address of a call, where logs on the way keep it",
            ExposedIn::Body => "in the body of a call",
        };
        all.push(format!(
            "The whole key was sent {place}, on {}. Rotate it without overlap, or revoke it.",
            parts::when(at, zone)
        ));
    }
    if key.status.opens() && life::age_days(now, key.created_at) >= life::ROTATE_AFTER_DAYS && key.successor.is_none() {
        all.push(format!(
            "It is {} old; the target is {}. Rotating takes a minute, and both secrets work meanwhile.",
            parts::days(life::age_days(now, key.created_at)),
            parts::days(life::ROTATE_AFTER_DAYS)
        ));
    }
    let successor = key.successor.as_ref().map(|new| {
        view! { <p>"This key was rotated. "<a href=paths::key(e, new)>"Go to its successor"</a>"."</p> }
    });
    let predecessor = key.predecessor.as_ref().map(|old| {
        view! { <p>"This key replaces "<a href=paths::key(e, old)>"an earlier one"</a>"."</p> }
    });
    let all = all
        .into_iter()
        .map(|text| view! { <p class="trouble"><Badge tone=Tone::Bad word="Act" /><span>{text}</span></p> })
        .collect_view();
    view! { {all}{successor}{predecessor} }.into_any()
}

fn facts(cx: &Cx, key: &Key, unused: &[Scope]) -> AnyView {
    let (e, zone, now) = (cx.environment, cx.zone(), cx.db().now());
    let moment = |at, otherwise| optional_moment(at, zone, otherwise);
    let not_recorded = |text: &Option<String>| text.clone().unwrap_or_else(|| "not recorded".into());
    let mut facts = vec![
        Fact::new("Key", view! { <Code text=key.masked.clone() /> }),
        Fact::new("Id", view! { <Code text=key.id.to_string() copy="key id" /> }),
        Fact::new("Environment", e.title()),
        Fact::new("Where it lives", key.lives.clone().unwrap_or_else(|| "not said".into())),
        Fact::new("May do", parts::scopes(key.scopes)),
        Fact::new("Not used in 30 days", not_used(key, now, unused)),
        Fact::new("Address list", parts::networks(key)),
        Fact::new("Created", moment(Some(key.created_at), "")),
        Fact::new("Created by", key.created_by.clone()),
        Fact::new("Age", parts::age(key, now)),
        Fact::new("Ends", parts::end(key, now, zone)),
        Fact::new("Against it", parts::against(key, now)),
    ];
    if let Some(reason) = &key.never_reason {
        facts.push(Fact::new("Why it never ends", reason.clone()));
    }
    facts.push(Fact::new("Last used", moment(key.last_used_at, "Never used")));
    if key.last_used_at.is_some() {
        facts.push(Fact::new("Last used from", not_recorded(&key.last_used_from)));
        facts.push(Fact::new("Last client", not_recorded(&key.last_used_by)));
        facts.push(Fact::new("Last used for", not_recorded(&key.last_used_for)));
        facts.push(Fact::new("First used", moment(key.first_used_at, "not recorded")));
    }
    if key.disabled_at.is_some() {
        facts.push(Fact::new("Disabled", moment(key.disabled_at, "")));
    }
    if key.revoked_at.is_some() {
        facts.push(Fact::new("Revoked", moment(key.revoked_at, "")));
    }
    view! { <Panel title="About"><Facts facts /></Panel> }.into_any()
}

/// What may be done with it, by whom may do it.
fn actions(cx: &Cx, key: &Key) -> AnyView {
    let e = cx.environment;
    let link = |may: bool, href: String, word: &'static str| may.then(|| view! { <ButtonLink href word /> });
    let change = cx.may(Permission::CreateKey);
    let status = key.status;
    let rotate = (change && status == KeyStatus::Active)
        .then(|| view! { <ButtonLink href=paths::rotate_key(e, &key.id) word="Rotate" look=Look::Primary /> });
    view! {
        {rotate}
        {link(change && status == KeyStatus::Retiring, paths::end_overlap(e, &key.id), "End the overlap")}
        {link(change && (status.opens() || status == KeyStatus::Disabled), paths::edit_key(e, &key.id), "Edit")}
        {link(change && status.opens(), paths::disable_key(e, &key.id), "Disable")}
        {link(change && status == KeyStatus::Disabled, paths::resume_key(e, &key.id), "Resume")}
        {link(status.opens() && cx.may(Permission::RevokeKey), paths::try_revoking(e, &key.id), "Try revoking")}
        {link(status != KeyStatus::Revoked && cx.may(Permission::RevokeKey), paths::revoke_key(e, &key.id), "Revoke")}
        {link(status != KeyStatus::Revoked && cx.may(Permission::RevokeKey), paths::compromised_key(e, &key.id), "Compromised?")}
        {link(status == KeyStatus::Revoked, paths::key_exposure(e, &key.id), "Exposure report")}
    }
    .into_any()
}
