//! Issuing a card.
use super::{CardStatus, CardType};
use crate::{
    Error, Result,
    access::{Grant, Permission},
    agents::{self, AgentStatus},
    attestations::ExposureMode,
    audit::Action,
    db::{Command, Subject, Trail, Tx, sql},
    error::{Code, Noun, Refused},
    ids::{AgentId, CardId, PolicyId, UserId},
    issuer::{Facts, Issuer, Sandbox},
    limits::{
        Frequency,
        policies::{self, Policy},
        restrictions::Restrictions,
        store::organisation_zone,
        terms::{Change, Terms, lifetime},
    },
    money::Amount,
    name::Line,
    time::Timestamp,
    users::ApplicationStatus,
    webhooks::EventType,
};
use chrono::Datelike;
use serde_json::json;

/// For how many minutes a read attests a purchase, unless the card says otherwise.
pub const DEFAULT_WINDOW_MINUTES: i64 = 10;
/// The longest attestation window, in minutes.
pub const LONGEST_WINDOW_MINUTES: i64 = 60;
/// How long a card lives, to the end of its month.
const YEARS: i32 = 3;

/// A new card of an agent.
pub struct IssueCard {
    /// The agent that will spend from it: active, its user approved.
    pub agent_id: AgentId,
    /// What it is for.
    pub purpose: Line,
    /// How often it can be charged.
    pub card_type: CardType,
    /// The most that one purchase may take; a single-use card must have it.
    pub max_amount: Option<Amount>,
    /// How its credentials may be read.
    pub exposure: ExposureMode,
    /// That whoever asks knows what `rawPan` means: the number in an answer of the API. Must be true for it.
    pub acknowledge_raw_pan_risk: bool,
    /// For how many minutes a read attests a purchase: 1 to [`LONGEST_WINDOW_MINUTES`]; absent:
    /// [`DEFAULT_WINDOW_MINUTES`].
    pub attestation_window_minutes: Option<i64>,
    /// The merchant that is expected.
    pub merchant_hint: Option<Line>,
    /// How far a purchase may be from its intent, in basis points from 0 to 10,000; absent: as the organisation says.
    pub intent_tolerance_bp: Option<i64>,
    /// Whether an intent must be declared before a read; absent: as the organisation says.
    pub require_intent: Option<bool>,
    /// The policy that it inherits; absent: the agent's default one.
    pub policy_id: Option<PolicyId>,
    /// What it sets itself besides: limits, hours, lists, a lifetime.
    pub set: Change,
    /// Whether an issuer serves the grant's environment, which is a setting of the server.
    pub issuer_served: bool,
}

/// What an agent gives its new cards that do not say themselves.
#[derive(Default, sqlx::FromRow)]
struct Defaults {
    default_policy_id: Option<PolicyId>,
    default_card_limit: Option<Amount>,
    default_card_limit_frequency: Option<Frequency>,
}

impl Defaults {
    /// What a card sets itself, with the agent's limit for it copied where it says nothing of that window. What it says
    /// is wider, narrower or none: it is its own to say.
    fn copied(&self, max_amount: Option<Amount>, set: &Change) -> Change {
        let mut set = Change { max_amount: max_amount.map(Some), ..set.clone() };
        let Some((limit, window)) = self.default_card_limit.zip(self.default_card_limit_frequency) else { return set };
        let own = match window {
            Frequency::PerTransaction if set.limit_per_auth.is_some() => return set,
            Frequency::PerTransaction => &mut set.max_amount,
            Frequency::Per24HourPeriod => &mut set.limit_per_day,
            Frequency::PerMonth => &mut set.limit_per_month,
            Frequency::AllTime => &mut set.cumulative_max,
            // A card has no limit for these, so no agent has one for its cards.
            Frequency::PerWeek | Frequency::PerYear => return set,
        };
        own.get_or_insert(Some(limit));
        set
    }
}

