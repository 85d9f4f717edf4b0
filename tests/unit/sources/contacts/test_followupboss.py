"""Follow Up Boss against a server that pages as the vendor does, and from saved answers."""

import base64
import datetime as dt
import json
import zipfile
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonground import records
from commonground.config import Agent, Credentials, Feed, Market
from commonground.errors import CredentialsError, SourceUnavailableError, UnreadableError
from commonground.load import load_feed
from commonground.sources import SOURCES
from commonground.sources.base import Page, Record, Refusal, Visit
from commonground.sources.text import stable_id
from nights import a_night
from vendor_server import Asked, Reply, VendorServer, serving

FUB = SOURCES["followupboss"]
KEY = "fka_test_0815"
COLLECTIONS = ("users", "people", "peopleRelationships", "events", "calls", "notes", "textMessages", "appointments", "deals")


def visit(url: str | None = None, checkpoint: dict[str, Any] | None = None) -> Visit:
    area = {"latitude": 38.4, "longitude": -122.7, "radius_km": 40}
    agents = [Agent(agent_id="ana", name="Ana Whitlock", emails=["ana@team.example"]), Agent(agent_id="ben", name="Ben Ito")]
    market = Market(name="Town", time_zone="America/Los_Angeles", state="CA", service_area=area, agents=agents)
    options = {"requests_per_10_seconds": {"default": 10_000, "events": 10_000}}
    feed = Feed(name="crm", source="followupboss", connection="crm", options=options)
    extra = {"X-System": "CommonGround", "X-System-Key": "sys-key-42"}
    credentials = Credentials(host=url, login=KEY, password="", extra=extra)
    return Visit(feed, market, dt.datetime(2026, 11, 23, tzinfo=dt.UTC), credentials=credentials, checkpoint=checkpoint or {})


def person(number: int, **fields: Any) -> dict[str, Any]:
    stamp = {"created": "2024-01-02T03:04:05Z", "updated": "2026-11-01T00:00:00Z"}
    return {"id": number, "name": f"Person No{number}", "firstName": "Person", "lastName": f"No{number}", **stamp, **fields}


def at(number: int, **fields: Any) -> dict[str, Any]:
    """An item a day older for every id below 200."""
    created = dt.datetime(2026, 11, 20, tzinfo=dt.UTC) - dt.timedelta(days=200 - number)
    return {"id": number, "created": f"{created:%Y-%m-%dT%H:%M:%SZ}", "personId": 1, **fields}


def vendor(stored: dict[str, list[dict[str, Any]]], *, is_lower_case: bool = False, with_link: bool = True):
    """Answers as the vendor does: newest first, `limit` a page, the way on as token and as a link with a doubled `&&`."""

    def answer(asked: Asked) -> Reply:
        collection = asked.path.removeprefix("/v1/")
        if collection not in stored:
            return Reply({"errorMessage": "Not found"}, 404)
        rows = sorted(stored[collection], key=lambda row: -row["id"])
        since = json.loads(base64.b64decode(asked.query["next"]))["sinceId"] if "next" in asked.query else None
        rows = [row for row in rows if since is None or row["id"] < since]
        limit = int(asked.query["limit"])
        shown = rows[:limit]
        token = base64.b64encode(json.dumps({"sinceId": shown[-1]["id"]}).encode()).decode() if len(rows) > limit else None
        key = collection.lower() if is_lower_case else collection
        link = f"{server_url}{collection}?limit={limit}&&next={token}" if token and with_link else None
        return Reply({"_metadata": {"collection": key, "limit": limit, "next": token, "nextLink": link}, key: shown})

    server_url = ""

    def bind(server: VendorServer) -> None:
        nonlocal server_url
        server_url = server.url

    return answer, bind


def load(stored: dict[str, list], checkpoint: dict | None = None, **how: bool) -> tuple[list, Visit, VendorServer]:
    answer, bind = vendor({name: [] for name in COLLECTIONS} | stored, **how)
    with serving(answer) as server:
        bind(server)
        one = visit(server.url, checkpoint)
        items = [item for page in FUB.fetch(one) for item in FUB.conform(page, one)]
    return items, one, server


