"""A night's utterances and identities → the four tables of interests, on a real engine."""

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import sqlglot

from commonground import records
from commonground.config import DEFAULT_CONFIG, Feed, InterestPolicy, Settings, SourceTerms, load_settings
from commonground.engine import Engine, Night
from commonground.interests import stage

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
IDENTITIES = pa.schema([("contact_id", pa.string()), ("feed", pa.string()), ("record_id", pa.string()), ("is_agent", pa.bool_())])


def said(feed: str, number: str, author: str, type_: str, text: str, **more: Any) -> dict[str, Any]:
    row = dict.fromkeys(records.KINDS["utterance"].column_names)
    return {
        **row, "feed": feed, "record_id": number, "source": feed, "modified_at": NOW, "run_id": "r0", "is_deleted": False, "author_ref": author,
        "utterance_type": type_, "text": text, "occurred_at": NOW - dt.timedelta(days=len(number)), "is_self_stated": True, **more,
    }  # fmt: skip


def settings(**policy: Any) -> Settings:
    base = load_settings(DEFAULT_CONFIG)
    feeds = [
        Feed(name="team", source="team"),
        Feed(name="facebook", source="facebook", path="x"),
        Feed(name="linkedin", source="linkedin", path="x"),
        Feed(name="hubspot", source="hubspot", path="x"),
    ]
    return base.model_copy(update={"feeds": feeds, "policy": base.policy.model_copy(update=policy)})


def night(
    tmp_path: Path, utterances: list[dict[str, Any]], people: dict[tuple[str, str], str], run: str = "20261120T020000_t", **policy: Any
) -> Engine:
    at = Night(tmp_path, settings(**policy), run, NOW.date(), NOW)
    kind = records.KINDS["utterance"]
    schema = pa.schema([(c.name, records.TYPES[c.type][0]) for c in kind.columns])
    at.lake.commit(at.lake.batch_path("records", "all", f"b{run}", "utterance"), pa.Table.from_pylist(utterances, schema=schema))
    engine = Engine(at)
    rows = [{"feed": f, "record_id": r, "contact_id": c, "is_agent": c == "me"} for (f, r), c in people.items()]
    engine.write("contact_identities", pa.Table.from_pylist(rows, schema=IDENTITIES))
    return engine


def rows(engine: Engine, sql: str) -> list[tuple[Any, ...]]:
    return engine.con.execute(sql).fetchall()


PEOPLE = {("team", "me"): "me", ("facebook", "ann"): "c1", ("hubspot", "9"): "c1", ("linkedin", "bo"): "c2"}


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    texts = [
        said("team", "m1", "me", "bio", "I play zydeco accordion and I love jazz."),
        said("team", "m2", "me", "bio", "I served in the Navy."),
        said("facebook", "f1", "ann", "post", "I love jazz! Thinking of moving."),
        said("facebook", "f2", "ann", "post", "I served in the Navy for six years."),
        said("hubspot", "h1", "9", "note", "She loves fly fishing. Her husband is sick.", is_self_stated=False),
        said("linkedin", "l1", "bo", "bio", "My mother served in the Navy. I love jazz but hate golf."),
        said("linkedin", "l2", "bo", "post", "My husband and I love sushi after church."),
        said("linkedin", "l3", "bo", "post", "As a Christian choir singer I love it."),
        said("linkedin", "l4", "unknown", "post", "I love chess."),
    ]
    made = night(tmp_path, texts, PEOPLE)
    stage.tag(made)
    return made


def test_common_ground_has_evidence_on_both_sides(engine: Engine) -> None:
    found = rows(
        engine,
        "SELECT contact_id, interest, policy_class, rank, agent_evidence_text, contact_evidence_text FROM common_ground ORDER BY ALL",
    )
    assert ("c1", "jazz", "open", 1, "I play zydeco accordion and I love jazz.", "I love jazz!") in found
    assert ("c1", "us_navy", "restricted", None, "I served in the Navy.", "I served in the Navy for six years.") in found


def test_a_relatives_service_is_kept_as_the_familys_and_is_no_common_ground(engine: Engine) -> None:
    assert rows(engine, "SELECT subject FROM interest_evidence WHERE contact_id = 'c2' AND interest = 'us_navy'") == [("family",)]
    assert rows(engine, "SELECT count(*) FROM person_interests WHERE contact_id = 'c2' AND interest = 'us_navy'") == [(0,)]
    assert rows(engine, "SELECT count(*) FROM common_ground WHERE contact_id = 'c2' AND policy_class = 'restricted'") == [(0,)]


