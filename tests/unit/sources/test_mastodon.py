"""Mastodon: pages that only the Link header knows, lists that are hidden, words in HTML, what recorded servers said."""

import datetime as dt
import json

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commonground.config import Credentials
from commonground.errors import ConfigError, CredentialsError, UnreadableError
from commonground.sources.base import Page, Visit
from commonground.sources.social.mastodon import Mastodon, actors
from exports import Found, fixture, read, visit_of, write_files
from vendor_server import Asked, Reply, serving

URLS = ("https://social.example/@pedro",)


def account(number="1", acct="pedro", name="Pedro Fuentes", **more):
    host = acct.partition("@")[2] or "social.example"
    url = f"https://{host}/@{acct.partition('@')[0]}"
    return {"id": number, "username": acct.partition("@")[0], "acct": acct, "display_name": name, "url": url, "note": "", "created_at": "2022-11-08T00:00:00.000Z", **more}  # fmt: skip


OWNER, JO = account(), account("2", "jo@other.example", "Jo :blobcat: Doe")


def status(number="100", text="<p>Out on the bay</p>", *, by=OWNER, at="2026-10-01T10:00:00.000Z", **more):
    base = {"id": number, "created_at": at, "content": text, "account": by, "visibility": "public", "reblog": None, "mentions": []}
    return {**base, "url": f"https://social.example/@pedro/{number}", "spoiler_text": "", "in_reply_to_account_id": None, **more}


def conform(body, visit=None) -> Found:
    return Found(Mastodon().conform(Page("saved", "saved.json", body), visit or visit_of("mastodon", urls=URLS)))


def recorded(name) -> list[tuple[str, object]]:
    """(path, body) of every GET that a cassette recorded."""
    tape = yaml.safe_load((fixture("mastodon") / name).read_text())
    turns = [turn for turn in tape["interactions"] if turn["request"]["method"] == "GET"]
    return [(turn["request"]["uri"], json.loads(turn["response"]["body"]["string"])) for turn in turns]


def test_the_real_statuses_are_read():
    found = read(Mastodon(), fixture("mastodon") / "perkeep_user_statuses.json")
    # one account with a note, two statuses, one of them behind a warning
    assert found.counts == {"person": 1, "utterance": 3}
    assert found.refusals == []
    assert found.one("utterance", record_id="194")["text"] == "MULTIPLE\nLINES\nOF\nTEXT"
    assert found.one("utterance", record_id="193")["text"] == "I'm the spoiler text.\nA status with a spoiler text."
    assert found.one("utterance", utterance_type="bio")["text"] == "Hello I am test"


def test_recorded_answers_of_a_server_are_read():
    pages = [body for uri, body in recorded("cassettes__test_fetch_next_previous.yaml") if "/statuses?" in uri]
    found = conform([item for page in pages for item in page])
    # three pages of five
    assert len(found.of("utterance", utterance_type="post")) == sum(len(page) for page in pages) == 15
    assert {row["occurred_at"].year for row in found.of("utterance", utterance_type="post")} == {2026}
    familiar = [body for uri, body in recorded("cassettes__test_account_familiar_followers.yaml") if uri.endswith("familiar_followers")]
    assert familiar
    for body in familiar:
        found = conform({"me": OWNER, "familiar": body})
        assert found.refusals == []
        assert len(found.of("tie")) == 2 * sum(len(one["accounts"]) for one in body)


def test_people_have_their_address_and_only_links_that_were_proven():
    fields = [
        {"name": "Blog", "value": '<a href="https://jo.example/blog">jo.example</a>', "verified_at": "2024-01-01T00:00:00Z"},
        {"name": "Also", "value": '<a href="https://celebrity.example">me</a>', "verified_at": None},
    ]
    found = conform([{**JO, "fields": fields, "note": "<p>Zydeco &amp; pie</p>"}])
    person = found.one("person")
    assert person["full_name"] == "Jo Doe"
    assert person["urls"] == ["https://other.example/@jo", "https://jo.example/blog"]
    assert found.one("utterance")["text"] == "Zydeco & pie\nBlog: jo.example\nAlso: me"
    assert conform([OWNER]).one("person")["agent_id"] == "pedro"
    assert conform([account("9", "newsbot", "News", bot=True)]).one("person")["person_type"] == "organization"


