"""The published file and the verdicts since → what to ask a person about two records, and their answer → a verdict."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from commonground.engine import connect
from commonground.errors import CommonGroundError
from commonground.identity.verdicts import Decision, Ref, read, record

SAME, DIFFERENT, NOT_SURE = "Same person", "Different people", "Not sure"
ANSWERS: Mapping[str, Decision | None] = {SAME: "same", DIFFERENT: "different", NOT_SURE: None}
ANSWERED: Mapping[str, str] = {"same": "same person", "different": "different people"}
KEYS = ("pair_id", "left_feed", "left_record_id", "right_feed", "right_record_id")
_PAIR = re.compile(r"m[0-9a-f]{12}")
_MARKS = re.compile(r"([\\`*_{}\[\]()#+\-!|<>~&])")
_WHY_APART = {
    "name alone": "only the name speaks for it",
    "namesake": "they may be namesakes: nothing but the name agrees",
    "other birth date": "their birth dates differ",
}
_COLUMNS = (
    "pair_id, rank, is_joined, match_probability, match_rule, at_stake, agreed, differed, "
    "left_feed, left_record_id, left_contact_id, left_line, right_feed, right_record_id, right_contact_id, right_line"
)


@dataclass(frozen=True, slots=True)
class Question:
    """Two records, and what a person is asked about them (Markdown; texts from outside are escaped)."""

    pair_id: str
    left: Ref
    right: Ref
    subject: str
    body: str


def worst_pairs(data: Path, count: int, *, skipped: int = 0) -> list[dict[str, str]]:
    """The worst pairs of the published file that nobody has judged since, worst first: `KEYS` of each.

    Args:
        data: the data folder.
        count: how many at most.
        skipped: how many of the worst to leave out.

    Raises:
        CommonGroundError: nothing is published yet.
    """
    judged = _judged(data)
    rows = _published(data, f"SELECT {_COLUMNS} FROM uncertain_matches ORDER BY rank", [])
    return [{key: row[key] for key in KEYS} for row in rows if not _refs(row) & judged][skipped : skipped + count]


def question(data: Path, pair_id: str) -> Question | None:
    """What to ask about a pair; None if it has been judged, or is not in the published file (any more).

    Raises:
        CommonGroundError: it is no id of a pair, or nothing is published yet.
    """
    row = _row(data, pair_id)
    if row is None or _refs(row) & _judged(data):
        return None
    left, right = ((row[f"{side}_feed"], row[f"{side}_record_id"]) for side in ("left", "right"))
    return Question(pair_id, left, right, f"Same person? {_name(row['left_line'])} / {_name(row['right_line'])}", _body(row))


def answer(data: Path, left: Ref, right: Ref, decision: Decision, by: str) -> bool:
    """Records a verdict if both records are still there; says whether it did. Somebody may have been erased while we waited."""
    known = _published(
        data, "SELECT feed, record_id FROM contact_identities WHERE (feed = ? AND record_id = ?) OR (feed = ? AND record_id = ?)",
        [*left, *right],
    )  # fmt: skip
    if len(known) < 2:
        return False
    record(data, left, right, decision, by)
    return True


def said_since(data: Path) -> dict[str, str]:
    """pair_id → what the newest verdict on the pair says and by whom."""
    rows = read(data).to_pylist()
    return {
        pair_id((row["left_feed"], row["left_record_id"]), (row["right_feed"], row["right_record_id"])): (
            f"{ANSWERED[row['decision']]}, says {row['decided_by']}"
        )
        for row in rows
    }


def pair_id(left: Ref, right: Ref) -> str:
    """The id of a pair, whichever record is named first; the same as in `uncertain_pairs.sql`."""
    one, two = sorted(f"{feed}|{record_id}" for feed, record_id in (left, right))
    return "m" + hashlib.sha1(f"{one}#{two}".encode(), usedforsecurity=False).hexdigest()[:12]


def refs_of(data: Path, pair_id: str) -> tuple[Ref, Ref]:
    """The two records of a pair.

    Raises:
        CommonGroundError: the published file has no such pair.
    """
    row = _row(data, pair_id)
    if row is None:
        raise CommonGroundError(f"pair {pair_id} is not in uncertain_matches of the published file; it may be settled, or gone")
    return (row["left_feed"], row["left_record_id"]), (row["right_feed"], row["right_record_id"])


def _row(data: Path, pair_id: str) -> dict[str, Any] | None:
    if not _PAIR.fullmatch(pair_id):
        raise CommonGroundError(f"pair {pair_id!r} is no pair_id; expected m and twelve hex digits, as in uncertain_matches")
    rows = _published(data, f"SELECT {_COLUMNS} FROM uncertain_matches WHERE pair_id = ?", [pair_id])
    return rows[0] if rows else None


def _published(data: Path, sql: str, values: list[Any]) -> list[dict[str, Any]]:
    path = data / "commonground.duckdb"
    if not path.exists():
        raise CommonGroundError("nothing is published yet, so there is no pair to judge; run nightly_load first")
    quoted = str(path).replace("'", "''")
    with connect() as con:
        try:
            con.execute(f"ATTACH '{quoted}' AS published (READ_ONLY)")
            con.execute("USE published")
            answered = con.execute(sql, values)
            names = [column[0] for column in answered.description or ()]
            return [dict(zip(names, row, strict=True)) for row in answered.fetchall()]
        except duckdb.Error as error:
            raise CommonGroundError(f"{path.name}: {str(error).splitlines()[0]}; the next night builds it anew") from None


def _judged(data: Path) -> set[frozenset[Ref]]:
    rows = read(data).to_pylist()
    return {frozenset(((row["left_feed"], row["left_record_id"]), (row["right_feed"], row["right_record_id"]))) for row in rows}


def _refs(row: Mapping[str, Any]) -> set[frozenset[Ref]]:
    return {frozenset(((row["left_feed"], row["left_record_id"]), (row["right_feed"], row["right_record_id"])))}


def _name(line: str) -> str:
    return line.split(" · ")[0][:60]


def _body(row: Mapping[str, Any]) -> str:
    tonight = "joined: they are one contact" if row["is_joined"] else f"kept apart: {_why_apart(row['match_rule'])}"
    sides = [[plain(row[f"{side}_{part}"]) for side in ("left", "right")] for part in ("line", "feed", "record_id", "contact_id")]
    table = [
        f"| {title} | {one} | {two} |" for title, (one, two) in zip(("Says", "Feed", "Record", "Contact"), sides, strict=True)
    ]  # fmt: skip
    return "\n".join(
        [
            "| | First record | Second record |", "|---|---|---|", *table, "",
            f"**Agrees:** {', '.join(row['agreed']) or 'nothing'}", "",
            f"**Differs:** {', '.join(row['differed']) or 'nothing that both say'}", "",
            f"**Tonight:** {tonight}. Probability that they are one person: {row['match_probability']:.0%}.", "",
            f"**At stake:** {row['at_stake']}",
        ]
    )  # fmt: skip


def _why_apart(rule: str) -> str:
    return _WHY_APART.get(rule, rule)


def plain(text: str | None) -> str:
    """A text from outside as Markdown that says just that, in one cell of a table."""
    return _MARKS.sub(r"\\\1", " ".join((text or "").split()))
