//! What became of endpoints, deliveries and attempts, in plain words.
use crate::ui::{Badge, Moment, Precision, Tone};
use chrono_tz::Tz;
use domain::{
    time::Timestamp,
    webhooks::{Attempt, Delivery, DeliveryState, Endpoint, EndpointStatus, Fault},
};
use leptos::prelude::*;

/// An endpoint's status.
pub fn status(endpoint: &Endpoint) -> AnyView {
    let (tone, word) = match endpoint.status {
        EndpointStatus::Enabled => (Tone::Good, "Enabled"),
        EndpointStatus::Disabled => (Tone::Warn, "Disabled"),
    };
    view! { <Badge tone word /> }.into_any()
}

/// The types that an endpoint asks for, counted.
pub fn events(endpoint: &Endpoint) -> String {
    match endpoint.events.len() {
        0 => "All".to_owned(),
        1 => "1\u{a0}type".to_owned(),
        many => format!("{many}\u{a0}types"),
    }
}

/// A delivery's state as a word.
pub fn state_word(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Pending => "Pending",
        DeliveryState::Delivered => "Delivered",
        DeliveryState::Abandoned => "Given up",
    }
}

/// A delivery's state.
pub fn state(delivery: &Delivery) -> AnyView {
    let tone = match delivery.state {
        DeliveryState::Pending if delivery.attempts > 0 => Tone::Warn,
        DeliveryState::Pending => Tone::Neutral,
        DeliveryState::Delivered => Tone::Good,
        DeliveryState::Abandoned => Tone::Bad,
    };
    view! { <Badge tone word=state_word(delivery.state) /> }.into_any()
}

/// Whether an attempt succeeded.
pub fn outcome(attempt: &Attempt) -> AnyView {
    let (tone, word) = if attempt.succeeded { (Tone::Good, "Succeeded") } else { (Tone::Bad, "Failed") };
    view! { <Badge tone word /> }.into_any()
}

/// A moment, to the second.
pub fn moment(at: Timestamp, zone: Tz) -> AnyView {
    view! { <Moment at=at.0 zone precision=Precision::Second /> }.into_any()
}

/// When a delivery is tried next. `off` is whether its endpoint is disabled.
pub fn next(delivery: &Delivery, off: bool, zone: Tz) -> AnyView {
    match (delivery.claimed_at, delivery.next_attempt_at) {
        (Some(_), _) => "Under way".into_any(),
        (None, None) => "–".into_any(),
        (None, Some(_)) if off => "When enabled again".into_any(),
        (None, Some(at)) => moment(at, zone),
    }
}

/// A fault in two or three words.
fn brief(fault: Fault) -> &'static str {
    match fault {
        Fault::Name => "Unknown host",
        Fault::RefusedAddress => "Address not allowed",
        Fault::Connect => "No connection",
        Fault::Tls => "TLS failed",
        Fault::Timeout => "Timed out",
        Fault::Http => "No valid HTTP",
    }
}

/// What came of the last attempt, or why there was none.
pub fn last_result(delivery: &Delivery) -> String {
    match delivery.last_result.as_deref() {
        None | Some("") => "Not tried yet".to_owned(),
        Some("endpoint_deleted") => "Endpoint deleted".to_owned(),
        Some(text) => match text.parse::<Fault>() {
            Ok(fault) => brief(fault).to_owned(),
            Err(_) => format!("HTTP {text}"),
        },
    }
}

/// What came of an attempt, short.
pub fn result(attempt: &Attempt) -> String {
    match (attempt.status_code, attempt.fault) {
        (Some(code), _) => format!("HTTP {code}"),
        (None, Some(fault)) => brief(fault).to_owned(),
        (None, None) => "–".to_owned(),
    }
}

/// What came of an attempt, as a sentence that says where to look.
pub fn sentence(attempt: &Attempt) -> String {
    match (attempt.status_code, attempt.fault) {
        (Some(code), None) => format!("Answered HTTP {code}."),
        (Some(410), Some(_)) => "Answered HTTP 410 Gone: the receiver asks for no more calls.".to_owned(),
        (Some(code), Some(_)) if (300..400).contains(&code) => {
            format!("Answered HTTP {code}. Redirects are not followed: enter the final address.")
        }
        (Some(code), Some(Fault::Http)) => format!("Answered HTTP {code}. Only a 2xx counts as delivered."),
        (Some(code), Some(fault)) => format!("Answered HTTP {code}, then: {}.", brief(fault).to_lowercase()),
        (None, Some(fault)) => match fault {
            Fault::Name => "The host name has no address. Check its spelling and its DNS records.",
            Fault::RefusedAddress => "The host name leads to an address that is not on the public internet.",
            Fault::Connect => "No connection, or it broke before an answer.",
            Fault::Tls => "TLS failed. Check that the certificate is valid for this host and its chain complete.",
            Fault::Timeout => "No complete answer within 30 seconds. Answer first, work afterwards.",
            Fault::Http => "What came back was not an HTTP answer.",
        }
        .to_owned(),
        (None, None) => "Delivered.".to_owned(),
    }
}

/// How long an attempt took.
pub fn duration(ms: i64) -> String {
    if ms < 1_000 { format!("{ms} ms") } else { format!("{}.{} s", ms / 1_000, ms % 1_000 / 100) }
}
