//! Changing what an agent is called and what it is for, against stale edits.
use super::{
    doubt::{self, Doubts},
    show::lasting,
};
use crate::{
    cx::cx,
    form::{
        conflict::{Edit, told},
        go, use_form,
    },
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
    ui::{Button, ButtonLink, ErrorSummary, Field, Look, TextArea},
};
use domain::{
    agents::{self, ChangeAgent},
    ids::AgentId,
    name::{Name, Passage},
};
use leptos::prelude::*;

const ANYWAY: &str = "Save anyway";

/// Puts the entries in place of the name and the purpose of the address's agent.
#[server]
pub async fn edit_agent(
    name: String,
    description: String,
    version: String,
    meant: Option<String>,
) -> Result<(), Problem> {
    let cx = cx();
    let id: AgentId = cx.id("id")?;
    let mut refusal = Refusal::default();
    let name = refusal.take("name", Name::parse(&name));
    let description = match description.trim() {
        "" => refusal.take("description", Err("must say what the agent is for: a narrow purpose is the first limit")),
        text => refusal.take("description", Passage::parse(&text.replace("\r\n", "\n"))),
    };
    let version = refusal.take("version", version.parse::<i64>().map_err(|_| "must come from the form"));
    let ((name, description), version) = refusal.or(name.zip(description).zip(version))?;
    let before = agents::get(cx.db(), cx.grant()?, &id).await?;
    // Whoever left it as it was has nothing to answer for.
    if meant.is_none() && description.as_str() != before.description {
        Doubts::default().purpose(description.as_str()).settle(ANYWAY)?;
    }
    let done = if description.as_str() == before.description {
        told(&[("name", before.name, name.to_string())])
    } else {
        "Name and purpose saved.".to_owned()
    };
    let command = ChangeAgent {
        id: id.clone(),
        name: Some(name),
        description: Some(Some(description)),
        metadata: None,
        default_policy_id: None,
        version: Some(version),
    };
    cx.db().commit(cx.grant()?, command).await?;
    cx.flash(done).await;
    go(&paths::agent(cx.environment, &id));
    Ok(())
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let agent = lasting(&cx).await?;
    let form = use_form();
    let (refusals, anyway) = (form.refusals(), doubt::button(&form, ANYWAY));
    let edit = Edit::of(form, agent.version).text("name", "Name", agent.name.clone()).text(
        "description",
        "Purpose",
        agent.description.clone(),
    );
    let field = |name: &str| (edit.value(name), edit.refusal(name));
    let (name, about, head) = (field("name"), field("description"), edit.head());
    let e = cx.environment;
    let back = paths::agent(e, &agent.id);
    let cancel = back.clone();
    let body = view! {
        <form method="post" class="form">
            <ErrorSummary refusals />
            <input type="hidden" name="token" value=cx.form_token() />
            {head}
            <Field name="name" label="Name" value=name.0 refusal=name.1 autocomplete="off" />
            <TextArea
                name="description"
                label="Purpose"
                hint="What it may buy. Narrow is safe: one agent, one job."
                value=about.0
                refusal=about.1
            />
            <div class="actions">
                <Button word="Save changes" />
                {anyway}
                <ButtonLink href=cancel word="Cancel" look=Look::Plain />
            </div>
        </form>
    };
    Ok(Page::new("Edit name and purpose", body).under("Agents", paths::agents(e)).under(agent.name, back))
}
