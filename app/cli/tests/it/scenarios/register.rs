//! The register's export of a story, and the few ways in which a day changes it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail, ensure};

type Row = Vec<String>;

/// The files of an export.
#[derive(Debug, Clone)]
pub(crate) struct Register {
    files: BTreeMap<String, Vec<Row>>,
    /// How it was on the first day.
    base: BTreeMap<String, Vec<Row>>,
    /// What happened to a file on its way, on one day.
    mishaps: BTreeMap<String, Mishap>,
}

#[derive(Debug, Clone, Copy)]
enum Mishap {
    Missing,
    Empty,
    HeaderOnly,
    /// So many percent of the rows are left.
    Percent(usize),
    /// So many bytes are left.
    Bytes(usize),
}

impl Register {
    /// Reads the files of a folder.
    pub(crate) fn read(folder: &Path) -> anyhow::Result<Self> {
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let text = fs::read_to_string(&path)?;
            ensure!(!text.contains('"'), "{}: cells here need no quotes", path.display());
            let row = |line: &str| line.split(',').map(str::to_owned).collect();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            files.insert(name, text.lines().map(row).collect());
        }
        Ok(Self { base: files.clone(), files, mishaps: BTreeMap::new() })
    }

    /// Writes the export as it looks today.
    pub(crate) fn write(&self, folder: &Path) -> anyhow::Result<()> {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        fs::create_dir_all(folder)?;
        for (name, rows) in &self.files {
            let lines =
                |rows: &[Row]| -> String { rows.iter().map(|it| it.join(",") + "\n").collect() };
            let text = match self.mishaps.get(name) {
                None => lines(rows),
                Some(Mishap::Missing) => continue,
                Some(Mishap::Empty) => String::new(),
                Some(Mishap::HeaderOnly) => lines(&rows[..1]),
                Some(Mishap::Percent(left)) => lines(&rows[..=(rows.len() - 1) * left / 100]),
                Some(Mishap::Bytes(left)) => {
                    lines(rows).get(..*left).context("cut a letter")?.to_owned()
                }
            };
            fs::write(folder.join(name), text)?;
        }
        Ok(())
    }

    /// A new day: makes the changes that the lines tell. Mishaps of the day before are over.
    pub(crate) fn change(&mut self, lines: &[String]) -> anyhow::Result<()> {
        self.mishaps.clear();
        let mut file = String::new();
        for line in lines.iter().map(|line| line.trim()).filter(|line| !line.is_empty()) {
            if line == "allt är som i base" {
                self.files = self.base.clone();
            } else if line == "alla filer" || self.files.contains_key(line) {
                line.clone_into(&mut file);
            } else if let Some(mishap) = mishap(line) {
                self.mishaps.insert(file.clone(), mishap);
            } else if let Some(prefix) = line.strip_prefix("alla id börjar på ") {
                self.prefix_ids(&file, prefix)?;
            } else if let Some(columns) = line.strip_prefix("kolumnerna ") {
                self.swap(&file, columns)?;
            } else if let Some(cells) = line.strip_prefix("+ ") {
                self.add(&file, cells)?;
            } else if let Some(cells) = line.strip_prefix("- ") {
                self.remove(&file, cells)?;
            } else {
                let (cells, values) =
                    line.split_once(": ").with_context(|| format!("no change: {line}"))?;
                self.set(&file, cells, values)?;
            }
        }
        Ok(())
    }

    fn rows(&mut self, file: &str) -> anyhow::Result<&mut Vec<Row>> {
        self.files.get_mut(file).with_context(|| format!("no file is called {file}"))
    }

    fn add(&mut self, file: &str, values: &str) -> anyhow::Result<()> {
        let rows = self.rows(file)?;
        let mut row = vec![String::new(); rows[0].len()];
        assign(&rows[0], &mut row, values)?;
        rows.push(row);
        Ok(())
    }

    fn remove(&mut self, file: &str, cells: &str) -> anyhow::Result<()> {
        let mut found = 0;
        for (name, rows) in &mut self.files {
            if file == "alla filer" || file == name {
                let before = rows.len();
                rows.retain(|row| !has(row, cells));
                found += before - rows.len();
            }
        }
        ensure!(found > 0, "no row of {file} has {cells}");
        Ok(())
    }

    fn set(&mut self, file: &str, cells: &str, values: &str) -> anyhow::Result<()> {
        let rows = self.rows(file)?;
        let header = rows[0].clone();
        let mut found = 0;
        for row in rows.iter_mut().skip(1).filter(|row| cells == "alla" || has(row, cells)) {
            assign(&header, row, values)?;
            found += 1;
        }
        ensure!(found > 0, "no row of {file} has {cells}");
        Ok(())
    }

    /// Two columns change their content, but not their names.
    fn swap(&mut self, file: &str, columns: &str) -> anyhow::Result<()> {
        let words: Vec<&str> = columns.split(' ').collect();
        let rows = self.rows(file)?;
        let at =
            |word: usize| rows[0].iter().position(|name| Some(&name.as_str()) == words.get(word));
        let (Some(one), Some(other)) = (at(0), at(2)) else { bail!("no such columns: {columns}") };
        rows.iter_mut().skip(1).for_each(|row| row.swap(one, other));
        Ok(())
    }

    /// Puts the prefix before every id of the file, here and wherever it is referred to.
    fn prefix_ids(&mut self, file: &str, prefix: &str) -> anyhow::Result<()> {
        let ids: BTreeSet<String> =
            self.rows(file)?.iter().skip(1).map(|row| row[0].clone()).collect();
        for rows in self.files.values_mut() {
            let header = rows[0].clone();
            for row in rows.iter_mut().skip(1) {
                for (name, cell) in header.iter().zip(row) {
                    if (name == "id" || name.ends_with("_id")) && ids.contains(cell) {
                        cell.insert_str(0, prefix);
                    }
                }
            }
        }
        Ok(())
    }
}

fn mishap(line: &str) -> Option<Mishap> {
    let number = |after: &str| after.split(' ').next()?.parse().ok();
    match line {
        "filen saknas" => Some(Mishap::Missing),
        "filen är tom" => Some(Mishap::Empty),
        "bara rubrikraden finns kvar" => Some(Mishap::HeaderOnly),
        _ => {
            let cut = line.strip_prefix("filen är avhuggen efter ")?;
            let left = number(cut)?;
            if cut.contains('%') { Some(Mishap::Percent(left)) } else { Some(Mishap::Bytes(left)) }
        }
    }
}

/// Whether the row has each of these cells, parted by `;`.
fn has(row: &Row, cells: &str) -> bool {
    cells.split(';').all(|cell| row.iter().any(|it| it == cell.trim()))
}

/// `column = value; column = value`
fn assign(header: &Row, row: &mut Row, values: &str) -> anyhow::Result<()> {
    for pair in values.split(';') {
        let (name, value) = pair.split_once('=').with_context(|| format!("no value: {pair}"))?;
        let at = header.iter().position(|it| it == name.trim());
        let at = at.with_context(|| format!("no column is called {name}"))?;
        value.trim().clone_into(&mut row[at]);
    }
    Ok(())
}
