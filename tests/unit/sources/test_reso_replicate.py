"""Replicating a RESO Web API: a real server on this machine that pages, filters, refuses and breaks."""

import datetime as dt
import functools
import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from commonground.config import Credentials, Feed, Market
from commonground.errors import CredentialsError, SourceUnavailableError, UnreadableError
from commonground.sources.base import Item, Page, Record, Visit
from commonground.sources.http import HttpClient
from commonground.sources.mls import replicate
from commonground.sources.mls.reso import Reso

FIXTURES = Path(__file__).parents[4] / "shared" / "fixtures" / "mls" / "mlsgrid"
NOW = dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC)
TOKEN = "secret-token-of-this-test"
MARKET = Market.model_validate(
    {
        "name": "Testville",
        "time_zone": "America/Chicago",
        "state": "IL",
        "service_area": {"latitude": 41.9, "longitude": -87.6, "radius_km": 40},
        "agents": [{"agent_id": "ann", "name": "Ann Agent"}],
    }
)
Reply = tuple[int, Any, dict[str, str]]


class Server:
    """A little MLS: rows per resource, the conditions it understands, pages with a next link, and faults to order.

    `replies` are given first, one per request, whatever is asked; a body of bytes is sent as it is.
    """

    def __init__(self) -> None:
        self.resources: dict[str, list[dict[str, Any]]] = {"Property": [], "Member": [], "Office": [], "OpenHouse": []}
        self.tokens = {TOKEN}
        self.replies: list[Reply] = []
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.pages_by_path: dict[str, Any] = {}
        self.next_style = "body"
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append((self.path, dict(self.headers)))
                self._send(*outer.answer(self.path, dict(self.headers)))

            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                outer.asked.append((self.path, {key: value[0] for key, value in form.items()}))
                outer.tokens.add("bought")
                good = form["client_secret"] == ["s3cret-s3cret"]
                self._send(200 if good else 401, {"access_token": "bought"} if good else {"error": "invalid_client"}, {})

            def _send(self, status: int, body: Any, headers: dict[str, str]) -> None:
                content = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", "Content-Length": str(len(content)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self.http.server_port}/odata"
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()

    def answer(self, path: str, headers: dict[str, str]) -> Reply:
        if headers.get("Authorization") not in {f"Bearer {token}" for token in self.tokens}:
            return 401, {"error": {"code": "401", "message": "no such token"}}, {}
        if self.replies:
            return self.replies.pop(0)
        parts = urlsplit(path)
        if (found := self.pages_by_path.get(path.removeprefix("/odata"))) is not None:
            return 200, found, {}
        resource = parts.path.removeprefix("/odata/").split("/")[0]
        if resource not in self.resources:
            return 404, {"error": {"message": f"no resource {resource}"}}, {}
        return self._page(resource, parse_qs(parts.query), headers)

    def _page(self, resource: str, query: dict[str, list[str]], headers: dict[str, str]) -> Reply:
        rows = [row for row in self.resources[resource] if _holds(query.get("$filter", [""])[0], row)]
        if "$orderby" in query:
            rows = sorted(rows, key=lambda row: (row["ModificationTimestamp"], row[query["$orderby"][0].split(",")[1].split()[0]]))
        asked = re.search(r"odata\.maxpagesize=(\d+)", headers.get("Prefer", ""))
        size = int(asked[1]) if asked else int(query.get("$top", ["2"])[0])
        skip = int(query.get("$skip", ["0"])[0])
        page: dict[str, Any] = {"@odata.context": f"{self.base}/$metadata#{resource}", "value": rows[skip : skip + size]}
        if skip + size > len(rows):
            return 200, page, {}
        kept = "".join(f"&{name}={quote(value[0])}" for name, value in query.items() if name != "$skip")
        link = f"{self.base}/{resource}?$skip={skip + size}{kept}"
        if self.next_style == "link_header":
            return 200, page, {"Link": f'<{link}>; rel="next"'}
        return 200, page | {"@odata.nextLink": link}, {}


def _holds(condition: str, row: dict[str, Any]) -> bool:
    """Conjunctions of `Field ge moment`, `Field eq 'text'`, `Field eq true`."""
    for part in filter(None, condition.split(" and ")):
        field, operator, value = part.split(" ", 2)
        if operator == "ge" and not row[field] >= value:
            return False
        if operator == "eq" and str(row.get(field)).lower() != value.strip("'").lower():
            return False
    return True


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    patient = functools.partial(HttpClient, backoff_seconds=0.01, limit_wait_seconds=0.01)
    monkeypatch.setattr(replicate, "HttpClient", patient)
    server = Server()
    yield server
    server.http.shutdown()
    server.http.server_close()


