//! Cells against their column.

use super::{Column, Judge};

impl Judge<'_> {
    pub(super) fn cell(
        &mut self,
        file: &str,
        line: usize,
        column: &Column,
        cell: &str,
        mode: &str,
    ) {
        if cell.contains(['\r', '\n', '\u{2028}', '\u{2029}']) {
            self.add("row.line_break", file, line, &column.name);
        }
        if column.required == "delta" && mode == "bulk" && !cell.is_empty() {
            return self.add("row.field_forbidden_in_bulk", file, line, &column.name);
        }
        if cell.is_empty() {
            let is_required =
                column.required == "yes" || (column.required == "delta" && mode == "delta");
            if is_required {
                self.add("row.missing_required_value", file, line, &column.name);
            }
            return;
        }
        if let Some(code) = broken(column, cell) {
            self.add(code, file, line, &column.name);
        }
    }
}

fn broken(column: &Column, cell: &str) -> Option<&'static str> {
    let (kind, _) = column.format.split_once(':').unwrap_or((&column.format, ""));
    let is_word = column.values.iter().any(|value| value == cell);
    let (holds, code) = match kind {
        "guid" | "guidref" => (guid(cell), "row.invalid_guid"),
        "list guidref" => (cell.split(',').all(guid), "row.invalid_guid"),
        "enum" if column.values == ["true", "false"] => (is_word, "row.invalid_boolean"),
        "enum" => (is_word, "row.invalid_enum"),
        "enum+ext" => (is_word || extension(cell), "row.invalid_enum"),
        "date" => (date(cell), "row.invalid_date"),
        "datetime" => (date_time(cell), "row.invalid_datetime"),
        "year" => (cell.len() == 4 && digits(cell), "row.invalid_year"),
        "list" => (cell.split(',').all(|it| !it.trim().is_empty()), "row.invalid_list"),
        // `list {type:id}` has its colon inside.
        _ if column.format.starts_with("list {") => {
            let one = |it: &str| {
                let inner = it.strip_prefix('{').and_then(|it| it.strip_suffix('}'));
                inner
                    .and_then(|it| it.split_once(':'))
                    .is_some_and(|(a, b)| !a.is_empty() && !b.is_empty())
            };
            (cell.split(',').all(one), "row.invalid_list")
        }
        _ => (true, ""),
    };
    (!holds).then_some(code)
}

fn guid(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/' | '@');
    !text.is_empty() && text.len() < 256 && text.chars().all(allowed)
}

fn extension(text: &str) -> bool {
    text.len() > 4 && text.starts_with("ext:")
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit())
}

fn date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else { return false };
    let lengths = (year.len(), month.len(), day.len()) == (4, 2, 2);
    if !lengths || ![year, month, day].iter().all(|it| digits(it)) {
        return false;
    }
    let [year, month, day] = [year, month, day].map(|it| it.parse::<u32>().unwrap_or_default());
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

/// `YYYY-MM-DDTHH:MM:SS.sssZ`
fn date_time(text: &str) -> bool {
    let Some((day, time)) = text.split_once('T') else { return false };
    let Some(time) = time.strip_suffix('Z') else { return false };
    let Some((clock, millis)) = time.split_once('.') else { return false };
    let parts: Vec<&str> = clock.split(':').collect();
    let most = [23, 59, 60];
    let in_range = |(it, most): (&&str, u32)| {
        it.len() == 2 && digits(it) && it.parse::<u32>().is_ok_and(|it| it <= most)
    };
    date(day)
        && millis.len() == 3
        && digits(millis)
        && parts.len() == 3
        && parts.iter().zip(most).all(in_range)
}
