//! What is wanted, the way to it as a run would go it, and what a simulated Google holds then.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use connect::http::Method;
use futures_util::future::join_all;
use jiff::Timestamp;
use roster::{Key, SpoolError};
use secret::{Secret, SecretError, SecretRef};
use serde_json::Value as Json;
use simulate::google::{Running, Switches, start};
use state::{
    Call, Expected, FirstPassword, Handover, HandoverError, Ids, KeptPassword, Kind, Link,
    LinkState, Links, Look, Maker, Material, Member, Object, ObjectRef, Operation, Outcome,
    PublishedIds, Resource, Row, RowRef, Seen, Target as _, TargetError, Value, Verb,
};

use crate::client::{Gone, Part, Said};
use crate::settings::Settings;
use crate::{CARD, COURSE, COURSE_STUDENT, COURSE_TEACHER, GROUP, GROUP_MEMBER, Google, USER};

/// Encoded rows, each by its id.
pub(super) type Rows = BTreeMap<Vec<u8>, Vec<u8>>;

pub(super) fn object(kind: Kind, number: u32) -> ObjectRef {
    let mut bytes = [0; 16];
    bytes[6] = 0x80;
    bytes[8] = 0x80;
    bytes[11] = kind.0;
    bytes[12..].copy_from_slice(&number.to_be_bytes());
    ObjectRef { kind, key: Key::from_bytes(bytes) }
}

fn text(text: &str) -> Value {
    if text.is_empty() { Value::None } else { Value::Text(text.to_owned()) }
}

pub(super) fn read(row: &[u8]) -> RowRef<'_> {
    RowRef::new(row).unwrap()
}

/// Puts rows together.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Wanted(pub(super) Rows);

impl Wanted {
    pub(super) fn put(&mut self, row: &Row) {
        let row = row.encoded();
        self.0.insert(read(&row).id.to_vec(), row);
    }

    fn object(&mut self, kind: Kind, number: u32, values: Vec<Value>) {
        self.put(&Row::Object(Object { id: object(kind, number), values, schools: vec![] }));
    }

    pub(super) fn user(&mut self, number: u32, email: &str, unit: &str) {
        let name = email.split('@').next().unwrap();
        self.object(USER, number, [email, name, "Provsson", "", unit, "", ""].map(text).to_vec());
    }

    /// A user with given name, family name and a name to show.
    pub(super) fn named(&mut self, number: u32, email: &str, names: [&str; 3]) {
        let [given, family, shown] = names;
        let values = [email, given, family, shown, "/Elever", "", ""].map(text).to_vec();
        self.object(USER, number, values);
    }

    pub(super) fn group(&mut self, number: u32, email: &str, description: &str) {
        let values = [email, &format!("Grupp {number}"), description].map(text).to_vec();
        self.object(GROUP, number, values);
    }

    pub(super) fn course(&mut self, number: u32, name: &str, owner: u32) {
        let owner = Value::Ref(object(USER, owner));
        self.object(COURSE, number, vec![text(name), text("ht"), owner]);
    }

    fn seat(&mut self, kind: Kind, container: u32, user: u32, role: &str) {
        let of = CARD.membership(kind).unwrap().container;
        self.put(&Row::Member(Member {
            kind,
            container: object(of, container),
            member: object(USER, user),
            role: role.to_owned(),
            values: vec![],
            schools: vec![],
        }));
    }

    pub(super) fn member(&mut self, group: u32, user: u32, role: &str) {
        self.seat(GROUP_MEMBER, group, user, role);
    }

    pub(super) fn teacher(&mut self, course: u32, user: u32) {
        self.seat(COURSE_TEACHER, course, user, "teacher");
    }

    pub(super) fn student(&mut self, course: u32, user: u32) {
        self.seat(COURSE_STUDENT, course, user, "student");
    }

    /// Without the places of the kind that the user has.
    pub(super) fn without(mut self, kind: Kind, user: u32) -> Self {
        let is = |row: &[u8]| {
            let row = read(row);
            row.membership().is_some_and(|it| it.0 == kind) && row.owner() == object(USER, user)
        };
        self.0.retain(|_, row| !is(row));
        self
    }
}

