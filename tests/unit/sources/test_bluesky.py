"""Bluesky: cursors that end late, people who want to be seen by signed-in readers only, posts, replies and shares."""

import datetime as dt
import json
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commonground.config import Credentials
from commonground.errors import ConfigError, UnreadableError
from commonground.sources.base import Page, Record, Visit
from commonground.sources.social.bluesky import Bluesky, actors
from exports import Found, fixture, read, visit_of, write_files
from vendor_server import Asked, Reply, serving

ME, JO = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa", "did:plc:bbbbbbbbbbbbbbbbbbbbbbbb"
URLS = ("https://bsky.app/profile/pedro.example",)


def view(did=JO, handle="jo.example", name="Jo Doe", **more):
    return {"did": did, "handle": handle, "displayName": name, "labels": [], "createdAt": "2023-05-04T12:00:00.000Z", **more}


OWNER = view(ME, "pedro.example", "Pedro Fuentes")
HIDDEN = view("did:plc:cccccccccccccccccccccccc", "shy.example", "Shy", labels=[{"val": "!no-unauthenticated", "src": "x"}])


def post(rkey, text, *, author=OWNER, at="2026-10-01T10:00:00.000Z", **record):
    uri = f"at://{author['did']}/app.bsky.feed.post/{rkey}"
    content = {"$type": "app.bsky.feed.post", "text": text, "createdAt": at, **record}
    return {"post": {"uri": uri, "cid": "c", "author": author, "record": content, "indexedAt": at}}


def conform(body, visit=None) -> Found:
    return Found(Bluesky().conform(Page("saved", "saved.json", body), visit or visit_of("bluesky", urls=URLS)))


def test_the_real_answers_are_read():
    found = read(Bluesky(), fixture("bluesky"))
    # lists of followers and follows of five people (24 ties in six answers), six profiles, a post of an unnamed account
    assert len(found.of("tie")) == 24
    people = {row["record_id"] for row in found.of("person")}
    handles = {f"{name}.test" for name in ("alice", "bob", "carol", "dan", "eve", "frank", "noprofile")}
    assert people == handles | {"did:plc:kvwvcn5iqfooopmyzvb4qzba"}  # snapshots hide the DIDs: `user(0)` is none
    assert found.one("utterance", utterance_type="post")["text"] == "new text114"
    assert found.rules["missing_text"] == 3  # a feed generator, a like, a post of pictures without words
    assert found.rules["unreadable_file"] == 9  # schemas, not answers


def test_follows_are_ties_of_people_keyed_by_what_never_changes():
    found = conform({"subject": OWNER, "follows": [view(), HIDDEN], "cursor": "x"})
    assert found.one("tie")["record_id"] == f"follows:{ME}:{JO}"
    assert found.one("tie")["evidence_text"] == "Pedro Fuentes follows Jo Doe on Bluesky"
    assert found.one("person", record_id=ME)["agent_id"] == "pedro"
    assert found.one("person", record_id=JO)["urls"] == [f"https://bsky.app/profile/{JO}", "https://bsky.app/profile/jo.example"]
    assert found.one("person", record_id=JO)["created_at"] == dt.datetime(2023, 5, 4, 12, tzinfo=dt.UTC)
    assert found.rules == {"withheld": 1}
    found = conform({"subject": OWNER, "followers": [view(), {"handle": "no-did.example"}]})
    assert (found.one("tie")["src_ref"], found.one("tie")["dst_ref"]) == (JO, ME)
    assert found.rules == {"missing_id": 1}


def test_whoever_wants_signed_in_readers_only_is_left_out_with_all_they_say():
    for body in (HIDDEN, {"subject": HIDDEN, "follows": [view()]}, {"feed": [post("1", "secret hobby", author=HIDDEN)]}):
        found = conform(body)
        assert found.records == [] and found.rules == {"withheld": 1}
        assert "secret" not in str(found.items) and "Shy" not in str(found.items)


