//! Pages: few searches, limits, sizes.

use super::*;

/// K030; reference/peers.md §4 no 3: at most 15 searches for 10,000 users.
#[tokio::test]
async fn ten_thousand_users_need_few_searches() {
    const USERS: usize = 10_000;
    let Some(world) = World::with(
        &accounts(USERS),
        "sizelimit size.soft=1000 size.hard=1000 size.prtotal=unlimited",
        Signed::ByAuthority,
    ) else {
        return;
    };
    let settings = settings(&world.tls(), &world.ca());
    let directory = read_by(&settings, &matching()).await.unwrap();
    // The reader itself is no person.
    assert_eq!(directory.entries(), USERS as u64);
    assert_eq!(directory.unreadable(), 0);
    let searches = world.slapd.searches().unwrap();
    assert!((10..=15).contains(&searches), "{searches} searches");
}

/// A directory that gives less at a time than we ask for says so, and what to do.
#[tokio::test]
async fn a_limit_of_the_directory_is_told() {
    let limits = "sizelimit size.pr=500 size.prtotal=unlimited";
    let Some(world) = World::with(&accounts(1200), limits, Signed::ByAuthority) else { return };
    let with_pages =
        |size: u16| settings(&world.tls(), &format!("{}page_size = {size}", world.ca()));
    let error = read(&with_pages(1000)).await.unwrap_err();
    assert_eq!(told(&error), "content size_limit");
    assert!(explain(&error, Language::Swedish).contains("page_size"));
    assert_eq!(read(&with_pages(500)).await.unwrap(), 1200);
    assert_eq!(read(&with_pages(1)).await.unwrap(), 1200);
}

/// So it is where the pages together are limited: what came before is not used.
#[tokio::test]
async fn a_limit_on_all_pages_is_told() {
    let Some(world) = World::with(&accounts(700), "sizelimit 500", Signed::ByAuthority) else {
        return;
    };
    let settings = settings(&world.tls(), &format!("{}page_size = 100", world.ca()));
    assert_eq!(told(&read(&settings).await.unwrap_err()), "content size_limit");
}

/// Several places are read one after the other.
#[tokio::test]
async fn several_places_are_read() {
    let Some(world) = World::with(&accounts(20), "", Signed::ByAuthority) else { return };
    let bases = format!("bases = [\"cn=1,{PEOPLE}\", \"cn=2,{PEOPLE}\"]");
    let settings = settings(&world.tls(), &format!("{}{bases}", world.ca()));
    assert_eq!(read(&settings).await.unwrap(), 2);
}

/// K030: every kind of comparison means to the directory what it means to who wrote it.
#[tokio::test]
async fn filters_are_understood() {
    let Some(world) = World::with(&accounts(120), "", Signed::ByAuthority) else { return };
    // To `~=` they all sound alike.
    #[rustfmt::skip]
    let table = [
        ("(uid=u7)",                                          1),
        ("uid=u7",                                            1),
        ("(uid=\\\\75\\\\37)",                                1),
        ("(&(uid=u1*)(!(uid=u1)))",                           30),
        ("(uid=*1*9)",                                        3),
        ("(|(uid=u1)(uid=u2)(mail=u3@elev.exempel.se))",      3),
        ("(&(sAMAccountName=*)(employeeNumber=*))",           120),
        ("(&(objectClass=person)(uid~=u5))",                  120),
        ("(uid:caseIgnoreMatch:=U5)",                         1),
        ("(cn:dn:=5)",                                        1),
    ];
    for (filter, expected) in table {
        let more = format!("{}bases = [\"{PEOPLE}\"]\nfilter = \"{filter}\"", world.ca());
        let mut entries = Entries::new(&TenantKey::new([1; 32]), &matching(), TODAY);
        made(&settings(&world.tls(), &more)).unwrap().read(&mut entries).await.unwrap();
        assert_eq!(entries.taken(), expected, "{filter}");
    }
}
