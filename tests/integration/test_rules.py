"""The rules that no setting changes, tried on whole nights."""

import datetime as dt
import gzip
import random
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from commonground import records
from commonground.config import load_settings
from commonground.engine import Night
from commonground.interests.tagger import Tagger
from commonground.privacy.suppression import DO_NOT_CONTACT, Suppression, email_key
from commonground.stages import ENRICHMENT, run_stage
from towns import COMMAND, commonground, query

AS_OF = dt.date(2026, 11, 20)
STARTED = dt.datetime.now(dt.UTC)
RUN = "30000101T000000_rules"


def enrich(town: Path, *, is_published: bool = False, started_at: dt.datetime = STARTED) -> Path:
    """Everything after the loads, always as the same run; returns the folder of its tables."""
    night = Night(town / "data", load_settings(town / "config"), RUN, AS_OF, started_at)
    for stage in ENRICHMENT:
        if stage.name != "publish" or is_published:
            run_stage(night, stage)
    return night.lake.enriched_folder(RUN)


def rows(folder: Path, table: str, columns: str = "*") -> list[tuple]:
    with duckdb.connect() as con:
        return con.execute(f"SELECT {columns} FROM '{folder}/{table}.parquet' ORDER BY ALL").fetchall()


# Fair housing

DECIDED = {
    **dict.fromkeys(("segments", "need_scores", "ties", "reach", "referral_paths", "endorsements"), "*"),
    **dict.fromkeys(("contacts", "need_evidence", "signals", "transactions", "backtest", "local_property"), "*"),
    **dict.fromkeys(("segment_now", "segment_later", "segment_evangelist"), "rank, contact_id, score, why, next_step, channel"),
    "today": "rank, contact_id, household, segment, why_now, evidence, through, next_step",
    "local_topics": "town, interest, month, mention_count, people_count",
}
# what a statement is not: an exchange keeps its place when its words change; where somebody lives is no statement about their past
EXCHANGES = ("message", "comment", "post", "like", "reaction", "checkin")
NEUTRAL = "See you on Tuesday at ten."
PROTECTED = {
    "post": [
        "I served in the Marine Corps for six years.",
        "As a devout Catholic I never miss Mass.",
        "I was diagnosed with diabetes last year.",
        "I graduated from Santa Rosa High School.",
    ],
    "group": ["Navy Veterans", "First Baptist Church", "Montgomery High School Alumni", "North Bay Navy Veterans Club"],
    "event": ["First Baptist Church Easter Service", "Navy Veterans Reunion Dinner"],
    "checkin": ["At First Baptist Church", "At VFW Post 1234"],
    "tag": ["Veteran", "Catholic", "Wheelchair user"],
    "education": ["Sonoma State University", "University of Michigan"],
    "hometown": ["New Orleans, Louisiana", "Detroit, Michigan"],
}


class Statements:
    """The town's protected statements, as the tagger of its settings sees them."""

    def __init__(self, town: Path) -> None:
        self.tagger = Tagger(load_settings(town / "config"))

    def is_protected(self, text: str, kind: str) -> bool:
        found = self.tagger.tag(text, kind)
        return kind != "current_city" and bool(found.denied or any(i.policy_class != "open" for i in found.interests))

    def open_tags(self, text: str, kind: str) -> set[tuple]:
        found = self.tagger.tag(text, kind)
        return {(i.interest, i.subject, i.negated) for i in found.interests if i.policy_class == "open"}

    def without(self, text: str, kind: str) -> str | None:
        """The text with what is protected cut out, if what is open in it stays as it is."""
        found = self.tagger.tag(text, kind)
        spans = [*found.denied_spans, *((i.start, i.end) for i in found.interests if i.policy_class != "open")]
        for start, end in sorted(spans, reverse=True):
            text = text[:start] + "it" + text[end:]
        return text


def changed(town: Path, change: Callable[[dict], dict | None]) -> int:
    """Rewrites every utterance of the lake (None takes it out); returns how many changed."""
    count = 0
    for path in (town / "data" / "lake" / "records" / "utterance").rglob("*.parquet"):
        old = pq.read_table(path).to_pylist()
        new = [change(dict(row)) for row in old]
        count += sum(one != other for one, other in zip(old, new, strict=True))
        pq.write_table(pa.Table.from_pylist([row for row in new if row], schema=records.schema("utterance")), path)
    return count


