//! A receiver that listens, from its switches to the file that it leaves behind.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use serde_json::{Map, Value};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

use super::call::{Call, Reply};
use super::counters::Counting;
use super::planted::Garden;
use super::tls::{Asked, config};
use super::wire::{Doors, Wire};
use super::{Counters, Planted, SignIn, Tls, admin, serve};

/// What every receiver is asked to be.
#[derive(Debug, Clone)]
pub struct Switches {
    /// Where it listens; on loopback alone. Port 0 is any that is free.
    pub listen: SocketAddr,
    /// Where its admin port is; the same holds.
    pub admin: SocketAddr,
    /// Who may sign in.
    pub sign_in: SignIn,
    /// TLS; plain HTTP without.
    pub tls: Option<Tls>,
    /// What goes wrong from the start.
    pub faults: Vec<Planted>,
    /// Read at the start when it is there, written when the receiver stops.
    pub state: Option<PathBuf>,
}

impl Default for Switches {
    fn default() -> Self {
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            listen: any,
            admin: any,
            sign_in: SignIn::default(),
            tls: None,
            faults: Vec::new(),
            state: None,
        }
    }
}

/// What one receiver knows that another does not.
pub(crate) trait Service: fmt::Debug + Send + Sync + 'static {
    /// The type that a path means, for counters and faults; `-` for none.
    fn kind(&self, path: &str) -> &str;
    /// Larger bodies are refused with 413.
    fn largest_body(&self) -> usize;
    /// Carries a call out.
    fn answer(&self, tenant: usize, call: &Call) -> Reply;
    /// A refusal in the receiver's own form.
    fn refusal(&self, status: u16, text: &str) -> Reply;
    /// The answer to somebody who may not sign in.
    fn stranger(&self) -> Reply;
    /// All that a tenant has: types, and in each the objects in order of id.
    fn dump(&self, tenant: usize) -> Vec<u8>;
    /// Takes in what [`Service::dump`] gave.
    fn load(&self, tenant: usize, state: &Map<String, Value>);
    /// Takes objects away by hand; how many.
    fn remove(&self, tenant: usize, kind: &str, chosen: &Chosen) -> usize;
    /// Alters an attribute by hand; at how many objects.
    fn change(&self, tenant: usize, kind: &str, chosen: &Chosen, change: (&str, &Value)) -> usize;
    /// Forgets everything.
    fn reset(&self);
    /// Answers what only this receiver's admin port has; `None` for what all have.
    fn admin(&self, call: &Call) -> Option<Reply> {
        _ = call;
        None
    }
}

/// Which objects are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Chosen {
    /// So many, in order of id.
    First(usize),
    /// These.
    Named(Vec<String>),
}

/// What connections share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) service: Box<dyn Service>,
    pub(super) tenants: Vec<String>,
    pub(super) sign_in: SignIn,
    pub(super) garden: Garden,
    pub(super) counting: Counting,
    state: Option<PathBuf>,
}

impl Shared {
    /// The whole state, or one tenant's.
    pub(super) fn dump(&self, only: Option<&str>) -> Vec<u8> {
        if let Some(only) = only {
            let at = self.tenants.iter().position(|it| it == only);
            return at.map_or_else(|| b"{}".to_vec(), |it| self.service.dump(it));
        }
        let mut names: Vec<(usize, &String)> = self.tenants.iter().enumerate().collect();
        names.sort_by_key(|(_, name)| *name);
        let mut out = Vec::from(b"{");
        for (index, (tenant, name)) in names.into_iter().enumerate() {
            out.extend(if index > 0 { b",".as_slice() } else { b"" });
            out.extend(Value::from(name.as_str()).to_string().bytes());
            out.push(b':');
            out.extend(self.service.dump(tenant));
        }
        out.push(b'}');
        out
    }

    /// Writes the state file, if there is to be one.
    pub(super) fn save(&self) -> io::Result<()> {
        let Some(path) = &self.state else { return Ok(()) };
        let mut beside = path.clone().into_os_string();
        beside.push(".new");
        std::fs::write(&beside, self.dump(None))?;
        std::fs::rename(&beside, path)
    }

    fn load(&self) -> io::Result<()> {
        let Some(path) = self.state.as_ref().filter(|it| it.exists()) else { return Ok(()) };
        let state: Map<String, Value> = serde_json::from_slice(&std::fs::read(path)?)?;
        for (tenant, name) in self.tenants.iter().enumerate() {
            if let Some(Value::Object(state)) = state.get(name) {
                self.service.load(tenant, state);
            }
        }
        Ok(())
    }
}

/// Listens, in threads of its own, until what is given is dropped.
pub(crate) fn start(switches: Switches, service: Box<dyn Service>) -> io::Result<Running> {
    let Switches { listen, admin, sign_in, tls, faults, state } = switches;
    let shared = Arc::new(Shared {
        service,
        tenants: sign_in.tenants(),
        garden: Garden::new(&faults),
        counting: Counting::default(),
        state,
        sign_in,
    });
    shared.load()?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let pins = shared.sign_in.pins();
    let asked = if pins.len() == shared.sign_in.signs.len() { Asked::Must } else { Asked::May };
    let acceptor = match &tls {
        Some(tls) => Some(TlsAcceptor::from(Arc::new(config(tls, pins, asked)?))),
        None => None,
    };
    let (door, address) = bound(listen)?;
    let (back_door, admin) = bound(admin)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = Arc::clone(&shared);
    let thread = std::thread::Builder::new().name("receiver".to_owned()).spawn(move || {
        runtime.block_on(async move {
            let routers = (serve::router(Arc::clone(&serving)), admin::router(serving));
            tokio::select! {
                _ = open(door, acceptor, routers.0) => {}
                _ = open(back_door, None, routers.1) => {}
                _ = stopped => {}
            }
        });
        // Calls that are waiting have nobody to answer to any more.
        runtime.shutdown_timeout(std::time::Duration::from_millis(200));
    })?;
    Ok(Running { scheme, address, admin, shared, stop: Some(stop), thread: Some(thread) })
}

fn bound(address: SocketAddr) -> io::Result<(std::net::TcpListener, SocketAddr)> {
    if !address.ip().is_loopback() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "only loopback is listened on"));
    }
    let listener = std::net::TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

async fn open(
    listener: std::net::TcpListener,
    tls: Option<TlsAcceptor>,
    router: axum::Router,
) -> io::Result<()> {
    let doors = Doors::open(TcpListener::from_std(listener)?, tls)?;
    axum::serve(doors, router.into_make_service_with_connect_info::<Wire>()).await
}

/// A receiver that listens. When this is dropped it stops and writes its state file.
#[derive(Debug)]
pub struct Running {
    scheme: &'static str,
    address: SocketAddr,
    admin: SocketAddr,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    /// Where it listens: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// Where its admin port is.
    #[must_use]
    pub fn admin_url(&self) -> String {
        format!("http://{}", self.admin)
    }

    /// Plants a fault.
    pub fn plant(&self, planted: Planted) {
        self.shared.garden.plant(planted);
    }

    /// Takes every fault away.
    pub fn mend(&self) {
        self.shared.garden.mend();
    }

    /// What was asked so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.shared.counting.sums()
    }

    /// All that is held, as the admin port gives it.
    #[must_use]
    pub fn dump(&self) -> Vec<u8> {
        self.shared.dump(None)
    }

    /// Writes the state file.
    ///
    /// # Errors
    /// It could not be written.
    pub fn save(&self) -> io::Result<()> {
        self.shared.save()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            _ = thread.join();
        }
        // Nobody is left to be told; `save` tells those who ask.
        _ = self.shared.save();
    }
}
