//! The list of keys, and what is not safe about them.
use super::parts;
use crate::{
    cx::{Cx, cx},
    list::{Filters, optional_moment},
    part::{part, trouble},
    paths,
    problem::Problem,
    query::{changed, kept, or_first, pager, paging, word},
    screen::{Loaded, Page as Screen},
    ui::{
        ButtonLink, Choice, Code, Column, FilterBar, Icon, Look, NothingYet, Order as Arrow, Select, Stat, Stats, Table,
    },
    views::Strip,
};
use domain::{
    access::Permission,
    ids::KeyId,
    keys::{self, Concern, Filter, Key, KeyStatus, Order, Sort},
    page::{Page, Paging},
    views,
};
use leptos::prelude::*;
use serde::Deserialize;

/// One page of the keys of the environment.
#[server]
pub async fn list_keys(filter: Filter, order: Order, paging: Paging<KeyId>) -> Result<Page<Key>, Problem> {
    let cx = cx();
    Ok(keys::list(cx.db(), cx.grant()?, &filter, order, &paging).await?)
}

/// How many keys have each concern against them.
#[server]
pub async fn count_concerns() -> Result<Vec<(Concern, u64)>, Problem> {
    let cx = cx();
    let grant = cx.grant()?;
    let counts = Concern::ALL.iter().map(|concern| async {
        let filter = Filter { concern: Some(*concern), ..Filter::default() };
        keys::count(cx.db(), grant, &filter).await.map(|n| (*concern, n))
    });
    Ok(futures::future::try_join_all(counts).await?)
}

/// Who made keys, by id and name.
#[server]
pub async fn list_creators() -> Result<Vec<(String, String)>, Problem> {
    let cx = cx();
    Ok(keys::creators(cx.db(), cx.grant()?).await?)
}

#[derive(Default, Deserialize)]
struct Query {
    status: Option<String>,
    creator: Option<String>,
    concern: Option<String>,
    sort: Option<String>,
}

/// `used` is the least lately used first, `-used` the other way round; nothing is the newest first.
fn order(text: Option<&String>) -> Order {
    let text = text.map(String::as_str).unwrap_or_default();
    let (ascending, name) = match text.strip_prefix('-') {
        Some(name) => (false, name),
        None => (true, text),
    };
    name.parse().map(|by| Order { by, ascending }).unwrap_or_default()
}

/// A concern as people say it.
fn said(concern: Concern) -> &'static str {
    match concern {
        Concern::NoExpiry => "Never end",
        Concern::Idle => "Idle for 90 days",
        Concern::NoAddresses => "Without an address list",
        Concern::Old => "Older than 90 days",
        Concern::Exposed => "Sent in the open",
        Concern::Unused => "Unused scopes",
    }
}

