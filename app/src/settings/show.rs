//! What is set for the organisation.
use super::{alerts, stop};
use crate::{
    cx::cx,
    members::roles,
    paths,
    problem::Problem,
    screen::{Loaded, Page},
    ui::{ButtonLink, Code, Fact, Facts, Panel, amount},
};
use domain::{
    access::{
        self, Permission,
        settings::{self, Settings},
    },
    money::Currency,
};
use leptos::prelude::*;

/// What is set for the organisation.
#[server]
pub async fn get_settings() -> Result<Settings, Problem> {
    let cx = cx();
    Ok(settings::get(cx.db(), cx.grant()?).await?)
}

/// A threshold as people read it: it counts minor units, whatever the currency.
pub(super) fn threshold_words(minor: i64) -> String {
    let usd = amount(minor, Currency::USD.exponent());
    format!("{} minor units, such as {usd} USD", amount(minor, 0))
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let settings = get_settings().await?;
    let (e, may) = (cx.environment, cx.may(Permission::ManageOrganisation));
    let id = cx.grant()?.organisation().to_string();
    let facts = vec![
        Fact::new("Name", settings.name.clone()),
        Fact::new("Time zone", settings.time_zone.clone()),
        Fact::new("Id", view! { <Code text=id copy="organisation id" /> }),
    ];
    let approvals = vec![
        Fact::new("Live limits above", threshold_words(settings.approval_threshold)),
        Fact::new("Owners", "Adding, changing or removing one needs another owner, while there is one."),
    ];
    let alerts = vec![Fact::new("An agent's spend reaches", alerts::words(&settings.limit_alerts))];
    let rules = if cx.may(Permission::ChangeSecurity) {
        let now = access::security(cx.db(), cx.grant()?).await?;
        let facts = vec![
            Fact::new("Second factor", roles(now.second_factor_roles)),
            Fact::new("Passkey", roles(now.passkey_roles)),
            Fact::new("Sessions end after", format!("{} quiet minutes, and 12 hours at most", now.idle_minutes)),
        ];
        let change = view! { <a href=paths::SECURITY>"Change security settings"</a> }.into_any();
        Some(view! { <Panel title="Sign-in" actions=change><Facts facts /></Panel> })
    } else {
        None
    };
    let link = |href: String, word: &'static str| may.then(|| view! { <a href=href>{word}</a> }.into_any()).into_any();
    let why = (!may).then(|| view! { <p class="hint">"Owners change these."</p> });
    let profile = paths::profile(e);
    let body = view! {
        <div class="stack">
            {why}
            <Panel title="Organisation" actions=link(paths::organisation(e), "Change name or time zone")>
                <Facts facts />
            </Panel>
            {stop::panel(&cx)}
            <Panel title="Second person" actions=link(paths::threshold(e), "Change the threshold")>
                <Facts facts=approvals />
            </Panel>
            <Panel title="Limit alerts" actions=link(paths::limit_alerts(e), "Change the levels")>
                <Facts facts=alerts />
            </Panel>
            {rules}
        </div>
    };
    Ok(Page::new("Settings", body)
        .lead("The same in live and dev, but for spending.")
        .actions(view! { <ButtonLink href=profile word="Your own settings" /> }))
}
