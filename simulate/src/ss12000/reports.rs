//! What readers report back: log entries and statistics. They are checked and forgotten.
//!
//! Source: SS12000 2.1.0, `LogEntry` and `StatisticsEntry` (with `timeOfOccurance`).

use serde_json::Value;

use super::kind::Kind;
use super::reply::{Refusal, Reply};
use super::time;
use super::world::id_of;

type Check = fn(&Value) -> bool;

/// An entry of a log.
pub(super) fn log(body: &[u8]) -> Result<Reply, Refusal> {
    let table: [(&str, Need, Check); 7] = [
        ("message", Need::Required, Value::is_string),
        ("severityLevel", Need::Required, is_level),
        ("messageType", Need::Optional, Value::is_string),
        ("resourceType", Need::Optional, is_kind),
        ("resourceId", Need::Optional, is_id),
        ("resourceUrl", Need::Optional, Value::is_string),
        ("timeOfOccurance", Need::Optional, is_time),
    ];
    checked(body, &table)
}

/// How much was read.
pub(super) fn statistics(body: &[u8]) -> Result<Reply, Refusal> {
    let table: [(&str, Need, Check); 6] = [
        ("resourceType", Need::Required, is_kind),
        ("newCount", Need::Required, Value::is_i64),
        ("updatedCount", Need::Required, Value::is_i64),
        ("deletedCount", Need::Required, Value::is_i64),
        ("resourceUrl", Need::Optional, Value::is_string),
        ("timeOfOccurance", Need::Optional, is_time),
    ];
    checked(body, &table)
}

/// Whether a field must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    Required,
    Optional,
}

fn checked(body: &[u8], table: &[(&str, Need, Check)]) -> Result<Reply, Refusal> {
    let wrong = |what: String| Refusal::new(400, "invalid_body", what);
    let value: Value =
        serde_json::from_slice(body).map_err(|_| wrong("the body is not JSON".to_owned()))?;
    for (name, need, check) in table {
        match value.get(name) {
            None if *need == Need::Required => return Err(wrong(format!("{name} is missing"))),
            Some(value) if !check(value) => return Err(wrong(format!("{name} is wrong"))),
            None | Some(_) => {}
        }
    }
    Ok(Reply::empty(201))
}

fn is_level(value: &Value) -> bool {
    value.as_str().is_some_and(|it| ["Info", "Warning", "Error"].contains(&it))
}

fn is_kind(value: &Value) -> bool {
    value.as_str().is_some_and(|it| Kind::of_name(it).is_some())
}

fn is_id(value: &Value) -> bool {
    value.as_str().is_some_and(|it| id_of(it).is_some())
}

fn is_time(value: &Value) -> bool {
    value.as_str().is_some_and(|it| time::parse(it).is_some())
}
