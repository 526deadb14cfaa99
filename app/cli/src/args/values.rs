//! Values as they are typed.

use jiff::civil::Date;

/// A day as it is typed.
pub(super) fn day(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| {
        "skriv dagen som 2026-09-15 (år-månad-dag); write the day as 2026-09-15".to_owned()
    })
}

/// A level, or levels of parts as `tracing-subscriber` writes them: `info,run=debug`.
pub(super) fn log_level(text: &str) -> Result<String, String> {
    let is_level = |word: &str| {
        ["off", "error", "warn", "info", "debug", "trace"]
            .iter()
            .any(|level| level.eq_ignore_ascii_case(word))
    };
    let is_good = |part: &str| {
        part.rsplit_once('=').map_or_else(|| is_level(part), |(_, level)| is_level(level))
    };
    if text.split(',').map(str::trim).all(is_good) {
        return Ok(text.to_owned());
    }
    Err("skriv error, warn, info eller debug; write error, warn, info or debug".to_owned())
}
