"""Any CRM's CSV, by the words its columns go by."""

import datetime as dt
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonground.config import Feed, Market
from commonground.errors import ConfigError, UnreadableError
from commonground.sources import SOURCES
from commonground.sources.base import Visit
from exports import NOW, Found, read

CRM = SOURCES["crm-csv"]


def visit(**options: Any) -> Visit:
    area = {"latitude": 38.4, "longitude": -122.7, "radius_km": 40}
    agents = [{"agent_id": "ana", "name": "Ana Whitlock", "emails": ["ana@team.example"]}, {"agent_id": "ben", "name": "Ben Ito"}]
    market = {"name": "Town", "time_zone": "America/Los_Angeles", "state": "CA", "service_area": area, "agents": agents}
    return Visit(Feed(name="crm", source="crm-csv", path="x", owner="ben", options=options), Market.model_validate(market), NOW)


def of(folder: Any, text: str | bytes, **options: Any) -> Found:
    path = folder / "crm.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read(CRM, path, visit(**options))


def test_a_whole_row_of_a_real_estate_crm(tmp_path):
    found = of(
        tmp_path,
        "Contact ID,First Name,Last Name,Email 1,Email 2,Phone 1 - Type,Phone 1 - Value,Phone 2 - Type,Phone 2 - Value,Phone 3 - Type,Phone 3 - Value,"
        "Address,City,State,Zip,Property Address,Property City,MLS #,Property Price,Stage,Lead Source,Tags,Assigned Agent,Date Added,Last Activity,"
        "Last Communication,Last Call,Notes,Background,Birthday,Closing Date,Spouse First Name,Spouse Last Name,Company,Timeframe,Do Not Call,Children\n"
        "17,Ann,Lee,ann@lee.example,ann@work.example,Home,707 555 0101,Mobile,707 555 0102,Fax,707 555 0103,12 Oak St,Santa Rosa,CA,95401,"
        '"9 Elm Ave",Petaluma,32100456,"$850,000",Hot Prospect,Zillow,"Navy; Jazz, old",Ana Whitlock,1/5/2024,10/1/2026 5:30 PM,2026-10-20T12:00:00Z,'
        "9/30/2026,Loves zydeco,Met at the fair,3/22/1980,6/15/2019,Bo,Lee,Acme,0-3 months,Yes,Zebulon\n",
    )
    assert (found.counts, found.rules) == ({"person": 1, "utterance": 5, "interaction": 4, "consent": 1}, {})
    ann = found.one("person")
    assert (ann["record_id"], ann["owner_agent_id"], ann["stage"], ann["lead_source"]) == ("17", "ana", "Hot Prospect", "Zillow")
    assert (ann["emails"], ann["phones"]) == (["ann@lee.example", "ann@work.example"], ["707 555 0102", "707 555 0101"])
    assert (ann["street"], ann["postal_code"], ann["partner_name"], ann["birth_date"]) == ("12 Oak St", "95401", "Bo Lee", "1980-03-22")
    assert ann["tags"] == ["Navy", "Jazz, old"]
    assert ann["created_at"] == dt.datetime(2024, 1, 5, 12, tzinfo=dt.UTC)
    assert ann["last_activity_at"] == dt.datetime(2026, 10, 20, 12, tzinfo=dt.UTC)
    deal = found.one("interaction", interaction_type="deal")
    assert (deal["occurred_at"].date(), deal["outcome"], deal["agent_id"]) == (dt.date(2019, 6, 15), "Closed", "ana")
    inquiry = found.one("interaction", interaction_type="inquiry")
    assert (inquiry["property_address"], inquiry["listing_id"], inquiry["property_price"]) == ("9 Elm Ave", "32100456", 850_000.0)
    assert found.one("consent")["channel"] == "phone"
    assert {one["text"] for one in found.of("utterance")} == {
        "Navy",
        "Jazz, old",
        "Loves zydeco",
        "Met at the fair",
        "Timeframe: 0-3 months",
    }
    assert "Zebulon" not in repr(found.items)


