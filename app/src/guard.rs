//! The guard of the dashboard: who is it, from which page of ours, with what power.
use crate::{
    App, Site,
    cx::{Cx, Jar},
    paths,
    problem::Problem,
    query,
    ui::Taste,
};
use axum::{
    extract::{FromRequestParts, MatchedPath, RawPathParams, State},
    http::{Method, Request, header, request::Parts},
    middleware::Next,
    response::Response,
};
use domain::{
    access::{
        self, Origin, Permission, Visitor,
        sessions::{FACTOR_AT, FORM_SECRET, ORGANISATION, PERSON, SESSION, SIGNED_IN_WITH},
    },
    audit::DenyAccess,
    environment::Environment,
    ids::{OrganisationId, PersonId},
    intents,
    limits::stop,
    time::Timestamp,
};
use std::{collections::BTreeMap, sync::Mutex};
use tower_sessions::Session;

/// The session's message for the next page.
pub const FLASH: &str = "flash";
/// The cookie that binds the forms of a browser that is not signed in.
pub const DOOR_COOKIE: &str = "ledgeros_door";
/// The cookie of a browser in which somebody has signed in before.
pub const DEVICE_COOKIE: &str = "ledgeros_device";
/// The cookie of a sign-in whose second factor is still to come: it opens no page.
pub const PENDING_COOKIE: &str = "ledgeros_sign_in";

/// What a route asks of its visitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody: the door itself.
    Public,
    /// Somebody with this permission in the address's environment.
    Needs(Permission),
}

/// The nonce of the page's scripts, put into the request by the header layer.
#[derive(Debug, Clone)]
pub struct Nonce(pub String);

/// Reads the request's session and path, and checks what the route asks for.
pub async fn enter(app: &App, mut parts: Parts, access: Access) -> Result<Cx, (Box<Cx>, Problem)> {
    let path = RawPathParams::from_request_parts(&mut parts, &())
        .await
        .map(|params| params.iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect::<BTreeMap<_, _>>())
        .unwrap_or_default();
    let mut cx = unknown(app, parts, path);
    match recognise(&mut cx).await.and_then(|()| owes_nothing(&cx)).and_then(|()| check(&cx, access)) {
        Ok(()) => Ok(cx),
        Err(problem) => {
            if let (Problem::Denied(_), Access::Needs(permission)) = (&problem, access) {
                record_refusal(&cx, permission.to_string()).await;
            }
            Err((Box::new(cx), problem))
        }
    }
}

/// The request of somebody who is not recognised yet.
fn unknown(app: &App, parts: Parts, path: BTreeMap<String, String>) -> Cx {
    let environment = parts.extensions.get::<Environment>().copied().unwrap_or(Environment::Live);
    let origin = parts.extensions.get::<Origin>().cloned().unwrap_or_default();
    let nonce = parts.extensions.get::<Nonce>().map(|n| n.0.clone()).unwrap_or_default();
    let session = parts.extensions.get::<Session>().cloned();
    let session = session.unwrap_or_else(|| Session::new(None, app.sessions(), None));
    let door = door_secret(&parts);
    let new_door = door.is_none().then(|| hex::encode(app.db.chance().bytes::<16>()));
    Cx {
        app: app.clone(),
        environment,
        visitor: None,
        held: 0,
        stop: None,
        grant: None,
        origin,
        jar: Jar::default(),
        session,
        session_id: None,
        form_secret: door.or(new_door.clone()).unwrap_or_default(),
        new_door,
        theme: taste(&parts),
        density: taste(&parts),
        path,
        flash: None,
        nonce,
        posted: None,
        attached: Mutex::default(),
        afterwards: Mutex::default(),
        parts,
    }
}

/// The request of somebody who was recognised elsewhere: nothing is read.
pub(crate) fn known(app: &App, parts: Parts, visitor: Visitor) -> Cx {
    let mut cx = unknown(app, parts, BTreeMap::new());
    cx.grant = Some(visitor.grant(cx.environment, cx.origin.clone()));
    cx.visitor = Some(visitor);
    cx
}

