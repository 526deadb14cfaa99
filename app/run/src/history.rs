//! What has been approved before, and with what rules the written state was made.

use std::collections::BTreeSet;

use plan::{Approval, Before, History, RulesVersion};
use roster::Key;
use state::{Operation, Verb};

use crate::{BoundTarget, Engine, RunError, budget};

const PLAN: &str = "approved/plan";
const DELETION: &str = "approved/deletion";
const SCHOOLS: &str = "approved/schools";
const RULES: &str = "written/rules";
/// The restore since which a plan of the target has been approved.
const SINCE_RESTORE: &str = "approved/restored";

/// What was approved in earlier plans of the target. `new_schools` holds, here, the schools
/// that *were* approved; see [`new_schools`].
pub(crate) async fn of(engine: &Engine, target: &str) -> Result<History, RunError> {
    let done = |value: Option<Vec<u8>>| if value.is_some() { Before::Done } else { Before::Never };
    let schools = engine.store.get(target, SCHOOLS).await?.unwrap_or_default();
    // What was delivered after the backup was made is not known: a person looks at the first
    // plan, as if nothing had been approved.
    let is_settled = is_settled(engine, target).await?;
    let approved = |value: Option<Vec<u8>>| done(value.filter(|_| is_settled));
    Ok(History {
        plan: approved(engine.store.get(target, PLAN).await?),
        deletion: approved(engine.store.get(target, DELETION).await?),
        new_schools: schools.as_chunks::<16>().0.iter().copied().map(Key::from_bytes).collect(),
        spent: budget::spent(engine, target).await?,
    })
}

/// Whether the memory is as it grew, or a plan of the target was approved since it was
/// restored from a backup.
pub(crate) async fn is_settled(engine: &Engine, target: &str) -> Result<bool, RunError> {
    let Some(made) = engine.store.restored().await? else { return Ok(true) };
    let since = engine.store.get(target, SINCE_RESTORE).await?;
    Ok(since.as_deref() == Some(made.to_string().as_bytes()))
}

/// Remembers schools as those of approved plans: they were delivered before.
pub(crate) async fn know_schools(
    engine: &Engine,
    target: &str,
    schools: &BTreeSet<Key>,
) -> Result<(), RunError> {
    let schools: Vec<u8> = schools.iter().flat_map(|key| *key.as_bytes()).collect();
    Ok(engine.store.set(target, &[(SCHOOLS, &schools)]).await?)
}

/// The schools that operations touch and that no approved plan has touched.
pub(crate) fn new_schools(
    approved: &History,
    operations: &[Operation],
) -> Result<BTreeSet<Key>, RunError> {
    let mut new = BTreeSet::new();
    for operation in operations {
        new.extend(
            operation.schools()?.into_iter().filter(|it| !approved.new_schools.contains(it)),
        );
    }
    Ok(new)
}

/// Whether a plan deleted something, or tried to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deleted {
    /// A person has approved of a deletion: the receiver may have refused it, and then it is
    /// told again and waits for no approval.
    Something,
    Nothing,
}

impl Deleted {
    /// What released operations do.
    pub(crate) fn by(released: &[Operation]) -> Self {
        // The removal of a person who became protected needs no approval and is none.
        let deletes = |it: &Operation| it.verb == Verb::Delete && it.reason.is_some();
        if released.iter().any(deletes) { Self::Something } else { Self::Nothing }
    }
}

/// Remembers that these operations were carried out with a person's approval or under none
/// that was needed.
pub(crate) async fn remember(
    engine: &Engine,
    target: &BoundTarget,
    carried_out: &[Operation],
    deleted: Deleted,
) -> Result<(), RunError> {
    let mut history = of(engine, &target.name).await?;
    for operation in carried_out {
        history.new_schools.extend(operation.schools()?);
    }
    let schools: Vec<u8> = history.new_schools.iter().flat_map(|key| *key.as_bytes()).collect();
    let restored = engine.store.restored().await?.map(|made| made.to_string());
    let mut values: Vec<(&str, &[u8])> =
        vec![(PLAN, b"1"), (SCHOOLS, &schools), (RULES, target.rules_hash.as_bytes())];
    if deleted == Deleted::Something {
        values.push((DELETION, b"1"));
    }
    if let Some(made) = &restored {
        values.push((SINCE_RESTORE, made.as_bytes()));
    }
    Ok(engine.store.set(&target.name, &values).await?)
}