/// First passwords, by account: the address and every password that was kept of it.
#[derive(Default)]
pub(super) struct Kept(pub(super) Mutex<BTreeMap<ObjectRef, (String, Vec<String>)>>);

#[async_trait::async_trait]
impl Handover for Kept {
    async fn keep(&self, it: FirstPassword<'_>) -> Result<(), HandoverError> {
        let mut kept = self.0.lock().unwrap();
        let (address, passwords) = kept.entry(it.account).or_default();
        it.address.clone_into(address);
        passwords.push(it.password.to_owned());
        Ok(())
    }

    async fn kept(&self, account: ObjectRef) -> Result<Option<KeptPassword>, HandoverError> {
        let kept = self.0.lock().unwrap();
        Ok(kept.get(&account).and_then(|it| it.1.last()).cloned().map(KeptPassword::new))
    }
}

/// A simulated Google, the connector, and what is remembered.
pub(super) struct World {
    pub(super) sim: Running,
    pub(super) google: Google,
    pub(super) ids: Ids<'static>,
    pub(super) kept: Kept,
    pub(super) written: Rows,
}

pub(super) fn switches() -> Switches {
    let units = ["/Elever", "/Personal"].map(str::to_owned).to_vec();
    Switches { units, ..Switches::default() }
}

impl World {
    pub(super) fn new(switches: Switches, change: impl FnOnce(&mut Settings)) -> Self {
        let sim = start(switches).unwrap();
        let google = connector(&sim, change);
        let (ids, kept, written) = (Ids::default(), Kept::default(), Rows::new());
        Self { sim, google, ids, kept, written }
    }

    pub(super) fn plain() -> Self {
        Self::new(switches(), |_| ())
    }

    /// The next run.
    pub(super) fn restart(&mut self) {
        self.google = connector(&self.sim, |_| ());
    }

    /// Puts in what others have made.
    pub(super) fn fill(&self, state: &Json) {
        self.sim.fill(state.as_object().unwrap()).unwrap();
    }

    /// What somebody else does.
    pub(super) async fn call(&self, template: &'static str, id: &str, body: Json) {
        let part = Part::new(Method::POST, template, &[id]).body(body);
        let said = self.google.clients.directory.ask(part, Gone::Answer).await.unwrap();
        assert!(matches!(&said, Said::Reply(answer) if answer.is_fine()), "{said:?}");
    }

    /// Carries out what leads from what was written to what is wanted; all of it goes well.
    pub(super) async fn reach(&mut self, wanted: &Wanted) {
        let refused = self.try_to_reach(wanted).await;
        assert!(refused.is_empty(), "{refused:?}");
    }

    /// The same; gives what was refused, by verb and code.
    pub(super) async fn try_to_reach(&mut self, wanted: &Wanted) -> BTreeMap<String, u32> {
        let operations = difference(&self.written, &wanted.0);
        let outcomes = self.carry(&operations, &wanted.0).await;
        let mut refused = BTreeMap::new();
        for (operation, outcome) in operations.iter().zip(outcomes) {
            if let Outcome::Refused { code } = outcome {
                *refused.entry(format!("{} {code}", operation.verb.word())).or_default() += 1;
                continue;
            }
            assert_ne!(outcome, Outcome::Unsure);
            if let Some(before) = &operation.before {
                self.written.remove(read(before).id);
            }
            if let Some(after) = &operation.after {
                self.written.insert(read(after).id.to_vec(), after.to_vec());
            }
        }
        refused
    }

    /// As a run does: calls of a stage at once, users first, what is in doubt looked for.
    pub(super) async fn carry(&self, operations: &[Operation], wanted: &Rows) -> Vec<Outcome> {
        let mut outcomes = vec![Outcome::Unsure; operations.len()];
        let mut steps: BTreeMap<(u16, bool), Vec<Call>> = BTreeMap::new();
        for call in self.google.bundle(operations) {
            let is_container = call.about.unwrap().kind != USER;
            steps.entry((call.stage, is_container)).or_default().push(call);
        }
        for calls in steps.into_values() {
            let sent = calls.iter().map(|call| self.settle(call, operations, wanted));
            for (call, settled) in calls.iter().zip(join_all(sent).await) {
                for (number, outcome) in call.operations.iter().zip(settled) {
                    outcomes[*number as usize] = outcome;
                }
            }
        }
        outcomes
    }

