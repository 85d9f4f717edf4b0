"""A JSON text of any length → its values one after the other, out of a window that moves over it.

Python's own decoder reads a value where it stands; one that the window cuts is read again with more text. So memory grows with
the largest value, not with the file.
"""

import codecs
import json
from typing import Any

from commonground.errors import UnreadableError
from commonground.sources.drops import ByteStream

_CHUNK = 2**20
_BLANK = " \t\n\r"
# A cut text or number complains at the end of the window: the longest escape is twelve signs.
_CUT_SIGNS = 16
_READ = json.JSONDecoder().raw_decode


class JsonWindow:
    """Reads `stream`, which messages call `name`; no value may be longer than `largest` signs."""

    def __init__(self, stream: ByteStream, name: str, largest: int) -> None:
        self._stream, self._name, self._largest = stream, name, largest
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._text, self._at, self._is_over = "", 0, False
        self._passed = 0
        self.brackets = 0  # that the last value opens: it is nested no deeper

    @property
    def position(self) -> int:
        """How many signs lie behind."""
        return self._passed + self._at

    def peek(self) -> str:
        """The next sign that is no blank, "" at the end; raises `UnreadableError` where the file is damaged or no text."""
        while True:
            text, at = self._text, self._at
            while at < len(text) and text[at] in _BLANK:
                at += 1
            self._at = at
            if at < len(text) or self._is_over:
                return text[at : at + 1]
            self._fill()

    def take(self, *expected: str) -> str:
        """Goes on behind the next sign, which must be one of those expected."""
        sign = self.peek()
        if sign not in expected or not sign:
            raise self._damaged(f"{sign!r} where {' or '.join(expected)} was expected" if sign else "it breaks off")
        self._at += 1
        return sign

    def value(self) -> Any:
        """The value that stands here, whatever it is."""
        self.peek()
        while True:
            complaint, place = "", 0
            try:
                found, end = _READ(self._text, self._at)
            except json.JSONDecodeError as error:
                complaint, place = error.msg, error.pos
            except RecursionError:
                raise UnreadableError(f"{self._name}: JSON nested too deep") from None
            except ValueError as error:
                raise self._damaged(str(error)) from None
            else:
                if self._is_over or isinstance(found, (str, list, dict)) or self._is_whole_number(end):
                    self.brackets = self._text.count("{", self._at, end) + self._text.count("[", self._at, end)
                    self._at = end
                    return found
            if len(self._text) - self._at > self._largest:
                raise UnreadableError(f"{self._name}: an element of more than {self._largest} signs; expected a post or message")
            is_cut = not complaint or complaint.startswith("Unterminated") or place > len(self._text) - _CUT_SIGNS
            if self._is_over or not is_cut:
                raise self._damaged(complaint)
            self._fill()

    def _is_whole_number(self, end: int) -> bool:
        """Whether what ends there is not the beginning of a number (`1` of `1.5e3`) that the window cuts."""
        left = len(self._text) - end
        return left > _CUT_SIGNS or (left > 0 and self._text[end] not in ".eE")

    def end(self) -> None:
        """Raises `UnreadableError` unless nothing is left."""
        if self.peek():
            raise self._damaged("more text behind its end")

    def _fill(self) -> None:
        left = self._text[self._at :]
        chunk = self._stream.read(max(_CHUNK, len(left)))  # doubling: a long value is not read again for every chunk
        self._is_over = not chunk
        try:
            self._text = left + self._decoder.decode(chunk, final=self._is_over)
        except UnicodeDecodeError as error:
            raise self._damaged(str(error)) from None
        self._passed += self._at
        self._at = 0

    def _damaged(self, complaint: str) -> UnreadableError:
        return UnreadableError(f"{self._name}: not JSON ({' '.join(complaint.split())[:120]})")
