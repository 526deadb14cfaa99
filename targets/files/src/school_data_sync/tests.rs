use std::fs;
use std::path::Path;

use proptest::prelude::*;
use roster::Key;
use state::{
    Kind, Member, Object, ObjectRef, Outcome, PublishedIds, Row, Target, TargetError, Value,
};
use testkit::{FileSet, Rows, deliver, file_set};

use super::*;

mod read_back;

fn key(byte: u8) -> Key {
    Key::from_bytes([byte; 16])
}

fn id(kind: Kind, byte: u8) -> ObjectRef {
    ObjectRef { kind, key: key(byte) }
}

fn t(text: &str) -> Value {
    if text.is_empty() { Value::None } else { Value::Text(text.to_owned()) }
}

fn object(kind: Kind, byte: u8, values: Vec<Value>) -> Row {
    Row::Object(Object { id: id(kind, byte), values, schools: Vec::new() })
}

fn member(kind: Kind, container: ObjectRef, user: u8, role: &str, values: Vec<Value>) -> Row {
    let (member, role) = (id(USER, user), role.to_owned());
    Row::Member(Member { kind, container, member, role, values, schools: Vec::new() })
}

fn user(byte: u8, username: &str, given: &str, family: &str) -> Row {
    let mut values = vec![t(username), t(given), t(family), t(""), t(username)];
    values.resize(11, Value::None);
    object(USER, byte, values)
}

fn role(user: u8, org: u8, role: &str, grade: &str, primary: &str) -> Row {
    let values = vec![Value::None, t(grade), t(primary), t("2026-08-17"), t("")];
    member(ROLE, id(ORG, org), user, role, values)
}

/// A municipality (1), a school (2), a term (3), a course (4) and a class (5).
fn frame() -> Vec<Row> {
    vec![
        object(ORG, 1, vec![t("Exempelköpings kommun"), t("municipality"), Value::None]),
        object(ORG, 2, vec![t("Ekskolan"), t("school"), Value::Ref(id(ORG, 1))]),
        object(
            SESSION,
            3,
            vec![t("HT 2026"), t("term"), t("2026"), t("2026-08-17"), t("2026-12-31")],
        ),
        object(
            COURSE,
            4,
            vec![Value::Ref(id(ORG, 2)), t("Matematik"), t("GRGRMAT01"), t(""), t(""), Value::None],
        ),
        object(
            CLASS,
            5,
            vec![
                Value::Ref(id(ORG, 2)),
                t("9A, \"eken\""),
                Value::Refs(vec![id(SESSION, 3)]),
                Value::Ref(id(COURSE, 4)),
                t("9A"),
            ],
        ),
    ]
}

/// The frame with a pupil (10), a teacher who also studies (11) and a guardian (12).
fn small() -> Vec<Row> {
    let mut rows = frame();
    let mut pupil = user(10, "asa@example.se", "Åsa", "Öberg");
    if let Row::Object(object) = &mut pupil {
        object.values[8] = t("female");
        object.values[9] = t("2011-02-03");
        object.values[10] = t("iep");
    }
    rows.extend([
        pupil,
        role(10, 2, "student", "9", "true"),
        member(ENROLLMENT, id(CLASS, 5), 10, "student", vec![]),
        user(11, "bo@example.se", "=Bo", "Ek\r\nAlm"),
        role(11, 2, "teacher", "", "true"),
        role(11, 2, "student", "", ""),
        member(ENROLLMENT, id(CLASS, 5), 11, "teacher", vec![]),
        user(12, "cia@example.com", "Cia", "Öberg"),
        member(RELATIONSHIP, id(USER, 10), 12, "guardian", vec![]),
    ]);
    rows
}

fn settings(folder: &Path, format: Format) -> Settings {
    Settings {
        deliver: Deliver { folder: folder.to_owned() },
        format,
        files: vec![
            Extra::AcademicSessions,
            Extra::Courses,
            Extra::Classes,
            Extra::Demographics,
            Extra::UserFlags,
            Extra::Relationships,
        ],
        ended_files: Vec::new(),
        matching: Matching::default(),
        added_grades: Vec::new(),
        file_case: FileCase::Lower,
        date_format: DateFormat::Iso,
    }
}

fn usual(folder: &Path) -> Settings {
    let files = vec![Extra::AcademicSessions, Extra::Courses, Extra::Classes];
    Settings { files, ..settings(folder, Format::V2_1) }
}

