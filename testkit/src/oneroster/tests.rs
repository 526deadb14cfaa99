//! Each rule is broken once: a judge that finds nothing proves nothing.

use super::*;

const MANIFEST: &str = "propertyName,value
manifest.version,1.0
oneroster.version,1.2
file.academicSessions,bulk
file.categories,absent
file.classes,bulk
file.classResources,absent
file.courses,bulk
file.courseResources,absent
file.demographics,absent
file.enrollments,bulk
file.lineItemLearningObjectiveIds,absent
file.lineItems,absent
file.lineItemScoreScales,absent
file.orgs,bulk
file.resources,absent
file.resultLearningObjectiveIds,absent
file.results,absent
file.resultScoreScales,absent
file.roles,bulk
file.scoreScales,absent
file.userProfiles,bulk
file.userResources,absent
file.users,bulk
source.systemName,By hand
";

/// A package without a fault, by hand.
const FILES: &[(&str, &str)] = &[
    ("manifest.csv", MANIFEST),
    (
        "academicSessions.csv",
        "sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear
y1,,,2026/2027,schoolYear,2026-08-01,2027-07-01,,2027
t1,,,HT 2026,term,2026-08-01,2027-01-01,y1,2027
",
    ),
    (
        "classes.csv",
        "sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods
k1,,,9A,,c1,,homeroom,,s1,t1,\"Ma,No\",\"MA,NO\",
",
    ),
    (
        "courses.csv",
        "sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects,subjectCodes
c1,,,y1,Klass,,,s1,,
",
    ),
    (
        "enrollments.csv",
        "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate
e1,,,k1,s1,u1,teacher,true,2026-08-17,2027-06-12
e2,,,k1,s1,u2,teacher,false,,
",
    ),
    (
        "orgs.csv",
        "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId
d1,,,Exempelköping,district,,
s1,,,Ekskolan,school,99999901,d1
",
    ),
    (
        "roles.csv",
        "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,userProfileSourcedId
r1,,,u1,primary,teacher,,,s1,p1
r2,,,u1,secondary,ext:mentor,,,s1,
r3,,,u2,primary,aide,,,s1,
",
    ),
    (
        "userProfiles.csv",
        "sourcedId,status,dateLastModified,userSourcedId,profileType,vendorId,applicationId,description,credentialType,username,password
p1,,,u1,x,v,,,none,bo,
",
    ),
    (
        "users.csv",
        "sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password,userMasterIdentifier,preferredGivenName,preferredMiddleName,preferredFamilyName,primaryOrgSourcedId,pronouns
u1,,,true,bo,\"{a:1},{b:2}\",Bo,Ek,,,,,,,,,,,,,s1,
u2,,,true,cia,,Cia,Alm,,,,,,u1,09,,,,,,s1,
",
    ),
];

fn package() -> Package {
    let file = |(name, text): &(&str, &str)| ((*name).to_owned(), text.as_bytes().to_vec());
    Package { files: FILES.iter().map(file).collect() }
}

/// The package with one text instead of another in one file.
fn with(file: &str, from: &str, to: &str) -> Package {
    let mut package = package();
    for (name, bytes) in &mut package.files {
        if name == file {
            let text = String::from_utf8(bytes.clone()).unwrap();
            assert!(text.contains(from), "{file} does not hold {from}");
            *bytes = text.replacen(from, to, 1).into_bytes();
        }
    }
    package
}

fn codes(spec: &Spec, package: &Package) -> Vec<&'static str> {
    let mut codes: Vec<_> =
        diagnose(spec, package, &Total::default()).into_iter().map(|it| it.code).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