impl IssueCard {
    fn check(&self, max_amount: Option<Amount>, policy: Option<&Terms>) -> Result<i64> {
        let mut refused = Refused::default();
        if !capped(self.card_type, max_amount, policy) {
            refused.add("maxAmount", NO_CAP);
        }
        if self.exposure == ExposureMode::RawPan && !self.acknowledge_raw_pan_risk {
            refused.add(
                "acknowledgeRawPanRisk",
                "must be true for rawPan: whoever reads the card gets its number, code and expiry in the answer",
            );
        }
        let window = self.attestation_window_minutes.unwrap_or(DEFAULT_WINDOW_MINUTES);
        if !(1..=LONGEST_WINDOW_MINUTES).contains(&window) {
            refused.add("attestationWindowMinutes", format!("must be from 1 to {LONGEST_WINDOW_MINUTES}"));
        }
        if self.intent_tolerance_bp.is_some_and(|bp| !(0..=10_000).contains(&bp)) {
            refused.add("intentTolerance", "must be from 0 to 1");
        }
        refused.or(window)
    }

    /// Locks the agent, so that none suspends it and no other card slips past its highest number meanwhile.
    async fn admit(&self, grant: &Grant, tx: &mut Tx) -> Result<(UserId, Defaults)> {
        let agent = agents::lock(tx, grant, &self.agent_id).await?;
        if agent.status == AgentStatus::Suspended {
            return Err(Error::state(
                Code::AgentSuspended,
                "This agent is suspended; resume it before it gets a card.",
            ));
        }
        let status: ApplicationStatus = sql!(
            tx,
            scalar,
            "select application_status from users where organisation_id = $1 and environment = $2 and id = $3",
            grant.organisation(),
            grant.environment(),
            &agent.user_id
        )?;
        if status != ApplicationStatus::Approved {
            return Err(Error::state(
                Code::UserNotApproved,
                format!("The application of the agent's user is {status}; cards need an approved user."),
            ));
        }
        if let Some(most) = agent.max_cards {
            let open: i64 = sql!(
                tx,
                scalar,
                "select count(*) from cards
                 where organisation_id = $1 and environment = $2 and agent_id = $3 and status <> 'closed'",
                grant.organisation(),
                grant.environment(),
                &self.agent_id
            )?;
            if open >= most {
                return Err(Error::state(
                    Code::CardLimitReached,
                    format!("This agent may have {most} open cards and has them; close one first."),
                ));
            }
        }
        let defaults: Option<Defaults> = sql!(
            tx,
            fetch_optional,
            "select default_policy_id, default_card_limit, default_card_limit_frequency
             from agents where organisation_id = $1 and environment = $2 and id = $3",
            grant.organisation(),
            grant.environment(),
            &self.agent_id
        )?;
        Ok((agent.user_id, defaults.unwrap_or_default()))
    }
}

/// Why a single-use card is refused that has no cap.
pub(super) const NO_CAP: &str = "is required for a single-use card, unless its policy sets it";

/// Whether a card has the cap that its type demands: a single-use card its own most for one purchase, or its policy's.
pub(super) fn capped(card_type: CardType, own: Option<Amount>, policy: Option<&Terms>) -> bool {
    let given = || policy.and_then(|policy| policy.rules.per_purchase());
    card_type == CardType::Multi || own.or_else(given).is_some()
}

/// The policy of this id, which a body names.
pub(super) async fn inherited(tx: &mut Tx, grant: &Grant, id: &PolicyId) -> Result<Policy> {
    policies::read(tx, grant, id).await.map_err(|error| match error {
        Error::NotFound(_) => Error::field("policyId", "must be a policy of this environment"),
        other => other,
    })
}

/// A card's rules as its column holds them: the most for one purchase has a column of its own.
pub(super) fn rules_column(rules: &Restrictions) -> Result<String> {
    let rules = Restrictions { max_amount: None, ..rules.clone() };
    serde_json::to_string(&rules).map_err(Error::broken)
}

