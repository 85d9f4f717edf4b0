"""Outlook's CSV in its languages and encodings."""

import csv
import io
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonground.errors import ConfigError, UnreadableError
from commonground.sources import SOURCES
from commonground.sources.contacts.columns import load_tables
from commonground.sources.contacts.dates import birthday_of, day_of, moment_of
from exports import Found, read, visit_of, write_zip

OUTLOOK = SOURCES["outlook"]
TABLES = load_tables(Path(__file__).parents[4] / "include" / "commonground" / "sources" / "contacts" / "outlook_columns.yaml")
HEADER_LINE = (
    "First Name,Middle Name,Last Name,Title,Suffix,Initials,Web Page,Gender,Birthday,Anniversary,Location,Language,Internet Free Busy,Notes,"
    "E-mail Address,E-mail 2 Address,E-mail 3 Address,Primary Phone,Home Phone,Home Phone 2,Mobile Phone,Pager,Home Fax,Home Address,Home Street,"
    "Home Street 2,Home Street 3,Home Address PO Box,Home City,Home State,Home Postal Code,Home Country,Spouse,Children,Manager's Name,"
    "Assistant's Name,Referred By,Company Main Phone,Business Phone,Business Phone 2,Business Fax,Assistant's Phone,Company,Job Title,Department,"
    "Office Location,Organizational ID Number,Profession,Account,Business Address,Business Street,Business Street 2,Business Street 3,"
    "Business Address PO Box,Business City,Business State,Business Postal Code,Business Country,Other Phone,Other Fax,Other Address,Other Street,"
    "Other Street 2,Other Street 3,Other Address PO Box,Other City,Other State,Other Postal Code,Other Country,Callback,Car Phone,ISDN,Radio Phone,"
    "TTY/TDD Phone,Telex,User 1,User 2,User 3,User 4,Keywords,Mileage,Hobby,Billing Information,Directory Server,Sensitivity,Priority,Private,"
    "Categories"
)
HEADER = HEADER_LINE.split(",")
ANN = {
    "First Name": "Ann", "Last Name": "Lee", "Birthday": "3/22/1980", "Anniversary": "0/0/00", "Notes": "Loves jazz\nand trains", "Gender": "Female",
    "E-mail Address": "ann@lee.example", "E-mail 2 Address": "ann@work.example", "Home Phone": "707 555 0101", "Mobile Phone": "707 555 0102",
    "Business Phone": "707 555 0103", "Home Fax": "707 555 0104", "Company Main Phone": "707 555 0105", "Assistant's Phone": "707 555 0106",
    "Home Street": "12 Oak St", "Home Street 2": "Unit 4", "Home City": "Santa Rosa", "Home State": "CA", "Home Postal Code": "95401",
    "Spouse": "Bo Lee", "Children": "Cy; Di", "Referred By": "Eve Moss", "Company": "Acme", "Profession": "Luthier", "Hobby": "zydeco",
    "Categories": "Navy;Do Not Email", "User 1": "Rides a tandem", "Private": "False",
}  # fmt: skip


def table(*rows: dict[str, str], header: list[str] = HEADER, delimiter: str = ",") -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, header, restval="", delimiter=delimiter, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def of(folder: Path, text: str | bytes, encoding: str = "utf-8", **options: Any) -> Found:
    path = folder / "contacts.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return read(OUTLOOK, path, visit_of("outlook", **options))


@pytest.mark.parametrize(
    "text",
    [
        "Nome;Cognome;Cellulare;Via (ab.);Città (ab.);Compleanno;Nome coniuge/partner;Notes\nAnn;Lee;1;Via Roma 1;Roma;22/03/1980;Bo Lee;jazz\n",
        "Voornaam;Achternaam;Mobiele telefoon;Huisadres, straat;Huisadres, plaats;Verjaardag;Partner;Notities\nAnn;Lee;1;Via Roma 1;Roma;22-03-1980;Bo Lee;jazz\n",
        "Nome;Sobrenome;Telefone celular;Rua do endereço residencial;Cidade do endereço residencial;Aniversário;Cônjuge;Anotações\nAnn;Lee;1;Via Roma 1;Roma;22/03/1980;Bo Lee;jazz\n",
        "Vorname;Nachname;Mobiltelefon;Strasse privat;Ort privat;Geburtstag;Partner;Notizen\nAnn;Lee;1;Via Roma 1;Roma;22.3.1980;Bo Lee;jazz\n",
    ],
)
def test_other_languages_of_outlook_say_the_same(tmp_path, text):
    found = of(tmp_path, text, "cp1252")
    ann = found.one("person")
    assert (ann["given_name"], ann["family_name"], ann["phones"], ann["birth_date"]) == ("Ann", "Lee", ["1"], "1980-03-22")
    assert (ann["street"], ann["city"], ann["partner_name"]) == ("Via Roma 1", "Roma", "Bo Lee")
    assert (found.one("utterance")["text"], found.rules) == ("jazz", {})


