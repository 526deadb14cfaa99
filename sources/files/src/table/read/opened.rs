//! Tables that were opened and looked at, before any row is taken in.

use std::sync::Arc;

use csv::StringRecord;
use roster::{NoticeLevel, SourceError};

use super::{Register, path};
use crate::table::bind::{self, Binding, Unbound};
use crate::table::fields::{Field, TableKind};
use crate::table::file::{TableFile, content, unreadable};
use crate::table::settings::TableLayout;
use crate::table::{lines, sanity};

/// A table whose file was opened and whose first rows look as they should.
pub(super) struct Opened<'a> {
    pub(super) kind: TableKind,
    table: &'a TableLayout,
    pub(super) binding: Arc<Binding>,
    pub(super) sample: Vec<StringRecord>,
    /// The rows after the first ones; none while they are read beside other tables.
    pub(super) rest: Option<TableFile>,
}

impl Opened<'_> {
    pub(super) fn is_wide(&self) -> bool {
        self.table.wide == Some(true)
    }

    /// Whether its rows can be made relations where the file is read.
    pub(super) fn is_made(&self) -> bool {
        !self.kind.shape().is_entity && !self.is_wide()
    }

    /// Relations are most of what a register has, and their order means nothing: they are read
    /// while other tables are.
    pub(super) fn is_read_beside(&self) -> bool {
        self.is_made() && self.rest.as_ref().is_some_and(lines::is_large)
    }
}

impl<'a> Register<'a, '_, '_, '_> {
    /// Opens all tables. What is wrong with their columns is told before any row is taken in.
    pub(super) fn open(&mut self) -> Result<Vec<Opened<'a>>, SourceError> {
        let layout = self.layout;
        let (mut opened, mut lacking) = (Vec::new(), Vec::new());
        for (&kind, table) in &layout.tables {
            let Some(file) = self.file(table)? else { continue };
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
        let look = |(kind, table, file, binding)| self.look(kind, table, file, binding);
        opened.into_iter().map(look).collect()
    }

    /// Looks at a table's columns and first rows.
    fn look(
        &mut self,
        kind: TableKind,
        table: &'a TableLayout,
        mut file: TableFile,
        binding: Binding,
    ) -> Result<Opened<'a>, SourceError> {
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
        let mut record = StringRecord::new();
        let mut sample = Vec::with_capacity(sanity::SAMPLE);
        while sample.len() < sanity::SAMPLE && file.next(&mut record)? {
            sample.push(record.clone());
        }
        sanity::check(kind, &binding, &file, &sample)?;
        Ok(Opened { kind, table, binding: Arc::new(binding), sample, rest: Some(file) })
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
}
