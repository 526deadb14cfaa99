use super::{EMPTY_PAGE, PAGE, problems, proofs, rewrite};
use crate::tree::Tree;

const SOURCE: &str = r#"
/// K073: duplicates are reported.
#[test]
fn duplicates_never_merge() {}

/// Two at once: K074 and (K075).
#[tokio::test(flavor = "current_thread")]
#[expect(
    clippy::too_many_lines,
    reason = "K001 in an attribute is no claim"
)]
async fn k076_a_temporary_number_is_replaced() {}

/// K002 above a function that is no test.
fn helper() {}

// K003 with code between.
const X: u8 = 1;
#[test]
fn names_nothing() {}

proptest! {
    /// K073 again.
    #[test]
    fn any_order(a in 0..3) {}
}
"#;

fn tree() -> Tree {
    Tree::of(&[
        ("core/roster/src/identity/tests.rs", SOURCE),
        ("xtask/src/tests.rs", "/// K111\n#[test]\nfn ours() {}\n"),
        ("scenarios/married-name/story.md", "# A new name (K073)\n"),
        ("scenarios/married-name/plan.txt", "K004\n"),
    ])
}

#[test]
fn a_test_names_its_requirement_above_it_or_in_its_name() {
    let page = rewrite(EMPTY_PAGE, &proofs(&tree())).unwrap();

    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| K0")).collect();
    assert_eq!(
        rows,
        [
            "| K073 |  | `core/roster`: any_order, duplicates_never_merge<br>`scenarios`: married-name |",
            "| K074 |  | `core/roster`: k076_a_temporary_number_is_replaced |",
            "| K075 |  | `core/roster`: k076_a_temporary_number_is_replaced |",
            "| K076 |  | `core/roster`: k076_a_temporary_number_is_replaced |",
        ]
    );
}

#[test]
fn sentences_and_the_text_around_them_are_kept() {
    let page = format!("{EMPTY_PAGE}| K009 | Joins by number. | old |\n\nAfter.\n");
    let proofs = proofs(&Tree::of(&[("a/src/lib.rs", "#[test]\nfn k009_joins() {}\n")]));

    let written = rewrite(&page, &proofs).unwrap();

    assert_eq!(
        written,
        format!("{EMPTY_PAGE}| K009 | Joins by number. | `a`: k009_joins |\n\nAfter.\n")
    );
    assert_eq!(rewrite(&written, &proofs).unwrap(), written);
    assert_eq!(problems(&written, &proofs).unwrap(), Vec::<String>::new());
}

#[test]
fn a_page_that_is_not_true_is_refused() {
    let proofs = proofs(&Tree::of(&[(
        "a/src/lib.rs",
        "#[test]\nfn k009_joins() {}\n#[test]\nfn k999_odd() {}\n#[test]\nfn k010_new() {}\n",
    )]));
    let page =
        format!("{EMPTY_PAGE}| K008 | Nothing shows it. | |\n| K009 | | `a`: k009_joins |\n");

    assert_eq!(
        problems(&page, &proofs).unwrap(),
        [
            "K010 has no row: `a`: k010_new",
            "K999 is no requirement: `a`: k999_odd",
            "K008: no test shows it",
            &format!("K009: {PAGE} does not say what works"),
        ]
    );
}

#[test]
fn a_stale_list_of_tests_is_refused() {
    let proofs = proofs(&Tree::of(&[("a/src/lib.rs", "#[test]\nfn k009_joins() {}\n")]));
    let page = format!("{EMPTY_PAGE}| K009 | Joins by number. | `a`: k009_old_name |\n");

    let problems = problems(&page, &proofs).unwrap();

    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].contains("is not fresh"), "{problems:?}");
}

#[test]
fn a_row_stands_once() {
    let page = format!("{EMPTY_PAGE}| K009 | a | |\n| K009 | b | |\n");

    assert!(rewrite(&page, &proofs(&Tree::default())).is_err());
}
