//! What a change changed, field by field.
use crate::ui::{Column, Table};
use domain::{audit::Record, redact, time::Timestamp};
use leptos::prelude::*;
use serde_json::{Map, Value};

/// The most characters of a change on one line; the record's own page has all of it.
const LINE: usize = 300;
/// Numbers from here on are moments where their name says so: 2001 and later, in milliseconds.
const MOMENTS: i64 = 1_000_000_000_000;

/// Fields whose values are never shown, should one ever get into a record: as their names end.
const SECRET: [&str; 8] = ["secret", "token", "password", "pan", "cvv", "digest", "hash", "pepper"];

/// One field before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The field.
    pub name: String,
    /// Its value before; none where there was no such field.
    pub before: Option<String>,
    /// Its value after; none where the field is gone.
    pub after: Option<String>,
}

fn word(name: &str, value: &Value) -> String {
    let lower = name.to_ascii_lowercase();
    let moment = value.as_i64().filter(|ms| *ms >= MOMENTS && (name.ends_with("At") || ["from", "to"].contains(&name)));
    match value {
        value if is_nothing(value) => "none".to_owned(),
        _ if SECRET.iter().any(|end| lower.ends_with(end)) => redact::MASK.to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(values) if values.iter().all(Value::is_string) => {
            values.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
        }
        other => moment.map_or_else(
            || said(other).to_string(),
            |ms| Timestamp(ms).utc().format("%-d %b %Y, %H:%M:%S UTC").to_string(),
        ),
    }
}

/// Whether a value says that there is none.
fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_str() == Some("")
}

/// The value without what it says nothing about.
fn said(value: &Value) -> Value {
    match value {
        Value::Array(all) => all.iter().map(said).collect(),
        Value::Object(all) => {
            let all = all.iter().filter(|(_, value)| !value.is_null());
            all.map(|(name, value)| (name.clone(), said(value))).collect()
        }
        other => other.clone(),
    }
}

/// The fields that differ, in the order of the record; of a new thing, all that it was made with.
pub fn changes(record: &Record) -> Vec<Change> {
    let parse = |text: &Option<String>| -> Map<String, Value> {
        text.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    };
    let (before, after) = (parse(&record.before), parse(&record.after));
    let differs = |(name, value): &(&String, &Value)| match before.get(*name) {
        Some(old) => old != *value,
        None => !is_nothing(value),
    };
    let changed = after.iter().filter(differs).map(|(name, value)| Change {
        name: name.clone(),
        before: before.get(name).map(|old| word(name, old)),
        after: Some(word(name, value)),
    });
    let gone = before.iter().filter(|(name, _)| !after.contains_key(*name)).map(|(name, value)| Change {
        name: name.clone(),
        before: Some(word(name, value)),
        after: None,
    });
    changed.chain(gone).collect()
}

/// Changes that a line has room for; the record's own page has them all.
const ROOM: usize = 4;

/// The changes and the reason on one line: `limit: 500 → 900`. Of a new thing the ids are left out, since a list is read
/// for what happened.
pub fn line(record: &Record) -> String {
    let told: Vec<Change> = changes(record)
        .into_iter()
        .filter(|change| {
            change.before.is_some() || !(change.name.ends_with("Id") || change.after.as_deref() == Some("none"))
        })
        .collect();
    let more = told.len().saturating_sub(ROOM);
    let mut parts: Vec<String> = told
        .into_iter()
        .take(ROOM)
        .map(|Change { name, before, after }| match (before, after) {
            (Some(before), Some(after)) => format!("{name}: {before} → {after}"),
            (Some(before), None) => format!("{name}: was {before}"),
            (None, after) => format!("{name}: {}", after.unwrap_or_default()),
        })
        .collect();
    if more > 0 {
        parts.push(format!("{more} more"));
    }
    parts.extend(record.reason.iter().map(|reason| format!("reason: {reason}")));
    let line = parts.join(", ");
    match line.char_indices().nth(LINE) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// The changes as a table.
pub fn table(record: &Record) -> AnyView {
    let rows = changes(record)
        .into_iter()
        .map(|Change { name, before, after }| {
            let cell = |value: Option<String>| value.unwrap_or_else(|| "–".to_owned()).into_any();
            vec![name.into_any(), cell(before), cell(after)]
        })
        .collect();
    let columns = vec![Column::new("Field"), Column::prose("Before"), Column::prose("After")];
    let empty = view! { <p class="hint">"No values were changed, or none are kept."</p> }.into_any();
    view! { <Table caption="Fields before and after" quiet=true columns rows empty /> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{
        audit::{Action, Outcome},
        chance::SeededChance,
        ids::AuditId,
    };

    fn record(before: &str, after: &str) -> Record {
        Record {
            sequence: 1,
            id: AuditId::new(Timestamp(0), &SeededChance::new(1)),
            at: Timestamp(0),
            environment: None,
            actor_kind: "person".into(),
            actor_id: None,
            actor_name: "Ada".into(),
            person: None,
            action: Action::LimitChanged,
            subject_noun: "agent".into(),
            subject_id: "agent_x".into(),
            subject_name: "bot".into(),
            outcome: Outcome::Done,
            before: Some(before.into()),
            after: Some(after.into()),
            reason: Some("more <b>".into()),
            request_id: None,
            address: None,
            client: None,
            sign_in: None,
        }
    }

    #[test]
    fn what_differs_is_told_and_nothing_else() {
        let record = record(r#"{"limit":500,"name":"bot","old":1}"#, r#"{"limit":900,"name":"bot","tags":["a","b"]}"#);
        assert_eq!(line(&record), "limit: 500 → 900, tags: a, b, old: was 1, reason: more <b>");
        assert_eq!(changes(&super::tests::record("not json", "[]")), []);
    }

    #[test]
    fn a_line_has_room_for_a_few_and_says_how_many_it_leaves_out() {
        let made = r#"{"a":1,"b":2,"c":3,"d":4,"e":5,"f":null,"cardId":"card_1","expiresAt":1736942400000}"#;
        assert_eq!(line(&record("{}", made)), "a: 1, b: 2, c: 3, d: 4, 2 more, reason: more <b>");
        assert_eq!(
            line(&record("{}", r#"{"expiresAt":1736942400000}"#)),
            "expiresAt: 15 Jan 2025, 12:00:00 UTC, reason: more <b>"
        );
    }

    #[test]
    fn a_secret_would_not_be_shown() {
        let record = record("{}", r#"{"signingSecret":"whsec_x","tokenId":"atk_1","password":null}"#);
        assert_eq!(line(&record), "signingSecret: [redacted], reason: more <b>");
        assert_eq!(changes(&record).len(), 2, "what says nothing is left out");
    }

    #[test]
    fn moments_are_told_as_such_and_what_says_nothing_is_left_out() {
        let record = record(
            r#"{"expiresAt":null,"endsAt":1796464659537}"#,
            r#"{"expiresAt":1796464659537,"endsAt":null,"lives":null,"amount":1796464659537,"filter":{"only":{"a":null,"b":1}}}"#,
        );
        let said = "amount: 1796464659537, endsAt: 5 Dec 2026, 09:57:39 UTC → none, expiresAt: none → 5 Dec 2026, \
                    09:57:39 UTC, filter: {\"only\":{\"b\":1}}, reason: more <b>";
        assert_eq!(line(&record), said);
        let long = super::tests::record("{}", &format!(r#"{{"text":"{}"}}"#, "ä".repeat(400)));
        assert!(line(&long).ends_with("ä…") && line(&long).chars().count() == LINE + 1);
    }
}
