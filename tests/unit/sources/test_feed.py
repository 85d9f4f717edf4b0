"""Feeds: what is a post, what a comment, who wrote it, and what is no feed at all."""

import datetime as dt
import json
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commonground.config import Feed as FeedSettings
from commonground.errors import UnreadableError
from commonground.sources.base import Page, Visit
from commonground.sources.social.feed import Feed
from commonground.sources.text import stable_id
from exports import Found, fixture, read, visit_of, write_files
from vendor_server import Asked, Reply, serving

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:geo="http://www.w3.org/2003/01/geo/wgs84_pos#">'
)
BLOG = "https://blog.example/?p=7"


def rss(*items: str, title: str = "Our Blog", next_link: str = "") -> bytes:
    more = f'<atom:link rel="next" href="{next_link}"/>' if next_link else ""
    return f"{HEAD}<channel><title>{title}</title><link>https://blog.example</link>{more}{''.join(items)}</channel></rss>".encode()


def item(title: str = "", text: str = "", author: str = "", extra: str = "", link: str = BLOG, guid: str = "") -> str:
    parts = {"title": title, "link": link, "dc:creator": author, "content:encoded": f"<![CDATA[{text}]]>" if text else "", "guid": guid}
    return "<item>" + "".join(f"<{name}>{value}</{name}>" for name, value in parts.items() if value) + extra + "</item>"


def conform(content: bytes, visit: Visit | None = None) -> Found:
    return Found(Feed().conform(Page("feed", "https://blog.example/feed", content), visit or visit_of("feed", owner=None)))


def test_the_real_feeds_give_five_texts_and_four_refusals():
    found = read(Feed(), fixture("feeds"), visit_of("feed", owner=None))
    assert found.counts == {"utterance": 5, "person": 5}
    assert found.rules == {"missing_text": 4}
    comment = found.one("utterance", utterance_type="comment")
    assert comment["thread_id"] == "http://salmon-test.blogspot.com/2009/10/test-post.html"
    assert comment["occurred_at"].replace(microsecond=0) == dt.datetime(2009, 12, 9, 0, 59, 2, tzinfo=dt.UTC)
    john = found.one("person", record_id=comment["author_ref"])
    assert (john["full_name"], john["emails"]) == ("John", [])  # noreply@blogger.com is nobody's address
    assert found.one("utterance", source_url="https://example.org/initial-post")["text"] == "Hello, world!"
    assert found.of("utterance")[0]["text"] == "…"


def test_a_post_is_its_title_and_words_without_markup():
    post = conform(
        rss(item("A &amp; B", "<p>First<br>second</p><script>x</script>", "Ann Lee", "<pubDate>Sat, 28 Sep 2002 21:00:02 GMT</pubDate>"))
    ).one("utterance")
    assert (post["utterance_type"], post["text"]) == ("post", "A & B\nFirst\nsecond")
    assert (post["occurred_at"], post["author_ref"]) == (dt.datetime(2002, 9, 28, 21, 0, 2, tzinfo=dt.UTC), stable_id("Ann Lee"))


@pytest.mark.parametrize(
    ("title", "author"),
    [("By: Jo Doe", "Jo Doe"), ("Comment on A walk by the sea by Jo Doe", "Jo Doe"), ("Von: Jo Doe", "Jo Doe"), ("By: Jo Doe", "")],
)
def test_wordpress_comments_are_known_by_their_address_and_title(title, author):
    found = conform(
        rss(item(title, "<p>I love jazz</p>", author, link=f"{BLOG}#comment-3", guid=f"{BLOG}#comment-3"), title="Comments for Our Blog")
    )
    comment = found.one("utterance")
    assert (comment["utterance_type"], comment["text"], comment["thread_id"]) == ("comment", "I love jazz", BLOG)
    assert comment["author_ref"] == stable_id("Jo Doe")


def test_a_post_called_by_something_is_no_comment():
    assert conform(rss(item("By: the sea", "words", "Ann Lee"))).one("utterance")["utterance_type"] == "post"


def test_a_commenter_is_known_by_address_then_mail_then_name():
    author = "<atom:author><atom:name>Jo Doe</atom:name>{}</atom:author>"
    items = [
        item(
            "By: Jo Doe",
            "a",
            "Jo Doe",
            author.format("<atom:uri>https://jo.example</atom:uri><atom:email>jo@example.org</atom:email>"),
            f"{BLOG}#comment-1",
        ),
        item("By: Jo Doe", "b", "Jo Doe", author.format("<atom:email>jo@example.org</atom:email>"), f"{BLOG}#comment-2"),
        item("By: Jo Doe", "c", "Jo Doe", "", f"{BLOG}#comment-3"),
        item("By: Jo Doe", "d", "Jo Doe", author.format("<atom:uri>https://blog.example/</atom:uri>"), f"{BLOG}#comment-4"),
    ]
    found = conform(rss(*items))
    assert [row["author_ref"] for row in found.of("utterance")] == [
        "https://jo.example",
        "jo@example.org",
        stable_id("Jo Doe"),
        stable_id("Jo Doe"),
    ]
    assert found.counts["person"] == 3


