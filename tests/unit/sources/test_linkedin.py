"""LinkedIn exports: who is in them, who wrote to whom, and which rows are none."""

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commonground.errors import UnreadableError
from commonground.sources.social.linkedin import LinkedIn, slug
from exports import Found, fixture, read, visit_of, write_files, write_zip

CONNECTIONS = "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n"
MESSAGES = (
    "CONVERSATION ID,CONVERSATION TITLE,FROM,SENDER PROFILE URL,TO,RECIPIENT PROFILE URLS,DATE,SUBJECT,CONTENT,FOLDER,"
    "ATTACHMENTS,IS MESSAGE DRAFT,IS CONVERSATION DRAFT\n"
)
IN = "https://www.linkedin.com/in/"
PEDRO = f"Pedro Fuentes,{IN}pedro"


def export(tmp_path, visit=None, **files) -> Found:
    return read(LinkedIn(), write_files(tmp_path / "export", {f"{name}.csv": text for name, text in files.items()}), visit)


def message(sender, recipient, content, *, thread="t1", title="", date="2024-03-15 09:30:00 UTC", folder="INBOX", draft="No") -> str:
    return f'{thread},{title},{sender},{recipient},{date},,"{content}",{folder},,{draft},No\n'


def test_the_real_export_has_two_connections_two_messages_and_one_bad_row():
    found = read(LinkedIn(), fixture("linkedin"))
    assert found.counts == {"person": 4, "tie": 2, "utterance": 4, "interaction": 2}
    assert [(refusal.rule, refusal.source_file, refusal.source_line) for refusal in found.refusals] == [
        ("bad_row", "kawsay_messages.csv", 5)
    ]
    jose = found.one("person", record_id="josegarcia")
    assert (jose["full_name"], jose["employer"], jose["job_title"], jose["source_line"]) == (
        "José García",
        "Acme, Inc.",
        "Senior Engineer",
        5,
    )
    assert found.one("tie", dst_ref="aesop")["since_at"] == dt.datetime(2024, 2, 3, tzinfo=dt.UTC)
    assert found.one("utterance", author_ref="josegarcia")["text"] == "Senior Engineer at Acme, Inc."
    assert found.one("person", record_id="pedro")["agent_id"] == "pedro"
    assert [(row["person_ref"], row["direction"]) for row in found.of("interaction")] == [("analopez", "in"), ("analopez", "out")]


def test_who_the_owner_is_stays_open_when_two_people_could_be():
    found = read(LinkedIn(), fixture("linkedin"), visit_of("linkedin", name="Somebody Else"))
    assert found.one("person", agent_id="pedro")["record_id"] == "owner"
    assert found.of("interaction") == []
    assert {row["author_ref"] for row in found.of("utterance", utterance_type="message")} == {"analopez", "pedro"}


def test_columns_may_stand_in_any_order_and_below_any_preamble(tmp_path):
    text = "\ufeffAny words\nat all\n\nConnected On,Position,URL,Last Name,First Name\n15 Jan 2024,Chef," + IN + "Jo-Doe/,Doe,Jo\n"
    found = export(tmp_path, my_CONNECTIONS=text)
    assert found.one("person", record_id="jo-doe")["full_name"] == "Jo Doe"
    assert found.one("utterance", author_ref="jo-doe")["text"] == "Chef"


def test_the_german_header_is_known(tmp_path):
    header = "Vorname,Nachname,URL,E-Mail-Adresse,Unternehmen,Position,Verbunden am\n"
    found = export(tmp_path, Connections=header + f"Jörg,Weiß,{IN}joerg,j@example.org,Bäckerei,Meister,03 Okt 2023\n")
    person = found.one("person", record_id="joerg")
    assert (person["emails"], person["employer"]) == (["j@example.org"], "Bäckerei")
    assert found.one("tie")["since_at"] == dt.datetime(2023, 10, 3, tzinfo=dt.UTC)


def test_old_exports_without_url_are_keyed_by_name_and_company(tmp_path):
    header = "First Name,Last Name,Company,Position,Connected On\n"
    found = export(tmp_path, Connections=header + "Jo,Doe,Acme,,01 Jan 2020\nJo,Doe,Globex,,01 Jan 2020\n")
    assert len({row["record_id"] for row in found.of("person") if row["full_name"] == "Jo Doe"}) == 2


