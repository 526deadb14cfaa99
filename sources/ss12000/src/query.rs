//! Parameters of a query, with dates that move.

use roster::Date;

use crate::profile::{ArrayStyle, Query, QueryValue};

/// Whether a value's braces are dates.
pub(crate) fn is_good(text: &str) -> bool {
    !text.contains(['{', '}']) || days(text).is_some()
}

/// The parameters as they are sent.
pub(crate) fn parameters(query: &Query, style: ArrayStyle, today: Date) -> Vec<(String, String)> {
    let mut parameters = Vec::new();
    for (name, value) in query {
        match value {
            QueryValue::One(text) => parameters.push((name.clone(), filled(text, today))),
            QueryValue::Many(texts) => {
                let name = match style {
                    ArrayStyle::Repeat => name.clone(),
                    ArrayStyle::Brackets => format!("{name}[]"),
                };
                parameters.extend(texts.iter().map(|text| (name.clone(), filled(text, today))));
            }
        }
    }
    parameters
}

fn filled(text: &str, today: Date) -> String {
    let day = days(text).and_then(|days| today.checked_add(jiff::Span::new().days(days)).ok());
    day.map_or_else(|| text.to_owned(), |day| day.to_string())
}

/// Days from today, of `{today+30}`.
fn days(text: &str) -> Option<i64> {
    let inside = text.strip_prefix("{today")?.strip_suffix('}')?;
    if inside.is_empty() {
        return Some(0);
    }
    let (sign, number) = inside.split_at_checked(1)?;
    let days: u16 = number.parse().ok()?;
    match sign {
        "+" => Some(i64::from(days)),
        "-" => Some(-i64::from(days)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_in_queries_move_and_arrays_are_written_as_the_register_wants() {
        let query = Query::from([
            ("a.onOrAfter".to_owned(), QueryValue::One("{today-30}".to_owned())),
            ("b".to_owned(), QueryValue::Many(vec!["x".to_owned(), "y".to_owned()])),
        ]);
        let today = Date::new(2026, 8, 15).unwrap();
        let written = |style| {
            let all = parameters(&query, style, today);
            all.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
        };
        assert_eq!(written(ArrayStyle::Repeat), "a.onOrAfter=2026-07-16&b=x&b=y");
        assert_eq!(written(ArrayStyle::Brackets), "a.onOrAfter=2026-07-16&b[]=x&b[]=y");
        assert!(is_good("x") && is_good("{today}") && !is_good("{tomorrow}"));
    }
}
