"""Servers that keep to RESO Web API Core, each in its own way, and the plain profiles: the copy ends equal to the server, row for row."""

import datetime as dt
import functools
import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from commonground.config import Credentials, Feed, Market
from commonground.errors import CredentialsError, UnreadableError
from commonground.sources.base import Known, Record, Visit
from commonground.sources.http import HttpClient
from commonground.sources.mls import replicate
from commonground.sources.mls.reso import Reso
from reference_server import EXPRESS, OLINGO, TABLES, TOKEN, Manners, ReferenceServer, zulu
from vendor_server import serving

NOW = dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC)
BEGIN = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
AREA = {"latitude": 41.9, "longitude": -87.6, "radius_km": 40}
MARKET = Market.model_validate(
    {"name": "Testville", "time_zone": "UTC", "state": "IL", "service_area": AREA, "agents": [{"agent_id": "ann", "name": "Ann Agent"}]}
)
STATUSES = ("Active", "Active Under Contract", "Coming Soon", "Pending", "Withdrawn", "Hold", "Expired", "Canceled", "Incomplete", "Closed")
LETTERS = dict(zip(STATUSES, "ABCDEFGHIJ", strict=True))
EDM = "http://docs.oasis-open.org/odata/ns/edm"
METADATA = f"""<?xml version="1.0"?><edmx:Edmx Version="4.0" xmlns:edmx="{EDM}x"><edmx:DataServices>
  <Schema Namespace="org.reso.metadata" xmlns="{EDM}"><EntityType Name="Property">
    <Property Name="StandardStatus" Type="org.reso.metadata.enums.StandardStatus"/></EntityType></Schema>
  <Schema Namespace="org.reso.metadata.enums" xmlns="{EDM}"><EnumType Name="StandardStatus">{"".join(
      f'<Member Name="{LETTERS[name]}" Value="{number}"><Annotation Term="RESO.OData.Metadata.StandardName" String="{name}"/></Member>'
      for number, name in enumerate(STATUSES))}</EnumType></Schema></edmx:DataServices></edmx:Edmx>""".encode()  # fmt: skip


class Copy:
    """What a lake would hold: versions and content by record, the checkpoint of the last whole visit."""

    def __init__(self, url: str, credentials: Credentials, options: dict[str, Any]) -> None:
        options = {"per_second": 0, **options}
        self.feed, self.credentials = Feed(name="mls", source="reso", url=url, connection="mls", options=options), credentials
        self.rows: dict[str, dict[str, Record]] = {"listing": {}, "membership": {}}
        self.checkpoint: dict[str, Any] = {}

    def visit(self) -> None:
        source, visit = Reso(), Visit(self.feed, MARKET, NOW, credentials=self.credentials, checkpoint=self.checkpoint)
        visit.known = self.known
        for page in source.fetch(visit):
            for item in source.conform(page, visit):
                assert isinstance(item, Record), item
                self._keep(item)
        self.checkpoint = dict(visit.next_checkpoint)

    def _keep(self, item: Record) -> None:
        rows, key = self.rows.get(item.kind, {}), item.values["record_id"]
        if key in rows and rows[key].values["modified_at"] > item.values["modified_at"]:
            return
        rows[key] = item

    def known(self, kind: str) -> Known:
        versions = [
            {key: row.values["modified_at"] for key, row in self.rows.get(kind, {}).items() if row.values["is_deleted"] is is_deleted}
            for is_deleted in (False, True)
        ]
        return Known(versions[0], gone=versions[1])

    def homes(self) -> dict[str, tuple[Any, ...]]:
        standing = {key: row for key, row in self.rows["listing"].items() if not row.values["is_deleted"]}
        return {key: tuple(row.values[name] for name in _COMPARED) for key, row in standing.items()}


_COMPARED = ("ListPrice", "StandardStatus", "modified_at")


def filled(manners: Manners) -> ReferenceServer:
    """Homes in no order of time; twenty-five share one moment, more than most pages hold."""
    server, numbers = ReferenceServer(manners), list(range(70))
    random.Random(3).shuffle(numbers)
    for number in numbers:
        server.put("Property", home(number, 1000.0 + number, number, BEGIN + dt.timedelta(minutes=max(0, number - 25))))
    for number in range(7):
        server.put("Member", {"MemberKey": f"M{number}", "MemberFullName": f"Agent {number}", "ModificationTimestamp": BEGIN})
    return server