async fn recognise(cx: &mut Cx) -> Result<(), Problem> {
    let organisation = value::<OrganisationId>(&cx.session, ORGANISATION).await?;
    let person = value::<PersonId>(&cx.session, PERSON).await?;
    let (Some(organisation), Some(person)) = (organisation, person) else { return Ok(()) };
    cx.origin.sign_in = value(&cx.session, SIGNED_IN_WITH).await?;
    let factor_at = value::<Timestamp>(&cx.session, FACTOR_AT).await?.unwrap_or_default();
    let visitor = access::visitor(&cx.app.db, &organisation, &person, factor_at).await?;
    let Some(visitor) = visitor else { return Ok(()) };
    cx.session_id = value(&cx.session, SESSION).await?;
    let grant = visitor.grant(cx.environment, cx.origin.clone());
    let (held, stop) = futures::join!(intents::how_many_held(&cx.app.db, &grant), stop::in_force(&cx.app.db, &grant));
    // Neither is a reason to keep a page from anybody.
    cx.held = held.unwrap_or_else(|error| {
        tracing::error!(%error, "what waits for approval could not be counted");
        0
    });
    cx.stop = stop.unwrap_or_else(|error| {
        tracing::error!(%error, "whether spending is stopped could not be read");
        None
    });
    cx.grant = Some(grant);
    cx.visitor = Some(visitor);
    cx.form_secret = value(&cx.session, FORM_SECRET).await?.unwrap_or_default();
    if cx.parts.method == Method::GET {
        cx.flash = value(&cx.session, FLASH).await?;
        // Removing marks the session as changed even where there is nothing to remove: a write for each page.
        if cx.flash.is_some() {
            cx.session.remove_value(FLASH).await.map_err(broken)?;
        }
    }
    Ok(())
}

async fn value<T: serde::de::DeserializeOwned>(session: &Session, key: &str) -> Result<Option<T>, Problem> {
    session.get(key).await.map_err(broken)
}

fn broken(error: tower_sessions::session::Error) -> Problem {
    tracing::error!(%error, "a session could not be read");
    Problem::Busy
}

/// Leads whoever owes a passkey to the page that adds one: of the pages beyond the door they see none.
fn owes_nothing(cx: &Cx) -> Result<(), Problem> {
    let path = query::full_path(cx);
    let inside = path == paths::HOME || ["/live", "/dev", "/settings"].iter().any(|start| path.starts_with(start));
    if inside && cx.visitor.as_ref().is_some_and(|visitor| visitor.owes_passkey) {
        return Err(Problem::Elsewhere(paths::NEW_PASSKEY.to_owned()));
    }
    Ok(())
}

fn check(cx: &Cx, access: Access) -> Result<(), Problem> {
    match access {
        Access::Public => Ok(()),
        Access::Needs(permission) => Ok(cx.grant()?.require(permission)?),
    }
}

/// Tells the audit log that somebody asked for what the role does not allow, and what it would have taken (security
/// X-L5).
pub(crate) async fn record_refusal(cx: &Cx, needed: String) {
    let (Some(visitor), Some(grant)) = (&cx.visitor, &cx.grant) else { return };
    let page = cx.parts.extensions.get::<MatchedPath>().map_or("-", MatchedPath::as_str).to_owned();
    if !cx.app.refusals.is_news(&visitor.id, &page, cx.app.db.now()) {
        return;
    }
    if let Err(error) = cx.app.db.commit(grant, DenyAccess { needed, page }).await {
        tracing::error!(%error, "a refusal could not be recorded");
    }
}

/// The value of a cookie by the exact name that this site sets: none that another host could have planted.
pub(crate) fn own_cookie(app: &App, headers: &http::HeaderMap, name: &str) -> Option<String> {
    let name = app.settings.site.cookie(name);
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(own, value)| *own == name && !value.is_empty()).map(|(_, value)| value.to_owned())
}

/// The value of a cookie of ours.
fn cookie(parts: &Parts, wanted: &str) -> Option<String> {
    let lines = parts.headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
    lines
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| name.trim_start_matches("__Host-") == wanted)
        .map(|(_, value)| value.to_owned())
}

