"""NDJSON lines `{"id", "text"[, "type"]}` → NDJSON lines with the interests each text shows: `commonground tag`."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from commonground.interests.tagger import Tagger


def tag_ndjson(lines: Iterable[str], tagger: Tagger | None = None) -> Iterator[str]:
    """One line out for each line in; a line that cannot be read gives `{"id": null, "error": "line 3: ..."}`."""
    tagger = tagger or Tagger()
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield json.dumps(_answer(line, number, tagger), ensure_ascii=False)


def _answer(line: str, number: int, tagger: Tagger) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return {"id": None, "error": f"line {number}: {line.strip()[:60]!r} is not JSON"}
    if not isinstance(row, dict) or not isinstance(row.get("text"), str) or "id" not in row:
        return {"id": row.get("id") if isinstance(row, dict) else None, "error": f'line {number}: expected {{"id": ..., "text": "..."}}'}
    type_ = row.get("type")
    tagged = tagger.tag(row["text"], type_ if isinstance(type_, str) else None)
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
