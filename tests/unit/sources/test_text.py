"""Texts, ids and dates: each convention reads its own form and refuses the others'."""

import datetime as dt
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonground.sources import text

UTC = dt.UTC
PACIFIC = dt.timezone(dt.timedelta(hours=-8))


def at(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=UTC)


CONVENTIONS = [
    (text.day_moment, ("08 Feb 2026",), at(2026, 2, 8)),
    (text.day_moment, ("3. März 2024",), at(2024, 3, 3)),
    (text.month_moment, ("Jan 2024",), at(2024, 1, 1)),
    (text.month_moment, ("1989",), at(1989, 1, 1)),
    (text.utc_moment, ("2025-06-01 14:03:22 UTC",), at(2025, 6, 1, 14, 3, 22)),
    (text.utc_moment, ("2026/07/28 13:20:49 UTC",), at(2026, 7, 28, 13, 20, 49)),
    (text.epoch_seconds, (1672531200,), at(2023, 1, 1)),
    (text.epoch_millis, (1672617600000,), at(2023, 1, 2)),
    (text.tweet_moment, ("Wed Oct 10 20:19:24 +0000 2018",), at(2018, 10, 10, 20, 19, 24)),
    (text.local_moment, ("2023-11-14 22:18:20.000000", UTC), at(2023, 11, 14, 22, 18, 20)),
    (text.local_moment, ("2022-01-03 23:04:46", PACIFIC), at(2022, 1, 4, 7, 4, 46)),
    (text.iso_moment, ("2012-04-23T02:23:11Z",), at(2012, 4, 23, 2, 23, 11)),
    (text.iso_moment, ("2024-01-15T10:30:00.000+0000",), at(2024, 1, 15, 10, 30)),
    (text.feed_moment, ("Sat, 28 Sep 2002 21:00:02 GMT",), at(2002, 9, 28, 21, 0, 2)),
    (text.feed_moment, ("2009-12-08T16:59:02.544-08:00",), at(2009, 12, 9, 0, 59, 2, 544000)),
]


@pytest.mark.parametrize(("reader", "arguments", "expected"), CONVENTIONS)
def test_each_date_convention_is_read_as_utc(reader, arguments, expected):
    found = reader(*arguments)
    assert found == expected
    assert found.utcoffset() == dt.timedelta(0)


@pytest.mark.parametrize(
    ("reader", "arguments"),
    [
        (text.day_moment, ("2/8/26",)),
        (text.day_moment, ("31 Feb 2024",)),
        (text.utc_moment, ("2025-06-01 14:03:22",)),
        (text.epoch_seconds, (1672617600000,)),  # milliseconds
        (text.epoch_millis, (1672617600,)),  # seconds
        (text.epoch_seconds, (True,)),
        (text.epoch_seconds, ("nan",)),
        (text.iso_moment, ("2024-01-15T10:30:00",)),  # no zone
        (text.feed_moment, ("yesterday",)),
        (text.tweet_moment, ("2018-10-10T20:19:24Z",)),
    ],
)
def test_a_date_of_another_convention_is_refused_and_named(reader, arguments):
    with pytest.raises(ValueError, match=str(arguments[0])[:8].replace("(", ".")):
        reader(*arguments)


@pytest.mark.parametrize(
    "reader", [text.day_moment, text.utc_moment, text.epoch_seconds, text.epoch_millis, text.iso_moment, text.feed_moment]
)
def test_no_date_is_none(reader):
    assert reader("") is None
    assert reader(None) is None


@given(st.text(max_size=40) | st.integers() | st.floats() | st.lists(st.integers(), max_size=2))
def test_date_readers_raise_value_errors_only(value):
    for reader in (text.utc_moment, text.epoch_seconds, text.epoch_millis, text.iso_moment, text.feed_moment, text.tweet_moment):
        try:
            found = reader(value)
        except ValueError:
            continue
        assert found is None or found.tzinfo is not None


@pytest.mark.parametrize(
    ("broken", "right"),
    [("Rados\u00c5\u0082aw", "Radosław"),
     ("\u00d0\u0096\u00d0\u00b0\u00d0\u00bd\u00d0\u00bd\u00d0\u00b0", "Жанна"), ("\u00f0\u009f\u008e\u0089", "🎉"),
     ("José", "José"), ("Жанна", "Жанна"), ("it\u00e2\u0080\u0099s", "it’s"), ("plain", "plain")],
)  # fmt: skip
def test_mojibake_is_undone_and_right_text_left_alone(broken, right):
    assert text.mojibake(broken) == right


@given(st.text())
def test_mojibake_undoes_what_facebook_does_to_any_text(words):
    try:
        garbled = words.encode("utf-8").decode("latin-1")
    except UnicodeEncodeError:
        return
    assert text.mojibake(garbled) == words


