"""X archives: scripts that assign lists, accounts that are numbers, names in mentions alone."""

import datetime as dt
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commonground.errors import UnreadableError
from commonground.sources.social.x import X
from exports import Found, fixture, read, visit_of, write_files, write_zip

ACCOUNT = {"account": {"accountId": "12", "username": "pedro", "accountDisplayName": "Pedro Fuentes", "email": "p@example.org"}}
AT = "Wed Oct 10 20:19:24 +0000 2018"
MOMENT = dt.datetime(2018, 10, 10, 20, 19, 24, tzinfo=dt.UTC)


def script(part, rows) -> bytes:
    return f"window.YTD.{part}.part0 = {json.dumps(rows)}".encode()


def export(tmp_path, files, visit=None) -> Found:
    files = {name: script(name.partition(".")[0].replace("-", "_"), rows) for name, rows in {"account.js": [ACCOUNT], **files}.items()}
    return read(X(), write_files(tmp_path / "archive", {f"data/{name}": content for name, content in files.items()}), visit)


def tweet(number, text, *, mentions=(), to=None, at=AT, status=None):
    people = [{"id_str": str(n), "screen_name": f"user{n}", "name": f"User N{n}"} for n in mentions]
    found = {"id_str": str(number), "created_at": at, "full_text": text, "entities": {"user_mentions": people}}
    if to:
        found |= {"in_reply_to_user_id_str": str(to), "in_reply_to_screen_name": f"user{to}", "in_reply_to_status_id_str": status}
    return {"tweet": found}


LONG = "I have played the accordion since I was nine, " * 12


def note(number, text, at="2018-10-10T20:19:24.000Z"):
    return {"noteTweet": {"noteTweetId": str(number), "createdAt": at, "core": {"text": text, "mentions": []}}}


def test_a_long_post_is_told_once_and_in_full(tmp_path):
    cut = LONG[:250] + "… https://t.co/abc"
    files = {
        "tweets.js": [
            tweet(1, cut),
            tweet(2, "@user7 " + LONG[:250], to=7, mentions=[7], at="Thu Oct 11 20:19:24 +0000 2018"),
            tweet(3, "short"),
        ],
        "note-tweet.js": [note(90, LONG), note(91, LONG, "2018-10-11T20:19:25.000Z"), note(92, "A post of another time. " * 20)],
    }
    said = {row["record_id"]: row["text"] for row in export(tmp_path, files).of("utterance")}
    assert said == {"1": LONG.strip(), "2": LONG.strip(), "3": "short", "note:92": ("A post of another time. " * 20).strip()}


def test_an_archive_of_before_2019_is_read(tmp_path):
    month = [{"id_str": "5", "text": "@bob hi &amp; bye", "created_at": "2013-01-12 05:01:02 +0000", "in_reply_to_user_id_str": "222"}]
    details = {"screen_name": "pedro", "full_name": "Pedro Fuentes", "id": "12", "bio": "Plays accordion", "location": "Portland"}
    files = {
        "data/js/tweets/2013_01.js": b"Grailbird.data.tweets_2013_01 = \n" + json.dumps(month).encode(),
        "data/js/user_details.js": b"var user_details =  " + json.dumps(details).encode(),
        "data/js/tweet_index.js": b"var tweet_index =  []",
    }
    found = read(X(), write_files(tmp_path / "archive", files))
    assert {row["record_id"]: row["text"] for row in found.of("utterance")} == {
        "5": "@bob hi & bye", "owner:bio": "Plays accordion", "owner:current_city": "Portland",
    }  # fmt: skip
    assert found.one("utterance", record_id="5")["occurred_at"] == dt.datetime(2013, 1, 12, 5, 1, 2, tzinfo=dt.UTC)
    assert (found.one("person", agent_id="pedro")["record_id"], found.rules) == ("12", {})


def test_the_real_archive_is_an_owner_and_four_accounts():
    found = read(X(), fixture("x_archive"), visit_of("x", name="Simon Willison"))
    # account.js: the owner; two followers and two followed; saved searches are not read
    assert found.counts == {"person": 5, "tie": 4}
    assert found.refusals == []
    owner = found.one("person", agent_id="pedro")
    assert (owner["record_id"], owner["emails"], owner["phones"]) == ("12497", ["swillison@example.com"], ["+15555555555"])
    assert owner["urls"] == ["https://x.com/i/user/12497", "https://x.com/simonw"]
    assert {(row["src_ref"], row["dst_ref"]) for row in found.of("tie")} == {
        ("73747798", "12497"), ("386025404", "12497"), ("12497", "547842573"), ("12497", "12158"),
    }  # fmt: skip
    assert found.one("person", record_id="12158")["urls"] == ["https://x.com/i/user/12158"]


