//! What is sealed, and what is made of it on the way.

use proptest::prelude::*;
use rand::RngCore as _;

use super::*;

const KEY: &[u8; 32] = &[1; 32];

fn seal(bytes: &[u8]) -> Vec<u8> {
    let mut writer = SealWriter::new(Vec::new(), KEY, b"label").unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn open(sealed: &[u8], key: &[u8; 32], label: &[u8]) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    SealReader::new(sealed, key, label)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Bytes that do not compress, so that they fill several chunks.
fn noise(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    rand::rng().fill_bytes(&mut bytes);
    bytes
}

#[test]
fn what_was_sealed_is_opened_with_the_same_key_and_label_alone() {
    let bytes = noise(3 * CHUNK);
    let sealed = seal(&bytes);
    assert_eq!(open(&sealed, KEY, b"label").unwrap(), bytes);
    assert!(open(&sealed, &[2; 32], b"label").is_err());
    assert!(open(&sealed, KEY, b"other").is_err());
    assert_ne!(seal(&bytes), sealed, "never the same nonce twice");
}

#[test]
fn a_stream_cut_off_anywhere_is_told() {
    let sealed = seal(&noise(2 * CHUNK + 10));
    let ends = [0, 1, 7, 8, 11, 12, 100, 12 + CHUNK + TAG, 8 + 2 * (4 + CHUNK + TAG)];
    for end in ends.into_iter().chain([sealed.len() - 1]) {
        assert!(open(&sealed[..end], KEY, b"label").is_err(), "cut at {end}");
    }
}

#[test]
fn a_newer_form_is_told_from_damage() {
    let mut sealed = seal_small(KEY, b"l", b"secret").unwrap();
    sealed[0] = 9;
    assert!(matches!(open_small(KEY, b"l", &sealed), Err(SealError::Version(9))));
    sealed[0] = VERSION;
    assert_eq!(open_small(KEY, b"l", &sealed).unwrap(), b"secret");
    assert!(open_small(KEY, b"m", &sealed).is_err());
    assert!(open_small(KEY, b"l", &sealed[..12]).is_err());
}

proptest! {
    #[test]
    fn any_bytes_come_back(bytes in proptest::collection::vec(any::<u8>(), 0..5000)) {
        prop_assert_eq!(open(&seal(&bytes), KEY, b"label").unwrap(), bytes.clone());
        let small = seal_small(KEY, b"label", &bytes).unwrap();
        prop_assert_eq!(open_small(KEY, b"label", &small).unwrap(), bytes);
    }

    #[test]
    fn a_changed_bit_is_told(at in 0_usize..500, bit in 0_u8..8) {
        let mut sealed = seal(&noise(600));
        sealed[at] ^= 1 << bit;
        prop_assert!(open(&sealed, KEY, b"label").is_err());
    }
}
