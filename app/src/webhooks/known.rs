//! Endpoints by name: what lists of deliveries and attempts call them.
use super::list::list_endpoints;
use crate::{
    cx::Cx,
    paths,
    problem::Problem,
    ui::{Choice, Code, Select},
};
use domain::{ids::EndpointId, webhooks::Endpoint};
use leptos::prelude::*;

/// What stands for an endpoint that is gone.
const GONE: &str = "Deleted endpoint";

/// An address without its scheme and query: short, and where most receivers keep no secret.
pub fn short(url: &str) -> String {
    let text = url.split_once("://").map_or(url, |(_, rest)| rest);
    let text = text.split_once('?').map_or(text, |(start, _)| start);
    text.trim_end_matches('/').to_owned()
}

/// The endpoints of the environment: at most 20.
pub struct Known(Vec<Endpoint>);

impl Known {
    /// Loads them.
    pub async fn load() -> Result<Self, Problem> {
        Ok(Self(list_endpoints().await?))
    }

    /// Whether there is none.
    pub fn none(&self) -> bool {
        self.0.is_empty()
    }

    /// The endpoint of this id, unless it is deleted.
    pub fn of(&self, id: &EndpointId) -> Option<&Endpoint> {
        self.0.iter().find(|endpoint| endpoint.id == *id)
    }

    /// Its name in words.
    pub fn name(&self, id: &EndpointId) -> String {
        self.of(id).map_or_else(|| GONE.to_owned(), |endpoint| short(&endpoint.url))
    }

    /// Its name, leading to its page while it has one.
    pub fn link(&self, cx: &Cx, id: &EndpointId) -> AnyView {
        let text = self.name(id);
        match self.of(id) {
            Some(_) => view! { <a href=paths::webhook(cx.environment, id)><Code text /></a> }.into_any(),
            None => view! { <span class="hint">{text}</span> }.into_any(),
        }
    }

    /// The filter by endpoint. One that is chosen and gone stays chosen.
    pub fn select(&self, chosen: Option<&EndpointId>) -> AnyView {
        let mut choices = vec![Choice::new("", "Any endpoint")];
        choices.extend(self.0.iter().map(|endpoint| Choice::new(endpoint.id.to_string(), short(&endpoint.url))));
        if let Some(id) = chosen.filter(|id| self.of(id).is_none()) {
            choices.push(Choice::new(id.to_string(), GONE));
        }
        let value = chosen.map(ToString::to_string).unwrap_or_default();
        view! { <Select name="endpoint" label="Endpoint" choices value /> }.into_any()
    }
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn a_short_name_has_no_query() {
        assert_eq!(short("https://a.example/hooks?key=hidden"), "a.example/hooks");
        assert_eq!(short("http://10.0.0.1:9/"), "10.0.0.1:9");
    }
}
