//! Reading a card's details against a statement of what they are for.
use super::{ExposureMode, ReadReason, correlate, redeem};
use crate::{
    Error, Result,
    access::{Actor, Grant, Permission},
    agents::AgentStatus,
    audit::Action,
    cards::CardStatus,
    db::{Command, Subject, Trail, Tx, sql},
    environment::Environment,
    error::{Code, Noun, Refused},
    ids::{AccessId, CardId, IntentId},
    intents::link::LONGEST,
    issuer::{self, Details},
    limits::{
        restrictions::{Approval, Level, approval},
        stop,
        store::{self as spend, Locked},
    },
    money::{Amount, Currency},
    name::Quote,
    secret::Plain,
    time::{HOUR, Timestamp},
};
use serde_json::{Value, json};

/// How often one card may be read in any 60 minutes.
pub const READS_PER_HOUR: i64 = 10;

/// Reads a card's details: stores what they are for, and gives a token for them or the details themselves.
///
/// The card is active and has not ended, its exposure allows it, an intent of the last hour is pending where one is
/// required (approved, where somebody asks for that), and the card was read at most [`READS_PER_HOUR`] times in the last
/// 60 minutes.
pub struct ReadCredentials {
    /// The card.
    pub card_id: CardId,
    /// What the details are for.
    pub summary: Quote,
    /// What it is expected to cost.
    pub expected_amount: Option<Amount>,
    /// The currency of that.
    pub expected_currency: Currency,
    /// The merchant as the card network writes it.
    pub merchant_text: Option<Quote>,
    /// What the reading is for.
    pub reason: Option<ReadReason>,
    /// The caller's own data: a JSON object of at most 8,192 bytes.
    pub client_context: Option<Value>,
}

/// What a read gives.
pub struct CredentialRead {
    /// The read.
    pub id: AccessId,
    /// How the details may be shown.
    pub exposure: ExposureMode,
    /// The last four digits of the card.
    pub last4: String,
    /// The intent that it belongs to.
    pub intent_id: Option<IntentId>,
    /// With [`ExposureMode::ExtensionOnly`]: the token, and when it ends.
    pub token: Option<(Plain, Timestamp)>,
    /// With [`ExposureMode::RawPan`]: the details themselves.
    pub details: Option<Details>,
}

/// What only a read asks about a card.
#[derive(sqlx::FromRow)]
struct Card {
    require_intent: Option<bool>,
    serial: i64,
    expiration_month: i64,
    expiration_year: i64,
    require_intent_live: bool,
    require_intent_dev: bool,
}

impl Card {
    /// The card's own setting, else the organisation's for the environment.
    fn requires_intent(&self, environment: Environment) -> bool {
        self.require_intent.unwrap_or(match environment {
            Environment::Live => self.require_intent_live,
            Environment::Dev => self.require_intent_dev,
        })
    }
}

impl Command for ReadCredentials {
    type Output = CredentialRead;

