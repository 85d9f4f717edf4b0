"""The contracts of the record kinds, judged by the real Great Expectations."""

import datetime as dt
import json
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from commonground import records
from commonground.contracts import data_docs, suites
from commonground.contracts.rules import ENUMERATIONS, Rule, rules
from commonground.contracts.validate import Validation, validate

NOW = dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC)
GOOD: dict[str, dict[str, Any]] = {
    "person": {"person_type": "person", "full_name": "Ada Quill", "emails": ["ada@quill.test"]},
    "tie": {"src_ref": "1", "dst_ref": "2", "tie_type": "friend", "is_directed": False},
    "utterance": {"author_ref": "1", "utterance_type": "post", "text": "zydeco tonight", "is_self_stated": True},
    "interaction": {"person_ref": "1", "interaction_type": "call", "occurred_at": "2026-11-01T10:00:00Z"},
    "listing": {"ListingKey": "L1", "StandardStatus": "Active", "ListPrice": 425000},
    "listing_event": {"ListingKey": "L1", "event_type": "price_change", "occurred_at": "2026-11-01T10:00:00Z"},
    "place": {"name": "Blue Door", "rating": 4.5},
    "review": {"subject_type": "agent", "is_anonymous": False, "rating": 5},
    "membership": {"ResourceName": "Member", "MemberKey": "M1"},
    "consent": {"purpose": "marketing", "channel": "any", "state": "revoked", "email": "ada@quill.test"},
}


def row(kind: str, **values: Any) -> dict[str, Any]:
    common = {"feed": "f", "record_id": "1", "source": "s", "run_id": "r", "modified_at": "2026-11-20T00:00:00Z"}
    return records.coerce(kind, common | GOOD[kind] | values)


def judge(kind: str, *rows: dict[str, Any], **arguments: Any) -> Validation:
    table = pa.Table.from_pylist(list(rows), schema=records.schema(kind))
    return validate(kind, table, feed="f", run_id="r", now=NOW, **arguments)


@pytest.mark.parametrize("kind", records.KINDS)
def test_a_sound_record_is_accepted_and_a_deletion_needs_no_more_than_its_key(kind: str) -> None:
    bare = {column.name: None for column in records.KINDS[kind].columns if column not in records.COMMON}
    verdict = judge(kind, row(kind), row(kind, **bare, is_deleted=True))
    assert (verdict.accepted.num_rows, verdict.refused, verdict.warnings, verdict.failures) == (2, [], {}, [])


@pytest.mark.parametrize(("kind", "column"), [(k.name, c.name) for k in records.KINDS.values() for c in k.columns if c.is_required])
def test_every_required_column_has_a_rule(kind: str, column: str) -> None:
    assert any(rule.name == f"missing:{column}" and rule.severity == "critical" for rule in rules(kind))


UNBELIEVABLE: list[tuple[str, dict[str, Any], str]] = [
    ("listing", {"StandardStatus": "Sold-ish"}, "unknown:StandardStatus"),
    ("listing", {"CloseDate": "2026-04-15"}, "active_but_closed"),
    ("listing", {"StandardStatus": "Coming Soon", "CloseDate": "2026-04-15"}, "active_but_closed"),
    ("listing", {"StandardStatus": "Closed"}, "closed_without_date"),
    ("listing", {"StandardStatus": "Closed", "CloseDate": "2026-04-15", "ClosePrice": 4e9}, "range:ClosePrice"),
    ("listing", {"ListPrice": -1}, "range:ListPrice"),
    ("listing", {"Latitude": 91}, "range:Latitude"),
    ("listing", {"OnMarketDate": "0001-01-01"}, "range:OnMarketDate"),
    ("listing", {"ExpirationDate": "2200-01-01"}, "range:ExpirationDate"),
    ("listing", {"modified_at": "2099-01-01T00:00:00Z"}, "far_future:modified_at"),
    ("listing", {"local_fields": {"DaysOnMarket": 40, "CumulativeDaysOnMarket": "12.0"}}, "days_on_market_exceed_cumulative"),
    ("listing", {"ListingKey": "  "}, "blank:ListingKey"),
    ("person", {"full_name": " ", "emails": []}, "nothing_to_know_them_by"),
    ("person", {"person_type": "dog"}, "unknown:person_type"),
    ("person", {"emails": ["ada@quill.test", "ada.quill.test"]}, "malformed_email"),
    ("tie", {"dst_ref": "1"}, "tie_to_self"),
    ("tie", {"tie_type": "nemesis"}, "unknown:tie_type"),
    ("utterance", {"text": "   "}, "blank:text"),
    ("utterance", {"longitude": -181}, "range:longitude"),
    ("interaction", {"interaction_type": "fax"}, "unknown:interaction_type"),
    ("interaction", {"occurred_at": "2035-01-01T00:00:00Z"}, "far_future:occurred_at"),
    ("review", {"rating": 5.5}, "range:rating"),
    ("place", {"rating": -0.5}, "range:rating"),
    ("membership", {"MemberKey": None}, "missing_member_key"),
    ("consent", {"channel": "pigeon"}, "unknown:channel"),
    ("consent", {"email": None}, "consent_of_nobody"),
]


