"""Facebook exports: three layouts, two shapes of reactions, garbled text, and people who are only names."""

import datetime as dt
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commonground.errors import UnreadableError
from commonground.sources.social.facebook import Facebook
from commonground.sources.text import stable_id
from exports import Found, fixture, read, read_whatever, visit_of, write_files, write_zip

PROFILE = {"profile_v2": {"name": {"full_name": "Pedro Fuentes"}}}
PROFILE_FILE = "personal_information/profile_information/profile_information.json"
ME = stable_id("Pedro Fuentes")
JO = stable_id("Jo Doe")
T = 1_672_531_200  # 1 Jan 2023


def export(tmp_path, files, visit=None, *, profile=PROFILE) -> Found:
    return read(Facebook(), write_files(tmp_path / "export", {**({PROFILE_FILE: profile} if profile else {}), **files}), visit)


def thread(people, *messages, title="", folder="jo_1"):
    said = [{"sender_name": sender, "timestamp_ms": (T + n) * 1000, "content": text} for n, (sender, text) in enumerate(messages)]
    return {
        f"messages/inbox/{folder}/message_1.json": {"participants": [{"name": name} for name in people], "messages": said, "title": title}
    }


def test_the_real_export_is_read_around_its_bad_file_and_its_bad_element():
    found = read(Facebook(), fixture("facebook"))
    assert found.counts == {"person": 2, "interaction": 3, "utterance": 6}
    assert found.rules == {"unreadable_file": 1, "not_an_object": 1, "missing_text": 1}
    assert found.one("person", agent_id="pedro")["full_name"] == "Me"
    assert "Feliz Año Nuevo 🎉 — con José y Жанна" in [row["text"] for row in found.of("utterance", utterance_type="post")]
    assert found.one("utterance", utterance_type="message", author_ref=stable_id("José García"))["text"] == "¡Hola! ¿Cómo estás? 😀"


@pytest.mark.parametrize(
    "root", ["your_facebook_activity/", "your_activity_across_facebook/", "", "facebook-pedro-2024/your_facebook_activity/"]
)
def test_every_layout_is_read(tmp_path, root):
    files = {
        f"{root}comments_and_reactions/comments.json": {
            "comments_v2": [
                {
                    "timestamp": T,
                    "title": "Pedro Fuentes commented on Jo Doe's post.",
                    "data": [{"comment": {"timestamp": T, "comment": "Lovely!", "author": "Pedro Fuentes"}}],
                }
            ]
        },
        f"{root}groups/your_group_membership_activity.json": {"groups_joined_v2": [{"timestamp": T, "data": [{"name": "Zydeco Dancers"}]}]},
        f"{root}pages/pages_you've_liked.json": {
            "page_likes_v2": [{"name": "SFJAZZ", "timestamp": T, "url": "https://www.facebook.com/sfjazz"}]
        },
        f"{root}events/your_event_responses.json": {
            "event_responses_v2": {
                "events_joined": [{"name": "Creek Cleanup", "start_timestamp": T}],
                "events_declined": [{"name": "Gun Show", "start_timestamp": T}],
            }
        },
        f"{root}posts/your_posts_1.json": [
            {"timestamp": T, "data": [{"post": "Out on the bay"}], "title": "Pedro Fuentes updated his status."}
        ],
    }
    found = export(tmp_path, files)
    comment = found.one("utterance", utterance_type="comment")
    assert (comment["author_ref"], comment["target_ref"], comment["occurred_at"]) == (ME, JO, dt.datetime(2023, 1, 1, tzinfo=dt.UTC))
    said = {row["utterance_type"]: row["text"] for row in found.of("utterance")}
    assert said == {"comment": "Lovely!", "group": "Zydeco Dancers", "like": "SFJAZZ", "event": "Creek Cleanup", "post": "Out on the bay"}
    assert found.rules == {"declined": 1}