def test_replies_are_comments_shared_posts_reactions_and_the_rest_posts(tmp_path):
    rows = [
        tweet(1, "Out on the bay &amp; back"),
        tweet(2, "@user7 thanks!", mentions=[7], to=7, status="99"),
        tweet(3, "RT @user8: Zydeco tonight", mentions=[8]),
        tweet(4, "and one more thing", to=12, status="1"),
        tweet(5, "With @user7 at the market", mentions=[7]),
    ]
    found = export(tmp_path, {"tweets.js": rows})
    said = {row["record_id"]: (row["utterance_type"], row["target_ref"]) for row in found.of("utterance")}
    assert said == {"1": ("post", None), "2": ("comment", "7"), "3": ("reaction", "8"), "4": ("post", None), "5": ("post", "7")}
    first = found.one("utterance", record_id="1")
    assert (first["text"], first["occurred_at"], first["source_url"]) == ("Out on the bay & back", MOMENT, "https://x.com/i/status/1")
    assert found.one("utterance", record_id="2")["thread_id"] == "99"
    assert found.one("person", record_id="8")["full_name"] == "User N8"
    assert found.one("person", record_id="8")["urls"] == ["https://x.com/i/user/8", "https://x.com/user8"]


def test_people_answered_together_are_tied_but_not_a_crowd(tmp_path):
    found = export(
        tmp_path, {"tweet.js": [tweet(1, "@user7 @user8 yes", mentions=[7, 8], to=7), tweet(2, "hi all", mentions=range(20, 40), to=20)]}
    )
    tie = found.one("tie", tie_type="conversation")
    assert (tie["src_ref"], tie["dst_ref"], tie["since_at"]) == ("7", "8", MOMENT)


@pytest.mark.parametrize("name", ["tweets.js", "tweet.js", "tweets-part1.js", "tweet-part12.js"])
def test_every_name_of_the_posts_and_its_parts_is_known(tmp_path, name):
    assert export(tmp_path, {name: [tweet(1, "Hello")]}).one("utterance")["text"] == "Hello"


@pytest.mark.parametrize("at", ["Thu Jan 01 00:00:00 +0000 1970", "Mon Mar 20 23:59:59 +0000 2006", "2018-10-10T20:19:24Z", "x"])
def test_a_post_from_before_the_first_one_or_of_another_convention_is_refused(tmp_path, at):
    found = export(tmp_path, {"tweets.js": [tweet(1, "Hello", at=at)]})
    assert found.rules == {"bad_date": 1} and found.of("utterance") == []


def test_likes_have_words_but_no_date(tmp_path):
    rows = [
        {"like": {"tweetId": "5", "fullText": "Tickets for SFJAZZ", "expandedUrl": "https://x.com/i/web/status/5"}},
        {"like": {"tweetId": "6"}},
    ]
    found = export(tmp_path, {"like.js": rows})
    like = found.one("utterance", utterance_type="like")
    assert (like["record_id"], like["text"], like.get("occurred_at")) == ("like:5", "Tickets for SFJAZZ", None)
    assert found.rules == {"missing_text": 1}


def test_the_profile_speaks_of_the_owner(tmp_path):
    about = {"profile": {"description": {"bio": "Zydeco dancer", "website": "https://t.co/x", "location": "Santa Rosa"}}}
    found = export(tmp_path, {"profile.js": [about]})
    assert {row["utterance_type"]: row["text"] for row in found.of("utterance")} == {"bio": "Zydeco dancer", "current_city": "Santa Rosa"}


def direct(key, *events):
    return {"dmConversation": {"conversationId": key, "messages": list(events)}}


def message(sender, text, **more):
    return {"messageCreate": {"senderId": sender, "text": text, "createdAt": "2019-03-01T12:00:00.000Z", "mediaUrls": [], **more}}