def silence(town: Path) -> int:
    statements = Statements(town)

    def silenced(row: dict) -> dict | None:
        kind, text = row["utterance_type"], row["text"]
        if not statements.is_protected(text, kind):
            return row
        is_open = statements.open_tags(text, kind)
        if not is_open and kind not in EXCHANGES:
            return None
        cut = statements.without(text, kind) if is_open else NEUTRAL
        return row | {"text": cut} if statements.open_tags(cut, kind) == is_open else row

    for path in (town / "data" / "lake" / "records" / "person").rglob("*.parquet"):
        people = pq.read_table(path).to_pylist()
        for row in people:
            row["tags"] = row["tags"] and [tag for tag in row["tags"] if not statements.is_protected(tag, "tag")]
        pq.write_table(pa.Table.from_pylist(people, schema=records.schema("person")), path)
    return changed(town, silenced)


def flip(town: Path) -> int:
    statements = Statements(town)
    dice = random.Random(1)

    def flipped(row: dict) -> dict:
        kind, text = row["utterance_type"], row["text"]
        if not statements.is_protected(text, kind) or statements.open_tags(text, kind):
            return row
        pool = PROTECTED.get(kind, PROTECTED["post"])
        new = dice.choice([one for one in pool if one != text])
        assert not statements.open_tags(new, kind), (kind, new)
        return row | {"text": new}

    return changed(town, flipped)


def add(town: Path) -> int:
    """Everybody, the team too, says, likes, joins and visits protected things, in public and in the smallest of circles."""
    count = 0
    for path in list((town / "data" / "lake" / "records" / "person").rglob("*.parquet")):
        people = [row["record_id"] for row in pq.read_table(path).to_pylist()]
        feed = path.parent.name
        new = []
        for number, person in enumerate(people):
            for kind, texts in PROTECTED.items():
                for place, text in enumerate(texts):
                    new.append(
                        {
                            "feed": feed, "source": "facebook", "record_id": f"added-{person}-{kind}-{place}", "run_id": "added", "author_ref": person,
                            "modified_at": STARTED, "is_deleted": False, "utterance_type": kind, "text": text, "is_self_stated": kind != "tag",
                            "occurred_at": dt.datetime(2026, 11, 1, tzinfo=dt.UTC),
                            "thread_id": f"circle-{number // 3}-{place}" if kind in ("group", "event") else None,
                            "place_name": text.removeprefix("At ") if kind == "checkin" else None,
                        }
                    )  # fmt: skip
        target = town / "data" / "lake" / "records" / "utterance" / feed / "added.parquet"
        target.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(new, schema=records.schema("utterance")), target)
        count += len(new)
    return count


@pytest.fixture(scope="module")
def decided(town: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple]]:
    """What a night decides when everybody says what they say."""
    import shutil

    copy = shutil.copytree(town, tmp_path_factory.mktemp("before") / "town")
    folder = enrich(copy)
    return {name: rows(folder, name, columns) for name, columns in DECIDED.items()} | {"common_ground": rows(folder, "common_ground")}


@pytest.mark.parametrize("vary", [silence, flip, add])
def test_protected_statements_decide_nothing(own_town: Path, decided: dict[str, list[tuple]], vary: Callable[[Path], int]):
    assert vary(own_town) > 50
    folder = enrich(own_town)
    differing = {name: sum(a != b for a, b in zip(decided[name], after, strict=False)) + abs(len(after) - len(decided[name]))
                 for name, columns in DECIDED.items() if (after := rows(folder, name, columns)) != decided[name]}  # fmt: skip
    assert differing == {}
    shared = rows(folder, "common_ground")
    restricted = [sum("restricted" in row for row in table) for table in (decided["common_ground"], shared)]
    assert (restricted[0] < restricted[1]) if vary is add else restricted[0] != restricted[1]  # the change was seen
    assert [row for row in shared if "open" in row] or decided["common_ground"] == []


# Erasure


