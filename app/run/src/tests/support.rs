//! A register of one school, a directory in memory, and an engine between them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use plan::Approval;
use roster::terms::{GroupType, PersonStatus, SchoolType};
use roster::{
    Coverage, EntityKind, Extent, Group, IdentityNumber, Intake, Interval, Key, Marking,
    MarkingPolicy, PersonDraft, ReadReport, Record, SchoolUnit, Source, SourceError, SourceLimits,
    TenantKey,
};
use rules::config::Schools;
use rules::shape::{Need, SchoolChoice, Selection, TargetRules};
use rules::{Guards, LifeCycle, OnReusedName};
use state::{
    Attribute, Call, Card, Entity, FirstPassword, Home, Ids, Kind, Look, Material, Member,
    MembershipKind, Object, ObjectKind, ObjectRef, Observe, Operation, Outcome, Receipt, Relation,
    Required, Row, RowRef, Seen, Target, TargetError, Tells, Value, Verb, Verbs, Words,
};
use store::Store;

use crate::{
    Asked, BoundSource, BoundTarget, Deaf, Engine, FixedClock, FourEyes, LockPlace, Mode, Ran,
    Session, Verify,
};

pub(super) const UNIT: Kind = Kind(0);
pub(super) const USER: Kind = Kind(1);
pub(super) const GROUP: Kind = Kind(2);
const WORDS: Words = Words { sv: "saker", en: "things" };
const PLAIN: Attribute = Attribute::PLAIN;

const OBJECTS: &[ObjectKind] = &[
    ObjectKind {
        name: "org_unit",
        words: WORDS,
        from: &[],
        attributes: &[Attribute { name: "path", unique: true, ..PLAIN }],
        verbs: Verbs(&[]),
    },
    ObjectKind {
        name: "user",
        words: WORDS,
        from: &[Entity::Person],
        attributes: &[
            Attribute {
                name: "address",
                required: Required::Always,
                default: "{{ person.email }}",
                unique: true,
                ..PLAIN
            },
            Attribute { name: "givenName", default: "{{ person.given_name }}", ..PLAIN },
            Attribute {
                name: "orgUnitPath",
                default: "/{{ person.username }}",
                names: Some(UNIT),
                ..PLAIN
            },
            Attribute { name: "suspended", tells: Tells::Asleep, ..PLAIN },
        ],
        verbs: Verbs(Verb::ALL),
    },
    ObjectKind {
        name: "group",
        words: WORDS,
        from: &[Entity::Group],
        attributes: &[Attribute {
            name: "address",
            default: "{{ group.name }}",
            unique: true,
            ..PLAIN
        }],
        verbs: Verbs(&[Verb::Create, Verb::Update, Verb::Delete]),
    },
];

pub(super) const CARD: Card = Card {
    id: "directory",
    name: "Directory",
    observe: Observe::Live,
    objects: OBJECTS,
    memberships: &[MembershipKind {
        name: "member",
        words: WORDS,
        container: GROUP,
        member: USER,
        home: Home::Container,
        from: &[(Relation::GroupMember, "member")],
        roles: &["member"],
        attributes: &[],
        verbs: Verbs(&[Verb::Add, Verb::Remove]),
    }],
    read_always: &[UNIT, USER, GROUP],
    quotas: &[],
    min_interval: None,
    school_code: Required::No,
    source: "",
};

/// A pupil: id, address, unit; groups by number.
#[derive(Debug, Clone)]
pub(super) struct Pupil(
    pub(super) &'static str,
    pub(super) &'static str,
    pub(super) &'static str,
    pub(super) Vec<u8>,
);

#[derive(Debug, Clone, Default)]
pub(super) struct Register {
    pub(super) pupils: Vec<Pupil>,
    /// Ids of those with a marking of protection.
    pub(super) protected: BTreeSet<&'static str>,
    pub(super) groups: u8,
    /// Identity numbers by id.
    pub(super) numbers: BTreeMap<&'static str, &'static str>,
}

pub(super) type Shared<T> = Arc<Mutex<T>>;

struct Reader(Shared<Register>);

fn number(text: &str) -> Option<IdentityNumber> {
    IdentityNumber::parse(text, TODAY).ok()
}

