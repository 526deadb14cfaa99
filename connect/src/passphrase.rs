//! A file for a person elsewhere, sealed with a passphrase: in the form of `age`, so that
//! whoever has the passphrase opens it with that, or with us.
//!
//! # Source
//!
//! <https://c2sp.org/age> (read 2026-11-28): header, the scrypt recipient, payload.

use std::fmt::Write as _;

use aws_lc_rs::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use aws_lc_rs::hmac;
use rand::RngCore as _;
use zeroize::Zeroizing;

const FIRST: &str = "age-encryption.org/v1\n";
const LABEL: &[u8] = b"age-encryption.org/v1/scrypt";
/// Binary logarithm of scrypt's work for what we write: the passphrase is drawn, and holds by
/// itself.
const WORK: u8 = 14;
/// Of what we read: a file could else ask for all memory there is.
const MOST_WORK: u8 = 20;
const SALT: usize = 16;
const FILE_KEY: usize = 16;
const TAG: usize = 16;
const CHUNK: usize = 64 * 1024;

/// Why a file could not be opened, by what to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Name the right file.
    #[error("it is a file of another kind")]
    Foreign,
    /// Type the passphrase again.
    #[error("the passphrase is not the one that it was sealed with")]
    Passphrase,
    /// Use another copy.
    #[error("it is damaged or cut off")]
    Damaged,
}

/// Why a file could not be sealed: the machine's library for it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the machine's library for encryption failed")]
pub struct SealError;

impl From<Unspecified> for SealError {
    fn from(_: Unspecified) -> Self {
        Self
    }
}

/// Letters and digits that nobody takes for others.
const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789=";

/// Draws a passphrase of four groups of five: some hundred bits.
#[must_use]
pub fn draw() -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(24));
    let mut random = rand::rng();
    while text.len() < 23 {
        if text.len() % 6 == 5 {
            text.push('-');
            continue;
        }
        let [byte] = (random.next_u32() >> 24).to_le_bytes().first_chunk().copied().unwrap_or([0]);
        // The last place of the alphabet stands for none: 31 are left.
        let letter = ALPHABET[usize::from(byte % 32)];
        if letter != b'=' {
            text.push(char::from(letter));
        }
    }
    text
}

/// Seals bytes with a passphrase.
pub fn seal(passphrase: &str, bytes: &[u8]) -> Result<Vec<u8>, SealError> {
    seal_with(passphrase, bytes, WORK)
}

fn seal_with(passphrase: &str, bytes: &[u8], work: u8) -> Result<Vec<u8>, SealError> {
    let (mut salt, mut nonce) = ([0; SALT], [0; SALT]);
    let mut file_key = Zeroizing::new([0; FILE_KEY]);
    for random in [&mut salt[..], &mut nonce[..], &mut file_key[..]] {
        rand::rng().fill_bytes(random);
    }
    let wrap = wrap_key(passphrase, &salt, work).ok_or(SealError)?;
    let mut wrapped = file_key.to_vec();
    cipher(&wrap[..])?.seal_in_place_append_tag(counted(0, 0), Aad::empty(), &mut wrapped)?;
    let mut header = format!("{FIRST}-> scrypt {} {work}\n{}\n---", text(&salt), text(&wrapped));
    let mac = hmac::sign(&mac_key(&file_key[..])?, header.as_bytes());
    let _ = writeln!(header, " {}", text(mac.as_ref()));
    let mut out = header.into_bytes();
    out.extend_from_slice(&nonce);
    let payload = cipher(&derived(&file_key[..], &nonce, b"payload")?[..])?;
    let chunks = bytes.len().div_ceil(CHUNK).max(1);
    for at in 0..chunks {
        let end = bytes.len().min((at + 1) * CHUNK);
        let mut chunk = bytes[at * CHUNK..end].to_vec();
        let nonce = counted(at, u8::from(at + 1 == chunks));
        payload.seal_in_place_append_tag(nonce, Aad::empty(), &mut chunk)?;
        out.append(&mut chunk);
    }
    Ok(out)
}

