"""Values as MLS systems write them."""

import contextlib
import datetime as dt
import json
import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonground.contracts.rules import STANDARD_STATUSES
from commonground.sources.mls import normalise

SPELLINGS = {
    "display": lambda status: status,
    "odata name": lambda status: status.replace(" ", ""),
    "underscores": lambda status: status.replace(" ", "_"),
    "upper case": lambda status: status.upper(),
    "odata literal": lambda status: f"Odata.Models.StandardStatus'{status}'",
    "hex": lambda status: "b__" + status.encode().hex(),
    "blanks around": lambda status: f"  {status} ",
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(STANDARD_STATUSES), st.sampled_from(sorted(SPELLINGS)))
def test_every_spelling_of_a_status_means_the_same(status: str, spelling: str) -> None:
    assert normalise.standard_status(SPELLINGS[spelling](status)) == status


def test_the_hex_of_flexmls_is_read() -> None:
    assert normalise.standard_status("b__41637469766520556e64657220436f6e7472616374") == "Active Under Contract"


def test_the_british_spelling_is_canceled_too() -> None:
    assert normalise.standard_status("Cancelled") == "Canceled"


def test_a_local_word_means_what_the_team_says_it_does_and_nothing_without() -> None:
    letters = {"A": "Active", "C": "Closed", "X": "Expired", "P": "Pending", "W": "withdrawn"}
    assert [normalise.standard_status(letter, letters) for letter in "ACXPw"] == ["Active", "Closed", "Expired", "Pending", "Withdrawn"]
    with pytest.raises(ValueError, match="StandardStatus"):
        normalise.standard_status("A")


@pytest.mark.parametrize("word", ["Sold", "Actively", "b__41", "b__ff", "Under", "Active Active", "12"])
def test_a_word_that_is_no_status_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="StandardStatus"):
        normalise.standard_status(word)


@pytest.mark.parametrize("value", [None, "", "   ", "********"])
def test_nothing_and_masked_values_are_nothing(value: object) -> None:
    readers = (normalise.standard_status, normalise.number, normalise.integer, normalise.day, normalise.moment, normalise.enumerations)
    assert [reader(value) for reader in readers] == [None] * len(readers)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(64, 64), ("64.0", 64), (64.0, 64), ("1,064", 1064), (2**62 + 1, 2**62 + 1), (" 7 ", 7), ("1e3", 1000)],
)
def test_whole_numbers_are_read_in_every_dress(value: object, expected: int) -> None:
    assert normalise.integer(value) == expected


@pytest.mark.parametrize("value", [1.1, "1.1", "four", True, [1], {"a": 1}, 2**70, "1,2", ".", "-", "$", float("inf"), "nan", "1_000"])
def test_what_is_no_whole_number_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="number"):
        normalise.integer(value)


@pytest.mark.parametrize(("value", "expected"), [("$425,000.00", 425000.0), ("-116.3237", -116.3237), (0, 0.0), (".5", 0.5), ("5.", 5.0)])
def test_prices_and_coordinates_are_numbers(value: object, expected: float) -> None:
    assert normalise.number(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-06-01T12:00:00.123Z", "2026-06-01T12:00:00.123000+00:00"),
        ("2026-06-01T12:00:00.1234567890123Z", "2026-06-01T12:00:00.123456+00:00"),
        ("2026-06-01T12:00:00-05:00", "2026-06-01T17:00:00+00:00"),
        ("2026-06-01T10:00:00", "2026-06-01T10:00:00+00:00"),
        ("2026-06-01", "2026-06-01T00:00:00+00:00"),
    ],
)
def test_moments_are_utc_and_without_a_zone_taken_as_utc(value: str, expected: str) -> None:
    moment = normalise.moment(value)
    assert moment is not None
    assert moment.isoformat() == expected


@pytest.mark.parametrize(
    "value", ["2021-08-21T00:01:01.01.007Z", "TBD", "06/01/2026", "20260601", "2026-13-01", "0001-01-01T00:00:00+05:00", 5]
)
def test_what_is_no_moment_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="moment"):
        normalise.moment(value)


def test_a_date_is_the_day_on_the_spot() -> None:
    assert normalise.day("2026-04-15T23:30:00-05:00") == dt.date(2026, 4, 15)
    with pytest.raises(ValueError, match="date"):
        normalise.day("TBD")
    with pytest.raises(ValueError, match="date"):
        normalise.day("2026-04-153")


@given(st.integers(-2_000_000_000_000_000, 7_000_000_000_000_000), st.integers(-720, 720))
def test_the_literal_of_a_filter_is_never_later_than_its_moment(microseconds: int, offset_minutes: int) -> None:
    zone = dt.timezone(dt.timedelta(minutes=offset_minutes))
    at = (dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=microseconds)).astimezone(zone)
    text = normalise.literal(at)
    back = normalise.moment(text)
    assert back is not None
    assert text.endswith("Z")
    assert len(text) == 24
    assert dt.timedelta(0) <= at - back < dt.timedelta(milliseconds=1)


def test_several_values_come_as_a_list_one_text_or_one_value() -> None:
    assert normalise.enumerations("Circuit Breakers,200+ Amp Service") == ["Circuit Breakers", "200+ Amp Service"]
    assert normalise.enumerations(["ShortSale", "In_Foreclosure", "ShortSale"]) == ["Short Sale", "In Foreclosure"]
    assert normalise.enumerations("REO/Lender Owned") == ["REO/Lender Owned"]


def test_the_property_type_is_the_dictionarys_where_it_is_one() -> None:
    assert normalise.property_type("ResidentialLease") == "Residential Lease"
    assert normalise.property_type("manufactured_in_park") == "Manufactured In Park"
    assert normalise.property_type("RESD") == "RESD"


def test_a_postal_code_gets_its_zeros_back() -> None:
    assert normalise.postal_code(1234) == "01234"
    assert normalise.postal_code("01234-5678") == "01234-5678"


@given(JSON)
def test_every_reader_reads_or_refuses_and_never_breaks(value: Any) -> None:
    for reader in (
        normalise.standard_status,
        normalise.number,
        normalise.integer,
        normalise.day,
        normalise.moment,
        normalise.flag,
        normalise.enumeration,
        normalise.enumerations,
        normalise.property_type,
        normalise.postal_code,
    ):
        try:
            reader(value)
        except ValueError as error:
            assert str(error)


@given(st.text(alphabet=string.printable, max_size=12))
def test_a_status_is_one_of_the_eleven_or_nothing(word: str) -> None:
    with contextlib.suppress(ValueError):
        assert normalise.standard_status(word) in (*STANDARD_STATUSES, None)


@given(JSON)
def test_plain_values_are_strict_json_of_valid_text(value: Any) -> None:
    json.dumps(normalise.plain(value), ensure_ascii=False, allow_nan=False).encode("utf-8")
