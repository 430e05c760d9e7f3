//! A client that writes bytes as it pleases to a real listener.
use super::support::Server;
use axum::Router;
use server::http::listen::{self, Bounds};
use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

/// Longer than anything here takes; a test that waits this long has failed.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// What stands for the long bounds of the product in tests that run into one.
pub const SHORT: Duration = Duration::from_millis(200);

/// A server that listens.
pub struct Listening {
    pub address: SocketAddr,
    pub stop: CancellationToken,
    pub ended: JoinHandle<()>,
}

impl Listening {
    /// The product's router on a port of its own.
    pub async fn to(server: &Server, bounds: Bounds) -> Self {
        Self::serving(server.router(), bounds).await
    }

    pub async fn serving(router: Router, bounds: Bounds) -> Self {
        let listener = listen::at(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
        let ended = tokio::spawn(listen::serve(listener, router, bounds, stop.clone()));
        Self { address, stop, ended }
    }

    pub async fn connect(&self) -> Raw {
        Raw { stream: TcpStream::connect(self.address).await.unwrap(), came: Vec::new() }
    }

    /// A connection from another address of this machine.
    pub async fn connect_from(&self, source: &str) -> std::io::Result<Raw> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::new(source.parse::<IpAddr>().unwrap(), 0))?;
        Ok(Raw { stream: socket.connect(self.address).await?, came: Vec::new() })
    }
}

/// One connection.
pub struct Raw {
    pub stream: TcpStream,
    came: Vec<u8>,
}

/// An answer as it came.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Raw {
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.unwrap();
    }

    /// The next answer; none when the connection has ended. Panics on half an answer, and on silence.
    pub async fn answer(&mut self) -> Option<Answer> {
        loop {
            if let Some(answer) = self.take() {
                return Some(answer);
            }
            if !self.more().await {
                assert!(self.came.is_empty(), "half an answer: {:?}", String::from_utf8_lossy(&self.came));
                return None;
            }
        }
    }

    /// All answers until the server ends the connection.
    pub async fn rest(&mut self) -> Vec<Answer> {
        let mut all = Vec::new();
        while let Some(answer) = self.answer().await {
            all.push(answer);
        }
        all
    }

    async fn more(&mut self) -> bool {
        let read = tokio::time::timeout(PATIENCE, self.stream.read_buf(&mut self.came));
        // A connection that is closed over bytes of ours is reset: an end like another.
        read.await.expect("an answer or an end").is_ok_and(|read| read > 0)
    }

    fn take(&mut self) -> Option<Answer> {
        let end = self.came.windows(4).position(|w| w == b"\r\n\r\n")? + 4;
        let head = String::from_utf8(self.came[..end].to_vec()).unwrap();
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().unwrap())
        });
        let length = end + length.unwrap_or(0);
        if self.came.len() < length {
            return None;
        }
        let rest = self.came.split_off(length);
        let body = String::from_utf8(std::mem::replace(&mut self.came, rest).split_off(end)).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Some(Answer { status, head, body })
    }
}
