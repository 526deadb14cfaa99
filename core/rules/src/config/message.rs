//! The parser's and the decoder's English, made into sentences of our own.

use std::ops::Range;

use secret::NOT_A_REFERENCE;

use super::decode::Found;
use super::problem::{Code, Text, suggestion};
use super::values::{BAD_DATE, BAD_SHARE, BAD_TIME, EMPTY_LIMIT};

/// The name in `missing field ...`.
pub(crate) fn missing_field(message: &str) -> Option<&str> {
    message.strip_prefix("missing field `")?.strip_suffix('`')
}

/// A key that must be there is not.
pub(crate) fn missing(key: &str, span: Range<usize>) -> Found {
    Found {
        code: Code::MissingKey,
        span,
        message: Text::new(format!("Nyckeln `{key}` saknas."), format!("Missing key `{key}`.")),
        hint: None,
    }
}

/// What the decoder said at these bytes, where a value of type `got` stands.
pub(crate) fn of(message: &str, span: Range<usize>, got: Option<&str>) -> Found {
    let (code, text, hint) = plain(message)
        .or_else(|| unknown(message))
        .or_else(|| mistyped(message, got))
        .unwrap_or_else(|| other(message));
    Found { code, span, message: text, hint }
}

type Said = (Code, Text, Option<Text>);

/// Our own messages: code, Swedish, English, and what to write.
const PLAIN: &[(&str, Code, [&str; 2], [&str; 2])] = &[
    (
        NOT_A_REFERENCE,
        Code::SecretInPlain,
        ["Hemligheten ska inte stå i filen.", "A secret must not stand in the file."],
        [
            "Skriv var den finns: `env:NAMN`, `file:sökväg` eller `credential:NAMN`.",
            "Write where it is: `env:NAME`, `file:path` or `credential:NAME`.",
        ],
    ),
    (
        BAD_DATE,
        Code::BadValue,
        ["Det här är inget datum.", "This is not a date."],
        ["Skriv som `2026-08-17`.", "Write it as `2026-08-17`."],
    ),
    (
        BAD_TIME,
        Code::BadValue,
        ["Det här är inget klockslag.", "This is not a time of day."],
        ["Skriv som `\"02:30\"`.", "Write it as `\"02:30\"`."],
    ),
    (
        BAD_SHARE,
        Code::BadValue,
        [
            "Det här är ingen andel mellan 0 och 100 procent.",
            "This is not a share between 0 and 100 percent.",
        ],
        ["Skriv som `\"5 %\"` eller `\"2,5 %\"`.", "Write it as `\"5 %\"` or `\"2.5 %\"`."],
    ),
    (
        EMPTY_LIMIT,
        Code::MissingKey,
        ["Gränsen säger varken andel eller antal.", "The limit gives neither share nor count."],
        [
            "Skriv som `{ share = \"5 %\", count = 50 }`; det ena räcker.",
            "Write it as `{ share = \"5 %\", count = 50 }`; one of them is enough.",
        ],
    ),
];

fn plain(message: &str) -> Option<Said> {
    let (_, code, [sv, en], hint) = PLAIN.iter().find(|(own, ..)| *own == message)?;
    Some((*code, Text::new(*sv, *en), Some(Text::new(hint[0], hint[1]))))
}

fn unknown(message: &str) -> Option<Said> {
    let (code, rest) = match message.strip_prefix("unknown field ") {
        Some(rest) => (Code::UnknownKey, rest),
        None => (Code::UnknownValue, message.strip_prefix("unknown variant ")?),
    };
    // The word itself may hold anything; the list after it holds only names of ours.
    let (word, list) = rest.rsplit_once(", expected ").or_else(|| rest.rsplit_once(", there "))?;
    let word = word.trim_matches('`');
    let known: Vec<&str> = list.split('`').skip(1).step_by(2).collect();
    let text = if code == Code::UnknownKey {
        Text::new(format!("Okänd nyckel `{word}`."), format!("Unknown key `{word}`."))
    } else {
        Text::new(format!("Okänt värde `{word}`."), format!("Unknown value `{word}`."))
    };
    Some((code, text, suggestion(word, &known)))
}

/// A type by its name in the decoder, in words; `None` for types that people need not know.
fn type_words(name: &str) -> Option<(&'static str, &'static str)> {
    let whole = ["u8", "u16", "u32", "u64", "usize", "i8", "i16", "i32", "i64"];
    Some(match name {
        "string" | "a string" => ("en text inom citattecken", "a text in quotes"),
        "integer" => ("ett heltal", "a whole number"),
        "float" | "f64" | "f32" => ("ett tal", "a number"),
        "boolean" | "a boolean" => ("`true` eller `false`", "`true` or `false`"),
        "datetime" => ("ett datum eller klockslag", "a date or time"),
        "array" | "a sequence" => ("en lista inom hakparenteser", "a list in brackets"),
        "table" | "a map" => ("en tabell", "a table"),
        "a share" => ("en andel, t.ex. `\"5 %\"`", "a share, e.g. `\"5 %\"`"),
        "u8" => ("ett heltal från 0 till 255", "a whole number from 0 to 255"),
        "u16" => ("ett heltal från 0 till 65535", "a whole number from 0 to 65535"),
        name if name.starts_with('u') && whole.contains(&name) => {
            ("ett heltal, 0 eller större", "a whole number, 0 or more")
        }
        name if whole.contains(&name) => ("ett heltal", "a whole number"),
        name if name.starts_with("struct ") => ("en tabell", "a table"),
        name if name.starts_with("string or table") || name.contains("variant") => {
            ("ett av de kända orden", "one of the known words")
        }
        _ => return None,
    })
}

