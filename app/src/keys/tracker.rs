//! The four facts of a rotation: new issued, new first seen, old last seen, old ended.
use super::parts::{span, when};
use crate::{
    list::optional_moment,
    ui::{Panel, Step, StepState, Timeline},
};
use chrono_tz::Tz;
use domain::{
    keys::{Key, KeyStatus},
    time::Timestamp,
};
use leptos::prelude::*;

/// The facts as they stand, for the page of either key.
pub fn tracker(old: &Key, new: &Key, now: Timestamp, zone: Tz) -> AnyView {
    let moment = |at: Option<Timestamp>| at.map(|at| optional_moment(Some(at), zone, ""));
    let ended = [old.revoked_at, old.ends_at, old.expires_at].into_iter().flatten().filter(|end| *end <= now).min();
    let first = match new.first_used_at {
        Some(_) => (StepState::Done, "The new secret works.".to_owned()),
        None => (StepState::Waiting, "Not yet: nothing has used the new secret.".to_owned()),
    };
    let last = last_seen(old, new, ended);
    let end = match (ended, old.ends_at, old.overlap_ms) {
        (Some(_), ..) if old.status == KeyStatus::Revoked => (StepState::Done, "Revoked.".to_owned()),
        (Some(_), ..) => (StepState::Done, "Calls with it are refused.".to_owned()),
        (None, Some(end), _) => (StepState::Waiting, format!("Works until {}.", when(end, zone))),
        (None, None, Some(0)) => (StepState::Waiting, "Ends at the first use of the new secret.".to_owned()),
        (None, None, ms) => (
            StepState::Waiting,
            format!("Ends {} after the first use of the new secret.", span(ms.unwrap_or_default())),
        ),
    };
    let step = |title: &str, (state, about): (StepState, String), at| Step {
        title: title.to_owned(),
        state,
        at: moment(at),
        about: about.into_any(),
    };
    let issued = (StepState::Done, format!("By {}.", new.created_by));
    let steps = vec![
        step("New secret issued", issued, Some(new.created_at)),
        step("New secret first seen", first, new.first_used_at),
        step("Old secret last seen", last, old.last_used_at),
        step("Old secret ended", end, ended),
    ];
    view! { <Panel title="Rotation"><Timeline label="Rotation" steps /></Panel> }.into_any()
}

fn last_seen(old: &Key, new: &Key, ended: Option<Timestamp>) -> (StepState, String) {
    let Some(used) = old.last_used_at else { return (StepState::Done, "It was never used.".to_owned()) };
    let from = old.last_used_from.as_ref().map(|from| format!(" from {from}")).unwrap_or_default();
    if ended.is_some() && old.used_to_the_end() {
        let text = format!("It was used within 15 minutes of its end{from}: something may still depend on it.");
        return (StepState::Late, text);
    }
    match (ended, new.first_used_at) {
        (None, Some(first)) if used >= first => {
            (StepState::Late, format!("It is still used{from}, although the new secret is in use."))
        }
        (None, Some(_)) => {
            let text = "Not seen since the new secret is in use: the overlap can be ended.";
            (StepState::Waiting, text.to_owned())
        }
        (None, None) => (StepState::Waiting, format!("Seen{from}; the new secret is not in use yet.")),
        (Some(_), _) => (StepState::Done, format!("Seen{from}; nothing used it near its end.")),
    }
}
