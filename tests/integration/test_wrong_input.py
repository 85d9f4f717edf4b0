"""Wrong input answers in one line that names the thing and what was expected; the rest of the night goes on."""

import json
from pathlib import Path

import duckdb
import pytest

from nights import MARKET, write_config
from towns import commonground

GOOD = "Name,Given Name,Family Name,E-mail 1 - Type,E-mail 1 - Value\nBo Bell,Bo,Bell,* Home,bo@x.example\n"
FEEDS = """
feeds:
  - {name: good, source: google-contacts, path: good.csv, owner: ana}
  - {name: missing, source: linkedin, path: drops/absent, owner: ana}
  - {name: html, source: facebook, path: html, owner: ana}
  - {name: header, source: google-contacts, path: unknown.csv, owner: ana}
  - {name: refused, source: followupboss, connection: crm}
  - {name: misspelt, source: linkedin, pth: good.csv}
  - {name: nowhere, source: myspace, path: good.csv}
  - {name: secretless, source: yelp, connection: nobody}
"""


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory):
    import http.server
    import threading

    class Refusing(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b'{"errorMessage": "Invalid API key."}'
            self.send_response(401)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    folder = tmp_path_factory.mktemp("wrong")
    data = folder / "data"
    (data / "html").mkdir(parents=True)
    (data / "html" / "index.html").write_text("<html><body>Your friends</body></html>")
    (data / "good.csv").write_text(GOOD)
    (data / "unknown.csv").write_text("Nom,Prénom,Truc\na,b,c\n")
    write_config(folder / "config", FEEDS)
    with pytest.MonkeyPatch.context() as patch:
        connection = {"conn_type": "http", "host": f"http://127.0.0.1:{server.server_address[1]}", "login": "hunter2-secret-key"}
        patch.setenv("AIRFLOW_CONN_CRM", json.dumps(connection))
        patch.delenv("AIRFLOW_CONN_NOBODY", raising=False)
        code, answer, said = commonground("nightly", "--data", data, "--config", folder / "config")
    server.shutdown()
    return folder, code, answer, said


@pytest.mark.parametrize(
    ("feed", "names"),
    [
        ("missing", ["drops/absent", "expected"]),
        ("html", ["html", "JSON"]),
        ("header", ["unknown.csv", "Nom", "expected"]),
        ("refused", ["401", "Invalid API key"]),
        ("misspelt", ["feeds.yaml", "pth", "no such key"]),
        ("nowhere", ["myspace", "linkedin"]),
        ("secretless", ["AIRFLOW_CONN_NOBODY"]),
    ],
)
def test_each_wrong_feed_says_what_is_wrong_in_one_line(night, feed: str, names: list[str]):
    _, _, answer, said = night
    error = answer["feeds"][feed]["error"]
    assert answer["feeds"][feed]["status"] == "failed"
    assert "\n" not in error
    for name in names:
        assert name in error, error
    assert error in said


def test_the_good_feed_loads_and_the_run_is_marked(night):
    folder, code, answer, _ = night
    assert code == 0
    assert answer["status"] == "with_failures"
    assert answer["feeds"]["good"]["status"] == "loaded"
    with duckdb.connect(folder / "data" / "commonground.duckdb", read_only=True) as con:
        assert con.execute("SELECT full_name FROM contacts").fetchall() == [("Bo Bell",)]
        assert con.execute("SELECT status, feeds_failed FROM runs").fetchall() == [("with_failures", 7)]
        stale = {row[0] for row in con.execute("SELECT feed FROM feeds WHERE is_stale").fetchall()}
        assert {"missing", "html", "header", "refused", "secretless"} <= stale
        assert "good" not in stale


def test_no_secret_and_no_traceback_is_shown(night):
    folder, _, _, said = night
    assert "hunter2" not in said
    assert "Traceback" not in said
    assert not any(b"hunter2" in file.read_bytes() for file in (folder / "data").rglob("*") if file.is_file())


def test_an_unknown_date_is_wrong_use(tmp_path: Path):
    code, _, said = commonground("nightly", "--data", tmp_path, "--as-of", "yesterday")
    assert code == 2
    assert "'yesterday' is not a date; expected YYYY-MM-DD" in said


def test_a_bad_market_stops_everything_in_one_line(tmp_path: Path):
    config = write_config(tmp_path / "config", market=MARKET.replace("radius_km: 45", "radius_km: far"))
    code, _, said = commonground("nightly", "--data", tmp_path / "data", "--config", config)
    assert code == 1
    assert "service_area.radius_km" in said
    assert "Traceback" not in said


def test_a_bad_date_in_a_file_is_quarantined_and_the_rest_is_read(tmp_path: Path):
    (tmp_path / "page.json").write_text(
        json.dumps(
            {
                "value": [
                    {"ListingKey": "1", "StandardStatus": "Closed", "CloseDate": "TBD"},
                    {"ListingKey": "2", "StandardStatus": "Active"},
                ]
            }
        )
    )
    code, answer, said = commonground("read", "reso", tmp_path / "page.json", "--out", tmp_path / "out")
    assert code == 0, said
    assert answer["accepted"]["listing"] == 1
    rows = duckdb.sql(f"SELECT reason FROM '{tmp_path}/out/quarantine.parquet'").fetchall()
    assert any("CloseDate" in reason and "TBD" in reason for (reason,) in rows)


@pytest.mark.parametrize("content", ["", "\x00\x00\x00", "not a table at all"])
def test_rubbish_for_a_contact_book_is_one_line(tmp_path: Path, content: str):
    (tmp_path / "book.csv").write_text(content)
    code, _, said = commonground("read", "google-contacts", tmp_path / "book.csv")
    assert code == 1
    assert "book.csv" in said
    assert "Traceback" not in said
