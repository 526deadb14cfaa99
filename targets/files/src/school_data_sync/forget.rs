//! Takes persons out of the set in the folder and of the one before it.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use connect::sets;

/// Takes every line that names one of the ids away.
pub(super) fn forget(folder: &Path, ids: &BTreeSet<String>) -> io::Result<()> {
    for kept in sets::kept(folder) {
        forget_in(&kept, ids)?;
    }
    Ok(())
}

fn forget_in(folder: &Path, ids: &BTreeSet<String>) -> io::Result<()> {
    let mut addresses = BTreeSet::new();
    let mut found = 0_usize;
    sets::each_record(folder, &mut |name, record| {
        if record.iter().any(|cell| ids.contains(cell)) {
            found += 1;
            // v1 knows a contact by its address alone in the file of relations.
            let address = record.get(0).filter(|_| name.eq_ignore_ascii_case("User.csv"));
            addresses.extend(address.map(str::to_owned));
        }
    })?;
    if found == 0 {
        return Ok(());
    }
    sets::rewrite(folder, &mut |name, record| {
        let in_relations = name.eq_ignore_ascii_case("Guardianrelationship.csv");
        let is_named = record
            .iter()
            .any(|cell| ids.contains(cell) || (in_relations && addresses.contains(cell)));
        (!is_named).then_some(record)
    })
}
