//! The list of funding users.
use crate::{
    agents::parts::{application, application_word},
    cx::cx,
    list::Filters,
    paths,
    problem::Problem,
    purchases::parts::money,
    query::{kept, or_first, pager, paging, word},
    screen::{Loaded, Page as Screen},
    ui::{Choice, Column, FilterBar, Icon, Moment, NothingYet, Select, Table, grouped},
};
use domain::{
    ids::UserId,
    page::{Page, Paging},
    users::{self, ApplicationStatus, Filter, User},
};
use leptos::prelude::*;
use serde::Deserialize;

/// One page of users.
#[server]
pub async fn list_users(filter: Filter, paging: Paging<UserId>) -> Result<Page<User>, Problem> {
    let cx = cx();
    Ok(users::list(cx.db(), cx.grant()?, &filter, &paging).await?)
}

#[derive(Default, Deserialize)]
struct Query {
    status: Option<String>,
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let status = word::<ApplicationStatus>(cx.query::<Query>().status.as_ref());
    let page = or_first(&cx, list_users(Filter { application_status: status }, paging(&cx)?).await?)?;
    let (e, zone, home) = (cx.environment, cx.zone(), paths::users(cx.environment));
    let chip = status.map(|status| application_word(status).1.to_owned());
    let filters = Filters::new(home.clone()).with(&cx, "status", "Application", chip);
    let empty = filters.empty("users", || {
        view! {
            <NothingYet
                title="No users yet"
                text="A user is the person or company whose money agents spend. Create one with POST /v1/applications/user/initiate."
                icon=Icon::User
            />
        }
        .into_any()
    });
    let rows = page
        .rows
        .iter()
        .map(|user| {
            let agents = paths::with_query(&paths::agents(e), [("user", Some(&user.id))]);
            vec![
                view! { <a href=paths::user(e, &user.id)>{user.name()}</a> }.into_any(),
                user.email.clone().into_any(),
                application(user.application_status),
                money(user.balance.spending_power, user.currency),
                view! { <a href=agents>{grouped(user.agent_count.unsigned_abs())}</a> }.into_any(),
                view! { <Moment at=user.created_at.0 zone /> }.into_any(),
            ]
        })
        .collect();
    let columns = vec![
        Column::new("Name"),
        Column::new("Email"),
        Column::new("Application"),
        Column::numeric("Can be spent"),
        Column::numeric("Agents"),
        Column::new("Added"),
    ];
    let mut choices = vec![Choice::new("", "Any status")];
    choices.extend(ApplicationStatus::ALL.iter().map(|s| Choice::new(s.as_str(), application_word(*s).1)));
    let chosen = status.map(|s| s.to_string()).unwrap_or_default();
    let keep = kept(&cx, &["status"]);
    let pages = pager(&cx, "users", &page, |user| user.id.to_string());
    let body = view! {
        <div class="stack">
            <FilterBar action=home keep><Select name="status" label="Application" choices value=chosen /></FilterBar>
            {filters.chips()}
            <Table caption="Users" quiet=true columns rows empty />
            {pages}
        </div>
    };
    Ok(Screen::new("Users", body).lead("Whose money the agents spend, and whether it may be spent yet."))
}