def test_stable_ids_ignore_case_width_and_blanks_but_not_where_parts_end():
    assert text.stable_id(" José García ", None) == text.stable_id("JOSÉ GARCÍA", "")
    assert text.stable_id("ＡＢ") == text.stable_id("ab")
    assert text.stable_id("ab", "c") != text.stable_id("a", "bc")
    assert len(text.stable_id("x")) == 16


def test_html_becomes_the_words_a_reader_sees():
    markup = "<p>Hello, <b>w</b>orld!</p>\n<script>alert('<p>no</p>')</script><ul><li>a &amp; b<li>c</ul>"
    markup += "<!-- <p>x -->1 < 2 <a title='x>y'>it's</a>"
    assert text.html_to_text(markup) == "Hello, world!\na & b\nc\n1 < 2 it's"


@pytest.mark.parametrize(
    "bomb", ["<" * 300_000, "<!--" * 80_000, "<script>" * 40_000, "<a '" * 80_000, "&amp;" * 80_000, '<p title="' * 30_000]
)
def test_html_that_never_closes_costs_no_more_than_its_length(bomb):
    begun = time.process_time()
    text.html_to_text(bomb)
    assert time.process_time() - begun < 2


@given(st.text(alphabet="<>/!-pscriptabe \"'&;="))
def test_html_to_text_never_fails(markup):
    text.html_to_text(markup)


@pytest.mark.parametrize(
    ("display", "parts"),
    [
        ("José García", ("José", "", "García", "")),
        ("Maria de la Cruz Lopez MBA, PMP", ("Maria", "", "de la Cruz Lopez", "MBA, PMP")),
        ("Smith, John", ("John", "", "Smith", "")),
        ("Jane Doe, CRS, GRI", ("Jane", "", "Doe", "CRS, GRI")),
        ("Jane Doe 🏡 Realtor®", ("Jane", "", "Doe", "Realtor®")),
        ("Jane Doe | Your Realtor", ("Jane", "", "Doe", "Your Realtor")),
        ("SAM SMITH", ("SAM", "", "SMITH", "")),
        ("王小明", ("王小明", "", "", "")),
        ("", ("", "", "", "")),
    ],
)
def test_display_names_are_split(display, parts):
    assert text.split_name(display) == parts


@pytest.mark.parametrize(
    ("cell", "parts"),
    [("García MBA, PMP", ("García", "MBA, PMP")), ("García, Ph.D.", ("García", "Ph.D.")), ("GARCÍA", ("GARCÍA", "")),
     ("DE LA CRUZ", ("DE LA CRUZ", "")), ("Smith Jr.", ("Smith", "Jr.")), ("Lee V", ("Lee V", ""))],
)  # fmt: skip
def test_credentials_in_a_last_name_go_to_the_suffix(cell, parts):
    assert text.split_credentials(cell) == parts


@given(st.text(max_size=60))
def test_splitting_never_fails_and_keeps_a_name_that_is_one(display):
    parts = text.split_name(display)
    assert all(isinstance(part, str) for part in parts)


@pytest.mark.parametrize(
    "name",
    [
        "Facebook user",
        "LinkedIn Member",
        "LinkedIn-Mitglied",
        "Utilisateur de Facebook",
        "A Google user",
        "Deleted account",
        "No Name",
        "",
        "...",
        "123",
    ],
)
def test_nameless_accounts_are_placeholders(name):
    assert text.is_placeholder_name(name)


@pytest.mark.parametrize("name", ["Christopher Guest", "Max X", "Jo", "Anita Member-Smith", "José García", "王小明"])
def test_names_that_only_look_like_it_are_people(name):
    assert not text.is_placeholder_name(name)


@pytest.mark.parametrize(("written", "month"), [("15 mrt 2024", 3), ("15 mei 2024", 5), ("15 okt 2024", 10), ("15 maart 2024", 3)])
def test_dutch_months_are_known(written, month):
    assert text.day_moment(written).month == month


@pytest.mark.parametrize(
    "markup", ["a  b\n\n c\t d ", "a\r\nb\rc", "x\u2028y", "a\x0bb\x00c\n", "\n", "<p>one</p>\n<p>two &amp; three</p>", "a\x85b"]
)
def test_lines_are_trimmed_and_controls_go_whatever_the_text(markup):
    plain = text.clean_text(markup.replace("<p>", "\n").replace("</p>", "\n").replace("&amp;", "&"))
    lines = (" ".join(line.split()) for line in plain.splitlines())
    assert text.html_to_text(markup) == "\n".join(line for line in lines if line)
