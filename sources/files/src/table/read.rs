//! Reading all tables of a register, one after the other; large ones of relations beside others.

mod faults;
mod opened;

use std::path::PathBuf;
use std::sync::Arc;

use csv::StringRecord;
use roster::{
    Coverage, Date, Extent, Intake, Lack, Notice, NoticeLevel, ReadReport, Relations, SourceError,
};

use self::faults::{Effect, Fault};
use self::opened::Opened;
use super::beside::Beside;
use super::bind::{BadValue, Binding, Row};
use super::complete;
use super::fields::{Field, TableKind};
use super::file::{TableFile, content};
use super::lines::{self, Came, Encodings, Make};
use super::rows::{RowError, Taker};
use super::seen::{Seen, Sight};
use super::settings::{Layout, TableLayout, TableSettings};

/// A register of so many persons of whom all are protected has a marking that we misread.
const MANY_PERSONS: u64 = 20;

/// Reads a register.
pub(crate) fn read(
    settings: &TableSettings,
    layout: &Layout,
    today: Date,
    intake: &mut Intake<'_>,
) -> Result<ReadReport, SourceError> {
    complete::check(settings, layout)?;
    let (extent, coverage) = (Extent::Everything, Coverage::Complete);
    let report = ReadReport { extent, coverage, notices: Vec::new(), provenance: Vec::new() };
    std::thread::scope(|scope| {
        let files = layout.tables.values().filter(|_| settings.encoding.is_none());
        let paths = files.map(|table| path(settings, table));
        let encodings = Encodings::ahead(scope, paths);
        let (taker, open) = (Taker::new(intake, today), open(layout));
        let beside = Beside::new(scope);
        let mut register = Register { settings, layout, report, taker, open, encodings, beside };
        let mut tables = register.open()?;
        for table in &mut tables {
            register.put_beside(table);
        }
        register.beside.go_on();
        for table in tables {
            register.table(table)?;
        }
        Ok(register.report)
    })
}

fn path(settings: &TableSettings, table: &TableLayout) -> PathBuf {
    settings.folder.join(table.file.as_deref().unwrap_or_default())
}

fn open(layout: &Layout) -> Vec<String> {
    let values = layout.marking.open_values();
    values.iter().map(|value| value.trim().to_lowercase()).collect()
}

struct Register<'a, 'i, 's, 'e> {
    settings: &'a TableSettings,
    layout: &'a Layout,
    report: ReadReport,
    taker: Taker<'a, 'i>,
    /// Markings that mean "not protected", folded.
    open: Vec<String>,
    encodings: Encodings,
    /// Tables that are read while others are.
    beside: Beside<'s, 'e>,
}

/// A table while it is read.
struct Progress {
    kind: TableKind,
    binding: Arc<Binding>,
    wide: bool,
    seen: Seen,
    faults: Vec<Fault>,
    /// Whether anybody is not protected.
    anybody_open: bool,
}

impl Register<'_, '_, '_, '_> {
    /// Sees to it that a table is read while others are, if it is of that kind.
    fn put_beside(&mut self, table: &mut Opened<'_>) {
        if table.is_read_beside()
            && let Some(file) = table.rest.take()
        {
            let make = self.make(table);
            self.beside.add(table.kind, file, make);
        }
    }

    fn table(&mut self, table: Opened<'_>) -> Result<(), SourceError> {
        let make = self.make(&table);
        let (kind, wide) = (table.kind, table.is_wide());
        let Opened { binding, sample, rest, .. } = table;
        let (seen, faults) = (Seen::default(), Vec::new());
        let anybody_open = kind != TableKind::Persons;
        let mut progress = Progress { kind, binding, wide, seen, faults, anybody_open };
        for record in &sample {
            self.row(&mut progress, record)?;
        }
        let beside = self.beside.turn(kind);
        let mut then = |came: Came<'_>| self.came(&mut progress, came);
        let file = match (rest, beside) {
            (Some(file), _) => lines::each(file, make, &mut then)?,
            (None, Some(ahead)) => ahead.each(&mut then)?,
            (None, None) => return Ok(()),
        };
        self.close(progress, &file)
    }

    fn came(&mut self, progress: &mut Progress, came: Came<'_>) -> Result<(), SourceError> {
        match came {
            Came::Row(record) => self.row(progress, record),
            Came::Relations(relations) => Ok(self.taker.relations(relations)?),
            Came::Pause => {
                let Self { beside, taker, .. } = self;
                beside.relations_so_far(&mut |relations| Ok(taker.relations(relations)?))
            }
        }
    }

