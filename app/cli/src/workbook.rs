//! A table as a workbook (.xlsx, ECMA-376): its cells are text whatever they begin with, so that
//! no name is taken for a formula (decision 0032), and every letter is as it was.

use std::fmt::Write as _;
use std::io::{Cursor, Read as _, Write as _};

use anyhow::Context as _;
use zeroize::Zeroizing;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

/// The parts that say what the others are.
const FRAME: [(&str, &str); 4] = [
    (
        "[Content_Types].xml",
        r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>"#,
    ),
    (
        "_rels/.rels",
        r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#,
    ),
    (
        "xl/workbook.xml",
        r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Skolbro" sheetId="1" r:id="rId1"/></sheets></workbook>"#,
    ),
    (
        "xl/_rels/workbook.xml.rels",
        r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#,
    ),
];
const SHEET: &str = "xl/worksheets/sheet1.xml";
const PROLOGUE: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#;
const ROW: &str = "<row>";
const BEGIN: &str = r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cols><col min="1" max="3" width="36" customWidth="1"/></cols><sheetData>"#;
const ROW_END: &str = "</row>";
const END: &str = "</sheetData></worksheet>";
const CELL: [&str; 2] = [r#"<c t="inlineStr"><is><t xml:space="preserve">"#, "</t></is></c>"];
/// The largest sheet that is read back: a million rows.
const LARGEST: u64 = 1 << 28;

/// The most that a letter of one byte becomes: `_x000D_`.
const LONGEST: usize = 7;

/// Writes rows of text. The sheet that they make, and the workbook, are wiped from memory.
///
/// # Errors
///
/// None that a table in memory can have.
pub(crate) fn write<'a>(
    rows: impl Iterator<Item = [&'a str; 3]> + Clone,
) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let sheet = sheet(rows);
    // As much as it can need: what grows leaves copies behind.
    let room = sheet.len() + sheet.len() / 8 + 16_384;
    let mut zip = ZipWriter::new(Cursor::new(Vec::with_capacity(room)));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default());
    let parts = FRAME.map(|(name, text)| (name, format!("{PROLOGUE}{text}")));
    for (name, text) in &parts {
        zip.start_file(*name, options)?;
        zip.write_all(text.as_bytes())?;
    }
    zip.start_file(SHEET, options)?;
    zip.write_all(sheet.as_bytes())?;
    Ok(Zeroizing::new(zip.finish()?.into_inner()))
}

/// As long as the sheet can become: what grows leaves copies behind that nobody wipes.
fn longest<'a>(rows: impl Iterator<Item = [&'a str; 3]>) -> usize {
    let cell = |cell: &str| CELL[0].len() + cell.len() * LONGEST + CELL[1].len();
    let row = |row: [&str; 3]| ROW.len() + row.map(cell).iter().sum::<usize>() + ROW_END.len();
    PROLOGUE.len() + BEGIN.len() + rows.map(row).sum::<usize>() + END.len()
}

fn sheet<'a>(rows: impl Iterator<Item = [&'a str; 3]> + Clone) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(longest(rows.clone())));
    text.push_str(PROLOGUE);
    text.push_str(BEGIN);
    for row in rows {
        text.push_str(ROW);
        for cell in row {
            text.push_str(CELL[0]);
            escape(cell, &mut text);
            text.push_str(CELL[1]);
        }
        text.push_str(ROW_END);
    }
    text.push_str(END);
    text
}

/// What XML cannot have is written `_x000D_`; what looks so and is not, with its first sign
/// written so (ECMA-376 part 1, §22.9.2.19).
fn escape(cell: &str, into: &mut String) {
    for (at, letter) in cell.char_indices() {
        match letter {
            '&' => into.push_str("&amp;"),
            '<' => into.push_str("&lt;"),
            '>' => into.push_str("&gt;"),
            '_' if coded(&cell[at..]).is_some() => into.push_str("_x005F_"),
            '\t' | '\n' => into.push(letter),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {
                // Writing to a text cannot fail.
                let _ = write!(into, "_x{:04X}_", u32::from(letter));
            }
            letter => into.push(letter),
        }
    }
}

/// The letter that a text begins with in the form `_x000D_`.
fn coded(text: &str) -> Option<char> {
    let hex = text.strip_prefix("_x")?.get(..5)?.strip_suffix('_')?;
    let is_hex = hex.chars().all(|it| it.is_ascii_hexdigit());
    char::from_u32(u32::from_str_radix(hex, 16).ok().filter(|_| is_hex)?)
}

fn unescape(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    let (mut cell, mut rest) = (String::new(), text.as_str());
    while let Some(first) = rest.chars().next() {
        let (letter, length) = coded(rest).map_or((first, first.len_utf8()), |it| (it, 7));
        cell.push(letter);
        rest = &rest[length..];
    }
    cell
}

/// The rows of a workbook that [`write()`] made; `None` for anything else.
///
/// # Errors
///
/// When the workbook is damaged.
pub(crate) fn read(bytes: &[u8]) -> anyhow::Result<Option<Vec<Vec<String>>>> {
    if !bytes.starts_with(b"PK") {
        return Ok(None);
    }
    let mut zip = ZipArchive::new(Cursor::new(bytes)).context("the workbook is damaged")?;
    let mut text = Zeroizing::new(String::new());
    let sheet = zip.by_name(SHEET).context("the workbook has no sheet")?;
    sheet.take(LARGEST).read_to_string(&mut text).context("the workbook is damaged")?;
    let cells = |row: &str| -> Vec<String> {
        let cells = row.split(CELL[0]).skip(1);
        cells.filter_map(|cell| Some(unescape(cell.split_once(CELL[1])?.0))).collect()
    };
    Ok(Some(text.split(ROW).skip(1).map(cells).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ODD: [&str; 3] = ["=HYPERLINK(\"x\";\"Ada\")", "+46", "-1\r@\t_x0041_ & <Åsa> _x"];

    /// K128: a name that a spreadsheet would take for a formula is text, and every letter of it
    /// is there.
    #[test]
    fn k128_no_cell_is_a_formula_and_every_letter_stays() {
        let made = write([["namn", "adress", "lösenord"], ODD].into_iter()).unwrap();
        let rows = read(&made).unwrap().unwrap();
        assert_eq!(rows, [vec!["namn", "adress", "lösenord"], ODD.to_vec()]);
        let sheet = sheet([ODD].into_iter());
        assert_eq!(sheet.matches("t=\"inlineStr\"").count(), 3);
        assert!(!sheet.contains("<f") && sheet.contains("_x005F_x0041_"), "{}", *sheet);
    }

    /// K128: the sheet is never moved as it grows: a copy with passwords would stay in memory.
    #[test]
    fn k128_the_sheet_has_room_from_the_start() {
        let worst = "\r".repeat(900);
        let rows = || [ODD, [&worst, &worst, ""]].into_iter();
        let sheet = sheet(rows());
        assert_eq!(sheet.capacity(), longest(rows()));
    }

    /// The same rows are the same bytes, and nothing else is taken for a workbook.
    #[test]
    fn the_same_rows_are_the_same_bytes() {
        let made = || write([ODD].into_iter()).unwrap();
        assert_eq!(made(), made());
        assert_eq!(read(b"namn;adress").unwrap(), None);
        assert!(read(b"PK cut off").is_err());
    }
}