@pytest.mark.parametrize("prefix", ["thr", "t"])
def test_an_entry_that_answers_another_is_a_comment_whatever_the_prefix_is_called(prefix):
    entry = (
        f'<entry><title>re</title><id>urn:2</id><{prefix}:in-reply-to ref="urn:1" href="https://b.example/1"/><content>ok</content></entry>'
    )
    space = f'xmlns="http://www.w3.org/2005/Atom" xmlns:{prefix}="http://purl.org/syndication/thread/1.0"'
    found = conform(f'<?xml version="1.0"?><feed {space}><title>T</title>{entry}</feed>'.encode())
    assert found.one("utterance")["utterance_type"] == "comment"


def test_a_comment_answers_the_post_of_its_thread():
    found = conform(rss(item("By: Jo Doe", "Nice", "Jo Doe", link=f"{BLOG}#comment-1"), item("A walk", "words", "Ann Lee")))
    assert found.one("utterance", utterance_type="comment")["target_ref"] == stable_id("Ann Lee")


def test_on_the_teams_own_blog_authors_are_team_members():
    content = rss(item("One", "words", "Pedro Fuentes"), item("Two", "words", "Guest Writer"), item("Three", "words", link=BLOG + "8"))
    found = conform(content, visit_of("feed"))
    assert {row["full_name"]: row["agent_id"] for row in found.of("person")} == {"Pedro Fuentes": "pedro", "Guest Writer": None}
    assert [row["author_ref"] for row in found.of("utterance")] == [
        stable_id("Pedro Fuentes"),
        stable_id("Guest Writer"),
        stable_id("Pedro Fuentes"),
    ]
    assert {row["agent_id"] for row in conform(content, visit_of("feed", author_is_owner=True)).of("person")} == {"pedro"}
    assert {row["agent_id"] for row in conform(content).of("person")} == {None}  # elsewhere a name proves nothing
    assert "pedro" in {row["agent_id"] for row in conform(content, visit_of("feed", owner=None, is_team_blog=True)).of("person")}


def test_unsigned_news_is_the_publications():
    found = conform(rss(item("Council keeps library hours", "It voted."), title="Town Gazette"))
    assert (found.one("person")["person_type"], found.one("person")["full_name"]) == ("organization", "Town Gazette")


def test_entries_without_id_or_date_keep_one_key():
    bare = "<item><title>Hello</title></item>"
    first, again = conform(rss(bare)), conform(rss(bare, item("Other", "x", guid="g1")))
    assert first.one("utterance")["record_id"] in {row["record_id"] for row in again.of("utterance")}
    assert first.one("utterance")["occurred_at"] is None


def test_an_entry_without_words_is_refused():
    assert conform(rss(item(), item("Title only"))).rules == {"missing_text": 1}


def test_a_point_on_the_map_is_kept():
    spot = "<geo:lat>38.44</geo:lat><geo:long>-122.71</geo:long>"
    post = conform(rss(item("Here", "words", extra=spot))).one("utterance")
    assert (post["latitude"], post["longitude"]) == (38.44, -122.71)
    atom = b'<feed xmlns="http://www.w3.org/2005/Atom" xmlns:georss="http://www.georss.org/georss"><entry><title>x</title><georss:point>36.9 31.1</georss:point></entry></feed>'
    post = conform(atom).one("utterance")
    assert (post["latitude"], post["longitude"]) == (36.9, 31.1)


def test_a_json_feed_keeps_what_is_no_entry_as_refused():
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "T",
        "items": [{"id": 5, "content_html": "<b>Hi</b>", "date_published": "2026-01-02T03:04:05Z"}, 42, {"id": "6"}],
    }
    found = conform(json.dumps(feed).encode())
    assert (found.one("utterance")["text"], found.one("utterance")["occurred_at"]) == (
        "Hi",
        dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC),
    )
    assert found.rules == {"not_an_object": 1, "missing_text": 1}


def test_an_empty_feed_is_fine_and_what_is_none_is_one_line(tmp_path):
    assert conform(rss()).items == []
    undeclared = b"<rss version='2.0'><channel><dc:title>x</dc:title></channel></rss>"
    for content in (undeclared, b"<html><body>Not found</body></html>", b"", b"{}", b'{"items": 1}', b"[" * 100_000, b"\x00\xff" * 50):
        with pytest.raises(UnreadableError) as caught:
            conform(content)
        assert "\n" not in str(caught.value)


def laughs(encoding: str = "utf-8") -> bytes:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(10))
    return f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE r [{entities}]><rss version="2.0"><channel><item><title>&l9;</title></item></channel></rss>'.encode(
        encoding
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_billion_laughs_are_refused_at_once(encoding):
    begun = time.process_time()
    with pytest.raises(UnreadableError, match="entities"):
        conform(laughs(encoding))
    assert time.process_time() - begun < 1


