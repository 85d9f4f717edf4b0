"""An API whose pages carry checkpoints is committed as it is walked, and gone on with from where it broke off."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from commonground import load
from commonground.config import Credentials
from commonground.errors import SourceUnavailableError, UnreadableError
from commonground.sources import SOURCES
from commonground.sources.base import Item, Page, Record, Refusal, Source, Visit
from nights import GIVEN_FEED, a_night

MONDAY = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)


class Paged(Source):
    """Pages of one listing each; `breaks_at` is the page that never comes."""

    name, family, is_api = "given", "mls", True
    incremental_kinds = ("listing",)

    def __init__(self, count: int = 4, breaks_at: int | None = None, price: float = 1.0) -> None:
        self.count, self.breaks_at, self.price = count, breaks_at, price
        self.asked: list[int] = []

    def fetch(self, visit: Visit) -> Iterator[Page]:
        for number in range(visit.checkpoint.get("page", 0), self.count):
            if number == self.breaks_at:
                raise SourceUnavailableError("given.example: 503 three times")
            self.asked.append(number)
            yield Page("Property", "http://given.example/", {"n": number}, {"page": number + 1})
        visit.next_checkpoint["page"] = 0

    def conform(self, page: Page, visit: Visit) -> Iterator[Item]:
        key = f"K{page.body['n']}"
        values = {"record_id": key, "ListingKey": key, "StandardStatus": "Active", "ListPrice": self.price, "modified_at": MONDAY}
        yield Record("listing", values)
        yield Refusal("draft", "a draft", "x")


@pytest.fixture
def visit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(load, "COMMIT_ROWS", 1)

    def run(run_id: str, source: Paged, **options: Any) -> load.LoadReport:
        monkeypatch.setitem(SOURCES, "given", source)
        return load.load_feed(a_night(tmp_path, run_id), GIVEN_FEED, lambda _: Credentials(), **options)

    return run


def listings(tmp_path: Path) -> list[tuple[str, float]]:
    sql = a_night(tmp_path).lake.state_sql("listing")
    return sorted(duckdb.sql(f'SELECT record_id, "ListPrice" FROM ({sql})').fetchall())


def visits(tmp_path: Path) -> dict[str, dict[str, Any]]:
    lake = a_night(tmp_path).lake
    found = duckdb.sql(lake.visits_sql(lake.layer_files("audit")))
    names = [name for name in found.columns if not name.endswith("_at")]
    return {row[0]: dict(zip(names, row, strict=True)) for row in found.project(", ".join(names)).fetchall()}


def test_pages_are_parts_and_the_visit_is_one_row(visit, tmp_path: Path):
    report = visit("run1", Paged())
    lake = a_night(tmp_path).lake
    assert lake.parts("given", "run1") == [1, 2, 3, 4]
    assert (report.rows_read, report.rows_accepted, report.rows_quarantined, report.pages) == (8, 4, 4, 4)
    row = visits(tmp_path)["run1"]
    assert (row["status"], row["rows_read"], row["rows_accepted"], row["rows_quarantined"], row["pages"]) == ("loaded", 8, 4, 4, 4)
    assert row["accepted_by_kind"] == '{"listing": 4}'
    assert lake.checkpoint("given") == {"page": 0}


def test_small_pages_that_come_fast_share_a_part(visit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(load, "COMMIT_ROWS", 1000)
    visit("run1", Paged())
    assert a_night(tmp_path).lake.parts("given", "run1") == [1]


def test_a_walk_that_breaks_off_keeps_what_it_had_and_the_next_run_goes_on(visit, tmp_path: Path):
    with pytest.raises(SourceUnavailableError):
        visit("run1", Paged(breaks_at=2))
    assert len(listings(tmp_path)) == 2
    row = visits(tmp_path)["run1"]
    assert (row["status"], row["error"], row["rows_read"], row["rows_accepted"]) == ("failed", "given.example: 503 three times", 4, 2)
    source = Paged()
    visit("run2", source)
    assert source.asked == [2, 3]
    assert len(listings(tmp_path)) == 4
    assert visits(tmp_path)["run2"]["rows_accepted"] == 2


def test_the_same_run_tried_again_goes_on_and_is_one_visit(visit, tmp_path: Path):
    with pytest.raises(SourceUnavailableError):
        visit("run1", Paged(breaks_at=3))
    source = Paged()
    visit("run1", source)
    assert source.asked == [3]
    row = visits(tmp_path)["run1"]
    assert (row["status"], row["error"], row["rows_read"], row["rows_accepted"]) == ("loaded", None, 8, 4)
    assert len(list((a_night(tmp_path).lake.root / "landing" / "given" / "run1").iterdir())) == 4


def test_a_finished_run_that_is_run_again_gives_the_same_lake(visit, tmp_path: Path):
    visit("run1", Paged())
    before = listings(tmp_path)
    source = Paged()
    visit("run1", source)
    assert source.asked == [0, 1, 2, 3]
    assert listings(tmp_path) == before
    row = visits(tmp_path)["run1"]
    assert row["rows_read"] == row["rows_accepted"] + row["rows_quarantined"] + row["rows_unchanged"]
    assert row["rows_accepted"] == 4


def test_an_old_run_that_is_run_again_starts_where_it_had_started(visit, tmp_path: Path):
    with pytest.raises(SourceUnavailableError):
        visit("run1", Paged(breaks_at=2))
    visit("run2", Paged(breaks_at=None))
    source = Paged(count=5)
    visit("run2", source)
    assert source.asked == [2, 3, 4]


def test_a_later_part_of_a_run_wins_over_an_earlier_one(visit, tmp_path: Path):
    visit("run1", Paged(count=2))
    visit("run1", Paged(count=2, price=2.0))
    assert listings(tmp_path) == [("K0", 2.0), ("K1", 2.0)]


def test_a_part_without_its_audit_row_is_not_there(visit, tmp_path: Path):
    visit("run1", Paged(count=2))
    lake = a_night(tmp_path).lake
    lake.batch_path("audit", "given", "run1", part=2).unlink()
    assert listings(tmp_path) == [("K0", 1.0)]
    assert [path.name for path in lake.committed(lake.layer_files("quarantine"))] == ["run1.000001.parquet"]


def test_a_killed_part_s_number_is_used_again_without_its_rows(visit, tmp_path: Path):
    with pytest.raises(SourceUnavailableError):
        visit("run1", Paged(breaks_at=1))
    lake = a_night(tmp_path).lake
    left = lake.batch_path("records", "given", "run1", "membership", part=2)
    left.parent.mkdir(parents=True)
    pq.write_table(pq.read_table(lake.batch_path("records", "given", "run1", "listing", part=1)), left)
    visit("run1", Paged())
    assert not left.exists()


def test_records_without_a_checkpoint_are_not_asked_for_again_in_silence(visit, tmp_path: Path):
    visit("run1", Paged())
    for path in a_night(tmp_path).lake.layer_files("audit"):
        if path.name == "run1.parquet" or "0" in path.name:
            table = pq.read_table(path)
            pq.write_table(table.replace_schema_metadata({}), path)
    with pytest.raises(UnreadableError, match="no checkpoint, so this would ask for everything again"):
        visit("run2", Paged())
    assert visit("run3", Paged(), is_full_refresh=True).rows_unchanged == 4


def test_a_full_refresh_that_broke_off_goes_on_when_the_run_is_tried_again(visit):
    visit("run1", Paged())
    with pytest.raises(SourceUnavailableError):
        visit("run2", Paged(breaks_at=2), is_full_refresh=True)
    source = Paged()
    visit("run2", source, is_full_refresh=True)
    assert source.asked == [2, 3]
