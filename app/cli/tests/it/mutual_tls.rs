//! Mutual TLS towards a vendor, who knows us by our certificate and whom we know by its key: both
//! sides as processes (reference/targets.md §4.3).

use std::fs;
use std::path::Path;

use anyhow::{Context as _, ensure};
use generate::Size;
use rcgen::{CertificateParams, KeyPair};
use serde_json::Value;

use crate::receivers::ask;
use crate::support::played::Played;
use crate::support::{DAY_1, Tenant, plan_id, town};
use crate::vendor::nothing_to_do;

/// A certificate that signs itself, and its key, in files of these names.
struct Pair {
    pin: String,
}

impl Pair {
    fn write(folder: &Path, name: &str) -> anyhow::Result<Self> {
        let key = KeyPair::generate()?;
        let params = CertificateParams::new(vec!["127.0.0.1".to_owned()])?;
        let certificate = params.self_signed(&key)?;
        fs::write(folder.join(format!("{name}.pem")), certificate.pem())?;
        fs::write(folder.join(format!("{name}.key")), key.serialize_pem())?;
        let pin = simulate::receiver::pin(certificate.der()).context("a certificate")?;
        Ok(Self { pin })
    }
}

/// A vendor that lets in who has one certificate, and a tenant whose settings lack the way there.
struct World {
    tenant: Tenant,
    vendor: Played,
    /// Of the vendor's key, and of one that it does not have.
    pins: [String; 2],
}

impl World {
    fn new() -> anyhow::Result<Self> {
        let tenant = Tenant::new()?;
        tenant.register(&town(Size::Xs, 1), None)?;
        let folder = tenant.path("");
        let vendors = Pair::write(&folder, "vendor")?;
        let ours = Pair::write(&folder, "ours")?;
        let others = Pair::write(&folder, "other")?;
        let path = |name: &str| tenant.path(name).display().to_string();
        let vendor = Played::start(
            "egil",
            &[
                "--strict",
                "--tls-cert",
                &path("vendor.pem"),
                "--tls-key",
                &path("vendor.key"),
                "--client-pin",
                &format!("kommunen={}", ours.pin),
            ],
        )?;
        Ok(Self { tenant, vendor, pins: [vendors.pin, others.pin] })
    }

    /// The settings, with what the vendor is reached by.
    fn settings(&self, pin: &str, certificate: Option<&str>) -> anyhow::Result<()> {
        let path = self.tenant.path("skolbro.toml");
        let text = fs::read_to_string(&path)?;
        let (before, _) = text.split_once("[target.").context("a target")?;
        let certificate = certificate.map_or_else(String::new, |name| {
            format!(
                "http.client_certificate = {{ certificate = \"{name}.pem\", key = \"file:{name}.key\" }}\n"
            )
        });
        let target = format!(
            "[target.binogi]\nschools = [\"*\"]\n[target.binogi.egil]\nurl = \"{}\"\n\
             http.pins = [\"sha256//{pin}\"]\nhttp.retry.attempts = 2\n\
             http.retry.first_wait_ms = 20\n{certificate}",
            self.vendor.text("base_url")
        );
        Ok(fs::write(path, format!("{before}{target}"))?)
    }

    /// Our certificate and the other one change places.
    fn swap(&self) -> anyhow::Result<()> {
        let path = |name: &str| self.tenant.path(name);
        for ending in ["pem", "key"] {
            let [ours, other] = ["ours", "other"].map(|name| path(&format!("{name}.{ending}")));
            fs::rename(&ours, path("aside"))?;
            fs::rename(&other, &ours)?;
            fs::rename(path("aside"), &other)?;
        }
        Ok(())
    }

    /// What the vendor says of itself at its admin port.
    fn told(&self, path: &str) -> anyhow::Result<Value> {
        let url = format!("{}{path}", self.vendor.text("admin"));
        let answer = ask(&url, "GET", "", "")?;
        let (_, body) = answer.split_once("\r\n\r\n").context("a body")?;
        Ok(serde_json::from_str(body)?)
    }

    fn requests(&self) -> anyhow::Result<u64> {
        self.told("/status")?["requests"].as_u64().context("a number")
    }
}

/// K144, K184: a vendor with mutual TLS gets everything from who has the right certificate and
/// pin. With another pin, another certificate or none it gets nothing, and the message names
/// the vendor and the setting.
#[test]
fn mutual_tls_lets_in_who_has_the_certificate_and_nobody_else() -> anyhow::Result<()> {
    let world = World::new()?;
    let [right, wrong] = &world.pins;
    #[rustfmt::skip]
    let table: [(&str, &str, Option<&str>, &[&str]); 4] = [
        // what it shows        pin    certificate    what the message names
        ("another pin",         wrong, Some("ours"),  &["`http.pins`"]),
        ("no certificate",      right, None,          &["`http.client_certificate`"]),
        ("another certificate", right, Some("other"), &["`http.client_certificate`", "registrera"]),
        ("both are wrong",      wrong, Some("other"), &["`http.pins`"]),
    ];
    for (shows, pin, certificate, words) in table {
        world.settings(pin, certificate)?;
        let ended = world.tenant.on(DAY_1, &["run", "--apply"])?;
        ensure!(ended.code == 31, "{shows}: {} {}", ended.code, ended.text());
        let place = world.vendor.text("base_url").replace("https://", "") + "/Organisations";
        for word in [&["binogi", place.as_str()], words].concat() {
            ensure!(ended.err.contains(word), "{shows}: {word} in {}", ended.text());
        }
        ensure!(world.requests()? == 0, "{shows}: {}", world.told("/status")?);
    }
    world.settings(right, Some("ours"))?;
    let plan = plan_id(&world.tenant.on(DAY_1, &["run", "--apply"])?.expect_code(20)?)?;
    let asked = world.requests()?;
    // Approved with the right certificate and carried out with another in its place.
    world.tenant.on(DAY_1, &["approve", &plan, "--comment", "Stämmer."])?.expect_code(0)?;
    world.swap()?;
    let ended = world.tenant.on(DAY_1, &["apply", &plan])?.expect_code(31)?;
    for word in ["binogi", "`http.client_certificate`"] {
        ensure!(ended.err.contains(word), "{word} in {}", ended.text());
    }
    ensure!(world.requests()? == asked, "{}", world.told("/status")?);
    world.swap()?;
    let ended = world.tenant.on(DAY_1, &["run", "--apply"])?;
    ensure!([0, 10].contains(&ended.code), "{}", ended.text());
    let users = world.told("/dump")?["kommunen"]["Users"].clone();
    ensure!(users.as_array().is_some_and(|it| it.len() > 100), "{users}");
    nothing_to_do(&world.tenant.on(DAY_1, &["run", "--apply"])?)
}
