"""Person records → `person_feature`: one row per record, every value in the form in which it can be compared.

In: a relation with `rid` (dense integer) and the columns of `PEOPLE`. Out: the same rows with names, channels and
address made comparable. What needs a library or a table of words is looked up once per distinct value.
"""

from collections.abc import Callable, Sequence
from dataclasses import astuple, fields
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from commonground.identity import channels, names
from commonground.identity.address import street_parts
from commonground.identity.yardsticks.measure import measure

_TEXTS = pa.list_(pa.string())
# what linking knows of a record; `key` names it, the rest may be null
PEOPLE = pa.schema(
    [
        ("key", pa.string()),
        ("source", pa.string()),
        ("owner", pa.string()),
        ("agent_id", pa.string()),
        ("person_type", pa.string()),
        *((name, pa.string()) for name in ("full_name", "given_name", "middle_name", "family_name")),
        *((name, pa.string()) for name in ("name_suffix", "nickname", "former_family_name")),
        *((name, _TEXTS) for name in ("emails", "phones", "urls")),
        *((name, pa.string()) for name in ("street", "city", "state", "postal_code", "birth_date", "employer")),
    ]
)
_NAME_COLUMNS = ("given_name", "family_name", "full_name", "middle_name", "name_suffix", "nickname", "former_family_name")
_HERE = Path(__file__).parent
LONGEST = 320  # characters of a value that are compared; comparing costs the square of them, and the longest mail address has so many


def build_features(con: duckdb.DuckDBPyConnection, people: str) -> None:
    """Makes the temp table `person_feature` out of the relation `people` (see `PEOPLE`, plus `rid`)."""
    cut = [f"left({field.name}, {LONGEST}) AS {field.name}" for field in PEOPLE if field.type != _TEXTS and field.name != "key"]
    cut += [
        f"list_filter({field.name}, lambda text: length(text) <= {LONGEST}) AS {field.name}" for field in PEOPLE if field.type == _TEXTS
    ]
    con.execute(f"CREATE OR REPLACE TEMP VIEW linkable_person AS SELECT * REPLACE ({', '.join(cut)}) FROM {people}")
    _look_up_names(con)
    look_up(
        con,
        "mail_form",
        "linkable_person",
        "unnest(emails)",
        channels.mail,
        [("address", pa.string()), ("mail_key", pa.string()), ("is_role", pa.bool_())],
    )
    look_up(con, "phone_form", "linkable_person", "unnest(phones)", channels.phone, [("e164", pa.string())])
    look_up(con, "url_form", "linkable_person", "unnest(urls)", channels.profile, [("handle", pa.string())])
    look_up(con, "street_form", "linkable_person", "street", street_parts, [("street_key", pa.string()), ("unit_key", pa.string())])
    look_up(con, "postal_form", "linkable_person", "postal_code", channels.postal5, [("postal5", pa.string())])
    look_up(con, "employer_form", "linkable_person", "employer", channels.employer, [("employer_key", pa.string())])
    look_up(con, "birth_form", "linkable_person", "birth_date", channels.birth_date, [("birth_key", pa.string())])
    look_up(con, "city_form", "linkable_person", "city", _place, [("city_key", pa.string())])
    look_up(con, "state_form", "linkable_person", "state", _place, [("state_key", pa.string())])
    run(con, "named_person")
    run(con, "written_channel")
    measure(con, "shared_channel")
    run(con, "person_feature")
    con.execute("DROP TABLE named_person; DROP TABLE written_channel; DROP TABLE name_form; DROP VIEW linkable_person")


def run(con: duckdb.DuckDBPyConnection, name: str, folder: Path = _HERE) -> None:
    """Makes the temp table that the file of SQL of its name says."""
    query = (folder / f"{name}.sql").read_text(encoding="utf-8")
    con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}")


def _place(text: str | None) -> str | None:
    return " ".join(names.words(text)) or None


def look_up(
    con: duckdb.DuckDBPyConnection,
    table: str,
    relation: str,
    expression: str,
    function: Callable[[str | None], Any],
    columns: Sequence[tuple[str, pa.DataType]],
) -> None:
    """Applies `function` to every distinct value of a relation once: temp table (raw, *columns) of those it understands."""
    con.execute(f"CREATE OR REPLACE TEMP VIEW _raw AS SELECT DISTINCT {expression} AS raw FROM {relation}")
    look_up_rows(con, table, "_raw", ("raw",), function, columns)


def look_up_rows(
    con: duckdb.DuckDBPyConnection,
    table: str,
    relation: str,
    keys: Sequence[str],
    function: Callable[..., Any],
    columns: Sequence[tuple[str, pa.DataType]],
) -> None:
    """Like `look_up` for several columns together: temp table (*keys, *columns)."""
    names_ = ", ".join(f'"{key}"' for key in keys)
    distinct = con.execute(f"SELECT DISTINCT {names_} FROM {relation} WHERE coalesce({names_}) IS NOT NULL ORDER BY {names_}").fetchall()
    found = [(row, value) for row in distinct if (value := function(*row)) is not None]
    rows = [(*row, *_as_tuple(value)) for row, value in found]
    schema = pa.schema([*((key, pa.string()) for key in keys), *columns])
    lists = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    register(con, table, pa.table([pa.array(items, field.type) for items, field in zip(lists, schema, strict=True)], schema=schema))


def _as_tuple(value: Any) -> tuple[Any, ...]:
    if isinstance(value, tuple):
        return value
    return tuple(astuple(value)) if hasattr(value, "__dataclass_fields__") else (value,)


def _look_up_names(con: duckdb.DuckDBPyConnection) -> None:
    columns = ", ".join(_NAME_COLUMNS)
    distinct = con.sql(f"SELECT DISTINCT {columns} FROM linkable_person").to_arrow_table()
    parsed = [names.parse(*row) for row in zip(*(distinct[name].to_pylist() for name in _NAME_COLUMNS), strict=True)]
    types = {"is_nameless": pa.bool_(), "is_known_given": pa.bool_(), "given_words": _TEXTS, "family_words": _TEXTS, "roots": _TEXTS}
    for part in fields(names.Name):
        values = [getattr(name, part.name) for name in parsed]
        distinct = distinct.append_column(part.name, pa.array(values, types.get(part.name, pa.string())))
    register(con, "name_form", distinct)


def register(con: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    """An Arrow table as a temp table of the session."""
    con.register("_rows", rows)
    con.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT * FROM _rows")
    con.unregister("_rows")