def test_direct_messages_of_two_and_of_a_group(tmp_path):
    files = {
        "direct-messages.js": [direct("12-7", message("7", "Hi", recipientId="12"), message("12", "Hello", recipientId="7"))],
        "direct-messages-group.js": [
            direct(
                "555",
                {"participantsJoin": {"initiatingUserId": "12", "userIds": ["8", "9"], "createdAt": "2019-03-01T11:00:00.000Z"}},
                {"conversationNameUpdate": {"name": "Foodies", "initiatingUserId": "8"}},
                message("8", "Lunch?"),
            )
        ],
    }
    found = export(tmp_path, files)
    assert sorted((row["person_ref"], row["direction"]) for row in found.of("interaction")) == [("7", "in"), ("7", "out"), ("8", "in")]
    tie = found.one("tie")
    assert (tie["src_ref"], tie["dst_ref"], tie["tie_type"]) == ("8", "9", "conversation")
    assert "Foodies" in tie["evidence_text"]
    assert found.rules == {"missing_text": 2}  # somebody joins, somebody names the group


def test_the_same_account_in_two_archives_has_one_address(tmp_path):
    one = export(
        tmp_path / "a", {"follower.js": [{"follower": {"accountId": "7", "userLink": "https://twitter.com/intent/user?user_id=7"}}]}
    )
    other = export(tmp_path / "b", {"tweets.js": [tweet(1, "@user7 hi", mentions=[7], to=7)]})
    addresses = [set(found.one("person", record_id="7")["urls"]) for found in (one, other)]
    assert addresses[0] & addresses[1] == {"https://x.com/i/user/7"}


def test_a_zip_gives_the_same_ids(tmp_path):
    files = {"data/account.js": script("account", [ACCOUNT]), "data/tweets.js": script("tweets", [tweet(1, "Hello")])}
    one, other = read(X(), write_files(tmp_path / "a", files)), read(X(), write_zip(tmp_path / "a.zip", files))
    assert [dict(r.values) | {"source_file": ""} for r in one.records] == [dict(r.values) | {"source_file": ""} for r in other.records]


def test_the_owner_in_their_own_lists_and_accounts_without_number_are_refused(tmp_path):
    found = export(tmp_path, {"follower.js": [{"follower": {"accountId": "12"}}, {"follower": {}}, {"else": 1}, 42]})
    assert found.rules == {"tie_to_self": 1, "missing_id": 1, "not_an_object": 2}


@pytest.mark.parametrize("content", [b"", b"window.YTD.follower.part0 = ", b"x" * 3000, b"window.YTD.follower.part0 = [ {", b"\x00" * 100])
def test_a_damaged_script_is_one_refusal(tmp_path, content):
    folder = write_files(tmp_path / "archive", {"account.js": script("account", [ACCOUNT]), "follower.js": content})
    assert read(X(), folder).rules == {"unreadable_file": 1}


def test_what_is_no_archive_is_one_line(tmp_path):
    with pytest.raises(UnreadableError, match="no X archive"):
        read(X(), write_files(tmp_path / "a", {"manifest.js": b"window.__THAR_CONFIG = {}"}))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["id_str", "created_at", "full_text", "entities", "user_mentions", "accountId", "messages", "conversationId",
                         "messageCreate", "senderId", "createdAt", "description", "bio", "core", "text", "userIds"]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
KEYS = {
    "tweets": "tweet",
    "follower": "follower",
    "like": "like",
    "profile": "profile",
    "direct-messages": "dmConversation",
    "note-tweet": "noteTweet",
}
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@QUICK
@given(name=st.sampled_from(sorted(KEYS)), rows=st.lists(JSON, max_size=4))
def test_no_element_vanishes_and_none_raises(tmp_path, name, rows):
    for path in (tmp_path / "archive" / "data").glob("*"):
        path.unlink()
    found = export(tmp_path, {f"{name}.js": [{KEYS[name]: row} for row in rows]})
    lines = [item.source_line for item in found.refusals] + [record.values.get("source_line") for record in found.records]
    assert set(range(1, len(rows) + 1)) <= {line for line in lines if line}


@QUICK
@given(content=st.binary(max_size=120), name=st.sampled_from(["tweets.js", "like.js", "a.zip"]))
def test_any_bytes_are_read_or_unreadable(tmp_path, content, name):
    folder = write_files(tmp_path / "bytes", {name: content})
    try:
        read(X(), folder / name)
    except UnreadableError as error:
        assert "\n" not in str(error)
