//! Rotating a token: a successor, shown once, and an overlap in which both open.
use super::{super::show::get_agent, revoke::get_token};
use crate::{
    cx::cx,
    form::{PageForm, use_form},
    keys::parts::when,
    list::optional_moment,
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
    ui::{ButtonLink, Choice, Fact, Facts, Look, Panel, Radios, Secret},
};
use domain::{
    agents,
    ids::TokenId,
    keys::{
        KeyStatus, Overlap,
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
    old_ends_at: Timestamp,
}

/// Gives the token of the address a successor and shows its text, this once.
#[server]
pub async fn rotate_token(overlap: String) -> Result<Shown, Problem> {
    let cx = cx();
    let id: TokenId = cx.id("id")?;
    let mut refusal = Refusal::default();
    let overlap = refusal.take("overlap", overlap.parse::<Overlap>().map_err(|_| "must be one of the choices"));
    let overlap = refusal.or(overlap)?;
    let token = get_token(id.clone()).await?;
    let rotated = cx.db().commit(cx.grant()?, agents::RotateToken { id, agent_id: None, overlap }).await?;
    cx.then(paths::agent(cx.environment, &token.agent_id));
    Ok(Shown { secret: rotated.secret.reveal(), old_ends_at: rotated.old_ends_at })
}

/// The page: the choices, or the new token.
pub async fn page() -> Loaded {
    let cx = cx();
    let (form, e, zone, now) = (use_form(), cx.environment, cx.zone(), cx.db().now());
    let token = get_token(cx.id("id")?).await?;
    let agent = get_agent(token.agent_id.clone()).await?;
    let back = paths::agent(e, &agent.id);
    let under = |page: Page| page.under("Agents", paths::agents(e)).under(agent.name.clone(), back.clone());
    if let Some(shown) = form.output::<Shown>() {
        let ends = if shown.old_ends_at <= now {
            "The old token has ended.".to_owned()
        } else {
            format!(
                "The old token works until {}. The agent's page shows whether it is still used.",
                when(shown.old_ends_at, zone)
            )
        };
        let body = view! {
            <Secret
                label="New agent token"
                value=shown.secret.text().to_owned()
                note="Give it to the agent now, in place of the old one."
            />
            <p>{ends}</p>
            <div class="actions">
                <ButtonLink href=back.clone() word="Done: I have stored it" look=Look::Primary />
            </div>
        };
        return Ok(under(Page::new("Token rotated", body)));
    }
    if token.status != KeyStatus::Active {
        return Err(Problem::Elsewhere(back));
    }
    let overlaps = [
        (Overlap::Now, "Not at all", "The old token ends with this click. For one that may be known to others."),
        (Overlap::Hour, "1 hour", "For one deployment that you watch."),
        (Overlap::Day, "24 hours", "For a rollout within the day."),
        (Overlap::ThreeDays, "72 hours", "Over a weekend."),
        (Overlap::Week, "7 days", "For agents that you do not run yourself."),
    ];
    let overlaps = overlaps.into_iter().map(|(overlap, label, hint)| Choice::new(overlap.as_str(), label).hint(hint));
    let end = life::successor_end(now, token.created_at, token.expires_at, Successor::SameLife);
    let inherited = vec![
        Fact::new("Name", token.name.clone()),
        Fact::new("Reaches", format!("{} and nothing else", agent.name)),
        Fact::new("Ends", optional_moment(end, zone, "Never")),
        Fact::new("Last use of the old token", optional_moment(token.last_used_at, zone, "Never")),
    ];
    let body = view! {
        <div class="stack">
            <Panel title="The new token gets"><Facts facts=inherited /></Panel>
            <PageForm act="Rotate token" cancel=back.clone()>
                <Radios
                    name="overlap"
                    label="The old token works beside it for"
                    choices=overlaps.collect()
                    value=form.value("overlap", Overlap::Day.as_str())
                    refusal=form.refusal("overlap")
                />
            </PageForm>
        </div>
    };
    Ok(under(Page::new(format!("Rotate {}", token.name), body))
        .lead("A new token for the same agent. Both work until the moment that the next page shows."))
}
