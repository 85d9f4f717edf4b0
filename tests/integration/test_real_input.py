"""Files by other hands, dropped in as a team would drop them, and MLS Grid pages served as they are: one night reads them all."""

import http.server
import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from towns import commonground

FIXTURES = Path(__file__).resolve().parents[3] / "shared" / "fixtures"
pytestmark = pytest.mark.skipif(not FIXTURES.is_dir(), reason="the shared fixtures are not beside this checkout")

MARKET = """
name: Testville
time_zone: America/Chicago
state: IL
service_area: {latitude: 41.7, longitude: -87.7, radius_km: 40, cities: [Testville], postal_codes: ["60000"]}
agents:
  - {agent_id: pedro, name: Pedro Fuentes, emails: [pedro@team.example], urls: ["https://www.linkedin.com/in/pedro"]}
"""
FEEDS = """
feeds:
  - {name: pedro_linkedin, source: linkedin, path: drops/pedro_linkedin, owner: pedro}
  - {name: pedro_facebook, source: facebook, path: drops/pedro_facebook, owner: pedro}
  - {name: blogs, source: feed, path: drops/blogs}
  - name: mls
    source: reso
    url: v2/
    connection: mlsgrid
    options: {profile: mlsgrid, originating_system: testmls, resources: [Property]}
"""


class _MlsGrid(http.server.BaseHTTPRequestHandler):
    """Serves the recorded pages: the first one, the one its nextLink names, and deletions to whoever asks again."""

    def do_GET(self) -> None:
        if self.headers["Authorization"] != "Bearer a-token":
            self.send_error(401)
            return
        if "MlgCanView" not in self.path and "skip" not in self.path.lower():
            name = "property_deleted"
        else:
            name = "property_page2" if "skip" in self.path.lower() else "property_page1"
        base = f"http://127.0.0.1:{self.server.server_address[1]}/v2"
        body = (FIXTURES / "mls" / "mlsgrid" / f"{name}.json").read_text().replace("{{BASE}}", base).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def mls_grid() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _MlsGrid)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:
    folder = tmp_path_factory.mktemp("real")
    (folder / "config").mkdir()
    (folder / "config" / "market.yaml").write_text(MARKET)
    (folder / "config" / "feeds.yaml").write_text(FEEDS)
    for name, source in (("pedro_linkedin", "linkedin"), ("pedro_facebook", "facebook"), ("blogs", "feeds")):
        shutil.copytree(FIXTURES / source, folder / "data" / "drops" / name)
    with mls_grid() as host, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW_CONN_MLSGRID", json.dumps({"conn_type": "http", "host": host, "password": "a-token"}))
        code, answer, said = commonground("nightly", "--data", folder / "data", "--config", folder / "config", "--as-of", "2026-06-03")
        assert code == 0, said
        assert answer["status"] == "complete", said
        code, again, said = commonground("nightly", "--data", folder / "data", "--config", folder / "config", "--as-of", "2026-06-03")
        assert code == 0, said
    return folder, answer | {"second": again}


@pytest.fixture
def ask(night: tuple[Path, dict]):
    def asked(sql: str, *values: object) -> list[tuple]:
        with duckdb.connect(night[0] / "data" / "commonground.duckdb", read_only=True) as con:
            return con.execute(sql, list(values)).fetchall()

    return asked


def test_the_people_of_the_exports_stand_in_contacts(ask):
    names = {row[0] for row in ask("SELECT full_name FROM contacts")}
    assert {"José García", "Æsop Fontaine", "Ana Lopez"} <= names


def test_one_person_in_two_exports_is_one_contact(ask):
    rows = ask("SELECT feeds FROM contacts WHERE full_name = 'José García'")
    assert len(rows) == 1
    assert set(rows[0][0]) == {"pedro_linkedin", "pedro_facebook"}


def test_the_owner_of_the_exports_is_the_team_member(ask):
    records = {row[0] for row in ask("SELECT feed FROM contact_identities WHERE contact_id = 'pedro'")}
    assert {"team", "pedro_linkedin"} <= records


def test_listings_stand_with_their_status_and_a_deleted_one_is_gone(ask):
    assert ask("SELECT ListingKey, StandardStatus FROM listings ORDER BY ListingKey") == [
        ("TST0000000001", "Active"),
        ("TST0000000003", "Pending"),
        ("TST0000000004", "Active"),
    ]
    assert ask("SELECT ListPrice, UnparsedAddress FROM listings WHERE ListingKey = 'TST0000000001'")[0][0] == 425000


def test_posts_are_in_the_lake_with_their_letters_whole(night):
    files = f"{night[0]}/data/lake/records/utterance/*/*.parquet"
    texts = " ".join(row[0] for row in duckdb.sql(f"SELECT text FROM read_parquet('{files}', union_by_name = true)").fetchall())
    assert "Feliz Año Nuevo 🎉 — con José y Жанна" in texts
    assert "This is a second item." in texts
    assert "Hello, world!" in texts
    assert "alert()" not in texts


def test_what_could_not_be_read_is_in_quarantine_with_its_reason(ask):
    rows = ask("SELECT feed, source_file, source_line, rule, reason, payload FROM quarantine")
    assert all(row[3] and row[4] for row in rows)
    refused = {(feed, rule) for feed, _, _, rule, _, _ in rows}
    assert any(feed == "pedro_linkedin" and "BADROW" in payload for feed, _, _, _, _, payload in rows)
    assert any(feed == "pedro_facebook" and payload == "42" for feed, _, _, _, _, payload in rows)
    assert any(feed == "pedro_facebook" and file and "your_posts_2" in file for feed, file, *_ in rows)
    assert any(feed == "blogs" for feed, _ in refused)


def test_every_feed_adds_up_on_both_nights(ask):
    rows = ask(
        "SELECT run_id, feed, rows_read = rows_accepted + rows_quarantined + rows_unchanged + rows_suppressed, status FROM load_audit"
    )
    assert len(rows) == 10
    assert all(row[2] and row[3] == "loaded" for row in rows)


def test_the_second_night_reads_the_exports_as_unchanged(night):
    feeds = night[1]["second"]["feeds"]
    assert all(feeds[name]["accepted"] == 0 for name in ("pedro_linkedin", "pedro_facebook", "blogs", "team"))
