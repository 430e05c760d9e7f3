//! Two receivers of webhooks on this machine: one takes everything, the other answers 500.
use axum::{Router, http::StatusCode, routing::post};
use std::{io, net::SocketAddr};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// The receivers, bound and not yet answering.
pub(super) struct Receivers {
    healthy: TcpListener,
    failing: TcpListener,
}

impl Receivers {
    /// Takes two free ports of loopback.
    pub async fn bind() -> io::Result<Self> {
        let local = SocketAddr::from(([127, 0, 0, 1], 0));
        Ok(Self { healthy: TcpListener::bind(local).await?, failing: TcpListener::bind(local).await? })
    }

    /// The addresses of the healthy and of the failing one.
    pub fn urls(&self) -> io::Result<(String, String)> {
        let url = |listener: &TcpListener| Ok::<_, io::Error>(format!("http://{}/hooks", listener.local_addr()?));
        Ok((url(&self.healthy)?, url(&self.failing)?))
    }

    /// Answers until `stop` ends.
    pub async fn serve(self, stop: CancellationToken) -> io::Result<()> {
        let healthy = Router::new().route("/hooks", post(async || (StatusCode::OK, "{\"ok\":true}")));
        let broken = async || (StatusCode::INTERNAL_SERVER_ERROR, "ledger import is not available");
        let failing = Router::new().route("/hooks", post(broken));
        let healthy = axum::serve(self.healthy, healthy).with_graceful_shutdown(stop.clone().cancelled_owned());
        let failing = axum::serve(self.failing, failing).with_graceful_shutdown(stop.cancelled_owned());
        let (one, other) = tokio::join!(healthy.into_future(), failing.into_future());
        one.and(other)
    }
}