def conform(resource: str, *items: Any) -> list:
    one = visit()
    one.next_checkpoint["agents"] = {"7": "ana"}
    return list(FUB.conform(Page(resource, "https://api.example/v1/x", {resource: list(items)}), one))


def of_kind(items: list, kind: str) -> list[dict]:
    return [records.coerce(kind, item.values) for item in items if isinstance(item, Record) and item.kind == kind]


@pytest.mark.parametrize(("is_lower_case", "with_link"), [(False, True), (True, True), (False, False)])
def test_every_page_is_walked_once_by_link_or_by_token(is_lower_case, with_link):
    people = [person(number) for number in range(1, 251)]
    items, one, server = load({"people": people}, is_lower_case=is_lower_case, with_link=with_link)
    assert sorted(int(row["record_id"]) for row in of_kind(items, "person")) == list(range(1, 251))
    asked = [request for request in server.asked if request.path == "/v1/people"]
    assert len(asked) == 3
    assert ("&&next=" in asked[1].target) is with_link
    assert asked[0].query == {"limit": "100", "fields": "allFields", "includeTrash": "true"}
    assert one.next_checkpoint["watermark"].startswith("2026-11-01T00:00:00")


def test_the_key_goes_as_the_user_of_basic_and_the_system_by_its_headers():
    _, _, server = load({"people": [person(1)]})
    headers = server.asked[0].headers
    assert base64.b64decode(headers["Authorization"].removeprefix("Basic ")) == f"{KEY}:".encode()
    assert (headers["X-System"], headers["X-System-Key"]) == ("CommonGround", "sys-key-42")


def test_a_second_visit_reads_new_calls_and_the_overlap_only_but_all_people():
    stored = {"people": [person(number) for number in range(1, 151)], "calls": [at(number) for number in range(-400, 201)]}
    _, first, server = load(stored)
    assert len([one for one in server.asked if one.path == "/v1/calls"]) == 7
    stored["calls"] += [at(201), at(202)]
    items, second, server = load(stored, first.next_checkpoint)
    assert len([one for one in server.asked if one.path == "/v1/calls"]) == 1
    assert len([one for one in server.asked if one.path == "/v1/people"]) == 2
    assert {"call:202", "call:201", "call:200"} <= {row["record_id"] for row in of_kind(items, "interaction")}
    assert second.next_checkpoint["collections"]["calls"]["max_id"] == 202


def test_an_empty_visit_keeps_the_mark_of_the_last():
    _, first, _ = load({"people": [person(1)], "calls": [at(200)]})
    _, second, _ = load({"people": [person(1)]}, first.next_checkpoint)
    assert second.next_checkpoint["collections"]["calls"] == first.next_checkpoint["collections"]["calls"]


def test_a_visit_that_breaks_off_leaves_no_mark():
    def answer(asked: Asked) -> Reply:
        if asked.path.endswith("/calls"):
            return Reply({"errorMessage": "Account expired"}, 401)
        return Reply({"_metadata": {}, asked.path.removeprefix("/v1/"): []})

    with serving(answer) as server:
        one = visit(server.url)
        with pytest.raises(CredentialsError, match="Account expired"):
            list(FUB.fetch(one))
    assert "collections" not in one.next_checkpoint


def test_a_collection_that_may_not_be_listed_is_refused_and_the_rest_is_read():
    answer, bind = vendor({name: [] for name in COLLECTIONS if name not in ("notes", "textMessages")} | {"people": [person(1)]})
    with serving(answer) as server:
        bind(server)
        one = visit(server.url)
        items = [item for page in FUB.fetch(one) for item in FUB.conform(page, one)]
    refused = [item for item in items if isinstance(item, Refusal)]
    assert [(item.rule, item.payload) for item in refused] == [
        ("collection_unavailable", "notes"),
        ("collection_unavailable", "textMessages"),
    ]
    assert "Not found" in refused[0].reason
    assert len(of_kind(items, "person")) == 1


def test_a_key_that_may_not_list_people_is_an_error():
    with serving(lambda asked: Reply({"errorMessage": "Forbidden"}, 403)) as server, pytest.raises(CredentialsError, match="Forbidden"):
        list(FUB.fetch(visit(server.url)))
    with pytest.raises(CredentialsError, match="API key"):
        list(FUB.fetch(Visit(visit().feed, visit().market, visit().now)))


