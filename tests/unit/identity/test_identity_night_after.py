"""The night after: only what is new and what it meets is worked out, as a whole night would; nobody is remembered by name."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.unit.identity.conftest import Rows, book

from commonground.identity import link
from commonground.identity.link import link_people
from commonground.identity.night_after import place
from commonground.identity.night_after.place import link_night
from commonground.identity.normalise import PEOPLE

ANN = {"key": "crm|1", "source": "crm", "given_name": "Annelise", "family_name": "Quackenbush", "emails": ["annelise.q@gmail.com"]}
ANN_TOO = {"key": "fb|1", "source": "fb", "given_name": "Annelise", "family_name": "Quackenbush", "phones": ["707-555-0142"]}
BRIDGE = {"key": "li|1", "source": "li", "given_name": "Annelise", "family_name": "Quackenbush"} | {
    "emails": ["annelise.q@gmail.com"],
    "phones": ["707-555-0142"],
}
PEOPLE_KNOWN = [*book(150), ANN, BRIDGE]


@pytest.fixture(autouse=True)
def small_is_large(monkeypatch):
    monkeypatch.setattr(place, "LARGE", 100)


@pytest.fixture(scope="module")
def known(tmp_path_factory) -> tuple[Path, list[dict[str, Any]]]:
    """What is remembered of a night of `PEOPLE_KNOWN`, and what that night found."""
    memory = tmp_path_factory.mktemp("known")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(place, "LARGE", 100)
        found = night(PEOPLE_KNOWN, memory)
    return memory, found


@pytest.fixture
def memory(known, tmp_path) -> Path:
    """A memory of `PEOPLE_KNOWN` of a test's own."""
    return shutil.copytree(known[0], tmp_path / "memory")


@pytest.fixture
def worked_out(monkeypatch) -> list[int]:
    """How many records each piece of work was about."""
    counts: list[int] = []
    work_out = link.work_out

    def counted(con: duckdb.DuckDBPyConnection, *rest: Any) -> Any:
        counts.append(con.execute("SELECT count(*) FROM numbered_person").fetchall()[0][0])
        return work_out(con, *rest)

    monkeypatch.setattr(link, "work_out", counted)
    return counts


def table(rows: Rows) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=PEOPLE)


def night(rows: Rows, memory: Path, decided: tuple[tuple[str, str, str], ...] = ()) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = link_night(table(rows), decided, memory)[0].to_pylist()
    return found


def groups(found: list[dict[str, Any]]) -> set[frozenset[str]]:
    homes: dict[int, set[str]] = {}
    for row in found:
        homes.setdefault(row["cluster"], set()).add(row["key"])
    return {frozenset(home) for home in homes.values()}


def apart(found: list[dict[str, Any]], *keys: str) -> int:
    """Of how many people these records are."""
    return len({row["cluster"] for row in found if row["key"] in keys})


def test_new_changed_and_gone_records_are_placed_as_a_whole_night_would_place_them(tmp_path, worked_out):
    rows = book(450)
    doubts = link_night(table(rows[:-10]), (), tmp_path)[1].to_pylist()
    moved = rows[0] | {"city": "Elsewhere", "street": "9 Long Road"}
    tonight = [moved, *rows[6:]]
    linked, later = link_night(table(tonight), (), tmp_path)
    assert worked_out[1] < worked_out[0] / 3

    found, whole = groups(linked.to_pylist()), groups(link_people(table(tonight)).to_pylist())
    assert linked["key"].to_pylist() == sorted(row["key"] for row in tonight)
    assert len(found & whole) > 0.99 * len(whole)
    new = {row["key"] for row in [moved, *rows[-10:]]}
    wanted = {group for group in whole if group & new}
    assert len(wanted & found) >= len(wanted) - 1

    asked, still = ({(row["left_key"], row["right_key"]) for row in pairs} for pairs in (doubts, later.to_pylist()))
    assert len(later) == len(still) > 10
    assert len(asked & still) > 0.9 * len(asked)
    assert later.to_pylist() == sorted(later.to_pylist(), key=lambda row: (-row["doubt"], row["left_key"], row["right_key"]))


def test_a_night_without_news_gives_the_same_again_and_works_out_nothing(known, memory, worked_out):
    assert night(PEOPLE_KNOWN[::-1], memory) == known[1]
    assert worked_out == [0]


def test_who_stays_keeps_the_explanation_with_the_other_records_key(known, memory):
    before = {row["key"]: row["match_detail"] for row in known[1]}
    after = {row["key"]: row["match_detail"] for row in night([*PEOPLE_KNOWN, ANN_TOO], memory)}
    assert '"with":"li|1"' in before["crm|1"]
    assert {key: detail for key, detail in after.items() if key != "fb|1"} == before


