"""HubSpot against a server that pages, searches and refuses as the vendor does, and from saved answers."""

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonground.config import Agent, Credentials, Feed, Market
from commonground.errors import CredentialsError, SourceUnavailableError, UnreadableError
from commonground.sources import SOURCES
from commonground.sources.base import Page, Visit
from commonground.sources.contacts import hubspot
from exports import Found, fixture, read, visit_of, write_files
from vendor_server import Asked, Reply, serving

HUBSPOT = SOURCES["hubspot"]
TOKEN = "pat-na1-0815"
NOW = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)


def visit(url: str | None = None, checkpoint: dict[str, Any] | None = None, **options: Any) -> Visit:
    area = {"latitude": 38.4, "longitude": -122.7, "radius_km": 40}
    agents = [Agent(agent_id="ana", name="Ana Whitlock", emails=["ana@team.example"]), Agent(agent_id="ben", name="Ben Ito")]
    market = Market(name="Town", time_zone="America/Los_Angeles", state="CA", service_area=area, agents=agents)
    feed = Feed(name="crm", source="hubspot", connection="crm", owner="ben", options={"requests_per_10_seconds": 100_000, **options})
    return Visit(feed, market, NOW, credentials=Credentials(host=url, password=TOKEN), checkpoint=checkpoint or {})


def row(number: int, at: dt.datetime, **properties: str) -> dict[str, Any]:
    stamp = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    values = {"firstname": "Person", "lastname": f"No{number}", "lastmodifieddate": stamp, "hs_object_id": str(number)}
    return {"id": str(number), "properties": values | properties, "createdAt": stamp, "updatedAt": stamp, "archived": False}


OWNERS = [
    {"id": "7", "email": "Ana@team.example", "firstName": "A", "lastName": "W"},
    {"id": "8", "email": "x@y.example", "firstName": "Ben", "lastName": "Ito"},
]


def vendor(rows: list[dict[str, Any]], archived: list[dict[str, Any]] = [], cap: int = 10_000, owners_status: int = 200):  # noqa: B006
    def cut(found: list[dict[str, Any]], after: int, limit: int) -> Reply:
        paging = {"paging": {"next": {"after": str(after + limit), "link": "x"}}} if len(found) > after + limit else {}
        return Reply({"results": found[after : after + limit], "total": len(found), **paging})

    def answer(asked: Asked) -> Reply:
        if asked.headers["Authorization"] != f"Bearer {TOKEN}":
            return Reply({"status": "error", "message": "no", "category": "INVALID_AUTHENTICATION"}, 401)
        if asked.path.endswith("/owners"):
            said = {"status": "error", "message": "This app hasn't been granted all required scopes", "category": "MISSING_SCOPES"}
            return cut(OWNERS, 0, 100) if owners_status == 200 else Reply(said, owners_status)
        if asked.path.endswith("/search"):
            question = json.loads(asked.body)
            found = [one for one in rows if all(passes(one, test) for test in question["filterGroups"][0]["filters"])]
            key = question["sorts"][0]["propertyName"]
            found.sort(key=lambda one: int(one["id"]) if key == "hs_object_id" else millis(one))
            after = int(question.get("after") or 0)
            if after + question["limit"] > cap:
                return Reply({"status": "error", "message": "cannot page beyond the cap", "category": "VALIDATION_ERROR"}, 400)
            return cut(found, after, question["limit"])
        assert "firstname" in asked.query["properties"].split(",")
        return cut(
            archived if asked.query.get("archived") == "true" else rows, int(asked.query.get("after") or 0), int(asked.query["limit"])
        )

    return answer


def millis(one: dict[str, Any]) -> int:
    return round(dt.datetime.fromisoformat(one["properties"]["lastmodifieddate"]).timestamp() * 1000)


def passes(one: dict[str, Any], test: dict[str, str]) -> bool:
    mine = int(one["id"]) if test["propertyName"] == "hs_object_id" else millis(one)
    return {"GTE": mine >= int(test["value"]), "GT": mine > int(test["value"]), "EQ": mine == int(test["value"])}[test["operator"]]


def load(one: Visit) -> Found:
    return Found(item for page in HUBSPOT.fetch(one) for item in HUBSPOT.conform(page, one))


def test_the_first_visit_lists_everybody_and_marks_the_server_s_time():
    rows = [row(number, NOW - dt.timedelta(days=number), hubspot_owner_id="7") for number in range(1, 251)]
    with serving(vendor(rows)) as server:
        one = visit(server.url.removesuffix("v1/"))
        one.now = dt.datetime(2090, 1, 1, tzinfo=dt.UTC)  # our clock may be wrong
        found = load(one)
    assert sorted(int(person["record_id"]) for person in found.of("person")) == list(range(1, 251))
    assert {person["owner_agent_id"] for person in found.of("person")} == {"ana"}
    assert one.next_checkpoint["watermark"] < "2089"
    assert len([asked for asked in server.asked if asked.path.endswith("/contacts")]) == 3


