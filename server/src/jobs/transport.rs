//! Carries webhook calls over the network: to judged addresses only, within fixed limits of time and size.
//!
//! Every call asks for the host's addresses anew, judges all of them, and connects to one of exactly those; no
//! connection outlives its call. So there is no moment between the check and the use for a name to change
//! (security X-O1 to X-O3).
use domain::webhooks::{
    Fault,
    deliver::{Call, Sent, Transport},
    excerpt::excerpt,
    guard::{self, Refused, Target},
};
use futures::future::BoxFuture;
use ipnet::IpNet;
use reqwest::{
    Client, Response,
    dns::{Addrs, Name, Resolve, Resolving},
    header::{CONTENT_TYPE, DATE, HeaderMap, HeaderName, LOCATION, RETRY_AFTER, SERVER},
    redirect,
};
use rustls::{ClientConfig, RootCertStore};
use std::{
    error::Error,
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use tokio::time::{Instant, sleep_until, timeout_at};

/// The most bytes of an answer's body that are read.
const MOST_READ: usize = 16 * 1024;
/// The headers of an answer that are kept: those that explain a failure, none that could hold a session.
const KEPT: [HeaderName; 4] = [CONTENT_TYPE, LOCATION, RETRY_AFTER, SERVER];

/// How long a call may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Finding the address, connecting and TLS.
    pub connect: Duration,
    /// All of it, to the last byte read.
    pub total: Duration,
    /// The least that a call without an answer takes, so that a customer cannot tell by the time what is behind an
    /// address that is refused (security 4.9).
    pub floor: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), total: Duration::from_secs(30), floor: Duration::from_secs(1) }
    }
}

/// Finds the addresses of a host's name.
pub trait Names: Send + Sync + 'static {
    /// Every address of `host`.
    fn lookup(&self, host: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>>;
}

/// The machine's own resolver.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemNames;

impl Names for SystemNames {
    fn lookup(&self, host: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        Box::pin(async move { Ok(tokio::net::lookup_host((host, 0)).await?.map(|a| a.ip()).collect()) })
    }
}

/// The network.
pub struct Network {
    names: Arc<dyn Names>,
    allow: Arc<[IpNet]>,
    tls: ClientConfig,
    limits: Limits,
}

impl Network {
    /// The network as this machine sees it; `allow` are the networks of its own that the operator lets be called.
    pub fn new(allow: &[IpNet]) -> Result<Self, rustls::Error> {
        let mut roots = RootCertStore::empty();
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        Self::with(allow, Arc::new(SystemNames), roots, Limits::default())
    }

    /// The same with other names, roots of trust and limits.
    pub fn with(
        allow: &[IpNet],
        names: Arc<dyn Names>,
        roots: RootCertStore,
        limits: Limits,
    ) -> Result<Self, rustls::Error> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { names, allow: allow.into(), tls, limits })
    }

    /// A client for one call to one target: it knows no other names, and keeps nothing for a later call.
    fn client(&self, target: &Target) -> reqwest::Result<Client> {
        let checked = Checked { target: target.clone(), allow: self.allow.clone(), names: self.names.clone() };
        Client::builder()
            .tls_backend_preconfigured(self.tls.clone())
            .dns_resolver(Arc::new(checked))
            .connect_timeout(self.limits.connect)
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .no_gzip()
            .no_brotli()
            .no_deflate()
            .no_zstd()
            .http1_only()
            .pool_max_idle_per_host(0)
            .referer(false)
            .user_agent(concat!("LedgerOS/", env!("CARGO_PKG_VERSION")))
            .build()
    }

    async fn answer(&self, call: Call) -> Result<Response, Fault> {
        let target = guard::parse(&call.url, &self.allow).map_err(|_| Fault::RefusedAddress)?;
        let client = self.client(&target).map_err(|error| {
            tracing::error!(%error, "no client for webhooks can be made");
            Fault::Connect
        })?;
        let request = client.post(target.url).body(call.body);
        let request = call.headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
        request.send().await.map_err(|error| {
            let fault = fault(&error);
            tracing::debug!(error = &error as &dyn Error, %fault, "a webhook call failed");
            fault
        })
    }
}