def home(number: int, at: str, **fields: Any) -> dict[str, Any]:
    return {"ListingKey": f"K{number:04d}", "StandardStatus": "Active", "ListPrice": 100 + number, "ModificationTimestamp": at} | fields


def visit_of(server: Server, checkpoint: dict[str, Any] | None = None, credentials: Credentials | None = None, **options: Any) -> Visit:
    options = {"resources": ["Property"], "page_size": 2, "per_second": 0} | options
    feed = Feed(name="mls", source="reso", url=server.base, connection="mls_api", options=options)
    return Visit(feed, MARKET, NOW, credentials=credentials or Credentials(password=TOKEN), checkpoint=checkpoint or {})


def pages(visit: Visit) -> list[Page]:
    return list(Reso().fetch(visit))


def keys(found: list[Page]) -> list[str]:
    return [row["ListingKey"] for page in found for row in page.body["value"]]


def conform(visit: Visit) -> list[Item]:
    return [item for page in Reso().fetch(visit) for item in Reso().conform(page, visit)]


def test_every_page_is_walked_and_the_watermark_is_the_newest_row(server: Server) -> None:
    server.resources["Property"] = [home(n, f"2026-06-01T12:00:0{n}.000Z") for n in range(5)]
    visit = visit_of(server)
    found = pages(visit)
    assert keys(found) == [f"K{n:04d}" for n in range(5)]
    assert visit.next_checkpoint["watermark"] == {"Property": "2026-06-01T12:00:04.000Z"}
    assert all(page.url == f"{server.base}/Property" and "nextLink" not in json.dumps(page.body) for page in found)


def test_the_next_visit_asks_from_a_little_before_the_watermark(server: Server) -> None:
    server.resources["Property"] = [
        home(1, "2026-06-01T11:00:00.000Z"),
        home(2, "2026-06-01T11:50:00.000Z"),
        home(3, "2026-06-01T12:00:00.000Z"),
    ]
    visit = visit_of(server, {"watermark": {"Property": "2026-06-01T12:00:00.000Z", "Office": "2026-01-01T00:00:00.000Z"}})
    assert keys(pages(visit)) == ["K0002", "K0003"]
    assert "ModificationTimestamp%20ge%202026-06-01T11:40:00.000Z" in server.asked[0][0]
    assert visit.next_checkpoint["watermark"] == {"Property": "2026-06-01T12:00:00.000Z", "Office": "2026-01-01T00:00:00.000Z"}


def test_a_thousand_rows_of_one_moment_are_all_passed(server: Server) -> None:
    server.resources["Property"] = [home(n, "2026-06-01T12:00:00.000Z") for n in range(1000)]
    assert len(set(keys(pages(visit_of(server, page_size=100))))) == 1000


def test_a_night_without_changes_keeps_the_watermark(server: Server) -> None:
    visit = visit_of(server, {"watermark": {"Property": "2026-06-01T12:00:00.000Z"}})
    assert keys(pages(visit)) == []
    assert visit.next_checkpoint["watermark"] == {"Property": "2026-06-01T12:00:00.000Z"}


def test_a_timestamp_from_the_future_is_no_watermark(server: Server) -> None:
    server.resources["Property"] = [home(1, "2026-06-01T12:00:00.000Z"), home(2, "2099-01-01T00:00:00.000Z"), home(3, "zzz")]
    visit = visit_of(server)
    pages(visit)
    assert visit.next_checkpoint["watermark"] == {"Property": "2026-06-01T12:00:00.000Z"}


def test_page_size_is_asked_by_header_or_by_top(server: Server) -> None:
    server.resources["Property"] = [home(1, "2026-06-01T12:00:00.000Z")]
    pages(visit_of(server, page_size=7))
    pages(visit_of(server, page_size=7, page_style="top"))
    (by_header, headers), (by_top, headers_of_top) = [asked for asked in server.asked if "$skip" not in asked[0]]
    assert headers["Prefer"] == "odata.maxpagesize=7"
    assert "$top" not in by_header
    assert "$orderby=ModificationTimestamp%20asc,ListingKey%20asc" in by_header
    assert "$top=7" in by_top
    assert "Prefer" not in headers_of_top
    assert headers["Accept-Encoding"] == "gzip"


