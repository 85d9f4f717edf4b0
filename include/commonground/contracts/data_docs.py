"""The stored validation results of a run → a small static site that shows what was checked and what broke.

In: a folder of `<feed>.<kind>.json` files, as `validate` leaves them. Out: `index.html` with a line per batch, and a page
per batch with a line per expectation. The pages need nothing from the network, hold no value of any row, and escape every
text they show.
"""

import json
import os
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ text-align: left; padding: .35rem .6rem; border-bottom: 1px solid #8884; vertical-align: top; }}
td.number {{ text-align: right; font-variant-numeric: tabular-nums; }}
.critical {{ color: #c62828; font-weight: 600; }}
.warning {{ color: #b26a00; font-weight: 600; }}
.passed {{ color: #2e7d32; }}
</style>
</head>
<body>
<h1>{title}</h1>
{body}
</body>
</html>
"""


def build(results_folder: Path, out: Path) -> Path:
    """Writes the site into `out` (made if missing, pages of an earlier build replaced). Returns its `index.html`.

    A result that cannot be read gets a line that says so; an empty or missing folder gives an index without batches.
    """
    out.mkdir(parents=True, exist_ok=True)
    for page in out.glob("*.html"):
        page.unlink()
    lines = []
    for file in sorted(results_folder.glob("*.json")):
        try:
            content = json.loads(file.read_text(encoding="utf-8"))
            summary = _index_line(content, f"{file.stem}.html")
            _write(out / f"{file.stem}.html", _batch_page(content))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            summary = _row([file.stem, "", _Marked("critical", "unreadable result"), "", "", ""])
        lines.append(summary)
    head = _head(["Batch", "Run", "Verdict", "Rows", "Critical", "Warnings"])
    nothing = "" if lines else "<p>No batch was validated in this run.</p>"
    index = out / "index.html"
    _write(index, _PAGE.format(title="Validation", body=f"{nothing}<table>{head}{''.join(lines)}</table>"))
    return index


class _Marked:
    """A table cell with a class (`critical`, `warning`, `passed`, `number`), its text still to be escaped."""

    def __init__(self, mark: str, text: object, link: str | None = None) -> None:
        self.mark, self.text, self.link = mark, text, link

    def __str__(self) -> str:
        text = escape(str(self.text))
        inner = f'<a href="{escape(quote(self.link))}">{text}</a>' if self.link else text
        return f'<td class="{self.mark}">{inner}</td>'


def _row(cells: list[object]) -> str:
    return "<tr>" + "".join(str(cell) if isinstance(cell, _Marked) else f"<td>{escape(str(cell))}</td>" for cell in cells) + "</tr>\n"


def _head(names: list[str]) -> str:
    return "<thead><tr>" + "".join(f"<th>{escape(name)}</th>" for name in names) + "</tr></thead>\n"


def _index_line(content: dict[str, Any], link: str) -> str:
    about = content["commonground"]
    results = content["results"]
    rows = max((result["result"].get("element_count") or 0 for result in results), default=0)
    broken = [result for result in results if not result["success"]]
    count = {level: sum(_severity(result) == level for result in broken) for level in ("critical", "warning")}
    if about["failures"]:
        verdict = _Marked("critical", "batch refused")
    elif count["critical"]:
        verdict = _Marked("critical", "rows refused")
    else:
        verdict = _Marked("warning", "warnings") if count["warning"] else _Marked("passed", "passed")
    name = _Marked("", f"{about['feed']} · {about['kind']}", link)
    numbers = (_Marked("number", value) for value in (rows, count["critical"], count["warning"]))
    return _row([name, about["run_id"], verdict, *numbers])


def _batch_page(content: dict[str, Any]) -> str:
    about = content["commonground"]
    complaints = "".join(f'<li class="critical">{escape(str(line))}</li>' for line in about["failures"])
    lines = [_expectation_line(result) for result in sorted(content["results"], key=_order)]
    head = _head(["Rule", "Column", "Expected", "Severity", "Verdict", "Rows that broke it"])
    title = escape(f"{about['feed']} · {about['kind']}")
    intro = f'<p><a href="index.html">All batches</a> · run {escape(str(about["run_id"]))} · {escape(str(about["validated_at"]))}</p>'
    return _PAGE.format(title=title, body=f"{intro}<ul>{complaints}</ul><table>{head}{''.join(lines)}</table>")


def _expectation_line(result: dict[str, Any]) -> str:
    config = result["expectation_config"]
    meta = config.get("meta") or {}
    columns = meta.get("columns") or [config["kwargs"].get("column", "(whole table)")]
    verdict = _Marked("passed", "passed") if result["success"] else _Marked(_severity(result), "broken")
    if result["exception_info"]["raised_exception"]:
        verdict = _Marked("critical", f"not evaluated: {result['exception_info']['message']}")
    broken = _Marked("number", result["result"].get("unexpected_count", ""))
    return _row([meta.get("rule", config["type"]), ", ".join(columns), meta.get("reason", ""), _severity(result), verdict, broken])


def _order(result: dict[str, Any]) -> tuple[bool, bool, str]:
    """Broken ones first, critical before warnings, then by rule."""
    rule = (result["expectation_config"].get("meta") or {}).get("rule", "")
    return (bool(result["success"]), _severity(result) != "critical", str(rule))


def _severity(result: dict[str, Any]) -> str:
    severity = result["expectation_config"].get("severity")
    return severity if severity in ("critical", "warning", "info") else "critical"


def _write(path: Path, text: str) -> None:
    scratch = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    scratch.write_text(text, encoding="utf-8")
    scratch.replace(path)
