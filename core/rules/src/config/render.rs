//! Problems for people and for programs.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use serde_json::{Value, json};

use super::problem::{Problem, Problems};
use super::settings::Lang;

/// The problems with file, line, column, the line itself and a suggestion. Without colour.
#[must_use]
pub fn render(problems: &Problems, text: &str, lang: Lang) -> String {
    problems.list.iter().map(|one| rendered(one, text, &problems.file, lang)).collect()
}

fn rendered(problem: &Problem, text: &str, file: &str, lang: Lang) -> String {
    let shown = Snippet::source(text)
        .path(file)
        .annotation(AnnotationKind::Primary.span(one_line(text, &problem.span)));
    let mut group = Level::ERROR
        .no_name()
        .primary_title(problem.message.get(lang))
        .id(problem.code.as_str())
        .element(shown);
    if let Some(hint) = &problem.hint {
        group = group.element(Level::HELP.no_name().message(hint.get(lang)));
    }
    format!("{}\n\n", Renderer::plain().render(&[group]))
}

/// The part of the bytes that stands on their first line.
fn one_line(text: &str, span: &Range<usize>) -> Range<usize> {
    let inside = text.get(span.clone()).unwrap_or("");
    let end = span.start + inside.find(['\r', '\n']).unwrap_or(inside.len());
    span.start..end
}

/// The problems for programs: `code`, `file`, `line`, `column`, `message` and `hint`.
#[must_use]
pub fn json(list: &[Problem], file: &str, lang: Lang) -> Value {
    let one = |problem: &Problem| {
        json!({
            "code": problem.code.as_str(),
            "file": file,
            "line": problem.line,
            "column": problem.column,
            "message": problem.message.get(lang),
            "hint": problem.hint.as_ref().map(|hint| hint.get(lang)),
        })
    };
    Value::Array(list.iter().map(one).collect())
}
