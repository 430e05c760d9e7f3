//! What the visitor was told.
use crate::{
    cx::cx,
    form::{PageForm, go},
    paths,
    problem::Problem,
    screen::{Loaded, Page},
    ui::{Badge, Button, Column, Icon, Look, Moment, NothingYet, Table, Tone},
};
use domain::access::notices::{self, Notice};
use leptos::prelude::*;

/// Marks everything as read.
#[server]
pub async fn mark_read() -> Result<(), Problem> {
    let cx = cx();
    cx.db().note(notices::SeenAll(cx.grant()?.clone())).await?;
    go(&paths::notices(cx.environment));
    Ok(())
}

/// What the visitor was told.
#[server]
pub async fn list_notices() -> Result<Vec<Notice>, Problem> {
    let cx = cx();
    Ok(notices::list(cx.db(), cx.grant()?).await?)
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let (notices, zone) = (list_notices().await?, cx.zone());
    let unread = notices.iter().any(|notice| notice.seen_at.is_none());
    let rows = notices
        .iter()
        .map(|notice| {
            let new = notice.seen_at.is_none().then(|| view! { " "<Badge tone=Tone::Info word="New" /> });
            vec![
                view! { {notice.about.title()}{new} }.into_any(),
                notice.about.text().into_any(),
                view! { <Moment at=notice.created_at.0 zone /> }.into_any(),
            ]
        })
        .collect();
    let columns = vec![Column::prose("What"), Column::prose("In full"), Column::new("When")];
    let empty = view! {
        <NothingYet
            title="Nothing to tell"
            text="New sign-ins, changes of your password, role or factors, and keys near their end are told here."
            icon=Icon::Info
        />
    };
    let mark = unread.then(|| {
        view! {
            <PageForm>
                <div class="actions"><Button word="Mark all as read" look=Look::Secondary /></div>
            </PageForm>
        }
    });
    let body = view! {
        <div class="stack">
            {mark}
            <Table caption="Notices" quiet=true columns rows empty=empty.into_any() />
        </div>
    };
    let lead = match cx.db().mail() {
        Some(_) => "What you were told, here and by mail.",
        None => "What you were told. This server sends no mail.",
    };
    Ok(Page::new("Notices", body).lead(lead).under("Your settings", paths::profile(cx.environment)))
}
