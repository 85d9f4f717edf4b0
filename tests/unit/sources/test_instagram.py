"""Instagram exports: two layouts of followers, three of what was liked, labels in any language, garbled text."""

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commonground.errors import UnreadableError
from commonground.sources.social.instagram import Instagram
from commonground.sources.social.instagram_files import username_of
from commonground.sources.text import stable_id
from exports import Found, read, read_whatever, visit_of, write_files, write_zip

T = 1_672_531_200  # 1 Jan 2023
DAY = dt.datetime(2023, 1, 1, tzinfo=dt.UTC)
FOLLOW = "connections/followers_and_following/"
PROFILE = {
    "profile_user": [
        {
            "title": "User Information",
            "string_map_data": {
                "Email": {"href": "", "value": "pedro@example.org", "timestamp": 0},
                "Phone Number": {"value": "+17075550100"},
                "Username": {"value": "pedro.f"},
                "Name": {"value": "Pedro Fuentes"},
                "Bio": {"value": "Realtor and zydeco dancer"},
                "Website": {"value": "https://pedro.example.org"},
            },
        }
    ]
}
ME = "pedro.f"


def item(value="jo.doe", title="", href=None, timestamp=T):
    entry = {"href": href or f"https://www.instagram.com/{value}", "value": value, "timestamp": timestamp}
    return {"title": title, "media_list_data": [], "string_list_data": [{key: inner for key, inner in entry.items() if inner is not None}]}


def export(tmp_path, files, visit=None, *, profile=PROFILE) -> Found:
    named = {"personal_information/personal_information/personal_information.json": profile} if profile else {}
    return read(Instagram(), write_files(tmp_path / "export", {**named, **files}), visit)


def test_an_export_is_who_follows_whom_and_what_the_owner_likes(tmp_path):
    files = {
        FOLLOW + "followers_1.json": [item("jo.doe"), item("ann_lee")],
        FOLLOW + "following.json": {"relationships_following": [item("jo.doe")]},
        FOLLOW + "close_friends.json": {"relationships_close_friends": [item("jo.doe")]},
        "your_instagram_activity/likes/liked_posts.json": {
            "likes_media_likes": [item("👍", title="ann_lee", href="https://www.instagram.com/p/C1/")]
        },
        "preferences/your_topics/recommended_topics.json": {"topics_your_topics": [{"string_map_data": {"Name": {"value": "Zydeco"}}}]},
    }
    found = export(tmp_path, files)
    # the owner and two others; two followers, one followed, one close friend; bio, like, topic
    assert found.counts == {"person": 3, "tie": 4, "utterance": 3}
    assert found.refusals == []
    assert {(row["tie_type"], row["src_ref"], row["dst_ref"]) for row in found.of("tie")} == {
        ("follows", "jo.doe", ME),
        ("follows", "ann_lee", ME),
        ("follows", ME, "jo.doe"),
        ("friend", "jo.doe", ME),
    }
    assert found.one("tie", src_ref=ME)["since_at"] == DAY
    liked = found.one("utterance", utterance_type="reaction")
    assert (liked["target_ref"], liked["occurred_at"], liked["source_url"]) == ("ann_lee", DAY, "https://www.instagram.com/p/C1/")
    assert found.one("utterance", utterance_type="interest")["is_self_stated"] is False


def test_the_owner_is_the_account_of_the_profile(tmp_path):
    found = export(tmp_path, {})
    owner = found.one("person", agent_id="pedro")
    assert owner["record_id"] == ME and owner["full_name"] == "Pedro Fuentes"
    assert owner["urls"] == ["https://www.instagram.com/pedro.f", "https://pedro.example.org"]
    assert (owner["emails"], owner["phones"]) == (["pedro@example.org"], ["+17075550100"])
    assert found.one("utterance", utterance_type="bio")["text"] == "Realtor and zydeco dancer"


def test_without_a_profile_the_settings_say_who_the_owner_is(tmp_path):
    visit = visit_of("instagram", urls=("https://instagram.com/Pedro.F/",))
    found = export(tmp_path, {FOLLOW + "followers_1.json": [item()]}, visit, profile=None)
    assert found.one("person", agent_id="pedro")["record_id"] == ME
    assert found.one("tie")["dst_ref"] == ME