def test_an_empty_page_with_a_link_goes_on(server: Server) -> None:
    server.pages_by_path = {
        "/Property?$skip=1": {"value": [], "@odata.nextLink": f"{server.base}/Property?$skip=2"},
        "/Property?$skip=2": {"value": [home(1, "2026-06-01T12:00:00.000Z")]},
    }
    server.replies = [(200, {"value": [], "@odata.nextLink": f"{server.base}/Property?$skip=1"}, {})]
    assert keys(pages(visit_of(server))) == ["K0001"]


def test_links_that_lead_in_circles_are_refused(server: Server) -> None:
    loop = {"value": [home(1, "2026-06-01T12:00:00.000Z")], "@odata.nextLink": f"{server.base}/Property?$skip=1"}
    server.replies = [(200, loop, {})] * 10
    with pytest.raises(UnreadableError, match="circles"):
        pages(visit_of(server))
    assert len(server.asked) == 2


def test_a_link_to_another_host_never_sees_the_token(server: Server) -> None:
    server.replies = [(200, {"value": [], "@odata.nextLink": "http://elsewhere.test/Property?$skip=1"}, {})] * 4
    with pytest.raises(UnreadableError, match="leads away"):
        pages(visit_of(server))


def test_a_link_to_another_host_is_gone_round_and_never_kept_for_good(server: Server) -> None:
    server.resources["Property"] = [home(n, f"2026-06-01T12:00:0{n}.000Z") for n in range(5)]
    away = {"value": server.resources["Property"][:2], "@odata.nextLink": "http://elsewhere.test/Property?$skip=2"}
    server.replies = [(200, away, {})]
    assert sorted(set(keys(pages(visit_of(server))))) == [f"K{n:04d}" for n in range(5)]
    server.replies = [(200, away | {"@odata.nextLink": "http://["}, {})]
    assert sorted(set(keys(pages(visit_of(server))))) == [f"K{n:04d}" for n in range(5)]
    left = {"walks": {"Property": {"link": away["@odata.nextLink"], "is_stuck": True, "newest": "2026-06-01T12:00:01+00:00"}}}
    assert sorted(set(keys(pages(visit_of(server, left))))) == [f"K{n:04d}" for n in range(1, 5)]


def test_a_stale_link_starts_again_once_from_where_we_were(server: Server) -> None:
    server.resources["Property"] = [home(n, f"2026-06-01T12:00:0{n}.000Z") for n in range(3)]
    first = {"value": server.resources["Property"][:2], "@odata.nextLink": f"{server.base}/Property?$skip=2"}
    server.replies = [(200, first, {}), (400, {"error": {"message": "expired"}}, {})]
    assert sorted(set(keys(pages(visit_of(server))))) == ["K0000", "K0001", "K0002"]
    assert "2026-06-01T12:00:01.000Z" in server.asked[2][0]


def test_the_next_link_may_stand_in_a_header(server: Server) -> None:
    server.next_style = "link_header"
    server.resources["Property"] = [home(n, f"2026-06-01T12:00:0{n}.000Z") for n in range(5)]
    assert len(keys(pages(visit_of(server, next_style="link_header")))) == 5


def test_a_sticky_link_ends_with_an_empty_page(server: Server) -> None:
    link = {"@odata.nextLink": f"{server.base}/Property/replication?id=9"}
    server.replies = [(200, {"value": [home(n, "2026-06-01T12:00:00.000Z")] if n < 3 else [], **link}, {}) for n in range(4)]
    assert len(keys(pages(visit_of(server, next_style="sticky")))) == 3


@pytest.mark.parametrize(("status", "resource"), [(404, "OpenHouse"), (400, "OpenHouse"), (403, "Member")])
def test_a_resource_that_is_not_to_be_had_is_noted_and_the_others_are_read(server: Server, status: int, resource: str) -> None:
    server.resources["Property"] = [home(1, "2026-06-01T12:00:00.000Z")]
    server.replies = [(status, {"error": {"message": "not for you"}}, {})] * (3 if status == 400 else 1)
    visit = visit_of(server, resources=[resource, "Property"])
    assert keys(pages(visit)) == ["K0001"]
    assert "not for you" in visit.next_checkpoint["missing"][resource]


