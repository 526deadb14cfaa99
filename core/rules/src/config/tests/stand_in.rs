//! Connectors that stand in for the real ones.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use state::{
    Attribute, Card, Entity, Home, Kind, MembershipKind, ObjectKind, Observe, Relation, Required,
    Tells, Verb, Verbs, Words,
};

use crate::config::{
    Connector, Connectors, ExpressionFault, Facility, Feature, PartProblem, Place, Role, SecretRef,
    Text, check_as,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Deliver {
    /// A folder.
    pub(super) folder: String,
    /// How often to try.
    pub(super) tries: Option<u8>,
    /// A password.
    pub(super) password: Option<SecretRef>,
}

/// As the real connector has it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FileSet {
    /// Where the files go.
    pub(super) deliver: Deliver,
}

const ATTRIBUTES: &[Attribute] = &[
    Attribute {
        name: "given_name",
        required: Required::Always,
        default: "person.given_name",
        refers_to: None,
        ..Attribute::PLAIN
    },
    Attribute {
        name: "email",
        required: Required::No,
        default: "person.email",
        unique: true,
        ..Attribute::PLAIN
    },
];

const OBJECTS: &[ObjectKind] = &[
    ObjectKind {
        name: "user",
        words: Words { sv: "användare", en: "users" },
        from: &[Entity::Person],
        attributes: ATTRIBUTES,
        verbs: Verbs(&[Verb::Create, Verb::Update, Verb::Delete]),
    },
    ObjectKind {
        name: "class",
        words: Words { sv: "klasser", en: "classes" },
        from: &[Entity::Group],
        attributes: &[],
        verbs: Verbs(&[Verb::Create, Verb::Archive]),
    },
];

const MEMBERSHIPS: &[MembershipKind] = &[MembershipKind {
    name: "enrollment",
    words: Words { sv: "medlemskap", en: "enrollments" },
    container: Kind(1),
    member: Kind(0),
    home: Home::Own,
    from: &[(Relation::GroupMember, "student"), (Relation::GroupTeacher, "teacher")],
    roles: &["student", "teacher"],
    attributes: &[],
    verbs: Verbs(&[Verb::Add, Verb::Remove]),
}];

const FILES: Card = Card {
    id: "school_data_sync",
    name: "School Data Sync",
    observe: Observe::FileSet,
    objects: OBJECTS,
    memberships: MEMBERSHIPS,
    read_always: &[],
    quotas: &[],
    min_interval: Some(Duration::from_hours(24)),
    school_code: Required::No,
    source: "https://example.com/",
};

const LIVE: Card = Card {
    id: "live",
    observe: Observe::Live,
    min_interval: None,
    objects: &[
        ObjectKind {
            attributes: &[
                ATTRIBUTES[0],
                ATTRIBUTES[1],
                Attribute { name: "suspended", tells: Tells::Asleep, ..Attribute::PLAIN },
            ],
            ..OBJECTS[0]
        },
        OBJECTS[1],
    ],
    ..FILES
};

fn no_dots(folder: &Deliver) -> Vec<PartProblem> {
    let wrong = (folder.folder.contains("..")
        || folder.tries == Some(0) && folder.password.is_none())
    .then(|| PartProblem {
        path: vec!["folder".to_owned()],
        message: Text::new("Mappen ligger utanför.", "The folder lies outside."),
        hint: None,
    });
    wrong.into_iter().collect()
}

fn check_expression(expression: &str, _: Place<'_>) -> Vec<ExpressionFault> {
    let fault = expression.find("person.epost").map(|at| ExpressionFault {
        at: at..at + "person.epost".len(),
        message: Text::new("Okänt fält `person.epost`.", "Unknown field `person.epost`."),
        hint: Some(Text::new("Menade du `person.email`?", "Did you mean `person.email`?")),
    });
    fault.into_iter().collect()
}

fn connector(id: &'static str, role: Role, card: Option<&'static Card>) -> Connector {
    Connector {
        id,
        role,
        names: &[],
        check: |written| check_as::<Deliver>(written, no_dots),
        schema: || schemars::schema_for!(Deliver),
        card,
        expresses: &[],
    }
}

pub(super) fn connectors() -> Connectors {
    let table = Connector {
        names: &["CSV", "Extens", "IST Administration"],
        expresses: &[
            Feature::GroupTeachers,
            Feature::Duties,
            Feature::SchoolTypes,
            Feature::GroupTypes,
        ],
        ..connector("table", Role::Source, None)
    };
    Connectors {
        list: vec![
            table,
            connector("ss12000", Role::Source, None),
            Connector {
                check: |written| check_as::<FileSet>(written, |_| Vec::new()),
                schema: || schemars::schema_for!(FileSet),
                ..connector("school_data_sync", Role::Target, Some(&FILES))
            },
            connector("live", Role::Target, Some(&LIVE)),
            Connector { names: &["AD"], ..connector("ldap", Role::Supplement, None) },
        ],
        facilities: vec![Facility {
            id: "notices",
            check: |written| check_as::<Deliver>(written, no_dots),
            schema: || schemars::schema_for!(Deliver),
        }],
        check_expression,
    }
}
