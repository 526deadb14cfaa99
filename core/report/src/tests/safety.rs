use plan::{GuardName, Names, Scope, Verdicts};
use proptest::prelude::*;
use state::{Reason, Verb};

use super::support::{
    CARD, GROUP, header, id, key, lost, operation, place, summary, user, verdict, verdicts,
};
use crate::{
    Beside, ExplainStep, Explanation, Filter, Lang, Line, Stage, StepName, Went, escaped, explain,
    json_text, plan_details, run_summary,
};

/// Everything that a name can get into.
fn everything(name: &str) -> Vec<Line> {
    let mut guards = lost();
    guards.push(verdict(GuardName::SchoolRemovals, Scope::School(key(1)), 9, 9));
    guards.push(verdict(GuardName::ContainerMembers, Scope::Container(id(GROUP, 1)), 9, 9));
    let counts = header(&[("user", Verb::Create, 9)]);
    let mut lines = summary(&counts, &verdicts(guards, 2), Beside::default(), name, Lang::Sv);
    let school = |_| name.to_owned();
    let container = |_| name.to_owned();
    let names = Names { card: &CARD, school: &school, container: &container };
    let reason = Some(Reason::InRegister);
    let operations = [
        operation(0, Verb::Update, reason, Some(user(1, "a", "b")), Some(user(1, name, name))),
        operation(1, Verb::Add, reason, None, Some(place(1, 9, "student"))),
    ];
    let details =
        plan_details(&operations, &Verdicts::default(), &names, Filter::default(), Lang::En);
    lines.extend(details.unwrap());
    let stopped = Went::Stopped(Reason::Ended);
    let steps = [ExplainStep { name: StepName::Group, went: stopped, detail: name.to_owned() }];
    lines.extend(explain(&Explanation { who: name, at: name, steps: &steps }, Lang::Sv));
    let read = Stage::Read { source: name, pupils: 1, staff: 1, groups: 1, tenths: None };
    lines.extend(run_summary(&[read], Lang::Sv));
    lines
}

fn is_harmless(text: &str) -> bool {
    text.chars().all(|char| {
        !char.is_control()
            && !matches!(char, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}')
            && !matches!(char, '\u{2060}'..='\u{206f}' | '\u{feff}')
    })
}

/// A name can neither steer the terminal, nor break the line, nor turn what stands after it.
#[test]
fn hostile_names_are_shown_and_do_nothing() {
    let name = "Eva\u{1b}[2J\nfel: \u{202e}allt\u{9b}31m\u{2066}";
    assert_eq!(escaped(name), "Eva\\u{1b}[2J\\u{a}fel: \\u{202e}allt\\u{9b}31m\\u{2066}");
    assert_eq!(escaped("Åsa Ødegård-O’Neill 王"), "Åsa Ødegård-O’Neill 王");
    let lines = everything(name);
    assert!(lines.iter().all(|line| is_harmless(&line.text())), "{lines:?}");
    assert!(lines.iter().any(|line| line.text().contains("Eva\\u{1b}[2J")));
}

/// JSON is the same value and harmless to look at.
#[test]
fn json_is_the_same_value_and_harmless() {
    let value =
        serde_json::json!({ "name": "a\u{9b}b\u{202e}c\u{1b}\n", "tag": "\u{e0041}", "å": 1 });
    let text = json_text(&value);
    assert!(text.lines().all(is_harmless), "{text}");
    assert!(text.contains("\\u202e") && text.contains('å'));
    assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever a name holds, no line has a character that does anything.
    #[test]
    fn no_line_has_control_characters(name in any::<String>(), odd in "[\\x00-\\x1f\\x7f-\\x9f\u{200e}\u{202a}-\u{202e}\u{2066}-\u{2069}a]{0,8}") {
        for name in [name, odd] {
            for line in everything(&name) {
                prop_assert!(is_harmless(&line.text()), "{:?}", line);
            }
        }
    }
}
