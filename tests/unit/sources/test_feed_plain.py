"""Plain feeds are read the short way, and give exactly what feedparser gives; what is not plain is left to it."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonground.sources.social.feed_entries import ParsedFeed, _plain_entry, any_feed, parse_feed
from commonground.sources.social.feed_plain import plain_feed
from exports import fixture

NAMESPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:geo="http://www.w3.org/2003/01/geo/wgs84_pos#" '
    'xmlns:thr="http://purl.org/syndication/thread/1.0" xmlns:slash="http://purl.org/rss/1.0/modules/slash/" '
    'xmlns:wfw="http://wellformedweb.org/CommentAPI/" xmlns:media="http://search.yahoo.com/mrss/" xmlns:gd="http://schemas.google.com/g/2005" '
    'xmlns:georss="http://www.georss.org/georss" xmlns:own="https://own.example/ns"'
)
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
WORDPRESS = """<item><title>Zydeco &amp; crawfish</title><link>https://blog.example/2026/05/zydeco/</link>
<comments>https://blog.example/2026/05/zydeco/#comments</comments><dc:creator><![CDATA[Ann Lee]]></dc:creator>
<pubDate>Sat, 02 May 2026 20:19:24 +0000</pubDate><category><![CDATA[Music]]></category><category>Food</category>
<guid isPermaLink="false">https://blog.example/?p=7</guid><description><![CDATA[<p>On Sunday &#8230;</p>]]></description>
<content:encoded><![CDATA[<p>On <b>Sunday</b> we danced.</p><ul><li>First</li></ul>]]></content:encoded>
<wfw:commentRss>https://blog.example/2026/05/zydeco/feed/</wfw:commentRss><slash:comments>3</slash:comments>
<post-id xmlns="com-wordpress:feed-additions:1">7</post-id></item>"""
BLOGGER = """<entry gd:etag='W/"x"'><id>tag:blogger.com,1999:blog-1.post-2</id><published>2026-05-02T13:19:24.001-07:00</published>
<updated>2026-05-03T13:19:24.001-07:00</updated><category scheme="http://www.blogger.com/atom/ns#" term="Music"/>
<title type="text">Zydeco</title><content type="html">&lt;p&gt;We danced.&lt;/p&gt;</content><link rel="edit" href="https://www.blogger.com/feeds/1/2"/>
<link rel="alternate" type="text/html" href="https://blog.example/zydeco.html" title="Zydeco"/><author><name>Ann Lee</name>
<uri>https://www.blogger.com/profile/1</uri><email>noreply@blogger.com</email>
<gd:image rel="http://schemas.google.com/g/2005#thumbnail" width="16" height="16" src="//img.example/b.gif"/></author>
<thr:in-reply-to href="https://blog.example/dance.html" ref="tag:blogger.com,1999:blog-1.post-1" type="text/html"/><thr:total>0</thr:total></entry>"""


def rss(*items: str, head: str = "<title>Blog</title><link>https://blog.example</link>") -> bytes:
    return f'{DECLARATION}<rss version="2.0" {NAMESPACES}><channel>{head}{"".join(items)}</channel></rss>'.encode()


def atom(*entries: str, head: str = '<title>Blog</title><link href="https://blog.example/"/><author><name>Ann</name></author>') -> bytes:
    return f'{DECLARATION}<feed xmlns="http://www.w3.org/2005/Atom" {NAMESPACES}>{head}{"".join(entries)}</feed>'.encode()


def bare(feed: ParsedFeed) -> ParsedFeed:
    """Without what is only shown of refused entries, which is each parser's own."""
    return replace(feed, entries=[replace(entry, raw=None) for entry in feed.entries])


def is_plain(content: bytes) -> bool:
    return plain_feed(content, _plain_entry) is not None


@pytest.mark.parametrize(
    "content", [rss(WORDPRESS, WORDPRESS), atom(BLOGGER, BLOGGER), rss(), atom(), rss(WORDPRESS).removeprefix(DECLARATION.encode())]
)
def test_the_common_feeds_are_plain_and_read_as_feedparser_reads_them(content):
    assert is_plain(content)
    assert bare(parse_feed(content, "x")) == bare(any_feed(content, "x", may_be_empty=True))