def test_a_link_elsewhere_or_in_circles_is_refused():
    def astray(asked: Asked) -> Reply:
        name = asked.path.removeprefix("/v1/")
        return Reply({"_metadata": {"nextLink": "https://evil.example/v1/people?next=1"}, name: [person(1)]})

    with serving(astray) as server, pytest.raises(UnreadableError, match="leads away"):
        list(FUB.fetch(visit(server.url)))
    circle = Reply({"_metadata": {"next": "same"}, "people": [person(1)], "users": []})
    with serving(lambda asked: circle) as server, pytest.raises(UnreadableError, match="repeats itself"):
        list(FUB.fetch(visit(server.url)))


def test_a_crowded_window_is_waited_out_and_a_lasting_one_gives_up(monkeypatch):
    monkeypatch.setattr("commonground.sources.http.LIMIT_TRIES", 2)
    left = [Reply(status=429, headers={"Retry-After": "0", "X-RateLimit-Remaining": "0"})]
    stored, bind = vendor({name: [] for name in COLLECTIONS} | {"people": [person(1)]})
    with serving(lambda asked: left.pop() if left else stored(asked)) as server:
        bind(server)
        assert list(FUB.fetch(visit(server.url)))
    busy = Reply({"errorMessage": "slow down"}, 429, {"Retry-After": "0"})
    with serving(lambda asked: busy) as server, pytest.raises(SourceUnavailableError, match="slow down"):
        list(FUB.fetch(visit(server.url)))


def test_a_person_comes_with_everything_the_crm_knows():
    items = conform(
        "people",
        person(
            5,
            stage="Sphere", source="Zillow", assignedUserId=7, tags=["Navy", "", "Do not email"], background="Loves <b>zydeco</b>",
            lastActivity="2026-10-01T00:00:00Z", customBirthday="1980-05-03", customFavoriteTeam="Giants", customLoanLink="https://x.example",
            emails=[{"value": "b@x.example", "isPrimary": 0}, {"value": "a@x.example", "isPrimary": 1}],
            phones=[{"value": "(707) 555-0123"}],
            addresses=[{"type": "work", "city": "Napa"}, {"type": "home", "street": "1 Main", "city": "Cotati", "code": "94931"}],
            relationships=[{"id": 9, "type": "Spouse", "name": "Bo No5", "phones": [{"value": "707 555 0199"}]}],
        ),
    )  # fmt: skip
    five, bo = of_kind(items, "person")
    assert five["emails"] == ["a@x.example", "b@x.example"]
    assert (five["street"], five["city"], five["postal_code"]) == ("1 Main", "Cotati", "94931")
    assert (five["owner_agent_id"], five["stage"], five["lead_source"]) == ("ana", "Sphere", "Zillow")
    assert (five["partner_name"], five["birth_date"]) == ("Bo No5", "1980-05-03")
    assert five["last_activity_at"] == dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
    assert (bo["record_id"], bo["person_type"]) == ("relationship:9", "person")
    (tie,) = of_kind(items, "tie")
    assert (tie["src_ref"], tie["dst_ref"], tie["tie_type"]) == ("5", "relationship:9", "partner")
    said = {(one["utterance_type"], one["text"], one["is_self_stated"]) for one in of_kind(items, "utterance")}
    assert said == {
        ("tag", "Navy", False), ("tag", "Do not email", False), ("note", "Loves zydeco", False), ("note", "Favorite Team: Giants", False)
    }  # fmt: skip
    (consent,) = of_kind(items, "consent")
    assert (consent["channel"], consent["state"]) == ("email", "revoked")


def test_owners_are_found_by_mail_or_name_and_strangers_are_nobody():
    users = [{"id": 1, "name": "A. W.", "email": "ANA@team.example"}, {"id": 2, "name": "ben  ito"}, {"id": 3, "name": "Cy Else"}]
    people = [person(number, assignedUserId=number) for number in (1, 2, 3)] + [person(4, assignedTo="Ben Ito"), person(5)]
    items, _, _ = load({"users": users, "people": people})
    owners = {row["record_id"]: row["owner_agent_id"] for row in of_kind(items, "person")}
    assert owners == {"1": "ana", "2": "ben", "3": None, "4": "ben", "5": None}