@pytest.mark.parametrize(
    ("file", "key"),
    [
        ("connections/friends/your_friends.json", "friends_v2"),
        ("friends_and_followers/friends.json", "friends_v2"),
        ("friends/friends.json", "friends"),
    ],
)
def test_friends_are_tied_to_the_owner_and_namesakes_kept_apart(tmp_path, file, key):
    found = export(
        tmp_path, {file: {key: [{"name": "Jo Doe", "timestamp": T}, {"name": "Jo Doe", "timestamp": T + 5}, {"name": "", "timestamp": T}]}}
    )
    assert {row["record_id"] for row in found.of("person")} == {ME, JO, stable_id("Jo Doe", T + 5)}
    assert {row["since_at"].second for row in found.of("tie", tie_type="friend", src_ref=ME)} == {0, 5}
    assert found.rules == {"missing_name": 1}


def test_what_namesakes_say_stays_unresolved(tmp_path):
    friends = {"your_friends.json": {"friends_v2": [{"name": "Jo Doe", "timestamp": T}, {"name": "Jo Doe", "timestamp": T + 5}]}}
    found = export(tmp_path, {**friends, **thread(["Jo Doe", "Pedro Fuentes"], ("Jo Doe", "I love jazz"))})
    author = found.one("utterance")["author_ref"]
    assert found.one("person", record_id=author)["person_type"] == "placeholder"


def test_nameless_accounts_are_placeholders(tmp_path):
    found = export(tmp_path, thread(["Facebook user", "Pedro Fuentes"], ("Facebook user", "Hello")))
    assert found.one("person", person_type="placeholder")["record_id"] not in (ME, stable_id("Facebook user"))
    assert found.one("interaction")["direction"] == "in"


def test_friend_requests_point_the_way_they_went(tmp_path):
    found = export(
        tmp_path,
        {
            "connections/friends/received_friend_requests.json": {"received_requests_v2": [{"name": "Jo Doe", "timestamp": T}]},
            "connections/friends/sent_friend_requests.json": {"sent_requests_v2": [{"name": "Ann Lee", "timestamp": T}]},
            "connections/friends/removed_friends.json": {"deleted_friends_v2": [{"name": "Past Friend", "timestamp": T}]},
        },
    )
    assert {(row["src_ref"], row["dst_ref"]) for row in found.of("tie", tie_type="follows")} == {(JO, ME), (ME, stable_id("Ann Lee"))}
    assert "Past Friend" not in str(found.items)


def test_both_shapes_of_reactions_are_read_and_pages_are_not_made_people(tmp_path):
    old = [
        {
            "timestamp": T,
            "title": "Pedro Fuentes likes Jo Doe's photo.",
            "data": [{"reaction": {"reaction": "LIKE", "actor": "Pedro Fuentes"}}],
        },
        {
            "timestamp": T + 1,
            "title": "Pedro Fuentes likes NASA Goddard's post.",
            "data": [{"reaction": {"reaction": "LIKE", "actor": "Pedro Fuentes"}}],
        },
    ]
    new = [
        {
            "timestamp": T + 2,
            "media": [],
            "fbid": "77",
            "label_values": [{"label": "Reaction", "value": "Love"}, {"label": "Name", "value": "Jo Doe"}],
        },
        {"timestamp": T + 3, "fbid": "78", "label_values": []},
    ]
    files = {
        "your_friends.json": {"friends_v2": [{"name": "Jo Doe", "timestamp": T}]},
        "c/likes_and_reactions_1.json": old,
        "c/likes_and_reactions.json": new,
    }
    found = export(tmp_path, files)
    assert [(row["text"], row["target_ref"]) for row in found.of("utterance", utterance_type="reaction")] == [
        ("Love on what Jo Doe posted", JO), ("Pedro Fuentes likes Jo Doe's photo.", JO), ("Pedro Fuentes likes NASA Goddard's post.", None),
    ]  # fmt: skip
    assert {row["record_id"] for row in found.of("person")} == {ME, JO}
    assert found.rules == {"missing_text": 1}


