//! One delivery: what is sent, how it is signed, and what came of each attempt.
use super::{
    known::{Known, short},
    signatures, words,
};
use crate::{
    cx::{Cx, cx},
    paths,
    problem::Problem,
    screen::{Loaded, Page},
    ui::{Code, Fact, Facts, Panel, Step, StepState, Timeline, Verbatim},
};
use domain::{
    ids::DeliveryId,
    webhooks::{self, Attempt, DeliveryDetail, DeliveryState, EndpointStatus, schedule},
};
use leptos::prelude::*;

/// The delivery of this id with its body and attempts.
#[server]
pub async fn get_delivery(id: DeliveryId) -> Result<DeliveryDetail, Problem> {
    let cx = cx();
    Ok(webhooks::delivery(cx.db(), cx.grant()?, &id).await?)
}

fn step(cx: &Cx, attempt: &Attempt) -> Step {
    let label = format!("Answer to attempt {}", attempt.number);
    let response = attempt.response.clone().filter(|text| !text.is_empty());
    let response = match response {
        Some(text) => view! { <Verbatim text label /> }.into_any(),
        None => ().into_any(),
    };
    let took = format!(" Took {}.", words::duration(attempt.duration_ms));
    Step {
        title: format!("Attempt {}: {}", attempt.number, words::result(attempt)),
        state: if attempt.succeeded { StepState::Done } else { StepState::Failed },
        at: Some(words::moment(attempt.finished_at, cx.zone())),
        about: view! { <p>{words::sentence(attempt)}{took}</p>{response} }.into_any(),
    }
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let DeliveryDetail { delivery, url, body, attempts } = get_delivery(cx.id("id")?).await?;
    let known = Known::load().await?;
    let (e, zone) = (cx.environment, cx.zone());
    let endpoint = known.of(&delivery.endpoint_id);
    let off = endpoint.is_some_and(|endpoint| endpoint.status == EndpointStatus::Disabled);
    let address = short(&url);
    let to = match endpoint {
        Some(_) => known.link(&cx, &delivery.endpoint_id),
        None => view! { <Code text=address />" "<span class="hint">"(deleted)"</span> }.into_any(),
    };
    let mut facts = vec![
        Fact::new("Event type", view! { <Code text=delivery.event_type.to_string() /> }),
        Fact::new("Event id", view! { <Code text=delivery.event_id.to_string() copy="event id" /> }),
        Fact::new("Delivery id", view! { <Code text=delivery.id.to_string() copy="delivery id" /> }),
        Fact::new("Endpoint", to),
        Fact::new("Happened", words::moment(delivery.created_at, zone)),
        Fact::new("Attempts", format!("{} of {}", delivery.attempts, schedule::STEPS.len())),
        Fact::new("Last result", words::last_result(&delivery)),
    ];
    match (delivery.state, delivery.finished_at) {
        (DeliveryState::Pending, _) => facts.push(Fact::new("Next attempt", words::next(&delivery, off, zone))),
        (state, Some(at)) => facts.push(Fact::new(words::state_word(state), words::moment(at, zone))),
        (_, None) => {}
    }
    let attempts = if attempts.is_empty() {
        view! { <p class="hint">"No attempt has finished yet."</p> }.into_any()
    } else {
        let steps = attempts.iter().map(|attempt| step(&cx, attempt)).collect();
        view! { <Timeline label="Attempts" steps /> }.into_any()
    };
    let headers = signatures::of(&delivery);
    let badge = words::state(&delivery);
    let title = delivery.event_type.to_string();
    let content = view! {
        <div class="stack">
            <Facts facts />
            <Panel title="Attempts">{attempts}</Panel>
            <Panel title="Body">
                <Verbatim text=body label="Body" />
            </Panel>
            <Panel title="Headers">{headers}</Panel>
        </div>
    };
    Ok(Page::new(title, content)
        .badge(badge)
        .under("Webhooks", paths::webhooks(e))
        .under("Deliveries", paths::deliveries(e)))
}
