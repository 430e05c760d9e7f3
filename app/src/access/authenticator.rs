//! The own authenticator app: set up, replaced, removed; and new recovery codes.
use super::{
    parts::{codes_page, offer_entries},
    removal,
};
use crate::{
    cx::cx,
    form::{PageForm, confirm, go, use_form},
    paths,
    problem::Problem,
    screen::{Loaded, Page},
    ui::{Precision, local},
};
use domain::{
    access::{
        Permission,
        factors::{self, Factor, NewRecoveryCodes, RemoveTotp},
    },
    secret::Revealed,
};
use leptos::prelude::*;

/// Keeps the app whose code was typed, and gives new recovery codes, this once.
#[server]
pub async fn set_up_authenticator(seed: String, code: String) -> Result<Vec<Revealed>, Problem> {
    let cx = cx();
    let grant = cx.grant()?;
    let visitor = cx.visitor.as_ref().ok_or(Problem::SignIn)?;
    let Some(mut add) = factors::check_offer(cx.db(), &visitor.organisation, &visitor.id, &seed, &code)? else {
        return Err(Problem::field("code", "is not right: take the newest one that the app shows"));
    };
    add.but = cx.session_id.clone();
    let changed = cx.db().commit(grant, add).await?;
    cx.then(paths::ACCOUNT.to_owned());
    Ok(changed.codes)
}

/// The page that sets it up.
pub async fn page() -> Loaded {
    let cx = cx();
    let form = use_form();
    if let Some(codes) = form.output::<Vec<Revealed>>() {
        return Ok(codes_page(&codes, paths::ACCOUNT.to_owned()));
    }
    cx.fresh(Permission::ChangeFactors)?;
    let visitor = cx.visitor.as_ref().ok_or(Problem::SignIn)?;
    let (held, _) = factors::held(cx.db(), cx.grant()?).await?;
    let names = (&*visitor.organisation_name, &*visitor.name);
    let offer = factors::offer(
        cx.db(),
        (&visitor.organisation, &visitor.id),
        names,
        &form.entered("seed").unwrap_or_default(),
    )?;
    let body = view! {
        <PageForm act="Turn on" cancel=paths::ACCOUNT>
            {offer_entries(&offer)}
        </PageForm>
    };
    let lead = match held.totp_since {
        Some(_) => "The app of before and its recovery codes stop working, and your other sessions end.",
        None => "From then on you sign in with your password and a code. Your other sessions end.",
    };
    Ok(Page::new("Set up an authenticator app", body).lead(lead).under("Your sign-in", paths::ACCOUNT.to_owned()))
}

/// Takes the app away.
#[server]
pub async fn remove_authenticator() -> Result<(), Problem> {
    let cx = cx();
    cx.db().commit(cx.grant()?, RemoveTotp { but: cx.session_id.clone() }).await?;
    cx.flash("Authenticator app removed. Your other sessions have ended.").await;
    go(paths::ACCOUNT);
    Ok(())
}

/// The page before it.
pub async fn remove_page() -> Loaded {
    let cx = cx();
    let (held, _) = factors::held(cx.db(), cx.grant()?).await?;
    let Some(since) = held.totp_since else { return Err(Problem::Elsewhere(paths::ACCOUNT.to_owned())) };
    let first = vec![
        format!("It has been on since {}.", local(since.0, cx.zone(), Precision::Day)),
        "Its codes no longer sign you in.".to_owned(),
    ];
    let title = "Remove the authenticator app".to_owned();
    let page = removal::page(Factor::App, title, first, "Remove authenticator app", paths::ACCOUNT).await?;
    Ok(page.under("Your sign-in", paths::ACCOUNT.to_owned()))
}

/// Makes a new set of recovery codes and gives it, this once.
#[server]
pub async fn make_recovery_codes() -> Result<Vec<Revealed>, Problem> {
    let cx = cx();
    let changed = cx.db().commit(cx.grant()?, NewRecoveryCodes).await?;
    cx.then(paths::ACCOUNT.to_owned());
    Ok(changed.codes)
}

/// The page before it, and the one that shows them.
pub async fn recovery_page() -> Loaded {
    let cx = cx();
    let form = use_form();
    if let Some(codes) = form.output::<Vec<Revealed>>() {
        return Ok(codes_page(&codes, paths::ACCOUNT.to_owned()));
    }
    let (held, _) = factors::held(cx.db(), cx.grant()?).await?;
    if !held.any() {
        return Err(Problem::Elsewhere(paths::ACCOUNT.to_owned()));
    }
    let consequences = vec![
        format!("{} unused recovery codes of before stop working.", held.recovery_left),
        "Ten new ones are shown once.".to_owned(),
    ];
    let body = confirm(consequences, "Make new recovery codes", paths::ACCOUNT);
    Ok(Page::new("New recovery codes", body).under("Your sign-in", paths::ACCOUNT.to_owned()))
}
