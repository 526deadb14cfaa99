"""The official client as an independent judge of the simulated Google (google.md, section 4).

Usage: client.py BASE_URL KEY_FILE SUBJECT ADMIN_URL

Recipes B and C: the client's own discovery documents with another root, a service account with a
subject, single calls and batches. Says "ok NAME" for each check; stops at the first that fails.
"""

import json
import pathlib
import sys
import urllib.request

import googleapiclient.discovery_cache
from google.auth.exceptions import RefreshError
from google.oauth2 import service_account
from googleapiclient.discovery import build_from_document
from googleapiclient.errors import HttpError

BASE, KEY_FILE, SUBJECT, ADMIN = sys.argv[1:5]
AUTH = "https://www.googleapis.com/auth/"
DIRECTORY = ["admin.directory.user", "admin.directory.orgunit", "admin.directory.group"]
CLASSROOM = ["classroom.courses", "classroom.rosters", "classroom.profile.emails"]


def credentials(scopes, subject=SUBJECT):
    info = json.loads(pathlib.Path(KEY_FILE).read_text())
    scopes = [AUTH + it for it in scopes]
    return service_account.Credentials.from_service_account_info(info, scopes=scopes, subject=subject)


def service(name, scopes, subject=SUBJECT, batch_path=None):
    folder = pathlib.Path(googleapiclient.discovery_cache.__file__).parent / "documents"
    document = json.loads((folder / f"{name}.json").read_text())
    document["rootUrl"] = BASE + "/"
    document["baseUrl"] = BASE + "/" + document["servicePath"]
    document.pop("mtlsRootUrl", None)
    if batch_path:
        document["batchPath"] = batch_path
    return build_from_document(document, credentials=credentials(scopes, subject))


def admin(method, path, body=b""):
    request = urllib.request.Request(ADMIN + path, data=body or None, method=method)
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read() or b"{}")


def fault(text):
    admin("POST", "/fault", text.encode())


def refused(request, status, reason=None):
    """The call fails with this status and text."""
    try:
        done = request.execute()
    except HttpError as error:
        assert error.resp.status == status, (status, error.resp.status, error.content)
        if reason:
            assert reason in str(error.content), (reason, error.content)
        return error
    raise AssertionError(f"not refused with {status}: {done}")


def pages(collection, request, name):
    found = []
    while request is not None:
        answer = request.execute()
        found.extend(answer.get(name, []))
        request = collection.list_next(request, answer)
    return found


def person(number, unit="/Elever"):
    return {
        "primaryEmail": f"elev{number:03}@exempel.se",
        "name": {"givenName": f"Förnamn {number}", "familyName": "Exempel"},
        "password": "0" * 40,
        "hashFunction": "SHA-1",
        "orgUnitPath": unit,
        "externalIds": [{"type": "custom", "customType": "prov", "value": f"p{number}"}],
    }


def batched(service, requests):
    """Answers and errors by the number of the request."""
    answers = {}

    def took(request_id, response, exception):
        answers[int(request_id)] = exception if exception else response

    batch = service.new_batch_http_request(callback=took)
    for number, request in enumerate(requests):
        batch.add(request, request_id=str(number))
    batch.execute()
    assert len(answers) == len(requests)
    return [answers[number] for number in range(len(requests))]


def sign_in():
    for scopes, subject, says in [
        (["admin.directory.user"], "nobody@exempel.se", "invalid_grant"),
        (["admin.directory.user", "drive"], SUBJECT, "unauthorized_client"),
    ]:
        try:
            service("admin.directory_v1", scopes, subject).users().list(customer="my_customer").execute()
        except RefreshError as error:
            assert says in str(error), error
        else:
            raise AssertionError("let in")
    narrow = service("admin.directory_v1", ["admin.directory.user.readonly"])
    narrow.users().list(customer="my_customer").execute()
    error = refused(narrow.users().insert(body=person(999)), 403, "insufficientPermissions")
    assert "insufficient_scope" in error.resp["www-authenticate"]


def tokens_end():
    directory = service("admin.directory_v1", DIRECTORY)
    directory.users().list(customer="my_customer").execute()
    admin("POST", "/expire")
    directory.users().list(customer="my_customer").execute()
    admin("POST", "/expire")
    answers = batched(directory, [directory.users().get(userKey=SUBJECT) for _ in range(3)])
    assert all(it["isAdmin"] for it in answers), answers


