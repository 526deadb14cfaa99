//! `simulate google`: Google Workspace on loopback, to try and to rehearse against.

use ::run::Exit;
use ::simulate::google::{Kept, Limits, Named, Power, Quotas, Switches, Told, Trouble as Planted};
use ::simulate::google::{Running, Windows, start};
use ::simulate::receiver::{self, Planted as OfTheWire, Tls};
use serde_json::{Map, Value, json};

use super::receivers::{not_started, stopped};
use crate::args::{GroupIds, OnOff, RealOff, SimulateGoogle};
use crate::output::Output;
use crate::trouble::{Trouble, why};

/// Plays Google until the person interrupts.
pub(crate) async fn google(args: &SimulateGoogle, out: &mut Output) -> anyhow::Result<Exit> {
    if args.fault.iter().any(|it| it == "help") {
        for (name, text) in Planted::ALL.iter().chain(&OfTheWire::ALL) {
            out.json(&json!({ "fault": name, "text": text }));
            out.line(&format!("{name:<32} {text}"));
        }
        return Ok(Exit::Done);
    }
    let running = start(switches(args)?).map_err(|error| not_started(&error))?;
    if let Some(path) = &args.key_file {
        running.write_key(path).map_err(|error| {
            let (path, why) = (path.display(), why(&error));
            Trouble::usage(
                format!("Nyckelfilen {path} kunde inte skrivas. {}.", why.sv),
                format!("The key file {path} could not be written: {}.", why.en),
            )
        })?;
    }
    fill(args, &running)?;
    tell(args, &running, out);
    stopped().await?;
    running.save()?;
    Ok(Exit::Done)
}

fn switches(args: &SimulateGoogle) -> Result<Switches, Trouble> {
    let (faults, troubles) = faults(&args.fault)?;
    let mut quotas = match args.quotas {
        RealOff::Real => Quotas::REAL,
        RealOff::Off => Quotas::OFF,
    };
    let mut windows = match args.windows {
        RealOff::Real => Windows::REAL,
        RealOff::Off => Windows::OFF,
    };
    let mut limits = Limits::default();
    named("--quota", &args.quota, &mut quotas)?;
    named("--window", &args.window, &mut windows)?;
    named("--limit", &args.limit, &mut limits)?;
    quotas.told = if args.quota_status == 429 { Told::TooMany } else { Told::Forbidden };
    if !(args.speed > 0.0 && args.speed.is_finite()) {
        return Err(Trouble::usage(
            "--speed ska vara ett tal större än 0.".to_owned(),
            "--speed must be a number above 0.".to_owned(),
        ));
    }
    let tls = args.tls_cert.clone().zip(args.tls_key.clone());
    Ok(Switches {
        common: receiver::Switches {
            listen: args.listen,
            admin: args.admin,
            tls: tls.map(|(certificate, key)| Tls { certificate, key, client_issuers: None }),
            faults,
            state: args.state.clone(),
            ..receiver::Switches::default()
        },
        domains: args.domain.clone(),
        admins: args.administrator.clone(),
        granted: (!args.scope.is_empty()).then(|| args.scope.clone()),
        units: args.unit.clone(),
        fields: args.custom_field.clone(),
        unmanaged: args.unmanaged.clone(),
        group_ids: match args.group_ids {
            GroupIds::Kept => Kept::Yes,
            GroupIds::Dropped => Kept::Dropped,
        },
        classroom: match args.classroom {
            OnOff::On => Power::On,
            OnOff::Off => Power::Off,
        },
        quotas,
        windows,
        limits,
        speed: args.speed,
        seed: args.seed,
        troubles,
    })
}

/// Faults of the wire, and troubles with single calls.
fn faults(given: &[String]) -> Result<(Vec<OfTheWire>, Vec<Planted>), Trouble> {
    let (mut wire, mut single) = (Vec::new(), Vec::new());
    for text in given {
        if let Ok(fault) = text.parse::<OfTheWire>() {
            wire.push(fault);
        } else if let Ok(trouble) = text.parse::<Planted>() {
            single.push(trouble);
        } else {
            return Err(Trouble::usage(
                format!("Det finns inget fel som skrivs \"{text}\". Se dem med --fault help."),
                format!("There is no fault written \"{text}\". See them with --fault help."),
            ));
        }
    }
    Ok((wire, single))
}

/// Sets what is given as `NAME=NUMBER`.
fn named<T: Named>(option: &str, given: &[String], all: &mut T) -> Result<(), Trouble> {
    for text in given {
        let pair = text.split_once('=');
        let pair = pair.and_then(|(name, value)| Some((name, value.parse::<u32>().ok()?)));
        if !pair.is_some_and(|(name, value)| all.set(name, value)) {
            let names = T::NAMES.join(", ");
            return Err(Trouble::usage(
                format!("{option} skrivs NAMN=TAL, med något av namnen {names}."),
                format!("{option} is written NAME=NUMBER, with one of the names {names}."),
            ));
        }
    }
    Ok(())
}

fn fill(args: &SimulateGoogle, running: &Running) -> Result<(), Trouble> {
    let Some(path) = &args.fill else { return Ok(()) };
    let told = |sv: &str, en: &str| {
        let path = path.display();
        Trouble::usage(
            format!("{path} kunde inte läsas in: {sv}."),
            format!("{path} could not be put in: {en}."),
        )
    };
    let bytes = std::fs::read(path).map_err(|error| {
        let why = why(&error);
        told(&why.sv, &why.en)
    })?;
    let state: Map<String, Value> = serde_json::from_slice(&bytes)
        .map_err(|_| told("det är inget JSON-objekt", "it is no JSON object"))?;
    running.fill(&state).map_err(|text| told(&text, &text))
}

/// Where it listens, and what may be done to it.
fn tell(args: &SimulateGoogle, running: &Running, out: &mut Output) {
    let (base, admin) = (running.base_url(), running.admin_url());
    let subject = args.administrator.first().cloned().unwrap_or_default();
    let mut told = json!({ "base_url": base, "admin": admin, "subject": subject });
    if let (Some(path), Some(map)) = (&args.key_file, told.as_object_mut()) {
        map.insert("key_file".to_owned(), path.display().to_string().into());
    }
    out.json(&told);
    out.tell(
        &format!("Ett simulerat Google Workspace lyssnar på {base}. Avsluta med Ctrl-C."),
        &format!("A simulated Google Workspace listens on {base}. End it with Ctrl-C."),
    );
    match &args.key_file {
        Some(path) => out.tell(
            &format!("Tjänstkontots nyckel ligger i {}; agera som {subject}.", path.display()),
            &format!("The service account's key is in {}; act as {subject}.", path.display()),
        ),
        None => out
            .tell("Utan --key-file kan ingen logga in.", "Nobody can sign in without --key-file."),
    }
    out.tell(
        "Se vad det har fått, plantera ett fel, ta bort felen, låt en dag gå:",
        "See what it has got, plant a fault, take the faults away, let a day pass:",
    );
    out.line(&format!(
        "\n  curl {admin}/counts\n  curl {admin}/dump\n  curl -d 'status=503/50@POST' {admin}/fault\n  curl -X DELETE {admin}/fault\n  curl -X POST '{admin}/pass?seconds=86400'"
    ));
}