def test_posts_replies_shares_and_mentions():
    parent = {"uri": f"at://{JO}/app.bsky.feed.post/9", "cid": "c"}
    reply = post("2", "Lovely!", reply={"root": parent, "parent": parent}) | {"reply": {"parent": {"author": view(), **parent}}}
    unseen = post("3", "So true", reply={"root": parent, "parent": parent}) | {
        "reply": {"parent": {"notFound": True, "uri": parent["uri"]}}
    }
    mention = {"features": [{"$type": "app.bsky.richtext.facet#mention", "did": JO}]}
    shared = post("9", "Zydeco tonight", author=view()) | {
        "reason": {"$type": "app.bsky.feed.defs#reasonRepost", "by": OWNER, "indexedAt": "2026-10-02T10:00:00.000Z"}
    }
    found = conform({"feed": [post("1", "Out on the bay"), reply, unseen, post("4", "With @jo", facets=[mention]), shared]})
    said = {row["text"]: (row["utterance_type"], row["author_ref"], row["target_ref"]) for row in found.of("utterance")}
    assert said == {
        "Out on the bay": ("post", ME, None),
        "Lovely!": ("comment", ME, JO),
        "So true": ("comment", ME, JO),
        "With @jo": ("post", ME, JO),
        "Shared: Zydeco tonight": ("reaction", ME, JO),
    }
    first = found.one("utterance", text="Out on the bay")
    assert first["record_id"] == f"at://{ME}/app.bsky.feed.post/1"
    assert first["source_url"] == f"https://bsky.app/profile/{ME}/post/1"
    assert found.one("utterance", text="Lovely!")["thread_id"] == parent["uri"]
    assert [row["record_id"] for row in found.of("person")] == [ME]  # the author of what was shared is a stranger


def test_pictures_speak_by_their_description_and_wrong_clocks_give_way_to_the_servers():
    picture = post("1", "", embed={"$type": "app.bsky.embed.images", "images": [{"alt": "A heron on the creek"}]})
    wrong = post("2", "Hi", createdAt="last Tuesday")
    found = conform({"feed": [picture, wrong, post("3", ""), 42]})
    assert found.one("utterance", text="A heron on the creek")
    assert found.one("utterance", text="Hi")["occurred_at"] == dt.datetime(2026, 10, 1, 10, tzinfo=dt.UTC)
    assert found.rules == {"missing_text": 1, "unknown_shape": 1}


class Vendor:
    """An AppView: pages of two, the last full one with a cursor to an empty one."""

    def __init__(self, **lists):
        self.lists = {"follows": [], "followers": [], "feed": [], **lists}
        self.profile = OWNER

    def __call__(self, asked: Asked) -> Reply:
        actor = asked.query["actor"]
        if actor not in (ME, "pedro.example"):
            return Reply({"error": "InvalidRequest", "message": "Profile not found"}, 400)
        if asked.path.endswith("getProfile"):
            return Reply(self.profile)
        key = {"getFollows": "follows", "getFollowers": "followers", "getAuthorFeed": "feed"}[asked.path.rpartition(".")[2]]
        start = int(asked.query.get("cursor", "0"))
        rows = self.lists[key][start : start + 2]
        body = {key: rows} | ({} if key == "feed" else {"subject": OWNER})
        return Reply(body | ({"cursor": str(start + 2)} if len(rows) == 2 else {}))


def visit_at(url, checkpoint=None, **options) -> Visit:
    visit = visit_of("bluesky", urls=URLS, **options)
    return Visit(visit.feed, visit.market, visit.now, credentials=Credentials(host=url), checkpoint=checkpoint or {})


def walk(visit) -> tuple[list[Page], Found]:
    pages = list(Bluesky().fetch(visit))
    return pages, Found(item for page in pages for item in Bluesky().conform(page, visit))


def people(count):
    return [view(f"did:plc:{number:024d}", f"p{number}.example", f"P {number}") for number in range(count)]


def test_pages_are_followed_until_there_is_no_cursor_even_over_short_and_empty_ones():
    with serving(Vendor(follows=people(4), followers=people(3))) as server:
        pages, found = walk(visit_at(server.url))
    assert [page.resource for page in pages] == ["profile", "follows", "follows", "follows", "followers", "followers", "feed"]
    assert len(found.of("tie")) == 7
    assert found.refusals == []


def test_unknown_actors_are_told_and_the_others_read():
    with serving(Vendor()) as server:
        pages, found = walk(visit_at(server.url, actors=["gone.example", "@Pedro.Example"]))
    assert [page.resource for page in pages] == ["profile", "follows", "followers", "feed", "unavailable"]
    assert found.rules == {"account_unavailable": 1}


def test_somebody_hidden_is_asked_for_nothing_more():
    vendor = Vendor()
    vendor.profile = OWNER | {"labels": [{"val": "!no-unauthenticated"}]}
    with serving(vendor) as server:
        pages, found = walk(visit_at(server.url))
    assert len(pages) == 1 and found.rules == {"withheld": 1}


