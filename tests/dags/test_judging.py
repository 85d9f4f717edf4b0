"""The question of judge_match, without an Airflow: what each kind of answer leaves behind."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from commonground.identity.asking import pair_id
from commonground.identity.verdicts import read
from published import write_published

LEFT, RIGHT = ("crm", "1"), ("blog", "9")
PAIR = {"pair_id": pair_id(LEFT, RIGHT), "left_feed": "crm", "left_record_id": "1", "right_feed": "blog", "right_record_id": "9"}
ANA = {"id": "7", "name": "Ana Ruiz"}


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COMMONGROUND_DATA", str(tmp_path))
    known = [{"contact_id": "c", "feed": feed, "record_id": key} for feed, key in (LEFT, RIGHT)]
    write_published(tmp_path / "commonground.duckdb", {"contact_identities": known})
    return tmp_path


def answered(option: str, who: dict[str, str] | None, pair: dict[str, str] = PAIR) -> Any:
    """What the task does when it is resumed with an answer, or by its time-out."""
    from commonground_airflow.judging import AskAboutPair

    event = {"chosen_options": [option], "params_input": {}, "responded_at": dt.datetime.now(dt.UTC), "responded_by_user": who}
    return AskAboutPair(task_id="ask", pair=pair).execute_complete({}, event)


def test_an_answer_is_noted_with_the_name_of_whoever_gave_it(data: Path):
    assert answered("Different people", ANA) == "Different people"
    (verdict,) = read(data).to_pylist()
    assert (verdict["decision"], verdict["decided_by"], verdict["left_feed"], verdict["right_record_id"]) == (
        "different", "Ana Ruiz", "crm", "9",
    )  # fmt: skip


def test_whoever_is_not_sure_decides_nothing(data: Path):
    assert answered("Not sure", ANA) == "Not sure"
    assert read(data).num_rows == 0


def test_a_question_that_nobody_answers_is_skipped_and_says_so(data: Path):
    from airflow.sdk.exceptions import AirflowSkipException

    with pytest.raises(AirflowSkipException, match=r"nobody answered within 2 days.*nothing was recorded"):
        answered("Not sure", None)
    assert read(data).num_rows == 0


def test_an_answer_on_somebody_who_was_erased_meanwhile_is_not_noted(data: Path):
    from airflow.sdk.exceptions import AirflowSkipException

    with pytest.raises(AirflowSkipException, match=r"a record of pair \w+ is gone; nothing was recorded"):
        answered("Same person", ANA, PAIR | {"left_record_id": "erased"})
    assert read(data).num_rows == 0


def test_a_pair_that_is_settled_is_not_asked_about(data: Path):
    from airflow.sdk.exceptions import AirflowSkipException

    from commonground_airflow.judging import AskAboutPair

    with pytest.raises(AirflowSkipException, match="nobody needs to be asked"):
        AskAboutPair(task_id="ask", pair=PAIR).execute({})