/// Opens what [`seal`], or another program, has sealed with the passphrase.
pub fn open(passphrase: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let header = header(sealed)?;
    let wrap = wrap_key(passphrase, &header.salt, header.work).ok_or(OpenError::Damaged)?;
    let damaged = |_: Unspecified| OpenError::Damaged;
    let mut wrapped = header.wrapped.clone();
    let wrap = cipher(&wrap[..]).map_err(damaged)?;
    let opened = wrap.open_in_place(counted(0, 0), Aad::empty(), &mut wrapped);
    let file_key = Zeroizing::new(opened.map_err(|_| OpenError::Passphrase)?.to_vec());
    let key = mac_key(&file_key).map_err(damaged)?;
    hmac::verify(&key, header.signed, &header.mac).map_err(damaged)?;
    let (nonce, body) = header.rest.split_at_checked(SALT).ok_or(OpenError::Damaged)?;
    let payload = derived(&file_key, nonce, b"payload").and_then(|key| cipher(&key[..]));
    let payload = payload.map_err(damaged)?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(body.len()));
    let chunks = body.len().div_ceil(CHUNK + TAG).max(1);
    for at in 0..chunks {
        let end = body.len().min((at + 1) * (CHUNK + TAG));
        let mut chunk = Zeroizing::new(body[at * (CHUNK + TAG)..end].to_vec());
        let nonce = counted(at, u8::from(at + 1 == chunks));
        let opened = payload.open_in_place(nonce, Aad::empty(), &mut chunk).map_err(damaged)?;
        bytes.extend_from_slice(opened);
    }
    Ok(bytes)
}

struct Header<'a> {
    salt: Vec<u8>,
    work: u8,
    wrapped: Vec<u8>,
    /// What the header's own seal is over.
    signed: &'a [u8],
    mac: Vec<u8>,
    rest: &'a [u8],
}

fn header(sealed: &[u8]) -> Result<Header<'_>, OpenError> {
    let foreign = || OpenError::Foreign;
    let rest = sealed.strip_prefix(FIRST.as_bytes()).ok_or_else(foreign)?;
    let (arguments, rest) = line(rest).ok_or_else(foreign)?;
    let arguments = arguments.strip_prefix("-> scrypt ").ok_or_else(foreign)?;
    let (salt, work) = arguments.split_once(' ').ok_or_else(foreign)?;
    let work: u8 = work.parse().map_err(|_| foreign())?;
    let (wrapped, after) = line(rest).ok_or(OpenError::Damaged)?;
    let (mac, rest) = line(after).ok_or(OpenError::Damaged)?;
    let mac = mac.strip_prefix("--- ").ok_or_else(foreign)?;
    let signed = &sealed[..sealed.len() - after.len() + 3];
    let [salt, wrapped, mac] =
        [salt, wrapped, mac].map(|text| bytes(text).ok_or(OpenError::Damaged));
    let (salt, wrapped, mac) = (salt?, wrapped?, mac?);
    if salt.len() != SALT || wrapped.len() != FILE_KEY + TAG || !(1..=MOST_WORK).contains(&work) {
        return Err(OpenError::Damaged);
    }
    Ok(Header { salt, work, wrapped, signed, mac, rest })
}

fn line(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    Some((std::str::from_utf8(&bytes[..end]).ok()?, &bytes[end + 1..]))
}

fn wrap_key(passphrase: &str, salt: &[u8], work: u8) -> Option<Zeroizing<[u8; 32]>> {
    let parameters = scrypt::Params::new(work, 8, 1).ok()?;
    let salt = [LABEL, salt].concat();
    let mut key = Zeroizing::new([0; 32]);
    scrypt::scrypt(passphrase.as_bytes(), &salt, &parameters, &mut key[..]).ok()?;
    Some(key)
}

fn derived(key: &[u8], salt: &[u8], info: &[u8]) -> Result<Zeroizing<[u8; 32]>, Unspecified> {
    let mut out = Zeroizing::new([0; 32]);
    let key = Salt::new(HKDF_SHA256, salt).extract(key);
    key.expand(&[info], HKDF_SHA256)?.fill(&mut out[..])?;
    Ok(out)
}

fn mac_key(file_key: &[u8]) -> Result<hmac::Key, Unspecified> {
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &derived(file_key, &[], b"header")?[..]))
}

