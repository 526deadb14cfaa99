//! Which delivery it is: number and time, the same when it is sent again.

use jiff::{Timestamp, ToSpan as _};
use sha2::{Digest as _, Sha256};
use state::Operation;

use crate::read::hex;
use crate::{Engine, RunError};

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
    target: &str,
    plan: &str,
    released: &[Operation],
) -> Result<Stamp, RunError> {
    let mut hash = Sha256::new();
    for operation in released {
        hash.update(operation.number.to_le_bytes());
    }
    let what = format!("{plan}/{}", hex(&hash.finalize()));
    let confirmed = confirmed(engine, target).await?;
    let last = text(engine, target, BEGUN).await?;
    let mut words = last.split(' ');
    let mut number = || words.next().and_then(|word| word.parse::<u64>().ok()).unwrap_or_default();
    let (last_number, last_at) = (number(), i64::try_from(number()).unwrap_or_default());
    let last_at = Timestamp::from_millisecond(last_at).unwrap_or_default();
    if last_number > 0 && words.next() == Some(&what) {
        return Ok(Stamp { number: last_number, confirmed, at: last_at });
    }
    // Receivers tell newer from older by the time, and a clock may be set back.
    let at = engine.now().max(last_at.saturating_add(1.second()).unwrap_or(last_at));
    let at = Timestamp::from_second(at.as_second()).unwrap_or(at);
    let number = last_number.max(confirmed) + 1;
    let begun = format!("{number} {} {what}", at.as_millisecond());
    engine.store.set(target, &[(BEGUN, begun.as_bytes())]).await?;
    Ok(Stamp { number, confirmed, at })
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
