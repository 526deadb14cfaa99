use roster::NoticeLevel;

use super::super::{Language, explain, explain_notice};
use super::*;

/// A register in which one file has other content.
fn with(file: &str, content: impl AsRef<[u8]>) -> tempfile::TempDir {
    let folder = register();
    std::fs::write(folder.path().join(file), content).unwrap();
    folder
}

fn uuid(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

/// A file of persons: the header, then one row per number, made by `row`.
fn persons(count: usize, row: impl Fn(usize) -> String) -> String {
    let header = PERSONS.lines().next().unwrap();
    (1..=count).fold(format!("{header}\n"), |text, number| text + &row(number) + "\n")
}

fn pupil(number: usize, birth: &str, marking: &str) -> String {
    format!("{},,Ada,Ek,a{number}@exempel.se,,{birth},Kvinna,{marking},Aktiv", uuid(number))
}

/// K210, K211, K018: what is not a whole register is refused, each fault in its own words.
#[test]
fn what_is_not_a_whole_register_is_refused() {
    let header = PERSONS.lines().next().unwrap().to_owned();
    let cut_in_row = PERSONS[..PERSONS.len() - 40].to_owned();
    let cut_in_quote = format!("{header}\n{},,\"Åsa\",\"Ob", uuid(1));
    let last_quote = format!("{},notes\n{},\"never ends", &header[..], pupil(1, "", "Ingen"));
    let ragged = PERSONS.replacen("Åsa,", "Åsa,Maria,", 1);
    let short = PERSONS.replacen("Åsa,Öberg,", "Åsa,", 1);
    let renamed = PERSONS.replacen("given_name", "givenname", 1);
    let twice = PERSONS.replacen("username", "email", 1);
    let swapped = persons(20, |n| pupil(n, "Stockholm", "Ingen"));
    let marking_swapped = persons(20, |n| pupil(n, "2015-01-01", "Kvinna"));
    let all_marked = persons(20, |n| pupil(n, "2015-01-01", "J"));
    let bad = persons(100, |n| pupil(n, if n % 10 == 0 { "15.3" } else { "2015-01-01" }, ""));
    let double = persons(40, |n| pupil(n / 2 + 1, ["2015-01-01", "2014-01-01"][n % 2], ""));
    let long = persons(9, |n| {
        pupil(n, "", "")
            .replace("Ada", &format!("\"{}\"", "A,\n".repeat(if n == 7 { 30_000 } else { 1 })))
    });
    let mut broken = PERSONS.as_bytes().to_vec();
    let at = broken.windows(2).rposition(|pair| pair == "ö".as_bytes()).unwrap();
    broken.remove(at);
    #[rustfmt::skip]
    let table: &[(&str, Vec<u8>, &str, &str)] = &[
        // file           content                      code                 place
        ("persons.csv",   Vec::new(),                  "empty",             "persons.csv"),
        ("persons.csv",   b" \n\n".to_vec(),           "empty",             "persons.csv"),
        ("persons.csv",   header.clone().into(),       "header_only",       "persons.csv"),
        ("schools.csv",   b"id,name\n".to_vec(),       "header_only",       "schools.csv"),
        ("persons.csv",   cut_in_row.into(),           "truncated",         "persons.csv:4"),
        ("persons.csv",   cut_in_quote.into(),         "truncated",         "persons.csv:2"),
        ("persons.csv",   last_quote.into(),           "truncated",         "persons.csv:2"),
        ("persons.csv",   ragged.into(),               "field_count",       "persons.csv:2"),
        ("persons.csv",   short.into(),                "field_count",       "persons.csv:2"),
        ("persons.csv",   long.into(),                 "field_too_long",    "persons.csv:14:given_name"),
        ("persons.csv",   renamed.into(),              "missing_column",    "persons.csv:1"),
        ("persons.csv",   twice.into(),                "repeated_column",   "persons.csv:1"),
        ("persons.csv",   broken,                      "wrong_encoding",    "persons.csv:4"),
        ("persons.csv",   PERSONS.replace("Ek", "E\0").into(), "control_character", "persons.csv:3"),
        ("persons.csv",   swapped.into(),              "swapped_columns",   "persons.csv:1:birth_date"),
        ("persons.csv",   marking_swapped.into(),      "swapped_columns",   "persons.csv:1:security_marking"),
        ("persons.csv",   all_marked.into(),           "marking_never_open", "persons.csv:1:security_marking"),
        ("persons.csv",   bad.into(),                  "bad_value",         "persons.csv:11:birth_date"),
        ("persons.csv",   double.into(),               "duplicate_id",      "persons.csv:4:id"),
    ];
    for (file, content, code, place) in table {
        let folder = with(file, content);
        assert_eq!(refusal(&settings(folder.path())), (*code, (*place).to_owned()), "{place}");
    }
}

/// Whoever mends the export does it once: all columns that are missing in any file are told.
#[test]
fn all_missing_columns_are_told_at_once() {
    let renamed = PERSONS.replacen("given_name", "gvien_name", 1);
    let folder = with("persons.csv", renamed.replacen("family_name", "efternamn", 1));
    let groups = std::fs::read_to_string(folder.path().join("groups.csv")).unwrap();
    let groups = groups.replacen("name", "benämning", 1);
    std::fs::write(folder.path().join("groups.csv"), groups).unwrap();
    let error = read(&settings(folder.path())).err().unwrap();
    let text = explain(&error, Language::Swedish);
    assert!(text.contains("persons.csv:1: given_name (≈ gvien_name), family_name"), "{text}");
    assert!(text.contains("groups.csv:1: name"), "{text}");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let folder = register();
    std::fs::remove_file(folder.path().join("groups.csv")).unwrap();
    let told = refusal(&settings(folder.path()));
    assert_eq!(told, ("missing_file", "groups.csv".to_owned()));
    let nowhere = settings(&folder.path().join("nowhere"));
    assert!(matches!(read(&nowhere), Err(SourceError::Unavailable { .. })));
    std::fs::remove_file(folder.path().join("organisations.csv")).unwrap();
}

/// K211: an export that is not done yet is read later.
#[test]
fn an_export_that_is_not_done_is_waited_for() {
    let folder = register();
    let mut settings = settings(folder.path());
    settings.complete_marker = Some("ready.txt".to_owned());
    assert!(matches!(read(&settings), Err(SourceError::Unavailable { .. })));
    std::fs::write(folder.path().join("ready.txt"), "").unwrap();
    assert!(read(&settings).is_ok());
    settings.min_age_seconds = Some(3600);
    let error = read(&settings).err().unwrap();
    assert!(explain(&error, Language::Swedish).contains("alldeles nyss"));
}

/// K069: a register without the marking is refused until somebody has accepted it.
#[test]
fn a_register_without_the_marking_is_refused_until_it_is_accepted() {
    let folder = with("persons.csv", PERSONS.replacen("security_marking", "something", 1));
    let mut settings = settings(folder.path());
    assert!(matches!(read(&settings), Err(SourceError::MarkingMissing { .. })));
    settings.marking.not_carried_acknowledged_by = Some(" ".to_owned());
    assert!(matches!(read(&settings), Err(SourceError::MarkingMissing { .. })));
    settings.marking.not_carried_acknowledged_by = Some("dataskyddsombud/A. Ek".to_owned());
    let (roster, _) = read(&settings).unwrap();
    assert_eq!(people(&roster).len(), 3);
}

/// K069: what nobody knows is protected, and faults of the protected are in no number.
#[test]
fn an_unknown_marking_is_protected_and_its_faults_are_not_told() {
    let text = persons(30, |n| match n {
        7 => pupil(7, "not a date", "Hemlig på något nytt sätt"),
        _ => pupil(n, "2015-01-01", "ingen"),
    });
    let folder = with("persons.csv", text);
    let (roster, report) = read(&settings(folder.path())).unwrap();
    assert_eq!(people(&roster).len(), 29);
    assert_eq!(report.notices, []);
}

#[test]
fn a_few_faults_are_told_and_the_rest_is_read() {
    let text = persons(300, |n| pupil(n, if n == 5 { "1512-45" } else { "2015-01-01" }, ""));
    let folder = with("persons.csv", text + &pupil(9, "2014-01-01", "") + "\n");
    let (roster, report) = read(&settings(folder.path())).unwrap();
    assert_eq!(people(&roster).len(), 300);
    let told: Vec<_> = report.notices.iter().map(|it| (it.level, it.code, it.count)).collect();
    let wanted = [(NoticeLevel::Warning, "bad_value", 1), (NoticeLevel::Error, "duplicate_id", 1)];
    assert_eq!(told, wanted);
    assert_eq!(report.notices[0].place, "persons.csv:6:birth_date");
    assert!(!report.notices[0].detail.contains("1512"), "the value is masked");
    let sentence = explain_notice(&report.notices[0], Language::Swedish);
    assert!(sentence.contains("▒▒▒ (a-z0-9, 7) i kolumnen birth_date"), "{sentence}");
}

/// A misspelt column that the register could do without is told, not silently left empty.
#[test]
fn a_column_that_is_not_there_is_told() {
    let folder = with("memberships.csv", MEMBERSHIPS.replacen("end_date", "enddate", 1));
    let (_, report) = read(&settings(folder.path())).unwrap();
    let told = explain_notice(&report.notices[0], Language::English);
    assert!(told.starts_with("memberships.csv:1: the column end_date is missing."), "{told}");
}

/// K069, K018: a value that says nothing of who a person is keeps nobody waiting.
#[test]
fn a_bad_value_beside_the_point_withholds_nobody() {
    let bad = PERSONS.replacen("011,,", "011,20150304-9811,", 1).replacen("Kvinna", "Qvinna", 1);
    let folder = with("persons.csv", bad);
    let year = ENROLMENTS.replacen(",GR,5,", ",GR,åk 5,", 1);
    std::fs::write(folder.path().join("enrolments.csv"), year).unwrap();
    let (roster, report) = read(&settings(folder.path())).unwrap();
    assert!(roster.left_out.is_empty());
    assert_eq!(roster.uncertain.len(), 1, "one pupil has all three faults");
    assert_eq!(people(&roster)[0].enrolments[0].school_year, None);
    for notice in &report.notices {
        let told = explain_notice(notice, Language::Swedish);
        assert!(told.contains("Raden är med utan "), "{told}");
    }
    let told: Vec<_> = report.notices.iter().map(|it| it.place.as_str()).collect();
    assert!(told.contains(&"persons.csv:2:sex"), "{told:?}");
    assert!(told.contains(&"enrolments.csv:2:school_year"), "{told:?}");

    let folder = with("persons.csv", PERSONS.replacen("Aktiv", "Slutat", 1));
    let (roster, report) = read(&settings(folder.path())).unwrap();
    assert_eq!(roster.left_out.len(), 1, "nobody knows whether the person remains");
    let told = explain_notice(&report.notices[0], Language::Swedish);
    assert!(told.contains("Personen lämnas oförändrad"), "{told}");
}

/// K033: a word that is in no list is told with the list and the setting that explains it.
#[test]
fn an_unknown_word_is_told_with_the_words_that_are_known() {
    let folder = with("groups.csv", GROUPS.replacen("Klass", "Ämnesgrupp", 1));
    let (_, report) = read(&settings(folder.path())).unwrap();
    let told = explain_notice(&report.notices[0], Language::Swedish);
    for part in ["groups.csv:2:type", "Klass, ", "values.type", "Raden är inte med"] {
        assert!(told.contains(part), "{told}");
    }
}

/// A demanded encoding that is not the file's is blamed on the setting too.
#[test]
fn a_wrong_encoding_points_at_the_setting() {
    let latin: Vec<u8> = PERSONS.chars().map(|it| u8::try_from(it).unwrap()).collect();
    let folder = with("persons.csv", latin);
    let mut settings = settings(folder.path());
    settings.encoding = Some(super::super::EncodingName::Utf8);
    let error = read(&settings).err().unwrap();
    let told = explain(&error, Language::Swedish);
    assert!(told.contains("Inställningen encoding"), "{told}");
}

/// A row that cannot be understood is left out when it is a relation.
#[test]
fn a_relation_that_cannot_be_understood_is_left_out() {
    let folder = with("duties.csv", DUTIES.replace("Skoladministratör", "Vaktmästare"));
    let (roster, report) = read(&settings(folder.path())).unwrap();
    assert!(people(&roster).iter().all(|person| person.duties.is_empty()));
    assert_eq!(
        (report.notices[0].level, report.notices[0].code),
        (NoticeLevel::Error, "bad_value")
    );
}

#[test]
fn a_file_without_a_final_newline_is_read_with_a_warning() {
    let folder = with("persons.csv", PERSONS.trim_end());
    let (_, report) = read(&settings(folder.path())).unwrap();
    assert_eq!(report.notices[0].code, "no_final_newline");
}

/// Every refusal is a sentence in both languages, names the remedy and no value.
#[test]
fn a_refusal_says_what_why_and_what_to_do() {
    let folder = with("persons.csv", PERSONS.replacen("given_name", "givenname", 1));
    let error = read(&settings(folder.path())).err().unwrap();
    let english = explain(&error, Language::English);
    assert!(english.contains("The nearest is givenname."), "{english}");
    assert!(explain(&error, Language::Swedish).contains("Kolumnen given_name saknas"));

    let headless = PERSONS.lines().skip(1).collect::<Vec<_>>().join("\n");
    let folder = with("persons.csv", headless);
    let error = read(&settings(folder.path())).err().unwrap();
    let swedish = explain(&error, Language::Swedish);
    assert!(!swedish.contains("asa@exempel.se"), "values of a file without header: {swedish}");
    assert!(!swedish.contains('{') && !swedish.contains('['), "{swedish}");
}

proptest::proptest! {
    /// K210, K211: whatever a file holds, it is read or refused.
    #[test]
    fn any_bytes_are_read_or_refused(
        bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300),
        at in 0_usize..400,
        keep_header in proptest::bool::ANY,
    ) {
        let mut content = PERSONS.as_bytes().to_vec();
        let header = PERSONS.lines().next().map_or(0, str::len) + 1;
        let at = if keep_header { header + at } else { at }.min(content.len());
        let end = (at + 3).min(content.len());
        content.splice(at..end, bytes);
        let folder = with("persons.csv", content);
        if let Err(error) = read(&settings(folder.path())) {
            proptest::prop_assert!(!explain(&error, Language::Swedish).is_empty());
        }
    }
}

