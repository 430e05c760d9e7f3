//! Every saved view that the visitor sees.
use super::{home, title};
use crate::{
    cx::cx,
    paths,
    problem::Problem,
    screen::{Loaded, Page},
    ui::{Badge, Column, NothingYet, Table, Tone},
};
use domain::views::{self, View};
use leptos::prelude::*;

/// The views of every list.
#[server]
pub async fn all_views() -> Result<Vec<View>, Problem> {
    let cx = cx();
    Ok(views::all(cx.db(), cx.grant()?).await?)
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let (all, e) = (all_views().await?, cx.environment);
    let rows = all
        .iter()
        .map(|one| {
            let chosen = one.chosen.then(|| view! { " "<Badge tone=Tone::Info word="You start with it" /> });
            let href = format!("{}?{}", home(e, one.screen), one.query);
            vec![
                view! { <a href=paths::view(e, &one.id)>{one.name.clone()}</a>{chosen} }.into_any(),
                view! { <a href=href>{title(one.screen)}</a> }.into_any(),
                (if one.shared { "Everybody" } else { "You" }).into_any(),
                one.person_name.clone().into_any(),
            ]
        })
        .collect();
    let columns = vec![Column::new("Name"), Column::new("List"), Column::new("Seen by"), Column::new("Made by")];
    let empty = view! {
        <NothingYet
            title="No saved views yet"
            text="Set filters on a list and choose \u{201c}Save this view\u{201d} above it: they are one click away from then on."
        />
    };
    let body = view! { <Table caption="Saved views" quiet=true columns rows empty=empty.into_any() /> };
    Ok(Page::new("Saved views", body).lead("Filters and orders of lists, under names."))
}