def test_trash_is_a_deletion_and_nothing_else_is_said_of_it():
    items = conform("people", person(5, stage="Trash", tags=["Navy"]))
    assert [item.values["is_deleted"] for item in items] == [True]


def test_nobody_and_businesses_are_no_persons():
    nobody, firm = of_kind(
        conform(
            "people",
            {"id": 1, "name": "", "emails": [{"value": "x@y.example"}]},
            {
                "id": 2,
                "name": "Three Oaks Title",
                "firstName": "Three Oaks Title",
                "lastName": "",
                "emails": [{"value": "info@oaks.example"}],
            },
        ),
        "person",
    )
    assert (nobody["person_type"], firm["person_type"]) == ("placeholder", "organization")


@pytest.mark.parametrize(
    ("word", "interaction_type"),
    [
        ("Registration", "registration"), ("Inquiry", "inquiry"), ("Seller Inquiry", "seller_inquiry"), ("Property Inquiry", "inquiry"),
        ("General Inquiry", "inquiry"), ("Viewed Property", "property_view"), ("Saved Property", "property_save"),
        ("Visited Website", "website_visit"), ("Incoming Call", "call"), ("Unsubscribed", "unsubscribed"),
        ("Property Search", "property_search"), ("Saved Property Search", "property_search"), ("Visited Open House", "open_house"),
        ("Viewed Page", "website_visit"),
    ],
)  # fmt: skip
def test_every_event_type_has_its_interaction(word, interaction_type):
    (event,) = of_kind(conform("events", at(9, type=word)), "interaction")
    assert (event["interaction_type"], event["direction"], event["person_ref"]) == (interaction_type, "in", "1")


def test_an_inquiry_is_joined_to_the_listing_and_its_message_is_the_persons_own_word():
    listing = {"street": "1 Main", "city": "Cotati", "code": "94931", "mlsNumber": "321", "price": "$750,000"}
    items = conform("events", at(9, type="Property Inquiry", personId=None, person={"id": 4}, message="Still available?", property=listing))
    (event,) = of_kind(items, "interaction")
    assert (event["listing_id"], event["property_postal_code"], event["property_price"]) == ("321", "94931", 750000)
    (said,) = of_kind(items, "utterance")
    assert (said["author_ref"], said["text"], said["is_self_stated"]) == ("4", "Still available?", True)


def test_unsubscribing_revokes_consent_to_marketing_mail():
    (consent,) = of_kind(conform("events", at(9, type="Unsubscribed", person={"id": 1, "emails": [{"value": "a@x.example"}]})), "consent")
    assert (consent["purpose"], consent["channel"], consent["state"], consent["email"]) == ("marketing", "email", "revoked", "a@x.example")


def test_calls_and_texts_know_their_direction_and_hidden_bodies_say_nothing():
    items = conform("calls", at(1, isIncoming=True, duration=61, userId=7, note="wants a garden", outcome="Interested"))
    (call,) = of_kind(items, "interaction")
    assert (call["direction"], call["duration_seconds"], call["agent_id"], call["outcome"]) == ("in", 61, "ana", "Interested")
    assert [one["is_self_stated"] for one in of_kind(items, "utterance")] == [False]
    items = conform("textMessages", at(1, isIncoming=True, message="Go Giants!"), at(2, isIncoming=False, message="Hi"), at(3, isIncoming=True, message="* Body is hidden for privacy reasons *"))  # fmt: skip
    assert [row["direction"] for row in of_kind(items, "interaction")] == ["in", "out", "in"]
    assert [(row["text"], row["is_self_stated"]) for row in of_kind(items, "utterance")] == [("Go Giants!", True)]


def test_appointments_are_meetings_unless_they_say_what_they_are():
    both = {"invitees": [{"personId": 1}, {"personId": 2}, {"userId": 7}], "start": "2026-11-01T18:00:00Z", "end": "2026-11-01T18:45:00Z"}
    items = conform(
        "appointments",
        {"id": 1, "title": "Showing with Jane", "location": "12 Oak St", **both},
        {"id": 2, "title": "Coffee", "type": "Buyer Consultation", "location": "12 Oak St", **both},
    )
    rows = of_kind(items, "interaction")
    assert [(row["record_id"], row["interaction_type"], row["agent_id"]) for row in rows] == [
        ("appointment:1:1", "showing", "ana"), ("appointment:1:2", "showing", "ana"),
        ("appointment:2:1", "meeting", "ana"), ("appointment:2:2", "meeting", "ana"),
    ]  # fmt: skip
    assert (rows[0]["duration_seconds"], rows[0]["property_address"], rows[2]["property_address"]) == (2700, "12 Oak St", None)