impl Transport for Network {
    async fn send(&self, call: Call) -> Sent {
        let start = Instant::now();
        let deadline = start + self.limits.total;
        let answer = timeout_at(deadline, self.answer(call)).await.unwrap_or(Err(Fault::Timeout));
        let mut sent = match answer {
            Ok(response) => Sent {
                status: Some(response.status().as_u16()),
                retry_after_ms: retry_after(response.headers()),
                response_head: read(response, deadline).await,
                ..Sent::default()
            },
            Err(fault) => {
                sleep_until(start + self.limits.floor).await;
                Sent { fault: Some(fault), ..Sent::default() }
            }
        };
        sent.duration_ms = i64::try_from(start.elapsed().as_millis()).unwrap_or(i64::MAX);
        sent
    }
}

/// Answers with a host's addresses when every one of them may be called.
struct Checked {
    target: Target,
    allow: Arc<[IpNet]>,
    names: Arc<dyn Names>,
}

/// A host has no address.
#[derive(Debug, thiserror::Error)]
#[error("the host has no address")]
struct Nowhere;

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let (target, allow, names) = (self.target.clone(), self.allow.clone(), self.names.clone());
        Box::pin(async move {
            let addresses = names.lookup(name.as_str().to_owned()).await.map_err(|_| Nowhere)?;
            if addresses.is_empty() {
                return Err(Nowhere.into());
            }
            for address in &addresses {
                target.judge(*address, &allow)?;
            }
            // The client puts the address's own port in the place of 0.
            Ok(Box::new(addresses.into_iter().map(|address| SocketAddr::new(address, 0))) as Addrs)
        })
    }
}

/// The few words for what happened, from the deepest cause that says it.
fn fault(error: &reqwest::Error) -> Fault {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<Refused>() {
            return Fault::RefusedAddress;
        }
        if error.is::<Nowhere>() {
            return Fault::Name;
        }
        if error.is::<rustls::Error>() {
            return Fault::Tls;
        }
        if error.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse) {
            return Fault::Http;
        }
        // What an io::Error was made from is not its source but inside it.
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        cause = match inner {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    if error.is_timeout() { Fault::Timeout } else { Fault::Connect }
}

/// What is kept of an answer. A body that does not end in time is cut there: the status has been given.
async fn read(mut response: Response, deadline: Instant) -> String {
    let mut head = format!("{:?} {}\n", response.version(), response.status().as_u16()).into_bytes();
    for name in KEPT {
        for value in response.headers().get_all(&name) {
            head.extend_from_slice(name.as_str().as_bytes());
            head.extend_from_slice(b": ");
            head.extend_from_slice(value.as_bytes());
            head.push(b'\n');
        }
    }
    head.push(b'\n');
    let mut body = Vec::new();
    while body.len() < MOST_READ {
        match timeout_at(deadline, response.chunk()).await {
            Ok(Ok(Some(bytes))) => body.extend_from_slice(&bytes[..bytes.len().min(MOST_READ - body.len())]),
            _ => break,
        }
    }
    head.extend_from_slice(&body);
    excerpt(&head)
}

/// `Retry-After` in milliseconds: seconds, or a date against the answer's own.
fn retry_after(headers: &HeaderMap) -> Option<i64> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let asked = text(RETRY_AFTER)?;
    if let Ok(seconds) = asked.parse::<u32>() {
        return Some(i64::from(seconds) * 1_000);
    }
    let date = |text| chrono::DateTime::parse_from_rfc2822(text).ok();
    Some((date(asked)? - date(text(DATE)?)?).num_milliseconds())
}

#[cfg(test)]
mod tests;
