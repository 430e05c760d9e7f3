//! Taking an agent out of service for good, step by step: its cards, what is held on them, its tokens, itself.
use super::show::lasting;
use crate::{
    cards,
    cx::{Cx, cx},
    form::{Reason, go, use_form},
    paths,
    problem::{Problem, Refusal},
    purchases::parts::{link, money},
    screen::{Loaded, Page},
    ui::{ButtonLink, Column, Confirm, ErrorSummary, Look, Panel, Step, StepState, Table, Timeline, grouped},
};
use domain::{
    agents::{self, Agent, AgentStatus, MOST_SHOWN, Open},
    ids::AgentId,
    name::Line,
};
use leptos::prelude::*;

/// What is still open of an agent.
#[server]
pub async fn what_is_open(id: AgentId) -> Result<Open, Problem> {
    let cx = cx();
    Ok(agents::open(cx.db(), cx.grant()?, &id).await?)
}

fn said(reason: &str) -> Result<Line, Problem> {
    let mut refusal = Refusal::default();
    let reason = refusal.take("reason", Line::parse(reason));
    refusal.or(reason)
}

/// Closes the open cards of the address's agent.
#[server]
pub async fn close_cards(reason: String) -> Result<(), Problem> {
    let cx = cx();
    let id: AgentId = cx.id("id")?;
    let closed = cx.db().commit(cx.grant()?, agents::CloseCards { id: id.clone(), reason: said(&reason)? }).await?;
    cx.flash(format!("Cards closed: {}.", closed.len())).await;
    go(&paths::close_agent(cx.environment, &id));
    Ok(())
}

/// Deregisters the agent of the address.
#[server]
pub async fn close_agent(reason: String) -> Result<(), Problem> {
    let cx = cx();
    let id: AgentId = cx.id("id")?;
    let closed = cx.db().commit(cx.grant()?, agents::CloseAgent { id: id.clone(), reason: said(&reason)? }).await?;
    cx.flash(format!("Agent deregistered. Tokens ended with it: {}.", closed.tokens.len())).await;
    go(&paths::agent(cx.environment, &id));
    Ok(())
}

fn counted(n: i64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(n.unsigned_abs()), if n == 1 { one } else { many })
}

fn cards_step(cx: &Cx, agent: &Agent, open: &Open) -> Step {
    let e = cx.environment;
    let title = "Close its cards".to_owned();
    if open.cards.is_empty() {
        return Step { title, state: StepState::Done, at: None, about: "No card of it is open.".into_any() };
    }
    let about = view! {
        <p>{counted(open.card_count, "card is", "cards are")}" open; they are listed below."</p>
        <ButtonLink href=paths::close_agent_cards(e, &agent.id) word="Close its cards" look=Look::Danger small=true />
    };
    Step { title, state: StepState::Waiting, at: None, about: about.into_any() }
}

fn holds_step(open: &Open) -> Step {
    let title = "Let its purchases settle".to_owned();
    let (state, about) = match open.hold_count {
        0 => (StepState::Done, "Nothing is authorized that waits for settlement.".to_owned()),
        n => {
            let what = counted(n, "purchase is", "purchases are");
            (StepState::Waiting, format!("{what} authorized and not settled: the merchant settles or reverses them."))
        }
    };
    Step { title, state, at: None, about: about.into_any() }
}

fn last_step(open: &Open) -> Step {
    let ended = counted(open.token_count, "token ends", "tokens end");
    let about = format!("{ended} with it. Its history stays, and its name on every purchase.");
    Step {
        title: "End its tokens and deregister it".to_owned(),
        state: StepState::Waiting,
        at: None,
        about: about.into_any(),
    }
}