#[rustfmt::skip]
const TABLE: &[(&str, &str, &str, &str)] = &[
    ("manifest.invalid_file_mode",     "manifest.csv", "file.users,bulk", "file.users,whole"),
    ("manifest.invalid_row",           "manifest.csv", "file.categories,absent\n", ""),
    ("manifest.invalid_row",           "manifest.csv", "oneroster.version,1.2", "oneroster.version,1.1"),
    ("manifest.file_and_mode_differ",  "manifest.csv", "file.results,absent", "file.results,bulk"),
    ("manifest.file_and_mode_differ",  "manifest.csv", "file.orgs,bulk", "file.orgs,absent"),
    ("table.duplicate_header",         "orgs.csv", "name,type", "name,name"),
    ("table.empty_header_name",        "orgs.csv", "identifier", ""),
    ("table.row_width_mismatch",       "orgs.csv", "d1,,,Exempelköping,district,,", "d1,,,Exempelköping,district,"),
    ("table.missing_data_rows",        "userProfiles.csv", "p1,,,u1,x,v,,,none,bo,\n", ""),
    ("table.missing_header",           "orgs.csv", FILES[5].1, ""),
    ("schema.header_order_mismatch",   "orgs.csv", "name,type", "type,name"),
    ("schema.missing_header",          "orgs.csv", ",identifier", ""),
    ("schema.invalid_metadata_header", "orgs.csv", "parentSourcedId\n", "parentSourcedId,own\n"),
    ("schema.metadata_column_position","orgs.csv", "name,type", "metadata.own,name,type"),
    ("row.invalid_boolean",            "users.csv", "u1,,,true", "u1,,,TRUE"),
    ("row.invalid_date",               "academicSessions.csv", "2027-07-01", "2027-02-29"),
    ("row.invalid_enum",               "orgs.csv", "district", "kommun"),
    ("row.invalid_guid",               "orgs.csv", "d1,,", "å d:1,,"),
    ("row.invalid_list",               "users.csv", "{b:2}", "b:2"),
    ("row.invalid_year",               "academicSessions.csv", "y1,2027", "y1,27"),
    ("row.missing_required_value",     "users.csv", "u1,,,true,bo", "u1,,,true,"),
    ("row.field_forbidden_in_bulk",    "orgs.csv", "d1,,", "d1,active,"),
    ("row.line_break",                 "orgs.csv", "Ekskolan", "\"Ek\nskolan\""),
    ("reference.duplicate_sourced_id", "orgs.csv", "s1,,,Ekskolan", "d1,,,Ekskolan"),
    ("reference.missing_target_record","enrollments.csv", "u2", "u9"),
    ("semantic.academic_session_type_mismatch", "classes.csv", "s1,t1", "s1,y1"),
    ("semantic.academic_session_type_mismatch", "courses.csv", "c1,,,y1", "c1,,,t1"),
    ("semantic.multiple_primary_roles_for_user_org", "roles.csv", "secondary", "primary"),
    ("semantic.org_type_mismatch",     "enrollments.csv", "k1,s1,u2", "k1,d1,u2"),
    ("semantic.primary_org_missing_role", "users.csv", "09,,,,,,s1", "09,,,,,,d1"),
    ("semantic.user_profile_user_mismatch", "userProfiles.csv", "p1,,,u1", "p1,,,u2"),
    ("semantic.multiple_primary_teachers", "enrollments.csv", "false", "true"),
    ("semantic.subjects_and_codes_differ", "classes.csv", "MA,NO", "MA"),
    ("semantic.ends_before_it_begins", "enrollments.csv", "2027-06-12", "2026-08-17"),
];

