//! The rules that a card sets itself, and the policy that it inherits.
use super::{
    CardStatus, CardType,
    issue::{NO_CAP, capped, inherited, rules_column},
};
use crate::{
    Error, Result,
    access::{Grant, Permission},
    audit::Action,
    db::{Command, Subject, Trail, Tx, sql},
    error::{Code, Noun, fresh},
    ids::{AgentId, CardId, PolicyId},
    intents::matching::Fraction,
    limits::{
        restrictions::Restrictions,
        store::{organisation_zone, stored},
        terms::{Change, OnExpiry, Terms, lifetime},
        wider::widens,
    },
    money::Amount,
    time::Timestamp,
};
use serde_json::json;

/// Changes what a card sets itself, or gives it another policy; in force at the next decision.
pub struct SetCardRules {
    /// Which card: not a closed one.
    pub id: CardId,
    /// What it sets from now on. How its credentials may be read is settled when it is issued.
    pub set: Change,
    /// Another policy, or none.
    pub policy_id: Option<Option<PolicyId>>,
    /// The version that the caller saw; absent: any.
    pub version: Option<i64>,
}

#[derive(sqlx::FromRow)]
struct Row {
    agent_id: AgentId,
    purpose: String,
    card_type: CardType,
    status: CardStatus,
    max_amount: Option<Amount>,
    restrictions: String,
    ttl_minutes: Option<i64>,
    on_expiry: Option<OnExpiry>,
    merchant_hint: Option<String>,
    intent_tolerance_bp: Option<Fraction>,
    policy_id: Option<PolicyId>,
    version: i64,
    created_at: Timestamp,
}

impl Row {
    fn terms(&self) -> Result<Terms> {
        Ok(Terms {
            rules: Restrictions { max_amount: self.max_amount, ..stored(Some(&self.restrictions))? },
            ttl_minutes: self.ttl_minutes,
            on_expiry: self.on_expiry,
            merchant_hint: self.merchant_hint.clone(),
            intent_tolerance: self.intent_tolerance_bp,
            exposure: None,
        })
    }
}

async fn lock(tx: &mut Tx, grant: &Grant, id: &CardId) -> Result<Row> {
    let row: Option<Row> = sql!(
        tx,
        fetch_optional,
        "update cards set version = version where organisation_id = $1 and environment = $2 and id = $3
         returning agent_id, purpose, type as card_type, status, max_amount, restrictions, ttl_minutes, on_expiry,
                   merchant_hint, intent_tolerance_bp, policy_id, version, created_at",
        grant.organisation(),
        grant.environment(),
        id
    )?;
    row.filter(|row| grant.reaches(&row.agent_id)).ok_or(Error::NotFound(Noun::Card))
}

/// What a policy sets, of which a body names the id; nothing where there is none.
async fn given(tx: &mut Tx, grant: &Grant, id: Option<&PolicyId>) -> Result<Option<Terms>> {
    Ok(match id {
        Some(id) => Some(inherited(tx, grant, id).await?.terms),
        None => None,
    })
}

/// What a card's own word settles before its policy's does, so that to set it at all may let more through.
struct Counting {
    /// When its lifetime ends, and what happens then.
    end: Option<(Timestamp, OnExpiry)>,
    /// How far a purchase may be from its intent.
    tolerance: Fraction,
}

impl Counting {
    /// Of what a card sets under its policy, in an organisation of this tolerance.
    fn of(created_at: Timestamp, card: &Terms, policy: Option<&Terms>, house: Fraction) -> Self {
        let given = policy.and_then(|policy| policy.intent_tolerance);
        Self { end: lifetime(created_at, card, policy), tolerance: card.intent_tolerance.or(given).unwrap_or(house) }
    }

    /// Whether the card lives longer, may come back where it could not, or matches more.
    fn wider_than(&self, before: &Self) -> bool {
        let longer = before.end.is_some_and(|(end, what)| {
            self.end.is_none_or(|(then, next)| then > end || (what, next) == (OnExpiry::Close, OnExpiry::Freeze))
        });
        longer || self.tolerance > before.tolerance
    }
}

impl SetCardRules {
    /// Refuses an edit that leaves a single-use card without its compulsory cap, by the field that does so. What has
    /// nothing to do with the cap is no matter here: tightening must never wait for it.
    fn check_cap(&self, card_type: CardType, own: Option<Amount>, policy: Option<&Terms>) -> Result<()> {
        if capped(card_type, own, policy) {
            return Ok(());
        }
        match (&self.set.max_amount, &self.policy_id) {
            (Some(_), _) => Err(Error::field("maxAmount", NO_CAP)),
            (None, Some(_)) => Err(Error::field(
                "policyId",
                "must be a policy that caps a purchase, for a single-use card that does not itself; name one, or give \
                 the card a maxAmount in the same edit",
            )),
            (None, None) => Ok(()),
        }
    }
}

impl Command for SetCardRules {
    type Output = ();

    /// Tightening; whatever may let more through needs the permission to raise a limit.
    fn permission(&self) -> Permission {
        Permission::LowerLimit
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        let row = lock(tx, grant, &self.id).await?;
        if row.status == CardStatus::Closed {
            return Err(Error::state(Code::CardAlreadyClosed, "This card is closed, and closing is final."));
        }
        fresh(self.version, row.version, "this card")?;
        let before = row.terms()?;
        let after = self.set.clone().apply(&before, organisation_zone(tx, grant).await?)?;
        let policy_id = self.policy_id.clone().unwrap_or_else(|| row.policy_id.clone());
        let policy = given(tx, grant, policy_id.as_ref()).await?;
        self.check_cap(row.card_type, after.rules.max_amount, policy.as_ref())?;
        let moves = policy_id != row.policy_id;
        let old = if moves { given(tx, grant, row.policy_id.as_ref()).await? } else { policy.clone() };
        let house: Fraction =
            sql!(tx, scalar, "select intent_tolerance_bp from organisations where id = $1", grant.organisation())?;
        let was = Counting::of(row.created_at, &before, old.as_ref(), house);
        let is = Counting::of(row.created_at, &after, policy.as_ref(), house);
        if widens(&before, &after) || is.wider_than(&was) || moves {
            grant.demand(Permission::RaiseLimit, tx.now())?;
        }
        let lifetime = is.end;
        let (ends_at, at_end) = lifetime.unzip();
        sql!(
            tx,
            execute,
            "update cards set max_amount = $4, restrictions = $5, ttl_minutes = $6, on_expiry = $7, merchant_hint = $8,
                              intent_tolerance_bp = $9, policy_id = $10, ends_at = $11, at_end = $12,
                              version = version + 1
             where organisation_id = $1 and environment = $2 and id = $3",
            grant.organisation(),
            grant.environment(),
            &self.id,
            after.rules.max_amount,
            rules_column(&after.rules)?,
            after.ttl_minutes,
            after.on_expiry,
            &after.merchant_hint,
            after.intent_tolerance,
            &policy_id,
            ends_at,
            at_end
        )?;
        let trail = Trail::new(Action::CardRulesChanged, Subject::new(Noun::Card, &self.id, &row.purpose))
            .before(json!({ "policyId": row.policy_id, "terms": before }))
            .after(json!({ "policyId": policy_id, "terms": after, "endsAt": ends_at }));
        Ok(((), trail))
    }
}
