//! What schools are called, for as long as a guard remembers them.

use std::collections::BTreeMap;

use roster::codec::{CodecError, Reader, Writer};
use roster::{Interval, Key, SchoolUnit, SourceIndex, Stats};

use crate::read::Reading;
use crate::{Engine, RunError};

const NAMES: &str = "source/schools";

/// Keeps the names of the schools that were read and of those that the guards still count.
pub(crate) async fn keep(
    engine: &Engine,
    reading: &Reading,
    counted: &Stats,
) -> Result<(), RunError> {
    let mut known = schools(engine).await?;
    known.extend(reading.roster.schools.iter().map(|(key, school)| (*key, school.clone())));
    known.retain(|key, _| {
        counted.schools.contains_key(key) || reading.roster.schools.contains_key(key)
    });
    let mut bytes = Vec::new();
    let mut out = Writer(&mut bytes);
    for (key, school) in &known {
        out.key(*key);
        out.text(&school.name);
        out.optional_text(school.code.as_deref());
    }
    let sealed = engine.memory().seal_small(NAMES, &bytes)?;
    Ok(engine.store.set("", &[(NAMES, &sealed)]).await?)
}

/// The schools that were kept, with name and code alone.
pub(crate) async fn schools(engine: &Engine) -> Result<BTreeMap<Key, SchoolUnit>, RunError> {
    let Some(sealed) = engine.store.get("", NAMES).await? else { return Ok(BTreeMap::new()) };
    let bytes = engine.memory().open_small(NAMES, &sealed)?;
    let damaged = |error: CodecError| RunError::Internal(error.to_string());
    let mut input = Reader(&bytes);
    let mut schools = BTreeMap::new();
    while !input.0.is_empty() {
        let key = input.key().map_err(damaged)?;
        let name = input.text().map_err(damaged)?.to_owned();
        let code = input.optional_text().map_err(damaged)?.map(str::to_owned);
        schools.insert(key, named(key, name, code));
    }
    Ok(schools)
}

fn named(key: Key, name: String, code: Option<String>) -> SchoolUnit {
    SchoolUnit {
        key,
        source: SourceIndex(0),
        source_id: String::new(),
        code,
        name,
        organisation: None,
        school_types: Vec::new(),
        municipality_code: None,
        interval: Interval::ALWAYS,
    }
}
