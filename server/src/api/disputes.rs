//! Disputes: opened about a transaction, listed, taken back; and in the sandbox what the card network makes of them.
use super::{Answer, Call, Nothing, PageRequest, Table};
use domain::{
    access::Permission,
    disputes::{
        self, CancelDispute, DecideDispute, Dispute, DisputeReason, DisputeStatus, Filter, OpenDispute, ReviewDispute,
    },
    error::{Code, Noun},
    ids::{AgentId, CardId, DisputeId, PurchaseId, UserId},
    money::{Amount, Currency},
    name::{Passage, Statement},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub(super) fn routes(api: &mut Table) {
    api.post("/v1/transactions/{id}/disputes", Permission::Dispute, open)
        .answers::<DisputeView>("openDispute", "Dispute a transaction")
        .made()
        .at::<PurchaseId>("id", Noun::Purchase)
        .refuses(&[Code::DisputeExists, Code::TransactionState]);
    api.list("/v1/disputes", Permission::View, list).lists::<DisputeView>("listDisputes", "List disputes");
    api.get("/v1/disputes/{id}", Permission::View, show)
        .answers::<DisputeView>("readDispute", "Read a dispute")
        .at::<DisputeId>("id", Noun::Dispute);
    api.post("/v1/disputes/{id}/cancel", Permission::Dispute, cancel)
        .answers::<DisputeView>("cancelDispute", "Take a dispute back")
        .at::<DisputeId>("id", Noun::Dispute)
        .refuses(&[Code::DisputeState]);
    api.post("/v1/sandbox/disputes/{id}/review", Permission::Settle, review)
        .answers::<DisputeView>("reviewDispute", "Take a dispute under review, as the card network would")
        .at::<DisputeId>("id", Noun::Dispute)
        .refuses(&[Code::DisputeState]);
    api.post("/v1/sandbox/disputes/{id}/win", Permission::Settle, win)
        .answers::<DisputeView>("winDispute", "Decide a dispute for the user")
        .at::<DisputeId>("id", Noun::Dispute)
        .refuses(&[Code::DisputeState]);
    api.post("/v1/sandbox/disputes/{id}/lose", Permission::Settle, lose)
        .answers::<DisputeView>("loseDispute", "Decide a dispute for the merchant")
        .at::<DisputeId>("id", Noun::Dispute)
        .refuses(&[Code::DisputeState]);
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct DisputeView {
    #[schema(pattern = "^dispute$")]
    object: &'static str,
    id: DisputeId,
    transaction_id: PurchaseId,
    card_id: CardId,
    agent_id: AgentId,
    user_id: UserId,
    amount: i64,
    currency: Currency,
    reason: DisputeReason,
    description: Option<String>,
    status: DisputeStatus,
    evidence: Evidence,
    created_at: Timestamp,
    updated_at: Timestamp,
    resolved_at: Option<Timestamp>,
}

/// What speaks for a dispute. Files are not taken.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Evidence {
    has_file: bool,
    text_evidence: Option<String>,
}

impl From<Dispute> for DisputeView {
    fn from(dispute: Dispute) -> Self {
        Self {
            object: "dispute",
            id: dispute.id,
            transaction_id: dispute.purchase_id,
            card_id: dispute.card_id,
            agent_id: dispute.agent_id,
            user_id: dispute.user_id,
            amount: dispute.amount,
            currency: dispute.currency,
            reason: dispute.reason,
            description: dispute.description,
            status: dispute.status,
            evidence: Evidence { has_file: false, text_evidence: dispute.text_evidence },
            created_at: dispute.created_at,
            updated_at: dispute.updated_at,
            resolved_at: dispute.resolved_at,
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct NewDispute {
    amount: Option<Amount>,
    reason: DisputeReason,
    description: Option<Passage>,
    text_evidence: Option<Statement>,
}

async fn open(call: Call, new: NewDispute) -> Answer {
    let NewDispute { amount, reason, description, text_evidence } = new;
    let purchase_id = call.id("id", Noun::Purchase)?;
    let dispute = call.commit(OpenDispute { purchase_id, amount, reason, description, text_evidence }).await?;
    call.is_about(&dispute.agent_id);
    call.created(&DisputeView::from(dispute))
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Wanted {
    user_id: Option<UserId>,
    transaction_id: Option<PurchaseId>,
    status: Option<DisputeStatus>,
}

async fn list(call: Call, page: PageRequest, wanted: Wanted) -> Answer {
    let Wanted { user_id, transaction_id, status } = wanted;
    let filter = Filter { user_id, purchase_id: transaction_id, status, ..Filter::default() };
    let page = disputes::list(call.db(), call.grant(), &filter, &page.paging()?).await?;
    call.list(&page.map(DisputeView::from), |dispute| &dispute.id)
}

async fn show(call: Call, _: Nothing) -> Answer {
    let dispute = disputes::get(call.db(), call.grant(), &call.id("id", Noun::Dispute)?).await?;
    told(&call, dispute)
}

async fn cancel(call: Call, _: Nothing) -> Answer {
    let dispute = call.commit(CancelDispute { id: call.id("id", Noun::Dispute)? }).await?;
    told(&call, dispute)
}

async fn review(call: Call, _: Nothing) -> Answer {
    let dispute = call.commit(ReviewDispute { id: call.id("id", Noun::Dispute)? }).await?;
    told(&call, dispute)
}

async fn win(call: Call, _: Nothing) -> Answer {
    decide(call, true).await
}

async fn lose(call: Call, _: Nothing) -> Answer {
    decide(call, false).await
}

async fn decide(call: Call, won: bool) -> Answer {
    let dispute = call.commit(DecideDispute { id: call.id("id", Noun::Dispute)?, won }).await?;
    told(&call, dispute)
}

fn told(call: &Call, dispute: Dispute) -> Answer {
    call.is_about(&dispute.agent_id);
    call.ok(&DisputeView::from(dispute))
}