def test_a_deal_stands_for_each_of_its_people_on_the_day_it_closed():
    deal = {"id": 3, "createdAt": "2026-01-01T00:00:00Z", "name": "12 Oak St", "pipelineName": "Buyers", "stageName": "Closed",
            "closedDate": "2026-03-04", "price": 650000, "people": [{"id": 1}, {"id": 2}], "users": [{"id": 7}]}  # fmt: skip
    first, second = of_kind(conform("deals", deal), "interaction")
    assert (first["record_id"], second["record_id"], first["outcome"], first["text"]) == (
        "deal:3:1",
        "deal:3:2",
        "Closed",
        "Buyers: 12 Oak St",
    )
    assert (first["occurred_at"].date(), first["property_price"], first["agent_id"]) == (dt.date(2026, 3, 4), 650000, "ana")


def test_relations_are_ties_and_a_bare_name_is_a_placeholder():
    items = conform(
        "peopleRelationships",
        {"id": 1, "personId": 5, "type": "Referred by", "relatedPersonId": 6},
        {"id": 2, "personId": 5, "type": "Business partner", "name": "Al Po"},
        {"id": 3, "personId": 5, "type": "Daughter", "name": "Cy Po", "emails": [{"value": "cy@x.example"}]},
    )
    ties = [(tie["src_ref"], tie["dst_ref"], tie["tie_type"], tie["is_directed"]) for tie in of_kind(items, "tie")]
    assert ties == [("6", "5", "referral", True), ("5", "relationship:2", "relationship", False), ("5", "relationship:3", "family", False)]
    assert [(row["record_id"], row["person_type"]) for row in of_kind(items, "person")] == [
        ("relationship:2", "placeholder"), ("relationship:3", "person")
    ]  # fmt: skip


def test_what_cannot_be_used_is_refused_with_the_rule():
    rules = [
        item.rule
        for resource, item in [
            ("people", {"name": "No Id"}), ("people", "text"), ("events", at(1, type="Flew Over Property")),
            ("events", {"id": 2, "type": "Inquiry"}), ("notes", at(3)), ("deals", {"id": 4}),
        ]
        for item in conform(resource, item)
    ]  # fmt: skip
    assert rules == ["missing_id", "unreadable_record", "unknown_event_type", "missing_person", "empty_note", "missing_person"]


def test_saved_answers_are_read_with_their_owners_whatever_the_files_are_called(tmp_path):
    (tmp_path / "a_people.json").write_text(json.dumps({"_metadata": {"collection": "people"}, "people": [person(1, assignedUserId=4)]}))
    (tmp_path / "z_users.json").write_text(json.dumps({"users": [{"id": 4, "email": "ana@team.example"}]}))
    (tmp_path / "error.json").write_text(json.dumps({"errorMessage": "Too many requests"}))
    one = visit()
    items = list(FUB.read(tmp_path, one))
    assert [(row["owner_agent_id"], row["source_file"]) for row in of_kind(items, "person")] == [("ana", "a_people.json")]
    (refused,) = [item for item in items if isinstance(item, Refusal)]
    assert (refused.rule, refused.source_file) == ("unreadable_file", "error.json")
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for name in ("a_people.json", "z_users.json"):
            archive.write(tmp_path / name, name)
    assert [row["owner_agent_id"] for row in of_kind(FUB.read(tmp_path / "all.zip", visit()), "person")] == ["ana"]
    with pytest.raises(UnreadableError, match="Too many requests"):
        list(FUB.read(tmp_path / "error.json", one))
    (tmp_path / "other.json").write_text("[1]")
    with pytest.raises(UnreadableError, match="expected a list under one of"):
        list(FUB.read(tmp_path / "other.json", one))


