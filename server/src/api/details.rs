//! Card credentials: read against a statement of what they are for, redeemed once; and the list of such reads.
use super::{Answer, Call, Failure, PageRequest, Table};
use domain::{
    access::Permission,
    attestations::{
        self, Access, AttestationStatus, ExposureMode, Filter, Followed, ReadCredentials, ReadReason, Redeem, Redeemed,
    },
    error::{Code, Noun},
    ids::{AccessId, AgentId, CardId, IntentId, PurchaseId},
    issuer::Details,
    money::{Amount, Currency},
    name::Quote,
    secret::{Plain, Revealed},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

pub(super) fn routes(api: &mut Table) {
    api.post("/v1/cards/{id}/details", Permission::ReadCredentials, read)
        .answers::<ReadView>("readCardDetails", "Ask for the credentials of a card")
        .at::<CardId>("id", Noun::Card)
        .notes("A card of exposure `extensionOnly` gives a token for `/v1/details/redeem`, one of `rawPan` the credentials.")
        .refuses(&[
            Code::OrganisationSuspended,
            Code::AgentSuspended,
            Code::CardNotActive,
            Code::ExposureForbidden,
            Code::IntentRequired,
            Code::IntentPendingApproval,
            Code::CredentialReadLimit,
        ]);
    api.post("/v1/details/redeem", Permission::ReadCredentials, redeem)
        .answers::<RedeemedView>("redeemDetails", "Redeem a token for card credentials")
        .misses(Noun::Access)
        .refuses(&[
            Code::TokenSpent,
            Code::TokenExpired,
            Code::OrganisationSuspended,
            Code::CardNotActive,
            Code::ExposureForbidden,
        ]);
    api.list("/v1/accesses", Permission::View, list)
        .lists::<AccessView>("listAccesses", "List reads of card credentials");
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct NewRead {
    /// What the credentials are for.
    summary: Quote,
    expected_amount: Option<Amount>,
    /// `USD`, when absent.
    expected_currency: Option<Currency>,
    /// The merchant as the page of the shop writes it.
    merchant_text: Option<Quote>,
    reason: Option<ReadReason>,
    /// Your own account of the circumstances, at most 8192 bytes as JSON.
    #[schema(value_type = Option<Object>)]
    client_context: Option<Value>,
}

/// What a read gives: with `extensionOnly` a token, with `rawPan` the credentials.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CardDetails)]
struct ReadView {
    #[schema(pattern = "^card_details$")]
    object: &'static str,
    access_event_id: AccessId,
    card_id: CardId,
    exposure_mode: ExposureMode,
    last4: String,
    intent_id: Option<IntentId>,
    #[serde(flatten)]
    shown: Shown,
}

#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum Shown {
    Token(TokenView),
    Credentials(Credentials),
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DetailsToken)]
struct TokenView {
    details_token: Revealed,
    token_expires_at: Timestamp,
}

/// A card's credentials, in the one answer that shows them. Answers of the API are never stored (`no-store`).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Credentials {
    pan: Revealed,
    cvv: Revealed,
    expiration_month: String,
    expiration_year: String,
}

impl From<Details> for Credentials {
    fn from(details: Details) -> Self {
        Self {
            pan: details.pan.reveal(),
            cvv: details.cvv.reveal(),
            expiration_month: format!("{:02}", details.expiration_month),
            expiration_year: details.expiration_year.to_string(),
        }
    }
}

async fn read(call: Call, new: NewRead) -> Answer {
    let card_id: CardId = call.id("id", Noun::Card)?;
    let command = ReadCredentials {
        card_id: card_id.clone(),
        summary: new.summary,
        expected_amount: new.expected_amount,
        expected_currency: new.expected_currency.unwrap_or(Currency::USD),
        merchant_text: new.merchant_text,
        reason: new.reason,
        client_context: new.client_context,
    };
    let done = call.commit(command).await?;
    let shown = match (done.token, done.details) {
        (Some((token, end)), _) => Shown::Token(TokenView { details_token: token.reveal(), token_expires_at: end }),
        (None, Some(details)) => Shown::Credentials(details.into()),
        (None, None) => return Err(Failure::internal()),
    };
    call.ok(&ReadView {
        object: "card_details",
        access_event_id: done.id,
        card_id,
        exposure_mode: done.exposure,
        last4: done.last4,
        intent_id: done.intent_id,
        shown,
    })
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Token {
    details_token: String,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CardCredentials)]
struct RedeemedView {
    #[schema(pattern = "^card_credentials$")]
    object: &'static str,
    card_id: CardId,
    last4: String,
    #[serde(flatten)]
    credentials: Credentials,
}

async fn redeem(call: Call, token: Token) -> Answer {
    let Redeemed { card_id, last4, details } = call.commit(Redeem { token: Plain::new(token.details_token) }).await?;
    call.ok(&RedeemedView { object: "card_credentials", card_id, last4, credentials: details.into() })
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AccessView {
    #[schema(pattern = "^access$")]
    object: &'static str,
    id: AccessId,
    card_id: CardId,
    agent_id: AgentId,
    last4: String,
    summary: String,
    expected_amount: Option<Amount>,
    expected_currency: Currency,
    merchant_text: Option<String>,
    reason: Option<ReadReason>,
    #[schema(value_type = Option<Object>)]
    client_context: Option<Value>,
    exposure_mode: ExposureMode,
    intent_id: Option<IntentId>,
    /// How soon a purchase followed; null while none did.
    attestation_status: Option<AttestationStatus>,
    transaction_id: Option<PurchaseId>,
    token_expires_at: Option<Timestamp>,
    redeemed_at: Option<Timestamp>,
    created_at: Timestamp,
}

impl From<Access> for AccessView {
    fn from(access: Access) -> Self {
        Self {
            object: "access",
            id: access.id,
            card_id: access.card_id,
            agent_id: access.agent_id,
            last4: access.card_last4,
            summary: access.summary,
            expected_amount: access.expected_amount,
            expected_currency: access.expected_currency,
            merchant_text: access.merchant_text,
            reason: access.reason,
            client_context: access.client_context,
            exposure_mode: access.exposure_mode,
            intent_id: access.intent.map(|intent| intent.id),
            attestation_status: access.attestation_status,
            transaction_id: access.purchase.map(|purchase| purchase.id),
            token_expires_at: access.token_expires_at,
            redeemed_at: access.redeemed_at,
            created_at: access.created_at,
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Wanted {
    card_id: Option<CardId>,
    agent_id: Option<AgentId>,
    attestation_status: Option<AttestationStatus>,
}

async fn list(call: Call, page: PageRequest, wanted: Wanted) -> Answer {
    let filter = Filter {
        card_id: wanted.card_id,
        agent_id: wanted.agent_id,
        followed: wanted.attestation_status.map(Followed::As),
        ..Filter::default()
    };
    let page = attestations::list(call.db(), call.grant(), &filter, &page.paging()?).await?;
    call.list(&page.map(AccessView::from), |access| &access.id)
}
