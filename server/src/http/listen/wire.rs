//! A connection's bytes on their way to the HTTP parser and back: no head passes that could be read in two ways, and
//! nothing is waited for longer than it may take.
//!
//! The parser behind sees whole, checked heads only. A refused one reaches it as a request of ours in its place, which
//! [`Exchange::refused`] marks by its number: so the answer takes its turn behind those of the requests before it, and
//! passes every layer.
use super::{
    Bounds,
    chunks::Chunks,
    exchange::Exchange,
    head::{self, Arriving, Framing},
    refusal::Refusal,
};
use bytes::{Buf, BytesMut};
use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep},
};

/// Bytes that are asked of the socket at a time.
const PIECE: usize = 8 * 1024;

/// Where in the client's stream the next byte belongs.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// In a head.
    Head(Arriving),
    /// In a body of which so many bytes are to come.
    Length(u64),
    /// In a chunked body.
    Chunked(Chunks),
    /// Behind a refused head, or a silence too long: nothing is read any more.
    Over,
}

/// A stream with a guard before it.
pub struct Wire<S> {
    stream: S,
    exchange: Arc<Exchange>,
    bounds: Arc<Bounds>,
    /// What has come and not been passed on.
    came: BytesMut,
    /// How much of it the parser may have.
    checked: usize,
    place: Place,
    /// Since when the head or body that is coming, or silence, is being waited for.
    since: Option<Instant>,
    /// Whether a request came before.
    used: bool,
    timer: Pin<Box<Sleep>>,
    stalled: Option<Pin<Box<Sleep>>>,
    lingering: Option<(Pin<Box<Sleep>>, usize)>,
}

impl<S> Wire<S> {
    /// A guard before `stream`, beginning now.
    pub fn new(stream: S, exchange: Arc<Exchange>, bounds: Arc<Bounds>) -> Self {
        let now = Instant::now();
        let timer = Box::pin(tokio::time::sleep_until(now + bounds.head));
        Self {
            stream,
            exchange,
            bounds,
            came: BytesMut::new(),
            checked: 0,
            place: Place::Head(Arriving::default()),
            since: Some(now),
            used: false,
            timer,
            stalled: None,
            lingering: None,
        }
    }

    /// Looks at what has come and not been checked, up to something that the parser may have.
    fn check(&mut self) -> io::Result<()> {
        while self.checked == 0 && !self.came.is_empty() {
            match &mut self.place {
                Place::Head(arriving) => match arriving.look(&self.came) {
                    Ok(None) => return Ok(()),
                    Ok(Some(length)) => match head::check(&self.came[..length]) {
                        Ok(framing) => self.begin(length, framing),
                        Err(refusal) => self.refuse(refusal),
                    },
                    Err(refusal) => self.refuse(refusal),
                },
                Place::Length(left) => {
                    self.checked = usize::try_from(*left).unwrap_or(usize::MAX).min(self.came.len());
                    *left -= self.checked as u64;
                    if *left == 0 {
                        self.end();
                    }
                }
                Place::Chunked(chunks) => {
                    let malformed = |_| io::Error::new(io::ErrorKind::InvalidData, "malformed chunks");
                    self.checked = chunks.follow(&self.came).map_err(malformed)?;
                    if *chunks == Chunks::Over {
                        self.end();
                    }
                }
                Place::Over => return Ok(()),
            }
        }
        Ok(())
    }

    /// A head of so many bytes may pass; its body comes next.
    fn begin(&mut self, length: usize, framing: Framing) {
        self.checked = length;
        self.used = true;
        self.exchange.begun();
        match framing {
            Framing::Length(0) => self.end(),
            Framing::Length(bytes) => self.place = Place::Length(bytes),
            Framing::Chunked => self.place = Place::Chunked(Chunks::START),
        }
        if !matches!(self.place, Place::Head(_)) {
            self.since = Some(Instant::now());
        }
    }

    /// The request is whole: the next one may come.
    fn end(&mut self) {
        self.place = Place::Head(Arriving::default());
        self.since = None;
        self.exchange.waits_since(None);
    }

    /// The head that is coming is not read on; a request of ours takes its place.
    fn refuse(&mut self, refusal: Refusal) {
        // Its address decides in which form it is answered.
        let api = self.came[..].split(|&b| b == b' ').nth(1).is_some_and(|address| address.starts_with(b"/v1/"));
        let path = if api { "/v1" } else { "/" };
        self.exchange.refuse(refusal);
        self.came.clear();
        self.came
            .extend_from_slice(format!("GET {path} HTTP/1.1\r\nHost: refused\r\nConnection: close\r\n\r\n").as_bytes());
        self.checked = self.came.len();
        self.place = Place::Over;
        self.since = None;
    }