def test_followers_as_a_list_and_following_as_an_object_and_either_empty(tmp_path):
    """The file of an account without followers has no row: that is no fault."""
    for number, files in enumerate((
        {FOLLOW + "followers_1.json": [], FOLLOW + "following.json": {"relationships_following": []}},
        {"followers_and_following/followers.json": {"relationships_followers": [item()]}, FOLLOW + "following.json": {}},
        {FOLLOW + "followers_1.json": [item()], FOLLOW + "followers_2.json": [item("ann_lee")]},
    )):  # fmt: skip
        found = export(tmp_path / str(number), files)
        assert found.refusals == []
        assert found.counts.get("tie", 0) == number


def test_the_newest_files_have_the_username_in_the_title(tmp_path):
    newest = {"title": "jo.doe", "string_list_data": [{"href": "https://www.instagram.com/_u/jo.doe", "timestamp": T}]}
    bare = {"title": "ann_lee", "media_list_data": [], "string_list_data": [{"timestamp": T}]}
    found = export(tmp_path, {FOLLOW + "following.json": {"relationships_following": [newest, bare]}})
    assert {row["dst_ref"] for row in found.of("tie")} == {"jo.doe", "ann_lee"}
    assert found.one("person", record_id="jo.doe")["urls"] == ["https://www.instagram.com/jo.doe"]


def test_whom_the_owner_follows_no_more_is_forgotten_unless_followed_again(tmp_path):
    files = {
        FOLLOW + "following.json": {"relationships_following": [item("jo.doe")]},
        FOLLOW + "recently_unfollowed_profiles.json": {"relationships_unfollowed_users": [item("jo.doe"), item("old.friend")]},
    }
    found = export(tmp_path, files)
    assert found.one("tie", is_deleted=True)["record_id"] == "follows:pedro.f:old.friend"
    assert found.of("person", record_id="old.friend") == []
    assert found.rules == {"tied_again": 1}


@pytest.mark.parametrize(
    "labels",
    [
        ("Comment", "Media Owner", "Time"),
        ("Kommentar", "Medieninhaber", "Uhrzeit"),
        ("コメント", "メディアの所有者", "時間"),
    ],
)
def test_labels_in_any_language_are_read_by_name_or_by_their_place(tmp_path, labels):
    words, owner, time = labels
    entry = {words: {"value": "Qu\u00c3\u00a9 bonito"}, owner: {"value": "jo.doe"}, time: {"href": "", "value": "", "timestamp": T}}
    found = export(tmp_path, {"your_instagram_activity/comments/post_comments_1.json": [{"string_map_data": entry}]})
    comment = found.one("utterance", utterance_type="comment")
    assert (comment["text"], comment["target_ref"], comment["occurred_at"]) == ("Qué bonito", "jo.doe", DAY)


def test_the_newest_likes_name_their_author_in_a_dictionary(tmp_path):
    like = {
        "timestamp": T,
        "media": [],
        "label_values": [
            {"label": "URL", "value": "https://www.instagram.com/reel/X/", "href": "https://www.instagram.com/reel/X/"},
            {"title": "Owner", "dict": [{"dict": [{"label": "Name", "value": "Ann"}, {"label": "Username", "value": "ann_lee"}]}]},
        ],
    }
    found = export(tmp_path, {"your_instagram_activity/likes/liked_posts.json": [like]})
    liked = found.one("utterance", utterance_type="reaction")
    assert (liked["target_ref"], liked["occurred_at"]) == ("ann_lee", DAY)


def thread(*said, people=("Jos\u00c3\u00a9 Garc\u00c3\u00ada", "Pedro Fuentes")):
    messages = [{"sender_name": name, "timestamp_ms": (T + n) * 1000, "content": text} for n, (name, text) in enumerate(said)]
    return {"participants": [{"name": name} for name in people], "messages": messages, "title": people[0]}


def test_messages_name_people_as_shown_and_a_folder_may_say_which_account_it_is(tmp_path):
    talk = thread(("Jos\u00c3\u00a9 Garc\u00c3\u00ada", "\u00c2\u00a1Hola!"), ("Pedro Fuentes", "Hi"))
    files = {FOLLOW + "followers_1.json": [item("chef_jg")], "your_instagram_activity/messages/inbox/chef_jg_17/message_1.json": talk}
    found = export(tmp_path / "known", files)
    assert {(row["person_ref"], row["direction"]) for row in found.of("interaction")} == {("chef_jg", "in"), ("chef_jg", "out")}
    found = export(tmp_path / "unknown", {"your_instagram_activity/messages/inbox/josegarca_17/message_1.json": talk})
    assert {row["person_ref"] for row in found.of("interaction")} == {stable_id("José García")}
    assert found.one("utterance", utterance_type="message", author_ref=stable_id("José García"))["text"] == "¡Hola!"