@pytest.mark.parametrize("status", [400, 404])
def test_without_listings_the_visit_fails(server: Server, status: int) -> None:
    server.replies = [(status, {"error": {"message": "bad filter"}}, {})] * 3
    visit = visit_of(server, resources=["Property", "Member"])
    with pytest.raises(UnreadableError, match="bad filter"):
        pages(visit)
    assert visit.next_checkpoint == {}


def test_a_refused_token_is_said_without_the_token(server: Server) -> None:
    with pytest.raises(CredentialsError, match=r"401: .*no such token") as caught:
        pages(visit_of(server, credentials=Credentials(password="wrong-token-here")))
    assert "wrong-token-here" not in str(caught.value)


def test_no_token_at_all_names_the_connection(server: Server) -> None:
    with pytest.raises(CredentialsError, match="mls_api"):
        pages(visit_of(server, credentials=Credentials()))


def test_a_token_is_bought_with_client_credentials_and_bought_again_when_it_expires(server: Server) -> None:
    server.resources["Property"] = [home(1, "2026-06-01T12:00:00.000Z")]
    token_url = server.base.replace("/odata", "/oauth/token")
    credentials = Credentials(login="me", password="s3cret-s3cret", extra={"token_url": token_url})
    assert keys(pages(visit_of(server, credentials=credentials, scope="api"))) == ["K0001"]
    assert server.asked[0][1] == {"grant_type": "client_credentials", "client_id": "me", "client_secret": "s3cret-s3cret", "scope": "api"}
    server.replies = [(401, {"error": "expired"}, {})]
    assert keys(pages(visit_of(server, credentials=credentials, token_url=token_url))) == ["K0001"]
    assert [path for path, _ in server.asked].count("/oauth/token") == 3


@pytest.mark.parametrize(
    "trouble",
    [
        (503, {"error": {"message": "later"}}, {}),
        (429, {"error": {"message": "slow down"}}, {"Retry-After": "0"}),
        (200, b'{"value": [{"ListingKey": "K0001", "Mod', {}),
    ],
)
def test_trouble_that_passes_costs_nothing(server: Server, trouble: Reply) -> None:
    server.resources["Property"] = [home(1, "2026-06-01T12:00:00.000Z")]
    server.replies = [trouble]
    assert keys(pages(visit_of(server))) == ["K0001"]


@pytest.mark.parametrize("trouble", [(503, {}, {}), (200, b'{"value": [{"Li', {})])
def test_trouble_that_lasts_ends_the_visit_without_a_checkpoint(server: Server, trouble: Reply) -> None:
    server.resources["Property"] = [home(n, f"2026-06-01T12:00:0{n}.000Z") for n in range(5)]
    visit = visit_of(server)
    walk = Reso().fetch(visit)
    next(walk)
    server.replies = [trouble] * 20
    with pytest.raises(SourceUnavailableError):
        list(walk)
    assert visit.next_checkpoint == {}


@pytest.mark.parametrize("body", [b"[]", b'{"value": 3}', b"<html>sorry</html>", b'{"error": {"message": "odd"}}'])
def test_an_answer_that_is_no_odata_is_refused(server: Server, body: bytes) -> None:
    server.replies = [(200, body, {})]
    with pytest.raises(UnreadableError):
        pages(visit_of(server))


def test_bytes_are_counted_over_all_that_is_asked_in_the_hour(server: Server) -> None:
    server.resources["Property"] = [home(1, "2026-06-01T12:00:00.000Z")]
    server.resources["Member"] = [{"MemberKey": "M1", "ModificationTimestamp": "2026-06-01T12:00:00.000Z", "Bio": "x" * 500}]
    enough = visit_of(server, resources=["Property", "Member"], bytes_per_hour=5000)
    assert len(pages(enough)) == len(pages(visit_of(server, resources=["Property", "Member"])))
    with pytest.raises(SourceUnavailableError, match="900 bytes an hour"):
        pages(visit_of(server, resources=["Property", "Member"], bytes_per_hour=900))


