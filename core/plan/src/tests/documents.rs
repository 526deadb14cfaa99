use roster::Piece;
use state::{Operation, Verb};

use super::support::*;
use crate::document::{About, DocumentError, PlanId, Purpose, read, read_checked, write};
use crate::{History, PlanError, Verdicts, guard};

pub(crate) fn about() -> About<'static> {
    About {
        target: "sds",
        card: &FILES,
        snapshot: "5a",
        rules: "7b",
        written_generation: 3,
        written_hash: "9c",
        created: "2026-11-24T02:14:00Z".parse().unwrap(),
        purpose: Purpose::Real,
        calls: 1,
        seconds: 0,
    }
}

fn lines(world: &World, history: &History) -> (String, Vec<String>, Verdicts) {
    let draft = world.draft();
    let verdicts = guard(&world.guarding(&draft, &rules::Guards::default(), history)).unwrap();
    let in_turn = |pieces: Vec<Piece<'_>>| pieces.into_iter().for_each(|piece| piece());
    let (id, text) = written(&draft.operations, &verdicts, in_turn);
    assert_eq!(id.short(), &id.as_str()[..4]);
    (id.as_str().to_owned(), text.lines().map(str::to_owned).collect(), verdicts)
}

fn written(
    operations: &[Operation],
    verdicts: &Verdicts,
    work: impl Fn(Vec<Piece<'_>>),
) -> (PlanId, String) {
    let mut text = String::new();
    let take = |lines: &str| {
        assert!(lines.ends_with('\n'));
        text.push_str(lines);
        Ok::<(), PlanError>(())
    };
    let id = write(&about(), operations, verdicts, work, take).unwrap();
    (id, text)
}

/// Invariant 5: who makes which lines, and when, changes nothing.
#[test]
fn a_large_plan_is_the_same_however_its_lines_are_made() {
    let world = world(&[], &[school(1), user(1, "Ek", "ek", 1)]);
    let few = world.draft().operations;
    let many: Vec<Operation> = few.iter().cycle().take(40_000).cloned().collect();
    let verdicts = Verdicts::default();
    let (id, text) = written(&many, &verdicts, |pieces| pieces.into_iter().for_each(|it| it()));
    let backwards =
        written(&many, &verdicts, |pieces| pieces.into_iter().rev().for_each(|it| it()));
    assert_eq!(text.lines().count(), many.len() + 1);
    assert!((id, text) == backwards);
}

/// Design §5: names, reasons, owners, needs and what is held stand in the document.
#[test]
fn a_plan_is_a_header_and_one_operation_a_line() {
    let written = [school(1), user(1, "Ek", "ek", 1)];
    let wanted = [school(1), user(1, "Ask", "ek", 1), user(2, "Al", "al", 1)];
    let (id, lines, verdicts) = lines(&world(&written, &wanted), &History::default());
    assert_eq!(lines.len(), 3);
    assert!(lines[0].contains(r#""expires":"2026-11-25T02:14:00Z""#), "{}", lines[0]);
    assert!(lines[0].contains(r#"{"kind":"user","verb":"create","count":1}"#), "{}", lines[0]);
    let expected = concat!(
        r#"{"number":0,"verb":"update","row":{"kind":"user","#,
        r#""key":"00000000-0000-0000-0000-000000000001","values":{"familyName":"Ek","#,
        r#""username":"ek","school":{"ref":"school/00000000-0000-0000-0000-000000000001"}},"#,
        r#""schools":["00000000-0000-0000-0000-000000000001"]},"#,
        r#""to":{"values":{"familyName":"Ask"}},"is":"changes","reason":"P16","#,
        r#""owner":"source","expected":false,"held":{"by":[0],"reason":"T01"}}"#,
    );
    assert_eq!(lines[1], expected);

    let document = read_checked(&id, lines.iter().map(String::as_str), &FILES).unwrap();
    assert_eq!(document.verdicts, verdicts);
    let other = read_checked("00", lines.iter().map(String::as_str), &FILES);
    assert!(matches!(other, Err(DocumentError::OtherContent)));
    let cut = read(lines[..2].iter().map(String::as_str), &FILES);
    assert!(matches!(cut, Err(DocumentError::Damaged { line: 3 })));
}

/// K069: of a person who became protected the plan holds the id alone.
#[test]
fn a_protected_persons_removal_names_nobody() {
    let written = [school(1), user(1, "Hemlig", "hemlig", 1)];
    let mut world = world(&written, &[school(1)]);
    world.protected.insert(key(1));
    let (_, lines, _) = lines(&world, &History::default());
    assert_eq!(lines.len(), 2);
    assert!(!lines.concat().to_lowercase().contains("hemlig"), "{}", lines[1]);
    let document = read(lines.iter().map(String::as_str), &FILES).unwrap();
    let removal = &document.operations[0];
    assert_eq!((removal.verb, removal.reason), (Verb::Delete, None));
    assert_eq!(removal.subject(), world.draft().operations[0].subject());
}
