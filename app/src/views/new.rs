//! Keeping a list's filters and order under a name.
use super::{home, title};
use crate::{
    cx::cx,
    form::{PageForm, go, use_form},
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
    ui::{Checkbox, Choice, Code, Fact, Facts, Field, Radios},
};
use domain::{
    name::Name,
    views::{self, Screen},
};
use leptos::prelude::*;
use serde::Deserialize;

/// Who sees a view.
pub(super) fn audience(text: &str, refusal: &mut Refusal) -> Option<bool> {
    match text {
        "me" => Some(false),
        "all" => Some(true),
        _ => {
            refusal.add("audience", "must be one of the choices");
            None
        }
    }
}

/// The entry for who sees it.
pub(super) fn audience_entry(value: String, refusal: Option<String>) -> AnyView {
    let choices = vec![
        Choice::new("me", "Only you"),
        Choice::new("all", "Everybody in this organisation")
            .hint("They see its name and filters, and rows as their role allows."),
    ];
    view! { <Radios name="audience" label="Who sees it" choices value refusal /> }.into_any()
}

/// The entry for starting with it.
pub(super) fn chosen_entry(checked: bool) -> AnyView {
    view! {
        <Checkbox
            name="chosen"
            label="Start with it"
            hint="For you alone: the list opens with this view. \u{201c}All\u{201d} above the list shows everything."
            checked
        />
    }
    .into_any()
}

/// Keeps the query of a list's address.
#[server]
pub async fn save_view(
    name: String,
    screen: String,
    query: String,
    #[server(default)] audience: String,
    #[server(default)] chosen: String,
) -> Result<(), Problem> {
    let cx = cx();
    let mut refusal = Refusal::default();
    let name = refusal.take("name", Name::parse(&name));
    let screen = refusal.take("screen", screen.parse::<Screen>().map_err(|_| "must be a list of this dashboard"));
    let shared = self::audience(&audience, &mut refusal);
    let ((name, screen), shared) = refusal.or(name.zip(screen).zip(shared))?;
    let href = format!("{}?{}", home(cx.environment, screen), views::kept(&query).unwrap_or_default());
    let save = views::SaveView { screen, name, query, shared, chosen: chosen == "true" };
    cx.db().commit(cx.grant()?, save).await?;
    cx.flash("View saved. It is above the list.").await;
    go(&href);
    Ok(())
}

#[derive(Default, Deserialize)]
struct Asked {
    screen: Option<String>,
    query: Option<String>,
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let (asked, form, e) = (cx.query::<Asked>(), use_form(), cx.environment);
    // What was sent may be nothing that this page sends: then the address still says of which list the view is.
    let asked_of = asked.screen.unwrap_or_default();
    let of = form.value("screen", &asked_of).parse::<Screen>().or_else(|_| asked_of.parse());
    let Ok(of) = of else { return Err(Problem::Elsewhere(paths::views(e))) };
    let query = form.value("query", asked.query.unwrap_or_default());
    let back = match views::kept(&query) {
        Some(query) => format!("{}?{query}", home(e, of)),
        None => home(e, of),
    };
    let facts = vec![
        Fact::new("List", title(of)),
        Fact::new("Filters and order", view! { <Code text=views::kept(&query).unwrap_or_else(|| "none".into()) /> }),
    ];
    let body = view! {
        <div class="stack">
            <Facts facts />
            <PageForm act="Save view" cancel=back.clone()>
                <input type="hidden" name="screen" value=of.as_str() />
                <input type="hidden" name="query" value=query />
                <Field
                    name="name"
                    label="Name"
                    hint="As it will stand above the list: 1 to 64 characters."
                    value=form.value("name", "")
                    refusal=form.refusal("name")
                    autocomplete="off"
                />
                {audience_entry(form.value("audience", "me"), form.refusal("audience"))}
                {chosen_entry(form.ticked("chosen", "true", false))}
            </PageForm>
        </div>
    };
    Ok(Page::new("Save this view", body).under(title(of), back))
}
