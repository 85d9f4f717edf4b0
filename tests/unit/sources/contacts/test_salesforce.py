"""Salesforce against a server that answers queries as the vendor does, and from saved answers."""

import datetime as dt
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonground.config import Agent, Credentials, Feed, Market
from commonground.errors import CredentialsError, SourceUnavailableError, UnreadableError
from commonground.sources import SOURCES
from commonground.sources.base import Page, Visit
from commonground.sources.contacts.salesforce_records import FIELDS
from exports import Found, read, visit_of, write_files
from vendor_server import Asked, Reply, serving

SALESFORCE = SOURCES["salesforce"]
TOKEN = "00D000000000001!token"
NOW = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
PASSWORD = {"client_id": "cid", "client_secret": "csecret", "security_token": "SECTOK"}


def visit(url: str | None = None, checkpoint: dict[str, Any] | None = None, **fields: Any) -> Visit:
    area = {"latitude": 38.4, "longitude": -122.7, "radius_km": 40}
    agents = [Agent(agent_id="ana", name="Ana Whitlock", emails=["ana@team.example"]), Agent(agent_id="ben", name="Ben Ito")]
    market = Market(name="Town", time_zone="America/Los_Angeles", state="CA", service_area=area, agents=agents)
    options = fields.pop("options", {})
    feed = Feed(name="sf", source="salesforce", connection="sf", owner="ben", options=options)
    credentials = Credentials(host=url, **({"password": TOKEN} | fields))
    return Visit(feed, market, NOW, credentials=credentials, checkpoint=checkpoint or {})


