//! The receivers of the settings, bound to what is made for each.

use std::path::Path;

use anyhow::Context as _;
use rules::config::{self, Loaded, Mode, Schools};
use run::{BoundTarget, bind};
use state::Observe;

use crate::connectors;
use crate::trouble::Trouble;

/// The name under which a target's deliveries are remembered. In test mode it is another, so
/// that a test never touches what the real receiver has (K184).
pub(crate) fn ledger(target: &config::TargetSettings) -> String {
    match target.mode {
        Mode::Production => target.name.clone(),
        Mode::Test => format!("{}-TEST", target.name),
    }
}

/// Every receiver of the settings.
pub(crate) fn targets(loaded: &Loaded, base: &Path) -> anyhow::Result<Vec<BoundTarget>> {
    let settings = &loaded.settings;
    let bound = |target: &config::TargetSettings| {
        let card = connectors::card(target.section.kind)
            .with_context(|| format!("no target is called {}", target.section.kind))?;
        let made = connectors::target(target, base)?;
        let mut rules = bind::target_rules(settings, target, card);
        leave_out(&made.left_out, target, &mut rules)?;
        turn_off(&made.off, &mut rules);
        Ok(BoundTarget {
            name: ledger(target),
            setting: target.name.clone(),
            target: made.target,
            rules,
            schools: [settings.select.schools.clone(), chosen(target, card)?],
            policies: bind::policies(target, card),
            guards: target.guards.clone(),
            rules_hash: loaded.hash.to_string(),
        })
    };
    settings.targets.iter().map(bound).collect()
}

/// What the target's profile does not send is mapped to nothing; a mapping that would send it
/// is refused (K159–K168).
fn leave_out(
    left_out: &[(&'static str, &'static str)],
    target: &config::TargetSettings,
    rules: &mut rules::shape::TargetRules,
) -> anyhow::Result<()> {
    for (kind, attribute) in left_out {
        let mapping = rules.mapping.entry((*kind).to_owned()).or_default();
        let written = mapping.insert((*attribute).to_owned(), String::new());
        if written.is_some_and(|text| !text.trim().is_empty()) {
            let at = format!("target.{}.mapping.{kind}.{attribute}", target.name);
            return Err(Trouble::settings(
                format!("`{at}`: profilen lämnar inte ut den uppgiften. Ta bort raden, eller välj en annan profil."),
                format!("`{at}`: the profile does not send that. Take the line out, or choose another profile."),
            )
            .into());
        }
    }
    Ok(())
}

/// What the target's settings turn off is wanted of nobody.
fn turn_off(kinds: &[&'static str], rules: &mut rules::shape::TargetRules) {
    for kind in kinds {
        rules.filters.insert((*kind).to_owned(), "false".to_owned());
    }
}

/// The schools that a target is given. To a vendor none is sent that was not chosen (K186):
/// `["*"]` chooses all.
fn chosen(target: &config::TargetSettings, card: &state::Card) -> anyhow::Result<Schools> {
    match (&target.schools, card.observe) {
        (Schools::Only(list), _) if *list == ["*"] => Ok(Schools::All),
        (Schools::All, Observe::Mirror) => {
            let name = &target.name;
            Err(Trouble::settings(
                format!("`target.{name}` har inga valda skolor. Ange `schools` med koder eller namn; `[\"*\"]` är alla."),
                format!("`target.{name}` has no schools chosen. Give `schools` with codes or names; `[\"*\"]` is all."),
            )
            .into())
        }
        (schools, _) => Ok(schools.clone()),
    }
}