def texts_under(data: Path) -> Iterator[tuple[Path, str]]:
    """Every file under data but the team's own exports, as text: raw, unpacked, and every string of every table."""
    for path in data.rglob("*"):
        if not path.is_file() or "drops" in path.relative_to(data).parts:
            continue
        content = path.read_bytes()
        yield path, content.decode("utf-8", "replace").lower()
        if path.suffix == ".gz":
            yield path, gzip.decompress(content).decode("unicode_escape", "replace").lower()
        elif path.suffix == ".parquet":
            yield path, str(pq.read_table(path).to_pylist()).lower()
        elif path.suffix == ".duckdb":
            with duckdb.connect(path, read_only=True) as con:
                for (name,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall():
                    yield path / name, str(con.execute(f'SELECT * FROM "{name}"').fetchall()).lower()


def held(town: Path, traces: list[str]) -> list[tuple[Path, str]]:
    """Where one of the patterns is found."""
    patterns = [re.compile(trace.lower()) for trace in traces]
    return [(path, one.pattern) for path, text in texts_under(town / "data") for one in patterns if one.search(text)]


SOMEBODY = """
    SELECT c.contact_id, c.full_name, c.emails, c.phones, c.household_id FROM contacts AS c JOIN segments AS s USING (contact_id)
    WHERE len(c.emails) > 0 AND len(c.phones) > 0 AND NOT c.is_organization AND (c.given_name || ' ' || c.family_name) = c.full_name
      AND (SELECT count(*) FROM contacts AS o WHERE o.full_name = c.full_name) = 1
      AND (SELECT count(*) FROM contacts AS o WHERE list_has_any(o.phones, c.phones)) = 1
      AND (SELECT count(*) FROM contacts AS o WHERE o.household_id = c.household_id) {couple}
    ORDER BY len(c.feeds) DESC, c.contact_id LIMIT 1"""


def somebody(town: Path, *, is_in_a_couple: bool = False) -> tuple[str, list[str], str | None]:
    """The contact with the most feeds, patterns of what gives them away, and their household."""
    contact, name, emails, phones, household = query(town, SOMEBODY.format(couple="= 2" if is_in_a_couple else "<= 1"))[0]
    numbers = [f"{number[-10:-7]}[^0-9]{{0,3}}{number[-7:-4]}[^0-9]{{0,3}}{number[-4:]}" for number in phones]
    return contact, [*map(re.escape, emails), *numbers, re.escape(name), contact], household


def say_of_them(town: Path, contact: str, words: str) -> None:
    """Puts a text of somebody else into the lake."""
    author = query(town, "SELECT record_id FROM contact_identities WHERE feed = 'facebook_ana' AND contact_id <> ? LIMIT 1", contact)[0][0]
    row = {
        "feed": "facebook_ana", "source": "facebook", "record_id": "mention", "run_id": "mention", "author_ref": author, "is_deleted": False,
        "modified_at": STARTED, "utterance_type": "post", "text": words, "is_self_stated": True,
    }  # fmt: skip
    path = town / "data" / "lake" / "records" / "utterance" / "facebook_ana" / "mention.parquet"
    pq.write_table(pa.Table.from_pylist([row], schema=records.schema("utterance")), path)


def test_an_erased_person_is_gone_from_every_byte_and_does_not_come_back(own_town: Path):
    contact, traces, _ = somebody(own_town)
    others = "SELECT contact_id, segment FROM segments WHERE contact_id <> ? ORDER BY ALL"
    before = query(own_town, others, contact)
    name, email = query(own_town, "SELECT full_name, emails[1] FROM contacts WHERE contact_id = ?", contact)[0]
    say_of_them(own_town, contact, f"Ask {email} or {name}")
    folders = ("--data", own_town / "data", "--config", own_town / "config")

    assert held(own_town, traces)
    files = {path: path.read_bytes() for path in (own_town / "data").rglob("*") if path.is_file()}
    code, answer, said = commonground("erase", "--email", email, "--dry-run", *folders)
    assert (code, answer["contact_ids"], answer["erased"]) == (0, [contact], False), said
    assert {path: path.read_bytes() for path in (own_town / "data").rglob("*") if path.is_file()} == files

    code, answer, said = commonground("erase", "--email", email, *folders)
    assert (code, answer["erased"], answer["published"]) == (0, True, True), said
    assert held(own_town, traces) == []
    assert query(own_town, others, contact) == before

    code, answer, said = commonground("nightly", "--town", own_town)
    assert (code, answer["status"]) == (0, "complete"), said
    assert sum(feed["suppressed"] for feed in answer["feeds"].values()) > 0
    for name, feed in answer["feeds"].items():
        assert feed["read"] == feed["accepted"] + feed["quarantined"] + feed["unchanged"] + feed["suppressed"], name
        assert feed["accepted"] == 0, name
    assert held(own_town, traces) == []
    assert query(own_town, others, contact) == before

    for who, why in (
        (("--email", "nobody@nowhere.example"), "nobody is known"),
        (("--email", email), "nobody is known"),
        (("--contact", "ana"), "team member"),
    ):
        code, answer, said = commonground("erase", *who, *folders)
        assert (code, answer, len(said.strip().splitlines())) == (1, {}, 1), said
        assert why in said


def test_an_erasure_killed_at_any_moment_is_finished_by_another_and_leaves_the_partner(own_town: Path):
    contact, traces, household = somebody(own_town, is_in_a_couple=True)
    partner = query(own_town, "SELECT contact_id FROM contacts WHERE household_id = ? AND contact_id <> ?", household, contact)[0][0]
    count = query(own_town, "SELECT count(*) FROM contacts")[0][0]
    command = [COMMAND, "erase", "--contact", contact, "--data", str(own_town / "data"), "--config", str(own_town / "config")]
    dice = random.Random(7)
    killed = 0
    for _ in range(5):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        waited = time.monotonic() + 60
        while process.poll() is None and not (own_town / "data" / "privacy").exists() and time.monotonic() < waited:
            time.sleep(0.01)
        time.sleep(dice.uniform(0, 8))
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            killed += 1
        process.wait()
        assert query(own_town, "SELECT count(*) FROM contacts")[0][0] in (count, count - 1)
        assert query(own_town, "SELECT count(*) FROM today")[0][0] > 0
        if process.returncode == 0:
            break
    assert killed > 0
    if process.returncode != 0:
        code, answer, said = commonground(*command[1:])
        assert (code, answer["published"]) == (0, True), said
    assert held(own_town, traces) == []
    assert not (own_town / "data" / "privacy" / "erasing.json").exists()
    assert query(own_town, "SELECT count(*) FROM contacts WHERE contact_id = ?", partner) == [(1,)]
    assert query(own_town, "SELECT count(*) FROM contacts") == [(count - 1,)]


# Opting out, on the list and in the sources

ACTED_ON = {
    "segment_now": "contact_id", "segment_later": "contact_id", "segment_evangelist": "contact_id", "today": "contact_id",
    "referral_paths": "prospect_id", "endorsements": "prospect_id",
}  # fmt: skip


def test_whoever_is_put_on_the_list_is_left_alone_from_the_next_night_on(own_town: Path):
    contact, email, segment, name = query(
        own_town,
        """
        SELECT contact_id, c.emails[1], segment, c.full_name FROM segment_now JOIN contacts AS c USING (contact_id) JOIN segments USING (contact_id)
        WHERE contact_id IN (SELECT prospect_id FROM referral_paths) AND len(c.emails) > 0 ORDER BY contact_id LIMIT 1""",
    )[0]
    Suppression.load(own_town / "data").add([email_key(email.upper())], DO_NOT_CONTACT, STARTED)
    enrich(own_town, is_published=True)
    assert query(own_town, "SELECT segment, do_not_contact, channel FROM segments WHERE contact_id = ?", contact) == [(segment, True, None)]
    assert query(own_town, "SELECT do_not_contact_reason FROM contacts WHERE contact_id = ?", contact)[0][0]
    leave_alone(own_town)
    for table in ("today", "segment_now", "segment_later", "segment_evangelist"):
        assert name not in str(query(own_town, f'SELECT * EXCLUDE (contact_id) FROM "{table}"')), table


def leave_alone(town: Path) -> None:
    out = [row[0] for row in query(town, "SELECT contact_id FROM contacts WHERE do_not_contact")]
    assert out
    for table, column in ACTED_ON.items():
        assert query(town, f"SELECT count(*) FROM {table} WHERE list_contains(?, {column})", out) == [(0,)], table
    assert query(town, "SELECT count(*) FROM referral_paths WHERE list_has_any(via, ?)", out) == [(0,)]


def test_whoever_opted_out_is_nobody_to_act_on_and_nobody_to_go_through(town: Path):
    leave_alone(town)


def test_a_listing_that_still_has_a_contract_is_no_need(town: Path):
    found = query(
        town,
        """
        SELECT s.signal_id FROM signals AS s JOIN listings AS l ON l.ListingKey = s.ListingKey
        WHERE l.StandardStatus NOT IN ('Expired', 'Canceled') AND s.signal_type IN ('listing_expired', 'listing_canceled')
          AND l.StandardStatus IN ('Withdrawn', 'Hold', 'Active', 'Pending', 'Active Under Contract', 'Coming Soon')""",
    )
    assert found == []
    assert query(town, "SELECT count(*) > 0 FROM listings WHERE StandardStatus = 'Withdrawn'") == [(True,)]


# Source terms


def words_of_yelp(town: Path) -> list[str]:
    with duckdb.connect() as con:
        found = con.execute(f"""
            SELECT DISTINCT unnest([text, reviewer_name]) FROM '{town}/data/lake/records/review/yelp/*.parquet'
            UNION SELECT name FROM '{town}/data/lake/records/place/yelp/*.parquet'""").fetchall()
    return [row[0] for row in found if row[0] and len(row[0]) > 8]


def said_elsewhere(town: Path) -> str:
    """Everything that other feeds brought: a reviewer, an office, a shop may be called so there too."""
    files = [path for path in (town / "data" / "lake" / "records").glob("*/*/*.parquet") if path.parent.name != "yelp"]
    with duckdb.connect() as con:
        return "".join(str(con.execute(f"SELECT * FROM '{path}'").fetchall()) for path in files)


def test_words_that_must_be_forgotten_are_not_in_the_published_file_and_leave_the_lake(own_town: Path):
    words = words_of_yelp(own_town)
    with duckdb.connect(own_town / "data" / "commonground.duckdb", read_only=True) as con:
        tables = [row[0] for row in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        everything = {table: str(con.execute(f'SELECT * FROM "{table}"').fetchall()) for table in tables}
    told = said_elsewhere(own_town)
    words = [word for word in words if word not in told]
    assert len(words) > 10
    assert [(table, word) for table, text in everything.items() for word in words if word in text] == []
    assert query(own_town, "SELECT count(*) > 0, count(text), count(reviewer_name) FROM reviews WHERE source = 'yelp'") == [(True, 0, 0)]
    assert query(own_town, "SELECT count(text) > 0, count(reviewer_name) > 0 FROM reviews WHERE source = 'google-business'") == [
        (True, True)
    ]
    assert query(own_town, "SELECT count(excerpt) FROM endorsements WHERE review_feed = 'yelp'") == [(0,)]
    folder = enrich(own_town, is_published=True, started_at=STARTED + dt.timedelta(hours=25))
    assert query(own_town, "SELECT count(*) FROM reviews WHERE source = 'yelp'") == [(0,)]
    assert query(own_town, "SELECT count(*) FROM places WHERE source = 'yelp'") == [(0,)]
    assert query(own_town, "SELECT count(*) FROM endorsements WHERE review_feed = 'yelp'") == [(0,)]
    lake = own_town / "data" / "lake"
    for path in [*(lake / "records").rglob("*.parquet"), *(lake / "landing").rglob("*"), *folder.glob("*.parquet")]:
        if path.is_file() and "yelp" in str(path.relative_to(lake)):
            assert not [word for word in words if word.encode() in path.read_bytes()], path
    assert not list((lake / "records").glob("*/yelp/*.parquet"))


def with_terms(town: Path, **purposes: list[str]) -> None:
    path = town / "config" / "policy.yaml"
    policy = yaml.safe_load(path.read_text())
    policy["sources"] |= {source.replace("_", "-"): {"purposes": terms} for source, terms in purposes.items()}
    path.write_text(yaml.safe_dump(policy))


def test_a_source_is_used_for_what_its_terms_allow_and_for_nothing_else(own_town: Path):
    folder = enrich(own_town)
    assert rows(folder, "ties", "count(*) FILTER (evidence_source = 'linkedin' AND interaction_count > 0) > 0") == [(True,)]
    assert rows(folder, "last_touches", "count(*) FILTER (source = 'linkedin') > 0") == [(True,)]
    opted_out = rows(folder, "opt_outs")
    with_terms(
        own_town,
        facebook=["identity", "network"], linkedin=["identity", "interests"], followupboss=["identity", "interests", "network"],
        google_contacts=["interests", "network", "signals"], google_business=["identity"],
    )  # fmt: skip
    enrich(own_town)

    def sources(table: str, column: str) -> set[str]:
        return {row[0].partition("_")[0] for row in rows(folder, table, f"DISTINCT {column}") if row[0]}

    assert sources("interest_evidence", "feed") >= {"linkedin", "followupboss"}
    assert "facebook" not in sources("interest_evidence", "feed")
    assert "facebook" in sources("ties", "evidence_source")
    assert "linkedin" not in sources("ties", "evidence_source")
    assert "followupboss" not in sources("need_evidence", "evidence_feed")
    assert "mls" in sources("need_evidence", "evidence_feed")
    assert "google" not in sources("contact_identities", "feed")
    assert "google" not in sources("endorsements", "review_feed")
    assert {row[0] for row in opted_out} == {row[0] for row in rows(folder, "opt_outs")}  # a no counts from everywhere
