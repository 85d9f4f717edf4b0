"""Google Contacts CSV: both headers, every trap of the format, and any text at all in any cell."""

import csv
import datetime as dt
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonground import records
from commonground.config import Agent, Feed, Market
from commonground.errors import UnreadableError
from commonground.sources import SOURCES
from commonground.sources.base import Record, Refusal, Visit
from commonground.sources.contacts.google_columns import formatted_address
from commonground.sources.contacts.people import birth_date, is_business
from commonground.sources.mending import mended
from commonground.sources.text import stable_id
from exports import write_zip

NEW_HEADER = (
    "First Name,Middle Name,Last Name,Phonetic First Name,Name Prefix,Name Suffix,Nickname,File As,Organization Name,Organization Title,"
    "Birthday,Notes,Photo,Labels,E-mail 1 - Label,E-mail 1 - Value,E-mail 2 - Label,E-mail 2 - Value,Phone 1 - Label,Phone 1 - Value,"
    "Address 1 - Label,Address 1 - Formatted,Address 1 - Street,Address 1 - City,Address 1 - PO Box,Address 1 - Region,"
    "Address 1 - Postal Code,Address 1 - Country,Address 1 - Extended Address,Address 2 - Label,Address 2 - Formatted,Address 2 - City,"
    "Website 1 - Label,Website 1 - Value,Relation 1 - Label,Relation 1 - Value,Custom Field 1 - Label,Custom Field 1 - Value"
)
OLD_HEADER = (
    "Name,Given Name,Additional Name,Family Name,Yomi Name,Name Suffix,Nickname,Maiden Name,Birthday,Gender,Location,Occupation,"
    "Hobby,Notes,Group Membership,E-mail 1 - Type,E-mail 1 - Value,Phone 1 - Type,Phone 1 - Value,Organization 1 - Name,"
    "Organization 1 - Title,Relation 1 - Type,Relation 1 - Value"
)
NEW, OLD = NEW_HEADER.split(","), OLD_HEADER.split(",")


def visit() -> Visit:
    area = {"latitude": 38.4, "longitude": -122.7, "radius_km": 40}
    market = Market(name="Town", time_zone="America/Los_Angeles", state="CA", service_area=area, agents=[Agent(agent_id="ana", name="Ana")])
    feed = Feed(name="book", source="google-contacts", path="book.csv", owner="ana")
    return Visit(feed, market, dt.datetime(2026, 11, 23, tzinfo=dt.UTC))


def csv_bytes(header: list[str], *rows: dict[str, str], encoding: str = "utf-8") -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, header, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def read(content: bytes | Path, tmp_path: Path | None = None) -> list:
    if isinstance(content, bytes):
        assert tmp_path is not None
        path = tmp_path / "book.csv"
        path.write_bytes(content)
    else:
        path = content
    return list(SOURCES["google-contacts"].read(path, visit()))


def persons(items: list) -> list[dict]:
    return [records.coerce("person", item.values) for item in items if isinstance(item, Record) and item.kind == "person"]


def of_kind(items: list, kind: str) -> list[dict]:
    return [records.coerce(kind, item.values) for item in items if isinstance(item, Record) and item.kind == kind]


def refusals(items: list) -> list[Refusal]:
    return [item for item in items if isinstance(item, Refusal)]


