"""What a visit to an MLS says of deletions and missed rows, and what it does without a watermark: a real server on this machine."""

import datetime as dt
import re
from typing import Any

import pytest

from commonground.config import Credentials, Feed, Market
from commonground.errors import UnreadableError
from commonground.sources.base import Known, Page, Record, Visit
from commonground.sources.mls.reso import Reso
from vendor_server import Asked, Reply, serving

NOW = dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC)
OLD = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
MARKET = Market.model_validate(
    {
        "name": "Testville", "time_zone": "America/Chicago", "state": "IL",
        "service_area": {"latitude": 41.9, "longitude": -87.6, "radius_km": 40}, "agents": [{"agent_id": "ann", "name": "Ann Agent"}],
    }
)  # fmt: skip


class Mls:
    """Homes by key, and other resources by path."""

    def __init__(self, *keys: str) -> None:
        self.homes = dict.fromkeys(keys, "2026-06-01T12:00:00.000Z")
        self.taken_back: set[str] = set()
        self.others: dict[str, Any] = {}
        self.status = "Active"

    def answer(self, asked: Asked) -> Reply:
        path = asked.path.removeprefix("/v1/")
        if path in self.others:
            return self.others[path] if isinstance(self.others[path], Reply) else Reply({"value": self.others[path]})
        if match := re.fullmatch(r"Property\('(\w+)'\)", path):
            return Reply(self.row(match[1])) if match[1] in self.homes else Reply({"error": {"message": "gone"}}, 404)
        if path != "Property":
            return Reply({"error": {"message": "no such resource"}}, 404)
        rows = [self.row(key) for key in sorted(self.homes)]
        if "MlgCanView eq true" in asked.query.get("$filter", ""):
            rows = [row for row in rows if row["MlgCanView"]]
        for bound, value in re.findall(r"ModificationTimestamp (ge|le) (\S+)", asked.query.get("$filter", "")):
            rows = [
                row for row in rows if (row["ModificationTimestamp"] >= value if bound == "ge" else row["ModificationTimestamp"] <= value)
            ]
        return Reply({"value": rows})

    def row(self, key: str) -> dict[str, Any]:
        return {"ListingKey": key, "StandardStatus": self.status, "ModificationTimestamp": self.homes[key]} | {
            "MlgCanView": key not in self.taken_back
        }


def visit_of(
    url: str, known: list[str] | None = None, checkpoint: dict[str, Any] | None = None, refused: tuple[str, ...] = (), **options: Any
) -> Visit:
    feed = Feed(name="mls", source="reso", url=url, options={"resources": ["Property"], "per_second": 0, **options})
    visit = Visit(feed, MARKET, NOW, credentials=Credentials(password="secret-token"), checkpoint=checkpoint or {})
    if known is not None:
        visit.known = lambda kind: Known(dict.fromkeys(known, OLD), refused=frozenset(refused)) if kind == "listing" else Known()
    return visit


def fetched(visit: Visit) -> list[Page]:
    return list(Reso().fetch(visit))


def gone(visit: Visit, pages: list[Page]) -> list[str]:
    items = [item for page in pages for item in Reso().conform(page, visit)]
    return [item.values["record_id"] for item in items if isinstance(item, Record) and item.values["is_deleted"]]


LATER = {"watermark": {"Property": "2026-06-02T00:00:00.000Z"}}


def test_a_listing_that_vanished_is_deleted_as_of_the_version_we_know():
    mls = Mls("A", "B")
    with serving(mls.answer) as server:
        visit = visit_of(server.url, ["A", "B", "C"], LATER)
        pages = fetched(visit)
        assert gone(visit, pages) == ["C"]
        deleted = [row for page in pages for row in page.body["value"] if "@removed" in row]
        assert deleted[0]["ModificationTimestamp"] == OLD.isoformat()


def test_too_much_gone_deletes_nothing_and_says_how_much():
    mls = Mls("A")
    with serving(mls.answer) as server, pytest.raises(UnreadableError, match="30 of 31 Property records are missing"):
        fetched(visit_of(server.url, ["A", *(f"K{n}" for n in range(30))], LATER))


def test_what_one_scan_missed_is_not_gone_if_the_next_one_has_it():
    mls = Mls("A", "B")
    scans = []

    def forgetful(asked: Asked) -> Reply:
        reply = mls.answer(asked)
        if asked.query.get("$select"):
            scans.append(asked)
            if len(scans) == 1:
                reply.body["value"] = reply.body["value"][:1]
        return reply

    with serving(forgetful) as server:
        visit = visit_of(server.url, ["A", "B"], LATER, next_style="body")
        assert gone(visit, fetched(visit)) == []
    assert len(scans) == 2