def test_replies_shares_mentions_and_what_is_not_for_all():
    jo = {"id": "2", "username": "jo", "acct": "jo@other.example", "url": JO["url"]}
    rows = [
        status("1"),
        status("2", "<p>Lovely!</p>", in_reply_to_id="77", in_reply_to_account_id="2", mentions=[jo]),
        status("3", "", reblog=status("70", "<p>Zydeco tonight</p>", by=JO)),
        status("4", "<p>With @jo</p>", mentions=[jo]),
        status("5", "<p>and more</p>", in_reply_to_id="1", in_reply_to_account_id="1"),
        status("6", "<p>between us</p>", visibility="private"),
        status("7", "", media_attachments=[{"description": "A heron"}]),
        status("8", ""),
        42,
    ]
    found = conform(rows)
    said = {row["record_id"]: (row["utterance_type"], row["target_ref"], row["text"]) for row in found.of("utterance")}
    assert said == {
        "1": ("post", None, "Out on the bay"),
        "2": ("comment", "2", "Lovely!"),
        "3": ("reaction", "2", "Shared: Zydeco tonight"),
        "4": ("post", "2", "With @jo"),
        "5": ("post", None, "and more"),
        "7": ("post", None, "A heron"),
    }
    assert found.one("utterance", record_id="2")["thread_id"] == "77"
    assert found.rules == {"withheld": 1, "missing_text": 1, "unknown_shape": 1}
    assert "between us" not in str(found.items)


def test_a_time_of_another_convention_is_refused():
    assert conform([status(at="01/10/2026 10:00")]).rules == {"bad_date": 1}


class Instance:
    """A server of two accounts a page; `hides` and `wants_token` as real ones do."""

    def __init__(self, *, hides=False, wants_token=False, statuses=()):
        self.hides, self.wants_token, self.statuses = hides, wants_token, list(statuses)
        self.people = [account(str(n), f"p{n}", f"P {n}") for n in range(10, 15)]

    def __call__(self, asked: Asked) -> Reply:
        has_token = asked.headers.get("Authorization") == "Bearer secret-token"
        if self.wants_token and not has_token:
            return Reply({"error": "This method requires an authenticated user"}, 401)
        if asked.path.endswith("/lookup"):
            known = asked.query["acct"] in ("pedro", "pedro@social.example")
            return Reply({**OWNER, "hide_collections": self.hides}) if known else Reply({"error": "Record not found"}, 404)
        if asked.path.endswith("verify_credentials"):
            return Reply(account("50", "ana", "Ana"))
        if asked.path.endswith("familiar_followers"):
            return Reply([{"id": "1", "accounts": [account("60", "bea", "Bea")]}])
        rows = self.statuses if asked.path.endswith("statuses") else self.people
        start = 1000 - int(asked.query.get("max_id", "1000"))
        headers = {"X-RateLimit-Limit": "300", "X-RateLimit-Remaining": "299", "X-RateLimit-Reset": "2026-11-01T00:05:00.055798Z"}
        if start + 2 < len(rows):
            base = f"http://{asked.headers['Host']}{asked.path}"
            headers["Link"] = f'<{base}?max_id={1000 - start - 2}>; rel="next", <{base}?min_id=1>; rel="prev"'
        return Reply(rows[start : start + 2], headers=headers)


def visit_at(url, token=None, checkpoint=None, **options) -> Visit:
    visit = visit_of("mastodon", urls=URLS, **options)
    return Visit(visit.feed, visit.market, visit.now, credentials=Credentials(host=url, password=token), checkpoint=checkpoint or {})


def walk(visit) -> tuple[list[Page], Found]:
    pages = list(Mastodon().fetch(visit))
    return pages, Found(item for page in pages for item in Mastodon().conform(page, visit))


