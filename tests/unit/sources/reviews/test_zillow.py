"""Zillow's agent reviews against a server that speaks Bridge's OData."""

import datetime as dt
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonground import records
from commonground.config import Agent, Credentials, Feed, Market
from commonground.errors import ConfigError, CredentialsError, UnreadableError
from commonground.sources import SOURCES
from commonground.sources.base import Page, Record, Refusal, Visit
from vendor_server import Asked, Reply, serving

ZILLOW = SOURCES["zillow"]
NOW = dt.datetime(2026, 11, 23, 10, tzinfo=dt.UTC)
TOKEN = "bridge-server-token-1"
AGENTS = [
    Agent(agent_id="ana", name="Ana O'Brien", emails=["Ana@Town.example"]),
    Agent(agent_id="ben", name="Ben Ito", emails=["ben@town.example"]),
    Agent(agent_id="cleo", name="Cleo Smith"),
]


def visit(url: str | None = None, checkpoint: dict | None = None, **options) -> Visit:
    area = {"latitude": 38.4, "longitude": -122.7, "radius_km": 40}
    market = Market(name="Town", time_zone="America/Los_Angeles", state="CA", service_area=area, agents=AGENTS)
    feed = Feed(name="zillow", source="zillow", connection="zillow", options=options)
    return Visit(feed, market, NOW, credentials=Credentials(host=url, password=TOKEN), checkpoint=checkpoint or {})


def reviewee(key: str, name: str, mail: str | None = None, count: int | None = None) -> dict:
    profile = f"https://www.zillow.example/profile/{key}"
    return {"RevieweeKey": key, "RevieweeFullName": name, "RevieweeEmail": mail, "RevieweeProfileURL": profile, "ReviewCount": count}


def review(key: str, of: str, day: int = 1, **fields) -> dict:
    return {
        "ReviewKey": key, "ReviewId": f"id-{key}", "RevieweeKey": of, "ReviewerFullName": "Dora Lee", "Rating": 5,
        "Description": "Sold above asking.", "ReviewDate": "2025-02-03T00:00:00.000Z",
        "BridgeModificationTimestamp": f"2026-01-{day:02}T00:00:00.000Z", **fields,
    }  # fmt: skip


class Bridge:
    """Answers filters of `Field eq 'x'` joined by or/and, and `ge` on the timestamp; two rows a page."""

    def __init__(self, reviewees: list[dict], reviews: list[dict]) -> None:
        self.tables = {"/v1/Reviewees": reviewees, "/v1/Reviews": reviews}
        self.url = ""

    def __call__(self, asked: Asked) -> Reply:
        if asked.headers["Authorization"] != f"Bearer {TOKEN}":
            return Reply({"error": {"code": "401", "message": "Invalid credentials"}}, 401)
        condition = asked.query["$filter"]
        since = re.search(r" and BridgeModificationTimestamp ge (\S+)", condition)
        wanted = [tuple(part.split(" eq ", 1)) for part in condition.partition(" and ")[0].split(" or ")]
        rows = [row for row in self.tables[asked.path] if any(f"{row[field]}".replace("'", "''") == value[1:-1] for field, value in wanted)]
        rows = [row for row in rows if not since or row["BridgeModificationTimestamp"] >= since[1]]
        if "BridgeModificationTimestamp" in asked.query.get("$orderby", ""):
            rows.sort(key=lambda row: row["BridgeModificationTimestamp"])
        at = int(asked.query.get("$skip", 0))
        body = {"value": rows[at : at + 2]}
        if at + 2 < len(rows):
            query = re.sub(r"&?\$skip=\d+", "", asked.target.partition("?")[2])
            body["@odata.nextLink"] = f"{self.url}{asked.path}?{query}&$skip={at + 2}&access_token={TOKEN}"
        return Reply(body)


def load(vendor: Bridge, checkpoint: dict | None = None, **options) -> tuple[list, dict, list]:
    with serving(vendor) as server:
        vendor.url = server.url.removesuffix("/v1/")
        one = visit(server.url, checkpoint, **options)
        items = [item for page in ZILLOW.fetch(one) for item in ZILLOW.conform(page, one)]
    return items, json.loads(json.dumps(one.next_checkpoint)), server.asked


def reviews_of(items: list) -> list[dict]:
    return [records.coerce(item.kind, item.values) for item in items if isinstance(item, Record)]