async fn send(settings: Settings, rows: &[Row]) -> Result<Outcome, TargetError> {
    let target = SchoolDataSync::new("sds", settings);
    deliver(&target, Rows::new(rows), &PublishedIds::default()).await
}

/// What `send` refused, or nothing.
async fn refusal(settings: Settings, rows: &[Row]) -> String {
    match send(settings, rows).await {
        Err(TargetError::Invalid { detail, .. }) => detail,
        Err(other) => panic!("{other}"),
        Ok(_) => String::new(),
    }
}

/// The set as one text: short ids, so that a reader sees which is which.
fn read(folder: &Path) -> String {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != connect::files::MANIFEST)
        .collect();
    names.sort();
    let mut text = String::new();
    for name in names {
        let body = fs::read_to_string(folder.join(&name)).unwrap();
        assert!(body.ends_with("\r\n"), "{name} ends with CR LF");
        text += &["# ", &name, "\n", &body.replace("\r\n", "\n")].concat();
    }
    for byte in 1..=20 {
        text = text.replace(&key(byte).to_string(), &format!("<{byte}>"));
    }
    text
}

const V2_1_GOLDEN: &str = include_str!("fixtures/v2.1.txt");
const V1_GOLDEN: &str = include_str!("fixtures/v1.txt");

/// K034, K046, K059, K065: every file of v2.1, from rows alone and without any account.
/// Names with quotes, commas and formula signs stay; a line break becomes a space.
#[tokio::test]
async fn every_file_of_v2_1_is_as_the_golden_one() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(&folder.path().join("sds"), Format::V2_1);
    let at = settings.deliver.folder.clone();
    send(settings, &small()).await.unwrap();
    assert_eq!(read(&at), V2_1_GOLDEN);
    assert_eq!(check(&at, Format::V2_1, &[]).unwrap(), []);
}

/// K034: the same rows in the format of School Data Sync (Classic).
#[tokio::test]
async fn every_file_of_v1_is_as_the_golden_one() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("sds");
    let capitalised = FileCase::Capitalised;
    for case in [FileCase::Lower, capitalised] {
        let at = at.join(format!("{case:?}"));
        send(Settings { file_case: case, ..settings(&at, Format::V1) }, &small()).await.unwrap();
        assert_eq!(check(&at, Format::V1, &[]).unwrap(), []);
        let text = read(&at);
        if case == capitalised {
            assert!(text.contains("# StudentEnrollment.csv\n"));
        } else {
            assert_eq!(text, V1_GOLDEN);
        }
    }
}

#[tokio::test]
async fn v1_dates_are_compact_when_the_settings_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("sds");
    let settings = Settings { date_format: DateFormat::Compact, ..settings(&at, Format::V1) };
    send(settings, &small()).await.unwrap();
    assert!(read(&at).contains(",20260817,20261231,"));
    assert_eq!(check(&at, Format::V1, &[]).unwrap(), []);
}

/// What says more of a person comes only where the settings name it.
#[tokio::test]
async fn the_usual_set_has_no_contacts_sex_or_birth_date() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("sds");
    send(usual(&at), &small()).await.unwrap();
    let text = read(&at);
    assert!(!text.contains("cia@example.com") && !text.contains("2011-02-03"));
    assert_eq!(text.matches("# ").count(), 7);
    assert_eq!(check(&at, Format::V2_1, &[]).unwrap(), []);
}

/// K054: a line that the receiver would refuse is stopped before anything is written.
#[tokio::test]
async fn what_the_receiver_would_refuse_is_not_delivered() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("sds");
    let bad = [
        (user(20, "", "A", "B"), "users.csv username of"),
        (object(ORG, 20, vec![t("X"), t("skola")]), "orgs.csv type of"),
        (object(ORG, 20, vec![t("X"), t("school"), Value::Ref(id(ORG, 99))]), "not in the set"),
        (object(ORG, 20, vec![t("X"), t("school"), Value::Ref(id(USER, 10))]), "not in the set"),
        (role(10, 99, "student", "", ""), "roles.csv orgSourcedId"),
        (role(10, 2, "elev", "", ""), "roles.csv role of"),
        (role(19, 2, "student", "", ""), "is not in the set"),
        (member(ENROLLMENT, id(CLASS, 99), 10, "student", vec![]), "enrollments.csv class"),
        (member(RELATIONSHIP, id(USER, 99), 12, "parent", vec![]), "relationships.csv user"),
        (object(CLASS, 20, vec![Value::None, t("X")]), "classes.csv orgSourcedId of"),
        (
            object(CLASS, 20, vec![Value::Refs(vec![id(ORG, 1), id(ORG, 2)]), t("X")]),
            "one reference",
        ),
        (object(SESSION, 20, vec![t("X"), t("term"), t("26")]), "academicSessions.csv schoolYear"),
        (object(Kind(9), 20, vec![]), "no kind on the card"),
    ];
    for (row, expected) in bad {
        let mut rows = small();
        rows.push(row);
        let detail = refusal(settings(&at, Format::V2_1), &rows).await;
        assert!(detail.contains(expected), "{expected}: {detail}");
        assert!(!detail.contains("example"), "our ids alone: {detail}");
        assert!(!at.exists());
    }
}

