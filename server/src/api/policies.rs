//! Policies: templates of rules that cards inherit.
use super::{
    Answer, Call, Nothing, PageRequest, Table,
    json::present,
    terms::{Grouped, body_with_terms},
};
use domain::{
    access::Permission,
    error::{Code, Noun},
    ids::PolicyId,
    limits::{
        levels::{self, SetOrganisationRules},
        policies::{self, CreatePolicy, Policy, UpdatePolicy},
        terms::Terms,
    },
    name::{Line, Name},
    time::Timestamp,
};
use serde::Serialize;
use utoipa::ToSchema;

pub(super) fn routes(api: &mut Table) {
    api.list("/v1/policies", Permission::View, list)
        .lists::<PolicyView>("listPolicies", "List policies")
        .misses(Noun::Policy);
    api.post("/v1/policies", Permission::RaiseLimit, create)
        .answers::<PolicyView>("createPolicy", "Make a policy")
        .made()
        .refuses(&[Code::NameTaken]);
    api.get("/v1/policies/{id}", Permission::View, show)
        .answers::<PolicyView>("readPolicy", "Read a policy")
        .at::<PolicyId>("id", Noun::Policy);
    api.patch("/v1/policies/{id}", Permission::RaiseLimit, change)
        .answers::<PolicyView>("updatePolicy", "Change a policy and every card that inherits it")
        .at::<PolicyId>("id", Noun::Policy)
        .refuses(&[Code::NameTaken, Code::StaleEdit]);
    api.get("/v1/settings/policy", Permission::View, organisation)
        .answers::<OrganisationPolicy>("readOrganizationPolicy", "Read what the organisation sets for all cards")
        .misses(Noun::Policy);
    api.patch("/v1/settings/policy", Permission::LowerLimit, set_organisation)
        .answers::<OrganisationPolicy>("updateOrganizationPolicy", "Change what the organisation sets for all cards")
        .notes("Loosening needs the permission to raise a limit.")
        .refuses(&[Code::StaleEdit]);
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct PolicyView {
    #[schema(pattern = "^policy$")]
    object: &'static str,
    id: PolicyId,
    name: String,
    description: Option<String>,
    #[serde(flatten)]
    set: Grouped,
    card_count: i64,
    version: i64,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<Policy> for PolicyView {
    fn from(policy: Policy) -> Self {
        Self {
            object: "policy",
            id: policy.id,
            name: policy.name,
            description: policy.description,
            set: policy.terms.into(),
            card_count: policy.cards,
            version: policy.version,
            created_at: policy.created_at,
            updated_at: policy.updated_at,
        }
    }
}

async fn list(call: Call, page: PageRequest, _: Nothing) -> Answer {
    let page = policies::list(call.db(), call.grant(), &policies::Filter::default(), &page.paging()?).await?;
    call.list(&page.map(PolicyView::from), |policy| &policy.id)
}

async fn show(call: Call, _: Nothing) -> Answer {
    let policy = policies::get(call.db(), call.grant(), &call.id("id", Noun::Policy)?).await?;
    call.ok(&PolicyView::from(policy))
}

body_with_terms! {
    struct NewPolicy {
        name: Name,
        description: Option<Line>,
    }
}

async fn create(call: Call, mut new: NewPolicy) -> Answer {
    let set = new.change()?;
    let id = call.commit(CreatePolicy { name: new.name, description: new.description, set }).await?;
    let policy = policies::get(call.db(), call.grant(), &id).await?;
    call.created(&PolicyView::from(policy))
}

body_with_terms! {
    struct PolicyChange {
        name: Option<Name>,
        #[serde(default, deserialize_with = "present")]
        description: Option<Option<Line>>,
        version: Option<i64>,
    }
}

async fn change(call: Call, mut change: PolicyChange) -> Answer {
    let id: PolicyId = call.id("id", Noun::Policy)?;
    let set = change.change()?;
    let PolicyChange { name, description, version, .. } = change;
    call.commit(UpdatePolicy { id: id.clone(), name, description, set, reason: None, version }).await?;
    let policy = policies::get(call.db(), call.grant(), &id).await?;
    call.ok(&PolicyView::from(policy))
}

/// What the organisation sets for every card of the key's environment, in the groups of a policy.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OrganizationPolicy)]
struct OrganisationPolicy {
    #[schema(pattern = "^organization_policy$")]
    object: &'static str,
    #[serde(flatten)]
    set: Grouped,
    version: i64,
}

async fn organisation(call: Call, _: Nothing) -> Answer {
    let own = levels::organisation(call.db(), call.grant()).await?;
    let set = Terms::of(&own.rules).into();
    call.ok(&OrganisationPolicy { object: "organization_policy", set, version: own.version })
}

body_with_terms! {
    struct RulesChange {
        version: Option<i64>,
    }
}

async fn set_organisation(call: Call, mut change: RulesChange) -> Answer {
    let set = change.change()?;
    call.commit(SetOrganisationRules { set, reason: None, version: change.version }).await?;
    organisation(call, Nothing {}).await
}
