//! A simulated Google that listens.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use super::admin::Front;
use super::counts::Counts;
use super::fault::Trouble;
use super::service::Google;
use super::switches::Switches;
use super::{dump, fill};
use crate::receiver::{self, Counters, Planted, SignIn};

/// Listens until what is given is dropped.
///
/// # Errors
/// A port is taken or not on loopback, no key could be made, or a file of TLS or the state could
/// not be read.
pub fn start(switches: Switches) -> io::Result<Running> {
    let mut common = switches.common.clone();
    // Google lets in by tokens of its own.
    common.sign_in = SignIn::default();
    let google = Arc::new(Google::new(switches)?);
    let running = receiver::start(common, Box::new(Front::new(Arc::clone(&google))))?;
    Ok(Running { google, running })
}

/// A simulated Google that listens. When this is dropped it stops and writes its state file.
#[derive(Debug)]
pub struct Running {
    google: Arc<Google>,
    running: receiver::Running,
}

impl Running {
    /// Where all APIs and the token endpoint answer: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.running.base_url()
    }

    /// Where its admin port is.
    #[must_use]
    pub fn admin_url(&self) -> String {
        self.running.admin_url()
    }

    /// The service account's key file, as Google's console gives it.
    #[must_use]
    pub fn key(&self) -> Value {
        self.google.account.file(&self.base_url())
    }

    /// Writes the key file, readable for its owner alone.
    ///
    /// # Errors
    /// It could not be written.
    pub fn write_key(&self, path: &Path) -> io::Result<()> {
        use std::io::Write as _;
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        options.open(path)?.write_all(format!("{:#}\n", self.key()).as_bytes())
    }

    /// What was asked so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.google.held().counts.clone()
    }

    /// Counts from nothing again.
    pub fn forget_counts(&self) {
        self.google.held().counts = Counts::default();
    }

    /// Requests over HTTP by method, type and status.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.running.counters()
    }

    /// All that is held: `orgunits`, `users`, `deletedUsers`, `groups`, `courses`, `invitations`,
    /// each in order.
    #[must_use]
    pub fn state(&self) -> Value {
        dump::whole(&self.google.held().world)
    }

    /// Puts in what is of the form that [`Running::state`] gives. Units are made as far as users
    /// stand in them.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn fill(&self, state: &Map<String, Value>) -> Result<(), String> {
        fill::whole(&mut self.google.held().world, state, self.google.clock.now())
    }

    /// Sets the clock forward.
    pub fn pass(&self, time: Duration) {
        self.google.clock.pass(time);
    }

    /// Plants a trouble with single calls.
    pub fn trouble(&self, trouble: Trouble) {
        self.google.held().troubles.plant(trouble);
    }

    /// Plants a fault of the wire.
    pub fn plant(&self, planted: Planted) {
        self.running.plant(planted);
    }

    /// Takes troubles and faults away.
    pub fn mend(&self) {
        self.google.held().troubles.mend();
        self.running.mend();
    }

    /// Every token ends.
    pub fn expire(&self) {
        self.google.held().tokens.forget();
    }

    /// Writes the state file.
    ///
    /// # Errors
    /// It could not be written.
    pub fn save(&self) -> io::Result<()> {
        self.running.save()
    }
}
