//! Webhooks: endpoints, the outbox's fan-out, claims, attempts and the schedule.
mod attempts;
mod claims;
mod endpoints;

use domain::{
    Result,
    access::{Grant, Permission},
    audit::Action,
    db::{Command, Subject, Trail, Tx},
    error::Noun,
    ids::EndpointId,
    monitoring,
    name::Line,
    page::Paging,
    testing::Fresh,
    webhooks::{
        self, AttemptFilter, CreateEndpoint, DeliveryFilter, EventType, UpdateEndpoint,
        deliver::{Call, Sent, Transport},
    },
};
use serde_json::json;
use std::sync::Mutex;

/// Any change that tells of something.
struct Tell(EventType);

impl Command for Tell {
    type Output = ();
    fn permission(&self) -> Permission {
        Permission::View
    }
    async fn run(&self, _: &Grant, _: &mut Tx) -> Result<((), Trail)> {
        let trail = Trail::new(Action::AgentChanged, Subject::new(Noun::Agent, "agent_x", "x"));
        Ok(((), trail.event(self.0, json!({ "agentId": "agent_x" }))))
    }
}

/// Answers as told and keeps what it was sent.
#[derive(Default)]
pub struct Receiver {
    answer: Mutex<Sent>,
    calls: Mutex<Vec<Call>>,
}

impl Receiver {
    pub fn answering(status: u16) -> Self {
        let receiver = Self::default();
        receiver.answer(Sent { status: Some(status), response_head: "ok".into(), duration_ms: 12, ..Sent::default() });
        receiver
    }
    pub fn answer(&self, sent: Sent) {
        *self.answer.lock().unwrap() = sent;
    }
    pub fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }
}

impl Transport for Receiver {
    async fn send(&self, call: Call) -> Sent {
        self.calls.lock().unwrap().push(call);
        self.answer.lock().unwrap().clone()
    }
}

pub fn create(host: &str, events: &[EventType]) -> CreateEndpoint {
    CreateEndpoint {
        url: format!("https://{host}.example/hook?key=hidden"),
        description: Some(Line::parse("orders").unwrap()),
        events: events.to_vec(),
        allow: Vec::new(),
    }
}

fn update(id: &EndpointId) -> UpdateEndpoint {
    UpdateEndpoint {
        id: id.clone(),
        version: None,
        url: None,
        description: None,
        events: None,
        status: None,
        allow: Vec::new(),
    }
}

async fn endpoint(fresh: &Fresh, admin: &Grant, host: &str) -> EndpointId {
    fresh.db.commit(admin, create(host, &[])).await.unwrap().id
}

pub async fn tell(fresh: &Fresh, admin: &Grant, many: usize) {
    for _ in 0..many {
        fresh.db.commit(admin, Tell(EventType::AgentCreated)).await.unwrap();
    }
}

pub async fn all(fresh: &Fresh, admin: &Grant) -> Vec<webhooks::Delivery> {
    webhooks::deliveries(&fresh.db, admin, &DeliveryFilter::default(), &Paging::newest(100)).await.unwrap().rows
}

async fn tried(fresh: &Fresh, admin: &Grant) -> Vec<webhooks::Attempt> {
    webhooks::attempts(&fresh.db, admin, &AttemptFilter::default(), &Paging::newest(100)).await.unwrap().rows
}

/// How many attempts were counted, how many of them failed, and how many deliveries were given up, of late.
async fn counted(fresh: &Fresh, admin: &Grant) -> (u64, u64, u64) {
    let panel = monitoring::panels(&fresh.db, admin, monitoring::Range::Month).await.unwrap().webhooks;
    (panel.n, panel.k, panel.beside)
}
