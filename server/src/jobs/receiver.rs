//! A receiver of webhooks for tests: a bare TCP server on loopback that can behave as badly as it is told to.
use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};

/// What it does once it has read a request.
#[derive(Clone)]
pub enum Behaviour {
    /// Writes these bytes and closes.
    Answer(Vec<u8>),
    /// Writes these bytes, then `x` for ever, as fast as it can.
    Flood(Vec<u8>),
    /// Writes these bytes, then these again and again, one piece each 10 ms.
    Drip(Vec<u8>, &'static [u8]),
    /// Never answers.
    Hang,
}

impl Behaviour {
    pub fn answer(text: &str) -> Self {
        Self::Answer(text.into())
    }
}

pub struct Receiver {
    pub address: SocketAddr,
    pub requests: mpsc::UnboundedReceiver<Request>,
    connections: Arc<AtomicUsize>,
    behaviour: Arc<Mutex<Behaviour>>,
}

/// A request as it came: header names in lower case.
pub struct Request {
    pub line: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

impl Receiver {
    pub async fn start(address: &str, behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, requests) = mpsc::unbounded_channel();
        let connections = Arc::new(AtomicUsize::new(0));
        let behaviour = Arc::new(Mutex::new(behaviour));
        let (count, current) = (connections.clone(), behaviour.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                let behaviour = current.lock().unwrap().clone();
                tokio::spawn(serve(stream, behaviour, sender.clone()));
            }
        });
        Self { address, requests, connections, behaviour }
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub fn behave(&self, behaviour: Behaviour) {
        *self.behaviour.lock().unwrap() = behaviour;
    }

    pub fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }
}

async fn serve(mut stream: TcpStream, behaviour: Behaviour, requests: mpsc::UnboundedSender<Request>) {
    let Some(request) = request(&mut stream).await else { return };
    drop(requests.send(request));
    // The caller may hang up at any time; that is its right.
    let _ = match behaviour {
        Behaviour::Answer(bytes) => stream.write_all(&bytes).await,
        Behaviour::Flood(head) => flood(stream, &head).await,
        Behaviour::Drip(head, piece) => drip(stream, &head, piece).await,
        // Ends when the caller hangs up.
        Behaviour::Hang => stream.read(&mut [0]).await.map(drop),
    };
}

async fn flood(mut stream: TcpStream, head: &[u8]) -> std::io::Result<()> {
    stream.write_all(head).await?;
    loop {
        stream.write_all(&[b'x'; 8_192]).await?;
    }
}

async fn drip(mut stream: TcpStream, head: &[u8], piece: &[u8]) -> std::io::Result<()> {
    stream.write_all(head).await?;
    loop {
        stream.write_all(piece).await?;
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn request(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
            let mut lines = head.split("\r\n");
            let line = lines.next()?.to_owned();
            let headers: Vec<(String, String)> = lines
                .filter_map(|l| l.split_once(": "))
                .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
                .collect();
            let length = headers.iter().find(|(name, _)| name == "content-length")?.1.parse().ok()?;
            let mut body = bytes.split_off(end + 4);
            while body.len() < length {
                stream.read_buf(&mut body).await.ok().filter(|read| *read > 0)?;
            }
            return Some(Request { line, headers, body });
        }
        stream.read_buf(&mut bytes).await.ok().filter(|read| *read > 0)?;
    }
}
