//! One form of JSON for one value, so that equal values are equal bytes.

use serde_json::Value;

/// Writes a value without spaces, the keys of every object sorted.
pub(crate) fn canonical(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Object(map) => {
            let mut pairs: Vec<_> = map.iter().collect();
            pairs.sort_unstable_by_key(|(key, _)| key.as_str());
            out.push(b'{');
            for (index, (key, value)) in pairs.into_iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                // Writing to a vector cannot fail.
                _ = serde_json::to_writer(&mut *out, key);
                out.push(b':');
                canonical(out, value);
            }
            out.push(b'}');
        }
        Value::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                canonical(out, item);
            }
            out.push(b']');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            _ = serde_json::to_writer(&mut *out, value);
        }
    }
}
