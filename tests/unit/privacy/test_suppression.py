import datetime as dt
from pathlib import Path

import pyarrow as pa
import pytest

from commonground import records
from commonground.errors import CommonGroundError
from commonground.privacy.suppression import DO_NOT_CONTACT, ERASED, Suppression, email_key, phone_key, record_key

NOW = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)


def table(kind: str, *rows: dict[str, object]) -> pa.Table:
    return pa.Table.from_pylist([records.coerce(kind, row) for row in rows], schema=records.schema(kind))


TABLES = {
    "person": table(
        "person", {"record_id": "1", "emails": ["Bo@X.org"]}, {"record_id": "2", "phones": ["(707) 555-0199"]}, {"record_id": "3"}
    ),
    "tie": table("tie", {"record_id": "t", "src_ref": "1", "dst_ref": "3"}, {"record_id": "u", "src_ref": "3", "dst_ref": "4"}),
    "consent": table("consent", {"record_id": "c", "email": "bo@x.org"}, {"record_id": "d", "email": "other@x.org"}),
}


def test_nobody_is_suppressed_before_anybody_is_noted(tmp_path: Path):
    assert Suppression.load(tmp_path).apply(TABLES, "f") == (TABLES, 0)


def test_an_erased_person_stays_out_by_mail_phone_or_record_with_what_names_them(tmp_path: Path):
    keys = [email_key(" bo@x.ORG"), phone_key("+1 707-555-0199"), record_key("f", "4")]
    kept, dropped = Suppression.load(tmp_path).add(keys, ERASED, NOW).apply(TABLES, "f")
    assert kept["person"]["record_id"].to_pylist() == ["3"]
    assert "tie" not in kept
    assert kept["consent"]["record_id"].to_pylist() == ["d"]
    assert dropped == 5


def test_do_not_contact_keeps_the_record(tmp_path: Path):
    kept, dropped = Suppression.load(tmp_path).add([email_key("bo@x.org")], DO_NOT_CONTACT, NOW).apply(TABLES, "f")
    assert (kept, dropped) == (TABLES, 0)


def test_only_hashes_are_kept_and_the_salt_is_private(tmp_path: Path):
    Suppression.load(tmp_path).add([email_key("bo@x.org")], ERASED, NOW)
    assert b"bo@x.org" not in (tmp_path / "privacy" / "suppressed.parquet").read_bytes()
    assert (tmp_path / "privacy" / "salt").stat().st_mode & 0o077 == 0


def test_a_list_that_cannot_be_read_stops_the_load(tmp_path: Path):
    Suppression.load(tmp_path).add([email_key("bo@x.org")], ERASED, NOW)
    (tmp_path / "privacy" / "suppressed.parquet").write_bytes(b"rubbish")
    with pytest.raises(CommonGroundError, match="nothing is loaded"):
        Suppression.load(tmp_path)
    (tmp_path / "privacy" / "salt").unlink()
    with pytest.raises(CommonGroundError, match="salt is missing"):
        Suppression.load(tmp_path)
