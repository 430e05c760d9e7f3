//! Where the link of a user's application leads: in the sandbox the person completes or fails it.
use crate::{
    agents::parts::application_word,
    cx::cx,
    form::{PageForm, go, use_form},
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
    ui::{Badge, Choice, Radios},
};
use domain::{
    environment::Environment,
    users::{self, Application, ApplicationStatus, Outcome},
};
use leptos::prelude::*;

/// Lets the application of the address go on as one of [`Outcome`].
#[server]
pub async fn decide_application(outcome: String) -> Result<(), Problem> {
    let cx = cx();
    let token: String = cx.id("token")?;
    let application = find(&token).await?;
    sandbox(&application)?;
    let mut refusal = Refusal::default();
    let outcome = refusal.take("outcome", outcome.parse::<Outcome>());
    let outcome = refusal.or(outcome)?;
    users::complete(cx.db(), &token, outcome, cx.origin.clone()).await?;
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

/// The ways on that an application in this state has.
fn outcomes(status: ApplicationStatus) -> Vec<Choice> {
    let all = [
        (Outcome::Approve, "Complete it: approved", "The user may deposit, and its agents may spend."),
        (Outcome::Deny, "Fail it: denied", "Final."),
        (Outcome::AskDocuments, "More documents are asked for", "They are sent through the API."),
        (Outcome::Review, "A person looks into it", "Then come back to this page to decide."),
        (Outcome::Repeat, "The verification must be repeated", "It is started again through the API."),
        (Outcome::Cancel, "Give it up", "It can be started again through the API."),
    ];
    let decides = |outcome: Outcome| matches!(outcome, Outcome::Approve | Outcome::Deny);
    // What has not begun is decided or left; a state is not entered twice.
    let open = |outcome: Outcome| decides(outcome) || status.is_under_way() && outcome.leads_to() != status;
    let open = all.into_iter().filter(|(outcome, ..)| open(*outcome));
    open.map(|(outcome, label, hint)| Choice::new(outcome.as_str(), label).hint(hint)).collect()
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let application = find(&cx.id::<String>("token")?).await?;
    sandbox(&application)?;
    let body = if application.status.is_open() {
        let form = use_form();
        let choices = outcomes(application.status);
        view! {
            <PageForm act="Go on">
                <p>"This is a sandbox: no documents are asked for here. Choose how the application goes on."</p>
                <Radios
                    name="outcome"
                    label="What happens"
                    choices
                    value=form.value("outcome", Outcome::Approve.as_str())
                    refusal=form.refusal("outcome")
                />
            </PageForm>
        }
        .into_any()
    } else {
        let said = match application.status {
            ApplicationStatus::Approved => "The application is approved. You can close this page.",
            ApplicationStatus::Denied => "The application was denied. You can close this page.",
            ApplicationStatus::Canceled => "The application was given up. Whoever sent you here can start it again.",
            _ => "The application is closed. You can close this page.",
        };
        view! { <p>{said}</p> }.into_any()
    };
    let (tone, word) = application_word(application.status);
    Ok(Page::new("Your application", body)
        .lead(format!("For {}.", application.name))
        .badge(view! { <Badge tone word /> }))
}