def test_lists_end_where_the_link_header_does():
    with serving(Instance()) as server:
        pages, found = walk(visit_at(server.url))
    assert [page.resource for page in pages] == ["account", *["following"] * 3, *["followers"] * 3, "statuses"]
    assert len(found.of("tie")) == 10
    assert found.one("tie", record_id="follows:1:10")["evidence_text"] == "pedro follows p10 on Mastodon"
    assert found.one("tie", record_id="follows:10:1")
    assert server.asked[0].query == {"acct": "pedro@social.example"}


def test_hidden_lists_are_not_asked_for():
    with serving(Instance(hides=True)) as server:
        pages, _ = walk(visit_at(server.url))
    assert [page.resource for page in pages] == ["account", "statuses"]


def test_familiar_followers_are_two_ties_each_and_need_a_token():
    with serving(Instance(hides=True)) as server:
        pages, found = walk(visit_at(server.url, "secret-token"))
    assert pages[-1].resource == "familiar_followers"
    assert {(row["src_ref"], row["dst_ref"]) for row in found.of("tie")} == {("50", "60"), ("60", "1")}


def test_an_instance_that_wants_a_token_says_so():
    with serving(Instance(wants_token=True)) as server, pytest.raises(CredentialsError, match="401"):
        walk(visit_at(server.url))


def test_unknown_accounts_are_told_and_the_others_read():
    with serving(Instance()) as server:
        pages, found = walk(visit_at(server.url, actors=["@gone@nowhere.example"]))
    assert pages[-1].resource == "unavailable" and found.rules == {"account_unavailable": 1}


def test_the_next_visit_reads_back_to_the_last_one():
    rows = [status(str(100 - n), f"<p>post {n}</p>", at=f"2026-{10 - n:02}-01T10:00:00.000Z") for n in range(8)]
    with serving(Instance(hides=True, statuses=rows)) as server:
        visit = visit_at(server.url)
        pages, found = walk(visit)
        assert len(found.of("utterance")) == 8 and visit.next_checkpoint["watermark"] == "2026-10-01T10:00:00+00:00"
        pages, found = walk(visit_at(server.url, checkpoint=visit.next_checkpoint))
        assert [page.resource for page in pages] == ["account", "statuses"]


def test_who_is_asked_for():
    visit = visit_of("mastodon", urls=URLS, actors=["@Jo@Other.example", "ann", "bea@social.example"])
    assert actors(visit, "social.example") == ["pedro", "jo@other.example", "ann", "bea"]
    with pytest.raises(ConfigError, match=r"options\.actors"):
        actors(visit_of("mastodon"), "social.example")


def test_what_is_no_answer_is_one_line(tmp_path):
    with pytest.raises(UnreadableError, match="no answer of Mastodon"):
        read(Mastodon(), write_files(tmp_path / "a", {"x.json": {"a": 1}}) / "x.json")
    found = read(Mastodon(), write_files(tmp_path / "b", {"x.json": "{", "y.json": [OWNER], "z.json": []}))
    assert found.rules == {"unreadable_file": 1} and len(found.of("person")) == 1


def test_the_towns_instance_is_read(tmp_path):
    from commonground import sandbox
    from commonground.config import load_settings

    sandbox.build(60, 7, tmp_path, dt.date(2026, 11, 23))
    settings_ = load_settings(tmp_path / "config")
    feed = settings_.feed("mastodon_ana")
    with sandbox.serve(tmp_path, faults="503:0.05") as url:
        token = sandbox.connections_for(tmp_path, url)["sandbox_mastodon"]["password"]
        visit = Visit(feed, settings_.market, dt.datetime(2026, 11, 23, tzinfo=dt.UTC), credentials=Credentials(host=url, password=token))
        pages, found = walk(visit)
    assert {row["agent_id"] for row in found.of("person")} >= {"ana", None}
    assert found.of("tie") and found.refusals == [] and pages[-1].resource == "familiar_followers"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["id", "acct", "account", "content", "created_at", "reblog", "mentions", "url", "note", "fields", "value", "verified_at",
                         "accounts", "subject", "followers", "following", "familiar", "display_name", "visibility", "suspended"]), inner, max_size=5),
    max_leaves=20,
)  # fmt: skip
QUICK = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@QUICK
@given(rows=st.lists(JSON, max_size=4), key=st.sampled_from(["", "following", "followers"]))
def test_no_element_of_a_page_vanishes_and_none_raises(rows, key):
    if key:
        found = conform({"subject": OWNER, key: rows})
        assert len(found.refusals) + len(found.of("tie")) >= len(rows)
        return
    for row in rows:
        # a list in an answer may be empty; everything else is said or refused
        is_list = isinstance(row, dict) and ("familiar" in row or "accounts" in row or "subject" in row)
        assert conform([row]).items or is_list


