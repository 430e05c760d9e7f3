//! Who can put a decline right, how, and on which page: by the rule that decided and by who set it.
use crate::{cx::Cx, members::who_may, paths, shell::capital};
use domain::{
    access::Permission,
    cards::Card,
    limits::{
        DeclineReason, Frequency,
        decide::{Case, Decision, RuleName},
        restrictions::Level,
    },
};

/// What can be done, and the page for it.
pub(super) struct Remedy {
    /// Who does what.
    pub text: String,
    /// What the link says.
    pub label: &'static str,
    /// Where it is done; for those who may not, where it is shown.
    pub href: String,
}

/// The remedy for a purchase with this card that was declined for `why`.
pub(super) fn remedy(cx: &Cx, why: DeclineReason, decision: &Decision, case: &Case, card: &Card) -> Remedy {
    use DeclineReason as Why;
    let e = cx.environment;
    let who = |permission| capital(&who_may(e, permission));
    let raise = || who_may(e, Permission::RaiseLimit);
    let issued = format!("{} can issue a new card.", who(Permission::IssueCard));
    let level = || by_level(cx, decided(decision), card);
    let (text, (label, href)) = match why {
        Why::InsufficientFunds => (
            "The user can deposit money, or wait until pending charges are released.".to_owned(),
            ("The user and the balance", paths::user(e, &card.user_id)),
        ),
        Why::UserNotApproved => (
            "The user must finish the application; the user's page says how far it is.".to_owned(),
            ("The user and the application", paths::user(e, &card.user_id)),
        ),
        Why::AgentSuspended => (
            format!("{} can look into the cause and resume the agent.", who(Permission::Unfreeze)),
            ("The agent", paths::agent(e, &card.agent_id)),
        ),
        Why::OrganisationSuspended => (
            format!("{} can look into the cause and allow spending again.", who(Permission::Unfreeze)),
            if cx.may(Permission::Unfreeze) {
                ("Allow spending again", paths::allow_spending(e))
            } else {
                ("Settings", paths::settings(e))
            },
        ),
        Why::SpendingLimitExceeded => (
            match case.rules.agent_limit.map(|limit| limit.frequency) {
                // These never start again.
                Some(Frequency::PerTransaction | Frequency::AllTime) => format!("{} can raise it.", capital(&raise())),
                _ => format!("Wait until the limit has room again, or {} can raise it.", raise()),
            },
            if cx.may(Permission::LowerLimit) {
                ("The agent's limit", paths::agent_limit(e, &card.agent_id))
            } else {
                ("The agent and its limit", paths::agent(e, &card.agent_id))
            },
        ),
        Why::CardFrozen => (format!("{} can unfreeze the card.", who(Permission::Unfreeze)), of_card(cx, card)),
        Why::CardClosed => (format!("Closing is final. {issued}"), of_card(cx, card)),
        Why::CardNotActivated => (
            format!("Only the issuer activates a card. {} can close it. {issued}", who(Permission::Unfreeze)),
            of_card(cx, card),
        ),
        Why::CardUsed => (
            format!("A single-use card pays once: each purchase needs one of its own, or a multi-use card. {issued}"),
            of_card(cx, card),
        ),
        Why::CardExpired => (format!("The card has ended. {issued}"), of_card(cx, card)),
        Why::FraudSuspected => (
            "Look at what the risk rules found before the purchase is repeated.".to_owned(),
            ("What they found on the card", paths::with_query(&paths::risk(e), [("card", Some(&card.id))])),
        ),
        Why::AttestationRequired => (
            "The agent must say what it buys and read the card's details, then buy.".to_owned(),
            ("The reads of the card", paths::with_query(&paths::attestations(e), [("card", Some(&card.id))])),
        ),
        Why::BlockedMerchant if decision.decided_by == Some(RuleName::MerchantDrift) => (
            format!("The card stays with the merchant that it first paid; {} can let it pay others.", raise()),
            level(),
        ),
        Why::BlockedMerchant => (format!("{} can change which merchants are allowed.", capital(&raise())), level()),
        Why::BlockedMcc => (format!("{} can change which categories are allowed.", capital(&raise())), level()),
        Why::MaxAmountExceeded => {
            (format!("The agent can buy for less, or {} can raise what one purchase may cost.", raise()), level())
        }
        Why::OutsideActiveTime => {
            (format!("Try again within the hours and days that are set, or {} can change them.", raise()), level())
        }
        Why::CooldownActive => (format!("Wait until the pause is over, or {} can shorten it.", raise()), level()),
        Why::VelocityExceeded => {
            (format!("Wait, look for an agent that repeats itself, or {} can allow more.", raise()), level())
        }
        Why::CardLimitExceeded if decision.decided_by != Some(RuleName::CardTotal) => {
            (format!("Wait until the limit has room again, or {} can raise it.", raise()), level())
        }
        Why::AuthCountExceeded | Why::CardLimitExceeded => {
            (format!("{} can raise what the card may ever do. {issued}", capital(&raise())), level())
        }
    };
    Remedy { text, label, href }
}

/// Who set what decided.
fn decided(decision: &Decision) -> Option<Level> {
    let rule = decision.evaluated.iter().find(|rule| decision.decided_by == Some(rule.rule));
    rule.and_then(|rule| rule.level)
}

fn of_card(cx: &Cx, card: &Card) -> (&'static str, String) {
    ("The card", paths::card(cx.environment, &card.id))
}

/// The page of the rules of a level. The first version of the rules knew no levels: what it held was the card's.
fn by_level(cx: &Cx, level: Option<Level>, card: &Card) -> (&'static str, String) {
    let e = cx.environment;
    let changes = cx.may(Permission::LowerLimit);
    match level {
        Some(Level::Organisation) if changes => ("The organisation's rules", paths::organisation_rules(e)),
        Some(Level::Organisation) => ("The organisation's rules", paths::policies(e)),
        Some(Level::Agent) if changes => ("The agent's rules", paths::agent_rules(e, &card.agent_id)),
        Some(Level::Agent) => ("The agent and its rules", paths::agent(e, &card.agent_id)),
        Some(Level::Policy) => match &card.policy_id {
            Some(policy) if cx.may(Permission::RaiseLimit) => ("The policy", paths::edit_policy(e, policy)),
            Some(policy) => ("The policy", paths::policy(e, policy)),
            None => of_card(cx, card),
        },
        Some(Level::Card) | None if changes => ("The card's rules", paths::card_rules(e, &card.id)),
        Some(Level::Card) | None => ("The card and its rules", paths::card(e, &card.id)),
    }
}
