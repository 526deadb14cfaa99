//! A small municipality in rows, and a receiver that takes packages in.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use roster::Key;
use state::{
    Delivery, Held, Kind, Member, Object, ObjectRef, Outcome, PublishedIds, Row, TargetError, Value,
};
use testkit::oneroster::{Diagnosis, Package, Spec, Total, diagnose};
use testkit::{Rows, deliver_as};

use super::*;

mod bad;
mod bulk;
mod delta;
mod sums;

fn key(byte: u8) -> Key {
    Key::from_bytes([byte; 16])
}

fn id(kind: Kind, byte: u8) -> ObjectRef {
    ObjectRef { kind, key: key(byte) }
}

fn t(text: &str) -> Value {
    if text.is_empty() { Value::None } else { Value::Text(text.to_owned()) }
}

fn to(kind: Kind, byte: u8) -> Value {
    Value::Ref(id(kind, byte))
}

fn object(kind: Kind, byte: u8, values: Vec<Value>) -> Row {
    Row::Object(Object { id: id(kind, byte), values, schools: Vec::new() })
}

fn member(kind: Kind, container: ObjectRef, user: u8, role: &str, values: Vec<Value>) -> Row {
    let (member, role) = (id(USER, user), role.to_owned());
    Row::Member(Member { kind, container, member, role, values, schools: Vec::new() })
}

fn user(byte: u8, username: &str, given: &str, family: &str) -> Row {
    let mut values = vec![t(username), t(given), t(family), t("true")];
    values.resize(15, Value::None);
    values[card::at::EMAIL] = t(&format!("{byte}@example.se"));
    object(USER, byte, values)
}

fn role(user: u8, org: u8, role: &str, grade: &str) -> Row {
    let values = vec![t(grade), t("TRUE"), t("2026-08-17"), t("2027-06-11")];
    member(ROLE, id(ORG, org), user, role, values)
}

fn place(user: u8, class: u8, role: &str) -> Row {
    member(ENROLLMENT, id(CLASS, class), user, role, vec![t("2026-08-17"), Value::None])
}

fn class(byte: u8, title: &str, course: u8, school: u8, terms: &[u8], kind: &str) -> Row {
    let terms = Value::Refs(terms.iter().map(|byte| id(SESSION, *byte)).collect());
    let mut values = vec![t(title), t(""), to(COURSE, course), t(""), t(kind), t("")];
    values.extend([to(ORG, school), terms, t(""), t(""), t("")]);
    object(CLASS, byte, values)
}

fn session(byte: u8, title: &str, kind: &str, days: [&str; 2], parent: Value) -> Row {
    let [start, end] = days;
    object(SESSION, byte, vec![t(title), t(kind), t(start), t(end), parent, t("2027")])
}

fn course(byte: u8, year: Value, title: &str, code: &str, school: u8) -> Row {
    let values = vec![year, t(title), t(code), t(""), to(ORG, school), t(""), t("")];
    object(COURSE, byte, values)
}

/// A municipality (1) with two schools (2, 3), a year (4) with its terms (5, 6), courses
/// (7, 8), a class (9) and a teaching group (10).
fn frame() -> Vec<Row> {
    vec![
        object(ORG, 1, vec![t("Exempelköpings kommun"), t("district"), t(""), Value::None]),
        object(ORG, 2, vec![t("Ekskolan"), t("school"), t("99999901"), to(ORG, 1)]),
        object(ORG, 3, vec![t("Alskolan"), t("school"), t("99999902"), to(ORG, 1)]),
        session(4, "2026/2027", "schoolYear", ["2026-07-01", "2027-06-30"], Value::None),
        session(5, "HT 2026", "term", ["2026-07-01", "2026-12-31"], to(SESSION, 4)),
        session(6, "VT 2027", "term", ["2027-01-01", "2027-06-30"], to(SESSION, 4)),
        course(7, to(SESSION, 4), "Klass", "", 2),
        course(8, Value::None, "Matematik", "GRGRMAT01", 2),
        class(9, "9A, \"eken\"", 7, 2, &[5, 6], "homeroom"),
        class(10, "Ma 9A", 8, 2, &[5, 6], "scheduled"),
    ]
}

