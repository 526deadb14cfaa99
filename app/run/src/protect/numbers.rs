//! Keyed hashes of the numbers of those who became protected and still stand at a target: the
//! one thing by which somebody is found again whose id changed meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use roster::{Key, Mac};

use super::standing;
use crate::{Engine, RunError};

const NUMBERS: &str = "protected/numbers";

/// By the key under which each was written.
pub(crate) type Numbers = BTreeMap<Key, Mac>;

/// The numbers that are remembered at a target.
pub(crate) async fn numbers(engine: &Engine, target: &str) -> Result<Numbers, RunError> {
    let Some(sealed) = engine.store.get(target, NUMBERS).await? else {
        return Ok(Numbers::new());
    };
    let bytes = engine.memory().open_small(&format!("{NUMBERS}/{target}"), &sealed)?;
    let pair = |[key, number]: &[[u8; 16]; 2]| (Key::from_bytes(*key), Mac::from_bytes(*number));
    Ok(bytes.as_chunks::<16>().0.as_chunks::<2>().0.iter().map(pair).collect())
}

/// Remembers more of them.
pub(super) async fn remember_numbers(
    engine: &Engine,
    target: &str,
    more: &Numbers,
) -> Result<(), RunError> {
    if more.is_empty() {
        return Ok(());
    }
    let mut all = numbers(engine, target).await?;
    all.extend(more);
    keep(engine, target, &all).await
}

/// Forgets those that are nobody's any more: neither waited for nor written at the target.
pub(super) async fn forget_numbers(
    engine: &Engine,
    target: &str,
    waiting: &BTreeSet<Key>,
) -> Result<(), RunError> {
    let mut all = numbers(engine, target).await?;
    if all.is_empty() {
        return Ok(());
    }
    let open: BTreeSet<Key> = all.keys().filter(|key| !waiting.contains(key)).copied().collect();
    if open.is_empty() {
        return Ok(());
    }
    let standing = standing(engine, target, &open).await?;
    all.retain(|key, _| !open.contains(key) || standing.contains(key));
    keep(engine, target, &all).await
}

async fn keep(engine: &Engine, target: &str, all: &Numbers) -> Result<(), RunError> {
    if all.is_empty() {
        return Ok(engine.store.unset(target, NUMBERS).await?);
    }
    let bytes: Vec<u8> = all
        .iter()
        .flat_map(|(key, number)| [*key.as_bytes(), *number.as_bytes()])
        .flatten()
        .collect();
    let sealed = engine.memory().seal_small(&format!("{NUMBERS}/{target}"), &bytes)?;
    Ok(engine.store.set(target, &[(NUMBERS, &sealed)]).await?)
}
