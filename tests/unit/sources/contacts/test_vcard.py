"""vCards as devices write them: every version, every habit, and what is no card."""

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonground.errors import UnreadableError
from commonground.sources import SOURCES
from commonground.sources.base import Record
from exports import Found, fixture, read, visit_of, write_files, write_zip

VCARD = SOURCES["vcard"]


def card(*lines: str, version: str = "3.0", end: str = "\r\n") -> str:
    return end.join(["BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", ""])


def of(folder: Path, *cards: str | bytes) -> Found:
    path = folder / "book.vcf"
    path.write_bytes(b"".join(one if isinstance(one, bytes) else one.encode() for one in cards))
    return read(VCARD, path)


def test_every_card_of_the_real_files_is_read():
    found = read(VCARD, fixture("vcard"))
    assert (found.counts, found.rules) == ({"person": 9, "utterance": 2}, {})
    assert len({one["record_id"] for one in found.of("person")}) == 9
    google = found.one("person", source_file="John_Doe_GMAIL.vcf")
    assert (google["partner_name"], google["birth_date"], google["postal_code"]) == ("Jenny", "1980-03-22", "12345")
    assert google["urls"] == ["http://www.ibm.com"]
    iphone = found.one("person", source_file="John_Doe_IPHONE.vcf")
    assert iphone["phones"] == ["905-555-1234", "905-666-1234", "905-777-1234"]  # no fax, no pager, not the assistant's
    assert (iphone["middle_name"], iphone["nickname"], iphone["street"]) == ("Richter James", "Johny", "Silicon Alley 5")
    outlook = found.one("person", source_file="John_Doe_MS_OUTLOOK.vcf")
    assert (outlook["birth_date"], outlook["modified_at"]) == ("1980-03-22", dt.datetime(2012, 3, 5, 13, 19, 33, tzinfo=dt.UTC))
    rfc = found.one("person", source_file="rfc6350-example.vcf")
    assert (rfc["birth_date"], rfc["location_text"]) == ("--02-03", "Quebec, QC")
    assert rfc["phones"] == ["+1-418-656-9254 ext. 102", "+1-418-262-6501"]


def test_a_phone_with_a_broken_picture_and_old_bytes_is_read(tmp_path):
    found = of(
        tmp_path,
        card(
            "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=44=6F=65;=4A=6F=68=6E;;;",
            "X-ANDROID-CUSTOM:vnd.android.cursor.item/nickname;Johny;1;;;;;;;;;;;;;",
            "X-ANDROID-CUSTOM:vnd.android.cursor.item/relation;Jenny;14;;;;;;;;;;;;;",
            "X-ANDROID-CUSTOM:vnd.android.cursor.item/contact_event;--05-14;3;;;;;;;;;;;;;",
            "TEL;CELL;PREF:555-0101",
            "TEL;WORK;FAX:555-0102",
            "NOTE;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=54=48 =",
            "caf=E9=0D=0Asecond",
            "PHOTO;ENCODING=BASE64;JPEG:/9j/4AAQSkZJRgABAgAAAQABAAD!!",
            " FBQQEBQoHBwYI=A",
            "",
            version="2.1",
        ),
        card("FN:After Picture"),
    )
    assert (found.counts, found.rules) == ({"person": 2, "utterance": 1}, {})
    john = found.one("person", given_name="John")
    assert (john["family_name"], john["nickname"], john["partner_name"], john["birth_date"]) == ("Doe", "Johny", "Jenny", "--05-14")
    assert john["phones"] == ["555-0101"]
    assert found.one("utterance")["text"] == "TH café\nsecond"
    assert found.one("utterance")["is_self_stated"] is False


