"""NDJSON lines `{"id", "text"[, "type"]}` → NDJSON lines with the interests each text shows: `commonground tag`."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from commonground.interests.lexicon import Named
from commonground.interests.tagger import LONGEST, Tagger, Tags

AT_ONCE = 5_000  # lines read before the first are answered: many texts at once go faster


def tag_ndjson(lines: Iterable[str], tagger: Tagger | None = None) -> Iterator[str]:
    """One line out for each line in; a line that cannot be read gives `{"id": null, "error": "line 3: ..."}`."""
    tagger = tagger or Tagger()
    heads: dict[tuple[int, bool], str] = {}
    waiting: list[dict[str, Any]] = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            waiting.append(_read(line, number))
        if len(waiting) >= AT_ONCE:
            yield from _answers(waiting, tagger, heads)
            waiting = []
    yield from _answers(waiting, tagger, heads)


def _answers(rows: list[dict[str, Any]], tagger: Tagger, heads: dict[tuple[int, bool], str]) -> Iterator[str]:
    asked = [row for row in rows if "error" not in row]
    types = [row["type"] if isinstance(row.get("type"), str) else None for row in asked]
    answers = (answer for tags in tagger.pages([row["text"] for row in asked], types) for answer in _written(tags, tagger, heads))
    for row in rows:
        if "error" in row:
            yield json.dumps(row)
        else:
            yield f'{{"id": {json.dumps(row["id"])}, {next(answers)}}}'


def _read(line: str, number: int) -> dict[str, Any]:
    try:
        row = json.loads(line.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return {"id": None, "error": f"line {number}: {line.strip()[:60]!r} is not JSON"}
    if not isinstance(row, dict) or not isinstance(row.get("text"), str) or "id" not in row:
        return {"id": row.get("id") if isinstance(row, dict) else None, "error": f'line {number}: expected {{"id": ..., "text": "..."}}'}
    return {"id": row["id"], "text": row["text"][:LONGEST], "type": row.get("type")}


def _written(tags: Tags, tagger: Tagger, heads: dict[tuple[int, bool], str]) -> Iterator[str]:
    """The interests and the count of protected statements of each text of a page, as the inside of a JSON object."""
    found: dict[int, list[str]] = defaultdict(list)
    columns: Sequence[Any] = (tags.text, tags.interest, tags.is_family, tags.is_negated, tags.start, tags.end)
    for text, number, is_family, is_negated, start, end in zip(*(column.tolist() for column in columns), strict=True):
        if is_negated:
            continue
        if number < 0:
            head = _head(tags.names[-1 - number], is_family=is_family)
        elif (number, is_family) in heads:
            head = heads[number, is_family]
        else:
            head = heads[number, is_family] = _head(tagger.lexicon.described(number), is_family=is_family)
        found[text].append(f'{head}, "negated": false, "start": {start}, "end": {end}}}')
    denied = np.bincount(tags.denied.text[tags.denied.stated(tags.denied_sentence)], minlength=tags.count)
    for text, count in enumerate(denied.tolist()):
        yield f'"interests": [{", ".join(found.get(text, ()))}], "denied": {count}'


def _head(interest: Named, *, is_family: bool) -> str:
    said = {
        "interest": interest.interest,
        "kind": interest.kind_name,
        "policy_class": interest.policy_class,
        "subject": "family" if is_family else "self",
    }
    return json.dumps(said, ensure_ascii=False)[:-1]
