use std::io;
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::{Answer, Client};
use crate::egil;
use crate::receiver::{Proof, Running, Sign, SignIn, Switches, Tls, pin};

fn sign(tenant: &str, proof: Proof) -> Sign {
    Sign { tenant: tenant.to_owned(), proof }
}

/// What it shows, headers, status, objects.
type Row<'a> = (&'a str, &'a [(&'a str, &'a str)], u16, Option<u64>);

/// reference/targets.md §3.2: a wrong or missing key is 403, plain text; the client is the
/// tenant.
#[test]
fn by_key_or_bearer_each_tenant_sees_its_own() {
    let sign_in = SignIn::with(vec![
        sign("aby", Proof::Key("a-key".to_owned())),
        sign("beby", Proof::Key("b-key".to_owned())),
        sign("beby", Proof::Bearer("b-token".to_owned())),
    ]);
    let common = Switches { sign_in, ..Switches::default() };
    let running = egil::start(egil::Switches { common, ..egil::Switches::default() }).unwrap();
    let mut client = Client::to(&running.base_url());
    let body = super::organisation(1, "A");
    let headers = [super::JSON, ("X-API-Key", "a-key")];
    assert_eq!(client.send("POST", "/Organisations", &headers, &body).unwrap().status, 201);
    #[rustfmt::skip]
    let table: &[Row] = &[
        // what it shows      headers                                   status objects
        ("its own",           &[("X-API-Key", "a-key")],                200, Some(1)),
        ("another's",         &[("x-api-key", "b-key")],                200, Some(0)),
        ("by bearer",         &[("Authorization", "bearer b-token")],   200, Some(0)),
        ("no key",            &[],                                      403, None),
        ("an empty key",      &[("X-API-Key", "")],                     403, None),
        ("a wrong key",       &[("X-API-Key", "c-key")],                403, None),
        ("a key as bearer",   &[("Authorization", "Bearer a-key")],     403, None),
        ("a bearer as key",   &[("X-API-Key", "b-token")],              403, None),
    ];
    for (shows, headers, status, objects) in table {
        let answer = client.send("GET", "/Organisations", headers, "").unwrap();
        assert_eq!(answer.status, *status, "{shows}");
        assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8", "{shows}");
        assert_eq!(answer.json()["totalResults"].as_u64(), *objects, "{shows}");
    }
}

/// A certificate and key in files of their own.
struct Pair {
    certificate: String,
    key: String,
}

impl Pair {
    fn by(issuer: &CertifiedIssuer<'_, KeyPair>) -> Self {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, issuer).unwrap();
        Self { certificate: certificate.pem(), key: key.serialize_pem() }
    }

    fn der(&self) -> CertificateDer<'static> {
        CertificateDer::from_pem_slice(self.certificate.as_bytes()).unwrap()
    }
}

fn issuer() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// Asks over TLS, with or without a certificate of one's own.
fn ask(
    running: &Running,
    server: &CertificateDer<'static>,
    own: Option<&Pair>,
) -> io::Result<Answer> {
    let mut roots = RootCertStore::empty();
    roots.add(server.clone()).unwrap();
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let config = match own {
        None => builder.with_no_client_auth(),
        Some(pair) => {
            let key = PrivateKeyDer::from_pem_slice(pair.key.as_bytes()).unwrap();
            builder.with_client_auth_cert(vec![pair.der()], key).unwrap()
        }
    };
    let name = ServerName::try_from("localhost").unwrap();
    let tls = ClientConnection::new(Arc::new(config), name).unwrap();
    let address = running.base_url();
    let stream = TcpStream::connect(address.trim_start_matches("https://")).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut client = Client::over(Box::new(StreamOwned::new(tls, stream)));
    client.send("GET", "/Organisations", &[], "")
}

/// reference/targets.md §4.3: the chain leads to the issuer *and* the pin is known.
#[test]
fn by_certificate_with_the_right_issuer_and_pin() {
    let folder = std::env::temp_dir().join(format!("skolbro-tls-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = |name: &str, text: &str| -> PathBuf {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let (ours, others) = (issuer(), issuer());
    let (server, known, unknown, foreign) =
        (Pair::by(&ours), Pair::by(&ours), Pair::by(&ours), Pair::by(&others));
    let root = CertificateDer::from_pem_slice(ours.pem().as_bytes()).unwrap();
    let pins = [&known, &foreign].map(|it| Proof::Pin(pin(&it.der()).unwrap()));
    let tls = Tls {
        certificate: file("server.pem", &server.certificate),
        key: file("server.key", &server.key),
        client_issuers: Some(file("issuer.pem", &ours.pem())),
    };
    let start = |client_issuers: Option<PathBuf>, more: Vec<Sign>| {
        let mut signs: Vec<Sign> = pins.iter().map(|it| sign("aby", it.clone())).collect();
        signs.extend(more);
        let tls = Some(Tls { client_issuers, ..tls.clone() });
        let common = Switches { tls, sign_in: SignIn::with(signs), ..Switches::default() };
        egil::start(egil::Switches { common, ..egil::Switches::default() }).unwrap()
    };
    let checked = start(tls.client_issuers.clone(), Vec::new());
    let pinned = start(None, Vec::new());
    let either = start(None, vec![sign("aby", Proof::Key("a-key".to_owned()))]);
    #[rustfmt::skip]
    let table = [
        // what it shows                       receiver   certificate      status
        ("known, from our issuer",             &checked,  Some(&known),    Some(200)),
        ("from our issuer, of another pin",    &checked,  Some(&unknown),  None),
        ("of a known pin, another's issuer",   &checked,  Some(&foreign),  None),
        ("none",                               &checked,  None,            None),
        ("the pin alone",                      &pinned,   Some(&foreign),  Some(200)),
        ("the pin alone, and unknown",         &pinned,   Some(&unknown),  None),
        ("none, where a key would do too",     &either,   None,            Some(403)),
        ("known, where a key would do too",    &either,   Some(&known),    Some(200)),
    ];
    for (shows, running, own, status) in table {
        let answer = ask(running, &root, own);
        assert_eq!(answer.ok().map(|it| it.status), status, "{shows}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
