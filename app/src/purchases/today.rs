//! A purchase's decision beside the one that today's rules would make: a page of its own, since it reads further back.
use super::{decision, parts, show::get_purchase};
use crate::{
    agents::parts::limit_words,
    cx::{Cx, cx},
    paths,
    problem::Problem,
    screen::{Loaded, Page},
    ui::{Badge, Column, Fact, Facts, Moment, Panel, Precision, Table, Tone},
};
use domain::{
    ids::PurchaseId,
    limits::{
        DeclineReason,
        decide::{AgentLimit, Decision, Evaluated, RuleName},
        today::{self, Beside, Today},
    },
    money::Currency,
    purchases::Purchase,
};
use leptos::prelude::*;

/// Both decisions about the purchase of this id.
#[server]
pub async fn get_purchase_today(id: PurchaseId) -> Result<Today, Problem> {
    let cx = cx();
    Ok(today::today(cx.db(), cx.grant()?, &id).await?)
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let purchase = get_purchase(cx.id("id")?).await?.purchase;
    let today = get_purchase_today(purchase.id.clone()).await?;
    let body = view! { <div class="stack">{outcome(&cx, &purchase, &today)}{differences(&purchase, &today)}</div> };
    let e = cx.environment;
    Ok(Page::new("Then and today", body)
        .lead("The same purchase with the spend, the clock and the states of that moment, decided by the rules in force now.")
        .under("Purchases", paths::purchases(e))
        .under(purchase.merchant_name, paths::purchase(e, &purchase.id)))
}

/// The one sentence that one comes for.
fn verdict(today: &Today) -> String {
    let why = today.now.reason().map_or("", DeclineReason::plain);
    match (today.then.approved(), today.now.approved()) {
        (true, true) => "Today\u{2019}s rules would approve it as well.".to_owned(),
        (true, false) => format!("Today this would be declined. {why}"),
        (false, true) => "Today this would be approved.".to_owned(),
        (false, false) if today.then.reason() == today.now.reason() => {
            "Today\u{2019}s rules would decline it as well.".to_owned()
        }
        (false, false) => format!("Today this would be declined for another reason. {why}"),
    }
}

fn outcome(cx: &Cx, purchase: &Purchase, today: &Today) -> AnyView {
    let zone = cx.zone();
    let said = |decision: &Decision| {
        let (tone, word) = if decision.approved() { (Tone::Good, "Approved") } else { (Tone::Bad, "Declined") };
        let why = decision.reason().map(|why| view! { " "<span class="hint">{parts::reason(why)}</span> });
        view! { <Badge tone word />{why} }
    };
    let at = view! { <Moment at=purchase.authorized_at.0 zone precision=Precision::Second /> };
    let facts = vec![
        Fact::new("Then", view! { {said(&today.then)}" "{at} }),
        Fact::new("By today's rules", said(&today.now)),
        Fact::new("Asked for", parts::money(purchase.authorized_amount, purchase.currency)),
    ];
    let verdict = verdict(today);
    view! { <Panel title="Outcome"><p>{verdict}</p><Facts facts /></Panel> }.into_any()
}

/// What a rule allows; the agent's limit with the time that it counts over.
fn most(rule: &Evaluated, limit: Option<AgentLimit>, currency: Currency) -> AnyView {
    match (rule.rule, limit) {
        (RuleName::AgentLimit, Some(limit)) => limit_words(Some((limit.amount, limit.frequency)), currency).into_any(),
        _ => parts::measured(rule.rule, rule.limit, currency),
    }
}

fn differences(purchase: &Purchase, today: &Today) -> AnyView {
    let currency = purchase.currency;
    let (differing, same): (Vec<Beside<'_>>, Vec<_>) = today.beside().into_iter().partition(|row| row.differs);
    let row = |row: &Beside<'_>| {
        let counted = today.counted.contains(&row.now.rule);
        let counted = counted.then(|| view! { " "<span class="hint">"counted afterwards"</span> });
        vec![
            row.now.rule.label().into_any(),
            row.then.map_or_else(|| "Not asked".into_any(), |then| decision::verdict_in(&today.then, then)),
            decision::verdict_in(&today.now, row.now),
            view! { {parts::measured(row.now.rule, row.now.input, currency)}{counted} }.into_any(),
            row.then.map_or_else(|| "\u{2013}".into_any(), |then| most(then, today.then_limit, currency)),
            most(row.now, today.now_limit, currency),
            parts::level(row.now.level).into_any(),
        ]
    };
    let rows: Vec<_> = differing.iter().map(row).collect();
    let columns = vec![
        Column::new("Rule"),
        Column::new("Then"),
        Column::new("Today"),
        Column::numeric("Measured"),
        Column::numeric("Limit then"),
        Column::numeric("Limit today"),
        Column::new("Set by"),
    ];
    let table = if rows.is_empty() {
        view! { <p>"No rule has another verdict or another limit today."</p> }.into_any()
    } else {
        view! { <Table caption="Rules that differ" quiet=true wide=true columns rows /> }.into_any()
    };
    let same: Vec<&str> = same.iter().map(|row| row.now.rule.label()).collect();
    let same = (!same.is_empty()).then(|| format!("The same then and today: {}.", same.join(", ").to_lowercase()));
    let counted = (!today.counted.is_empty()).then_some(
        "Counted afterwards: nobody asked for this number when the purchase was decided. It is what is left today of the \
         purchases before it; money given back since is not in it.",
    );
    let older = (today.then.version < 2).then_some(
        "That decision was made by an older version of the rules, which did not keep when the card was last used and where: \
         rules about a pause or the first merchant look as if this were its first purchase.",
    );
    let hints: Vec<_> = [same, counted.map(str::to_owned), older.map(str::to_owned)].into_iter().flatten().collect();
    let hints = hints.into_iter().map(|hint| view! { <p class="hint">{hint}</p> }).collect_view();
    view! { <Panel title="What differs">{table}{hints}</Panel> }.into_any()
}
