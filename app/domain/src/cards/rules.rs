//! The rules that a card sets itself, and the policy that it inherits.
use super::{
    CardStatus, CardType,
    issue::{NO_CAP, capped, inherited, rules_column},
};
use crate::{
    Error, Result,
    access::{
        Grant, Permission,
        approvals::{self, Consent, Effect, proposed},
    },
    audit::Action,
    db::{Command, Subject, Trail, Tx, sql},
    error::{Code, Noun, fresh},
    ids::{AgentId, CardId, PolicyId},
    intents::matching::Fraction,
    limits::{
        policies::{self, Policy},
        restrictions::Restrictions,
        store::{organisation_zone, stored},
        terms::{Change, OnExpiry, Terms, lifetime},
        wider::{most, widens},
    },
    money::Amount,
    name::Line,
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
    /// Why, for the audit log.
    pub reason: Option<Line>,
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

/// The policy of this id, which a body names; none where there is none.
async fn given(tx: &mut Tx, grant: &Grant, id: Option<&PolicyId>) -> Result<Option<Policy>> {
    Ok(match id {
        Some(id) => Some(inherited(tx, grant, id).await?),
        None => None,
    })
}

/// What a card inherits of a policy: nothing where there is none.
fn terms_of(policy: Option<&Policy>) -> Terms {
    policy.map(|policy| policy.terms.clone()).unwrap_or_default()
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
    fn of(created_at: Timestamp, card: &Terms, policy: &Terms, house: Fraction) -> Self {
        Self {
            end: lifetime(created_at, card, Some(policy)),
            tolerance: card.intent_tolerance.or(policy.intent_tolerance).unwrap_or(house),
        }
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
    fn check_cap(&self, card_type: CardType, own: Option<Amount>, policy: &Terms) -> Result<()> {
        if capped(card_type, own, Some(policy)) {
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
    type Output = Effect;

    /// Tightening; whatever may let more through needs the permission to raise a limit.
    fn permission(&self) -> Permission {
        Permission::LowerLimit
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(Effect, Trail)> {
        self.make(grant, tx, Consent::NotAsked).await
    }
}

impl SetCardRules {
    /// Sets them, or proposes it where a second person has to be asked: where a live card lets more through, and a single
    /// purchase with it may then be above the organisation's threshold.
    pub(crate) async fn make(&self, grant: &Grant, tx: &mut Tx, consent: Consent) -> Result<(Effect, Trail)> {
        let row = lock(tx, grant, &self.id).await?;
        if row.status == CardStatus::Closed {
            return Err(Error::state(Code::CardAlreadyClosed, "This card is closed, and closing is final."));
        }
        fresh(self.version, row.version, "this card")?;
        let before = row.terms()?;
        let after = self.set.clone().apply(&before, organisation_zone(tx, grant).await?)?;
        let policy_id = self.policy_id.clone().unwrap_or_else(|| row.policy_id.clone());
        let policy = given(tx, grant, policy_id.as_ref()).await?;
        let moves = policy_id != row.policy_id;
        let old = if moves { given(tx, grant, row.policy_id.as_ref()).await? } else { policy.clone() };
        let (inherits, inherited) = (terms_of(policy.as_ref()), terms_of(old.as_ref()));
        self.check_cap(row.card_type, after.rules.max_amount, &inherits)?;
        let house: Fraction =
            sql!(tx, scalar, "select intent_tolerance_bp from organisations where id = $1", grant.organisation())?;
        let was = Counting::of(row.created_at, &before, &inherited, house);
        let is = Counting::of(row.created_at, &after, &inherits, house);
        let wider = widens(&before, &after) || widens(&inherited, &inherits) || is.wider_than(&was);
        if wider || moves {
            grant.demand(Permission::RaiseLimit, tx.now())?;
        }
        let subject = Subject::new(Noun::Card, &self.id, &row.purpose);
        let cap = most(&after.rules).into_iter().chain(most(&inherits.rules)).min();
        if wider && policies::above(tx, grant, cap).await? {
            let change = approvals::Change::CardRules {
                card: self.id.clone(),
                before: before.clone(),
                after: after.clone(),
                policy: policy_id.clone(),
                policy_before: old.map(|policy| policy.name),
                policy_after: policy.map(|policy| policy.name),
                reason: self.reason.as_ref().map(ToString::to_string),
                version: row.version,
            };
            if let Some((id, trail)) = proposed(tx, grant, consent, &change, &subject).await? {
                return Ok((Effect::Proposed(id), trail));
            }
        }
        let (ends_at, at_end) = is.end.unzip();
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
        let mut trail = Trail::new(Action::CardRulesChanged, subject)
            .before(json!({ "policyId": row.policy_id, "terms": before }))
            .after(json!({ "policyId": policy_id, "terms": after, "endsAt": ends_at }));
        if let Some(reason) = &self.reason {
            trail = trail.reason(reason.as_str());
        }
        Ok((Effect::Done, trail))
    }
}
