//! One saved view: its name, who sees it, and whether the visitor starts with it.
use super::{
    home,
    new::{audience, audience_entry, chosen_entry},
    title,
};
use crate::{
    cx::cx,
    form::{PageForm, go, use_form},
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
    ui::{ButtonLink, Code, Fact, Facts, Field},
};
use domain::{
    ids::ViewId,
    name::Name,
    views::{self, View},
};
use leptos::prelude::*;

/// The view of this id.
#[server]
pub async fn get_view(id: ViewId) -> Result<View, Problem> {
    let cx = cx();
    Ok(views::get(cx.db(), cx.grant()?, &id).await?)
}

/// Changes the view of the address; a form without a name changes only whether the visitor starts with it.
#[server]
pub async fn change_view(
    #[server(default)] name: Option<String>,
    #[server(default)] audience: String,
    #[server(default)] chosen: String,
) -> Result<(), Problem> {
    let cx = cx();
    let told = match name {
        None => None,
        Some(name) => {
            let mut refusal = Refusal::default();
            let name = refusal.take("name", Name::parse(&name));
            let shared = self::audience(&audience, &mut refusal);
            Some(refusal.or(name.zip(shared))?)
        }
    };
    let change = views::ChangeView { id: cx.id("id")?, told, chosen: chosen == "true" };
    cx.db().commit(cx.grant()?, change).await?;
    cx.flash("View changed.").await;
    go(&paths::views(cx.environment));
    Ok(())
}

/// The page. Whose view it is not sees it, and may start with it.
pub async fn page() -> Loaded {
    let cx = cx();
    let view = get_view(cx.id("id")?).await?;
    let (e, form) = (cx.environment, use_form());
    let own = views::may_change(cx.grant()?, &view);
    let audience = if view.shared { "all" } else { "me" };
    let entries = own.then(|| {
        view! {
            <Field
                name="name"
                label="Name"
                value=form.value("name", &view.name)
                refusal=form.refusal("name")
                autocomplete="off"
            />
            {audience_entry(form.value("audience", audience), form.refusal("audience"))}
        }
    });
    let href = format!("{}?{}", home(e, view.screen), view.query);
    let facts = vec![
        Fact::new("List", view! { <a href=href>{title(view.screen)}</a> }),
        Fact::new("Filters and order", view! { <Code text=view.query.clone() /> }),
        Fact::new("Made by", view.person_name.clone()),
        Fact::new("Seen by", if view.shared { "everybody" } else { "you" }),
    ];
    let delete = own.then(|| view! { <ButtonLink href=paths::delete_view(e, &view.id) word="Delete" /> });
    let body = view! {
        <div class="stack">
            <Facts facts />
            <PageForm act="Save" cancel=paths::views(e)>
                {entries}
                {chosen_entry(form.ticked("chosen", "true", view.chosen))}
            </PageForm>
        </div>
    };
    Ok(Page::new(view.name.clone(), body).actions(delete).under("Saved views", paths::views(e)))
}
