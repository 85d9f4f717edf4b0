"""Erasing and suppressing in a small lake, without any enrichment."""

import datetime as dt
import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commonground import records
from commonground.config import Settings, load_settings
from commonground.engine import Engine, Night
from commonground.errors import CommonGroundError
from commonground.identity import verdicts
from commonground.lake import QUARANTINE_SCHEMA
from commonground.privacy.erase import erase
from commonground.privacy.subject import Subject, find, note_unfinished, unfinished
from commonground.privacy.suppression import (
    DO_NOT_CONTACT,
    ERASED,
    Suppression,
    email_key,
    name_key,
    phone_key,
    record_key,
    register_suppressed,
)
from commonground.sources.base import Record, Refusal
from nights import AS_OF, MARKET, write_config

NOW = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
FEEDS = """
feeds:
  - {name: crm, source: followupboss, connection: crm}
  - {name: book, source: google-contacts, path: drops/book.csv, owner: ana}
"""
PEOPLE = {
    "crm": [
        {"record_id": "1", "full_name": "Mary Ortiz", "emails": ["Mary@X.org"], "phones": ["(707) 555-0199", "(707) 555-0100"]},
        {"record_id": "2", "full_name": "Bo Ortiz", "emails": ["bo@x.org"], "phones": ["707 555 0100"], "partner_ref": "1", "partner_name": "Mary Ortiz",
         "tags": ["friend of Mary Ortiz"]},
        {"record_id": "3", "full_name": "Jo Lee", "emails": ["jo@x.org"]},
        {"record_id": "9", "full_name": "Ana Lopez", "emails": ["ana@team.example"], "agent_id": "ana"},
    ],
    "book": [
        {"record_id": "m", "full_name": "Ortiz Mary", "emails": ["mary@x.org"]},
        {"record_id": "j", "full_name": "Jo Lee", "emails": ["jo.lee@y.org"]},
    ],
}  # fmt: skip
CONTACTS = {("crm", "1"): "c1", ("book", "m"): "c1", ("crm", "2"): "c2", ("crm", "3"): "c3", ("book", "j"): "c4", ("crm", "9"): "ana"}
TEXTS = [
    {"record_id": "u1", "author_ref": "1", "text": "I love jazz"},
    {"record_id": "u2", "author_ref": "3", "text": "Lunch with mary ortiz (mary@x.org, +1 707.555.0199), or Bo at 707 555 0100"},
    {"record_id": "u3", "author_ref": "3", "target_ref": "1", "text": "Hello you"},
]


def table(kind: str, feed: str, rows: list[dict[str, object]]) -> pa.Table:
    stamp = {"feed": feed, "source": "given", "run_id": "run1", "modified_at": NOW}
    return pa.Table.from_pylist([records.coerce(kind, row) | stamp for row in rows], schema=records.schema(kind))


def said(feed: str = "crm") -> dict[str, pa.Table]:
    common = {"utterance_type": "post", "is_self_stated": True}
    return {
        "person": table("person", feed, PEOPLE[feed]),
        "utterance": table("utterance", feed, [row | common for row in TEXTS] if feed == "crm" else []),
    }


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write_config(tmp_path / "config", FEEDS, MARKET)
    data = tmp_path / "data"
    lake = Night(data, load_settings(tmp_path / "config"), "run1", AS_OF).lake
    for feed in PEOPLE:
        for kind, rows in said(feed).items():
            lake.commit(lake.batch_path("records", feed, "run1", kind), rows)
    refused = [
        {"feed": "crm", "kind": "person", "record_id": "7", "payload": '{"emails": ["mary@x.org"]}', "reason": "bad", "run_id": "run1"},
        {"feed": "crm", "kind": "utterance", "record_id": "u8", "payload": '{"author_ref": "1", "text": ""}', "reason": "bad", "run_id": "run1"},
        {"feed": "crm", "kind": "person", "record_id": "8", "payload": "{}", "reason": "bad", "run_id": "run1"},
    ]  # fmt: skip
    lake.commit(lake.batch_path("quarantine", "crm", "run1"), pa.Table.from_pylist(refused, schema=QUARANTINE_SCHEMA))
    (lake.landing_folder("crm", "run1") / "people.000001.gz").write_bytes(gzip.compress(b"[1]"))
    (lake.landing_folder("blog", "run1") / "feed.000001.gz").write_bytes(gzip.compress(b'{"name": "Mary \\u004frtiz"}'))
    (lake.landing_folder("town", "run1") / "feed.000001.gz").write_bytes(gzip.compress(b"<rss>nobody</rss>"))
    (data / "drops").mkdir()
    (data / "drops" / "book.csv").write_text("Mary Ortiz,mary@x.org")
    publish(data)
    return data