def test_pictures_and_keys_are_cut_out_in_every_shape(tmp_path):
    base64 = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo="
    found = of(
        tmp_path,
        card(f"PHOTO;BASE64:\r\n  {base64}\r\n  {base64}", "FN:Mac Picture", "NOTE:kept"),
        card(f"item1.LOGO;ENCODING=B:{base64}\r\n {base64}", f"KEY;X509;ENCODING=BASE64:\r\n{base64}\r\n{base64}\r\n", "FN:Unfolded Key"),
        card("PHOTO;VALUE=uri:http://example.org/a.jpg", "SOUND:data:audio/ogg;base64,AAAA", "FN:By Address"),
    )
    assert [one["full_name"] for one in found.of("person")] == ["Mac Picture", "Unfolded Key", "By Address"]
    assert found.rules == {}
    assert found.one("utterance")["text"] == "kept"


def test_the_mac_s_labels_tell_whose_number_and_which_relation(tmp_path):
    found = of(
        tmp_path,
        card(
            "FN:Ann Lee",
            "item1.TEL:555-0199",
            "item1.X-ABLabel:_$!<AssistantPhone>!$_",
            "item2.TEL:555-0100",
            "item2.X-ABLabel:Boat",
            "item3.X-ABRELATEDNAMES;type=pref:Bo Lee",
            "item3.X-ABLabel:_$!<Spouse>!$_",
            "item4.X-ABRELATEDNAMES:Cy Roe",
            "item4.X-ABLabel:_$!<Friend>!$_",
            "X-SOCIALPROFILE;type=twitter;x-user=annlee:http://twitter.com/annlee",
            "X-SOCIALPROFILE;type=facebook;x-user=ann.lee:x-apple:ann.lee",
            "IMPP;X-SERVICE-TYPE=Skype;type=WORK:skype:ann.lee",
            "X-AIM;type=HOME:ann5",
        ),
        card("FN:Bo Lee"),
        card("FN:Cy Roe"),
    )
    ann = found.one("person", full_name="Ann Lee")
    assert (ann["phones"], ann["partner_name"]) == (["555-0100"], "Bo Lee")
    assert ann["urls"] == ["http://twitter.com/annlee", "facebook:ann.lee", "skype:ann.lee", "aim:ann5"]
    assert sorted(tie["tie_type"] for tie in found.of("tie")) == ["friend", "partner"]


def test_version_4_relations_pursuits_and_numbers(tmp_path):
    found = of(
        tmp_path,
        card(
            "UID:urn:uuid:11-22",
            "FN:Ann Lee",
            'TEL;VALUE=uri;TYPE="work,voice";PREF=1:tel:+1-418-656-9254;ext=102',
            "RELATED;TYPE=spouse:urn:uuid:33-44",
            "RELATED;TYPE=friend;VALUE=text:Cy Roe",
            "HOBBY;LEVEL=high:zydeco",
            "INTEREST;LEVEL=medium:baseball\\, mostly old",
            "EXPERTISE;LEVEL=expert:sourdough",
            "GENDER:F",
            "GEO:geo:38.44,-122.71",
            version="4.0",
        ),
        card("UID:urn:uuid:33-44", "FN:Bo Lee", version="4.0"),
    )
    ann = found.one("person", record_id="11-22")
    assert (ann["partner_ref"], ann["latitude"]) == ("33-44", 38.44)
    assert {(one["utterance_type"], one["text"]) for one in found.of("utterance")} == {
        ("hobby", "zydeco"), ("interest", "baseball, mostly old"), ("interest", "sourdough"),
    }  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\r\r\n"])
def test_any_encoding_and_any_line_end(tmp_path, encoding, end):
    text = card("N:Müller;Zoë;;;", "FN:Zoë Müller", "NOTE:old", "  cars", end=end) * 2
    found = of(tmp_path, text.encode(encoding))
    assert [one["full_name"] for one in found.of("person")] == ["Zoë Müller"] * 2
    assert {one["text"] for one in found.of("utterance")} == {"old cars"}


def test_a_declared_charset_counts(tmp_path):
    text = card("N;CHARSET=windows-1251:Иванов;Иван;;;", version="2.1")
    assert of(tmp_path, text.encode("cp1251")).one("person")["family_name"] == "Иванов"