JANE = {
    "First Name": "Jane",
    "Last Name": "O'Neil",
    "Birthday": " --05-03",
    "Notes": "Met at the zydeco night.\nPlays accordion",
    "Labels": "* myContacts ::: Navy ::: Book club ::: * starred",
    "E-mail 1 - Label": "Work",
    "E-mail 1 - Value": "jane@work.example ::: j@work.example",
    "E-mail 2 - Label": "* Home",
    "E-mail 2 - Value": "Jane@home.example",
    "Phone 1 - Value": "(707) 555-0123 ::: +1 707 555 0124",
    "Address 1 - Label": "Home",
    "Address 1 - Street": "1 Main St\nApt 4",
    "Address 1 - City": "Santa Rosa",
    "Address 1 - Region": "CA",
    "Address 1 - Postal Code": "95401",
    "Relation 1 - Label": "Spouse",
    "Relation 1 - Value": "Bob O'Neil",
    "Custom Field 1 - Label": "Favorite team",
    "Custom Field 1 - Value": "Giants",
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_a_contact_in_the_present_header_in_any_of_its_encodings(tmp_path, encoding):
    items = read(csv_bytes(NEW, {**JANE, "Nickname": "Janie ☺"}, encoding=encoding), tmp_path)
    (jane,) = persons(items)
    assert jane["emails"] == ["Jane@home.example", "jane@work.example", "j@work.example"]
    assert jane["phones"] == ["(707) 555-0123", "+1 707 555 0124"]
    assert (jane["full_name"], jane["nickname"], jane["birth_date"]) == ("Jane O'Neil", "Janie ☺", "--05-03")
    assert (jane["street"], jane["city"], jane["state"], jane["postal_code"]) == ("1 Main St Apt 4", "Santa Rosa", "CA", "95401")
    assert jane["tags"] == ["Navy", "Book club"]
    assert (jane["partner_name"], jane["owner_agent_id"]) == ("Bob O'Neil", "ana")
    assert (jane["source_file"], jane["source_line"]) == ("book.csv", 2)
    said = {(one["utterance_type"], one["text"]) for one in of_kind(items, "utterance")}
    assert said == {
        ("tag", "Navy"),
        ("tag", "Book club"),
        ("note", "Met at the zydeco night.\nPlays accordion"),
        ("note", "Favorite team: Giants"),
    }
    assert not any(one["is_self_stated"] for one in of_kind(items, "utterance"))
    assert not refusals(items)


def test_the_record_id_is_made_of_names_first_mail_and_first_phone_and_repeats_are_numbered(tmp_path):
    row = {"First Name": "Jane", "Last Name": "Doe", "E-mail 1 - Value": "Jane@x.example", "Phone 1 - Value": "(707) 555-0123"}
    items = read(csv_bytes(NEW, row, row, row), tmp_path)
    key = stable_id("Jane", "Doe", "jane@x.example", "7075550123")
    assert [one["record_id"] for one in persons(items)] == [key, f"{key}-2", f"{key}-3"]


def test_a_contact_in_the_header_of_old_backups(tmp_path):
    row = {
        "Name": "Maria Lopez",
        "Given Name": "Maria",
        "Family Name": "Lopez",
        "Maiden Name": "Garcia",
        "Hobby": "quilting ::: jazz",
        "Occupation": "Nurse",
        "Location": "Near Petaluma",
        "Group Membership": "Clients ::: * My Contacts",
        "E-mail 1 - Type": "*",
        "E-mail 1 - Value": "maria@x.example",
        "Organization 1 - Name": "County Hospital",
    }
    items = read(csv_bytes(OLD, row, encoding="utf-16"), tmp_path)
    (maria,) = persons(items)
    assert (maria["former_family_name"], maria["employer"], maria["job_title"]) == ("Garcia", "County Hospital", "Nurse")
    assert (maria["location_text"], maria["tags"]) == ("Near Petaluma", ["Clients"])
    assert [one["text"] for one in of_kind(items, "utterance") if one["utterance_type"] == "hobby"] == ["quilting", "jazz"]


def test_fax_numbers_are_left_out_and_escaped_addresses_are_mended(tmp_path):
    row = {"First Name": "Jane", "Phone 1 - Label": "Work Fax", "Phone 1 - Value": "1", "Phone 2 - Label": "Mobile", "Phone 2 - Value": "2",
           "Website 1 - Value": "http\\://www.x.example"}  # fmt: skip
    person = persons(read(csv_bytes([*NEW, "Phone 2 - Label", "Phone 2 - Value"], row), tmp_path))[0]
    assert (person["phones"], person["urls"]) == (["2"], ["http://www.x.example"])


def test_a_spreadsheets_birthdays_and_empty_cells_beyond_the_header_do_no_harm(tmp_path):
    text = csv_bytes(NEW, {"First Name": "Jane", "Birthday": "3/22/1980"}).decode().rstrip("\r\n") + ",,\r\n"
    items = read(text.encode(), tmp_path)
    assert (persons(items)[0]["birth_date"], refusals(items)) == ("1980-03-22", [])


def test_who_is_filed_as_the_company_is_the_company(tmp_path):
    items = read(csv_bytes(NEW, {"File As": "Three Oaks", "Organization Name": "Three Oaks", "Phone 1 - Value": "1"}), tmp_path)
    assert persons(items)[0]["person_type"] == "organization"


def test_only_a_company_is_an_organization_and_nobody_is_a_placeholder(tmp_path):
    items = read(
        csv_bytes(
            NEW,
            {"Organization Name": "Three Oaks Title", "E-mail 1 - Value": "info@oaks.example"},
            {"Nickname": "Buddy", "Phone 1 - Value": "1"},
            {"E-mail 1 - Value": "who@x.example"},
            {"File As": "Smith, John", "Phone 1 - Value": "2"},
        ),
        tmp_path,
    )
    oaks, buddy, who, john = persons(items)
    assert (oaks["person_type"], oaks["full_name"], oaks["employer"]) == ("organization", "Three Oaks Title", None)
    assert (buddy["person_type"], buddy["full_name"]) == ("person", "Buddy")
    assert who["person_type"] == "placeholder"
    assert (john["given_name"], john["family_name"]) == ("John", "Smith")


def test_the_home_address_is_taken_and_a_workplace_tells_only_the_town(tmp_path):
    both = {"Address 1 - Label": "Work", "Address 1 - City": "Napa", "Address 2 - Label": "* Home"}
    items = read(
        csv_bytes(
            NEW,
            {"First Name": "A", **both, "Address 2 - Formatted": "5 Oak Ave\nPetaluma, CA 94952\nUS"},
            {
                "First Name": "B",
                "Address 1 - Label": "Work",
                "Address 1 - Street": "9 Elm",
                "Address 1 - City": "Napa",
                "Address 1 - Region": "CA",
            },
            {"First Name": "C", "Address 1 - PO Box": "12", "Address 1 - City": "Cotati"},
            {"First Name": "D", "Address 1 - Street": "1 A St ::: 2 B St", "Address 1 - City": "Windsor ::: Sonoma"},
        ),
        tmp_path,
    )
    home, work, box, several = persons(items)
    assert (home["street"], home["city"], home["state"], home["postal_code"]) == ("5 Oak Ave", "Petaluma", "CA", "94952")
    assert (work["street"], work["city"], work["location_text"]) == (None, None, "Napa, CA")
    assert box["street"] == "PO Box 12"
    assert (several["street"], several["city"]) == ("1 A St", "Windsor")


def test_addresses_written_out():
    assert formatted_address("1 Main St, Apt 4, Santa Rosa, CA 95401, USA")["city"] == "Santa Rosa"
    assert formatted_address("1 Main St\nNew York, New York 10001-1234")["postal_code"] == "10001-1234"
    assert formatted_address("12 Rue X\n75001 Paris\nFrance") == {"location_text": "12 Rue X, 75001 Paris, France"}
    assert formatted_address("") == {}


def test_relations_between_contacts_of_the_book_are_ties(tmp_path):
    items = read(
        csv_bytes(
            NEW,
            {"First Name": "Jane", "Last Name": "Doe", "Relation 1 - Label": "* Spouse", "Relation 1 - Value": "Bob Doe"},
            {"First Name": "Bob", "Last Name": "Doe", "Relation 1 - Label": "Referred By", "Relation 1 - Value": "Ann Lee"},
            {"First Name": "Ann", "Last Name": "Lee", "Relation 1 - Label": "Friend", "Relation 1 - Value": "Sam Twice"},
            {"First Name": "Sam", "Last Name": "Twice", "Phone 1 - Value": "1"},
            {"First Name": "Sam", "Last Name": "Twice", "Phone 1 - Value": "2"},
        ),
        tmp_path,
    )
    jane, bob, ann, *_ = (one["record_id"] for one in persons(items))
    ties = {(one["src_ref"], one["dst_ref"], one["tie_type"], one["is_directed"]) for one in of_kind(items, "tie")}
    assert ties == {(jane, bob, "partner", False), (ann, bob, "referral", True)}


def test_a_label_that_says_no_closes_the_channel(tmp_path):
    items = read(csv_bytes(NEW, {"First Name": "Jane", "Labels": "Do Not Call ::: * myContacts"}), tmp_path)
    (consent,) = of_kind(items, "consent")
    assert (consent["channel"], consent["state"], consent["person_ref"]) == ("phone", "revoked", persons(items)[0]["record_id"])


def test_a_row_that_a_spreadsheet_saved_in_windows_1252_is_read(tmp_path):
    items = read(csv_bytes(NEW, {"First Name": "Jane"}) + "Jürgen “Jo”".encode("cp1252") + b"," * (len(NEW) - 1) + b"\r\n", tmp_path)
    assert [one["full_name"] for one in persons(items)] == ["Jane", "Jürgen “Jo”"]
    assert not refusals(items)


def test_bad_rows_are_refused_with_their_line_and_the_rest_is_read(tmp_path):
    good = csv_bytes(NEW, {"First Name": "Jane"}).decode()
    width = len(NEW)
    bad = f"only,three,cells\r\n{',' * (width - 1)}\r\nNul\x00,{',' * (width - 2)}\r\n"
    content = (good + bad).encode() + b"Jos\xe9 \xc3\xa9" + b"," * (width - 1) + b"\r\nBob" + b"," * (width - 1) + b"\r\n"
    items = read(content, tmp_path)
    assert [one["full_name"] for one in persons(items)] == ["Jane", "Bob"]
    assert [(one.rule, one.source_line) for one in refusals(items)] == [
        ("ragged_row", 3),
        ("empty_row", 4),
        ("nul_byte", 5),
        ("bad_encoding", 6),
    ]
    assert "3 cells, expected" in refusals(items)[0].reason


def test_an_unclosed_quote_costs_what_it_swallowed_and_no_more(tmp_path):
    tail = b"".join(f"P{number},".encode() + b"," * (len(NEW) - 2) + b"\r\n" for number in range(40_000))
    items = read(csv_bytes(NEW, {"First Name": "Jane"}) + b'"Bad' + b"," * (len(NEW) - 1) + b"\r\n" + tail, tmp_path)
    assert persons(items)[0]["full_name"] == "Jane"
    assert refusals(items)
    assert persons(items)[-1]["full_name"] == "P39999"


def test_an_unclosed_quote_in_a_small_file_costs_its_own_row(tmp_path):
    rows = [f"P{number},".encode() + b"," * (len(NEW) - 2) + b"\r\n" for number in range(5)]
    bad = b'"Bad' + b"," * (len(NEW) - 1) + b"\r\n"
    items = read(csv_bytes(NEW) + rows[0] + bad + b"".join(rows[1:]), tmp_path)
    assert [one["full_name"] for one in persons(items)] == ["P0", "P1", "P2", "P3", "P4"]
    assert [(one.rule, one.source_line) for one in refusals(items)] == [("unreadable_row", 3)]


def test_a_takeout_zip_is_read_as_it_comes(tmp_path):
    row = {"First Name": "Jane", "Notes": "two\nlines"}
    files = {"Takeout/Contacts/All Contacts/All Contacts.csv": csv_bytes(NEW, row, {"First Name": "Bob"}),
             "Takeout/Contacts/My Contacts/My Contacts.csv": csv_bytes(NEW, row), "Takeout/Contacts/photo.jpg": b"x"}  # fmt: skip
    items = read(write_zip(tmp_path / "takeout.zip", files))
    assert [one["full_name"] for one in persons(items)] == ["Jane", "Bob", "Jane"]
    assert len({one["record_id"] for one in persons(items)}) == 2  # one contact, whichever of its files it stands in
    assert not refusals(items)


def test_an_odd_birthday_is_refused_and_the_contact_kept(tmp_path):
    items = read(csv_bytes(NEW, {"First Name": "Jane", "Birthday": "sometime in May"}), tmp_path)
    assert persons(items)[0]["birth_date"] is None
    assert refusals(items)[0].rule == "bad_date"


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("1980-05-03", "1980-05-03"), ("--05-03", "--05-03"), (" --05-03 ", "--05-03"), ("--0503", "--05-03"), ("19800503", "1980-05-03"),
        ("1604-02-29", "--02-29"), ("0000-02-29", "--02-29"), ("1980-05-03T00:00:00Z", "1980-05-03"), ("", None),
    ],
)  # fmt: skip
def test_birthdays_in_the_forms_address_books_write(written, read_as):
    assert birth_date(written) == read_as