def test_whom_a_comment_was_for_is_found_in_other_languages_too(tmp_path):
    comments = [
        {
            "timestamp": T,
            "title": "Pedro Fuentes ha comentado la foto de Jo Doe.",
            "data": [{"comment": {"comment": "¡Qué bonito!", "author": "Pedro Fuentes"}}],
        },
        {
            "timestamp": T,
            "title": "Pedro Fuentes commented on his own post.",
            "data": [{"comment": {"comment": "Thanks all", "author": "Pedro Fuentes"}}],
        },
        {"timestamp": T, "title": "", "data": [{"comment": {"comment": "Count me in", "author": "Ann Lee", "group": "Zydeco"}}]},
        {"timestamp": T, "title": "A sticker", "data": []},
    ]
    files = {"your_friends.json": {"friends_v2": [{"name": "Jo Doe", "timestamp": T}]}, "comments.json": {"comments_v2": comments}}
    found = export(tmp_path, files)
    assert [(row["author_ref"], row["target_ref"]) for row in found.of("utterance")] == [(ME, JO), (ME, None), (stable_id("Ann Lee"), None)]
    assert found.rules == {"missing_text": 1}


def test_check_ins_have_their_place(tmp_path):
    place = {"name": "Blue Note", "coordinate": {"latitude": 40.73, "longitude": -74.0}, "address": "131 W 3rd St"}
    posts = [
        {"timestamp": T, "data": [{"post": "What a night"}], "attachments": [{"data": [{"place": place}]}], "tags": [{"name": "Jo Doe"}]}
    ]
    checkin = export(tmp_path, {"posts/your_posts__check_ins__photos_and_videos_1.json": posts}).one("utterance")
    assert (checkin["utterance_type"], checkin["text"], checkin["place_name"]) == ("checkin", "What a night", "Blue Note")
    assert (checkin["latitude"], checkin["longitude"], checkin["target_ref"]) == (40.73, -74.0, JO)


def test_seconds_and_milliseconds_are_not_mixed_up(tmp_path):
    messages = {"participants": [{"name": "Jo Doe"}], "messages": [{"sender_name": "Jo Doe", "timestamp_ms": T, "content": "x"}]}
    found = export(
        tmp_path,
        {"messages/inbox/a/message_1.json": messages, "posts/your_posts_1.json": [{"timestamp": T * 1000, "data": [{"post": "x"}]}]},
    )
    assert found.rules == {"bad_date": 2}


def test_people_of_a_group_thread_are_tied_and_the_owner_writes_to_all(tmp_path):
    found = export(
        tmp_path, thread(["Jo Doe", "Ann Lee", "Pedro Fuentes"], ("Pedro Fuentes", "Potluck?"), ("Ann Lee", "Yes"), title="The old street")
    )
    tie = found.one("tie", tie_type="conversation")
    assert {tie["src_ref"], tie["dst_ref"]} == {JO, stable_id("Ann Lee")}
    assert "The old street" in tie["evidence_text"]
    assert sorted(row["direction"] for row in found.of("interaction")) == ["in", "out", "out"]


def test_calls_pictures_and_unsent_messages(tmp_path):
    messages = [
        {"sender_name": "Jo Doe", "timestamp_ms": T * 1000, "content": "Jo called you.", "call_duration": 61},
        {"sender_name": "Jo Doe", "timestamp_ms": T * 1000 + 1, "photos": [{"uri": "x"}]},
        {"sender_name": "Jo Doe", "timestamp_ms": T * 1000 + 2, "content": "oops", "is_unsent": True},
        {"timestamp_ms": T * 1000 + 3},
    ]
    found = export(
        tmp_path,
        {"messages/inbox/a/message_1.json": {"participants": [{"name": "Jo Doe"}, {"name": "Pedro Fuentes"}], "messages": messages}},
    )
    assert [(row["interaction_type"], row.get("duration_seconds")) for row in found.of("interaction")] == [
        ("call", 61),
        ("message", None),
        ("message", None),
    ]
    assert [row["text"] for row in found.of("utterance")] == ["Jo called you."]
    assert found.rules == {"missing_name": 1}


