//! Starting a password reset for somebody: they choose the password, whoever starts it never does.
use super::{invite::shown, show::get_member, words::manager};
use crate::{
    cx::cx,
    form::{PageForm, go, use_form},
    paths,
    problem::Problem,
    screen::{Loaded, Page},
    ui::{Button, ButtonLink},
};
use domain::{
    access::{
        members::MemberStatus,
        resets::{self, Started},
    },
    ids::PersonId,
    secret::Revealed,
};
use leptos::prelude::*;

/// Starts a reset for the person of the address; gives the link where it cannot be mailed.
#[server]
pub async fn start_reset() -> Result<Option<Revealed>, Problem> {
    let cx = cx();
    let id: PersonId = cx.id("id")?;
    let Started { link } = cx.db().commit(cx.grant()?, resets::StartReset { id: id.clone() }).await?;
    let page = paths::member(cx.environment, &id);
    match link {
        Some(link) => {
            cx.then(page);
            Ok(Some(link.reveal()))
        }
        None => {
            cx.flash("A link to choose a new password is on its way to them. It works for 30 minutes.").await;
            go(&page);
            Ok(None)
        }
    }
}

/// The page: asking, or showing the link.
pub async fn page() -> Loaded {
    let cx = cx();
    let form = use_form();
    if let Some(link) = form.output::<Option<Revealed>>().as_deref().and_then(Option::as_ref) {
        let note = "This server sends no mail. Pass the link on yourself, by a way that only they can read: whoever \
                    opens it can set their password. It works once, for 30 minutes, and is not shown again.";
        return Ok(shown(&cx, "Reset link made", paths::reset(link.text()), note));
    }
    let member = get_member(cx.id("id")?).await?;
    manager(&cx, &member)?;
    let (e, back) = (cx.environment, paths::member(cx.environment, &member.id));
    if member.status == MemberStatus::Disabled {
        return Err(Problem::Elsewhere(back));
    }
    let (cancel, name) = (back.clone(), member.name);
    let text = format!(
        "{name} gets a link to choose a new password. Until they use it, the old one works. Using it ends their \
         sessions; their second factor stays as it is."
    );
    let body = view! {
        <PageForm>
            <p>{text}</p>
            <div class="actions">
                <Button word="Start password reset" />
                <ButtonLink href=cancel word="Cancel" />
            </div>
        </PageForm>
    };
    Ok(Page::new(format!("Reset the password of {name}"), body).under("Members", paths::members(e)).under(name, back))
}
