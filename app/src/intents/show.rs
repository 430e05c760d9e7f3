//! One intent.
use super::{facts, parts};
use crate::{
    agents::with_stop,
    audit::history,
    cx::{Cx, cx},
    list::optional_moment,
    part::{part, trouble},
    paths,
    problem::Problem,
    purchases::parts::money,
    screen::{Loaded, Page},
    ui::{ButtonLink, Code, Fact, Facts, Look, Panel},
};
use domain::{
    access::Permission,
    ids::IntentId,
    intents::{
        self, Intent, IntentStatus, Reuse,
        approval::{Answer, Decision},
    },
};
use leptos::prelude::*;

/// The intent of this id.
#[server]
pub async fn get_intent(id: IntentId) -> Result<Intent, Problem> {
    let cx = cx();
    Ok(intents::get(cx.db(), cx.grant()?, &id).await?)
}

/// The purchases that used the intent again.
#[server]
pub async fn list_reuses(id: IntentId) -> Result<Vec<Reuse>, Problem> {
    let cx = cx();
    Ok(intents::reuses_of_intent(cx.db(), cx.grant()?, &id).await?)
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let intent = get_intent(cx.id("id")?).await?;
    let reuses = part(list_reuses(intent.id.clone())).await?;
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
        Fact::new("Agent", with_stop(&cx, &intent.agent_id, &intent.agent_name).await?),
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
        if let Some(timing) = result.timing {
            let before = |ms: i64| format!("{} before the purchase", parts::lasting(ms));
            let read = timing.read_before.map_or_else(|| "credentials were not read".to_owned(), before);
            ended.push(Fact::new("Timing", format!("declared {}; read {read}", before(timing.declared_before))));
        }
        ended.push(Fact::new("Compared by", format!("version {} of the rules", result.rule_version)));
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
            {reused(&cx, reuses.as_deref())}
            {intent.decision.as_ref().map(|said| decided(&cx, said))}
            {history}
        </div>
    };
    let waits = intent.status == IntentStatus::PendingApproval && cx.may(Permission::ApprovePurchase);
    let decide = waits
        .then(|| view! { <ButtonLink href=paths::decide_intent(e, &intent.id) word="Decide" look=Look::Primary /> });
    Ok(Page::new(intent.summary.clone(), body)
        .badge(parts::status(intent.status))
        .actions(decide)
        .under("Intents", paths::intents(e)))
}

/// Who said yes or no, by what means and why, with the facts as they were then.
fn decided(cx: &Cx, said: &Decision) -> AnyView {
    let title = match said.answer {
        Answer::Approved => "Approved",
        Answer::Rejected => "Rejected",
    };
    let means = match (&*said.by.kind, &*said.with) {
        ("person", "dashboard") => "on the dashboard".to_owned(),
        ("person", with) => format!("signed in with {with}"),
        (_, with) => with.to_owned(),
    };
    let mut rows = vec![
        Fact::new("By", format!("{} ({means})", said.by.name)),
        Fact::new("When", optional_moment(Some(said.at), cx.zone(), "")),
        Fact::new("Reason", said.reason.clone().unwrap_or_else(|| "none given".into())),
    ];
    rows.extend(facts::seen(&said.facts));
    view! {
        <Panel title>
            <Facts facts=rows />
            <p class="hint">"Amounts and room as they were at that moment."</p>
        </Panel>
    }
    .into_any()
}

/// That further purchases used the intent.
fn reused(cx: &Cx, reuses: Option<&[Reuse]>) -> AnyView {
    let Some(reuses) = reuses else { return trouble(cx, "Whether it was used more than once") };
    if reuses.is_empty() {
        return ().into_any();
    }
    let named = parts::reuses(cx, reuses);
    view! {
        <Panel title="Used more than once">
            <p>"An intent is for one purchase. These had none of their own and used this one:"</p>
            {named}
        </Panel>
    }
    .into_any()
}