def test_closed_accounts_and_unreadable_dates_are_refused_but_not_the_person(tmp_path):
    found = export(tmp_path, Connections=CONNECTIONS + f",,,,,,01 Jan 2020\nJo,Doe,{IN}jo,,,,1 Foo 2020\n")
    assert found.rules == {"closed_account": 1, "bad_date": 1}
    assert found.one("tie", dst_ref="jo").get("since_at") is None
    assert found.one("person", record_id="jo")["family_name"] == "Doe"


def test_credentials_in_the_last_name_are_no_name(tmp_path):
    found = export(tmp_path, Connections=CONNECTIONS + f'Dr. Jane A.,"Doe, MBA, PMP",{IN}jane,,,,01 Jan 2020\n')
    jane = found.one("person", record_id="jane")
    assert (jane["given_name"], jane["middle_name"], jane["family_name"], jane["name_suffix"]) == ("Jane", "A.", "Doe", "MBA, PMP")


def test_a_member_without_a_name_matches_nobody(tmp_path):
    rows = f"LinkedIn,Member,{IN}ghost,,,,01 Jan 2020\n"
    found = export(tmp_path, Connections=CONNECTIONS + rows, messages=MESSAGES + message("LinkedIn Member,", PEDRO, "Hello"))
    assert {row["person_type"] for row in found.of("person") if row["record_id"] != "pedro"} == {"placeholder"}
    assert len(found.of("interaction")) == 1


def test_drafts_and_spam_are_refused_as_such(tmp_path):
    jo = f"Jo Doe,{IN}jo"
    rows = message(jo, PEDRO, "Hi") + message(PEDRO, jo, "Dear", draft="Yes") + message(jo, PEDRO, "Buy!", folder="SPAM")
    found = export(tmp_path, messages=MESSAGES + rows)
    assert found.rules == {"draft": 1, "spam": 1}
    assert found.counts["interaction"] == 1


def test_people_of_a_group_thread_are_tied_to_each_other(tmp_path):
    both = f'"Jo Doe,Ann Lee","{IN}jo,{IN}ann"'
    rows = message(PEDRO, both, "Lunch?", thread="g", title="Foodies") + message(
        f"Ann Lee,{IN}ann", f'"Jo Doe,Pedro Fuentes","{IN}jo,{IN}pedro"', "Yes", thread="g"
    )
    found = export(tmp_path, messages=MESSAGES + rows)
    tie = found.one("tie")
    assert (tie["src_ref"], tie["dst_ref"], tie["tie_type"]) == ("ann", "jo", "conversation")
    assert "Foodies" in tie["evidence_text"]
    assert sorted((row["person_ref"], row["direction"]) for row in found.of("interaction")) == [
        ("ann", "in"),
        ("ann", "out"),
        ("jo", "out"),
    ]
    assert found.one("utterance", text="Lunch?")["author_ref"] == "pedro"


def test_names_with_commas_do_not_shift_the_profiles_of_a_thread(tmp_path):
    both = f'"Jo Doe, MBA,Ann Lee","{IN}jo,{IN}ann"'
    found = export(tmp_path, Connections=CONNECTIONS + f"Jo,Doe,{IN}jo,,,,01 Jan 2020\n", messages=MESSAGES + message(PEDRO, both, "Hi"))
    assert {row["person_ref"] for row in found.of("interaction")} == {"jo", "ann"}
    assert found.one("person", record_id="ann").get("full_name") in (None, "")


def test_the_owner_is_told_by_the_profile_then_by_being_in_every_thread(tmp_path):
    profile = "First Name,Last Name,Headline,Summary,Geo Location\nMaria,Ruiz,Realtor,I love zydeco.,Santa Rosa\n"
    rows = message(f"Jo Doe,{IN}jo", f"Maria Ruiz,{IN}maria-r", "Hi") + message(
        f"Ann Lee,{IN}ann", f"Maria Ruiz,{IN}maria-r", "Hi", thread="t2"
    )
    found = export(tmp_path, Profile=profile, messages=MESSAGES + rows)
    assert found.one("person", agent_id="pedro")["record_id"] == "maria-r"
    assert {row["utterance_type"]: row["text"] for row in found.of("utterance", author_ref="maria-r")} == {
        "headline": "Realtor", "bio": "I love zydeco.", "current_city": "Santa Rosa",
    }  # fmt: skip
    found = read(LinkedIn(), write_files(tmp_path / "bare", {"messages.csv": MESSAGES + rows}))
    assert found.one("person", agent_id="pedro")["record_id"] == "maria-r"


