//! Reading all tables of a register, one after the other.

use std::path::PathBuf;
use std::sync::Arc;

use csv::StringRecord;
use roster::{
    Coverage, Date, Extent, Intake, Lack, Notice, NoticeLevel, ReadReport, Relations, SourceError,
};

use super::bind::{self, BadValue, Binding, Row, Unbound, plain};
use super::complete;
use super::fields::{Field, TableKind, allowed};
use super::file::{TableFile, content, unreadable};
use super::lines::{self, Came, Encodings};
use super::rows::{RowError, Taker};
use super::sanity;
use super::seen::{Seen, Sight};
use super::settings::{Layout, TableLayout, TableSettings};

/// So many faults of a kind are reported and passed over in a file of any size; above them
/// one row in a hundred is the limit.
const FAULTS_IN_SMALL_FILES: u64 = 3;

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
        let mut register = Register { settings, layout, report, taker, open, encodings };
        let (mut opened, mut lacking) = (Vec::new(), Vec::new());
        for (&kind, table) in &layout.tables {
            let Some(file) = register.file(table)? else { continue };
            match Binding::new(kind, table, layout, &file) {
                Ok(binding) => opened.push((kind, table, file, binding)),
                Err(Unbound::Missing(columns)) => lacking.extend(columns),
                Err(Unbound::Refused(error)) => return Err(error),
            }
        }
        // All at once: whoever mends the export does it once.
        if let Some(error) = bind::missing(&lacking) {
            return Err(error);
        }
        for (kind, table, file, binding) in opened {
            register.table(kind, table, file, binding)?;
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

struct Register<'a, 'i> {
    settings: &'a TableSettings,
    layout: &'a Layout,
    report: ReadReport,
    taker: Taker<'a, 'i>,
    /// Markings that mean "not protected", folded.
    open: Vec<String>,
    encodings: Encodings,
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

/// Faults of one kind in one column.
struct Fault {
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
enum Effect {
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
    fn without(field: Field) -> Self {
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

impl Register<'_, '_> {
    fn table(
        &mut self,
        kind: TableKind,
        table: &TableLayout,
        mut file: TableFile,
        binding: Binding,
    ) -> Result<(), SourceError> {
        let acknowledged = self.layout.marking.not_carried_acknowledged_by.as_deref();
        let unmarked = kind == TableKind::Persons && !binding.has(Field::SecurityMarking);
        if unmarked && acknowledged.is_none_or(|who| who.trim().is_empty()) {
            return Err(SourceError::MarkingMissing { place: file.name });
        }
        let provenance = format!("{}: {}", file.name, file.encoding);
        if !self.report.provenance.contains(&provenance) {
            self.report.provenance.push(provenance);
        }
        for column in &binding.absent {
            let detail = format!("column={column}");
            self.notice(NoticeLevel::Warning, "column_absent", file.place(1, None), detail, 1);
        }
        let mut progress = Progress {
            kind,
            binding: Arc::new(binding),
            wide: table.wide == Some(true),
            seen: Seen::default(),
            faults: Vec::new(),
            anybody_open: kind != TableKind::Persons,
        };
        let mut record = StringRecord::new();
        let mut sample = Vec::with_capacity(sanity::SAMPLE);
        while sample.len() < sanity::SAMPLE && file.next(&mut record)? {
            sample.push(record.clone());
        }
        sanity::check(kind, &progress.binding, &file, &sample)?;
        for record in &sample {
            self.row(&mut progress, record)?;
        }
        self.rest(&mut progress, &mut file)?;
        self.close(progress, &file)
    }

    /// The rows after the first ones; relations may be made where the file is read.
    fn rest(&mut self, progress: &mut Progress, file: &mut TableFile) -> Result<(), SourceError> {
        let (kind, binding) = (progress.kind, Arc::clone(&progress.binding));
        let mut maker = self.taker.maker();
        let mut make = move |record: &StringRecord, to: &mut Relations| {
            maker.add(kind, &Row { binding: &binding, record }, to)
        };
        let is_made = !kind.shape().is_entity && !progress.wide;
        let make = is_made.then_some(&mut make as &mut lines::Make<'_>);
        lines::each(file, make, &mut |came| match came {
            Came::Row(record) => self.row(progress, record),
            Came::Relations(relations) => Ok(self.taker.relations(relations)?),
        })
    }

    fn file(&mut self, table: &TableLayout) -> Result<Option<TableFile>, SourceError> {
        let name = table.file.as_deref().unwrap_or_default();
        let path = path(self.settings, table);
        match std::fs::metadata(&path) {
            Ok(_) => {
                let Self { settings, .. } = self;
                let detected = self.encodings.of(&path);
                TableFile::open(&path, settings.delimiter, settings.encoding, detected).map(Some)
            }
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(unreadable(name, &error))
            }
            Err(_) if table.required == Some(false) => Ok(None),
            Err(_) => Err(content("missing_file", name.to_owned(), String::new())),
        }
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

    /// Remembers a fault; those of persons with a marking are in no number.
    fn fault(&self, progress: &mut Progress, record: &StringRecord, bad: BadValue, effect: Effect) {
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

    /// Few faults are reported, many are a refusal.
    fn judge(
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