/// The title of a column that sorts, in the order that it is most often wanted in first.
fn sorted(cx: &Cx, title: &'static str, by: Sort, now: Order, up_first: bool) -> Column {
    let current = (now.by == by).then_some(now.ascending);
    let next = current.map_or(up_first, |ascending| !ascending);
    let value = if next { by.to_string() } else { format!("-{by}") };
    let arrow = current.map(|up| if up { Arrow::Ascending } else { Arrow::Descending });
    Column::new(title).sorted(changed(cx, &["sort", "before", "after"], Some(("sort", &value))), arrow)
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let views = Strip::of(&cx, views::Screen::Keys).await?;
    let query: Query = cx.query();
    let filter = Filter {
        status: word(query.status.as_ref()),
        creator: query.creator.clone().filter(|text| !text.is_empty()),
        concern: word(query.concern.as_ref()),
    };
    let order = order(query.sort.as_ref());
    let (page, counts, creators) = futures::try_join!(
        list_keys(filter.clone(), order, paging(&cx)?),
        part(count_concerns()),
        part(list_creators())
    )?;
    let page = or_first(&cx, page)?;
    // Without their names the list can still be filtered by the creator that the address names.
    let creators = creators.unwrap_or_default();
    let (e, zone, now) = (cx.environment, cx.zone(), cx.db().now());
    let home = paths::keys(e);
    let rows = page
        .rows
        .iter()
        .map(|key| {
            vec![
                view! { <a href=paths::key(e, &key.id)>{key.name.clone()}</a> }.into_any(),
                view! { <Code text=key.masked.clone() /> }.into_any(),
                parts::status(key),
                parts::last_used(key, zone),
                parts::end(key, now, zone),
                parts::age(key, now),
                optional_moment(Some(key.created_at), zone, ""),
            ]
        })
        .collect();
    let columns = vec![
        sorted(&cx, "Name", Sort::Name, order, true),
        Column::new("Key"),
        Column::new("Status"),
        sorted(&cx, "Last used", Sort::Used, order, false),
        sorted(&cx, "Ends", Sort::Expires, order, true),
        Column::new("Age"),
        sorted(&cx, "Created", Sort::Created, order, false),
    ];
    let creator = filter.creator.clone();
    let name =
        |id: &String| creators.iter().find(|(own, _)| own == id).map_or_else(|| id.clone(), |(_, name)| name.clone());
    let filters = Filters::new(home.clone())
        .with(&cx, "status", "Status", filter.status.map(|status| parts::status_word(status).1.to_owned()))
        .with(&cx, "creator", "Creator", creator.as_ref().map(name))
        .with(&cx, "concern", "Concern", filter.concern.map(|concern| said(concern).to_owned()));
    let new = || cx.may(Permission::CreateKey).then(|| ("Create key".to_owned(), paths::new_key(e)));
    let empty = filters.empty("keys", || {
        view! {
            <NothingYet
                title=format!("No {} keys yet", e.title().to_lowercase())
                text="A key lets your backend call the API in this environment. Its secret is shown once."
                icon=Icon::Key
                action=new()
            />
        }
        .into_any()
    });
    let bar = bar(&filter, kept(&cx, &["status", "creator", "concern"]), home, creators);
    let safety = (!page.rows.is_empty() || filters.any()).then(|| view! { {safety(&cx, counts.as_deref())}{bar} });
    let pages = pager(&cx, "keys", &page, |key| key.id.to_string());
    let body = view! {
        <div class="stack">
            {safety}
            {views.show(&cx)}
            {filters.chips()}
            <Table caption="API keys" quiet=true columns rows empty />
            {pages}
        </div>
    };
    let create = new().map(|(word, href)| view! { <ButtonLink href word look=Look::Primary icon=Icon::Plus /> });
    let policy =
        cx.may(Permission::ChangeSecurity).then(|| view! { <ButtonLink href=paths::key_policy(e) word="Rules" /> });
    let identify = cx
        .may(Permission::RevokeKey)
        .then(|| view! { <ButtonLink href=paths::identify_key(e) word="Found a key?" icon=Icon::Search /> });
    Ok(Screen::new("API keys", body)
        .lead("Your backends call the API with these. Agents get tokens of their own.")
        .actions(view! { {policy}{identify}{create} }))
}

/// The counters, each leading to as many rows.
fn safety(cx: &Cx, counts: Option<&[(Concern, u64)]>) -> AnyView {
    let Some(counts) = counts else { return trouble(cx, "What is not safe about these keys") };
    let stats = counts
        .iter()
        .filter(|(concern, n)| *concern != Concern::Exposed || *n > 0)
        .map(|(concern, n)| {
            let href = paths::with_query(&paths::keys(cx.environment), [("concern", Some(concern))]);
            view! { <Stat label=said(*concern) href reading=parts::counted(*n) /> }
        })
        .collect_view();
    view! { <Stats>{stats}</Stats> }.into_any()
}

fn bar(filter: &Filter, keep: Vec<(String, String)>, home: String, creators: Vec<(String, String)>) -> AnyView {
    let mut statuses = vec![Choice::new("", "Any status")];
    statuses.extend(KeyStatus::ALL.iter().map(|status| Choice::new(status.as_str(), parts::status_word(*status).1)));
    let mut people = vec![Choice::new("", "Anybody")];
    people.extend(creators.into_iter().map(|(id, name)| Choice::new(id, name)));
    let mut concerns = vec![Choice::new("", "Any")];
    concerns.extend(Concern::ALL.iter().map(|concern| Choice::new(concern.as_str(), said(*concern))));
    let status = filter.status.map(|status| status.to_string()).unwrap_or_default();
    let creator = filter.creator.clone().unwrap_or_default();
    let concern = filter.concern.map(|concern| concern.to_string()).unwrap_or_default();
    view! {
        <FilterBar action=home keep>
            <Select name="status" label="Status" choices=statuses value=status />
            <Select name="creator" label="Created by" choices=people value=creator />
            <Select name="concern" label="Concern" choices=concerns value=concern />
        </FilterBar>
    }
    .into_any()
}