def nights(tmp_path, *stored):
    """Loads one state of the CRM after the other; what the lake holds of each kind after each night, and the reports."""
    reports, kept = [], []
    lake = a_night(tmp_path).lake
    for number, collections in enumerate(stored, start=1):
        answer, bind = vendor({name: [] for name in COLLECTIONS} | collections)
        with serving(answer) as server:
            bind(server)
            one = visit(server.url)
            reports.append(load_feed(a_night(tmp_path, f"run{number}"), one.feed, lambda _: one.credentials))  # noqa: B023
        kinds = ("person", "utterance", "tie", "interaction", "consent")
        kept.append({kind: {row[0] for row in duckdb.sql(f"SELECT record_id FROM ({lake.state_sql(kind)})").fetchall()} for kind in kinds})
    assert all(one.rows_read == one.rows_accepted + one.rows_quarantined + one.rows_unchanged + one.rows_suppressed for one in reports)
    return kept, reports


def test_what_the_crm_no_longer_says_is_gone_by_the_next_night_and_may_come_back(tmp_path):
    full = {
        "people": [person(1, tags=["Navy", "Jazz"], background="Loves zydeco"), person(2, tags=["Navy", "Do not call"]), person(3)],
        "peopleRelationships": [{"id": 9, "personId": 1, "type": "Friend", "relatedPersonId": 3}],
        "deals": [{"id": 4, "created": "2026-01-01T00:00:00Z", "stageName": "Offer", "people": [{"id": 1}]}],
    }
    later = "2026-11-20T00:00:00Z"
    less = {"people": [person(1, tags=["Jazz"], updated=later), person(3, stage="Trash", updated=later)]}
    again = {"people": [person(1, tags=["Jazz", "Navy"], updated="2026-12-24T00:00:00Z"), person(2, updated="2026-12-24T00:00:00Z")]}
    (_, second, third), _ = nights(tmp_path, full, less, again)
    assert second["person"] == {"1"}
    assert [one.rpartition(":")[2] for one in sorted(second["utterance"])] == [stable_id("Jazz")]
    assert (second["tie"], second["interaction"]) == (set(), set())
    assert second["consent"] == {"person:2:phone"}  # an opt-out is not lifted by a deletion
    assert third["person"] == {"1", "2"}
    assert len(third["utterance"]) == 2


def test_a_key_that_suddenly_sees_little_deletes_nobody(tmp_path):
    kept, reports = nights(tmp_path, {"people": [person(number) for number in range(1, 61)]}, {"people": [person(1)]})
    assert len(kept[-1]["person"]) == 60
    assert [one.reasons for one in reports] == [{}, {"too_many_gone": 1}]


def test_a_collection_that_cannot_be_listed_tonight_is_not_gone(tmp_path):
    stored = {"people": [person(1)], "deals": [{"id": 4, "created": "2026-01-01T00:00:00Z", "stageName": "Offer", "people": [{"id": 1}]}]}
    answer, bind = vendor({name: [] for name in COLLECTIONS} | stored)
    with serving(answer) as server:
        bind(server)
        first = visit(server.url)
        list(FUB.fetch(first))
    answer, bind = vendor({name: [] for name in COLLECTIONS if name != "deals"} | {"people": [person(1)]})
    with serving(answer) as server:
        bind(server)
        second = visit(server.url, first.next_checkpoint)
        assert not [page for page in FUB.fetch(second) if page.resource.startswith("gone:")]
    assert second.next_checkpoint["memories"] == first.next_checkpoint["memories"]


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
JSON = st.recursive(LEAVES, lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(max_size=8), x, max_size=3), max_leaves=6)
FIELDS = """id personId name firstName lastName emails phones addresses tags stage type property price message person invitees people users
    start end relationships background customThing customBirthday isIncoming direction created updated note body subject
    duration assignedTo"""


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from([name for name in COLLECTIONS if name != "users"]), st.dictionaries(st.sampled_from(FIELDS.split()), JSON, max_size=8)
)
def test_nothing_that_an_answer_may_hold_raises(resource, item):
    for one in conform(resource, {"id": 1, "personId": 2, **item}):
        if isinstance(one, Record):
            try:
                records.coerce(one.kind, one.values)
            except records.BadValueError as error:
                assert error.column in records.KINDS[one.kind].column_names