def test_the_next_visit_reads_the_feed_back_to_the_last_one():
    posts = [post(str(n), f"post {n}", at=f"2026-{10 - n:02}-01T10:00:00.000Z") for n in range(8)]
    pinned = posts[7] | {"reason": {"$type": "app.bsky.feed.defs#reasonPin"}}
    with serving(Vendor(feed=[pinned, *posts])) as server:
        visit = visit_at(server.url)
        walk(visit)
        assert visit.next_checkpoint["watermark"] == "2026-10-01T10:00:00+00:00"
        pages, _ = walk(visit_at(server.url, visit.next_checkpoint))
        # the pinned post is old and stands first, so it ends nothing; the second page reaches behind the last visit
        assert [page.resource for page in pages].count("feed") == 2
        assert all("limit=100" in page.url for page in pages if page.resource == "feed")
        assert parse_qs(urlsplit(pages[-1].url).query)["filter"] == ["posts_with_replies"]


def test_a_cursor_that_repeats_is_an_error():
    with (
        serving(
            lambda asked: Reply(OWNER if "getProfile" in asked.path else {"subject": OWNER, "follows": [], "cursor": "same"})
        ) as server,
        pytest.raises(UnreadableError, match="repeats"),
    ):
        walk(visit_at(server.url))


def test_nobody_to_ask_for_is_a_matter_of_the_settings():
    with pytest.raises(ConfigError, match=r"options\.actors"):
        actors(visit_of("bluesky"))
    with pytest.raises(ConfigError, match="list of handles"):
        actors(visit_of("bluesky", actors="jo.example"))
    assert actors(visit_of("bluesky", urls=URLS, actors=["https://bsky.app/profile/Jo.example", JO])) == ["pedro.example", "jo.example", JO]


def test_the_towns_bluesky_is_read(tmp_path):
    from commonground import sandbox
    from commonground.config import load_settings

    sandbox.build(60, 7, tmp_path, dt.date(2026, 11, 23))
    settings_ = load_settings(tmp_path / "config")
    feed = settings_.feed("bluesky_ana")
    assert feed.is_enabled is False
    with sandbox.serve(tmp_path) as url:
        visit = Visit(feed, settings_.market, dt.datetime(2026, 11, 23, tzinfo=dt.UTC), credentials=Credentials(host=url))
        _, found = walk(visit)
    assert {row["agent_id"] for row in found.of("person")} >= {"ana", None}
    assert found.of("tie") and set(found.rules) <= {"withheld"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just(JO),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["did", "handle", "subject", "follows", "feed", "post", "author", "record", "text", "uri", "value", "labels", "reason",
                         "by", "reply", "parent", "createdAt", "embed", "images", "facets", "$type"]), inner, max_size=5),
    max_leaves=20,
)  # fmt: skip
QUICK = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@QUICK
@given(rows=st.lists(JSON, max_size=4), key=st.sampled_from(["feed", "follows", "followers"]))
def test_no_element_of_a_page_vanishes_and_none_raises(rows, key):
    found = conform({"subject": OWNER, key: rows} if key != "feed" else {"feed": rows})
    said = [item for item in found.items if not (isinstance(item, Record) and item.values["record_id"] == ME)]
    assert len(said) >= len(rows) if key == "feed" else len(found.refusals) + len(found.of("tie")) >= len(rows)


@QUICK
@given(document=JSON, content=st.binary(max_size=60))
def test_any_file_is_read_or_unreadable(tmp_path, document, content):
    for number, body in enumerate((json.dumps(document), content)):
        folder = write_files(tmp_path / "any", {f"{number}.json": body})
        try:
            read(Bluesky(), folder / f"{number}.json")
        except UnreadableError as error:
            assert "\n" not in str(error)


def test_a_follow_of_a_repository_is_a_tie():
    follow = {"$type": "app.bsky.graph.follow", "subject": "did:plc:b", "createdAt": "2023-06-06T07:08:09.000Z"}
    like = {"$type": "app.bsky.feed.like", "subject": {"uri": "at://did:plc:b/app.bsky.feed.post/1"}}
    records = [{"uri": f"at://did:plc:a/{one['$type']}/3f", "cid": "q", "value": one} for one in (follow, like)]
    found = conform({"records": records})
    tie = found.one("tie")
    assert (tie["src_ref"], tie["dst_ref"], tie["tie_type"]) == ("did:plc:a", "did:plc:b", "follows")
    assert {one["record_id"] for one in found.of("person")} == {"did:plc:a", "did:plc:b"}
    assert found.rules == {"missing_text": 1}