def test_a_bad_card_never_loses_the_others(tmp_path):
    found = of(
        tmp_path,
        card("FN:First One"),
        "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Never Ends\r\n",
        "some words between\r\n".replace("some", "NOTE:some"),
        card("FN:Second One"),
        "stray words\r\n",
        card("X-NOTHING:here"),
        card("KIND:group", "FN:Bowling club", version="4.0"),
        card("FN:Third One"),
        "BEGIN:VCARD\r\nFN:Cut o",
    )
    assert [one["full_name"] for one in found.of("person")] == ["First One", "Second One", "Third One"]
    assert found.rules == {"unreadable_card": 2, "text_outside_card": 1, "empty_card": 1, "no_person": 1}
    lines = {refusal.rule: refusal.source_line for refusal in found.refusals if refusal.rule != "unreadable_card"}
    assert lines == {"text_outside_card": 13, "empty_card": 14, "no_person": 18}


def test_an_assistant_s_card_inside_a_card_is_nobody_new(tmp_path):
    found = of(tmp_path, card("FN:The Boss", "AGENT:", card("FN:The Assistant", "TEL:1").strip(), "TEL:555-0105", version="2.1"))
    assert [(one["full_name"], one["phones"]) for one in found.of("person")] == [("The Boss", ["555-0105"])]


@pytest.mark.parametrize(
    ("written", "kept"),
    [("1980-03-22", "1980-03-22"), ("19800322", "1980-03-22"), ("--0203", "--02-03"), ("--02-03", "--02-03"), ("1604-02-29", "--02-29"),
     ("2012-06-06T00:00:00Z", "2012-06-06"), ("1980", None), ("1980-03", None), ("---05", None)],
)  # fmt: skip
def test_birthdays_in_every_form(tmp_path, written, kept):
    found = of(tmp_path, card("FN:Ann Lee", f"BDAY:{written}"))
    assert (found.one("person").get("birth_date"), found.rules) == (kept, {})


def test_what_is_wrong_on_a_card_costs_that_line_only(tmp_path):
    found = of(tmp_path, card("FN:Ann Lee", "BDAY:circa 1800", "EMAIL:nobody at home", "EMAIL:mailto:ann@lee.example", "TEL:1"))
    assert found.rules == {"bad_date": 1, "malformed_email": 1}
    assert found.one("person")["emails"] == ["ann@lee.example"]


def test_categories_are_tags_and_close_channels(tmp_path):
    found = of(tmp_path, card("FN:Ann Lee", "CATEGORIES:Navy,Do Not Call\\, ever", "CATEGORIES:Jazz"))
    assert found.one("person")["tags"] == ["Navy", "Do Not Call, ever", "Jazz"]
    assert found.one("consent")["channel"] == "phone"
    assert found.counts["utterance"] == 3


def test_a_company_is_no_person_and_a_nameless_card_matches_nobody(tmp_path):
    found = of(tmp_path, card("FN:Acme Plumbing", "X-ABShowAs:COMPANY"), card("ORG:Lotus;R&D", "TEL:1"), card("TEL:555-0100"))
    assert [one["person_type"] for one in found.of("person")] == ["organization", "organization", "placeholder"]


def test_folders_and_zips_are_read_and_nothing_else_in_them(tmp_path):
    files = {"a.vcf": card("FN:Ann Lee"), "sub/b.VCF": card("FN:Bo Lee"), "c.vcf": "no card", "photo.jpg": b"\xff\xd8"}
    for path in (write_files(tmp_path / "folder", files), write_zip(tmp_path / "x.zip", files)):
        found = read(VCARD, path)
        assert (found.counts, found.rules) == ({"person": 2}, {"unreadable_file": 1})
        assert len({one["record_id"] for one in found.of("person")}) == 2


