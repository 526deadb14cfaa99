//! Which delivery it is: number and time, the same when it is sent again.

use jiff::{Timestamp, ToSpan as _};
use sha2::{Digest as _, Sha256};
use state::{Numbered, Operation};

use crate::read::hex;
use crate::{BoundTarget, Engine, RunError};

/// The delivery that was begun last: number, time in milliseconds, and of what.
const BEGUN: &str = "delivery/begun";
/// The number of the delivery that the written rows came of.
pub(crate) const CONFIRMED: &str = "delivery/confirmed";

/// Number and time of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) number: u64,
    pub(crate) confirmed: u64,
    pub(crate) at: Timestamp,
}

/// The stamp of the delivery of these operations: that of the delivery which was cut off, if
/// it is the same, else the next. Remembered before anything is sent.
pub(crate) async fn of(
    engine: &Engine,
    target: &BoundTarget,
    plan: &str,
    released: &[Operation],
) -> Result<Stamp, RunError> {
    let there = newest(target).await?;
    let target = &*target.name;
    let mut hash = Sha256::new();
    for operation in released {
        hash.update(operation.number.to_le_bytes());
    }
    let what = format!("{plan}/{}", hex(&hash.finalize()));
    let confirmed = confirmed(engine, target).await?;
    let last = last_begun(engine, target).await?;
    // What is remembered may be older than what was delivered: a backup that was restored.
    if last.number > 0 && last.what == what && last.number >= there.number {
        return Ok(Stamp { number: last.number, confirmed, at: last.at });
    }
    // Receivers tell newer from older by the time, and a clock may be set back.
    let last_at = last.at.max(there.at);
    let at = engine.now().max(last_at.saturating_add(1.second()).unwrap_or(last_at));
    let at = Timestamp::from_second(at.as_second()).unwrap_or(at);
    let number = last.number.max(confirmed).max(there.number) + 1;
    let begun = format!("{number} {} {what}", at.as_millisecond());
    engine.store.set(target, &[(BEGUN, begun.as_bytes())]).await?;
    Ok(Stamp { number, confirmed, at })
}

/// After adopting, what is kept comes of no delivery with a number: it was made up from lines
/// and from what is wanted, so the next delivery tells everything.
pub(crate) async fn adopted(engine: &Engine, target: &BoundTarget) -> Result<(), RunError> {
    Ok(engine.store.set(&target.name, &[(CONFIRMED, b"0")]).await?)
}

/// Whether the whole set is to be delivered although nothing has changed.
pub(crate) async fn is_due(engine: &Engine, target: &BoundTarget) -> Result<bool, RunError> {
    let confirmed = confirmed(engine, &target.name).await?;
    let is_due = target.target.is_due(confirmed, engine.now()).await;
    is_due.map_err(|error| RunError::target(&target.name, error))
}

/// The newest delivery that lies there; number 0 where none does.
async fn newest(target: &BoundTarget) -> Result<Numbered, RunError> {
    let newest = target.target.newest().await;
    let newest = newest.map_err(|error| RunError::target(&target.name, error))?;
    Ok(newest.unwrap_or(Numbered { number: 0, at: Timestamp::UNIX_EPOCH }))
}

/// What is remembered of the delivery that was begun last.
struct Begun {
    number: u64,
    at: Timestamp,
    what: String,
}

async fn last_begun(engine: &Engine, target: &str) -> Result<Begun, RunError> {
    let last = text(engine, target, BEGUN).await?;
    let mut words = last.split(' ');
    let mut number = || words.next().and_then(|word| word.parse::<u64>().ok()).unwrap_or_default();
    let (number, at) = (number(), i64::try_from(number()).unwrap_or_default());
    let at = Timestamp::from_millisecond(at).unwrap_or_default();
    Ok(Begun { number, at, what: words.next().unwrap_or_default().to_owned() })
}

/// The number of the delivery that was begun last: what is kept now came of it.
pub(crate) async fn begun(engine: &Engine, target: &str) -> Result<String, RunError> {
    let begun = text(engine, target, BEGUN).await?;
    Ok(begun.split(' ').next().unwrap_or_default().to_owned())
}

async fn confirmed(engine: &Engine, target: &str) -> Result<u64, RunError> {
    Ok(text(engine, target, CONFIRMED).await?.parse().unwrap_or_default())
}

async fn text(engine: &Engine, target: &str, name: &str) -> Result<String, RunError> {
    let value = engine.store.get(target, name).await?.unwrap_or_default();
    Ok(String::from_utf8_lossy(&value).into_owned())
}
