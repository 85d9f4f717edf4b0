import datetime as dt
import json
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from commonground.config import Credentials
from commonground.errors import CommonGroundError, ConfigError, SourceUnavailableError
from commonground.load import LoadReport, load_feed
from commonground.privacy.suppression import ERASED, Suppression, email_key
from commonground.sources import SOURCES
from commonground.sources.base import Item, Page, Record, Refusal, Visit
from nights import GIVEN_FEED, GivenSource, a_night

MONDAY = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)


def person(record_id: str, name: str = "Bo Bell", **values: object) -> Record:
    return Record("person", {"record_id": record_id, "full_name": name, "person_type": "person", **values})


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def run(run_id: str, *items: Item, feed=GIVEN_FEED, is_complete: bool = False, **options: object) -> LoadReport:
        source = GivenSource(items, {"watermark": run_id})
        source.is_complete = is_complete
        monkeypatch.setitem(SOURCES, "given", source)
        report = load_feed(a_night(tmp_path, run_id), feed, lambda _: Credentials(), **options)
        assert report.rows_read == report.rows_accepted + report.rows_quarantined + report.rows_unchanged + report.rows_suppressed
        report.__dict__["seen_checkpoint"] = source.seen_checkpoint
        return report

    return run


def people(tmp_path: Path) -> list[tuple[str, str]]:
    lake = a_night(tmp_path).lake
    return sorted(duckdb.sql(f"SELECT record_id, full_name FROM ({lake.state_sql('person')})").fetchall())


def test_every_row_is_accounted_for(load, tmp_path: Path):
    report = load(
        "run1",
        person("1"),
        person("2"),
        Refusal("draft", "a draft", "x"),
        person("3", emails=["no at sign"]),
        person("4", latitude="north"),
    )
    assert (report.rows_read, report.rows_accepted, report.rows_quarantined) == (5, 2, 3)
    refused = pq.read_table(a_night(tmp_path).lake.batch_path("quarantine", "given", "run1")).to_pylist()
    assert len(refused) == 3
    assert all(row["rule"] and row["reason"] and row["payload"] for row in refused)
    assert any("'north' is not a number" in row["reason"] for row in refused)


def test_what_is_known_already_is_unchanged_and_not_written(load, tmp_path: Path):
    load("run1", person("1"), person("2"))
    report = load("run2", person("1"), person("2", "Bo B. Bell"))
    assert (report.rows_accepted, report.rows_unchanged) == (1, 1)
    assert people(tmp_path) == [("1", "Bo Bell"), ("2", "Bo B. Bell")]


def test_only_what_is_new_or_changed_is_judged_and_what_was_refused_once_is_refused_again(load, tmp_path: Path):
    verdicts = tmp_path / "data" / "validation"
    wrong = person("3", emails=["no at sign"])
    assert load("run1", person("1"), person("2"), wrong).rows_quarantined == 1
    assert load("run2", person("1"), person("2")).rows_unchanged == 2
    assert not (verdicts / "run2").exists()
    report = load("run3", person("1"), person("2", "Bo B. Bell"), wrong)
    assert (report.rows_accepted, report.rows_unchanged, report.rows_quarantined) == (1, 1, 1)
    judged = json.loads((verdicts / "run3" / "given.person.json").read_text())
    assert {result["result"]["element_count"] for result in judged["results"] if "element_count" in result["result"]} == {2}


def test_the_same_row_twice_in_one_visit_counts_once(load, tmp_path: Path):
    report = load("run1", person("1", modified_at=MONDAY), person("1", "older", modified_at=MONDAY - dt.timedelta(1)))
    assert (report.rows_accepted, report.rows_unchanged) == (1, 1)
    assert people(tmp_path) == [("1", "Bo Bell")]


def test_an_older_version_does_not_come_back(load, tmp_path: Path):
    load("run1", person("1", "new", modified_at=MONDAY))
    report = load("run2", person("1", "old", modified_at=MONDAY - dt.timedelta(1)))
    assert report.rows_unchanged == 1
    assert people(tmp_path) == [("1", "new")]


def test_a_rerun_of_a_run_gives_the_same_lake(load, tmp_path: Path):
    load("run1", person("1"), person("2"))
    report = load("run1", person("1"), person("2"))
    assert report.rows_accepted == 2
    assert people(tmp_path) == [("1", "Bo Bell"), ("2", "Bo Bell")]


