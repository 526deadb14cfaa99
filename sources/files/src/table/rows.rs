//! From rows to what the roster takes in.

use std::borrow::Cow;

use roster::terms::{GroupType, OrganisationType, PersonStatus, SchoolType, Sex};
use roster::{
    Course, Date, EntityKind, Group, IdentityNumber, Intake, Lack, Marking, Organisation,
    PersonDraft, Record, Relations, SchoolUnit, SpoolError,
};

use super::bind::{BadValue, Row, bad};
use super::fields::{Field, TableKind};
use super::relations::Maker;

/// What stays the same from row to row.
pub(crate) struct Taker<'a, 'i> {
    pub(crate) intake: &'a mut Intake<'i>,
    pub(crate) today: Date,
    maker: Maker,
}

/// Why a row was not taken in.
pub(crate) enum RowError {
    /// A value is bad; the row is left out.
    Bad(BadValue),
    /// The row was taken in without these values.
    Without(Vec<BadValue>),
    /// Rows cannot be put aside.
    Spool(SpoolError),
}

impl From<BadValue> for RowError {
    fn from(bad: BadValue) -> Self {
        Self::Bad(bad)
    }
}

impl From<SpoolError> for RowError {
    fn from(error: SpoolError) -> Self {
        Self::Spool(error)
    }
}

impl<'a, 'i> Taker<'a, 'i> {
    pub(crate) fn new(intake: &'a mut Intake<'i>, today: Date) -> Self {
        let maker = Maker::new(intake);
        Self { intake, today, maker }
    }

    /// What makes relations of rows elsewhere.
    pub(crate) fn maker(&self) -> Maker {
        Maker::new(self.intake)
    }

    /// Takes in relations that were made elsewhere.
    pub(crate) fn relations(&mut self, relations: &Relations) -> Result<(), SpoolError> {
        self.intake.relations(relations)
    }

    /// Takes in one row of a table.
    pub(crate) fn take(&mut self, kind: TableKind, row: &Row<'_>) -> Result<(), RowError> {
        let mut faults = Vec::new();
        let record = match kind {
            TableKind::Persons => return self.person(row),
            TableKind::Organisations => self.organisation(row)?,
            TableKind::Schools => self.school(row)?,
            TableKind::Groups => self.group(row)?,
            TableKind::Enrolments
            | TableKind::Duties
            | TableKind::Memberships
            | TableKind::Teachers
            | TableKind::Guardians => match self.maker.relation(kind, row, &mut faults)? {
                Some(relation) => relation,
                None => return Ok(()),
            },
        };
        self.intake.record(record)?;
        whole(faults)
    }

    /// Tells whose row could not be understood: until it can be, nothing about them changes.
    pub(crate) fn left_out(&mut self, kind: TableKind, row: &Row<'_>) {
        let (field, entity) = about(kind);
        if let Some(id) = row.some(field) {
            self.intake.left_out(entity, &id);
        }
    }

    /// Tells whose row was taken in without a value.
    pub(crate) fn without(&mut self, kind: TableKind, row: &Row<'_>, lack: Lack) {
        if let (field, EntityKind::Person) = about(kind)
            && let Some(id) = row.some(field)
        {
            self.intake.without(&id, lack);
        }
    }

    fn organisation(&mut self, row: &Row<'_>) -> Result<Record, BadValue> {
        let default = OrganisationType::Ovrigt;
        Ok(Record::Organisation(Organisation {
            key: self.maker.needed(row, Field::Id, EntityKind::Organisation)?,
            source: self.intake.index(),
            source_id: row.text(Field::Id).into_owned(),
            name: row.text(Field::Name).into_owned(),
            organisation_type: row.word(Field::Type, OrganisationType::parse, default)?,
            parent: self.maker.optional(row, Field::ParentId, EntityKind::Organisation),
        }))
    }

    /// K018: a school unit without a code is kept.
    fn school(&mut self, row: &Row<'_>) -> Result<Record, BadValue> {
        let types = row.text(Field::SchoolTypes);
        let types = types.split(['|', ',']).map(str::trim).filter(|word| !word.is_empty());
        let types: Result<Vec<_>, _> = types
            .map(|word| {
                let meaning = row.binding.meaning(Field::SchoolTypes, word);
                SchoolType::parse(meaning).ok_or_else(|| bad(Field::SchoolTypes, word))
            })
            .collect();
        Ok(Record::SchoolUnit(SchoolUnit {
            key: self.maker.needed(row, Field::Id, EntityKind::SchoolUnit)?,
            source: self.intake.index(),
            source_id: row.text(Field::Id).into_owned(),
            code: owned(row, Field::Code),
            name: row.text(Field::Name).into_owned(),
            organisation: self.maker.optional(row, Field::OrganisationId, EntityKind::Organisation),
            school_types: types?,
            municipality_code: owned(row, Field::MunicipalityCode),
            interval: row.interval()?,
        }))
    }