def test_the_profile_speaks_of_the_owner_but_never_of_faith_or_party(tmp_path):
    profile = {
        "profile_v2": {
            "name": {"full_name": "Pedro Fuentes"},
            "emails": {"emails": ["pedro@example.org"]},
            "birthday": {"year": 1980, "month": 2, "day": 3},
            "current_city": {"name": "Santa Rosa, California"},
            "hometown": {"name": "Sebastopol, California"},
            "education_experiences": [{"name": "Sonoma State University", "concentrations": ["Music"]}],
            "work_experiences": [{"employer": "Acme Realty", "title": "Realtor"}],
            "family_members": [{"name": "Ana Fuentes", "relation": "Sister"}],
            "religious_view": {"name": "Jedi"},
            "political_view": {"name": "Whig"},
            "music": ["Clifton Chenier"],
            "pages": [{"name": "Books", "pages": ["Louise Penny"]}],
        }
    }
    found = export(tmp_path, {}, profile=profile)
    owner = found.one("person", agent_id="pedro")
    assert (owner["emails"], owner["birth_date"], owner["record_id"]) == (["pedro@example.org"], "1980-02-03", ME)
    assert sorted((row["utterance_type"], row["text"]) for row in found.of("utterance")) == [
        ("current_city", "Santa Rosa, California"), ("education", "Music, Sonoma State University"), ("hometown", "Sebastopol, California"),
        ("like", "Clifton Chenier"), ("like", "Louise Penny"), ("position", "Realtor at Acme Realty"),
    ]  # fmt: skip
    assert found.one("tie", tie_type="family")["evidence_text"] == "Sister on Facebook"
    assert "Jedi" not in str(found.items) and "Whig" not in str(found.items)


def test_without_a_profile_the_owner_is_in_every_thread_or_the_author_of_the_comments(tmp_path):
    files = thread(["Jo Doe", "P. Fuentes"], ("Jo Doe", "Hi"), title="Jo Doe") | thread(
        ["P. Fuentes", "Ann Lee"], ("Ann Lee", "Hi"), folder="b"
    )
    assert export(tmp_path, files, profile=None).one("person", agent_id="pedro")["full_name"] == "P. Fuentes"
    comments = {"comments_v2": [{"timestamp": T, "title": "", "data": [{"comment": {"comment": "Yes", "author": "Peter F"}}]}]}
    found = read(Facebook(), write_files(tmp_path / "b", {"comments.json": comments}))
    assert found.one("person", agent_id="pedro")["full_name"] == "Peter F"


def test_a_feed_of_nobody_has_no_agent(tmp_path):
    found = export(tmp_path, {"your_friends.json": {"friends_v2": [{"name": "Jo Doe", "timestamp": T}]}}, visit_of("facebook", owner=None))
    assert all(row["agent_id"] is None for row in found.of("person") if row["record_id"] == ME)


def test_parts_of_a_conversation_in_several_zips_are_one_thread(tmp_path):
    one, two = thread(["Jo Doe", "Pedro Fuentes"], ("Jo Doe", "One")), thread(["Jo Doe", "Pedro Fuentes"], ("Jo Doe", "Two"))
    (tmp_path / "drop").mkdir()
    write_zip(tmp_path / "drop" / "facebook-1.zip", {**one, PROFILE_FILE: PROFILE})
    write_zip(tmp_path / "drop" / "facebook-2.zip", {name.replace("_1.json", "_2.json"): content for name, content in two.items()})
    found = read(Facebook(), tmp_path / "drop")
    assert {row["text"] for row in found.of("utterance")} == {"One", "Two"}
    assert len({row["thread_id"] for row in found.of("utterance")}) == 1


