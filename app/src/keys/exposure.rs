//! A key in wrong hands: revoke first, then a replacement, then what was done with it, and freezing what it touched.
use super::{parts, show::get_key};
use crate::{
    cx::{Cx, cx},
    form::{PageConfirm, go, use_form},
    list::edge,
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
    ui::{
        Badge, ButtonLink, Choice, Column, Field, FilterBar, Icon, Look, Moment, Money, NothingYet, Panel, Radios,
        Ranges, Reading, Stat, Stats, Tab, Table, Tone, grouped,
    },
};
use chrono::{NaiveDateTime, TimeZone};
use domain::{
    access::Permission,
    ids::KeyId,
    keys::{self, Exposure, Key, KeyStatus, TouchedCard},
    time::{DAY, HOUR, Timestamp},
};
use leptos::prelude::*;
use serde::Deserialize;

/// Days back that a suspicion may begin; the key's own creation is the other choice.
const SPANS: [(i64, &str); 3] = [(1, "24 hours"), (7, "7 days"), (30, "30 days")];

/// Revokes the key of the address, unless that was done, and leads to what happened with it.
#[server]
pub async fn report_compromised(since: String) -> Result<(), Problem> {
    let cx = cx();
    let id: KeyId = cx.id("id")?;
    let key = keys::get(cx.db(), cx.grant()?, &id).await?;
    let mut refusal = Refusal::default();
    let days = SPANS.iter().map(|(days, _)| *days).find(|days| since == days.to_string());
    let since = match (since.as_str(), days) {
        ("created", _) => Some(key.created_at),
        (_, Some(days)) => Some(cx.db().now() - days * DAY),
        _ => {
            refusal.add("since", "must be one of the choices");
            None
        }
    };
    let since = refusal.or(since)?;
    if key.status != KeyStatus::Revoked {
        cx.db().commit(cx.grant()?, keys::RevokeKey { id: id.clone() }).await?;
        cx.flash("Key revoked. The next call with it is refused. Below: a replacement, and what was done with it.")
            .await;
    }
    go(&paths::with_query(&paths::key_exposure(cx.environment, &id), [("since", Some(since.0))]));
    Ok(())
}

/// Before revoking: short, because every minute counts.
pub async fn compromised_page() -> Loaded {
    let cx = cx();
    let key = get_key(cx.id("id")?).await?;
    let e = cx.environment;
    let form = use_form();
    let mut spans: Vec<Choice> =
        SPANS.iter().map(|(days, label)| Choice::new(days.to_string(), format!("The last {label}"))).collect();
    spans.push(Choice::new("created", "Since it was created"));
    let consequences = vec![
        "The key is revoked first: every call with it is refused from now on. This cannot be undone.".to_owned(),
        parts::last_use(&key, cx.zone()),
        "Then you are offered a replacement and shown what was done with the key.".to_owned(),
    ];
    let body = view! {
        <PageConfirm consequences act="Revoke and open the report" cancel=paths::key(e, &key.id)>
            <Radios
                name="since"
                label="It may have been known to others for"
                choices=spans
                value=form.value("since", "7")
                refusal=form.refusal("since")
            />
        </PageConfirm>
    };
    Ok(parts::under(Page::new(format!("Report {} as compromised", key.name), body), e, &key.name, &key.id))
}

/// How a browser's entry for a minute writes it.
const MINUTES: &str = "%Y-%m-%dT%H:%M";

#[derive(Default, Deserialize)]
struct Query {
    since: Option<String>,
}

/// The moment of the address, within the key's life.
fn since(cx: &Cx, key: &Key) -> Timestamp {
    let asked = cx.query::<Query>().since;
    let minute = asked.as_ref().and_then(|text| NaiveDateTime::parse_from_str(text, MINUTES).ok());
    let minute = minute.and_then(|minute| cx.zone().from_local_datetime(&minute).earliest());
    let asked = minute.map(|minute| minute.to_utc().into()).or_else(|| edge(asked.as_ref(), cx.zone(), false));
    asked.unwrap_or(cx.db().now() - 7 * DAY).clamp(key.created_at, key.created_at.max(cx.db().now()))
}

/// What was done with a key since a moment.
#[server]
pub async fn load_exposure(id: KeyId, since: Timestamp) -> Result<Exposure, Problem> {
    let cx = cx();
    Ok(keys::exposure(cx.db(), cx.grant()?, &id, since).await?)
}

