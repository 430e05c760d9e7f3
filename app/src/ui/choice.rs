//! Entries that are chosen, not typed.
use super::field::{described_by, field_id, hint_line, optional_mark, refusal_line};
use leptos::prelude::*;

/// Something to choose.
#[derive(Debug, Clone)]
pub struct Choice {
    /// What the form sends.
    pub value: String,
    /// What the person reads.
    pub label: String,
    /// A second line; shown by [`Radios`] only.
    pub hint: Option<String>,
}

impl Choice {
    /// A choice without a second line.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), hint: None }
    }

    /// The same with a second line.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// One of many, in a list that opens.
#[component]
pub fn Select(
    /// Name in the form.
    #[prop(into)]
    name: String,
    /// What is asked for.
    #[prop(into)]
    label: String,
    /// What may be chosen.
    choices: Vec<Choice>,
    /// The value chosen so far.
    #[prop(optional_no_strip, into)]
    value: Option<String>,
    /// Why it was refused.
    #[prop(optional_no_strip, into)]
    refusal: Option<String>,
    /// How to choose.
    #[prop(optional, into)]
    hint: Option<String>,
    /// May stay empty; says so.
    #[prop(optional)]
    optional: bool,
) -> AnyView {
    let id = field_id(&name);
    let describes = described_by(&id, hint.is_some(), refusal.is_some());
    let invalid = refusal.is_some().then_some("true");
    let options = choices
        .into_iter()
        .map(|choice| {
            let selected = value.as_ref() == Some(&choice.value);
            view! { <option value=choice.value selected=selected>{choice.label}</option> }
        })
        .collect_view();
    view! {
        <div class="field">
            <label for=id.clone()>{label}{optional_mark(optional)}</label>
            {hint_line(&id, hint)}
            {refusal_line(&id, refusal)}
            <select class="control" id=id.clone() name=name aria-describedby=describes aria-invalid=invalid>
                {options}
            </select>
        </div>
    }
    .into_any()
}

/// One of a few, all in sight. An error summary lands on the first.
#[component]
pub fn Radios(
    /// Name in the form.
    #[prop(into)]
    name: String,
    /// The question.
    #[prop(into)]
    label: String,
    /// What may be chosen.
    choices: Vec<Choice>,
    /// The value chosen so far.
    #[prop(optional_no_strip, into)]
    value: Option<String>,
    /// Why it was refused.
    #[prop(optional_no_strip, into)]
    refusal: Option<String>,
    /// How to choose.
    #[prop(optional, into)]
    hint: Option<String>,
    /// Side by side in frames.
    #[prop(optional)]
    boxes: bool,
) -> AnyView {
    let id = field_id(&name);
    let describes = described_by(&id, hint.is_some(), refusal.is_some());
    let inputs = choices
        .into_iter()
        .enumerate()
        .map(|(i, choice)| {
            let input = if i == 0 { id.clone() } else { format!("{id}-{i}") };
            let hint = choice.hint.map(|text| (format!("{input}-about"), text));
            let describes = hint.as_ref().map(|(id, _)| id.clone());
            let checked = value.as_ref() == Some(&choice.value);
            view! {
                <div class="choice">
                    <input
                        type="radio"
                        id=input.clone()
                        name=name.clone()
                        value=choice.value
                        checked=checked
                        aria-describedby=describes
                    />
                    <label for=input>{choice.label}</label>
                    {hint.map(|(id, text)| view! { <p class="hint" id=id>{text}</p> })}
                </div>
            }
        })
        .collect_view();
    view! {
        <fieldset class="field" aria-describedby=describes>
            <legend>{label}</legend>
            {hint_line(&id, hint)}
            {refusal_line(&id, refusal)}
            <div class=if boxes { "choices boxes" } else { "choices" }>{inputs}</div>
        </fieldset>
    }
    .into_any()
}

/// Yes or no.
#[component]
pub fn Checkbox(
    /// Name in the form.
    #[prop(into)]
    name: String,
    /// What yes means.
    #[prop(into)]
    label: String,
    /// What the form sends for yes.
    #[prop(default = "true".to_owned(), into)]
    value: String,
    /// Ticked so far.
    #[prop(optional)]
    checked: bool,
    /// Why it was refused.
    #[prop(optional_no_strip, into)]
    refusal: Option<String>,
    /// A second line.
    #[prop(optional, into)]
    hint: Option<String>,
) -> AnyView {
    let id = field_id(&name);
    let describes = described_by(&id, hint.is_some(), refusal.is_some());
    let invalid = refusal.is_some().then_some("true");
    view! {
        <div class="field">
            {refusal_line(&id, refusal)}
            <div class="choice">
                <input
                    type="checkbox"
                    id=id.clone()
                    name=name
                    value=value
                    checked=checked
                    aria-describedby=describes
                    aria-invalid=invalid
                />
                <label for=id.clone()>{label}</label>
                {hint_line(&id, hint)}
            </div>
        </div>
    }
    .into_any()
}

/// Several of many, all in sight, in groups with a title each. An error summary lands on the first.
///
/// The form sends `name[]` once for each that is ticked, and nothing for none.
#[component]
pub fn Ticks(
    /// Name in the form, without `[]`.
    #[prop(into)]
    name: String,
    /// The question.
    #[prop(into)]
    label: String,
    /// What may be ticked: each group's title, and its choices with whether they are ticked. A group without a title stands
    /// alone.
    groups: Vec<(String, Vec<(Choice, bool)>)>,
    /// Whether the choices are words to read rather than names of code.
    #[prop(optional)]
    words: bool,
    /// Why it was refused.
    #[prop(optional_no_strip, into)]
    refusal: Option<String>,
    /// How to choose.
    #[prop(optional, into)]
    hint: Option<String>,
) -> AnyView {
    let id = field_id(&name);
    let describes = described_by(&id, hint.is_some(), refusal.is_some());
    let sent = format!("{name}[]");
    let mut count = 0;
    let groups = groups
        .into_iter()
        .map(|(title, choices)| {
            let group = format!("{id}-{}", super::slug(&title));
            let inputs = choices
                .into_iter()
                .map(|(choice, checked)| {
                    let input = if count == 0 { id.clone() } else { format!("{id}-{count}") };
                    count += 1;
                    let name = sent.clone();
                    view! {
                        <div class="choice">
                            <input type="checkbox" id=input.clone() name=name value=choice.value checked=checked />
                            <label for=input>{choice.label}</label>
                        </div>
                    }
                })
                .collect_view();
            if title.is_empty() {
                return inputs.into_any();
            }
            view! {
                <div role="group" aria-labelledby=group.clone()>
                    <p class="group-title" id=group.clone()>{title}</p>
                    {inputs}
                </div>
            }
            .into_any()
        })
        .collect_view();
    view! {
        <fieldset class="field" aria-describedby=describes>
            <legend>{label}</legend>
            {hint_line(&id, hint)}
            {refusal_line(&id, refusal)}
            <div class=if words { "ticks words" } else { "ticks" }>{groups}</div>
        </fieldset>
    }
    .into_any()
}
