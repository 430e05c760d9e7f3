//! Switching rules on or off for one card.
#![expect(clippy::too_many_arguments, reason = "the arguments of a server function are the entries of its form")]
use super::entry::{chosen, said, switch, switches};
use crate::{
    cx::{Cx, cx},
    form::{
        PageForm,
        conflict::{Edit, told},
        go, use_form,
    },
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
    ui::Select,
};
use domain::{
    access::Permission,
    ids::CardId,
    risk::{
        self, OfCard, Rule, SetCardRisk,
        configuration::{Change, Own, RuleChange},
    },
};
use leptos::prelude::*;

/// What the card of this id switches.
#[server]
pub async fn get_card_risk(id: CardId) -> Result<OfCard, Problem> {
    let cx = cx();
    Ok(risk::of_card(cx.db(), cx.grant()?, &id).await?)
}

const fn field(rule: Rule) -> &'static str {
    match rule {
        Rule::DuplicateDetection => "duplicate_detection",
        Rule::VelocityLimit => "velocity_limit",
        Rule::SpendSpike => "spend_spike",
        Rule::UnattestedSpend => "unattested_spend",
        Rule::IntentMismatch => "intent_mismatch",
        Rule::CooldownViolation => "cooldown_violation",
        Rule::MerchantDrift => "merchant_drift",
    }
}

fn set(own: &Own, rule: Rule) -> Option<bool> {
    own.rules.get(&rule).and_then(|setting| setting.enabled)
}

/// What a card switches, in a few words, and the way to change it.
pub(crate) fn switched(cx: &Cx, of: &OfCard) -> AnyView {
    let each = |rule: &Rule| set(&of.own, *rule).map(|on| format!("{} {}", rule.label(), switch(Some(on))));
    let all: Vec<String> = Rule::ALL.iter().filter_map(each).collect();
    let said = if all.is_empty() { "as its agent's".to_owned() } else { all.join(", ") };
    let change = (of.open && cx.may(Permission::RaiseLimit))
        .then(|| view! { " "<a href=paths::card_risk(cx.environment, &of.card_id)>"Change risk rules"</a> });
    view! { {said}{change} }.into_any()
}

/// Switches each rule on or off, or lets the card inherit it.
#[server]
pub async fn switch_rules(
    #[server(default)] duplicate_detection: String,
    #[server(default)] velocity_limit: String,
    #[server(default)] spend_spike: String,
    #[server(default)] unattested_spend: String,
    #[server(default)] intent_mismatch: String,
    #[server(default)] cooldown_violation: String,
    #[server(default)] merchant_drift: String,
    version: String,
) -> Result<(), Problem> {
    let cx = cx();
    let id: CardId = cx.id("id")?;
    let before = risk::of_card(cx.db(), cx.grant()?, &id).await?;
    let mut refusal = Refusal::default();
    let sent = [
        (Rule::DuplicateDetection, duplicate_detection),
        (Rule::VelocityLimit, velocity_limit),
        (Rule::SpendSpike, spend_spike),
        (Rule::UnattestedSpend, unattested_spend),
        (Rule::IntentMismatch, intent_mismatch),
        (Rule::CooldownViolation, cooldown_violation),
        (Rule::MerchantDrift, merchant_drift),
    ];
    let mut change = Change::default();
    let mut changes = Vec::new();
    for (rule, text) in sent {
        let Some(chosen) = refusal.take(field(rule), chosen(&text, true)) else { continue };
        change.rules.insert(rule, RuleChange { enabled: Some(chosen), ..RuleChange::default() });
        changes.push((rule.label(), said(set(&before.own, rule)), said(chosen)));
    }
    let version = refusal.version(&version);
    let version = refusal.or(version)?;
    cx.db().commit(cx.grant()?, SetCardRisk { id: id.clone(), change, version: Some(version) }).await?;
    cx.flash(told(&changes)).await;
    go(&paths::card(cx.environment, &id));
    Ok(())
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let now = get_card_risk(cx.id("id")?).await?;
    let e = cx.environment;
    let back = paths::card(e, &now.card_id);
    if !now.open {
        return Err(Problem::Elsewhere(back));
    }
    let form = use_form();
    let choices = |rule: Rule| switches(Some(now.inherited.rule(rule).enabled));
    let edit = Rule::ALL.iter().fold(Edit::of(form, now.version), |edit, rule| {
        edit.choice(field(*rule), rule.label(), switch(set(&now.own, *rule)), &choices(*rule))
    });
    let head = edit.head();
    let fields = Rule::ALL
        .iter()
        .map(|rule| {
            let (value, refusal) = (edit.value(field(*rule)), edit.refusal(field(*rule)));
            let (choices, hint) = (choices(*rule), rule.about());
            view! { <Select name=field(*rule) label=rule.label() hint choices value refusal /> }
        })
        .collect_view();
    let body = view! {
        <PageForm act="Save" cancel=back.clone()>
            {head}
            {fields}
        </PageForm>
    };
    Ok(Page::new("Risk rules of this card", body)
        .lead("A card switches rules on or off; their actions and numbers are its agent's.")
        .under("Cards", paths::cards(e))
        .under(format!("••••\u{a0}{}", now.last4), back))
}
