//! What webhooks are told about purchases: the documented fields (spec section 8) and no others but ids.
use super::Purchase;
use crate::{
    ids::{IntentId, PurchaseId},
    intents::link::Ended,
    limits::{
        OnLimitExceeded,
        decide::{Decision, Evaluated, RuleName, Verdict},
        store::{Locked, UserRow},
    },
    users::Balance,
};
use serde_json::{Value, json};

/// `transaction.authorized` and `transaction.declined`.
pub(super) fn decided(p: &Purchase) -> Value {
    json!({
        "transactionId": p.id,
        "cardId": p.card_id,
        "agentId": p.agent_id,
        "userId": p.user_id,
        "amount": p.amount,
        "currency": p.currency,
        "merchantName": p.merchant_name,
        "merchantCategoryCode": p.merchant_category_code,
        "status": p.status,
        "declinedReason": p.declined_reason,
        "attestationStatus": p.attestation_status,
    })
}

/// `transaction.completed`.
pub(super) fn completed(p: &Purchase) -> Value {
    let mut data = decided(p);
    data["authorizedAmount"] = json!(p.authorized_amount);
    data["postedAt"] = json!(p.posted_at);
    data
}

/// `transaction.reversed`: what it stood at first, what was given back now, and what is left.
pub(super) fn reversed(p: &Purchase, now: i64) -> Value {
    json!({
        "transactionId": p.id,
        "cardId": p.card_id,
        "agentId": p.agent_id,
        "userId": p.user_id,
        "originalAmount": p.amount + p.reversed_amount,
        "reversedAmount": now,
        "amount": p.amount,
        "currency": p.currency,
        "status": p.status,
    })
}

/// `intent.matched` and `intent.mismatched`.
pub(super) fn verdict(p: &Purchase, ended: &Ended) -> Value {
    json!({
        "id": ended.id,
        "intentId": ended.intent_id,
        "cardId": p.card_id,
        "agentId": p.agent_id,
        "status": ended.status,
        "transactionId": p.id,
        "matchResult": ended.result,
    })
}

/// `intent.reused`: the intent and both purchases.
pub(super) fn reused(p: &Purchase, intent: &IntentId, first: &PurchaseId) -> Value {
    json!({
        "id": intent,
        "cardId": p.card_id,
        "agentId": p.agent_id,
        "firstTransactionId": first,
        "transactionId": p.id,
    })
}

/// `agent.limit_exceeded`.
pub(super) fn limit_exceeded(p: &Purchase, locked: &Locked, spent: i64) -> Value {
    json!({
        "agentId": p.agent_id,
        "userId": p.user_id,
        "cardId": p.card_id,
        "transactionId": p.id,
        "amount": p.authorized_amount,
        "currency": p.currency,
        "spendingLimit": locked.agent.spending_limit,
        "spendingLimitFrequency": locked.agent.spending_limit_frequency,
        "onLimitExceeded": locked.agent.on_limit_exceeded,
        "currentSpend": spent,
        "status": p.status,
    })
}

/// `policy.violated`: a purchase broke what people set; stopped by it, or let through because it is not enforced.
/// Nothing where it was stopped by what nobody set: a frozen card, the month printed on it, an empty balance. Nor where it
/// passed an agent's limit that is only tracked.
pub(super) fn violation(p: &Purchase, locked: &Locked, decision: &Decision) -> Option<Value> {
    let announced = |e: &Evaluated| match e.rule {
        RuleName::AgentLimit => OnLimitExceeded::announces(locked.agent.on_limit_exceeded),
        _ => true,
    };
    let broken = decision.evaluated.iter().find(|e| match decision.decided_by {
        Some(rule) => e.rule == rule,
        None => e.verdict == Verdict::NotEnforced && announced(e),
    })?;
    let set = match broken.rule {
        RuleName::Lifetime => locked.card.life.set_is_over(p.authorized_at),
        rule => rule.is_set_by_people(),
    };
    if !set {
        return None;
    }
    let mut data = decided(p);
    data["rule"] = json!(broken.rule);
    data["verdict"] = json!(broken.verdict);
    data["level"] = json!(broken.level);
    data["input"] = json!(broken.input);
    data["limit"] = json!(broken.limit);
    Some(data)
}

/// `user.balance.updated`.
pub(super) fn balance(user: &UserRow) -> Value {
    Balance::of(user.deposited, user.pending, user.posted).told(&user.id, user.currency)
}
