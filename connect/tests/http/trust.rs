//! Whom we trust, and how we show who we are.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use connect::http::{
    AuthSettings, Client, ClientCertificate, Error, Fault, NoAnswer, Settings, Setup, TlsFault,
};
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair,
    PublicKeyData as _,
};
use rustls::RootCertStore;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use secret::{Secret, SecretError, SecretRef};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use tokio_rustls::TlsAcceptor;

use crate::server::{Server, json, secrets, settings};

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority(name: &str) -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A certificate with its key.
struct Holder {
    certificate: Certificate,
    key: KeyPair,
}

impl Holder {
    fn of(authority: &Authority, name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        Self { certificate: params.signed_by(&key, authority).unwrap(), key }
    }

    /// As small servers in schools' machine rooms have them.
    fn self_signed(is_ca: IsCa) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.is_ca = is_ca;
        Self { certificate: params.self_signed(&key).unwrap(), key }
    }

    fn pin(&self) -> String {
        format!("sha256//{}", base64(&Sha256::digest(self.key.subject_public_key_info())))
    }

    /// A server with this certificate; it asks clients for one of `clients`.
    fn acceptor(&self, clients: Option<&Authority>) -> TlsAcceptor {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap();
        let config = match clients {
            None => config.with_no_client_auth(),
            Some(clients) => {
                let mut roots = RootCertStore::empty();
                roots.add(clients.der().clone()).unwrap();
                let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider);
                config.with_client_cert_verifier(verifier.build().unwrap())
            }
        };
        let key = PrivateKeyDer::Pkcs8(self.key.serialize_der().into());
        let chain = vec![self.certificate.der().clone()];
        Arc::new(config.with_single_cert(chain, key).unwrap()).into()
    }
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let letter = |value: u32| char::from(LETTERS[(value & 63) as usize]);
    let triple = |three: &[u8]| {
        let held =
            three.iter().chain(&[0, 0]).take(3).fold(0, |all, &byte| all << 8 | u32::from(byte));
        let letters = [18, 12, 6, 0].map(|shift| letter(held >> shift));
        let known = three.len() + 1;
        letters
            .into_iter()
            .enumerate()
            .map(move |(at, letter)| if at < known { letter } else { '=' })
    };
    bytes.chunks(3).flat_map(triple).collect()
}

async fn call(server: &Server, settings: &Settings) -> Result<(), Error> {
    let client = Client::new(&server.base(), settings, &AuthSettings::None, &secrets).unwrap();
    client.get("/x").bytes().await.map(|_| ())
}

fn write(folder: &TempDir, name: &str, text: &str) -> std::path::PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    path
}

fn trusting(ca: Option<&Path>, pins: &[String]) -> Settings {
    Settings { ca_file: ca.map(Path::to_owned), pins: pins.to_vec(), ..settings() }
}

type Row<'a> = (&'a str, &'a Holder, Option<&'a Path>, &'a [String], Option<TlsFault>);

/// An own authority, pinned keys, and both: who is let in and what is said otherwise.
#[tokio::test]
async fn a_server_is_trusted_by_its_authority_its_key_or_both() {
    let (ours, other, renewed) = (authority("ours"), authority("other"), authority("ours"));
    let folder = tempfile::tempdir().unwrap();
    let ca = write(&folder, "ca.pem", &ours.pem());
    let wrong_ca = write(&folder, "other.pem", &other.pem());
    let renewed_ca = write(&folder, "renewed.pem", &renewed.pem());
    let good = Holder::of(&ours, "localhost");
    let named = Holder::of(&ours, "elsewhere.example");
    let itself = Holder::self_signed(IsCa::Ca(BasicConstraints::Unconstrained));
    let itself_ca = write(&folder, "itself.pem", &itself.certificate.pem());
    let (pin, wrong_pin, own_pin) = (good.pin(), named.pin(), itself.pin());
    let both = [wrong_pin.clone(), pin.clone()];

    #[rustfmt::skip]
    let table: Vec<Row<'_>> = vec![
        ("own authority",              &good,   Some(&ca),        &[],                                 None),
        ("another authority",          &good,   Some(&wrong_ca),  &[],                                 Some(TlsFault::UnknownIssuer)),
        ("an authority of that name",  &good,   Some(&renewed_ca), &[],                                Some(TlsFault::UnknownIssuer)),
        ("the machine's authorities",  &good,   None,             &[],                                 Some(TlsFault::UnknownIssuer)),
        ("another name",               &named,  Some(&ca),        &[],                                 Some(TlsFault::Name)),
        ("the key",                    &good,   None,             std::slice::from_ref(&pin),          None),
        ("one of two keys",            &good,   None,             &both,                               None),
        ("another key",                &good,   None,             std::slice::from_ref(&wrong_pin),    Some(TlsFault::Pin)),
        ("authority and key",          &good,   Some(&ca),        std::slice::from_ref(&pin),          None),
        ("authority, another key",     &good,   Some(&ca),        std::slice::from_ref(&wrong_pin),    Some(TlsFault::Pin)),
        ("another authority, the key", &good,   Some(&wrong_ca),  std::slice::from_ref(&pin),          Some(TlsFault::UnknownIssuer)),
        ("CA:TRUE by its key",         &itself, None,             std::slice::from_ref(&own_pin),      None),
        ("CA:TRUE by itself",          &itself, Some(&itself_ca), &[],                                 Some(TlsFault::AuthorityAsServer)),
    ];
    for (shows, holder, ca, pins, expected) in table {
        let server = Server::start_tls(holder.acceptor(None), |_, _| json("[]")).await;
        let found = match call(&server, &trusting(ca, pins)).await {
            Ok(()) => None,
            Err(error) => {
                let Fault::Tls(fault) = *error.fault else { panic!("{shows}: {error}") };
                Some(fault)
            }
        };
        assert_eq!(found, expected, "{shows}");
        assert_eq!(
            server.asked().len(),
            usize::from(expected.is_none()),
            "{shows}: nothing is sent"
        );
    }
}