/// Every code that a read can give has a sentence of its own in both languages.
#[test]
fn every_code_has_a_sentence() {
    let codes = [
        "empty",
        "header_only",
        "truncated",
        "missing_column",
        "missing_columns",
        "repeated_column",
        "missing_file",
        "wrong_encoding",
        "control_character",
        "swapped_columns",
        "field_count",
        "field_too_long",
        "duplicate_id",
        "repeated_row",
        "bad_value",
        "missing_value",
        "marking_never_open",
        "column_absent",
        "no_rows",
        "no_final_newline",
    ];
    for code in codes {
        let error = SourceError::Content { code, place: "x.csv".into(), detail: "a=b".into() };
        for language in [Language::Swedish, Language::English] {
            let text = explain(&error, language);
            assert!(text.contains("x.csv") && !text.contains("a=b"), "{code}: {text}");
        }
    }
}

/// Relations of a large file are made where it is read; what comes of it, and what is said of
/// its faults, is the same.
#[test]
fn relations_of_a_large_file_are_those_of_a_small_one() {
    let odd = "00000000-0000-4000-8000-000000000021,00000000-0000-4000-8000-000000000012,x,
00000000-0000-4000-8000-000000000022,00000000-0000-4000-8000-000000000012,2026-09-01,2026-08-01
Klass 7,person 7,2026-08-15,
";
    let read_with = |times: usize| {
        let folder = register();
        let rows = MEMBERSHIPS.split_once('\n').unwrap().1;
        let text = format!("{MEMBERSHIPS}{odd}{}", rows.repeat(times));
        std::fs::write(folder.path().join("memberships.csv"), text).unwrap();
        let (roster, report) = read(&settings(folder.path())).unwrap();
        let said: Vec<_> =
            report.notices.into_iter().map(|it| (it.code, it.place, it.count)).collect();
        (people(&roster), roster.left_out.clone(), said)
    };
    let (small, large) = (read_with(100), read_with(60_000));
    assert_eq!(small, large);
    let (people, left_out, said) = large;
    let groups = people.iter().map(|it| it.memberships.len());
    assert_eq!(groups.sum::<usize>(), 3, "the two of the pupil, and the reversed one");
    assert_eq!((left_out.len(), said.len()), (1, 1));
}
