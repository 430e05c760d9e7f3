//! How the organisation sets the rules, and what the presets are.
use super::words;
use crate::{
    cx::cx,
    paths,
    problem::Problem,
    screen::{Loaded, Page},
    shell::capital,
    ui::{Badge, ButtonLink, Column, Fact, Facts, Panel, Table, Tone},
};
use domain::{
    access::Permission,
    risk::{
        self, OfOrganisation, Preset, Rule,
        configuration::{Configuration, Own},
    },
};
use leptos::prelude::*;

/// How the organisation sets the rules.
#[server]
pub async fn get_risk() -> Result<OfOrganisation, Problem> {
    let cx = cx();
    Ok(risk::of_organisation(cx.db(), cx.grant()?).await?)
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let now = get_risk().await?;
    let e = cx.environment;
    let may = cx.may(Permission::RaiseLimit);
    let facts = vec![
        Fact::new("Preset", words::preset(&now.configuration)),
        Fact::new("Dry run", dry_run(now.configuration.dry_run)),
    ];
    let choose = if may {
        view! { <ButtonLink href=paths::risk_preset(e) word="Choose a preset" small=true /> }.into_any()
    } else {
        ().into_any()
    };
    let edit = |rule: Rule| may.then(|| paths::risk_rule(e, rule));
    let rules = rules(&now.configuration, None, edit);
    let presets = presets();
    let why = (!may).then(|| view! { <p class="hint">"Owners, admins and finance members change these."</p> });
    let body = view! {
        <div class="stack">
            {why}
            <Panel title="In force" actions=choose>
                <Facts facts />
                {rules}
            </Panel>
            <Panel title="Presets">
                {presets}
                <p class="hint">
                    "A rule that fires never changes the decision about the purchase at hand: what it does holds from the next one on."
                </p>
            </Panel>
        </div>
    };
    let lead = format!("For all agents and cards in {e} that set nothing else themselves.");
    Ok(Page::new("Risk rules", body).lead(lead).under("Risk", paths::risk(e)))
}

/// Whether all rules only tell.
pub(super) fn dry_run(on: bool) -> AnyView {
    let (tone, word) = if on { (Tone::Info, "On") } else { (Tone::Neutral, "Off") };
    let about = if on { " Findings are told, nothing is frozen or suspended." } else { "" };
    view! { <Badge tone word /><span class="hint">{about}</span> }.into_any()
}

/// Each rule as it is set; `own` is what is set on this level alone, and `edit` where a rule is changed.
pub(super) fn rules(
    configuration: &Configuration,
    own: Option<&Own>,
    edit: impl Fn(Rule) -> Option<String>,
) -> AnyView {
    let rows = Rule::ALL
        .iter()
        .map(|rule| {
            let setting = configuration.rule(*rule);
            let numbers = words::numbers(*rule, &setting);
            let numbers = (!numbers.is_empty())
                .then(|| view! { <br /><span class="hint">{format!("{}.", capital(&numbers))}</span> });
            let fires = view! { {rule.about()}{numbers} };
            let mut row = vec![
                rule.label().into_any(),
                words::switch(&setting, configuration.dry_run),
                words::action(setting.action).into_any(),
                fires.into_any(),
            ];
            if let Some(own) = own {
                let set = own.rules.contains_key(rule);
                row.push(if set { "This agent" } else { "Organisation" }.into_any());
            }
            let label = format!("Change {}", rule.label());
            let link = edit(*rule).map(|href| view! { <a href=href aria-label=label>"Change"</a> });
            row.push(link.into_any());
            row
        })
        .collect();
    let mut columns =
        vec![Column::new("Rule"), Column::new("State"), Column::new("Action"), Column::prose("Fires when")];
    columns.extend(own.map(|_| Column::new("Set by")));
    columns.push(Column::actions("Change the rule"));
    view! { <Table caption="Rules" quiet=true columns rows /> }.into_any()
}

/// What each preset makes of each rule.
fn presets() -> AnyView {
    let rows = Rule::ALL
        .iter()
        .map(|rule| {
            let cells = Preset::ALL.iter().map(|preset| words::setting(*rule, &preset.setting(*rule)).into_any());
            [rule.label().into_any()].into_iter().chain(cells).collect()
        })
        .collect();
    let columns = Preset::ALL.iter().map(|preset| Column::prose(words::name(*preset)));
    let columns = [Column::new("Rule")].into_iter().chain(columns).collect();
    view! { <Table caption="Presets" quiet=true columns rows /> }.into_any()
}
