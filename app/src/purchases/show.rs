//! One purchase: the verdict, every rule that was asked, the money, the intent and the read behind it.
use super::{decision, parts, remarks};
use crate::{
    agents::with_stop,
    attestations::get_access,
    audit::history,
    cards::get_card,
    cx::{Cx, cx},
    disputes,
    intents::{get_intent, parts as intent_parts, parts::verdict},
    part::{part, trouble},
    paths,
    problem::Problem,
    risk::of_purchase,
    screen::{Loaded, Page},
    ui::{ButtonLink, Code, Fact, Facts, Moment, NothingYet, Panel, Precision, Step, StepState, Timeline, amount},
};
use domain::{
    attestations::Access,
    ids::PurchaseId,
    intents::{self, Intent, Reuse},
    purchases::{self, Detail, Purchase, PurchaseStatus},
};
use leptos::prelude::*;

/// The purchase of this id with its decision.
#[server]
pub async fn get_purchase(id: PurchaseId) -> Result<Detail, Problem> {
    let cx = cx();
    Ok(purchases::get(cx.db(), cx.grant()?, &id).await?)
}

/// The findings that name this purchase: two purchases on one intent.
#[server]
pub async fn list_reuses(id: PurchaseId) -> Result<Vec<Reuse>, Problem> {
    let cx = cx();
    Ok(intents::reuses_of_purchase(cx.db(), cx.grant()?, &id).await?)
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let detail = get_purchase(cx.id("id")?).await?;
    let purchase = &detail.purchase;
    let intent = match purchase.intent_id.clone() {
        Some(id) => Some(get_intent(id).await?),
        None => None,
    };
    let access = match purchase.access_id.clone() {
        Some(id) => Some(get_access(id).await?),
        None => None,
    };
    let reuses = part(list_reuses(purchase.id.clone())).await?;
    let happened = timeline(&cx, purchase, intent.as_ref(), access.as_ref());
    let card = match purchase.declined_reason {
        Some(_) => part(get_card(purchase.card_id.clone())).await?,
        None => None,
    };
    let why = decision::declined(&cx, "Declined", &detail.decision, &detail.case, card.as_ref());
    let said = said(&cx, intent.as_ref(), access.as_ref());
    let agent = with_stop(&cx, &purchase.agent_id, &purchase.agent_name).await?;
    let (decided, about) = (decided(&cx, &detail), about(&cx, purchase, agent));
    let noted = remarks::panel(&cx, purchase);
    let disputed = disputes::parts::of_purchase(&cx, purchase).await?;
    let risk = of_purchase(&cx, &purchase.id).await?;
    let history = history::of_object(&cx, purchase.id.as_str()).await?;
    let body = view! {
        <div class="stack">
            {why}
            {reused(&cx, purchase, reuses.as_deref())}
            {risk}
            <div class="grid">
                <Panel title="What happened">{happened}</Panel>
                {said}
            </div>
            {decided}
            {noted}
            {disputed}
            {about}
            {history}
        </div>
    };
    let title = format!(
        "{} {} at {}",
        amount(purchase.amount, purchase.currency.exponent()),
        purchase.currency,
        purchase.merchant_name
    );
    Ok(Page::new(title, body)
        .badge(parts::status(purchase.status))
        .under("Purchases", paths::purchases(cx.environment)))
}

/// The decision as it is stored, with the way to what today's rules would say.
fn decided(cx: &Cx, detail: &Detail) -> AnyView {
    let href = paths::purchase_today(cx.environment, &detail.purchase.id);
    let actions = view! { <ButtonLink href word="Beside today's rules" small=true /> }.into_any();
    let version = format!(
        "Decided by version {} of the rules, from stored inputs: the same inputs give the same verdict.",
        detail.decision.version
    );
    let rules = decision::rules(&detail.decision, detail.purchase.currency);
    view! { <Panel title="The decision" actions>{rules}<p class="hint">{version}</p></Panel> }.into_any()
}

/// That the purchase shares its intent with another.
fn reused(cx: &Cx, purchase: &Purchase, reuses: Option<&[Reuse]>) -> AnyView {
    let Some(reuses) = reuses else { return trouble(cx, "Whether its intent was used more than once") };
    let Some(one) = reuses.first() else { return ().into_any() };
    let again = one.purchase_id == purchase.id;
    let text = if again {
        "This purchase had no intent of its own. It used one that another purchase had ended:"
    } else {
        "Later purchases had no intent of their own and used the one that this purchase ended:"
    };
    let href = paths::intent(cx.environment, &one.intent_id);
    let (summary, named) = (one.summary.clone(), intent_parts::reuses(cx, reuses));
    view! {
        <Panel title="One intent, more than one purchase">
            <p>{text}" "<a href=href>{summary}</a></p>
            {named}
        </Panel>
    }
    .into_any()
}

