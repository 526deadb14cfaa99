//! How a receiver was called, as a line and for programs.

use serde_json::{Value, json};
use state::{Pace, QuotaUse};

use crate::numbers::{decimal, duration, number};
use crate::{Lang, words};

/// One line: calls, rate, use of quotas, and what the receiver said to their number.
#[must_use]
pub fn pace(target: &str, pace: &Pace, lang: Lang) -> String {
    let took = duration(pace.took().as_secs().max(1));
    let average = decimal(pace.tenths_per_second(), lang);
    let [calls, highest] = [pace.calls, u64::from(pace.highest)].map(number);
    let mut parts = vec![words::CALLED.with(lang, &[target, &calls, &took, &average, &highest])];
    parts.extend(pace.quotas.iter().map(|quota| share(quota, lang)));
    let more = [
        (pace.again, words::CALLED_AGAIN),
        (pace.throttled, words::TOLD_TO_WAIT),
        (pace.refused, words::CALLS_REFUSED),
    ];
    for (count, text) in more {
        if count > 0 {
            parts.push(text.with(lang, &[&number(count)]));
        }
    }
    parts.join(" · ")
}

fn share(quota: &QuotaUse, lang: Lang) -> String {
    let (percent, count) = (number(quota.percent.into()), number(quota.count.into()));
    words::OF_QUOTA.with(lang, &[&percent, &count, &duration(quota.per.as_secs())])
}

/// The same for programs.
#[must_use]
pub fn pace_json(pace: &Pace) -> Value {
    let quotas: Vec<Value> = pace.quotas.iter().map(quota_json).collect();
    json!({
        "calls": pace.calls, "again": pace.again, "told_to_wait": pace.throttled,
        "refused": pace.refused, "duration_ms": milliseconds(pace),
        "calls_per_second": { "average": tenths(pace), "highest": pace.highest },
        "quotas": quotas,
    })
}

fn quota_json(quota: &QuotaUse) -> Value {
    let QuotaUse { name, count, per, percent } = quota;
    json!({ "name": name, "count": count, "per_seconds": per.as_secs(), "used_percent": percent })
}

fn milliseconds(pace: &Pace) -> u64 {
    u64::try_from(pace.took().as_millis()).unwrap_or(u64::MAX)
}

fn tenths(pace: &Pace) -> f64 {
    let tenths = u32::try_from(pace.tenths_per_second()).unwrap_or(u32::MAX);
    f64::from(tenths) / 10.0
}
