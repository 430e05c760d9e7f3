//! How near callers are to the rates of the API.
use super::parts;
use crate::{
    cx::cx,
    paths,
    problem::Problem,
    screen::{Loaded, Page},
    ui::{Badge, Column, Table, Tone, grouped},
};
use domain::{
    access::Grant,
    requests::{self, Drawn, Minute, Names},
    time::Timestamp,
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use std::{fmt, sync::Arc};

/// A rate that calls draw on, as the server was started with it.
#[derive(Debug, Clone)]
pub struct Rate {
    /// What draws on it, as a heading: `Reads`.
    pub label: &'static str,
    /// Calls that come back in a minute.
    pub per_minute: u32,
    /// Calls at once.
    pub burst: u32,
    /// The methods and routes that draw on it.
    pub routes: Vec<(String, &'static str)>,
    /// How long a caller would have to wait now.
    pub wait: Wait,
}

type Asked = dyn Fn(&Grant, Timestamp) -> Option<i64> + Send + Sync;

/// Says how many seconds a call of the grant's organisation and environment would be told to wait at a moment, as in
/// `Retry-After`; none where it would go through. Asking draws on nothing.
#[derive(Clone)]
pub struct Wait(Arc<Asked>);

impl Wait {
    /// What this says.
    pub fn of(said: impl Fn(&Grant, Timestamp) -> Option<i64> + Send + Sync + 'static) -> Self {
        Self(Arc::new(said))
    }
}

impl fmt::Debug for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wait")
    }
}

/// The last hour, and what its keys are called.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Hour {
    /// The calls.
    pub minutes: Vec<Minute>,
    /// The names.
    pub names: Names,
}

/// The calls of the last hour.
#[server]
pub async fn load_minutes() -> Result<Hour, Problem> {
    let cx = cx();
    let minutes = requests::minutes(cx.db(), cx.grant()?).await?;
    let keys = minutes.iter().map(|minute| minute.key_id.as_str());
    let names = requests::names_of_keys(cx.db(), cx.grant()?, keys).await?;
    Ok(Hour { minutes, names })
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let Hour { minutes, names } = load_minutes().await?;
    let (e, grant, now) = (cx.environment, cx.grant()?, cx.db().now());
    let refused = paths::with_query(&paths::requests(e), [("error", Some("rate_limited"))]);
    let row = |rate: &Rate| {
        let of = |method: &str, route: &str| rate.routes.iter().any(|(m, r)| m == method && *r == route);
        let drawn = Drawn::of(&minutes, of);
        let near = drawn.refused > 0;
        let tone = if near { Tone::Warn } else { Tone::Good };
        let said = view! { <Badge tone word=grouped(drawn.refused.unsigned_abs()) /> };
        let said = if near { view! { <a href=refused.clone()>{said}</a> }.into_any() } else { said.into_any() };
        let top = drawn.top.as_ref().map(|(key, calls)| {
            let calls = format!(" ({})", grouped(calls.unsigned_abs()));
            view! { {parts::key_named(e, &names, key, None)}{calls} }
        });
        vec![
            rate.label.into_any(),
            format!("{} a minute, {} at once", grouped(rate.per_minute.into()), grouped(rate.burst.into())).into_any(),
            grouped(drawn.now.unsigned_abs()).into_any(),
            grouped(drawn.peak.unsigned_abs()).into_any(),
            said,
            (rate.wait.0)(grant, now).map_or_else(|| "none".to_owned(), |seconds| format!("{seconds} s")).into_any(),
            top.map_or_else(|| "nobody".into_any(), IntoAny::into_any),
        ]
    };
    let rows = cx.app.settings.rates.iter().map(row).collect();
    let columns = vec![
        Column::new("Calls"),
        Column::new("Rate"),
        Column::numeric("Last minute"),
        Column::numeric("Busiest minute"),
        Column::numeric("Refused (429)"),
        Column::numeric("Wait now"),
        Column::new("Most by"),
    ];
    let body = view! {
        <div class="stack">
            <Table caption="Rates" quiet=true columns rows />
            <p class="hint">
                "Of the last hour, or its last 50,000 calls, counted from the request log. All keys and tokens of an environment draw on the same rates; \
                 calls of the sandbox draw on none. A call too many is answered 429 with the seconds to wait in "
                <code>"Retry-After"</code>": those under \u{201c}Wait now\u{201d}. Each server process keeps its own count for that; this is that of the one that answers here."
            </p>
        </div>
    };
    Ok(Page::new("Rate limits", body).under("Requests", paths::requests(e)))
}
