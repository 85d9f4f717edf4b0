"""What CRMs give beside pages of today's API: their CSV, older answers, one contact alone."""

import datetime as dt

import pytest

from commonground.errors import UnreadableError
from commonground.sources import SOURCES
from exports import Found, read, write_files

NAMES = {"hubspot": "Record ID,Contact owner,Lifecycle Stage,Create Date", "salesforce": "Contact ID,Account Name,Mailing City,Owner",
         "followupboss": "ID,Stage,Lead Source,Assigned To,Date Added,Email 1"}  # fmt: skip


def of(tmp_path, source, content) -> Found:
    name = "answer.json" if not isinstance(content, str) else "export.csv"
    return read(SOURCES[source], write_files(tmp_path, {name: content}) / name)


@pytest.mark.parametrize("source", sorted(NAMES))
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_the_csv_that_a_crm_exports_is_read_by_its_source(tmp_path, source, encoding):
    header = NAMES[source] + ",First Name,Last Name,Phone Number"
    row = ",".join(["17", *[""] * NAMES[source].count(","), "Ann", "Lee", "707 555 0101"])
    (tmp_path / "export.csv").write_text(f"{header}\n{row}\n", encoding=encoding)
    ann = read(SOURCES[source], tmp_path / "export.csv").one("person")
    assert (ann["record_id"], ann["given_name"], ann["phones"]) == ("17", "Ann", ["707 555 0101"])


@pytest.mark.parametrize("source", sorted(NAMES))
def test_the_csv_of_another_crm_is_not(tmp_path, source):
    with pytest.raises(UnreadableError):
        of(tmp_path, source, "Name,Email,Tags\nAnn Lee,a@x.org,vip\n")


OLD = {
    "vid": 204727, "canonical-vid": 204727, "addedAt": 1390574181854,
    "properties": {"firstname": {"value": "Bob"}, "lastname": {"value": "Record"}, "lastmodifieddate": {"value": "1483461406481"}},
}  # fmt: skip


@pytest.mark.parametrize("body", [{"contacts": [OLD], "has-more": False}, [OLD], OLD])
def test_hubspots_first_api(tmp_path, body):
    bob = of(tmp_path, "hubspot", body).one("person")
    assert (bob["record_id"], bob["full_name"]) == ("204727", "Bob Record")
    assert bob["created_at"] == dt.datetime(2014, 1, 24, 14, 36, 21, 854000, tzinfo=dt.UTC)
    assert bob["modified_at"] == dt.datetime(2017, 1, 3, 16, 36, 46, 481000, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("source", "body"),
    [
        ("hubspot", {"id": "17", "properties": {"firstname": "Ann", "lastname": "Lee"}, "createdAt": "2024-01-01T00:00:00Z"}),
        ("salesforce", {"attributes": {"type": "Contact"}, "Id": "17", "FirstName": "Ann", "LastName": "Lee"}),
        ("salesforce", {"searchRecords": [{"attributes": {"type": "Lead"}, "Id": "17", "FirstName": "Ann", "LastName": "Lee"}]}),
        ("followupboss", {"id": 17, "firstName": "Ann", "lastName": "Lee", "stage": "Lead", "created": "2024-01-01T00:00:00Z"}),
    ],
)
def test_one_contact_alone(tmp_path, source, body):
    ann = of(tmp_path, source, body).one("person")
    assert (ann["record_id"], ann["full_name"]) == ("17", "Ann Lee")
