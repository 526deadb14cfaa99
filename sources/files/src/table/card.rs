//! What a layout can express (K020).

use super::fields::{Field, TableKind};
use super::settings::{Column, Layout};

/// Whether a source gives a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gives {
    /// In every row.
    Always,
    /// Where the register holds it and the file has the column.
    Maybe,
    /// Not at all: the layout has no place for it.
    Never,
}

/// One line of the matrix of what sources can express.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capability {
    /// The table.
    pub table: TableKind,
    /// The field.
    pub field: Field,
    /// Whether it is given.
    pub gives: Gives,
}

/// Every field of every table, in order.
pub(crate) fn of(layout: &Layout) -> Vec<Capability> {
    let all = TableKind::ALL.iter().flat_map(|&table| {
        let shape = table.shape();
        shape.fields.iter().map(move |&field| (table, field))
    });
    all.map(|(table, field)| Capability { table, field, gives: gives(layout, table, field) })
        .collect()
}

fn gives(layout: &Layout, table: TableKind, field: Field) -> Gives {
    let table_layout = layout.tables.get(&table);
    match table_layout.and_then(|it| it.columns.get(&field)) {
        None => Gives::Never,
        Some(Column::Name(name)) if name.is_empty() => Gives::Never,
        Some(Column::Constant { .. }) => Gives::Always,
        Some(Column::Name(_) | Column::FirstOf(_) | Column::Join { .. }) => {
            if table.shape().required.contains(&field) { Gives::Always } else { Gives::Maybe }
        }
    }
}
