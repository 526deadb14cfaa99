//! Our targets against a server that others wrote: `scim2-server`, a reference implementation
//! of RFC 7644 (reference/targets.md §7.1).

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use generate::Size;

use crate::support::{DAY_1, DAY_2, Tenant, plan_id, town};

/// The server, stopped when this is dropped.
struct Server {
    child: Child,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// `None` where it is not installed.
    fn start(arguments: &[String]) -> anyhow::Result<Option<Self>> {
        let python = std::env::var_os("SKOLBRO_PYTHON").map(PathBuf::from);
        let server = python.map(|it| it.with_file_name("scim2-server"));
        let Some(server) = server.filter(|it| it.exists()) else {
            println!("skipped: scim2-server is not here; scripts/test installs it");
            return Ok(None);
        };
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let child = Command::new(server)
            .args(["--port", &port.to_string(), "--bearer-token", "abc"])
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let server = Self { child, port };
        // Nobody ever sends: this is a wait and no more.
        let (_keep, never) = mpsc::channel::<()>();
        for _ in 0..200 {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
                return Ok(Some(server));
            }
            ensure!(never.recv_timeout(Duration::from_millis(100)).is_err(), "nobody sends");
        }
        anyhow::bail!("scim2-server does not listen")
    }

    /// A tenant whose one target is this server.
    fn tenant(&self, kind: &str, more: &str) -> anyhow::Result<Tenant> {
        let tenant = Tenant::new()?;
        tenant.register(&town(Size::Xs, 1), None)?;
        fs::write(tenant.path("token"), "abc")?;
        let text = fs::read_to_string(tenant.path("skolbro.toml"))?;
        let (before, _) = text.split_once("[target.").context("a target")?;
        let target = format!(
            "[target.server]\nschools = [\"*\"]\n[target.server.{kind}]\n\
             url = \"http://127.0.0.1:{}/v2\"\nauth.bearer = \"file:token\"\n{more}\n",
            self.port
        );
        fs::write(tenant.path("skolbro.toml"), format!("{before}{target}"))?;
        Ok(tenant)
    }
}

/// Delivers, lets a week pass, delivers again; the server then holds what we think that it does.
fn round(tenant: &Tenant) -> anyhow::Result<()> {
    let ended = tenant.on(DAY_1, &["run", "--apply"])?.expect_code(20)?;
    tenant.approved(DAY_1, &plan_id(&ended)?)?;
    let ended = tenant.on(DAY_1, &["run", "--verify"])?;
    ensure!(ended.out.contains("inget att göra"), "{}", ended.text());
    let mut town = town(Size::Xs, 1);
    for _ in 0..7 {
        town.next_day();
    }
    tenant.register(&town, None)?;
    let ended = tenant.on(DAY_2, &["run", "--apply"])?;
    ensure!(ended.out.contains("Plan "), "a week changes something: {}", ended.text());
    if [20, 21].contains(&ended.code) {
        let last = tenant.on(DAY_2, &["run", "--apply"])?;
        tenant.approved(DAY_2, &plan_id(&last)?)?;
    }
    let ended = tenant.on(DAY_2, &["run", "--apply", "--verify"])?.expect_code(10)?;
    ensure!(ended.out.contains("inget att göra"), "{}", ended.text());
    Ok(())
}

/// Targets.md §7.12: users and groups at a plain service provider, with its ids and PATCH.
#[test]
fn a_plain_provider_takes_users_and_groups() -> anyhow::Result<()> {
    let Some(server) = Server::start(&[])? else { return Ok(()) };
    round(&server.tenant("scim", "")?)
}

/// Targets.md §0 no 4: the types of EGIL at a server that makes its own ids.
#[test]
fn the_types_of_egil_at_a_server_that_makes_its_own_ids() -> anyhow::Result<()> {
    let Some(specs) = std::env::var_os("SKOLBRO_SPECS").map(|it| PathBuf::from(it).join("egil"))
    else {
        println!("skipped: no specs");
        return Ok(());
    };
    let file = |name: &str| specs.join(name).display().to_string();
    let types = ["--schema", "", "--resource-type", ""].map(str::to_owned);
    let mut arguments = types;
    arguments[1] = file("egil-schemas.json");
    arguments[3] = file("egil-resource-types.json");
    let Some(server) = Server::start(&arguments)? else { return Ok(()) };
    round(&server.tenant("egil", "ids = \"receiver\"")?)
}
