//! Users, agents and cards for tests of the spend engine, written by plain SQL: exactly the state a test wants,
//! without the rules of issuing. A release build has none of this.
use crate::{
    Result,
    access::Grant,
    agents::AgentStatus,
    attestations::ExposureMode,
    cards::{CardStatus, CardType},
    db::{Db, sql},
    ids::{AgentId, CardId, UserId},
    limits::{Frequency, OnLimitExceeded},
};

/// One user with one agent with one card, and what is set for them.
#[derive(Debug, Clone)]
pub struct Cast {
    /// The user's application.
    pub application_status: &'static str,
    /// The user's money, in cents.
    pub deposited: i64,
    /// The agent's status.
    pub agent_status: AgentStatus,
    /// The agent's limit.
    pub limit: Option<(i64, Frequency)>,
    /// What happens above it.
    pub on_exceeded: Option<OnLimitExceeded>,
    /// The card's type.
    pub card_type: CardType,
    /// The card's status.
    pub card_status: CardStatus,
    /// The most for one purchase.
    pub max_amount: Option<i64>,
    /// How the card's details may be read.
    pub exposure: ExposureMode,
    /// Whether reading them needs an intent; the organisation's setting, when absent.
    pub require_intent: Option<bool>,
    /// Whether declared purchases wait for a person.
    pub require_approval: bool,
    /// Below which amount they do not.
    pub auto_approve_below: Option<i64>,
}

impl Default for Cast {
    fn default() -> Self {
        Self {
            application_status: "approved",
            deposited: 1_000_000,
            agent_status: AgentStatus::Active,
            limit: None,
            on_exceeded: None,
            card_type: CardType::Multi,
            card_status: CardStatus::Active,
            max_amount: None,
            exposure: ExposureMode::ExtensionOnly,
            require_intent: None,
            require_approval: false,
            auto_approve_below: None,
        }
    }
}

/// The ids of a [`Cast`].
#[derive(Debug, Clone)]
pub struct Ids {
    /// The user.
    pub user: UserId,
    /// The agent.
    pub agent: AgentId,
    /// The card.
    pub card: CardId,
}

impl Cast {
    /// Writes the rows into the grant's organisation and environment.
    pub async fn write(&self, db: &Db, grant: &Grant) -> Result<Ids> {
        let now = db.now();
        let ids = Ids {
            user: UserId::new(now, db.chance()),
            agent: AgentId::new(now, db.chance()),
            card: CardId::new(now, db.chance()),
        };
        let mut tx = db.begin().await?;
        sql!(
            &mut tx,
            execute,
            "insert into users
                 (organisation_id, environment, id, first_name, last_name, email, application_status, deposited,
                  created_at)
             values ($1, $2, $3, 'Ada', 'Byron', 'ada@example.com', $4, $5, $6)",
            grant.organisation(),
            grant.environment(),
            &ids.user,
            self.application_status,
            self.deposited,
            now
        )?;
        sql!(
            &mut tx,
            execute,
            "insert into agents
                 (organisation_id, environment, id, user_id, name, status, spending_limit, spending_limit_frequency,
                  on_limit_exceeded, created_at)
             values ($1, $2, $3, $4, 'shopper', $5, $6, $7, $8, $9)",
            grant.organisation(),
            grant.environment(),
            &ids.agent,
            &ids.user,
            self.agent_status,
            self.limit.map(|(amount, _)| amount),
            self.limit.map(|(_, frequency)| frequency),
            self.on_exceeded,
            now
        )?;
        self.insert_card(&mut tx, grant, &ids, &ids.card).await?;
        tx.commit().await?;
        Ok(ids)
    }

    /// A further card of the same agent.
    pub async fn another_card(&self, db: &Db, grant: &Grant, ids: &Ids) -> Result<CardId> {
        let card = CardId::new(db.now(), db.chance());
        let mut tx = db.begin().await?;
        self.insert_card(&mut tx, grant, ids, &card).await?;
        tx.commit().await?;
        Ok(card)
    }

    async fn insert_card(&self, tx: &mut crate::db::Tx, grant: &Grant, ids: &Ids, card: &CardId) -> Result<()> {
        let now = tx.now();
        let serial: i64 = sql!(tx, scalar, "update card_serials set next = next + 1 where id = 1 returning next - 1")?;
        sql!(
            tx,
            execute,
            "insert into cards
                 (organisation_id, environment, id, agent_id, user_id, serial, purpose, type, status, max_amount,
                  last4, expiration_month, expiration_year, credential_exposure, attestation_window_minutes,
                  require_intent, created_at, require_approval, auto_approve_below)
             values ($1, $2, $3, $4, $5, $6, 'test', $7, $8, $9, '4242', 12, 2030, $10, 10, $11, $12, $13, $14)",
            grant.organisation(),
            grant.environment(),
            card,
            &ids.agent,
            &ids.user,
            serial,
            self.card_type,
            self.card_status,
            self.max_amount,
            self.exposure,
            self.require_intent,
            now,
            self.require_approval,
            self.auto_approve_below
        )?;
        Ok(())
    }
}
