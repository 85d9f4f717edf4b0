import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonground.privacy.traces import MASK, Traces, is_full, words_of

BO = Traces(frozenset({"bo@x.org"}), frozenset({"7075550199"}), frozenset({"mary ortiz", "ortiz mary"}))


def masked(text: str, column: str = "text") -> str | None:
    return BO.masked(pa.table({column: [text]}), [column]).to_pylist()[0][column]


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("write to Bo@X.org.", f"write to {MASK}."),
        ("'bo@x.org', (bo@x.org)", f"'{MASK}', ({MASK})"),
        ("mailto:bo@x.org", f"mailto:{MASK}"),
        ("call 707-555-0199 at 9", f"call {MASK} at 9"),
        ("+1 (707) 555.0199", MASK),
        ("17075550199", MASK),
        ("Happy birthday, MARY ORTIZ!", f"Happy birthday, {MASK}!"),
        ("Ortiz, Mary", MASK),
        ("Mary-Ortiz's cat", f"{MASK}'s cat"),
    ],
)
def test_however_it_is_written_it_is_masked(said: str, left: str):
    assert masked(said) == left


@pytest.mark.parametrize(
    "said", ["jo.bo@x.org", "bo@x.org.uk", "bo@x.orgs", "70755501990", "9 1707555019", "Mary Ortizo", "Rosemary Ortiz", "Mary loves Ortiz"]
)
def test_what_only_looks_like_it_stays(said: str):
    assert masked(said) == said


def test_keys_keep_numbers_and_names_but_no_address():
    assert masked("7075550199", "thread_id") == "7075550199"
    assert masked("bo@x.org", "thread_id") == MASK
    assert masked("bo@x.org", "run_id") == "bo@x.org"


def test_a_value_that_was_nothing_else_is_null_unless_it_must_be_there():
    table = pa.table({"reviewer_name": ["Mary Ortiz", "Jo", None], "text": ["Mary Ortiz", "Jo", None]})
    left = BO.masked(table, ["text"])
    assert left.to_pylist() == [
        {"reviewer_name": None, "text": MASK},
        {"reviewer_name": "Jo", "text": "Jo"},
        {"reviewer_name": None, "text": None},
    ]


def test_lists_are_masked_and_keep_their_shape():
    tags = [["Friend of Mary Ortiz", "x"], None, [], ["y"]]
    left = BO.masked(pa.table({"tags": pa.array(tags, pa.list_(pa.string()))}))
    assert left["tags"].to_pylist() == [[f"Friend of {MASK}", "x"], None, [], ["y"]]


def test_a_first_name_or_initials_are_no_full_name():
    assert [is_full(words_of(name)) for name in ("Mary", "M. O.", "Mary O.", "J. Ortiz", "Mary Ortiz", "Mary-Jo Ortiz Díaz")] == [
        False, False, False, False, True, True,
    ]  # fmt: skip


@given(st.text(max_size=30), st.sampled_from(["bo@x.org", "(707) 555-0199", "Mary Ortiz"]), st.text(max_size=30))
def test_nothing_is_found_in_what_was_masked(before: str, trace: str, after: str):
    left = masked(f"{before} {trace} {after}".replace("\x00", ""))
    assert left is None or not BO.found_in(left)