@pytest.mark.parametrize("kind", sorted({kind for kind, _, _ in UNBELIEVABLE}))
def test_an_unbelievable_row_is_refused_under_its_rule(kind: str) -> None:
    cases = [(values, rule) for owner, values, rule in UNBELIEVABLE if owner == kind]
    verdict = judge(kind, row(kind), *(row(kind, **values) for values, _ in cases))
    assert [refused.rule for refused in verdict.refused] == [rule for _, rule in cases]
    assert verdict.accepted.num_rows == 1


@pytest.mark.parametrize(
    ("kind", "values", "rule"),
    [
        ("person", {"created_at": "0001-01-01T00:00:00Z"}, "early:created_at"),
        ("utterance", {"occurred_at": "2026-12-24T00:00:00Z"}, "future:occurred_at"),
        ("listing", {"StandardStatus": None}, "missing_status"),
        ("listing", {"BedroomsTotal": -2}, "range:BedroomsTotal"),
    ],
)
def test_a_doubtful_row_is_kept_and_counted(kind: str, values: dict[str, Any], rule: str) -> None:
    verdict = judge(kind, row(kind), row(kind, **values))
    assert (verdict.accepted.num_rows, verdict.warnings) == (2, {rule: 1})


def test_an_appointment_may_lie_ahead_and_a_call_log_entry_for_next_month_may_not() -> None:
    showing = row("interaction", interaction_type="showing", occurred_at="2026-12-01T10:00:00Z")
    message = row("interaction", interaction_type="message", occurred_at="2026-12-01T10:00:00Z")
    assert judge("interaction", showing).warnings == {}
    assert judge("interaction", message).warnings == {"future:occurred_at": 1}


def test_a_row_that_breaks_two_rules_is_refused_once_and_says_both() -> None:
    verdict = judge("listing", row("listing"), row("listing", StandardStatus="Closed", ListPrice=-4, source_file="a.json", source_line=7))
    (refused,) = verdict.refused
    assert verdict.accepted.num_rows == 1
    assert (refused.rule, refused.severity, refused.kind) == (
        "range:ListPrice",
        "critical",
        "listing",
    ) or refused.rule == "closed_without_date"
    assert "CloseDate nothing: expected the day it closed" in refused.reason
    assert "ListPrice '-4.0'" in refused.reason
    assert (refused.record_id, refused.source_file, refused.source_line) == ("1", "a.json", 7)
    assert json.loads(refused.payload)["StandardStatus"] == "Closed"


def test_the_rows_that_stay_keep_their_order_and_their_schema() -> None:
    rows = [row("listing", record_id=str(n), ListPrice=-1 if n % 3 == 0 else n) for n in range(9)]
    verdict = judge("listing", *rows)
    assert verdict.accepted["record_id"].to_pylist() == ["1", "2", "4", "5", "7", "8"]
    assert verdict.accepted.schema == records.schema("listing")
    assert [refused.record_id for refused in verdict.refused] == ["0", "3", "6"]


def test_a_missing_column_fails_the_batch() -> None:
    table = pa.Table.from_pylist([row("listing")], schema=records.schema("listing")).drop_columns(["ListPrice"])
    verdict = validate("listing", table, feed="f", run_id="r", now=NOW)
    assert verdict.failures == ["listing: column ListPrice is missing"]
    assert verdict.accepted.num_rows == 0


