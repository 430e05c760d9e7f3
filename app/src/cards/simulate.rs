//! Trying a purchase: what the rules would say about it now, and, in dev, making it.
use super::show::get_card;
use crate::{
    cx::{Cx, cx},
    form::{Form, entry, go, use_form},
    paths,
    problem::{Problem, Refusal},
    purchases::decision,
    screen::{Loaded, Page},
    ui::{Button, ButtonLink, ErrorSummary, Field, Look, Moment, Panel, Precision},
};
use domain::{
    Error,
    access::Permission,
    cards::Card,
    environment::Environment,
    limits::{
        decide::{Case, Decision},
        evaluate::{self, Question},
    },
    money::Amount,
    purchases::{Authorize, Merchant},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// What would be decided, and from what.
#[derive(Serialize, Deserialize)]
pub struct Tried {
    case: Case,
    decision: Decision,
}

/// The entries of both forms.
struct Typed {
    amount: String,
    merchant: String,
    category_code: String,
    city: String,
    country: String,
}

impl Typed {
    /// What they say, or each of them that cannot be taken under its name in the form.
    fn read(&self, card: &Card) -> Result<(Amount, Merchant), Problem> {
        let mut refusal = Refusal::default();
        let amount = refusal.take("amount", entry::amount(&self.amount, card.currency));
        let given = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
        let (city, country) = (given(&self.city), given(&self.country).map(|code| code.to_ascii_uppercase()));
        let (name, code) = (self.merchant.trim(), self.category_code.trim());
        let merchant = match Merchant::parse(name, code, city.as_deref(), country.as_deref()) {
            Ok(merchant) => Some(merchant),
            Err(Error::Refused(refused)) => {
                for (field, why) in refused.0 {
                    let field = match field.as_str() {
                        "merchant.categoryCode" => "category_code",
                        "merchant.city" => "city",
                        "merchant.country" => "country",
                        _ => "merchant",
                    };
                    refusal.add(field, why);
                }
                None
            }
            Err(other) => return Err(other.into()),
        };
        refusal.or(amount.zip(merchant))
    }
}

/// Says what would be decided about a purchase with the card of the address; nothing is written.
#[server]
pub async fn evaluate_purchase(
    amount: String,
    merchant: String,
    category_code: String,
    city: String,
    country: String,
) -> Result<Tried, Problem> {
    let cx = cx();
    let card = get_card(cx.id("id")?).await?;
    let (amount, merchant) = Typed { amount, merchant, category_code, city, country }.read(&card)?;
    let question = Question { card_id: card.id, amount, currency: card.currency, merchant };
    let (case, decision) = evaluate::evaluate(cx.db(), cx.grant()?, &question).await?;
    Ok(Tried { case, decision })
}

/// Makes the purchase in the sandbox.
#[server]
pub async fn post_purchase(
    amount: String,
    merchant: String,
    category_code: String,
    city: String,
    country: String,
) -> Result<(), Problem> {
    let cx = cx();
    let card = get_card(cx.id("id")?).await?;
    let (amount, merchant) = Typed { amount, merchant, category_code, city, country }.read(&card)?;
    let command = Authorize { card_id: card.id, amount, currency: card.currency, merchant };
    let made = cx.db().commit(cx.grant()?, command).await?;
    let became = if made.declined_reason.is_some() { "declined" } else { "approved" };
    cx.flash(format!("Posted to the sandbox: the purchase was {became}.")).await;
    go(&paths::purchase(cx.environment, &made.id));
    Ok(())
}

/// Why nothing can be posted.
const NOT_LIVE: &str = "Live purchases come from the card network: only one in dev can be posted here.";

/// The page of both addresses: the form, and what came of asking.
pub async fn page() -> Loaded {
    let cx = cx();
    let card = get_card(cx.id("id")?).await?;
    let form = use_form();
    let e = cx.environment;
    let tried = form.output::<Tried>().map(|tried| said(&cx, &tried, &card));
    let (last4, back) = (format!("••••\u{a0}{}", card.last4), paths::card(e, &card.id));
    let body = view! { <div class="stack">{tried}{sheet(&cx, &form, &card)}</div> };
    Ok(Page::new("Try a purchase", body)
        .lead("What the rules say about a purchase with this card now. Evaluating it changes nothing.")
        .under("Cards", paths::cards(e))
        .under(last4, back))
}

/// The answer: the outcome, what else would follow, and each rule in order.
fn said(cx: &Cx, tried: &Tried, card: &Card) -> AnyView {
    let (zone, decision) = (cx.zone(), &tried.decision);
    let outcome = match decision::declined(cx, "Would be declined", decision, &tried.case, Some(card)) {
        Some(declined) => declined,
        None => view! { <Panel title="Would be approved"><p>"No rule stands against it now."</p></Panel> }.into_any(),
    };
    let follows = tried.case.follows(decision);
    let follows = (!follows.is_empty()).then(|| {
        let all = follows.into_iter().map(|what| view! { <li>{what.plain()}</li> }).collect_view();
        view! { <Panel title="What would follow"><ul>{all}</ul></Panel> }
    });
    let as_of = view! { <Moment at=tried.case.request.at.0 zone precision=Precision::Second /> }.into_any();
    let rules = decision::rules(decision, card.currency);
    let hint = "Nothing was written. Another purchase may change the answer before a real one comes.";
    view! {
        {outcome}
        {follows}
        <Panel title="Rule by rule" as_of>{rules}<p class="hint">{hint}</p></Panel>
    }
    .into_any()
}

fn sheet(cx: &Cx, form: &Form, card: &Card) -> AnyView {
    let (e, currency) = (cx.environment, card.currency.as_str());
    let field = |name: &str, start: &str| (form.value(name, start), form.refusal(name));
    let merchant = field("merchant", card.merchant_hint.as_deref().unwrap_or_default());
    let (amount, code) = (field("amount", ""), field("category_code", ""));
    let (city, country) = (field("city", ""), field("country", ""));
    let posts = cx.may(Permission::Settle);
    let post = posts.then(|| {
        view! { <Button word="Post it" look=Look::Secondary action=paths::post_purchase(e, &card.id) /> }
    });
    let about = if posts {
        "Posting makes a sandbox purchase. No money moves, and all else is as with a real one: it counts towards the \
         limits, may end an intent, is written down and told to webhooks."
    } else if e == Environment::Dev {
        "Posting it needs the permission to settle purchases."
    } else {
        NOT_LIVE
    };
    let (evaluate, cancel) = (paths::try_purchase(e, &card.id), paths::card(e, &card.id));
    view! {
        <form method="post" class="form">
            <ErrorSummary refusals=form.refusals() />
            <input type="hidden" name="token" value=cx.form_token() />
            <Field
                name="amount"
                label="Amount"
                inputmode="decimal"
                unit=currency
                value=amount.0
                refusal=amount.1
                autocomplete="off"
            />
            <Field
                name="merchant"
                label="Merchant"
                hint="As the card network writes it, such as STAPLES*1234."
                value=merchant.0
                refusal=merchant.1
                autocomplete="off"
            />
            <Field
                name="category_code"
                label="Category code"
                hint="Four digits (MCC), such as 5943: stationery and office supplies."
                value=code.0
                refusal=code.1
                autocomplete="off"
            />
            <Field name="city" label="City" optional=true value=city.0 refusal=city.1 autocomplete="off" />
            <Field
                name="country"
                label="Country"
                hint="Two letters, such as US."
                optional=true
                value=country.0
                refusal=country.1
                autocomplete="off"
            />
            <p class="hint">{about}</p>
            <div class="actions">
                <Button word="Evaluate only" action=evaluate />
                {post}
                <ButtonLink href=cancel word="Back to the card" look=Look::Plain />
            </div>
        </form>
    }
    .into_any()
}
