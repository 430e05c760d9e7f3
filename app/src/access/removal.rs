//! Taking one of the own factors away: what follows from it, on the page before it.
use crate::{
    cx::cx,
    form::{confirm, use_form},
    paths,
    problem::Problem,
    screen::Page,
    ui::{ButtonLink, ErrorSummary, Look},
};
use domain::access::{
    factors::{self, Factor, Held},
    sessions,
};
use leptos::prelude::*;

/// The page before taking `factor` away: `first` is what is known of it; `act` names the button. Where the organisation
/// asks the role for it, the page says so and leads to what replaces it.
pub(super) async fn page(
    factor: Factor,
    title: String,
    first: Vec<String>,
    act: &'static str,
    back: &'static str,
) -> Result<Page, Problem> {
    let cx = cx();
    let (held, asked) = factors::held(cx.db(), cx.grant()?).await?;
    let left = held.without(factor);
    let app = if factor == Factor::App { "Replace the app" } else { "Set up an authenticator app" };
    let body = match left.too_few(asked) {
        Some(why) => view! {
            <ErrorSummary refusals=use_form().refusals() />
            <p>{why}</p>
            <div class="actions">
                <ButtonLink href=paths::NEW_PASSKEY word="Add a passkey" look=Look::Primary />
                {(!left.passkey_asked).then(|| view! { <ButtonLink href=paths::AUTHENTICATOR word=app /> })}
                <ButtonLink href=back word="Cancel" look=Look::Plain />
            </div>
        }
        .into_any(),
        None => {
            let others = sessions::own_sessions(cx.db(), cx.grant()?).await?;
            let others = others.iter().filter(|session| Some(&session.id) != cx.session_id.as_ref()).count();
            let mut consequences = first;
            consequences.extend(what_follows(&held, &left, others));
            confirm(consequences, act, back)
        }
    };
    Ok(Page::new(title, body))
}

/// What is left to sign in with, what it means, and how many other sessions end.
fn what_follows(held: &Held, left: &Held, others: usize) -> Vec<String> {
    let passkeys = match left.passkeys {
        1 => "your other passkey".to_owned(),
        many => format!("your {many} other passkeys"),
    };
    let passkeys = if held.passkeys == left.passkeys { passkeys.replace(" other", "") } else { passkeys };
    // A role that must have a passkey is not let in by the code of an app while it has one.
    let app = left.totp_since.is_some() && !(left.passkey_asked && left.passkeys > 0);
    let remains = match (left.passkeys, app, left.recovery_left) {
        (0, false, _) => "You then sign in with your password alone: whoever learns it is in.".to_owned(),
        (0, true, _) => "You then sign in with your password and a code of your authenticator app.".to_owned(),
        (_, true, _) => format!("You then sign in with {passkeys}, or with your password and a code of your app."),
        (_, false, 0) => {
            format!("You then sign in with {passkeys} and in no other way: you have no unused recovery code.")
        }
        (_, false, _) => format!("You then sign in with {passkeys}, or with your password and a recovery code."),
    };
    let mut follows = vec![remains];
    if !left.any() {
        follows.push(match held.recovery_left {
            0 => "There are no unused recovery codes to lose.".to_owned(),
            1 => "Your 1 unused recovery code is void.".to_owned(),
            many => format!("Your {many} unused recovery codes are void."),
        });
        follows.push(
            "Your role is not asked for a second factor now. Should that change, the next sign-in has you set one up."
                .to_owned(),
        );
    }
    follows.push(match others {
        0 => "You have no other session that would end.".to_owned(),
        1 => "Your 1 other session ends at once; this one stays.".to_owned(),
        many => format!("Your {many} other sessions end at once; this one stays."),
    });
    follows
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::time::Timestamp;

    #[test]
    fn it_is_counted_what_is_left() {
        let held = |passkeys, app: bool| Held {
            totp_since: app.then_some(Timestamp(0)),
            recovery_left: 7,
            passkeys,
            passkey_asked: false,
        };
        let said = |held: Held, factor, others| what_follows(&held, &held.without(factor), others).join(" ");
        let all = said(held(3, true), Factor::Passkey, 2);
        assert!(all.contains("your 2 other passkeys, or with your password and a code of your app"), "{all}");
        assert!(all.contains("Your 2 other sessions end") && !all.contains("recovery"), "{all}");
        let app = said(held(1, true), Factor::App, 0);
        assert!(app.contains("with your passkey, or with your password and a recovery code"), "{app}");
        assert!(app.contains("no other session"), "{app}");
        let spent = said(Held { recovery_left: 0, ..held(1, true) }, Factor::App, 0);
        assert!(spent.contains("with your passkey and in no other way"), "{spent}");
        let asked = said(Held { passkey_asked: true, ..held(2, true) }, Factor::Passkey, 0);
        assert!(asked.contains("your other passkey, or with your password and a recovery code"), "{asked}");
        let last = said(held(1, false), Factor::Passkey, 1);
        assert!(last.contains("password alone") && last.contains("Your 7 unused recovery codes are void"), "{last}");
        assert!(last.contains("Your 1 other session ends") && last.contains("Should that change"), "{last}");
    }
}
