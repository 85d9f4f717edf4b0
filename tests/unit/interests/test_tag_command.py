"""`commonground tag`: a row in, an answer out, whatever the row; wrong files are told in one line."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commonground.errors import UnreadableError
from commonground.interests.batches import tag_parquet
from commonground.interests.ndjson import tag_ndjson
from commonground.interests.tagger import Tagger

TAGGER = Tagger()


def test_every_row_of_a_parquet_file_has_an_answer_whatever_it_holds(tmp_path: Path) -> None:
    texts = ["I love jazz", None, "", "\x00", "I love jazz", "jazz " * 300_000, "日本語 🧀"]
    source, target = tmp_path / "texts.parquet", tmp_path / "tags.parquet"
    for type_ in (pa.string(), pa.large_string()):
        pq.write_table(pa.table({"text": pa.array(texts, type_)}), source)
        assert tag_parquet(TAGGER, source, target) == len(texts)
        tags = pq.read_table(target)
        assert set(tags["row"].to_pylist()) == set(range(len(texts)))
        assert [row for row, name in zip(tags["row"].to_pylist(), tags["interest"].to_pylist(), strict=True) if name == "jazz"] == [0, 4, 5]


def test_a_file_without_rows_gives_one_without_rows(tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": pa.array([], pa.string())}), tmp_path / "in.parquet")
    assert tag_parquet(TAGGER, tmp_path / "in.parquet", tmp_path / "out.parquet") == 0
    assert pq.read_table(tmp_path / "out.parquet").num_rows == 0


@pytest.mark.parametrize(
    ("columns", "said"), [({"body": ["a"]}, "no column 'text'"), ({"text": [1]}, "is of type int64; expected text"), (None, "no such file")]
)
def test_a_file_that_is_none_of_texts_is_told_in_one_line_and_leaves_nothing(
    tmp_path: Path, columns: dict[str, list[object]] | None, said: str
) -> None:
    if columns is not None:
        pq.write_table(pa.table(columns), tmp_path / "in.parquet")
    with pytest.raises(UnreadableError, match=said) as raised:
        tag_parquet(TAGGER, tmp_path / "in.parquet", tmp_path / "out.parquet")
    assert "\n" not in str(raised.value)
    assert list(tmp_path.glob("out*")) == []


def test_every_line_has_an_answer_with_its_id_whatever_it_holds() -> None:
    lines = [
        '\ufeff{"id": "é", "text": "I love jazz"}',
        "{",
        '{"id": 1}',
        "",
        '{"id": "\\ud800", "text": "\\ud800 I love jazz", "type": 5}',
    ]
    answers = [json.loads(line.encode()) for line in tag_ndjson(lines, TAGGER)]
    assert [answer["id"] for answer in answers] == ["é", None, 1, "\ud800"]
    assert [len(answer.get("interests", [])) for answer in answers] == [1, 0, 0, 1]
    assert "line 2" in answers[1]["error"]
