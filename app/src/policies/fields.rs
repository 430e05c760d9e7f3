//! The entries of rules as a form shows them.
use super::{
    entry::{CURRENCY, NONE, Sent, Whose, label},
    words,
};
use crate::{
    form::{Form, conflict::Edit},
    settings::zones,
    ui::{Choice, Field, Panel, Select, TextArea, Ticks},
};
use domain::{
    attestations::ExposureMode,
    limits::{restrictions::OnDrift, terms::OnExpiry},
};
use leptos::prelude::*;

fn hours() -> Vec<Choice> {
    let mut all = vec![Choice::new(NONE, "Any hour")];
    all.extend((0..24).map(|hour| Choice::new(hour.to_string(), format!("{hour:02}:00"))));
    all
}

fn places(own: &str) -> Vec<Choice> {
    let mut all = vec![Choice::new(NONE, format!("The organisation ({own})"))];
    all.extend(zones());
    all
}

fn units(names: &[&'static str]) -> Vec<Choice> {
    names.iter().map(|name| Choice::new(*name, crate::shell::capital(name))).collect()
}

fn days() -> Vec<Choice> {
    words::DAYS.iter().map(|(number, name)| Choice::new(number.to_string(), *name)).collect()
}

fn drifts() -> Vec<Choice> {
    let mut all = vec![Choice::new(NONE, "Makes no difference")];
    all.extend(OnDrift::ALL.iter().map(|set| Choice::new(set.as_str(), words::drift(*set))));
    all
}

fn readings() -> Vec<Choice> {
    vec![Choice::new(NONE, "Not required"), Choice::new("yes", "Required for every purchase")]
}

fn approvals() -> Vec<Choice> {
    vec![Choice::new(NONE, "Not required"), Choice::new("yes", "Required before the details are read")]
}

fn ends(whose: Whose) -> Vec<Choice> {
    let unset = match whose {
        Whose::Card => "As its policy says, else closed",
        Whose::Level | Whose::Policy => "Closed, unless the card says otherwise",
    };
    vec![
        Choice::new(NONE, unset),
        Choice::new(OnExpiry::Close.as_str(), "Closed"),
        Choice::new(OnExpiry::Freeze.as_str(), "Frozen"),
    ]
}

fn exposures() -> Vec<Choice> {
    let mut all = vec![Choice::new(NONE, "As each card says")];
    all.extend(ExposureMode::ALL.iter().map(|set| Choice::new(set.as_str(), words::exposure(*set))));
    all
}

/// The entries of an edit beside what is in force, which is `now`.
pub fn edit(edit: Edit, now: &Sent, own_zone: &str, whose: Whose) -> Edit {
    let text = |edit: Edit, name: &'static str, value: &str| edit.text(name, label(name), value);
    let choice = |edit: Edit, name: &'static str, value: &str, choices: Vec<Choice>| {
        edit.choice(name, label(name), value, &choices)
    };
    let mut edit = edit;
    for (name, value) in [
        ("max_amount", &now.max_amount),
        ("limit_per_day", &now.limit_per_day),
        ("limit_per_month", &now.limit_per_month),
        ("cumulative_max", &now.cumulative_max),
        ("max_auth_count", &now.max_auth_count),
        ("cooldown_minutes", &now.cooldown_minutes),
        ("velocity_count", &now.velocity_count),
        ("velocity_window", &now.velocity_window),
    ] {
        edit = text(edit, name, value);
    }
    edit = choice(edit, "velocity_unit", &now.velocity_unit, units(&WINDOWS));
    edit = choice(edit, "active_hours_start", &now.active_hours_start, hours());
    edit = choice(edit, "active_hours_end", &now.active_hours_end, hours());
    edit = choice(edit, "active_timezone", &now.active_timezone, places(own_zone));
    edit = edit.ticks("active_days", label("active_days"), now.active_days.clone(), days());
    for (name, value) in [
        ("allowed_mccs", &now.allowed_mccs),
        ("blocked_mccs", &now.blocked_mccs),
        ("allowed_merchants", &now.allowed_merchants),
        ("blocked_merchants", &now.blocked_merchants),
    ] {
        edit = text(edit, name, value);
    }
    edit = choice(edit, "on_drift", &now.on_drift, drifts());
    edit = choice(edit, "require_attestation", &now.require_attestation, readings());
    edit = choice(edit, "require_approval", &now.require_approval, approvals());
    edit = text(edit, "auto_approve_below", &now.auto_approve_below);
    if whose.lives() {
        edit = text(edit, "lifetime", &now.lifetime);
        edit = edit.choice("lifetime_unit", "Lifetime counted in", &*now.lifetime_unit, &units(&LIFETIMES));
        edit = choice(edit, "on_expiry", &now.on_expiry, ends(whose));
        edit = text(edit, "merchant_hint", &now.merchant_hint);
        edit = text(edit, "tolerance", &now.tolerance);
    }
    if whose == Whose::Policy {
        edit = choice(edit, "exposure", &now.exposure, exposures());
    }
    edit
}

