//! What a directory costs: `ldap_figures ENTRIES`. Starts slapd with so many accounts, reads it
//! over LDAPS as a run does, and tells searches, time, processor time and memory of this
//! process, in which the directory is not.

use std::error::Error;
use std::time::Instant;

use roster::TenantKey;
use roster::supplement::{Entries, Fills, MatchBy, Matching, Overwrite, Supplement as _};
use secret::{Secret, SecretError, SecretRef};
use sources_ldap::{Language, Ldap, explain};
use testkit::slapd::{PASSWORD, PEOPLE, READER, Signed, Slapd, accounts};

const TODAY: roster::Date = jiff::civil::date(2026, 11, 28);

/// A page of Active Directory's.
const LIMITS: &str = "sizelimit size.soft=1000 size.hard=1000 size.prtotal=unlimited";

#[tokio::main(flavor = "multi_thread", worker_threads = 1)]
#[expect(clippy::print_stdout, reason = "figures are what this program tells")]
#[expect(clippy::disallowed_methods, reason = "it measures")]
async fn main() -> Result<(), Box<dyn Error>> {
    let count = std::env::args().nth(1).ok_or("ldap_figures ENTRIES")?.parse()?;
    let folder = tempfile::tempdir()?;
    let started = Slapd::start(folder.path(), accounts(count), LIMITS, Signed::ByAuthority)?;
    let slapd = started.ok_or("slapd is not installed (scripts/test installs it)")?;
    let settings = format!(
        "url = \"ldaps://127.0.0.1:{}\"\nca_file = \"{}\"\nbases = [\"{PEOPLE}\"]\n\
         bind = {{ user = \"{READER}\", password = \"env:PASSWORD\" }}\n\
         match = {{ personnummer = \"employeeNumber\" }}\n\
         fill = {{ email = \"mail\", username = \"sAMAccountName\" }}\n",
        slapd.tls,
        slapd.ca_file.display()
    );
    let ldap = Ldap::new(toml::from_str(&settings)?, &secrets)?;
    let matching = Matching {
        by: MatchBy::Number,
        fills: vec![Fills::Email, Fills::Username],
        domains: vec!["elev.exempel.se".to_owned()],
        overwrite: Overwrite::No,
    };
    let (memory, processor, begun) = (status("VmRSS:")?, processor()?, Instant::now());
    let mut entries = Entries::new(&TenantKey::new([7; 32]), &matching, TODAY);
    let read = ldap.read(&mut entries).await.and_then(|()| entries.finish());
    let directory = read.map_err(|error| explain(&error, Language::English))?;
    println!(
        "{{\"entries\":{},\"searches\":{},\"wall_ms\":{},\"cpu_ms\":{},\"memory_before_kb\":{memory},\"peak_memory_kb\":{}}}",
        directory.entries(),
        slapd.searches()?,
        begun.elapsed().as_millis(),
        self::processor()? - processor,
        status("VmHWM:")?
    );
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "the shape that a reader of secrets has")]
fn secrets(_: &SecretRef) -> Result<Secret, SecretError> {
    Ok(Secret::new(PASSWORD.to_owned()))
}

/// A figure of this process in kilobytes (proc(5)).
fn status(name: &str) -> Result<u64, Box<dyn Error>> {
    let text = std::fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find_map(|line| line.strip_prefix(name)).ok_or("no such figure")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

/// Processor time of this process in milliseconds: ticks of a hundredth of a second (proc(5)).
fn processor() -> Result<u64, Box<dyn Error>> {
    let text = std::fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = text.rsplit_once(')').ok_or("no fields")?;
    let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<u64>);
    Ok(ticks.sum::<Result<u64, _>>()? * 10)
}