def test_the_checkpoint_is_handed_to_the_next_visit_and_left_out_of_a_full_refresh(load):
    assert load("run1", person("1")).__dict__["seen_checkpoint"] == {}
    assert load("run2", person("1")).__dict__["seen_checkpoint"] == {"watermark": "run1"}
    assert load("run2", person("1")).__dict__["seen_checkpoint"] == {"watermark": "run1"}
    assert load("run3", person("1"), is_full_refresh=True).__dict__["seen_checkpoint"] == {}


def test_a_complete_source_deletes_what_it_no_longer_names(load, tmp_path: Path):
    load("run1", person("1"), person("2"), is_complete=True)
    load("run2", person("2"), is_complete=True)
    assert people(tmp_path) == [("2", "Bo Bell")]


def test_an_export_that_misses_people_deletes_nobody(load, tmp_path: Path):
    load("run1", person("1"), person("2"))
    load("run2", person("2"))
    assert len(people(tmp_path)) == 2


def test_an_erased_person_is_suppressed(load, tmp_path: Path):
    Suppression.load(tmp_path / "data").add([email_key("bo@x.org")], ERASED, MONDAY)
    report = load("run1", person("1", emails=["bo@x.org"]), person("2"))
    assert (report.rows_accepted, report.rows_suppressed) == (1, 1)
    assert people(tmp_path) == [("2", "Bo Bell")]


def test_content_with_a_time_to_live_expires_and_is_not_kept_as_received(load, tmp_path: Path):
    feed = GIVEN_FEED.model_copy(update={"ttl_hours": 24.0})
    load("run1", person("1"), feed=feed)
    lake = a_night(tmp_path).lake
    row = pq.read_table(lake.batch_path("records", "given", "run1", "person")).to_pylist()[0]
    assert dt.timedelta(hours=23) < row["expires_at"] - dt.datetime.now(dt.UTC) < dt.timedelta(hours=25)
    assert not (lake.root / "landing").exists()
    assert load("run2", person("1"), feed=feed).rows_unchanged == 1


def test_what_an_api_sent_is_kept_as_received(load, tmp_path: Path):
    load("run1", person("1"))
    assert [path.name for path in (a_night(tmp_path).lake.root / "landing" / "given" / "run1").iterdir()] == ["things.000001.gz"]


class Broken(GivenSource):
    def conform(self, page: Page, visit: Visit):
        yield person("1")
        raise SourceUnavailableError("given.example: 503 three times")


def test_a_visit_that_breaks_off_commits_nothing_but_its_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(SOURCES, "given", Broken(checkpoint={"watermark": "x"}))
    night = a_night(tmp_path)
    with pytest.raises(SourceUnavailableError):
        load_feed(night, GIVEN_FEED, lambda _: Credentials())
    assert people(tmp_path) == []
    assert night.lake.checkpoint("given") == {}
    audit = pq.read_table(night.lake.batch_path("audit", "given", "run1")).to_pylist()[0]
    assert (audit["status"], audit["error"]) == ("failed", "given.example: 503 three times")


def test_an_unknown_source_lists_the_known_ones(tmp_path: Path):
    feed = GIVEN_FEED.model_copy(update={"source": "myspace"})
    with pytest.raises(ConfigError, match=r"'myspace' is unknown; known: .*team"):
        load_feed(a_night(tmp_path), feed, lambda _: Credentials())


def test_a_missing_export_is_one_line(tmp_path: Path):
    feed = GIVEN_FEED.model_copy(update={"source": "linkedin", "url": None, "path": "drops/absent"})
    with pytest.raises(CommonGroundError, match="drops/absent"):
        load_feed(a_night(tmp_path), feed, lambda _: Credentials())


def test_what_a_feed_brought_still_counts_while_its_entry_cannot_be_read(load, tmp_path: Path):
    from commonground.engine import Engine

    load("run1", person("1"))
    for entry, expected in (
        ("{name: given, source: given, url: http://x/}", 1),
        ("{name: given, sauce: given}", 1),
        ("{name: other, source: given, url: http://x/}", 0),
    ):
        with Engine(a_night(tmp_path, "run2", f"feeds: [{entry}]")) as engine:
            assert engine.con.execute("SELECT count(*) FROM person").fetchall() == [(expected,)]
