//! Commands in short, as the tests make things with them.
use domain::{
    agents::CreateAgent,
    attestations::{ExposureMode, ReadCredentials},
    cards::{CardType, IssueCard},
    ids::{AgentId, CardId, UserId},
    intents::DeclareIntent,
    limits::{Frequency, terms::Change},
    money::{Amount, Currency},
    name::{Line, Name, Passage, Quote},
    purchases::{Authorize, Merchant},
    testing::email,
    users::CreateUser,
};

pub fn line(text: &str) -> Line {
    Line::parse(text).unwrap()
}

fn quote(text: &str) -> Quote {
    Quote::parse(text).unwrap()
}

pub fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

pub fn amount(minor: i64) -> Amount {
    Amount::try_from(minor).unwrap()
}

/// A card's own word that a person approves, from this amount on.
pub fn asks(from: Option<i64>) -> Change {
    let auto_approve_below = Some(from.map(amount));
    Change { require_approval: Some(Some(true)), auto_approve_below, ..Change::default() }
}

pub fn new_user(first: &str, last: &str) -> CreateUser {
    CreateUser {
        first_name: name(first),
        last_name: name(last),
        email: email("\"><img/src=x/onerror=alert(1)>@lovelace.example"),
        metadata: None,
        start_application: true,
    }
}

pub fn new_agent(user: &UserId, called: &str, about: &str) -> CreateAgent {
    CreateAgent {
        user_id: user.clone(),
        external_id: Some(line(&format!("{called} {about}"))),
        name: name(called),
        description: Some(Passage::parse(about).unwrap()),
        limit: Some((amount(90_000_000), Frequency::AllTime)),
        on_limit_exceeded: None,
        max_cards: None,
        default_card_limit: None,
        default_policy_id: None,
        metadata: None,
    }
}

pub fn new_card(agent: &AgentId, purpose: &str, hint: &str) -> IssueCard {
    IssueCard {
        agent_id: agent.clone(),
        purpose: line(purpose),
        card_type: CardType::Multi,
        max_amount: Some(amount(2_000_000)),
        exposure: ExposureMode::ExtensionOnly,
        attestation_window_minutes: None,
        merchant_hint: Some(line(hint)),
        intent_tolerance_bp: None,
        require_intent: None,
        policy_id: None,
        set: Change::default(),
        acknowledge_raw_pan_risk: false,
        issuer_served: true,
    }
}

/// For 50.00.
pub fn new_intent(card: &CardId, id: &str, summary: &str, merchant: &str) -> DeclareIntent {
    DeclareIntent {
        card_id: card.clone(),
        intent_id: id.into(),
        summary: line(summary),
        expected_amount: Some(amount(5_000)),
        expected_currency: Currency::USD,
        expected_merchant: Some(line(merchant)),
        tolerance: None,
        ttl_minutes: None,
        metadata: None,
    }
}

/// For the same.
pub fn new_read(card: &CardId, summary: &str, merchant: &str) -> ReadCredentials {
    ReadCredentials {
        card_id: card.clone(),
        summary: quote(summary),
        expected_amount: Some(amount(5_000)),
        expected_currency: Currency::USD,
        merchant_text: Some(quote(merchant)),
        reason: None,
        client_context: None,
    }
}

pub fn new_purchase(card: &CardId, minor: i64) -> Authorize {
    let merchant = merchant("STAPLES*1234", "Boston");
    Authorize { card_id: card.clone(), amount: amount(minor), currency: Currency::USD, merchant }
}

pub fn merchant(called: &str, city: &str) -> Merchant {
    Merchant::parse(called, "5943", Some(city), Some("US")).unwrap()
}