/// What stands in the way, each leading to its page.
fn in_the_way(cx: &Cx, open: &Open) -> AnyView {
    let e = cx.environment;
    let more =
        |all: i64| (all > MOST_SHOWN).then(|| view! { <p class="hint">"The oldest "{MOST_SHOWN}" are shown."</p> });
    let cards = (!open.cards.is_empty()).then(|| {
        let row = |card: &agents::OpenCard| {
            vec![
                view! { <a href=paths::card(e, &card.id)>{format!("••••\u{a0}{}", card.last4)}</a> }.into_any(),
                card.purpose.clone().into_any(),
                cards::parts::status(card.status),
            ]
        };
        let rows = open.cards.iter().map(row).collect();
        let columns = vec![Column::new("Card"), Column::prose("Purpose"), Column::new("Status")];
        let more = more(open.card_count);
        view! { <Panel title="Open cards"><Table caption="Open cards" quiet=true columns rows />{more}</Panel> }
    });
    let holds = (!open.holds.is_empty()).then(|| {
        let row = |hold: &agents::Hold| vec![link(e, &hold.id, &hold.merchant_name), money(hold.amount, hold.currency)];
        let rows = open.holds.iter().map(row).collect();
        let columns = vec![Column::new("Purchase"), Column::numeric("Held")];
        let more = more(open.hold_count);
        view! { <Panel title="Not settled"><Table caption="Not settled" quiet=true columns rows />{more}</Panel> }
    });
    view! { {cards}{holds} }.into_any()
}

/// The steps, done and to do; the last one is a form once nothing stands in its way.
pub async fn page() -> Loaded {
    let cx = cx();
    let agent = lasting(&cx).await?;
    let open = what_is_open(agent.id.clone()).await?;
    let e = cx.environment;
    let back = paths::agent(e, &agent.id);
    let steps = vec![cards_step(&cx, &agent, &open), holds_step(&open), last_step(&open)];
    let form = use_form();
    let ready = open.cards.is_empty() && open.holds.is_empty();
    let act = if ready {
        let mut consequences = vec![
            format!("{} at once: calls with them are refused.", counted(open.token_count, "token ends", "tokens end")),
            "It can have no card any more, and its externalId stays taken.".to_owned(),
            "This cannot be undone. A replacement is a new agent.".to_owned(),
        ];
        if agent.status == AgentStatus::Active {
            consequences.push("It is active now, and has no open card to spend from.".to_owned());
        }
        reason_form(&cx, "Deregister agent", consequences, &back, "Shown on the agent's page.")
    } else {
        view! {
            <p>"Not yet: finish the steps above, then come back to this page. Each of them can be repeated."</p>
            <div class="actions"><ButtonLink href=back.clone() word="Back to the agent" /></div>
        }
        .into_any()
    };
    let body = view! {
        <div class="stack">
            <ErrorSummary refusals=form.refusals() />
            <Timeline label="Steps" steps />
            {in_the_way(&cx, &open)}
            {act}
        </div>
    };
    Ok(Page::new(format!("Deregister {}", agent.name), body).under("Agents", paths::agents(e)).under(agent.name, back))
}

fn reason_form(cx: &Cx, act: &'static str, consequences: Vec<String>, cancel: &str, hint: &'static str) -> AnyView {
    let (token, cancel) = (cx.form_token(), cancel.to_owned());
    view! {
        <Confirm consequences act cancel_href=cancel>
            <input type="hidden" name="token" value=token />
            <Reason hint />
        </Confirm>
    }
    .into_any()
}

/// Before closing its cards.
pub async fn cards_page() -> Loaded {
    let cx = cx();
    let agent = lasting(&cx).await?;
    let open = what_is_open(agent.id.clone()).await?;
    let e = cx.environment;
    let (back, agent_page) = (paths::close_agent(e, &agent.id), paths::agent(e, &agent.id));
    if open.cards.is_empty() {
        return Err(Problem::Elsewhere(back));
    }
    let now = open.card_count.min(MOST_SHOWN);
    let mut consequences = vec![
        format!("{} for good.", counted(now, "card is closed", "cards are closed")),
        "What is authorized already can still be captured by the merchant.".to_owned(),
        "This cannot be undone. A replacement is a new card.".to_owned(),
    ];
    if open.card_count > now {
        consequences.push(format!("It has {} open cards; close the rest in further goes.", open.card_count));
    }
    let refusals = use_form().refusals();
    let form = reason_form(&cx, "Close cards", consequences, &back, "For the audit log.");
    let body = view! { <div class="stack"><ErrorSummary refusals />{form}{in_the_way(&cx, &open)}</div> };
    Ok(Page::new(format!("Close the cards of {}", agent.name), body)
        .under("Agents", paths::agents(e))
        .under(agent.name, agent_page)
        .under("Deregister", back))
}
