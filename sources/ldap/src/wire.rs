//! The connection: messages go out, and whole, checked answers come in.

use std::io;
use std::ops::Range;
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::answer::{self, Answer, Part, Says, Wrong};
use crate::ask;
use crate::ber::{self, Misfit, SEQUENCE};

/// The largest message: an entry with what we ask for has some hundred bytes, and nothing larger
/// is held for a directory that says so.
const LARGEST: u64 = 4 << 20;

/// Bytes that are read at a time.
const PIECE: usize = 32 << 10;

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The connection failed or ended.
    Io(io::Error),
    /// Nothing came in time.
    Timeout,
    /// What came is no answer: in which message, from the connection's beginning.
    Wrong(u64, Wrong),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::TimedOut { Self::Timeout } else { Self::Io(error) }
    }
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A connection. After a [`Trouble`] it is of no more use.
pub(crate) struct Wire {
    stream: Box<dyn Stream>,
    /// What has come and not been taken: from `begins` on.
    came: Vec<u8>,
    begins: usize,
    wait: Duration,
    asked: u32,
    answers: u64,
}

impl Wire {
    /// On a new connection; waits as long as `wait` for each answer.
    pub(crate) fn new(stream: TcpStream, wait: Duration) -> Self {
        Self::over(Box::new(stream), wait)
    }

    fn over(stream: Box<dyn Stream>, wait: Duration) -> Self {
        Self { stream, came: Vec::new(), begins: 0, wait, asked: 0, answers: 0 }
    }

    /// The same connection, secured.
    pub(crate) async fn secure(
        self,
        connector: &TlsConnector,
        name: ServerName<'static>,
    ) -> Result<Self, Trouble> {
        // What came before the handshake was not the directory's: anybody could have written it.
        if self.begins < self.came.len() {
            return Err(self.wrong(Part::Message, 0));
        }
        let stream = connector.connect(name, self.stream).await?;
        Ok(Self {
            asked: self.asked,
            answers: self.answers,
            ..Self::over(Box::new(stream), self.wait)
        })
    }

    /// Asks; one question at a time, whose answers come from [`Self::answer`].
    pub(crate) async fn ask(&mut self, operation: &[u8], controls: &[u8]) -> Result<(), Trouble> {
        // Zero is the directory's own, for what nobody asked.
        self.asked = self.asked % 0x7fff_ffff + 1;
        let message = ask::message(self.asked, operation, controls);
        let sent = async {
            self.stream.write_all(&message).await?;
            self.stream.flush().await
        };
        Ok(timeout(self.wait, sent).await.map_err(|_| Trouble::Timeout)??)
    }

    /// The next answer to the question, or what the directory says unasked.
    pub(crate) async fn answer(&mut self) -> Result<Answer<'_>, Trouble> {
        let range = if let Some(range) = self.whole()? {
            range
        } else {
            timeout(self.wait, self.arrived()).await.map_err(|_| Trouble::Timeout)??
        };
        self.begins = range.end;
        self.answers += 1;
        let message = self.came.get(range).unwrap_or_default();
        let wrong = |wrong| Trouble::Wrong(self.answers, wrong);
        let answer = answer::answer(message).map_err(wrong)?;
        let is_asked_for = answer.id == self.asked || matches!(answer.says, Says::Notice(_));
        if is_asked_for { Ok(answer) } else { Err(wrong(Wrong { part: Part::Message, byte: 0 })) }
    }

    /// That the answer before is none to what was asked.
    pub(crate) fn unasked(&self) -> Trouble {
        Trouble::Wrong(self.answers, Wrong { part: Part::Message, byte: 0 })
    }

    /// Takes leave; nobody minds if that fails.
    pub(crate) async fn leave(mut self) {
        if self.ask(&ask::unbind(), &[]).await.is_ok() {
            drop(timeout(self.wait, self.stream.shutdown()).await);
        }
    }

    async fn arrived(&mut self) -> Result<Range<usize>, Trouble> {
        loop {
            self.came.drain(..self.begins);
            self.begins = 0;
            self.came.reserve(PIECE);
            if self.stream.read_buf(&mut self.came).await? == 0 {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            }
            if let Some(whole) = self.whole()? {
                return Ok(whole);
            }
        }
    }

    /// Where the next message lies, if all of it has come.
    fn whole(&self) -> Result<Option<Range<usize>>, Trouble> {
        let came = self.came.get(self.begins..).unwrap_or_default();
        // At the first byte: who waits for the length of what is no message waits for ever.
        if came.first().is_some_and(|tag| *tag != SEQUENCE) {
            return Err(self.wrong(Part::Message, 0));
        }
        let header = ber::header(came).map_err(|Misfit(byte)| self.wrong(Part::Message, byte))?;
        let Some(header) = header else { return Ok(None) };
        let length = usize::try_from(header.content).ok().filter(|_| header.content <= LARGEST);
        let length = length.ok_or_else(|| self.wrong(Part::Message, 1))? + header.size;
        Ok((came.len() >= length).then(|| self.begins..self.begins + length))
    }

    /// That the message which is coming is none.
    fn wrong(&self, part: Part, byte: usize) -> Trouble {
        Trouble::Wrong(self.answers + 1, Wrong { part, byte })
    }
}
