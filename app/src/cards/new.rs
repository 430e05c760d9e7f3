//! Issuing a card: for which agent, how often and for how much.
#![expect(clippy::too_many_arguments, reason = "the arguments of a server function are the entries of its form")]
use crate::{
    agents::{get_agent, list_agents},
    cx::{Cx, cx},
    form::{Form, PageForm, go, use_form},
    paths,
    policies::{
        Policies,
        entry::{Sent, Whose, ours},
        fields::{CURRENCY_CODE, Shown, lifetime, only_merchants},
    },
    problem::{Problem, Refusal},
    query::word,
    screen::{Loaded, Page},
    ui::{Choice, Field, Icon, NothingYet, Radios, Select},
};
use domain::{
    Error,
    access::Permission,
    agents::{self, Agent, AgentStatus},
    attestations::ExposureMode,
    cards::{self, CardType},
    ids::AgentId,
    limits::terms::Terms,
    name::Line,
    page::Paging,
};
use leptos::prelude::*;
use serde::Deserialize;

/// Issues the card and leads to it.
#[server]
pub async fn issue_card(
    agent: String,
    purpose: String,
    card_type: String,
    #[server(default)] max_amount: String,
    #[server(default)] limit_per_day: String,
    #[server(default)] limit_per_month: String,
    #[server(default)] allowed_merchants: String,
    #[server(default)] lifetime: String,
    #[server(default)] lifetime_unit: String,
    #[server(default)] on_expiry: String,
    #[server(default)] policy: String,
) -> Result<(), Problem> {
    let cx = cx();
    let mut refusal = Refusal::default();
    let agent = match agent.parse::<AgentId>() {
        Ok(id) => match agents::get(cx.db(), cx.grant()?, &id).await {
            Ok(agent) => Some(agent.id),
            Err(Error::NotFound(_)) => refusal.take("agent", Err("must be one of the choices")),
            Err(other) => return Err(other.into()),
        },
        Err(_) => refusal.take("agent", Err("must be chosen")),
    };
    let purpose = refusal.take("purpose", Line::parse(&purpose));
    let card_type = refusal.take("card_type", card_type.parse::<CardType>().map_err(|_| "must be one of the choices"));
    let sent = Sent {
        max_amount,
        limit_per_day,
        limit_per_month,
        allowed_merchants,
        lifetime,
        lifetime_unit,
        on_expiry,
        ..Sent::default()
    };
    let set = sent.change(Whose::Card, &mut refusal);
    let policy = Policies::all().await?.chosen(&policy, &mut refusal);
    let (((agent, purpose), card_type), policy) = refusal.or(agent.zip(purpose).zip(card_type).zip(policy))?;
    let command = cards::IssueCard {
        agent_id: agent,
        purpose,
        card_type,
        max_amount: set.max_amount.flatten(),
        exposure: ExposureMode::ExtensionOnly,
        acknowledge_raw_pan_risk: false,
        attestation_window_minutes: None,
        merchant_hint: None,
        intent_tolerance_bp: None,
        require_intent: None,
        policy_id: policy,
        set,
        issuer_served: cx.sandbox(),
    };
    let id = cx.db().commit(cx.grant()?, command).await.map_err(ours)?;
    cx.flash("Card issued. Its agent can spend from it at once.").await;
    go(&paths::card(cx.environment, &id));
    Ok(())
}

#[derive(Default, Deserialize)]
struct Query {
    agent: Option<String>,
    policy: Option<String>,
}