def test_the_next_visit_searches_for_what_changed_and_lists_what_was_deleted():
    rows = [row(number, NOW - dt.timedelta(days=number)) for number in range(1, 51)]
    gone = row(99, NOW - dt.timedelta(days=2)) | {"archived": True, "archivedAt": "2026-11-22T10:00:00Z"}
    with serving(vendor(rows, [gone])) as server:
        one = visit(server.url.removesuffix("v1/"), {"watermark": (NOW - dt.timedelta(days=3)).isoformat()})
        found = load(one)
    assert [person["record_id"] for person in found.of("person", is_deleted=True)] == ["99"]
    assert sorted(person["record_id"] for person in found.of("person") if not person.get("is_deleted")) == ["1", "2", "3"]
    deleted = found.one("person", record_id="99")
    assert "full_name" not in deleted and deleted["modified_at"] == dt.datetime(2026, 11, 22, 10, tzinfo=dt.UTC)


@pytest.mark.parametrize("same", [0, 130, 450])
def test_more_rows_than_a_search_may_show_are_walked_in_windows(monkeypatch, same):
    """With hundreds in one millisecond, too: an import."""
    monkeypatch.setattr(hubspot, "SEARCH_CAP", 200)
    monkeypatch.setattr(hubspot, "PAGE_SIZE", 50)
    moments = [NOW - dt.timedelta(hours=20) + dt.timedelta(seconds=number) for number in range(550 - same)]
    moments += [NOW - dt.timedelta(hours=19, minutes=55)] * same
    rows = [row(number, moment) for number, moment in enumerate(moments, start=1)]
    with serving(vendor(rows, cap=200)) as server:
        one = visit(server.url.removesuffix("v1/"), {"watermark": (NOW - dt.timedelta(days=1)).isoformat()})
        found = load(one)
    assert {int(person["record_id"]) for person in found.of("person")} == set(range(1, 551))


@pytest.mark.parametrize("ways", [["a"], ["100", "200", "100"], ["-1"]])
def test_a_search_whose_way_on_is_none_or_leads_back_is_an_error(ways):
    left = iter(ways * 50)

    def answer(asked: Asked) -> Reply:
        if asked.path.endswith("/search"):
            return Reply({"results": [None, "odd", {"properties": 3, "id": {}}], "paging": {"next": {"after": next(left)}}})
        return Reply({"results": []})

    with serving(answer) as server, pytest.raises(UnreadableError, match="the way on"):
        list(HUBSPOT.fetch(visit(server.url, {"watermark": "2026-11-22T00:00:00+00:00"})))
    assert len(server.asked) < 10


def test_a_window_of_one_moment_that_does_not_get_on_is_an_error(monkeypatch):
    monkeypatch.setattr(hubspot, "SEARCH_CAP", 200)
    since = dt.datetime(2026, 11, 22, tzinfo=dt.UTC) - dt.timedelta(minutes=hubspot.OVERLAP_MINUTES)
    nameless = [{key: value for key, value in row(1, since).items() if key != "id"}]

    def answer(asked: Asked) -> Reply:
        after = json.loads(asked.body).get("after") if asked.path.endswith("/search") else None
        paging = {"paging": {"next": {"after": "200" if after else "100"}}} if asked.path.endswith("/search") else {}
        return Reply({"results": nameless, **paging})

    with serving(answer) as server, pytest.raises(UnreadableError, match="none came"):
        list(HUBSPOT.fetch(visit(server.url, {"watermark": "2026-11-22T00:00:00+00:00"})))


def test_an_app_without_the_owners_scope_goes_on():
    with serving(vendor([row(1, NOW)], owners_status=403)) as server:
        one = visit(server.url.removesuffix("v1/"), {})
        found = load(one)
    assert (found.counts, found.rules) == ({"person": 1}, {"collection_unavailable": 1})


def test_a_refused_token_and_a_spent_day_are_told_apart():
    def daily(asked: Asked) -> Reply:
        return Reply(
            {"status": "error", "message": "You have reached your daily limit.", "errorType": "RATE_LIMIT", "policyName": "DAILY"}, 429
        )

    with serving(daily) as server:
        with pytest.raises(SourceUnavailableError, match="daily limit"):
            load(visit(server.url.removesuffix("v1/")))
        assert len(server.asked) == 1
    refuses = Reply({"status": "error", "message": "Authentication credentials not found"}, 401)
    with serving(lambda _: refuses) as server, pytest.raises(CredentialsError, match="credentials not found") as caught:
        load(visit(server.url.removesuffix("v1/")))
    assert TOKEN not in str(caught.value)
    with pytest.raises(CredentialsError, match="private app"):
        load(Visit(visit().feed, visit().market, NOW))