/// The remedy for such a server is in the text itself.
#[tokio::test]
async fn an_authoritys_own_certificate_is_explained() {
    let itself = Holder::self_signed(IsCa::Ca(BasicConstraints::Unconstrained));
    let folder = tempfile::tempdir().unwrap();
    let ca = write(&folder, "itself.pem", &itself.certificate.pem());
    let server = Server::start_tls(itself.acceptor(None), |_, _| json("[]")).await;
    let words = call(&server, &trusting(Some(&ca), &[])).await.unwrap_err().explain();
    for text in [&words.sv, &words.en] {
        assert!(text.contains("CA:TRUE") && text.contains("http.pins"), "{text}");
    }
}

/// Mutual TLS: with our certificate, without, and with one that the server does not know.
#[tokio::test]
async fn a_client_certificate_is_shown_where_it_is_wanted() {
    let servers = authority("servers");
    let clients = authority("clients");
    let strangers = [authority("strangers"), authority("clients")];
    let folder = tempfile::tempdir().unwrap();
    let ca = write(&folder, "ca.pem", &servers.pem());
    let good = Holder::of(&servers, "localhost");
    let server = Server::start_tls(good.acceptor(Some(&clients)), |_, _| json("[]")).await;
    let as_who = |holder: &Holder, name: &str| {
        let certificate = write(&folder, name, &holder.certificate.pem());
        let key = holder.key.serialize_pem();
        let own = ClientCertificate { certificate, key: SecretRef::File("client.key".to_owned()) };
        let settings = Settings { client_certificate: Some(own), ..trusting(Some(&ca), &[]) };
        let secrets = move |_: &SecretRef| Ok::<_, SecretError>(Secret::new(key.clone()));
        Client::new(&server.base(), &settings, &AuthSettings::None, &secrets)
    };

    let known = as_who(&Holder::of(&clients, "skolbro"), "known.pem").unwrap();
    known.get("/x").bytes().await.unwrap();

    for stranger in &strangers {
        let stranger = as_who(&Holder::of(stranger, "skolbro"), "stranger.pem").unwrap();
        let error = stranger.get("/x").bytes().await.unwrap_err();
        assert!(
            matches!(
                *error.fault,
                Fault::Tls(TlsFault::RefusedCertificate)
                    | Fault::NoAnswer(NoAnswer::ClosedWithCertificate)
            ),
            "{error}"
        );
        assert!(error.explain().sv.contains("http.client_certificate"), "{}", error.explain().sv);
    }

    // Whether the server's alert or the broken pipe arrives first is chance; both say it.
    let error = call(&server, &trusting(Some(&ca), &[])).await.unwrap_err();
    assert!(
        matches!(
            *error.fault,
            Fault::Tls(TlsFault::WantsCertificate)
                | Fault::NoAnswer(NoAnswer::ClosedWithoutCertificate)
        ),
        "{error}"
    );
    assert!(error.explain().sv.contains("http.client_certificate"), "{}", error.explain().sv);
    assert_eq!(server.asked().len(), 1);

    let mut mixed = Holder::of(&clients, "skolbro");
    mixed.key = KeyPair::generate().unwrap();
    let error = as_who(&mixed, "mixed.pem").unwrap_err();
    assert!(matches!(error, Setup::ClientKey), "{error:?}");
}

#[test]
fn files_that_hold_no_certificate_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let empty = write(&folder, "empty.pem", "not one\n");
    let make = |ca: &Path| {
        let settings = trusting(Some(ca), &[]);
        Client::new("https://localhost/", &settings, &AuthSettings::None, &secrets).unwrap_err()
    };
    assert!(matches!(make(&empty), Setup::NoCertificate { path } if path == empty));
    let gone = folder.path().join("gone.pem");
    assert!(matches!(make(&gone), Setup::File { path, .. } if path == gone));
}

const BARE: &str = "SKOLBRO_TEST_BARE_MACHINE";

/// A machine without a list of authorities: an error with its remedy, no panic; and none at
/// all where the settings say whom to trust, or where nothing is encrypted.
#[test]
#[expect(clippy::disallowed_methods, reason = "how it knows that it is the bare machine")]
fn a_machine_without_authorities() {
    if std::env::var(BARE).is_err() {
        let nowhere = tempfile::tempdir().unwrap();
        let status = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "trust::a_machine_without_authorities"])
            .env(BARE, "1")
            .env("SSL_CERT_FILE", nowhere.path().join("none.pem"))
            .env("SSL_CERT_DIR", nowhere.path())
            .status();
        assert!(status.unwrap().success());
        return;
    }
    let make = |base: &str, settings: &Settings| {
        Client::new(base, settings, &AuthSettings::None, &secrets)
    };
    let error = make("https://localhost/", &settings()).unwrap_err();
    assert!(matches!(error, Setup::NoAuthorities), "{error:?}");
    assert!(error.explain().sv.contains("ca-certificates"));
    make("http://localhost/", &settings()).unwrap();
    let pin = Holder::self_signed(IsCa::NoCa).pin();
    make("https://localhost/", &trusting(None, &[pin])).unwrap();
}
