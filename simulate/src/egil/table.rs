//! The seven types of the profile, in the order that they are sent (reference/targets.md §4.1).

use crate::schema::{Schema, Type, attributes};

/// RFC 7643 §8.7.1; the profile uses the first four, others are known and kept.
pub(super) const CORE_USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// What every object has.
pub(super) const COMMON: &str = "
externalId string exact required uuid
";

pub(super) const ORGANISATION: &str = "
displayName string required
";

pub(super) const SCHOOL_UNIT_GROUP: &str = "
displayName string required
";

pub(super) const SCHOOL_UNIT: &str = "
displayName      string   required
schoolUnitCode   string   required unitCode
organisation     complex
  value          string   required exact uuid to:Organisations
  $ref           reference
schoolUnitGroup  complex
  value          string   required exact uuid to:SchoolUnitGroups
  $ref           reference
schoolTypes      string[]
municipalityCode string
";

pub(super) const USER: &str = "
userName         string   required
name             complex  required
  familyName     string   required
  givenName      string   required
  formatted      string
  middleName     string
  honorificPrefix string
  honorificSuffix string
displayName      string   required
emails           complex[]
  value          string
  display        string
  type           string
  primary        boolean
active           boolean
nickName         string
profileUrl       reference
title            string
userType         string
preferredLanguage string
locale           string
timezone         string
password         string
phoneNumbers     complex[]
  value          string
  display        string
  type           string
  primary        boolean
ims              complex[]
  value          string
  display        string
  type           string
  primary        boolean
photos           complex[]
  value          reference
  display        string
  type           string
  primary        boolean
addresses        complex[]
  formatted      string
  streetAddress  string
  locality       string
  region         string
  postalCode     string
  country        string
  type           string
  primary        boolean
groups           complex[]
  value          string
  $ref           reference
  display        string
  type           string
entitlements     complex[]
  value          string
  display        string
  type           string
  primary        boolean
roles            complex[]
  value          string
  display        string
  type           string
  primary        boolean
x509Certificates complex[]
  value          binary
  display        string
  type           string
  primary        boolean
";

/// A relation may be to somebody who is never sent, so that its value is not looked up.
pub(super) const USER_EXTENSION: &str = "
enrolments       complex[]
  value          string   required exact uuid to:SchoolUnits
  $ref           reference
  schoolYear     integer
  schoolType     string
  programCode    string
civicNo          string
securityMarking  boolean
userRelations    complex[]
  value          string   required exact uuid
  $ref           reference
  relationType   string   required
  displayName    string
";

pub(super) const EMPLOYMENT: &str = "
employedAt       complex  required
  value          string   required exact uuid to:SchoolUnits
  $ref           reference
user             complex  required
  value          string   required exact uuid to:Users
  $ref           reference
employmentRole   string   required
signature        string
";

pub(super) const STUDENT_GROUP: &str = "
displayName      string   required
owner            complex  required
  value          string   required exact uuid to:SchoolUnits
  $ref           reference
studentGroupType string
schoolType       string
studentMemberships complex[]
  value          string   required exact uuid to:Users
  $ref           reference
";

/// `group` is the older form of `groups`. `parentActivity` is a national test's id at
/// Skolverket (reference/peers.md §2.1), so that it is not looked up.
pub(super) const ACTIVITY: &str = "
displayName      string   required
owner            complex  required
  value          string   required exact uuid to:SchoolUnits
  $ref           reference
groups           complex[]
  value          string   required exact uuid to:StudentGroups
  $ref           reference
group            complex
  value          string   required exact uuid to:StudentGroups
  $ref           reference
teachers         complex[]
  value          string   required exact uuid to:Employments
  $ref           reference
parentActivity   complex[]
  value          string   required exact uuid
  $ref           reference
";

macro_rules! own {
    ($name:literal, $endpoint:literal, $table:expr) => {
        Type {
            name: $name,
            endpoint: $endpoint,
            core: Schema {
                urn: concat!("urn:scim:schemas:extension:sis:school:1.0:", $name),
                name: $name,
                attributes: attributes($table),
            },
            extensions: Vec::new(),
        }
    };
}

/// The types as the profile has them, without what every object has.
pub(crate) fn types() -> Vec<Type> {
    let extension = Schema {
        urn: "urn:scim:schemas:extension:sis:school:1.0:User",
        name: "User",
        attributes: attributes(USER_EXTENSION),
    };
    let user = Schema { urn: CORE_USER, name: "User", attributes: attributes(USER) };
    vec![
        own!("Organisation", "Organisations", ORGANISATION),
        own!("SchoolUnitGroup", "SchoolUnitGroups", SCHOOL_UNIT_GROUP),
        own!("SchoolUnit", "SchoolUnits", SCHOOL_UNIT),
        Type { name: "User", endpoint: "Users", core: user, extensions: vec![extension] },
        own!("Employment", "Employments", EMPLOYMENT),
        own!("StudentGroup", "StudentGroups", STUDENT_GROUP),
        own!("Activity", "Activities", ACTIVITY),
    ]
}