@pytest.mark.parametrize("content", [b"", b"\0" * 5000, b"hello", b"Name,Mail\nA,b@c.d\n", b"\xff\xfe"])
def test_what_is_no_book_is_said_in_one_line(tmp_path, content):
    path = tmp_path / "x.vcf"
    path.write_bytes(content)
    with pytest.raises(UnreadableError, match=r"x\.vcf"):
        read(VCARD, path)


def test_a_card_that_stands_in_the_files_of_two_labels_is_one_contact(tmp_path):
    ann, bo = card("FN:Ann Lee"), card("FN:Bo Lee")
    found = read(VCARD, write_files(tmp_path, {"All Contacts/All Contacts.vcf": ann + bo + bo, "Friends/Friends.vcf": bo}))
    assert [one["full_name"] for one in found.of("person")] == ["Ann Lee", "Bo Lee", "Bo Lee"]  # twice in one file: two contacts
    assert found.rules == {"duplicate": 1}


def test_lines_that_nobody_folded_go_on_with_their_value(tmp_path):
    lines = [
        "FN:Ann Lee",
        "NOTE:Likes zydeco",
        "and crawfish",
        "",
        "Met at: Jazz Fest",
        "http://x.org",
        "ADR;HOME:;;1 Elm St",
        "Apt 2;Town;LA;70112;",
        "TEL:1",
    ]
    found = of(tmp_path, card(*lines))
    assert found.one("utterance")["text"] == "Likes zydeco\nand crawfish\nMet at: Jazz Fest\nhttp://x.org"
    person = found.one("person")
    assert (person["street"], person["city"], person["phones"]) == ("1 Elm St Apt 2", "Town", ["1"])


def test_version_4_says_by_number_what_comes_first(tmp_path):
    found = of(tmp_path, card("FN:Ann Lee", "EMAIL;PREF=2:b@x.org", "EMAIL;PREF=1:a@x.org", "TEL;PREF=50:2", "TEL;PREF=1:1", version="4.0"))
    assert (found.one("person")["emails"], found.one("person")["phones"]) == (["a@x.org", "b@x.org"], ["1", "2"])


def test_a_relation_may_name_the_other_by_its_uid(tmp_path):
    ann = card("FN:Ann Lee", "UID:urn:uuid:a", "RELATED;TYPE=friend:urn:uuid:b", "RELATED;TYPE=friend:urn:uuid:nobody", version="4.0")
    found = of(tmp_path, ann, card("FN:Bo Ray", "UID:urn:uuid:b", version="4.0"))
    tie = found.one("tie")
    assert (tie["src_ref"], tie["dst_ref"], tie["tie_type"]) == ("a", "b", "friend")


def test_googles_words_for_relations_and_groups_are_understood(tmp_path):
    relations = [
        "item1.X-ABRELATEDNAMES:Bo Ray",
        "item1.X-ABLabel:DOMESTIC_PARTNER",
        "item2.X-ABRELATEDNAMES:Cy Fox",
        "item2.X-ABLabel:REFERRED_BY",
    ]
    found = of(tmp_path, card("FN:Ann Lee", *relations, "CATEGORIES:Friends,myContacts,starred"), card("FN:Bo Ray"), card("FN:Cy Fox"))
    assert {one["tie_type"] for one in found.of("tie")} == {"partner", "referral"}
    ann = found.one("person", full_name="Ann Lee")
    assert (ann["partner_name"], ann["tags"]) == ("Bo Ray", ["Friends"])


@pytest.mark.parametrize(
    ("cell", "given", "family"),
    [("John Doe", "John", "Doe"), ("van der Berg", "", "van der Berg"), ("St. James", "", "St. James"), ("Doe", "", "Doe")],
)
def test_a_whole_name_filed_as_a_family_name_is_taken_apart(tmp_path, cell, given, family):
    person = of(tmp_path, card(f"N:{cell};;;;", f"FN:{cell}")).one("person")
    assert (person["given_name"], person["family_name"]) == (given, family)


