//! What the rules found.
use super::words;
use crate::{
    cx::{Cx, cx},
    list::Filters,
    paths,
    problem::Problem,
    purchases::parts,
    query::{kept, or_first, pager, paging, word},
    screen::{Loaded, Page as Screen},
    span::Span,
    ui::{ButtonLink, Choice, Column, FilterBar, Icon, Moment, NothingYet, Select, Table},
};
use domain::{
    ids::{AgentId, CardId, FindingId},
    page::{Page, Paging},
    risk::{self, Effect, Filter, Finding, Rule},
};
use leptos::prelude::*;
use serde::Deserialize;

/// One page of findings.
#[server]
pub async fn list_findings(filter: Filter, paging: Paging<FindingId>) -> Result<Page<Finding>, Problem> {
    let cx = cx();
    Ok(risk::list(cx.db(), cx.grant()?, &filter, &paging).await?)
}

#[derive(Default, Deserialize)]
struct Query {
    rule: Option<String>,
    effect: Option<String>,
    agent: Option<String>,
    card: Option<String>,
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let (query, span): (Query, Span) = (cx.query(), cx.query());
    let filter = Filter {
        rule: word::<Rule>(query.rule.as_ref()),
        effect: word::<Effect>(query.effect.as_ref()),
        agent_id: word::<AgentId>(query.agent.as_ref()),
        card_id: word::<CardId>(query.card.as_ref()),
        from: span.from(&cx),
        to: span.to(&cx),
    };
    let page = or_first(&cx, list_findings(filter.clone(), paging(&cx)?).await?)?;
    let (e, home) = (cx.environment, paths::risk(cx.environment));
    let first = page.rows.first();
    let agent = filter.agent_id.as_ref().map(|id| first.map_or(id.to_string(), |f| f.agent_name.clone()));
    let card =
        filter.card_id.as_ref().map(|id| first.map_or(id.to_string(), |f| format!("••••\u{a0}{}", f.card_last4)));
    let filters = Filters::new(home.clone())
        .with(&cx, "rule", "Rule", filter.rule.map(|rule| rule.label().to_owned()))
        .with(&cx, "effect", "Effect", filter.effect.map(|effect| words::effect_word(effect).1.to_owned()))
        .with(&cx, "agent", "Agent", agent)
        .with(&cx, "card", "Card", card);
    let filters = span.filters(&cx, filters, "Found");
    let empty = filters.empty("findings", || {
        view! {
            <NothingYet
                title="Nothing found yet"
                text="Seven rules look at every purchase after it was decided. What looks wrong to them appears here."
                icon=Icon::Check
            />
        }
        .into_any()
    });
    let rows = page.rows.iter().map(|finding| row(&cx, finding)).collect();
    let columns = vec![
        Column::new("When"),
        Column::new("Rule"),
        Column::prose("What it saw"),
        Column::new("Effect"),
        Column::new("Purchase"),
        Column::numeric("Amount"),
        Column::new("Agent"),
        Column::new("Card"),
    ];
    let rules = Rule::ALL.iter().map(|rule| Choice::new(rule.as_str(), rule.label()));
    let rules = [Choice::new("", "Any rule")].into_iter().chain(rules).collect();
    let effects = Effect::ALL.iter().map(|effect| Choice::new(effect.as_str(), words::effect_word(*effect).1));
    let effects = [Choice::new("", "Any effect")].into_iter().chain(effects).collect();
    let rule = filter.rule.map_or("", Rule::as_str).to_owned();
    let effect = filter.effect.map_or("", Effect::as_str).to_owned();
    let keep = kept(&cx, &["rule", "effect", "from", "to"]);
    let pages = pager(&cx, "findings", &page, |finding| finding.id.to_string());
    let body = view! {
        <div class="stack">
            <FilterBar action=home keep>
                <Select name="rule" label="Rule" choices=rules value=rule />
                <Select name="effect" label="Effect" choices=effects value=effect />
                {span.fields()}
            </FilterBar>
            {filters.chips()}
            <Table caption="Findings" quiet=true wide=true columns rows empty />
            {pages}
        </div>
    };
    Ok(Screen::new("Risk", body)
        .lead("What looked wrong about purchases after they were decided, and what was done about it.")
        .actions(view! { <ButtonLink href=paths::risk_settings(e) word="Rules" /> }))
}

fn row(cx: &Cx, finding: &Finding) -> Vec<AnyView> {
    let (e, zone) = (cx.environment, cx.zone());
    vec![
        view! { <Moment at=finding.found_at.0 zone /> }.into_any(),
        finding.evidence.rule().label().into_any(),
        words::seen(e, finding),
        words::effect(finding),
        words::purchase(e, finding),
        parts::money(finding.amount, finding.currency),
        view! { <a href=paths::agent(e, &finding.agent_id)>{finding.agent_name.clone()}</a> }.into_any(),
        view! { <a href=paths::card(e, &finding.card_id)>{format!("••••\u{a0}{}", finding.card_last4)}</a> }.into_any(),
    ]
}
