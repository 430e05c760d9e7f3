//! Inviting somebody: the form, and the one page that ever shows the link where there is no mail.
use super::{told, words::given_by};
use crate::{
    cx::{Cx, cx},
    form::{PageForm, go, use_form},
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
    ui::{ButtonLink, Field, Look, Radios, Secret},
};
use domain::{
    access::{
        Role,
        approvals::Effect,
        invites::{self, Invited, NewLink},
    },
    name::Email,
    secret::Revealed,
};
use leptos::prelude::*;

/// Invites the address; gives the link where it cannot be mailed.
#[server]
pub async fn invite(email: String, role: String) -> Result<Option<Revealed>, Problem> {
    let cx = cx();
    let mut refusal = Refusal::default();
    let email = refusal.take("email", Email::parse(&email));
    let role = refusal.take("role", role.parse::<Role>());
    let (email, role) = refusal.or(email.zip(role))?;
    let said = format!("Invitation sent to {}.", email.as_str());
    match cx.db().commit(cx.grant()?, invites::Invite { email, role }).await? {
        Invited::Made(made) => handed_out(&cx, made, said).await,
        Invited::Proposed(id) => {
            let path = paths::approval(cx.environment, &id);
            told(&cx, Effect::Proposed(id), said, path).await;
            Ok(None)
        }
    }
}

/// The link to show, or the list with a word that it went by mail.
pub(super) async fn handed_out(cx: &Cx, made: NewLink, said: String) -> Result<Option<Revealed>, Problem> {
    let list = paths::members(cx.environment);
    match made.link {
        Some(link) => {
            cx.then(list);
            Ok(Some(link.reveal()))
        }
        None => {
            cx.flash(said).await;
            go(&list);
            Ok(None)
        }
    }
}

/// The page that shows a link, this once.
pub(super) fn shown(cx: &Cx, title: &'static str, path: String, note: &'static str) -> Page {
    let value = format!("{}{path}", cx.app.settings.site.address(&cx.parts.headers));
    let back = paths::members(cx.environment);
    let body = view! {
        <Secret label="Link" value=value note=note />
        <div class="actions"><ButtonLink href=back.clone() word="Done: I have passed it on" look=Look::Primary /></div>
    };
    Page::new(title, body).under("Members", back)
}

/// What to do with the link of an invitation.
pub(super) const PASS_IT_ON: &str = "This server sends no mail. Pass the link on yourself, by a way that only they \
     can read. It works once, for 72 hours, and is not shown again.";

/// The page: blank, refused, or showing the link.
pub async fn page() -> Loaded {
    let cx = cx();
    let form = use_form();
    if let Some(link) = form.output::<Option<Revealed>>().as_deref().and_then(Option::as_ref) {
        return Ok(shown(&cx, "Invitation made", paths::invitation(link.text()), PASS_IT_ON));
    }
    let back = paths::members(cx.environment);
    let choices = cx.visitor.as_ref().map(|visitor| given_by(visitor.role)).unwrap_or_default();
    let how = match cx.db().mail() {
        Some(_) => "The invitation goes there by mail, and is good for 72 hours.",
        None => "They sign in with it. This server sends no mail: you get a link to pass on.",
    };
    let body = view! {
        <PageForm act="Invite" cancel=back.clone()>
            <Field
                name="email"
                label="Email"
                kind="email"
                hint=how
                value=form.value("email", "")
                refusal=form.refusal("email")
                autocomplete="off"
            />
            <Radios name="role" label="Role" choices value=form.value("role", "auditor") refusal=form.refusal("role") />
        </PageForm>
    };
    Ok(Page::new("Invite a member", body).under("Members", back))
}