def town() -> Bridge:
    people = [
        reviewee("A", "Somebody Else", "ana@town.example"),
        reviewee("B", "Ben  ITO"),
        reviewee("C1", "Cleo Smith", "cleo@elsewhere.example"),
        reviewee("C2", "Cleo Smith"),
        reviewee("Z", "Ana O'Brien", "another@ana.example"),
    ]
    people[1]["RevieweeFullName"] = "Ben Ito"
    return Bridge(people, [review(f"r{key}{number}", key, number) for key in ("A", "B", "C1", "C2", "Z") for number in range(1, 6)])


def test_a_reviewee_is_an_agent_by_mail_then_by_a_name_nobody_else_bears():
    items, checkpoint, asked = load(town())
    whose = {row["record_id"]: row["subject_agent_id"] for row in reviews_of(items)}
    assert whose == {f"r{key}{number}": agent for key, agent in (("A", "ana"), ("B", "ben")) for number in range(1, 6)}
    assert {row["subject_type"] for row in reviews_of(items)} == {"agent"}
    told = [(item.rule, item.record_id) for item in items if isinstance(item, Refusal)]
    assert told == [("ambiguous_reviewee", "C1"), ("ambiguous_reviewee", "C2")]
    assert checkpoint["watermark"] == "2026-01-05T00:00:00.000Z"
    assert not any(TOKEN in one.target for one in asked)
    assert "O''Brien" in asked[0].query["$filter"]


def test_options_say_whose_a_profile_is():
    items, _, _ = load(town(), reviewees={"C2": "cleo", "C1": "team"})
    whose = {(row["record_id"][:3], row["subject_type"], row["subject_agent_id"]) for row in reviews_of(items)}
    assert {("rC2", "agent", "cleo"), ("rC1", "team", None)} <= whose
    assert not [item for item in items if isinstance(item, Refusal)]
    with pytest.raises(ConfigError, match=r"reviewees wants.*ana, ben, cleo, team"):
        load(town(), reviewees={"C2": "nobody"})


def test_the_next_visit_asks_for_what_changed_and_a_new_profile_is_read_in_full():
    vendor = town()
    _, checkpoint, _ = load(vendor)
    vendor.tables["/v1/Reviews"][0] |= {"BridgeModificationTimestamp": "2026-02-01T00:00:00.000Z", "Description": "Updated."}
    vendor.tables["/v1/Reviewees"].pop(2)  # now one Cleo Smith is left
    items, again, _ = load(vendor, checkpoint)
    found = {row["record_id"]: row["text"] for row in reviews_of(items)}
    assert found["rA1"] == "Updated." and set(found) == {"rA1", "rA5", "rB5", *(f"rC2{number}" for number in range(1, 6))}
    assert again["watermark"] == "2026-02-01T00:00:00.000Z"


def test_a_review_that_zillow_takes_down_is_deleted_and_one_it_shows_again_returns():
    vendor = town()
    vendor.tables["/v1/Reviewees"][0]["ReviewCount"] = 5
    _, checkpoint, asked = load(vendor)
    rows = vendor.tables["/v1/Reviews"]
    gone = rows.pop(2)
    vendor.tables["/v1/Reviewees"][0]["ReviewCount"] = 4
    items, checkpoint, _ = load(vendor, checkpoint)
    assert [row["record_id"] for row in reviews_of(items) if row["is_deleted"]] == ["rA3"]
    items, checkpoint, asked = load(vendor, checkpoint)
    assert not [row for row in reviews_of(items) if row["is_deleted"]]
    assert not any(one.query.get("$select") for one in asked)
    rows.append(gone | {"BridgeModificationTimestamp": "2026-03-01T00:00:00.000Z"})
    items, checkpoint, _ = load(vendor, checkpoint)
    (back,) = [row for row in reviews_of(items) if row["record_id"] == "rA3"]
    assert (back["is_deleted"], back["modified_at"]) == (False, NOW)
    assert checkpoint["reviewees"]["A"]["gone"] == []


def test_a_timestamp_from_the_future_hides_nothing():
    vendor = town()
    vendor.tables["/v1/Reviews"][0]["BridgeModificationTimestamp"] = "2099-01-01T00:00:00.000Z"
    _, checkpoint, _ = load(vendor)
    assert checkpoint["reviewees"]["A"]["watermark"] == "2026-01-05T00:00:00.000Z"


