//! After the memory was lost: what was delivered last is read back and taken as written, so
//! that the next plan is a difference again and not a beginning (operations.md §3.6).
//!
//! Nothing is sent and nothing removed. Objects that the register knows under the same id are
//! matched; of the rest those that say exactly the same as one single wanted object are
//! linked to it, and keep the id that the receiver knows. What nobody wants any more stays as
//! written, until a plan that removes it is approved: the first plan waits (decision 0013).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use roster::replica::Recall;
use roster::{AnySpool, Key, Roster, RowStream as _, SortSink, SortedRows};
use sha2::{Digest as _, Sha256};
use state::{Intact, Link, LinkState, Maker, ObjectRef, ReadBack, Row, TargetError};
use store::{BlobKind, LinkRow};

use crate::Work;
use crate::matching::{self, Found, Sides};
use crate::memory::finish_rows;
use crate::read::{self, hex};
use crate::sorted::{OwnerGroups, Sorting};
use crate::spool::FileSpool;
use crate::{BoundTarget, Engine, Events, RunError, document, history, protect, stamp};

/// Why a target is not adopted, or must be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AdoptProblem {
    /// A delivery of ours is there, and nothing is remembered of it: a run would begin anew
    /// and lose the ids that the receiver knows.
    #[error("a delivery is there that is not remembered")]
    Unknown,
    /// What was delivered is remembered; there is nothing to adopt.
    #[error("what was delivered is remembered")]
    Remembered,
    /// Nothing has been delivered.
    #[error("nothing has been delivered")]
    Nothing,
    /// The target keeps nothing that could be read back.
    #[error("the receiver keeps nothing that can be read back")]
    Unable,
    /// What was delivered is no set any more: file, line, what is wrong.
    #[error("what was delivered cannot be read back: {0}")]
    Unreadable(String),
}

/// What was adopted at one target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adopted {
    /// Its name.
    pub target: String,
    /// Objects that are taken as written.
    pub objects: u64,
    /// Memberships that are taken as written.
    pub memberships: u64,
    /// Of the objects, those that were found under another id of the register and keep the id
    /// that the receiver knows.
    pub linked: u64,
    /// Of the objects, those that the register or the rules want no more.
    pub unknown: u64,
    /// Whether the delivery was as its checksums say.
    pub intact: Intact,
}

/// Whether nothing is remembered of a target that has a delivery.
pub(crate) async fn refuse_unknown(engine: &Engine, target: &BoundTarget) -> Result<(), RunError> {
    let is_remembered = !is_forgotten(engine, target).await?;
    let failed = |error| RunError::target(&target.name, error);
    if is_remembered || !target.target.has_delivery().await.map_err(failed)? {
        return Ok(());
    }
    Err(problem(target, AdoptProblem::Unknown))
}

async fn is_forgotten(engine: &Engine, target: &BoundTarget) -> Result<bool, RunError> {
    Ok(engine.store.blob_generations(BlobKind::Written, &target.name).await?.is_empty())
}

fn problem(target: &BoundTarget, why: AdoptProblem) -> RunError {
    RunError::Adopt { target: target.setting.clone(), why }
}

impl Engine {
    /// Takes what was delivered last to the target as written. Without a name, to every
    /// target that has a delivery and of which nothing is remembered, or that was restored
    /// from a backup. With `memory`, what another program remembers is taken instead.
    ///
    /// # Errors
    ///
    /// [`RunError::Adopt`] when there is nothing to adopt; else what reading says. What was
    /// remembered is as before then.
    pub async fn adopt(
        &self,
        target: Option<&str>,
        memory: Option<&Path>,
        events: &mut dyn Events,
    ) -> Result<Vec<Adopted>, RunError> {
        let lock = self.lock().await?;
        let adopted = self.adopt_locked(target, memory, events).await;
        lock.release(&self.store).await?;
        adopted
    }

    async fn adopt_locked(
        &self,
        asked: Option<&str>,
        memory: Option<&Path>,
        events: &mut dyn Events,
    ) -> Result<Vec<Adopted>, RunError> {
        let chosen = match asked {
            Some(name) => vec![self.target(name)?],
            None => self.targets.iter().collect(),
        };
        let mut open = Vec::new();
        let mut why = None;
        for target in chosen {
            match self.adoptable(target, memory).await? {
                None => open.push(target),
                Some(problem) => why = why.or(Some((target, problem))),
            }
        }
        if let (true, Some((target, why))) = (open.is_empty(), why) {
            return Err(problem(target, why));
        }
        // Whole: what sources kept may be as old as the memory.
        let read = read::assemble(self, events, Recall::Nothing).await?;
        read.completed?;
        let (roster, mut gate) = (read.roster, read.gate);
        protect::refuse_gone(self, &gate, &crate::checking::hash_of(&roster)?).await?;
        let mut all = Vec::new();
        for target in open {
            let adopted = self.adopt_one(target, memory, &roster).await?;
            let Adopted { target: _, objects, memberships, linked, unknown, intact: _ } = &adopted;
            let detail = format!(
                r#"{{"objects":{objects},"memberships":{memberships},"linked":{linked},"unknown":{unknown}}}"#
            );
            self.audit(&self.user, "adopt", &target.name, &detail).await?;
            all.push(adopted);
        }
        // A person who became protected since stands in what was read back.
        protect::forget(self, &mut gate).await?;
        Ok(all)
    }

