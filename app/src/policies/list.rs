//! The list of policies, and what the organisation sets for every card.
use super::{organisation::get_organisation_rules, words};
use crate::{
    cx::cx,
    list::Filters,
    part::part,
    paths,
    problem::Problem,
    query::{kept, or_first, pager, paging, text},
    screen::{Loaded, Page as Screen},
    ui::{ButtonLink, Column, Fact, Facts, Field, FilterBar, Icon, Look, Moment, NothingYet, Panel, Table, grouped},
};
use domain::{
    access::Permission,
    ids::PolicyId,
    limits::policies::{self, Filter, Policy},
    page::{Page, Paging},
};
use leptos::prelude::*;
use serde::Deserialize;

/// One page of policies.
#[server]
pub async fn list_policies(filter: Filter, paging: Paging<PolicyId>) -> Result<Page<Policy>, Problem> {
    let cx = cx();
    Ok(policies::list(cx.db(), cx.grant()?, &filter, &paging).await?)
}

#[derive(Default, Deserialize)]
struct Query {
    name: Option<String>,
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let filter = Filter { name: text(cx.query::<Query>().name) };
    let page = or_first(&cx, list_policies(filter.clone(), paging(&cx)?).await?)?;
    let own = part(get_organisation_rules()).await?;
    let (e, zone) = (cx.environment, cx.zone());
    let home = paths::policies(e);
    let filters = Filters::new(home.clone()).with(&cx, "name", "Name", filter.name.clone());
    let new = || cx.may(Permission::RaiseLimit).then(|| ("New policy".to_owned(), paths::new_policy(e)));
    let empty = filters.empty("policies", || {
        view! {
            <NothingYet
                title="No policies yet"
                text="A policy is a set of rules that cards inherit: amounts, hours, merchants. Change it, and every card that names it changes."
                icon=Icon::Lock
                action=new()
            />
        }
        .into_any()
    });
    let rows = page
        .rows
        .iter()
        .map(|policy| {
            let cards = paths::with_query(&paths::cards(e), [("policy", Some(&policy.id))]);
            vec![
                view! { <a href=paths::policy(e, &policy.id)>{policy.name.clone()}</a> }.into_any(),
                words::summary(&policy.terms).into_any(),
                view! { <a href=cards>{grouped(policy.cards.unsigned_abs())}</a> }.into_any(),
                view! { <Moment at=policy.updated_at.0 zone /> }.into_any(),
            ]
        })
        .collect();
    let columns =
        vec![Column::new("Policy"), Column::prose("Rules"), Column::numeric("Open cards"), Column::new("Changed")];
    let keep = kept(&cx, &["name"]);
    let pages = pager(&cx, "policies", &page, |policy| policy.id.to_string());
    let change = cx.may(Permission::LowerLimit).then(|| {
        view! { <ButtonLink href=paths::organisation_rules(e) word="Change" small=true /> }
    });
    let everywhere = own.map(|own| {
        let said = words::rules(&own.rules);
        let body = if said.is_empty() {
            view! { <p class="hint">"Nothing is set for all cards: policies, agents and cards say what counts."</p> }.into_any()
        } else {
            let facts = said.into_iter().map(|(term, text)| Fact::new(term, text)).collect();
            view! { <Facts facts /> }.into_any()
        };
        view! { <Panel title=format!("For every {} card", e.title().to_lowercase()) actions=change.into_any()>{body}</Panel> }
    });
    let body = view! {
        <div class="stack">
            <FilterBar action=home keep>
                <Field name="name" label="Name" kind="search" value=filter.name.clone() />
            </FilterBar>
            {filters.chips()}
            <Table caption="Policies" quiet=true columns rows empty />
            {pages}
            {everywhere}
        </div>
    };
    let actions = new().map(|(word, href)| view! { <ButtonLink href word look=Look::Primary icon=Icon::Plus /> });
    Ok(Screen::new("Policies", body)
        .lead("Rules that cards inherit. Of all levels the tightest counts.")
        .actions(actions))
}
