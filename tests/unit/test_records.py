import datetime as dt

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonground import records


@pytest.mark.parametrize("kind", records.KINDS)
def test_every_kind_can_be_written_as_arrow(kind: str):
    row = records.coerce(kind, {"record_id": "1"})
    table = pa.Table.from_pylist([row], schema=records.schema(kind))
    assert table.num_rows == 1
    assert all(column.meaning for column in records.KINDS[kind].columns)


@pytest.mark.parametrize(
    ("kind", "column", "value", "expected"),
    [
        ("listing", "CloseDate", "TBD", "a date"),
        ("listing", "ListPrice", "a lot", "a number"),
        ("listing", "BedroomsTotal", 1.5, "a whole number"),
        ("utterance", "occurred_at", "2026-01-01T00:00:00", "a moment with a time zone"),
        ("utterance", "is_self_stated", "maybe", "true or false"),
        ("person", "emails", 42, "a list of texts"),
        ("person", "shoe_size", "9", "a column of person"),
    ],
)
def test_a_value_that_does_not_fit_names_column_value_and_want(kind: str, column: str, value: object, expected: str):
    with pytest.raises(records.BadValueError, match=expected) as caught:
        records.coerce(kind, {column: value})
    assert column in str(caught.value)


def test_moments_become_utc():
    row = records.coerce("utterance", {"occurred_at": "2026-01-01T00:00:00-08:00"})
    assert row["occurred_at"] == dt.datetime(2026, 1, 1, 8, tzinfo=dt.UTC)


def test_whole_numbers_may_come_as_text_or_as_decimals():
    assert records.coerce("listing", {"BedroomsTotal": "3.0"})["BedroomsTotal"] == 3


@given(
    st.sampled_from(sorted(records.KINDS)).flatmap(
        lambda kind: st.tuples(
            st.just(kind),
            st.dictionaries(
                st.sampled_from(records.KINDS[kind].column_names),
                st.one_of(
                    st.none(),
                    st.text(st.characters()),
                    st.text(),
                    st.integers(),
                    st.floats(),
                    st.booleans(),
                    st.lists(st.text()),
                    st.datetimes(),
                    st.binary(),
                ),
            ),
        )
    )
)
def test_whatever_comes_fits_or_is_refused_by_name(case: tuple[str, dict[str, object]]):
    kind, values = case
    try:
        row = records.coerce(kind, values)
    except records.BadValueError as error:
        assert error.column in values
        return
    assert pa.Table.from_pylist([row], schema=records.schema(kind)).num_rows == 1