/// With a pupil (20), a teacher who also studies (21) and another teacher (22).
fn small() -> Vec<Row> {
    let mut rows = frame();
    rows.extend([
        user(20, "asa", "Åsa", "Öberg"),
        role(20, 2, "student", "09"),
        place(20, 9, "student"),
        place(20, 10, "student"),
        user(21, "bo", "Bo", "Ek"),
        role(21, 2, "teacher", ""),
        role(21, 2, "student", ""),
        place(21, 9, "teacher"),
        user(22, "cia", "Cia", "Alm"),
        role(22, 2, "principal", ""),
        place(22, 9, "teacher"),
        place(22, 10, "teacher"),
    ]);
    rows
}

fn settings(folder: &Path, version: Version, sends: Sends) -> Settings {
    let folder = folder.to_owned();
    let deliver = Deliver { folder, form: Form::Zip, sends, bulk_every_days: 7, keep_bulks: 2 };
    Settings { deliver, version, include: Vec::new(), grades: Grades::Swedish }
}

/// What the engine does between deliveries, and what a receiver makes of the packages.
struct Receiver {
    settings: Settings,
    before: Rows,
    published: PublishedIds,
    number: u64,
    at: Timestamp,
    total: Total,
}

impl Receiver {
    fn new(settings: Settings) -> Self {
        Self {
            settings,
            before: Rows::default(),
            published: PublishedIds::default(),
            number: 0,
            at: "2026-09-01T02:14:00Z".parse().unwrap(),
            total: Total::default(),
        }
    }

    fn folder(&self) -> &Path {
        &self.settings.deliver.folder
    }

    /// Sends rows as the delivery with this number, and remembers nothing of it.
    async fn try_send(&self, rows: &Rows, number: u64) -> Result<Outcome, TargetError> {
        self.try_send_as(rows, number, &self.published).await
    }

    async fn try_send_as(
        &self,
        rows: &Rows,
        number: u64,
        published: &PublishedIds,
    ) -> Result<Outcome, TargetError> {
        let delivery = Delivery {
            set: Held { rows, published },
            before: Held { rows: &self.before, published: &self.published },
            number,
            confirmed: self.number,
            at: self.at,
        };
        let target = OneRosterCsv::new("vendor", self.settings.clone());
        deliver_as(&target, delivery, rows).await
    }

    /// Delivers rows on the next day; gives the package that was made, taken in and checked.
    async fn deliver(&mut self, rows: &[Row]) -> Package {
        let published = self.published.clone();
        self.deliver_as(rows, published).await
    }

    async fn deliver_as(&mut self, rows: &[Row], published: PublishedIds) -> Package {
        let rows = Rows::new(rows);
        self.at = self.at.checked_add(jiff::Span::new().hours(24)).unwrap();
        self.try_send_as(&rows, self.number + 1, &published).await.unwrap();
        self.number += 1;
        self.before = rows;
        self.published = published;
        let package = self.newest();
        assert_eq!(self.wrong(&package), []);
        self.total.take(&package);
        package
    }

    fn wrong(&self, package: &Package) -> Vec<Diagnosis> {
        let Some(spec) = Spec::load(self.settings.version.word()) else {
            println!("skipped: no specifications beside the repository (SKOLBRO_SPECS)");
            return Vec::new();
        };
        diagnose(&spec, package, &self.total)
    }

    /// Packages in the folder by name.
    fn packages(&self) -> Vec<PathBuf> {
        let all = fs::read_dir(self.folder()).into_iter().flatten().map(|it| it.unwrap().path());
        let mut zips: Vec<_> =
            all.filter(|it| it.extension().is_some_and(|it| it == "zip")).collect();
        zips.sort();
        zips
    }

    fn newest(&self) -> Package {
        Package::zip(&fs::read(self.packages().last().unwrap()).unwrap()).unwrap()
    }
}

/// A file's rows with short ids, so that a reader sees which is which.
fn shown(package: &Package, file: &str) -> String {
    let mut text = package.text(file).replace("\r\n", "\n");
    for byte in 1..=60 {
        text = text.replace(&key(byte).to_string(), &format!("<{byte}>"));
    }
    text
}

fn text_of(values: &mut Row, attribute: usize, text: &str) {
    if let Row::Object(object) = values {
        object.values[attribute] = t(text);
    }
}