def test_positions_and_schools_are_the_owners(tmp_path):
    positions = (
        "Company Name,Title,Description,Location,Started On,Finished On\nUnited States Navy,Petty Officer,,San Diego,Jun 1999,Aug 2005\n"
    )
    schools = "School Name,Start Date,End Date,Notes,Degree Name,Activities\nSonoma State University,2005,2009,,BA,Jazz ensemble\n,,,,,\n"
    found = export(tmp_path, Positions=positions, Education=schools)
    assert found.one("utterance", utterance_type="position")["text"] == "Petty Officer at United States Navy"
    assert found.one("utterance", utterance_type="education")["text"] == "BA, Sonoma State University\nJazz ensemble"
    assert found.rules == {"missing_text": 1}


def test_a_zip_in_a_folder_and_a_single_renamed_file_are_read_alike(tmp_path):
    text = CONNECTIONS + f"Jo,Doe,{IN}jo,,,,01 Jan 2020\n"
    (tmp_path / "drop").mkdir()
    write_zip(tmp_path / "drop" / "Basic_LinkedInDataExport_01-02-2026.zip", {"Export/CONNECTIONS.CSV": text})
    (tmp_path / "people.csv").write_text(text)
    assert read(LinkedIn(), tmp_path / "drop").counts == read(LinkedIn(), tmp_path / "people.csv").counts == {"person": 2, "tie": 1}


def test_what_is_no_linkedin_export_is_one_line(tmp_path):
    for files in ({"a.txt": "hello"}, {"Connections.csv": "a,b\n1,2\n"}, {"notes.csv": "a,b\n"}):
        folder = write_files(tmp_path / next(iter(files)), files)
        with pytest.raises(UnreadableError) as caught:
            read(LinkedIn(), folder)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "key"),
    [
        (f"{IN}Jos%C3%A9-G/", "josé-g"),
        ("linkedin.com/in/jo?trk=x", "jo"),
        ("https://de.linkedin.com/in/jo#a", "jo"),
        ("", None),
        ("https://[", None),
    ],
)
def test_the_key_of_a_person_is_the_end_of_their_address(url, key):
    assert slug(url) == key


ANYTHING = st.text(alphabet=st.characters(codec="utf-8", exclude_characters='"\x00'), max_size=12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(rows=st.lists(st.tuples(*[ANYTHING] * 7), max_size=5))
def test_no_connection_vanishes_whatever_its_cells_say(tmp_path, rows):
    body = "".join(",".join(f'"{cell}"' for cell in row) + "\n" for row in rows)
    found = export(tmp_path, Connections=CONNECTIONS + body)
    lines = {row.values.get("source_line") for row in found.records if row.values.get("dst_ref")} | {
        row.source_line for row in found.refusals
    }
    assert len(lines - {None}) == len(rows)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(rows=st.lists(st.tuples(*[ANYTHING] * 6, st.sampled_from(["2024-03-15 09:30:00 UTC", "x", ""]), *[ANYTHING] * 6), max_size=5))
def test_no_message_vanishes_whatever_its_cells_say(tmp_path, rows):
    body = "".join(",".join(f'"{cell}"' for cell in row) + "\n" for row in rows)
    found = export(tmp_path, messages=MESSAGES + body)
    lines = {row.values.get("source_line") for row in found.records if row.kind != "person"} | {row.source_line for row in found.refusals}
    assert len(lines - {None}) == len(rows)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(content=st.binary(max_size=200), name=st.sampled_from(["Connections.csv", "messages.csv", "Profile.csv", "a.zip"]))
def test_any_bytes_are_read_or_unreadable(tmp_path, content, name):
    try:
        read(LinkedIn(), write_files(tmp_path / "any", {name: content}) / name)
    except UnreadableError as error:
        assert "\n" not in str(error)
