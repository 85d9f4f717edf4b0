"""Saved answers of an API (a file, a folder, a zip) → each JSON body with the file it stands in."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from commonground.errors import UnreadableError
from commonground.sources.base import Refusal
from commonground.sources.drop_json import DEEPEST, is_deeper
from commonground.sources.drops import Drop, Member

LARGEST_BYTES = 256 * 2**20  # as large as an answer of an API may be


def saved_bodies(path: Path, what: str) -> Iterator[tuple[Member, Any] | Refusal]:
    """The body of every `.json` file of a drop (of a single file whatever it is called); a file that is no JSON is a refusal.

    Raises:
        UnreadableError: the path is missing, there is no `.json` file, or the only one is no JSON.
    """
    with Drop(path) as drop:
        yield from drop.refusals
        members = [one for one in drop.members if one.base.endswith(".json")]
        members = members or (drop.members if len(drop.members) == 1 else [])
        if not members:
            raise UnreadableError(f"{path}: no .json file in it; expected saved answers of {what}")
        for member in members:
            try:
                yield member, _body(member, what)
            except UnreadableError as error:
                if len(members) == 1:
                    raise
                yield member.unreadable(error)


def _body(member: Member, what: str) -> Any:
    with member.open() as stream:
        content = stream.read(LARGEST_BYTES + 1)
    try:
        if len(content) > LARGEST_BYTES:
            raise UnreadableError(f"{member.source_file}: larger than {LARGEST_BYTES} bytes; expected one answer of {what}")
        body = json.loads(content)
        if b"\\ud" in content.lower():  # a lone surrogate is legal in JSON and illegal everywhere after it
            body = json.loads(json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        raise UnreadableError(f"{member.source_file}: no JSON; expected a saved answer of {what}") from None
    if is_deeper(body, DEEPEST):
        raise UnreadableError(f"{member.source_file}: JSON nested deeper than {DEEPEST}; expected a saved answer of {what}")
    return body