/// K054: the judge finds nothing in a right package, and each planted fault in a wrong one.
#[test]
fn each_planted_fault_is_found() {
    let Some(spec) = Spec::load("1.2") else {
        println!("skipped: no specifications beside the repository (SKOLBRO_SPECS)");
        return;
    };
    assert_eq!(diagnose(&spec, &package(), &Total::default()), []);
    for &(code, file, from, to) in TABLE {
        let found = codes(&spec, &with(file, from, to));
        assert!(found.contains(&code), "{code} by {to}: {found:?}");
    }
    let mut twice = package();
    twice.files.push(twice.files[3].clone());
    assert!(codes(&spec, &twice).contains(&"package.duplicate_file"));
    let mut other = package();
    other.files.push(("Users.csv".to_owned(), b"a\n1\n".to_vec()));
    assert!(codes(&spec, &other).contains(&"package.unknown_file"));
    let mut lost = package();
    lost.files.remove(0);
    assert!(codes(&spec, &lost).contains(&"package.missing_manifest"));
    let mut no_orgs = package();
    no_orgs.files.retain(|(name, _)| name != "orgs.csv");
    assert!(codes(&spec, &no_orgs).contains(&"reference.missing_target_file"));
    let mut marked = package();
    marked.files[1].1.splice(0..0, *b"\xef\xbb\xbf");
    assert_eq!(codes(&spec, &marked), ["package.byte_order_mark"]);
    marked.files[1].1.push(0xff);
    assert!(codes(&spec, &marked).contains(&"package.not_utf8"));
}

fn changes(rows: &str) -> Package {
    let manifest =
        MANIFEST.replace(",bulk", ",absent").replace("file.orgs,absent", "file.orgs,delta");
    let header = FILES[5].1.lines().next().unwrap();
    let files = [("manifest.csv", manifest), ("orgs.csv", format!("{header}\n{rows}"))];
    Package { files: files.map(|(name, text)| (name.to_owned(), text.into_bytes())).into() }
}

const AT: &str = "2026-09-03T02:14:00.000Z";

/// Changes need a status and a time; what they refer to may be with the receiver.
#[test]
fn changes_have_rules_of_their_own() {
    let Some(spec) = Spec::load("1.2") else {
        println!("skipped: no specifications beside the repository (SKOLBRO_SPECS)");
        return;
    };
    let mut total = Total::default();
    total.take(&package());
    let row = |state: &str| changes(&format!("s1,{state},Eken,school,99999901,d1\n"));
    assert_eq!(diagnose(&spec, &row(&format!("active,{AT}")), &total), []);
    for (code, state) in [
        ("row.missing_required_value", format!(",{AT}")),
        ("row.missing_required_value", "active,".to_owned()),
        ("row.invalid_enum", format!("deleted,{AT}")),
        ("row.invalid_datetime", "active,2026-09-03 02:14".to_owned()),
        ("row.invalid_datetime", "active,2026-09-03T02:14:00Z".to_owned()),
    ] {
        let found = diagnose(&spec, &row(&state), &total);
        assert!(found.iter().any(|it| it.code == code), "{state}: {found:?}");
    }
    assert!(
        codes(&spec, &row(&format!("active,{AT}"))).contains(&"reference.missing_target_record")
    );
}

/// K205: changes put in and take away; what a whole set lacks ends, and what it has again is
/// there again.
#[test]
fn a_receiver_takes_changes_and_whole_sets_in() {
    let mut total = Total::default();
    total.take(&package());
    assert_eq!([total.rows("orgs.csv"), total.rows("users.csv")], [2, 2]);
    total
        .take(&changes(&format!("s1,active,{AT},Eken,school,,d1\ns2,active,{AT},Al,school,,d1\n")));
    assert_eq!(total.value("orgs.csv", "s1", "name"), Some("Eken"));
    assert_eq!([total.rows("orgs.csv"), total.rows("users.csv")], [3, 2]);
    total.take(&changes(&format!("s2,tobedeleted,{AT},Al,school,,d1\n")));
    assert_eq!(total.rows("orgs.csv"), 2);
    let row = FILES[8].1.lines().nth(2).unwrap();
    total.take(&with("users.csv", &format!("{row}\n"), ""));
    assert_eq!(total.rows("users.csv"), 1, "what a whole file lacks ends");
    let mut less = package();
    less.files.retain(|(name, _)| name != "users.csv");
    total.take(&less);
    assert_eq!(total.rows("users.csv"), 1, "an absent file says nothing");
    total.take(&package());
    assert_eq!(total.rows("users.csv"), 2);
}
