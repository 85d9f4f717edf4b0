"""One batch of a record kind → what may enter the lake, what goes to quarantine and why, and what to worry about.

The verdict is Great Expectations', row by row: a row that breaks a critical rule is refused once, under the first such rule
of the kind's contract, with the other broken ones named in the reason. A rule that could not be evaluated is a failure of
the batch, never a pass. Only counts are kept for the documentation pages, no value of any row.
"""

import contextlib
import datetime as dt
import json
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from commonground import records
from commonground.contracts.rules import Rule, Severity, rules
from commonground.contracts.suites import frame, suite

LONGEST_QUOTE = 80  # characters of an offending value that a reason quotes


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that broke a critical rule; the fields are columns of `lake.QUARANTINE_SCHEMA`, `payload` the row as JSON."""

    rule: str
    severity: Severity
    reason: str
    payload: str
    kind: str
    record_id: str | None = None
    source_file: str | None = None
    source_line: int | None = None


@dataclass(frozen=True)
class Validation:
    """The verdict on a batch.

    `warnings` counts the rows per broken warning rule (kept rows and refused ones alike). `failures` are complaints about
    the batch as a whole, one line each; with any of them `accepted` is empty and the batch must not be committed.
    """

    kind: str
    accepted: pa.Table
    refused: list[Refused] = field(default_factory=list)
    warnings: dict[str, int] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)


def validate(
    kind: str,
    table: pa.Table,
    *,
    feed: str,
    run_id: str,
    now: dt.datetime,
    is_expected: bool = False,
    results_folder: Path | None = None,
) -> Validation:
    """Judges a batch of one kind.

    Args:
        kind: a name of `records.KINDS`.
        table: the batch, in `records.schema(kind)`.
        feed: name of the feed, for the stored result.
        run_id: the run, for the stored result.
        now: moment of the load (UTC), against which "future" is meant.
        is_expected: the batch must have a row.
        results_folder: where `<feed>.<kind>.json` is kept for `data_docs.build`; None keeps nothing.
    """
    if table.num_rows == 0 and not is_expected and table.schema.equals(records.schema(kind)):
        return Validation(kind, table)
    wrong_columns = _schema_failures(kind, table)
    if wrong_columns or table.num_rows == 0:
        data = table.slice(0, 0).to_pandas()
        outcome = _run(suite(kind, is_expected=is_expected, is_of_columns_only=True), data)
    else:
        outcome = _run(suite(kind, is_expected=is_expected), frame(kind, table, now))
    broken, failures = _read_outcome(outcome, kind)
    failures = [*wrong_columns, *(line for line in failures if not wrong_columns or not line.startswith(f"{kind}: columns"))]
    if results_folder is not None:
        _store(outcome, results_folder, kind=kind, feed=feed, run_id=run_id, at=now, failures=failures)
    if failures:
        return Validation(kind, records.schema(kind).empty_table(), failures=failures)
    refused_rows = _refused_rows(broken)
    return Validation(
        kind,
        _without(table, refused_rows),
        _refuse(kind, table, refused_rows),
        {rule.name: len(rows) for rule, rows in broken if rule.severity == "warning" and rows},
    )


def _schema_failures(kind: str, table: pa.Table) -> list[str]:
    expected = records.schema(kind)
    missing = [name for name in expected.names if name not in table.column_names]
    extra = [name for name in table.column_names if name not in expected.names]
    failures = [f"{kind}: column {name} is missing" for name in missing]
    failures += [f"{kind}: column {name} is none of its columns" for name in extra]
    for name in expected.names:
        if name in table.column_names and table.schema.field(name).type != expected.field(name).type:
            failures.append(f"{kind}: column {name} is {table.schema.field(name).type}, expected {expected.field(name).type}")
    return failures


def _run(expectations: Any, data: Any) -> Any:
    """Great Expectations' result of the suite on the frame, without a project, progress bars or telemetry."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    import great_expectations as gx

    with _quiet():
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]
        definition = context.data_sources.add_pandas("lake").add_dataframe_asset("batch").add_batch_definition_whole_dataframe("whole")
        batch = definition.get_batch({"dataframe": data})
        return batch.validate(expectations, result_format={"result_format": "COMPLETE"})


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Great Expectations tells every step at INFO, by loggers with levels of their own; what matters of it is in the result."""
    names = [name for name in logging.root.manager.loggerDict if name.partition(".")[0] == "great_expectations"]
    levels = {logging.getLogger(name): logging.getLogger(name).level for name in names}
    for logger in levels:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for logger, level in levels.items():
            logger.setLevel(level)


def _read_outcome(outcome: Any, kind: str) -> tuple[list[tuple[Rule, list[int]]], list[str]]:
    """The rows that broke each rule, in the order of the contract, and complaints about the batch."""
    by_name = {rule.name: rule for rule in rules(kind)}
    rows: dict[str, list[int]] = {}
    failures = []
    for result in outcome.results:
        meta = result.expectation_config.meta
        rule = meta["rule"]
        if result.success:
            continue
        if rule in by_name and "unexpected_index_list" in result.result:
            rows[rule] = result.result["unexpected_index_list"]
        elif _raised(result.exception_info):
            failures.append(f"{kind}: rule {rule} could not be evaluated: {_complaint(result.exception_info)}")
        else:
            failures.append(f"{kind}: {rule}: expected {meta['reason']}, got {_observed(result.result)}")
    return [(rule, rows[name]) for name, rule in by_name.items() if name in rows], failures


def _raised(info: dict[str, Any]) -> bool:
    """Whether a result stands for an exception; Great Expectations nests one per metric when it is the data's."""
    entries = [info, *(entry for entry in info.values() if isinstance(entry, dict))]
    return any(entry.get("raised_exception") for entry in entries)