def test_a_server_that_will_not_list_its_keys_costs_no_rows_and_is_noted():
    mls = Mls("A")

    def stubborn(asked: Asked) -> Reply:
        return Reply({"error": {"message": "$select is not for you"}}, 400) if "$select" in asked.query else mls.answer(asked)

    with serving(stubborn) as server:
        visit = visit_of(server.url, ["A", "B"], may_ask_less=False)
        assert gone(visit, fetched(visit)) == []
    assert "not for you" in visit.next_checkpoint["missing"]["keys of Property"]


def test_a_row_we_never_got_is_fetched_and_one_in_quarantine_is_not_asked_for_again():
    mls = Mls("A", "B", "C")
    with serving(mls.answer) as server:
        pages = fetched(visit_of(server.url, ["A"], LATER, refused=("C",), overlap_minutes=0))
        assert [row["ListingKey"] for page in pages for row in page.body["value"]].count("B") == 1
        windows = [asked.query["$filter"] for asked in server.asked if " le " in asked.query.get("$filter", "")]
        assert windows == ["ModificationTimestamp ge 2026-06-01T12:00:00.000Z and ModificationTimestamp le 2026-06-01T12:00:00.001Z"]


def test_a_row_that_is_newer_there_is_fetched():
    mls = Mls("A", "B")
    mls.homes["B"] = "2026-06-01T13:00:00.000Z"
    with serving(mls.answer) as server:
        pages = fetched(visit_of(server.url, ["A", "B"], LATER))
    assert [row["ListingKey"] for page in pages for row in page.body["value"]] == ["B"]


class Moving(Mls):
    """A server of pages by `$skip` whose homes change while they are read: after the answers of these numbers, these homes."""

    def __init__(self, *keys: str, changes: dict[int, tuple[str, ...]], largest_top: int = 2) -> None:
        super().__init__(*keys)
        self.changes, self.largest_top, self.answers = changes, largest_top, 0

    def answer(self, asked: Asked) -> Reply:
        size, start = int(asked.query.get("$top", "0")), int(asked.query.get("$skip", "0"))
        is_keys_only = asked.query.get("$select") == "ListingKey"
        if asked.path.endswith("Property") and size > self.largest_top and not is_keys_only:
            return Reply({"error": {"message": f"$top is at most {self.largest_top}"}}, 400)
        reply = super().answer(asked)
        if reply.status == 200 and asked.path.endswith("Property"):
            rows = sorted(reply.body["value"], key=lambda row: (row["ModificationTimestamp"], row["ListingKey"]))
            fields = asked.query.get("$select", "").split(",")
            shown = [{name: row[name] for name in fields if name in row} or row for row in rows[start : start + size]]
            reply = Reply({"value": shown})
            if start + size < len(rows):
                query = "&".join(f"{name}={value}" for name, value in (asked.query | {"$skip": str(start + size)}).items())
                reply.body["@odata.nextLink"] = f"{asked.path}?{query}"
        self.answers += 1
        for number, key in enumerate(self.changes.get(self.answers, ())):
            self.homes[key] = f"2026-11-20T12:00:{self.answers:02d}.{number:03d}Z"
        return reply


def newest_of(pages: list[Page]) -> dict[str, str]:
    """What a faithful reader of the pages knows of each home."""
    rows = [row for page in pages for row in page.body["value"]]
    return {
        key: max(row["ModificationTimestamp"] for row in rows if row["ListingKey"] == key) for key in {row["ListingKey"] for row in rows}
    }


@pytest.mark.parametrize("profile", ["plain", "trestle"])
def test_a_row_that_moved_while_a_first_load_walked_is_fetched_in_its_newest_version(profile: str):
    # A was read and moves to the end; then two others move there too, which shifts A to a place that is already passed
    mls = Moving("A", "B", "C", "D", "E", "F", changes={1: ("A",), 2: ("B", "C")})
    with serving(mls.answer) as server:
        visit = visit_of(server.url, [], profile=profile, page_style="top", page_size=2, per_minute=0, per_hour=0, token_url=None)
        assert newest_of(fetched(visit)) == mls.homes
    assert "unsure" not in visit.next_checkpoint


FLAGS = {"profile": "mlsgrid", "originating_system": "Town", "per_hour": 0, "per_day": 0, "bytes_per_hour": 0, "page_size": 2}


