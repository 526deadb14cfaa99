//! The simulated receivers as programs of their own.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, ensure};

use crate::support::played::Played;

/// Head and body of an answer; `headers` end in a line break each.
pub(crate) fn ask(url: &str, method: &str, headers: &str, body: &str) -> anyhow::Result<String> {
    let rest = url.strip_prefix("http://").context("no http")?;
    let (address, path) = rest.split_once('/').context("no path")?;
    let mut stream = TcpStream::connect(address)?;
    write!(
        stream,
        "{method} /{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// The published tester creates, reads, patches and deletes everything, and every check holds.
#[test]
fn the_published_scim_tester_finds_nothing() -> anyhow::Result<()> {
    // scripts/test installs it beside this.
    let python = std::env::var_os("SKOLBRO_PYTHON").map(PathBuf::from);
    let Some(tester) = python.map(|it| it.with_file_name("scim2")).filter(|it| it.exists()) else {
        println!("skipped: scim2-cli is not here; scripts/test installs it");
        return Ok(());
    };
    let receiver = Played::start("scim", &["--bearer", "demo=abc"])?;
    let output = Command::new(tester)
        .args(["--url", receiver.text("base_url"), "test"])
        .env("SCIM_CLI_HEADERS", "Authorization: Bearer abc")
        .output()?;
    let text = String::from_utf8(output.stdout)?;
    ensure!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    // Each check begins a line with what came of it; what it found follows, indented.
    let checks: Vec<&str> =
        text.lines().skip(1).filter(|it| it.starts_with(char::is_uppercase)).collect();
    ensure!(checks.len() > 100, "{text}");
    ensure!(checks.iter().all(|it| it.starts_with("SUCCESS ")), "{text}");
    Ok(())
}

#[test]
fn a_receiver_tells_where_it_listens_and_whom_it_lets_in() -> anyhow::Result<()> {
    #[rustfmt::skip]
    let table: &[(&[&str], &str, &str, &str)] = &[
        // how it is started                path             header                        answer
        (&["egil"],                         "/Users",        "X-API-Key: demo\r\n",         "HTTP/1.1 200"),
        (&["egil"],                         "/Users",        "X-API-Key: other\r\n",        "HTTP/1.1 403"),
        (&["egil", "--api-key", "aby=k"],   "/Users",        "X-API-Key: k\r\n",            "HTTP/1.1 200"),
        (&["egil", "--api-key", "aby=k"],   "/Users",        "X-API-Key: demo\r\n",         "HTTP/1.1 403"),
        (&["egil", "--api-key", "aby=k", "--api-key-header", "X-K"], "/Users", "X-K: k\r\n", "HTTP/1.1 200"),
        (&["egil", "--fault", "error"],     "/Users",        "X-API-Key: demo\r\n",         "HTTP/1.1 500"),
        (&["scim"],                         "/Users",        "Authorization: Bearer demo\r\n", "HTTP/1.1 200"),
        (&["scim"],                         "/Users",        "",                            "HTTP/1.1 401"),
        (&["scim", "--resource-types", "egil"], "/Activities", "Authorization: Bearer demo\r\n", "HTTP/1.1 200"),
    ];
    for (arguments, path, header, status) in table {
        let (kind, rest) = arguments.split_first().context("no kind")?;
        let receiver = Played::start(kind, rest)?;
        let (base, admin) = (receiver.text("base_url"), receiver.text("admin"));
        ensure!(base.starts_with("http://127.0.0.1:") && admin.starts_with("http://127.0.0.1:"));
        let answer = ask(&format!("{base}{path}"), "GET", header, "")?;
        ensure!(answer.starts_with(status), "{arguments:?} {header}: {answer}");
        let told = ask(&format!("{admin}/status"), "GET", "", "")?;
        ensure!(told.contains("\"requests\":1"), "{told}");
    }
    Ok(())
}

#[cfg(unix)]
#[test]
fn what_a_receiver_holds_is_there_when_it_starts_again() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("state.json");
    let state = ["--state", file.to_str().context("no text")?];
    let unit = r#"{"schemas":["x"],"externalId":"00000000-0000-4000-8000-000000000001","displayName":"A"}"#;
    let mut receiver = Played::start("egil", &state)?;
    let url = format!("{}/Organisations", receiver.text("base_url"));
    let headers = "X-API-Key: demo\r\nContent-Type: application/scim+json\r\n";
    ensure!(ask(&url, "POST", headers, unit)?.starts_with("HTTP/1.1 201"));
    ensure!(Command::new("kill").arg(receiver.child.id().to_string()).status()?.success());
    ensure!(receiver.child.wait()?.success(), "a clean stop");
    let again = Played::start("egil", &state)?;
    let url = format!("{}/Organisations", again.text("base_url"));
    ensure!(ask(&url, "POST", headers, unit)?.starts_with("HTTP/1.1 409"));
    Ok(())
}

#[test]
fn what_a_receiver_cannot_be_is_refused_with_a_choice() -> anyhow::Result<()> {
    let taken = std::net::TcpListener::bind("127.0.0.1:0")?;
    let taken = taken.local_addr()?.to_string();
    #[rustfmt::skip]
    let table: &[(&[&str], &str)] = &[
        (&["egil", "--fault", "fire"],               "--fault help"),
        (&["egil", "--api-key", "k"],                "--api-key"),
        (&["egil", "--bearer", "=t"],                "--bearer"),
        (&["egil", "--client-pin", "aby=p"],         "--tls-cert"),
        (&["egil", "--tls-cert", "a", "--tls-key", "b"], "--tls-cert"),
        (&["egil", "--listen", "0.0.0.0:0"],         "--listen"),
        (&["scim", "--admin", &taken],               "--admin"),
        (&["scim", "--resource-types", "moa"],       "core, egil"),
    ];
    for (arguments, says) in table {
        let output = Command::new(env!("CARGO_BIN_EXE_skolbro"))
            .arg("simulate")
            .args(*arguments)
            .output()?;
        let text = String::from_utf8(output.stderr)?;
        ensure!(output.status.code() == Some(2), "{arguments:?}: {:?}", output.status);
        ensure!(text.contains(says), "{arguments:?}: {text}");
    }
    Ok(())
}

#[test]
fn every_fault_of_a_receiver_is_listed() -> anyhow::Result<()> {
    for kind in ["egil", "scim"] {
        let output = Command::new(env!("CARGO_BIN_EXE_skolbro"))
            .args(["simulate", kind, "--fault", "help"])
            .output()?;
        let text = String::from_utf8(output.stdout)?;
        ensure!(output.status.success(), "{text}");
        for fault in
            ["latency=MS", "error", "forbidden", "reset", "lost", "cut", "limit=", "locked"]
        {
            ensure!(text.lines().any(|line| line.starts_with(fault)), "no {fault} in:\n{text}");
        }
    }
    Ok(())
}
