"""Dates in the notations of many languages."""

import datetime as dt

import pytest

from commonground.sources.social.written_dates import read_date


@pytest.mark.parametrize(
    "written",
    [
        "2021年3月5日", "2021년 3월 5일", "2021. 3. 5.", "2021.03.05", "5 мар. 2021 г.", "05 мар 2021", "5 бер. 2021 р.", "5 mar 2021", "5. bře 2021",
        "5 Mar 2021", "5 märz 2021", "5 de marzo de 2021",
    ],
)  # fmt: skip
def test_a_day_is_read_in_the_notation_of_its_language(written):
    assert read_date(written, dt.UTC, lambda: None) == dt.datetime(2021, 3, 5, tzinfo=dt.UTC)


def test_a_time_behind_such_a_day_is_read_too():
    assert read_date("2021年3月5日 14:20", dt.UTC, lambda: None) == dt.datetime(2021, 3, 5, 14, 20, tzinfo=dt.UTC)


@pytest.mark.parametrize("written", ["2021. 13. 5.", "2021年3月", "5 foo. 2021", "20213年5月1日"])
def test_what_is_no_day_names_itself(written):
    with pytest.raises(ValueError, match="is no date that can be told"):
        read_date(written, dt.UTC, lambda: None)
