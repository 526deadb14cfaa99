//! `explain`: why a person has, or does not have, something at a receiver.

use std::collections::BTreeMap;

use ::run::{Exit, Explained, RunError};
use report::{
    ExplainStep, Explanation, StepName, Went, explain as explanation, explain_json, no_hit,
    no_hit_json, rule_steps,
};
use roster::supplement::Miss;
use roster::{Key, Roster};
use rules::config::Lang;
use state::{LinkState, Mark, Reason};

use crate::args::{Explain, Global};
use crate::open;
use crate::output::Output;
use crate::show;

/// Explains; whether nobody is found or somebody who is handled outside the sync, the
/// answer is the same.
pub(crate) async fn explain(
    args: &Explain,
    global: &Global,
    out: &mut Output,
) -> anyhow::Result<Exit> {
    let opened = open::open(global).await?;
    out.speak(opened.loaded.settings.tenant.language);
    let lang = out.lang();
    let target = match &args.target {
        Some(target) => target.clone(),
        None => only_target(&opened.engine)?,
    };
    let (roster, found) = opened
        .engine
        .explain(&args.person, &target)
        .await
        .map_err(|error| open::named_in_settings(error, global))?;
    if found.is_empty() {
        out.json(&no_hit_json(lang));
        show::lines(&no_hit(lang), out);
        return Ok(Exit::Done);
    }
    for explained in &found {
        let who = format!("{} {}", explained.person.given_name, explained.person.family_name);
        let steps = steps(explained, &roster, lang);
        let explanation_of = Explanation { who: who.trim(), at: &target, steps: &steps };
        out.json(&explain_json(&explanation_of, lang));
        show::lines(&explanation(&explanation_of, lang), out);
    }
    Ok(Exit::Done)
}

fn only_target(engine: &::run::Engine) -> Result<String, RunError> {
    match engine.targets.as_slice() {
        [one] => Ok(one.name.clone()),
        several => Err(RunError::Unknown {
            what: "target",
            name: String::new(),
            known: several.iter().map(|target| target.name.clone()).collect(),
        }),
    }
}

fn steps(explained: &Explained, roster: &Roster, lang: Lang) -> Vec<ExplainStep> {
    let school =
        |key: Key| roster.schools.get(&key).map_or_else(|| key.to_string(), |it| it.name.clone());
    let group =
        |key: Key| roster.groups.get(&key).map_or_else(|| key.to_string(), |it| it.name.clone());
    let mut steps =
        vec![ExplainStep { name: StepName::Found, went: Went::Well, detail: String::new() }];
    steps.extend(rule_steps(&explained.steps, &school, &group));
    let is_known = steps
        .iter()
        .any(|step| matches!(step.went, Went::Stopped(_)) && step.name < StepName::Group);
    if let Some(mark) = explained.mark.filter(|_| !is_known) {
        let (Mark::Withheld(reason) | Mark::Left { reason, .. }) = mark;
        steps.push(ExplainStep {
            name: StepName::Values,
            went: Went::Stopped(reason),
            detail: String::new(),
        });
    }
    steps.extend(missed(explained, &steps));
    steps.push(at_receiver(explained, lang));
    steps.extend(explained.planned.first().map(|_| planned(explained, lang)));
    steps.sort_by_key(|step| step.name);
    steps
}

/// Why a supplement filled in nothing: the reason itself, where an address is what is missing.
fn missed(explained: &Explained, steps: &[ExplainStep]) -> Option<ExplainStep> {
    let reason = match explained.missed.first()?.why {
        Miss::Nobody => Reason::NoDirectoryMatch,
        Miss::Several => Reason::SeveralDirectoryMatches,
        Miss::Disabled => Reason::DirectoryAccountOff,
        Miss::WrongDomain => Reason::WrongDomain,
        Miss::Unidentified | Miss::NoValue => return None,
    };
    let lacks_email = steps.iter().any(|it| it.went == Went::Stopped(Reason::NoEmail));
    let (name, detail) = (StepName::Completed, String::new());
    lacks_email.then_some(ExplainStep { name, went: Went::Stopped(reason), detail })
}

fn at_receiver(explained: &Explained, lang: Lang) -> ExplainStep {
    let said = |sv: &str, en: &str| match lang {
        Lang::Sv => sv.to_owned(),
        Lang::En => en.to_owned(),
    };
    let (went, detail) = match (explained.is_written, explained.link) {
        (true, LinkState::Ended) => (
            Went::Stopped(Reason::WaitingPeriod),
            said("levererad, väntetiden löper", "delivered, the waiting time runs"),
        ),
        (true, _) => {
            let count = explained.memberships;
            (
                Went::Well,
                said(
                    &format!("levererad, {count} medlemskap"),
                    &format!("delivered, {count} memberships"),
                ),
            )
        }
        (false, _) => (Went::NotReached, said("inte levererad", "not delivered")),
    };
    ExplainStep { name: StepName::Matched, went, detail }
}

fn planned(explained: &Explained, lang: Lang) -> ExplainStep {
    let held = explained.planned.iter().find_map(|(_, held)| *held);
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for (verb, _) in &explained.planned {
        let word = match lang {
            Lang::Sv => verb.sv(),
            Lang::En => verb.word(),
        };
        *counts.entry(word).or_default() += 1;
    }
    let times = |(word, count): (&str, u64)| {
        if count == 1 { word.to_owned() } else { format!("{word} ×{count}") }
    };
    let words: Vec<String> = counts.into_iter().map(times).collect();
    ExplainStep {
        name: StepName::Action,
        went: held.map_or(Went::Well, Went::Stopped),
        detail: words.join(", "),
    }
}
