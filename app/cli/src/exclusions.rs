//! Lists of persons who must not be read.
//!
//! A line that is misread would let a person through, so what does not look like an id is an
//! error and never passed over.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, ensure};
use connect::encoding::{Utf8Reader, detect};

/// No id is longer, in characters.
const LONGEST: usize = 100;

/// The ids in the files: one a line; `#` begins a comment. Any encoding that registers have.
pub(crate) fn read(files: &[impl AsRef<Path>], base: &Path) -> anyhow::Result<Vec<String>> {
    let mut ids = Vec::new();
    for file in files {
        let path = base.join(file);
        let text = text(&path).with_context(|| {
            format!("cannot read the exclusion list {}: nothing is read without it", path.display())
        })?;
        for (at, line) in text.lines().enumerate() {
            let id = cleaned(line);
            if id.is_empty() {
                continue;
            }
            let is_id = !id.contains(char::is_whitespace) && id.chars().count() <= LONGEST;
            ensure!(
                is_id,
                "{}:{}: this is not an id: write one a line, and put # before a comment; nothing \
                 is read with a list that may be misunderstood",
                path.display(),
                at + 1
            );
            ids.push(id);
        }
    }
    Ok(ids)
}

fn text(path: &Path) -> anyhow::Result<String> {
    let encoding = detect(fs::File::open(path)?)?;
    let mut text = String::new();
    Utf8Reader::new(fs::File::open(path)?, encoding).read_to_string(&mut text)?;
    Ok(text)
}

/// The line without its comment and without what nobody sees.
fn cleaned(line: &str) -> String {
    let line = line.split('#').next().unwrap_or_default().trim();
    line.chars()
        .filter(|it| it.is_whitespace() || !is_unseen(*it))
        .collect::<String>()
        .trim()
        .to_owned()
}

/// Control characters, and those that only tell how others are shown (general category Cf, as
/// far as texts and their copying bring them).
fn is_unseen(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(bytes: &[u8]) -> anyhow::Result<Vec<String>> {
        let folder = tempfile::tempdir()?;
        fs::write(folder.path().join("list.txt"), bytes)?;
        read(&["list.txt"], folder.path())
    }

    fn utf_16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    /// K069: whatever program wrote the list, the persons in it are found.
    #[test]
    fn a_list_is_read_as_any_program_writes_it() {
        let text = "id-1\r\n\r\n# en kommentar\r\n id-2  # Åsa\r\nid-3";
        let marked = format!("\u{feff}{text}");
        let unseen =
            "\u{200b}id-1\u{feff}\n\u{200e}\n\u{feff} # c\nid\u{ad}-2\u{1}\nid-3\u{2060} \n";
        let mut windows = text.replace('Å', "\u{1}").into_bytes();
        let at = windows.iter().position(|byte| *byte == 1).unwrap();
        windows[at] = 0xC5;
        let table = [
            ("UTF-8", text.as_bytes().to_vec()),
            ("with a mark", marked.as_bytes().to_vec()),
            ("unseen characters", unseen.as_bytes().to_vec()),
            ("UTF-16LE", utf_16(&marked, u16::to_le_bytes)),
            ("UTF-16BE", utf_16(&marked, u16::to_be_bytes)),
            ("Windows-1252", windows),
        ];
        for (shows, bytes) in table {
            assert_eq!(ids(&bytes).unwrap(), ["id-1", "id-2", "id-3"], "{shows}");
        }
    }

    /// K069: a line that may hold more than an id stops everything, and is not repeated.
    #[test]
    fn a_line_that_is_not_an_id_is_refused() {
        for line in ["id-2 id-3", "id-2\tÅsa", &"x".repeat(101)] {
            let told = ids(format!("id-1\n{line}\n").as_bytes()).unwrap_err().to_string();
            assert!(told.contains("list.txt:2: ") && !told.contains(line), "{told}");
        }
        assert!(ids(b"id-1\nid-\0").is_err());
        assert!(read(&["nowhere.txt"], Path::new(".")).is_err());
    }
}