def test_a_home_that_is_told_to_be_gone_on_a_place_already_passed_is_deleted():
    mls = Moving("B", "C", "A", "D", "E", "F", changes={1: ("B",)})
    mls.homes = {key: f"2026-06-03T12:00:0{number}.000Z" for number, key in enumerate(mls.homes)}
    mls.taken_back.add("A")
    with serving(mls.answer) as server:
        visit = visit_of(server.url, ["A"], LATER, **FLAGS, key_page_size=2)
        assert gone(visit, fetched(visit)) == ["A"]


def test_a_home_that_goes_while_the_first_load_reads_on_is_deleted_by_the_next_visit():
    mls = Moving("A", "B", "C", "D", changes={1: ("A",), 2: ("D",)})
    mls.homes |= {"D": "2026-11-22T12:00:00.000Z"}
    mls.taken_back.add("A")

    def answer(asked: Asked) -> Reply:
        mls.taken_back = {"A"} if mls.answers else set()  # it goes after the first page
        reply = mls.answer(asked)
        reply.headers["Date"] = "Fri, 20 Nov 2026 11:59:00 GMT"
        return reply

    with serving(answer) as server:
        first = visit_of(server.url, None, **FLAGS)
        assert gone(first, fetched(first)) == []
        second = visit_of(server.url, ["A", "B", "C", "D"], first.next_checkpoint, **FLAGS, key_page_size=2)
        assert gone(second, fetched(second)) == ["A"]


def test_a_home_that_goes_while_the_first_load_reads_on_is_deleted_at_once_if_the_load_looks_again():
    mls = Moving("A", "B", "C", "D", changes={1: ("A",)})

    def answer(asked: Asked) -> Reply:
        mls.taken_back = {"A"} if mls.answers else set()
        return mls.answer(asked)

    with serving(answer) as server:
        visit = visit_of(server.url, [], **FLAGS, key_page_size=2)
        pages = fetched(visit)
    assert [row["ListingKey"] for row in pages[0].body["value"]] == ["A", "B"]
    assert gone(visit, pages) == ["A"]


def test_rows_that_move_while_others_are_repaired_are_looked_for_again():
    keys = [f"K{number:02d}" for number in range(12)]
    mls = Moving(*keys, changes={number: (key,) for number, key in enumerate(keys * 2, 1)})
    with serving(mls.answer) as server:
        visit = visit_of(server.url, [], page_style="top", page_size=2)
        pages = fetched(visit)
    assert "unsure" not in visit.next_checkpoint or newest_of(pages) != mls.homes
    with serving(mls.answer) as server:  # it is quiet now
        again = visit_of(server.url, [], visit.next_checkpoint, page_style="top", page_size=2, overlap_minutes=0)
        pages += fetched(again)
    assert newest_of(pages) == mls.homes
    assert "unsure" not in again.next_checkpoint


def test_a_server_that_counts_only_so_far_is_walked_to_its_end():
    mls = Moving(changes={})
    mls.homes = {f"K{number:02d}": f"2026-06-01T12:00:{number:02d}.000Z" for number in range(20)}

    def shallow(asked: Asked) -> Reply:
        deep = int(asked.query.get("$skip", "0")) > 4
        return Reply({"error": {"message": "too deep"}}, 400) if deep else mls.answer(asked)

    with serving(shallow) as server:
        assert newest_of(fetched(visit_of(server.url, None, page_style="top", page_size=2))) == mls.homes


def test_keys_are_compared_no_more_often_than_wanted():
    mls = Mls("A")
    lately = LATER | {"compared": {"Property": (NOW - dt.timedelta(hours=5)).isoformat()}}
    with serving(mls.answer) as server:
        visit = visit_of(server.url, ["A", "B"], lately, reconcile_hours=20)
        assert gone(visit, fetched(visit)) == []
        visit = visit_of(server.url, ["A", "B"], lately, reconcile_hours=20)
        visit.is_reconciling = True
        assert gone(visit, fetched(visit)) == ["B"]
        visit = visit_of(server.url, ["A", "B"], lately, reconcile_hours=4)
        assert gone(visit, fetched(visit)) == ["B"]


def test_entity_events_are_followed_by_sequence_and_a_record_that_is_not_found_is_gone():
    mls = Mls("A", "B")
    mls.others["EntityEvent"] = [{"EntityEventSequence": 7, "ResourceName": "Property", "ResourceRecordKey": "B"}]
    with serving(mls.answer) as server:
        visit = visit_of(server.url, ["A", "B"], delete_style="entity_event")
        fetched(visit)
        assert visit.next_checkpoint["event"] == 7
        del mls.homes["B"]
        mls.others["EntityEvent"] = [
            {"EntityEventSequence": 9, "ResourceName": "Property", "ResourceRecordKey": "A"},
            {"EntityEventSequence": 12, "ResourceName": "Property", "ResourceRecordKey": "B"},
        ]
        later = visit_of(server.url, ["A", "B"], visit.next_checkpoint, delete_style="entity_event")
        assert gone(later, fetched(later)) == ["B"]
        assert later.next_checkpoint["event"] == 12
        assert [asked.query.get("$filter") for asked in server.asked if asked.path.endswith("EntityEvent")][
            -1
        ] == "EntityEventSequence gt 7"


