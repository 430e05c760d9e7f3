//! The saved views of a list, as links above it.
use super::home;
use crate::{
    cx::{Cx, cx},
    paths,
    problem::Problem,
    query::full_path,
    ui::{Tab, Tabs},
};
use domain::views::{self, Screen, View};
use http::{Uri, header};
use leptos::prelude::*;

/// The views of a list that the visitor sees.
#[server]
pub async fn list_views(screen: Screen) -> Result<Vec<View>, Problem> {
    let cx = cx();
    Ok(views::list(cx.db(), cx.grant()?, screen).await?)
}

/// The saved views of one list.
pub(crate) struct Strip {
    screen: Screen,
    views: Vec<View>,
}

impl Strip {
    /// Reads them. Where the address asks for nothing and the visitor has chosen a view to start with, the way leads
    /// there, unless it comes from the list itself: then the last filter was just taken away.
    ///
    /// # Errors
    /// [`Problem::Elsewhere`], with that view's query.
    pub async fn of(cx: &Cx, screen: Screen) -> Result<Self, Problem> {
        let views = list_views(screen).await?;
        let bare = cx.parts.uri.query().is_none_or(str::is_empty);
        let starts = bare && !from_itself(cx);
        match views.iter().find(|view| view.chosen && starts) {
            Some(view) => Err(Problem::Elsewhere(format!("{}?{}", home(cx.environment, screen), view.query))),
            None => Ok(Self { screen, views }),
        }
    }

    /// The links: the whole list, each view, and keeping what is shown now.
    pub fn show(self, cx: &Cx) -> AnyView {
        let e = cx.environment;
        let now = views::kept(cx.parts.uri.query().unwrap_or_default());
        let home = home(e, self.screen);
        let known = self.views.iter().any(|view| Some(&view.query) == now.as_ref());
        let save = now.as_ref().filter(|_| !known).map(|query| {
            let pairs = [("screen", Some(self.screen.to_string())), ("query", Some(query.clone()))];
            view! { <a href=paths::with_query(&paths::new_view(e), pairs)>"Save this view"</a> }
        });
        let any = !self.views.is_empty();
        // The whole list even for whom a view opens otherwise.
        let mut tabs = vec![Tab { label: "All".into(), href: format!("{home}?all=1"), current: now.is_none() }];
        tabs.extend(self.views.into_iter().map(|view| Tab {
            current: Some(&view.query) == now.as_ref(),
            href: format!("{home}?{}", view.query),
            label: view.name,
        }));
        let tabs = any.then(|| view! { <Tabs label="Saved views" tabs /> });
        let manage = any.then(|| view! { <a href=paths::views(e)>"Manage views"</a> });
        if tabs.is_none() && save.is_none() {
            return ().into_any();
        }
        view! { <div class="views">{tabs}<p class="hint">{save}" "{manage}</p></div> }.into_any()
    }
}

/// Whether the visitor came by a link on the same page.
fn from_itself(cx: &Cx) -> bool {
    let referer = cx.parts.headers.get(header::REFERER).and_then(|text| text.to_str().ok());
    referer.and_then(|text| text.parse::<Uri>().ok()).is_some_and(|from| from.path() == full_path(cx))
}
