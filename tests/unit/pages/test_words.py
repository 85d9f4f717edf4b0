"""Values as a person reads them, and what must never become a link or a formula."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from commonground_airflow.pages.words import agreed, csv_lines, percent, shortened, web_address, with_links


@pytest.mark.parametrize(
    "value",
    ["javascript:alert(1)", " javascript:alert(1)", "data:text/html,x", "//evil.example", "ftp://x.example", "https://", "http://[bad", "java\nscript:x", "https://a.example/\tb", "", None],
)  # fmt: skip
def test_only_web_addresses_become_links(value: str | None):
    assert web_address(value) is None


def test_web_addresses_become_links():
    assert web_address("HTTPS://a.example/b?c=d") == "HTTPS://a.example/b?c=d"


def test_a_link_in_a_text_shows_its_host_and_leaves_the_full_stop_outside():
    text = with_links('See <b> https://a.example/x?y="z.')
    assert text == (
        'See &lt;b&gt; <a href="https://a.example/x?y=" target="_blank" rel="noopener noreferrer" data-outward>a.example</a>&#34;z.'
    )


@given(st.text())
def test_no_text_smuggles_markup(text: str):
    rendered = with_links(text)
    assert isinstance(rendered, Markup)
    assert rendered.count("<") == 2 * rendered.count("<a href=")


@given(st.lists(st.text(), min_size=1))
def test_no_cell_starts_a_formula_and_none_loses_its_text(cells: list[str]):
    (row,) = csv.reader(io.StringIO(csv_lines([cells]), newline=""))
    for cell, before in zip(row, cells, strict=True):
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
        assert cell in (before, "'" + before)


@pytest.mark.parametrize(
    ("share", "words"), [(None, "not known"), (0.0, "0 %"), (0.004, "under 1 %"), (0.5, "50 %"), (0.999, "over 99 %"), (1.0, "100 %")]
)
def test_shares_never_round_to_certainty(share: float | None, words: str):
    assert percent(share) == words


@given(st.text(max_size=400), st.integers(min_value=10, max_value=200))
def test_a_shortened_text_keeps_within_its_letters(text: str, letters: int):
    assert len(shortened(text, letters)) <= max(letters, 0)


def test_the_models_comparisons_are_read_in_either_form():
    assert agreed('{"compared": {"email": 9.25, "name": "same", "birth_date": null}}') == ["email: +9.2", "name: same"]
    assert agreed('{"compared": "{\\"postal_code\\": \\"same\\"}"}') == ["postal code: same"]
    for nothing in (None, "", "{}", "[1]", "no json", '{"compared": "no json"}', '{"compared": 4}'):
        assert agreed(nothing) == []


def test_brackets_that_belong_to_an_address_stay_with_it():
    assert 'href="https://a.example/P(&#39;7&#39;)"' in with_links("(https://a.example/P('7'))")
    assert 'href="https://a.example/x"' in with_links("(https://a.example/x)")
