//! Against a real directory. Skipped with a message where slapd is not installed;
//! `scripts/test` installs it.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "tests, and their helpers")]

use roster::supplement::{Entries, Fills, Match, MatchBy, Matching, Overwrite, Supplement as _};
use roster::{Date, SourceError, SourceIndex, TenantKey};
use secret::{Secret, SecretError, SecretRef};
use sources_ldap::{Language, Ldap, LdapSettings, Setup, explain};
use tempfile::TempDir;
use testkit::slapd::{Account, PASSWORD, PEOPLE, READER, Signed, Slapd, number};

mod cut;
mod garbage;
mod pages;
mod spoken;
mod trust;

const TODAY: Date = Date::constant(2026, 11, 28);

/// A directory and its folder.
struct World {
    slapd: Slapd,
    folder: TempDir,
}

impl World {
    /// `None`, and a message, where there is no slapd.
    fn with(accounts: &[Account], limits: &str, signed: Signed) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let Some(slapd) =
            Slapd::start(folder.path(), accounts.iter().cloned(), limits, signed).unwrap()
        else {
            println!("skipped: slapd is not installed (scripts/test installs it)");
            return None;
        };
        Some(Self { slapd, folder })
    }

    fn tls(&self) -> String {
        format!("ldaps://127.0.0.1:{}", self.slapd.tls)
    }

    fn plain(&self) -> String {
        format!("ldap://127.0.0.1:{}", self.slapd.plain)
    }

    fn ca(&self) -> String {
        format!("ca_file = \"{}\"\n", self.slapd.ca_file.display())
    }
}

/// As many accounts, all of them open.
fn accounts(count: usize) -> Vec<Account> {
    testkit::slapd::accounts(count).collect()
}

#[expect(clippy::unnecessary_wraps, reason = "the shape that a reader of secrets has")]
fn secrets(reference: &SecretRef) -> Result<Secret, SecretError> {
    match reference {
        SecretRef::Env(name) => Ok(Secret::new(name.clone())),
        SecretRef::File(_) | SecretRef::Credential(_) => panic!("{reference}"),
    }
}

/// Settings with the reader's sign-in; the password is the variable's name.
fn settings(url: &str, more: &str) -> String {
    signed_in(url, PASSWORD, more)
}

fn signed_in(url: &str, password: &str, more: &str) -> String {
    format!(
        "url = \"{url}\"\nbind = {{ user = \"{READER}\", password = \"env:{password}\" }}\n{more}\n\
         match = {{ personnummer = \"employeeNumber\" }}\nfill = {{ email = \"mail\", username = \"sAMAccountName\" }}\n"
    )
}

fn made(settings: &str) -> Result<Ldap, Setup> {
    let settings: LdapSettings = toml::from_str(settings).unwrap();
    assert_eq!(settings.problems(), []);
    Ldap::new(settings, &secrets)
}

fn matching() -> Matching {
    Matching {
        by: MatchBy::Number,
        fills: vec![Fills::Email, Fills::Username],
        domains: vec!["elev.exempel.se".to_owned()],
        overwrite: Overwrite::No,
    }
}

async fn read_by(
    settings: &str,
    matching: &Matching,
) -> Result<roster::supplement::Directory, SourceError> {
    let mut entries = Entries::new(&TenantKey::new([1; 32]), matching, TODAY);
    made(settings).unwrap().read(&mut entries).await?;
    entries.finish()
}

async fn read(settings: &str) -> Result<u64, SourceError> {
    Ok(read_by(settings, &matching()).await?.entries())
}

/// The class of an error and its reason or code, and that its words name no secret.
fn told(error: &SourceError) -> String {
    for language in [Language::Swedish, Language::English] {
        let words = explain(error, language);
        assert!(!words.contains('{') && !words.contains(PASSWORD), "{words}");
        assert!(words.contains("127.0.0.1"), "{words}");
    }
    match error {
        SourceError::Unavailable { detail, .. } => format!("unavailable {detail}"),
        SourceError::Denied { place } => format!("denied {}", place.rsplit_once(' ').unwrap().1),
        SourceError::Content { code, .. } => format!("content {code}"),
        SourceError::MarkingMissing { .. } | SourceError::Spool(_) => panic!("{error}"),
    }
}

