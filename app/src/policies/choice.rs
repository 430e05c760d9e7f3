//! Which policy a form chooses.
use super::entry::NONE;
use crate::{
    cx::cx,
    problem::{Problem, Refusal},
    ui::Choice,
};
use domain::{ids::PolicyId, limits::policies};
use leptos::prelude::*;

/// Every policy by name.
#[server]
pub async fn all_policies() -> Result<Vec<(PolicyId, String)>, Problem> {
    let cx = cx();
    Ok(policies::all(cx.db(), cx.grant()?).await?)
}

/// The policies of an environment, to choose one or none.
pub(crate) struct Policies(Vec<(PolicyId, String)>);

impl Policies {
    /// All there are.
    pub(crate) async fn all() -> Result<Self, Problem> {
        Ok(Self(all_policies().await?))
    }

    /// What the entry `policy` offers; `none` says what it means to choose none.
    pub(crate) fn choices(&self, none: &str) -> Vec<Choice> {
        let mut choices = vec![Choice::new(NONE, none)];
        choices.extend(self.0.iter().map(|(id, name)| Choice::new(id.to_string(), name.clone())));
        choices
    }

    /// What the entry `policy` is for this one.
    pub(crate) fn value(id: Option<&PolicyId>) -> String {
        id.map_or_else(|| NONE.to_owned(), ToString::to_string)
    }

    /// What was chosen, or the refusal of what nobody could choose.
    pub(crate) fn chosen(&self, text: &str, refusal: &mut Refusal) -> Option<Option<PolicyId>> {
        if text.is_empty() || text == NONE {
            return Some(None);
        }
        let known = text.parse().ok().filter(|id| self.0.iter().any(|(own, _)| own == id));
        refusal.take("policy", known.ok_or("must be one of the choices")).map(Some)
    }

    /// Its name in a sentence.
    pub(crate) fn called(&self, id: Option<&PolicyId>) -> String {
        let name = id.and_then(|id| self.0.iter().find(|(own, _)| own == id)).map(|(_, name)| name.clone());
        name.unwrap_or_else(|| "none".to_owned())
    }
}
