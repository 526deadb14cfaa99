//! Parses pages that lie in a folder, again and again: `parse ours|value FOLDER TIMES`, by our
//! reader or as values of JSON. For `bench`, which measures it as a process of its own.
//!
//! A page's file is called as its list, then `-` and a number: `persons-12.json`.

use std::error::Error;

use serde_json::Value;
use sources_ss12000::{Collection, count_objects};

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[expect(clippy::print_stdout, reason = "the count is what this program tells")]
fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(how), Some(folder), Some(times)) =
        (arguments.next(), arguments.next(), arguments.next())
    else {
        return Err("parse ours|value FOLDER TIMES".into());
    };
    let count = match how.as_str() {
        "ours" => ours,
        "value" => as_value,
        other => return Err(format!("`{other}` is neither `ours` nor `value`").into()),
    };
    let mut pages = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let list = name.split('-').next().unwrap_or_default();
        let of =
            Collection::ALL.into_iter().find(|it| it.name() == list).ok_or("a strange file")?;
        pages.push((of, std::fs::read(entry.path())?));
    }
    let times: u32 = times.parse()?;
    let (mut objects, mut bytes) = (0, 0);
    for _ in 0..times {
        for (of, body) in &pages {
            objects += count(*of, body).ok_or("a page cannot be read")?;
            bytes += body.len();
        }
    }
    println!("{{\"objects\":{objects},\"bytes\":{bytes}}}");
    Ok(())
}

fn ours(of: Collection, body: &[u8]) -> Option<u64> {
    count_objects(of, body)
}

fn as_value(_: Collection, body: &[u8]) -> Option<u64> {
    let page: Value = serde_json::from_slice(body).ok()?;
    page.get("data")?.as_array().map(|objects| objects.len() as u64)
}
