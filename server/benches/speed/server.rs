//! Servers: the real binary in a process of its own, and its router inside this one.
use crate::{Result, client::Client, data};
use axum::body::Body;
use clap::Parser;
use domain::db::Db;
use http::{Request, StatusCode, header};
use server::{
    State,
    config::Config,
    http::{listen, router},
};
use std::{
    fs::File,
    net::SocketAddr,
    path::PathBuf,
    pin::pin,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

/// How long a server may take to answer at all.
const PATIENCE: Duration = Duration::from_secs(20);

/// `ledgeros serve`, ended with this value.
pub struct Process {
    child: Child,
    pub address: SocketAddr,
    /// From the start to the first answer that says ready.
    pub ready_after: Duration,
}

impl Process {
    /// Starts it over the database at `url` and waits until it is ready.
    pub async fn start(url: &str) -> Result<Self> {
        Self::start_with(url, &[]).await
    }

    /// The same with further arguments.
    pub async fn start_with(url: &str, more: &[&str]) -> Result<Self> {
        let address = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut command = Command::new(env!("CARGO_BIN_EXE_ledgeros"));
        command.args(["serve", "--bind", &address.to_string(), "--database", url]);
        // What is measured is what a call costs, not what a caller may do.
        command.args(["--rate-read", "1000000/1000000"]).args(more);
        // The log is written as in production, to a file.
        let log = PathBuf::from(format!("{}.log", url.trim_start_matches("sqlite:")));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(log)?);
        let began = Instant::now();
        let mut process = Self { child: command.spawn()?, address, ready_after: PATIENCE };
        while began.elapsed() < PATIENCE {
            if is_ready(address).await {
                process.ready_after = began.elapsed();
                return Ok(process);
            }
            if let Some(status) = process.child.try_wait()? {
                return Err(format!("ledgeros ended with {status}; its log is in the bench's directory").into());
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Err(format!("ledgeros was not ready within {} s", PATIENCE.as_secs()).into())
    }

    /// Megabytes under `field` of Linux' `/proc/…/status`; none elsewhere.
    pub fn memory_mb(&self, field: &str) -> Option<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))?;
        line.trim().trim_end_matches(" kB").parse().ok().map(|kb: f64| kb / 1_000.0)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let told = Command::new("kill").arg(self.child.id().to_string()).status();
        if !told.is_ok_and(|status| status.success()) {
            drop(self.child.kill());
        }
        drop(self.child.wait());
    }
}

/// Does `work` and keeps the most memory that the process held meanwhile.
pub async fn watched<T>(process: &Process, most: &mut Option<f64>, work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    let mut ticks = tokio::time::interval(Duration::from_millis(50));
    loop {
        tokio::select! {
            done = &mut work => return done,
            _ = ticks.tick() => {
                *most = process.memory_mb("VmRSS").map(|now| most.map_or(now, |most| most.max(now)));
            }
        }
    }
}

async fn is_ready(address: SocketAddr) -> bool {
    let answer = async {
        let request = Request::get("/health/ready").header(header::HOST, address.to_string());
        Client::connect(address).await?.send(request.body(Body::empty())?).await
    };
    answer.await.is_ok_and(|reply| reply.status == StatusCode::OK)
}

/// Signs the owner in through the form; the cookies of whoever is signed in.
pub async fn sign_in(address: SocketAddr) -> Result<String> {
    sign_in_as(address, data::EMAIL, "127.0.0.1").await
}

/// The same for the person of this address, who comes from `source` where the server believes that.
pub async fn sign_in_as(address: SocketAddr, email: &str, source: &str) -> Result<String> {
    let mut client = Client::connect(address).await?;
    let host = address.to_string();
    let form = client.send(Request::get("/sign-in").header(header::HOST, &host).body(Body::empty())?).await?;
    let door = cookies(&form.headers);
    let html = String::from_utf8_lossy(&form.body).into_owned();
    let token = html.split_once("name=\"token\" value=\"").and_then(|(_, rest)| rest.split('"').next());
    let token = token.ok_or("the sign-in page has no form token")?;
    let fields = [("token", token), ("email", email), ("password", data::PASSWORD), ("next", "")];
    let request = Request::post("/sign-in")
        .header(header::HOST, &host)
        .header("x-forwarded-for", source)
        .header(header::ORIGIN, format!("http://{host}"))
        .header(header::COOKIE, &door)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(serde_urlencoded::to_string(fields)?.into())?;
    let reply = client.send(request).await?;
    match reply.status {
        StatusCode::SEE_OTHER => Ok(cookies(&reply.headers)),
        status => Err(format!("signing in answered {status}").into()),
    }
}

fn cookies(headers: &http::HeaderMap) -> String {
    let lines = headers.get_all(header::SET_COOKIE).iter().filter_map(|line| line.to_str().ok());
    lines.filter_map(|line| line.split(';').next()).collect::<Vec<_>>().join("; ")
}

#[derive(Parser)]
struct Settings {
    #[command(flatten)]
    config: Config,
}

/// What a server with default settings has.
pub fn state(db: Db) -> Result<State> {
    Ok(State::new(Settings::try_parse_from(["ledgeros"])?.config, db))
}

/// The whole router over `db`, on a listener of this process. The default rates do not matter: the sandbox has none.
pub async fn inside(db: Db) -> Result<(SocketAddr, JoinHandle<()>)> {
    listen(router(&state(db)?)).await
}

/// Serves `router` as the product serves its own.
pub async fn listen(router: axum::Router) -> Result<(SocketAddr, JoinHandle<()>)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let served = listen::serve(listener, router, listen::Bounds::behind(&[]), CancellationToken::new());
    Ok((address, tokio::spawn(served)))
}
