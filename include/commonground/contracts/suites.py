"""The contract of a record kind as a Great Expectations suite: `rules.rules(kind)` → expectations with severity and meta.

The suite is for the frame that `frame` makes of a batch: the kind's own columns, plus one boolean helper column for each
rule over several columns, lists or JSON (`holds_<rule>`). The helpers are computed for the whole batch by DuckDB before
Great Expectations looks, since its own cross-column expectations know neither three columns nor lists, and a row loop in
Python would cost minutes. Every expectation carries `meta` with `rule` and `reason`.
"""

from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from commonground import records
from commonground.contracts.rules import Rule, rules
from commonground.engine import connect

if TYPE_CHECKING:
    import datetime as dt

    import great_expectations as gx

# Lists stay Arrow lists in pandas: nothing looks into them there, and a Python list per row is slow.
_PANDAS_TYPES = {pa.list_(pa.string()): pd.ArrowDtype(pa.list_(pa.string()))}
_MOMENT = pa.timestamp("us", tz="UTC")


def suite(kind: str, *, is_expected: bool = False, is_of_columns_only: bool = False) -> "gx.ExpectationSuite":
    """The expectations of a kind.

    Args:
        kind: a name of `records.KINDS`.
        is_expected: the batch must have a row (an empty frame passes everything else).
        is_of_columns_only: leave out the rules on rows, for a batch whose columns are already known to be wrong.
    """
    import great_expectations as gx

    gxe: Any = gx.expectations

    kinds_rules = () if is_of_columns_only else rules(kind)
    helpers = [rule.checked_column for rule in kinds_rules if rule.shape == "check"]
    table_level: list[Any] = [
        gxe.ExpectTableColumnsToMatchSet(
            column_set=[*records.KINDS[kind].column_names, *helpers],
            exact_match=True,
            severity="critical",
            meta={"rule": "columns", "reason": f"the columns of {kind}"},
        )
    ]
    if is_expected:
        meta = {"rule": "row_count", "reason": f"at least one {kind}"}
        table_level.append(gxe.ExpectTableRowCountToBeBetween(min_value=1, severity="critical", meta=meta))
    return gx.ExpectationSuite(name=kind, expectations=[*table_level, *(_expectation(rule) for rule in kinds_rules)])


def frame(kind: str, table: pa.Table, as_of: "dt.datetime") -> pd.DataFrame:
    """The batch as `suite(kind)` wants it: rows in order, index 0 to n-1, dates as moments, and the helper columns.

    `table` has exactly the columns of the kind; `as_of` is the moment of the load (UTC).
    """
    columns = {name: _comparable(table.column(name)) for name in table.column_names}
    helpers = _helpers(table, [rule for rule in rules(kind) if rule.shape == "check"], as_of)
    columns |= {name: helpers.column(name) for name in helpers.column_names}
    data: pd.DataFrame = pa.table(columns).to_pandas(types_mapper=_PANDAS_TYPES.get)
    return data


def _helpers(table: pa.Table, checks: list[Rule], as_of: "dt.datetime") -> pa.Table:
    """A boolean column per check, a row per row of the batch, in its order; a condition that is null is no offence."""
    selected = [f'coalesce({rule.sql}, true) AS "{rule.checked_column}"' for rule in checks]
    con = connect()
    try:
        con.register("batch", table.append_column("row_number", pa.array(range(table.num_rows), pa.int64())))
        con.execute("SET VARIABLE as_of = $as_of", {"as_of": as_of})
        return (
            con.sql(f"""
            SELECT {", ".join([*selected, "row_number"])}
            FROM (SELECT batch.*, getvariable('as_of') AS as_of FROM batch)
            ORDER BY row_number""")
            .to_arrow_table()
            .drop_columns(["row_number"])
        )
    finally:
        con.close()


def _comparable(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Dates as moments at midnight: the only day type that Great Expectations compares without a Python loop."""
    return column.cast(_MOMENT) if pa.types.is_date32(column.type) else column


def _expectation(rule: Rule) -> Any:
    import great_expectations as gx

    gxe: Any = gx.expectations
    meta = {"rule": rule.name, "reason": rule.reason, "columns": list(rule.columns)}
    column, severity = rule.checked_column, rule.severity
    if rule.shape == "not_null":
        return gxe.ExpectColumnValuesToNotBeNull(column=column, severity=severity, meta=meta)
    if rule.shape == "between":
        return gxe.ExpectColumnValuesToBeBetween(column=column, min_value=rule.lowest, max_value=rule.highest, severity=severity, meta=meta)
    values = list(rule.values) if rule.shape == "among" else [True]
    return gxe.ExpectColumnValuesToBeInSet(column=column, value_set=values, severity=severity, meta=meta)