/// Whether the rules are those that the written rows were made with.
pub(crate) async fn rules_version(
    engine: &Engine,
    target: &BoundTarget,
) -> Result<RulesVersion, RunError> {
    let before = engine.store.get(&target.name, RULES).await?;
    let is_same = before.is_none_or(|hash| hash == target.rules_hash.as_bytes());
    Ok(if is_same { RulesVersion::Same } else { RulesVersion::Changed })
}

/// Which of the schools whose source guard tripped a person has approved.
pub(crate) fn approved_schools(
    stored: &[store::Approval],
    tripped: &BTreeSet<Key>,
) -> Result<BTreeSet<Key>, RunError> {
    let mut approved = BTreeSet::new();
    for approval in stored {
        match scope(&approval.scope)? {
            Approval::All => approved.extend(tripped),
            Approval::Schools(schools) => approved.extend(tripped.intersection(&schools)),
            Approval::Verbs(_) | Approval::Operations(_) => {}
        }
    }
    Ok(approved)
}

/// Who asked for the plans that four eyes must look at: the last few, by plan.
const ASKED: &str = "plan/asked";

/// Notes who asked for a plan.
pub(crate) async fn asked(engine: &Engine, plan: &str) -> Result<(), RunError> {
    let mut lines = asked_lines(engine).await?;
    lines.insert(0, format!("{plan} {}", engine.user));
    lines.truncate(50);
    Ok(engine.store.set("", &[(ASKED, lines.join("\n").as_bytes())]).await?)
}

/// Who asked for this plan.
pub(crate) async fn asked_by(engine: &Engine, plan: &str) -> Result<Option<String>, RunError> {
    let lines = asked_lines(engine).await?;
    Ok(lines.iter().find_map(|line| line.strip_prefix(plan)).map(|user| user.trim().to_owned()))
}

async fn asked_lines(engine: &Engine) -> Result<Vec<String>, RunError> {
    let text = engine.store.get("", ASKED).await?.unwrap_or_default();
    Ok(String::from_utf8_lossy(&text).lines().map(str::to_owned).collect())
}

/// An approval's scope as it is stored: `all`, `schools KEY KEY`, `verbs WORD WORD`.
pub(crate) fn scope_text(approval: &Approval) -> String {
    match approval {
        Approval::All => "all".to_owned(),
        Approval::Schools(schools) => {
            schools.iter().fold("schools".to_owned(), |text, key| text + " " + &key.to_string())
        }
        Approval::Verbs(verbs) => {
            verbs.iter().fold("verbs".to_owned(), |text, verb| text + " " + verb.word())
        }
        Approval::Operations(numbers) => numbers
            .iter()
            .fold("operations".to_owned(), |text, number| text + " " + &number.to_string()),
    }
}

/// Reads what [`scope_text`] wrote.
pub(crate) fn scope(text: &str) -> Result<Approval, RunError> {
    let damaged = || RunError::Internal("a stored approval cannot be read".to_owned());
    let mut words = text.split(' ');
    match words.next() {
        Some("all") => Ok(Approval::All),
        Some("schools") => Ok(Approval::Schools(
            words.map(|word| word.parse().map_err(|_| damaged())).collect::<Result<_, _>>()?,
        )),
        Some("verbs") => Ok(Approval::Verbs(
            words
                .map(|word| Verb::from_word(word).ok_or_else(damaged))
                .collect::<Result<_, _>>()?,
        )),
        Some("operations") => Ok(Approval::Operations(
            words.map(|word| word.parse().map_err(|_| damaged())).collect::<Result<_, _>>()?,
        )),
        _ => Err(damaged()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_approvals_scope_is_read_back() {
        let key = Key::from_bytes([7; 16]);
        for approval in [
            Approval::All,
            Approval::Schools([key].into()),
            Approval::Verbs([Verb::Delete, Verb::ChangeRole].into()),
            Approval::Operations([1, 22].into()),
        ] {
            assert_eq!(scope(&scope_text(&approval)).unwrap(), approval);
        }
        assert!(scope("everything").is_err());
    }
}
