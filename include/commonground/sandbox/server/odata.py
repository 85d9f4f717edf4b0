"""OData's `$filter`, `$orderby` and `$select` as RESO Web API Core asks for them → predicates and orders over rows."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

Row = dict[str, Any]
Predicate = Callable[[Row], bool]
_TOKEN = re.compile(
    r"\s*(?:(?P<moment>\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)?)|(?P<date>\d{4}-\d\d-\d\d)|(?P<number>-?\d+(?:\.\d+)?)"
    r"|'(?P<text>(?:[^']|'')*)'|(?P<now>now\(\))|(?P<word>[A-Za-z_]\w*)|(?P<mark>[()]))"
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "gt": lambda a, b: a is not None and b is not None and a > b,
    "ge": lambda a, b: a is not None and b is not None and a >= b,
    "lt": lambda a, b: a is not None and b is not None and a < b,
    "le": lambda a, b: a is not None and b is not None and a <= b,
}


class ODataError(ValueError):
    """A query the server cannot answer; becomes a 400 with an OData error body."""


def moment(text: str) -> dt.datetime:
    """A DateTimeOffset literal; OData demands its zone."""
    try:
        value = dt.datetime.fromisoformat(text)
    except ValueError:
        raise ODataError(f"{text!r} is not a DateTimeOffset") from None
    if value.tzinfo is None:
        raise ODataError(f"{text!r} has no time zone; a DateTimeOffset wants Z or an offset")
    return value


class Filter:
    """Recursive descent: or, then and, then not, then a comparison or parentheses."""

    def __init__(self, text: str, fields: frozenset[str]) -> None:
        self.fields, self.tokens, self.at = fields, _tokens(text), 0

    def predicate(self) -> Predicate:
        """The whole expression; raises `ODataError` if it is none."""
        result = self._either()
        if self.at != len(self.tokens):
            raise ODataError(f"$filter: nothing expected after {self.tokens[self.at - 1][1]!r}")
        return result

    def _either(self) -> Predicate:
        parts = [self._both()]
        while self._takes("or"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else lambda row: any(part(row) for part in parts)

    def _both(self) -> Predicate:
        parts = [self._one()]
        while self._takes("and"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda row: all(part(row) for part in parts)

    def _one(self) -> Predicate:
        if self._takes("not"):
            inner = self._one()
            return lambda row: not inner(row)
        if self._takes("("):
            inner = self._either()
            if not self._takes(")"):
                raise ODataError("$filter: a parenthesis is not closed")
            return inner
        return self._comparison()

    def _comparison(self) -> Predicate:
        kind, field = self._next()
        if kind != "word" or field not in self.fields:
            raise ODataError(f"$filter: {field!r} is no field of this resource")
        kind, name = self._next()
        if kind != "word" or name not in _COMPARE:
            raise ODataError(f"$filter: {name!r} is none of {' '.join(_COMPARE)}")
        compare, value = _COMPARE[name], self._literal()
        return lambda row: compare(_like(row.get(field), value), value)

    def _literal(self) -> Any:
        kind, text = self._next()
        if kind == "moment":
            return moment(text)
        if kind == "now":
            return dt.datetime.now(dt.UTC)
        if kind == "date":
            return dt.date.fromisoformat(text)
        if kind == "number":
            return float(text)
        if kind == "text":
            return text.replace("''", "'")
        if kind == "word" and text in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[text]
        raise ODataError(f"$filter: {text!r} is no literal")

    def _takes(self, text: str) -> bool:
        if self.at < len(self.tokens) and self.tokens[self.at][1] == text and self.tokens[self.at][0] in ("word", "mark"):
            self.at += 1
            return True
        return False

    def _next(self) -> tuple[str, str]:
        if self.at >= len(self.tokens):
            raise ODataError("$filter: ends too early")
        self.at += 1
        return self.tokens[self.at - 1]


def order(rows: list[Row], text: str, fields: frozenset[str]) -> list[Row]:
    """Rows by an `$orderby`, nulls first when ascending."""
    for part in reversed([one.split() for one in text.split(",") if one.strip()]):
        if part[0] not in fields or len(part) > 2 or part[1:] not in ([], ["asc"], ["desc"]):
            raise ODataError(f"$orderby: {' '.join(part)!r} is not a field with asc or desc")
        name = part[0]
        rows = sorted(rows, key=lambda row: (row.get(name) is not None, row.get(name) or ""), reverse=part[1:] == ["desc"])
    return rows


def select(text: str | None, fields: frozenset[str]) -> list[str] | None:
    """The names of a `$select`, or None for all."""
    if not text or text == "*":
        return None
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in fields:
            raise ODataError(f"$select: {name!r} is no field of this resource")
    return names


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if not match:
            raise ODataError(f"$filter: cannot read {text[at : at + 20]!r}")
        found.append((str(match.lastgroup), match[str(match.lastgroup)]))
        at = match.end()
    return found


def _like(value: Any, other: Any) -> Any:
    """A stored value in the type of the literal it is compared to."""
    if value is None or other is None:
        return value
    if isinstance(other, dt.datetime):
        return dt.datetime.fromisoformat(value)
    if isinstance(other, dt.date):
        return dt.date.fromisoformat(str(value)[:10])
    if isinstance(other, bool) or isinstance(value, bool):
        return value
    return float(value) if isinstance(other, float) and isinstance(value, (int, float)) else value