#[async_trait::async_trait]
impl Source for Reader {
    async fn read(&self, intake: &mut Intake<'_>) -> Result<ReadReport, SourceError> {
        let register = self.0.lock().unwrap().clone();
        let source = intake.index();
        let school = intake.key(EntityKind::SchoolUnit, "S");
        let interval = Interval::ALWAYS;
        intake.record(Record::SchoolUnit(SchoolUnit {
            key: school,
            source,
            source_id: "S".to_owned(),
            code: Some("99999901".to_owned()),
            name: "Ekskolan".to_owned(),
            organisation: None,
            school_types: vec![SchoolType::Gr],
            municipality_code: None,
            interval,
        }))?;
        for group in 0..register.groups {
            let source_id = group.to_string();
            let key = intake.key(EntityKind::Group, &source_id);
            intake.record(Record::Group(Group {
                key,
                source,
                name: format!("g{source_id}"),
                source_id,
                school: Some(school),
                group_type: GroupType::Class,
                school_type: Some(SchoolType::Gr),
                course: None,
                interval,
                notes: None,
            }))?;
        }
        for Pupil(id, address, unit, groups) in &register.pupils {
            let draft = PersonDraft {
                source_id: id,
                given_name: "Kim",
                family_name: id,
                email: Some(address),
                username: Some(unit),
                birth_date: None,
                sex: None,
                status: PersonStatus::Active,
                identity_number: register.numbers.get(id).and_then(|it| number(it)),
                extra: vec![],
            };
            let is_protected = register.protected.contains(id);
            let marking = if is_protected { "Sekretessmarkering" } else { "" };
            intake.person(draft, Marking::Value(marking))?;
            let person = intake.key(EntityKind::Person, id);
            let (school_type, school_year) = (SchoolType::Gr, Some(7));
            intake.record(Record::Enrolment {
                person,
                school,
                school_type,
                school_year,
                interval,
            })?;
            for group in groups {
                let group = intake.key(EntityKind::Group, &group.to_string());
                intake.record(Record::Membership { person, group, interval })?;
            }
        }
        let (coverage, extent) = (Coverage::Complete, Extent::Everything);
        Ok(ReadReport { extent, coverage, notices: vec![], provenance: vec![] })
    }
}

/// What is in the directory, and what was asked of it.
#[derive(Default)]
pub(super) struct Directory {
    pub(super) rows: BTreeMap<Vec<u8>, Vec<u8>>,
    /// Objects that each look was about; `None`: everything.
    pub(super) looks: Vec<Option<BTreeSet<ObjectRef>>>,
    /// Addresses that are refused.
    pub(super) refuses: BTreeSet<&'static str>,
}

impl Directory {
    pub(super) fn put(&mut self, row: &Row) {
        let row = row.encoded();
        self.rows.insert(RowRef::new(&row).unwrap().id.to_vec(), row);
    }

    pub(super) fn unit(&mut self, number: u8, path: &str) {
        let id = ObjectRef { kind: UNIT, key: Key::from_bytes([number; 16]) };
        let values = vec![Value::Text(path.to_owned())];
        self.put(&Row::Object(Object { id, values, schools: vec![] }));
    }

    fn take(&mut self, row: &[u8]) {
        self.rows.remove(RowRef::new(row).unwrap().id);
    }
}

struct Connector(Shared<Directory>);

#[async_trait::async_trait]
impl Target for Connector {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn bundle(&self, operations: &[Operation]) -> Vec<Call> {
        Call::each_object(&CARD, operations)
    }

    async fn send(
        &self,
        call: &Call,
        operations: &[Operation],
        material: Material<'_>,
    ) -> Result<Receipt, TargetError> {
        let Material::Object(resource) = material else { panic!("no object") };
        let mut outcomes = Vec::new();
        for operation in operations.iter().filter(|it| call.operations.contains(&it.number)) {
            outcomes.push(self.carry(operation, &resource).await);
        }
        Ok(Receipt { outcomes, notes: vec![] })
    }

    async fn observe(
        &self,
        look: Look<'_>,
        _: &Ids<'_>,
        seen: &mut dyn Seen,
    ) -> Result<(), TargetError> {
        let mut directory = self.0.lock().unwrap();
        directory.looks.push(look.only.cloned());
        for row in directory.rows.values() {
            let read = RowRef::new(row).unwrap();
            let apart = |it: &BTreeSet<ObjectRef>| it.contains(&CARD.home(&read));
            if read.membership().is_none() || look.only.is_none_or(apart) {
                seen.row(row, None).unwrap();
            }
        }
        Ok(())
    }

    async fn forget(&self, _: &[Key]) -> Result<(), TargetError> {
        Ok(())
    }
}

impl Connector {
    async fn carry(&self, operation: &Operation, resource: &state::Resource<'_>) -> Outcome {
        let after = operation.after.as_deref().map(|row| RowRef::new(row).unwrap().decode());
        let mut after = after.map(Result::unwrap);
        if let Some(Row::Object(Object { id, values, schools })) = &mut after {
            let is_user = id.kind == USER;
            let address = values[0].text().unwrap().to_owned();
            if is_user && operation.verb == Verb::Create {
                let (account, address, name) = (*id, &*address, "Kim");
                let password = "hemligt=1";
                let drawn = FirstPassword { account, address, name, password };
                resource.handover.keep(drawn).await.unwrap();
                if self.0.lock().unwrap().refuses.contains(address) {
                    return Outcome::Refused { code: "409".to_owned() };
                }
            }
            if is_user && operation.verb == Verb::Suspend {
                values[3] = Value::Text("yes".to_owned());
            }
            id.key = resource.ids.after(*id);
            schools.clear();
        }
        if let Some(Row::Member(Member { container, member, schools, .. })) = &mut after {
            container.key = resource.ids.after(*container);
            member.key = resource.ids.after(*member);
            schools.clear();
        }
        let mut directory = self.0.lock().unwrap();
        if let Some(before) = &operation.before {
            let before = RowRef::new(before).unwrap().decode().unwrap();
            let now = |id: ObjectRef| ObjectRef { key: resource.ids.before(id), ..id };
            directory.take(&before.with_ids(now).encoded());
        }
        if let Some(row) = &after {
            directory.put(row);
        }
        Outcome::Done { receiver_id: None }
    }
}