def publish(data: Path, without: frozenset[str] = frozenset()) -> None:
    import duckdb

    with duckdb.connect(str(data / "commonground.duckdb")) as con:
        con.execute("CREATE TABLE contact_identities (contact_id VARCHAR, feed VARCHAR, record_id VARCHAR)")
        identities = [(contact, *key) for key, contact in CONTACTS.items() if contact not in without]
        con.executemany("INSERT INTO contact_identities VALUES (?, ?, ?)", identities)
        con.execute("""
            CREATE TABLE contacts (contact_id VARCHAR, emails VARCHAR[], phones VARCHAR[], full_name VARCHAR, given_name VARCHAR, family_name VARCHAR)""")
        con.execute("INSERT INTO contacts VALUES ('c1', ['mary@x.org'], ['+17075550199', '+17075550100'], 'Mary Ortiz', 'Mary', 'Ortiz')")
        con.execute("DELETE FROM contacts WHERE list_contains(?, contact_id)", [sorted(without)])
        con.execute("CREATE TABLE _meta (as_of DATE)")
        con.execute("INSERT INTO _meta VALUES (DATE '2026-11-20')")


@pytest.fixture
def settings(data: Path) -> Settings:
    return load_settings(data.parent / "config")


@pytest.fixture(autouse=True)
def _published_without_a_night(monkeypatch: pytest.MonkeyPatch):
    def publish_anew(night: Night, subject: Subject) -> None:
        night.published.unlink()
        publish(night.data, without=subject.contact_ids)

    monkeypatch.setattr("commonground.privacy.erase._publish_without", publish_anew)


def rows(data: Path, kind: str, feed: str = "crm") -> list[dict]:
    return pq.read_table(data / "lake" / "records" / kind / feed / "run1.parquet").to_pylist()


def files(data: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}


def test_a_person_goes_from_every_feed_and_nobody_else_does(data: Path, settings: Settings):
    answer = erase(data, settings, email=" MARY@x.org")
    assert (answer["contact_ids"], answer["records"], answer["erased"], answer["published"]) == (["c1"], 2, True, True)
    assert [row["record_id"] for row in rows(data, "person")] == ["2", "3", "9"]
    assert [row["record_id"] for row in rows(data, "person", "book")] == ["j"]
    assert [row["record_id"] for row in rows(data, "utterance")] == ["u2"]
    refused = pq.read_table(data / "lake" / "quarantine" / "crm" / "run1.parquet").to_pylist()
    assert [row["record_id"] for row in refused] == ["8"]
    assert answer["still_in"] == ["drops/book.csv"]
    assert unfinished(data) is None


@pytest.mark.parametrize("who", [{"email": "mary@x.org"}, {"phone": "+1 707 555 0199"}, {"contact": "c1"}])
def test_each_way_of_naming_somebody_finds_the_same(data: Path, settings: Settings, who: dict[str, str]):
    assert erase(data, settings, **who, is_dry_run=True)["contact_ids"] == ["c1"]


def test_others_words_no_longer_name_them_and_a_shared_number_stays(data: Path, settings: Settings):
    erase(data, settings, email="mary@x.org")
    assert rows(data, "utterance")[0]["text"] == "Lunch with [erased] ([erased], [erased]), or Bo at 707 555 0100"
    partner = rows(data, "person")[0]
    assert (partner["partner_ref"], partner["partner_name"], partner["phones"]) == (None, None, ["707 555 0100"])
    assert partner["tags"] == ["friend of [erased]"]


def test_the_next_load_brings_nothing_back(data: Path, settings: Settings):
    erase(data, settings, email="mary@x.org")
    kept, dropped = Suppression.load(data).apply(said(), "crm")
    assert {kind: table.to_pylist() for kind, table in kept.items()} == {kind: rows(data, kind) for kind in ("person", "utterance")}
    assert dropped == 3
    renamed = table("person", "new", [{"record_id": "x", "full_name": "M. O.", "emails": ["MARY@x.org"]}])
    assert Suppression.load(data).apply({"person": renamed}, "new") == ({}, 1)


