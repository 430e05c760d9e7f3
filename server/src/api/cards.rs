//! Cards: issued, seen, frozen, unfrozen, closed.
use super::{
    Answer, Call, Failure, Nothing, PageRequest, Table,
    json::present,
    terms::{Flat, QuickStart, body_with_terms},
};
use domain::{
    access::Permission,
    attestations::ExposureMode,
    cards::{
        self, Card, CardStatus, CardType, CloseCard, Filter, FreezeCard, IssueCard, SetCardRules, UnfreezeCard,
        UpdateCard,
    },
    error::{Code, Noun},
    ids::{AgentId, CardId, PolicyId, UserId},
    intents::matching::Fraction,
    limits::terms::{Change, OnExpiry},
    money::{Amount, Currency},
    name::Line,
    time::Timestamp,
    users,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub(super) fn routes(api: &mut Table) {
    api.post_card("/v1/agents/{id}/cards", Permission::IssueCard, issue)
        .answers::<CardView>("createCard", "Issue a card")
        .made()
        .at::<AgentId>("id", Noun::Agent)
        .misses(Noun::Policy)
        .refuses(&[
            Code::AgentClosed,
            Code::AgentSuspended,
            Code::UserNotApproved,
            Code::CardLimitReached,
            Code::IssuerNotConfigured,
        ]);
    api.list("/v1/users/{id}/cards", Permission::ManageUsers, of_user)
        .lists::<CardView>("listUserCards", "List the cards that a user pays for")
        .at::<UserId>("id", Noun::User);
    api.list("/v1/cards", Permission::View, list).lists::<CardView>("listCards", "List cards");
    api.get("/v1/cards/{id}", Permission::View, show)
        .answers::<CardView>("readCard", "Read a card")
        .at::<CardId>("id", Noun::Card);
    api.patch("/v1/cards/{id}", Permission::View, change)
        .answers::<CardView>("updateCard", "Change what a card may do")
        .at::<CardId>("id", Noun::Card)
        .misses(Noun::Policy)
        .notes("Tightening and loosening need their own permissions. A status is `active` or `frozen`.")
        .refuses(&[
            Code::CardAlreadyClosed,
            Code::CardAlreadyFrozen,
            Code::CardNotFrozen,
            Code::CardNotActive,
            Code::AgentClosed,
            Code::AgentSuspended,
            Code::StaleEdit,
        ]);
    api.post("/v1/cards/{id}/freeze", Permission::Freeze, freeze)
        .answers::<Turned>("freezeCard", "Freeze a card")
        .at::<CardId>("id", Noun::Card)
        .refuses(&[Code::CardAlreadyClosed, Code::CardAlreadyFrozen, Code::CardNotActive]);
    api.post("/v1/cards/{id}/unfreeze", Permission::Unfreeze, unfreeze)
        .answers::<Turned>("unfreezeCard", "Unfreeze a card")
        .at::<CardId>("id", Noun::Card)
        .refuses(&[
            Code::CardAlreadyClosed,
            Code::CardNotFrozen,
            Code::CardNotActive,
            Code::AgentClosed,
            Code::AgentSuspended,
        ]);
    api.post("/v1/cards/{id}/close", Permission::Unfreeze, close)
        .answers::<Turned>("closeCard", "Close a card for good")
        .at::<CardId>("id", Noun::Card)
        .refuses(&[Code::CardAlreadyClosed]);
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct CardView {
    #[schema(pattern = "^card$")]
    object: &'static str,
    id: CardId,
    agent_id: AgentId,
    user_id: UserId,
    purpose: String,
    r#type: CardType,
    status: CardStatus,
    /// Why it is in that state: `requested`, `agent_suspended` or `agent_removed` (with its agent), `lifetime_over`,
    /// `settled` (single use), `cumulative_max_reached`, `merchant_drift`, or `risk_` and the rule that froze it.
    status_reason: Option<String>,
    last4: String,
    expiration_month: String,
    expiration_year: String,
    max_amount: Option<Amount>,
    currency: Currency,
    spent: i64,
    policy_id: Option<PolicyId>,
    /// What the card itself sets; the rules that stand have a route of their own.
    #[serde(flatten)]
    set: Flat,
    on_expiry: Option<OnExpiry>,
    ttl_minutes: Option<i64>,
    expires_at: Option<Timestamp>,
    merchant_hint: Option<String>,
    credential_exposure: ExposureMode,
    attestation_window_minutes: i64,
    intent_tolerance: Option<f64>,
    require_intent: Option<bool>,
    version: i64,
    created_at: Timestamp,
    last_used_at: Option<Timestamp>,
    closed_at: Option<Timestamp>,
}

impl From<Card> for CardView {
    fn from(card: Card) -> Self {
        Self {
            object: "card",
            policy_id: card.policy_id,
            set: card.rules.into(),
            on_expiry: card.at_end,
            ttl_minutes: card.ttl_minutes,
            expires_at: card.ends_at,
            version: card.version,
            id: card.id,
            agent_id: card.agent_id,
            user_id: card.user_id,
            purpose: card.purpose,
            r#type: card.card_type,
            status: card.status,
            status_reason: card.status_reason,
            last4: card.last4,
            expiration_month: format!("{:02}", card.expiration_month),
            expiration_year: card.expiration_year.to_string(),
            max_amount: card.max_amount,
            currency: card.currency,
            spent: card.spent,
            merchant_hint: card.merchant_hint,
            credential_exposure: card.credential_exposure,
            attestation_window_minutes: card.attestation_window_minutes,
            intent_tolerance: card.intent_tolerance_bp.and_then(|bp| Fraction::try_from(bp).ok()).map(Fraction::ratio),
            require_intent: card.require_intent,
            created_at: card.created_at,
            last_used_at: card.last_used_at,
            closed_at: card.closed_at,
        }
    }
}

async fn read(call: &Call, id: &CardId) -> Result<CardView, Failure> {
    let card = cards::get(call.db(), call.grant(), id).await?;
    call.is_about(&card.agent_id);
    Ok(card.into())
}

body_with_terms! {
    struct NewCard {
        /// What the card is for.
        purpose: Line,
        /// `single`, when absent; it needs `maxAmount`.
        r#type: Option<CardType>,
        #[schema(minimum = 1, maximum = 60)]
        attestation_window_minutes: Option<i64>,
        require_intent: Option<bool>,
        policy_id: Option<PolicyId>,
        /// The limits as the quick start writes them.
        #[serde(default, deserialize_with = "present")]
        policy: Option<Option<QuickStart>>,
        acknowledge_raw_pan_risk: Option<bool>,
    }
}

async fn issue(call: Call, mut new: NewCard) -> Answer {
    let mut set = QuickStart::beside(new.policy.take(), new.change()?)?;
    let command = IssueCard {
        agent_id: call.id("id", Noun::Agent)?,
        purpose: new.purpose,
        card_type: new.r#type.unwrap_or(CardType::Single),
        max_amount: set.max_amount.take().flatten(),
        exposure: set.exposure.take().flatten().unwrap_or(ExposureMode::ExtensionOnly),
        attestation_window_minutes: new.attestation_window_minutes,
        merchant_hint: set.merchant_hint.take().flatten(),
        intent_tolerance_bp: set.intent_tolerance.take().flatten().map(i64::from),
        require_intent: new.require_intent,
        policy_id: new.policy_id,
        set,
        acknowledge_raw_pan_risk: new.acknowledge_raw_pan_risk.unwrap_or(false),
        issuer_served: call.issuer_served(),
    };
    let id = call.commit(command).await?;
    let card = read(&call, &id).await?;
    call.created(&card)
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Wanted {
    status: Option<CardStatus>,
    agent_id: Option<AgentId>,
    user_id: Option<UserId>,
}

async fn list(call: Call, page: PageRequest, wanted: Wanted) -> Answer {
    let Wanted { status, agent_id, user_id } = wanted;
    listed(call, page, Filter { status, agent_id, user_id, ..Filter::default() }).await
}

async fn of_user(call: Call, page: PageRequest, _: Nothing) -> Answer {
    let id: UserId = call.id("id", Noun::User)?;
    users::get(call.db(), call.grant(), &id).await?;
    listed(call, page, Filter { user_id: Some(id), ..Filter::default() }).await
}

async fn listed(call: Call, page: PageRequest, filter: Filter) -> Answer {
    let page = cards::list(call.db(), call.grant(), &filter, &page.paging()?).await?;
    call.list(&page.map(CardView::from), |card| &card.id)
}

async fn show(call: Call, _: Nothing) -> Answer {
    let card = read(&call, &call.id("id", Noun::Card)?).await?;
    call.ok(&card)
}

body_with_terms! {
    struct CardChange {
        status: Option<CardStatus>,
        #[serde(default, deserialize_with = "present")]
        policy_id: Option<Option<PolicyId>>,
        /// The limits as the quick start writes them.
        #[serde(default, deserialize_with = "present")]
        policy: Option<Option<QuickStart>>,
        version: Option<i64>,
    }
}

async fn change(call: Call, mut asked: CardChange) -> Answer {
    let id: CardId = call.id("id", Noun::Card)?;
    if asked.credential_exposure.is_some() {
        return Err(Failure::value("credentialExposure", "is settled when the card is issued; issue another card"));
    }
    let set = QuickStart::beside(asked.policy.take(), asked.change()?)?;
    let touches = set != Change::default() || asked.policy_id.is_some();
    let (freeze, unfreeze) = match asked.status {
        None => (None, None),
        Some(CardStatus::Frozen) => (Some(FreezeCard { id: id.clone(), reason: None }), None),
        Some(CardStatus::Active) => (None, Some(UnfreezeCard { id: id.clone() })),
        Some(_) => {
            return Err(Failure::value("status", "must be active or frozen; a card is closed by its close route"));
        }
    };
    let CardChange { policy_id, version, .. } = asked;
    let rules = touches.then(|| SetCardRules { id: id.clone(), set, policy_id, reason: None, version });
    if rules.is_some() || freeze.is_some() || unfreeze.is_some() {
        call.commit(UpdateCard { rules, freeze, unfreeze }).await?;
    }
    let card = read(&call, &id).await?;
    call.ok(&card)
}

#[derive(Deserialize, ToSchema)]
struct Why {
    reason: Option<Line>,
}

/// The card after the step, with its state before it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TurnedCard)]
struct Turned {
    #[serde(flatten)]
    card: CardView,
    previous_status: CardStatus,
}

async fn freeze(call: Call, why: Why) -> Answer {
    let id: CardId = call.id("id", Noun::Card)?;
    let before = call.commit(FreezeCard { id: id.clone(), reason: why.reason }).await?;
    turned(call, &id, before).await
}

async fn unfreeze(call: Call, _: Nothing) -> Answer {
    let id: CardId = call.id("id", Noun::Card)?;
    let before = call.commit(UnfreezeCard { id: id.clone() }).await?;
    turned(call, &id, before).await
}

async fn close(call: Call, why: Why) -> Answer {
    let id: CardId = call.id("id", Noun::Card)?;
    let before = call.commit(CloseCard { id: id.clone(), reason: why.reason }).await?;
    turned(call, &id, before).await
}

async fn turned(call: Call, id: &CardId, previous_status: CardStatus) -> Answer {
    let card = read(&call, id).await?;
    call.ok(&Turned { card, previous_status })
}
