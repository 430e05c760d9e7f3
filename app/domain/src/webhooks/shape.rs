//! What a page or the API shows of endpoints, deliveries and attempts. None of it holds a secret.
use super::EventType;
use crate::{
    ids::{AttemptId, DeliveryId, EndpointId, EventId},
    text::words,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

words! {
    /// Whether an endpoint is called.
    EndpointStatus {
        /// It is told of events.
        Enabled = "enabled",
        /// It is not; what happens meanwhile is not kept for it.
        Disabled = "disabled",
    }
}

words! {
    /// What became of a delivery.
    DeliveryState {
        /// Still to be tried, or under way.
        Pending = "pending",
        /// Answered with a 2xx.
        Delivered = "delivered",
        /// Given up: after the last attempt, or because its endpoint was deleted.
        Abandoned = "abandoned",
    }
}

words! {
    /// Why an attempt failed: six words and no more, so that no failure maps our network (security 4.9).
    Fault {
        /// The host's name has no address.
        Name = "name",
        /// The host has an address that must not be called.
        RefusedAddress = "refused_address",
        /// No connection, or it broke.
        Connect = "connect",
        /// TLS failed: the certificate, its name or the protocol.
        Tls = "tls",
        /// The time was over before an answer.
        Timeout = "timeout",
        /// The answer was not a 2xx, or not HTTP.
        Http = "http",
    }
}

/// A place that is told of events. Its secret is shown by nothing but its creation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// Its id.
    pub id: EndpointId,
    /// Where it is called.
    pub url: String,
    /// What it is for; may be empty.
    pub description: String,
    /// The types it asks for; empty means all.
    pub events: Vec<EventType>,
    /// Whether it is called.
    pub status: EndpointStatus,
    /// Why it was disabled, when nobody did it by hand.
    pub disabled_reason: Option<String>,
    /// Counts its changes; an edit names the one it saw.
    pub version: i64,
    /// When it was added.
    pub created_at: Timestamp,
}

/// One event for one endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "store", derive(sqlx::FromRow))]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// The event; the same for every try and every endpoint.
    pub event_id: EventId,
    /// The event's type.
    pub event_type: EventType,
    /// The endpoint, which may be deleted by now.
    pub endpoint_id: EndpointId,
    /// What became of it.
    pub state: DeliveryState,
    /// Attempts finished.
    pub attempts: i64,
    /// When it is due; while an attempt is under way, when that attempt's lease ends.
    pub next_attempt_at: Option<Timestamp>,
    /// When the attempt under way was claimed.
    pub claimed_at: Option<Timestamp>,
    /// When the event happened.
    pub created_at: Timestamp,
    /// When it was delivered or given up.
    pub finished_at: Option<Timestamp>,
    /// The last attempt's HTTP status or [`Fault`], or why it was given up without one.
    pub last_result: Option<String>,
}

/// A delivery with what is sent and every try so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryDetail {
    /// The delivery.
    pub delivery: Delivery,
    /// Where its endpoint is called now.
    pub url: String,
    /// The exact bytes that are sent and signed.
    pub body: String,
    /// Its attempts, the first one first.
    pub attempts: Vec<Attempt>,
}

/// One finished try.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "store", derive(sqlx::FromRow))]
pub struct Attempt {
    /// Its id, in order of the moments of finishing.
    pub id: AttemptId,
    /// The delivery.
    pub delivery_id: DeliveryId,
    /// The endpoint.
    pub endpoint_id: EndpointId,
    /// Which try of its delivery, from 1.
    pub number: i64,
    /// Whether it was answered with a 2xx.
    pub succeeded: bool,
    /// The HTTP status of the answer.
    pub status_code: Option<i64>,
    /// Why it failed.
    pub fault: Option<Fault>,
    /// From the start to the last byte read, in milliseconds.
    pub duration_ms: i64,
    /// What was answered, escaped and cut ([`super::excerpt`]).
    pub response: Option<String>,
    /// When it finished.
    pub finished_at: Timestamp,
}