def stamp(moment: dt.datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000+0000"


def row(kind: str, key: str, days: float = 1, **fields: Any) -> dict[str, Any]:
    at = stamp(NOW - dt.timedelta(days=days))
    base = {"attributes": {"type": kind, "url": f"/services/data/v62.0/sobjects/{kind}/{key}"}, "Id": key, "SystemModstamp": at}
    return base | {"CreatedDate": at, "LastModifiedDate": at, "IsDeleted": False} | fields


USERS = [row("User", "u1", Name="Somebody", Email="ANA@team.example"), row("User", "u2", Name="Ben Ito", Email="b@x.example")]


class Vendor:
    """Answers describe, queryAll with its cursor, and the token endpoint."""

    def __init__(self, **rows: list[dict[str, Any]]) -> None:
        self.rows = {"User": USERS, "Contact": [], "Lead": [], "Task": [], "Event": []} | rows
        self.hidden: set[str] = set()
        self.forbidden: set[str] = set()
        self.tokens = {TOKEN}
        self.expire_cursor_once = False
        self.page = 2
        self.queries: list[str] = []
        self.cursors: dict[str, list[dict[str, Any]]] = {}

    def __call__(self, asked: Asked) -> Reply:
        if asked.path.endswith("/oauth2/token"):
            self.form = asked.body.decode()
            self.tokens = {"fresh"}
            return Reply({"access_token": "fresh", "instance_url": "https://elsewhere.example", "token_type": "Bearer"})
        if asked.headers.get("Authorization", "").removeprefix("Bearer ") not in self.tokens:
            return Reply([{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}], 401)
        if asked.path.endswith("/describe"):
            kind = asked.path.split("/")[-2]
            if kind in self.forbidden:
                return Reply([{"message": "The requested resource does not exist", "errorCode": "NOT_FOUND"}], 404)
            names = [name if "." not in name else f"{name.partition('.')[0]}Id" for name in [*FIELDS[kind], "Favorite_Team__c"]]
            return Reply({"name": kind, "fields": [{"name": name} for name in names if name not in self.hidden]})
        if "queryAll/" in asked.path:
            if self.expire_cursor_once:
                self.expire_cursor_once = False
                return Reply([{"message": "invalid query locator", "errorCode": "INVALID_QUERY_LOCATOR"}], 400)
            return self.pages(self.cursors[asked.path], asked.path)
        return self.query(asked.query["q"])

    def query(self, soql: str) -> Reply:
        self.queries.append(soql)
        kind = re.search(r" FROM (\w+)", soql)[1]
        fields = re.match(r"SELECT (.+) FROM", soql)[1].split(", ")
        if bad := self.hidden & set(fields):
            return Reply([{"message": f"No such column {bad}", "errorCode": "INVALID_FIELD"}], 400)
        since = re.search(r"SystemModstamp >= (\S+)", soql)
        found = [
            one
            for one in self.rows[kind]
            if not since or dt.datetime.fromisoformat(one["SystemModstamp"]) >= dt.datetime.fromisoformat(since[1])
        ]
        if "IsClosed = true" in soql:
            found = [one for one in found if one.get("WhoId") and (one.get("IsClosed") or one["IsDeleted"])]
        found = sorted(found, key=lambda one: (one["SystemModstamp"], one["Id"]))
        return self.pages(found, f"/services/data/v62.0/queryAll/{kind}")

    def pages(self, found: list[dict[str, Any]], where: str) -> Reply:
        shown, rest = found[: self.page], found[self.page :]
        following = f"{where}-{len(rest)}"
        self.cursors[following] = rest
        more = {"nextRecordsUrl": following} if rest else {}
        return Reply({"totalSize": len(found), "done": not rest, "records": shown, **more})


def load(vendor: Vendor, checkpoint: dict[str, Any] | None = None, **fields: Any) -> tuple[Found, Visit]:
    with serving(vendor) as server:
        one = visit(server.url.removesuffix("v1/"), checkpoint, **fields)
        return Found(item for page in SALESFORCE.fetch(one) for item in SALESFORCE.conform(page, one)), one


def test_every_object_is_walked_by_its_cursor_and_owned_by_who_the_users_are():
    contacts = [
        row("Contact", f"c{number}", days=number, LastName=f"No{number}", OwnerId="u1" if number % 2 else "u2") for number in range(1, 8)
    ]
    found, one = load(Vendor(Contact=contacts, Lead=[row("Lead", "l1", LastName="Lead", Company="Acme", Status="Hot", OwnerId="u9")]))
    assert {person["record_id"]: person["owner_agent_id"] for person in found.of("person")} == {
        **{f"c{number}": "ana" if number % 2 else "ben" for number in range(1, 8)}, "l1": None,
    }  # fmt: skip
    assert one.next_checkpoint["objects"]["Contact"] == stamp(NOW - dt.timedelta(days=1))
    assert one.next_checkpoint["watermark"] == stamp(NOW - dt.timedelta(days=1))


def test_the_next_visit_asks_from_a_little_before_and_sees_deletions():
    vendor = Vendor(
        Contact=[
            row("Contact", "c1", days=5),
            row("Contact", "c2", days=1, IsDeleted=True, LastName="Gone"),
            row("Contact", "c3", days=3, LastName="Lee"),
        ]
    )
    found, _ = load(vendor, {"objects": {"Contact": stamp(NOW - dt.timedelta(days=3))}})
    assert any("WHERE SystemModstamp >= 2026-11-19T23:50:00.000Z ORDER BY SystemModstamp, Id" in soql for soql in vendor.queries)
    assert [person["record_id"] for person in found.of("person")] == ["c3", "c2"]
    gone = found.one("person", record_id="c2")
    assert gone["is_deleted"] is True and "full_name" not in gone


def test_columns_that_this_login_may_not_see_are_left_out():
    vendor = Vendor(Contact=[row("Contact", "c1", LastName="Lee")])
    vendor.hidden, vendor.forbidden = {"HasOptedOutOfEmail", "AccountId", "Birthdate"}, {"Lead"}
    found, _ = load(vendor)
    assert (found.counts, found.rules) == ({"person": 1}, {"collection_unavailable": 1})
    assert not any("Account.Name" in soql for soql in vendor.queries)


def test_a_cursor_that_expires_is_opened_again():
    vendor = Vendor(Contact=[row("Contact", f"c{number}", days=number, LastName="X") for number in range(1, 8)])
    vendor.expire_cursor_once = True
    found, _ = load(vendor)
    assert {person["record_id"] for person in found.of("person")} == {f"c{number}" for number in range(1, 8)}


def test_a_session_that_ends_is_renewed_once_and_no_request_leaves_the_host():
    vendor = Vendor(Contact=[row("Contact", "c1", LastName="Lee")])
    found, _ = load(vendor, login="me@team.example", password="pw", extra=PASSWORD)
    assert found.counts == {"person": 1}
    assert "grant_type=password" in vendor.form and "password=pwSECTOK" in vendor.form
    vendor.tokens = {"never"}
    with pytest.raises(CredentialsError, match="INVALID_SESSION_ID") as caught:
        load(vendor)
    assert TOKEN not in str(caught.value)


def test_client_credentials_buy_a_token():
    vendor = Vendor(Contact=[row("Contact", "c1", LastName="Lee")])
    found, _ = load(vendor, password=None, extra={"client_id": "cid", "client_secret": "csecret"})
    assert found.counts == {"person": 1} and "grant_type=client_credentials" in vendor.form


@pytest.mark.parametrize("fields", [{"password": None}, {"login": "me", "password": "pw"}])
def test_credentials_that_let_nobody_in_are_said(fields):
    with pytest.raises(CredentialsError, match="access token"):
        list(SALESFORCE.fetch(visit("http://127.0.0.1:9/", **fields)))
    with pytest.raises(CredentialsError, match="host"):
        list(SALESFORCE.fetch(visit(None)))


def test_a_spent_quota_is_for_tomorrow():
    def spent(asked: Asked) -> Reply:
        return Reply([{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}], 403)

    with serving(spent) as server, pytest.raises(SourceUnavailableError, match="TotalRequests"):
        list(SALESFORCE.fetch(visit(server.url)))


def conform(*rows: Any, **options: Any) -> Found:
    one = visit(options=options)
    one.next_checkpoint["agents"] = {"u1": "ana"}
    return Found(SALESFORCE.conform(Page("Contact", "https://x.example/q", {"records": list(rows)}), one))


def test_everything_a_contact_says():
    found = conform(
        row("Contact", "c1", FirstName="Ann", LastName="Lee", Email="ann@lee.example", MobilePhone="1", HomePhone="2", Phone="3", OwnerId="u1",
            MailingStreet="12 Oak St\nUnit 4", MailingCity="Santa Rosa", MailingState="CA", MailingPostalCode="95401", Birthdate="1980-03-22",
            Account={"attributes": {"type": "Account"}, "Name": "Lee Household"}, Title="Luthier", LeadSource="Web", Description="Loves zydeco",
            LastActivityDate="2026-10-01", HasOptedOutOfEmail=True, DoNotCall=True, Favorite_Team__c="Giants"),
        note_fields=["Favorite_Team__c"],
    )  # fmt: skip
    ann = found.one("person")
    assert (ann["full_name"], ann["employer"], ann["street"], ann["owner_agent_id"]) == ("Ann Lee", None, "12 Oak St Unit 4", "ana")
    assert (ann["phones"], ann["birth_date"]) == (["1", "2", "3"], "1980-03-22")
    assert ann["modified_at"] == NOW - dt.timedelta(days=1)
    assert ann["last_activity_at"] == dt.datetime(2026, 10, 1, 12, tzinfo=dt.UTC)
    assert {one["text"] for one in found.of("utterance")} == {"Loves zydeco", "Favorite Team: Giants"}
    assert {(one["channel"], one["purpose"]) for one in found.of("consent")} == {("email", "marketing"), ("phone", "any")}


def test_a_converted_lead_gives_way_to_its_contact():
    assert conform(row("Lead", "l1", LastName="Lee", ConvertedContactId="c1")).one("person")["is_deleted"] is True


def test_tasks_and_events_are_what_happened():
    found = conform(
        row("Task", "t1", WhoId="c1", OwnerId="u1", Subject="Call", Description="Talked jazz", TaskSubtype="Call", CallType="Outbound", IsClosed=True,
            CallDurationInSeconds=240, CompletedDateTime="2026-10-01T10:00:00.000+0000", CallDisposition="Reached"),
        row("Task", "t2", WhoId="c1", Subject="Email: hello", TaskSubtype="Email", Status="Completed", ActivityDate="2026-10-02"),
        row("Task", "t3", WhoId="c1", Subject="To do", Status="Not Started"),
        row("Event", "e1", WhoId="c1", Subject="Showing", Location="9 Elm Ave", StartDateTime="2026-10-03T10:00:00.000+0000", EndDateTime="2026-10-03T11:00:00.000+0000"),
        row("Event", "e2", Subject="Team lunch", StartDateTime="2026-10-03T10:00:00.000+0000"),
    )  # fmt: skip
    call, mail, showing = found.of("interaction")
    assert (call["interaction_type"], call["direction"], call["duration_seconds"], call["agent_id"]) == ("call", "out", 240, "ana")
    assert (mail["interaction_type"], mail["occurred_at"]) == ("email", dt.datetime(2026, 10, 2, 12, tzinfo=dt.UTC))
    assert (showing["interaction_type"], showing["property_address"], showing["duration_seconds"]) == ("showing", "9 Elm Ave", 3600)
    assert found.one("utterance")["text"] == "Talked jazz"
    assert found.rules == {"open_task": 1, "missing_person": 1}


@pytest.mark.parametrize("item", [None, 7, "x", [], {}, {"Id": None}, {"attributes": {"type": "Opportunity"}, "Id": "o1"}])
def test_what_is_no_row_of_ours_is_refused(item):
    found = conform(item, row("Contact", "c1", LastName="Lee"))
    assert (found.counts, len(found.refusals)) == ({"person": 1}, 1)


def test_saved_answers_find_users_whatever_their_file_is_called(tmp_path):
    files = {
        "a.json": {"totalSize": 1, "done": True, "records": [row("Contact", "c1", LastName="Lee", OwnerId="u1")]},
        "b.json": [row("Lead", "l1", LastName="Roe")],
        "c.json": [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}],
        "z.json": {"totalSize": 2, "done": True, "records": USERS},
    }
    found = read(SALESFORCE, write_files(tmp_path / "x", files), visit())
    assert found.one("person", record_id="c1")["owner_agent_id"] == "ana"
    assert (found.counts, found.rules) == ({"person": 2}, {"unreadable_file": 1})


