//! What a running register remembers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use generate::{Day, Town};
use tokio::time::Instant;

use super::page::Cursors;
use super::reply::Refusal;
use super::subscriptions::Subscription;
use super::world::{History, Id, Style, When, World, id_of};
use super::{Fault, Planted, Switches, time};

/// A running register, shared by its connections.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) switches: Switches,
    live: Mutex<Live>,
}

/// What changes.
#[derive(Debug)]
pub(super) struct Live {
    pub(super) world: Arc<World>,
    pub(super) history: History,
    faults: Vec<(Planted, u32)>,
    clock: Clock,
    /// Tokens and when they stop working.
    tokens: HashMap<String, i64>,
    pub(super) cursors: Cursors,
    pub(super) subscriptions: Vec<Subscription>,
    requests: Vec<String>,
    drawn: u64,
}

/// The register's own clock.
#[derive(Debug, Clone, Copy)]
struct Clock {
    /// What it showed.
    base: i64,
    /// When it showed that.
    since: Instant,
}

impl Clock {
    fn at(moment: i64) -> Self {
        Self { base: moment, since: Instant::now() }
    }

    fn now(self) -> i64 {
        self.base + i64::try_from(self.since.elapsed().as_secs()).unwrap_or(0)
    }
}

/// Days begin at six, when the night's batch is over.
fn morning(day: Day) -> i64 {
    time::midnight(day) + 6 * 3_600
}

impl Shared {
    pub(super) fn new(town: Town, switches: Switches) -> Self {
        let mut history = History::default();
        let flaws = flaws(switches.faults.iter());
        let style = Style { dialect: switches.dialect, flaws };
        let clock = Clock::at(morning(town.today));
        let world = Arc::new(World::on_a_day((Arc::new(town), When::Night), style, &mut history));
        let live = Live {
            world,
            history,
            faults: switches.faults.iter().map(|it| (it.clone(), 0)).collect(),
            clock,
            tokens: HashMap::new(),
            cursors: Cursors::default(),
            subscriptions: Vec::new(),
            requests: Vec::new(),
            drawn: 0,
        };
        Self { switches, live: Mutex::new(live) }
    }

    pub(super) fn live(&self) -> MutexGuard<'_, Live> {
        // A panic while it was held leaves nothing half done that matters to a simulator.
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn flaws<'a>(planted: impl Iterator<Item = &'a Planted>) -> Vec<Fault> {
    planted.filter(|it| it.fault.is_of_the_data()).map(|it| it.fault.clone()).collect()
}

impl Live {
    /// The moment by the register's clock, in seconds since 1970.
    pub(super) fn now(&self) -> i64 {
        self.clock.now()
    }

    pub(super) fn set_time(&mut self, moment: i64) {
        self.clock = Clock::at(moment);
    }

    /// A number that was not drawn before.
    pub(super) const fn draw(&mut self) -> u64 {
        self.drawn += 1;
        self.drawn
    }

    /// Changes the town, then looks at what became of it.
    pub(super) fn change(&mut self, change: impl FnOnce(&mut Town)) {
        let mut town = (*self.world.town).clone();
        let before = town.today;
        change(&mut town);
        let at = if town.today == before {
            // Between what a reader has asked for and what it asks for next.
            self.set_time(self.now() + 60);
            When::Now(self.now() - 30)
        } else {
            self.clock = Clock::at(morning(town.today));
            When::Night
        };
        let style = self.world.style.clone();
        self.world = Arc::new(World::on_a_day((Arc::new(town), at), style, &mut self.history));
    }

    /// Changes a person.
    pub(super) fn change_person(
        &mut self,
        id: Id,
        change: impl FnOnce(&mut Town, usize),
    ) -> Result<(), Refusal> {
        let of = |it: &generate::Human| id_of(&it.person.id) == Some(id);
        let at = self.world.town.persons.iter().position(of).ok_or_else(Refusal::missing)?;
        self.change(|town| change(town, at));
        Ok(())
    }

    pub(super) fn plant(&mut self, planted: Planted) {
        self.faults.push((planted, 0));
        self.restyle();
    }

    pub(super) fn mend(&mut self) {
        self.faults.clear();
        self.restyle();
    }

    fn restyle(&mut self) {
        let flaws = flaws(self.faults.iter().map(|(it, _)| it));
        if flaws != self.world.style.flaws {
            let style = Style { flaws, ..self.world.style.clone() };
            let town = Arc::clone(&self.world.town);
            self.world = Arc::new(World::another(town, style, &self.history));
        }
    }

    /// The faults that hit this request.
    pub(super) fn hits(&mut self, endpoint: &str) -> Vec<Fault> {
        let mut hits = Vec::new();
        for (planted, seen) in &mut self.faults {
            let here = match planted.endpoint.as_deref() {
                Some(named) => named.eq_ignore_ascii_case(endpoint),
                None => endpoint != "token",
            };
            if here {
                *seen += 1;
                if planted.hits(*seen) {
                    hits.push(planted.fault.clone());
                }
            }
        }
        for hit in &hits {
            if *hit == Fault::TokensExpire {
                self.tokens.clear();
            }
            if let Fault::ClockJump { seconds } = hit {
                self.set_time(self.now() + seconds);
            }
        }
        hits
    }

    pub(super) fn give_token(&mut self, seconds: u32) -> String {
        let now = self.now();
        self.tokens.retain(|_, until| *until > now);
        // Long enough to look like one; loopback needs no secret.
        let token = format!(
            "simulated-{:016x}-{:08x}",
            self.draw().wrapping_mul(0x9E37_79B9_7F4A_7C15),
            now
        );
        self.tokens.insert(token.clone(), now + i64::from(seconds));
        token
    }

    pub(super) fn token_works(&self, token: &str) -> bool {
        self.tokens.get(token).is_some_and(|until| *until > self.now())
    }

    /// Remembers a request; the latest hundred thousand.
    pub(super) fn note(&mut self, request: String) {
        if self.requests.len() >= 100_000 {
            self.requests.drain(..50_000);
        }
        self.requests.push(request);
    }

    pub(super) fn requests(&self) -> &[String] {
        &self.requests
    }
}
