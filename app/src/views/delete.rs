//! Deleting a saved view.
use super::{change::get_view, title};
use crate::{
    cx::cx,
    form::{confirm, go},
    paths,
    problem::Problem,
    screen::{Loaded, Page},
};
use domain::views;
use leptos::prelude::*;

/// Deletes the view of the address.
#[server]
pub async fn delete_view() -> Result<(), Problem> {
    let cx = cx();
    cx.db().commit(cx.grant()?, views::DeleteView { id: cx.id("id")? }).await?;
    cx.flash("View deleted.").await;
    go(&paths::views(cx.environment));
    Ok(())
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let view = get_view(cx.id("id")?).await?;
    let (e, back) = (cx.environment, paths::view(cx.environment, &view.id));
    if !views::may_change(cx.grant()?, &view) {
        return Err(Problem::Elsewhere(back));
    }
    let who = if view.shared { "It is gone for everybody" } else { "It is gone" };
    let consequences = vec![
        format!("{who} from above the list {}; the rows that it shows stay.", title(view.screen)),
        "Whoever started with it starts with the whole list again.".to_owned(),
    ];
    let body = confirm(consequences, "Delete view", back.clone());
    let name = view.name.clone();
    Ok(Page::new(format!("Delete {name}"), body).under("Saved views", paths::views(e)).under(name, back))
}