def test_what_is_refused_does_not_bring_them_back_either(data: Path, settings: Settings):
    erase(data, settings, email="mary@x.org")
    refused = [
        Refusal("bad", "x", '{"emails": ["mary@x.org"]}', "person", "7"),
        Refusal("bad", "'Mary Ortiz' is no date", "{}", "person", "8"),
        Refusal("bad", "x", '{"author_ref": "1"}', "utterance", "u9"),
        Refusal("bad", "x", "{}", "person", "1"),
        Refusal("bad", "x", '{"author_ref": "2", "text": "mary"}', "utterance", "u10"),
    ]
    kept, dropped = Suppression.load(data).without_erased(refused, "crm")
    assert ([row.record_id for row in kept], dropped) == (["u10"], 4)


def test_an_answer_that_shows_them_is_not_kept_as_received(data: Path, settings: Settings):
    erase(data, settings, email="mary@x.org")
    listed = Suppression.load(data)
    assert listed.is_in_page(b'{"name": "Mary \\u004frtiz"}', [], "crm")
    assert listed.is_in_page(b"[1]", [Record("interaction", {"person_ref": "1"})], "crm")
    assert not listed.is_in_page(b"[2]", [Record("interaction", {"person_ref": "2"})], "crm")


def test_landing_files_of_their_feeds_and_those_that_name_them_go(data: Path, settings: Settings):
    answer = erase(data, settings, contact="c1")
    assert answer["files"]["landing"] == 2
    assert [path.parts[-3] for path in sorted((data / "lake" / "landing").rglob("*.gz"))] == ["town"]


def test_no_byte_under_data_holds_them(data: Path, settings: Settings):
    erase(data, settings, email="mary@x.org")
    for path, content in files(data).items():
        if "drops" in path.parts:
            continue
        text = str(pq.read_table(path).to_pylist()) if path.suffix == ".parquet" else ""
        for trace in ("mary@x.org", "5550199", "555-0199", "mary ortiz", "ortiz mary"):
            assert trace not in text.lower(), path
            assert trace.encode() not in content.lower(), path


def test_a_dry_run_changes_no_byte(data: Path, settings: Settings):
    before = files(data)
    answer = erase(data, settings, email="mary@x.org", is_dry_run=True)
    assert not answer["erased"]
    assert answer["files"]["lake"] >= 4
    assert files(data) == before


@pytest.mark.parametrize(
    ("who", "why"),
    [
        ({"email": "nobody@x.org"}, "nobody is known by 'nobody@x.org'"),
        ({"contact": "c9"}, "nobody is known"),
        ({"phone": "12"}, "at least 7 digits"),
        ({"email": "ana@team.example"}, "team member"),
        ({"contact": "ana"}, "team member"),
        ({"phone": "707-555-0100"}, r"belongs to 2 contacts \(c1, c2\): say which"),
    ],
)
def test_who_cannot_be_erased_is_told_in_one_line(data: Path, settings: Settings, who: dict[str, str], why: str):
    before = files(data)
    with pytest.raises(CommonGroundError, match=why) as raised:
        erase(data, settings, **who)
    assert "\n" not in str(raised.value)
    assert files(data) == before


def test_a_name_that_somebody_else_bears_is_not_masked(data: Path, settings: Settings):
    erase(data, settings, contact="c3")
    assert Suppression.load(data).is_erased(email_key("jo@x.org"))
    assert not Suppression.load(data).is_erased(name_key("Jo Lee"))