/// The agents that a card may be issued for: the newest hundred that are active, and the one that was come from.
async fn choices(chosen: Option<&AgentId>) -> Result<Vec<Agent>, Problem> {
    let filter = agents::Filter { status: Some(AgentStatus::Active), ..agents::Filter::default() };
    let mut all = list_agents(filter, Paging::newest(100)).await?.rows;
    if let Some(id) = chosen.filter(|id| all.iter().all(|agent| agent.id != **id)) {
        match get_agent(id.clone()).await {
            Ok(agent) if agent.status == AgentStatus::Active => all.insert(0, agent),
            Ok(_) | Err(Problem::NotFound(_)) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(all)
}

/// Why there is no form, where there is none.
fn nothing_to_issue(cx: &Cx, agents: &[Agent]) -> Option<AnyView> {
    if !cx.sandbox() {
        let text = "No issuer serves the live environment of this server yet. In dev cards are issued by the sandbox.";
        return Some(view! { <NothingYet title="No live cards yet" text icon=Icon::Card /> }.into_any());
    }
    if !agents.is_empty() {
        return None;
    }
    let action =
        cx.may(Permission::CreateAgent).then(|| ("Register agent".to_owned(), paths::new_agent(cx.environment)));
    let text = "A card belongs to an agent that is active, and counts towards its limit.";
    Some(view! { <NothingYet title="No active agent yet" text icon=Icon::Agent action /> }.into_any())
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let query: Query = cx.query();
    let asked = word::<AgentId>(query.agent.as_ref());
    let agents = choices(asked.as_ref()).await?;
    let body = match nothing_to_issue(&cx, &agents) {
        Some(why) => why,
        None => {
            let only = match &*agents {
                [one] => Some(one.id.clone()),
                _ => None,
            };
            let chosen = asked.or(only).map(|id| id.to_string()).unwrap_or_default();
            let policies = Policies::all().await?;
            sheet(&cx, &use_form(), &agents, chosen, &policies, query.policy.unwrap_or_default())
        }
    };
    let e = cx.environment;
    Ok(Page::new("Issue a card", body)
        .lead("A number of its own, for one agent and one purpose. The narrower, the less a thief can do with it.")
        .under("Cards", paths::cards(e)))
}

fn sheet(cx: &Cx, form: &Form, agents: &[Agent], agent: String, policies: &Policies, policy: String) -> AnyView {
    let field = |name: &str, start: &str| (form.value(name, start), form.refusal(name));
    let (agent, purpose, kind) = (field("agent", &agent), field("purpose", ""), field("card_type", "single"));
    let policy = field("policy", &policy);
    let mut people = vec![Choice::new("", "Choose an agent")];
    people.extend(
        agents.iter().map(|agent| Choice::new(agent.id.as_str(), format!("{}, for {}", agent.name, agent.user_name))),
    );
    let kinds = vec![
        Choice::new(CardType::Single.as_str(), "Single use")
            .hint("Takes one purchase, and closes when that is settled. Needs a most per purchase."),
        Choice::new(CardType::Multi.as_str(), "Multi use").hint("Again and again, until it is closed."),
    ];
    let policies = policies.choices("As the agent says: the policy of its new cards, where it has one");
    let shown = Shown::of(form, Whose::Card);
    let (start, money) = (Sent::of(&Terms::default()), Some(CURRENCY_CODE));
    let amounts = [
        shown.line("max_amount", "", "What a single purchase may cost.", money),
        shown.line("limit_per_day", "", "Rolling. At least what a single purchase may cost.", money),
        shown.line("limit_per_month", "", "In the calendar month. At least what 24 hours allow.", money),
    ]
    .collect_view();
    let (merchants, life) = (only_merchants(&shown, &start), lifetime(&shown, &start));
    view! {
        <PageForm act="Issue card" cancel=paths::cards(cx.environment) wide=true>
            <Select name="agent" label="Agent" choices=people value=agent.0 refusal=agent.1 />
            <Field
                name="purpose"
                label="Purpose"
                hint="What it may buy; lists and the audit log call it so."
                value=purpose.0
                refusal=purpose.1
                autocomplete="off"
            />
            <Radios name="card_type" label="How often it can be charged" choices=kinds value=kind.0 refusal=kind.1 />
            <div class="beside">{amounts}</div>
            {merchants}
            {life}
            <Select
                name="policy"
                label="Policy"
                hint="Its rules hold the card beside those above; of all levels the tightest counts."
                choices=policies
                value=policy.0
                refusal=policy.1
            />
            <p class="hint">
                "Its details go to the browser extension only. Further rules, such as hours and categories, are set on the card's page once it is issued."
            </p>
        </PageForm>
    }
    .into_any()
}
