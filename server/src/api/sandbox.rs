//! The sandbox: what the verification, the bank and the card network do in the live world.
use super::{
    Answer, Call, Failure, Nothing, Table,
    transactions::TransactionView,
    users::{BalanceView, UserView},
};
use domain::{
    access::Permission,
    cards,
    error::{Code, Noun},
    ids::{CardId, PurchaseId, UserId},
    money::{Amount, Currency},
    name::{Name, Quote},
    purchases::{Authorize, Capture, Merchant, Reverse},
    secret::Plain,
    users::{self, ApplicationStatus, DecideApplication, Deposit, MoveApplication},
};
use serde::{Deserialize, Deserializer, de::Error as _};
use utoipa::ToSchema;

pub(super) fn routes(api: &mut Table) {
    api.post("/v1/sandbox/users/{id}/approve", Permission::UseSandbox, approve)
        .answers::<UserView>("approveUser", "Approve the application of a user")
        .at::<UserId>("id", Noun::User)
        .refuses(&[Code::ApplicationState]);
    api.post("/v1/sandbox/users/{id}/deny", Permission::UseSandbox, deny)
        .answers::<UserView>("denyUser", "Deny the application of a user")
        .at::<UserId>("id", Noun::User)
        .refuses(&[Code::ApplicationState]);
    api.post("/v1/sandbox/users/{id}/status", Permission::UseSandbox, status)
        .answers::<UserView>("moveUser", "Put the application of a user into a state")
        .at::<UserId>("id", Noun::User)
        .refuses(&[Code::ApplicationState]);
    api.post("/v1/sandbox/users/{id}/deposits", Permission::UseSandbox, deposit)
        .answers::<BalanceView>("deposit", "Deposit money for a user")
        .made()
        .at::<UserId>("id", Noun::User)
        .refuses(&[Code::UserNotApproved]);
    api.post("/v1/sandbox/authorizations", Permission::Settle, authorize)
        .answers::<TransactionView>("authorize", "Make a purchase with a card")
        .made()
        .notes(
            "Name the card by `cardId` or by its number, `pan`: exactly one of them. A declined purchase is a \
             transaction, too; `declinedReason` says why.",
        )
        .misses(Noun::Card);
    api.post("/v1/sandbox/authorizations/{id}/capture", Permission::Settle, capture)
        .answers::<TransactionView>("capture", "Settle a purchase")
        .at::<PurchaseId>("id", Noun::Purchase)
        .refuses(&[Code::TransactionState]);
    api.post("/v1/sandbox/authorizations/{id}/reverse", Permission::Settle, reverse)
        .answers::<TransactionView>("reverse", "Give a purchase back")
        .at::<PurchaseId>("id", Noun::Purchase)
        .notes(
            "A single-use card stays used, unless this was a card check: at most one unit of its currency, such as \
             1.00 USD, and never captured. Then the card is as unused as before.",
        )
        .refuses(&[Code::TransactionState]);
}

async fn approve(call: Call, _: Nothing) -> Answer {
    decide(call, true).await
}

async fn deny(call: Call, _: Nothing) -> Answer {
    decide(call, false).await
}

async fn decide(call: Call, approve: bool) -> Answer {
    let id: UserId = call.id("id", Noun::User)?;
    call.commit(DecideApplication { id: id.clone(), approve }).await?;
    after(call, id).await
}

async fn after(call: Call, id: UserId) -> Answer {
    let user = users::get(call.db(), call.grant(), &id).await?;
    call.ok(&UserView::from(user))
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct NewStatus {
    application_status: ApplicationStatus,
}

/// Puts an application where the verification would: approved, denied, or anywhere between.
async fn status(call: Call, new: NewStatus) -> Answer {
    match new.application_status {
        ApplicationStatus::Approved => decide(call, true).await,
        ApplicationStatus::Denied => decide(call, false).await,
        to => {
            let id: UserId = call.id("id", Noun::User)?;
            call.commit(MoveApplication { id: id.clone(), to }).await?;
            after(call, id).await
        }
    }
}

#[derive(Deserialize, ToSchema)]
struct NewDeposit {
    amount: Amount,
}

async fn deposit(call: Call, new: NewDeposit) -> Answer {
    let id: UserId = call.id("id", Noun::User)?;
    call.commit(Deposit { id: id.clone(), amount: new.amount }).await?;
    let (balance, currency) = users::balance(call.db(), call.grant(), &id).await?;
    call.created(&BalanceView::new(id, balance, currency))
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct NewAuthorization {
    card_id: Option<CardId>,
    /// The number of the card in place of `cardId`. It is neither kept nor logged.
    #[schema(value_type = Option<String>, pattern = "^[0-9]{16}$")]
    pan: Option<Pan>,
    amount: Amount,
    currency: Option<Currency>,
    merchant: NewMerchant,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct NewMerchant {
    /// The name as the card network writes it.
    #[schema(value_type = Quote)]
    name: String,
    /// The category (MCC).
    #[schema(pattern = "^[0-9]{4}$")]
    category_code: String,
    #[schema(value_type = Option<Name>)]
    city: Option<String>,
    #[schema(pattern = "^[A-Z]{2}$")]
    country: Option<String>,
}

/// A card number on its way in. What it is refused for does not repeat it.
struct Pan(Plain);

impl<'de> Deserialize<'de> for Pan {
    fn deserialize<D: Deserializer<'de>>(text: D) -> Result<Self, D::Error> {
        let text = String::deserialize(text)?;
        let digits = text.len() == 16 && text.bytes().all(|b| b.is_ascii_digit());
        let number = Plain::new(text);
        if digits { Ok(Self(number)) } else { Err(D::Error::custom("must be the 16 digits of a card number")) }
    }
}

/// The card that a body names in one of two ways.
async fn named(call: &Call, id: Option<CardId>, pan: Option<Pan>) -> Result<CardId, Failure> {
    match (id, pan) {
        (Some(id), None) => Ok(id),
        (None, Some(Pan(number))) => Ok(cards::by_number(call.db(), call.grant(), &number).await?),
        (None, None) => Err(Failure::missing_one("cardId", "pan")),
        (Some(_), Some(_)) => Err(Failure::value("pan", "must not stand beside cardId: name the card by one of them")),
    }
}

async fn authorize(call: Call, new: NewAuthorization) -> Answer {
    let NewMerchant { name, category_code, city, country } = new.merchant;
    let merchant = Merchant::parse(&name, &category_code, city.as_deref(), country.as_deref())?;
    let currency = new.currency.unwrap_or(Currency::USD);
    let card_id = named(&call, new.card_id, new.pan).await?;
    let purchase = call.commit(Authorize { card_id, amount: new.amount, currency, merchant }).await?;
    call.is_about(&purchase.agent_id);
    call.created(&TransactionView::from(purchase))
}

#[derive(Deserialize, ToSchema)]
struct Part {
    amount: Option<Amount>,
}

async fn capture(call: Call, part: Part) -> Answer {
    let purchase = call.commit(Capture { id: call.id("id", Noun::Purchase)?, amount: part.amount }).await?;
    call.is_about(&purchase.agent_id);
    call.ok(&TransactionView::from(purchase))
}

async fn reverse(call: Call, part: Part) -> Answer {
    let purchase = call.commit(Reverse { id: call.id("id", Noun::Purchase)?, amount: part.amount }).await?;
    call.is_about(&purchase.agent_id);
    call.ok(&TransactionView::from(purchase))
}