def test_real_feeds_read_as_feedparser_reads_them():
    for file in sorted(Path(fixture("feeds")).glob("*.xml")):
        assert bare(parse_feed(file.read_bytes(), "x")) == bare(any_feed(file.read_bytes(), "x", may_be_empty=True)), file.name


def test_entities_of_its_own_are_nothing_that_is_plain():
    bomb = b'<!DOCTYPE r [<!ENTITY a "ha">]>' + rss("<item><title>&a;</title></item>").removeprefix(DECLARATION.encode())
    assert not is_plain(bomb)


TEXTS = st.sampled_from(
    [
        "",
        " ",
        "Zydeco",
        "A &amp; B",
        "&lt;p&gt;Hi &amp;amp; bye&lt;/p&gt;",
        "<![CDATA[<b>x</b> <br/>y]]>",
        "JosÃ© GarcÃ­a",
        "José",
        "\x80uro \x93x\x94".encode().decode(),
        "12",
        "a <!-- c --> b",
        "<b>bold</b>",
        "&nbsp;",
        "&#8217;s",
        "  two\n lines ",
        "<![CDATA[&copy; 2020]]>",
        "&amp;copy;",
        "😀",
    ]
)
ADDRESSES = st.sampled_from(
    [
        "",
        "https://b.example/1",
        "http://b.example/?a=1&amp;b=2",
        "https://b.example/#comment-7",
        "/relative",
        "12",
        "tag:b.example,2020:1",
        "urn:uuid:1225c695-cfb8",
        "javascript:alert(1)",
        "https:///three",
        "https://b.example/a b",
        "HTTPS://B.example/X",
        "https://b.example/?a&amp;amp;b;",
        "https://ü.example/ä",
        "https://b.example/x?#",
    ]
)
DATES = st.sampled_from(
    [
        "",
        "Sat, 02 May 2026 20:19:24 +0000",
        "2 May 2026 20:19:24 GMT",
        "Sat, 02 May 26 20:19 EST",
        "2026-05-02T20:19:24Z",
        "2026-05-02T20:19:24.9-03:30",
        "2026-05-02",
        "Mon, 30 Feb 2026 20:19:24 +0000",
        "Wed, 02 May 2026 23:59:60 GMT",
        "yesterday",
        "Sat, 02 May 2026 20:19:24 -0330",
        "Sat, 02 May 2026 20:19:24 Z",
        "0001-01-01T00:00:00Z",
        "2026-05-02T20:19:24+05:45",
        "Sat, 02 Sept 2026 20:19:24 +0000",
    ]
)
PEOPLE = st.sampled_from(["", "Ann Lee", "ann@b.example (Ann Lee)", "ann@b.example", "Ann <ann@b.example>".replace("<", "&lt;").replace(">", "&gt;"), "Ann Lee (ann@b.example)", "JosÃ©", "a@b.photography (A)", "ann@b.example (Ann (Lee))", "noreply@blogger.com (Ann)", "ann@b.example ()"])  # fmt: skip
KINDS = st.sampled_from(["", ' type="html"', ' type="text"', ' type="xhtml"', ' type="TEXT/HTML"', ' type="image/png"', ' mode="base64"', ' xml:lang="de"', ' xml:base="https://c.example/"', ' src="https://b.example/v"'])  # fmt: skip


NO_KIND = st.just("")


def element(name: str, words: st.SearchStrategy[str], kinds: st.SearchStrategy[str] = NO_KIND) -> st.SearchStrategy[str]:
    return st.tuples(kinds, words).map(lambda found: f"<{name}{found[0]}>{found[1]}</{name}>")


def links(prefix: str) -> st.SearchStrategy[str]:
    rels = st.sampled_from(["", ' rel="alternate"', ' rel="self"', ' rel="Alternate" type="text/html"', ' rel="replies" type="application/atom+xml"', ' type="application/pdf"'])  # fmt: skip
    return st.tuples(rels, ADDRESSES).map(lambda found: f'<{prefix}link{found[0]} href="{found[1]}"/>')