def test_messengers_encrypted_chats_are_read_though_called_like_people(tmp_path):
    chat = {
        "participants": ["Jo Doe", "Pedro Fuentes"],
        "threadName": "Jo Doe_12",
        "messages": [
            {
                "isUnsent": False,
                "media": [],
                "reactions": [],
                "senderName": "Jo Doe",
                "text": "Zydeco?",
                "timestamp": T * 1000,
                "type": "text",
            },
            {"isUnsent": True, "senderName": "Pedro Fuentes", "text": "oops", "timestamp": T * 1000 + 1, "type": "text"},
        ],
    }
    other = {
        **chat,
        "participants": ["Ann Lee", "Pedro Fuentes"],
        "threadName": "Ann Lee_3",
        "messages": [{**chat["messages"][0], "senderName": "Ann Lee"}],
    }
    found = export(tmp_path, {"messages/Jo Doe_12.json": chat, "messages/Ann Lee_3.json": other, "messages/other.json": {"a": 1}})
    assert {row["author_ref"] for row in found.of("utterance")} == {JO, stable_id("Ann Lee")}
    assert found.one("utterance", author_ref=JO)["text"] == "Zydeco?"
    assert len({row["thread_id"] for row in found.of("interaction")}) == 2
    assert "oops" not in str([record.values for record in found.records])


@pytest.mark.parametrize(
    ("title", "author"),
    [
        ("Jo Doe wrote on your timeline.", JO),
        ("Jo Doe posted something via Some App.", JO),
        ("Jo Doe hat etwas in deine Chronik geschrieben.", JO),
        ("誰かがタイムラインに投稿しました。", None),
    ],
)
def test_what_others_wrote_on_the_timeline_is_theirs(tmp_path, title, author):
    entry = {"timestamp": T, "title": title, "data": [{"post": "Happy birthday!"}]}
    files = {
        "connections/friends/your_friends.json": {"friends_v2": [{"name": "Jo Doe", "timestamp": T}]},
        "your_facebook_activity/posts/other_people's_posts_to_your_timeline.json": {
            "wall_posts_sent_to_you": {"activity_log_data": [entry]}
        },
    }
    found = export(tmp_path, files)
    if author is None:
        assert found.rules == {"missing_name": 1} and found.of("utterance") == []
    else:
        said = found.one("utterance")
        assert (said["author_ref"], said["target_ref"], said["text"]) == (author, ME, "Happy birthday!")


def test_a_friendship_that_ended_goes_and_nothing_of_the_person_is_kept(tmp_path):
    files = {
        "connections/friends/your_friends.json": {"friends_v2": [{"name": "Jo Doe", "timestamp": T}]},
        "connections/friends/removed_friends.json": {
            "deleted_friends_v2": [{"name": "Past Friend", "timestamp": T}, {"name": "Jo Doe", "timestamp": T}]
        },
        "connections/friends/rejected_friend_requests.json": {"rejected_requests_v2": [{"name": "Some Stranger", "timestamp": T}]},
    }
    found = export(tmp_path, files)
    gone = {row["record_id"] for row in found.of("tie", is_deleted=True)}
    assert gone == {f"friend:{stable_id('Past Friend')}", f"follows:{stable_id('Some Stranger')}"}
    assert found.rules == {"tied_again": 1}
    assert "Past Friend" not in str(found.items) and "Some Stranger" not in str(found.items)
    assert not any(row.get("is_deleted") for row in found.of("tie", record_id=f"friend:{JO}"))


@pytest.mark.parametrize(
    "title",
    [
        "Pedro Fuentes hat einen Beitrag kommentiert.",
        "Pedro Fuentes a commenté la publication de quelqu'un.",
        "Pedro Fuentes comentó la foto de Otra Persona.",
        "Pedro Fuentesさんが投稿にコメントしました。",
    ],
)
def test_a_title_that_names_nobody_known_has_no_target_rather_than_a_wrong_one(tmp_path, title):
    entry = {"timestamp": T, "title": title, "data": [{"comment": {"timestamp": T, "comment": "Nice", "author": "Pedro Fuentes"}}]}
    found = export(tmp_path, {"comments_and_reactions/comments.json": {"comments_v2": [entry]}})
    assert found.one("utterance")["target_ref"] is None
    assert [row["record_id"] for row in found.of("person")] == [ME]


def test_the_html_export_is_named_as_such(tmp_path):
    with pytest.raises(UnreadableError, match="HTML export; ask Facebook for JSON"):
        read(Facebook(), write_files(tmp_path / "html", {"start_here.html": "<html>", "friends/your_friends.html": "<html>"}))


