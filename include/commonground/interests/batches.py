"""Columns of texts and their types (Arrow) → a table of tags: one row per interest, with the stretch that may be quoted.

A text that comes again is read once. What is returned holds positions, never words.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from commonground.errors import UnreadableError
from commonground.interests.columns import Ints
from commonground.interests.evidence import quotes
from commonground.interests.letters import page_of
from commonground.interests.lexicon import Lexicon, Named
from commonground.interests.tagger import LONGEST, Tagger, Tags

BATCH = 20_000  # texts in memory at a time
COLUMNS = pa.schema(
    [
        ("denied", pa.int64()),
        *((name, pa.string()) for name in ("interest", "kind", "label", "policy_class", "subject")),
        ("rarity_prior", pa.float64()),
        ("quote_start", pa.int64()),
        ("quote_length", pa.int64()),
        ("is_cut_before", pa.bool_()),
        ("is_cut_after", pa.bool_()),
    ]
)
_SUBJECTS = pa.array(["self", "family"])
_OWNER, _INTEREST, _SUBJECT, _START, _LENGTH, _CUT, _DENIED = range(7)  # what is found, in columns
_NONE = -1


def tag_batch(tagger: Tagger, texts: pa.Array, types: pa.Array) -> tuple[Ints, pa.Table]:
    """The tags of a column of texts: the row of the text each belongs to, ascending, and a table like `COLUMNS`.

    A text that shows nothing has one row, with its count of protected statements and no interest.
    """
    texts = pc.fill_null(texts, "")
    numbers, firsts = _distinct(texts, types)  # a text that comes again is read once
    if len(firsts) < len(texts):
        texts, types = texts.take(firsts), types.take(firsts)
    distinct, of_distinct = texts.to_pylist(), types.to_pylist()
    pages, names, before = [], list[Named](), 0
    for tags in tagger.pages(distinct, of_distinct):
        pages.append(_read(tags, distinct[before : before + tags.count], before, len(tagger.lexicon.ids) + len(names)))
        names += tags.names
        before += tags.count
    if not pages:
        return np.zeros(0, np.int64), COLUMNS.empty_table()
    found = np.concatenate(pages, axis=1)
    if len(distinct) < len(numbers):
        counts = np.bincount(found[_OWNER], minlength=len(distinct))
        begins = np.cumsum(counts) - counts
        rows = np.repeat(np.arange(len(numbers)), counts[numbers])
        within = np.arange(len(rows)) - np.repeat(np.cumsum(counts[numbers]) - counts[numbers], counts[numbers])
        found = found[:, begins[numbers[rows]] + within]
        found[_OWNER] = rows
    return found[_OWNER], _table(tagger.lexicon, names, found)


def _distinct(texts: pa.Array, types: pa.Array) -> tuple[Ints, pa.Array]:
    """The number of each row's text among those that differ (in text or type), and the first row of each of these."""
    coded = texts.dictionary_encode()
    keys, count = coded.indices.to_numpy().astype(np.int64), len(coded.dictionary)
    if types.null_count < len(types):
        keys += pc.fill_null(types.dictionary_encode().indices, -1).to_numpy().astype(np.int64) * count + count
        _, keys = np.unique(keys, return_inverse=True)
        count = int(keys.max()) + 1
    firsts = np.zeros(count, np.int64)
    firsts[keys[::-1]] = np.arange(len(keys))[::-1]
    return keys, pa.array(firsts)


def tag_parquet(tagger: Tagger, source: Path, target: Path, *, text: str = "text", type_: str | None = None) -> int:
    """The tags of a Parquet file's texts as a Parquet file, with the row of each text as `row`; how many texts were read.

    Raises:
        UnreadableError: the file is missing or no Parquet, or a column is missing or holds no text; names file and column.
    """
    if not source.is_file():
        raise UnreadableError(f"{source}: no such file; expected Parquet")
    schema = pa.schema([("row", pa.int64()), *COLUMNS])
    before = 0
    columns = [text] if type_ is None else [text, type_]
    unfinished = target.with_name(f"{target.name}.tmp")
    try:
        with pq.ParquetFile(source) as file, _writer(unfinished, schema) as writer:
            for name in columns:
                _check_column(source, file.schema_arrow, name)
            for batch in file.iter_batches(BATCH, columns=columns):
                types = pa.nulls(len(batch), pa.string()) if type_ is None else batch[type_].cast(pa.string())
                rows, table = tag_batch(tagger, batch[text].cast(pa.string()), types)
                writer.write_table(table.add_column(0, "row", pa.array(rows + before)).cast(schema))
                before += len(batch)
        unfinished.replace(target)
    except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
        raise UnreadableError(f"{source}: expected a Parquet file of texts ({str(error).splitlines()[0]})") from None
    finally:
        unfinished.unlink(missing_ok=True)
    return before