const WINDOWS: [&str; 4] = ["seconds", "minutes", "hours", "days"];
const LIFETIMES: [&str; 3] = ["minutes", "hours", "days"];

/// What a form shows of one entry.
pub struct Shown<'a> {
    form: &'a Form,
    whose: Whose,
}

impl<'a> Shown<'a> {
    /// Of the entries of `whose` rules.
    pub fn of(form: &'a Form, whose: Whose) -> Self {
        Self { form, whose }
    }

    /// An entry in a line: `start` as long as nothing was typed.
    pub fn line(&self, name: &'static str, start: &str, hint: &'static str, unit: Option<&'static str>) -> AnyView {
        let (value, refusal, label) = (self.form.value(name, start), self.form.refusal(name), label(name));
        let mode = if unit == Some(CURRENCY_CODE) { "decimal" } else { "numeric" };
        match unit {
            Some(unit) => view! {
                <Field name label value refusal hint inputmode=mode unit autocomplete="off" optional=true />
            }
            .into_any(),
            None => view! { <Field name label value refusal hint inputmode=mode autocomplete="off" optional=true /> }
                .into_any(),
        }
    }

    fn select(&self, name: &'static str, start: &str, choices: Vec<Choice>) -> AnyView {
        let (value, refusal, label) = (self.form.value(name, start), self.form.refusal(name), label(name));
        view! { <Select name label choices value refusal /> }.into_any()
    }

    /// An entry of several lines.
    pub fn area(&self, name: &'static str, start: &str, hint: &'static str) -> AnyView {
        let (value, refusal, label) = (self.form.value(name, start), self.form.refusal(name), label(name));
        view! { <TextArea name label value refusal hint rows=2 optional=true /> }.into_any()
    }
}

/// The unit of every amount.
pub const CURRENCY_CODE: &str = "USD";

/// All entries that there are of `whose` rules, in panels.
pub fn all(form: &Form, start: &Sent, own_zone: &str, whose: Whose) -> AnyView {
    debug_assert_eq!(CURRENCY.as_str(), CURRENCY_CODE);
    let shown = Shown::of(form, whose);
    let life = whose.lives().then(|| lifetime(&shown, start));
    view! {
        {amounts(&shown, start)}
        {pace(&shown, start)}
        {when(&shown, start, own_zone)}
        {merchants(&shown, start)}
        {proof(&shown, start)}
        {life.map(|life| view! { <Panel title="Lifetime of a card">{life}</Panel> })}
    }
    .into_any()
}

fn amounts(shown: &Shown<'_>, start: &Sent) -> AnyView {
    let money = Some(CURRENCY_CODE);
    let [day, month, ever] = match shown.whose {
        Whose::Card => ["Rolling.", "In the calendar month.", "It closes when that is reached."],
        Whose::Level | Whose::Policy => [
            "Of each card, rolling.",
            "Of each card, in the calendar month.",
            "Of each card. It closes when that is reached.",
        ],
    };
    let fields = [
        shown.line("max_amount", &start.max_amount, "What a single purchase may cost.", money),
        shown.line("limit_per_day", &start.limit_per_day, day, money),
        shown.line("limit_per_month", &start.limit_per_month, month, money),
        shown.line("cumulative_max", &start.cumulative_max, ever, money),
    ]
    .collect_view();
    view! {
        <Panel title="Amounts">
            <p class="hint">"In the currency of the card. Empty sets no limit here; the tightest of all levels counts."</p>
            <div class="beside">{fields}</div>
        </Panel>
    }
    .into_any()
}

fn pace(shown: &Shown<'_>, start: &Sent) -> AnyView {
    let ever = if shown.whose == Whose::Card { "Over its whole life." } else { "Of each card." };
    let window = shown.line("velocity_window", &start.velocity_window, "Looking back from each purchase.", None);
    let fields = [
        shown.line("velocity_count", &start.velocity_count, "No more than so many, against loops.", None),
        window,
        shown.select("velocity_unit", &start.velocity_unit, units(&WINDOWS)),
        shown.line("cooldown_minutes", &start.cooldown_minutes, "Before the next one.", Some("minutes")),
        shown.line("max_auth_count", &start.max_auth_count, ever, None),
    ]
    .collect_view();
    view! { <Panel title="How often"><div class="beside">{fields}</div></Panel> }.into_any()
}

