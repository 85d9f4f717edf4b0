"""What the review sources have in common: when a record must be forgotten, which file it is from, how a bad row is refused."""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from commonground.errors import ConfigError
from commonground.sources.base import Item, Page, Record, Refusal, Visit
from commonground.sources.drop_json import payload_of

# what a row of the wrong form makes its reader stumble over
BAD_ROW = (ValueError, TypeError, AttributeError, KeyError, RecursionError)
_RULES = {"review": "unreadable_review", "place": "unreadable_place"}


def stamp(page: Page, visit: Visit, ttl_hours: float) -> dict[str, Any]:
    """Columns of a row whose content may be kept for `ttl_hours` (a feed may say less, never more)."""
    hours = min(visit.feed.ttl_hours or ttl_hours, ttl_hours)
    return {"expires_at": visit.now + dt.timedelta(hours=hours), "modified_at": visit.now, "source_file": file_of(page)}


def file_of(page: Page) -> str | None:
    """The file of a saved answer; None for a page that was fetched."""
    return None if "://" in page.url else page.url


def rows(
    things: Iterable[Any],
    kind: str,
    read: Callable[[Any], dict[str, Any]],
    *,
    key: str,
    page: Page,
    fixed: Mapping[str, Any] | None = None,
) -> Iterator[Item]:
    """A record of each thing with `fixed` columns added, or the refusal of one whose form `read` stumbles over; `key` names its id."""
    for thing in things:
        try:
            yield Record(kind, {**read(thing), **(fixed or {})})
        except BAD_ROW as error:
            record_id = str(thing[key])[:200] if isinstance(thing, dict) and thing.get(key) else None
            words = str(error) if isinstance(error, ValueError) else f"not in the form of a {kind} ({type(error).__name__})"
            reason = f"{kind} {record_id}: {words}" if record_id else f"a {kind} without id: {words}"
            yield Refusal(_RULES[kind], reason, payload_of(thing), kind, record_id, source_file=file_of(page))


def texts_of(visit: Visit, key: str, pattern: str, what: str) -> list[str]:
    """An option that is a list of ids (or one of them); raises `ConfigError` for one that does not look like `what`."""
    given = visit.feed.options.get(key) or []
    ids = [given] if isinstance(given, str) else given
    if not isinstance(ids, list) or any(not isinstance(one, str) or not re.fullmatch(pattern, one) for one in ids):
        raise ConfigError(f"feeds.yaml: feed {visit.feed.name!r}: options.{key} wants a list of {what}")
    return list(dict.fromkeys(ids))


def searches_of(visit: Visit, words_key: str) -> list[dict[str, Any]]:
    """`options.search`: a search, or a list of them; a text is short for a search with only `words_key`.

    Raises:
        ConfigError: it is neither, or its `most` (how many to take) is no number from 1.
    """
    given = visit.feed.options.get("search") or []
    found = [{words_key: one} if isinstance(one, str) else one for one in (given if isinstance(given, list) else [given])]
    for search in found:
        most = search.get("most", 1) if isinstance(search, dict) else None
        if not isinstance(most, int) or isinstance(most, bool) or most < 1:
            raise ConfigError(f"feeds.yaml: feed {visit.feed.name!r}: options.search wants the vendor's parameters, and `most` from 1")
    return found