/// What School Data Sync would drop with a warning, we leave out and count.
#[tokio::test]
async fn an_optional_value_that_is_not_allowed_is_left_out_unless_the_tenant_added_it() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("sds");
    let mut rows = small();
    rows.push(role(10, 1, "student", "åk9", ""));
    rows.push(role(12, 1, "staff", "FSK", ""));
    let added = Settings { added_grades: vec!["FSK".to_owned()], ..usual(&at) };
    send(added, &rows).await.unwrap();
    let text = read(&at);
    assert!(text.contains(",FSK,") && !text.contains("åk9"));
    assert_ne!(check(&at, Format::V2_1, &[]).unwrap(), []);
    assert_eq!(check(&at, Format::V2_1, &["FSK".to_owned()]).unwrap(), []);
}

#[tokio::test]
async fn two_objects_with_one_published_id_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let target = SchoolDataSync::new("sds", usual(&folder.path().join("sds")));
    let published = PublishedIds::new([(id(USER, 10), key(11))]);
    let outcome = deliver(&target, Rows::new(&small()), &published).await;
    assert!(matches!(outcome, Err(TargetError::Invalid { .. })));
}

#[tokio::test]
async fn a_file_that_was_delivered_stays_until_the_settings_end_it() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("sds");
    send(settings(&at, Format::V2_1), &small()).await.unwrap();
    assert!(refusal(usual(&at), &small()).await.contains("was delivered before"));
    let ended_files = vec![Extra::Demographics, Extra::UserFlags, Extra::Relationships];
    send(Settings { ended_files, ..usual(&at) }, &small()).await.unwrap();
    assert!(!at.join("demographics.csv").exists());
}

/// A process that died between the two renames: the next one puts the folder right.
#[tokio::test]
async fn a_killed_process_leaves_a_whole_set() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("sds");
    send(usual(&at), &small()).await.unwrap();
    let before = read(&at);
    let half = folder.path().join("sds.new");
    std::mem::forget(Generation::begin(&at).unwrap());
    fs::write(half.join("users.csv"), "half").unwrap();
    assert_eq!(send(usual(&at), &small()).await.unwrap(), Outcome::AlreadySo);
    assert!(!half.exists());
    fs::rename(&at, &half).unwrap();
    assert_eq!(send(usual(&at), &small()).await.unwrap(), Outcome::AlreadySo);
    assert_eq!(read(&at), before);
}

/// A folder that holds anything else, such as the tenant's own, is refused and left whole.
#[tokio::test]
async fn a_folder_of_somebody_else_is_not_moved() {
    let folder = tempfile::tempdir().unwrap();
    let tenant = folder.path().join("tenant");
    fs::create_dir_all(tenant.join("in")).unwrap();
    fs::write(tenant.join("skolbro.toml"), "settings").unwrap();
    for _ in 0..2 {
        let told = refusal(usual(&tenant), &small()).await;
        assert!(told.contains("tenant/in ") && told.contains("choose an empty folder"), "{told}");
    }
    assert_eq!(fs::read_to_string(tenant.join("skolbro.toml")).unwrap(), "settings");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing beside it");
}

/// A contact of v1 is known by its address alone in the file of relations.
#[tokio::test]
async fn a_forgotten_contact_leaves_no_address_behind() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("sds");
    let target = SchoolDataSync::new("sds", settings(&at, Format::V1));
    deliver(&target, Rows::new(&small()), &PublishedIds::default()).await.unwrap();
    target.forget(&[key(12)]).await.unwrap();
    assert!(!read(&at).contains("cia@example.com"));
    assert!(read(&at).contains("asa@example.se"));
}

fn people(names: &[&str]) -> Vec<Row> {
    let mut rows = frame();
    for (at, name) in (0_u8..).zip(names) {
        let byte = FileSet::person(USER, at).key.as_bytes()[0];
        rows.push(user(byte, &format!("p{at}@example.se"), name, name));
        rows.push(role(byte, 2, "student", "9", ""));
        rows.push(member(ENROLLMENT, id(CLASS, 5), byte, "student", vec![]));
    }
    rows
}

