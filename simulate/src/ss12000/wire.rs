//! The connection beneath HTTP, so that answers can go wrong where HTTP would not allow it.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// Bytes that are sent instead of the next answer; then the connection ends.
#[derive(Debug, Default)]
pub(super) struct Raw {
    /// First these.
    pub(super) head: Vec<u8>,
    /// Then the letter `a` so many times.
    pub(super) filler: u64,
    /// Then these.
    pub(super) tail: Vec<u8>,
    /// How it ends.
    pub(super) end: End,
}

/// How a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum End {
    /// As after a last answer.
    #[default]
    Close,
    /// With a reset.
    Reset,
}

/// A handle on one connection.
#[derive(Debug, Clone, Default)]
pub(super) struct Wire(Arc<Mutex<Option<Raw>>>);

impl Wire {
    /// Sends this instead of whatever is answered next.
    pub(super) fn take_over(&self, raw: Raw) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(raw);
    }
}

impl Connected<IncomingStream<'_, Doors>> for Wire {
    fn connect_info(stream: IncomingStream<'_, Doors>) -> Self {
        stream.io().wire.clone()
    }
}

/// Accepts connections on loopback.
pub(super) struct Doors(pub(super) TcpListener);

impl Listener for Doors {
    type Io = Line;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Line, SocketAddr) {
        loop {
            // An error is that of a caller who went away, or passes: too many open files.
            if let Ok((stream, address)) = self.0.accept().await {
                _ = stream.set_nodelay(true);
                return (Line { stream, wire: Wire::default(), sending: None }, address);
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// One connection.
pub(super) struct Line {
    stream: TcpStream,
    wire: Wire,
    sending: Option<Raw>,
}

/// So much of a long string is sent at a time.
static FILLER: [u8; 1 << 16] = [b'a'; 1 << 16];

impl Line {
    /// Sends what was given instead of an answer, then ends with an error.
    fn send_raw(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        let Some(raw) = self.sending.as_mut() else {
            return Poll::Ready(io::ErrorKind::NotConnected.into());
        };
        loop {
            let filling = raw.head.is_empty() && raw.filler > 0;
            let next = if filling {
                let many = usize::try_from(raw.filler).unwrap_or(usize::MAX).min(FILLER.len());
                FILLER.get(..many).unwrap_or(&FILLER)
            } else if raw.head.is_empty() {
                raw.tail.as_slice()
            } else {
                raw.head.as_slice()
            };
            if next.is_empty() {
                if raw.end == End::Reset {
                    _ = self.stream.set_zero_linger();
                }
                return Poll::Ready(io::ErrorKind::ConnectionReset.into());
            }
            match Pin::new(&mut self.stream).poll_write(cx, next) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Err(error)) => return Poll::Ready(error),
                Poll::Ready(Ok(sent)) if filling => {
                    raw.filler = raw.filler.saturating_sub(sent as u64);
                }
                Poll::Ready(Ok(sent)) => {
                    let part = if raw.head.is_empty() { &mut raw.tail } else { &mut raw.head };
                    part.drain(..sent.min(part.len()));
                }
            }
        }
    }

    /// True when something is to be sent instead of the answer.
    fn taken_over(&mut self) -> bool {
        if self.sending.is_none() {
            self.sending = self.wire.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        }
        self.sending.is_some()
    }
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.taken_over() {
            return self.send_raw(cx).map(Err);
        }
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.taken_over() {
            return self.send_raw(cx).map(Err);
        }
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
