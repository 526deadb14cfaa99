//! Signing in with a service account's key.

use std::sync::Arc;

use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use aws_lc_rs::{encoding::AsDer as _, rsa};
use connect::http::{Client, Error, Fault, NoGrant, Now, ServiceAccount, Setup};
use jiff::Timestamp;
use secret::Secret;
use serde_json::{Value as Json, json};

use crate::server::{Reply, Server, header, json as answer, reply, secrets, settings};

const SCOPES: [&str; 2] = ["https://a.example/user", "https://a.example/group"];

struct Key {
    pem: String,
    public: Vec<u8>,
}

fn key() -> Key {
    let pair = rsa::KeyPair::generate(KeySize::Rsa2048).unwrap();
    let der: aws_lc_rs::encoding::Pkcs8V1Der<'_> = pair.as_der().unwrap();
    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        base64(der.as_ref(), false)
    );
    Key { pem, public: pair.public_key().as_ref().to_vec() }
}

fn file(key: &Key, token_uri: &str) -> Secret {
    let file = json!({
        "type": "service_account", "client_email": "sync@project.example", "client_id": "1098",
        "private_key_id": "k1", "private_key": key.pem, "token_uri": token_uri,
    });
    Secret::new(file.to_string())
}

fn now() -> Now {
    Arc::new(|| Timestamp::from_second(1_800_000_000).unwrap())
}

fn client(server: &Server, account: &ServiceAccount) -> Client {
    let subject = Some("admin@skola.example");
    let tokens = account.tokens(subject, &SCOPES, now(), &settings(), &secrets).unwrap();
    Client::with_tokens(&server.base(), &settings(), tokens, &secrets).unwrap()
}

/// The fields of the assertion's payload, and what was signed with the signature.
fn assertion(request: &str) -> (Json, String, Vec<u8>) {
    let body = request.split("\r\n\r\n").nth(1).unwrap();
    let fields: Vec<_> = body.split('&').filter_map(|field| field.split_once('=')).collect();
    assert_eq!(fields[0], ("grant_type", "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"));
    let token = fields[1].1;
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let payload = unbase64(signed.split_once('.').unwrap().1);
    (serde_json::from_slice(&payload).unwrap(), signed.to_owned(), unbase64(signature))
}

/// K092: a key signs in for an administrator; the token is fetched once.
#[tokio::test]
async fn a_key_signs_in_on_behalf_of_a_user() {
    let key = key();
    let tokens = Server::start(|_, _| answer(r#"{"access_token":"t1","expires_in":3599}"#)).await;
    let server = Server::start(|_, _| answer("[]")).await;
    let account = ServiceAccount::read(&file(&key, &tokens.base())).ok().unwrap();
    let client = client(&server, &account);
    client.get("/x").bytes().await.unwrap();
    client.get("/x").bytes().await.unwrap();

    let asked = tokens.asked();
    assert_eq!(asked.len(), 1);
    let (payload, signed, signature) = assertion(&asked[0]);
    assert_eq!(payload["iss"], "sync@project.example");
    assert_eq!(payload["sub"], "admin@skola.example");
    assert_eq!(payload["scope"], SCOPES.join(" "));
    assert_eq!(payload["aud"], tokens.base());
    assert_eq!(payload["iat"], 1_800_000_000);
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &key.public);
    public.verify(signed.as_bytes(), &signature).unwrap();
    assert!(server.asked().iter().all(|call| header(call, "authorization") == Some("Bearer t1")));

    client.renew_token().await;
    client.get("/x").bytes().await.unwrap();
    assert_eq!(tokens.asked().len(), 2);
}

fn refused(error: &str, description: &str) -> Reply {
    let body = json!({ "error": error, "error_description": description }).to_string();
    reply(400, &["content-type: application/json"], body)
}

async fn fails(script: impl Fn(&str) -> Reply + Send + Sync + 'static) -> (Error, Vec<String>) {
    let tokens = Server::start(move |_, request| {
        script(assertion(request).0["scope"].as_str().unwrap_or_default())
    })
    .await;
    let server = Server::start(|_, _| answer("[]")).await;
    let account = ServiceAccount::read(&file(&key(), &tokens.base())).ok().unwrap();
    let error = client(&server, &account).get("/x").bytes().await.unwrap_err();
    assert!(server.asked().is_empty());
    (error, tokens.asked())
}

/// K086, K092: the scope that is missing is named, and no other.
#[tokio::test]
async fn a_missing_scope_is_found_by_asking_for_each_alone() {
    let (error, asked) = fails(|scopes| {
        if scopes.contains("group") {
            refused("unauthorized_client", "Client is unauthorized to retrieve access tokens")
        } else {
            answer(r#"{"access_token":"t"}"#)
        }
    })
    .await;
    assert_eq!(asked.len(), 3);
    assert!(error.is_sign_in());
    let missing = NoGrant::NotDelegated {
        client_id: "1098".to_owned(),
        missing: vec![SCOPES[1].to_owned()],
        wanted: SCOPES.map(str::to_owned).to_vec(),
    };
    assert_eq!(*error.fault, Fault::NoGrant(Box::new(missing)));
    assert!(error.explain().sv.contains("klient-id 1098"), "{}", error.explain().sv);
}

/// What the server says may name an account: it is not repeated.
#[tokio::test]
async fn a_refusal_names_no_account() {
    let (error, _) =
        fails(|_| refused("invalid_grant", "Invalid email or User ID: eva@skola.example")).await;
    assert_eq!(*error.fault, Fault::NoGrant(Box::new(NoGrant::Subject)));
    let words = error.explain();
    for says in [error.to_string(), format!("{error:?}"), words.sv, words.en] {
        assert!(!says.contains("eva") && !says.contains("BEGIN"), "{says}");
    }
}

#[test]
fn what_is_no_key_is_refused_without_repeating_it() {
    let no_key = json!({ "client_email": "a", "private_key": "HUSH" }).to_string();
    for text in ["", "HUSH", "{}", &no_key] {
        let Err(setup) = ServiceAccount::read(&Secret::new(text.to_owned())) else {
            panic!("{text}")
        };
        assert!(matches!(setup, Setup::KeyFile));
        let words = setup.explain();
        assert!(![words.sv, words.en, setup.to_string()].concat().contains("HUSH"));
    }
}

fn base64(bytes: &[u8], for_addresses: bool) -> String {
    let letters = letters(for_addresses);
    let mut text = String::new();
    for piece in bytes.chunks(3) {
        let mut held = [0_u8; 3];
        held[..piece.len()].copy_from_slice(piece);
        let value = u32::from_be_bytes([0, held[0], held[1], held[2]]);
        for at in 0..4 {
            let letter = letters[(value >> (18 - 6 * at) & 63) as usize];
            text.push(if at <= piece.len() { char::from(letter) } else { '=' });
        }
    }
    text
}

fn unbase64(text: &str) -> Vec<u8> {
    let letters = letters(true);
    let values = text.bytes().map(|byte| letters.iter().position(|&it| it == byte).unwrap());
    let bits: Vec<bool> =
        values.flat_map(|value| (0..6).rev().map(move |bit| value >> bit & 1 == 1)).collect();
    let byte = |bits: &[bool]| bits.iter().fold(0, |byte, bit| byte << 1 | u8::from(*bit));
    bits.chunks_exact(8).map(byte).collect()
}

fn letters(for_addresses: bool) -> Vec<u8> {
    let last: &[u8] = if for_addresses { b"-_" } else { b"+/" };
    [&(b'A'..=b'Z').chain(b'a'..=b'z').chain(b'0'..=b'9').collect::<Vec<u8>>()[..], last].concat()
}