/// The report.
pub async fn page() -> Loaded {
    let cx = cx();
    let key = get_key(cx.id("id")?).await?;
    let exposure = load_exposure(key.id.clone(), since(&cx, &key)).await?;
    let e = cx.environment;
    let here = |since: Timestamp| paths::with_query(&paths::key_exposure(e, &key.id), [("since", Some(since.0))]);
    let now = cx.db().now();
    let mut ranges: Vec<Tab> = SPANS
        .iter()
        .map(|(days, label)| {
            let from = (now - days * DAY).max(key.created_at);
            Tab {
                label: (*label).to_owned(),
                href: here(from),
                // The moment of a link that was followed lies a little back by now.
                current: from.since(exposure.since).abs() < HOUR && from > key.created_at,
            }
        })
        .collect();
    ranges.push(Tab {
        label: "Its life".into(),
        href: here(key.created_at),
        current: exposure.since == key.created_at,
    });
    let body = view! {
        <div class="stack">
            {steps(&cx, &key)}
            {moment(&cx, &key, exposure.since)}
            {numbers(&exposure)}
            {cards(&cx, &key, &exposure)}
            {agents(&cx, &exposure)}
            {sources(&cx, &key, &exposure)}
        </div>
    };
    let lead = format!("Since {}.", parts::when(exposure.since, cx.zone()));
    let page =
        Page::new("Exposure report", body).lead(lead).actions(view! { <Ranges label="Suspected since" ranges /> });
    Ok(parts::under(page, e, &key.name, &key.id))
}

/// The entry for the moment from which on the report tells.
fn moment(cx: &Cx, key: &Key, since: Timestamp) -> AnyView {
    let value = since.utc().with_timezone(&cx.zone()).format(MINUTES).to_string();
    let label = format!("Suspected since, in {}", cx.zone().name());
    view! {
        <FilterBar action=paths::key_exposure(cx.environment, &key.id)>
            <Field name="since" label kind="datetime-local" value />
        </FilterBar>
    }
    .into_any()
}

/// What to do first.
fn steps(cx: &Cx, key: &Key) -> AnyView {
    let e = cx.environment;
    if key.status == KeyStatus::Revoked {
        let replace = cx.may(Permission::CreateKey).then(|| {
            let href = paths::with_query(&paths::new_key(e), [("like", Some(&key.id))]);
            view! { <div class="actions"><ButtonLink href word="Create a replacement" look=Look::Primary icon=Icon::Plus /></div> }
        });
        view! {
            <Panel title="The key is revoked">
                <p>"Calls with it are refused. A replacement starts with its name, place, scopes and address list."</p>
                {replace}
            </Panel>
        }
        .into_any()
    } else {
        let revoke = cx
            .may(Permission::RevokeKey)
            .then(|| view! { <div class="actions"><ButtonLink href=paths::compromised_key(e, &key.id) word="Revoke it now" look=Look::Danger /></div> });
        view! {
            <Panel title="The key is not revoked">
                <p>"Whoever has it can still use it. Revoke it before you read on."</p>
                {revoke}
            </Panel>
        }
        .into_any()
    }
}

fn numbers(exposure: &Exposure) -> AnyView {
    let number = |n: i64, note: String| Reading::Exact(grouped(n.unsigned_abs()).into_any(), note);
    let fresh = exposure.sources.iter().filter(|source| exposure.is_new(source)).count();
    let reads: i64 = exposure.cards.iter().map(|card| card.reads).sum();
    let purchases: i64 = exposure.cards.iter().map(|card| card.purchases).sum();
    let failed = format!("{} refused or failed", grouped(exposure.calls.failed.unsigned_abs()));
    let new = format!("{fresh} seen for the first time");
    let sources = i64::try_from(exposure.sources.len()).unwrap_or(i64::MAX);
    let cards = i64::try_from(exposure.cards.len()).unwrap_or(i64::MAX);
    let cards_note = if exposure.more { "and more".to_owned() } else { format!("{reads} reads") };
    let calls = exposure.calls.calls;
    view! {
        <Stats>
            <Stat label="Calls" reading=number(calls, failed) />
            <Stat label="Sources" reading=number(sources, new) />
            <Stat label="Cards whose details were read" reading=number(cards, cards_note) />
            <Stat label="Purchases that followed" reading=number(purchases, String::new()) />
        </Stats>
    }
    .into_any()
}

fn money(card: &TouchedCard) -> AnyView {
    view! { <Money minor=card.spent currency=card.currency.as_str() exponent=card.currency.exponent() /> }.into_any()
}