def test_people_of_a_group_thread_are_tied(tmp_path):
    talk = thread(("Jo Doe", "Hello all"), people=("Jo Doe", "Ann Lee", "Pedro Fuentes"))
    found = export(tmp_path, {"messages/inbox/group_1/message_1.json": talk})
    tie = found.one("tie", tie_type="conversation")
    assert {tie["src_ref"], tie["dst_ref"]} == {stable_id("Jo Doe"), stable_id("Ann Lee")}


def test_posts_saved_posts_and_hashtags(tmp_path):
    files = {
        "your_instagram_activity/media/posts_1.json": [
            {"media": [{"uri": "a.jpg", "creation_timestamp": T, "title": "At the creek"}]},
            {"media": [{"uri": "b.jpg", "creation_timestamp": T, "title": ""}, {"uri": "c.jpg", "title": ""}], "title": "", "creation_timestamp": T},
        ],
        "your_instagram_activity/saved/saved_posts.json": {
            "saved_saved_media": [{"title": "ann_lee", "string_map_data": {"Saved on": {"href": "https://www.instagram.com/p/Z/", "timestamp": T}}}]
        },
        FOLLOW + "following_hashtags.json": {"relationships_following_hashtags": [item("zydeco", href="https://www.instagram.com/explore/tags/zydeco")]},
    }  # fmt: skip
    found = export(tmp_path, files)
    assert found.one("utterance", utterance_type="post")["text"] == "At the creek"
    assert found.one("utterance", utterance_type="reaction")["text"] == "Saved a post of ann_lee on Instagram"
    assert found.one("utterance", utterance_type="like")["text"] == "#zydeco"
    assert found.rules == {"missing_text": 1}


def test_milliseconds_where_seconds_belong_are_refused(tmp_path):
    found = export(tmp_path, {FOLLOW + "followers_1.json": [item(timestamp=T * 1000)]})
    assert found.rules == {"bad_date": 1} and found.of("tie") == []


def test_a_zip_gives_the_same_ids_as_a_folder_and_blocked_accounts_are_left_alone(tmp_path):
    files = {FOLLOW + "followers_1.json": [item()], FOLLOW + "blocked_profiles.json": {"relationships_blocked_users": [item("enemy")]}}
    found = [read(Instagram(), path) for path in (write_files(tmp_path / "a", files), write_zip(tmp_path / "a.zip", files))]
    assert [row["record_id"] for row in found[0].of("tie")] == [row["record_id"] for row in found[1].of("tie")]
    assert "enemy" not in str(found[0].items)


def test_what_is_no_instagram_export_is_one_line(tmp_path):
    with pytest.raises(UnreadableError, match="no Instagram export"):
        read(Instagram(), write_files(tmp_path / "a", {"x.json": {}}))
    with pytest.raises(UnreadableError, match="HTML"):
        read(Instagram(), write_files(tmp_path / "b", {"start_here.html": "<html>"}))
    foreign = write_files(tmp_path / "c", {"following.json": {"else": [1]}, "followers_1.json": "{,"})
    assert read_whatever(Instagram(), foreign).rules == {"unreadable_file": 2}
    with pytest.raises(UnreadableError, match="nothing of an Instagram export"):
        read(Instagram(), foreign)


@pytest.mark.parametrize(
    ("text", "href", "username"),
    [
        ("Jo.Doe", "", "jo.doe"),
        ("", "https://www.instagram.com/jo.doe/", "jo.doe"),
        ("👍", "https://www.instagram.com/p/C1/", ""),
        ("Jo Doe", "", ""),
        ("", "https://evil.example/jo", ""),
    ],
)
def test_what_can_be_a_username(text, href, username):
    assert username_of(text, href) == username


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["title", "value", "href", "timestamp", "string_list_data", "string_map_data", "label_values", "dict", "media", "Name"]),
            inner, max_size=4,
        )
    ),
    max_leaves=12,
)  # fmt: skip
FILES = {
    "followers_1.json": "",
    "following.json": "relationships_following",
    "liked_posts.json": "likes_media_likes",
    "reels_comments.json": "comments_reels_comments",
    "posts_1.json": "",
    "saved_posts.json": "saved_saved_media",
    "recommended_topics.json": "topics_your_topics",
    "personal_information.json": "profile_user",
}
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@QUICK
@given(name=st.sampled_from(sorted(FILES)), rows=st.lists(JSON, max_size=4))
def test_no_element_vanishes_and_none_raises(tmp_path, name, rows):
    found = read_whatever(Instagram(), write_files(tmp_path / "export", {name: {FILES[name]: rows} if FILES[name] else rows}))
    lines = {item.source_line for item in found.refusals} | {record.values.get("source_line") for record in found.records}
    assert {number for number, _ in enumerate(rows, start=1)} <= lines | {None} if rows else True
    for path in (tmp_path / "export").iterdir():
        path.unlink()