def test_no_quote_holds_a_protected_statement_or_a_dislike(engine: Engine) -> None:
    texts = " ".join(text.lower() for (text,) in rows(engine, "SELECT evidence_text FROM interest_evidence"))
    for word in ("husband", "church", "christian", "sick"):
        assert word not in texts
    assert rows(engine, "SELECT evidence_text FROM interest_evidence WHERE interest = 'sushi'") == [("…and I love sushi after…",)]
    assert rows(engine, "SELECT count(*) FROM interest_evidence WHERE interest = 'golf'") == [(0,)]


def test_denied_statements_are_counted_by_feed(engine: Engine) -> None:
    counts = {feed: count for feed, _, count in rows(engine, "SELECT * FROM denied_statements")}
    assert counts["linkedin"] >= 3
    assert counts["facebook"] == 0


def test_evidence_names_its_source_in_words(engine: Engine) -> None:
    assert rows(engine, "SELECT evidence_source FROM person_interests WHERE interest = 'fly_fishing'") == [("HubSpot note",)]


def test_a_restricted_interest_that_an_agent_wrote_down_is_no_common_ground(tmp_path: Path) -> None:
    texts = [
        said("team", "m1", "me", "bio", "I served in the Navy. I love jazz."),
        said("hubspot", "h1", "9", "note", "He served in the Navy. Loves jazz.", is_self_stated=False),
    ]
    made = night(tmp_path, texts, PEOPLE)
    stage.tag(made)
    assert rows(made, "SELECT interest FROM common_ground") == [("jazz",)]


def test_a_source_whose_terms_do_not_allow_it_is_left_alone(tmp_path: Path) -> None:
    texts = [said("facebook", "f1", "ann", "post", "I love jazz")]
    made = night(tmp_path, texts, PEOPLE, sources={"facebook": SourceTerms(purposes=["identity"])})
    stage.tag(made)
    assert rows(made, "SELECT count(*) FROM interest_evidence") == [(0,)]


def test_a_text_is_tagged_once_until_it_or_the_rules_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    real = stage.Tagger.pages

    def spy(self: Any, texts: list[str], types: list[str | None]) -> Any:
        seen.extend(texts)
        return real(self, texts, types)

    monkeypatch.setattr(stage.Tagger, "pages", spy)
    first = said("facebook", "f1", "ann", "post", "I love jazz")
    stage.tag(night(tmp_path, [first], PEOPLE))
    stage.tag(night(tmp_path, [first, said("facebook", "f2", "ann", "post", "I love opera")], PEOPLE, "20261121T020000_t"))
    changed = {**first, "text": "I love chess", "modified_at": NOW + dt.timedelta(days=1)}
    last = night(tmp_path, [changed], PEOPLE, "20261122T020000_t")
    stage.tag(last)
    assert seen == ["I love jazz", "I love opera", "I love chess"]
    assert rows(last, "SELECT interest FROM person_interests ORDER BY interest") == [("chess",), ("opera",)]
    stage.tag(night(tmp_path, [changed], PEOPLE, "20261123T020000_t", interests=InterestPolicy(restricted_kinds=["games"])))
    assert len(seen) == 5


def test_the_kept_tags_hold_positions_and_no_words(engine: Engine) -> None:
    files = list((engine.night.lake.root / "derived" / "tags").rglob("*.parquet"))
    assert files
    assert not any(b"I play zydeco" in file.read_bytes() for file in files)


def test_running_the_stage_again_gives_the_same_tables(engine: Engine) -> None:
    before = {t: rows(engine, f"SELECT * FROM {t}") for t in ("interest_evidence", "person_interests", "common_ground")}
    stage.tag(engine)
    assert {t: rows(engine, f"SELECT * FROM {t}") for t in before} == before


@pytest.mark.parametrize("name", ["interest_evidence", "person_interests", "common_ground", "denied_statements"])
def test_the_sql_translates_to_spark(name: str) -> None:
    sql = (stage.HERE / f"{name}.sql").read_text(encoding="utf-8")
    (one,) = sqlglot.transpile(sql, read="duckdb", write="spark")
    assert sqlglot.parse_one(one, read="spark")