def test_an_erasure_that_was_cut_short_is_finished_by_the_next(data: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("commonground.privacy.erase._remove_holding", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        erase(data, settings, email="mary@x.org")
    assert unfinished(data) is not None
    assert (data / "privacy" / "erasing.json").stat().st_mode & 0o077 == 0
    erase(data, settings, contact="c3")
    assert [row["record_id"] for row in rows(data, "person")] == ["2", "9"]
    assert unfinished(data) is None
    assert len(list((data / "lake" / "landing").rglob("*.gz"))) < 3


def test_an_old_address_finds_its_person_and_goes_too(data: Path, settings: Settings):
    lake = Night(data, settings, "run2", AS_OF).lake
    newer = table("person", "crm", [PEOPLE["crm"][0] | {"emails": ["new@x.org"]}])
    index = newer.schema.get_field_index("modified_at")
    newer = newer.set_column(index, newer.schema.field(index), pa.array([NOW + dt.timedelta(1)], newer.schema.field(index).type))
    lake.commit(lake.batch_path("records", "crm", "run2", "person"), newer)
    erase(data, settings, email="mary@x.org")
    listed = Suppression.load(data)
    assert all(map(listed.is_erased, (email_key("mary@x.org"), email_key("new@x.org"))))
    assert pq.read_table(lake.batch_path("records", "crm", "run2", "person")).num_rows == 0


def test_verdicts_on_their_records_go(data: Path, settings: Settings):
    verdicts.record(data, ("crm", "1"), ("book", "m"), "same", "ana")
    verdicts.record(data, ("crm", "3"), ("book", "j"), "different", "ana")
    erase(data, settings, email="mary@x.org")
    left = [json.loads(line) for line in verdicts.verdicts_file(data).read_text().splitlines()]
    assert [line["left_record_id"] for line in left] == ["3"]


def test_half_written_files_of_killed_processes_go(data: Path, settings: Settings):
    scratch = [data / "lake" / "records" / "person" / "crm" / ".run9.parquet.77.tmp", data / ".commonground.run9.tmp"]
    for path in scratch:
        path.write_text("mary@x.org")
    erase(data, settings, email="mary@x.org")
    assert not any(path.exists() for path in scratch)


def test_hashes_know_every_spelling_of_a_mailbox_and_number(tmp_path: Path):
    listed = Suppression.load(tmp_path).add([email_key("jo.doe@gmail.com"), phone_key("707-555-0199 ext. 12")], ERASED, NOW)
    assert listed.is_erased(email_key("JoDoe+x@googlemail.com"))
    assert listed.is_erased(phone_key("+1 (707) 555-0199"))
    assert not listed.is_erased(record_key("f", "1"))


def test_a_salt_that_was_never_written_is_made_and_a_lost_one_stops_everything(tmp_path: Path):
    folder = tmp_path / "privacy"
    folder.mkdir()
    (folder / "salt").touch()
    Suppression.load(tmp_path).add([email_key("a@x.org")], ERASED, NOW)
    assert len((folder / "salt").read_bytes()) == 32
    (folder / "salt").write_bytes(b"")
    with pytest.raises(CommonGroundError, match="nothing is loaded"):
        Suppression.load(tmp_path)


def contacts_suppressed(data: Path, settings: Settings) -> list[tuple]:
    with Engine(Night(data, settings, "run2", AS_OF)) as engine:
        engine.con.execute("""
            CREATE TEMP TABLE contact_profiles AS SELECT * FROM (VALUES
                ('c1', false, ['mary@x.org'], ['+17075550199']), ('c2', false, ['bo@x.org'], ['+17075550100']), ('c3', false, [], []),
                ('ana', true, ['ana@team.example'], ['+17075550199'])) AS p(contact_id, is_agent, emails, phones)""")
        register_suppressed(engine)
        return engine.con.execute("SELECT * FROM suppressed_contact ORDER BY ALL").fetchall()


def test_who_is_on_the_list_is_found_by_address_or_number(data: Path, settings: Settings):
    assert contacts_suppressed(data, settings) == []
    Suppression.load(data).add([email_key("BO@x.org")], DO_NOT_CONTACT, NOW)
    assert contacts_suppressed(data, settings) == [("c2", None)]
    Suppression.load(data).add([phone_key("(707) 555-0199")], DO_NOT_CONTACT, NOW)
    assert contacts_suppressed(data, settings) == [("c1", None), ("c2", None)]


def test_somebody_erased_who_slipped_through_is_left_alone(data: Path, settings: Settings):
    Suppression.load(data).add([email_key("bo@x.org")], ERASED, NOW)
    assert contacts_suppressed(data, settings) == [("c2", "erased")]


def test_a_noted_erasure_comes_back_as_it_was(data: Path, settings: Settings):
    subject = find(Night(data, settings, "run2", AS_OF), email="mary@x.org", phone=None, contact=None)
    note_unfinished(data, subject)
    assert unfinished(data) == subject