fn cards(cx: &Cx, key: &Key, exposure: &Exposure) -> AnyView {
    let (e, zone) = (cx.environment, cx.zone());
    let rows = exposure
        .cards
        .iter()
        .map(|card| {
            let spent = paths::with_query(&paths::purchases(e), [("card", Some(&card.id))]);
            vec![
                view! { <a href=paths::card(e, &card.id)>{format!("{} …{}", card.purpose, card.last4)}</a> }.into_any(),
                crate::cards::parts::status(card.status),
                view! { <a href=paths::agent(e, &card.agent_id)>{card.agent_name.clone()}</a> }.into_any(),
                view! { <Moment at=card.read_at.0 zone /> }.into_any(),
                grouped(card.reads.unsigned_abs()).into_any(),
                view! { <a href=spent>{grouped(card.purchases.unsigned_abs())}</a> }.into_any(),
                money(card),
            ]
        })
        .collect();
    let columns = vec![
        Column::new("Card"),
        Column::new("Status"),
        Column::new("Agent"),
        Column::new("First read"),
        Column::numeric("Reads"),
        Column::numeric("Purchases since"),
        Column::numeric("Spent since"),
    ];
    let active = exposure.active();
    let freeze = (active > 0 && cx.may(Permission::Freeze)).then(|| {
        let href = paths::with_query(&paths::freeze_touched(e, &key.id), [("since", Some(exposure.since.0))]);
        view! { <ButtonLink href word=format!("Freeze {active} active") look=Look::Danger small=true /> }.into_any()
    });
    let empty = view! {
        <NothingYet
            title="No card details were read"
            text="Nothing that was read with this key in that time can be used to pay."
            icon=Icon::Card
        />
    }
    .into_any();
    view! {
        <Panel title="Cards whose details were read" actions=freeze.into_any()>
            <Table caption="Cards" quiet=true columns rows empty wide=true />
        </Panel>
    }
    .into_any()
}

fn agents(cx: &Cx, exposure: &Exposure) -> AnyView {
    let e = cx.environment;
    let rows: Vec<Vec<AnyView>> = exposure
        .agents()
        .into_iter()
        .map(|(id, name, currency, purchases, spent)| {
            vec![
                view! { <a href=paths::agent(e, &id)>{name}</a> }.into_any(),
                grouped(purchases.unsigned_abs()).into_any(),
                view! { <Money minor=spent currency=currency.as_str() exponent=currency.exponent() /> }.into_any(),
            ]
        })
        .collect();
    if rows.is_empty() {
        return ().into_any();
    }
    let columns = vec![Column::new("Agent"), Column::numeric("Purchases since"), Column::numeric("Spent since")];
    view! { <Panel title="Spend that followed, by agent"><Table caption="Agents" quiet=true columns rows /></Panel> }
        .into_any()
}

fn sources(cx: &Cx, key: &Key, exposure: &Exposure) -> AnyView {
    let zone = cx.zone();
    let rows = exposure
        .sources
        .iter()
        .map(|source| {
            let new = exposure.is_new(source).then(|| view! { " "<Badge tone=Tone::Warn word="New" /> });
            vec![
                view! { {source.address.clone()}{new} }.into_any(),
                source.client.clone().unwrap_or_else(|| "not recorded".into()).into_any(),
                view! { <Moment at=source.first_at.0 zone /> }.into_any(),
                view! { <Moment at=source.last_at.0 zone /> }.into_any(),
            ]
        })
        .collect();
    let columns = ["Address", "Last client", "First call", "Last call"].into_iter().map(Column::new).collect();
    let empty =
        view! { <NothingYet title="No calls" text="Nothing called with this key in that time." icon=Icon::Key /> }
            .into_any();
    let from = exposure.since.0.to_string();
    let calls =
        paths::with_query(&paths::requests(cx.environment), [("key", Some(key.id.to_string())), ("from", Some(from))]);
    let links = view! { <a href=calls>"Each call since then"</a> }.into_any();
    view! {
        <Panel title="Where the calls came from" actions=links>
            <Table caption="Sources" quiet=true columns rows empty />
        </Panel>
    }
    .into_any()
}

/// Freezes every active card whose details were read.
#[server]
pub async fn freeze_touched(since: String) -> Result<(), Problem> {
    let cx = cx();
    let id: KeyId = cx.id("id")?;
    let since =
        since.parse::<i64>().map(Timestamp).map_err(|_| Problem::field("", "Open this form from the report."))?;
    let frozen = cx.db().commit(cx.grant()?, keys::FreezeTouched { id: id.clone(), since }).await?;
    cx.flash(format!("Cards frozen: {frozen}. Purchases with them are declined from the next one on.")).await;
    go(&paths::with_query(&paths::key_exposure(cx.environment, &id), [("since", Some(since.0))]));
    Ok(())
}

/// Before freezing.
pub async fn freeze_page() -> Loaded {
    let cx = cx();
    let key = get_key(cx.id("id")?).await?;
    let e = cx.environment;
    let exposure = load_exposure(key.id.clone(), since(&cx, &key)).await?;
    let consequences = vec![
        format!(
            "Active cards whose details were read with this key since {}: {}.",
            parts::when(exposure.since, cx.zone()),
            exposure.active()
        ),
        "All of them are frozen at once: purchases with them are declined from the next one on.".to_owned(),
        "Each can be unfrozen on its page by whoever may do that.".to_owned(),
    ];
    let since = exposure.since;
    let back = paths::with_query(&paths::key_exposure(e, &key.id), [("since", Some(since.0))]);
    let body = view! {
        <PageConfirm consequences act="Freeze these cards" cancel=back>
            <input type="hidden" name="since" value=since.0.to_string() />
        </PageConfirm>
    };
    Ok(parts::under(Page::new("Freeze the touched cards", body), e, &key.name, &key.id))
}