def test_a_time_without_zone_is_the_market_s(tmp_path):
    found = of(tmp_path, "Name,Email,Last Activity\nAnn Lee,a@l.example,10/1/2026 5:30 PM\n")
    assert found.one("person")["last_activity_at"] == dt.datetime(2026, 10, 2, 0, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("header", ["first_name|LAST NAME|e-mail", "FirstName|Last_Name|EMAIL ADDRESS", "Given Name|Surname|Primary Email"])
def test_headers_in_any_spelling_delimiter_and_encoding(tmp_path, delimiter, encoding, header):
    text = "\r\n".join([header.replace("|", delimiter), delimiter.join(["Zoë", "Müller", "z@m.example"]), ""])
    person = of(tmp_path, text.encode(encoding)).one("person")
    assert (person["full_name"], person["emails"]) == ("Zoë Müller", ["z@m.example"])


@pytest.mark.parametrize(
    "header",
    [
        "First Name,Last Name,Primary Email,Mobile Phone Number,Mailing Street,Mailing City,Mailing State/Province,Mailing Zip/Postal Code,Birthdate",
        "PrimaryFirstName,PrimaryLastName,Email Address 1,Cell Phone 1,Home Address Line 1,City 1,State/Region,Home Zip,Birth Date",
        "Vorname,Nachname,E-Mail-Adresse,Handy,Straße,Ort,Bundesland,PLZ,Geburtsdatum",
        "Nombre,Apellidos,Correo electrónico,Teléfono móvil,Calle,Ciudad,Provincia,Código postal,Fecha de nacimiento",
    ],
)
def test_the_same_columns_by_other_words(tmp_path, header):
    found = of(tmp_path, f"{header}\nAnn,Lee,a@x.org,707 555 0101,12 Oak St,Santa Rosa,CA,95401,5/5/1980\n")
    ann = found.one("person")
    assert (ann["given_name"], ann["family_name"], ann["emails"], ann["phones"]) == ("Ann", "Lee", ["a@x.org"], ["707 555 0101"])
    assert (ann["street"], ann["city"], ann["state"], ann["postal_code"], ann["birth_date"]) == (
        "12 Oak St", "Santa Rosa", "CA", "95401", "1980-05-05",
    )  # fmt: skip
    assert found.rules == {}


def test_a_file_in_another_language_has_the_day_first(tmp_path):
    assert of(tmp_path, "Prénom,Nom,Date de naissance\nAnn,Lee,04/05/1980\n").one("person")["birth_date"] == "1980-05-04"
    assert of(tmp_path, "First Name,Last Name,Birthday\nAnn,Lee,04/05/1980\n").one("person")["birth_date"] == "1980-04-05"


def test_a_birthday_may_stand_in_three_columns(tmp_path):
    header = "First Name,Last Name,Primary Email,Birth Year,Birth Month,Birth Day"
    found = of(tmp_path, f"{header}\nAnn,Lee,a@x.org,1970,11,5\nBo,Ray,b@x.org,,2,29\nCy,Fox,c@x.org,,,\n")
    assert [one.get("birth_date") for one in found.of("person")] == ["1970-11-05", "--02-29", None]


def test_a_file_that_tells_its_order_of_days_is_read_so(tmp_path):
    found = of(tmp_path, "Name,Email,Birthday,Date Added\nAnn Lee,a@x.org,4/3/1980,22/3/2024\n").one("person")
    assert (found["birth_date"], found["created_at"].date()) == ("1980-03-04", dt.date(2024, 3, 22))


def test_mail_and_web_addresses_of_a_place(tmp_path):
    ann = of(tmp_path, "Name,Email Home,Email Work,Website Blog,Custom 1\nAnn Lee,a@x.org,b@x.org,https://ann.example,likes jazz\n").one(
        "person"
    )
    assert (ann["emails"], ann["urls"]) == (["a@x.org", "b@x.org"], ["https://ann.example"])


def test_a_column_that_is_the_only_name_is_the_whole_name(tmp_path):
    ann = of(tmp_path, "Nombre,Correo\nAnn Lee,a@x.org\n").one("person")
    assert (ann["given_name"], ann["family_name"]) == ("Ann", "Lee")


def test_what_is_said_of_a_spouse_or_a_property_is_not_the_contacts(tmp_path):
    header = "First Name,Last Name,Email,Spouse Email,Spouse Phone,Property City,Relationship 1 First Name,Relationship 1 Last Name,Relationship 1 Type"
    found = of(tmp_path, f"{header}\nAnn,Lee,a@x.org,b@x.org,1,Petaluma,Bo,Lee,Spouse\n")
    ann = found.one("person")
    assert (ann["emails"], ann["phones"], ann.get("city"), ann["partner_name"]) == (["a@x.org"], [], None, "Bo Lee")


def test_no_kind_of_contact_is_lost_beside_a_stage(tmp_path):
    found = of(tmp_path, "Name,Email,Lead Type,Pipeline,Category\nAnn Lee,a@x.org,Buyer,Nurture,Sphere;VIP\nBo Ray,b@x.org,Seller,,\n")
    ann, bo = found.of("person")
    assert (ann["stage"], ann["tags"], bo["stage"]) == ("Nurture", ["Buyer", "Sphere", "VIP"], "Seller")


def test_addresses_in_pieces_and_in_one_cell(tmp_path):
    pieces = of(tmp_path, "Name,Email,House Number,Street,Suite No.,City,Title\nAnn Lee,a@x.org,12,Oak St,4,Santa Rosa,Ms.\n").one("person")
    assert (pieces["street"], pieces["job_title"]) == ("12 Oak St 4", "")
    whole = of(
        tmp_path, "Email Address,First Name,Last Name,Address,REGION\na@x.org,Ann,Lee,12 Oak St  Santa Rosa  CA  95401  US,NY\n"
    ).one("person")
    assert (whole["street"], whole["city"], whole["state"], whole["country"]) == ("12 Oak St", "Santa Rosa", "CA", "US")


def test_several_numbers_in_one_cell(tmp_path):
    found = of(tmp_path, 'Name,Phone\nAnn Lee,"+1 707 555 0101, +1 707 555 0102"\n')
    assert found.one("person")["phones"] == ["+1 707 555 0101", "+1 707 555 0102"]


def test_unknown_columns_are_named_once_and_can_be_mapped_or_kept(tmp_path):
    text = "First Name,Email,Favorite Wine,Lucky Number\nAnn,a@l.example,Pinot,7\nBo,b@l.example,,8\n"
    found = of(tmp_path, text)
    assert found.rules == {"unmapped_columns": 1}
    assert "'Favorite Wine', 'Lucky Number'" in found.refusals[0].reason
    mapped = of(tmp_path, text, columns={"favorite wine": "hobby", "Lucky Number": "unread"})
    assert (mapped.rules, [one["text"] for one in mapped.of("utterance")]) == ({}, ["Pinot"])
    noted = of(tmp_path, text, on_unmapped="note", columns={"Lucky Number": "unread"})
    assert (noted.rules, [one["text"] for one in noted.of("utterance")]) == ({}, ["Favorite Wine: Pinot"])


@pytest.mark.parametrize("options", [{"columns": {"Wine": "wine"}}, {"columns": ["Wine"]}, {"on_unmapped": "guess"}, {"dates": "ymd"}])
def test_options_that_cannot_be_are_named(tmp_path, options):
    with pytest.raises(ConfigError, match=r"options\."):
        of(tmp_path, "First Name,Email\nAnn,a@l.example\n", **options)


@pytest.mark.parametrize(
    ("cell", "owner"),
    [("Ana Whitlock", "ana"), ("ana  whitlock", "ana"), ("Ana <ANA@team.example>", "ana"), ("", "ben"), ("Somebody Else", None)],
)
def test_the_assigned_agent_is_the_owner(tmp_path, cell, owner):
    assert of(tmp_path, f"Name,Email,Assigned To\nAnn Lee,a@l.example,{cell}\n").one("person")["owner_agent_id"] == owner


@pytest.mark.parametrize(
    ("cell", "tags"), [("a, b", ["a", "b"]), ("a;b, c", ["a", "b, c"]), ("a|b", ["a", "b"]), ('["a", "b"]', ["a", "b"])]
)
def test_tags_are_parted_by_the_strongest_sign(tmp_path, cell, tags):
    quoted = cell.replace('"', '""')
    assert of(tmp_path, f'Name,Email,Tags\nAnn Lee,a@l.example,"{quoted}"\n').one("person")["tags"] == tags


def test_a_whole_address_in_one_column(tmp_path):
    text = 'Name,Email,Address\nAnn Lee,a@l.example,"12 Oak St, Santa Rosa, CA 95401"\nBo Lee,b@l.example,9 Elm Ave\n'
    ann, bo = of(tmp_path, text).of("person")
    assert (ann["street"], ann["city"], ann["state"], ann["postal_code"]) == ("12 Oak St", "Santa Rosa", "CA", "95401")
    assert bo["street"] == "9 Elm Ave"


def test_a_closing_ahead_and_an_anniversary_without_a_year_are_words(tmp_path):
    text = "Name,Email,Closing Date,Home Anniversary\nAnn Lee,a@l.example,1/5/2027,\nBo Lee,b@l.example,,June 15\nCy Roe,c@r.example,,6/15/2019\n"
    found = of(tmp_path, text)
    assert [one["text"] for one in found.of("utterance")] == ["Closing date: 2027-01-05", "Home anniversary: June 15"]
    assert found.one("interaction")["text"] == "Home anniversary"


def test_opt_outs_in_both_directions(tmp_path):
    text = "Name,Email,Unsubscribed,SMS Opt In,Do Not Contact,Stage\nAnn,a@l.example,TRUE,no,,Lead\nBo,b@l.example,false,yes,,Do Not Call\nCy,c@l.example,,,x,\n"
    found = of(tmp_path, text)
    assert sorted((one["record_id"].rpartition(":")[2], one["purpose"]) for one in found.of("consent")) == [
        ("any", "any"), ("email", "marketing"), ("phone", "any"), ("text", "any"),
    ]  # fmt: skip


def test_relations_in_words_become_ties(tmp_path):
    text = "Name,Email,Relationships,Referred By\nAnn Lee,a@l.example,Spouse: Bo Lee; Cy Roe (Friend),Cy Roe\nBo Lee,b@l.example,,\nCy Roe,c@r.example,,\n"
    found = of(tmp_path, text)
    assert sorted(one["tie_type"] for one in found.of("tie")) == ["friend", "partner", "referral"]
    assert found.one("person", full_name="Ann Lee")["partner_name"] == "Bo Lee"


def test_what_is_wrong_costs_its_cell_or_its_row(tmp_path):
    text = 'Name,Email,Date Added\nAnn Lee,nobody,13/45/2024\nBo Lee,b@l.example\n,,\n"Open quote,x,y\nCy Roe,c@r.example,\n'
    found = of(tmp_path, text)
    assert [one["full_name"] for one in found.of("person")] == ["Ann Lee", "Cy Roe"]
    assert found.rules == {"malformed_email": 1, "bad_date": 1, "bad_row": 2, "empty_row": 1}


@pytest.mark.parametrize("content", [b"", b"\0" * 100_000, b"hello", b"a,b,c\n1,2,3\n", b"x" * 9_000_000])
def test_what_is_no_list_of_people_is_said_in_one_line(tmp_path, content):
    with pytest.raises(UnreadableError, match=r"crm\.csv"):
        of(tmp_path, content)


@given(
    st.binary(max_size=300),
    st.sampled_from(["Name,Email,Birthday,Tags,Notes", "First Name\tEmail\tClosing Date", "Email;Phone;Phone Type;Created"]),
)
@settings(max_examples=150, deadline=None)
def test_arbitrary_bytes_never_raise(tmp_path_factory, noise, header):
    folder = tmp_path_factory.mktemp("noise")
    of(folder, header.encode() + b"\n" + noise)


@given(st.lists(st.lists(st.text(max_size=15), min_size=5, max_size=5), min_size=1, max_size=5))
@settings(max_examples=150, deadline=None)
def test_every_row_is_a_person_or_a_refusal(tmp_path_factory, rows):
    cells = [['"' + " ".join(cell.split()).replace('"', '""') + '"' for cell in row] for row in rows]
    text = "\n".join(["Name,Birthday,Closing Date,Phones,Notes", "x,,,,", *(",".join(row) for row in cells)])
    found = of(tmp_path_factory.mktemp("rows"), text.encode("utf-8", "replace"))
    refused = [one for one in found.refusals if one.rule not in ("bad_date", "malformed_email")]
    assert len(found.of("person")) + len(refused) == len(rows) + 1


def test_it_is_fast(tmp_path):
    path = tmp_path / "crm.csv"
    row = '{0},Ann,Lee{0},ann{0}@lee.example,707 555 {0:04},12 Oak St,Santa Rosa,CA,95401,Lead,Zillow,"Navy, Jazz",1/5/2024,Loves zydeco\n'
    header = "ID,First Name,Last Name,Email,Mobile,Address,City,State,Zip,Stage,Source,Tags,Created,Notes\n"
    path.write_text(header + "".join(row.format(number) for number in range(4000)), encoding="utf-8")
    began = time.process_time()
    count = sum(1 for _ in CRM.read(path, visit()))
    assert count / (time.process_time() - began) > 20_000  # 50,000 on an idle core


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["Ann Lee", "Bo van Dyk", "Cy"], ["Lee", "van Dyk", ""]),  # whole names in the first column, whoever made that table
        (["Ann Lee", "Bo", "Cy"], ["", "", ""]),  # most have one name: Ann Lee may be hers
        (["Ann Lee", "Mary Jo"], ["", ""]),  # two tell nothing
    ],
)
def test_whole_names_in_the_first_name_column_are_parted_where_no_last_name_stands(tmp_path, names, expected):
    rows = "".join(f"{name},,{number}@x.example\n" for number, name in enumerate(names))
    found = of(tmp_path, f"First Name,Last Name,Email\n{rows}")
    assert [one["family_name"] for one in found.of("person")] == expected
    found = of(tmp_path, f"First Name,Last Name,Email\n{rows}Di Poe,Roe,\n")
    assert [one["family_name"] for one in found.of("person")] == [""] * len(names) + ["Roe"]


