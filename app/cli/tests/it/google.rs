//! The simulated Google as a program of its own, judged by Google's own client.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use serde_json::Value;

use crate::support::played::Played;

/// Scopes that the checks ask for.
const SCOPES: [&str; 8] = [
    "admin.directory.user",
    "admin.directory.user.readonly",
    "admin.directory.orgunit",
    "admin.directory.group",
    "classroom.courses",
    "classroom.rosters",
    "classroom.profile.emails",
    "apps.groups.settings",
];

/// google.md §4, recipes B and C: sign-in, single calls, batches in both shapes of path, lists in
/// pages, and every shape of refusal, by google-api-python-client.
#[test]
fn the_official_client_finds_what_google_documents() -> anyhow::Result<()> {
    // scripts/test installs it.
    let Some(python) = std::env::var_os("SKOLBRO_PYTHON").map(PathBuf::from) else {
        println!("skipped: SKOLBRO_PYTHON is not set; scripts/test sets it");
        return Ok(());
    };
    let has = Command::new(&python).args(["-c", "import googleapiclient, google.auth"]).output();
    if !has.is_ok_and(|it| it.status.success()) {
        println!("skipped: google-api-python-client is not here; scripts/test installs it");
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let key = folder.path().join("key.json");
    let mut arguments = vec!["--unit", "/Elever", "--key-file", key.to_str().context("a path")?];
    arguments.extend(SCOPES.iter().flat_map(|it| ["--scope", it]));
    let google = Played::start("google", &arguments)?;
    let checks = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/google/client.py");
    let output = Command::new(&python)
        .arg(checks)
        .args([google.text("base_url"), google.text("key_file"), google.text("subject")])
        .arg(google.text("admin"))
        .output()?;
    let text = String::from_utf8(output.stdout)?;
    ensure!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    ensure!(text.lines().filter(|it| it.starts_with("ok ")).count() == 10, "{text}");
    Ok(())
}

/// The key opens every door, though they are simulated ones: it is its owner's alone.
#[test]
fn the_key_file_is_as_googles_and_its_owners_alone() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let (key, fill) = (folder.path().join("key.json"), folder.path().join("fill.json"));
    fs::write(&fill, r#"{"users": [{"primaryEmail": "elev980@exempel.se"}]}"#)?;
    let path = |it: &Path| it.to_str().map(str::to_owned).context("a path");
    let google = Played::start("google", &["--key-file", &path(&key)?, "--fill", &path(&fill)?])?;
    let written: Value = serde_json::from_slice(&fs::read(&key)?)?;
    let text = |name: &str| written.get(name).and_then(Value::as_str).unwrap_or_default();
    ensure!(text("type") == "service_account", "{written}");
    ensure!(text("token_uri") == format!("{}/token", google.text("base_url")), "{written}");
    ensure!(text("private_key").starts_with("-----BEGIN PRIVATE KEY-----\n"), "a key");
    for name in ["client_email", "client_id", "private_key_id"] {
        ensure!(!text(name).is_empty(), "{name}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        ensure!(fs::metadata(&key)?.permissions().mode().trailing_zeros() >= 6, "its owner's");
    }
    ensure!(google.text("subject") == "admin@exempel.se", "{}", google.told);
    Ok(())
}

#[test]
fn what_google_cannot_be_is_refused_with_a_choice() -> anyhow::Result<()> {
    #[rustfmt::skip]
    let table: &[(&[&str], &str)] = &[
        (&["--fault", "fire"],            "--fault help"),
        (&["--quota", "members=3"],       "user-inserts"),
        (&["--window", "renamed"],        "fresh-in-classroom"),
        (&["--limit", "teachers=many"],   "roster-page"),
        (&["--quotas", "half"],           "real, off"),
        (&["--speed", "0"],               "--speed"),
        (&["--listen", "0.0.0.0:0"],      "--listen"),
        (&["--fill", "/there/is/none"],   "/there/is/none"),
        (&["--key-file", "/there/is/no"], "/there/is/no"),
    ];
    for (arguments, says) in table {
        let output = Command::new(env!("CARGO_BIN_EXE_skolbro"))
            .args(["simulate", "google"])
            .args(*arguments)
            .output()?;
        let text = String::from_utf8(output.stderr)?;
        ensure!(output.status.code() == Some(2), "{arguments:?}: {:?}", output.status);
        ensure!(text.contains(says), "{arguments:?}: {text}");
    }
    let output = Command::new(env!("CARGO_BIN_EXE_skolbro"))
        .args(["simulate", "google", "--fault", "help"])
        .output()?;
    let text = String::from_utf8(output.stdout)?;
    ensure!(output.status.success(), "{text}");
    for fault in ["status=STATUS", "quota", "incomplete", "latency=MS", "lost", "closed=SECONDS"] {
        ensure!(text.lines().any(|line| line.starts_with(fault)), "no {fault} in:\n{text}");
    }
    Ok(())
}
