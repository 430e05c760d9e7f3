//! Users, agents and cards for tests of the spend engine, written by plain SQL: exactly the state a test wants,
//! without the rules of issuing. A release build has none of this.
use crate::{
    Result,
    access::Grant,
    agents::AgentStatus,
    attestations::ExposureMode,
    cards::{CardStatus, CardType},
    db::{Db, sql},
    ids::{AgentId, CardId, PolicyId, UserId},
    limits::{
        Frequency, OnLimitExceeded,
        restrictions::{Level, Restrictions},
    },
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
    /// The rules of each level; the card's own without its most for one purchase.
    pub layers: Vec<(Level, Restrictions)>,
    /// How long after its making the card ends, in milliseconds.
    pub life: Option<i64>,
    /// How long ago the card was made, in milliseconds.
    pub age: i64,
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
            layers: Vec::new(),
            life: None,
            age: 0,
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
                  on_limit_exceeded, created_at, restrictions)
             values ($1, $2, $3, $4, 'shopper', $5, $6, $7, $8, $9, $10)",
            grant.organisation(),
            grant.environment(),
            &ids.agent,
            &ids.user,
            self.agent_status,
            self.limit.map(|(amount, _)| amount),
            self.limit.map(|(_, frequency)| frequency),
            self.on_exceeded,
            now,
            self.set(Level::Agent)
        )?;
        sql!(
            &mut tx,
            execute,
            "insert into organisation_restrictions (organisation_id, environment, restrictions, updated_at)
             values ($1, $2, $3, $4) on conflict (organisation_id, environment) do update set restrictions = $3",
            grant.organisation(),
            grant.environment(),
            self.set(Level::Organisation),
            now
        )?;
        self.insert_card(&mut tx, grant, &ids, &ids.card).await?;
        tx.commit().await?;
        Ok(ids)
    }

    fn set(&self, level: Level) -> String {
        let set = self.layers.iter().find(|(of, _)| *of == level).map(|(_, set)| set.clone()).unwrap_or_default();
        serde_json::to_string(&set).expect("rules are JSON")
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
        let (now, made) = (tx.now(), tx.now() - self.age);
        let policy = PolicyId::new(now, tx.chance());
        sql!(
            tx,
            execute,
            "insert into policies (organisation_id, environment, id, name, restrictions, created_at, updated_at)
             values ($1, $2, $3, $4, $5, $6, $6)",
            grant.organisation(),
            grant.environment(),
            &policy,
            format!("Policy of {card}"),
            self.set(Level::Policy),
            now
        )?;
        let serial: i64 = sql!(tx, scalar, "update card_serials set next = next + 1 where id = 1 returning next - 1")?;
        sql!(
            tx,
            execute,
            "insert into cards
                 (organisation_id, environment, id, agent_id, user_id, serial, purpose, type, status, max_amount,
                  last4, expiration_month, expiration_year, credential_exposure, attestation_window_minutes,
                  require_intent, created_at, restrictions, policy_id, ends_at, at_end)
             values ($1, $2, $3, $4, $5, $6, 'test', $7, $8, $9, '4242', 12, 2030, $10, 10, $11, $12, $13, $14, $15,
                     case when $15 is null then null else 'close' end)",
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
            made,
            self.set(Level::Card),
            &policy,
            self.life.map(|life| made + life)
        )?;
        Ok(())
    }
}