@pytest.mark.parametrize(
    "header",
    [
        "CFirst,CLast,CEmail,CellPhone,SFirst,SLast",
        "first_name,last_name,email,cell_phone_1,spouse_first_name,spouse_last_name",
        "First Name,Last Name,Email,Phone,Family Member 1 First Name,Family Member 1 Last Name",
        "First Name,Last Name,Primary Email,Mobile,Spouse/Partner First Name,Spouse/Partner Last Name",
    ],
)
def test_crms_name_the_other_of_a_couple_each_in_their_own_way(tmp_path, header):
    found = of(tmp_path, f"{header}\nAnn,Lee,ann@lee.example,707 555 0101,Bo,Lee\nBo,Lee,bo@lee.example,707 555 0102,Ann,Lee\n")
    assert (found.counts, found.rules) == ({"person": 2, "tie": 2}, {})
    assert found.of("person")[0]["emails"] == ["ann@lee.example"] and found.of("person")[0]["phones"] == ["707 555 0101"]


def test_a_lead_sites_words_for_dates_agents_and_refusals_are_known(tmp_path):
    header = "First Name,Last Name,Email,Register Time,Last Visit Date,Agent Assigned,Buyer/Seller,Buyer Timeline,Cannot Call,Cannot Text,Unsubscription"
    found = of(tmp_path, f"{header}\nAnn,Lee,ann@lee.example,2024-01-05 10:00,2024-02-05,Ana Whitlock,Buyer,3 months,Yes,yes,No\n")
    assert found.rules == {}
    ann = found.one("person")
    assert (ann["owner_agent_id"], ann["stage"], ann["created_at"].date()) == ("ana", "Buyer", dt.date(2024, 1, 5))
    assert {one["channel"] for one in found.of("consent")} == {"phone", "text"}
