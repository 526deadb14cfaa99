//! The service account: its key, the file that tells of it, and what is signed with it.

use std::fmt;
use std::io;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey,
};
use serde_json::{Value, json};

use super::base64;
use crate::receiver::Chance;

/// A service account of a made-up project.
pub(super) struct Account {
    pub(super) email: String,
    pub(super) client_id: String,
    pub(super) key_id: String,
    private: String,
    public: Vec<u8>,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("email", &self.email).finish_non_exhaustive()
    }
}

impl Account {
    /// Draws a new key.
    pub(super) fn new(chance: &Chance) -> io::Result<Self> {
        let failed = |_| io::Error::other("no RSA key could be made");
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(failed)?;
        let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).map_err(failed)?;
        let public = pair.public_key().as_ref().to_vec();
        Ok(Self {
            email: format!("skolbro@{PROJECT}.iam.gserviceaccount.com"),
            client_id: format!("10{:019}", chance.draw() % 10_u64.pow(18)),
            key_id: format!("{:016x}{:016x}{:08x}", chance.draw(), chance.draw(), 0x5eed),
            private: pem(der.as_ref()),
            public,
        })
    }

    /// The file that Google's console gives (google.md §3.1), pointing at `origin`.
    pub(super) fn file(&self, origin: &str) -> Value {
        json!({
            "type": "service_account",
            "project_id": PROJECT,
            "private_key_id": self.key_id,
            "private_key": self.private,
            "client_email": self.email,
            "client_id": self.client_id,
            "auth_uri": format!("{origin}/o/oauth2/auth"),
            "token_uri": format!("{origin}/token"),
            "universe_domain": "googleapis.com",
        })
    }

    /// True when `signature` is RS256 by this account's key.
    pub(super) fn signed(&self, text: &str, signature: &[u8]) -> bool {
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &self.public);
        key.verify(text.as_bytes(), signature).is_ok()
    }
}

/// The project that calls are counted on.
pub(super) const PROJECT: &str = "skolbro-simulated";

fn pem(der: &[u8]) -> String {
    let coded = base64::encoded(der);
    let mut text = "-----BEGIN PRIVATE KEY-----\n".to_owned();
    for (at, letter) in coded.chars().enumerate() {
        if at > 0 && at % 64 == 0 {
            text.push('\n');
        }
        text.push(letter);
    }
    text.push_str("\n-----END PRIVATE KEY-----\n");
    text
}