@pytest.mark.parametrize("written", ["1981-02-29", "5/3/1980", "1980-13-01", "May 3", "-05-03", "1980"])
def test_no_birthday_is_made_up(written):
    with pytest.raises(ValueError, match="is not YYYY-MM-DD"):
        birth_date(written)


def test_businesses_filed_as_people():
    assert is_business("Cobble Creek Plumbing", "", ["info@cobble.example"])
    assert is_business("Acme Holdings LLC", "LLC", [])
    assert not is_business("Maria Co", "Co", ["info@x.example"])
    assert not is_business("Jane", "", ["info@x.example"])
    assert not is_business("Jane Doe", "Doe", [])


def test_another_header_is_told_with_what_was_expected(tmp_path):
    path = tmp_path / "outlook.csv"
    path.write_text("First Name,Middle Name,Last Name,Company,E-mail Address\nJane,,Doe,,j@x.example\n")
    with pytest.raises(
        UnreadableError, match=r"^outlook\.csv: its header is 'First Name,Middle.*E-mail Address'; expected the header of a Google"
    ):
        read(path)
    with pytest.raises(UnreadableError, match="no such file"):
        read(tmp_path / "absent.csv")
    (tmp_path / "empty.csv").write_bytes(b"")
    with pytest.raises(UnreadableError, match="its header is ''"):
        read(tmp_path / "empty.csv")