/// K034, K059: what every target of files must keep.
#[tokio::test]
async fn both_formats_keep_what_every_file_set_must() {
    for format in [Format::V2_1, Format::V1] {
        let folder = tempfile::tempdir().unwrap();
        let make = |at: &Path| -> Box<dyn Target> {
            Box::new(SchoolDataSync::new("sds", settings(at, format)))
        };
        let set = FileSet { make: &make, rows: &people, person: USER };
        assert_eq!(file_set(&set, folder.path()).await, Ok(()));
    }
}

#[test]
fn matching_counts_those_whom_the_receiver_would_not_find() {
    let rule = |source| Some(MatchRule { source, domain: None });
    let matching = Matching {
        staff: rule(MatchSource::ActiveDirectoryMatchId),
        student: rule(MatchSource::Username),
    };
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings { matching, ..usual(&folder.path().join("sds")) };
    let mut rows = small();
    rows.extend([user(13, "dan", "Dan", "Ek"), role(13, 2, "student", "", "")]);
    let (rows, published) = (Rows::new(&rows), PublishedIds::default());
    let delivery = testkit::first(&rows, &published);
    let written = write::write(delivery, &settings, &mut |_| Ok(Vec::new())).unwrap();
    assert!(written.notes.iter().any(|note| note.starts_with("1 users lack")));
    assert!(written.notes.iter().any(|note| note.starts_with("1 users have a name without")));
}

/// K058: the card says what the receiver does, and rows fit it. K065: nothing on it can hold
/// an identity number unless the tenant writes the expression.
#[test]
fn the_card_holds_the_kinds_that_the_writer_expects() {
    let named = |name| CARD.object_named(name);
    assert_eq!(named("user"), Some(USER));
    assert_eq!([named("org"), named("class")], [Some(ORG), Some(CLASS)]);
    assert_eq!(CARD.membership_named("relationship"), Some(RELATIONSHIP));
    for (at, kind) in CARD.objects.iter().enumerate() {
        for attribute in kind.attributes {
            assert!(attribute.refers_to.is_none_or(|to| usize::from(to.0) <= at));
        }
    }
    let user = CARD.object(USER).unwrap();
    let place = |name| user.attributes.iter().position(|attribute| attribute.name == name);
    assert_eq!(place("flags"), Some(map::at::FLAGS));
    assert!(place("password").is_none(), "no password is ever sent");
    assert!(!user.attributes.iter().any(|attribute| attribute.default.contains("number")));
}

