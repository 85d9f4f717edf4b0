"""The pages as a browser gets them."""

import csv
import datetime as dt
import html
import io
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from commonground.identity import verdicts
from commonground_airflow.pages.app import HERE, READER, make_app
from commonground_airflow.pages.store import Store
from published import write_published

ZOE = "/people/caaaaaaaaaaa1"
STATIC = [f"/static/{file.name}" for file in sorted((HERE / "static").iterdir())]
ADDRESSES = [
    "/", "/groups", "/groups?format=csv", "/groups?group=later&page=2", "/today", "/today?format=csv", "/matches", "/matches?format=csv", ZOE, "/people/cmerged1", "/people/ghost",
    "/nowhere", "/docs", "/redoc", "/openapi.json", "/people/a/b", *STATIC,
]  # fmt: skip


def words_of(page: str) -> str:
    """What a person reads: no tags, single spaces."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split()).replace(" ,", ",")


def rows_of(page: str) -> list[str]:
    return [words_of(row) for row in re.findall(r"<tr>(.*?)</tr>", page, re.S)][1:]


@pytest.mark.parametrize("address", ADDRESSES)
def test_nobody_reads_anything_without_airflows_login(address: str, published: Path, client_of: Callable[..., TestClient]):
    answer = client_of(published, is_logged_in=False).get(address)
    assert answer.status_code == 401
    assert "Quill" not in answer.text


def test_every_route_asks_who_is_calling(published: Path):
    app = make_app(Store(lambda: published))
    assert {route.path for route in app.routes} >= {"/groups", "/today", "/people/{contact_id}", "/static/{name}"}
    for route in app.routes:
        assert route.dependant.dependencies, f"{route.path} lets anybody in"


def test_the_pages_begin_with_the_groups(pages: TestClient):
    assert pages.get("/").headers["location"] == "groups"


def test_the_tabs_say_how_many_are_in_each_group_and_what_it_means(pages: TestClient):
    text = words_of(pages.get("/groups").text)
    assert "now 2 Needs the team now or very soon" in text
    assert "later 121 Local, will need the team one day" in text
    assert "evangelist 1 Elsewhere, sends friends and family" in text
    assert "unplaced 1 In none" in text
    assert "1 person asks not to be contacted" in text
    assert "run 20261123T100000_test" in text


def test_a_row_of_now_says_why_with_evidence_common_ground_and_the_way_in(pages: TestClient):
    page = pages.get("/groups").text
    row = rows_of(page)[0]
    for word in (
        "Zoë Quill",
        "Her listing expired",
        "Listing of 9 Elm St expired",
        "zydeco",
        "knows them directly",
        "2026-10-03, call",
        "Ana Ruiz",
    ):
        assert word in row
    assert 'href="people/caaaaaaaaaaa1"' in page
    assert 'href="https://mls.example/77"' in page


def test_the_search_finds_words_without_their_accents_and_in_any_column(pages: TestClient):
    assert [row.split()[1] for row in rows_of(pages.get("/groups?q=zoe").text)] == ["Zoë"]
    assert len(rows_of(pages.get("/groups?q=windsor").text)) == 1
    assert len(rows_of(pages.get("/groups?q=ZYDECO").text)) == 1
    assert "Nobody here with “zz'; DROP”" in words_of(pages.get("/groups", params={"q": "zz'; DROP"}).text)


def test_the_list_can_be_narrowed_to_one_owner(pages: TestClient):
    rows = rows_of(pages.get("/groups?owner=ana").text)
    assert len(rows) == 1 and "Zoë" in rows[0]


def test_fifty_a_page_with_links_that_keep_the_filter(pages: TestClient):
    first = pages.get("/groups?group=later&owner=ben").text
    assert len(rows_of(first)) == 50
    assert "Page 1 of 3, 120 people" in words_of(first)
    assert 'rel="next" href="groups?group=later&amp;owner=ben&amp;page=2"' in first
    last = pages.get("/groups?group=later&owner=ben&page=3").text
    assert len(rows_of(last)) == 20 and 'rel="next"' not in last
    assert len(rows_of(pages.get("/groups?group=later&page=99").text)) == 50  # beyond the end, and no number at all: the first
    assert len(rows_of(pages.get("/groups?group=later&page=x").text)) == 50


def test_evangelists_show_whom_they_know_here_and_unplaced_their_reason(pages: TestClient):
    assert "Knows here: Zoë Quill" in words_of(pages.get("/groups?group=evangelist").text)
    assert "too little known" in words_of(pages.get("/groups?group=unplaced").text)


def test_an_unknown_group_is_not_found_and_says_which_there_are(pages: TestClient):
    answer = pages.get("/groups", params={"group": "<b>"})
    assert answer.status_code == 404
    assert "now, later, evangelist and unplaced" in answer.text and "<b>" not in answer.text


def test_the_csv_is_the_visible_columns_and_filter_of_all_pages(pages: TestClient):
    page = pages.get("/groups?group=later&owner=ben")
    answer = pages.get("/groups?group=later&owner=ben&format=csv")
    titles, *rows = csv.reader(io.StringIO(answer.text))
    assert titles == [words_of(title) for title in re.findall(r"<th[^>]*>(.*?)</th>", page.text)]
    assert len(rows) == 120
    assert answer.headers["content-type"].startswith("text/csv")
    assert 'filename="commonground-later-2026-11-23.csv"' in answer.headers["content-disposition"]
    today = list(csv.DictReader(io.StringIO(pages.get("/today?format=csv").text)))
    assert today[0]["Household"] == "Max Quill, Zoë Quill"


def test_no_cell_of_the_csv_is_a_formula(pages: TestClient):
    text = pages.get("/groups?owner=ben&format=csv").text
    (row,) = list(csv.reader(io.StringIO(text, newline="")))[1:]
    assert [cell[:2] for cell in row[2:7]] == ["'=", "'+", "'-", "'\t", "'\r"]


def test_today_is_one_row_per_household_with_ways_to_reach_it(pages: TestClient):
    page = pages.get("/today").text
    (row,) = rows_of(page)
    assert "Max Quill, Zoë Quill" in row and "+17075550101" in row
    assert 'data-copy="+17075550101"' in page and 'href="mailto:zoe@quill.example"' in page


def test_the_card_tells_everything_with_its_evidence(pages: TestClient):
    text = words_of(pages.get(ZOE).text)
    for part in (
        "Zoë Quill now", "since 2026-11-02", "Max Quill", "9 Elm St, Windsor, CA", "12 km", "Next step Call her",
        "mls, 2026-11-02", "listing expired (sell), weight 80 %, 9 Elm St (Expired), record 77 of mls",
        "Zydeco with Ana Ruiz", "I play the rubboard", "Zydeco all night", "facebook, 2026-10-03",
        "Navy with Ben Ode both said so; never used for ranking", "in their own words, 4 times",
        "Ben Ode → Far Friend → Zoë Quill good (42 %)", "12 calls since 2024", "neighbours on Elm St",
        "She knows every street", "they know each other", "score 87 %", "later → now",
        "crm 17 the model compared name, address and channels 97 % email: +9.3, name: -1.0",
    ):  # fmt: skip
        assert part in text, part


def test_the_card_of_a_friend_elsewhere_says_whom_they_could_introduce(pages: TestClient):
    text = words_of(pages.get("/people/caaaaaaaaaaa4").text)
    assert "Ana Ruiz knows them directly" in text
    assert "Whom they could introduce Knows here: Zoë Quill Zoë Quill now good (42 %)" in text


def test_dates_are_those_of_the_markets_calendar(published: Path):
    app = make_app(Store(lambda: published, lambda: "Asia/Tokyo"))  # where 18:30 UTC is the next day
    app.dependency_overrides[READER] = lambda: None
    assert "2026-10-04, call" in TestClient(app).get(ZOE).text


def test_restricted_interests_that_only_one_side_stated_are_not_shown(pages: TestClient):
    assert "Only she said this" not in pages.get(ZOE).text


def test_what_is_missing_is_not_known(pages: TestClient):
    text = words_of(pages.get("/people/caaaaaaaaaaa6").text)
    for part in ("Owner not known", "Home not known", "Phone not known", "Mail not known", "CRM stage not known"):
        assert part in text, part
    assert "None" not in text


def test_of_somebody_who_opted_out_the_card_keeps_the_channels_back(pages: TestClient):
    page = pages.get("/people/caaaaaaaaaaa5").text
    assert "Do not contact." in page and "unsubscribed in crm" in page
    assert "shy@away.example" not in page and "+17075550199" not in page
    assert "Next step" not in page


def test_a_merged_id_leads_to_the_contact_that_lives_on_over_any_number_of_merges(pages: TestClient):
    for old in ("cmerged2", "cmerged1"):
        answer = pages.get(f"/people/{old}")
        assert (answer.status_code, answer.headers["location"]) == (301, "caaaaaaaaaaa1")


def test_an_unknown_id_is_not_found_and_an_old_one_says_what_became_of_it(pages: TestClient):
    assert pages.get("/people/ghost").status_code == 404
    assert pages.get("/people/" + "x" * 500).status_code == 404
    gone = pages.get("/people/cgone")
    assert gone.status_code == 404 and "told apart" in gone.text and "Far Friend" in gone.text
    assert "team member" in pages.get("/people/ana").text


@pytest.mark.parametrize("address", ["/groups", "/groups?q=%3Cscript%3E", ZOE, "/people/caaaaaaaaaaa3", "/today", "/matches"])
def test_texts_from_outside_are_never_markup_nor_links_to_scripts(address: str, pages: TestClient):
    page = pages.get(address).text
    assert "<script>alert" not in page
    assert not re.search(r"href=\"\s*javascript:", page, re.I)
    assert " style=" not in page and " onclick=" not in page  # nothing inline: the policy forbids it
    assert all("src=" in script for script in re.findall(r"<script[^>]*>", page))


def test_nothing_is_fetched_from_elsewhere(pages: TestClient):
    for address in ("/groups", "/today", "/matches", ZOE):
        answer = pages.get(address)
        assert answer.headers["content-security-policy"].startswith("default-src 'self'")
        assert answer.headers["cache-control"] == "no-store"
        for link in re.findall(r"<(?:script|link|img)[^>]*(?:src|href)=\"([^\"]+)\"", answer.text):
            assert re.match(r"(\.\./)?static/", link), link
    assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org)", "".join(pages.get(address).text for address in STATIC))


def test_links_outward_are_marked_for_the_frame(pages: TestClient):
    for address in ("/groups", ZOE):
        for tag in re.findall(r"<a [^>]*>", pages.get(address).text):
            is_outward = re.search(r'href="(https?:|tel:|mailto:)', tag) or "target=" in tag
            assert not is_outward or "data-outward" in tag, tag


def test_before_the_first_night_the_pages_say_how_to_have_one(tmp_path: Path, client_of: Callable[..., TestClient]):
    client = client_of(tmp_path / "commonground.duckdb")
    for address in ("/groups", "/today", ZOE, "/groups?format=csv"):
        answer = client.get(address)
        assert answer.status_code == 200
        assert "nightly_load" in answer.text and "make demo" in answer.text
    assert 'href="../static/style.css' in client.get(ZOE).text
    assert 'href="static/style.css' in client.get("/groups").text


def test_a_file_that_is_no_published_file_is_said_to_be_so(tmp_path: Path, client_of: Callable[..., TestClient]):
    path = tmp_path / "commonground.duckdb"
    path.write_text("not a database, and far too short to be one")
    answer = client_of(path).get("/groups")
    assert answer.status_code == 503 and "cannot be read" in answer.text


def test_news_older_than_a_night_is_marked(tmp_path: Path, client_of: Callable[..., TestClient]):
    def page_of(hours: float) -> str:
        path = write_published(tmp_path / f"{hours}.duckdb", {}, dt.datetime.now(dt.UTC) - dt.timedelta(hours=hours))
        return words_of(client_of(path).get("/groups").text)

    assert "This is old news. The newest run ended 27 hours ago" in page_of(27)
    assert "old news" not in page_of(25)


def test_feeds_that_did_not_load_are_named(tmp_path: Path, client_of: Callable[..., TestClient]):
    feeds = [{"feed": "crm", "is_enabled": True, "is_stale": True}, {"feed": "mls", "is_enabled": True, "is_stale": False}]
    path = write_published(tmp_path / "commonground.duckdb", {"feeds": feeds})
    assert "Not loaded last night: crm ." in words_of(client_of(path).get("/groups").text).replace("crm.", "crm .")


def test_an_empty_group_says_so(tmp_path: Path, client_of: Callable[..., TestClient]):
    path = write_published(tmp_path / "commonground.duckdb", {})
    assert "Nobody is in this group as of 2026-11-23" in client_of(path).get("/groups").text
    assert "Nobody is due today" in client_of(path).get("/today").text


def test_the_matches_stand_worst_first_with_both_sides_and_what_speaks_for_and_against(pages: TestClient):
    first, second = rows_of(pages.get("/matches").text)
    for text in (
        "Far Friend",
        "far@away.example",
        "crm, l1",
        "given name: same",
        "city: different",
        "two people",
        "70 %",
        "evangelist and team",
    ):
        assert text in first, text
    assert "kept apart: nothing but the name speaks for it" in first
    assert "Max Quill" in second
    assert "one person" in second
    assert "Matches 2 in doubt" in words_of(pages.get("/matches").text)


def test_the_matches_of_one_contact_are_found_by_its_id(pages: TestClient):
    assert 'href="../matches?q=caaaaaaaaaaa1"' in pages.get(ZOE).text
    (row,) = rows_of(pages.get("/matches?q=caaaaaaaaaaa1").text)
    assert "Max Quill" in row


def test_a_button_names_the_two_records_it_judges(pages: TestClient):
    (conf, _) = re.findall(r'data-conf="([^"]*)"', pages.get("/matches").text)
    expected = {"left_feed": "crm", "left_record_id": "l1", "right_feed": "blog", "right_record_id": "r'1\""}
    assert json.loads(html.unescape(conf)) == expected


def test_what_was_said_of_a_pair_since_the_night_stands_beside_it(tmp_path: Path, published: Path, client_of: Callable[..., TestClient]):
    path = Path(shutil.copy(published, tmp_path))
    verdicts.record(tmp_path, ("crm", "l2"), ("blog", "r'2\""), "different", "Ana <Ruiz>")
    first, second = rows_of(client_of(path).get("/matches").text)
    assert "Noted" not in first
    assert "Noted: different people, says Ana <Ruiz>" in second
    verdicts.verdicts_file(tmp_path).write_text("{")
    assert client_of(path).get("/matches").status_code == 200


def test_without_doubt_the_matches_say_so(tmp_path: Path, client_of: Callable[..., TestClient]):
    path = write_published(tmp_path / "commonground.duckdb", {})
    assert "Nothing is in doubt." in client_of(path).get("/matches").text
