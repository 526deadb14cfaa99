//! Whom we trust, and what we say when we do not.

use sha2::{Digest as _, Sha256};

use super::*;

const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// A pin as `curl --pinnedpubkey` takes it, of 32 bytes.
fn pin(key: &[u8]) -> String {
    let mut text = String::new();
    for three in Sha256::digest(key).chunks(3) {
        let bits = three.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - three.len()));
        for at in 0..=three.len() {
            text.push(char::from(LETTERS[(bits >> (18 - 6 * at) & 63) as usize]));
        }
    }
    format!("pins = [\"sha256//{text}=\"]\n")
}

/// K030: over TLS from the start and over `StartTLS`, by an authority, by a key, by both.
#[tokio::test]
async fn a_directory_is_trusted_by_authority_or_key() {
    let Some(world) = World::with(&accounts(3), "", Signed::ByAuthority) else { return };
    let Some(other) = World::with(&accounts(3), "", Signed::ByAuthority) else { return };
    let (ca, pin, start) = (world.ca(), pin(world.slapd.public_key()), "start_tls = true\n");
    let other_pin = super::trust::pin(other.slapd.public_key());
    #[rustfmt::skip]
    let table: &[(&str, String, String, &str)] = &[
        ("authority",              world.tls(),   ca.clone(),                          "3"),
        ("key",                    world.tls(),   pin.clone(),                         "3"),
        ("both",                   world.tls(),   format!("{ca}{pin}"),                "3"),
        ("StartTLS",               world.plain(), format!("{ca}{start}"),              "3"),
        ("StartTLS by key",        world.plain(), format!("{pin}{start}"),             "3"),
        ("nobody",                 world.tls(),   String::new(),                       "unavailable reason=tls_issuer"),
        ("another authority",      world.tls(),   other.ca(),                          "unavailable reason=tls_issuer"),
        ("another, StartTLS",      world.plain(), format!("{}{start}", other.ca()),    "unavailable reason=tls_issuer"),
        ("another key",            world.tls(),   other_pin.clone(),                   "unavailable reason=tls_pin"),
        ("authority, another key", world.tls(),   format!("{ca}{other_pin}"),          "unavailable reason=tls_pin"),
        ("this machine, plain",    world.plain(), String::new(),                       "3"),
    ];
    let mut wrong = Vec::new();
    for (shows, url, more, expected) in table {
        let found = match read(&settings(url, more)).await {
            Ok(count) => count.to_string(),
            Err(error) => told(&error),
        };
        if found != *expected {
            wrong.push(format!("{shows}: {found}, not {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// As small servers have them: refused by `ca_file`, accepted by key, and told.
#[tokio::test]
async fn a_self_signed_authority_is_accepted_by_its_key_alone() {
    let Some(world) = World::with(&accounts(3), "", Signed::BySelf) else { return };
    let error = read(&settings(&world.tls(), &world.ca())).await.unwrap_err();
    assert_eq!(told(&error), "unavailable reason=tls_authority");
    let words = explain(&error, Language::Swedish);
    assert!(words.contains("CA:TRUE") && words.contains("pins"), "{words}");
    let by_key = settings(&world.tls(), &pin(world.slapd.public_key()));
    assert_eq!(read(&by_key).await.unwrap(), 3);
}
