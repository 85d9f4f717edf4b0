"""Text that a program read in the wrong encoding and saved again (`GarcÃ­a`, `donâ€™t`) → as it was meant.

Spreadsheets do that to CSV files that begin with no byte order mark. Only what cannot be anything else is changed: letters
that stand for the bytes of one UTF-8 character.
"""

import re

# the first letter stands for the first byte, the others for the bytes that follow it, as Windows-1252 shows them
_FOLLOWING = "\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
_RUNS = re.compile(f"[Â-Å][{_FOLLOWING}]|[âáï][{_FOLLOWING}]{{2}}|ð[{_FOLLOWING}]{{3}}")
_SUSPECT = re.compile(f"[Â-Åâáïð][{_FOLLOWING}]")
# behind a letter these are the marks they look like, unless another letter follows them
_MARKS = frozenset("‘’“”–—…•™«»")


def mended(text: str) -> str:
    """The text with such runs undone; right text, and what is undone to nothing, stays as it is."""
    return text if text.isascii() or not _SUSPECT.search(text) else _RUNS.sub(_undone, text)


def _undone(run: re.Match[str]) -> str:
    letters = run[0]
    if letters[0] not in "âð" and not _MARKS.isdisjoint(letters) and not run.string[run.end() : run.end() + 1].isalnum():
        return letters
    try:
        meant = b"".join(_byte(letter) for letter in letters).decode("utf-8")
    except UnicodeError:
        return letters
    return letters if meant < "\xa0" else meant  # nobody meant a control character


def _byte(letter: str) -> bytes:
    return letter.encode("latin-1") if ord(letter) < 256 else letter.encode("cp1252")