def test_a_new_record_brings_two_contacts_together(tmp_path):
    far = {"birth_date": "1961-02-03"}
    rows = [*book(150), ANN | far, ANN_TOO]
    found = night(rows, tmp_path)
    assert apart(found, "crm|1", "fb|1") == apart(link_people(table(rows)).to_pylist(), "crm|1", "fb|1")
    assert apart(night([*rows, BRIDGE], tmp_path), "crm|1", "fb|1", "li|1") == 1


def test_a_contact_falls_apart_when_the_record_that_held_it_together_goes(tmp_path):
    one = {**ANN, "given_name": "A"}
    other = {**ANN_TOO, "given_name": "Annelise"}
    rows = [*book(150), one, other, BRIDGE]
    together = apart(night(rows, tmp_path), "crm|1", "fb|1")
    left = apart(night(rows[:-1], tmp_path), "crm|1", "fb|1")
    assert (together, left) == (1, apart(link_people(table(rows[:-1])).to_pylist(), "crm|1", "fb|1")) == (1, 2)


def test_a_verdict_of_the_day_holds_the_night_after_and_may_be_taken_back(known, memory):
    different = ("crm|1", "li|1", "different")
    assert apart(known[1], "crm|1", "li|1") == 1
    assert apart(night([*PEOPLE_KNOWN, ANN_TOO], memory, (different,)), "crm|1", "li|1") == 2
    assert apart(night([*PEOPLE_KNOWN, ANN_TOO], memory, (different, ("crm|1", "li|1", "same"))), "crm|1", "li|1") == 1


def test_after_many_nights_it_is_all_worked_out_anew(tmp_path, worked_out):
    rows = book(112)
    for count in range(100, 113, 4):
        night(rows[:count], tmp_path)
    assert [number >= 100 for number in worked_out] == [True, False, False, True]


def test_nobody_is_remembered_by_name_and_who_is_gone_not_at_all(memory):
    (file,) = memory.iterdir()
    content = file.read_bytes().lower()
    assert not any(word in content for word in (b"annelise", b"quackenbush", b"5550142", b"crm|1", PEOPLE_KNOWN[0]["key"].encode()))
    night(PEOPLE_KNOWN[:-2], memory)
    with duckdb.connect(str(file)) as remembered:
        gone = "hash('crm|1'), hash('li|1')"
        assert remembered.execute(f"SELECT count(*) FROM record WHERE id IN ({gone}) OR other IN ({gone})").fetchall() == [(0,)]
        assert remembered.execute("SELECT count(*) FROM block_key ANTI JOIN record USING (number)").fetchall() == [(0,)]


def test_one_key_for_two_records_is_worked_out_whole_and_not_remembered(tmp_path):
    rows = [*book(150), ANN, ANN]
    assert len(night(rows, tmp_path)) == len(rows)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("is_database", [False, True])
def test_a_memory_that_cannot_be_read_is_none(known, memory, is_database):
    (file,) = memory.iterdir()
    if is_database:
        with duckdb.connect(str(file)) as remembered:
            remembered.execute("DROP TABLE block_key")
    else:
        file.write_bytes(b"no database")
    assert night(PEOPLE_KNOWN, memory) == known[1]
    assert night(PEOPLE_KNOWN, memory) == known[1]


def test_other_rules_are_no_reason_to_believe_what_is_remembered(memory, worked_out, monkeypatch):
    monkeypatch.setattr(place, "version", lambda: "other")
    night(PEOPLE_KNOWN, memory)
    assert worked_out == [len(PEOPLE_KNOWN)]


def test_a_base_that_has_become_small_is_forgotten(memory):
    night(PEOPLE_KNOWN[:50], memory)
    assert not list(memory.iterdir())


KILLED = """
import sys
from pathlib import Path
import pyarrow.parquet as pq
from commonground.identity.night_after import place
import os, signal
place.LARGE = 100
said = getattr(place, sys.argv[3])
def dying(*rest):
    said(*rest)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(place, sys.argv[3], dying)
place.link_night(pq.read_table(sys.argv[1]), (), Path(sys.argv[2]))
"""


def test_a_night_that_is_killed_is_repeated_as_if_nothing_had_been(memory, tmp_path):
    rows, tonight = [*PEOPLE_KNOWN, ANN_TOO], tmp_path / "tonight.parquet"
    pq.write_table(table(rows), tonight)
    done = subprocess.run([sys.executable, "-c", KILLED, str(tonight), str(memory), "_merge_doubts"], env=os.environ, check=False)
    assert done.returncode == -signal.SIGKILL
    found = night(rows, memory)
    assert apart(found, "crm|1", "li|1", "fb|1") == 1
    assert groups(found) == groups(link_people(table(rows)).to_pylist())