    /// Why the target cannot be adopted; `None` where it can.
    async fn adoptable(
        &self,
        target: &BoundTarget,
        memory: Option<&Path>,
    ) -> Result<Option<AdoptProblem>, RunError> {
        let is_settled = history::is_settled(self, &target.name).await?;
        if !is_forgotten(self, target).await? && is_settled {
            return Ok(Some(AdoptProblem::Remembered));
        }
        let failed = |error| RunError::target(&target.name, error);
        let is_there = memory.is_some() || target.target.has_delivery().await.map_err(failed)?;
        Ok((!is_there).then_some(AdoptProblem::Nothing))
    }

    async fn adopt_one(
        &self,
        target: &BoundTarget,
        memory: Option<&Path>,
        roster: &Roster,
    ) -> Result<Adopted, RunError> {
        let mut sorting = self.sorting();
        let mut push = |row: &[u8]| sorting.push(row);
        let read = match memory {
            Some(file) => target.target.read_memory(file, &mut push).await,
            None => target.target.read_back(&mut push).await,
        };
        let read = read.map_err(|error| match error {
            TargetError::Invalid { detail, .. } => {
                problem(target, AdoptProblem::Unreadable(detail))
            }
            error @ (TargetError::Denied { .. }
            | TargetError::Throttled { .. }
            | TargetError::Unavailable { .. }
            | TargetError::Unreadable { .. }
            | TargetError::Spool { .. }) => RunError::target(&target.name, error),
        })?;
        let (intact, mut untold) = match read {
            ReadBack::Rows { intact, untold } => (intact, untold),
            ReadBack::Nothing => return Err(problem(target, AdoptProblem::Nothing)),
            ReadBack::Unable => return Err(problem(target, AdoptProblem::Unable)),
        };
        let mut delivered = sorting.finish()?;
        let links = self.store.links(&target.name).await?;
        let mut keys: BTreeMap<ObjectRef, Key> = BTreeMap::new();
        for (object, link) in &links.0 {
            if link.published != object.key {
                keys.insert(ObjectRef { kind: object.kind, key: link.published }, object.key);
            }
        }
        let sides = Sides { engine: self, target, roster, untold: &untold };
        let found = sides.same(&delivered, &keys)?;
        keys.extend(&found);
        if !keys.is_empty() {
            let mut sorting = self.sorting();
            let mut rows = delivered.rows()?;
            while let Some(row) = rows.next_row()? {
                sorting.push(&matching::rekeyed(row, &keys, target.target.card())?)?;
            }
            drop(rows);
            delivered = sorting.finish()?;
            let unsure = std::mem::take(&mut untold.unsure).into_iter();
            untold.unsure = unsure.map(|(kind, id)| (kind, matching::key_of(id, &keys))).collect();
        }
        let sides = Sides { engine: self, target, roster, untold: &untold };
        let counts = self.write_adopted(&sides, &delivered).await?;
        self.link_found(target, &found).await?;
        stamp::adopted(self, target).await?;
        Ok(Adopted {
            target: target.name.clone(),
            objects: counts.objects,
            memberships: counts.memberships,
            linked: keys.len() as u64,
            unknown: counts.unknown,
            intact,
        })
    }

    fn sorting(&self) -> Sorting {
        Sorting::new(SortSink::new(FileSpool::boxed(&self.temp), self.budget))
    }

    /// Makes the rows the ones that were written last.
    async fn write_adopted(
        &self,
        sides: &Sides<'_>,
        delivered: &Delivered,
    ) -> Result<Counts, RunError> {
        let name = &sides.target.name;
        let mut out = self.memory().write_rows(BlobKind::Written, name, self.now())?;
        let (mut counts, mut hash) = (Counts::default(), Sha256::new());
        let mut schools = BTreeSet::new();
        let form = |text: &str| sides.target.target.as_delivered(text);
        let mut groups = OwnerGroups::new(delivered.rows()?);
        sides.each_pair(&mut groups, &mut |found: Found| {
            counts.unknown += u64::from(found.is_unknown()?);
            for row in found.written(sides.untold, &form)? {
                match &row {
                    Row::Object(object) => {
                        counts.objects += 1;
                        schools.extend(&object.schools);
                    }
                    Row::Member(_) => counts.memberships += 1,
                    Row::Mark { .. } => continue,
                }
                let row = row.encoded();
                hash.update(&row);
                out.row(&row).map_err(|source| RunError::Io { what: Work::Memory, source })?;
            }
            Ok(())
        })?;
        finish_rows(out)?;
        let hash = hex(&hash.finalize());
        self.store.set(name, &[(document::WRITTEN_HASH, hash.as_bytes())]).await?;
        history::know_schools(self, name, &schools).await?;
        Ok(counts)
    }

    /// Remembers the ids that the receiver knows of objects that have others.
    async fn link_found(
        &self,
        target: &BoundTarget,
        found: &BTreeMap<ObjectRef, Key>,
    ) -> Result<(), RunError> {
        let row = |(known, key): (&ObjectRef, &Key)| LinkRow {
            object: ObjectRef { kind: known.kind, key: *key },
            link: Link {
                published: known.key,
                receiver_id: None,
                state: LinkState::Active,
                since: None,
                maker: Maker::Us,
            },
            schools: Vec::new(),
        };
        let rows: Vec<LinkRow> = found.iter().map(row).collect();
        self.store.put_links(&target.name, &rows).await?;
        Ok(())
    }
}

/// Delivered rows in the order of rows.
pub(crate) type Delivered = crate::sorted::Sorted<SortedRows<AnySpool>>;

#[derive(Default)]
struct Counts {
    objects: u64,
    memberships: u64,
    unknown: u64,
}
