//! Finding one thing by whatever somebody has of it: an id, the last four digits of a card, a merchant's text.
use crate::{
    Error, Result,
    access::{Grant, Permission, approvals},
    agents, attestations, audit, cards,
    db::{Db, sql},
    disputes,
    ids::{
        AccessId, AgentId, AttemptId, AuditId, CardId, DeliveryId, DisputeId, EndpointId, EventId, FindingId, IntentId,
        KeyId, PersonId, PolicyId, ProposalId, PurchaseId, RequestId, TokenId, UserId, ViewId,
    },
    intents, keys,
    limits::policies,
    page::Paging,
    purchases, requests, risk, users, views,
    webhooks::{self, DeliveryFilter},
};
use serde::{Deserialize, Serialize};

/// What was found: something that the grant reaches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Found {
    /// An API key.
    Key(KeyId),
    /// An agent, or one of its tokens.
    Agent(AgentId),
    /// A funding user.
    User(UserId),
    /// A person of the organisation.
    Person(PersonId),
    /// A card.
    Card(CardId),
    /// A policy.
    Policy(PolicyId),
    /// An intent.
    Intent(IntentId),
    /// A credential read.
    Access(AccessId),
    /// A purchase, or what a risk rule found in it.
    Purchase(PurchaseId),
    /// A dispute.
    Dispute(DisputeId),
    /// A webhook endpoint.
    Endpoint(EndpointId),
    /// A webhook delivery, one of its attempts, or the event that it carries.
    Delivery(DeliveryId),
    /// An API call.
    Request(RequestId),
    /// A record of the audit log.
    Record(AuditId),
    /// A saved view of a list.
    View(ViewId),
    /// A change that waits for a second person, or waited.
    Proposal(ProposalId),
    /// Several cards with these last four digits.
    Cards(String),
    /// Several purchases with this merchant's text.
    Purchases(String),
}

/// The thing that `text` names for this grant; none where there is none, where it belongs to others, or where the grant
/// may not see it.
pub async fn find(db: &Db, grant: &Grant, text: &str) -> Result<Option<Found>> {
    grant.require(Permission::View)?;
    let text = text.trim();
    if let Some(found) = by_id(db, grant, text).await? {
        return Ok(Some(found));
    }
    if text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit()) {
        let filter = cards::Filter { last4: Some(text.to_owned()), ..cards::Filter::default() };
        let page = cards::list(db, grant, &filter, &Paging::newest(2)).await?;
        match page.rows.as_slice() {
            [] => {}
            [card] => return Ok(Some(Found::Card(card.id.clone()))),
            _ => return Ok(Some(Found::Cards(text.to_owned()))),
        }
    }
    if text.is_empty() {
        return Ok(None);
    }
    let filter = purchases::Filter { merchant: Some(text.to_owned()), ..purchases::Filter::default() };
    let page = purchases::list(db, grant, &filter, &Paging::newest(2)).await?;
    Ok(match page.rows.as_slice() {
        [] => None,
        [purchase] => Some(Found::Purchase(purchase.id.clone())),
        _ => Some(Found::Purchases(text.to_owned())),
    })
}

/// Whether it is there for the grant.
fn there<T>(result: Result<T>) -> Result<bool> {
    match result {
        Ok(_) => Ok(true),
        Err(Error::NotFound(_) | Error::Denied(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

async fn by_id(db: &Db, grant: &Grant, text: &str) -> Result<Option<Found>> {
    macro_rules! look {
        ($id:ty, $get:path, $found:ident) => {
            if let Ok(id) = text.parse::<$id>() {
                if there($get(db, grant, &id).await)? {
                    return Ok(Some(Found::$found(id)));
                }
            }
        };
    }
    look!(KeyId, keys::get, Key);
    look!(AgentId, agents::get, Agent);
    look!(UserId, users::get, User);
    look!(CardId, cards::get, Card);
    look!(PolicyId, policies::get, Policy);
    look!(IntentId, intents::get, Intent);
    look!(AccessId, attestations::get, Access);
    look!(PurchaseId, purchases::get, Purchase);
    look!(DisputeId, disputes::get, Dispute);
    look!(EndpointId, webhooks::endpoint, Endpoint);
    look!(DeliveryId, webhooks::delivery, Delivery);
    look!(RequestId, requests::get, Request);
    look!(AuditId, audit::get, Record);
    look!(ViewId, views::get, View);
    look!(ProposalId, approvals::get, Proposal);
    if let Ok(id) = text.parse::<TokenId>() {
        let agent: Option<AgentId> = sql!(
            db,
            scalar_optional,
            "select agent_id from agent_tokens where organisation_id = $1 and environment = $2 and id = $3",
            grant.organisation(),
            grant.environment(),
            id
        )?;
        return Ok(agent.filter(|agent| grant.reaches(agent)).map(Found::Agent));
    }
    if let Ok(id) = text.parse::<FindingId>() {
        return Ok(risk::purchase_of(db, grant, &id).await?.map(Found::Purchase));
    }
    if let Ok(id) = text.parse::<PersonId>() {
        let people: i64 = sql!(
            db,
            scalar,
            "select count(*) from people where organisation_id = $1 and id = $2",
            grant.organisation(),
            &id
        )?;
        return Ok((people > 0 && grant.only_agent().is_none()).then_some(Found::Person(id)));
    }
    by_event(db, grant, text).await
}

/// The delivery of an attempt, or the latest of an event.
async fn by_event(db: &Db, grant: &Grant, text: &str) -> Result<Option<Found>> {
    if !grant.has(Permission::ViewDeliveries) {
        return Ok(None);
    }
    if let Ok(id) = text.parse::<AttemptId>() {
        let delivery: Option<DeliveryId> = sql!(
            db,
            scalar_optional,
            "select delivery_id from attempts where organisation_id = $1 and environment = $2 and id = $3",
            grant.organisation(),
            grant.environment(),
            id
        )?;
        return Ok(delivery.map(Found::Delivery));
    }
    let Ok(event) = text.parse::<EventId>() else { return Ok(None) };
    let filter = DeliveryFilter { event: Some(event), ..DeliveryFilter::default() };
    let page = webhooks::deliveries(db, grant, &filter, &Paging::newest(1)).await?;
    Ok(page.rows.into_iter().next().map(|delivery| Found::Delivery(delivery.id)))
}