    /// What makes relations of a table's rows where the file is read.
    fn make(&self, table: &Opened<'_>) -> Option<Make> {
        let (kind, binding) = (table.kind, Arc::clone(&table.binding));
        let mut maker = self.taker.maker();
        let make = move |record: &StringRecord, to: &mut Relations| {
            maker.add(kind, &Row { binding: &binding, record }, to)
        };
        table.is_made().then(|| Box::new(make) as Make)
    }

    fn row(&mut self, progress: &mut Progress, record: &StringRecord) -> Result<(), SourceError> {
        if !progress.anybody_open {
            progress.anybody_open = self.is_open(&Row { binding: &progress.binding, record });
        }
        let Progress { kind, binding, wide, seen, .. } = progress;
        let row = Row { binding, record };
        let identity = kind.shape().identity;
        if *wide && identity.iter().any(|field| row.text(*field).is_empty()) {
            return Ok(());
        }
        match seen.look(*kind, &row, *wide) {
            Sight::New => {}
            Sight::Same if *wide => return Ok(()),
            Sight::Same => return self.repeated(progress, record, "repeated_row"),
            // The second row may be the one with a marking.
            Sight::Other if *wide && *kind != TableKind::Persons => return Ok(()),
            Sight::Other if *wide => {}
            Sight::Other => return self.repeated(progress, record, "duplicate_id"),
        }
        match self.taker.take(*kind, &row) {
            Ok(()) => Ok(()),
            Err(RowError::Spool(error)) => Err(error.into()),
            Err(RowError::Bad(bad)) => {
                self.taker.left_out(*kind, &row);
                self.fault(progress, record, bad, Effect::Dropped);
                Ok(())
            }
            Err(RowError::Without(faults)) => {
                for bad in faults {
                    let row = Row { binding: &progress.binding, record };
                    let effect = Effect::without(bad.field);
                    match effect {
                        Effect::Without => self.taker.without(progress.kind, &row, Lack::Value),
                        Effect::Unnumbered => {
                            self.taker.without(progress.kind, &row, Lack::IdentityNumber);
                        }
                        Effect::Withheld => self.taker.left_out(progress.kind, &row),
                        Effect::Nothing | Effect::Dropped => {}
                    }
                    self.fault(progress, record, bad, effect);
                }
                Ok(())
            }
        }
    }

    /// An id that was there before. A person goes to the gate again, since the second row
    /// may be the one with a marking.
    fn repeated(
        &mut self,
        progress: &mut Progress,
        record: &StringRecord,
        code: &'static str,
    ) -> Result<(), SourceError> {
        let row = Row { binding: &progress.binding, record };
        let effect = if code == "duplicate_id" { Effect::Dropped } else { Effect::Nothing };
        if effect == Effect::Dropped {
            // Nobody can tell which of the two rows is right.
            self.taker.left_out(progress.kind, &row);
        }
        if progress.kind == TableKind::Persons
            && let Err(RowError::Spool(error)) = self.taker.take(progress.kind, &row)
        {
            return Err(error.into());
        }
        let bad = BadValue { field: Field::Id, code, shape: String::new() };
        self.fault(progress, record, bad, effect);
        Ok(())
    }

    fn is_open(&self, row: &Row<'_>) -> bool {
        let marking = row.text(Field::SecurityMarking);
        let marking = row.binding.meaning(Field::SecurityMarking, &marking).trim().to_lowercase();
        !row.binding.has(Field::SecurityMarking) || self.open.contains(&marking)
    }

    /// What only the whole table tells.
    fn close(&mut self, progress: Progress, file: &TableFile) -> Result<(), SourceError> {
        let Progress { kind, binding, faults, anybody_open, .. } = progress;
        let whole = file.ended()?;
        if file.rows == 0 {
            if kind.shape().needs_rows {
                return Err(content("header_only", file.name.clone(), String::new()));
            }
            self.notice(NoticeLevel::Notice, "no_rows", file.name.clone(), String::new(), 1);
        }
        if !anybody_open && file.rows >= MANY_PERSONS {
            let column = binding.column(Field::SecurityMarking).and_then(|at| file.header.get(at));
            let place = file.place(1, column.map(String::as_str));
            return Err(content("marking_never_open", place, String::new()));
        }
        if !whole {
            let place = file.place(file.line, None);
            self.notice(NoticeLevel::Warning, "no_final_newline", place, String::new(), 1);
        }
        self.judge(kind, file, &binding, faults)
    }

    fn notice(
        &mut self,
        level: NoticeLevel,
        code: &'static str,
        place: String,
        detail: String,
        count: u64,
    ) {
        self.report.notices.push(Notice { level, code, place, detail, count });
    }
}
