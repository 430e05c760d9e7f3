//! The listener: from a connection's first byte to its last (security X-I6, R16).
//!
//! Requests reach the router through hyper, behind a guard of ours ([`wire`]) that passes on no head which could be
//! read in two ways, and waits for nothing longer than [`Bounds`] says.
mod chunks;
mod exchange;
pub mod head;
mod places;
pub mod refusal;
mod wire;

use axum::{
    Router,
    body::{Body, HttpBody},
    extract::{ConnectInfo, Request},
    response::Response,
};
use bytes::Bytes;
use exchange::Exchange;
use hyper::{
    body::{Frame, Incoming, SizeHint},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use ipnet::IpNet;
use places::Places;
use std::{
    convert::Infallible,
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    time::Instant,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;
use wire::Wire;

/// How much a client may take of the server's time and places.
#[derive(Debug, Clone)]
pub struct Bounds {
    /// For a request's head, from its first byte; for the first one, from the beginning of the connection.
    pub head: Duration,
    /// For a request's body, from the end of its head.
    pub body: Duration,
    /// Between an answer and the next request.
    pub idle: Duration,
    /// For taking the next piece of an answer.
    pub stall: Duration,
    /// For seeing the answer of a request that is not read to its end.
    pub linger: Duration,
    /// Bytes that are read and forgotten meanwhile.
    pub linger_bytes: usize,
    /// Connections in all.
    pub connections: usize,
    /// Connections from one source.
    pub each: usize,
    /// Sources that may have as many as there are: this machine, and the configured proxies.
    pub exempt: Vec<IpNet>,
}

impl Bounds {
    /// The bounds of the product behind these proxies.
    pub fn behind(proxies: &[IpNet]) -> Self {
        let own = [IpNet::new_assert(Ipv4Addr::LOCALHOST.into(), 8), IpNet::from(IpAddr::from(Ipv6Addr::LOCALHOST))];
        Self {
            head: Duration::from_secs(10),
            body: Duration::from_secs(30),
            idle: Duration::from_secs(60),
            stall: Duration::from_secs(30),
            linger: Duration::from_secs(2),
            linger_bytes: 32 * 1024 * 1024,
            connections: 1_000,
            each: 32,
            exempt: own.iter().chain(proxies).copied().collect(),
        }
    }
}

/// What a connection beyond the bounds is answered, before it has said anything.
const FULL: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\nCache-Control: no-store\r\n\
    Content-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\n\
    Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\nContent-Length: 53\r\n\r\n\
    There are too many connections; try again in a while\n";

/// Connections that the system may hold for us until we take them. One beyond them is lost, and its client tries again
/// after a second: so there is room for a flood to stand in, which is turned away faster than it comes.
const BACKLOG: u32 = 4_096;

/// Listens at `address`.
///
/// # Errors
/// Those of the system: the address is in use, or not of this machine.
pub fn at(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // After a restart the port of before is ours again at once.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves `router` on `listener` until `stop`; then takes no further connection, ends those that are idle, and ends
/// itself when the last answer is sent.
pub async fn serve(listener: TcpListener, router: Router, bounds: Bounds, stop: CancellationToken) {
    let epoch = Instant::now();
    let places = Places::new(bounds.connections, bounds.each);
    let bounds = Arc::new(bounds);
    let connections = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                refused_by_the_system(&error).await;
                continue;
            }
        };
        let exchange = Arc::new(Exchange::new(epoch));
        let exempt = bounds.exempt.iter().any(|net| net.contains(&peer.ip().to_canonical()));
        let Some(place) = places.take((!exempt).then(|| peer.ip()), &exchange) else {
            turn_away(stream);
            continue;
        };
        // Answers are written whole: waiting to fill a packet only delays them.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection does not take TCP_NODELAY");
        }
        let wire = Wire::new(stream, exchange.clone(), bounds.clone());
        let (router, stop) = (router.clone(), stop.clone());
        connections.spawn(async move {
            converse(wire, exchange, router, peer, stop).await;
            drop(place);
        });
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

/// One connection, to its end.
async fn converse(
    wire: Wire<TcpStream>,
    exchange: Arc<Exchange>,
    router: Router,
    peer: SocketAddr,
    stop: CancellationToken,
) {
    let counted = Arc::new(AtomicU64::new(0));
    let service = service_fn({
        let exchange = exchange.clone();
        move |request: hyper::Request<Incoming>| {
            let number = counted.fetch_add(1, Ordering::Relaxed);
            let mut request: Request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            if let Some(refusal) = exchange.refusal(number) {
                request.extensions_mut().insert(refusal);
            }
            let (router, answering) = (router.clone(), Answering(exchange.clone()));
            async move {
                let response: Response = match router.oneshot(request).await {
                    Ok(response) => response,
                    Err(never) => match never {},
                };
                Ok::<_, Infallible>(response.map(|body| Whole { body, _answering: answering }))
            }
        }
    });
    // The guard's bounds are narrower: the parser's own never speak.
    let connection = http1::Builder::new()
        .max_headers(head::LINES + 1)
        .max_buf_size(2 * (head::ADDRESS + head::HEADERS))
        .serve_connection(TokioIo::new(wire), service);
    let mut connection = pin!(connection);
    let mut stopping = pin!(stop.cancelled_owned());
    let mut stopped = false;
    loop {
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection broke off");
                }
                return;
            }
            () = stopping.as_mut(), if !stopped => {
                stopped = true;
                exchange.stop();
                connection.as_mut().graceful_shutdown();
            }
            () = exchange.evicted.notified() => return,
        }
    }
}

/// Says that there is no place, to a connection that nobody waits for.
fn turn_away(stream: TcpStream) {
    use io::Write;
    // A fresh connection takes these few bytes at once, or they are lost.
    let said = stream.into_std().and_then(|mut stream| stream.write(FULL));
    tracing::debug!(said = said.is_ok(), "a connection was turned away: too many");
}

/// Accepting failed: at once again where one connection was at fault, after a moment where files ran out.
async fn refused_by_the_system(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        tracing::error!(%error, "no connection can be accepted");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// A request that is being answered; over when it is dropped.
struct Answering(Arc<Exchange>);

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.answered();
    }
}

/// An answer's body that knows when it is over.
struct Whole {
    body: Body,
    _answering: Answering,
}

impl HttpBody for Whole {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }
    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }
    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