def users():
    directory = service("admin.directory_v1", DIRECTORY)
    made = directory.users().insert(body=person(1)).execute()
    assert made["primaryEmail"] == "elev001@exempel.se" and "password" not in made
    refused(directory.users().insert(body=person(1)), 409, "duplicate")
    refused(directory.users().insert(body=person(2, "/Ingenstans")), 400, "INVALID_OU_ID")
    changed = directory.users().update(userKey=made["id"], body={"suspended": True}).execute()
    assert changed["suspended"] and changed["name"] == made["name"]
    directory.users().update(userKey=made["id"], body={"externalIds": None}).execute()
    renamed = directory.users().update(userKey=made["id"], body={"primaryEmail": "ny@exempel.se"}).execute()
    assert renamed["aliases"] == ["elev001@exempel.se"]
    assert directory.users().get(userKey="elev001@exempel.se").execute()["id"] == made["id"]
    directory.users().delete(userKey=made["id"]).execute()
    refused(directory.users().get(userKey=made["id"]), 404, "Resource Not Found: userKey")
    gone = directory.users().list(customer="my_customer", showDeleted="true").execute()["users"]
    assert [it["id"] for it in gone] == [made["id"]]
    directory.users().undelete(userKey=made["id"], body={"orgUnitPath": "/Elever"}).execute()
    directory.users().get(userKey=made["id"]).execute()


def units():
    directory = service("admin.directory_v1", DIRECTORY)
    body = {"name": "Åk 7 + 8", "parentOrgUnitPath": "/Elever"}
    made = directory.orgunits().insert(customerId="my_customer", body=body).execute()
    by_id = directory.orgunits().get(customerId="my_customer", orgUnitPath=made["orgUnitId"]).execute()
    assert by_id["orgUnitPath"] == "/Elever/Åk 7 + 8"
    # The client leaves the plus as it is, and Google reads a blank (google.md, section 1.2).
    refused(directory.orgunits().get(customerId="my_customer", orgUnitPath="Elever/Åk 7 + 8"), 404)
    everything = directory.orgunits().list(customerId="my_customer", type="all").execute()
    assert "/Elever/Åk 7 + 8" in [it["orgUnitPath"] for it in everything["organizationUnits"]]
    directory.orgunits().delete(customerId="my_customer", orgUnitPath=made["orgUnitId"]).execute()


def batches(batch_path):
    directory = service("admin.directory_v1", DIRECTORY, batch_path=batch_path)
    first = 100 if batch_path == "batch" else 300
    many = range(first, first + 120)
    made = batched(directory, [directory.users().insert(body=person(it)) for it in many])
    assert [it["primaryEmail"] for it in made] == [f"elev{it:03}@exempel.se" for it in many]
    some = batched(directory, [
        directory.users().get(userKey=f"elev{first:03}@exempel.se"),
        directory.users().get(userKey="nobody@exempel.se"),
        directory.users().insert(body=person(first)),
        directory.users().delete(userKey=f"elev{first + 1:03}@exempel.se"),
    ])
    assert some[0]["id"] == made[0]["id"]
    assert [some[1].resp.status, some[2].resp.status] == [404, 409], some
    assert not some[3], some
    listed = pages(directory.users(), directory.users().list(customer="my_customer", maxResults=50), "users")
    addresses = [it["primaryEmail"] for it in listed]
    assert addresses == sorted(addresses) and len(addresses) >= 119
    found = directory.users().list(customer="my_customer", query=f"externalId='p{first}'").execute()
    assert [it["id"] for it in found["users"]] == [made[0]["id"]]


def groups():
    directory = service("admin.directory_v1", DIRECTORY)
    settings = service("groupssettings.v1", ["apps.groups.settings"])
    key = "7a@exempel.se"
    ids = [{"namespace": "prov", "id": "7A"}]
    made = directory.groups().insert(body={"email": key, "name": "7A", "externalIds": ids}).execute()
    assert made["externalIds"] == ids and made["directMembersCount"] == "0"
    all_of_them = pages(directory.users(), directory.users().list(customer="my_customer", maxResults=500), "users")
    bodies = [{"id": it["id"], "role": "MEMBER"} for it in all_of_them if not it["isAdmin"]]
    answers = batched(directory, [directory.members().insert(groupKey=key, body=it) for it in bodies])
    assert all(it["type"] == "USER" for it in answers)
    members = pages(directory.members(), directory.members().list(groupKey=key), "members")
    assert len(members) == len(bodies) > 200, len(members)
    refused(directory.members().insert(groupKey=key, body=bodies[0]), 409, "Member already exists.")
    one = members[0]["email"]
    assert directory.members().hasMember(groupKey=key, memberKey=one).execute() == {"isMember": True}
    directory.members().delete(groupKey=key, memberKey=one).execute()
    refused(directory.members().delete(groupKey=key, memberKey=one), 404, "memberKey")
    wish = {"whoCanJoin": "INVITED_CAN_JOIN", "allowExternalMembers": "false"}
    assert settings.groups().patch(groupUniqueId=key, body=wish).execute()["whoCanJoin"] == "INVITED_CAN_JOIN"
    assert settings.groups().get(groupUniqueId=key).execute()["email"] == key
    wide = {"whoCanDiscoverGroup": "ALL_MEMBERS_CAN_DISCOVER", "whoCanViewMembership": "ALL_IN_DOMAIN_CAN_VIEW"}
    refused(settings.groups().update(groupUniqueId=key, body=wide), 400, "BROADER")


