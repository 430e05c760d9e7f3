//! The visitor's own passkeys: added, renamed, removed.
use super::{
    parts::codes_page,
    passkey::{entry, no_site},
    removal,
};
use crate::{
    cx::cx,
    form::{go, passkey_site, use_form},
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
    ui::{Button, ButtonLink, Column, ErrorSummary, Field, Look, Moment, NothingYet, Precision, Table, local},
};
use domain::{
    access::{
        Permission,
        factors::{
            Factor,
            passkey::{self, Answer},
        },
    },
    ids::PasskeyId,
    name::Name,
    secret::Revealed,
    time::Timestamp,
};
use leptos::prelude::*;

/// Renames one.
#[server]
pub async fn rename_passkey(passkey: String, name: String) -> Result<(), Problem> {
    let cx = cx();
    let id: PasskeyId = passkey.parse().map_err(|_| Problem::field("passkey", "must be one of the list"))?;
    let name = Name::parse(&name).map_err(|why| Problem::field("name", why.to_string()))?;
    cx.db().commit(cx.grant()?, passkey::RenamePasskey { id, name }).await?;
    cx.flash("Passkey renamed.").await;
    go(paths::PASSKEYS);
    Ok(())
}

/// Takes the passkey of the address away.
#[server]
pub async fn remove_passkey() -> Result<(), Problem> {
    let cx = cx();
    let id: PasskeyId = cx.id("id")?;
    cx.db().commit(cx.grant()?, passkey::RemovePasskey { id, but: cx.session_id.clone() }).await?;
    cx.flash("Passkey removed. Your other sessions have ended.").await;
    go(paths::PASSKEYS);
    Ok(())
}

/// The page before it.
pub async fn remove_page() -> Loaded {
    let cx = cx();
    let id: PasskeyId = cx.id("id")?;
    let all = passkey::passkeys(cx.db(), cx.grant()?).await?;
    let key = all.into_iter().find(|key| key.id == id).ok_or_else(|| Problem::NotFound("page".into()))?;
    let day = |at: Timestamp| local(at.0, cx.zone(), Precision::Day);
    let used = key.used_at.map_or_else(|| "was never used".to_owned(), |at| format!("was last used on {}", day(at)));
    let first = vec![
        format!("It was added on {} and {used}.", day(key.created_at)),
        "It no longer signs you in. Your device may go on offering it: delete it there, too.".to_owned(),
    ];
    let title = format!("Remove {}", key.name);
    let page = removal::page(Factor::Passkey, title, first, "Remove passkey", paths::PASSKEYS).await?;
    Ok(page.under("Your sign-in", paths::ACCOUNT.to_owned()).under("Passkeys", paths::PASSKEYS.to_owned()))
}

/// The list.
pub async fn page() -> Loaded {
    let cx = cx();
    let all = passkey::passkeys(cx.db(), cx.grant()?).await?;
    let (zone, token) = (cx.zone(), cx.form_token());
    let form = use_form();
    let row = |key: passkey::Passkey| {
        // What was typed for this one, if it was refused.
        let this = form.entered("passkey").is_some_and(|sent| sent == key.id.as_str());
        let typed = if this { form.value("name", &*key.name) } else { key.name.clone() };
        let (id, token, remove) = (key.id.to_string(), token.clone(), paths::remove_passkey(&key.id));
        let change = view! {
            <form method="post" class="inline">
                <input type="hidden" name="token" value=token />
                <input type="hidden" name="passkey" value=id.clone() />
                <input class="control" name="name" value=typed aria-label=format!("Name of {}", key.name) />
                <Button word="Rename" look=Look::Secondary small=true />
                <a class="button plain small" href=remove>"Remove"<span class="quiet">" "{key.name.clone()}</span></a>
            </form>
        };
        let used = match key.used_at {
            Some(at) => view! { "last used "<Moment at=at.0 zone /> }.into_any(),
            None => "never used".into_any(),
        };
        let added = view! { <Moment at=key.created_at.0 zone precision=Precision::Day /> };
        vec![view! { {key.name}<small>"Added "{added}", "{used}</small> }.into_any(), change.into_any()]
    };
    let rows: Vec<Vec<AnyView>> = all.into_iter().map(row).collect();
    let columns = vec![Column::new("Passkey"), Column::actions("Change")];
    let empty = view! {
        <NothingYet
            title="No passkeys yet"
            text="A passkey signs you in by your finger, your face or a PIN: nothing to type, and nothing to be phished."
            action=Some(("Add a passkey".to_owned(), paths::NEW_PASSKEY.to_owned()))
        />
    };
    let refusals = form.refusals();
    let body = view! {
        <ErrorSummary refusals />
        <Table caption="Your passkeys" columns rows empty=empty.into_any() />
    };
    Ok(Page::new("Passkeys", body)
        .actions(view! { <ButtonLink href=paths::NEW_PASSKEY word="Add a passkey" look=Look::Primary /> })
        .under("Your sign-in", paths::ACCOUNT.to_owned()))
}

