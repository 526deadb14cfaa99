//! The rows that are kept of a register's objects: what is needed, and no more.

use roster::codec::{CodecError, Reader, Writer};
use roster::terms::{
    DutyRole, GroupType, OrganisationType, PersonStatus, RelationType, SchoolType, Sex,
};
use roster::{Date, HashedNumber, Interval, Key};

/// What a row says. Persons that it names stand in the row's own head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Item<'a> {
    /// The head of an organisation.
    Organisation(Organisation<'a>),
    /// The head of a syllabus.
    Syllabus(Course<'a>),
    /// The head of a person.
    Person(Person<'a>),
    /// The head of a duty.
    Duty(Duty),
    /// The head of an activity.
    Activity(Activity<'a>),
    /// The head of a group.
    Group(Group<'a>),
    /// A person's place in a school unit.
    Enrolment(Enrolment),
    /// An adult, the second who is named, answers for the person.
    Responsible(RelationType),
    /// A group of an activity.
    Taught(Key),
    /// A teacher of an activity: the duty or person that is named.
    Teacher(Interval),
    /// A member of a group.
    Member(Interval),
    /// Something could not be understood.
    Lack(Lacking),
    /// A reference names nobody: what hangs on this organisation, or on any, was not read.
    Unread(Option<Key>),
}

/// What could not be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lacking {
    /// Something of the person who is named: the person stays as it is.
    Person,
    /// The person's identity number.
    Number,
    /// Another value of the person.
    Value,
    /// Something of the group: it stays as it is.
    Group,
    /// Something of an activity: the teacher who is named stays as it is.
    Teacher,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Organisation<'a> {
    /// The source's own id, where it is no UUID.
    pub(crate) id: Option<&'a str>,
    pub(crate) name: &'a str,
    pub(crate) kind: OrganisationType,
    pub(crate) parent: Option<Key>,
    pub(crate) code: Option<&'a str>,
    pub(crate) school_types: Vec<SchoolType>,
    pub(crate) municipality: Option<&'a str>,
    pub(crate) interval: Interval,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Course<'a> {
    pub(crate) code: &'a str,
    pub(crate) name: &'a str,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person<'a> {
    pub(crate) id: Option<&'a str>,
    pub(crate) given_name: &'a str,
    pub(crate) middle_name: Option<&'a str>,
    pub(crate) family_name: &'a str,
    pub(crate) email: Option<&'a str>,
    pub(crate) username: Option<&'a str>,
    pub(crate) birth_date: Option<Date>,
    pub(crate) sex: Option<Sex>,
    pub(crate) status: PersonStatus,
    pub(crate) number: Option<HashedNumber>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Enrolment {
    pub(crate) school: Key,
    pub(crate) school_type: SchoolType,
    pub(crate) school_year: Option<u8>,
    pub(crate) interval: Interval,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Duty {
    pub(crate) place: Key,
    pub(crate) role: DutyRole,
    pub(crate) interval: Interval,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Activity<'a> {
    pub(crate) interval: Interval,
    pub(crate) syllabus: Option<Key>,
    /// The code of the course, where the activity bears it.
    pub(crate) course: Option<&'a str>,
    pub(crate) marker: Option<&'a str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Group<'a> {
    pub(crate) id: Option<&'a str>,
    pub(crate) name: &'a str,
    pub(crate) kind: GroupType,
    pub(crate) school_type: Option<SchoolType>,
    pub(crate) organisation: Option<Key>,
    pub(crate) interval: Interval,
    pub(crate) marker: Option<&'a str>,
}

mod tag {
    pub(super) const ORGANISATION: u8 = 1;
    pub(super) const SYLLABUS: u8 = 2;
    pub(super) const PERSON: u8 = 3;
    pub(super) const DUTY: u8 = 4;
    pub(super) const ACTIVITY: u8 = 5;
    pub(super) const GROUP: u8 = 6;
    pub(super) const ENROLMENT: u8 = 7;
    pub(super) const RESPONSIBLE: u8 = 8;
    pub(super) const TAUGHT: u8 = 9;
    pub(super) const TEACHER: u8 = 10;
    pub(super) const MEMBER: u8 = 11;
    pub(super) const LACK: u8 = 12;
    pub(super) const UNREAD: u8 = 13;
}

impl Item<'_> {
    /// Whether the row is the head of its object: an object has one, and then its print.
    pub(crate) fn is_head(&self) -> bool {
        match self {
            Self::Organisation(_)
            | Self::Syllabus(_)
            | Self::Person(_)
            | Self::Duty(_)
            | Self::Activity(_)
            | Self::Group(_) => true,
            Self::Enrolment(_)
            | Self::Responsible(_)
            | Self::Taught(_)
            | Self::Teacher(_)
            | Self::Member(_)
            | Self::Lack(_)
            | Self::Unread(_) => false,
        }
    }

    /// Writes it.
    pub(crate) fn encode(&self, w: &mut Writer<'_>) {
        match self {
            Self::Organisation(it) => it.encode(w),
            Self::Syllabus(it) => {
                w.byte(tag::SYLLABUS);
                w.text(it.code);
                w.text(it.name);
            }
            Self::Person(it) => it.encode(w),
            Self::Duty(Duty { place, role, interval }) => {
                w.byte(tag::DUTY);
                w.key(*place);
                w.byte(role.index());
                w.interval(interval);
            }
            Self::Activity(Activity { interval, syllabus, course, marker }) => {
                w.byte(tag::ACTIVITY);
                w.interval(interval);
                w.optional_key(*syllabus);
                w.optional_text(*course);
                w.optional_text(*marker);
            }
            Self::Group(it) => it.encode(w),
            Self::Enrolment(Enrolment { school, school_type, school_year, interval }) => {
                w.byte(tag::ENROLMENT);
                w.key(*school);
                w.byte(school_type.index());
                w.byte(school_year.unwrap_or(NO_YEAR));
                w.interval(interval);
            }
            Self::Responsible(relation) => {
                w.byte(tag::RESPONSIBLE);
                w.byte(relation.index());
            }
            Self::Taught(group) => {
                w.byte(tag::TAUGHT);
                w.key(*group);
            }
            Self::Teacher(interval) => {
                w.byte(tag::TEACHER);
                w.interval(interval);
            }
            Self::Member(interval) => {
                w.byte(tag::MEMBER);
                w.interval(interval);
            }
            Self::Lack(lacking) => {
                w.byte(tag::LACK);
                w.byte(*lacking as u8);
            }
            Self::Unread(place) => {
                w.byte(tag::UNREAD);
                w.optional_key(*place);
            }
        }
    }

    /// Reads what [`Self::encode`] wrote.
    pub(crate) fn decode<'a>(r: &mut Reader<'a>) -> Result<Item<'a>, CodecError> {
        Ok(match r.byte()? {
            tag::ORGANISATION => Item::Organisation(Organisation::decode(r)?),
            tag::SYLLABUS => Item::Syllabus(Course { code: r.text()?, name: r.text()? }),
            tag::PERSON => Item::Person(Person::decode(r)?),
            tag::DUTY => Item::Duty(Duty {
                place: r.key()?,
                role: word(DutyRole::from_index(r.byte()?))?,
                interval: r.interval()?,
            }),
            tag::ACTIVITY => Item::Activity(Activity {
                interval: r.interval()?,
                syllabus: r.optional_key()?,
                course: r.optional_text()?,
                marker: r.optional_text()?,
            }),
            tag::GROUP => Item::Group(Group::decode(r)?),
            tag::ENROLMENT => Item::Enrolment(Enrolment {
                school: r.key()?,
                school_type: word(SchoolType::from_index(r.byte()?))?,
                school_year: Some(r.byte()?).filter(|&year| year != NO_YEAR),
                interval: r.interval()?,
            }),
            tag::RESPONSIBLE => Item::Responsible(word(RelationType::from_index(r.byte()?))?),
            tag::TAUGHT => Item::Taught(r.key()?),
            tag::TEACHER => Item::Teacher(r.interval()?),
            tag::MEMBER => Item::Member(r.interval()?),
            tag::LACK => Item::Lack(match r.byte()? {
                0 => Lacking::Person,
                1 => Lacking::Number,
                2 => Lacking::Value,
                3 => Lacking::Group,
                4 => Lacking::Teacher,
                _ => return Err(CodecError),
            }),
            tag::UNREAD => Item::Unread(r.optional_key()?),
            _ => return Err(CodecError),
        })
    }
}

const NO_YEAR: u8 = 0xff;
const NO_WORD: u8 = 0xff;

fn word<T>(word: Option<T>) -> Result<T, CodecError> {
    word.ok_or(CodecError)
}

fn optional_word<T>(r: &mut Reader<'_>, of: fn(u8) -> Option<T>) -> Result<Option<T>, CodecError> {
    match r.byte()? {
        NO_WORD => Ok(None),
        index => of(index).map(Some).ok_or(CodecError),
    }
}

impl<'a> Organisation<'a> {
    fn encode(&self, w: &mut Writer<'_>) {
        let Self { id, name, kind, parent, code, school_types, municipality, interval } = self;
        w.byte(tag::ORGANISATION);
        w.optional_text(*id);
        w.text(name);
        w.byte(kind.index());
        w.optional_key(*parent);
        w.optional_text(*code);
        w.length(school_types.len());
        for form in school_types {
            w.byte(form.index());
        }
        w.optional_text(*municipality);
        w.interval(interval);
    }

    fn decode(r: &mut Reader<'a>) -> Result<Self, CodecError> {
        Ok(Self {
            id: r.optional_text()?,
            name: r.text()?,
            kind: word(OrganisationType::from_index(r.byte()?))?,
            parent: r.optional_key()?,
            code: r.optional_text()?,
            school_types: (0..r.length()?)
                .map(|_| word(SchoolType::from_index(r.byte()?)))
                .collect::<Result<_, _>>()?,
            municipality: r.optional_text()?,
            interval: r.interval()?,
        })
    }
}

impl<'a> Person<'a> {
    fn encode(&self, w: &mut Writer<'_>) {
        let Self {
            id,
            given_name,
            middle_name,
            family_name,
            email,
            username,
            birth_date,
            sex,
            status,
            number,
        } = self;
        w.byte(tag::PERSON);
        w.optional_text(*id);
        w.text(given_name);
        w.optional_text(*middle_name);
        w.text(family_name);
        w.optional_text(*email);
        w.optional_text(*username);
        w.date(*birth_date);
        w.byte(sex.map_or(NO_WORD, Sex::index));
        w.byte(status.index());
        w.byte(u8::from(number.is_some()));
        if let Some(number) = number {
            number.encode(w);
        }
    }

    fn decode(r: &mut Reader<'a>) -> Result<Self, CodecError> {
        Ok(Self {
            id: r.optional_text()?,
            given_name: r.text()?,
            middle_name: r.optional_text()?,
            family_name: r.text()?,
            email: r.optional_text()?,
            username: r.optional_text()?,
            birth_date: r.date()?,
            sex: optional_word(r, Sex::from_index)?,
            status: word(PersonStatus::from_index(r.byte()?))?,
            number: match r.byte()? {
                0 => None,
                _ => Some(HashedNumber::decode(r)?),
            },
        })
    }
}

impl<'a> Group<'a> {
    fn encode(&self, w: &mut Writer<'_>) {
        let Self { id, name, kind, school_type, organisation, interval, marker } = self;
        w.byte(tag::GROUP);
        w.optional_text(*id);
        w.text(name);
        w.byte(kind.index());
        w.byte(school_type.map_or(NO_WORD, SchoolType::index));
        w.optional_key(*organisation);
        w.interval(interval);
        w.optional_text(*marker);
    }

    fn decode(r: &mut Reader<'a>) -> Result<Self, CodecError> {
        Ok(Self {
            id: r.optional_text()?,
            name: r.text()?,
            kind: word(GroupType::from_index(r.byte()?))?,
            school_type: optional_word(r, SchoolType::from_index)?,
            organisation: r.optional_key()?,
            interval: r.interval()?,
            marker: r.optional_text()?,
        })
    }
}
