//! A register, from the town that it holds to the port that it listens on.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread::JoinHandle;

use generate::Town;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::serve::router;
use super::state::Shared;
use super::wire::{Doors, Wire};
use super::world::id_of;
use super::{Dialect, Planted, time};

/// What a register is asked to be.
#[derive(Debug, Clone)]
pub struct Switches {
    /// Which register is played.
    pub dialect: Dialect,
    /// Who may sign in.
    pub credentials: Credentials,
    /// How long a token works, by the register's clock.
    pub token_seconds: u32,
    /// How many objects a page has when nobody says.
    pub page: usize,
    /// How many it has at most, whatever is asked for.
    pub largest_page: usize,
    /// What goes wrong from the start.
    pub faults: Vec<Planted>,
    /// The port on 127.0.0.1; 0 for any that is free.
    pub port: u16,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            dialect: Dialect::Standard,
            credentials: Credentials { id: "demo".to_owned(), secret: "demo".to_owned() },
            token_seconds: 3_600,
            page: 500,
            largest_page: 5_000,
            faults: Vec::new(),
            port: 0,
        }
    }
}

/// Who may sign in.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// `client_id`.
    pub id: String,
    /// `client_secret`.
    pub secret: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A register that has not been opened yet.
#[derive(Debug)]
pub struct Register {
    town: Town,
    switches: Switches,
}

impl Register {
    /// A register that holds this town.
    #[must_use]
    pub const fn new(town: Town, switches: Switches) -> Self {
        Self { town, switches }
    }

    /// Listens on 127.0.0.1, in a thread with a runtime of its own, until it is dropped.
    ///
    /// # Errors
    /// The port is taken, or the system gives no thread.
    pub fn start(self) -> io::Result<Running> {
        let Self { town, switches } = self;
        let (stop, stopped) = oneshot::channel::<()>();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, switches.port));
        let listener = std::net::TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let shared = Arc::new(Shared::new(town, switches));
        let serving = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("ss12000".to_owned()).spawn(move || {
            runtime.block_on(async move {
                let Ok(listener) = TcpListener::from_std(listener) else { return };
                let router = router(serving).into_make_service_with_connect_info::<Wire>();
                tokio::select! {
                    _ = axum::serve(Doors(listener), router) => {}
                    _ = stopped => {}
                }
            });
        })?;
        Ok(Running { address, shared, stop: Some(stop), thread: Some(thread) })
    }
}

/// A register that listens. It stops when this is dropped.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    /// Where it listens: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where its resources are, without a slash at the end.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("{}{}", self.origin(), self.shared.switches.dialect.base_path())
    }

    /// Where it gives out tokens.
    #[must_use]
    pub fn token_url(&self) -> String {
        format!("{}{}", self.origin(), self.shared.switches.dialect.token_path())
    }

    /// Lets a day of ordinary churn pass.
    pub fn next_day(&self) {
        self.change(|town| _ = town.next_day());
    }

    /// Changes the town; what became of it is seen in `meta` and `deletedEntities`.
    pub fn change(&self, change: impl FnOnce(&mut Town)) {
        self.shared.live().change(change);
    }

    /// A copy of the town as it is now, e.g. for its export to CSV.
    #[must_use]
    pub fn town(&self) -> Town {
        (*self.shared.live().world.town).clone()
    }

    /// Takes a person out of the register, named in `deletedEntities`; false when there is
    /// nobody with this id.
    #[must_use]
    pub fn remove_person(&self, id: &str) -> bool {
        let removed = id_of(id).map(|id| self.shared.live().change_person(id, Town::remove));
        removed.is_some_and(|it| it.is_ok())
    }

    /// Marks a person as protected; false when there is nobody with this id.
    #[must_use]
    pub fn protect_person(&self, id: &str) -> bool {
        let marked = id_of(id).map(|id| self.shared.live().change_person(id, Town::protect));
        marked.is_some_and(|it| it.is_ok())
    }

    /// Plants a fault.
    pub fn plant(&self, planted: Planted) {
        self.shared.live().plant(planted);
    }

    /// Takes every fault away.
    pub fn mend(&self) {
        self.shared.live().mend();
    }

    /// What the register's clock shows, as RFC 3339.
    #[must_use]
    pub fn time(&self) -> String {
        time::rfc3339(self.shared.live().now())
    }

    /// Method, path and query of the latest requests, the control's left out.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        self.shared.live().requests().to_vec()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            _ = thread.join();
        }
    }
}