    fn permission(&self) -> Permission {
        Permission::ReadCredentials
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(CredentialRead, Trail)> {
        if self.client_context.as_ref().is_some_and(|data| !data.is_object() || data.to_string().len() > 8_192) {
            let refused = Refused::default().field("clientContext", "must be an object of at most 8192 bytes");
            return Err(Error::Refused(refused));
        }
        let locked = spend::lock(tx, grant, &self.card_id).await?;
        let (card, now) = (read(tx, grant, &self.card_id).await?, locked.at);
        if locked.organisation.stopped_at.is_some() {
            return Err(stop::hidden());
        }
        if locked.agent.status == AgentStatus::Suspended {
            return Err(Error::state(Code::AgentSuspended, "The agent of this card is suspended; it must be resumed."));
        }
        let status = locked.card.status;
        if status != CardStatus::Active {
            let why = format!("This card is {status}; its details can be read while it is active.");
            return Err(Error::state(Code::CardNotActive, why));
        }
        locked.card.life.goes_on(now)?;
        let (level, exposure) = locked.exposure_of();
        if exposure == ExposureMode::Never {
            return Err(never(level));
        }
        let approval = approval(&locked.layers()?);
        let intent_id = reveal(tx, grant, &locked, approval).await?;
        if intent_id.is_none() && is_held(tx, grant, &self.card_id, now).await? {
            let why = "A person must approve what was declared for this card before its details can be read.";
            return Err(Error::state(Code::IntentPendingApproval, why));
        }
        // Where purchases are approved there must be something to approve.
        let asked = approval.is_some() || card.requires_intent(grant.environment());
        if intent_id.is_none() && asked {
            let why = "Declare an intent for this card first; it opens the details for 60 minutes or until it expires. What was \
                       declared before a person had to approve it opens nothing.";
            return Err(Error::state(Code::IntentRequired, why));
        }
        within_the_hour(tx, grant, &self.card_id, now).await?;
        let token =
            (exposure == ExposureMode::ExtensionOnly).then(|| (redeem::make(tx.chance()), now + redeem::TOKEN_MS));
        let id = AccessId::new(now, tx.chance());
        self.insert(tx, grant, &locked, &id, intent_id.as_ref(), token.as_ref()).await?;
        let trail =
            Trail::new(Action::CredentialsRead, Subject::new(Noun::Card, &self.card_id, locked.card.last4.as_str()))
                .after(json!({
                    "accessEventId": id, "summary": self.summary.as_str(), "expectedAmount": self.expected_amount,
                    "expectedCurrency": self.expected_currency, "exposureMode": exposure,
                    "intentId": intent_id,
                }));
        let details = (exposure == ExposureMode::RawPan)
            .then(|| issuer::details(tx.vault(), card.serial, card.expiration_month, card.expiration_year))
            .transpose()?;
        Ok((CredentialRead { id, exposure, last4: locked.card.last4, intent_id, token, details }, trail))
    }
}

/// The refusal of whoever asks for details that are never shown: by the card itself, or by the policy that it inherits.
pub(crate) fn never(level: Level) -> Error {
    let why = if level == Level::Card {
        "This card never shows its details; pay by hosted checkout, or issue a card that does."
    } else {
        "The policy of this card lets nobody see its details; pay by hosted checkout, or change the policy."
    };
    Error::state(Code::ExposureForbidden, why)
}

/// Reads what decides about the read, and what it shows.
async fn read(tx: &mut Tx, grant: &Grant, id: &CardId) -> Result<Card> {
    Ok(sql!(
        tx,
        fetch_one,
        "select c.require_intent, c.serial, c.expiration_month, c.expiration_year, o.require_intent_live,
                o.require_intent_dev
         from cards c join organisations o on o.id = c.organisation_id
         where c.organisation_id = $1 and c.environment = $2 and c.id = $3",
        grant.organisation(),
        grant.environment(),
        id
    )?)
}

/// The pending intent that the read belongs to: the newest that no read belongs to yet, else the newest. Its hour
/// begins when it is declared, or approved where a person must. Where a person must approve now, what was declared before
/// that was asked for counts as little as what nobody has approved (compare [`crate::intents::approval::needs_person`]).
async fn reveal(tx: &mut Tx, grant: &Grant, locked: &Locked, approval: Option<Approval>) -> Result<Option<IntentId>> {
    let now = locked.at;
    let from = approval.map(|asked| asked.from.map_or(0, Amount::minor));
    Ok(sql!(
        tx,
        scalar_optional,
        "update intents set revealed_at = coalesce(revealed_at, $4)
         where organisation_id = $1 and environment = $2 and status = 'pending'
           and id = (select id from intents
                     where organisation_id = $1 and environment = $2 and card_id = $3 and id >= $5
                       and status = 'pending' and expires_at > $4 and coalesce(decided_at, created_at) >= $6
                       and ($7 = 0 or decided_at is not null
                            or (expected_currency = $9 and expected_amount
                                + case when tolerance > 0 then tolerance else 0 end < $8))
                     order by case when revealed_at is null then 0 else 1 end, id desc limit 1)
         returning id",
        grant.organisation(),
        grant.environment(),
        &locked.card.id,
        now,
        IntentId::floor(now - LONGEST),
        now - correlate::DECLARE_TO_READ,
        i64::from(from.is_some()),
        from.unwrap_or_default(),
        locked.user.currency
    )?)
}

/// Whether something declared for the card waits for a person.
async fn is_held(tx: &mut Tx, grant: &Grant, card: &CardId, now: Timestamp) -> Result<bool> {
    let held: Option<IntentId> = sql!(
        tx,
        scalar_optional,
        "select id from intents
         where organisation_id = $1 and environment = $2 and card_id = $3 and id >= $4
           and status = 'pending_approval' and expires_at > $5 limit 1",
        grant.organisation(),
        grant.environment(),
        card,
        IntentId::floor(now - LONGEST),
        now
    )?;
    Ok(held.is_some())
}

async fn within_the_hour(tx: &mut Tx, grant: &Grant, card: &CardId, now: Timestamp) -> Result<()> {
    let reads: i64 = sql!(
        tx,
        scalar,
        "select count(*) from accesses
         where organisation_id = $1 and environment = $2 and card_id = $3 and id >= $4",
        grant.organisation(),
        grant.environment(),
        card,
        AccessId::floor(now - HOUR + 1)
    )?;
    if reads < READS_PER_HOUR {
        return Ok(());
    }
    let why = "This card was read 10 times in the last hour; wait until the oldest of them is an hour old.";
    Err(Error::state(Code::CredentialReadLimit, why))
}

impl ReadCredentials {
    async fn insert(
        &self,
        tx: &mut Tx,
        grant: &Grant,
        locked: &Locked,
        id: &AccessId,
        intent: Option<&IntentId>,
        token: Option<&(Plain, Timestamp)>,
    ) -> Result<()> {
        let (kind, actor_id, name) = match grant.actor() {
            Actor::Person { id, name, .. } => ("person", Some(id.to_string()), name.clone()),
            Actor::Key { id, name } => ("api_key", Some(id.to_string()), name.clone()),
            Actor::Token { id, agent } => ("agent_token", Some(id.to_string()), agent.to_string()),
            Actor::Job(_) | Actor::Door => return Err(Error::Denied(Permission::ReadCredentials)),
        };
        let digest = token.map(|(text, _)| redeem::digest(tx.vault(), text));
        sql!(
            tx,
            execute,
            "insert into accesses
                 (organisation_id, environment, id, card_id, agent_id, intent_id, summary, expected_amount,
                  expected_currency, merchant_text, reason, client_context, exposure_mode, actor_kind, actor_id,
                  actor_name, request_id, created_at, token_digest, token_expires_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
            grant.organisation(),
            grant.environment(),
            id,
            &self.card_id,
            &locked.agent.id,
            intent,
            self.summary.as_str(),
            self.expected_amount,
            self.expected_currency,
            self.merchant_text.as_ref().map(Quote::as_str),
            self.reason,
            self.client_context.as_ref().map(Value::to_string),
            locked.exposure_of().1,
            kind,
            actor_id,
            name,
            &grant.origin().request,
            locked.at,
            digest,
            token.map(|(_, end)| *end)
        )?;
        Ok(())
    }
}
