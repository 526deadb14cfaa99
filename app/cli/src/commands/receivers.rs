//! `simulate egil` and `simulate scim`: receivers on loopback, to try and to rehearse against.

use std::io;

use ::run::Exit;
use ::simulate::receiver::{Planted, Proof, Running, Sign, SignIn, Switches, Tls};
use ::simulate::{egil as play_egil, scim as play_scim};
use serde_json::json;

use crate::args::{Receiver, ResourceTypes, SimulateEgil, SimulateScim};
use crate::output::Output;
use crate::trouble::Trouble;

/// Plays a receiver of EGIL until the person interrupts.
pub(crate) async fn egil(args: &SimulateEgil, out: &mut Output) -> anyhow::Result<Exit> {
    if helped(&args.receiver, out) {
        return Ok(Exit::Done);
    }
    let switches = play_egil::Switches {
        common: switches(&args.receiver)?,
        references: if args.check_references {
            play_egil::References::Checked
        } else {
            play_egil::References::Unchecked
        },
        strictness: if args.strict {
            play_egil::Strictness::Strict
        } else {
            play_egil::Strictness::Lenient
        },
        ..play_egil::Switches::default()
    };
    let running = play_egil::start(switches).map_err(|error| not_started(&error))?;
    let base = running.base_url();
    until_stopped(&running, &base, "EGIL", out).await
}

/// Plays a service provider of SCIM until the person interrupts.
pub(crate) async fn scim(args: &SimulateScim, out: &mut Output) -> anyhow::Result<Exit> {
    if helped(&args.receiver, out) {
        return Ok(Exit::Done);
    }
    let switches = play_scim::Switches {
        common: switches(&args.receiver)?,
        kinds: match args.resource_types {
            ResourceTypes::Core => play_scim::Kinds::Core,
            ResourceTypes::Egil => play_scim::Kinds::Egil,
        },
        page: usize::from(args.page),
        largest_page: usize::from(args.largest_page),
        largest_bulk: args.largest_bulk,
        largest_payload: args.largest_payload,
        ..play_scim::Switches::default()
    };
    let running = play_scim::start(switches).map_err(|error| not_started(&error))?;
    let base = format!("{}/v2", running.base_url());
    until_stopped(&running, &base, "SCIM 2.0", out).await
}

/// True when the faults were asked for, and told.
fn helped(args: &Receiver, out: &mut Output) -> bool {
    if !args.fault.iter().any(|it| it == "help") {
        return false;
    }
    for (name, text) in Planted::ALL {
        out.json(&json!({ "fault": name, "text": text }));
        out.line(&format!("{name:<32} {text}"));
    }
    true
}

fn switches(args: &Receiver) -> Result<Switches, Trouble> {
    let fault = |text: &String| {
        text.parse::<Planted>().map_err(|_| {
            Trouble::usage(
                format!("Det finns inget fel som skrivs \"{text}\". Se dem med --fault help."),
                format!("There is no fault written \"{text}\". See them with --fault help."),
            )
        })
    };
    let tls = args.tls_cert.clone().zip(args.tls_key.clone());
    Ok(Switches {
        listen: args.listen,
        admin: args.admin,
        sign_in: SignIn { signs: signs(args)?, key_header: args.api_key_header.clone() },
        tls: tls.map(|(certificate, key)| Tls {
            certificate,
            key,
            client_issuers: args.client_ca.clone(),
        }),
        faults: args.fault.iter().map(fault).collect::<Result<_, _>>()?,
        state: args.state.clone(),
    })
}

/// Everything that lets somebody in.
fn signs(args: &Receiver) -> Result<Vec<Sign>, Trouble> {
    let key = |it: &str| Proof::Key(it.to_owned());
    let bearer = |it: &str| Proof::Bearer(it.to_owned());
    let pin = |it: &str| Proof::Pin(it.trim_start_matches("sha256//").to_owned());
    let mut signs = Vec::new();
    for (option, given, proof) in [
        ("--api-key", &args.api_key, &key as &dyn Fn(&str) -> Proof),
        ("--bearer", &args.bearer, &bearer),
        ("--client-pin", &args.client_pin, &pin),
    ] {
        for text in given {
            // A pin ends in `=`, but a tenant's name has none.
            let parts =
                text.split_once('=').filter(|(tenant, it)| !tenant.is_empty() && !it.is_empty());
            let (tenant, secret) = parts.ok_or_else(|| {
                Trouble::usage(
                    format!("{option} skrivs HUVUDMAN=VÄRDE."),
                    format!("{option} is written TENANT=VALUE."),
                )
            })?;
            signs.push(Sign { tenant: tenant.to_owned(), proof: proof(secret) });
        }
    }
    if signs.is_empty() {
        let sign = |proof| Sign { tenant: "demo".to_owned(), proof };
        signs = vec![sign(key("demo")), sign(bearer("demo"))];
    }
    Ok(signs)
}

pub(super) fn not_started(error: &io::Error) -> Trouble {
    let why = crate::trouble::why(error);
    Trouble::usage(
        format!(
            "Det mottagande systemet kunde inte starta. {}. Se över --listen, --admin, --tls-cert, --tls-key, --client-ca och --state; det lyssnar bara på den egna datorn.",
            why.sv
        ),
        format!(
            "The receiver could not start: {}. Look over --listen, --admin, --tls-cert, --tls-key, --client-ca and --state; it listens on loopback alone.",
            why.en
        ),
    )
}

/// Tells where it listens, then waits; what stops it also writes the state file.
async fn until_stopped(
    running: &Running,
    base: &str,
    what: &str,
    out: &mut Output,
) -> anyhow::Result<Exit> {
    let admin = running.admin_url();
    out.json(&json!({ "base_url": base, "admin": admin }));
    out.tell(
        &format!("Ett simulerat mottagande system ({what}) lyssnar på {base}. Avsluta med Ctrl-C."),
        &format!("A simulated receiver ({what}) listens on {base}. End it with Ctrl-C."),
    );
    out.tell(
        "Se vad den har fått, plantera ett fel, ta bort felen:",
        "See what it has got, plant a fault, take the faults away:",
    );
    out.line(&format!(
        "\n  curl {admin}/status\n  curl {admin}/dump\n  curl -d 'error/50@POST' {admin}/fault\n  curl -X DELETE {admin}/fault"
    ));
    stopped().await?;
    running.save()?;
    Ok(Exit::Done)
}

/// Ctrl-C, or the signal that a service is stopped with.
#[cfg(unix)]
pub(super) async fn stopped() -> io::Result<()> {
    let mut terminated = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminated.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
pub(super) async fn stopped() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}
