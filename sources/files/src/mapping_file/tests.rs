use std::fs;

use roster::supplement::{Entries, Fills, Match, MatchBy, Matching, Overwrite};
use roster::{Date, SourceError, SourceIndex, TenantKey};

use super::*;

const TODAY: Date = Date::constant(2026, 11, 28);

fn read(text: &[u8], more: &str) -> Result<Vec<String>, SourceError> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mappning.csv");
    fs::write(&file, text).unwrap();
    let settings = format!(
        "file = \"mappning.csv\"\nmatch = {{ source_id = \"Elevid\" }}\nfill = {{ email = \"E-post\", username = \"Konto\" }}\n{more}"
    );
    let mut settings: MappingFileSettings = toml::from_str(&settings).unwrap();
    assert_eq!(settings.problems(), []);
    settings.seen_from(folder.path());
    let matching = Matching {
        by: MatchBy::SourceId(SourceIndex(0)),
        fills: vec![Fills::Email, Fills::Username],
        domains: Vec::new(),
        overwrite: Overwrite::No,
    };
    let mut entries = Entries::new(&TenantKey::new([1; 32]), &matching, TODAY);
    MappingFile::new(settings).read_blocking(&mut entries)?;
    let directory = entries.finish()?;
    let told = |id: &str| match directory.of_id(Some(id)) {
        Match::One { email, username } => {
            format!("{} {}", email.unwrap_or("–"), username.unwrap_or("–"))
        }
        other @ (Match::Nobody
        | Match::Several
        | Match::Disabled
        | Match::WrongDomain
        | Match::Unidentified) => format!("{other:?}"),
    };
    Ok(["1", "2", "3"].map(told).to_vec())
}

/// K008, K067: a mapping file fills in by the register's own id.
#[test]
fn a_file_says_who_has_which_address() {
    let text = "Elevid;E-post;Konto\n1;åsa@exempel.se;asa\n2;;bo\n2;c@exempel.se;c\n;;\n";
    let expected = ["åsa@exempel.se asa", "Several", "Nobody"];
    assert_eq!(read(text.as_bytes(), "").unwrap(), expected);
    // Windows-1252 writes these letters with the bytes of their numbers.
    let latin: Vec<u8> = text.chars().map(|it| u8::try_from(u32::from(it)).unwrap()).collect();
    assert_eq!(read(&latin, "").unwrap(), expected);
}

/// K211: what is missing, empty or cut off is refused, and nothing of it is used.
#[test]
fn a_bad_file_is_refused() {
    let code = |text: &str| match read(text.as_bytes(), "") {
        Err(SourceError::Content { code, .. }) => code,
        other => panic!("{other:?}"),
    };
    assert_eq!(code(""), "empty");
    assert_eq!(code("Elevid;E-post;Konto\n"), "header_only");
    assert_eq!(code("Elevid;Epost;Konto\n1;a@exempel.se;a\n"), "missing_column");
    assert_eq!(code("Elevid;E-post;Konto;konto\n1;a@exempel.se;a;a\n"), "repeated_column");
    assert_eq!(code("Elevid;E-post;Konto\n1;a@exempel.se;a\n2;b@exem"), "truncated");
    assert_eq!(code("Elevid;E-post;Konto\n1;a@exempel.se;a\n2;b@exempel.se;b"), "truncated");
    assert_eq!(code("Elevid;E-post;Konto\n1;;\n"), "no_values");
}
