//! `simulate`: systems on loopback, to try and to rehearse against.

use std::io;

use ::run::Exit;
use ::simulate::ss12000::{Dialect, Fault, Planted, Register, Running, Switches};
use serde_json::json;

use super::generate;
use crate::args::{Global, SimulateSs12000};
use crate::output::Output;
use crate::trouble::Trouble;

/// Plays a register until the person interrupts.
pub(crate) async fn ss12000(
    args: &SimulateSs12000,
    global: &Global,
    out: &mut Output,
) -> anyhow::Result<Exit> {
    if args.fault.iter().any(|it| it == "help") {
        for (name, text) in Fault::ALL {
            out.json(&json!({ "fault": name, "text": text }));
            out.line(&format!("{name:<26} {text}"));
        }
        return Ok(Exit::Done);
    }
    let switches = switches(args)?;
    let town = generate::town(&args.size, args.seed, generate::today(global)?)?;
    let running = Register::new(town, switches).start().map_err(|error| taken(args, &error))?;
    for _ in 0..args.day {
        running.next_day();
    }
    tell(args, &running, out);
    tokio::signal::ctrl_c().await?;
    Ok(Exit::Done)
}

fn switches(args: &SimulateSs12000) -> Result<Switches, Trouble> {
    let dialect = args.dialect.parse::<Dialect>().map_err(|_| {
        let (given, known) = (&args.dialect, Dialect::ALL.map(Dialect::name).join(", "));
        Trouble::usage(
            format!("Det finns ingen dialekt \"{given}\". Välj bland: {known}."),
            format!("There is no dialect \"{given}\". Choose from: {known}."),
        )
    })?;
    let fault = |text: &String| {
        text.parse::<Planted>().map_err(|_| {
            Trouble::usage(
                format!("Det finns inget fel som skrivs \"{text}\". Se dem med `skolbro simulate ss12000 --fault help`."),
                format!("There is no fault written \"{text}\". See them with `skolbro simulate ss12000 --fault help`."),
            )
        })
    };
    Ok(Switches {
        dialect,
        faults: args.fault.iter().map(fault).collect::<Result<_, _>>()?,
        page: usize::from(args.page),
        token_seconds: args.token_seconds,
        port: args.port,
        ..Switches::default()
    })
}

fn taken(args: &SimulateSs12000, error: &io::Error) -> Trouble {
    let port = args.port;
    let why = crate::trouble::why(error);
    Trouble::usage(
        format!(
            "Registret kunde inte lyssna på 127.0.0.1:{port}. {}. Välj en annan port med --port, eller utelämna den.",
            why.sv
        ),
        format!(
            "The register could not listen on 127.0.0.1:{port}: {}. Choose another port with --port, or leave it out.",
            why.en
        ),
    )
}

/// Where it listens, and what to write in the settings.
fn tell(args: &SimulateSs12000, running: &Running, out: &mut Output) {
    let (base_url, token_url) = (running.base_url(), running.token_url());
    let control = format!("{}/_control", running.origin());
    let (dialect, size, seed) = (&args.dialect, &args.size, args.seed);
    out.json(&json!({
        "base_url": base_url,
        "token_url": token_url,
        "client_id": "demo",
        "client_secret": "demo",
        "control": control,
    }));
    out.tell(
        &format!("Ett simulerat register (SS12000, {dialect}, storlek {size}, frö {seed}) lyssnar på {}. Avsluta med Ctrl-C.", running.origin()),
        &format!("A simulated register (SS12000, {dialect}, size {size}, seed {seed}) listens on {}. End it with Ctrl-C.", running.origin()),
    );
    out.line("");
    out.tell(
        "I inställningarna, med REGISTER_SECRET=demo i miljön:",
        "In the settings, with REGISTER_SECRET=demo in the environment:",
    );
    let profile = match args.dialect.as_str() {
        "edlevo" | "educloud" => dialect,
        _ => "standard",
    };
    out.line(&format!(
        "\n[source.register.ss12000]\n\
         base_url = \"{base_url}\"\n\
         profile = \"{profile}\"\n\
         auth.client_credentials = {{ token_url = \"{token_url}\", client_id = \"demo\", secret = \"env:REGISTER_SECRET\" }}\n"
    ));
    out.tell(
        "Låt en dag gå, plantera ett fel, ta bort felen:",
        "Let a day pass, plant a fault, take the faults away:",
    );
    out.line(&format!(
        "\n  curl -X POST {control}/next-day\n  curl -d 'status=503@persons' {control}/fault\n  curl -X DELETE {control}/fault"
    ));
}
