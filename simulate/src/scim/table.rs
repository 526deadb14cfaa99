//! The schemas of RFC 7643 §8.7, as tables.

use crate::schema::{Schema, Type, attributes};

/// What every resource has (RFC 7643 §3.1); no schema lists it.
pub(super) const COMMON: &str = "
id               string      exact readOnly always
externalId       string      exact
schemas          reference[] readOnly always
meta             complex     readOnly
  resourceType   string      exact readOnly
  created        dateTime    readOnly
  lastModified   dateTime    readOnly
  location       reference   exact readOnly
  version        string      exact readOnly
";

pub(super) const USER: &str = "
userName         string      required unique
name             complex
  formatted      string
  familyName     string
  givenName      string
  middleName     string
  honorificPrefix string
  honorificSuffix string
displayName      string
nickName         string
profileUrl       reference   to:external
title            string
userType         string
preferredLanguage string
locale           string
timezone         string
active           boolean
password         string      exact writeOnly never
emails           complex[]
  value          string
  display        string
  type           string      in:work|home|other
  primary        boolean
phoneNumbers     complex[]
  value          string
  display        string
  type           string      in:work|home|mobile|fax|pager|other
  primary        boolean
ims              complex[]
  value          string
  display        string
  type           string      in:aim|gtalk|icq|xmpp|msn|skype|qq|yahoo
  primary        boolean
photos           complex[]
  value          reference   to:external
  display        string
  type           string      in:photo|thumbnail
  primary        boolean
addresses        complex[]
  formatted      string
  streetAddress  string
  locality       string
  region         string
  postalCode     string
  country        string
  type           string      in:work|home|other
  primary        boolean
groups           complex[]   readOnly
  value          string      exact readOnly
  $ref           reference   readOnly to:User|Group
  display        string      readOnly
  type           string      readOnly in:direct|indirect
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
  value          binary      exact
  display        string
  type           string
  primary        boolean
";

pub(super) const ENTERPRISE: &str = "
employeeNumber   string
costCenter       string
organization     string
division         string
department       string
manager          complex
  value          string      exact
  $ref           reference   to:User
  displayName    string      readOnly
";

pub(super) const GROUP: &str = "
displayName      string      required
members          complex[]
  value          string      exact immutable to:Users|Groups
  $ref           reference   immutable to:User|Group
  type           string      immutable in:User|Group
  display        string
";

pub(super) const PROVIDER: &str = "
documentationUri reference   readOnly to:external
patch            complex     required readOnly
  supported      boolean     required readOnly
bulk             complex     required readOnly
  supported      boolean     required readOnly
  maxOperations  integer     required readOnly
  maxPayloadSize integer     required readOnly
filter           complex     required readOnly
  supported      boolean     required readOnly
  maxResults     integer     required readOnly
changePassword   complex     required readOnly
  supported      boolean     required readOnly
sort             complex     required readOnly
  supported      boolean     required readOnly
etag             complex     required readOnly
  supported      boolean     required readOnly
authenticationSchemes complex[] required readOnly
  type           string      required readOnly in:oauth|oauth2|oauthbearertoken|httpbasic|httpdigest
  name           string      required readOnly
  description    string      required readOnly
  specUri        reference   readOnly to:external
  documentationUri reference readOnly to:external
  primary        boolean     readOnly
";

pub(super) const RESOURCE_TYPE: &str = "
id               string      exact readOnly
name             string      required readOnly
description      string      readOnly
endpoint         reference   required readOnly to:uri
schema           reference   exact required readOnly to:uri
schemaExtensions complex[]   readOnly
  schema         reference   exact required readOnly to:uri
  required       boolean     required readOnly
";

pub(super) const SCHEMA: &str = "
id               string      exact required readOnly
name             string      readOnly
description      string      readOnly
attributes       complex[]   required readOnly
  name           string      exact required readOnly
  type           string      required readOnly in:string|complex|boolean|decimal|integer|dateTime|reference
  multiValued    boolean     required readOnly
  description    string      readOnly
  required       boolean     required readOnly
  canonicalValues string[]   exact readOnly
  caseExact      boolean     readOnly
  mutability     string      exact readOnly in:readOnly|readWrite|immutable|writeOnly
  returned       string      exact readOnly in:always|never|default|request
  uniqueness     string      exact readOnly in:none|server|global
  referenceTypes string[]    exact readOnly
";

/// The schemas that describe the description (RFC 7643 §8.7.2).
pub(super) fn of_discovery() -> Vec<Schema> {
    let core = |name, urn, table| Schema { urn, name, attributes: attributes(table) };
    vec![
        core(
            "ServiceProviderConfig",
            "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig",
            PROVIDER,
        ),
        core("ResourceType", "urn:ietf:params:scim:schemas:core:2.0:ResourceType", RESOURCE_TYPE),
        core("Schema", "urn:ietf:params:scim:schemas:core:2.0:Schema", SCHEMA),
    ]
}

/// User, with its extension, and Group.
pub(super) fn types() -> Vec<Type> {
    vec![
        Type {
            name: "User",
            endpoint: "Users",
            core: Schema {
                urn: "urn:ietf:params:scim:schemas:core:2.0:User",
                name: "User",
                attributes: attributes(USER),
            },
            extensions: vec![Schema {
                urn: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
                name: "EnterpriseUser",
                attributes: attributes(ENTERPRISE),
            }],
        },
        Type {
            name: "Group",
            endpoint: "Groups",
            core: Schema {
                urn: "urn:ietf:params:scim:schemas:core:2.0:Group",
                name: "Group",
                attributes: attributes(GROUP),
            },
            extensions: Vec::new(),
        },
    ]
}