fn when(shown: &Shown<'_>, start: &Sent, own_zone: &str) -> AnyView {
    let fields = [
        shown.select("active_hours_start", &start.active_hours_start, hours()),
        shown.select("active_hours_end", &start.active_hours_end, hours()),
        shown.select("active_timezone", &start.active_timezone, places(own_zone)),
    ]
    .collect_view();
    let ticks = days()
        .into_iter()
        .map(|day| {
            let ticked = shown.form.ticked("active_days", &day.value, start.active_days.contains(&day.value));
            (day, ticked)
        })
        .collect();
    let (refusal, days_label) = (shown.form.refusal("active_days"), label("active_days"));
    view! {
        <Panel title="When">
            <p class="hint">
                "The hour that begins at the second time is out. From 22:00 until 06:00 runs over midnight and belongs to the day it began on."
            </p>
            <div class="beside">{fields}</div>
            <Ticks
                name="active_days"
                label=days_label
                hint="None ticked is every day."
                words=true
                groups=vec![(String::new(), ticks)]
                refusal
            />
        </Panel>
    }
    .into_any()
}

fn merchants(shown: &Shown<'_>, start: &Sent) -> AnyView {
    let codes = "Codes of four digits, such as 5734. Empty allows all.";
    let fields = [
        shown.area("allowed_mccs", &start.allowed_mccs, codes),
        shown.area("blocked_mccs", &start.blocked_mccs, "Codes of four digits. They win over those above."),
        only_merchants(shown, start),
        shown.area(
            "blocked_merchants",
            &start.blocked_merchants,
            "One on each line: names that hold these words are declined. They win over those above.",
        ),
    ]
    .collect_view();
    let hint = shown.whose.lives().then(|| {
        let (value, refusal) =
            (shown.form.value("merchant_hint", &start.merchant_hint), shown.form.refusal("merchant_hint"));
        view! {
            <Field
                name="merchant_hint"
                label=label("merchant_hint")
                hint="Shown beside the card; it declines nothing."
                value
                refusal
                autocomplete="off"
                optional=true
            />
        }
    });
    let drift = shown.select("on_drift", &start.on_drift, drifts());
    view! {
        <Panel title="Merchants">
            <div class="beside">{fields}</div>
            {drift}
            {hint}
        </Panel>
    }
    .into_any()
}

fn proof(shown: &Shown<'_>, start: &Sent) -> AnyView {
    let tolerance = match shown.whose {
        Whose::Card => {
            "How far a purchase may be from what was declared, where the declaration does not say. Empty: as its policy or \
             the organisation says."
        }
        Whose::Level | Whose::Policy => {
            "How far a purchase may be from what was declared, where neither declaration nor card says."
        }
    };
    let tolerance = shown.whose.lives().then(|| shown.line("tolerance", &start.tolerance, tolerance, Some("%")));
    let exposure = (shown.whose == Whose::Policy).then(|| {
        view! {
            {shown.select("exposure", &start.exposure, exposures())}
            <p class="hint">"Of the card's own setting and this one the stricter counts."</p>
        }
    });
    let reading = shown.select("require_attestation", &start.require_attestation, readings());
    let approval = shown.select("require_approval", &start.require_approval, approvals());
    let below = "Declared for less than this, a purchase waits for nobody. Empty: every purchase waits.";
    let below = shown.line("auto_approve_below", &start.auto_approve_below, below, Some("USD"));
    view! {
        <Panel title="Declared and read">
            {reading}
            {approval}
            {below}
            {tolerance}
            {exposure}
        </Panel>
    }
    .into_any()
}

/// The merchants that a card is kept to.
pub fn only_merchants(shown: &Shown<'_>, start: &Sent) -> AnyView {
    let hint = "One on each line: names that begin so are allowed, whatever their case. Empty allows all.";
    shown.area("allowed_merchants", &start.allowed_merchants, hint)
}

/// How long a card lives, and what then.
pub fn lifetime(shown: &Shown<'_>, start: &Sent) -> AnyView {
    let unit = shown.form.value("lifetime_unit", &start.lifetime_unit);
    let refusal = shown.form.refusal("lifetime_unit");
    let hint = match shown.whose {
        Whose::Card => "From its making. Empty: as its policy says.",
        Whose::Level | Whose::Policy => "From its making. A card's own lifetime comes first.",
    };
    let life = shown.line("lifetime", &start.lifetime, hint, None);
    let end = shown.select("on_expiry", &start.on_expiry, ends(shown.whose));
    view! {
        <div class="beside">
            {life}
            <Select name="lifetime_unit" label="Counted in" choices=units(&LIFETIMES) value=unit refusal />
            {end}
        </div>
    }
    .into_any()
}