def test_in_a_folder_what_is_no_feed_is_refused_and_the_rest_read(tmp_path):
    folder = write_files(tmp_path, {"a.xml": rss(item("A", "words")), "b.xml": laughs(), "c.json": "{}", "d.xml": b"garbage"})
    found = read(Feed(), folder)
    assert found.rules == {"unreadable_file": 3}
    assert found.counts["utterance"] == 1
    with pytest.raises(UnreadableError):
        read(Feed(), folder / "d.xml")


def feed_visit(url: str, checkpoint: dict | None = None) -> Visit:
    visit = visit_of("feed", owner=None)
    visit.feed = FeedSettings(name="blog", source="feed", url=url)
    visit.checkpoint = checkpoint or {}
    return visit


def test_a_feed_is_asked_for_news_only():
    def answer(asked: Asked) -> Reply:
        if asked.headers.get("If-None-Match") == '"v1"':
            return Reply(status=304, headers={"ETag": '"v1"'})
        return Reply(rss(item("A", "words")), headers={"ETag": '"v1"', "Content-Type": "application/rss+xml"})

    with serving(answer) as server:
        first = feed_visit(server.url + "feed.xml")
        pages = list(Feed().fetch(first))
        assert [page.resource for page in pages] == ["feed"]
        assert Found(Feed().conform(pages[0], first)).counts["utterance"] == 1
        second = feed_visit(server.url + "feed.xml", first.next_checkpoint)
        assert list(Feed().fetch(second)) == []
        assert second.next_checkpoint == first.next_checkpoint
        assert {asked.path for asked in server.asked} == {"/v1/feed.xml"}
        moved = feed_visit(server.url + "other.xml", first.next_checkpoint)  # another address, another history
        assert len(list(Feed().fetch(moved))) == 1


def test_older_pages_are_followed_on_the_first_visit_but_not_in_circles():
    def answer(asked: Asked) -> Reply:
        number = int(asked.query.get("page", 1))
        return Reply(
            rss(item(f"Post {number}", "words", guid=f"g:{number}"), next_link=f"?page={(0, 2, 3, 2)[number]}"),
            headers={"ETag": f'"{number}"'},
        )

    with serving(answer) as server:
        visit = feed_visit(server.url + "feed")
        pages = list(Feed().fetch(visit))
        assert len(pages) == 3
        assert visit.next_checkpoint["etag"] == '"1"'
        assert len(list(Feed().fetch(feed_visit(server.url + "feed", visit.next_checkpoint)))) == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(st.binary(max_size=80) | st.text(alphabet='<>/"= rssitemfeedntryl&;![CDATA', max_size=120).map(str.encode))
def test_any_bytes_are_a_feed_or_unreadable(content):
    for around in (content, rss(content.decode("utf-8", "replace")), content.join([b'{"version":"1","items":[', b"]}"])):
        try:
            conform(around)
        except UnreadableError as error:
            assert "\n" not in str(error)


def test_an_entry_without_an_author_is_the_feeds_authors_with_address_and_mail(tmp_path):
    author = "<author><name>Ana Souza</name><uri>http://ana.example</uri><email>ana@x.org</email></author>"
    entry = "<entry><id>urn:1</id><title>One</title><content>I love zydeco</content></entry>"
    (tmp_path / "atom.xml").write_text(f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Blog</title><id>urn:x</id>{author}{entry}</feed>')
    ana = read(Feed(), tmp_path / "atom.xml", visit_of("feed")).one("person")
    assert (ana["full_name"], ana["urls"], ana["emails"]) == ("Ana Souza", ["http://ana.example"], ["ana@x.org"])


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("head", ["", '<?xml version="1.0"?>', '<?xml version="1.0" encoding="utf-8"?>'])
def test_wide_letters_need_no_declaration(tmp_path, encoding, head):
    text = f'{head}<rss version="2.0"><channel><title>Blog</title><item><title>Café</title></item></channel></rss>'
    (tmp_path / "rss.xml").write_bytes(text.encode(encoding))
    assert read(Feed(), tmp_path / "rss.xml", visit_of("feed")).one("utterance")["text"] == "Café"
    blog = {"version": "https://jsonfeed.org/version/1", "title": "Blog", "items": [{"id": "1", "content_text": "Café"}]}
    (tmp_path / "feed.json").write_bytes(json.dumps(blog, ensure_ascii=False).encode(encoding))
    assert read(Feed(), tmp_path / "feed.json", visit_of("feed")).one("utterance")["text"] == "Café"


@pytest.mark.parametrize("written", ["Sept 7, 2002", "Samstag, 07 Sep 2002 00:00:00", "7 septembre 2002", "Sat, 07 Sep 2002 00:00:00 GMT"])
def test_dates_in_words_of_no_standard_are_read(tmp_path, written):
    item = f"<item><title>One</title><description>x</description><pubDate>{written}</pubDate></item>"
    (tmp_path / "rss.xml").write_text(f'<rss version="2.0"><channel><title>Blog</title>{item}</channel></rss>')
    found = read(Feed(), tmp_path / "rss.xml", visit_of("feed"))
    assert found.one("utterance")["occurred_at"] == dt.datetime(2002, 9, 7, tzinfo=dt.UTC)