    /// Sends what is to be done to one object once, as if this stood there; what came of it.
    pub(super) async fn send(
        &self,
        operations: &[Operation],
        before: &Rows,
        wanted: &Rows,
    ) -> Result<Vec<Outcome>, TargetError> {
        let call = &self.google.bundle(operations)[0];
        let about = call.about.unwrap();
        let (mut before, after) = (standing_in(before, about), standing_in(wanted, about));
        let is_own = |it: &&Operation| about.kind == USER || it.verb == Verb::Link;
        for row in operations.iter().filter(is_own).filter_map(|it| it.before.as_deref()) {
            if !before.iter().any(|it| read(it).id == read(row).id) {
                before.push(row.to_vec());
            }
        }
        let resource = Resource { before, after, ids: &self.ids, handover: &self.kept };
        let sent = self.google.send(call, operations, Material::Object(resource)).await;
        sent.map(|receipt| receipt.outcomes)
    }

    async fn settle(&self, call: &Call, operations: &[Operation], wanted: &Rows) -> Vec<Outcome> {
        let about = call.about.unwrap();
        let own: Vec<Operation> =
            call.operations.iter().map(|number| operations[*number as usize].clone()).collect();
        let mut before = standing_in(&self.written, about);
        let sleeps = own.iter().any(|it| matches!(it.verb, Verb::Suspend | Verb::Archive));
        let mut after = if sleeps { before.clone() } else { standing_in(wanted, about) };
        let leaves = |row: &[u8]| {
            let of =
                |it: &Operation| it.before.as_deref().filter(|_| it.after.is_none()) == Some(row);
            own.iter().any(of)
        };
        after.retain(|row| !leaves(row));
        for _ in 0..4 {
            let (ids, handover) = (&self.ids, &self.kept);
            let resource = Resource { before, after: after.clone(), ids, handover };
            let sent = self.google.send(call, &own, Material::Object(resource)).await;
            let outcomes = sent.unwrap().outcomes;
            assert_eq!(outcomes.len(), own.len());
            if !outcomes.contains(&Outcome::Unsure) {
                for outcome in &outcomes {
                    if let Outcome::Done { receiver_id: Some(id) } = outcome {
                        self.ids.made(about, id);
                    }
                }
                return outcomes;
            }
            let only = BTreeSet::from([about]);
            let kinds = BTreeSet::from([about.kind]);
            let saw = self.see(Look { kinds: &kinds, only: Some(&only) }).await;
            before = standing_in(&saw.rows, about);
            if let Some(id) = saw.ids.get(&about) {
                self.ids.made(about, id);
            }
        }
        vec![Outcome::Unsure; own.len()]
    }

    pub(super) async fn see(&self, look: Look<'_>) -> Saw {
        self.try_to_see(look).await.unwrap()
    }

    pub(super) async fn try_to_see(&self, look: Look<'_>) -> Result<Saw, TargetError> {
        let mut saw = Saw::default();
        let links = self.links();
        let published = PublishedIds::default();
        let ids = Ids::new([&published, &published], &links);
        self.google.observe(look, &ids, &mut saw).await?;
        Ok(saw)
    }

    /// Everything, as the first plan reads it.
    pub(super) async fn see_all(&self) -> Saw {
        let kinds = (0..4).map(Kind).collect();
        self.see(Look { kinds: &kinds, only: None }).await
    }

    /// What is remembered of everything that was written.
    fn links(&self) -> Links {
        let objects = self.written.values().map(|row| read(row));
        let objects = objects.filter(|row| row.membership().is_none()).map(|row| row.owner());
        let link = |object: ObjectRef| Link {
            published: object.key,
            receiver_id: self.ids.of_receiver(object),
            state: LinkState::Active,
            since: None,
            maker: Maker::Us,
        };
        Links(objects.map(|object| (object, link(object))).collect())
    }

