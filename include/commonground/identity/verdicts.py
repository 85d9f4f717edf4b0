"""What humans decided about two records, "same" person or "different", kept for good in `data/verdicts/verdicts.jsonl`.

One JSON object a line, only ever appended; the newest decision on a pair counts and overrides every model.
"""

import datetime as dt
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import pyarrow as pa

from commonground.errors import CommonGroundError, UnreadableError

Decision = Literal["same", "different"]
Ref = tuple[str, str]  # feed, record_id
VERDICTS = pa.schema(
    [
        *((name, pa.string()) for name in ("left_feed", "left_record_id", "right_feed", "right_record_id", "decision", "decided_by")),
        ("decided_at", pa.timestamp("us", tz="UTC")),
    ]
)


def verdicts_file(data: Path) -> Path:
    """Where the verdicts of a data folder lie."""
    return data / "verdicts" / "verdicts.jsonl"


def record(data: Path, left: Ref, right: Ref, decision: Decision, by: str, at: dt.datetime | None = None) -> None:
    """Appends a verdict; one write, so that two at the same time cannot mix.

    Args:
        data: the data folder.
        left: feed and record_id of one record.
        right: feed and record_id of the other.
        decision: `same` or `different`.
        by: who decided.
        at: when (now if not given).

    Raises:
        CommonGroundError: the two are one record, or the decision is neither of the two.
    """
    if decision not in ("same", "different"):
        raise CommonGroundError(f"decision: {decision!r} is not same or different")
    if left == right:
        raise CommonGroundError(f"a verdict wants two records; {left[0]} {left[1]} is given twice")
    line = {
        "left_feed": left[0],
        "left_record_id": left[1],
        "right_feed": right[0],
        "right_record_id": right[1],
        "decision": decision,
        "decided_by": by,
        "decided_at": (at or dt.datetime.now(dt.UTC)).astimezone(dt.UTC).isoformat(),
    }
    path = verdicts_file(data)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
    try:
        os.write(handle, (json.dumps(line, ensure_ascii=False) + "\n").encode())
        os.fsync(handle)
    finally:
        os.close(handle)


def read(data: Path) -> pa.Table:
    """All verdicts, oldest first (`VERDICTS`).

    Raises:
        UnreadableError: a line is no verdict; names file and line.
    """
    path = verdicts_file(data)
    if not path.exists():
        return VERDICTS.empty_table()
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = {name: json.loads(line)[name] for name in VERDICTS.names}
            row["decided_at"] = dt.datetime.fromisoformat(row["decided_at"])
        except (ValueError, KeyError, TypeError):
            raise UnreadableError(f"{path}, line {number}: {line[:80]!r} is no verdict (wants {', '.join(VERDICTS.names)})") from None
        rows.append(row)
    return pa.Table.from_pylist(rows, schema=VERDICTS).sort_by("decided_at")


def newest(decided: Iterable[tuple[str, str, str]]) -> pa.Table:
    """Verdicts on keys, oldest first → the one that counts per pair: `one` before `other`, `decision`; none of a key on itself."""
    counts = {(min(left, right), max(left, right)): decision for left, right, decision in decided if left != right}
    columns = ([left for left, _ in counts], [right for _, right in counts], list(counts.values()))
    return pa.table([pa.array(column, pa.string()) for column in columns], names=["one", "other", "decision"])


def forget(data: Path, records: Iterable[Ref]) -> int:
    """Drops every verdict that names one of `records` (erasure); returns how many were dropped. The file is replaced whole."""
    path = verdicts_file(data)
    if not path.exists():
        return 0
    gone = {tuple(ref) for ref in records}
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.strip() or not _refs(line) & gone]
    if len(kept) != len(lines):
        scratch = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        with scratch.open("w", encoding="utf-8") as file:
            file.writelines(kept)
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(path)
    return len(lines) - len(kept)


def _refs(line: str) -> set[tuple[str, ...]]:
    row = json.loads(line)
    return {(row[f"{side}_feed"], row[f"{side}_record_id"]) for side in ("left", "right")}
