"""NDJSON lines `{"id", "text"[, "type"]}` → NDJSON lines with the interests each text shows: `commonground tag`."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from commonground.interests.tagger import Tagged, Tagger

AT_ONCE = 2_000  # lines read before the first are answered: many texts at once go faster


def tag_ndjson(lines: Iterable[str], tagger: Tagger | None = None) -> Iterator[str]:
    """One line out for each line in; a line that cannot be read gives `{"id": null, "error": "line 3: ..."}`."""
    tagger = tagger or Tagger()
    waiting: list[dict[str, Any]] = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            waiting.append(_read(line, number))
        if len(waiting) >= AT_ONCE:
            yield from _answers(waiting, tagger)
            waiting = []
    yield from _answers(waiting, tagger)


def _answers(rows: list[dict[str, Any]], tagger: Tagger) -> Iterator[str]:
    asked = [row for row in rows if "error" not in row]
    types = [row["type"] if isinstance(row.get("type"), str) else None for row in asked]
    answers = tagger.tag_all([row["text"] for row in asked], types)
    for row in rows:
        yield json.dumps(row if "error" in row else _written(row, next(answers)), ensure_ascii=False)


def _read(line: str, number: int) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return {"id": None, "error": f"line {number}: {line.strip()[:60]!r} is not JSON"}
    if not isinstance(row, dict) or not isinstance(row.get("text"), str) or "id" not in row:
        return {"id": row.get("id") if isinstance(row, dict) else None, "error": f'line {number}: expected {{"id": ..., "text": "..."}}'}
    return {key: value for key, value in row.items() if key != "error"}


def _written(row: dict[str, Any], tagged: Tagged) -> dict[str, Any]:
    interests = [
        {
            "interest": i.interest,
            "kind": i.kind,
            "policy_class": i.policy_class,
            "subject": i.subject,
            "negated": i.negated,
            "start": i.start,
            "end": i.end,
        }
        for i in tagged.kept
    ]
    return {"id": row["id"], "interests": interests, "denied": tagged.denied}