def test_a_folder_is_read_file_by_file_and_strangers_in_it_are_refused(tmp_path):
    (tmp_path / "a.csv").write_bytes(csv_bytes(NEW, {"First Name": "Jane"}))
    (tmp_path / "b.csv").write_bytes(csv_bytes(OLD, {"Given Name": "Bob"}))
    (tmp_path / "c.csv").write_text("x,y\n1,2\n")
    items = read(tmp_path)
    assert {one["full_name"] for one in persons(items)} == {"Jane", "Bob"}
    assert [(one.rule, one.source_file) for one in refusals(items)] == [("unreadable_file", "c.csv")]


def test_a_file_with_the_header_alone_is_an_empty_book(tmp_path):
    assert read(csv_bytes(NEW), tmp_path) == []


@settings(max_examples=150, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(NEW), st.text(max_size=40), max_size=8), max_size=4), st.sampled_from(["utf-8", "utf-16"]))
def test_any_text_in_any_cell_is_read_or_refused_and_nothing_raises(rows, encoding):
    text = io.StringIO()
    writer = csv.DictWriter(text, NEW, restval="", quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(rows)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "book.csv"
        path.write_bytes(text.getvalue().encode(encoding, "surrogatepass"))
        items = read(path)
    for item in items:
        if isinstance(item, Record):
            values = records.coerce(item.kind, item.values)
            str(values).encode()
    row_refusals = [one for one in refusals(items) if one.rule != "bad_date"]
    assert len(persons(items)) + len(row_refusals) == len(rows)


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet=st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufeff"), min_size=1))
def test_notes_come_through_as_they_were_written(notes):
    with tempfile.TemporaryDirectory() as folder:
        items = read(csv_bytes(NEW, {"First Name": "Jane", "Notes": notes}), Path(folder))
    expected = [text] if notes.strip() and (text := mended(notes).strip()) else []
    assert [one["text"] for one in of_kind(items, "utterance")] == expected


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_after_a_header_are_read_or_refused(tail):
    with tempfile.TemporaryDirectory() as folder:
        items = read(csv_bytes(NEW) + tail, Path(folder))
    for item in items:
        if isinstance(item, Record):
            records.coerce(item.kind, item.values)