def test_a_column_of_the_wrong_type_fails_the_batch() -> None:
    table = pa.Table.from_pylist([row("tie")], schema=records.schema("tie"))
    index = table.schema.get_field_index("source_line")
    verdict = validate("tie", table.set_column(index, "source_line", pa.array(["x"])), feed="f", run_id="r", now=NOW)
    assert verdict.failures == ["tie: column source_line is string, expected int64"]


def test_an_empty_batch_is_fine_unless_rows_were_expected() -> None:
    assert judge("listing").failures == []
    assert judge("listing", is_expected=True).failures == ["listing: row_count: expected at least one listing, got 0"]


def test_a_rule_that_cannot_be_evaluated_fails_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = Rule("odd", "between", ("ListingId",), "a number", lowest=1.0, highest=2.0)
    for module in ("suites", "validate"):
        monkeypatch.setattr(f"commonground.contracts.{module}.rules", lambda kind: (wrong,))
    verdict = judge("listing", row("listing", ListingId="text"))
    assert verdict.accepted.num_rows == 0
    assert "rule odd could not be evaluated" in verdict.failures[0]


def test_the_words_of_the_enumerations_are_those_the_columns_promise() -> None:
    for (kind, name), values in ENUMERATIONS.items():
        (column,) = (column for column in records.KINDS[kind].columns if column.name == name)
        if name != "StandardStatus":
            assert all(value in column.meaning for value in values) or "contracts/rules.py" in column.meaning, (kind, name)


@pytest.mark.parametrize("kind", records.KINDS)
def test_the_suite_names_rule_and_reason_of_every_expectation(kind: str) -> None:
    for expectation in suites.suite(kind, is_expected=True).expectations:
        assert expectation.meta["rule"]
        assert expectation.meta["reason"]
        assert expectation.severity.value in ("critical", "warning")


def test_the_stored_result_holds_counts_and_no_value_of_a_row(tmp_path: Path) -> None:
    judge("listing", row("listing", StandardStatus="Wobbly", OwnerName="Zebulon Quux"), results_folder=tmp_path)
    text = (tmp_path / "f.listing.json").read_text()
    assert "Wobbly" not in text
    assert "Zebulon" not in text
    assert json.loads(text)["commonground"]["run_id"] == "r"


def test_a_verdict_is_quiet(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    with caplog.at_level("DEBUG"):
        judge("tie", row("tie"), row("tie", dst_ref="1"))
    assert [record.name for record in caplog.records if record.name.startswith("great_expectations")] == []
    assert capfd.readouterr() == ("", "")


def test_the_pages_escape_what_they_show_and_need_no_network(tmp_path: Path) -> None:
    results = tmp_path / "results"
    judge("listing", row("listing", ListPrice=-1), results_folder=results)
    content = json.loads((results / "f.listing.json").read_text())
    content["commonground"] |= {"feed": "<b>f</b>&", "run_id": "<script>", "failures": ["<i>"]}
    content["results"][0]["expectation_config"]["meta"]["reason"] = "<img src=x>"
    (results / "f.listing.json").write_text(json.dumps(content))
    (results / "broken.tie.json").write_text('{"results": 3}')
    index = data_docs.build(results, tmp_path / "docs")
    pages = {page.name: page.read_text() for page in index.parent.glob("*.html")}
    assert len(pages) == 2
    everything = "".join(pages.values())
    assert not any(tag in everything for tag in ("<script", "<b>", "<i>", "<img", "http"))
    assert "unreadable result" in pages["index.html"]
    assert "range:ListPrice" in pages["f.listing.html"]


def test_an_empty_night_still_has_a_page(tmp_path: Path) -> None:
    assert "No batch was validated" in data_docs.build(tmp_path / "none", tmp_path / "docs").read_text()


def test_a_hundred_thousand_listings_take_seconds() -> None:
    judge("tie", row("tie"))  # the import of Great Expectations is not what is measured
    table = pa.Table.from_pylist([row("listing")], schema=records.schema("listing")).take(pa.array([0] * 100_000))
    began = time.monotonic()
    assert validate("listing", table, feed="f", run_id="r", now=NOW).accepted.num_rows == 100_000
    assert time.monotonic() - began < 15
