//! One wide file with Swedish headers, a row per pupil and group.

use std::fs::File;
use std::io::{BufWriter, Result, Write};
use std::path::Path;

use super::encode::Pen;
use super::{Encoding, LineEnding, Options};
use crate::Town;
use crate::town::{Enrolment, Marking, Membership, Validity};

const HEAD: [&str; 19] = [
    "Skolenhetskod",
    "Skola",
    "Elev-id",
    "Personnummer",
    "Förnamn",
    "Efternamn",
    "E-post",
    "Användarnamn",
    "Kön",
    "Skyddad identitet",
    "Skolform",
    "Årskurs",
    "Inskriven",
    "Utskriven",
    "Grupp",
    "Grupptyp",
    "Kurskod",
    "Gruppstart",
    "Gruppslut",
];

impl Town {
    /// Writes `elever.csv` into `folder`: semicolons, Windows-1252, CRLF; pupils only.
    ///
    /// # Errors
    /// What the file system answers.
    pub fn write_wide_csv(&self, folder: &Path) -> Result<()> {
        std::fs::create_dir_all(folder)?;
        let mut out = BufWriter::new(File::create(folder.join("elever.csv"))?);
        let options = Options {
            encoding: Encoding::Windows1252,
            delimiter: ';',
            line_ending: LineEnding::CrLf,
            mishap: None,
        };
        let mut pen = Pen::new(&mut out, &options)?;
        pen.record(&HEAD)?;
        let mut groups: Vec<Vec<&Membership>> = vec![Vec::new(); self.persons.len()];
        for link in self.memberships.iter().filter(|it| self.shows(it.validity)) {
            if let Some(own) = groups.get_mut(link.person as usize) {
                own.push(link);
            }
        }
        for enrolment in self.enrolments.iter().filter(|it| self.shows(it.validity)) {
            let of_person = groups.get(enrolment.person as usize).map_or(&[][..], Vec::as_slice);
            let own: Vec<_> = of_person
                .iter()
                .filter(|it| self.school_of(it.group) == enrolment.school)
                .collect();
            if own.is_empty() {
                pen.record(&self.wide(enrolment, None))?;
            }
            for link in own {
                pen.record(&self.wide(enrolment, Some(link)))?;
            }
        }
        out.flush()
    }

    fn school_of(&self, group: u32) -> u32 {
        self.groups.get(group as usize).map_or(u32::MAX, |it| it.school)
    }

    fn wide(&self, enrolment: &Enrolment, link: Option<&Membership>) -> Vec<String> {
        let (Some(school), Some(human)) = (
            self.schools.get(enrolment.school as usize),
            self.persons.get(enrolment.person as usize),
        ) else {
            return Vec::new();
        };
        let marking = match human.marking {
            Marking::None => "Nej",
            Marking::Protected | Marking::Hidden => "Ja",
        };
        let p = &human.person;
        let mut row = vec![
            school.code.clone(),
            school.name.clone(),
            p.id.clone(),
            p.identity_number.clone(),
            p.given_name.clone(),
            p.family_name.clone(),
            p.email.clone(),
            p.username.clone(),
            p.sex.to_owned(),
            marking.to_owned(),
            enrolment.grade.code().to_owned(),
            enrolment.grade.year.to_string(),
            enrolment.validity.start.to_string(),
            end(enrolment.validity),
        ];
        match link.and_then(|it| Some((it, self.groups.get(it.group as usize)?))) {
            Some((link, group)) => row.extend([
                group.name.clone(),
                group.kind.to_owned(),
                group.course.0.clone(),
                link.validity.start.to_string(),
                end(link.validity),
            ]),
            None => row.resize(HEAD.len(), String::new()),
        }
        row
    }
}

fn end(validity: Validity) -> String {
    validity.end.map(|it| it.to_string()).unwrap_or_default()
}
