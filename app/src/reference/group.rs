//! The operations of one group, whole.
use super::{
    document::{Document, Operation, Refusal},
    fields, overview, prose, sample,
};
use crate::{
    cx::cx,
    paths,
    problem::Problem,
    screen::{Loaded, Page},
    shell::capital,
    ui::{CopyButton, Panel, Verbatim},
};
use leptos::prelude::*;

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let document = Document::of(&cx)?;
    let wanted = cx.path.get("group").map(String::as_str).unwrap_or_default();
    let found = document.groups().into_iter().find(|(name, _)| *name == wanted);
    let (name, operations) = found.ok_or_else(|| Problem::NotFound("page".into()))?;
    let server = cx.app.settings.site.address(&cx.parts.headers);
    let common: Vec<Refusal> = document.common(false);
    let links = operations
        .iter()
        .map(|operation| view! { <li><a href=format!("#{}", operation.id())>{operation.summary()}</a></li> })
        .collect_view();
    let panels = operations.iter().map(|operation| panel(document, &server, &common, *operation)).collect_view();
    let body = view! {
        <div class="stack reference">
            <nav aria-label="Operations"><ul>{links}</ul></nav>
            {panels}
        </div>
    };
    Ok(Page::new(capital(name), body).under("API reference", paths::reference(cx.environment)))
}

fn panel(document: Document, server: &str, common: &[Refusal], operation: Operation) -> AnyView {
    let of = move |what: &str| format!("{what}: {}", operation.summary());
    let parameters: Vec<_> = operation.parameters().collect();
    let parameters = (!parameters.is_empty()).then(|| {
        let table = fields::parameters(document, of("Parameters"), parameters);
        view! { <h3>"Parameters"</h3>{table} }
    });
    let body = operation.body().map(|schema| {
        let table = fields::table(document, of("Body"), schema, Some("required"));
        view! { <h3>"Body"</h3>{table} }
    });
    let answers: Vec<_> = operation.successes().collect();
    let statuses =
        answers.iter().map(|(status, meaning, _)| format!("{status}: {meaning}")).collect::<Vec<_>>().join(" ");
    let schema = answers.iter().find_map(|(_, _, schema)| *schema);
    let answer = schema.map(|schema| fields::table(document, of("Answer"), schema, None));
    let own: Vec<Refusal> = operation.refusals().into_iter().filter(|refusal| !common.contains(refusal)).collect();
    let refusals = (!own.is_empty()).then(|| {
        view! { <h3>"Refusals besides those of every call"</h3>{overview::refusals("Refusals", own)} }
    });
    let call = sample::curl(document, server, operation);
    let copied = call.clone();
    view! {
        <div id=operation.id() class="operation">
            <Panel title=operation.summary()>
                <p><code class="mono">{format!("{} {}", operation.method, operation.path)}</code></p>
                {prose::view(operation.description())}
                {parameters}
                {body}
                <h3>"Answer"</h3>
                <p class="hint">{statuses}</p>
                {answer}
                {refusals}
                <h3>"With curl "<CopyButton text=copied what="call" /></h3>
                <Verbatim text=call label=of("With curl") />
            </Panel>
        </div>
    }
    .into_any()
}
