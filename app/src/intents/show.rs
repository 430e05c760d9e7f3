//! One intent.
use super::parts;
use crate::{
    audit::history,
    cx::cx,
    list::optional_moment,
    paths,
    problem::Problem,
    purchases::parts::money,
    screen::{Loaded, Page},
    ui::{Code, Fact, Facts, Panel},
};
use domain::{
    ids::IntentId,
    intents::{self, Intent},
};
use leptos::prelude::*;

/// The intent of this id.
#[server]
pub async fn get_intent(id: IntentId) -> Result<Intent, Problem> {
    let cx = cx();
    Ok(intents::get(cx.db(), cx.grant()?, &id).await?)
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let intent = get_intent(cx.id("id")?).await?;
    let (e, zone) = (cx.environment, cx.zone());
    let moment = |at| optional_moment(at, zone, "not yet");
    let expected = match intent.expected_amount {
        Some(expected) => money(expected.minor(), intent.expected_currency),
        None => "no amount".into_any(),
    };
    let declared = vec![
        Fact::new("Summary", intent.summary.clone()),
        Fact::new("Expected amount", expected),
        Fact::new("Expected merchant", intent.expected_merchant.clone().unwrap_or_else(|| "none".into())),
        Fact::new(
            "Own tolerance",
            match intent.tolerance {
                Some(cents) => money(cents, intent.expected_currency),
                None => "none: the card's or the organisation's counts".into_any(),
            },
        ),
        Fact::new("Agent", view! { <a href=paths::agent(e, &intent.agent_id)>{intent.agent_name.clone()}</a> }),
        Fact::new(
            "Card",
            view! { <a href=paths::card(e, &intent.card_id)>{format!("••••\u{a0}{}", intent.card_last4)}</a> },
        ),
        Fact::new("The agent's own id", view! { <Code text=intent.intent_id.clone() /> }),
        Fact::new("Id", view! { <Code text=intent.id.to_string() copy="intent id" /> }),
    ];
    let mut ended = vec![
        Fact::new("Verdict", parts::verdict(&intent)),
        Fact::new("Declared", moment(Some(intent.created_at))),
        Fact::new("Runs out", moment(Some(intent.expires_at))),
        Fact::new("Credentials read", moment(intent.revealed_at)),
        Fact::new("Ended", moment(intent.ended_at)),
    ];
    if let Some(result) = &intent.match_result {
        ended.push(Fact::new("Actual amount", money(result.actual_amount.minor(), intent.expected_currency)));
        ended.push(Fact::new("Actual merchant", result.actual_merchant.clone()));
    }
    if let Some(purchase) = &intent.purchase_id {
        ended.push(Fact::new("Purchase", view! { <a href=paths::purchase(e, purchase)>"Look at the purchase"</a> }));
    }
    let history = history::of_object(&cx, intent.id.as_str()).await?;
    let body = view! {
        <div class="stack">
            <div class="grid">
                <Panel title="What was declared"><Facts facts=declared /></Panel>
                <Panel title="What became of it"><Facts facts=ended /></Panel>
            </div>
            {history}
        </div>
    };
    Ok(Page::new(intent.summary.clone(), body).badge(parts::status(intent.status)).under("Intents", paths::intents(e)))
}
