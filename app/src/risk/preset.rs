//! Setting all rules as a preset has them, and whether they only tell.
use super::{settings::get_risk, words};
use crate::{
    cx::cx,
    form::{
        PageForm,
        conflict::{Edit, told},
        go, use_form,
    },
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
    ui::{Checkbox, Choice, Radios},
};
use domain::risk::{
    self, Preset, SetRisk,
    configuration::{Change, Configuration},
};
use leptos::prelude::*;

/// Rules that were changed one by one stay as they are.
const KEEP: &str = "custom";

/// Applies a preset, or keeps the rules of one's own, and sets whether all of them only tell.
#[server]
pub async fn apply_preset(
    #[server(default)] preset: String,
    #[server(default)] dry: String,
    version: String,
) -> Result<(), Problem> {
    let cx = cx();
    let mut refusal = Refusal::default();
    let preset = match &*preset {
        KEEP => Some(None),
        word => refusal.take("preset", word.parse::<Preset>().map_err(|_| "must be one of the choices")).map(Some),
    };
    let dry_run = match &*dry {
        "" => Some(false),
        "true" => Some(true),
        _ => refusal.take("dry", Err("must be ticked or not")),
    };
    let version = refusal.version(&version);
    let ((preset, dry_run), version) = refusal.or(preset.zip(dry_run).zip(version))?;
    let before = risk::of_organisation(cx.db(), cx.grant()?).await?.configuration;
    let change = Change { dry_run: Some(Some(dry_run)), ..Change::default() };
    cx.db().commit(cx.grant()?, SetRisk { preset, change, version: Some(version) }).await?;
    let after = risk::of_organisation(cx.db(), cx.grant()?).await?.configuration;
    let on = |configuration: &Configuration| if configuration.dry_run { "on" } else { "off" }.to_owned();
    let changes = [
        ("preset", words::preset(&before).to_lowercase(), words::preset(&after).to_lowercase()),
        ("dry run", on(&before), on(&after)),
    ];
    cx.flash(format!("{} The next purchase is looked at like this.", told(&changes))).await;
    go(&paths::risk_settings(cx.environment));
    Ok(())
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let now = get_risk().await?;
    let back = paths::risk_settings(cx.environment);
    let form = use_form();
    let preset = now.configuration.preset();
    let keep = preset.is_none().then(|| Choice::new(KEEP, "Custom").hint("The rules as you changed them."));
    let choices: Vec<Choice> = Preset::ALL
        .iter()
        .map(|preset| Choice::new(preset.as_str(), words::name(*preset)).hint(preset.about()))
        .chain(keep)
        .collect();
    let ticked = now.configuration.dry_run.then(|| "true".to_owned()).into_iter().collect();
    let edit = Edit::of(form, now.version)
        .choice("preset", "Preset", preset.map_or(KEEP, Preset::as_str), &choices)
        .ticks("dry", "Dry run", ticked, vec![Choice::new("true", "On")]);
    let (value, why, head) = (edit.value("preset"), edit.refusal("preset"), edit.head());
    let (checked, wrong) = (edit.ticked("dry", "true"), edit.refusal("dry"));
    let lost = preset.is_none().then(|| view! { <p>"Choosing a preset replaces the rules that you changed."</p> });
    let body = view! {
        <PageForm act="Apply" cancel=back.clone()>
            {head}
            {lost}
            <Radios name="preset" label="Preset" choices value refusal=why />
            <Checkbox
                name="dry"
                label="Dry run"
                hint="Findings are kept and told, marked as a dry run; no card is frozen and no agent suspended."
                checked
                refusal=wrong
            />
        </PageForm>
    };
    Ok(Page::new("Choose a preset", body).under("Risk", paths::risk(cx.environment)).under("Risk rules", back))
}
