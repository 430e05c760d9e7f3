//! Where the link of a user's application leads: in the sandbox the person completes or fails it.
use crate::{
    cx::cx,
    form::{go, use_form},
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
    ui::{Button, ErrorSummary, Look},
};
use domain::{
    environment::Environment,
    users::{self, Application, ApplicationStatus},
};
use leptos::prelude::*;

/// Decides the application of the address: `approve` or `deny`.
#[server]
pub async fn decide_application(outcome: String) -> Result<(), Problem> {
    let cx = cx();
    let token: String = cx.id("token")?;
    let application = find(&token).await?;
    sandbox(&application)?;
    let approve = match outcome.as_str() {
        "approve" => true,
        "deny" => false,
        _ => return Err(Problem::Refused(Refusal::field("outcome", "must be approve or deny"))),
    };
    users::complete(cx.db(), &token, approve, cx.origin.clone()).await?;
    go(&paths::verify(&token));
    Ok(())
}

async fn find(token: &str) -> Result<Application, Problem> {
    let found = users::by_completion_token(cx().db(), token).await?;
    found.ok_or_else(|| Problem::NotFound("application".into()))
}

/// Live applications are decided by the issuer; only a sandbox that serves live too may do it here.
fn sandbox(application: &Application) -> Result<(), Problem> {
    if application.environment == Environment::Live && !cx().app.settings.live_issuer {
        return Err(Problem::NotFound("application".into()));
    }
    Ok(())
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let application = find(&cx.id::<String>("token")?).await?;
    sandbox(&application)?;
    let body = if application.status.is_open() {
        let (token, refusals) = (cx.form_token(), use_form().refusals());
        view! {
            <form method="post" class="form">
                <ErrorSummary refusals />
                <input type="hidden" name="token" value=token />
                <p>"This is a sandbox: no documents are asked for. Choose how the application ends."</p>
                <div class="actions">
                    <Button word="Complete it: approved" name="outcome" value="approve" />
                    <Button word="Fail it: denied" name="outcome" value="deny" look=Look::Secondary />
                </div>
            </form>
        }
        .into_any()
    } else {
        let said = match application.status {
            ApplicationStatus::Approved => "The application is approved. You can close this page.",
            ApplicationStatus::Denied => "The application was denied. You can close this page.",
            _ => "The application is closed. You can close this page.",
        };
        view! { <p>{said}</p> }.into_any()
    };
    Ok(Page::new("Your application", body).lead(format!("For {}.", application.name)))
}