    fn group(&mut self, row: &Row<'_>) -> Result<Record, BadValue> {
        let (code, name) = (owned(row, Field::CourseCode), owned(row, Field::CourseName));
        let course = (code.is_some() || name.is_some())
            .then(|| Course { code: code.unwrap_or_default(), name: name.unwrap_or_default() });
        Ok(Record::Group(Group {
            key: self.maker.needed(row, Field::Id, EntityKind::Group)?,
            source: self.intake.index(),
            source_id: row.text(Field::Id).into_owned(),
            school: self.maker.optional(row, Field::SchoolId, EntityKind::SchoolUnit),
            name: row.text(Field::Name).into_owned(),
            group_type: row.word(Field::Type, GroupType::parse, GroupType::Other)?,
            school_type: row.word_if_any(Field::SchoolType, SchoolType::parse)?,
            course,
            interval: row.interval()?,
            notes: owned(row, Field::Notes),
        }))
    }

    fn number(&self, row: &Row<'_>) -> Result<Option<IdentityNumber>, BadValue> {
        let Some(text) = row.some(Field::IdentityNumber) else { return Ok(None) };
        let number = IdentityNumber::parse(&text, self.today);
        number.map(Some).map_err(|_| bad(Field::IdentityNumber, &text))
    }

    /// Hands a person to the gate, whatever else is wrong with the row: the gate must learn
    /// of every marking (K069).
    fn person(&mut self, row: &Row<'_>) -> Result<(), RowError> {
        let id = row.needed(Field::Id)?;
        let mut faults = Vec::new();
        let birth_date = or_none(row.date(Field::BirthDate), &mut faults).flatten();
        let sex = or_none(row.word_if_any(Field::Sex, Sex::parse), &mut faults).flatten();
        let status = row.word_if_any(Field::Status, PersonStatus::parse);
        let status = or_none(status, &mut faults).flatten().unwrap_or(PersonStatus::Active);
        let number = or_none(self.number(row), &mut faults).flatten();
        let (given_name, family_name) = (row.text(Field::GivenName), row.text(Field::FamilyName));
        let (email, username) = (row.some(Field::Email), row.some(Field::Username));
        let draft = PersonDraft {
            source_id: &id,
            given_name: &given_name,
            family_name: &family_name,
            email: email.as_deref(),
            username: username.as_deref(),
            birth_date,
            sex,
            status,
            identity_number: number,
            extra: extra(row),
        };
        let marking = row.text(Field::SecurityMarking);
        let marking = if row.binding.has(Field::SecurityMarking) {
            Marking::Value(row.binding.meaning(Field::SecurityMarking, &marking))
        } else {
            Marking::NotCarriedAcknowledged
        };
        self.intake.person(draft, marking)?;
        whole(faults)
    }
}

/// The field that names what a row is about, and what that is.
fn about(kind: TableKind) -> (Field, EntityKind) {
    match kind {
        TableKind::Organisations => (Field::Id, EntityKind::Organisation),
        TableKind::Schools => (Field::Id, EntityKind::SchoolUnit),
        TableKind::Groups => (Field::Id, EntityKind::Group),
        TableKind::Persons => (Field::Id, EntityKind::Person),
        TableKind::Enrolments
        | TableKind::Duties
        | TableKind::Memberships
        | TableKind::Teachers
        | TableKind::Guardians => (Field::PersonId, EntityKind::Person),
    }
}

/// The value, or none and the fault kept for later.
pub(super) fn or_none<T>(value: Result<T, BadValue>, faults: &mut Vec<BadValue>) -> Option<T> {
    value.map_err(|bad| faults.push(bad)).ok()
}

/// A row that was taken in, with what it lacks.
fn whole(faults: Vec<BadValue>) -> Result<(), RowError> {
    if faults.is_empty() { Ok(()) } else { Err(RowError::Without(faults)) }
}

fn extra(row: &Row<'_>) -> Vec<(String, String)> {
    let value = |at: usize| row.record.get(at).unwrap_or_default().trim();
    let fields = row.binding.extra.iter().map(|(name, at)| (name.clone(), value(*at).to_owned()));
    fields.filter(|(_, value)| !value.is_empty()).collect()
}

fn owned(row: &Row<'_>, field: Field) -> Option<String> {
    row.some(field).map(Cow::into_owned)
}
