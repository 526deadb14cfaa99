//! Single values that TOML has no type for.

use std::borrow::Cow;
use std::fmt;

use jiff::civil::Time;
use roster::Date;
use roster::terms::{GroupType, SchoolType};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, Deserializer, Visitor};

use super::settings::Lang;
use crate::Limit;

/// Messages by which the loader knows what was wrong; they never reach people.
pub(crate) const BAD_DATE: &str = "skolbro:date";
pub(crate) const BAD_TIME: &str = "skolbro:time";
pub(crate) const BAD_SHARE: &str = "skolbro:share";
pub(crate) const EMPTY_LIMIT: &str = "skolbro:limit";

/// A day: `2026-08-17`, with or without quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Day(pub(crate) Date);

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bad = || de::Error::custom(BAD_DATE);
        let text = match toml::Value::deserialize(deserializer)? {
            toml::Value::String(text) => text,
            toml::Value::Datetime(date) if date.time.is_none() => date.to_string(),
            toml::Value::Integer(_)
            | toml::Value::Float(_)
            | toml::Value::Boolean(_)
            | toml::Value::Datetime(_)
            | toml::Value::Array(_)
            | toml::Value::Table(_) => return Err(bad()),
        };
        text.parse().map(Self).map_err(|_| bad())
    }
}

impl JsonSchema for Day {
    fn schema_name() -> Cow<'static, str> {
        "Day".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A day, e.g. 2026-08-17.",
            "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
        })
    }
}

/// A time of day: `"02:30"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TimeOfDay(pub(crate) Time);

impl TimeOfDay {
    fn parse(text: &str) -> Option<Self> {
        let (hour, minute) = text.split_once(':')?;
        let minute = minute.strip_suffix(":00").unwrap_or(minute);
        if hour.len() != 2 || minute.len() != 2 {
            return None;
        }
        Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok().map(Self)
    }
}

impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_text(deserializer, |text| Self::parse(text).ok_or_else(|| BAD_TIME.to_owned()))
    }
}

/// Reads a text inside the visitor, so that a mistake is shown at the text and not at the
/// list that holds it.
fn read_text<'de, T, D: Deserializer<'de>>(
    deserializer: D,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<T, D::Error> {
    struct Parsed<F>(F);
    impl<T, F: Fn(&str) -> Result<T, String>> Visitor<'_> for Parsed<F> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
            (self.0)(text).map_err(E::custom)
        }
    }
    deserializer.deserialize_str(Parsed(parse))
}

impl JsonSchema for TimeOfDay {
    fn schema_name() -> Cow<'static, str> {
        "TimeOfDay".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A time of day, e.g. 02:30.",
            "pattern": "^[0-2][0-9]:[0-5][0-9](:00)?$"
        })
    }
}

/// A share: `"5 %"`, `"2,5 %"` or `5`. In per mille.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SharePerMille(pub(crate) u32);

impl SharePerMille {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_end_matches('%').trim_end();
        let (whole, tenth) = text.split_once([',', '.']).unwrap_or((text, "0"));
        let digits = |part: &str| part.chars().all(|c| c.is_ascii_digit());
        if whole.is_empty() || whole.len() > 3 || !digits(whole) || tenth.len() != 1 {
            return None;
        }
        let per_mille = whole.parse::<u32>().ok()? * 10 + tenth.parse::<u32>().ok()?;
        (per_mille <= 1000).then_some(Self(per_mille))
    }
}

impl<'de> Deserialize<'de> for SharePerMille {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Share;
        impl Visitor<'_> for Share {
            type Value = SharePerMille;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a share")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                SharePerMille::parse(text).ok_or_else(|| E::custom(BAD_SHARE))
            }

            fn visit_i64<E: de::Error>(self, percent: i64) -> Result<Self::Value, E> {
                self.visit_str(&percent.to_string())
            }

            fn visit_f64<E: de::Error>(self, percent: f64) -> Result<Self::Value, E> {
                self.visit_str(&percent.to_string())
            }
        }
        deserializer.deserialize_any(Share)
    }
}

impl JsonSchema for SharePerMille {
    fn schema_name() -> Cow<'static, str> {
        "Share".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A share in percent: \"5 %\" or 5.",
            "anyOf": [
                { "type": "string", "pattern": "^[0-9]{1,3}([.,][0-9])? ?%?$" },
                { "type": "number", "minimum": 0, "maximum": 100 }
            ]
        })
    }
}

/// A limit: `{ share = "5 %", count = 50 }`. The smaller of the two counts; one may be
/// left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename = "Limit")]
struct LimitTable {
    /// Share of what there is.
    share: Option<SharePerMille>,
    /// Number.
    count: Option<u64>,
}

/// [`Limit`] as it is written. A limit that limits nothing is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WrittenLimit(pub(crate) Limit);

impl<'de> Deserialize<'de> for WrittenLimit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let LimitTable { share, count } = LimitTable::deserialize(deserializer)?;
        if share.is_none() && count.is_none() {
            return Err(de::Error::custom(EMPTY_LIMIT));
        }
        Ok(Self(Limit { per_mille: share.map(|share| share.0), count }))
    }
}

impl JsonSchema for WrittenLimit {
    fn schema_name() -> Cow<'static, str> {
        "Limit".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = LimitTable::json_schema(generator);
        schema.insert("minProperties".to_owned(), 1.into());
        schema
    }
}

/// A vocabulary of the roster by the words of the settings.
macro_rules! words {
    ($name:ident, $of:ty, $title:literal, $doc:literal, $pairs:expr) => {
        #[doc = $doc]
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) struct $name(pub(crate) $of);

        impl $name {
            fn pairs() -> Vec<(&'static str, $of)> {
                $pairs
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                read_text(deserializer, |text| {
                    let pairs = Self::pairs();
                    let found = pairs.iter().find(|(word, _)| *word == text);
                    found.map(|&(_, value)| Self(value)).ok_or_else(|| {
                        let known: Vec<_> =
                            pairs.iter().map(|(word, _)| format!("`{word}`")).collect();
                        format!("unknown variant `{text}`, expected one of {}", known.join(", "))
                    })
                })
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                $title.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                let known: Vec<_> = Self::pairs().into_iter().map(|(word, _)| word).collect();
                json_schema!({ "type": "string", "description": $doc, "enum": known })
            }
        }
    };
}

words!(
    SchoolTypeWord,
    SchoolType,
    "SchoolType",
    "A form of schooling, as SS12000 writes it.",
    SchoolType::ALL.iter().map(|value| (value.as_str(), *value)).collect()
);

words!(
    GroupTypeWord,
    GroupType,
    "GroupType",
    "A type of group.",
    vec![
        ("class", GroupType::Class),
        ("teaching", GroupType::Teaching),
        ("mentor", GroupType::Mentor),
        ("test", GroupType::Test),
        ("schedule", GroupType::Schedule),
        ("department", GroupType::Department),
        ("staff", GroupType::Staff),
        ("other", GroupType::Other),
    ]
);

words!(
    LangWord,
    Lang,
    "Language",
    "The language of reports.",
    vec![("sv", Lang::Sv), ("en", Lang::En)]
);