    /// What was written is what is seen, of all that is ours.
    pub(super) async fn holds_what_was_written(&self) {
        let saw = self.see_all().await;
        let ours: BTreeSet<_> = self.links().0.into_keys().collect();
        let seen = saw.rows.values().filter(|row| ours.contains(&CARD.home(&read(row))));
        let told = |row: &Vec<u8>| format!("{:?}", read(row).decode().unwrap());
        let (seen, written): (Vec<_>, Vec<_>) =
            (seen.map(told).collect(), self.written.values().map(told).collect());
        for (one, other) in seen.iter().zip(&written) {
            assert_eq!(one, other);
        }
        assert_eq!(seen.len(), written.len());
    }

    /// The row of the first object of a kind that was written.
    pub(super) fn first(&self, kind: Kind) -> Vec<u8> {
        let is =
            |row: &&Vec<u8>| read(row).membership().is_none() && read(row).owner().kind == kind;
        self.written.values().find(is).unwrap().clone()
    }

    /// A list of what the simulated Google holds.
    pub(super) fn held(&self, list: &str) -> Vec<Json> {
        self.sim.state()[list].as_array().unwrap().clone()
    }

    /// A user by the local part of the address.
    pub(super) fn held_user(&self, name: &str) -> Json {
        let email = format!("{name}@exempel.se");
        self.held("users").into_iter().find(|it| it["primaryEmail"] == email.as_str()).unwrap()
    }
}

fn connector(sim: &Running, change: impl FnOnce(&mut Settings)) -> Google {
    let mut settings = super::settings(&sim.base_url());
    change(&mut settings);
    let key = sim.key().to_string();
    let secrets = move |reference: &SecretRef| -> Result<Secret, SecretError> {
        let is_key = *reference == SecretRef::Env("KEY".to_owned());
        Ok(Secret::new(if is_key { key.clone() } else { "Valkommen-2026".to_owned() }))
    };
    #[expect(clippy::disallowed_methods, reason = "the simulated Google asks what time it is")]
    let now: connect::http::Now = Arc::new(Timestamp::now);
    Google::new("google", settings, &now, &secrets).unwrap()
}

/// The rows of an object and of what stands in it, in their order.
fn standing_in(rows: &Rows, about: ObjectRef) -> Vec<Vec<u8>> {
    rows.values().filter(|row| CARD.home(&read(row)) == about).cloned().collect()
}

/// Operations from one set of rows to another.
pub(super) fn difference(before: &Rows, after: &Rows) -> Vec<Operation> {
    let ids: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let mut operations = Vec::new();
    for id in ids {
        let (old, new) = (before.get(id), after.get(id));
        if old == new {
            continue;
        }
        let is_object = read(old.or(new).unwrap()).membership().is_none();
        let verb = match (old, new, is_object) {
            (None, _, true) => Verb::Create,
            (None, _, false) => Verb::Add,
            (_, None, true) => Verb::Delete,
            (_, None, false) => Verb::Remove,
            (Some(_), Some(_), _) => Verb::Update,
        };
        operations.push(operation(operations.len(), verb, old, new));
    }
    operations
}

pub(super) fn operation(
    number: usize,
    verb: Verb,
    before: Option<&Vec<u8>>,
    after: Option<&Vec<u8>>,
) -> Operation {
    let boxed = |row: Option<&Vec<u8>>| row.map(|row| row.clone().into_boxed_slice());
    Operation {
        number: u32::try_from(number).unwrap(),
        verb,
        before: boxed(before),
        after: boxed(after),
        was: None,
        reason: None,
        is_expected: Expected::Yes,
        needs: Vec::new(),
    }
}

/// What was seen.
#[derive(Debug, Default)]
pub(super) struct Saw {
    pub(super) rows: Rows,
    pub(super) ids: BTreeMap<ObjectRef, String>,
    pub(super) shut: Vec<ObjectRef>,
}

impl Seen for Saw {
    fn shut(&mut self, object: ObjectRef) {
        self.shut.push(object);
    }

    fn row(&mut self, row: &[u8], id: Option<&str>) -> Result<(), SpoolError> {
        let seen = read(row);
        if let Some(id) = id {
            self.ids.insert(seen.owner(), id.to_owned());
        }
        assert!(self.rows.insert(seen.id.to_vec(), row.to_vec()).is_none(), "told twice");
        Ok(())
    }
}
