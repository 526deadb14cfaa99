use std::time::Duration;

use state::{Pace, QuotaUse};

use crate::{Lang, pace, pace_json};

fn made() -> Pace {
    let seconds = Duration::from_secs;
    Pace {
        calls: 13_104,
        again: 6,
        throttled: 6,
        refused: 2,
        began: seconds(100),
        ended: seconds(131),
        highest: 498,
        quotas: vec![QuotaUse { name: "calls", count: 500, per: seconds(1), percent: 97 }],
    }
}

/// K222: how a receiver was called is one line, in both languages.
#[test]
fn how_a_receiver_was_called() {
    insta::assert_snapshot!(pace("binogi", &made(), Lang::Sv), @"");
    insta::assert_snapshot!(pace("binogi", &made(), Lang::En), @"");
    let calm = Pace { again: 0, throttled: 0, refused: 0, quotas: Vec::new(), ..made() };
    insta::assert_snapshot!(pace("binogi", &calm, Lang::Sv), @"");
}

/// K222: and the same for programs.
#[test]
fn how_a_receiver_was_called_for_programs() {
    insta::assert_snapshot!(pace_json(&made()).to_string(), @"");
}
