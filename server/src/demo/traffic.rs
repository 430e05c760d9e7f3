//! Agents that go on buying: calls of the real API over HTTP, at most eight changes a minute.
use super::{
    cast::{AgentAccess, Secrets},
    dice::Dice,
    roster::{AgentSpec, COMPANIES, Part, SHOPS, Shop},
};
use domain::{
    chance::{Chance, SystemChance},
    environment::Environment,
    ids::CardId,
};
use reqwest::{Client, Method};
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};
use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use tokio_util::sync::CancellationToken;

/// Between two changes: 7.5 s are eight a minute, and a little longer is never more.
const PAUSE: Duration = Duration::from_millis(7_600);

/// Why an errand was given up.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    #[error("{0} answered {1}: {2}")]
    Answer(String, u16, String),
    #[error("{0} answered without {1}")]
    Shape(String, &'static str),
    #[error("the demo ends")]
    Stopped,
}

struct Fleet {
    client: Client,
    base: String,
    /// What browsers and programs ask for, where the server has a public name.
    host: Option<String>,
    key: String,
    agents: Vec<AgentAccess>,
    stop: CancellationToken,
    dice: Dice,
    errands: u64,
}

/// Buys until `stop`. A refusal gives up the errand, not the fleet.
pub(super) async fn run(listening: SocketAddr, address: String, secrets: Secrets, stop: CancellationToken) {
    let Some(mut fleet) = Fleet::new(listening, &address, secrets, stop) else { return };
    while !fleet.stop.is_cancelled() {
        match fleet.errand().await {
            Ok(()) | Err(Fault::Stopped) => {}
            Err(error) => {
                tracing::debug!(%error, "a simulated agent gave up an errand");
                drop(fleet.pause().await);
            }
        }
    }
}

impl Fleet {
    fn new(listening: SocketAddr, address: &str, secrets: Secrets, stop: CancellationToken) -> Option<Self> {
        let (_, key) = secrets.keys.iter().find(|(environment, _)| *environment == Environment::Live)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        // Calls stay on this machine and in clear; the client wants to know all the same.
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .ok()?
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth();
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .no_proxy()
            .timeout(Duration::from_secs(20))
            .user_agent("northwind-agents/2.0")
            .build()
            .ok()?;
        let ip = if listening.ip().is_unspecified() { IpAddr::from([127, 0, 0, 1]) } else { listening.ip() };
        let base = format!("http://{}", SocketAddr::new(ip, listening.port()));
        let host = address.split_once("://").map(|(_, host)| host.to_owned()).filter(|_| address != base);
        let seed = u64::from_be_bytes((&SystemChance as &dyn Chance).bytes());
        // A suspended agent stands still until somebody resumes it.
        let stands_still = |agent: &AgentAccess| spec(&agent.name).is_none_or(|spec| spec.part == Part::Suspended);
        let agents = secrets.agents.iter().filter(|agent| !agent.cards.is_empty() && !stands_still(agent));
        let agents = agents.cloned().collect();
        Some(Self { client, base, host, key: key.clone(), agents, stop, dice: Dice::new(seed), errands: 0 })
    }

    async fn pause(&self) -> Result<(), Fault> {
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => Ok(()),
            () = self.stop.cancelled() => Err(Fault::Stopped),
        }
    }

    /// One change by HTTP, after a pause.
    async fn post(&self, key: &str, path: &str, body: Value) -> Result<Value, Fault> {
        self.pause().await?;
        let mut request = self.client.request(Method::POST, format!("{}{path}", self.base)).header("api-key", key);
        if let Some(host) = &self.host {
            request = request.header("host", host);
        }
        let answer = request.json(&body).send().await?;
        let status = answer.status();
        if !status.is_success() {
            let text = answer.text().await.unwrap_or_default();
            return Err(Fault::Answer(path.to_owned(), status.as_u16(), text));
        }
        Ok(answer.json().await?)
    }

    /// Declare, read, redeem, buy, settle.
    async fn errand(&mut self) -> Result<(), Fault> {
        self.errands += 1;
        let n = self.errands;
        let Some((agent, card, shop)) = self.choose() else { return self.pause().await };
        let most = if n % 9 == 4 { 3 } else { 1 };
        let expected = self.dice.range(shop.price.0, shop.price.1).min(9_900);
        let amount = match n % 12 {
            7 => expected * 14 / 10,
            _ => expected,
        } * most;
        let id = format!("live-{:016x}", self.dice.range(0, i64::MAX));
        let declared = json!({
            "intentId": id, "summary": shop.what, "expectedAmount": expected * most,
            "expectedMerchant": shop.declared,
        });
        self.post(&agent.token, &format!("/v1/cards/{card}/intents"), declared).await?;
        let read = json!({ "summary": shop.what, "expectedAmount": expected * most, "merchantText": shop.declared });
        let path = format!("/v1/cards/{card}/details");
        let details = self.post(&agent.token, &path, read).await?;
        if n.is_multiple_of(3) {
            let token = details["detailsToken"].as_str().ok_or_else(|| Fault::Shape(path, "detailsToken"))?;
            self.post(&agent.token, "/v1/details/redeem", json!({ "detailsToken": token })).await?;
        }
        let path = "/v1/sandbox/authorizations";
        let merchant = json!({
            "name": shop.name, "categoryCode": shop.mcc, "city": shop.city, "country": shop.country,
        });
        let asked = json!({ "cardId": card, "amount": amount, "merchant": merchant });
        let purchase = self.post(&self.key, path, asked).await?;
        let id = purchase["id"].as_str().ok_or_else(|| Fault::Shape(path.to_owned(), "id"))?.to_owned();
        if purchase["status"] == "pending" {
            let end = if n % 14 == 9 { "reverse" } else { "capture" };
            self.post(&self.key, &format!("{path}/{id}/{end}"), json!({})).await?;
        }
        Ok(())
    }

    fn choose(&mut self) -> Option<(AgentAccess, CardId, &'static Shop)> {
        let agent = self.agents.get(self.dice.place(self.agents.len()))?.clone();
        let card = agent.cards.get(self.dice.place(agent.cards.len()))?.clone();
        let spec = spec(&agent.name)?;
        let shop = SHOPS.get(*spec.shops.get(self.dice.place(spec.shops.len()))?)?;
        Some((agent, card, shop))
    }
}

/// What is known of the first organisation's agent of this name.
fn spec(name: &str) -> Option<&'static AgentSpec> {
    let worlds = COMPANIES.first()?.worlds;
    worlds.iter().flat_map(|world| world.agents).find(|spec| spec.name == name)
}