def author(prefix: str, name: str) -> st.SearchStrategy[str]:
    parts = st.lists(
        st.one_of(element(f"{prefix}name", TEXTS), element(f"{prefix}uri", ADDRESSES), element(f"{prefix}email", PEOPLE)), max_size=3
    )
    return st.one_of(element(name, PEOPLE), parts.map(lambda found: f"<{name}>{''.join(found)}</{name}>"))


REPLIES = st.sampled_from(
    ['<thr:in-reply-to ref="tag:b,1:1"/>', '<thr:in-reply-to href="https://b.example/1" ref="x"/>', "<thr:in-reply-to/>"]
)
PLACES = st.sampled_from(["<geo:lat>38.4</geo:lat><geo:long>-122.7</geo:long>", "<geo:lat>north</geo:lat>", "<georss:point>38.4 -122.7</georss:point>", "<geo:lat>95</geo:lat><geo:long>1</geo:long>"])  # fmt: skip
ODD = st.sampled_from(
    [
        "<category>Music</category>",
        "<own:title>x</own:title>",
        '<own:thing a="b"/>',
        "<media:title>M</media:title>",
        '<media:thumbnail url="x"/>',
        "<media:group><media:description>d</media:description></media:group>",
        '<source url="https://c.example">C</source>',
        "<!-- note -->",
        "<?pi?>",
        "text between",
        "<Title>Capital</Title>",
        '<enclosure url="x" length="1" type="a/b"/>',
        "<div>inline</div>",
        "<author/>",
        "<svg><title>drawn</title></svg>",
    ]
)
ITEMS = st.lists(
    st.one_of(
        element("title", TEXTS, KINDS), element("link", ADDRESSES), element("guid", ADDRESSES, st.sampled_from(["", ' isPermaLink="false"', ' isPermaLink="true"', ' ispermalink="false"'])),
        element("description", TEXTS, KINDS), element("content:encoded", TEXTS), element("pubDate", DATES), element("dc:date", DATES), element("dc:creator", PEOPLE),
        author("", "author"), author("atom:", "atom:author"), links("atom:"), REPLIES, PLACES, ODD,
    ),
    max_size=7,
).map(lambda parts: f"<item>{''.join(parts)}</item>")  # fmt: skip
ENTRIES = st.lists(
    st.one_of(
        element("title", TEXTS, KINDS), element("id", ADDRESSES), element("summary", TEXTS, KINDS), element("content", TEXTS, KINDS), element("published", DATES),
        element("updated", DATES), author("", "author"), links(""), REPLIES, PLACES, ODD,
    ),
    max_size=7,
).map(lambda parts: f"<entry>{''.join(parts)}</entry>")  # fmt: skip
HEADS = st.sampled_from(
    [
        "<title>Blog</title><link>https://blog.example</link>",
        '<title>Ü</title><atom:link rel="next" href="?p=2"/>',
        "<managingEditor>ann@b.example (Ann)</managingEditor>",
        "<image><title>I</title><url>u</url></image><title>T</title>",
        "<item><title>another</title></item>",
        "<language>de</language>",
        "<group><item><title>deep</title></item></group>",
    ]
)


@settings(deadline=None, max_examples=120)
@given(HEADS, st.lists(ITEMS, max_size=2), HEADS)
def test_any_rss_reads_as_feedparser_reads_it(head, items, tail):
    content = rss(*items, tail, head=head)
    assert bare(any_feed(content, "x", may_be_empty=True)) == bare(_parsed(content))


@settings(deadline=None, max_examples=120)
@given(HEADS, st.lists(ENTRIES, max_size=2), HEADS)
def test_any_atom_reads_as_feedparser_reads_it(head, entries, tail):
    content = atom(*entries, tail, head=head)
    assert bare(any_feed(content, "x", may_be_empty=True)) == bare(_parsed(content))


def _parsed(content: bytes) -> ParsedFeed:
    """As `parse_feed`, which refuses a feed that is broken and empty."""
    return parse_feed(content, "x") if is_plain(content) else any_feed(content, "x", may_be_empty=True)