@QUICK
@given(document=JSON, content=st.binary(max_size=60))
def test_any_file_is_read_or_unreadable(tmp_path, document, content):
    for number, body in enumerate((json.dumps(document), content)):
        folder = write_files(tmp_path / "any", {f"{number}.json": body})
        try:
            read(Mastodon(), folder / f"{number}.json")
        except UnreadableError as error:
            assert "\n" not in str(error)


PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
ME = "https://m.example/users/ana"


def note(number, content, *, to=PUBLIC, answers=None):
    said = {
        "id": f"{ME}/statuses/{number}",
        "type": "Note",
        "content": content,
        "inReplyTo": answers,
        "url": f"https://m.example/@ana/{number}",
    }
    return {"type": "Create", "actor": ME, "published": "2022-11-05T12:00:00Z", "to": [to], "cc": [], "object": said}


def test_the_archive_of_an_account_is_read(tmp_path):
    shared = {
        "type": "Announce",
        "id": f"{ME}/9",
        "actor": ME,
        "published": "2022-11-07T12:00:00Z",
        "object": "https://m.example/users/bo/statuses/1",
    }
    items = [note(1, "<p>I love #zydeco</p>"), note(2, "secret", to="https://m.example/users/bo"), shared]
    items.append(note(3, "Same here", answers="https://o.example/users/bo/statuses/7"))
    actor = {
        "type": "Person",
        "id": ME,
        "preferredUsername": "ana",
        "name": "Ana Souza",
        "url": "https://m.example/@ana",
        "summary": "Dancer",
    }
    files = {
        "actor.json": {"@context": [], **actor},
        "outbox.json": {"@context": "x", "type": "OrderedCollection", "orderedItems": items},
        "likes.json": {"@context": "x", "type": "OrderedCollection", "orderedItems": ["https://m.example/users/bo/statuses/1"]},
        "following_accounts.csv": "Account address,Show boosts\nbo@o.example,true\nnobody,true\n",
    }
    found = read(Mastodon(), write_files(tmp_path / "archive", files))
    ana = found.one("person", record_id="ana@m.example")
    assert (ana["full_name"], ana["agent_id"], ana["urls"]) == ("Ana Souza", "pedro", ["https://m.example/@ana"])
    assert {(one["utterance_type"], one["text"], one.get("target_ref")) for one in found.of("utterance")} == {
        ("bio", "Dancer", None), ("post", "I love #zydeco", None), ("comment", "Same here", "bo@o.example"),
    }  # fmt: skip
    assert found.one("tie")["dst_ref"] == "bo@o.example"
    assert found.one("person", record_id="bo@o.example")["urls"] == ["https://o.example/@bo"]
    assert found.rules == {"withheld": 1, "missing_text": 1, "bad_row": 1}


def test_a_bare_list_of_accounts_is_a_list_of_followed(tmp_path):
    (tmp_path / "following_accounts.csv").write_text("bo@o.example\n@cy@p.example\n")
    found = read(Mastodon(), tmp_path / "following_accounts.csv")
    assert {one["dst_ref"] for one in found.of("tie")} == {"bo@o.example", "cy@p.example"}
    (tmp_path / "following_accounts.csv").write_text("x,y\n" * 100)
    with pytest.raises(UnreadableError):
        read(Mastodon(), tmp_path / "following_accounts.csv")
