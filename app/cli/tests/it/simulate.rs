//! The simulated register as a program of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

use crate::support::played::Played;

fn register(arguments: &[&str]) -> anyhow::Result<Played> {
    Played::start("ss12000", &[&["--today", "2026-09-15"], arguments].concat())
}

/// The published checker pages through everything and finds nothing to remark on.
#[test]
fn the_published_checker_finds_nothing() -> anyhow::Result<()> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/specs");
    let specs = std::env::var_os("SKOLBRO_SPECS").map_or(default, PathBuf::from);
    let checker = specs.join("ss12000/conformance_check.py");
    if !checker.exists() {
        println!("skipped: {} is not here (SKOLBRO_SPECS names its folder)", checker.display());
        return Ok(());
    }
    // scripts/test installs one that has what is needed.
    let python = std::env::var_os("SKOLBRO_PYTHON").unwrap_or_else(|| "python3".into());
    let has = Command::new(&python).args(["-c", "import yaml, jsonschema"]).output();
    if !has.is_ok_and(|it| it.status.success()) {
        println!("skipped: python3 has no PyYAML and jsonschema; scripts/test installs them");
        return Ok(());
    }
    let register = register(&["--size", "XS", "--day", "40"])?;
    let output = Command::new(&python).arg(&checker).arg(register.text("base_url")).output()?;
    let text = String::from_utf8(output.stdout)?;
    ensure!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let lines: Vec<&str> = text.lines().collect();
    ensure!(lines.len() == 6, "six lists and no remark:\n{text}");
    for (line, list) in lines.iter().zip([
        "organisations",
        "persons",
        "groups",
        "duties",
        "activities",
        "deletedEntities",
    ]) {
        let many: usize =
            line.strip_prefix(&format!("== {list} ")).with_context(|| text.clone())?.parse()?;
        ensure!(many > 0, "{list} has something in it:\n{text}");
    }
    Ok(())
}

#[test]
fn it_tells_where_it_listens_and_only_on_loopback() -> anyhow::Result<()> {
    let register = register(&["--size", "XS", "--dialect", "edlevo"])?;
    for name in ["base_url", "token_url", "control"] {
        ensure!(register.text(name).starts_with("http://127.0.0.1:"), "{name}");
    }
    ensure!(
        register.text("base_url").ends_with("/WE.Education.IntegrationPortal.ExternalApi/api/v1")
    );
    Ok(())
}

#[test]
fn what_it_cannot_play_is_refused_with_a_choice() -> anyhow::Result<()> {
    #[rustfmt::skip]
    let table: &[(&[&str], &str)] = &[
        (&["--dialect", "tieto"],  "standard, v2_0, edlevo, educloud, demo-sis"),
        (&["--fault", "fire"],     "--fault help"),
        (&["--size", "XXS"],       "XS, S, M, L, XL, XXL"),
    ];
    for (arguments, says) in table {
        let output = Command::new(env!("CARGO_BIN_EXE_skolbro"))
            .args(["simulate", "ss12000"])
            .args(*arguments)
            .output()?;
        let text = String::from_utf8(output.stderr)?;
        ensure!(output.status.code() == Some(2), "{arguments:?}: {:?}", output.status);
        ensure!(text.contains(says), "{arguments:?}: {text}");
    }
    let taken = std::net::TcpListener::bind("127.0.0.1:0")?;
    let port = taken.local_addr()?.port().to_string();
    let output = Command::new(env!("CARGO_BIN_EXE_skolbro"))
        .args(["simulate", "ss12000", "--size", "XS", "--port", &port])
        .output()?;
    let text = String::from_utf8(output.stderr)?;
    ensure!(output.status.code() == Some(2) && text.contains("--port"), "{text}");
    Ok(())
}

#[test]
fn every_fault_is_listed() -> anyhow::Result<()> {
    let output = Command::new(env!("CARGO_BIN_EXE_skolbro"))
        .args(["simulate", "ss12000", "--fault", "help"])
        .output()?;
    let text = String::from_utf8(output.stdout)?;
    ensure!(output.status.success() && text.lines().count() == 23, "{text}");
    Ok(())
}
