//! Lines laid over the settings file that `init` wrote.

use anyhow::ensure;

/// Puts lines into the settings: a table that is there gets the keys, and a key that is
/// there its new value; a table that is not there comes last.
pub(crate) fn lay_over(settings: &str, lines: &[String]) -> anyhow::Result<String> {
    let mut text: Vec<String> = settings.lines().map(str::to_owned).collect();
    let mut table = None;
    for line in lines.iter().filter(|line| !line.trim().is_empty()) {
        if line.starts_with('[') {
            let at = text.iter().position(|it| it == line).unwrap_or_else(|| {
                text.extend([String::new(), line.clone()]);
                text.len() - 1
            });
            table = Some(at);
            continue;
        }
        ensure!(table.is_some(), "a key stands in a table: {line}");
        let first = table.unwrap_or_default() + 1;
        let end = text[first..].iter().position(|it| it.starts_with('['));
        let end = end.map_or(text.len(), |at| first + at);
        let key = |line: &str| line.split('=').next().unwrap_or_default().trim().to_owned();
        match text[first..end].iter_mut().find(|it| key(it) == key(line)) {
            Some(old) => line.clone_into(old),
            None => text.insert(first, line.clone()),
        }
    }
    Ok(text.join("\n") + "\n")
}
