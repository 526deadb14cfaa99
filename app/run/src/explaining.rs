//! Why a person has, or does not have, something at a receiver.

use plan::released;
use roster::supplement::Missed;
use roster::{Key, Person, PersonRecord, Roster, RowStream as _};
use rules::shape::{Step, Wanted, compile, explain_person};
use state::{LinkState, Mark, Reason, RowRef, Verb};
use store::PlanStatus;

use crate::{BoundTarget, Engine, RunError, bind, document, planning};

/// What is known of one person at one target.
pub struct Explained {
    /// Who.
    pub person: Person,
    /// What supplements could not fill in.
    pub missed: Vec<Missed>,
    /// What the rules say, step by step.
    pub steps: Vec<Step>,
    /// Why the person as a whole is not wanted, as the whole stream of wanted rows says it.
    pub mark: Option<Mark>,
    /// Whether the person's object was delivered last.
    pub is_written: bool,
    /// Memberships that were delivered last.
    pub memberships: u64,
    /// Where the object stands in its life.
    pub link: LinkState,
    /// What the open plan does to the person's object or memberships, and why it is held.
    pub planned: Vec<(Verb, Option<Reason>)>,
}

impl Engine {
    /// Explains everybody whom `asked` names: e-mail address, user name, the register's id or
    /// our own. The whole roster is read whoever is asked for, so that a person who is
    /// handled outside and one who does not exist take the same time.
    ///
    /// # Errors
    ///
    /// [`RunError`] when nothing was read yet or the store fails.
    pub async fn explain(
        &self,
        asked: &str,
        target: &str,
    ) -> Result<(Roster, Vec<Explained>), RunError> {
        let target = self.target(target)?;
        let Some(roster) = self.last_roster().await? else {
            return Err(RunError::NothingRead);
        };
        let found = find(&roster, asked)?;
        let mut explained = Vec::new();
        for (record, missed) in found {
            explained.push(self.explain_one(&roster, &record, missed, target).await?);
        }
        Ok((roster, explained))
    }

    async fn explain_one(
        &self,
        roster: &Roster,
        record: &PersonRecord,
        missed: Vec<Missed>,
        target: &BoundTarget,
    ) -> Result<Explained, RunError> {
        let [tenant_chose, target_chose] = &target.schools;
        let mut rules = target.rules.clone();
        rules.schools = bind::chosen_schools([tenant_chose, target_chose], roster)?;
        let compiled = compile(rules).map_err(|errors| planning::expressions(&errors))?;
        let (today, key) = (self.today(), record.person.key);
        let steps = explain_person(&compiled, roster, record, today, &self.tenant);
        let mut mark = None;
        let mut wanted = Wanted::new(&compiled, roster, today, &self.tenant)?;
        while let Some(row) = wanted.next_row()? {
            let row = RowRef::new(row)?;
            if row.owner().key == key {
                mark = mark.or(row.mark()?);
            }
        }
        let (is_written, memberships) = self.written_of(target, key).await?;
        let links = self.store.links(&target.name).await?;
        let link = links.0.iter().find(|(object, _)| object.key == key).map(|(_, link)| link.state);
        Ok(Explained {
            person: record.person.clone(),
            missed,
            steps,
            mark,
            is_written,
            memberships,
            link: link.unwrap_or_default(),
            planned: self.planned_for(target, key).await?,
        })
    }

    async fn written_of(&self, target: &BoundTarget, key: Key) -> Result<(bool, u64), RunError> {
        let (mut is_written, mut memberships) = (false, 0);
        let mut rows = self.memory().written(&target.name).await?;
        while let Some(row) = rows.next_row()? {
            let row = RowRef::new(row)?;
            if row.owner().key == key {
                match row.membership() {
                    None => is_written = true,
                    Some(_) => memberships += 1,
                }
            }
        }
        Ok((is_written, memberships))
    }

    async fn planned_for(
        &self,
        target: &BoundTarget,
        key: Key,
    ) -> Result<Vec<(Verb, Option<Reason>)>, RunError> {
        let plans = self.store.plans(&target.name, 5).await?;
        let Some(plan) = plans
            .iter()
            .find(|plan| plan.status == PlanStatus::Ready && !document::is_rehearsal(plan))
        else {
            return Ok(Vec::new());
        };
        let document = document::load(self, plan).await?;
        let approvals = planning::approvals(&self.store.approvals(&plan.id).await?)?;
        let free = released(&document.operations, &document.verdicts, &approvals)?;
        let mut planned = Vec::new();
        for operation in &document.operations {
            let Some(row) = operation.after.as_deref().or(operation.before.as_deref()) else {
                continue;
            };
            if RowRef::new(row)?.owner().key == key {
                let held = document.verdicts.held.get(&operation.number).map(|held| held.reason);
                planned.push((operation.verb, held.filter(|_| !free.contains(&operation.number))));
            }
        }
        Ok(planned)
    }
}

/// Everybody whom the words name.
fn find(roster: &Roster, asked: &str) -> Result<Vec<(PersonRecord, Vec<Missed>)>, RunError> {
    let wanted = asked.trim().to_lowercase();
    let same = |text: &Option<String>| {
        text.as_deref().is_some_and(|text| text.trim().to_lowercase() == wanted)
    };
    let mut found = Vec::new();
    let mut persons = roster.persons()?;
    while let Some(record) = persons.next_person()? {
        let Person { key, source_id, email, username, .. } = &record.person;
        let is_meant = same(email)
            || same(username)
            || source_id.to_lowercase() == wanted
            || key.to_string() == wanted;
        if is_meant && !wanted.is_empty() {
            found.push((record, persons.last_missed().to_vec()));
        }
    }
    Ok(found)
}