fn mistyped(message: &str, got: Option<&str>) -> Option<Said> {
    let typed = message.strip_prefix("invalid type: ");
    let rest = typed.or_else(|| message.strip_prefix("invalid value: "));
    let expected = match rest {
        Some(rest) => rest.rsplit_once(", expected ")?.1,
        None => message
            .strip_prefix("wanted ")
            .or_else(|| message.starts_with("invalid length").then_some(""))?,
    };
    let wanted = type_words(expected);
    let hint =
        wanted.map(|(sv, en)| Text::new(format!("Här ska stå {sv}."), format!("Expected {en}.")));
    let got = got.and_then(type_words).filter(|_| typed.is_some());
    Some(match got {
        Some((sv, en)) => (
            Code::WrongType,
            Text::new(format!("Fel slags värde: {sv}."), format!("Wrong type of value: {en}.")),
            hint,
        ),
        None => (
            Code::BadValue,
            Text::new("Värdet är inte tillåtet.", "The value is not allowed."),
            hint,
        ),
    })
}

/// What a connector's own type says; it may be English only, but never holds our data.
fn other(message: &str) -> Said {
    let first = message.lines().next().unwrap_or(message);
    (
        Code::BadValue,
        Text::new(format!("Går inte att läsa: {first}."), format!("Cannot be read: {first}.")),
        None,
    )
}

/// Beginnings of what the parser says, and our words for it.
const SYNTAX: &[(&str, &str, &str)] = &[
    ("duplicate key", "Nyckeln finns redan.", "The key is there already."),
    (
        "invalid basic string",
        "Texten inom citattecken slutar inte rätt.",
        "The quoted text does not end well.",
    ),
    (
        "invalid literal string",
        "Texten inom citattecken slutar inte rätt.",
        "The quoted text does not end well.",
    ),
    (
        "missing escaped value",
        "Ett omvänt snedstreck har inget efter sig.",
        "Nothing follows a backslash.",
    ),
    ("string values must be quoted", "Texter ska stå inom citattecken.", "Texts must be quoted."),
    ("unclosed array", "Listan saknar `]`.", "The list lacks `]`."),
    ("unclosed inline table", "Tabellen saknar `}`.", "The table lacks `}`."),
    ("unclosed table", "Rubriken saknar `]`.", "The heading lacks `]`."),
    (
        "key with no value",
        "Nyckeln har inget värde; skriv `nyckel = värde`.",
        "The key has no value; write `key = value`.",
    ),
    ("missing value", "Det saknas ett värde efter `=`.", "A value is missing after `=`."),
    ("missing key", "Det saknas en nyckel före `=`.", "A key is missing before `=`."),
    (
        "cannot extend",
        "Tabellen är redan skriven på annat sätt.",
        "The table was already written in another way.",
    ),
    ("extra", "Det står något mer efter värdet.", "Something more follows the value."),
    (
        "unexpected",
        "Något står här som inte hör hemma i en TOML-fil.",
        "Something here does not belong in a TOML file.",
    ),
    ("invalid", "Det här kan inte läsas som TOML.", "This cannot be read as TOML."),
];

/// What stands where the parser stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Odd {
    /// A letter that keys cannot have without quotes.
    Letter,
}

/// What the parser said.
pub(crate) fn syntax(message: &str, span: Range<usize>, odd: Option<Odd>) -> Found {
    let words = SYNTAX.iter().find(|(begin, ..)| message.starts_with(begin));
    let text = words.map_or_else(
        || Text::new("Det här är inte giltig TOML.", "This is not valid TOML."),
        |(_, sv, en)| Text::new(*sv, *en),
    );
    let hint = odd.map(|Odd::Letter| {
        Text::new(
            "Namn med å, ä eller ö ska stå inom citattecken: `\"skolår\" = …`.",
            "Names with letters beyond a–z are written in quotes: `\"skolår\" = …`.",
        )
    });
    Found { code: Code::Syntax, span, message: text, hint }
}

/// There is nothing in the file.
pub(crate) fn empty() -> Found {
    Found {
        code: Code::MissingKey,
        span: 0..0,
        message: Text::new("Inställningsfilen är tom.", "The settings file is empty."),
        hint: Some(Text::new(
            "Gör en ny med `skolbro init` i en annan mapp och utgå från den, eller peka ut en annan fil med --config.",
            "Make a new one with `skolbro init` in another folder and begin with that, or name another file with --config.",
        )),
    }
}