/// Takes the next serial. Its one row is shared by all, so it is taken after everything that can be refused.
async fn next_card(tx: &mut Tx, now: Timestamp) -> Result<Facts> {
    let serial: i64 = sql!(tx, scalar, "update card_serials set next = next + 1 where id = 1 returning next - 1")?;
    let today = now.utc();
    Ok(Facts {
        serial: u32::try_from(serial).map_err(Error::broken)?,
        expiration_month: u8::try_from(today.month()).map_err(Error::broken)?,
        expiration_year: u16::try_from(today.year() + YEARS).map_err(Error::broken)?,
    })
}

impl Command for IssueCard {
    type Output = CardId;

    fn permission(&self) -> Permission {
        Permission::IssueCard
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(CardId, Trail)> {
        if !self.issuer_served {
            return Err(Error::state(
                Code::IssuerNotConfigured,
                format!("No issuer serves the {} environment of this server yet.", grant.environment()),
            ));
        }
        let (user_id, defaults) = self.admit(grant, tx).await?;
        let policy = match self.policy_id.as_ref().or(defaults.default_policy_id.as_ref()) {
            Some(id) => Some(inherited(tx, grant, id).await?),
            None => None,
        };
        let inherited = policy.as_ref().map(|policy| &policy.terms);
        let set = defaults.copied(self.max_amount, &self.set);
        let max_amount = set.max_amount.flatten();
        let window = self.check(max_amount, inherited)?;
        let own = set.apply(&Terms::default(), organisation_zone(tx, grant).await?)?;
        let now = tx.now();
        let (ends_at, at_end) = lifetime(now, &own, inherited).unzip();
        let facts = next_card(tx, now).await?;
        let last4 = Sandbox::new(tx.vault()).last4(facts);
        let id = CardId::new(now, tx.chance());
        sql!(
            tx,
            execute,
            "insert into cards
                 (organisation_id, environment, id, agent_id, user_id, serial, purpose, type, status, max_amount, last4,
                  expiration_month, expiration_year, credential_exposure, attestation_window_minutes,
                  intent_tolerance_bp, require_intent, merchant_hint, created_at, policy_id, restrictions, ttl_minutes,
                  on_expiry, ends_at, at_end)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
                     $22, $23, $24, $25)",
            grant.organisation(),
            grant.environment(),
            &id,
            &self.agent_id,
            &user_id,
            i64::from(facts.serial),
            self.purpose.as_str(),
            self.card_type,
            CardStatus::Active,
            max_amount,
            &last4,
            i64::from(facts.expiration_month),
            i64::from(facts.expiration_year),
            self.exposure,
            window,
            self.intent_tolerance_bp,
            self.require_intent,
            self.merchant_hint.as_ref().map(Line::as_str),
            now,
            policy.as_ref().map(|policy| &policy.id),
            rules_column(&own.rules)?,
            own.ttl_minutes,
            own.on_expiry,
            ends_at,
            at_end
        )?;
        let trail = Trail::new(Action::CardIssued, Subject::new(Noun::Card, &id, self.purpose.as_str()))
            .after(json!({
                "agentId": self.agent_id,
                "type": self.card_type,
                "maxAmount": max_amount,
                "last4": last4,
                "credentialExposure": self.exposure,
                "attestationWindowMinutes": window,
                "policyId": policy.as_ref().map(|policy| &policy.id),
                "rules": own.rules,
                "endsAt": ends_at,
            }))
            .event(
                EventType::CardCreated,
                json!({
                    "cardId": id,
                    "agentId": self.agent_id,
                    "userId": user_id,
                    "purpose": self.purpose.as_str(),
                    "type": self.card_type,
                    "status": CardStatus::Active,
                    "maxAmount": max_amount,
                    "last4": last4,
                }),
            );
        Ok((id, trail))
    }
}