def _complaint(info: dict[str, Any]) -> str:
    entries = [info, *(entry for entry in info.values() if isinstance(entry, dict))]
    messages = [str(entry["exception_message"]) for entry in entries if entry.get("exception_message")]
    return messages[0].splitlines()[0][:200] if messages else "no reason given"


def _observed(result: dict[str, Any]) -> str:
    return str(result.get("observed_value", "something else"))[:200]


def _refused_rows(broken: list[tuple[Rule, list[int]]]) -> dict[int, list[Rule]]:
    """Row number → the critical rules it broke, in the order of the contract."""
    refused: dict[int, list[Rule]] = {}
    for rule, rows in broken:
        if rule.severity == "critical":
            for row in rows:
                refused.setdefault(row, []).append(rule)
    return refused


def _without(table: pa.Table, refused_rows: dict[int, list[Rule]]) -> pa.Table:
    if not refused_rows:
        return table
    keep = np.ones(table.num_rows, dtype=bool)
    keep[list(refused_rows)] = False
    return table.filter(pa.array(keep))


def _refuse(kind: str, table: pa.Table, refused_rows: dict[int, list[Rule]]) -> list[Refused]:
    numbers = sorted(refused_rows)
    found = []
    for number, row in zip(numbers, table.take(pa.array(numbers, pa.int64())).to_pylist(), strict=True):
        broken = refused_rows[number]
        found.append(
            Refused(
                broken[0].name,
                broken[0].severity,
                "; ".join(_reason(rule, row) for rule in broken),
                json.dumps({name: value for name, value in row.items() if value is not None}, ensure_ascii=False, default=_json_value),
                kind,
                row["record_id"],
                row["source_file"],
                row["source_line"],
            )
        )
    return found


def _reason(rule: Rule, row: dict[str, Any]) -> str:
    values = ", ".join(f"{column} {_quoted(row[column])}" for column in rule.columns)
    return f"{values}: expected {rule.reason}"


def _quoted(value: Any) -> str:
    if value is None:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, list) else str(_json_value(value))
    return repr(text if len(text) <= LONGEST_QUOTE else text[:LONGEST_QUOTE] + "…")


def _json_value(value: Any) -> str:
    return value.isoformat() if isinstance(value, (dt.date, dt.datetime)) else str(value)


def _store(outcome: Any, folder: Path, *, kind: str, feed: str, run_id: str, at: dt.datetime, failures: list[str]) -> None:
    """Keeps the result for the documentation pages, without any value of a row: those are in quarantine, which expires."""
    content = outcome.to_json_dict()
    for result in content["results"]:
        result["result"] = {key: value for key, value in result["result"].items() if not isinstance(value, (list, dict, str))}
        result["exception_info"] = {"raised_exception": _raised(result["exception_info"]), "message": _complaint(result["exception_info"])}
    content["commonground"] = {"feed": feed, "kind": kind, "run_id": run_id, "validated_at": at.isoformat(), "failures": failures}
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{feed}.{kind}.json"
    scratch = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    scratch.write_text(json.dumps(content, ensure_ascii=False, indent=1, default=str), encoding="utf-8")
    scratch.replace(path)
