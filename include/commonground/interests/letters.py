"""Many texts → what each of their letters is: part of a word, a pause, an end of sentence, an address, nothing.

All texts of a page are read at once. Accents fall off, curly quotes and dashes become plain ones, emoji are nothing (a heart
says "love"); only addresses, hashtags and letters with dots ("U.S.") are looked at one by one, where they stand.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from commonground.interests.words import ABBREVIATIONS, FOLD, PICTURES, pieces_of

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]
Codes = npt.NDArray[Any]  # of characters: one byte each if all are plain, else four

NOTHING, LETTER, DOT, COMMA, HYPHEN, SEP, AT, AND, HEART, PICTURE, APOSTROPHE = range(11)  # what a letter is
HEART_LETTER, NOTHING_LETTER = 1, 2
PICTURE_LETTERS = {picture: letter for letter, picture in enumerate(dict.fromkeys(PICTURES.values()), 0x80)}
_FOREIGN = 0xC0  # letters that are none of a to z, by a remainder: no word of the settings has any
_SPACE_LETTER, _SEP_LETTER = 32, 30


def _classes() -> Bytes:
    table = np.zeros(256, np.uint8)
    table[_FOREIGN:] = LETTER
    for characters, class_ in (
        (b"abcdefghijklmnopqrstuvwxyz0123456789", LETTER),
        (b"'", APOSTROPHE),
        (b".!?;\n|", DOT),
        (b",:()[]/", COMMA),
        (b"-", HYPHEN),
        (b"\x1e", SEP),
        (b"&", AND),
        (bytes([HEART_LETTER]), HEART),
        (bytes(PICTURE_LETTERS.values()), PICTURE),
    ):
        table[list(characters)] = class_
    return table


_CLASS = _classes()
_SPACE = np.zeros(256, bool)
_SPACE[[9, 10, 11, 12, 13, 32]] = True
_IS_ALPHA = (_CLASS == LETTER) & ~np.isin(np.arange(256), list(b"0123456789"))
_IS_WORD = (_CLASS == LETTER) | (np.arange(256) == ord("_"))
_IS_ABBREVIATION = np.zeros(65536, bool)
_IS_ABBREVIATION[[word[0] * 256 + word[1] for word in (a.encode() for a in ABBREVIATIONS) if len(word) == 2]] = True
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+")
_LOCAL = re.compile(r"[\w.+-]*")  # of a text turned round: what stands before an @
_OF_ADDRESS = re.compile(r"[\w.+#@-]")
_HOST, _HANDLE = re.compile(r"@[\w-]+\.[\w.]+"), re.compile(r"@[\w.]+")
_DOTTED = re.compile(r"(?:[^\W\d_]\.){2,}")
_IN_TAG = np.array([re.match(r"\w", chr(letter)) is not None for letter in range(256)])
_FURTHEST = 80  # letters before an @ that may be of an address
BLANKS = [9, 10, 11, 12, 13, 28, 29, 30, 31, 32, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000]
_IS_BLANK = np.isin(np.arange(max(BLANKS) + 2), BLANKS)  # of a character by its code; the last stands for all that follow


_PLAIN = np.zeros(0x110000, np.uint8)  # the plain letter of every character, worked out when it is first met


def is_blank(codes: Codes) -> Bools:
    """Which characters are blanks."""
    found: Bools = _IS_BLANK.take(codes, mode="clip")
    return found


def plain_letters(codes: Codes) -> Bytes:
    """The plain letters of characters, one byte for each."""
    if codes.itemsize == 1:
        return _translated(codes, _PLAIN[:256])
    letters: Bytes = _PLAIN.take(codes)
    if not letters.all():
        for code in np.unique(codes[letters == 0]).tolist():
            _PLAIN[code] = _plain(code)
        letters = _PLAIN.take(codes)
    return letters


def _translated(letters: Bytes, table: Bytes) -> Bytes:
    """What a table says of letters of one byte each: in a third of the time that a column cut by them takes."""
    return np.frombuffer(bytearray(letters).translate(table.tobytes()), np.uint8)


def _plain(code: int) -> int:
    folded = FOLD[code]
    if folded == "❤":
        letter = HEART_LETTER
    elif folded in PICTURE_LETTERS:
        letter = PICTURE_LETTERS[folded]
    elif folded in "—–":
        letter = ord(",")
    elif folded.isascii():
        letter = ord(folded)
    elif folded.isalnum():
        letter = _FOREIGN + ord(folded) % 22
    else:
        letter = _SPACE_LETTER if folded.isspace() else NOTHING_LETTER
    return letter or NOTHING_LETTER


_PLAIN[:128] = [_plain(code) for code in range(128)]


@dataclass(slots=True)
class Letters:
    """The letters of a page, without the apostrophes inside of words.

    `at`: where each stood among the characters of the page, None if none was left out. `begins`: where a word begins though
    letters stand before it. `hashtags`: where they begin and where they end. `dotted`: words with dots inside by where they begin ("U.S.").
    `codes`: the characters of the page as they were written; `text_begins`: where among them each text begins.
    """

    low: Bytes
    class_: Bytes
    at: Ints | None
    begins: Ints
    hashtags: tuple[Ints, Ints]
    dotted: dict[int, str]
    codes: Codes
    text_begins: Ints

    def written(self, at: Ints) -> Ints:
        """Where letters stand among the characters of the page."""
        return at if self.at is None else self.at[at]


def page_of(texts: Sequence[str]) -> tuple[Codes, Ints]:
    """The codes of all characters of texts, with a separator before, between and behind them, and where each text begins (and one more)."""
    joined = "\x1e" + "\x1e".join(texts) + "\x1e"
    if joined.isascii():
        codes: Codes = np.frombuffer(joined.encode(), np.uint8)
    else:
        codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
    return codes, np.cumsum(np.append(1, np.fromiter(map(len, texts), np.int64, len(texts)) + 1))


def read_letters(texts: Sequence[str], known: frozenset[str]) -> Letters:
    """The letters of texts, with a separator before, between and behind them. `known` are words that hashtags may be made of."""
    codes, text_begins = page_of(texts)
    low = plain_letters(codes)
    low[text_begins - 1] = _SEP_LETTER
    class_ = _translated(low, _CLASS)
    at = None
    inside = _inside_words(class_)
    if len(inside):
        keep = np.ones(len(low), bool)
        keep[inside] = False
        low, class_, at = low[keep], class_[keep], np.flatnonzero(keep)
    class_[class_ == APOSTROPHE] = NOTHING
    none = np.zeros(0, np.int64)
    letters = Letters(low, class_, at, none, (none, none), {}, codes, text_begins)
    dots = np.flatnonzero(low == ord("."))
    _specials(letters, known, dots)
    _dots(letters, dots[class_[dots] == DOT])
    hyphens = np.flatnonzero(class_ == HYPHEN)
    if len(hyphens):
        alone = _SPACE[low[hyphens - 1]] & _SPACE[low[hyphens + 1]]
        class_[hyphens[~alone]] = NOTHING
    return letters


def _inside_words(class_: Bytes) -> Ints:
    """The apostrophes between two letters."""
    found = np.flatnonzero(class_ == APOSTROPHE)
    if not len(found):
        return found
    is_first, is_last = np.ones(len(found), bool), np.ones(len(found), bool)
    is_first[1:] = is_last[:-1] = np.diff(found) > 1
    if is_first.all():
        return np.asarray(found[(class_[found - 1] == LETTER) & (class_[found + 1] == LETTER)], np.int64)
    run = np.cumsum(is_first) - 1
    inside = (class_[found[is_first] - 1] == LETTER) & (class_[found[is_last] + 1] == LETTER)
    return np.asarray(found[inside[run]], np.int64)


def _specials(letters: Letters, known: frozenset[str], dots: Ints) -> None:
    """Marks addresses, hashtags and letters with dots (which stand at `dots`)."""
    first = np.flatnonzero(letters.low == ord("#")) + 1
    last, open_ = first.copy(), np.arange(len(first))
    while len(open_):
        open_ = open_[_IN_TAG[letters.low[last[open_]]]]
        last[open_] += 1
    first, last = first[last > first], last[last > first]
    starts, ends = _addresses(letters, dots, first, last)
    within = np.searchsorted(starts, first) - 1  # "#" in an address makes no hashtag
    if len(starts):
        free = (within < 0) | (ends[within] < first)
        first, last = first[free], last[free]
    letters.hashtags = first, last
    if len(first):
        letters.begins = _begins(letters, first, last, known)


def _begins(letters: Letters, first: Ints, last: Ints, known: frozenset[str]) -> Ints:
    """Where the words begin that hashtags are made of."""
    lengths = last - first
    ends = np.cumsum(lengths)
    at = np.arange(ends[-1]) + np.repeat(last - ends, lengths)
    low = letters.low[at].tobytes().decode("latin-1")
    codes = letters.codes[letters.written(at)]
    written = codes.tobytes().decode("latin-1" if codes.itemsize == 1 else "utf-32-le", "surrogatepass")
    begins: list[int] = []
    for start, end, place in zip((ends - lengths).tolist(), ends.tolist(), first.tolist(), strict=True):
        pieces = pieces_of(written[start:end], low[start:end], known)
        if len(pieces) > 1:
            begins += [place + piece for piece, _ in pieces]
    return np.array(begins, np.int64)


def _addresses(letters: Letters, dots: Ints, first: Ints, last: Ints) -> tuple[Ints, Ints]:
    """Marks addresses and letters with dots beside hashtags (from `first` to `last`); from where to where addresses reach."""
    low, class_ = letters.low, letters.class_
    web = dots[(low[dots - 1] == ord("w")) & (low[np.maximum(dots - 2, 0)] == ord("w")) & (low[np.maximum(dots - 3, 0)] == ord("w"))]
    schemes = np.flatnonzero(low == ord(":"))
    schemes = schemes[low[schemes + 1] == ord("/")]
    initials = dots[_IS_ALPHA[low[dots - 1]] & ~_IS_WORD[low[dots - 2]] & _IS_ALPHA[low[dots + 1]]]
    initials = initials[low[initials + 2] == ord(".")]
    places = [(position - 3, "w") for position in web.tolist()]
    places += [(position, ":") for position in schemes.tolist()]
    places += [(position - 1, ".") for position in initials.tolist()]
    places += [(position, "@") for position in np.flatnonzero(low == ord("@")).tolist()]
    line = low.tobytes().decode("latin-1") if places else ""
    found: list[tuple[int, int]] = []
    head, tags, ends = 0, [0, *first.tolist()], [0, *last.tolist()]
    for position, sort in sorted(places):
        head = max(head, ends[bisect_right(tags, position) - 1])
        if position < head:
            continue
        if sort == ".":
            match = _DOTTED.match(line, position)
            if match:
                head = match.end()
                letters.dotted[position] = match.group().replace(".", "")
                class_[position:head] = LETTER
                class_[head - 1] = NOTHING
        else:
            start, end = _address(line, position, sort, head)
            if end > start:
                head = end
                found.append((start, end))
                class_[start:end] = NOTHING
                class_[start] = AT
    starts, stops = np.array(found, np.int64).reshape(-1, 2).T
    return starts, stops


def _address(line: str, position: int, sort: str, head: int) -> tuple[int, int]:
    """From where to where an address or handle reaches around its sign; nothing if it is none."""
    match = None
    start = position
    if sort == ":":
        start = position - 5 if line.startswith("https", position - 5) else position - 4
    if sort in ":w":
        if start >= head and not line[start - 1].isalnum():
            match = _ADDRESS.match(line, start)
        return (start, match.end()) if match else (0, 0)
    before = line[max(head, position - _FURTHEST) : position][::-1]
    local = _LOCAL.match(before)
    length = local.end() if local else 0
    start = position - length
    if length and not _OF_ADDRESS.match(line, start - 1):
        match = _HOST.match(line, position)
    if match is None:
        start, match = position, _HANDLE.match(line, position)
    return (start, match.end()) if match else (0, 0)


def _dots(letters: Letters, dots: Ints) -> None:
    """A single dot behind an abbreviation or a name's initial, or right before a letter, ends nothing."""
    low, class_ = letters.low, letters.class_
    dots = dots[(class_[dots - 1] != DOT) & (class_[dots + 1] != DOT)]
    two = low[dots - 2].astype(np.int64) * 256 + low[dots - 1]
    third = class_[np.maximum(dots - 3, 0)] == LETTER
    is_missis = (two == ord("r") * 256 + ord("s")) & (low[np.maximum(dots - 3, 0)] == ord("m"))
    is_missis &= class_[np.maximum(dots - 4, 0)] != LETTER
    is_short = (_IS_ABBREVIATION[two] & ~third) | is_missis
    is_initial = (class_[dots - 1] == LETTER) & (low[dots - 2] == _SPACE_LETTER) & (low[dots + 1] == _SPACE_LETTER)
    may = np.flatnonzero(is_initial)
    may = may[_are_capitals(letters, dots[may] - 1) & _are_capitals(letters, dots[may] + 2)]
    is_initial[:] = False
    is_initial[may] = [_is_initial(letters, dot) for dot in dots[may].tolist()]
    class_[dots[is_short | is_initial | (class_[dots + 1] == LETTER)]] = NOTHING


def _are_capitals(letters: Letters, at: Ints) -> Bools:
    """Which letters were written as capitals from A to Z."""
    codes = letters.codes[letters.written(at)]
    found: Bools = (codes >= ord("A")) & (codes <= ord("Z"))
    return found


def _is_initial(letters: Letters, dot: int) -> bool:
    """Whether a dot behind a single capital, before another one, ends an initial: "Sarah J. Maas"."""
    first = dot - 3
    while letters.class_[first] == LETTER:
        first -= 1
    return first + 1 < dot - 2 and bool(_are_capitals(letters, np.array([first + 1]))[0])
