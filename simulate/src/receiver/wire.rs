//! The connection beneath HTTP, with or without TLS, so that an answer can be lost or slow.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::Sleep;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::tls::pin;

/// How a connection ends instead of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// As by one who hangs up.
    Close,
    /// With a reset.
    Reset,
}

/// A handle on one connection.
#[derive(Debug, Clone, Default)]
pub(super) struct Wire {
    plan: Arc<Mutex<Plan>>,
    /// The pin of the client's certificate.
    pub(super) pin: Option<Arc<str>>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Plan {
    end: Option<End>,
    dribble: Option<Duration>,
    /// So many bytes still go out; then the connection ends.
    left: Option<usize>,
}

impl Wire {
    /// Ends the connection instead of whatever is answered next.
    pub(super) fn end(&self, end: End) {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner).end = Some(end);
    }

    /// Sends what follows in small pieces, or again as fast as it goes.
    pub(super) fn dribble(&self, apart: Option<Duration>) {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner).dribble = apart;
    }

    /// Ends the connection when so many bytes more have gone out.
    pub(super) fn cut(&self, after: Option<usize>) {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner).left = after;
    }

    fn plan(&self) -> Plan {
        *self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connected<IncomingStream<'_, Doors>> for Wire {
    fn connect_info(stream: IncomingStream<'_, Doors>) -> Self {
        stream.io().wire.clone()
    }
}

/// Accepts connections; handshakes go on beside each other.
#[derive(Debug)]
pub(super) struct Doors {
    address: SocketAddr,
    ready: mpsc::Receiver<(Line, SocketAddr)>,
}

impl Doors {
    pub(super) fn open(listener: TcpListener, tls: Option<TlsAcceptor>) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let (send, ready) = mpsc::channel(64);
        tokio::spawn(async move {
            while !send.is_closed() {
                // An error is that of a caller who went away, or passes: too many open files.
                let Ok((stream, from)) = listener.accept().await else {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                    continue;
                };
                _ = stream.set_nodelay(true);
                let (send, tls) = (send.clone(), tls.clone());
                tokio::spawn(async move {
                    if let Some(line) = shaken(stream, tls).await {
                        _ = send.send((line, from)).await;
                    }
                });
            }
        });
        Ok(Self { address, ready })
    }
}

/// A connection once TLS stands; `None` when it was refused.
async fn shaken(stream: TcpStream, tls: Option<TlsAcceptor>) -> Option<Line> {
    let Some(tls) = tls else {
        return Some(Line { stream: Stream::Plain(stream), wire: Wire::default(), pause: None });
    };
    let shake = tokio::time::timeout(Duration::from_secs(10), tls.accept(stream));
    let stream = Box::new(shake.await.ok()?.ok()?);
    let first = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
    let wire = Wire { pin: first.and_then(|it| pin(it)).map(Arc::from), ..Wire::default() };
    Some(Line { stream: Stream::Tls(stream), wire, pause: None })
}

impl Listener for Doors {
    type Io = Line;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Line, SocketAddr) {
        match self.ready.recv().await {
            Some(ready) => ready,
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

#[derive(Debug)]
enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// One connection.
#[derive(Debug)]
pub(super) struct Line {
    stream: Stream,
    wire: Wire,
    pause: Option<Pin<Box<Sleep>>>,
}

/// So much of a slow answer comes at a time.
const PIECE: usize = 16;

impl Line {
    fn tcp(&self) -> &TcpStream {
        match &self.stream {
            Stream::Plain(stream) => stream,
            Stream::Tls(stream) => stream.get_ref().0,
        }
    }

    fn io(&mut self) -> Pin<&mut dyn ReadWrite> {
        match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream),
            Stream::Tls(stream) => Pin::new(stream.as_mut()),
        }
    }

    /// How many bytes may be sent now of so many; an error when the connection is to end.
    fn may_send(&mut self, cx: &mut Context<'_>, many: usize) -> Poll<io::Result<usize>> {
        let plan = self.wire.plan();
        if let Some(end) = plan.end {
            if end == End::Reset {
                _ = self.tcp().set_zero_linger();
            }
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        if let Some(pause) = &mut self.pause {
            ready!(pause.as_mut().poll(cx));
            self.pause = None;
        }
        let Some(apart) = plan.dribble else { return Poll::Ready(Ok(many)) };
        self.pause = Some(Box::pin(tokio::time::sleep(apart)));
        Poll::Ready(Ok(many.min(PIECE)))
    }
}

trait ReadWrite: AsyncRead + AsyncWrite + Unpin {}

impl<T: AsyncRead + AsyncWrite + Unpin> ReadWrite for T {}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.io().poll_read(cx, buf)
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let many = ready!(self.may_send(cx, buf.len()))?;
        let Some(left) = self.wire.plan().left else {
            return self.io().poll_write(cx, buf.get(..many).unwrap_or(buf));
        };
        if left == 0 {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        let gone = ready!(self.io().poll_write(cx, buf.get(..many.min(left)).unwrap_or(buf)))?;
        self.wire.cut(Some(left.saturating_sub(gone)));
        Poll::Ready(Ok(gone))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io().poll_shutdown(cx)
    }
}
