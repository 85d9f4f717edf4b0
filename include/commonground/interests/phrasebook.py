"""All words and phrases of the settings → tables that find them on a page, each phrase as a whole and every one that fits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from commonground.interests.columns import (
    FIRST_WORD,
    HANDLE,
    LONGEST_PHRASE,
    PAUSE,
    SEPARATOR,
    UNKNOWN,
    Bools,
    Hashes,
    Ints,
    Page,
    Table,
    as_places,
    hash_words,
    keys_of,
    phrase_keys,
)


@dataclass(slots=True)
class Hits:
    """Phrases found on a page, by where they begin, the longer first: words `start` to `end` (exclusive) are entry `entry`."""

    start: Ints
    end: Ints
    entry: Ints

    def where(self, chosen: Bools | Ints) -> "Hits":
        """Some of the hits."""
        chosen = as_places(chosen)
        return Hits(self.start.take(chosen), self.end.take(chosen), self.entry.take(chosen))


class Phrasebook:
    """Finds phrases; `others` are words to be numbered though no phrase is made of them."""

    def __init__(self, phrases: Sequence[str], others: Iterable[str]) -> None:
        self.phrases = list(phrases)
        split = [phrase.split(" ") for phrase in phrases]
        marks = {"@": HANDLE, ",": PAUSE}
        vocabulary = sorted({word for words in split for word in words if word not in marks} | (set(others) - set(marks)))
        self._number = {word: number for number, word in enumerate(vocabulary, FIRST_WORD)} | marks
        self.vocabulary_size = FIRST_WORD + len(vocabulary)
        numbers = np.arange(FIRST_WORD, self.vocabulary_size)
        self._words = Table(hash_words(vocabulary), numbers)
        self._alone = np.full(self.vocabulary_size, -1, np.int64)  # entry of each word by itself
        self._begins = np.zeros(self.vocabulary_size, bool)  # whether some longer phrase begins with a word
        entries = [entry for entry, words in enumerate(split) if 2 <= len(words) <= LONGEST_PHRASE]
        pairs: dict[tuple[int, int], int] = {}  # the first two words of longer phrases: how long these are, as bits
        for entry in entries:
            first, second, *_ = (self._number[word] for word in split[entry])
            pairs[first, second] = pairs.get((first, second), 0) | 1 << len(split[entry])
        for entry, words in enumerate(split):
            if len(words) == 1:
                self._alone[self._number[words[0]]] = entry
        heads = np.array(list(pairs) or np.zeros((0, 2)), np.uint64)
        self._begins[heads[:, 0].astype(np.int64)] = True
        self._goes_on = np.zeros(self.vocabulary_size, bool)  # whether some longer phrase goes on with a word
        self._goes_on[heads[:, 1].astype(np.int64)] = True
        self._pairs = Table(phrase_keys(heads.ravel(), np.arange(len(heads)) * 2, 2), np.array(list(pairs.values()), np.int64))
        self._phrases = Table(self.keys([split[entry] for entry in entries]), np.array(entries, np.int64))
        self._longest = max((len(words) for words in split), default=1)

    def number(self, word: str) -> int:
        """The number of a word; that of unknown words if it is none of ours."""
        return self._number.get(word, UNKNOWN)

    def keys(self, phrases: Sequence[Sequence[str]]) -> Hashes:
        """The keys of phrases, given by their words (`phrase_keys`)."""
        words = np.array([self.number(word) for words in phrases for word in words], np.uint64)
        return keys_of(words, np.array([len(words) for words in phrases], np.int64))

    def numbers(self, words: Iterable[str]) -> np.ndarray:
        """A column of booleans over all numbers of words: which are among `words`."""
        chosen = np.zeros(self.vocabulary_size, bool)
        for word in words:
            if word in self._number:
                chosen[self._number[word]] = True
        return chosen

    def ending(self, letters: str) -> np.ndarray:
        """A column of booleans over all numbers of words: which end so."""
        return self.numbers(word for word in self._number if word.endswith(letters))

    def starting_with_a_digit(self) -> np.ndarray:
        """A column of booleans over all numbers of words: which start so."""
        return self.numbers(word for word in self._number if word[0].isdigit())

    def read(self, page: Page) -> Ints:
        """The number of every word of a page."""
        numbers = page.marks.copy()
        plain = np.flatnonzero(numbers == UNKNOWN)
        found = self._words.find(page.hashes[plain])
        found[found < 0] = UNKNOWN
        numbers[plain] = found
        return numbers

    def find(self, numbers: Ints) -> Hits:
        """Every phrase among the words of a page, given by their numbers."""
        alone = self._alone.take(numbers)
        at = np.flatnonzero(alone >= 0)
        starts, lengths, entries = [at], [np.ones(len(at), np.int64)], [alone[at]]
        padded = np.append(numbers, np.full(LONGEST_PHRASE, SEPARATOR)).astype(np.uint64)
        begins = np.flatnonzero(self._begins.take(numbers[:-1]) & self._goes_on.take(numbers[1:]))
        masks = self._pairs.find(phrase_keys(padded, begins, 2))
        begun = np.flatnonzero(masks > 0)
        begins, masks = begins[begun], masks[begun]
        for length in range(2, min(self._longest, LONGEST_PHRASE) + 1):
            at = begins[np.flatnonzero((masks & 1 << length) != 0)]
            if len(at):
                entry = self._phrases.find(phrase_keys(padded, at, length))
                found = np.flatnonzero(entry >= 0)
                starts.append(at[found])
                lengths.append(np.full(len(found), length))
                entries.append(entry[found])
        start, length_, entry = np.concatenate(starts), np.concatenate(lengths), np.concatenate(entries)
        order = np.argsort(start * 32 + (31 - length_), kind="stable")
        return Hits(start, start + length_, entry).where(order)
