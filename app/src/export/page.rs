//! The page on which a log is taken out: which rows, in which form.
use crate::{
    cx::Cx,
    form::use_form,
    ui::{Button, ButtonLink, Choice, ErrorSummary, Look, Radios},
};
use domain::access::Permission;
use leptos::prelude::*;

/// The way from a list to `page`, which takes out what the list shows; none for whom it is not.
pub(crate) fn way(cx: &Cx, page: &str) -> Option<AnyView> {
    let query = cx.parts.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    cx.may(Permission::Export).then(|| view! { <ButtonLink href=format!("{page}{query}") word="Export" /> }.into_any())
}

/// The form; `chips` are the filters in force, `back` the list with them.
pub(crate) fn body(cx: &Cx, chips: AnyView, any: bool, back: String) -> AnyView {
    let form = use_form();
    let formats = vec![
        Choice::new("csv", "CSV")
            .hint("For spreadsheets. Text that looks like a formula gets an apostrophe before it."),
        Choice::new("json", "JSON lines").hint("For programs: one object a line."),
    ];
    let zone = cx.zone().name();
    let mut zones = vec![Choice::new("utc", "UTC")];
    if zone != "UTC" {
        zones.insert(0, Choice::new("organisation", format!("{zone}, with its offset")));
    }
    let start = zones[0].value.clone();
    let which = if any { "Every row that passes these filters:" } else { "Every row: no filter is in force." };
    let token = cx.form_token();
    let action = cx.parts.uri.query().map(|query| format!("?{query}"));
    view! {
        <ErrorSummary refusals=form.refusals() />
        <p>{which}</p>
        {chips}
        <form class="form" method="post" action=action>
            <input type="hidden" name="token" value=token />
            <Radios
                name="format"
                label="Form"
                choices=formats
                value=form.value("format", "csv")
                refusal=form.refusal("format")
            />
            <Radios
                name="zone"
                label="Times"
                hint="Each time stands in UTC besides."
                choices=zones
                value=form.value("zone", start)
                refusal=form.refusal("zone")
            />
            <p class="hint">"That you took it out is recorded in the audit log, with these filters and the number of rows."</p>
            <div class="actions">
                <Button word="Download" look=Look::Primary />
                <ButtonLink href=back word="Back to the list" />
            </div>
        </form>
    }
    .into_any()
}