@pytest.mark.parametrize("body", ["", "[", "7", "{}", '[{"errorCode": "X", "message": "no"}]', '{"records": 7}'])
def test_a_saved_answer_of_something_else_is_said_in_one_line(tmp_path, body):
    path = tmp_path / "x.json"
    path.write_text(body)
    with pytest.raises(UnreadableError, match=r"x\.json"):
        read(SALESFORCE, path, visit())


KEYS = [
    "Id",
    "attributes",
    "type",
    "LastName",
    "Email",
    "Birthdate",
    "WhoId",
    "OwnerId",
    "SystemModstamp",
    "Account",
    "Name",
    "IsDeleted",
    "records",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["Contact", "Task", "Event", "Lead", "User"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=12,
)


@given(JSON, st.sampled_from(["Contact", "Lead", "Task", "Event"]))
@settings(max_examples=300, deadline=None)
def test_every_row_is_a_record_or_a_refusal(item, kind):
    if isinstance(item, dict):
        item = item | {"attributes": {"type": kind}}
    assert list(SALESFORCE.conform(Page(kind, "https://x.example/q", {"records": [item]}), visit_of("salesforce")))


@given(st.binary(max_size=200))
@settings(max_examples=100, deadline=None)
def test_arbitrary_bytes_never_raise_anything_else(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("noise") / "x.json"
    path.write_bytes(content)
    try:
        list(SALESFORCE.read(path, visit()))
    except UnreadableError as error:
        assert "\n" not in str(error)
