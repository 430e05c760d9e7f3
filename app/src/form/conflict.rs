//! Forms that change something, against stale edits: theirs, yours and what both began from.
//!
//! Such a form carries the version it was opened with and, for each entry, what was in force then. When somebody else
//! was quicker, the command answers [`Problem::Stale`](crate::problem::Problem::Stale) and the page comes again, 409:
//! with a table of the three, and with entries that hold what the person changed and, where the person changed
//! nothing, what is in force now. Sending it again applies that to the version now shown.
use super::Form;
use crate::ui::{Badge, Choice, Column, Panel, Table, Tone};
use leptos::prelude::*;

/// The hidden field of the version.
pub const VERSION: &str = "version";

struct Entry {
    name: &'static str,
    label: &'static str,
    /// What is in force: one value, or for boxes those that are ticked.
    now: Vec<String>,
    kind: Kind,
}

enum Kind {
    Text,
    /// The words for each value.
    Choice(Vec<Choice>),
    /// The words for each value of which several may be ticked.
    Ticks(Vec<Choice>),
    /// Several fields together, and their entries in words where they were touched.
    Words(Option<String>),
}

/// The entries of a form that changes something, beside what is in force now.
pub struct Edit {
    form: Form,
    version: i64,
    entries: Vec<Entry>,
}

impl Edit {
    /// A form about something whose present version is `version`.
    pub fn of(form: Form, version: i64) -> Self {
        Self { form, version, entries: Vec::new() }
    }

    /// With an entry of free text, for which `now` is in force.
    #[must_use]
    pub fn text(mut self, name: &'static str, label: &'static str, now: impl Into<String>) -> Self {
        self.entries.push(Entry { name, label, now: vec![now.into()], kind: Kind::Text });
        self
    }

    /// With an entry that is chosen among `choices`.
    #[must_use]
    pub fn choice(
        mut self,
        name: &'static str,
        label: &'static str,
        now: impl Into<String>,
        choices: &[Choice],
    ) -> Self {
        self.entries.push(Entry { name, label, now: vec![now.into()], kind: Kind::Choice(choices.to_vec()) });
        self
    }

    /// With boxes of which those of `now` are ticked in force.
    #[must_use]
    pub fn ticks(mut self, name: &'static str, label: &'static str, now: Vec<String>, choices: Vec<Choice>) -> Self {
        self.entries.push(Entry { name, label, now, kind: Kind::Ticks(choices) });
        self
    }

    /// With something that several fields, the first of them `name`, say together: what is in force in words, and what
    /// they would make of it if they were touched.
    #[must_use]
    pub fn words(mut self, name: &'static str, label: &'static str, now: String, yours: Option<String>) -> Self {
        self.entries.push(Entry { name, label, now: vec![now], kind: Kind::Words(yours) });
        self
    }

    /// What the entry `name` shows: see [`Form::value`].
    pub fn value(&self, name: &str) -> String {
        let entry = self.entries.iter().find(|entry| entry.name == name);
        entry.map(|entry| self.form.value(name, entry.first())).unwrap_or_default()
    }

    /// Whether the box `value` of the entry `name` is ticked: see [`Form::ticked`].
    pub fn ticked(&self, name: &str, value: &str) -> bool {
        let entry = self.entries.iter().find(|entry| entry.name == name);
        entry.is_some_and(|entry| self.form.ticked(name, value, entry.now.iter().any(|now| now == value)))
    }

    /// Why the entry `name` was refused.
    pub fn refusal(&self, name: &str) -> Option<String> {
        self.form.refusal(name)
    }

    /// What belongs into the form besides its entries: the version, what they began from and, after somebody else's
    /// change, the three of them side by side.
    pub fn head(&self) -> AnyView {
        let stale = self.form.is_stale();
        let version = self.version.to_string();
        let version = if stale { version } else { self.form.value(VERSION, version) };
        let began = self
            .entries
            .iter()
            .flat_map(|entry| {
                // What they began from stays while the form is refused for other reasons.
                let values = if stale { None } else { self.base(entry) };
                let name = if entry.is_ticks() { format!("{}[]", was(entry.name)) } else { was(entry.name) };
                let values = values.unwrap_or_else(|| entry.now.clone());
                values.into_iter().map(move |value| (name.clone(), value))
            })
            .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
            .collect_view();
        view! {
            <input type="hidden" name=VERSION value=version />
            {began}
            {stale.then(|| self.three())}
        }
        .into_any()
    }

    fn typed(&self, entry: &Entry) -> Vec<String> {
        match &entry.kind {
            Kind::Words(yours) => {
                yours.clone().map_or_else(|| self.base(entry).unwrap_or_else(|| entry.now.clone()), |y| vec![y])
            }
            _ => self.sent(entry.name).unwrap_or_else(|| entry.now.clone()),
        }
    }

