//! The queue of declared purchases that wait for a person.
use super::{facts, parts};
use crate::{
    cx::{Cx, cx},
    paths,
    problem::Problem,
    screen::{Loaded, Page},
    ui::{ButtonLink, Facts, Icon, Look, NothingYet, Panel},
};
use domain::{
    access::Permission,
    intents::{self, Held, IntentStatus, MOST_HELD},
};
use leptos::prelude::*;

/// What waits, and what is known about it now.
#[server]
pub async fn list_held() -> Result<Vec<Held>, Problem> {
    let cx = cx();
    Ok(intents::held(cx.db(), cx.grant()?).await?)
}

/// The page. What runs out first stands on top.
pub async fn page() -> Loaded {
    let cx = cx();
    let held = list_held().await?;
    let e = cx.environment;
    let ended = |status: IntentStatus, word: &'static str| {
        let href = paths::with_query(&paths::intents(e), [("status", Some(status))]);
        view! { <a href=href>{word}</a> }
    };
    let more = (held.len() as i64 >= MOST_HELD).then(|| {
        view! { <p class="hint">{format!("These are the {MOST_HELD} that run out first. More wait behind them.")}</p> }
    });
    let entries = if held.is_empty() {
        view! {
            <NothingYet
                title="Nothing waits for approval"
                text="Cards that require approval hold each purchase that an agent declares until a person decides."
                icon=Icon::Check
            />
        }
        .into_any()
    } else {
        held.iter().map(|held| entry(&cx, held)).collect_view().into_any()
    };
    let body = view! {
        <div class="stack">
            {(!cx.may(Permission::ApprovePurchase)).then(|| view! {
                <p class="hint">"You can look. Owners, admins and finance members approve or reject."</p>
            })}
            {entries}
            {more}
            <p class="hint">
                "What became of others: "{ended(IntentStatus::Rejected, "rejected")}", "
                {ended(IntentStatus::Expired, "ran out")}". An approval that a limit stood in the way of is neither: it \
                stays here and says so."
            </p>
        </div>
    };
    Ok(Page::new("Held purchases", body)
        .lead("What agents want to buy with cards that ask a person first. Nobody approves what they declared."))
}

fn entry(cx: &Cx, held: &Held) -> AnyView {
    let e = cx.environment;
    let decide = cx.may(Permission::ApprovePurchase).then(|| {
        view! { <ButtonLink href=paths::decide_intent(e, &held.intent.id) word="Decide" look=Look::Primary small=true /> }
    });
    let actions = view! {
        <ButtonLink href=paths::intent(e, &held.intent.id) word="Details" small=true />
        {decide}
    };
    let (title, known) = (parts::asked(held), facts::verified(cx, held));
    let (warning, said) = (facts::warning(held), facts::said(&held.intent));
    view! {
        <Panel title actions=actions.into_any()>
            {warning}
            <Facts facts=known />
            {said}
        </Panel>
    }
    .into_any()
}