def _writer(target: Path, schema: pa.Schema) -> pq.ParquetWriter:
    """Only words repeat: numbers gain nothing by a dictionary, and of none but the row anybody asks for its range."""
    words = [column.name for column in schema if pa.types.is_string(column.type)]
    return pq.ParquetWriter(target, schema, use_dictionary=words, write_statistics=["row"])


def _check_column(source: Path, schema: pa.Schema, name: str) -> None:
    """Raises an UnreadableError unless a column of texts is there."""
    if name not in schema.names:
        raise UnreadableError(f"{source}: no column {name!r}; expected it among {', '.join(schema.names) or 'its columns'}")
    type_ = schema.field(name).type
    plain = type_.value_type if pa.types.is_dictionary(type_) else type_
    if not (pa.types.is_string(plain) or pa.types.is_large_string(plain) or pa.types.is_string_view(plain) or pa.types.is_null(plain)):
        raise UnreadableError(f"{source}: column {name!r} is of type {type_}; expected text")


def _read(tags: Tags, texts: Sequence[str], before: int, known: int) -> Ints:
    """The tags of a page that may be quoted, a row for each column below; `before`: texts, `known`: interests counted so far."""
    letters, begins = (tags.letters, tags.text_begins) if np.diff(tags.text_begins).max() <= LONGEST else page_of(texts)
    chosen = np.flatnonzero(~tags.is_negated)
    text, start, end = tags.text[chosen], tags.start[chosen], tags.end[chosen]
    quoted = quotes(texts, letters, begins, text, start, end, tags.denied.text, tags.denied_start, tags.denied_end)
    chosen, text = chosen[quoted.is_free], text[quoted.is_free]
    is_silent = np.ones(tags.count, bool)
    is_silent[text] = False
    silent = np.flatnonzero(is_silent)
    found = np.full((7, len(text) + len(silent)), _NONE)
    found[_OWNER] = np.append(text, silent)
    interest = tags.interest[chosen]
    length = quoted.end - quoted.start
    for column, values in (
        (_INTEREST, np.where(interest < 0, known - 1 - interest, interest)),
        (_SUBJECT, tags.is_family[chosen]),
        (_START, quoted.start[quoted.is_free]),
        (_LENGTH, length[quoted.is_free]),
        (_CUT, (quoted.is_cut_before + 2 * quoted.is_cut_after)[quoted.is_free]),
    ):
        found[column, : len(text)] = values
    denied = np.bincount(tags.denied.text[tags.denied.stated(tags.denied_sentence)], minlength=tags.count)
    found[_DENIED] = denied[found[_OWNER]]
    found[_OWNER] += before
    return found[:, np.argsort(found[_OWNER], kind="stable")]


def _table(lexicon: Lexicon, names: Sequence[Named], found: Ints) -> pa.Table:
    """The table of rows found; interests are numbered as in the lexicon, then those that were named."""
    is_none = found[_INTEREST] == _NONE
    known = _known(lexicon)
    if names:
        named = _columns_of(names)
        known = {name: pa.concat_arrays([column, named[name]]) for name, column in known.items()}
    at = pa.array(found[_INTEREST], mask=is_none)
    columns = {name: column.take(at) for name, column in known.items()}
    columns["denied"] = pa.array(found[_DENIED])
    columns["subject"] = _SUBJECTS.take(pa.array(found[_SUBJECT], mask=is_none))
    columns["quote_start"] = pa.array(found[_START], mask=is_none)
    columns["quote_length"] = pa.array(found[_LENGTH], mask=is_none)
    columns["is_cut_before"] = pa.array((found[_CUT] & 1).astype(bool), mask=is_none)
    columns["is_cut_after"] = pa.array((found[_CUT] & 2).astype(bool), mask=is_none)
    return pa.table([columns[name] for name in COLUMNS.names], schema=COLUMNS)


@lru_cache(maxsize=4)
def _known(lexicon: Lexicon) -> dict[str, pa.Array]:
    """What all interests of a taxonomy are, by their numbers."""
    return _columns_of([lexicon.described(number) for number in range(len(lexicon.ids))])


def _columns_of(interests: Sequence[Named]) -> dict[str, pa.Array]:
    return {
        "interest": pa.array([i.interest for i in interests], pa.string()),
        "kind": pa.array([i.kind_name for i in interests], pa.string()),
        "label": pa.array([i.label for i in interests], pa.string()),
        "policy_class": pa.array([i.policy_class for i in interests], pa.string()),
        "rarity_prior": pa.array([i.rarity for i in interests], pa.float64()),
    }