def test_who_has_only_a_display_name_is_known_by_it(tmp_path):
    text = "Display Name,First Name,Last Name,E-mail Address,Company\nAnn Lee,,,a@x.org,\nBo Ray,Bo,Ray,b@x.org,\nAcme Oaks,,,c@x.org,Acme Oaks\n"
    found = of(tmp_path, text)
    assert [(one["full_name"], one["person_type"]) for one in found.of("person")] == [
        ("Ann Lee", "person"), ("Bo Ray", "person"), ("Acme Oaks", "organization"),
    ]  # fmt: skip


def test_the_eighty_eight_columns_of_a_contact(tmp_path):
    assert len(HEADER) == 88
    found = of(tmp_path, table(ANN, {"First Name": "Bo", "Last Name": "Lee"}, {"First Name": "Eve", "Last Name": "Moss"}))
    assert (found.counts, found.rules) == ({"person": 3, "utterance": 6, "consent": 1, "tie": 2}, {})
    ann = found.one("person", given_name="Ann")
    assert ann["phones"] == ["707 555 0102", "707 555 0101", "707 555 0103"]  # no fax, no switchboard, no assistant
    assert (ann["street"], ann["birth_date"], ann["partner_name"], ann["job_title"]) == (
        "12 Oak St Unit 4",
        "1980-03-22",
        "Bo Lee",
        "Luthier",
    )
    assert ann["emails"] == ["ann@lee.example", "ann@work.example"]
    assert ann["tags"] == ["Navy", "Do Not Email"]
    assert {(one["utterance_type"], one["text"]) for one in found.of("utterance")} == {
        ("note", "Loves jazz\nand trains"), ("hobby", "zydeco"), ("position", "Luthier"), ("note", "Rides a tandem"),
        ("tag", "Navy"), ("tag", "Do Not Email"),
    }  # fmt: skip
    assert not any(one["is_self_stated"] for one in found.of("utterance"))
    referral = found.one("tie", tie_type="referral")
    eve = found.one("person", given_name="Eve")
    assert (referral["src_ref"], referral["is_directed"]) == (eve["record_id"], True)


