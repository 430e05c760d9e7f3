//! Setting up the first second factor while signing in: nothing else can be seen before.
use super::{
    factor::{finished, pending},
    parts::{codes_page, offer_entries},
    sign_in::{begin, lead, next, too_many},
};
use crate::{
    cx::cx,
    form::{PageForm, use_form},
    paths,
    problem::Problem,
    screen::{Loaded, Page},
};
use domain::{
    access::factors::{self, Finish, Needs},
    secret::Revealed,
};
use leptos::prelude::*;

/// Keeps the app whose code was typed, signs in, and gives the recovery codes, this once.
#[server]
pub async fn enrol(seed: String, code: String, next: String) -> Result<Vec<Revealed>, Problem> {
    let cx = cx();
    let pending = pending(&cx).await?;
    let (finish, changed) = factors::enrol(cx.db(), pending, &seed, &code, cx.arrival()).await?;
    match (finish, changed) {
        (Finish::In(opened), Some(changed)) => {
            begin(&cx, &opened);
            cx.then(lead(&next));
            Ok(changed.codes)
        }
        (Finish::Wait(until), _) => Err(too_many(&cx, "code", until)),
        (finish, _) => finished(&cx, finish, &next).map(|()| Vec::new()),
    }
}

/// The page: the app to set up, or the recovery codes once it is.
pub async fn page() -> Loaded {
    let cx = cx();
    let form = use_form();
    let next = next(&cx);
    if let Some(codes) = form.output::<Vec<Revealed>>() {
        return Ok(codes_page(&codes, lead(&next)));
    }
    let pending = pending(&cx).await?;
    if pending.needs() == Needs::Factor {
        return Err(Problem::Elsewhere(paths::second_half(paths::SECOND_FACTOR, &next)));
    }
    let names = (&*pending.organisation_name, &*pending.email);
    let offer = factors::offer(cx.db(), pending.person(), names, &form.entered("seed").unwrap_or_default())?;
    let body = view! {
        <PageForm act="Turn on and sign in" cancel=paths::SIGN_IN>
            <input type="hidden" name="next" value=next />
            {offer_entries(&offer)}
        </PageForm>
    };
    Ok(Page::new("Set up a second factor", body)
        .lead("Your organisation asks your role for one. It takes a minute and an authenticator app."))
}