def test_the_same_name_in_another_script_does_not_take_the_place_of_the_first(tmp_path):
    found = of(tmp_path, card("N:Huang;Wei;Xiao, Li;;", "N;ALTID=1;LANGUAGE=zh:黄;伟;;;", "FN:Wei Huang", version="4.0"))
    person = found.one("person")
    assert (person["given_name"], person["middle_name"], person["family_name"]) == ("Wei", "Xiao Li", "Huang")


def test_a_card_with_a_company_and_no_name_is_of_the_company(tmp_path):
    found = of(tmp_path, card("FN:Three Oaks", "N:;;;;", "ORG:Three Oaks"))
    assert found.one("person")["person_type"] == "organization"


def test_a_line_without_end_does_not_fill_the_memory(tmp_path):
    found = of(tmp_path, "x" * (40 * 2**20), "\r\n", card("FN:After It"), "y" * (40 * 2**20))
    assert [one["full_name"] for one in found.of("person")] == ["After It"]
    assert found.rules == {"text_outside_card": 2}


def test_a_card_without_end_does_not_fill_the_memory(tmp_path):
    found = of(tmp_path, "BEGIN:VCARD\r\nFN:Endless\r\n", "NOTE:" + "x" * (40 * 2**20) + "\r\n", card("FN:After It"))
    assert [one["full_name"] for one in found.of("person")] == ["After It"]
    assert found.rules == {"unreadable_card": 1}
    assert len(found.refusals[0].payload) < 10_000


@given(
    st.binary(max_size=400),
    st.lists(st.sampled_from([card("FN:Ann Lee", "TEL:1"), "BEGIN:VCARD\n", "END:VCARD\n", "AGENT:\n"]), max_size=6),
)
@settings(max_examples=150, deadline=None)
def test_arbitrary_bytes_never_raise_and_every_whole_card_is_accounted_for(tmp_path_factory, noise, parts):
    path = tmp_path_factory.mktemp("noise") / "x.vcf"
    path.write_bytes("".join(parts).encode() + b"\n" + noise + b"\n" + card("FN:Last One").encode())
    try:
        items = list(VCARD.read(path, visit_of("vcard")))
    except UnreadableError:
        return
    persons = [item for item in items if isinstance(item, Record) and item.kind == "person"]
    Found(items)
    assert len(items) >= 1
    if b"BEGIN" not in noise.upper() and not parts:
        assert persons[-1].values["full_name"] == "Last One"


@given(
    st.lists(st.text(max_size=60), max_size=8),
    st.sampled_from(["N", "ADR", "NOTE", "TEL;TYPE=x", "X-ANDROID-CUSTOM", "BDAY", "GEO", "RELATED"]),
)
@settings(max_examples=150, deadline=None)
def test_arbitrary_values_make_one_person_or_one_refusal(tmp_path_factory, values, name):
    path = tmp_path_factory.mktemp("values") / "x.vcf"
    lines = [f"{name}:{' '.join(value.split())}" for value in values]
    path.write_bytes(card("FN:Ann Lee", *lines).encode("utf-8", "replace"))
    found = Found(VCARD.read(path, visit_of("vcard")))
    assert len(found.of("person")) == 1


@pytest.mark.parametrize(
    ("charset", "given", "family"),
    [("ISO-8859-2", "Łukasz", "Żółć"), ("windows-1250", "Jiří", "Dvořák"), ("KOI8-R", "Иван", "Петров"), ("SHIFT_JIS", "太郎", "山田")],
)
def test_quoted_text_is_read_in_the_charset_its_line_declares(tmp_path, charset, given, family):
    quoted = "".join(f"={byte:02X}" for byte in f"{family};{given};;;".encode(charset))
    found = of(tmp_path, card(f"N;CHARSET={charset};ENCODING=QUOTED-PRINTABLE:{quoted}", version="2.1"))
    assert (found.one("person")["given_name"], found.one("person")["family_name"]) == (given, family)
