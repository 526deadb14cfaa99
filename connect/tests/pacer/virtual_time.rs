//! Runs futures in a time of their own: when nobody can go on, the next hour has come.

use std::collections::{BTreeMap, VecDeque};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use connect::pacer::{Clock, Sleep};

pub(crate) type Task = Borrowing<'static>;

/// A task that borrows from the test.
pub(crate) type Borrowing<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

#[derive(Clone, Default)]
pub(crate) struct Time(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    now: Duration,
    /// Sleeps end at whole multiples of it.
    grain: Duration,
    next: u64,
    sleepers: BTreeMap<(Duration, u64), Waker>,
}

impl Clock for Time {
    fn now(&self) -> Duration {
        self.0.lock().unwrap().now
    }

    fn sleep_until(&self, at: Duration) -> Sleep {
        let time = self.clone();
        let number = {
            let mut inner = time.0.lock().unwrap();
            inner.next += 1;
            inner.next
        };
        let at = time.rounded(at);
        Box::pin(poll_fn(move |context| {
            let mut inner = time.0.lock().unwrap();
            if inner.now >= at {
                return Poll::Ready(());
            }
            inner.sleepers.insert((at, number), context.waker().clone());
            Poll::Pending
        }))
    }
}

struct Ready {
    task: usize,
    queue: Arc<Mutex<VecDeque<usize>>>,
}

impl Wake for Ready {
    fn wake(self: Arc<Self>) {
        self.queue.lock().unwrap().push_back(self.task);
    }
}

impl Time {
    /// One whose timers are no finer than this.
    pub(crate) fn of_whole(grain: Duration) -> Self {
        let time = Self::default();
        time.0.lock().unwrap().grain = grain;
        time
    }

    fn rounded(&self, at: Duration) -> Duration {
        let grain = self.0.lock().unwrap().grain;
        if grain.is_zero() {
            return at;
        }
        let whole = at.as_nanos().div_ceil(grain.as_nanos());
        grain * u32::try_from(whole).unwrap()
    }

    pub(crate) async fn sleep(&self, wait: Duration) {
        let until = self.now() + wait;
        self.sleep_until(until).await;
    }

    /// Runs everything to its end. Panics when all wait and nobody will ever wake them.
    pub(crate) fn run(&self, tasks: Vec<Borrowing<'_>>) {
        let queue = Arc::new(Mutex::new((0..tasks.len()).collect::<VecDeque<_>>()));
        let mut tasks: Vec<Option<Borrowing<'_>>> = tasks.into_iter().map(Some).collect();
        loop {
            let next = queue.lock().unwrap().pop_front();
            let Some(number) = next else {
                if tasks.iter().all(Option::is_none) {
                    return;
                }
                assert!(self.advance(), "tasks wait for what never comes");
                continue;
            };
            let Some(task) = &mut tasks[number] else { continue };
            let waker = Waker::from(Arc::new(Ready { task: number, queue: Arc::clone(&queue) }));
            if task.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
                tasks[number] = None;
            }
        }
    }

    /// Goes on to the next moment at which somebody wakes.
    fn advance(&self) -> bool {
        let mut inner = self.0.lock().unwrap();
        let Some((&(at, number), _)) = inner.sleepers.first_key_value() else { return false };
        inner.now = inner.now.max(at);
        let waker = inner.sleepers.remove(&(at, number)).unwrap();
        drop(inner);
        waker.wake();
        true
    }
}
