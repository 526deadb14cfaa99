//! A server that says exactly what a test wants, byte by byte, and remembers what it was
//! asked. Speaks HTTP/1.1, a connection a call.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use connect::http::{AuthSettings, Client, RetrySettings, Settings};
use secret::{Secret, SecretError, SecretRef};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// What to do once a request was read.
pub(crate) enum Reply {
    /// These bytes, then the end.
    Raw(Vec<u8>),
    /// These bytes, then the last ones without end.
    Endless(Vec<u8>, Vec<u8>),
    /// Nothing, ever.
    Hang,
    /// These bytes, then nothing, with the connection open.
    Stall(Vec<u8>),
    /// The connection is torn down.
    Reset,
}

/// An answer with a proper head.
pub(crate) fn reply(status: u16, headers: &[&str], body: impl AsRef<[u8]>) -> Reply {
    let body = body.as_ref();
    let mut raw = head(status, headers, &format!("content-length: {}", body.len()));
    raw.extend_from_slice(body);
    Reply::Raw(raw)
}

pub(crate) fn json(body: &str) -> Reply {
    reply(200, &["content-type: application/json"], body)
}

pub(crate) fn head(status: u16, headers: &[&str], length: &str) -> Vec<u8> {
    let mut lines = vec![format!("HTTP/1.1 {status} X"), length.to_owned()];
    lines.push("connection: close".to_owned());
    lines.extend(headers.iter().map(|&header| header.to_owned()));
    format!("{}\r\n\r\n", lines.join("\r\n")).into_bytes()
}

pub(crate) struct Server {
    pub(crate) port: u16,
    scheme: &'static str,
    asked: Arc<Mutex<Vec<String>>>,
}

type Script = Arc<dyn Fn(usize, &str) -> Reply + Send + Sync>;

impl Server {
    /// Starts one; `script` is given the number of the request, from 0, and its text.
    pub(crate) async fn start(
        script: impl Fn(usize, &str) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::launch(None, Arc::new(script)).await
    }

    pub(crate) async fn start_tls(
        acceptor: TlsAcceptor,
        script: impl Fn(usize, &str) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::launch(Some(acceptor), Arc::new(script)).await
    }

    async fn launch(acceptor: Option<TlsAcceptor>, script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let scheme = if acceptor.is_some() { "https" } else { "http" };
        let server = Self { port, scheme, asked: Arc::clone(&asked) };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, script) = (acceptor.clone(), Arc::clone(&script));
                tokio::spawn(serve(stream, acceptor, script, Arc::clone(&asked)));
            }
        });
        server
    }

    pub(crate) fn base(&self) -> String {
        format!("{}://localhost:{}/v2", self.scheme, self.port)
    }

    /// The requests until now, heads and bodies.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn serve(
    mut stream: TcpStream,
    acceptor: Option<TlsAcceptor>,
    script: Script,
    asked: Arc<Mutex<Vec<String>>>,
) {
    match acceptor {
        None => {
            if converse(&mut stream, &script, &asked).await == End::TornDown {
                stream.set_zero_linger().unwrap();
            }
        }
        Some(acceptor) => {
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            converse(&mut stream, &script, &asked).await;
            let _ = stream.shutdown().await;
        }
    }
}

#[derive(PartialEq, Eq)]
enum End {
    Proper,
    TornDown,
}

async fn converse<S>(stream: &mut S, script: &Script, asked: &Mutex<Vec<String>>) -> End
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let Some(request) = request(stream).await else { return End::Proper };
    let number = {
        let mut asked = asked.lock().unwrap();
        asked.push(request.clone());
        asked.len() - 1
    };
    match script(number, &request) {
        Reply::Raw(bytes) => {
            let _ = stream.write_all(&bytes).await;
        }
        Reply::Endless(first, again) => {
            let _ = stream.write_all(&first).await;
            while stream.write_all(&again).await.is_ok() {}
        }
        Reply::Hang => tokio::time::sleep(Duration::from_mins(1)).await,
        Reply::Stall(bytes) => {
            let _ = stream.write_all(&bytes).await;
            tokio::time::sleep(Duration::from_mins(1)).await;
        }
        Reply::Reset => return End::TornDown,
    }
    End::Proper
}

/// Reads a request with the body that its head announces.
async fn request(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let mut piece = [0; 4096];
        let read = stream.read(&mut piece).await.ok().filter(|&read| read > 0)?;
        bytes.extend_from_slice(&piece[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = header(head, "content-length").map_or(0, |text| text.parse().unwrap());
        if body.len() >= length {
            return Some(text);
        }
    }
}

/// The value of a header in a request.
pub(crate) fn header<'a>(request: &'a str, name: &str) -> Option<&'a str> {
    let head = request.split("\r\n\r\n").next()?;
    let mut fields = head.lines().skip(1).filter_map(|line| line.split_once(':'));
    fields.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

/// Settings for tests: impatient, no proxy of the machine's.
pub(crate) fn settings() -> Settings {
    let retry = RetrySettings { attempts: 1, first_wait_ms: 1, ..RetrySettings::default() };
    let mut settings = Settings { retry, proxy: "none".to_owned().into(), ..Settings::default() };
    settings.timeouts.read_seconds = 5;
    settings
}

/// Every secret is its own name with a mark by which a leak is found.
#[expect(clippy::unnecessary_wraps, reason = "the shape of a reader of secrets")]
pub(crate) fn secrets(reference: &SecretRef) -> Result<Secret, SecretError> {
    Ok(Secret::new(format!("HUSH-{}", reference.to_string().replace(':', "-"))))
}

pub(crate) fn client(server: &Server, settings: &Settings) -> Client {
    Client::new(&server.base(), settings, &AuthSettings::None, &secrets).unwrap()
}