def home(number: int, price: float, status: int, at: dt.datetime) -> dict[str, Any]:
    return {"ListingKey": f"K{number:04d}", "ListPrice": price, "StandardStatus": STATUSES[status % 10], "ModificationTimestamp": at}


def change(server: ReferenceServer) -> None:
    later = BEGIN + dt.timedelta(days=1)
    for number in range(0, 40, 2):
        server.put("Property", home(number, 5000.0 + number, number + 1, later + dt.timedelta(milliseconds=number)))
    for number in (3, 5, 69):
        del server.rows["Property"][f"K{number:04d}"]
    server.put("Property", home(9999, 1.5, 0, later))


def of(server: ReferenceServer) -> dict[str, tuple[Any, ...]]:
    return {key: (row["ListPrice"], row["StandardStatus"], row["ModificationTimestamp"]) for key, row in server.rows["Property"].items()}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(replicate, "HttpClient", functools.partial(HttpClient, backoff_seconds=0.001, limit_wait_seconds=0.001))
    yield


def assert_copied(manners: Manners, credentials: Credentials | None = None, most_requests: int = 300, **options: Any) -> None:
    peer = filled(manners)
    with serving(peer.answer) as server:
        copy = Copy(server.url, credentials or Credentials(password=TOKEN), {**options})
        for meanwhile in (None, change, None):
            if meanwhile:
                meanwhile(peer)
            copy.visit()
            assert copy.homes() == of(peer)
            assert copy.rows["membership"].keys() == {f"Member:{key}" for key in peer.rows["Member"]}
        assert {"Office", "OpenHouse"} <= copy.checkpoint["missing"].keys()
    assert len(peer.asked) <= most_requests, "questions without end"


@pytest.mark.parametrize("profile", ["plain", "plain-2.0"])
@pytest.mark.parametrize("manners", [OLINGO, EXPRESS, TABLES], ids=["olingo", "express", "tables"])
def test_the_standard_body_s_reference_servers_are_copied(manners: Manners, profile: str) -> None:
    assert_copied(manners, profile=profile)


CORE = Manners()
PAGING = {
    "links with full pages": replace(CORE, links="full"),
    "links without end": replace(CORE, links="always"),
    "links without end and no count": replace(CORE, links="always", counts="not at all"),
    "no links": replace(CORE, links="none"),
    "no links and pages smaller than asked": replace(CORE, links="none", page=11),
    "no links and deaf to Prefer": replace(CORE, links="none", page=13, page_by="top"),
    "all at once": replace(CORE, links="none", page_by="whole"),
    "all at once and no $skip": replace(CORE, links="none", page_by="whole", refuses_skip=501, page=1000),
    "deaf to $top": replace(CORE, page_by="prefer"),
    "relative links": replace(CORE, link_form="relative"),
    "links that are a query": replace(CORE, link_form="query"),
    "links from the root": replace(CORE, link_form="path"),
    "links with everything encoded": replace(CORE, link_form="encoded"),
    "links with nothing encoded": replace(CORE, link_form="plain"),
}
REFUSING = {
    "one key to order by": replace(CORE, orders=1, refuses_more_orders=400),
    "no order": replace(CORE, orders=0, refuses_more_orders=501),
    "no order and not a word": replace(CORE, orders=0),
    "no selection": replace(CORE, refuses_select=400),
    "neither selection nor order": replace(CORE, refuses_select=501, orders=0, refuses_more_orders=400),
    "resources missing as a wrong question": replace(CORE, missing=400),
    "resources missing as not implemented": replace(CORE, missing=501),
}
WIRES = {
    "HTTP/1.0, no zone, OData names": replace(CORE, is_old_http=True, stamp=lambda at: zulu(at)[:-1], status=lambda name: name.replace(" ", "")),
    "chunked, offset zero, hex": replace(
        CORE, is_chunked=True, stamp=lambda at: zulu(at)[:-1] + "+00:00", status=lambda name: "b__" + name.encode().hex()
    ),
    "zipped and chunked, seven digits, OData literals": replace(
        CORE, is_zipped=True, is_chunked=True, stamp=lambda at: zulu(at, 7),
        status=lambda name: f"org.reso.metadata.enums.StandardStatus'{name.replace(' ', '')}'",
    ),
    "offset, letters": replace(
        CORE, stamp=lambda at: at.astimezone(dt.timezone(dt.timedelta(hours=-5))).isoformat(timespec="milliseconds"),
        status=LETTERS.__getitem__, metadata=METADATA,
    ),
    "numbers": replace(CORE, status=lambda name: str(STATUSES.index(name)), metadata=METADATA),
}  # fmt: skip