fn cipher(key: &[u8]) -> Result<LessSafeKey, Unspecified> {
    Ok(LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, key)?))
}

/// The nonce of a chunk: its place, and whether it is the last. Of the wrapped key: nothing.
fn counted(at: usize, is_last: u8) -> Nonce {
    let mut nonce = [0; NONCE_LEN];
    nonce[3..11].copy_from_slice(&(at as u64).to_be_bytes());
    nonce[NONCE_LEN - 1] = is_last;
    Nonce::assume_unique_for_key(nonce)
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Base 64 without padding.
fn text(bytes: &[u8]) -> String {
    let mut text = String::new();
    for part in bytes.chunks(3) {
        let [a, b, c] = [0, 1, 2].map(|at| u32::from(part.get(at).copied().unwrap_or_default()));
        let bits = (a << 16) | (b << 8) | c;
        for at in 0..=part.len() {
            let place = (bits >> (18 - 6 * at)) & 63;
            text.push(char::from(BASE64[place as usize]));
        }
    }
    text
}

/// What [`text`] writes, and nothing else.
fn bytes(coded: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for part in coded.as_bytes().chunks(4) {
        let mut bits = 0_u32;
        for at in 0..4 {
            let place = match part.get(at) {
                Some(letter) => BASE64.iter().position(|it| it == letter)?,
                None => 0,
            };
            bits = (bits << 6) | u32::try_from(place).ok()?;
        }
        let [_, three @ ..] = bits.to_be_bytes();
        bytes.extend_from_slice(three.get(..part.len().checked_sub(1)?)?);
    }
    (text(&bytes) == coded).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_is_opened_with_the_passphrase_alone() {
        for length in [0, 1, CHUNK, CHUNK + 1] {
            let content: Vec<u8> = (0..length).map(|at| at.to_le_bytes()[0]).collect();
            let sealed = seal_with("abc", &content, 2).unwrap();
            assert_eq!(open("abc", &sealed).unwrap()[..], content[..], "{length}");
        }
        let sealed = seal_with("abc", b"hemligt", 2).unwrap();
        assert_eq!(open("abd", &sealed), Err(OpenError::Passphrase));
        assert_eq!(open("abc", b"PK"), Err(OpenError::Foreign));
        for cut in [FIRST.len() + 70, sealed.len() - 1] {
            assert_eq!(open("abc", &sealed[..cut]), Err(OpenError::Damaged), "{cut}");
        }
        let mut changed = sealed.clone();
        let at = sealed.iter().rposition(|byte| *byte == b'\n').unwrap() - 1;
        changed[at] ^= 1;
        assert!(open("abc", &changed).is_err());
    }

    /// A file that `age` has opened (pyrage 1.4.0, on 2026-11-28).
    #[test]
    fn a_file_of_age_is_opened() {
        let sealed = bytes(OF_AGE).unwrap();
        assert_eq!(open("fyra-ord", &sealed).unwrap()[..], *"åäö\n".as_bytes());
    }

    const OF_AGE: &str = "YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IHNjcnlwdCBZYnN6aTY4VkNJYzRPYnRGbjJGalp3IDIKRCtENC8xYkhER2tmUEpjSVpIQXFVcE5yQUhVZkFBanFhdDJKaHBZSXJaUQotLS0gcnR5ZUMvRGlLbGxxVk0xdWFiK1JhemJyUHNOajBHbyswMDlrWVprNGs0QQrebVwtUCUu0mFUt+Z1UkuO2fC2C00h/MPYe4J0b1pQTX+vfPe4ZX4";

    #[test]
    fn passphrases_are_long_and_differ() {
        let (one, two) = (draw(), draw());
        assert_ne!(*one, *two);
        assert_eq!((one.len(), one.matches('-').count()), (23, 3));
    }

    /// RFC 4648 §10.
    #[test]
    fn test_vectors_of_base64() {
        for (plain, coded) in
            [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(text(plain.as_bytes()), coded);
            assert_eq!(bytes(coded).as_deref(), Some(plain.as_bytes()));
        }
        for wrong in ["Zh", "Zg==", "Z", "Zm9!"] {
            assert_eq!(bytes(wrong), None, "{wrong}");
        }
    }
}
