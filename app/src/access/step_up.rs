//! Showing a factor again, for what is not a form: a download, or a page whose form takes secrets.
use crate::{
    cx::cx,
    form::{self, go, use_form},
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
    ui::{Button, ErrorSummary},
};
use domain::{
    access::{Permission, factors},
    environment::Environment,
};
use leptos::prelude::*;
use serde::Deserialize;

#[derive(Default, Deserialize)]
struct Query {
    next: Option<String>,
}

/// Leads on: the factor itself is shown by what every form does with its field.
#[server]
pub async fn step_up(next: String) -> Result<(), Problem> {
    let cx = cx();
    cx.fresh(Permission::ChangeFactors)?;
    go(paths::internal(&next).unwrap_or(&paths::overview(Environment::Live)));
    Ok(())
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let asked = factors::asked(cx.db(), cx.grant()?).await?;
    let form = use_form();
    let next = form.value("next", cx.query::<Query>().next.unwrap_or_default());
    let refusal = Refusal(form.refusals());
    let body = view! {
        <form method="post" class="form" data-passkey=asked.passkey.then_some("get")>
            <ErrorSummary refusals=form.refusals() />
            <input type="hidden" name="token" value=cx.form_token() />
            <input type="hidden" name="next" value=next />
            {form::step_up_entry(&cx, asked, &refusal)}
            <div class="actions"><Button word="Go on" /></div>
        </form>
    };
    Ok(Page::new(Problem::StepUp.title(), body).lead("What comes next asks for it every five minutes."))
}
