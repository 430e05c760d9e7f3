//! What a page or a form knows of its request: one value, in context while it is made.
use crate::{App, form::Posted, problem::Problem};
use axum::response::Response;
use domain::{
    access::{Arrival, Grant, Origin, Permission, Visitor},
    db::Db,
    environment::Environment,
    ids::SessionId,
    limits::stop::Stop,
};
use http::{HeaderMap, HeaderValue, header, request::Parts};
use leptos::prelude::*;
use serde::de::DeserializeOwned;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};
use tower_sessions::Session;

/// The request that a page or form is made for.
pub struct Cx {
    /// The application.
    pub app: App,
    /// Declared purchases that wait for the visitor's yes or no in this environment.
    pub held: i64,
    /// The stop of all spending that is in force in this environment.
    pub stop: Option<Stop>,
    /// The request without its body.
    pub parts: Parts,
    /// The environment of the address; live where the address has none.
    pub environment: Environment,
    /// Who is signed in.
    pub visitor: Option<Visitor>,
    /// The visitor's power in this environment.
    pub grant: Option<Grant>,
    /// Where the request came from.
    pub origin: Origin,
    /// Cookies that the answer sets.
    pub jar: Jar,
    /// The visitor's session.
    pub session: Session,
    /// What its owner ends it by.
    pub session_id: Option<SessionId>,
    /// What form tokens of this browser are bound to.
    pub form_secret: String,
    /// A door cookie that this answer must set.
    pub(crate) new_door: Option<String>,
    /// The theme that this browser chose.
    pub theme: crate::ui::Theme,
    /// The density that this browser chose.
    pub density: crate::ui::Density,
    /// The values in the path, by name.
    pub path: BTreeMap<String, String>,
    /// A message of the page before.
    pub flash: Option<String>,
    /// The nonce of this page's scripts.
    pub nonce: String,
    /// What was posted to this page, while it is rendered again.
    pub posted: Option<Posted>,
    /// A file that is this form's answer.
    pub(crate) attached: Mutex<Option<Response>>,
    /// Where a repeat of this form leads once its answer is forgotten.
    pub(crate) afterwards: Mutex<Option<String>>,
}

/// Cookies on their way to the browser.
#[derive(Clone, Default)]
pub struct Jar(Arc<Mutex<Vec<HeaderValue>>>);

impl Jar {
    fn add(&self, line: &str) {
        if let Ok(line) = HeaderValue::from_str(line) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        }
    }

    /// Puts them into the headers of the answer.
    pub(crate) fn empty_into(&self, headers: &mut HeaderMap) {
        for line in self.0.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            headers.append(header::SET_COOKIE, line);
        }
    }
}

/// The request of the page or form that is being made.
pub fn cx() -> Arc<Cx> {
    expect_context::<Arc<Cx>>()
}

impl Cx {
    /// The database.
    pub fn db(&self) -> &Db {
        &self.app.db
    }

    /// The visitor's power; [`Problem::SignIn`] when nobody is signed in.
    pub fn grant(&self) -> Result<&Grant, Problem> {
        self.grant.as_ref().ok_or(Problem::SignIn)
    }

    /// Whether the visitor may: for showing a control or saying why it is missing.
    pub fn may(&self, permission: Permission) -> bool {
        self.grant.as_ref().is_some_and(|grant| grant.has(permission))
    }

    /// Whether the sandbox serves the environment: always in dev, in live where the settings say so.
    pub fn sandbox(&self) -> bool {
        self.environment == Environment::Dev || self.app.settings.live_issuer
    }

    /// The id in the path under `name`. What is no id of that kind is [`Problem::NotFound`].
    pub fn id<T: std::str::FromStr>(&self, name: &str) -> Result<T, Problem> {
        self.path.get(name).and_then(|text| text.parse().ok()).ok_or_else(|| Problem::NotFound("page".into()))
    }

    /// The address's query, typed. What does not fit falls back to nothing chosen.
    pub fn query<T: DeserializeOwned + Default>(&self) -> T {
        self.parts.uri.query().and_then(|q| serde_urlencoded::from_str(q).ok()).unwrap_or_default()
    }

    /// The organisation's time zone.
    pub fn zone(&self) -> chrono_tz::Tz {
        self.visitor.as_ref().map_or(chrono_tz::UTC, |v| v.zone)
    }

    /// Sets a cookie of this site for `seconds`, or for as long as the browser runs.
    pub fn set_cookie(&self, name: &str, value: &str, seconds: Option<u32>) {
        self.jar.add(&self.app.settings.site.set_cookie(name, value, seconds));
    }

    /// The value of a cookie that this site has set.
    pub fn cookie(&self, name: &str) -> Option<String> {
        crate::guard::own_cookie(&self.app, &self.parts.headers, name)
    }

    /// The browser that stands at the door.
    pub fn arrival(&self) -> Arrival {
        let device = self.cookie(crate::guard::DEVICE_COOKIE).filter(|device| device.len() == 32);
        let session = self.cookie(crate::session::COOKIE);
        Arrival { origin: self.origin.clone(), device, session }
    }

    /// Ends with [`Problem::StepUp`] unless a factor was shown lately: for a page whose form takes secrets, which a
    /// step-up on the way could not bring back.
    pub fn fresh(&self, permission: Permission) -> Result<(), Problem> {
        Ok(self.grant()?.demand(permission, self.db().now())?)
    }

    /// A new form token: one use, bound to this browser.
    pub fn form_token(&self) -> String {
        crate::form::token::make(&self.app, &self.form_secret, self.visitor.as_ref().map(|v| &v.id))
    }

    /// After this form's answer (a secret shown once) is forgotten, a repeat leads to `path`.
    pub fn then(&self, path: String) {
        *self.afterwards.lock().unwrap_or_else(PoisonError::into_inner) = Some(path);
    }

    /// Makes a file this form's answer.
    pub(crate) fn attach(&self, file: Response) {
        *self.attached.lock().unwrap_or_else(PoisonError::into_inner) = Some(file);
    }

    /// Leaves a message for the next page.
    pub async fn flash(&self, message: impl Into<String>) {
        if let Err(error) = self.session.insert(crate::guard::FLASH, message.into()).await {
            tracing::warn!(%error, "a message for the next page was lost");
        }
    }
}
