//! TLS, and clients known by the pin of their certificate (reference/targets.md §4.3).

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{ParsedCertificate, WebPkiClientVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, RootCertStore, ServerConfig,
    SignatureScheme,
};
use sha2::{Digest as _, Sha256};

/// The files that TLS needs, all PEM.
#[derive(Debug, Clone)]
pub struct Tls {
    /// The server's chain, its own certificate first.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// Who must have issued the clients' certificates. Without it the pin alone decides.
    pub client_issuers: Option<PathBuf>,
}

/// The pin of a certificate: base64 of SHA-256 of its DER `SubjectPublicKeyInfo`, the same as
/// curl's `sha256//...`; `None` when it is no certificate.
#[must_use]
pub fn pin(certificate: &[u8]) -> Option<String> {
    let certificate = CertificateDer::from(certificate);
    let parsed = ParsedCertificate::try_from(&certificate).ok()?;
    Some(base64(&Sha256::digest(parsed.subject_public_key_info().as_ref())))
}

/// RFC 4648 §4.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let whole = (0..3).fold(0_u32, |sum, at| {
            (sum << 8) | u32::from(three.get(at).copied().unwrap_or_default())
        });
        for at in 0..4_usize {
            let index = usize::try_from((whole >> (18 - 6 * at)) & 63).unwrap_or_default();
            let letter = LETTERS.get(index).copied().unwrap_or(b'=');
            out.push(if at <= three.len() { char::from(letter) } else { '=' });
        }
    }
    out
}

/// Whether a client must show a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// There is no other way to sign in.
    Must,
    /// There are keys or tokens too.
    May,
}

pub(super) fn config(tls: &Tls, pins: Vec<String>, asked: Asked) -> io::Result<ServerConfig> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?;
    let builder = if pins.is_empty() {
        builder.with_no_client_auth()
    } else {
        let issuer = tls.client_issuers.as_ref().map(|it| issuer(it, &provider)).transpose()?;
        builder.with_client_cert_verifier(Arc::new(ByPin { pins, issuer, provider, asked }))
    };
    let chain = certificates(&tls.certificate)?;
    let key = PrivateKeyDer::from_pem_file(&tls.key).map_err(io::Error::other)?;
    let mut config = builder.with_single_cert(chain, key).map_err(io::Error::other)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn certificates(path: &PathBuf) -> io::Result<Vec<CertificateDer<'static>>> {
    let all = CertificateDer::pem_file_iter(path).map_err(io::Error::other)?;
    all.collect::<Result<_, _>>().map_err(io::Error::other)
}

fn issuer(
    path: &PathBuf,
    provider: &Arc<CryptoProvider>,
) -> io::Result<Arc<dyn ClientCertVerifier>> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        roots.add(certificate).map_err(io::Error::other)?;
    }
    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider))
        .build()
        .map_err(io::Error::other)
}

/// Lets in those whose pin is known and whose issuer is the right one.
#[derive(Debug)]
struct ByPin {
    pins: Vec<String>,
    issuer: Option<Arc<dyn ClientCertVerifier>>,
    provider: Arc<CryptoProvider>,
    asked: Asked,
}

impl ClientCertVerifier for ByPin {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn client_auth_mandatory(&self) -> bool {
        self.asked == Asked::Must
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        if let Some(issuer) = &self.issuer {
            issuer.verify_client_cert(end_entity, intermediates, now)?;
        }
        if pin(end_entity).is_some_and(|it| self.pins.contains(&it)) {
            return Ok(ClientCertVerified::assertion());
        }
        Err(CertificateError::ApplicationVerificationFailure.into())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::base64;

    /// RFC 4648 §10.
    #[test]
    fn test_vectors_of_base64() {
        for (text, expected) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(text.as_bytes()), expected, "{text}");
        }
    }
}
