//! Base64 as RFC 4648 has it, both alphabets.

const PLAIN: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// With padding, for PEM.
pub(super) fn encoded(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let whole = (0..3).fold(0_u32, |sum, at| {
            (sum << 8) | u32::from(three.get(at).copied().unwrap_or_default())
        });
        for at in 0..4_usize {
            let index = usize::try_from((whole >> (18 - 6 * at)) & 63).unwrap_or_default();
            let letter = PLAIN.get(index).copied().unwrap_or(b'=');
            out.push(if at <= three.len() { char::from(letter) } else { '=' });
        }
    }
    out
}

/// For addresses, without padding (RFC 4648 §5).
pub(super) fn url_encoded(bytes: &[u8]) -> String {
    encoded(bytes).trim_end_matches('=').replace('+', "-").replace('/', "_")
}

/// Reads what stands in addresses and tokens; `None` for anything else.
pub(super) fn url_decoded(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() * 3 / 4);
    let (mut held, mut bits) = (0_u32, 0_u32);
    for letter in text.trim_end_matches('=').bytes() {
        let plain = match letter {
            b'-' => b'+',
            b'_' => b'/',
            b'+' | b'/' => return None,
            other => other,
        };
        let value = PLAIN.iter().position(|it| *it == plain)?;
        held = (held << 6) | u32::try_from(value).ok()?;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push(u8::try_from((held >> bits) & 0xFF).ok()?);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::{encoded, url_decoded, url_encoded};

    /// RFC 4648 §10.
    #[test]
    fn the_vectors_of_the_rfc() {
        #[rustfmt::skip]
        let table = [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")];
        for (plain, coded) in table {
            assert_eq!(encoded(plain.as_bytes()), coded);
            assert_eq!(url_decoded(coded).unwrap(), plain.as_bytes());
        }
        assert_eq!(url_encoded(&[0xFB, 0xFF]), "-_8");
        assert_eq!(url_decoded("-_8").unwrap(), [0xFB, 0xFF]);
        assert_eq!(url_decoded("a b"), None);
    }
}
