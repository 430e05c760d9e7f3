//! Notes, tags and category of a purchase: shown on its page, changed on a page of their own.
use super::show::get_purchase;
use crate::{
    cx::{Cx, cx},
    form::{
        PageForm,
        conflict::{Edit, told},
        go, use_form,
    },
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
    ui::{ButtonLink, Fact, Facts, Field, Look, Panel, TextArea},
};
use domain::{
    access::Permission,
    ids::PurchaseId,
    name::{Name, Passage},
    purchases::{self, Annotate, Purchase, Remark, Tags},
};
use leptos::prelude::*;

/// The part of a purchase's page.
pub fn panel(cx: &Cx, purchase: &Purchase) -> AnyView {
    let notes = match &purchase.notes {
        Some(notes) => view! { <p class="passage">{notes.clone()}</p> }.into_any(),
        None => "none".into_any(),
    };
    let tags = match purchase.tags.as_slice() {
        [] => "none".to_owned(),
        tags => tags.join(", "),
    };
    let category = purchase.category.clone().unwrap_or_else(|| "none".into());
    let facts = vec![Fact::new("Notes", notes), Fact::new("Tags", tags), Fact::new("Category", category)];
    let actions = if cx.may(Permission::Annotate) {
        let href = paths::purchase_notes(cx.environment, &purchase.id);
        view! { <ButtonLink href word="Edit notes" look=Look::Plain /> }.into_any()
    } else {
        ().into_any()
    };
    view! { <Panel title="Notes" actions=actions><Facts facts /></Panel> }.into_any()
}

/// Puts the entries in place of what is noted on the purchase of the address.
#[server]
pub async fn annotate_purchase(notes: String, tags: String, category: String, version: String) -> Result<(), Problem> {
    let cx = cx();
    let id: PurchaseId = cx.id("id")?;
    let mut refusal = Refusal::default();
    let notes = match notes.trim() {
        "" => Some(None),
        text => refusal.take("notes", Passage::parse(&text.replace("\r\n", "\n"))).map(Some),
    };
    let tags = refusal.take("tags", Tags::typed(&tags));
    let category = match category.trim() {
        "" => Some(None),
        text => refusal.take("category", Name::parse(text)).map(Some),
    };
    let version = refusal.version(&version);
    let (((notes, tags), category), version) = refusal.or(notes.zip(tags).zip(category).zip(version))?;
    let remark = Remark { version: Some(version), notes: Some(notes), tags: Some(tags), category: Some(category) };
    let before = purchases::get(cx.db(), cx.grant()?, &id).await?.purchase;
    let after = cx.db().commit(cx.grant()?, Annotate { id: id.clone(), remark }).await?;
    let said = |purchase: &Purchase| {
        let written = |text: &Option<String>| text.as_ref().map_or("none", |_| "written").to_owned();
        [written(&purchase.notes), purchase.tags.joined(), purchase.category.clone().unwrap_or_else(|| "none".into())]
    };
    let changes: Vec<_> = ["notes", "tags", "category"]
        .into_iter()
        .zip(said(&before).into_iter().zip(said(&after)))
        .map(|(what, (old, new))| (what, old, new))
        .collect();
    cx.flash(if before.notes != after.notes { "Notes saved.".to_owned() } else { told(&changes) }).await;
    go(&paths::purchase(cx.environment, &id));
    Ok(())
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let purchase = get_purchase(cx.id("id")?).await?.purchase;
    let (form, back) = (use_form(), paths::purchase(cx.environment, &purchase.id));
    let edit = Edit::of(form, purchase.remarked)
        .text("notes", "Notes", purchase.notes.clone().unwrap_or_default())
        .text("tags", "Tags", purchase.tags.joined())
        .text("category", "Category", purchase.category.clone().unwrap_or_default());
    let field = |name: &str| (edit.value(name), edit.refusal(name));
    let (notes, tags, category, head) = (field("notes"), field("tags"), field("category"), edit.head());
    let body = view! {
        <PageForm act="Save notes" cancel=back.clone()>
            {head}
            <TextArea
                name="notes"
                label="Notes"
                hint="For your colleagues: agents with a token read them, too. Never a whole card number."
                optional=true
                value=notes.0
                refusal=notes.1
            />
            <Field
                name="tags"
                label="Tags"
                hint="At most 20, with commas between: travel, Q3."
                optional=true
                value=tags.0
                refusal=tags.1
                autocomplete="off"
            />
            <Field
                name="category"
                label="Category"
                hint="Your own, beside the merchant's."
                optional=true
                value=category.0
                refusal=category.1
                autocomplete="off"
            />
        </PageForm>
    };
    Ok(Page::new("Edit notes", body)
        .under("Purchases", paths::purchases(cx.environment))
        .under(purchase.merchant_name.clone(), back))
}
