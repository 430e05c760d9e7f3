//! A server without a listener: requests go straight into its router.
use super::{canary, openapi};
use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode, header},
    response::Response,
};
use clap::Parser;
use domain::{
    access::{Permission, Role},
    environment::Environment,
    error::Code,
    ids::KeyId,
    keys::{self, CreateKey, Expiry, Order},
    name::{Line, Name},
    page::{Page, Paging},
    testing::Fresh,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use server::{
    State,
    api::{self, Answer, Call, Nothing, PageRequest, Table},
    config::Config,
    http,
};
use tower::ServiceExt;

/// A server over a fresh database.
pub struct Server {
    pub fresh: Fresh,
    pub state: State,
    router: Router,
    /// Whether its routes are the API's own, so that its answers are held against the document.
    documented: bool,
}

#[derive(Parser)]
struct Settings {
    #[command(flatten)]
    config: Config,
}

/// The settings of a command line.
pub fn config(args: &[&str]) -> Config {
    Settings::parse_from(["ledgeros"].iter().chain(args)).config
}

impl Server {
    /// A server with the routes of [`routes`] in place of the API's.
    pub async fn new() -> Self {
        Self::with(&[]).await
    }

    /// The same with settings.
    pub async fn with(args: &[&str]) -> Self {
        Self::over(args, routes(), false).await
    }

    /// A server with the API's own routes, rates that do not get in the way, and settings.
    pub async fn real(args: &[&str]) -> Self {
        let rates = ["--rate-read", "--rate-write", "--rate-card"].into_iter().filter(|rate| !args.contains(rate));
        let wide: Vec<&str> = rates.flat_map(|rate| [rate, "9999/9999"]).collect();
        Self::over(&[&wide, args].concat(), api::table(), true).await
    }

    async fn over(args: &[&str], table: Table, documented: bool) -> Self {
        canary::watch();
        let fresh = Fresh::new().await;
        let state = State::new(config(args), fresh.db.clone());
        let router = http::router_with(&state, table);
        Self { fresh, state, router, documented }
    }

    /// A user whose application is approved: its id.
    pub async fn user(&self, key: &str) -> String {
        let new = json!({ "firstName": "John", "lastName": "Doe", "email": "john@example.com" });
        let id = self.post(key, "/v1/users", &new).await.text_at("/id");
        self.post(key, &format!("/v1/sandbox/users/{id}/approve"), &json!({})).await;
        id
    }

    /// An agent of a new user, limited to 500 a month: its id and its token.
    pub async fn agent(&self, key: &str) -> (String, String) {
        let new = json!({
            "userId": self.user(key).await, "name": "checkout-bot",
            "spendingLimit": 50_000, "spendingLimitFrequency": "perMonth",
        });
        let made = self.post(key, "/v1/agents", &new).await;
        (made.text_at("/id"), made.text_at("/token"))
    }

    /// `PATCH` of a JSON value with a key.
    pub async fn patch(&self, key: &str, path: &str, body: &Value) -> Reply {
        let headers = [("api-key", key), ("content-type", "application/json")];
        self.call(Method::PATCH, path, &headers, body.to_string()).await
    }

    /// `PUT` of a multipart form with these fields and this file.
    pub async fn put_file(&self, key: &str, path: &str, texts: &[(&str, &str)], file: Option<&[u8]>) -> Reply {
        let (kind, body) = multipart(texts, file);
        self.call(Method::PUT, path, &[("api-key", key), ("content-type", &kind)], body).await
    }

    /// `DELETE` with a key.
    pub async fn delete(&self, key: &str, path: &str) -> Reply {
        self.call(Method::DELETE, path, &[("api-key", key)], Body::empty()).await
    }

    /// A new API key's text.
    pub async fn key(&self, environment: Environment) -> String {
        self.make_key(environment, None).await.1
    }

    /// A new API key's id and text, with a lifetime in milliseconds.
    pub async fn make_key(&self, environment: Environment, life: Option<i64>) -> (KeyId, String) {
        let now = self.fresh.db.now();
        let id = KeyId::new(now, self.fresh.db.chance());
        let expiry = life.map_or_else(|| Expiry::Never(Line::parse("A test.").ok()), |life| Expiry::At(now + life));
        let command = CreateKey::new(Name::parse(&id.as_str()[4..]).unwrap(), expiry);
        let owner = self.fresh.person(environment, Role::Owner);
        let created = self.fresh.db.commit(&owner, command).await.unwrap();
        (created.id, created.secret.reveal().text().to_owned())
    }

    /// Waits for what the answered calls left to be written after their answers: when their keys were used.
    pub async fn settled(&self) {
        self.state.tasks.close();
        self.state.tasks.wait().await;
        self.state.tasks.reopen();
    }

    /// What its listener would serve.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// Sends a request as it is.
    pub async fn send(&self, request: Request<Body>) -> Response {
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// Sends a request to this machine's name, with these headers and this body.
    pub async fn call(&self, method: Method, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Reply {
        let mut request = Request::builder().method(method.clone()).uri(path).header(header::HOST, "localhost:3000");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let reply = Reply::read(self.send(request.body(body.into()).unwrap()).await).await;
        if self.documented {
            openapi::check(&method, path, &reply);
        }
        reply
    }

    /// `GET` with a key.
    pub async fn get(&self, key: &str, path: &str) -> Reply {
        self.call(Method::GET, path, &[("api-key", key)], Body::empty()).await
    }

    /// `POST` of a JSON value with a key.
    pub async fn post(&self, key: &str, path: &str, body: &Value) -> Reply {
        let headers = [("api-key", key), ("content-type", "application/json")];
        self.call(Method::POST, path, &headers, body.to_string()).await
    }
}

/// A multipart form: its content type and its bytes.
pub fn multipart(texts: &[(&str, &str)], file: Option<&[u8]>) -> (String, Vec<u8>) {
    let mut body = Vec::new();
    for (name, text) in texts {
        let part = format!("--cut\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n");
        body.extend(part.into_bytes());
    }
    if let Some(file) = file {
        let head = "content-disposition: form-data; name=\"file\"; filename=\"a.png\"\r\ncontent-type: image/png";
        body.extend(format!("--cut\r\n{head}\r\n\r\n").into_bytes());
        body.extend(file);
        body.extend(b"\r\n");
    }
    body.extend(b"--cut--\r\n");
    ("multipart/form-data; boundary=cut".to_owned(), body)
}

/// An answer that has arrived whole.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Reply {
    pub async fn read(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        Self { status: parts.status, headers: parts.headers, text: String::from_utf8_lossy(&bytes).into_owned() }
    }
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e} in {:?}", self.text))
    }
    /// The text at a JSON pointer.
    pub fn text_at(&self, pointer: &str) -> String {
        let value = self.json();
        let text = value.pointer(pointer).and_then(Value::as_str);
        text.unwrap_or_else(|| panic!("no text at {pointer} in {value}")).to_owned()
    }
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
    /// The status and the code of a refusal; panics unless it is the documented envelope.
    pub fn refusal(&self) -> (u16, String) {
        let body = self.json();
        // What is told again names the call that was refused.
        let itself = body["request_id"] == self.header("x-request-id");
        assert_ne!(itself, self.header("idempotent-replayed") == "true", "{body}");
        for field in ["type", "code", "message"] {
            assert!(body["error"][field].is_string(), "{field} in {body}");
        }
        (self.status.as_u16(), body["error"]["code"].as_str().unwrap().to_owned())
    }
}