def test_a_limit_is_waited_for_and_a_wrong_token_is_told_without_it():
    vendor = town()
    limit = {"Application-RateLimit-Limit": "5000", "Application-RateLimit-Remaining": "0", "Application-RateLimit-Reset": "0"}
    left = [Reply({"error": {"code": "429", "message": "Too many requests"}}, 429, limit)]
    with serving(lambda asked: left.pop() if left else vendor(asked)) as server:
        vendor.url = server.url.removesuffix("/v1/")
        assert len(list(ZILLOW.fetch(visit(server.url)))) > 3
    with serving(vendor) as server:
        one = visit(server.url)
        one.credentials = Credentials(host=server.url, password="another-token-2")
        with pytest.raises(CredentialsError, match="Invalid credentials") as caught:
            list(ZILLOW.fetch(one))
        assert "another-token-2" not in str(caught.value)
        one.credentials = Credentials(host=server.url)
        with pytest.raises(CredentialsError, match="server token"):
            list(ZILLOW.fetch(one))


def test_links_that_lead_away_or_in_circles_are_refused():
    for link, words in (("http://127.0.0.2:9/Reviewees?$skip=2", "leads away"), ("Reviewees?$skip=2", "circles")):
        answer = Reply({"value": [], "@odata.nextLink": link})
        with serving(lambda asked, answer=answer: answer) as server, pytest.raises(UnreadableError, match=words):
            list(ZILLOW.fetch(visit(server.url)))


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2025-02-03T10:00:00.000Z", dt.datetime(2025, 2, 3, 10, tzinfo=dt.UTC)),
        ("2025-02-03", dt.datetime(2025, 2, 3, tzinfo=dt.UTC)),
        ("2025-02-03T10:00:00", dt.datetime(2025, 2, 3, 10, tzinfo=dt.UTC)),
        (None, None),
    ],
)
def test_a_day_is_a_day_and_a_time_without_zone_is_utc(written, moment):
    (item,) = ZILLOW.conform(Page("Reviews", "x.json", {"value": [review("r", "A", ReviewDate=written)]}), visit())
    assert records.coerce("review", item.values)["occurred_at"] == moment


def test_saved_answers_know_their_agents_whatever_the_files_are_called(tmp_path):
    (tmp_path / "1_reviews.json").write_text(json.dumps({"value": [review("r1", "A"), review("r2", "X"), {"Rating": 3}, "rubbish"]}))
    expanded = reviewee("B", "Ben Ito") | {"Reviews": [{**review("r3", "B"), "RevieweeKey": None}, review("r4", "B", ReviewDate="soon")]}
    (tmp_path / "2_reviewees.json").write_text(json.dumps({"value": [reviewee("A", "x", "ANA@town.example"), expanded, 7]}))
    (tmp_path / "3_reviews.json").write_text(json.dumps({"value": []}))
    items = list(ZILLOW.read(tmp_path, visit()))
    assert {row["record_id"]: row["subject_agent_id"] for row in reviews_of(items)} == {"r1": "ana", "r2": None, "r3": "ben"}
    assert reviews_of(items)[-1]["source_file"] == "1_reviews.json"
    rules = sorted(item.rule for item in items if isinstance(item, Refusal))
    assert rules == ["unreadable_review"] * 3 + ["unreadable_reviewee"]
    (tmp_path / "other.json").write_text(json.dumps({"value": [{"ListingKey": "1"}]}))
    with pytest.raises(UnreadableError, match="no page of Zillow"):
        list(ZILLOW.read(tmp_path / "other.json", visit()))


LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
JSON = st.recursive(LEAVES, lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(max_size=8), x, max_size=3), max_leaves=6)
FIELDS = ["ReviewKey", "ReviewId", "RevieweeKey", "RevieweeEmail", "RevieweeFullName", "Rating", "ReviewDate", "Description", "Reviews"]


@given(st.dictionaries(st.sampled_from([*FIELDS, "ReviewerFullName", "BridgeModificationTimestamp", "RevieweeProfileURL"]), JSON))
def test_nothing_that_an_answer_may_hold_raises(item):
    one = visit()
    found = [
        *ZILLOW.conform(Page("Reviewees", "https://x.example", {"value": [item]}), one),
        *ZILLOW.conform(Page("Reviews", "https://x.example", {"value": [item]}), one),
    ]
    assert all(isinstance(each, (Record, Refusal)) for each in found) and found
