//! The pages of the gallery: one with everything, and the door.
mod charts;
mod entries;
mod lists;
mod one;
mod states;

use app::{marks, ui::*};
use chrono_tz::Tz;
use leptos::prelude::*;

const NOW: i64 = 1_794_578_602_000;
const HOUR: i64 = 3_600_000;
const ZONE: Tz = Tz::Europe__Berlin;

/// Every component of the design system on one page.
pub fn everything(theme: Theme, density: Density, dev: bool) -> String {
    let page = view! {
        {lists::overview()}
        {one::purchase()}
        {entries::form()}
        {states::others()}
    };
    shell(theme, density, dev, page.into_any())
}

fn nav() -> Vec<NavGroup> {
    let item = |label: &str, icon, current| NavItem { label: label.into(), href: "#".into(), icon, current };
    vec![
        NavGroup {
            label: None,
            items: vec![item("Overview", Icon::Overview, true), item("Monitoring", Icon::Monitoring, false)],
        },
        NavGroup {
            label: Some("Spend".into()),
            items: vec![
                item("Agents", Icon::Agent, false),
                item("Cards", Icon::Card, false),
                item("Purchases", Icon::Purchase, false),
                item("Attestations", Icon::Attestation, false),
            ],
        },
        NavGroup {
            label: Some("Developers".into()),
            items: vec![
                item("API keys", Icon::Key, false),
                item("Requests", Icon::Request, false),
                item("Webhooks", Icon::Webhook, false),
                item("Audit log", Icon::Audit, false),
            ],
        },
        NavGroup {
            label: Some("Organisation".into()),
            items: vec![
                item("Members", Icon::User, false),
                item("Approvals (2)", Icon::Check, false),
                item("Settings", Icon::Settings, false),
                item("You (3)", Icon::User, false),
            ],
        },
    ]
}

fn shell(theme: Theme, density: Density, dev: bool, page: AnyView) -> String {
    let head = Head { title: "Gallery".into(), nonce: "none".into(), theme, density };
    let environment = Environment { dev, live_href: "live.html".into(), dev_href: "dev.html".into() };
    let person = Person {
        name: "Ada Lovelace".into(),
        role: "Owner".into(),
        sign_out: "#".into(),
        account: Some("#".into()),
        tastes: Some(Tastes { theme: "#".into(), density: "#".into() }),
        token: "t".into(),
    };
    let flash = FlashMessage { tone: Tone::Good, text: "Card frozen. It declines every purchase from now on.".into() };
    let notice = view! {
        <Standing title="All spending of Northwind Analytical Engines in live is stopped">
            " since "{moment(HOUR)}" by Ada Lovelace: an agent buys the same thing every minute. "{link("Allow again")}
        </Standing>
    };
    let page = view! {
        <Shell head organisation="Northwind Analytical Engines" environment person nav=nav() jump_action="#" notice=Some(notice.into_any()) flash=Some(flash) idle_minutes=15>
            {page}
        </Shell>
    }
    .to_html();
    marks::marked(page.replace("<!>", ""))
}

fn money(minor: i64) -> AnyView {
    view! { <Money minor currency="USD" exponent=2 /> }.into_any()
}

fn moment(before: i64) -> AnyView {
    view! { <Moment at=NOW - before zone=ZONE /> }.into_any()
}

fn link(text: &str) -> AnyView {
    view! { <a href="#">{text.to_owned()}</a> }.into_any()
}

fn badge(tone: Tone, word: &str) -> AnyView {
    view! { <Badge tone word /> }.into_any()
}

/// The door.
pub fn sign_in() -> String {
    let head = Head { title: "Sign in".into(), nonce: "none".into(), ..Head::default() };
    view! {
        <Bare head foot="LedgerOS runs on your own server.">
            <PageHead title="Sign in" />
            <form class="form" method="post">
                <Field name="email" label="Email" kind="email" autocomplete="username" />
                <Field name="password" label="Password" kind="password" autocomplete="current-password" />
                <div><Button word="Sign in" /></div>
            </form>
        </Bare>
    }
    .to_html()
    .replace("<!>", "")
}