@pytest.mark.parametrize("manners", PAGING.values(), ids=PAGING)
def test_however_a_server_pages_the_plain_profile_copies_it(manners: Manners) -> None:
    assert_copied(manners, page_size=30)


@pytest.mark.parametrize("name", ["no links and pages smaller than asked", "links without end", "all at once"])
def test_the_profile_of_the_older_standard_counts_whatever_the_links(name: str) -> None:
    assert_copied(PAGING[name], profile="plain-2.0", page_size=30)


@pytest.mark.parametrize("profile", ["plain", "plain-2.0"])
@pytest.mark.parametrize("manners", REFUSING.values(), ids=REFUSING)
def test_what_a_server_refuses_it_is_not_asked_for(manners: Manners, profile: str) -> None:
    assert_copied(manners, profile=profile)


@pytest.mark.parametrize("manners", WIRES.values(), ids=WIRES)
def test_whatever_stands_on_the_wire_the_copy_is_the_same(manners: Manners) -> None:
    assert_copied(manners)


@pytest.mark.parametrize("field", ["access_token", "accessToken"])
@pytest.mark.parametrize("auth", ["form", "basic"])
def test_a_token_is_bought_in_the_form_or_the_header(field: str, auth: Any) -> None:
    credentials = Credentials(login="reso", password="secret-of-reso", extra={"token_url": "token"})
    assert_copied(replace(CORE, token_field=field, token_auth=auth), credentials)


def test_a_wrong_secret_is_said_as_the_server_said_it_first() -> None:
    credentials = Credentials(login="reso", password="wrong", extra={"token_url": "token"})
    with serving(filled(CORE).answer) as server, pytest.raises(CredentialsError, match="401: invalid_client"):
        Copy(server.url, credentials, {}).visit()


def test_rows_are_not_taken_for_all_where_no_more_can_be_asked_for() -> None:
    with serving(filled(replace(CORE, links="none", refuses_skip=501)).answer) as server, pytest.raises(UnreadableError, match=r"\$skip"):
        Copy(server.url, Credentials(password=TOKEN), {"profile": "plain-2.0"}).visit()


def test_rows_that_are_taken_back_to_an_older_version_are_taken_back_here_and_asked_for_once() -> None:
    peer = filled(CORE)
    with serving(peer.answer) as server:
        copy = Copy(server.url, Credentials(password=TOKEN), {"page_size": 30})
        copy.visit()
        peer.rows["Property"]["K0040"] |= {"ListPrice": 77.0, "ModificationTimestamp": BEGIN - dt.timedelta(days=3)}
        lost = peer.rows["Property"].pop("K0050")
        copy.visit()
        assert (copy.homes()["K0040"][0], "K0050" in copy.homes()) == (77.0, False)
        peer.put("Property", lost | {"ListPrice": 78.0, "ModificationTimestamp": BEGIN - dt.timedelta(days=4)})
        copy.visit()
        assert copy.homes()["K0050"][0] == 78.0
        before = len(peer.asked)
        copy.visit()
        windows = [asked for asked in peer.asked[before:] if " le " in asked.query.get("$filter", "")]
        assert (windows, copy.homes()["K0040"][0]) == ([], 77.0)
        peer.rows["Property"]["K0040"] |= {"ListPrice": 79.0, "ModificationTimestamp": BEGIN + dt.timedelta(days=2)}
        copy.visit()
        assert copy.homes()["K0040"][::2] == (79.0, BEGIN + dt.timedelta(days=2))
