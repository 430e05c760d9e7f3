//! What the tests of the spend engine share: a shop full of rows, and the calls in short.
use domain::{
    Error, Result,
    access::Grant,
    attestations::ReadCredentials,
    environment::Environment,
    error::Code,
    ids::{CardId, PurchaseId},
    intents::DeclareIntent,
    money::{Amount, Currency},
    name::{Line, Quote},
    purchases::{
        Authorize, Capture, Merchant, Purchase, Reverse,
        testing::{Cast, Ids},
    },
    testing::Fresh,
};

/// A fresh database, a backend's grant, and one user with an agent with a card.
pub struct Shop {
    pub fresh: Fresh,
    pub grant: Grant,
    pub ids: Ids,
}

impl Shop {
    pub async fn new(cast: Cast) -> Self {
        let fresh = Fresh::new().await;
        let grant = fresh.key(Environment::Live);
        let ids = cast.write(&fresh.db, &grant).await.unwrap();
        Self { fresh, grant, ids }
    }

    pub async fn buy(&self, amount: i64) -> Purchase {
        self.buy_with(&self.ids.card, amount, "AMZN Mktp US*2K4").await
    }

    pub async fn buy_with(&self, card: &CardId, amount: i64, merchant: &str) -> Purchase {
        self.fresh.db.commit(&self.grant, authorize(card, amount, merchant)).await.unwrap()
    }

    pub async fn capture(&self, id: &PurchaseId, amount: Option<i64>) -> Result<Purchase> {
        self.fresh.db.commit(&self.grant, Capture { id: id.clone(), amount: amount.map(cents) }).await
    }

    pub async fn reverse(&self, id: &PurchaseId, amount: Option<i64>) -> Result<Purchase> {
        self.fresh.db.commit(&self.grant, Reverse { id: id.clone(), amount: amount.map(cents) }).await
    }
}

pub fn authorize(card: &CardId, amount: i64, merchant: &str) -> Authorize {
    Authorize {
        card_id: card.clone(),
        amount: cents(amount),
        currency: Currency::USD,
        merchant: Merchant::parse(merchant, "5942", Some("Seattle"), Some("US")).unwrap(),
    }
}

pub fn cents(amount: i64) -> Amount {
    Amount::try_from(amount).unwrap()
}

/// An intent for 50.00 at Amazon, for 30 minutes.
pub fn intent(card: &CardId, id: &str) -> DeclareIntent {
    DeclareIntent {
        card_id: card.clone(),
        intent_id: id.to_owned(),
        summary: Line::parse("Office supplies").unwrap(),
        expected_amount: Some(cents(5_000)),
        expected_currency: Currency::USD,
        expected_merchant: Some(Line::parse("Amazon").unwrap()),
        tolerance: None,
        ttl_minutes: None,
        metadata: None,
    }
}

/// A credential read for the same.
pub fn read(card: &CardId) -> ReadCredentials {
    ReadCredentials {
        card_id: card.clone(),
        summary: Quote::parse("Office supplies").unwrap(),
        expected_amount: Some(cents(5_000)),
        expected_currency: Currency::USD,
        merchant_text: Some(Quote::parse("Amazon").unwrap()),
        reason: None,
        client_context: None,
    }
}

/// The code of the state that forbade it.
pub fn code<T>(result: Result<T>) -> Code {
    match result {
        Err(Error::State { code, .. }) => code,
        Err(other) => panic!("no state forbade it: {other:?}"),
        Ok(_) => panic!("not refused"),
    }
}

/// The field that a refusal names first.
pub fn refused_field<T>(result: Result<T>) -> String {
    match result {
        Err(Error::Refused(refused)) => refused.0[0].0.clone(),
        Err(other) => panic!("no refusal of a field: {other:?}"),
        Ok(_) => panic!("not refused"),
    }
}
