//! Rotating a key: a successor, shown once, and an overlap in which both work; and cutting that overlap short.
use super::{parts, show::get_key};
use crate::{
    cx::cx,
    form::{PageForm, confirm, go, use_form},
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
    ui::{ButtonLink, Checkbox, Choice, Fact, Facts, Look, Panel, Radios, Secret},
};
use domain::{
    ids::KeyId,
    keys::{
        self, Key, KeyStatus, Overlap,
        life::{self, Successor},
    },
    secret::Revealed,
    time::Timestamp,
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// What the one page after a rotation shows.
#[derive(Serialize, Deserialize)]
pub struct Shown {
    secret: Revealed,
    successor: KeyId,
    old_ends_at: Option<Timestamp>,
}

/// Gives the key of the address a successor and shows its text, this once.
#[server]
pub async fn rotate_key(
    overlap: String,
    #[server(default)] starts: String,
    #[server(default)] ends: String,
) -> Result<Shown, Problem> {
    let cx = cx();
    let id: KeyId = cx.id("id")?;
    let mut refusal = Refusal::default();
    let overlap = refusal.take("overlap", overlap.parse::<Overlap>().map_err(|_| "must be one of the choices"));
    let ends = match ends.as_str() {
        "" => Some(Successor::SameLife),
        word => refusal.take("ends", word.parse::<Successor>().map_err(|_| "must be one of the choices")),
    };
    let (overlap, ends) = refusal.or(overlap.zip(ends))?;
    let rotate = keys::RotateKey { id, overlap, from_first_use: starts == "first_use", ends };
    let rotated = cx.db().commit(cx.grant()?, rotate).await?;
    cx.then(paths::key(cx.environment, &rotated.id));
    Ok(Shown { secret: rotated.secret.reveal(), successor: rotated.id, old_ends_at: rotated.old_ends_at })
}

/// The page: the choices, or the new secret.
pub async fn page() -> Loaded {
    let cx = cx();
    let form = use_form();
    let key = get_key(cx.id("id")?).await?;
    let (e, zone) = (cx.environment, cx.zone());
    if let Some(shown) = form.output::<Shown>() {
        return Ok(parts::under(Page::new("Key rotated", shown_once(&cx, &key, &shown)), e, &key.name, &key.id));
    }
    if key.status != KeyStatus::Active {
        return Err(Problem::Elsewhere(paths::key(e, &key.id)));
    }
    let now = cx.db().now();
    let overlaps = [
        (Overlap::Now, "Not at all", "The old secret ends with this click. For a secret that may be known to others."),
        (Overlap::Hour, "1 hour", "For one deployment that you watch."),
        (Overlap::Day, "24 hours", "For a rollout within the day."),
        (Overlap::ThreeDays, "72 hours", "Over a weekend."),
        (Overlap::Week, "7 days", "For consumers that you do not run yourself."),
    ];
    let overlaps = overlaps.into_iter().map(|(overlap, label, hint)| Choice::new(overlap.as_str(), label).hint(hint));
    let ends = key.expires_at.map(|_| {
        let end = |how| life::successor_end(now, key.created_at, key.expires_at, how);
        let said = |how| end(how).map(|end| parts::when(end, zone)).unwrap_or_default();
        let choices = vec![
            Choice::new(Successor::SameLife.as_str(), "After a life as long as this key's")
                .hint(said(Successor::SameLife)),
            Choice::new(Successor::SameMoment.as_str(), "When this key would have ended")
                .hint(said(Successor::SameMoment)),
        ];
        view! {
            <Radios
                name="ends"
                label="The new secret ends"
                choices
                value=form.value("ends", Successor::SameLife.as_str())
                refusal=form.refusal("ends")
            />
        }
    });
    let inherited = vec![
        Fact::new("Name", key.name.clone()),
        Fact::new("May do", parts::scopes(key.scopes)),
        Fact::new("Address list", parts::networks(&key)),
        Fact::new("Last use of the old secret", parts::last_used(&key, zone)),
    ];
    let body = view! {
        <div class="stack">
            <Panel title="The new secret gets"><Facts facts=inherited /></Panel>
            <PageForm act="Rotate key" cancel=paths::key(e, &key.id)>
                <Radios
                    name="overlap"
                    label="The old secret works beside it for"
                    choices=overlaps.collect()
                    value=form.value("overlap", Overlap::Day.as_str())
                    refusal=form.refusal("overlap")
                />
                <Checkbox
                    name="starts"
                    value="first_use"
                    label="Start that clock at the first use of the new secret"
                    hint="Then the old one cannot end before the new one has been seen working."
                    checked=form.ticked("starts", "first_use", false)
                />
                {ends}
            </PageForm>
        </div>
    };
    Ok(parts::under(Page::new(format!("Rotate {}", key.name), body), e, &key.name, &key.id)
        .lead("A new secret for the same purpose. Both work until the moment that the next page shows."))
}

fn shown_once(cx: &crate::cx::Cx, old: &Key, shown: &Shown) -> AnyView {
    let e = cx.environment;
    let ends = match shown.old_ends_at {
        Some(end) if end <= cx.db().now() => "The old secret has ended.".to_owned(),
        Some(end) => format!(
            "The old secret works until {}. Its page shows whether it is still used.",
            parts::when(end, cx.zone())
        ),
        None => {
            let after = match old.overlap_ms {
                Some(0) | None => "The old secret ends at the first use of the new one.".to_owned(),
                Some(ms) => format!("The old secret ends {} after the first use of the new one.", parts::span(ms)),
            };
            format!("{after} Its page shows when that is.")
        }
    };
    view! {
        <div class="stack">
            <Secret
                label="New API key"
                value=shown.secret.text().to_owned()
                note="Store it in your secret manager now, in place of the old one."
            />
            <p>{ends}</p>
            <div class="actions">
                <ButtonLink href=paths::key(e, &old.id) word="Follow the rotation" look=Look::Primary />
                <ButtonLink href=paths::key(e, &shown.successor) word="The new key" />
            </div>
        </div>
    }
    .into_any()
}

/// Ends the overlap of the key of the address.
#[server]
pub async fn cut_overlap() -> Result<(), Problem> {
    let cx = cx();
    let id: KeyId = cx.id("id")?;
    cx.db().commit(cx.grant()?, keys::CutOverlap { id: id.clone() }).await?;
    cx.flash("Overlap ended. The next call with the old secret is refused.").await;
    go(&paths::key(cx.environment, &id));
    Ok(())
}

/// Before ending an overlap.
pub async fn overlap_page() -> Loaded {
    let cx = cx();
    let key = get_key(cx.id("id")?).await?;
    let (e, zone) = (cx.environment, cx.zone());
    let back = paths::key(e, &key.id);
    if key.status != KeyStatus::Retiring {
        return Err(Problem::Elsewhere(back));
    }
    let until = match key.ends_at {
        Some(end) => format!("Until now it works beside its successor until {}.", parts::when(end, zone)),
        None => "Its successor was never used: this may stop whatever uses the old secret.".to_owned(),
    };
    let consequences = vec![
        "Every call with the old secret is refused from now on: 401 revoked_api_key.".to_owned(),
        until,
        parts::last_use(&key, zone),
        "This cannot be undone.".to_owned(),
    ];
    let body = confirm(consequences, "End the overlap", back);
    Ok(parts::under(Page::new("End the overlap", body), e, &key.name, &key.id))
}
