//! Exports, good and bad.

use std::collections::BTreeSet;
use std::path::PathBuf;

use generate::{
    Encoding, LineEnding, Mishap, Municipality, Options, Quality, Settings, Size, Town,
};

const SIZE: Size = Size::Xs;

fn town() -> Town {
    let settings = Settings { quality: Quality::Clean, ..Settings::default() };
    Municipality::generate(SIZE, 1).town(settings)
}

/// A folder of its own, gone when the test is over.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
impl Folder {
    fn of(name: &str, options: &Options) -> Self {
        let path =
            std::env::temp_dir().join(format!("generate-export-{name}-{}", std::process::id()));
        town().write_csv(&path, options).expect("written");
        Self(path)
    }

    fn bad(mishap: Mishap) -> Self {
        Self::of(mishap.name(), &Options { mishap: Some(mishap), ..Options::default() })
    }

    fn good(name: &str) -> Self {
        Self::of(name, &Options::default())
    }

    fn bytes(&self, table: &str) -> Vec<u8> {
        std::fs::read(self.0.join(format!("{table}.csv"))).expect("read")
    }

    /// Fields of every record after the header, quotes resolved.
    fn rows(&self, table: &str) -> Vec<Vec<String>> {
        let text = String::from_utf8(self.bytes(table)).expect("UTF-8");
        records(&text).split_off(1)
    }

    fn column(&self, table: &str, at: usize) -> Vec<String> {
        self.rows(table).into_iter().map(|row| row[at].clone()).collect()
    }
}

fn records(text: &str) -> Vec<Vec<String>> {
    let (mut all, mut row, mut field, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.next_if_eq(&'"').is_some() => field.push('"'),
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut field)),
            '\n' if !quoted => {
                row.push(std::mem::take(&mut field));
                all.push(std::mem::take(&mut row));
            }
            c => field.push(c),
        }
    }
    all
}

#[test]
fn every_mishap_has_a_name_and_a_sentence() {
    let names: BTreeSet<_> = Mishap::ALL.iter().map(|it| it.name()).collect();
    assert_eq!(names.len(), 15);
    for it in Mishap::ALL {
        assert_eq!(it.to_string().parse(), Ok(it));
        assert!(!it.description().is_empty());
    }
    let error = "no-such".parse::<Mishap>().expect_err("unknown").to_string();
    assert!(error.contains("missing-file, truncated-in-record"), "{error}");
}

#[test]
fn a_missing_file_is_not_there_even_if_it_was() {
    let folder = Folder::good("missing");
    let options = Options { mishap: Some(Mishap::MissingFile), ..Options::default() };
    town().write_csv(&folder.0, &options).expect("written");
    assert!(!folder.0.join("memberships.csv").exists());
    assert!(folder.0.join("persons.csv").exists());
}

/// K211: the night's file came half.
#[test]
fn a_file_ends_in_the_middle_of_a_record() {
    let text = String::from_utf8(Folder::bad(Mishap::TruncatedInRecord).bytes("persons")).unwrap();
    let last = text.lines().last().unwrap();
    assert!(!text.ends_with('\n') && !last.contains(','), "{last}");
    let lines = text.lines().count() - 2;
    assert!((190..225).contains(&lines), "{lines}");
}

/// K211: whole records, but not all of them.
#[test]
fn forty_percent_of_the_pupils_are_missing() {
    let folder = Folder::bad(Mishap::TruncatedRows);
    let (persons, pupils) = (folder.column("persons", 0), folder.column("enrolments", 1));
    assert_eq!(persons.len(), 43 + 180);
    assert_eq!(pupils.iter().collect::<BTreeSet<_>>().len(), 180);
    assert!(folder.column("memberships", 1).iter().all(|it| persons.contains(it)));
}

/// K210: a source that failed.
#[test]
fn files_are_empty_or_have_a_header_only() {
    assert!(Folder::bad(Mishap::EmptyFile).bytes("persons").is_empty());
    let folder = Folder::bad(Mishap::HeaderOnly);
    for table in ["schools", "persons", "groups", "memberships"] {
        assert_eq!(String::from_utf8(folder.bytes(table)).unwrap().lines().count(), 1);
    }
}

#[test]
fn a_school_loses_all_its_rows() {
    let folder = Folder::bad(Mishap::SchoolEmpty);
    let schools = folder.column("schools", 0);
    assert_eq!(schools.len(), 2);
    for (table, at) in [("enrolments", 2), ("duties", 2), ("groups", 1)] {
        let named = folder.column(table, at);
        assert!(!named.is_empty() && !named.contains(&schools[0]), "{table}");
    }
    let groups = folder.column("groups", 0);
    assert!(folder.column("memberships", 0).iter().all(|it| groups.contains(it)));
}

