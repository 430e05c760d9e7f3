//! `ledgeros serve`: the listener, from the first request to the last.
use super::{CommandError, open};
use crate::{
    State,
    config::Config,
    http::{self, listen},
    jobs::{
        clock, deliveries, expiry,
        mail::{self, Smtp},
        pruning,
        transport::Network,
    },
};
use domain::{access, db::Db};
use std::{
    io::{self, Write},
    net::SocketAddr,
    sync::Arc,
    time::Duration,
};
use tokio_util::sync::CancellationToken;

/// How long requests that are under way may take once the process is told to stop.
const DRAIN: Duration = Duration::from_secs(20);

/// A server that has begun to listen.
pub struct Serving {
    /// What its requests use.
    pub state: State,
    /// The address that people open, without a slash at its end.
    pub address: String,
    /// Where it listens.
    pub listening: SocketAddr,
    /// Cancelled when the server is to stop; whoever cancels it stops the server.
    pub stop: CancellationToken,
}

pub(super) async fn serve(config: Config) -> Result<(), CommandError> {
    let db = open(&config).await?;
    run(config, db, async |serving| {
        if let Some(link) = access::issue_setup_link(&serving.state.db).await? {
            let (address, token) = (&serving.address, link.0.text());
            // To the console and not to the log: whoever reads the address owns the installation.
            writeln!(io::stdout(), "Set up your organisation within an hour at\n\n    {address}/set-up/{token}\n")?;
        }
        Ok(())
    })
    .await
}

/// Serves `db` until Ctrl-C, SIGTERM or [`Serving::stop`], then finishes what is under way and closes `db`.
/// `ready` runs once the listener accepts connections; its error stops the server.
pub async fn run(
    mut config: Config,
    db: Db,
    ready: impl AsyncFnOnce(&Serving) -> Result<(), CommandError>,
) -> Result<(), CommandError> {
    let listener = listen::at(config.bind).map_err(|e| CommandError::Bind(config.bind, e))?;
    // The system has chosen a port when none was given.
    config.bind = listener.local_addr()?;
    let (listening, address) = (config.bind, config.address());
    let network = Arc::new(Network::new(&config.webhook_allow)?);
    let smtp = match (&config.smtp_url, &config.mail_from) {
        (Some(url), Some(from)) => Some(Smtp::new(url, from).map_err(CommandError::Mail)?),
        _ => None,
    };
    let serving = Serving { state: State::new(config, db), address, listening, stop: CancellationToken::new() };
    tracing::info!(address = serving.address, "listening");

    // Before anybody is let in by a clock that was set back while nothing ran.
    access::keep_ended(&serving.state.db).await?;
    let bounds = listen::Bounds::behind(&serving.state.config.proxies);
    let router = http::router(&serving.state);
    let requests = tokio::spawn(listen::serve(listener, router, bounds, serving.stop.clone()));
    start_jobs(&serving, network, smtp);

    let mut done = ready(&serving).await;
    if done.is_ok() {
        tokio::select! {
            signal = told_to_stop() => done = signal.map_err(CommandError::from),
            () = serving.stop.cancelled() => {}
        }
    }
    tracing::info!("stopping");
    serving.state.stopping.cancel();
    if done.is_ok() {
        // Whoever shares out requests learns from the probe, and only then finds the door closed; a second signal
        // does not wait for him.
        let delay = Duration::from_secs(serving.state.config.stop_delay);
        tokio::select! {
            () = tokio::time::sleep(delay) => {}
            _ = told_to_stop() => {}
            () = serving.stop.cancelled() => {}
        }
    }
    serving.stop.cancel();
    serving.state.tasks.close();
    let drained = async {
        let served = requests.await;
        serving.state.tasks.wait().await;
        served
    };
    match tokio::time::timeout(DRAIN, drained).await {
        Ok(served) => done = done.and(served.map_err(|error| io::Error::other(error).into())),
        Err(_) => tracing::warn!("requests were cut off after {} s", DRAIN.as_secs()),
    }
    serving.state.requests.close().await;
    serving.state.db.close().await;
    done
}

/// Starts what runs beside the doors; stopping waits for it as for requests.
fn start_jobs(serving: &Serving, network: Arc<Network>, smtp: Option<Smtp>) {
    let (tasks, db, stop) = (&serving.state.tasks, &serving.state.db, &serving.stop);
    let pace = deliveries::Pace::default();
    tasks.spawn(deliveries::run(db.clone(), network, Arc::default(), stop.clone(), pace));
    tasks.spawn(expiry::run(db.clone(), stop.clone(), expiry::POLL));
    if let Some(smtp) = smtp {
        tasks.spawn(mail::run(db.clone(), smtp, stop.clone(), mail::POLL));
    }
    tasks.spawn(pruning::run(db.clone(), stop.clone(), pruning::POLL));
    tasks.spawn(clock::run(db.clone(), stop.clone(), clock::POLL));
}

/// Ends when the process is interrupted or terminated.
pub(crate) async fn told_to_stop() -> io::Result<()> {
    #[cfg(unix)]
    {
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
