//! Disputing a purchase, on a page of its own.
use super::parts;
use crate::{
    cx::cx,
    form::{PageForm, entry, go, use_form},
    paths,
    problem::{Problem, Refusal},
    purchases::get_purchase,
    screen::{Loaded, Page},
    ui::{Field, Select, TextArea, amount as said},
};
use domain::{
    disputes::{self, DisputeReason},
    ids::PurchaseId,
    money::Amount,
    name::{Passage, Statement},
    purchases::{self, is_secret},
};
use leptos::prelude::*;

/// Disputes the purchase of the address; an empty amount is all of it.
#[server]
pub async fn open_dispute(amount: String, why: String, description: String, evidence: String) -> Result<(), Problem> {
    let cx = cx();
    let purchase_id: PurchaseId = cx.id("id")?;
    let purchase = purchases::get(cx.db(), cx.grant()?, &purchase_id).await?.purchase;
    let mut refusal = Refusal::default();
    let amount: Option<Option<Amount>> = match amount.trim() {
        "" => Some(None),
        text => refusal.take("amount", entry::amount(text, purchase.currency)).map(Some),
    };
    let reason = refusal.take("why", why.parse::<DisputeReason>());
    let description = match description.trim() {
        "" => Some(None),
        text => refusal.take("description", Passage::parse(text)).map(Some),
    };
    let text_evidence = match evidence.trim() {
        "" => Some(None),
        text if is_secret(text) => {
            refusal.add("evidence", "must not hold a key, a secret or a card number; remove it");
            None
        }
        text => refusal.take("evidence", Statement::parse(text)).map(Some),
    };
    let (((amount, reason), description), text_evidence) =
        refusal.or(amount.zip(reason).zip(description).zip(text_evidence))?;
    let command = disputes::OpenDispute { purchase_id, amount, reason, description, text_evidence };
    let dispute = cx.db().commit(cx.grant()?, command).await?;
    cx.flash("Dispute opened. The card network looks at it next.").await;
    go(&paths::dispute(cx.environment, &dispute.id));
    Ok(())
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let purchase = get_purchase(cx.id("id")?).await?.purchase;
    let back = paths::purchase(cx.environment, &purchase.id);
    if !disputes::may_be_disputed(&purchase) && cx.posted.is_none() {
        return Err(Problem::Elsewhere(back));
    }
    let form = use_form();
    let whole = said(purchase.amount, purchase.currency.exponent()).replace(',', "");
    let field = |name: &str, start: &str| (form.value(name, start), form.refusal(name));
    let (amount, why) = (field("amount", &whole), field("why", DisputeReason::Unauthorized.as_str()));
    let (description, evidence) = (field("description", ""), field("evidence", ""));
    let currency = purchase.currency.to_string();
    let body = view! {
        <PageForm act="Open dispute" cancel=back.clone()>
            <Select name="why" label="Reason" choices=parts::reasons() value=why.0 refusal=why.1 />
            <Field
                name="amount"
                label="Amount disputed"
                inputmode="decimal"
                unit=currency
                hint=format!("At most {whole}, what the purchase stands at.")
                value=amount.0
                refusal=amount.1
                autocomplete="off"
            />
            <TextArea
                name="description"
                label="What is wrong"
                hint="For the card network and your colleagues. Needed when the reason is Other."
                optional=true
                value=description.0
                refusal=description.1
            />
            <TextArea
                name="evidence"
                label="Evidence"
                hint="Order confirmations, messages to and from the merchant. Never a whole card number."
                optional=true
                rows=8
                value=evidence.0
                refusal=evidence.1
            />
        </PageForm>
    };
    Ok(Page::new(format!("Dispute the purchase at {}", purchase.merchant_name), body)
        .under("Purchases", paths::purchases(cx.environment))
        .under(purchase.merchant_name.clone(), back))
}
