//! The entries of one rule: the same for the organisation and for an agent, which may inherit each of them.
use crate::{
    form::{Form, conflict::Edit},
    problem::Refusal,
    ui::{Choice, Field, Select},
};
use domain::risk::{
    Reaction, Rule,
    configuration::{Number, OwnSetting, RuleChange, Setting},
};
use leptos::prelude::*;

/// The choice that sets nothing.
const INHERIT: &str = "inherit";
const WHY: &str = "must be one of the choices";

/// A number's entry.
pub(super) const fn field(number: Number) -> &'static str {
    match number {
        Number::WindowMinutes => "window_minutes",
        Number::MaxPerHour => "max_per_hour",
        Number::MaxPerDay => "max_per_day",
        Number::Multiplier => "multiplier",
        Number::BaselineDays => "baseline_days",
        Number::MinGapPercent => "min_gap_percent",
    }
}

/// What was sent of a rule: the entries that the server functions of these forms have.
pub(super) struct Sent {
    pub enabled: String,
    pub action: String,
    pub dry_run: String,
    pub window_minutes: String,
    pub max_per_hour: String,
    pub max_per_day: String,
    pub multiplier: String,
    pub baseline_days: String,
    pub min_gap_percent: String,
}

/// What was chosen among [`switches`]; only where there is something to inherit, may nothing be set.
pub(super) fn chosen(text: &str, inherit: bool) -> Result<Option<bool>, &'static str> {
    let all = [Some(true), Some(false), None];
    all.into_iter().find(|set| (inherit || set.is_some()) && switch(*set) == text).ok_or(WHY)
}

impl Sent {
    /// What it sets; only an agent may `inherit`.
    pub fn read(&self, rule: Rule, inherit: bool, refusal: &mut Refusal) -> RuleChange {
        let action = match &*self.action {
            INHERIT if inherit => Ok(None),
            word => word.parse::<Reaction>().map(Some).map_err(|_| WHY),
        };
        let enabled = refusal.take("enabled", chosen(&self.enabled, inherit));
        let action = refusal.take("action", action);
        let dry_run = refusal.take("dry_run", chosen(&self.dry_run, inherit));
        let numbers = rule.numbers().iter().filter_map(|number| {
            let text = self.number(*number);
            if inherit && text.trim().is_empty() {
                return Some((*number, None));
            }
            refusal.take(field(*number), number.parse(text)).map(|value| (*number, Some(value)))
        });
        let numbers = numbers.collect();
        RuleChange { enabled, action, dry_run, numbers }
    }

    fn number(&self, number: Number) -> &str {
        match number {
            Number::WindowMinutes => &self.window_minutes,
            Number::MaxPerHour => &self.max_per_hour,
            Number::MaxPerDay => &self.max_per_day,
            Number::Multiplier => &self.multiplier,
            Number::BaselineDays => &self.baseline_days,
            Number::MinGapPercent => &self.min_gap_percent,
        }
    }
}

/// How [`switches`] name a choice.
pub(super) fn switch(set: Option<bool>) -> &'static str {
    set.map_or(INHERIT, |on| if on { "on" } else { "off" })
}

/// A choice as the message after a change says it.
pub(super) fn said(set: Option<bool>) -> String {
    if set.is_none() { "inherited" } else { switch(set) }.to_owned()
}

/// What stands in the entries for what an agent sets.
pub(super) fn edit_own(form: Form, version: i64, rule: Rule, own: &OwnSetting, inherited: &Setting) -> Edit {
    let said = |number: Number| own.numbers.get(&number).map(|value| number.said(*value)).unwrap_or_default();
    let action = own.action.map_or(INHERIT, Reaction::as_str);
    let now = (switch(own.enabled), action, switch(own.dry_run));
    edit(form, version, rule, now, said, Some(inherited))
}

/// What stands in the entries for what the organisation sets.
pub(super) fn edit_all(form: Form, version: i64, rule: Rule, setting: &Setting) -> Edit {
    let now = (switch(Some(setting.enabled)), setting.action.as_str(), switch(Some(setting.dry_run)));
    edit(form, version, rule, now, |number| number.said(setting.number(number)), None)
}

fn edit(
    form: Form,
    version: i64,
    rule: Rule,
    (enabled, action, dry_run): (&str, &str, &str),
    said: impl Fn(Number) -> String,
    inherited: Option<&Setting>,
) -> Edit {
    let edit = Edit::of(form, version)
        .choice("enabled", "Rule", enabled, &switches(inherited.map(|setting| setting.enabled)))
        .choice("action", "Action", action, &actions(inherited.map(|setting| setting.action)))
        .choice("dry_run", "Dry run", dry_run, &switches(inherited.map(|setting| setting.dry_run)));
    rule.numbers().iter().fold(edit, |edit, number| edit.text(field(*number), number.label(), said(*number)))
}

/// On or off, or as `inherited`.
pub(super) fn switches(inherited: Option<bool>) -> Vec<Choice> {
    let inherited =
        inherited.map(|on| Choice::new(INHERIT, format!("As inherited: {}", if on { "on" } else { "off" })));
    inherited.into_iter().chain([Choice::new("on", "On"), Choice::new("off", "Off")]).collect()
}

fn actions(inherited: Option<Reaction>) -> Vec<Choice> {
    let said = |action: Reaction| super::words::action(action);
    let inherited =
        inherited.map(|action| Choice::new(INHERIT, format!("As inherited: {}", said(action).to_lowercase())));
    let all = Reaction::ALL.iter().map(|action| Choice::new(action.as_str(), said(*action)));
    inherited.into_iter().chain(all).collect()
}

/// The entries, as `edit` holds them.
pub(super) fn fields(edit: &Edit, rule: Rule, inherited: Option<&Setting>) -> AnyView {
    let at = |name: &str| (edit.value(name), edit.refusal(name));
    let (enabled, action, dry_run) = (at("enabled"), at("action"), at("dry_run"));
    let numbers = rule
        .numbers()
        .iter()
        .map(|number| {
            let (value, refusal) = at(field(*number));
            let hint = inherited.map(|setting| {
                format!("Empty: as inherited, {} {}.", number.said(setting.number(*number)), number.unit())
            });
            let mode = if *number == Number::Multiplier { "decimal" } else { "numeric" };
            view! {
                <Field
                    name=field(*number)
                    label=number.label()
                    unit=number.unit()
                    inputmode=mode
                    hint=hint.unwrap_or_else(|| wanted(*number))
                    value
                    refusal
                    autocomplete="off"
                />
            }
        })
        .collect_view();
    let on = switches(inherited.map(|setting| setting.enabled));
    let does = actions(inherited.map(|setting| setting.action));
    let dry = switches(inherited.map(|setting| setting.dry_run));
    view! {
        <Select name="enabled" label="Rule" choices=on value=enabled.0 refusal=enabled.1 />
        <Select name="action" label="Action" choices=does value=action.0 refusal=action.1 />
        <Select
            name="dry_run"
            label="Dry run"
            hint="Whether this rule only tells, whatever its action."
            choices=dry
            value=dry_run.0
            refusal=dry_run.1
        />
        {numbers}
    }
    .into_any()
}

fn wanted(number: Number) -> String {
    let (least, most) = number.range();
    format!("From {} to {}.", number.said(least), number.said(most))
}
