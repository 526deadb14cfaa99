//! The program `skolbro`.

mod args;
mod backups;
mod carried;
mod commands;
mod connectors;
mod exclusions;
mod failure;
mod memory_words;
mod open;
mod output;
mod place;
mod receivers;
mod risks;
mod school_register;
mod secrets;
mod show;
mod standing;
mod supplements;
mod target_words;
mod trouble;
mod workbook;

use clap::Parser as _;

use crate::args::{Cli, Command, Simulate};
use crate::output::Output;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    let cli = Cli::parse();
    let mut out = Output::new(&cli.global);
    output::start_log(cli.global.log.as_deref());
    output::tell_of_waits();
    // One worker beside the main thread: what must go on while a stage computes, such as
    // renewing a lease.
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let exit = match runtime.worker_threads(1).enable_all().build() {
        Ok(runtime) => runtime.block_on(run(&cli, &mut out)),
        Err(error) => Err(error.into()),
    };
    let exit = exit.unwrap_or_else(|error| failure::tell(&error, &mut out));
    let exit = out.finish(exit);
    std::process::ExitCode::from(if cli.global.sysexits { exit.sysexit() } else { exit.code() })
}

async fn run(cli: &Cli, out: &mut Output) -> anyhow::Result<run::Exit> {
    let Cli { global, command } = cli;
    match command {
        Command::Init(args) => commands::init::init(args, out),
        Command::Validate => commands::init::validate(global, out),
        Command::Schema => Ok(commands::init::schema(out)),
        Command::Generate(args) => commands::generate::generate(args, global, out),
        Command::Doctor => commands::doctor::doctor(global, out).await,
        Command::Simulate(Simulate::Ss12000(args)) => {
            commands::simulate::ss12000(args, global, out).await
        }
        Command::Simulate(Simulate::Egil(args)) => commands::receivers::egil(args, out).await,
        Command::Simulate(Simulate::Scim(args)) => commands::receivers::scim(args, out).await,
        Command::Simulate(Simulate::Google(args)) => commands::google::google(args, out).await,
        Command::Demo(args) => Box::pin(commands::demo::demo(args, global, out)).await,
        Command::Plan(args) => commands::plan::plan(args, global, out).await,
        Command::Apply(args) => commands::apply::apply(args, global, out).await,
        Command::Run(args) => commands::run::run(args, global, out).await,
        Command::Approve(args) => commands::approve::approve(args, global, out).await,
        Command::Explain(args) => commands::explain::explain(args, global, out).await,
        Command::Status => commands::status::status(global, out).await,
        Command::Report(args) => commands::report::report(args, global, out).await,
        Command::Schools(args) => commands::schools::schools(args, global, out).await,
        Command::Backup(args) => commands::backup::backup(args, global, out).await,
        Command::Restore(args) => commands::restore::restore(args, global, out).await,
        Command::Adopt(args) => commands::adopt::adopt(args, global, out).await,
        Command::Purge(args) => commands::purge::purge(args, global, out).await,
        Command::Passwords(args) => commands::passwords::passwords(args, global, out).await,
        Command::VerifyAudit(args) => commands::purge::verify_audit(args, global, out).await,
    }
}