def test_mls_grid_is_asked_the_way_it_wants(server: Server) -> None:
    server.resources["Property"] = [
        home(1, "2026-06-01T12:00:00.000Z", OriginatingSystemName="o'hare", MlgCanView=True),
        home(2, "2026-06-01T12:00:01.000Z", OriginatingSystemName="o'hare", MlgCanView=False),
    ]
    grid: dict[str, Any] = {"profile": "mlsgrid", "originating_system": "o'hare"}
    pages(visit_of(server, **grid))
    path = server.asked[0][0]
    assert "OriginatingSystemName%20eq%20'o''hare'%20and%20MlgCanView%20eq%20true" in path
    assert "$orderby" not in path
    pages(visit_of(server, {"watermark": {"Property": "2026-06-01T12:00:00.000Z"}}, **grid))
    assert "MlgCanView" not in server.asked[-1][0]


def test_the_live_keys_are_complete_or_an_error(server: Server) -> None:
    server.resources["Property"] = [home(n, f"2026-06-01T12:00:0{n}.000Z") for n in range(5)]
    assert Reso().live_keys(visit_of(server)) == {f"K{n:04d}" for n in range(5)}
    assert "$select=ListingKey" in server.asked[0][0]
    first = {"value": [{"ListingKey": "K0000"}], "@odata.nextLink": f"{server.base}/Property?$skip=2"}
    server.replies = [(200, first, {})] + [(503, {}, {})] * 10
    with pytest.raises(SourceUnavailableError):
        Reso().live_keys(visit_of(server))


def test_what_the_server_has_no_more_is_gone_unless_it_is_too_much(server: Server) -> None:
    server.resources["Property"] = [home(n, "2026-06-01T12:00:00.000Z") for n in range(100)]
    known = [f"K{n:04d}" for n in range(104)]
    gone = Reso().gone(visit_of(server, page_size=50), known)
    assert [(record.values["record_id"], record.values["is_deleted"]) for record in gone] == [(f"K01{n:02d}", True) for n in range(4)]
    server.resources["Property"] = server.resources["Property"][:90]
    with pytest.raises(UnreadableError, match="14 of 104 listings are missing"):
        Reso().gone(visit_of(server, page_size=50), known)


@pytest.mark.skipif(not FIXTURES.is_dir(), reason="the shared fixtures are not here")
def test_recorded_mls_grid_pages_replicate_and_the_deletion_arrives(server: Server) -> None:
    page1, page2, later = (
        json.loads((FIXTURES / name).read_text().replace("{{BASE}}", server.base))
        for name in ("property_page1.json", "property_page2.json", "property_deleted.json")
    )
    server.pages_by_path["/Property?$skip=2"] = page2
    server.replies = [(200, page1, {})]
    first = visit_of(server, profile="mlsgrid", originating_system="testmls")
    listings = [item for item in conform(first) if isinstance(item, Record) and item.kind == "listing"]
    assert [item.values["ListingKey"] for item in listings] == ["TST0000000001", "TST0000000002", "TST0000000003"]
    assert first.next_checkpoint["watermark"] == {"Property": "2026-06-01T12:00:01.000Z"}

    server.replies = [(200, later, {})]
    second = visit_of(server, first.next_checkpoint, profile="mlsgrid", originating_system="testmls")
    changes = {item.values["ListingKey"]: item.values["is_deleted"] for item in conform(second) if isinstance(item, Record)}
    assert changes == {"TST0000000002": True, "TST0000000004": False}
    assert "ModificationTimestamp%20ge%202026-06-01T11:40:01.000Z" in server.asked[-1][0]
    assert second.next_checkpoint["watermark"] == {"Property": "2026-06-02T09:00:01.000Z"}


@pytest.mark.parametrize("vendor", ["plain", "mlsgrid", "bridge", "trestle", "spark"])
def test_every_vendors_habits_walk_to_the_end_and_on_from_there(server: Server, vendor: str) -> None:
    stamps = [f"2026-06-01T12:00:0{n}.000Z" for n in range(5)]
    server.resources["Property"] = [
        home(n, at, BridgeModificationTimestamp=at, OriginatingSystemName="x", MlgCanView=True) for n, at in enumerate(stamps)
    ]
    server.next_style = "link_header" if vendor == "bridge" else "body"
    options: dict[str, Any] = {"profile": vendor, "originating_system": "x"}
    first = visit_of(server, **options)
    assert sorted(keys(pages(first))) == [f"K{n:04d}" for n in range(5)]
    assert first.next_checkpoint["watermark"] == {"Property": stamps[-1]}
    second = visit_of(server, first.next_checkpoint, overlap_minutes=0, **options)
    assert keys(pages(second)) == ["K0004"]
