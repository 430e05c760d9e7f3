//! Purchases, which the API calls transactions.
use super::{Answer, Call, Nothing, PageRequest, Table, json::present};
use domain::{
    access::Permission,
    attestations::AttestationStatus,
    cards,
    error::Noun,
    ids::{AccessId, AgentId, CardId, IntentId, PurchaseId, UserId},
    limits::DeclineReason,
    money::Currency,
    name::{Name, Passage},
    purchases::{self, Annotate, Filter, Purchase, PurchaseStatus, Remark, Tags},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub(super) fn routes(api: &mut Table) {
    api.list("/v1/transactions", Permission::View, list)
        .lists::<TransactionView>("listTransactions", "List transactions");
    api.get("/v1/transactions/{id}", Permission::View, show)
        .answers::<TransactionView>("readTransaction", "Read a transaction")
        .at::<PurchaseId>("id", Noun::Purchase);
    api.patch("/v1/transactions/{id}", Permission::Annotate, annotate)
        .answers::<TransactionView>("annotateTransaction", "Write notes, tags and a category on a transaction")
        .at::<PurchaseId>("id", Noun::Purchase);
    api.list("/v1/cards/{id}/transactions", Permission::View, of_card)
        .lists::<TransactionView>("listCardTransactions", "List the transactions of a card")
        .at::<CardId>("id", Noun::Card);
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TransactionView {
    #[schema(pattern = "^transaction$")]
    object: &'static str,
    id: PurchaseId,
    card_id: CardId,
    agent_id: AgentId,
    user_id: UserId,
    amount: i64,
    authorized_amount: i64,
    reversed_amount: i64,
    currency: Currency,
    /// The amount in the merchant's own currency: the same, as foreign currencies are not taken.
    local_amount: i64,
    local_currency: Currency,
    status: PurchaseStatus,
    declined_reason: Option<DeclineReason>,
    attestation_status: AttestationStatus,
    access_event_id: Option<AccessId>,
    intent_id: Option<IntentId>,
    merchant: MerchantView,
    authorized_at: Timestamp,
    posted_at: Option<Timestamp>,
    reversed_at: Option<Timestamp>,
    notes: Option<String>,
    tags: Tags,
    category: Option<String>,
    created_at: Timestamp,
    updated_at: Timestamp,
    receipt: Receipt,
}

/// The merchant's receipt. None is taken in, so there is never one.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TransactionReceipt)]
struct Receipt {
    has_receipt: bool,
    mime_type: Option<String>,
    uploaded_at: Option<Timestamp>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct MerchantView {
    name: String,
    category_code: String,
    city: Option<String>,
    country: Option<String>,
}

impl From<Purchase> for TransactionView {
    fn from(purchase: Purchase) -> Self {
        Self {
            object: "transaction",
            id: purchase.id,
            card_id: purchase.card_id,
            agent_id: purchase.agent_id,
            user_id: purchase.user_id,
            amount: purchase.amount,
            authorized_amount: purchase.authorized_amount,
            reversed_amount: purchase.reversed_amount,
            currency: purchase.currency,
            local_amount: purchase.amount,
            local_currency: purchase.currency,
            status: purchase.status,
            declined_reason: purchase.declined_reason,
            attestation_status: purchase.attestation_status,
            access_event_id: purchase.access_id,
            intent_id: purchase.intent_id,
            merchant: MerchantView {
                name: purchase.merchant_name,
                category_code: purchase.merchant_category_code,
                city: purchase.merchant_city,
                country: purchase.merchant_country,
            },
            authorized_at: purchase.authorized_at,
            posted_at: purchase.posted_at,
            reversed_at: purchase.reversed_at,
            notes: purchase.notes,
            tags: purchase.tags,
            category: purchase.category,
            created_at: purchase.authorized_at,
            updated_at: purchase.updated_at,
            receipt: Receipt { has_receipt: false, mime_type: None, uploaded_at: None },
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Wanted {
    card_id: Option<CardId>,
    user_id: Option<UserId>,
    agent_id: Option<AgentId>,
    status: Option<PurchaseStatus>,
}

async fn list(call: Call, page: PageRequest, wanted: Wanted) -> Answer {
    let Wanted { card_id, user_id, agent_id, status } = wanted;
    listed(call, page, Filter { card_id, user_id, agent_id, status, ..Filter::default() }).await
}

async fn of_card(call: Call, page: PageRequest, _: Nothing) -> Answer {
    let id: CardId = call.id("id", Noun::Card)?;
    cards::get(call.db(), call.grant(), &id).await?;
    listed(call, page, Filter { card_id: Some(id), ..Filter::default() }).await
}

async fn listed(call: Call, page: PageRequest, filter: Filter) -> Answer {
    let page = purchases::list(call.db(), call.grant(), &filter, &page.paging()?).await?;
    call.list(&page.map(TransactionView::from), |transaction| &transaction.id)
}

async fn show(call: Call, _: Nothing) -> Answer {
    let detail = purchases::get(call.db(), call.grant(), &call.id("id", Noun::Purchase)?).await?;
    call.is_about(&detail.purchase.agent_id);
    call.ok(&TransactionView::from(detail.purchase))
}

/// What is absent stays; `null` clears.
#[derive(Deserialize, ToSchema)]
struct Noted {
    #[serde(default, deserialize_with = "present")]
    notes: Option<Option<Passage>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Tags>)]
    tags: Option<Option<Tags>>,
    #[serde(default, deserialize_with = "present")]
    category: Option<Option<Name>>,
}

async fn annotate(call: Call, noted: Noted) -> Answer {
    let Noted { notes, tags, category } = noted;
    let remark = Remark { version: None, notes, tags: tags.map(Option::unwrap_or_default), category };
    let purchase = call.commit(Annotate { id: call.id("id", Noun::Purchase)?, remark }).await?;
    call.is_about(&purchase.agent_id);
    call.ok(&TransactionView::from(purchase))
}