/// What the settings leave out has a usual value, and a misspelt key is refused.
#[test]
fn settings_are_read_and_checked() {
    let parse = |text: &str| serde_json::from_str::<Settings>(text);
    let usual_one = usual(Path::new("out/sds"));
    assert_eq!(parse(r#"{"deliver": {"folder": "out/sds"}}"#).unwrap(), usual_one);
    assert_eq!(usual_one.problems(), []);
    assert!(parse(r#"{"deliver": {"folder": "sds"}, "formt": "v1"}"#).is_err());
    let wrong = r#"{"deliver": {"folder": "/"}, "files": ["userFlags"],
        "ended_files": ["userFlags"], "added_grades": ["åk 1"], "date_format": "compact",
        "file_case": "capitalised", "matching": {"student": {"domain": "@elev.se"}}}"#;
    let paths: Vec<_> = parse(wrong).unwrap().problems().iter().map(|p| p.path.join(".")).collect();
    let expected = [
        "file_case",
        "date_format",
        "deliver.folder",
        "ended_files",
        "matching.student.domain",
        "added_grades",
    ];
    assert_eq!(paths, expected);
}

fn any_rows() -> impl Strategy<Value = Vec<Row>> {
    let text = prop_oneof![".{0,12}", "[\\PC\\pC]{0,6}", Just("school".to_owned())];
    let value = prop_oneof![
        Just(Value::None),
        text.prop_map(Value::Text),
        (0_u8..6, 1_u8..8).prop_map(|(kind, byte)| Value::Ref(id(Kind(kind), byte))),
    ];
    let values = prop::collection::vec(value, 0..12);
    let object = (0_u8..5, 1_u8..8, values.clone())
        .prop_map(|(kind, byte, values)| object(Kind(kind), byte, values));
    let roles = prop_oneof![Just("student"), Just("teacher"), Just("guardian"), Just("x")];
    let member = (0_u8..3, 0_u8..5, 1_u8..8, 1_u8..8, roles, values).prop_map(
        |(kind, of, container, user, role, values)| {
            member(Kind(kind), id(Kind(of), container), user, role, values)
        },
    );
    prop::collection::vec(prop_oneof![object, member], 0..8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// K054: any rows give a set that the receiver takes, or an error; never a panic.
    #[test]
    fn any_rows_give_a_good_set_or_an_error(more in any_rows(), v1 in any::<bool>(), name in any::<String>()) {
        let format = if v1 { Format::V1 } else { Format::V2_1 };
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("sds");
        let mut rows = people(&["Ada", &name]);
        rows.extend(more);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let sent = runtime.block_on(send(settings(&at, format), &rows));
        match sent {
            Ok(_) => prop_assert_eq!(check(&at, format, &[]).unwrap(), []),
            Err(TargetError::Invalid { .. }) => prop_assert!(!at.exists()),
            Err(other) => prop_assert!(false, "{other}"),
        }
    }
}

/// The table of files is the one that Microsoft publishes.
#[test]
fn the_table_is_the_published_one() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let specs = std::env::var_os("SKOLBRO_SPECS")
        .map_or_else(|| root.join("../shared/specs"), std::path::PathBuf::from);
    let Ok(text) = fs::read_to_string(specs.join("microsoft/sds-formats.json")) else {
        println!("skipped: no published tables beside the repository (SKOLBRO_SPECS)");
        return;
    };
    let oracle: serde_json::Value = serde_json::from_str(&text).unwrap();
    let published = oracle["v2.1"]["files"].as_object().unwrap();
    assert_eq!(published.len(), table::V2_1.len());
    for file in table::V2_1 {
        let columns = published[file.name].as_array().unwrap();
        assert_eq!(columns.len(), file.columns.len(), "{}", file.name);
        for (theirs, ours) in columns.iter().zip(file.columns) {
            let [name, need, content] = [0, 1, 2].map(|at| theirs[at].as_str().unwrap());
            assert_eq!(name, ours.name, "{}", file.name);
            assert_eq!(need == "required", ours.need == table::Need::Always, "{name}");
            same_content(content, ours, &oracle["v2.1"]["enums"]);
        }
    }
    for file in table_v1::ALL {
        let theirs = &oracle["v1"]["files"][file.name];
        let list = |of: &str| -> Vec<String> {
            let names = theirs[of].as_array().map(Vec::as_slice).unwrap_or_default();
            names.iter().map(|name| name.as_str().unwrap().to_owned()).collect()
        };
        let required = list("required");
        let all = [required.clone(), list("requiredIfCreateUsers"), list("optional")].concat();
        assert_eq!(file.columns.iter().map(|c| c.name).collect::<Vec<_>>(), all, "{}", file.name);
        let ours = file.columns.iter().filter(|column| column.need == table::Need::Always);
        assert_eq!(ours.map(|c| c.name).collect::<Vec<_>>(), required, "{}", file.name);
    }
}

fn same_content(content: &str, ours: &table::Column, enums: &serde_json::Value) {
    use table::Content;
    let name = ours.name;
    let words = |list: &serde_json::Value| -> Vec<String> {
        let words = list.as_array().map(Vec::as_slice).unwrap_or_default();
        words.iter().map(|word| word.as_str().unwrap().to_owned()).collect()
    };
    match ours.content {
        Content::OneOf(list) => {
            let theirs = &enums[content.strip_prefix("enum:").unwrap()];
            let parts = ["values", "staff", "student", "none"].map(|part| words(&theirs[part]));
            assert_eq!(list, parts.concat(), "{name}");
        }
        Content::Ref(file) => {
            assert!(content.starts_with(&format!("ref:{}", stem(file))), "{name}");
        }
        Content::Refs(file) => assert_eq!(content, format!("ref-list:{}", stem(file)), "{name}"),
        Content::Id => assert_eq!(content, "id", "{name}"),
        Content::Boolean => assert!(content.starts_with("boolean"), "{name}"),
        Content::Date => assert!(content.starts_with("date"), "{name}"),
        Content::Year => assert!(content.starts_with("year"), "{name}"),
        // Lists of which only samples are published.
        Content::Code => assert!(matches!(content, "enum:subject" | "enum:flag"), "{name}"),
        Content::Text => {
            assert!(matches!(content, "string" | "email" | "E.164" | "list"), "{name}: {content}");
        }
    }
}

fn stem(file: &str) -> &str {
    file.trim_end_matches(".csv")
}