def test_children_gender_and_wedding_days_leave_no_trace(tmp_path):
    found = of(tmp_path, table(ANN | {"Anniversary": "6/7/2003", "Children": "Zebulon"}))
    everything = repr(found.items)
    assert not any(word in everything for word in ("Zebulon", "Female", "2003"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_any_encoding_and_delimiter(tmp_path, encoding, delimiter):
    found = of(tmp_path, table({"First Name": "Zoë", "Last Name": "Müller"}, delimiter=delimiter), encoding)
    assert found.one("person")["full_name"] == "Zoë Müller"


def test_newer_headers_in_another_order_and_a_column_nobody_knows(tmp_path):
    header = ["Categories", "Nickname", "Home Country/Region", "Last Name", "First Name", "Shoe Size", "E-mail Address"]
    found = of(tmp_path, table({"First Name": "Ann", "Nickname": "Annie", "Home Country/Region": "US", "Shoe Size": "39"}, header=header))
    assert found.one("person")["nickname"] == "Annie"
    assert found.rules == {"unmapped_columns": 1}
    assert "'Shoe Size'" in found.refusals[0].reason


@pytest.mark.parametrize(
    ("language", "row", "birthday"),
    [
        ("de", {"Vorname": "Jörg", "Nachname": "Groß", "E-Mail-Adresse": "j@g.example", "Mobiltelefon": "0170 1", "Straße privat": "Weg 1",
                "Ort privat": "Köln", "Geburtstag": "22.3.1980", "Hobby": "Jazz", "Partner": "Ute Groß", "Kategorien": "Freunde"}, "1980-03-22"),
        ("fr", {"Prénom": "Zoé", "Nom": "Petit", "Adresse de messagerie": "z@p.example", "Tél. mobile": "06 1", "Rue (domicile)": "1 rue A",
                "Ville (domicile)": "Lyon", "Anniversaire": "22/03/1980", "Passe-temps": "Jazz", "Conjoint(e)": "Léo Petit",
                "Catégories": "Amis"}, "1980-03-22"),
        ("es", {"Nombre": "Inés", "Apellidos": "Gil", "E-mail Address": "i@g.example", "Mobile Phone": "6 1", "Home Street": "Calle 1",
                "Home City": "León", "Birthday": "22/03/1980", "Aficiones": "Jazz", "Spouse": "Pau Gil", "Categorías": "Amigos"}, "1980-03-22"),
    ],
)  # fmt: skip
def test_other_languages_of_outlook(tmp_path, language, row, birthday):
    unread = [name for name in TABLES[language]["unread"] if name not in row]
    header = [*row, *unread]
    found = of(tmp_path, table(row, header=header), "cp1252")
    assert found.rules == {}
    person = found.one("person")
    assert (person["birth_date"], len(person["phones"]), len(person["tags"])) == (birthday, 1, 1)
    assert person["emails"] and person["street"] and person["city"] and person["partner_name"]
    assert [one["text"] for one in found.of("utterance", utterance_type="hobby")] == ["Jazz"]


def test_the_second_titre_is_the_position(tmp_path):
    text = "Titre,Prénom,Nom,Société,Titre,Adresse de messagerie\r\nMme,Zoé,Petit,Acme,,z@p.example\r\nMme,Eva,Roy,Acme,Luthière,e@r.example\r\n"
    assert [one["job_title"] for one in of(tmp_path, text).of("person")] == ["", "Luthière"]


def test_a_foreign_header_is_named(tmp_path):
    with pytest.raises(UnreadableError, match="First Name"):
        of(tmp_path, "Etunimi,Sukunimi,Sähköposti\r\nA,B,c@d.example\r\n")


def test_days_are_read_in_the_one_order_that_the_file_tells(tmp_path):
    rows = table({"First Name": "Ann", "Birthday": "4/3/1980"})
    assert of(tmp_path, rows).one("person")["birth_date"] == "1980-04-03"  # nothing tells: as in the United States
    assert of(tmp_path, rows, dates="dmy").one("person")["birth_date"] == "1980-03-04"
    rows = table({"First Name": "Ann", "Birthday": "4/3/1980"}, {"First Name": "Bo", "Birthday": "22/3/1980"})
    assert [one["birth_date"] for one in of(tmp_path, rows).of("person")] == ["1980-03-04", "1980-03-22"]  # as in Britain
    rows = table({"First Name": "Ann", "Birthday": "3/22/1980"}, {"First Name": "Bo", "Birthday": "22/3/1980"})
    assert of(tmp_path, rows).rules == {"bad_date": 1}  # two orders are none
    with pytest.raises(ConfigError, match="dates"):
        of(tmp_path, rows, dates="ymd")


@pytest.mark.parametrize("unset", ["0/0/00", "", " ", "00/00/0000", "1/1/4501", "n/a"])
def test_an_unset_day_is_none(tmp_path, unset):
    found = of(tmp_path, table({"First Name": "Ann", "Birthday": unset}))
    assert (found.one("person").get("birth_date"), found.rules) == (None, {})


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [("3/4/2020", "mdy", "2020-03-04"), ("3/4/2020", "dmy", "2020-04-03"), ("3.4.2020", "mdy", "2020-04-03"), ("2020-03-04", "dmy", "2020-03-04"),
     ("Mar 4, 2020", "dmy", "2020-03-04"), ("4 March 2020", "mdy", "2020-03-04"), ("3/4/20 5:06 PM", "mdy", "2020-03-04"),
     ("2020-03-04T05:06:07Z", "mdy", "2020-03-04"), ("3/4/75", "mdy", "1975-03-04")],
)  # fmt: skip
def test_days_of_spreadsheets(text, order, day):
    assert day_of(text, order).isoformat() == day


@pytest.mark.parametrize(
    ("text", "order", "kept"),
    [("3/22", "mdy", "--03-22"), ("22.3.", "mdy", "--03-22"), ("Mar 22", "mdy", "--03-22"), ("--0322", "mdy", "--03-22")],
)
def test_birthdays_without_a_year(text, order, kept):
    assert birthday_of(text, order) == kept


@given(st.text(max_size=40))
@settings(max_examples=300, deadline=None)
def test_any_words_are_a_day_or_a_value_error(text):
    import datetime as dt

    for reader in (lambda: day_of(text, "mdy"), lambda: birthday_of(text, "dmy"), lambda: moment_of(text, "mdy", dt.UTC)):
        try:
            reader()
        except ValueError as error:
            assert "is not" in str(error)


def test_rubbish_rows_are_refused_one_by_one(tmp_path):
    text = table(ANN) + "only,three,cells\r\n" + "," * 87 + "\r\n" + table(ANN | {"First Name": "An\0n"}).split("\r\n", 1)[1]
    found = of(tmp_path, text)
    assert found.counts["person"] == 2
    assert found.rules == {"bad_row": 1, "empty_row": 1}


def test_a_zip_of_exports_is_read(tmp_path):
    path = write_zip(tmp_path / "x.zip", {"a.csv": table(ANN), "b.csv": table(ANN), "c.csv": "a,b\r\n1,2\r\n"})
    found = read(OUTLOOK, path, visit_of("outlook"))
    assert len({one["record_id"] for one in found.of("person")}) == 2
    assert found.rules == {"unreadable_file": 1}


@pytest.mark.parametrize("content", [b"", b"\0" * 100_000, b"hello", b"\xff\xfe", b"a" * 9_000_000])
def test_what_is_no_export_is_said_in_one_line(tmp_path, content):
    with pytest.raises(UnreadableError, match=r"contacts\.csv"):
        of(tmp_path, content)


@given(st.binary(max_size=300))
@settings(max_examples=100, deadline=None)
def test_arbitrary_bytes_never_raise(tmp_path_factory, noise):
    folder = tmp_path_factory.mktemp("noise")
    found = of(folder, table(ANN).encode() + noise)
    assert found.of("person") or found.refusals


@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20), st.text(max_size=20)), min_size=1, max_size=6))
@settings(max_examples=100, deadline=None)
def test_every_row_is_a_person_or_a_refusal(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("rows")
    kept = [tuple(" ".join(cell.split()) for cell in row) for row in rows]
    text = table(*[{"First Name": given_, "Notes": note, "Birthday": day} for given_, note, day in kept])
    found = of(folder, text.encode("utf-8", "replace"))
    refused = [one for one in found.refusals if one.rule != "bad_date"]
    assert len(found.of("person")) + len(refused) == len(kept)


def test_it_is_fast(tmp_path):
    path = tmp_path / "contacts.csv"
    path.write_text(table(*[ANN | {"Last Name": f"Lee{number}"} for number in range(4000)]), encoding="utf-8")
    began = time.process_time()
    count = sum(1 for _ in OUTLOOK.read(path, visit_of("outlook")))
    assert count / (time.process_time() - began) > 20_000  # 50,000 on an idle core


def test_a_spanish_table_has_home_birthday_notes_and_spouse(tmp_path):
    head = (
        "Título,Nombre,Apellidos,Sufijo,Organización,Departamento,Puesto,Calle del domicilio,Ciudad de residencia,Código postal residencial"
    )
    row = ",Ann,Lee,,Acme,,Chef,Calle Mayor 1,Lugo,27001,a@x.org,3/5/1980,le gusta el zydeco,Bo Lee"
    found = of(tmp_path, f"{head},Dirección de correo electrónico,Cumpleaños,Notas,Cónyuge\r\n{row}\r\n")
    person = found.one("person")
    assert (person["street"], person["city"], person["postal_code"]) == ("Calle Mayor 1", "Lugo", "27001")
    assert (person["birth_date"], person["partner_name"]) == ("1980-05-03", "Bo Lee")
    assert found.one("utterance")["text"] == "le gusta el zydeco" and found.rules == {}


def test_whole_names_in_the_first_name_column_are_parted_where_no_last_name_stands(tmp_path):
    (tmp_path / "a.csv").write_text("First Name,Last Name,E-mail Address,Mobile Phone\nAnn Lee,,a@x.example,\nBo Roe,,,\nCy Poe,,,\n")
    found = read(OUTLOOK, tmp_path / "a.csv")
    assert [(one["given_name"], one["family_name"]) for one in found.of("person")] == [("Ann", "Lee"), ("Bo", "Roe"), ("Cy", "Poe")]
