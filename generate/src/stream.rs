//! The default file layout, written school by school.

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufWriter, Result, Write};
use std::path::Path;

use crate::rng::{mix, uuid};
use crate::{Municipality, Person, School};

type Out = BufWriter<File>;

const HEADS: [(&str, &str); 8] = [
    ("organisations", "id,name,type,parent_id"),
    ("schools", "id,code,name,organisation_id,school_types,municipality_code,start_date,end_date"),
    (
        "persons",
        "id,identity_number,given_name,family_name,email,username,birth_date,sex,security_marking,status",
    ),
    ("enrolments", "id,person_id,school_id,school_type,school_year,start_date,end_date"),
    ("duties", "id,person_id,school_id,role,start_date,end_date"),
    (
        "groups",
        "id,school_id,name,type,school_type,course_code,course_name,start_date,end_date,notes",
    ),
    ("memberships", "group_id,person_id,start_date,end_date"),
    ("teachers", "group_id,person_id,start_date,end_date"),
];

/// Writes every table of the layout into `folder`, UTF-8 with LF.
///
/// `term` is the first and last day of every interval, as `YYYY-MM-DD`.
///
/// # Errors
/// What the file system answers.
pub fn write_csv(municipality: Municipality, folder: &Path, term: (&str, &str)) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    let open = |(name, head): (&str, &str)| -> Result<Out> {
        let mut out = BufWriter::new(File::create(folder.join(format!("{name}.csv")))?);
        writeln!(out, "{head}")?;
        Ok(out)
    };
    let [units, sites, persons, places, duties, groups, members, teachers] = HEADS;
    let owner = uuid(municipality.seed, 4, 0);
    let mut organisations = open(units)?;
    writeln!(organisations, "{owner},Testkommunen,Huvudman,")?;
    organisations.flush()?;
    let mut schools = open(sites)?;
    let (mut people, mut links) = (
        [open(persons)?, open(places)?, open(duties)?],
        [open(groups)?, open(members)?, open(teachers)?],
    );
    for school in municipality.schools() {
        writeln!(
            schools,
            "{},{},{},{owner},{},9999,{},",
            school.id,
            school.code(),
            school.name(),
            school.forms(),
            term.0
        )?;
        write_people(&mut people, municipality.seed, &school, term)?;
        write_groups(&mut links, &school, term)?;
    }
    schools.flush()?;
    people.iter_mut().chain(&mut links).try_for_each(Write::flush)
}

fn quoted(text: &str) -> Cow<'_, str> {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\"")).into()
    } else {
        text.into()
    }
}

fn person(out: &mut Out, p: &Person) -> Result<()> {
    let marking = if p.canary.is_some() { "Sekretessmarkering" } else { "Ingen" };
    writeln!(
        out,
        "{},{},{},{},{},{},{},{},{marking},Aktiv",
        p.id,
        p.identity_number,
        quoted(&p.given_name),
        quoted(&p.family_name),
        p.email,
        p.username,
        p.birth_date,
        p.sex
    )
}

fn write_people(
    [persons, enrolments, duties]: &mut [Out; 3],
    seed: u64,
    school: &School,
    (from, to): (&str, &str),
) -> Result<()> {
    let seed = mix(seed, school.number);
    for (n, (pupil, year)) in (0..).zip(&school.pupils) {
        person(persons, pupil)?;
        let (kind, year) = (year.code(), year.year);
        writeln!(
            enrolments,
            "{},{},{},{kind},{year},{from},{to}",
            uuid(seed, 5, n),
            pupil.id,
            school.id
        )?;
    }
    for (n, member) in school.staff.iter().enumerate() {
        person(persons, member)?;
        let role = if n < school.teachers { "Lärare" } else { "Skoladministratör" };
        writeln!(duties, "{},{},{},{role},{from},", uuid(seed, 6, n as u64), member.id, school.id)?;
    }
    Ok(())
}

fn write_groups(
    [groups, memberships, teachers]: &mut [Out; 3],
    school: &School,
    (from, to): (&str, &str),
) -> Result<()> {
    for g in &school.groups {
        writeln!(
            groups,
            "{},{},{},{},{},{},{},{from},{to},",
            g.id,
            school.id,
            quoted(&g.name),
            g.kind,
            g.grade.code(),
            g.course.0,
            g.course.1
        )?;
    }
    for &(g, p) in &school.memberships {
        if let (Some(g), Some((p, _))) = (school.groups.get(g), school.pupils.get(p)) {
            writeln!(memberships, "{},{},{from},{to}", g.id, p.id)?;
        }
    }
    for &(g, p) in &school.assignments {
        if let (Some(g), Some(p)) = (school.groups.get(g), school.staff.get(p)) {
            writeln!(teachers, "{},{},{from},{to}", g.id, p.id)?;
        }
    }
    Ok(())
}