def courses(batch_path):
    directory = service("admin.directory_v1", DIRECTORY)
    classroom = service("classroom.v1", CLASSROOM, batch_path=batch_path)
    name = "d:7A/MA 1" if batch_path == "batch" else "d:7A/SV 1"
    course = {"id": name, "name": "7A Matematik", "ownerId": SUBJECT}
    made = classroom.courses().create(body=course).execute()
    assert made["courseState"] == "PROVISIONED" and made["id"].isdigit()
    refused(classroom.courses().create(body=course), 409, "ALREADY_EXISTS")
    got = classroom.courses().patch(id=name, updateMask="courseState", body={"courseState": "ACTIVE"}).execute()
    assert got["id"] == made["id"] and got["courseState"] == "ACTIVE"
    refused(classroom.courses().delete(id=name), 400, "FAILED_PRECONDITION")
    addresses = [f"elev{number:03}@exempel.se" for number in range(302, 350)]
    add = classroom.courses().students()
    done = batched(classroom, [add.create(courseId=name, body={"userId": it}) for it in addresses])
    assert [it["profile"]["emailAddress"] for it in done] == addresses, done
    students = pages(add, add.list(courseId=name), "students")
    assert len(students) == len(addresses) and len(add.list(courseId=name).execute()["students"]) == 30
    refused(add.create(courseId=name, body={"userId": addresses[0]}), 409, "ALREADY_EXISTS")
    refused(classroom.courses().teachers().create(courseId=name, body={"userId": addresses[0]}), 409)
    refused(classroom.courses().teachers().delete(courseId=name, userId=SUBJECT), 400, "@CannotRemoveCourseOwner ")
    refused(add.create(courseId=name, body={"userId": "x@annan.se"}), 403, "@CannotDirectAddUser ")
    batched(classroom, [add.delete(courseId=name, userId=it) for it in addresses])
    assert "students" not in add.list(courseId=name).execute()
    listed = pages(classroom.courses(), classroom.courses().list(courseStates=["ACTIVE", "ARCHIVED"]), "courses")
    assert made["id"] in [it["id"] for it in listed]
    many = [classroom.courses().get(id=name) for _ in range(51)]
    try:
        batched(classroom, many)
    except HttpError as error:
        assert error.resp.status == 400, error
    else:
        raise AssertionError("51 parts taken")
    classroom.courses().patch(id=name, updateMask="courseState", body={"courseState": "ARCHIVED"}).execute()
    assert classroom.courses().delete(id=name).execute() == {}
    refused(classroom.courses().get(id=name), 404, "NOT_FOUND")
    assert directory.users().get(userKey=SUBJECT).execute()["isAdmin"]


def errors():
    directory = service("admin.directory_v1", DIRECTORY)
    call = directory.users().get(userKey=SUBJECT)
    for text, status, says in [
        ("status=503", 503, "currently unavailable"),
        ("status=503,html", 503, "<!DOCTYPE html>"),
        ("status=503,text", 503, "currently unavailable"),
        ("status=429,newer", 429, "RESOURCE_EXHAUSTED"),
        ("quota", 403, "Request rate higher than configured."),
    ]:
        fault(text + "x1")
        refused(call, status, says)
        assert call.execute()["isAdmin"]
    # The client's own retries (google.md, section 1.4): not after quotaExceeded.
    fault("ratex1")
    assert call.execute(num_retries=1)["isAdmin"]
    # Carried out, though it says that it was not.
    fault("done=503x1")
    refused(directory.users().insert(body=person(900)), 503)
    refused(directory.users().insert(body=person(900)), 409, "duplicate")
    fault("status=500@directory.users.getx1")
    parts = batched(directory, [directory.users().get(userKey=SUBJECT) for _ in range(3)])
    assert sorted(it.resp.status if isinstance(it, HttpError) else 200 for it in parts) == [200, 200, 500]


CHECKS = [
    ("sign-in", sign_in),
    ("tokens end", tokens_end),
    ("users", users),
    ("units", units),
    ("batches", lambda: batches("batch")),
    ("batches by API", lambda: batches("batch/admin/directory_v1")),
    ("groups", groups),
    ("courses", lambda: courses("batch")),
    ("courses by API", lambda: courses("batch/classroom/v1")),
    ("errors", errors),
]

for name, check in CHECKS:
    check()
    print("ok", name, flush=True)