/// The random value of the door's cookie.
pub(crate) fn door_secret(parts: &Parts) -> Option<String> {
    cookie(parts, DOOR_COOKIE).filter(|value| value.len() == 32 && value.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// How this browser chose to be shown pages.
fn taste<T: Taste>(parts: &Parts) -> T {
    cookie(parts, T::COOKIE).and_then(|name| T::named(&name)).unwrap_or_default()
}

/// Refuses unsafe requests that another site's page made: Sec-Fetch-Site, else Origin, must name this one.
/// The form token is checked besides, by the form itself (security 4.3).
pub async fn same_site(State(app): State<App>, request: Request<axum::body::Body>, next: Next) -> Response {
    if request.method().is_safe() || from_ourselves(&app.settings.site, request.headers()) {
        return next.run(request).await;
    }
    let (parts, _) = request.into_parts();
    let cx = match enter(&app, parts, Access::Public).await {
        Ok(cx) => cx,
        Err((cx, _)) => *cx,
    };
    crate::screen::problem_response(cx, Problem::Forged)
}

fn from_ourselves(site: &Site, headers: &http::HeaderMap) -> bool {
    let one = |name: &str| {
        let mut all = headers.get_all(name).iter();
        let first = all.next().map(|v| v.to_str().unwrap_or("?"));
        if all.next().is_some() { Some("?") } else { first }
    };
    let origin = one("origin");
    match one("sec-fetch-site") {
        Some("same-origin") => true,
        // Typed into the address bar or sent by a tool: the form token decides.
        Some("none") => origin.is_none_or(|o| site.is_origin(o, headers)),
        Some(_) => false,
        None => origin.is_some_and(|o| site.is_origin(o, headers)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a browser says of who made a form's request, and whether that is one of our pages (security X-W1).
    #[test]
    fn only_our_own_pages_send_forms() {
        let public = Site::at("https://pay.example.com");
        let local = Site::default();
        let own = "https://pay.example.com";
        for (site, origin, expected) in [
            ("same-origin", "", true),
            ("same-origin", own, true),
            ("none", "", true),
            ("none", own, true),
            ("none", "https://evil.example", false),
            ("none", "null", false),
            ("same-site", "", false),
            ("same-site", own, false),
            ("cross-site", "", false),
            ("cross-site", own, false),
            ("something-new", own, false),
            ("Same-Origin", own, false),
            ("same-origin, cross-site", own, false),
            ("", "", false),
            ("", own, true),
            ("", "null", false),
            ("", "http://pay.example.com", false),
            ("", "https://pay.example.com:8443", false),
            ("", "https://pay.example.com/", false),
            ("", "https://evil.pay.example.com", false),
            ("", "https://example.com", false),
            ("", "https://pay.example.com.evil.example", false),
            ("", "https://PAY.example.com", false),
        ] {
            let mut headers = http::HeaderMap::new();
            headers.insert(header::HOST, "pay.example.com".parse().unwrap());
            for (name, value) in [("sec-fetch-site", site), ("origin", origin)] {
                if !value.is_empty() {
                    headers.insert(name, value.parse().unwrap());
                }
            }
            assert_eq!(from_ourselves(&public, &headers), expected, "{site:?} {origin:?}");
        }
        let twice = |name: &'static str, first: &str, second: &str| {
            let mut headers = http::HeaderMap::new();
            headers.append(name, first.parse().unwrap());
            headers.append(name, second.parse().unwrap());
            from_ourselves(&public, &headers)
        };
        assert!(!twice("sec-fetch-site", "same-origin", "same-origin") && !twice("origin", own, own));
        // Without a public address it is the host that was asked for, over http.
        for (origin, expected) in [("http://localhost:3000", true), ("http://localhost:3001", false), ("null", false)] {
            let mut headers = http::HeaderMap::new();
            headers.insert(header::HOST, "localhost:3000".parse().unwrap());
            headers.insert("origin", origin.parse().unwrap());
            assert_eq!(from_ourselves(&local, &headers), expected, "{origin}");
        }
    }
}
