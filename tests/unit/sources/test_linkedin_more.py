"""LinkedIn's smaller files: invitations, endorsements, recommendations, imported contacts, what the owner follows and shares."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commonground.errors import UnreadableError
from commonground.sources.social.linkedin import LinkedIn
from commonground.sources.social.linkedin_dates import Dates
from commonground.sources.social.linkedin_tables import Line
from exports import Found, read, visit_of, write_files

IN = "https://www.linkedin.com/in/"
URLS = (f"{IN}pedro",)
HEADERS = {
    "Invitations": "From,To,Sent At,Message,Direction,inviterProfileUrl,inviteeProfileUrl",
    "Endorsement_Received_Info": "Endorsement Date,Skill Name,Endorser First Name,Endorser Last Name,Endorser Public Url,Endorsement Status",
    "Endorsement_Given_Info": "Endorsement Date,Skill Name,Endorsee First Name,Endorsee Last Name,Endorsee Public Url,Endorsement Status",
    "Recommendations_Received": "First Name,Last Name,Company,Job Title,Text,Creation Date,Status",
    "Recommendations_Given": "First Name,Last Name,Company,Job Title,Text,Creation Date,Status",
    "Contacts": "Source,FirstName,LastName,Companies,Title,Emails,PhoneNumbers,CreatedAt,Addresses,Sites,InstantMessageHandles,FullName,Birthday,Location,BookmarkedAt,Profiles",
    "Company Follows": "Organization,Followed On",
    "Shares": "Date,ShareLink,ShareCommentary,SharedUrl,MediaUrl,Visibility",
    "Comments": "Date,Link,Message",
    "Reactions": "Date,Type,Link",
    "Events": "Event Name,Event Time,Status,External Url",
    "Connections": "First Name,Last Name,URL,Email Address,Company,Position,Connected On",
}  # fmt: skip


def export(tmp_path, files: dict[str, str], visit=None) -> Found:
    texts = {f"{name}.csv": f"{HEADERS[name]}\n{rows}" for name, rows in files.items()}
    return read(LinkedIn(), write_files(tmp_path / "export", texts), visit or visit_of("linkedin", urls=URLS))


def test_invitations_point_the_way_they_went_with_their_words(tmp_path):
    rows = (
        f'Jo Doe,Pedro Fuentes,"1/29/26, 2:37 PM",Met you at zydeco night,INCOMING,{IN}jo,{IN}pedro\n'
        f'Pedro Fuentes,Ann Lee,"12/3/25, 9:05 AM",,OUTGOING,{IN}pedro,{IN}ann\n'
        f'Bo Ek,Pedro Fuentes,last week,,INCOMING,{IN}bo,{IN}pedro\n'
        ",,,,SIDEWAYS,,\n,,,,INCOMING,,\n"
    )  # fmt: skip
    found = export(tmp_path, {"Invitations": rows})
    assert {(row["src_ref"], row["dst_ref"], row["since_at"]) for row in found.of("tie")} == {
        ("jo", "pedro", dt.datetime(2026, 1, 29, 14, 37, tzinfo=dt.UTC)),
        ("pedro", "ann", dt.datetime(2025, 12, 3, 9, 5, tzinfo=dt.UTC)),
        ("bo", "pedro", None),
    }
    assert {row["tie_type"] for row in found.of("tie")} == {"follows"}
    said = found.one("utterance")
    assert (said["author_ref"], said["target_ref"], said["text"]) == ("jo", "pedro", "Met you at zydeco night")
    assert found.one("interaction")["direction"] == "in"
    assert found.rules == {"bad_date": 1, "unknown_direction": 1, "missing_name": 1}


def test_invitations_are_written_in_the_owners_time():
    def moment(value: str, zone: dt.tzinfo) -> dt.datetime | None:
        return Dates({}, zone).read(Line("Invitations.csv", 2, {"date": value}, []), "date")

    assert moment("1/29/26, 2:37 PM", ZoneInfo("America/Los_Angeles")) == dt.datetime(2026, 1, 29, 22, 37, tzinfo=dt.UTC)
    assert moment("2026/07/28 13:20:49 UTC", ZoneInfo("America/Los_Angeles")) == dt.datetime(2026, 7, 28, 13, 20, 49, tzinfo=dt.UTC)
    assert moment("Fri Jan 12 10:04:05 UTC 2018", dt.UTC) == dt.datetime(2018, 1, 12, 10, 4, 5, tzinfo=dt.UTC)
    assert moment("", dt.UTC) is None
    for unclear in ("2/8/26", "yesterday", "1/29/26, 14:37 PM", "31.2.2026", "20260129"):
        with pytest.raises(ValueError, match=unclear.split(",")[0]):
            moment(unclear, dt.UTC)


def test_endorsements_are_a_tie_with_all_skills_and_skills_are_of_the_endorsed(tmp_path):
    received = (
        f"2026/07/28 13:20:49 UTC,Negotiation,Jo,Doe,www.linkedin.com/in/jo,ACCEPTED\n"
        f"2025/07/28 13:20:49 UTC,Jazz,Jo,Doe,{IN}jo,ACCEPTED\n2026/07/28 13:20:49 UTC,Luck,Ann,Lee,{IN}ann,REJECTED\n"
    )
    given_ = f"2026/07/28 13:20:49 UTC,Baking,Jo,Doe,{IN}jo,ACCEPTED\n2026/07/28 13:20:49 UTC,,Jo,Doe,{IN}jo,ACCEPTED\n"
    found = export(tmp_path, {"Endorsement_Received_Info": received, "Endorsement_Given_Info": given_})
    got = found.one("tie", src_ref="jo")
    assert (got["tie_type"], got["dst_ref"], got["evidence_text"]) == ("endorsed", "pedro", "Endorsed on LinkedIn for Negotiation, Jazz")
    assert got["since_at"] == dt.datetime(2025, 7, 28, 13, 20, 49, tzinfo=dt.UTC)
    assert found.one("tie", src_ref="pedro")["dst_ref"] == "jo"
    assert {(row["author_ref"], row["text"], row["is_self_stated"]) for row in found.of("utterance")} == {
        ("pedro", "Negotiation", False), ("pedro", "Jazz", False), ("jo", "Baking", False),
    }  # fmt: skip
    assert found.rules == {"declined": 1, "missing_text": 1}


def test_a_recommendation_of_the_owner_is_a_review_and_one_by_the_owner_their_words(tmp_path):
    files = {
        "Connections": f"Jo,Doe,{IN}jo,,Acme,Chef,01 Jan 2020\n",
        "Recommendations_Received": 'Jo,Doe,Acme,Chef,"Pedro found us a home, twice.","07/22/20, 05:38 PM",VISIBLE\nAnn,Lee,,,Not yet,,PENDING\n',
        "Recommendations_Given": "Bo,Ek,Globex,Plumber,Best plumber in town,2020-07-22 05:38:00,VISIBLE\n",
    }
    found = export(tmp_path, files)
    review = found.one("review")
    assert (review["subject_type"], review["subject_agent_id"], review["reviewer_name"], review["is_anonymous"]) == (
        "agent",
        "pedro",
        "Jo Doe",
        False,
    )
    assert (review["text"], review["occurred_at"]) == ("Pedro found us a home, twice.", dt.datetime(2020, 7, 22, 17, 38, tzinfo=dt.UTC))
    ties = {(row["src_ref"], row["dst_ref"]) for row in found.of("tie", tie_type="recommended")}
    bo = found.one("person", full_name="Bo Ek")
    assert ties == {("jo", "pedro"), ("pedro", bo["record_id"])}  # the one connection of that name wrote it
    assert (bo["employer"], bo["job_title"]) == ("Globex", "Plumber")
    assert found.one("utterance", utterance_type="comment")["target_ref"] == bo["record_id"]
    assert found.rules == {"declined": 1}


def test_imported_contacts_have_mail_and_phone_and_join_a_profile_if_they_name_one(tmp_path):
    rows = (
        f'MOBILE,Jo,Doe,Acme,Chef,"jo@example.org, j@example.org","+1 707 555 0100",,,,,Jo Doe,--05-17,Santa Rosa,,{IN}jo\n'
        "MOBILE,,,,,info@example.org,,,,https://ann.example,,Ann Lee,someday,,,\n,,,,,,,,,,,,,,,\n"
    )
    found = export(tmp_path, {"Contacts": rows})
    jo = found.one("person", record_id="jo")
    assert (jo["emails"], jo["phones"], jo["birth_date"]) == (["jo@example.org", "j@example.org"], ["+1 707 555 0100"], "--05-17")
    assert found.one("person", full_name="Ann Lee")["urls"] == ["https://ann.example"]
    assert found.rules == {"bad_date": 1, "missing_name": 1}


def test_what_the_owner_follows_shares_likes_and_attends(tmp_path):
    files = {
        "Company Follows": "SFJAZZ,Fri Jan 12 10:04:05 UTC 2018\n",
        "Shares": '2024-01-15 10:00:00,https://www.linkedin.com/feed/update/1,"Zydeco night""\n""at the grange",,,MEMBER_NETWORK\n2024-01-15 10:00:00,x,,,,\n',
        "Comments": "2024-01-15 10:00:00,https://www.linkedin.com/feed/update/2,Well said\n",
        "Reactions": "2024-01-15 10:00:00,LIKE,https://www.linkedin.com/feed/update/3\n",
        "Events": "Creek Cleanup,2024-05-01 10:00:00,ATTENDING,\nGun Show,2024-05-01 10:00:00,DECLINED,\n",
    }
    found = export(tmp_path, files)
    said = {row["utterance_type"]: row["text"] for row in found.of("utterance")}
    assert said == {
        "like": "SFJAZZ",
        "post": "Zydeco night\nat the grange",
        "comment": "Well said",
        "reaction": "Like",
        "event": "Creek Cleanup",
    }
    assert found.one("utterance", utterance_type="like")["occurred_at"] == dt.datetime(2018, 1, 12, 10, 4, 5, tzinfo=dt.UTC)
    assert found.one("utterance", utterance_type="event")["thread_id"].startswith("event:")
    assert found.rules == {"missing_text": 1, "declined": 1}


@pytest.mark.parametrize(
    ("header", "day"),
    [
        ("Vorname,Nachname,URL,E-Mail-Adresse,Unternehmen,Position,Verbunden am", "03 Okt 2023"),
        ("Imię,Nazwisko,URL,Adres e-mail,Firma,Stanowisko,Data nawiązania kontaktu", "03 Oct 2023"),
        ("Prénom,Nom,URL,Adresse e-mail,Entreprise,Poste,Date de connexion", "03 oct. 2023"),
    ],
)
def test_connections_in_any_language_keep_their_order(tmp_path, header, day):
    folder = write_files(tmp_path / "export", {"Connections.csv": f"{header}\nJo,Doe,{IN}jo,,Acme,Chef,{day}\n"})
    found = read(LinkedIn(), folder, visit_of("linkedin", urls=URLS))
    jo = found.one("person", record_id="jo")
    assert (jo["employer"], jo["job_title"]) == ("Acme", "Chef")
    assert found.one("tie")["since_at"] == dt.datetime(2023, 10, 3, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "header",
    [
        "Nombre,Apellidos,Dirección de correo electrónico,Empresa,Cargo,Conectado el",
        "Prénom,Nom,Adresse e-mail,Entreprise,Poste,Connecté le",
    ],
)
def test_old_connections_without_addresses_are_known_in_other_languages(tmp_path, header):
    found = read(LinkedIn(), write_files(tmp_path / "x", {"Connections.csv": f"{header}\nAna,Souza,a@x.org,Acme,Chef,8-Feb-26\n"}))
    ana = found.one("person", given_name="Ana")
    assert (ana["emails"], ana["employer"], ana["job_title"]) == (["a@x.org"], "Acme", "Chef")
    assert found.one("tie")["since_at"] == dt.datetime(2026, 2, 8, tzinfo=dt.UTC)  # as Excel saves it


def test_what_linkedins_bots_write_is_nobodys_message(tmp_path):
    header = "CONVERSATION ID,FROM,SENDER PROFILE URL,TO,RECIPIENT PROFILE URLS,DATE,SUBJECT,CONTENT,FOLDER\n"
    row = "1,Ana Souza,https://www.linkedin.com/in/ana,Pedro,https://www.linkedin.com/in/pedro,2025-06-01 14:03:22 UTC,,hi,INBOX\n"
    files = {"messages.csv": header + row, "guide_messages.csv": header + row, "learning_role_play_messages.csv": header + row}
    found = read(LinkedIn(), write_files(tmp_path / "x", files), visit_of("linkedin", name="Pedro"))
    assert found.counts["interaction"] == 1


def test_a_header_nobody_knows_is_one_refusal_that_says_what_is_wanted(tmp_path):
    folder = write_files(
        tmp_path / "export", {"Invitations.csv": "Von,An,Gesendet\na,b,c\n", "Connections.csv": HEADERS["Connections"] + "\n"}
    )
    found = read(LinkedIn(), folder, visit_of("linkedin", urls=URLS))
    assert found.rules == {"unreadable_file": 1} and "From, To, Sent At and Direction" in found.refusals[0].reason


def test_a_file_alone_is_known_by_its_header(tmp_path):
    folder = write_files(tmp_path / "one", {"renamed.csv": HEADERS["Reactions"] + "\n2024-01-15 10:00:00,LIKE,x\n"})
    assert read(LinkedIn(), folder / "renamed.csv", visit_of("linkedin", urls=URLS)).one("utterance")["text"] == "Like"


CELL = st.text(alphabet=st.characters(exclude_characters='"\r\n\x00', exclude_categories=("Cs",)), max_size=6) | st.sampled_from(
    ["INCOMING", "1/29/26, 2:37 PM", "2024-01-15 10:00:00", f"{IN}jo", "Jo", "DECLINED"]
)
QUICK = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@QUICK
@given(name=st.sampled_from(sorted(set(HEADERS) - {"Connections"})), data=st.data())
def test_no_row_vanishes_whatever_its_cells_say(tmp_path, name, data):
    width = HEADERS[name].count(",") + 1
    rows = data.draw(st.lists(st.tuples(*[CELL] * width), max_size=4))
    for path in (tmp_path / "export").glob("*"):
        path.unlink()
    found = export(tmp_path, {name: "".join(",".join(f'"{cell}"' for cell in row) + "\n" for row in rows)})
    lines = {item.source_line for item in found.refusals} | {record.values.get("source_line") for record in found.records}
    assert set(range(2, len(rows) + 2)) <= lines


@QUICK
@given(content=st.binary(max_size=100), name=st.sampled_from(["Invitations.csv", "Contacts.csv", "Shares.csv", "Company Follows.csv"]))
def test_any_bytes_are_read_or_unreadable(tmp_path, content, name):
    folder = write_files(tmp_path / "bytes", {name: content})
    try:
        read(LinkedIn(), folder / name)
    except UnreadableError as error:
        assert "\n" not in str(error)


CONNECTIONS = "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n"


def since(tmp_path, *dates: str) -> list[str]:
    rows = "".join(f'Jo,Doe {chr(97 + n)},https://www.linkedin.com/in/jo{n},,,,"{date}"\n' for n, date in enumerate(dates))
    found = read(LinkedIn(), write_files(tmp_path, {"Connections.csv": CONNECTIONS + rows}))
    return [f"{row['since_at']:%Y-%m-%d}" if row["since_at"] else "?" for row in found.of("tie")]


@pytest.mark.parametrize("written", ["08 Feb 2026", "8 Feb 2026", "Feb 8, 2026", "February 8, 2026", "2026-02-08", "2026/02/08", "8.2.2026", "08.02.26", "8. Februar 2026", "8 de fevereiro de 2026", "2026-02-08 00:00:00 UTC"])  # fmt: skip
def test_a_day_is_told_by_its_own_signs(tmp_path, written):
    assert since(tmp_path, written) == ["2026-02-08"]


def test_numbers_are_ordered_as_the_other_rows_of_the_file_are(tmp_path):
    assert since(tmp_path / "a", "2/8/26", "12/31/25") == ["2026-02-08", "2025-12-31"]
    assert since(tmp_path / "b", "2/8/26", "31/12/25") == ["2026-08-02", "2025-12-31"]
    assert since(tmp_path / "c", "2/8/26", "3/3/26") == ["?", "2026-03-03"]  # nothing tells
    assert since(tmp_path / "d", "2/8/26", "12/31/25", "31/12/25") == ["?", "2025-12-31", "2025-12-31"]  # two say two things


@pytest.mark.parametrize(
    ("written", "hour"),
    [("07/28/24, 01:20 PM", 13), ("7/28/24, 1:20\u202fPM", 13), ("28/07/2024, 13:20", 13), ("Jul 28, 2024, 1:20 PM", 13), ("28 Jul 2024 13:20", 13), ("2024/07/28 13:20:49 UTC", 13), ("28.07.2024 13:20", 13)],
)  # fmt: skip
def test_a_recommendation_is_dated_in_every_notation(tmp_path, written, hour):
    head = "First Name,Last Name,Company,Job Title,Text,Creation Date,Status\n"
    files = {"Recommendations_Received.csv": head + f'Jo,Doe,Acme,Chef,She found us a home.,"{written}",VISIBLE\n'}
    found = read(LinkedIn(), write_files(tmp_path, files))
    assert f"{found.one('review')['occurred_at']:%Y-%m-%d %H}" == f"2024-07-28 {hour}"
    assert found.rules == {}