fn timeline(cx: &Cx, purchase: &Purchase, intent: Option<&Intent>, access: Option<&Access>) -> AnyView {
    let zone = cx.zone();
    let at =
        |at: domain::time::Timestamp| Some(view! { <Moment at=at.0 zone precision=Precision::Second /> }.into_any());
    let money = |minor: i64| format!("{} {}", amount(minor, purchase.currency.exponent()), purchase.currency);
    let mut steps = vec![
        match intent {
            Some(intent) => Step {
                title: "Intent declared".into(),
                state: StepState::Done,
                at: at(intent.created_at),
                about: intent.summary.clone().into_any(),
            },
            None => Step {
                title: "No intent".into(),
                state: StepState::Missing,
                at: None,
                about: "Nothing was declared that this purchase could end.".into_any(),
            },
        },
        match access {
            Some(access) => Step {
                title: "Credentials read".into(),
                state: StepState::Done,
                at: at(access.created_at),
                about: access.summary.clone().into_any(),
            },
            None => Step {
                title: "No credential read".into(),
                state: StepState::Missing,
                at: None,
                about: "Nobody read this card's credentials in the 24 hours before.".into_any(),
            },
        },
        Step {
            title: if purchase.status == PurchaseStatus::Declined { "Declined" } else { "Authorized" }.into(),
            state: if purchase.status == PurchaseStatus::Declined { StepState::Failed } else { StepState::Done },
            at: at(purchase.authorized_at),
            about: money(purchase.authorized_amount).into_any(),
        },
    ];
    if let Some(posted) = purchase.posted_at {
        steps.push(Step {
            title: "Captured".into(),
            state: StepState::Done,
            at: at(posted),
            about: money(purchase.captured_amount).into_any(),
        });
    } else if purchase.status == PurchaseStatus::Pending {
        steps.push(Step {
            title: "Capture".into(),
            state: StepState::Waiting,
            at: None,
            about: "The merchant has not settled yet.".into_any(),
        });
    }
    if let Some(reversed) = purchase.reversed_at {
        steps.push(Step {
            title: "Given back".into(),
            state: StepState::Late,
            at: at(reversed),
            about: money(purchase.reversed_amount).into_any(),
        });
    }
    view! { <Timeline label="What happened" steps /> }.into_any()
}

fn said(cx: &Cx, intent: Option<&Intent>, access: Option<&Access>) -> AnyView {
    let e = cx.environment;
    let intent = match intent {
        Some(intent) => {
            let facts = vec![
                Fact::new("Declared", intent.summary.clone()),
                Fact::new("Verdict", verdict(intent)),
                Fact::new("Intent", view! { <a href=paths::intent(e, &intent.id)>{intent.intent_id.clone()}</a> }),
            ];
            view! { <Facts facts /> }.into_any()
        }
        None => view! { <NothingYet title="No intent" text="The agent did not declare this purchase." /> }.into_any(),
    };
    let access = access.map(|access| {
        let facts = vec![
            Fact::new("Said before reading", access.summary.clone()),
            Fact::new(
                "Expected",
                match access.expected_amount {
                    Some(expected) => parts::money(expected.minor(), access.expected_currency),
                    None => "no amount".into_any(),
                },
            ),
            Fact::new("Merchant it named", access.merchant_text.clone().unwrap_or_else(|| "none".into())),
            Fact::new("Credential read", view! { <a href=paths::attestation(e, &access.id)>"Look at the read"</a> }),
        ];
        view! { <Facts facts /> }
    });
    view! { <Panel title="What the agent said">{intent}{access}</Panel> }.into_any()
}

fn about(cx: &Cx, purchase: &Purchase, agent: AnyView) -> AnyView {
    let e = cx.environment;
    let place = [purchase.merchant_city.as_deref(), purchase.merchant_country.as_deref()]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(", ");
    let facts = vec![
        Fact::new("Agent", agent),
        Fact::new(
            "Card",
            view! { <a href=paths::card(e, &purchase.card_id)>{format!("••••\u{a0}{}", purchase.card_last4)}</a> },
        ),
        Fact::new("Merchant", purchase.merchant_name.clone()),
        Fact::new("Category (MCC)", purchase.merchant_category_code.clone()),
        Fact::new("Place", if place.is_empty() { "not told".to_owned() } else { place }),
        Fact::new("Authorized", parts::money(purchase.authorized_amount, purchase.currency)),
        Fact::new("Captured", parts::money(purchase.captured_amount, purchase.currency)),
        Fact::new("Given back", parts::money(purchase.reversed_amount, purchase.currency)),
        Fact::new("Attestation", parts::attestation(purchase.attestation_status)),
        Fact::new("Id", view! { <Code text=purchase.id.to_string() copy="transaction id" /> }),
    ];
    view! { <Panel title="About"><Facts facts /></Panel> }.into_any()
}
