//! Tables of what comes in and what is made of it.

mod faults;
mod layouts;

use std::path::Path;

use roster::{
    Assembly, Date, Gate, MemorySpool, PersonRecord, Precedence, ReadReport, Roster, SourceError,
    SourceIndex, TenantKey,
};

use super::{Table, TableSettings};

pub(super) const ORGANISATIONS: &str =
    "id,name,type,parent_id\n00000000-0000-4000-8000-0000000000a1,Exempelköping,Huvudman,\n";
pub(super) const SCHOOLS: &str = "id,code,name,organisation_id,school_types,municipality_code,start_date,end_date
00000000-0000-4000-8000-000000000001,99999901,Ekskolan,00000000-0000-4000-8000-0000000000a1,FKLASS|GR,0999,,
00000000-0000-4000-8000-000000000002,,Ängens komvux,,KOMVUX,0999,2020-01-01,
";
pub(super) const PERSONS: &str = "id,identity_number,given_name,family_name,email,username,birth_date,sex,security_marking,status
00000000-0000-4000-8000-000000000011,,Åsa,Öberg,asa@exempel.se,asaobe,2015-03-04,Kvinna,Ingen,Aktiv
00000000-0000-4000-8000-000000000012,,Örjan,Ek,,,1980-01-02,Man,,Aktiv
00000000-0000-4000-8000-000000000013,,Hemlig,Gömd,,,2015-01-02,Man,Sekretessmarkering,Aktiv
";
pub(super) const ENROLMENTS: &str =
    "id,person_id,school_id,school_type,school_year,start_date,end_date
1,00000000-0000-4000-8000-000000000011,00000000-0000-4000-8000-000000000001,GR,5,2026-08-15,
2,00000000-0000-4000-8000-000000000012,00000000-0000-4000-8000-000000000002,KOMVUX,,2026-08-15,
";
pub(super) const DUTIES: &str = "id,person_id,school_id,role,start_date,end_date
1,00000000-0000-4000-8000-000000000012,00000000-0000-4000-8000-000000000001,Skoladministratör,,
";
pub(super) const GROUPS: &str = "id,school_id,name,type,school_type,course_code,course_name,start_date,end_date,notes
00000000-0000-4000-8000-000000000021,00000000-0000-4000-8000-000000000001,5A,Klass,GR,,,2026-08-15,2027-06-10,
00000000-0000-4000-8000-000000000022,00000000-0000-4000-8000-000000000001,MA 5,Undervisning,GR,GRGRMAT01,Matematik,2026-08-15,,Portal
";
pub(super) const MEMBERSHIPS: &str = "group_id,person_id,start_date,end_date
00000000-0000-4000-8000-000000000021,00000000-0000-4000-8000-000000000011,2026-08-15,
00000000-0000-4000-8000-000000000022,00000000-0000-4000-8000-000000000011,2026-08-15,
";
pub(super) const TEACHERS: &str = "group_id,person_id,start_date,end_date
00000000-0000-4000-8000-000000000022,00000000-0000-4000-8000-000000000012,2026-08-15,
";

/// A register in the default layout.
pub(super) fn register() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (file, text) in [
        ("organisations.csv", ORGANISATIONS),
        ("schools.csv", SCHOOLS),
        ("persons.csv", PERSONS),
        ("enrolments.csv", ENROLMENTS),
        ("duties.csv", DUTIES),
        ("groups.csv", GROUPS),
        ("memberships.csv", MEMBERSHIPS),
        ("teachers.csv", TEACHERS),
    ] {
        std::fs::write(folder.path().join(file), text).unwrap();
    }
    folder
}

pub(super) fn settings(folder: &Path) -> TableSettings {
    TableSettings::in_folder(folder)
}

/// Reads a register to the end.
pub(super) fn read(settings: &TableSettings) -> Result<(Roster, ReadReport), SourceError> {
    let tenant = TenantKey::new([7; 32]);
    let table = Table::new(settings.clone(), Date::new(2026, 11, 24).unwrap());
    let table = table.unwrap_or_else(|problems| panic!("{problems:?}"));
    let mut assembly =
        Assembly::new(&tenant, Gate::new(&tenant), || Box::new(MemorySpool::default()), 1 << 24);
    let mut intake = assembly.intake(SourceIndex(0), 0, table.marking_policy());
    let report = table.read_blocking(&mut intake)?;
    drop(intake);
    let (roster, _gate) = assembly.finish(Precedence::default())?;
    Ok((roster, report))
}

/// All persons of a roster.
pub(super) fn people(roster: &Roster) -> Vec<PersonRecord> {
    let mut reader = roster.persons().unwrap();
    let mut people = Vec::new();
    while let Some(person) = reader.next_person().unwrap() {
        people.push(person);
    }
    people
}

/// The code and place of a refusal.
pub(super) fn refusal(settings: &TableSettings) -> (&'static str, String) {
    match read(settings).map(|(_, report)| report) {
        Err(SourceError::Content { code, place, .. }) => (code, place),
        other => panic!("{other:?}"),
    }
}
