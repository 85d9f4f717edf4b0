"""The dictionary of the published file: `tables.yaml` → typed definitions, comments, and docs/output-contract.md."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

HERE = Path(__file__).parent
SCHEMA_VERSION = "1.0"
PERSONAL = "(personal) "


@dataclass(frozen=True, slots=True)
class Column:
    """A published column."""

    name: str
    type: str
    meaning: str
    is_personal: bool


@dataclass(frozen=True, slots=True)
class Table:
    """A published table."""

    name: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A sample question (`queries/*.sql`: the first line is the question as a comment)."""

    name: str
    question: str
    sql: str


@cache
def tables() -> dict[str, Table]:
    """The published tables in the order of tables.yaml."""
    found = {}
    for name, spec in yaml.safe_load((HERE / "tables.yaml").read_text(encoding="utf-8")).items():
        columns = []
        for column, text in spec["columns"].items():
            type_, meaning = text.split(None, 1)
            columns.append(Column(column, type_, meaning.strip().removeprefix(PERSONAL), meaning.strip().startswith(PERSONAL)))
        found[name] = Table(name, f"one row per {spec['grain']}", tuple(spec["key"]), tuple(columns))
    return found


@cache
def questions() -> list[Question]:
    """The sample questions, by file name."""
    found = []
    for file in sorted((HERE / "queries").glob("*.sql")):
        first, _, sql = file.read_text(encoding="utf-8").partition("\n")
        found.append(Question(file.stem, first.removeprefix("--").strip(), sql.strip()))
    return found


@cache
def views() -> dict[str, tuple[str, str]]:
    """The views with plain names: name -> (what one row is, SELECT), from `views/*.sql`, first line as in queries."""
    found = {}
    for file in sorted((HERE / "views").glob("*.sql")):
        first, _, sql = file.read_text(encoding="utf-8").partition("\n")
        found[file.stem] = (first.removeprefix("--").strip(), sql.strip().rstrip(";"))
    return found


def contract_page() -> str:
    """docs/output-contract.md, whole."""
    lines = [
        "# The output contract",
        "",
        "`data/commonground.duckdb` is built fresh each night and swapped in whole. These are its tables and columns; the same",
        "dictionary stands in the file as comments and as `_tables`, `_columns` and `_queries`. This page is made from",
        f"`include/commonground/warehouse/tables.yaml` by `make docs` and checked by the tests. Schema version {SCHEMA_VERSION}.",
        "",
        "**Promises.** Columns are added freely; a rename keeps the old name as a view for one release. `contact_id` has the same name",
        "and type everywhere and survives reruns. `_at` columns are UTC, `_on` columns dates. Every enriched value names its evidence.",
        "Whoever opted out stands in `contacts` and `segments` (flagged `do_not_contact`) and in no table that is read to act on.",
        "",
        "**Scores.** In *now*, the need score: one minus the product over live signals of (1 - weight_now). In *later*, how close and how",
        "long at home. In *evangelist*, closeness times reach into the area, with open common ground. In *unplaced*, 0. Restricted common",
        "ground is in none of them.",
        "",
        "## Views",
        "",
        "| view | one row per |",
        "|---|---|",
        *(f"| `{name}` | {grain.removeprefix('one row per ')} |" for name, (grain, _) in views().items()),
        "",
    ]
    for table in tables().values():
        lines += [f"## {table.name}", "", f"{table.grain[0].upper()}{table.grain[1:]}. Key: {', '.join(f'`{c}`' for c in table.key)}.", ""]
        lines += ["| column | type | meaning | personal |", "|---|---|---|---|"]
        lines += [f"| `{c.name}` | {c.type} | {c.meaning} | {'yes' if c.is_personal else ''} |" for c in table.columns]
        lines.append("")
    lines += ["## Sample questions", ""]
    for question in questions():
        lines += [f"**{question.question}**", "", "```sql", question.sql, "```", ""]
    return "\n".join(lines).rstrip() + "\n"
