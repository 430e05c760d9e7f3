//! The load: connections over loopback that are kept alive, each asking again as soon as it is answered.
use crate::Result;
use axum::body::Body;
use http::{HeaderMap, Request, StatusCode};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{net::TcpStream, task::JoinSet};

/// The longest answer that is read.
const MOST_BYTES: usize = 4 << 20;

/// What came back.
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: bytes::Bytes,
}

/// One connection.
pub struct Client(SendRequest<Body>);

impl Client {
    pub async fn connect(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self(sender))
    }

    pub async fn send(&mut self, request: Request<Body>) -> Result<Reply> {
        self.0.ready().await?;
        let (parts, body) = self.0.send_request(request).await?.into_parts();
        let body = axum::body::to_bytes(Body::new(body), MOST_BYTES).await?;
        Ok(Reply { status: parts.status, headers: parts.headers, body })
    }
}

/// What a load measured.
pub struct Measured {
    pub per_second: f64,
    /// Times of single requests, in order.
    times: Vec<Duration>,
}

impl Measured {
    /// The time that `share` of all requests stayed within.
    pub fn percentile(&self, share: f64) -> Duration {
        let place = (self.times.len() as f64 * share) as usize;
        self.times.get(place.min(self.times.len().saturating_sub(1))).copied().unwrap_or_default()
    }
}

/// Lets `clients` ask for `time`, each with what `make` gives for its number. An answer other than `expected` ends it.
pub async fn load(
    address: SocketAddr,
    clients: usize,
    time: Duration,
    expected: StatusCode,
    make: impl Fn(usize) -> Request<Body> + Send + Sync + 'static,
) -> Result<Measured> {
    let make = Arc::new(make);
    let mut connected = Vec::new();
    for _ in 0..clients {
        connected.push(Client::connect(address).await?);
    }
    let began = Instant::now();
    let mut tasks = JoinSet::new();
    for (number, mut client) in connected.into_iter().enumerate() {
        let make = make.clone();
        tasks.spawn(async move {
            let mut times = Vec::new();
            while began.elapsed() < time {
                let request = make(number);
                let path = request.uri().path().to_owned();
                let sent = Instant::now();
                let reply = client.send(request).await?;
                times.push(sent.elapsed());
                if reply.status != expected {
                    let text = String::from_utf8_lossy(&reply.body).into_owned();
                    return Err(format!("{path} answered {}: {text}", reply.status).into());
                }
            }
            Ok(times)
        });
    }
    let mut times = Vec::new();
    while let Some(task) = tasks.join_next().await {
        let done: Result<Vec<Duration>> = task?;
        times.extend(done?);
    }
    let per_second = times.len() as f64 / began.elapsed().as_secs_f64();
    times.sort_unstable();
    Ok(Measured { per_second, times })
}
