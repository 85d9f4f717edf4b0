"""What a person is asked about two records, and what becomes of the answer."""

from pathlib import Path
from typing import Any

import pytest

from commonground.errors import CommonGroundError
from commonground.identity import verdicts
from commonground.identity.asking import answer, pair_id, plain, question, refs_of, said_since, worst_pairs
from published import write_published


def uncertain(rank: int, **more: Any) -> dict[str, Any]:
    left, right = ("crm", str(rank)), ("blog", f"b{rank}")
    return {
        "pair_id": pair_id(left, right), "rank": rank, "is_joined": False, "match_probability": 0.74, "match_rule": "name alone",
        "at_stake": "now and unplaced", "agreed": ["given name: same"], "differed": ["city: different"],
        "left_feed": left[0], "left_record_id": left[1], "left_contact_id": f"c{rank}", "left_line": "Ann Lee · ann@lee.example · 9 Elm St",
        "right_feed": right[0], "right_record_id": right[1], "right_contact_id": f"d{rank}", "right_line": "Ann Lee",
    } | more  # fmt: skip


@pytest.fixture
def data(tmp_path: Path) -> Path:
    rows = [uncertain(3, left_line="![x](http://evil.example/p.png) | <b>Bo</b>\nLee"), uncertain(1), uncertain(2)]
    known = [{"contact_id": "c", "feed": feed, "record_id": key} for n in "123" for feed, key in (("crm", n), ("blog", f"b{n}"))]
    write_published(tmp_path / "commonground.duckdb", {"uncertain_matches": rows, "contact_identities": known})
    return tmp_path


def ranks(data: Path, count: int, **options: int) -> list[str]:
    return [pair["left_record_id"] for pair in worst_pairs(data, count, **options)]


def test_the_worst_are_asked_first_and_what_was_judged_since_not_at_all(data: Path):
    assert ranks(data, 2) == ["1", "2"]
    verdicts.record(data, ("blog", "b1"), ("crm", "1"), "different", "ana")
    assert ranks(data, 2) == ["2", "3"]
    assert ranks(data, 9, skipped=1) == ["3"]
    assert question(data, uncertain(1)["pair_id"]) is None


def test_a_question_shows_both_records_and_what_speaks_for_and_against(data: Path):
    asked = question(data, uncertain(1)["pair_id"])
    assert asked is not None
    assert asked.subject == "Same person? Ann Lee / Ann Lee"
    for text in ("ann@lee.example", "9 Elm St", "given name: same", "city: different", "74%", "kept apart", "now and unplaced"):
        assert text in asked.body, text


def test_a_text_from_outside_is_no_markdown(data: Path):
    asked = question(data, uncertain(3)["pair_id"])
    assert asked is not None
    (line,) = [line for line in asked.body.splitlines() if line.startswith("| Says")]
    assert r"\!\[x\]\(http://evil.example/p.png\) \| \<b\>Bo\</b\> Lee" in line
    assert plain("a|b\n*c*") == r"a\|b \*c\*"


def test_an_answer_is_a_verdict_under_the_name_of_whoever_gave_it(data: Path):
    assert answer(data, ("crm", "1"), ("blog", "b1"), "same", "Ana Ruiz")
    assert said_since(data) == {uncertain(1)["pair_id"]: "same person, says Ana Ruiz"}


def test_an_answer_on_a_record_that_is_gone_meanwhile_is_not_noted(data: Path):
    assert not answer(data, ("crm", "1"), ("blog", "erased"), "same", "Ana Ruiz")
    assert not verdicts.verdicts_file(data).exists()


def test_a_pair_is_known_by_its_id(data: Path):
    assert refs_of(data, uncertain(2)["pair_id"]) == (("crm", "2"), ("blog", "b2"))
    with pytest.raises(CommonGroundError, match="m000000000000 is not in uncertain_matches"):
        refs_of(data, "m000000000000")
    with pytest.raises(CommonGroundError, match="'x' is no pair_id; expected m and twelve hex digits"):
        refs_of(data, "x")


def test_before_the_first_night_there_is_nothing_to_judge(tmp_path: Path):
    with pytest.raises(CommonGroundError, match="nothing is published yet"):
        worst_pairs(tmp_path, 5)
