//! What is wrong with rows: kept by kind and column, and told when a table is at its end.

use csv::StringRecord;
use roster::{NoticeLevel, SourceError};

use super::{Progress, Register};
use crate::table::bind::{BadValue, Binding, Row, plain};
use crate::table::fields::{Field, TableKind, allowed};
use crate::table::file::{TableFile, content};

/// So many faults of a kind are reported and passed over in a file of any size; above them
/// one row in a hundred is the limit.
const FAULTS_IN_SMALL_FILES: u64 = 3;

/// Faults of one kind in one column.
pub(super) struct Fault {
    code: &'static str,
    field: Field,
    effect: Effect,
    /// Lines of the first ones.
    lines: Vec<u64>,
    shape: String,
    count: u64,
}

/// What a fault does to its row.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// The row counts all the same.
    Nothing,
    /// The row counts, without the value.
    Without,
    /// The row counts, without the identity number.
    Unnumbered,
    /// Whom the row is about stays as they are, and is not delivered if new.
    Withheld,
    /// As `Withheld`, and the row does not count.
    Dropped,
}

impl Effect {
    /// What the lack of a value does: what tells nothing of who the person is, and nothing
    /// of whether they remain, is no reason to keep a new pupil waiting.
    pub(super) fn without(field: Field) -> Self {
        if field == Field::IdentityNumber {
            return Self::Unnumbered;
        }
        let tells_nothing = matches!(field, Field::BirthDate | Field::Sex | Field::SchoolYear);
        if tells_nothing { Self::Without } else { Self::Withheld }
    }

    fn level(self) -> NoticeLevel {
        match self {
            Self::Nothing => NoticeLevel::Notice,
            Self::Without | Self::Unnumbered | Self::Withheld => NoticeLevel::Warning,
            Self::Dropped => NoticeLevel::Error,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::Without => "without",
            Self::Unnumbered => "unnumbered",
            Self::Withheld => "withheld",
            Self::Dropped => "dropped",
        }
    }
}

impl Register<'_, '_, '_, '_> {
    /// Remembers a fault; those of persons with a marking are in no number.
    pub(super) fn fault(
        &self,
        progress: &mut Progress,
        record: &StringRecord,
        bad: BadValue,
        effect: Effect,
    ) {
        let row = Row { binding: &progress.binding, record };
        if progress.kind == TableKind::Persons && !self.is_open(&row) {
            return;
        }
        let BadValue { field, code, shape } = bad;
        let known = progress.faults.iter_mut().find(|it| it.code == code && it.field == field);
        let line = record.position().map_or(0, csv::Position::line);
        match known {
            Some(fault) => {
                fault.count += 1;
                if fault.lines.len() < 5 {
                    fault.lines.push(line);
                }
            }
            None => progress.faults.push(Fault {
                code,
                field,
                effect,
                lines: vec![line],
                shape,
                count: 1,
            }),
        }
    }

    /// Few faults are reported, many are a refusal.
    pub(super) fn judge(
        &mut self,
        kind: TableKind,
        file: &TableFile,
        binding: &Binding,
        faults: Vec<Fault>,
    ) -> Result<(), SourceError> {
        let limit = (file.rows / 100).max(FAULTS_IN_SMALL_FILES);
        for fault in faults {
            let column = binding.column(fault.field).and_then(|at| file.header.get(at));
            let column = column.map_or_else(|| fault.field.as_str().to_owned(), |it| plain(it));
            let lines: Vec<String> = fault.lines.iter().map(u64::to_string).collect();
            let mut detail = format!(
                "column={column}; value={}; count={}; lines={}; rows={}",
                fault.shape,
                fault.count,
                lines.join(", "),
                file.rows
            );
            if let Some(allowed) = allowed(kind, fault.field).filter(|_| fault.code == "bad_value")
            {
                let setting = fault.field.as_str();
                detail = format!("{detail}; allowed={allowed}; setting=values.{setting}");
            }
            let place = file.place(fault.lines.first().copied().unwrap_or_default(), Some(&column));
            if fault.count > limit
                && fault.code != "repeated_row"
                && fault.field != Field::IdentityNumber
            {
                return Err(content(fault.code, place, detail + "; effect=refused"));
            }
            detail.push_str("; effect=");
            detail.push_str(fault.effect.as_str());
            self.notice(fault.effect.level(), fault.code, place, detail, fault.count);
        }
        Ok(())
    }
}
