//! What the organisation, or one agent, sets for all its cards: the form that both have.
use super::{
    differences,
    entry::{Sent, Whose, ours},
    fields,
};
use crate::{
    cx::{Cx, cx},
    form::{
        PageForm, Reason,
        conflict::{Edit, told},
        use_form,
    },
    members,
    problem::{Problem, Refusal},
};
use domain::{
    access::approvals::Effect,
    ids::AgentId,
    limits::{
        levels::{self, LevelRules, SetAgentRules, SetOrganisationRules},
        terms::{Change, Terms},
    },
    name::Line,
};
use leptos::prelude::*;

/// Who sets it.
pub(crate) enum Setter {
    /// The organisation, for every card of the environment.
    Organisation,
    /// An agent, for its own.
    Agent(AgentId),
}

impl Setter {
    /// What is set.
    pub(crate) async fn rules(&self, cx: &Cx) -> Result<LevelRules, Problem> {
        Ok(match self {
            Self::Organisation => levels::organisation(cx.db(), cx.grant()?).await?,
            Self::Agent(id) => levels::agent(cx.db(), cx.grant()?, id).await?,
        })
    }

    async fn set(&self, cx: &Cx, set: Change, reason: Line, version: i64) -> Result<Effect, Problem> {
        let (grant, reason, version) = (cx.grant()?, Some(reason), Some(version));
        let done = match self {
            Self::Organisation => cx.db().commit(grant, SetOrganisationRules { set, reason, version }).await,
            Self::Agent(id) => cx.db().commit(grant, SetAgentRules { id: id.clone(), set, reason, version }).await,
        };
        done.map_err(ours)
    }

    /// Puts the entries in place of what is set, and leads to `path`.
    pub(crate) async fn change(self, reason: String, version: String, sent: Sent, path: String) -> Result<(), Problem> {
        let cx = cx();
        let mut refusal = Refusal::default();
        let version = refusal.version(&version);
        let set = sent.change(Whose::Level, &mut refusal);
        let reason = refusal.take("reason", Line::parse(&reason));
        let (version, reason) = refusal.or(version.zip(reason))?;
        let before = Terms::of(&self.rules(&cx).await?.rules);
        let effect = self.set(&cx, set, reason, version).await?;
        let after = Terms::of(&self.rules(&cx).await?.rules);
        let reach = match self {
            Self::Organisation => "of every card",
            Self::Agent(_) => "of all its cards",
        };
        let done = format!("{} It decides the next purchase {reach}.", told(&differences(&before, &after)));
        members::told(&cx, effect, done, path).await;
        Ok(())
    }
}

/// The form, which says about what it is.
pub(crate) fn form(own: &LevelRules, zone: &str, about: &'static str, cancel: String) -> AnyView {
    let start = Sent::of(&Terms::of(&own.rules));
    let head = fields::edit(Edit::of(use_form(), own.version), &start, zone, Whose::Level).head();
    let entries = fields::all(&use_form(), &start, zone, Whose::Level);
    view! {
        <PageForm act="Save changes" cancel wide=true>
            {head}
            <p>{about}</p>
            {entries}
            <Reason hint="For the audit log." />
        </PageForm>
    }
    .into_any()
}