#[test]
fn a_year_is_lost() {
    let folder = Folder::bad(Mishap::YearLost);
    let years: BTreeSet<_> = folder.column("enrolments", 4).into_iter().collect();
    assert_eq!(years.into_iter().collect::<String>(), "012346789");
    assert_eq!(folder.column("persons", 0).len(), 343 - 30);
}

#[test]
fn columns_are_renamed_and_swapped() {
    let text = String::from_utf8(Folder::bad(Mishap::ColumnRenamed).bytes("persons")).unwrap();
    let head = text.lines().next().unwrap();
    assert!(head.contains(",surname,") && !head.contains("family_name"), "{head}");
    let swapped = Folder::bad(Mishap::ColumnsSwapped).rows("persons");
    let good = Folder::good("swapped").rows("persons");
    assert!(swapped.iter().zip(&good).all(|(a, b)| a[1] == b[3] && a[3] == b[1]));
}

#[test]
fn the_encoding_changes_half_way() {
    let bytes = Folder::bad(Mishap::EncodingWrong).bytes("persons");
    let (first, second) = bytes.split_at(bytes.len() / 3);
    assert!(String::from_utf8_lossy(first).contains('ö'));
    assert!(std::str::from_utf8(second).is_err());
}

#[test]
fn all_ids_are_others_and_fit_together() {
    let (folder, good) = (Folder::bad(Mishap::AllIdsChanged), Folder::good("ids"));
    let ids: BTreeSet<_> = folder.column("persons", 0).into_iter().collect();
    let old: BTreeSet<_> = good.column("persons", 0).into_iter().collect();
    assert_eq!((ids.len(), ids.intersection(&old).count()), (343, 0));
    assert_eq!(folder.column("persons", 1), good.column("persons", 1));
    assert!(folder.column("memberships", 1).iter().all(|it| ids.contains(it)));
    let groups = folder.column("groups", 0);
    assert!(folder.column("teachers", 0).iter().all(|it| groups.contains(it)));
}

#[test]
fn single_values_are_wrong() {
    let ids = Folder::bad(Mishap::DuplicateIds).column("persons", 0);
    assert_eq!(ids.len() - ids.iter().collect::<BTreeSet<_>>().len(), 4);
    let folder = Folder::bad(Mishap::DanglingReferences);
    let persons: BTreeSet<_> = folder.column("persons", 0).into_iter().collect();
    let nobody = folder.column("memberships", 1).into_iter().filter(|it| !persons.contains(it));
    assert_eq!(nobody.count(), 23);
    let backwards = Folder::bad(Mishap::EndBeforeStart).rows("memberships");
    assert_eq!(backwards.iter().filter(|it| it[3] < it[2]).count(), 23);
    let folder = Folder::bad(Mishap::FormulaAndControlNames);
    let names = folder.column("persons", 2);
    assert!(names[0].starts_with('=') && names.iter().any(|it| it.contains('\u{7}')));
    assert!(folder.column("groups", 2)[0].starts_with('='));
}

#[test]
fn a_table_reads_the_same_in_every_encoding() {
    let want = String::from_utf8(Folder::good("utf8").bytes("organisations")).unwrap();
    for (name, encoding) in Encoding::ALL {
        assert_eq!(name.parse(), Ok(encoding));
        let options = Options { encoding, line_ending: LineEnding::CrLf, ..Options::default() };
        let bytes = Folder::of(name, &options).bytes("organisations");
        let text = match encoding {
            Encoding::Utf8 => String::from_utf8(bytes).unwrap(),
            Encoding::Utf8Bom => {
                String::from_utf8(bytes).unwrap().strip_prefix('\u{feff}').unwrap().to_owned()
            }
            Encoding::Utf16Le => {
                let units: Vec<_> =
                    bytes.chunks(2).map(|it| u16::from_le_bytes([it[0], it[1]])).collect();
                String::from_utf16(&units).unwrap().strip_prefix('\u{feff}').unwrap().to_owned()
            }
            Encoding::Windows1252 => bytes.into_iter().map(char::from).collect(),
        };
        assert_eq!(text, want.replace('\n', "\r\n"), "{name}");
    }
}

#[test]
fn a_wide_file_has_a_row_per_pupil_and_group() {
    let folder = Folder::good("wide");
    town().write_wide_csv(&folder.0).expect("written");
    let text: String = folder.bytes("elever").into_iter().map(char::from).collect();
    assert!(text.starts_with("Skolenhetskod;Skola;Elev-id;Personnummer;Förnamn;"));
    let links = town().memberships.len();
    let rows = text.matches("\r\n").count() - 1;
    assert!((links..links + 20).contains(&rows), "{rows} for {links}");
}