/// Keeps the passkey that the browser made; gives recovery codes when there were none left, this once.
#[server]
pub async fn add_passkey(name: String, passkey: String) -> Result<Vec<Revealed>, Problem> {
    let cx = cx();
    let mut refusal = Refusal::default();
    let name = refusal.take("name", Name::parse(&name));
    let name = refusal.or(name)?;
    let site = passkey_site(&cx).ok_or_else(no_site)?;
    let answer = Answer { said: &passkey, browser: &cx.form_secret, site: &site };
    let add = passkey::check_new(cx.db(), cx.grant()?, &answer, name, cx.session_id.clone())?;
    match cx.db().commit(cx.grant()?, add).await? {
        Some(changed) => {
            cx.then(paths::PASSKEYS.to_owned());
            Ok(changed.codes)
        }
        None => {
            cx.flash("Passkey added. Your other sessions have ended.").await;
            go(paths::PASSKEYS);
            Ok(Vec::new())
        }
    }
}

/// The page that makes one.
pub async fn new_page() -> Loaded {
    let cx = cx();
    let form = use_form();
    if let Some(codes) = form.output::<Vec<Revealed>>() {
        return Ok(codes_page(&codes, paths::PASSKEYS.to_owned()));
    }
    cx.fresh(Permission::ChangeFactors)?;
    let cancel = view! { <ButtonLink href=paths::PASSKEYS word="Cancel" look=Look::Plain /> }.into_any();
    let made = match passkey_site(&cx) {
        Some(site) => {
            let question = passkey::ask_new(cx.db(), cx.grant()?, &cx.form_secret, &site).await?;
            entry(&cx, "passkey", question, "Add a passkey", form.refusal("passkey"), Some(cancel))
        }
        None => view! { <p class="hint">{no_site().advice()}</p>{cancel} }.into_any(),
    };
    let body = view! {
        <form method="post" class="form" data-passkey="create">
            <ErrorSummary refusals=form.refusals() />
            <input type="hidden" name="token" value=cx.form_token() />
            <Field
                name="name"
                label="Name"
                hint="By which you will know it, such as \u{201c}laptop\u{201d} or \u{201c}phone\u{201d}."
                value=form.value("name", "")
                refusal=form.refusal("name")
                autocomplete="off"
            />
            {made}
        </form>
    };
    let lead = if cx.visitor.as_ref().is_some_and(|visitor| visitor.owes_passkey) {
        "Your organisation asks your role for a passkey. Your device or password manager makes it and keeps it; once you \
         have one, everything else is open to you."
    } else {
        "Your device or password manager makes it and keeps it. It signs you in without a password."
    };
    Ok(Page::new("Add a passkey", body)
        .lead(lead)
        .under("Your sign-in", paths::ACCOUNT.to_owned())
        .under("Passkeys", paths::PASSKEYS.to_owned()))
}
