//! The reference's first page: how to call, and every operation by name.
use super::{
    document::{Document, Operation, Refusal},
    prose,
};
use crate::{
    cx::{Cx, cx},
    paths,
    screen::{Loaded, Page},
    shell::capital,
    ui::{Code, Column, Fact, Facts, Panel, Table},
};
use domain::environment::Environment;
use leptos::prelude::*;

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let document = Document::of(&cx)?;
    let e = cx.environment;
    let groups = document.groups().into_iter().map(|(name, operations)| group(e, name, operations)).collect_view();
    let always = document.common(false);
    let bodies = document.common(true).into_iter().filter(|refusal| !always.contains(refusal)).collect();
    let body = view! {
        <div class="stack">
            <Panel title="Calling">{calling(&cx, document)}</Panel>
            {groups}
            <Panel title="Refusals of every call">{refusals("Refusals of every call", always)}</Panel>
            <Panel title="Refusals of every change">{refusals("Refusals of every change", bodies)}</Panel>
        </div>
    };
    Ok(Page::new("API reference", body)
        .lead("Every call of this server's API, from the document that clients are made of."))
}

fn calling(cx: &Cx, document: Document) -> AnyView {
    let server = cx.app.settings.site.address(&cx.parts.headers);
    let place = format!("{server}{}", paths::OPENAPI);
    let facts = vec![
        Fact::new("Address", view! { <Code text=server copy="address" /> }),
        Fact::new("Document", view! { <a href=paths::OPENAPI><Code text=place /></a>" (OpenAPI 3.1)" }),
        Fact::new("Version", document.version()),
        Fact::new("Keys", view! { <a href=paths::keys(cx.environment)>"API keys of this environment"</a> }),
    ];
    view! { <Facts facts />{prose::view(document.about())} }.into_any()
}

fn group(e: Environment, name: &'static str, operations: Vec<Operation>) -> AnyView {
    let columns = vec![Column::prose("Operation"), Column::new("Method"), Column::new("Address")];
    let page = paths::reference_group(e, name);
    let row = |operation: Operation| {
        let href = format!("{page}#{}", operation.id());
        vec![
            view! { <a href=href>{operation.summary()}</a> }.into_any(),
            view! { <code class="mono">{operation.method}</code> }.into_any(),
            view! { <code class="mono">{operation.path}</code> }.into_any(),
        ]
    };
    let rows = operations.into_iter().map(row).collect();
    let title = capital(name);
    let caption = title.clone();
    view! { <Panel title><Table caption quiet=true columns rows /></Panel> }.into_any()
}

/// Refusals, in a table.
pub fn refusals(caption: &'static str, all: Vec<Refusal>) -> AnyView {
    let columns = vec![Column::new("Code"), Column::numeric("Status"), Column::prose("Meaning")];
    let row = |refusal: Refusal| {
        vec![
            view! { <code class="mono">{refusal.code}</code> }.into_any(),
            refusal.status.into_any(),
            prose::inline(&refusal.meaning),
        ]
    };
    let rows = all.into_iter().map(row).collect();
    view! { <Table caption quiet=true columns rows /> }.into_any()
}
