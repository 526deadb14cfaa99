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
    insta::assert_snapshot!(pace("binogi", &made(), Lang::Sv), @"binogi: 13 104 anrop på 31 s, i snitt 422,7 i sekunden, som mest 498 · som mest 97 % av 500 på 1 s · gjordes om: 6 · ombedda att vänta: 6 · nekade: 2");
    insta::assert_snapshot!(pace("binogi", &made(), Lang::En), @"binogi: 13 104 calls in 31 s, 422.7 a second on average, 498 at most · 97 % of 500 in 1 s at most · made again: 6 · told to wait: 6 · refused: 2");
    let calm = Pace { again: 0, throttled: 0, refused: 0, quotas: Vec::new(), ..made() };
    insta::assert_snapshot!(pace("binogi", &calm, Lang::Sv), @"binogi: 13 104 anrop på 31 s, i snitt 422,7 i sekunden, som mest 498");
}

/// K222: and the same for programs.
#[test]
fn how_a_receiver_was_called_for_programs() {
    insta::assert_snapshot!(pace_json(&made()).to_string(), @r#"{"calls":13104,"again":6,"told_to_wait":6,"refused":2,"duration_ms":31000,"calls_per_second":{"average":422.7,"highest":498},"quotas":[{"name":"calls","count":500,"per_seconds":1,"used_percent":97}]}"#);
}
