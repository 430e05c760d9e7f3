//! Another token of an agent: the form, and the one page that ever shows its text.
use super::super::show::lasting;
use crate::{
    cx::cx,
    form::{PageForm, use_form},
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
    ui::{ButtonLink, Choice, Field, Look, Radios, Secret},
};
use domain::{agents, ids::AgentId, name::Name, secret::Revealed, time::DAY};
use leptos::prelude::*;

/// Lives that are offered, days.
const LIVES: [i64; 3] = [30, 90, 365];

/// Makes a token of the address's agent and gives its text, this once.
#[server]
pub async fn create_token(name: String, expires: String) -> Result<Revealed, Problem> {
    let cx = cx();
    let id: AgentId = cx.id("id")?;
    let mut refusal = Refusal::default();
    let name = refusal.take("name", Name::parse(&name));
    let days = LIVES.into_iter().find(|days| days.to_string() == expires);
    let expires_at = match days {
        Some(days) => Some(Some(cx.db().now() + days * DAY)),
        None if expires == "never" => Some(None),
        None => refusal.take("expires", Err("must be one of the choices")),
    };
    let (name, expires_at) = refusal.or(name.zip(expires_at))?;
    let (_, token) =
        cx.db().commit(cx.grant()?, agents::CreateToken { agent_id: id.clone(), name, expires_at }).await?;
    cx.then(paths::agent(cx.environment, &id));
    Ok(token.reveal())
}

/// The page: blank, refused, or showing the token.
pub async fn page() -> Loaded {
    let cx = cx();
    let agent = lasting(&cx).await?;
    let (form, e) = (use_form(), cx.environment);
    let back = paths::agent(e, &agent.id);
    let under = |page: Page| page.under("Agents", paths::agents(e)).under(agent.name.clone(), back.clone());
    if let Some(token) = form.output::<Revealed>() {
        let body = view! {
            <Secret
                label="Agent token"
                value=token.text().to_owned()
                note="It reaches this agent only: its cards, its intents, its purchases. If it is lost, make another and revoke this one."
            />
            <div class="actions">
                <ButtonLink href=back.clone() word="Done: I have stored it" look=Look::Primary />
            </div>
        };
        return Ok(under(Page::new("Token created", body)));
    }
    let mut ends: Vec<Choice> =
        LIVES.iter().map(|days| Choice::new(days.to_string(), format!("{days} days from now"))).collect();
    ends.push(Choice::new("never", "Never").hint("Until it is revoked or the agent is deregistered."));
    let body = view! {
        <PageForm act="Create token" cancel=back.clone()>
            <Field
                name="name"
                label="Name"
                hint="Where it will be used, such as \u{201c}worker 2\u{201d}: 1 to 64 characters."
                value=form.value("name", "")
                refusal=form.refusal("name")
                autocomplete="off"
            />
            <Radios
                name="expires"
                label="Ends"
                choices=ends
                value=form.value("expires", "90")
                refusal=form.refusal("expires")
            />
        </PageForm>
    };
    Ok(under(Page::new(format!("New token for {}", agent.name), body)))
}