    /// Until when what is being waited for may come. While the client waits for us there is no end to that, and what
    /// is given is when to look again.
    fn deadline(&mut self) -> Instant {
        let now = Instant::now();
        let (since, patience) = match self.place {
            Place::Head(_) if self.used && self.came.is_empty() => {
                return self.exchange.idle_since().unwrap_or(now) + self.bounds.idle;
            }
            Place::Head(_) => (*self.since.get_or_insert(now), self.bounds.head),
            _ => (*self.since.get_or_insert(now), self.bounds.body),
        };
        if !(matches!(self.place, Place::Head(_)) && self.exchange.is_busy()) {
            self.exchange.waits_since(Some(since));
        }
        since + patience
    }

    /// What becomes of a client that took too long.
    fn late(&mut self) -> io::Result<()> {
        match self.place {
            Place::Head(_) if self.came.is_empty() => self.place = Place::Over,
            Place::Head(_) => self.refuse(Refusal::TooSlow),
            _ => return Err(io::Error::new(io::ErrorKind::TimedOut, "the body did not arrive in time")),
        }
        Ok(())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Wire<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let wire = &mut *self;
        loop {
            if wire.checked > 0 {
                let length = wire.checked.min(into.remaining());
                into.put_slice(&wire.came[..length]);
                wire.came.advance(length);
                wire.checked -= length;
                return Poll::Ready(Ok(()));
            }
            wire.check()?;
            if wire.checked > 0 {
                continue;
            }
            if matches!(wire.place, Place::Over) {
                // The end for an idle client; behind a refusal the parser ends the connection by itself.
                return if wire.exchange.is_refused() { Poll::Pending } else { Poll::Ready(Ok(())) };
            }
            let empty = wire.came.is_empty();
            if matches!(wire.place, Place::Head(_)) && empty && wire.exchange.is_stopping() && !wire.exchange.is_busy()
            {
                return Poll::Ready(Ok(()));
            }
            wire.came.reserve(PIECE);
            let read = tokio_util::io::poll_read_buf(Pin::new(&mut wire.stream), cx, &mut wire.came);
            match read {
                // The client's end: whatever it left half-said is nothing.
                Poll::Ready(Ok(0)) => return Poll::Ready(Ok(())),
                Poll::Ready(Ok(_)) => {
                    if empty && matches!(wire.place, Place::Head(_)) && wire.used {
                        wire.since = Some(Instant::now());
                    }
                }
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {
                    // A timer that rings too early is set again then: cheaper than to move it with each request.
                    let deadline = wire.deadline();
                    if deadline < wire.timer.deadline() {
                        wire.timer.as_mut().reset(deadline);
                    }
                    ready!(wire.timer.as_mut().poll(cx));
                    if deadline <= Instant::now() {
                        wire.late()?;
                    } else {
                        wire.timer.as_mut().reset(deadline);
                    }
                }
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> Wire<S> {
    /// Ends a connection whose client takes nothing any more.
    fn unless_stalled<T>(&mut self, cx: &mut Context<'_>, done: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if done.is_ready() {
            self.stalled = None;
            return done;
        }
        let patience = self.bounds.stall;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        ready!(stalled.as_mut().poll(cx));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client does not take its answer")))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.unless_stalled(cx, done)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.unless_stalled(cx, done)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = Pin::new(&mut self.stream).poll_flush(cx);
        self.unless_stalled(cx, done)
    }

    /// Ends our side. A client that is still sending is read for a moment: a connection that is closed over unread
    /// bytes is reset, and the answer in it lost.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let wire = &mut *self;
        if wire.lingering.is_none() {
            ready!(Pin::new(&mut wire.stream).poll_shutdown(cx))?;
            let sending = wire.exchange.is_refused() || matches!(wire.place, Place::Length(_) | Place::Chunked(_));
            if !sending {
                return Poll::Ready(Ok(()));
            }
            let moment = Box::pin(tokio::time::sleep(wire.bounds.linger));
            wire.lingering = Some((moment, 0));
        }
        while let Some((moment, read)) = &mut wire.lingering {
            wire.came.clear();
            wire.came.reserve(PIECE);
            match tokio_util::io::poll_read_buf(Pin::new(&mut wire.stream), cx, &mut wire.came) {
                Poll::Ready(Ok(1..)) if *read < wire.bounds.linger_bytes => *read += wire.came.len(),
                Poll::Ready(_) => break,
                Poll::Pending => {
                    ready!(moment.as_mut().poll(cx));
                    break;
                }
            }
        }
        Poll::Ready(Ok(()))
    }
}