    /// What was sent, with the line ends that we write ourselves.
    fn sent(&self, name: &str) -> Option<Vec<String>> {
        let sent = self.form.sent(name)?;
        Some(sent.into_iter().map(|value| value.replace("\r\n", "\n")).collect())
    }

    /// What was in force when the person began; none where the form was not sent or did not say.
    fn base(&self, entry: &Entry) -> Option<Vec<String>> {
        let base = self.sent(&was(entry.name))?;
        (entry.is_ticks() || !base.is_empty()).then_some(base)
    }

    fn three(&self) -> AnyView {
        let rows: Vec<Vec<AnyView>> = self
            .entries
            .iter()
            .filter_map(|entry| {
                let (base, yours) = (self.base(entry), self.typed(entry));
                let base = base.unwrap_or_else(|| entry.now.clone());
                let (theirs, mine) = (base != entry.now, base != yours);
                let (tone, kept) = match (theirs, mine) {
                    (false, false) => return None,
                    (true, true) if entry.now == yours => (Tone::Neutral, "Both the same"),
                    (true, true) => (Tone::Warn, "Yours: decide"),
                    (true, false) => (Tone::Info, "Theirs"),
                    (false, true) => (Tone::Info, "Yours"),
                };
                Some(vec![
                    entry.label.into_any(),
                    entry.said(&base).into_any(),
                    entry.said(&entry.now).into_any(),
                    entry.said(&yours).into_any(),
                    view! { <Badge tone word=kept /> }.into_any(),
                ])
            })
            .collect();
        let said = if rows.is_empty() {
            "What they changed is not in this form. Send it again to apply your entries."
        } else {
            "The form below holds your changes on top of theirs. Send it again to apply them, or open this page anew to \
             drop them."
        };
        let columns = vec![
            Column::new("Entry"),
            Column::prose("When you began"),
            Column::prose("Now, changed by somebody else"),
            Column::prose("Yours"),
            Column::new("In the form below"),
        ];
        let table = (!rows.is_empty())
            .then(|| view! { <Table caption="Entries that differ" quiet=true wide=true columns rows /> });
        view! { <Panel title="Changed meanwhile"><p>{said}</p>{table}</Panel> }.into_any()
    }
}

impl Entry {
    fn first(&self) -> String {
        self.now.first().cloned().unwrap_or_default()
    }

    fn is_ticks(&self) -> bool {
        matches!(self.kind, Kind::Ticks(_))
    }

    /// The values as the form names them.
    fn said(&self, values: &[String]) -> String {
        let label = |value: &String| match &self.kind {
            Kind::Choice(choices) | Kind::Ticks(choices) => {
                choices.iter().find(|choice| choice.value == *value).map_or_else(|| value.clone(), |c| c.label.clone())
            }
            Kind::Text | Kind::Words(_) => value.clone(),
        };
        let words: Vec<String> = values.iter().filter(|value| !value.is_empty()).map(label).collect();
        match (words.is_empty(), &self.kind) {
            (true, Kind::Ticks(_)) => "None ticked".to_owned(),
            (true, _) => "Empty".to_owned(),
            _ => words.join(", "),
        }
    }
}

pub(super) fn was(name: &str) -> String {
    format!("was_{name}")
}

/// What a change came to, for the message after it: "Limit from 500.00 to 600.00, reason …". None without a difference.
pub fn summary(changes: &[(&str, String, String)]) -> Option<String> {
    let said: Vec<String> = changes
        .iter()
        .filter(|(_, before, after)| before != after)
        .map(|(what, before, after)| format!("{what} from {before} to {after}"))
        .collect();
    (!said.is_empty()).then(|| said.join(", "))
}

/// The message after a change: what differs now, or that nothing does.
pub fn told(changes: &[(&str, String, String)]) -> String {
    match summary(changes) {
        Some(changed) => format!("Changed: {changed}."),
        None => "Saved; nothing is different.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_names_what_differs_and_nothing_else() {
        let same = ("name", "a".to_owned(), "a".to_owned());
        assert_eq!(summary(std::slice::from_ref(&same)), None);
        let limit = ("limit", "500.00".to_owned(), "600.00".to_owned());
        assert_eq!(summary(&[same.clone(), limit.clone()]).as_deref(), Some("limit from 500.00 to 600.00"));
        assert_eq!(told(&[same.clone(), limit]), "Changed: limit from 500.00 to 600.00.");
        assert_eq!(told(&[same]), "Saved; nothing is different.");
    }
}