def test_an_event_of_a_record_that_never_stood_here_deletes_nothing_and_others_as_of_our_version():
    mls = Mls("A")
    mls.others["EntityEvent"] = [
        {"EntityEventSequence": number, "ResourceName": "Property", "ResourceRecordKey": key} for number, key in ((8, "B"), (9, "N"))
    ]
    with serving(mls.answer) as server:
        pages = fetched(visit_of(server.url, ["A", "B"], {**LATER, "event": 7}, delete_style="entity_event"))
    told = {row["ListingKey"]: row["ModificationTimestamp"] for page in pages for row in page.body["value"] if "@removed" in row}
    assert told == {"B": OLD.isoformat()}


def test_a_key_that_is_listed_and_not_found_is_not_gone():
    def shy(asked: Asked) -> Reply:
        keys = [{"ListingKey": "A"}, {"ListingKey": "B"}]
        return Reply({"value": keys if "$select" in asked.query else []}, 200 if asked.path.endswith("Property") else 404)

    with serving(shy) as server:
        visit = visit_of(server.url, ["A"], LATER, profile="trestle")
        assert [row for page in fetched(visit) for row in page.body["value"]] == []


def test_a_resource_of_deletions_tells_what_is_gone_unless_it_came_back():
    mls = Mls("A", "B")
    mls.others["Deleted"] = [
        {"resource": "Property", "primary_key": "X", "ts": "2026-11-22T10:00:00Z"},
        {"resource": "Property", "primary_key": "A", "ts": "2026-05-01T10:00:00Z"},
        {"resource": "Media", "primary_key": "B", "ts": "2026-11-22T10:00:00Z"},
    ]
    names = {"resource": "resource", "key": "primary_key", "at": "ts"}
    with serving(mls.answer) as server:
        visit = visit_of(server.url, ["X"], delete_style="deleted_resource", deleted_fields=names)
        assert gone(visit, fetched(visit)) == ["X"]
        assert visit.next_checkpoint["deleted"] == "2026-11-22T10:00:00.000Z"


@pytest.mark.parametrize(
    "lost", [{"watermark": {"Property": ""}}, {"watermark": {"Property": "yesterday"}}, {"loaded": {"Property": True}}]
)
def test_a_lost_watermark_never_asks_for_everything_in_silence(lost: dict[str, Any]):
    mls = Mls("A")
    with serving(mls.answer) as server:
        with pytest.raises(UnreadableError, match="would ask for everything again"):
            fetched(visit_of(server.url, checkpoint=lost))
        assert server.asked == []


def test_a_row_from_tomorrow_hides_no_change_until_then():
    mls = Mls("A", "B")
    mls.homes["B"] = "2026-11-23T20:00:00.000Z"  # eighteen hours ahead of both clocks

    def dated(asked: Asked) -> Reply:
        reply = mls.answer(asked)
        reply.headers["Date"] = "Mon, 23 Nov 2026 02:00:05 GMT"
        return reply

    with serving(dated) as server:
        first = visit_of(server.url, delete_style="flag")
        fetched(first)
        assert first.next_checkpoint["watermark"] == {"Property": "2026-11-23T02:00:05.000Z"}
        later = {"watermark": {"Property": "2026-11-23T20:00:00.000Z"}}  # as an earlier version of ours may have left it
        for checkpoint in (first.next_checkpoint, later):
            mls.homes["A"] = "2026-11-23T02:30:00.000Z"
            pages = fetched(visit_of(server.url, checkpoint=checkpoint, delete_style="flag"))
            assert {row["ListingKey"] for page in pages for row in page.body["value"]} == {"A", "B"}


def test_an_empty_first_load_is_a_first_load_again():
    mls = Mls()
    with serving(mls.answer) as server:
        visit = visit_of(server.url)
        fetched(visit)
        mls.homes["A"] = "2026-06-01T12:00:00.000Z"
        assert [
            row["ListingKey"] for page in fetched(visit_of(server.url, checkpoint=visit.next_checkpoint)) for row in page.body["value"]
        ] == ["A"]


