//! The tables of the default layout.

use std::borrow::Cow;

use crate::rng::uuid;
use crate::school::Form;
use crate::town::{Human, Marking, Membership, Validity};
use crate::{Day, Town};

/// The fields of a record.
pub(crate) type Row<'a> = Vec<Cow<'a, str>>;
/// The records of a table.
pub(crate) type Rows<'a> = Box<dyn Iterator<Item = Row<'a>> + 'a>;

/// A file of the layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Table {
    Organisations,
    Schools,
    Persons,
    Enrolments,
    Duties,
    Groups,
    Memberships,
    Teachers,
    Guardians,
}

impl Table {
    pub(crate) const ALL: [Self; 9] = [
        Self::Organisations,
        Self::Schools,
        Self::Persons,
        Self::Enrolments,
        Self::Duties,
        Self::Groups,
        Self::Memberships,
        Self::Teachers,
        Self::Guardians,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Organisations => "organisations",
            Self::Schools => "schools",
            Self::Persons => "persons",
            Self::Enrolments => "enrolments",
            Self::Duties => "duties",
            Self::Groups => "groups",
            Self::Memberships => "memberships",
            Self::Teachers => "teachers",
            Self::Guardians => "guardians",
        }
    }

    /// The names of the columns.
    pub(crate) fn head(self) -> Vec<&'static str> {
        let names = match self {
            Self::Organisations => "id,name,type,parent_id",
            Self::Schools => {
                "id,code,name,organisation_id,school_types,municipality_code,start_date,end_date"
            }
            Self::Persons => {
                "id,identity_number,given_name,family_name,email,username,birth_date,sex,\
                 security_marking,status"
            }
            Self::Enrolments => {
                "id,person_id,school_id,school_type,school_year,start_date,end_date"
            }
            Self::Duties => "id,person_id,school_id,role,start_date,end_date",
            Self::Groups => {
                "id,school_id,name,type,school_type,course_code,course_name,start_date,end_date,\
                 notes"
            }
            Self::Memberships | Self::Teachers => "group_id,person_id,start_date,end_date",
            Self::Guardians => "person_id,guardian_id,relation",
        };
        names.split(',').collect()
    }
}

fn start(validity: Validity) -> Cow<'static, str> {
    validity.start.to_string().into()
}

fn end(validity: Validity) -> Cow<'static, str> {
    validity.end.map_or(Cow::Borrowed(""), |day: Day| day.to_string().into())
}

/// The records of one table, in the order of the town.
pub(crate) fn rows(town: &Town, table: Table) -> Rows<'_> {
    match table {
        Table::Organisations => {
            let owner: Row<'_> =
                vec![town.owner().into(), "Testkommunen".into(), "Huvudman".into(), "".into()];
            Box::new(std::iter::once(owner))
        }
        Table::Schools => schools(town),
        Table::Persons => {
            Box::new(town.persons.iter().filter(|it| town.present(it)).map(|it| person(town, it)))
        }
        Table::Enrolments => enrolments(town),
        Table::Duties => duties(town),
        Table::Groups => groups(town),
        Table::Memberships => links(town, &town.memberships),
        Table::Teachers => links(town, &town.teachers),
        Table::Guardians => guardians(town),
    }
}

pub(crate) fn person_id(town: &Town, at: u32) -> &str {
    town.persons.get(at as usize).map_or("", |it| it.person.id.as_str())
}

pub(crate) fn school_id(town: &Town, at: u32) -> &str {
    town.schools.get(at as usize).map_or("", |it| it.id.as_str())
}

fn schools(town: &Town) -> Rows<'_> {
    let (from, _) = town.origin.today.school_year_days();
    Box::new(town.schools.iter().map(move |it| {
        let forms = match it.form {
            Some(Form::Gr) => "FKLASS|GR",
            Some(Form::Gy) => "GY",
            None => "FS",
        };
        vec![
            it.id.as_str().into(),
            it.code.as_str().into(),
            it.name.as_str().into(),
            town.owner().into(),
            forms.into(),
            "9999".into(),
            from.to_string().into(),
            "".into(),
        ]
    }))
}

fn person<'a>(town: &Town, it: &'a Human) -> Row<'a> {
    let marking = match it.marking {
        Marking::None => "Ingen",
        Marking::Protected => "Sekretessmarkering",
        Marking::Hidden => "Skyddad folkbokföring",
    };
    let status = if it.left.is_some_and(|day| day < town.today) { "Inaktiv" } else { "Aktiv" };
    let p = &it.person;
    vec![
        p.id.as_str().into(),
        p.identity_number.as_str().into(),
        p.given_name.as_str().into(),
        p.family_name.as_str().into(),
        p.email.as_str().into(),
        p.username.as_str().into(),
        p.birth_date.as_str().into(),
        p.sex.into(),
        marking.into(),
        status.into(),
    ]
}

fn enrolments(town: &Town) -> Rows<'_> {
    let shown = town.enrolments.iter().filter(|it| town.shows(it.validity));
    Box::new(shown.map(|it| {
        vec![
            uuid(town.origin.seed, 5, it.number).into(),
            person_id(town, it.person).into(),
            school_id(town, it.school).into(),
            it.grade.code().into(),
            it.grade.year.to_string().into(),
            start(it.validity),
            end(it.validity),
        ]
    }))
}

fn duties(town: &Town) -> Rows<'_> {
    Box::new(town.duties.iter().filter(|it| town.shows(it.validity)).map(|it| {
        vec![
            town.duty_id(it).into(),
            person_id(town, it.person).into(),
            school_id(town, it.school).into(),
            it.role.into(),
            start(it.validity),
            end(it.validity),
        ]
    }))
}

fn groups(town: &Town) -> Rows<'_> {
    Box::new(town.groups.iter().filter(|it| town.shows(it.validity)).map(|it| {
        vec![
            it.id.as_str().into(),
            school_id(town, it.school).into(),
            it.name.as_str().into(),
            it.kind.into(),
            it.grade.code().into(),
            it.course.0.as_str().into(),
            it.course.1.as_str().into(),
            start(it.validity),
            end(it.validity),
            "".into(),
        ]
    }))
}

fn links<'a>(town: &'a Town, all: &'a [Membership]) -> Rows<'a> {
    Box::new(all.iter().filter(|it| town.shows(it.validity)).map(|it| {
        vec![
            town.groups.get(it.group as usize).map_or("", |it| it.id.as_str()).into(),
            person_id(town, it.person).into(),
            start(it.validity),
            end(it.validity),
        ]
    }))
}

fn guardians(town: &Town) -> Rows<'_> {
    let here = |at: u32| town.persons.get(at as usize).is_some_and(|it| town.present(it));
    Box::new(town.guardians.iter().filter(move |it| here(it.child)).map(|it| {
        vec![
            person_id(town, it.child).into(),
            person_id(town, it.guardian).into(),
            "Vårdnadshavare".into(),
        ]
    }))
}