/// An engine that a test may look into.
pub(super) struct Town {
    pub(super) engine: Engine,
    pub(super) register: Shared<Register>,
    pub(super) directory: Shared<Directory>,
    _folder: tempfile::TempDir,
}

pub(super) const TODAY: Date = date(2026, 11, 24);

impl Town {
    pub(super) async fn new(pupils: Vec<Pupil>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let register = Register { pupils, groups: 14, ..Register::default() };
        let register = Arc::new(Mutex::new(register));
        let directory = Shared::<Directory>::default();
        directory.lock().unwrap().unit(1, "/elev");
        let engine = Engine {
            store: Store::open_file(&folder.path().join("memory.db")).await.unwrap(),
            tenant: TenantKey::new([7; 32]),
            clock: Box::new(FixedClock::noon(TODAY, &TimeZone::UTC)),
            zone: TimeZone::UTC,
            sources: vec![BoundSource {
                name: "register".to_owned(),
                kind: "made_up".to_owned(),
                serial: 1,
                marking: MarkingPolicy::default(),
                source: Box::new(Reader(register.clone())),
            }],
            supplements: vec![],
            targets: vec![bound(Box::new(Connector(directory.clone())))],
            exclusions: vec![],
            precedence: roster::Precedence::default(),
            limits: SourceLimits::default(),
            school_register: None,
            shifts: vec![],
            freezes: vec![],
            four_eyes: FourEyes::NotRequired,
            budget: 1 << 20,
            temp: folder.path().join("temp"),
            lock: LockPlace::File(folder.path().join("lock")),
            worker: "test".to_owned(),
            user: "test".to_owned(),
        };
        Self { engine, register, directory, _folder: folder }
    }

    pub(super) fn day(&mut self, day: Date) {
        self.engine.clock = Box::new(FixedClock::noon(day, &TimeZone::UTC));
    }

    pub(super) fn reuse(&mut self, policy: OnReusedName) {
        self.engine.targets[0].policies.on_reused_name = policy;
    }

    /// A run; what waits for approval is approved and carried out.
    pub(super) async fn run(&self) -> Ran {
        let ran = self.run_held().await;
        if let Some((plan, _)) = &ran.planned.saved
            && ran.applied.is_none()
        {
            self.engine.approve(plan, &[Approval::All], "test", "rätt").await.unwrap();
            self.engine.apply(plan, &mut Deaf).await.unwrap();
        }
        ran
    }

    /// A run that nobody approves.
    pub(super) async fn run_held(&self) -> Ran {
        let asked = Asked { targets: vec![], mode: Mode::Apply, verify: Verify::Due };
        let Session::Ran { mut targets, .. } = self.engine.run(&asked, &mut Deaf).await.unwrap()
        else {
            panic!("stopped")
        };
        targets.remove(0)
    }

    pub(super) fn looked(&self) -> Option<BTreeSet<ObjectRef>> {
        self.directory.lock().unwrap().looks.last().unwrap().clone()
    }

    /// Addresses of accounts in the directory, those that sleep with a `z`.
    pub(super) fn accounts(&self) -> Vec<String> {
        let directory = self.directory.lock().unwrap();
        let rows = directory.rows.values().map(|row| RowRef::new(row).unwrap().decode().unwrap());
        let mut accounts: Vec<String> = rows
            .filter_map(|row| match row {
                Row::Object(Object { id, values, .. }) if id.kind == USER => {
                    let asleep = if values[3] == Value::None { "" } else { " z" };
                    Some(format!("{}{asleep}", values[0].text().unwrap()))
                }
                Row::Object(_) | Row::Member(_) | Row::Mark { .. } => None,
            })
            .collect();
        accounts.sort_unstable();
        accounts
    }
}

fn bound(target: Box<dyn Target>) -> BoundTarget {
    let at_once = LifeCycle { suspend_after_days: Some(0), ..LifeCycle::default() };
    let policies =
        plan::Policies { life_cycle: [(USER, at_once)].into(), ..plan::Policies::default() };
    let any = rules::Limit::of(None, None);
    BoundTarget {
        name: "directory".to_owned(),
        setting: "directory".to_owned(),
        target,
        rules: TargetRules {
            card: &CARD,
            schools: SchoolChoice::All,
            select: Selection::default(),
            mapping: BTreeMap::new(),
            filters: BTreeMap::new(),
            terms: vec![],
            require_pupils: Need::No,
            require_teacher: Need::No,
            domains: BTreeSet::new(),
            top: None,
            transliterate: BTreeMap::new(),
        },
        schools: [Schools::All, Schools::All],
        policies,
        guards: Guards { removals: any, membership_removals: any, ..Guards::default() },
        rules_hash: "1".to_owned(),
    }
}