/// K030, K067, K075: accounts come as they are, by number or by GUID.
#[tokio::test]
async fn accounts_are_read() {
    let mut list = accounts(3);
    list[1].control = 514;
    list[2].mail = vec!["u2@privat.example".to_owned()];
    // 0f8fad5b-d9cb-469f-a165-70867728950e as the directory keeps it.
    list[0].guid = Some("W62PD8vZn0ahZXCGdyiVDg==".to_owned());
    let Some(world) = World::with(&list, "", Signed::ByAuthority) else { return };
    let written = settings(&world.tls(), &format!("{}bases = [\"{PEOPLE}\"]", world.ca()));
    let by_id = Matching { by: MatchBy::SourceId(SourceIndex(0)), ..matching() };
    let with_guid =
        written.replace("personnummer = \"employeeNumber\"", "source_id = \"objectGUID\"");
    let directory = read_by(&with_guid, &by_id).await.unwrap();
    let found = directory.of_id(Some("0F8FAD5B-d9cb-469f-a165-70867728950e"));
    let one = Match::One { email: Some("u0@elev.exempel.se"), username: Some("u0") };
    assert_eq!(found, one);
    let by_account = written.replace("personnummer = \"employeeNumber\"", "source_id = \"uid\"");
    let directory = read_by(&by_account, &by_id).await.unwrap();
    let found = ["u0", "u1", "u2", "u3"].map(|id| directory.of_id(Some(id)));
    assert_eq!(found, [one, Match::Disabled, Match::WrongDomain, Match::Nobody]);
    assert_eq!(read(&written).await.unwrap(), 3);
    assert!(world.folder.path().join("db").is_dir());
    let log = world.slapd.log().unwrap();
    assert!(!log.contains(&number(0)), "the directory's log tells whom we looked for");
}

/// K008: each refusal has its own class, and words that say what to do.
#[tokio::test]
async fn refusals_are_told_apart() {
    let Some(world) = World::with(&accounts(3), "", Signed::ByAuthority) else { return };
    let (url, ca) = (world.tls(), world.ca());
    let nowhere = "ldaps://127.0.0.1:1";
    let anonymous = |text: String| {
        text.lines().filter(|line| !line.starts_with("bind")).collect::<Vec<_>>().join("\n")
    };
    let base = |base: &str| format!("{ca}bases = [\"{base}\"]");
    let other = settings(&url, &base(PEOPLE));
    #[rustfmt::skip]
    let table: &[(&str, String, &str)] = &[
        ("password",       signed_in(&url, "fel", &ca),                                  "denied (49)"),
        ("nobody",         anonymous(settings(&url, &base(PEOPLE))),                     "content no_base"),
        ("no such place",  settings(&url, &base("ou=finns-inte,dc=exempel")),            "content no_base"),
        ("nobody there",   settings(&url, &format!("{}\nfilter = \"(uid=x*)\"", base(PEOPLE))), "content empty"),
        ("other number",   other.replace("employeeNumber", "uid"),                       "content unreadable_ids"),
        ("no number",      other.replace("employeeNumber", "carLicense"),                "content no_ids"),
        ("no value",       other.replace("\"mail\"", "\"carLicense\"").replace("sAMAccountName", "carLicense"), "content no_values"),
        ("too many",       settings(&url, &format!("{}\nmax_entries = 2", base(PEOPLE))), "content too_large"),
        ("not there",      settings(nowhere, ""),                                        "unavailable reason=connect"),
        ("plain at TLS",   settings(&url.replace("ldaps", "ldap"), ""),                  "unavailable reason=cut_off"),
        ("TLS at plain",   settings(&world.plain().replace("ldap:", "ldaps:"), &ca),     "unavailable reason=closed"),
    ];
    let mut wrong = Vec::new();
    for (shows, settings, expected) in table {
        let found = match read(settings).await {
            Ok(count) => format!("{count} entries"),
            Err(error) if matches!(&error, SourceError::Content { place, .. } if place.is_empty()) =>
            {
                let SourceError::Content { code, .. } = error else { continue };
                format!("content {code}")
            }
            Err(error) => told(&error),
        };
        if found != *expected {
            wrong.push(format!("{shows}: {found}, not {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// K091: `doctor` asks whether it is let in and sees anybody.
#[tokio::test]
async fn a_probe_reads_a_few() {
    let Some(world) = World::with(&accounts(30), "", Signed::ByAuthority) else { return };
    let good = made(&settings(&world.tls(), &world.ca())).unwrap();
    good.probe().await.unwrap();
    let blind = settings(&world.tls(), &format!("{}filter = \"(uid=x*)\"", world.ca()));
    assert_eq!(told(&made(&blind).unwrap().probe().await.unwrap_err()), "content empty");
    assert!(made(&settings(&world.tls(), "ca_file = \"/finns/inte.pem\"")).is_err());
}
