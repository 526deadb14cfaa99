//! The receivers of the settings, bound to what is made for each.

use std::path::Path;

use anyhow::Context as _;
use rules::config::{self, Loaded, Mode, Schools};
use rules::shape::TargetRules;
use run::{BoundTarget, bind};
use state::Observe;

use crate::connectors::{self, Implied};
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
        let mut policies = bind::policies(target, card);
        leave_out(&made.implied.left_out, target, &mut rules)?;
        imply(&made.implied, &mut rules, &mut policies);
        Ok(BoundTarget {
            name: ledger(target),
            setting: target.name.clone(),
            target: made.target,
            rules,
            schools: [settings.select.schools.clone(), chosen(target, card)?],
            policies,
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
    rules: &mut TargetRules,
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

/// Lays what the target's own settings imply over the tenant's filters and life cycle.
fn imply(implied: &Implied, rules: &mut TargetRules, policies: &mut plan::Policies) {
    let Implied { left_out: _, filters, off, linked } = implied;
    for (kind, filter) in filters {
        let whole = match rules.filters.remove(*kind) {
            Some(own) => format!("({own}) and ({filter})"),
            None => filter.clone(),
        };
        rules.filters.insert((*kind).to_owned(), whole);
    }
    for kind in off.iter().filter_map(|kind| rules.card.object_named(kind)) {
        bind::switch_off(kind, plan::Off::Unwanted, rules, policies);
    }
    policies.linked_only.extend(linked.iter().filter_map(|kind| rules.card.object_named(kind)));
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

#[cfg(test)]
mod tests {
    use rules::LifeCycle;
    use rules::shape::compile;
    use state::Kind;

    use super::*;

    /// K052, K053, K118: filters of the target and of the tenant both hold; what is off is not
    /// made and does not end; what others make is never made.
    #[test]
    fn k052_k053_k118_a_targets_settings_switch_kinds() {
        let card = connectors::card("scim").unwrap();
        let mut rules = TargetRules::new(card);
        let [user, group] = [card.objects[0].name, card.objects[1].name];
        rules.filters.insert(group.to_owned(), "group.name".to_owned());
        let mut policies = plan::Policies::default();
        let soon = LifeCycle { delete_after_days: Some(0), ..LifeCycle::default() };
        policies.life_cycle.extend([(Kind(0), soon), (Kind(1), soon)]);
        let classes = "not group or group.type == 'Klass'".to_owned();
        let filters = vec![(group, classes)];
        let implied = Implied { filters, linked: vec![user], ..Implied::default() };
        imply(&implied, &mut rules, &mut policies);
        assert_eq!(rules.filters[group], "(group.name) and (not group or group.type == 'Klass')");
        assert_eq!(policies.linked_only, [Kind(0)].into());
        assert_eq!(policies.life_cycle[&Kind(1)], soon);
        assert!(compile(rules.clone()).is_ok());

        let implied = Implied { off: vec![group], ..Implied::default() };
        imply(&implied, &mut rules, &mut policies);
        assert_eq!(rules.filters[group], "false");
        assert_eq!(policies.life_cycle[&Kind(1)], LifeCycle::default());
        assert!(compile(rules).is_ok());
    }

    /// K120: what a tenant says of what is found, and of its domains, reaches the planner.
    #[test]
    fn k120_what_is_found_and_whose_domains_are_as_the_settings_say() {
        let text = r#"[tenant]
name = "Exempelköpings kommun"
[source.register]
serial = 1
[source.register.table]
folder = "in"
[target.google]
on_found = "link"
domains = ["@Skola.example"]
[target.google.google_workspace]
key = "file:google.json"
subject = "admin@skola.example"
[target.google.mapping.user]
orgUnitPath = "/"
[target.google.mapping.group]
email = "{{ self.source_id | lower }}"
"#;
        let loaded = config::load(text, "skolbro.toml", &connectors::all());
        let Loaded { settings, .. } = loaded.unwrap_or_else(|problems| panic!("{problems:?}"));
        let target = settings.target("google").unwrap();
        let card = connectors::card("google_workspace").unwrap();
        assert_eq!(bind::policies(target, card).on_found, rules::OnFound::Link);
        let domains = bind::target_rules(&settings, target, card).domains;
        assert_eq!(domains, ["skola.example".to_owned()].into());
    }
}
