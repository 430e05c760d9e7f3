//! The visitor's own name and time zone.
use crate::{
    cx::cx,
    form::{
        PageForm,
        conflict::{Edit, told},
        go, use_form,
    },
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
    settings::{zone_of, zones},
    ui::{Button, ButtonLink, Choice, Field, Look, Select},
};
use domain::{
    access::{
        members::{self, Member},
        profile, settings,
    },
    name::Name,
};
use leptos::prelude::*;

/// Changes both; an empty zone is the organisation's.
#[server]
pub async fn change_profile(name: String, time_zone: String, version: String) -> Result<(), Problem> {
    let cx = cx();
    let mut refusal = Refusal::default();
    let name = refusal.take("name", Name::parse(&name));
    let zone = match time_zone.as_str() {
        "" => Some(None),
        typed => refusal.take("time_zone", zone_of(typed)).map(Some),
    };
    let version = refusal.version(&version);
    let ((name, zone), version) = refusal.or(name.zip(zone).zip(version))?;
    let (before, organisation) = own_profile().await?;
    let said = |zone: Option<String>| zone.unwrap_or_else(|| format!("the organisation's, {organisation}"));
    let changes = [
        ("name", before.name, name.as_str().to_owned()),
        ("time zone", said(before.zone), said(zone.map(|zone| zone.name().to_owned()))),
    ];
    cx.db().commit(cx.grant()?, profile::ChangeProfile { name, zone, version: Some(version) }).await?;
    cx.flash(told(&changes)).await;
    go(&paths::profile(cx.environment));
    Ok(())
}

/// The visitor, and the organisation's own zone.
#[server]
pub async fn own_profile() -> Result<(Member, String), Problem> {
    let cx = cx();
    let visitor = cx.visitor.as_ref().ok_or(Problem::SignIn)?;
    let member = members::get(cx.db(), cx.grant()?, &visitor.id).await?;
    Ok((member, settings::get(cx.db(), cx.grant()?).await?.time_zone))
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let ((member, organisation_zone), form) = (own_profile().await?, use_form());
    let e = cx.environment;
    let mut choices = vec![Choice::new("", format!("As the organisation: {organisation_zone}"))];
    choices.extend(zones());
    let edit = Edit::of(form, member.version).text("name", "Your name", member.name.clone()).choice(
        "time_zone",
        "Time zone",
        member.zone.clone().unwrap_or_default(),
        &choices,
    );
    let (name, zone, head) = (edit.value("name"), edit.value("time_zone"), edit.head());
    let (name_refusal, zone_refusal) = (edit.refusal("name"), edit.refusal("time_zone"));
    let unread = cx.visitor.as_ref().map_or(0, |visitor| visitor.notices);
    let notices = if unread > 0 { format!("Notices ({unread} new)") } else { "Notices".to_owned() };
    let body = view! {
        <PageForm>
            {head}
            <Field
                name="name"
                label="Your name"
                hint="As others and the audit log see it."
                value=name
                refusal=name_refusal
                autocomplete="name"
            />
            <Select
                name="time_zone"
                label="Time zone"
                hint="In which you read times. Limits turn in the organisation's zone, whatever you choose."
                choices
                value=zone
                refusal=zone_refusal
            />
            <div class="actions">
                <Button word="Save" />
                <ButtonLink href=paths::THEME word="Light or dark" look=Look::Plain />
            </div>
        </PageForm>
    };
    let own = paths::member(e, &member.id);
    let actions = view! {
        <ButtonLink href=paths::ACCOUNT word="Your sign-in" />
        <ButtonLink href=paths::notices(e) word=notices />
        <ButtonLink href=own word="Your page" />
        <ButtonLink href=paths::leave(e) word="Leave" />
    };
    Ok(Page::new("Your settings", body)
        .lead(format!("{}, you sign in as {}.", member.name, member.email.unwrap_or_default()))
        .actions(actions))
}
