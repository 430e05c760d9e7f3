//! A test call, to one endpoint and to no other.
use super::{Delivery, EndpointStatus, EventType, commands::read, commands::subject, outbox};
use crate::{
    Error, Result,
    access::{Grant, Permission},
    audit::Action,
    db::{Command, Trail, Tx},
    error::Code,
    ids::EndpointId,
};
use serde_json::json;

/// Queues the event `webhook.test` for an endpoint, whatever types it asks for; it is delivered like any other.
pub struct SendTest {
    /// Which endpoint.
    pub id: EndpointId,
}

impl Command for SendTest {
    /// The delivery that was queued.
    type Output = Delivery;

    fn permission(&self) -> Permission {
        Permission::ViewDeliveries
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(Delivery, Trail)> {
        let endpoint = read(grant, tx, &self.id).await?;
        if endpoint.status == EndpointStatus::Disabled {
            return Err(Error::state(Code::EndpointDisabled, "This endpoint is disabled; enable it, then test it."));
        }
        let data = json!({ "webhookId": self.id, "message": "A test: nothing happened, nothing needs to be done." });
        let delivery = outbox::send_to(grant, tx, &self.id, EventType::WebhookTest, &data).await?;
        let trail = Trail::new(Action::EndpointTested, subject(&self.id, &endpoint.url))
            .after(json!({ "deliveryId": delivery.id }));
        Ok((delivery, trail))
    }
}
