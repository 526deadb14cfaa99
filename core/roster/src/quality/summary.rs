//! How often each thing is wrong, in all and per school.

use std::collections::BTreeMap;

use super::{Code, Severity};
use crate::Key;

/// How often one code occurs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SummaryRow {
    /// What is wrong.
    pub code: Code,
    /// How often.
    pub count: u64,
    /// How often at each school; an issue of two schools counts at both.
    pub schools: BTreeMap<Key, u64>,
    /// How often where no school is known.
    pub elsewhere: u64,
}

/// The table of portal.md §2.5.7: a row per code that occurs, in order of the codes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// The rows.
    pub rows: Vec<SummaryRow>,
}

impl Summary {
    fn row(&mut self, code: Code) -> &mut SummaryRow {
        let place = self.rows.binary_search_by_key(&code, |row| row.code).unwrap_or_else(|place| {
            let row = SummaryRow { code, count: 0, schools: BTreeMap::new(), elsewhere: 0 };
            self.rows.insert(place, row);
            place
        });
        &mut self.rows[place]
    }

    /// Adds what others counted.
    pub(super) fn join(&mut self, other: Self) {
        for SummaryRow { code, count, schools, elsewhere } in other.rows {
            let row = self.row(code);
            row.count += count;
            row.elsewhere += elsewhere;
            for (school, count) in schools {
                *row.schools.entry(school).or_default() += count;
            }
        }
    }

    pub(super) fn count(&mut self, code: Code, schools: &[Key]) {
        let row = self.row(code);
        row.count += 1;
        row.elsewhere += u64::from(schools.is_empty());
        for school in schools {
            *row.schools.entry(*school).or_default() += 1;
        }
    }

    /// How often a code occurs.
    #[must_use]
    pub fn of(&self, code: Code) -> u64 {
        self.rows.iter().find(|row| row.code == code).map_or(0, |row| row.count)
    }

    /// How many issues of this gravity there are: the table's heading.
    #[must_use]
    pub fn total(&self, severity: Severity) -> u64 {
        self.rows.iter().filter(|row| row.code.severity() == severity).map(|row| row.count).sum()
    }
}
