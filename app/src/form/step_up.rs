//! Step-up on the way from a form to its act: the answer to the form asks for a factor and brings every entry along, so
//! that one more click does what was wanted. Nothing is kept on the server.
use super::{Fields, Posted, SECRET_FIELDS, token, without_secrets};
use crate::{
    access::passkey,
    cx::Cx,
    form::Answer,
    problem::{Problem, Refusal},
    query,
    screen::{self, Page},
    session,
    ui::{Button, ButtonLink, ErrorSummary, Field, Look},
};
use domain::access::factors::{self, Asked, Shown, passkey::Site};
use http::StatusCode;
use leptos::prelude::*;
use tower_sessions::{Session, session::Id};

/// The field of a code.
pub(crate) const CODE: &str = "step_up_code";
/// The field of a password.
pub(crate) const PASSWORD: &str = "step_up_password";
/// The field of a passkey.
pub(crate) const PASSKEY: &str = "step_up_passkey";

/// Shows the factor that came with a form, if one did: the session goes on under a new identifier.
pub(super) async fn take(cx: Cx, input: &Fields) -> Result<Cx, (Box<Cx>, Refusal)> {
    let typed = |field: &str| input.get(field).and_then(|all| all.first()).cloned();
    let shown = match (typed(CODE), typed(PASSWORD)) {
        (Some(code), _) if !code.is_empty() => Shown::Code(code),
        (_, Some(password)) => Shown::Password(password),
        (code, None) => match (typed(PASSKEY).filter(|said| !said.is_empty()), passkey_site(&cx), code) {
            (Some(said), Some(site), _) => Shown::Passkey(said, cx.form_secret.clone(), site),
            (_, _, Some(code)) => Shown::Code(code),
            _ => return Ok(cx),
        },
    };
    show(cx, shown).await.map_err(|(cx, problem)| {
        let refusal = match problem {
            Problem::Refused(Refusal(fields)) => {
                Refusal(fields.into_iter().map(|(field, why)| (format!("step_up_{field}"), why)).collect())
            }
            other => Refusal::field("", other.advice()),
        };
        (cx, refusal)
    })
}

/// Whom passkeys belong to at the address of the request.
pub(crate) fn passkey_site(cx: &Cx) -> Option<Site> {
    cx.app.settings.site.passkeys(&cx.parts.headers)
}

/// Shows a factor.
pub(crate) async fn show(mut cx: Cx, shown: Shown) -> Result<Cx, (Box<Cx>, Problem)> {
    let renewed = match (&cx.grant, cx.cookie(session::COOKIE)) {
        (Some(grant), Some(cookie)) => factors::step_up(cx.db(), grant, &cookie, shown).await.map_err(Problem::from),
        _ => Err(Problem::SignIn),
    };
    match renewed {
        Ok(cookie) => {
            cx.set_cookie(session::COOKIE, &cookie, None);
            cx.session = Session::new(cookie.parse::<Id>().ok(), cx.app.sessions(), None);
            if let Some(visitor) = &mut cx.visitor {
                visitor.factor_at = cx.app.db.now();
                cx.grant = Some(visitor.grant(cx.environment, cx.origin.clone()));
            }
            Ok(cx)
        }
        Err(problem) => Err((Box::new(cx), problem)),
    }
}

/// Asks for a factor, with the form's entries along. A form that takes secrets does not bring them back: it is led to by
/// the page that asks.
pub(super) async fn ask(mut cx: Cx, body: &[u8], refusal: Refusal) -> Answer {
    let entries: Vec<(String, String)> = serde_urlencoded::from_bytes(body).unwrap_or_default();
    let asked = match &cx.grant {
        Some(grant) => factors::asked(cx.db(), grant).await.map_err(Problem::from),
        None => Err(Problem::SignIn),
    };
    let asked = match asked {
        Ok(asked) => asked,
        Err(problem) => return Answer::page(screen::problem_response(cx, problem)).await,
    };
    let of_the_step = [CODE, PASSWORD, PASSKEY];
    let is_secret = |name: &str| SECRET_FIELDS.contains(&name) && !of_the_step.contains(&name);
    if entries.iter().any(|(name, _)| is_secret(name)) {
        return Answer::page(screen::problem_response(cx, Problem::StepUp)).await;
    }
    let kept: Vec<(String, String)> =
        entries.into_iter().filter(|(name, _)| name != token::FIELD && !of_the_step.contains(&&**name)).collect();
    let input = kept.iter().map(|(name, value)| (name.clone(), vec![value.clone()])).collect();
    cx.posted = Some(Posted { input: without_secrets(input), refusal: refusal.clone(), output: None, stale: false });
    let response = screen::between(cx, StatusCode::FORBIDDEN, |cx| page(cx, asked, kept, &refusal));
    Answer::page(response).await
}

fn page(cx: &Cx, asked: Asked, kept: Vec<(String, String)>, refusal: &Refusal) -> Page {
    let hidden =
        kept.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value /> }).collect_view();
    let body = view! {
        <form method="post" class="form" data-passkey=asked.passkey.then_some("get")>
            <ErrorSummary refusals=refusal.0.clone() />
            <input type="hidden" name="token" value=cx.form_token() />
            {hidden}
            {entry(cx, asked, refusal)}
            <div class="actions">
                <Button word="Confirm" />
                <ButtonLink href=query::full_path(cx) word="Cancel" look=Look::Plain />
            </div>
        </form>
    };
    Page::new(Problem::StepUp.title(), body)
        .lead("The last time was more than five minutes ago. Nothing was changed yet; what you entered is done once you confirm.")
}

/// The entry of what is asked for.
pub(crate) fn entry(cx: &Cx, asked: Asked, refusal: &Refusal) -> AnyView {
    if asked.password() {
        let (why, name) = (refusal.of(PASSWORD), PASSWORD);
        return view! {
            <Field name label="Your password" kind="password" refusal=why autocomplete="current-password" />
        }
        .into_any();
    }
    let passkey = asked.passkey.then(|| passkey::get_entry(cx, PASSKEY, refusal.of(PASSKEY), None));
    let code = asked.code.then(|| {
        view! {
            <Field
                name=CODE
                label="Code of your authenticator app"
                hint="Six digits. A recovery code works too, once."
                refusal=refusal.of(CODE)
                autocomplete="one-time-code"
            />
        }
    });
    view! { {passkey}{code} }.into_any()
}