def test_the_ten_second_limit_is_waited_for():
    times = 0

    def once(asked: Asked) -> Reply:
        nonlocal times
        times += 1
        said = {"status": "error", "message": "ten_secondly_rolling", "errorType": "RATE_LIMIT", "policyName": "TEN_SECONDLY_ROLLING"}
        return Reply(said, 429, {"Retry-After": "0"}) if times == 1 else vendor([row(1, NOW)])(asked)

    with serving(once) as server:
        assert load(visit(server.url.removesuffix("v1/"))).counts == {"person": 1}


def conform(*items: Any, **options: Any) -> Found:
    one = visit(**options)
    one.next_checkpoint["agents"] = {"7": "ana"}
    return Found(HUBSPOT.conform(Page("contacts", "https://api.example/x", {"results": list(items)}), one))


def test_everything_a_contact_says():
    found = conform(
        row(1, NOW, firstname="Ann", lastname="Lee", email="ann@lee.example", hs_additional_emails="a2@lee.example;bad", mobilephone="1", phone="2",
            lifecyclestage="opportunity", hs_lead_status="OPEN_DEAL", hubspot_owner_id="7", hs_email_optout="true", date_of_birth="3/22/1980",
            notes_last_contacted="2026-10-01T00:00:00Z", hs_analytics_last_visit_timestamp="1790000000000", message="Jazz, please", hobbies="zydeco",
            twitterhandle="@annlee", hs_merged_object_ids="51;52", address="12 Oak St", zip="95401"),
        properties=["hobbies"],
    )  # fmt: skip
    ann = found.one("person", record_id="1")
    assert (ann["stage"], ann["owner_agent_id"], ann["birth_date"]) == ("opportunity / OPEN_DEAL", "ana", "1980-03-22")
    assert (ann["emails"], ann["phones"], ann["urls"]) == (["ann@lee.example", "a2@lee.example"], ["1", "2"], ["https://x.com/annlee"])
    assert ann["last_activity_at"] == dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
    assert {(one["text"], one["is_self_stated"]) for one in found.of("utterance")} == {("Jazz, please", True), ("Hobbies: zydeco", False)}
    assert (found.one("consent")["channel"], found.one("consent")["purpose"]) == ("email", "marketing")
    assert sorted(one["record_id"] for one in found.of("person", is_deleted=True)) == ["51", "52"]
    assert found.rules == {"malformed_email": 1}


def test_associated_contacts_are_tied():
    item = row(1, NOW) | {"associations": {"contacts": {"results": [{"id": "2", "type": "contact_to_contact"}, {"id": "1"}]}}}
    assert [(one["src_ref"], one["dst_ref"]) for one in conform(item).of("tie")] == [("1", "2")]


@pytest.mark.parametrize("item", [None, 7, "x", [], {}, {"id": "1"}, {"properties": {}}, {"id": 1, "properties": []}])
def test_what_is_no_contact_is_refused(item):
    found = conform(item, row(2, NOW))
    assert (found.counts, len(found.refusals)) == ({"person": 1}, 1)


def test_the_real_saved_pages(tmp_path):
    found = read(HUBSPOT, fixture("hubspot"))
    assert (found.counts, found.rules) == ({"person": 4}, {})
    assert {one["record_id"] for one in found.of("person")} == {"1", "51"}


def test_saved_pages_find_owners_whatever_their_file_is_called(tmp_path):
    files = {
        "a.json": {"results": [row(1, NOW, hubspot_owner_id="7")]},
        "z.json": {"results": OWNERS},
        "b.json": "nope",
        "c.json": {"x": 1},
    }
    found = read(HUBSPOT, write_files(tmp_path / "x", files), visit())
    assert found.one("person")["owner_agent_id"] == "ana"
    assert found.rules == {"unreadable_file": 2}


@pytest.mark.parametrize("body", ["", "[", "7", "{}", '{"status": "error", "message": "no"}', "[" * 10_000])
def test_a_saved_answer_of_something_else_is_said_in_one_line(tmp_path, body):
    path = tmp_path / "x.json"
    path.write_text(body)
    with pytest.raises(UnreadableError, match=r"x\.json"):
        read(HUBSPOT, path, visit())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "properties", "email", "firstname", "associations", "contacts", "results", "archived", "updatedAt"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.lists(JSON, max_size=5))
@settings(max_examples=200, deadline=None)
def test_every_item_is_a_person_or_a_refusal(items):
    one = visit_of("hubspot")
    for item in items:
        found = list(HUBSPOT.conform(Page("contacts", "https://x.example/", {"results": [item]}), one))
        assert found


@given(st.binary(max_size=200))
@settings(max_examples=100, deadline=None)
def test_arbitrary_bytes_never_raise_anything_else(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("noise") / "x.json"
    path.write_bytes(content)
    try:
        list(HUBSPOT.read(path, visit()))
    except UnreadableError as error:
        assert "\n" not in str(error)
