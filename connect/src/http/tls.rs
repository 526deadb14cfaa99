//! Whom we trust, and how we show who we are.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, OtherError, RootCertStore,
    SignatureScheme,
};
use secret::{Secret, Secrets};
use sha2::{Digest as _, Sha256};

use super::error::Setup;
use super::settings::{ClientCertificate, Settings};

/// The SHA-256 of a public key (`SubjectPublicKeyInfo`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pin([u8; 32]);

impl Pin {
    /// Reads `sha256//` and base64, as `curl --pinnedpubkey` takes it.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let base64 = text.trim().strip_prefix("sha256//")?;
        let bytes = decode_base64(base64)?;
        bytes.try_into().ok().map(Self)
    }

    fn of(certificate: &CertificateDer<'_>) -> Option<Self> {
        let parsed = ParsedCertificate::try_from(certificate).ok()?;
        Some(Self(Sha256::digest(parsed.subject_public_key_info().as_ref()).into()))
    }
}

/// Base64 with padding (RFC 4648 §4).
fn decode_base64(text: &str) -> Option<Vec<u8>> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let letters = text.trim_end_matches('=');
    if !text.len().is_multiple_of(4) || text.len() - letters.len() > 2 {
        return None;
    }
    let (mut bytes, mut held, mut bits) = (Vec::new(), 0_u32, 0_u32);
    for letter in letters.bytes() {
        let value = LETTERS.iter().position(|&known| known == letter)?;
        held = (held << 6 | u32::try_from(value).ok()?) & 0xFFFF;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(held >> bits & 0xFF).ok()?);
        }
    }
    Some(bytes)
}

/// Whom to trust.
pub(super) enum Trust {
    /// The authorities of the operating system.
    System,
    /// As the settings say.
    Own(Verifier),
}

pub(super) fn trust(settings: &Settings) -> Result<Trust, Setup> {
    let pins = settings.pins.iter().map(|pin| Pin::parse(pin)).collect::<Option<Vec<_>>>();
    let pins = pins.ok_or(Setup::Settings("http.pins"))?;
    let chain = settings.ca_file.as_deref().map(authorities).transpose()?;
    if chain.is_none() && pins.is_empty() {
        return Ok(Trust::System);
    }
    Ok(Trust::Own(Verifier { chain, pins, provider: provider() }))
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

fn authorities(path: &Path) -> Result<Arc<WebPkiServerVerifier>, Setup> {
    let missing = || Setup::NoCertificate { path: path.to_owned() };
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        roots.add(certificate).map_err(|_| missing())?;
    }
    WebPkiServerVerifier::builder_with_provider(roots.into(), provider())
        .build()
        .map_err(|_| missing())
}

/// The certificates of a PEM file, at least one.
fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Setup> {
    let pem = read(path)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let found = found.unwrap_or_default();
    if found.is_empty() { Err(Setup::NoCertificate { path: path.to_owned() }) } else { Ok(found) }
}

fn read(path: &Path) -> Result<Vec<u8>, Setup> {
    fs::read(path).map_err(|source| Setup::File { path: path.to_owned(), source })
}

/// Our own certificate with its key.
pub(super) struct OwnCertificate {
    pem: Vec<u8>,
    chain: Vec<CertificateDer<'static>>,
    key: Secret,
}

pub(super) fn own_certificate(
    settings: &Settings,
    secrets: &dyn Secrets,
) -> Result<Option<OwnCertificate>, Setup> {
    let Some(ClientCertificate { certificate, key }) = &settings.client_certificate else {
        return Ok(None);
    };
    let own = OwnCertificate {
        chain: certificates(certificate)?,
        pem: read(certificate)?,
        key: secrets.secret(key)?,
    };
    // Whether key and certificate belong together is told only when they are used.
    own.present(nobody()?)?;
    Ok(Some(own))
}

impl OwnCertificate {
    pub(super) fn identity(&self) -> Result<reqwest::Identity, Setup> {
        let text = String::from_utf8_lossy(&self.pem);
        let both = Secret::new(format!("{}\n{text}", self.key.expose()));
        reqwest::Identity::from_pem(both.expose().as_bytes()).map_err(|_| Setup::ClientKey)
    }

    fn present(&self, builder: Builder) -> Result<ClientConfig, Setup> {
        let key = PrivateKeyDer::from_pem_slice(self.key.expose().as_bytes())
            .map_err(|_| Setup::ClientKey)?;
        builder.with_client_auth_cert(self.chain.clone(), key).map_err(|_| Setup::ClientKey)
    }
}

type Builder = rustls::ConfigBuilder<ClientConfig, rustls::client::WantsClientCert>;

fn nobody() -> Result<Builder, Setup> {
    let builder = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|_| Setup::Settings("http"))?;
    Ok(builder.with_root_certificates(RootCertStore::empty()))
}

/// For a machine without authorities that encrypts nothing.
pub(super) fn trust_nobody() -> Result<ClientConfig, Setup> {
    Ok(with_protocols(nobody()?.with_no_client_auth()))
}

pub(super) fn config(
    verifier: Verifier,
    own: Option<&OwnCertificate>,
) -> Result<ClientConfig, Setup> {
    Ok(with_protocols(without_protocols(verifier, own)?))
}

fn without_protocols(
    verifier: Verifier,
    own: Option<&OwnCertificate>,
) -> Result<ClientConfig, Setup> {
    let builder = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|_| Setup::Settings("http"))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    Ok(match own {
        Some(own) => own.present(builder)?,
        None => builder.with_no_client_auth(),
    })
}

/// Whom to trust over TLS without HTTP, by the authorities of a PEM file, by pinned keys, or by
/// both, as in [`Settings`]; `None` where neither is named.
pub fn own_trust(
    ca_file: Option<&Path>,
    pins: &[String],
) -> Result<Option<Arc<ClientConfig>>, Setup> {
    let settings = Settings {
        ca_file: ca_file.map(Path::to_owned),
        pins: pins.to_vec(),
        ..Settings::default()
    };
    match trust(&settings)? {
        Trust::System => Ok(None),
        Trust::Own(verifier) => Ok(Some(Arc::new(without_protocols(verifier, None)?))),
    }
}

/// Whether a pinned key is written as it should be.
#[must_use]
pub fn is_pin(text: &str) -> bool {
    Pin::parse(text).is_some()
}

fn with_protocols(mut config: ClientConfig) -> ClientConfig {
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config
}

/// The server has none of the pinned keys.
#[derive(Debug, thiserror::Error)]
#[error("none of the pinned keys")]
pub(super) struct WrongKey;

/// Accepts a server by its chain, by its key, or by both.
///
/// A pinned key without authorities is enough by itself: rustls refuses a self-signed
/// certificate with `CA:TRUE` as a server's (`CaUsedAsEndEntity`), and servers in schools'
/// own machine rooms often have one. The server still has to prove that it holds the key.
#[derive(Debug)]
pub(super) struct Verifier {
    chain: Option<Arc<WebPkiServerVerifier>>,
    pins: Vec<Pin>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if let Some(chain) = &self.chain {
            chain.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)?;
        }
        let pin = Pin::of(end_entity);
        let is_pinned = pin.is_some_and(|pin| self.pins.contains(&pin));
        if is_pinned || (self.pins.is_empty() && self.chain.is_some()) {
            return Ok(ServerCertVerified::assertion());
        }
        let wrong = CertificateError::Other(OtherError(Arc::new(WrongKey)));
        Err(rustls::Error::InvalidCertificate(wrong))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
