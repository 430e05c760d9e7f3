//! One credential read: claim, intent, purchase.
use super::list::{followed, verdict};
use crate::{
    agents::with_stop,
    cx::cx,
    list::optional_moment,
    paths,
    problem::Problem,
    purchases::parts,
    screen::{Loaded, Page},
    ui::{Code, Fact, Facts, NothingYet, Panel},
};
use domain::{
    attestations::{self, Access},
    ids::AccessId,
};
use leptos::prelude::*;

/// The read of this id.
#[server]
pub async fn get_access(id: AccessId) -> Result<Access, Problem> {
    let cx = cx();
    Ok(attestations::get(cx.db(), cx.grant()?, &id).await?)
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let access = get_access(cx.id("id")?).await?;
    let (e, zone) = (cx.environment, cx.zone());
    let moment = |at, otherwise| optional_moment(at, zone, otherwise);
    let claim = vec![
        Fact::new("Summary", access.summary.clone()),
        Fact::new(
            "Expected amount",
            match access.expected_amount {
                Some(expected) => parts::money(expected.minor(), access.expected_currency),
                None => "no amount".into_any(),
            },
        ),
        Fact::new("Merchant named", access.merchant_text.clone().unwrap_or_else(|| "none".into())),
        Fact::new("Reason", access.reason.map_or("none given", |reason| reason.as_str())),
        Fact::new("Agent", with_stop(&cx, &access.agent_id, &access.agent_name).await?),
        Fact::new(
            "Card",
            view! { <a href=paths::card(e, &access.card_id)>{format!("••••\u{a0}{}", access.card_last4)}</a> },
        ),
        Fact::new("Read by", format!("{} ({})", access.actor_name, access.actor_kind.replace('_', " "))),
        Fact::new("Exposure", access.exposure_mode.as_str()),
        Fact::new("Read", moment(Some(access.created_at), "")),
        Fact::new("Credentials redeemed", moment(access.redeemed_at, "not redeemed")),
        Fact::new("Id", view! { <Code text=access.id.to_string() copy="access event id" /> }),
    ];
    let intent = access.intent.as_ref().map(|linked| {
        let href = paths::intent(e, &linked.id);
        view! { <p>{verdict(&access)}</p><p><a href=href>"Look at the intent"</a></p> }.into_any()
    });
    let intent = intent.unwrap_or_else(|| {
        view! { <NothingYet title="No intent" text="The agent declared nothing before this read." /> }.into_any()
    });
    let bought = access.purchase.as_ref().map(|p| {
        let mut facts = vec![
            Fact::new("Attestation", followed(&access)),
            Fact::new("Status", parts::status(p.status)),
            Fact::new("Amount", parts::money(p.amount, p.currency)),
            Fact::new("Merchant", p.merchant_name.clone()),
            Fact::new("When", moment(Some(p.authorized_at), "")),
            Fact::new("Purchase", view! { <a href=paths::purchase(e, &p.id)>"Look at the purchase"</a> }),
        ];
        if let (Some(expected), true) = (access.expected_amount, p.currency == access.expected_currency) {
            let gap = p.amount - expected.minor();
            facts.insert(3, Fact::new("Against the claim", parts::money(gap, p.currency)));
        }
        view! { <Facts facts /> }.into_any()
    });
    let bought = bought.unwrap_or_else(|| {
        view! { <NothingYet title="No purchase" text="Nothing was bought with this card after this read yet." /> }
            .into_any()
    });
    let body = view! {
        <div class="grid">
            <Panel title="What was said"><Facts facts=claim /></Panel>
            <div class="stack">
                <Panel title="What was bought">{bought}</Panel>
                <Panel title="Intent">{intent}</Panel>
            </div>
        </div>
    };
    Ok(Page::new(access.summary.clone(), body)
        .badge(followed(&access))
        .lead("The words are the agent's own and unverified.")
        .under("Attestations", paths::attestations(e)))
}