@QUICK
@given(content=st.binary(max_size=120), name=st.sampled_from(["followers_1.json", "messages/inbox/a/message_1.json", "a.zip"]))
def test_any_bytes_are_read_or_unreadable(tmp_path, content, name):
    folder = write_files(tmp_path / "bytes", {name: content})
    try:
        read(Instagram(), folder / name)
    except UnreadableError as error:
        assert "\n" not in str(error)


def test_accounts_followed_are_read_with_and_without_the_key_they_stand_under(tmp_path):
    bo = {"title": "", "string_list_data": [{"href": "https://www.instagram.com/bo", "value": "bo", "timestamp": 1_600_000_000}]}
    found = {}
    for shape, body in (("keyed", {"relationships_following": [bo]}), ("bare", [bo])):
        folder = "connections/followers_and_following/following.json"
        found[shape] = read(Instagram(), write_files(tmp_path / shape, {folder: body}))
    assert found["bare"].one("tie")["dst_ref"] == "bo"
    assert found["bare"].of("tie") == found["keyed"].of("tie") and found["bare"].rules == {}


def test_an_export_of_before_2021_is_read(tmp_path):
    at, since = "2019-05-06T07:08:09+00:00", "2018-01-02T03:04:05"
    files = {
        "profile.json": {"username": "pedro.f", "name": "Pedro Fuentes", "biography": "Zydeco dancer", "email": "p@example.org"},
        "connections.json": {
            "followers": {"ana.s": since},
            "following": {"bo_ray": since},
            "following_hashtags": {"zydeco": since},
            "blocked": {},
        },
        "likes.json": {"media_likes": [[at, "nola_eats"], ["broken"]], "comment_likes": []},
        "comments.json": {"media_comments": [[at, "Love it", "nola_eats"]]},
        "media.json": {
            "photos": [{"caption": "Crawfish boil", "taken_at": at, "path": "1.jpg"}],
            "profile": [{"caption": "", "path": "p"}],
        },
        "saved.json": {"saved_media": [[at, "nola_eats"]]},
        "messages.json": [
            {"participants": ["pedro.f", "ana.s"], "conversation": [{"sender": "ana.s", "created_at": at, "text": "hi there"}]}
        ],
    }
    found = read(Instagram(), write_files(tmp_path / "old", files))
    assert found.rules == {"unknown_shape": 1}
    assert {one["record_id"] for one in found.of("person")} == {"pedro.f", "ana.s", "bo_ray", "nola_eats"}
    assert {(one["src_ref"], one["dst_ref"]) for one in found.of("tie")} == {("ana.s", "pedro.f"), ("pedro.f", "bo_ray")}
    assert {(one["utterance_type"], one["text"]) for one in found.of("utterance")} == {
        ("bio", "Zydeco dancer"), ("like", "#zydeco"), ("reaction", "Liked a post of nola_eats on Instagram"), ("comment", "Love it"),
        ("reaction", "Saved a post of nola_eats on Instagram"), ("post", "Crawfish boil"), ("message", "hi there"),
    }  # fmt: skip
    when = dt.datetime(2019, 5, 6, 7, 8, 9, tzinfo=dt.UTC)
    assert found.one("interaction")["occurred_at"] == found.one("utterance", utterance_type="post")["occurred_at"] == when


def test_a_post_stands_where_its_picture_was_taken(tmp_path):
    exif = {"photo_metadata": {"exif_data": [{"iso": 20}, {"latitude": 29.95, "longitude": -90.07}]}}
    post = {"media": [{"creation_timestamp": T, "title": "Boil", "media_metadata": exif}]}
    found = read(Instagram(), write_files(tmp_path / "new", {"media/posts_1.json": [post]}))
    assert (found.one("utterance")["latitude"], found.one("utterance")["longitude"]) == (29.95, -90.07)
