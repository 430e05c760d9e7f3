//! Intents: declared, seen, approved or rejected, taken back.
use super::{Answer, Call, Failure, Nothing, PageRequest, Table};
use domain::{
    access::Permission,
    cards,
    error::{Code, Noun},
    ids::{AgentId, CardId, IntentId, PurchaseId},
    intents::{
        self, ApproveIntent, CancelIntent, Decided, DeclareIntent, Filter, Intent, IntentStatus, RejectIntent,
        approval::{Answer as Said, Decision, Failed, Party},
        matching::MatchResult,
    },
    money::{Amount, Currency},
    name::Line,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

pub(super) fn routes(api: &mut Table) {
    api.post("/v1/cards/{id}/intents", Permission::DeclareIntent, declare)
        .answers::<IntentView>("declareIntent", "Declare a purchase")
        .made_once()
        .at::<CardId>("id", Noun::Card)
        .notes("The same `intentId` with the same content gives the first intent back.")
        .refuses(&[Code::IntentConflict, Code::TooManyIntents, Code::CardNotActive]);
    api.list("/v1/cards/{id}/intents", Permission::View, of_card)
        .answers::<OfCard>("listCardIntents", "List the intents of a card")
        .at::<CardId>("id", Noun::Card);
    api.get("/v1/intents/{id}", Permission::View, show)
        .answers::<Shown>("readIntent", "Read an intent")
        .at::<IntentId>("id", Noun::Intent);
    api.post("/v1/intents/{id}/approve", Permission::ApprovePurchase, approve)
        .answers::<IntentView>("approveIntent", "Approve a declared purchase that waits for a person")
        .at::<IntentId>("id", Noun::Intent)
        .notes("Whoever declared it cannot approve it. The limits are looked at once more.")
        .refuses(&[
            Code::ApprovalNotPending,
            Code::OwnIntent,
            Code::OrganisationSuspended,
            Code::UserNotApproved,
            Code::AgentSuspended,
            Code::CardNotActive,
            Code::CurrencyNotSupported,
            Code::MaxAmountExceeded,
            Code::CardLimitExceeded,
            Code::AuthCountExceeded,
            Code::SpendingLimitExceeded,
            Code::InsufficientFunds,
        ]);
    api.post("/v1/intents/{id}/reject", Permission::ApprovePurchase, reject)
        .answers::<IntentView>("rejectIntent", "Reject a declared purchase that waits for a person")
        .at::<IntentId>("id", Noun::Intent)
        .refuses(&[Code::ApprovalNotPending]);
    api.post("/v1/intents/{id}/cancel", Permission::DeclareIntent, cancel)
        .answers::<IntentView>("cancelIntent", "Take an intent back")
        .at::<IntentId>("id", Noun::Intent)
        .refuses(&[Code::IntentNotPending]);
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct IntentView {
    #[schema(pattern = "^intent$")]
    object: &'static str,
    id: IntentId,
    card_id: CardId,
    agent_id: AgentId,
    intent_id: String,
    summary: String,
    expected_amount: Option<Amount>,
    expected_currency: Currency,
    expected_merchant: Option<String>,
    tolerance: Option<i64>,
    #[schema(value_type = Option<Object>)]
    metadata: Option<Value>,
    status: IntentStatus,
    created_at: Timestamp,
    expires_at: Timestamp,
    revealed_at: Option<Timestamp>,
    declared_by: Option<Party>,
    approval_required: bool,
    approved_at: Option<Timestamp>,
    approved_by: Option<String>,
    rejected_at: Option<Timestamp>,
    rejected_by: Option<String>,
    rejection_reason: Option<String>,
    /// Who decided, by what means, why, and the facts it was decided on.
    decision: Option<Decision>,
    /// The last approval that something stood in the way of.
    approval_failed: Option<Failed>,
    transaction_id: Option<PurchaseId>,
    matched_at: Option<Timestamp>,
    match_result: Option<MatchResult>,
}

impl From<Intent> for IntentView {
    fn from(intent: Intent) -> Self {
        let said = |answer| intent.decision.clone().filter(|decision| decision.answer == answer);
        let (approved, rejected) = (said(Said::Approved), said(Said::Rejected));
        Self {
            object: "intent",
            id: intent.id,
            card_id: intent.card_id,
            agent_id: intent.agent_id,
            intent_id: intent.intent_id,
            summary: intent.summary,
            expected_amount: intent.expected_amount,
            expected_currency: intent.expected_currency,
            expected_merchant: intent.expected_merchant,
            tolerance: intent.tolerance,
            metadata: intent.metadata,
            status: intent.status,
            created_at: intent.created_at,
            expires_at: intent.expires_at,
            revealed_at: intent.revealed_at,
            declared_by: intent.declared_by,
            approval_required: intent.approval_required,
            approved_at: approved.as_ref().map(|said| said.at),
            approved_by: approved.map(|said| said.by.name),
            rejected_at: rejected.as_ref().map(|said| said.at),
            rejected_by: rejected.as_ref().map(|said| said.by.name.clone()),
            rejection_reason: rejected.and_then(|said| said.reason),
            decision: intent.decision,
            approval_failed: intent.approval_failed,
            // A match and a mismatch both end it at their moment.
            matched_at: intent.ended_at.filter(|_| intent.purchase_id.is_some()),
            transaction_id: intent.purchase_id,
            match_result: intent.match_result,
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct NewIntent {
    /// Your own id, one for each purchase with this card.
    #[schema(pattern = "^[!-~]+$", min_length = 1, max_length = 128)]
    intent_id: String,
    /// What will be bought.
    summary: Line,
    /// Tax and shipping included.
    expected_amount: Option<Amount>,
    /// `USD`, when absent.
    expected_currency: Option<Currency>,
    /// The merchant as the card network writes it.
    expected_merchant: Option<Line>,
    /// How far the purchase may differ from the amount, in minor units, both ways.
    #[schema(minimum = 0, maximum = 1_000_000_000_000i64)]
    tolerance: Option<i64>,
    /// For how long it stands open; 30, when absent.
    #[schema(minimum = 1, maximum = 1440)]
    ttl_minutes: Option<i64>,
    /// Your own data, at most 8192 bytes as JSON.
    #[schema(value_type = Option<Object>)]
    metadata: Option<Value>,
}

/// 201 with a new intent; 200 with the first one when the same was declared before.
async fn declare(call: Call, new: NewIntent) -> Answer {
    let command = DeclareIntent {
        card_id: call.id("id", Noun::Card)?,
        intent_id: new.intent_id,
        summary: new.summary,
        expected_amount: new.expected_amount,
        expected_currency: new.expected_currency.unwrap_or(Currency::USD),
        expected_merchant: new.expected_merchant,
        tolerance: new.tolerance,
        ttl_minutes: new.ttl_minutes,
        metadata: new.metadata,
    };
    let declared = call.commit(command).await?;
    call.is_about(&declared.intent.agent_id);
    let intent = IntentView::from(declared.intent);
    if declared.created { call.created(&intent) } else { call.ok(&intent) }
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CardIntents)]
struct OfCard<'a> {
    #[schema(pattern = "^list$")]
    object: &'static str,
    card_id: CardId,
    #[schema(value_type = Vec<IntentView>)]
    intents: &'a [IntentView],
    has_more: bool,
    /// Give it as `cursor` to get the page that follows; null on the last page.
    cursor: Option<String>,
}

async fn of_card(call: Call, page: PageRequest, _: Nothing) -> Answer {
    let card_id: CardId = call.id("id", Noun::Card)?;
    cards::get(call.db(), call.grant(), &card_id).await?;
    let filter = Filter { card_id: Some(card_id.clone()), ..Filter::default() };
    let page = intents::list(call.db(), call.grant(), &filter, &page.paging()?).await?.map(IntentView::from);
    let cursor = call.cursor(&page, |intent| &intent.id);
    call.ok(&OfCard { object: "list", card_id, intents: &page.rows, has_more: page.older, cursor })
}

/// An intent, with the purchases that used it again.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = IntentWithReuse)]
struct Shown {
    #[serde(flatten)]
    intent: IntentView,
    /// Purchases after the one that ended it which had no intent of their own.
    reused_by: Vec<PurchaseId>,
}

async fn show(call: Call, _: Nothing) -> Answer {
    let id = call.id("id", Noun::Intent)?;
    let intent = intents::get(call.db(), call.grant(), &id).await?;
    call.is_about(&intent.agent_id);
    let reused = intents::reuses_of_intent(call.db(), call.grant(), &id).await?;
    let reused_by = reused.into_iter().map(|reuse| reuse.purchase_id).collect();
    call.ok(&Shown { intent: intent.into(), reused_by })
}

#[derive(Deserialize, ToSchema)]
struct Yes {
    reason: Option<Line>,
}

async fn approve(call: Call, yes: Yes) -> Answer {
    let decided = call.commit(ApproveIntent { id: call.id("id", Noun::Intent)?, reason: yes.reason }).await?;
    let (Decided::Approved(intent) | Decided::Failed(intent, _)) = &decided;
    call.is_about(&intent.agent_id);
    // That it failed stands in the intent, and in the audit log.
    let intent = decided.into_result().map_err(|refusal| Failure::from(refusal).recorded())?;
    call.ok(&IntentView::from(intent))
}

#[derive(Deserialize, ToSchema)]
struct No {
    reason: Line,
}

async fn reject(call: Call, no: No) -> Answer {
    let intent = call.commit(RejectIntent { id: call.id("id", Noun::Intent)?, reason: no.reason }).await?;
    call.is_about(&intent.agent_id);
    call.ok(&IntentView::from(intent))
}

async fn cancel(call: Call, _: Nothing) -> Answer {
    let intent = call.commit(CancelIntent { id: call.id("id", Noun::Intent)? }).await?;
    call.is_about(&intent.agent_id);
    call.ok(&IntentView::from(intent))
}
