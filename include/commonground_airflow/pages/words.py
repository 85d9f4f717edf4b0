"""Values of the published file → what a person reads: words for groups and rules, safe links, dates, guarded CSV cells."""

import datetime as dt
import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup

NOT_KNOWN = "not known"
GROUP_WORDS = {
    "now": "Needs the team now or very soon",
    "later": "Local, will need the team one day",
    "evangelist": "Elsewhere, sends friends and family",
    "unplaced": "In none of the three groups yet",
}
RULE_WORDS = {
    "exact_email": "same mail address",
    "exact_phone_name": "same phone and name",
    "profile_url": "same profile",
    "same_username": "same name chosen for mail and profile",
    "name_unique": "only person of that name",
    "splink": "the model compared name, address and channels",
    "agent": "a team member's own record",
    "verdict": "somebody on the team said so",
    "single": "only record of this person",
}
WHY_WORDS = {
    "name_unique": "joined: the only person of that name",
    "splink": "joined: the model found it likely",
    "name alone": "kept apart: nothing but the name speaks for it",
    "namesake": "kept apart: they may be namesakes",
    "other birth date": "kept apart: another birth date",
}
_LINK = re.compile(r"https?://[^\s<>\"|]+", re.IGNORECASE)
# a spreadsheet reads these (their full-width twins too) as the start of a formula
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
SHORT_LETTERS = 150  # three or four lines of a table cell


def web_address(value: Any) -> str | None:
    """The value if it is an http or https address with a host, else None."""
    text = str(value or "").strip()
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    has_odd_letters = any(letter.isspace() or ord(letter) < 32 for letter in text)
    return text if parts.scheme.lower() in ("http", "https") and parts.netloc and not has_odd_letters else None


def outward(address: str, text: str) -> Markup:
    """A link out of the pages; page.js takes it through the parent document, where the frame may not go."""
    return Markup('<a href="{}" target="_blank" rel="noopener noreferrer" data-outward>{}</a>').format(address, text)


def with_links(value: Any) -> Markup:
    """The text, escaped, its web addresses as links that show the host."""
    text, pieces, end = str(value or ""), [], 0
    for found in _LINK.finditer(text):
        address = found.group().rstrip(".,;:!?'")
        if address.endswith(")") and address.count(")") > address.count("("):  # the sentence's bracket, not the address's
            address = address[:-1]
        if web_address(address) is None:
            continue
        pieces.append(Markup.escape(text[end : found.start()]))
        pieces.append(outward(address, urlsplit(address).netloc))
        end = found.start() + len(address)
    pieces.append(Markup.escape(text[end:]))
    return Markup("").join(pieces)


def parts_of(value: Any) -> list[str]:
    """The parts of a text that the tables join with " | "."""
    return [part.strip() for part in str(value or "").split(" | ") if part.strip()]


def shortened(value: Any, letters: int = SHORT_LETTERS) -> str:
    """The beginning of a text, cut between words, with an ellipsis when something is left."""
    text = str(value or "")
    if len(text) <= letters:
        return text
    cut = text[: letters - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut[letters // 2 :] else cut).rstrip(" ,;:") + "…"


def percent(value: float | None) -> str:
    """0.873 → "87 %"; small and sure ones are not rounded away."""
    if value is None:
        return NOT_KNOWN
    if 0 < value < 0.01:
        return "under 1 %"
    if 0.99 < value < 1:
        return "over 99 %"
    return f"{value * 100:.0f} %"


def strength_word(value: float | None) -> str:
    """A tie's or a path's strength in words."""
    if value is None:
        return NOT_KNOWN
    return "strong" if value >= 0.6 else "good" if value >= 0.3 else "weak"


def moment(value: dt.datetime | None) -> str:
    """A moment in UTC, to the minute."""
    return NOT_KNOWN if value is None else f"{value:%Y-%m-%d %H:%M} UTC"


def agreed(match_detail: str | None) -> list[str]:
    """What was compared and known on both sides, out of the JSON of `match_detail`: ["email: same", ...]; [] when it says nothing."""
    try:
        detail = json.loads(match_detail or "{}")
    except ValueError:
        return []
    compared = detail.get("compared") if isinstance(detail, dict) else None
    if isinstance(compared, str):
        try:
            compared = json.loads(compared)
        except ValueError:
            return []
    if not isinstance(compared, dict):
        return []
    known = {name.replace("_", " "): value for name, value in compared.items() if value is not None}
    return [f"{name}: {value:+.1f}" if isinstance(value, float) else f"{name}: {value}" for name, value in known.items()]


def csv_cell(value: Any) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return "'" + text if text.startswith(_FORMULA) else text


def csv_lines(rows: Iterable[Iterable[Any]]) -> str:
    """Rows → CSV with guarded cells."""
    import csv
    import io

    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows([csv_cell(value) for value in row] for row in rows)
    return out.getvalue()
