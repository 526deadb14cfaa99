//! Lines that can be coloured, and never by their content.

use std::borrow::Cow;

/// How a piece of text stands out. A terminal may show it by colour; the words say the same
/// without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Style {
    /// As it is.
    #[default]
    Plain,
    /// What the eye should find first.
    Strong,
    /// It is well.
    Good,
    /// Somebody should look.
    Warn,
    /// Something is stopped or wrong.
    Bad,
    /// Of less weight.
    Dim,
}

/// A piece of text in one style.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    text: String,
    /// How it stands out.
    pub style: Style,
}

impl Span {
    /// A piece of text, [`escaped`].
    #[must_use]
    pub fn new(style: Style, text: &str) -> Self {
        Self { text: escaped(text).into_owned(), style }
    }

    /// Its text: one line without control characters.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// One line for people, without its line end.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Line(pub Vec<Span>);

impl Line {
    /// An empty line.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The line with more text after it.
    #[must_use]
    pub fn and(mut self, style: Style, text: &str) -> Self {
        self.0.push(Span::new(style, text));
        self
    }

    /// The line with more ordinary text after it.
    #[must_use]
    pub fn plain(self, text: &str) -> Self {
        self.and(Style::Plain, text)
    }

    /// Its text without styles.
    #[must_use]
    pub fn text(&self) -> String {
        self.0.iter().map(Span::text).collect()
    }
}

/// The lines as text without styles, each with a line end.
#[must_use]
pub fn plain(lines: &[Line]) -> String {
    lines.iter().map(|line| line.text() + "\n").collect()
}

/// The text with everything that could steer a terminal, break a line or turn the reading
/// direction written out as `\u{1b}`.
#[must_use]
pub fn escaped(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::new();
    for char in text.chars() {
        if is_unsafe(char) {
            safe.extend(char.escape_unicode());
        } else {
            safe.push(char);
        }
    }
    Cow::Owned(safe)
}

/// Controls, line and paragraph separators, marks that turn the direction, and what cannot
/// be seen at all. Joiners (U+200C, U+200D) belong in names of several scripts.
pub(crate) fn is_unsafe(char: char) -> bool {
    char.is_control()
        || matches!(
            char,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// A text in both languages, with `{}` where values go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Text {
    pub(crate) sv: &'static str,
    pub(crate) en: &'static str,
}

impl Text {
    pub(crate) const fn of(self, lang: crate::Lang) -> &'static str {
        match lang {
            crate::Lang::Sv => self.sv,
            crate::Lang::En => self.en,
        }
    }

    /// The text with values in place of its `{}`, in order.
    pub(crate) fn with(self, lang: crate::Lang, values: &[&str]) -> String {
        let mut values = values.iter();
        let mut parts = self.of(lang).split("{}");
        let mut text = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            text.push_str(values.next().copied().unwrap_or_default());
            text.push_str(part);
        }
        text
    }
}

/// A text for one and a text for several, with the count as its first value.
pub(crate) fn counted(count: u64, one: Text, many: Text, lang: crate::Lang) -> String {
    if count == 1 { one } else { many }.with(lang, &[&crate::number(count)])
}