METADATA = """<?xml version="1.0"?><edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
<Schema Namespace="navica" xmlns="http://docs.oasis-open.org/odata/ns/edm">
<EntityType Name="Property"><Property Name="StandardStatus" Type="navica.Codes"/></EntityType>
<EnumType Name="Codes">
<Member Name="X" Value="1"><Annotation Term="RESO.OData.Metadata.StandardName" String="Expired"/></Member>
<Member Name="T" Value="2"><Annotation Term="Core.Description"><String>Withdrawn</String></Annotation></Member>
<Member Name="U" Value="3"><Annotation Term="RESO.OData.Metadata.StandardName" String="Active Under Contract - an offer was accepted"/></Member>
<Member Name="Z" Value="4"/><Member Name="H" Value="5"/>
</EnumType></Schema><Schema Namespace="more" xmlns="http://docs.oasis-open.org/odata/ns/edm"><Annotations Target="navica.Codes/H">
<Annotation Term="RESO.OData.Metadata.StandardName" String="Hold"/></Annotations></Schema></edmx:DataServices></edmx:Edmx>"""


@pytest.mark.parametrize(("code", "status"), [("X", "Expired"), ("T", "Withdrawn"), ("U", "Active Under Contract"), ("H", "Hold")])
def test_a_code_means_what_the_server_s_own_metadata_says(code: str, status: str):
    mls = Mls("A")
    mls.status, mls.others["$metadata"] = code, Reply(METADATA.encode())
    with serving(mls.answer) as server:
        visit = visit_of(server.url)
        listings = [item for page in fetched(visit) for item in Reso().conform(page, visit)]
        assert listings[0].values["StandardStatus"] == status
        assert visit.next_checkpoint["words"][code] == status
        asked = len(server.asked)
        later = visit_of(server.url, checkpoint=visit.next_checkpoint)
        fetched(later)
        assert not any(one.path.endswith("$metadata") for one in server.asked[asked:])


def test_the_lookup_resource_explains_what_metadata_does_not():
    mls = Mls("A")
    mls.status = "P"
    mls.others["Lookup"] = [{"LookupName": "StandardStatus", "LookupValue": "P", "StandardLookupValue": "Pending"}]
    with serving(mls.answer) as server:
        visit = visit_of(server.url)
        listings = [item for page in fetched(visit) for item in Reso().conform(page, visit)]
    assert listings[0].values["StandardStatus"] == "Pending"


def test_lookups_are_read_page_by_page_as_the_vendor_wants_to_be_asked():
    mls, rows = Mls("A"), [{"LookupName": "StandardStatus", "LookupValue": f"X{n}", "StandardLookupValue": "Active"} for n in range(10)]
    mls.status = "P"

    def paged(asked: Asked) -> Reply:
        if not asked.path.endswith("Lookup"):
            return mls.answer(asked)
        if "page" in asked.query:
            return Reply({"value": [{"LookupName": "x.StandardStatus", "LegacyOdataValue": "P", "LookupValue": "Pending"}]})
        is_wanted = asked.query["$filter"] == "OriginatingSystemName eq 'mine' and LookupName eq 'StandardStatus'"
        return Reply({"value": rows, "@odata.nextLink": "Lookup?page=2"}) if is_wanted else Reply({"error": "no"}, 400)

    with serving(paged) as server:
        visit = visit_of(server.url, fixed_filter="OriginatingSystemName eq {originating_system}", originating_system="mine")
        listings = [item for page in fetched(visit) for item in Reso().conform(page, visit)]
    assert listings[0].values["StandardStatus"] == "Pending"


@pytest.mark.parametrize(
    "metadata", [Reply(METADATA.replace('<?xml version="1.0"?>', '<!DOCTYPE x [<!ENTITY a "b">]>').encode()), Reply(b"<no"), Reply({}, 404)]
)
def test_a_code_that_nothing_explains_goes_to_quarantine(metadata: Reply):
    mls = Mls("A")
    mls.status, mls.others["$metadata"] = "Q", metadata
    with serving(mls.answer) as server:
        visit = visit_of(server.url)
        items = [item for page in fetched(visit) for item in Reso().conform(page, visit)]
    assert [item.rule for item in items] == ["unknown_status"]


def test_the_next_link_may_call_this_machine_by_another_name():
    mls = Mls("A")

    def aliased(asked: Asked) -> Reply:
        if "page" in asked.query:
            return Reply({"value": [mls.row("A")]})
        return Reply({"value": [], "@odata.nextLink": f"http://localhost:{asked.headers['Host'].rpartition(':')[2]}/v1/Property?page=2"})

    with serving(aliased) as server:
        assert [len(page.body["value"]) for page in fetched(visit_of(server.url))] == [0, 1]
        assert server.asked[-1].headers["Authorization"] == "Bearer secret-token"
