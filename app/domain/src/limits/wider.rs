//! Whether a change lets more through than before, and how much that may be.
use super::{
    restrictions::{Mcc, Restrictions},
    terms::{OnExpiry, Terms},
};
use crate::money::Amount;

/// Whether `after` may let a purchase through that `before` would not.
pub fn loosens(before: &Restrictions, after: &Restrictions) -> bool {
    fn more<T: Ord + Copy>(before: Option<T>, after: Option<T>) -> bool {
        before.is_some_and(|before| after.is_none_or(|after| after > before))
    }
    let within = |inner: &[String], outer: &[String]| inner.iter().all(|one| outer.contains(one));
    let within_mccs = |inner: &[Mcc], outer: &[Mcc]| inner.iter().all(|one| outer.contains(one));
    more(before.per_purchase(), after.per_purchase())
        || more(before.limit_per_day, after.limit_per_day)
        || more(before.limit_per_month, after.limit_per_month)
        || more(before.cumulative_max, after.cumulative_max)
        || more(before.max_auth_count, after.max_auth_count)
        || before.cooldown_minutes > after.cooldown_minutes
        || before.on_drift > after.on_drift
        || (before.require_attestation == Some(true) && after.require_attestation != Some(true))
        || (before.require_approval == Some(true)
            && (after.require_approval != Some(true) || before.auto_approve_below < after.auto_approve_below))
        || before.velocity.is_some_and(|old| {
            after.velocity.is_none_or(|new| new.max_count > old.max_count || new.window_seconds != old.window_seconds)
        })
        || before.active_time.as_ref().is_some_and(|old| after.active_time.as_ref() != Some(old))
        || before
            .allowed_mccs
            .as_ref()
            .is_some_and(|old| after.allowed_mccs.as_ref().is_none_or(|new| !within_mccs(new, old)))
        || !within_mccs(&before.blocked_mccs, &after.blocked_mccs)
        || before
            .allowed_merchants
            .as_ref()
            .is_some_and(|old| after.allowed_merchants.as_ref().is_none_or(|new| !within(new, old)))
        || !within(&before.blocked_merchants, &after.blocked_merchants)
}

/// The most that one purchase can take under these rules; none: as much as there is.
pub fn most(rules: &Restrictions) -> Option<Amount> {
    [rules.per_purchase(), rules.limit_per_day, rules.limit_per_month, rules.cumulative_max].into_iter().flatten().min()
}

/// Whether cards are frozen at the end of their lifetime, and may so come back.
fn freezes(terms: &Terms) -> bool {
    terms.on_expiry == Some(OnExpiry::Freeze)
}

/// Whether `after` may let through what `before` would not: a purchase, a longer life, a wider match, a reading.
pub fn widens(before: &Terms, after: &Terms) -> bool {
    fn more<T: Ord>(before: Option<T>, after: Option<T>) -> bool {
        before.is_some_and(|before| after.is_none_or(|after| after > before))
    }
    loosens(&before.rules, &after.rules)
        || more(before.ttl_minutes, after.ttl_minutes)
        || (freezes(after) && !freezes(before))
        || more(before.intent_tolerance, after.intent_tolerance)
        || more(before.exposure, after.exposure)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::{restrictions::OnDrift, terms::Change};
    use chrono_tz::Tz;

    fn amount(minor: i64) -> Option<Option<Amount>> {
        Some(Some(Amount::try_from(minor).unwrap()))
    }

    fn applied(change: Change, before: &Terms) -> Terms {
        change.apply(before, Tz::UTC).unwrap()
    }

    #[test]
    fn a_policy_is_wider_by_more_than_its_rules() {
        use crate::{attestations::ExposureMode as Mode, intents::matching::Fraction};
        let tight = Terms {
            ttl_minutes: Some(60),
            on_expiry: Some(OnExpiry::Close),
            intent_tolerance: Some(Fraction::FIVE_PERCENT),
            exposure: Some(Mode::Never),
            ..Terms::default()
        };
        for wide in [
            Terms { ttl_minutes: Some(61), ..tight.clone() },
            Terms { ttl_minutes: None, ..tight.clone() },
            Terms { on_expiry: Some(OnExpiry::Freeze), ..tight.clone() },
            Terms { intent_tolerance: Some(Fraction::TEN_PERCENT), ..tight.clone() },
            Terms { intent_tolerance: None, ..tight.clone() },
            Terms { exposure: Some(Mode::ExtensionOnly), ..tight.clone() },
            Terms { exposure: None, ..tight.clone() },
        ] {
            assert!(widens(&tight, &wide), "{wide:?}");
            assert!(!widens(&wide, &tight), "{wide:?}: back again");
        }
    }

    #[test]
    fn the_most_of_one_purchase_is_the_least_of_its_limits() {
        let one = |minor| amount(minor).flatten();
        let rules = Restrictions { limit_per_month: one(70), max_amount: one(90), ..Restrictions::default() };
        assert_eq!(most(&rules).map(Amount::minor), Some(70));
        assert_eq!(most(&Restrictions::default()), None);
    }

    #[test]
    fn whatever_may_let_more_through_loosens() {
        let tight = applied(
            Change {
                max_amount: amount(100),
                limit_per_day: amount(200),
                max_auth_count: Some(Some(3)),
                cooldown_minutes: Some(Some(5)),
                velocity: Some(Some((3, 60))),
                active_days: Some(Some(vec![1])),
                allowed_mccs: Some(Some(vec!["5814".into()])),
                blocked_merchants: Some(Some(vec!["Casino".into()])),
                on_drift: Some(Some(OnDrift::Freeze)),
                require_attestation: Some(Some(true)),
                require_approval: Some(Some(true)),
                auto_approve_below: amount(50),
                ..Change::default()
            },
            &Terms::default(),
        );
        let loose = [
            Change { max_amount: amount(101), ..Change::default() },
            Change { limit_per_day: Some(None), ..Change::default() },
            Change { max_auth_count: Some(Some(4)), ..Change::default() },
            Change { cooldown_minutes: Some(Some(4)), ..Change::default() },
            Change { velocity: Some(Some((3, 30))), ..Change::default() },
            Change { active_days: Some(Some(vec![1, 2])), ..Change::default() },
            Change { allowed_mccs: Some(Some(vec!["5814".into(), "5815".into()])), ..Change::default() },
            Change { blocked_merchants: Some(None), ..Change::default() },
            Change { on_drift: Some(Some(OnDrift::Alert)), ..Change::default() },
            Change { require_attestation: Some(Some(false)), ..Change::default() },
            Change { require_approval: Some(None), auto_approve_below: Some(None), ..Change::default() },
            Change { auto_approve_below: amount(51), ..Change::default() },
        ];
        for change in loose {
            let said = format!("{change:?}");
            assert!(loosens(&tight.rules, &applied(change, &tight).rules), "{said}");
        }
        let tighter = [
            Change::default(),
            Change { max_amount: amount(99), cumulative_max: amount(500), ..Change::default() },
            Change { auto_approve_below: Some(None), ..Change::default() },
            Change { cooldown_minutes: Some(Some(6)), max_auth_count: Some(Some(2)), ..Change::default() },
            Change { velocity: Some(Some((2, 60))), on_drift: Some(Some(OnDrift::Decline)), ..Change::default() },
            Change { blocked_merchants: Some(Some(vec!["Casino".into(), "Bar".into()])), ..Change::default() },
        ];
        for change in tighter {
            let said = format!("{change:?}");
            assert!(!loosens(&tight.rules, &applied(change, &tight).rules), "{said}");
        }
        assert!(!loosens(&Restrictions::default(), &tight.rules));
    }
}