/// Routes that stand for the kinds there are.
fn routes() -> Table {
    let mut api = Table::default();
    api.list("/v1/things", Permission::View, list);
    api.get("/v1/things/{id}", Permission::View, show);
    api.post("/v1/things", Permission::CreateAgent, create);
    api.delete("/v1/things/{id}", Permission::RevokeKey, remove);
    api.list("/v1/others", Permission::View, list);
    api.post_card("/v1/things/{id}/cards", Permission::IssueCard, ping);
    api.post("/v1/sandbox/things", Permission::UseSandbox, ping);
    api.post("/v1/fail", Permission::View, fail);
    api
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Filter {
    name: Option<String>,
    older_than: Option<i64>,
}

#[derive(Serialize)]
struct Thing {
    object: &'static str,
    id: KeyId,
    name: String,
}

async fn list(call: Call, page: PageRequest, filter: Filter) -> Answer {
    let paging = page.paging::<KeyId>()?;
    let all = Paging::newest(100);
    let mut rows = keys::list(call.db(), call.grant(), &keys::Filter::default(), Order::default(), &all).await?.rows;
    rows.retain(|key| paging.before.as_ref().is_none_or(|before| key.id < *before));
    rows.retain(|key| filter.name.as_ref().is_none_or(|name| key.name == *name));
    rows.retain(|key| filter.older_than.is_none_or(|then| key.created_at.0 < then));
    rows.truncate(paging.fetch() as usize);
    let page: Page<Thing> = paging.page(rows).map(|key| Thing { object: "thing", id: key.id, name: key.name });
    call.list(&page, |thing| &thing.id)
}

async fn show(call: Call, _: Nothing) -> Answer {
    let key = keys::get(call.db(), call.grant(), &call.id("id", domain::error::Noun::Card)?).await?;
    call.ok(&Thing { object: "thing", id: key.id, name: key.name })
}

#[derive(Deserialize)]
struct NewThing {
    name: Name,
}

async fn create(call: Call, new: NewThing) -> Answer {
    let id = KeyId::new(call.db().now(), call.db().chance());
    call.created(&Thing { object: "thing", id, name: new.name.into() })
}

async fn remove(call: Call, _: Nothing) -> Answer {
    call.ok(&json!({}))
}

async fn ping(call: Call, _: Nothing) -> Answer {
    call.created(&json!({ "object": "pong" }))
}

#[derive(Deserialize)]
struct How {
    how: String,
}

async fn fail(_: Call, how: How) -> Answer {
    Err(match how.how.as_str() {
        "busy" => domain::Error::Busy,
        "broken" => domain::Error::broken("select secret from /var/lib/ledgeros.db"),
        "panic" => panic!("on purpose"),
        code => {
            let code: Code = code.parse().unwrap();
            domain::Error::state(code, "A reason.")
        }
    }
    .into())
}
