//! For other programs.

use serde_json::{Value, json};

use crate::text::is_unsafe;
use crate::{Beside, Lang, PlanView, plan_summary};

/// A plan at a glance as values; the sentences of the guards in `lang`.
#[must_use]
pub fn plan_summary_json(view: &PlanView<'_>, lang: Lang) -> Value {
    let Beside {
        waiting,
        cancelled,
        restored,
        left,
        kept,
        blocked,
        unsupported,
        conflicts,
        reused,
    } = view.beside;
    let lines: Vec<String> = plan_summary(view, lang).iter().map(crate::Line::text).collect();
    json!({
        "plan": view.id,
        "target": view.header.target,
        "created": view.header.created,
        "expires": view.header.expires,
        "operations": view.header.operations,
        "held": view.verdicts.held.len(),
        "counts": view.header.counts,
        "schools": view.header.schools,
        "guards": view.header.verdicts,
        "calls": view.header.calls,
        "seconds": view.header.seconds,
        "beside": {
            "waiting": waiting,
            "cancelled": cancelled,
            "restored": restored,
            "left": left,
            "kept": kept,
            "blocked": blocked,
            "unsupported": unsupported,
            "conflicts": conflicts,
            "reused": reused,
        },
        "text": lines,
    })
}

/// The value as JSON with whatever could steer a terminal written as `\u001b`: the same
/// value to a program, harmless to a person who looks at it.
#[must_use]
pub fn json_text(value: &Value) -> String {
    let mut text = String::new();
    for char in value.to_string().chars() {
        if is_unsafe(char) {
            let mut units = [0; 2];
            let units = char.encode_utf16(&mut units).iter();
            text.extend(units.map(|unit| format!("\\u{unit:04x}")));
        } else {
            text.push(char);
        }
    }
    text
}