def test_an_export_with_nothing_in_it_is_no_error(tmp_path):
    found = export(tmp_path, {"your_friends.json": {"friends_v2": []}, "posts/your_posts_1.json": []})
    assert found.counts == {"person": 1}
    assert not found.refusals


def test_files_of_other_things_are_left_alone(tmp_path):
    files = {"security/account_activity.json": {"account_activity_v2": [{"ip": "127.0.0.1"}]}, "ads/advertisers.json": "{"}
    assert export(tmp_path, files).counts == {"person": 1}


WORDS = st.text(alphabet=st.characters(codec="utf-8"), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "name",
                    "timestamp",
                    "data",
                    "title",
                    "comment",
                    "reaction",
                    "post",
                    "attachments",
                    "place",
                    "coordinate",
                    "latitude",
                    "label_values",
                    "label",
                    "value",
                    "author",
                ]
            )
            | WORDS,
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)
FILES = {
    "your_friends.json": "friends_v2", "comments.json": "comments_v2", "likes_and_reactions_1.json": "reactions_v2", "your_posts_1.json": "",
    "your_groups.json": "groups_admined_v2", "pages_you've_liked.json": "page_likes_v2", "received_friend_requests.json": "received_requests_v2",
}  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None, max_examples=60)
@given(name=st.sampled_from(sorted(FILES)), rows=st.lists(JSON, max_size=4))
def test_no_element_vanishes_and_none_raises(tmp_path, name, rows):
    content = json.dumps({FILES[name]: rows} if FILES[name] else rows)
    found = export(tmp_path, {name: content, "your_friends.json": found_friends(name, content)})
    lines = {item.values.get("source_line") for item in found.records if item.kind != "person"} | {
        item.source_line for item in found.refusals
    }
    assert lines - {None} >= set(range(1, len(rows) + 1))


def found_friends(name: str, content: str) -> str:
    return content if name == "your_friends.json" else "[]"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None, max_examples=40)
@given(messages=st.lists(JSON, max_size=4), people=JSON, profile=JSON)
def test_any_thread_and_profile_are_read_or_refused(tmp_path, messages, people, profile):
    files = {"messages/inbox/a/message_1.json": {"participants": people, "messages": messages}}
    files[PROFILE_FILE] = {"profile_v2": profile}
    found = read_whatever(Facebook(), write_files(tmp_path / "export", {name: json.dumps(content) for name, content in files.items()}))
    assert len(found.items) >= len(messages)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(content=st.binary(max_size=120), name=st.sampled_from(["comments.json", "messages/inbox/a/message_1.json", "a.zip", "album/0.json"]))
def test_any_bytes_are_read_or_unreadable(tmp_path, content, name):
    try:
        read(Facebook(), write_files(tmp_path / "any", {name: content}) / name)
    except UnreadableError as error:
        assert "\n" not in str(error)


def test_the_files_of_older_exports_are_read(tmp_path):
    files = {
        "following_and_followers/following.json": {"following": [{"name": "Zydeco Fest", "timestamp": 1500000001}]},
        "following_and_followers/followers.json": {"followers": [{"name": "Cy Fox"}]},
        "pages/pages_you_follow.json": {"pages_followed_v2": [{"timestamp": 1500000003, "data": [{"name": "Saints"}], "title": "Saints"}]},
        "posts/your_posts.json": {"status_updates": [{"timestamp": 1500000008, "data": [{"post": "Old style"}]}]},
    }
    found = read(Facebook(), write_files(tmp_path / "old", files), visit_of("facebook", name="Me User"))
    assert {(one["utterance_type"], one["text"]) for one in found.of("utterance")} == {
        ("like", "Zydeco Fest"), ("like", "Saints"), ("post", "Old style"),
    }  # fmt: skip
    tie = found.one("tie")
    assert (tie["tie_type"], found.one("person", record_id=tie["src_ref"])["full_name"]) == ("follows", "Cy Fox")
    assert found.rules == {}
