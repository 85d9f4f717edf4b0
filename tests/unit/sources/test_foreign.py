"""A file of another vendor is an error in one line that says what was expected, for every source and every other's file."""

import json

import pytest

from commonground.errors import UnreadableError
from commonground.sources import SOURCES
from commonground.sources.base import Record
from exports import read, visit_of, write_files

CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Jo Doe\r\nEND:VCARD\r\n"
RSS = '<?xml version="1.0"?><rss version="2.0"><channel><title>T</title><item><title>A</title></item></channel></rss>'
GOOGLE = "First Name,Middle Name,Last Name,Organization Name,Birthday,Notes,Labels,E-mail 1 - Label,E-mail 1 - Value\nJo,,Doe,,,,,* Home,jo@x.example\n"
OUTLOOK = "First Name,Last Name,E-mail Address,Mobile Phone,Home Street,Company\nJo,Doe,jo@x.example,555,1 Main,Acme\n"
LINKEDIN = (
    "First Name,Last Name,URL,Email Address,Company,Position,Connected On\nJo,Doe,https://www.linkedin.com/in/jo,,Acme,Chef,01 Jan 2020\n"
)
FOLLOWER = {"string_list_data": [{"href": "https://www.instagram.com/jo", "value": "jo", "timestamp": 1_672_531_200}]}
MESSAGE = {"sender_name": "A", "timestamp_ms": 1_672_531_200_000, "content": "hi"}
PLACE = {"id": "b", "name": "X", "location": {}}
TIME = "2020-01-01T00:00:00Z"
# the sources that may read it, its name, what is in it
FILES = [
    ("", "a.json", {"a": 1}),
    ("", "b.json", [{"a": 1}]),
    ("", "c.json", "x"),
    ("", "d.json", 5),
    ("mastodon", "e.json", []),  # what it answers where there is nobody
    ("", "f.json", {}),
    ("", "page.html", "<html><body>Hello</body></html>"),
    ("linkedin crm-csv", "li.csv", LINKEDIN),
    ("google-contacts crm-csv", "google.csv", GOOGLE),
    ("outlook crm-csv", "outlook.csv", OUTLOOK),
    ("crm-csv", "crm.csv", "ID,First Name,Last Name,Email,Mobile,Stage,Lead Source,Tags\n1,Jo,Doe,jo@x.example,555,Lead,Zillow,a\n"),
    ("checkins", "checkins.csv", "person,service,venue,item,date,note\nJo,Gowalla,Trail,,2011-01-01,\n"),
    ("facebook", "fb.json", {"friends_v2": [{"name": "Jo", "timestamp": 1_672_531_200}]}),
    ("facebook instagram", "message_1.json", {"participants": [{"name": "A"}, {"name": "B"}], "messages": [MESSAGE], "title": "A"}),
    ("instagram", "followers_1.json", [FOLLOWER]),
    ("instagram", "following.json", {"relationships_following": [FOLLOWER]}),
    ("x", "follower.js", 'window.YTD.follower.part0 = [{"follower": {"accountId": "7"}}]'),
    ("swarm", "checkins1.json", {"items": [{"id": "a", "createdAt": "2023-11-14 22:18:20.000000", "venue": {"id": "v", "name": "X"}}]}),
    ("vcard", "a.vcf", CARD),
    ("feed", "rss.xml", RSS),
    ("feed", "feed.json", {"version": "https://jsonfeed.org/version/1", "title": "T", "items": [{"id": "1", "content_text": "hi"}]}),
    ("bluesky", "b1.json", {"subject": {"did": "did:plc:a", "handle": "a.b"}, "follows": [{"did": "did:plc:c", "handle": "c.d"}]}),
    ("mastodon", "m.json", [{"id": "1", "username": "jo", "acct": "jo", "url": "https://m.example/@jo", "display_name": "Jo", "note": ""}]),
    ("hubspot", "h.json", {"results": [{"id": "1", "properties": {"firstname": "Jo"}, "createdAt": TIME, "updatedAt": TIME}]}),
    ("followupboss", "p.json", {"_metadata": {"collection": "people"}, "people": [{"id": 1, "created": TIME, "updated": TIME, "name": "Jo D"}]}),
    ("salesforce", "s.json", {"totalSize": 1, "done": True, "records": [{"attributes": {"type": "Contact", "url": "/x"}, "Id": "003"}]}),
    ("google-business", "g.json", {"reviews": [{"name": "accounts/1/locations/2/reviews/3", "reviewId": "3", "starRating": "FIVE", "createTime": TIME}]}),
    ("google-places", "gp.json", {"places": [{"id": "p", "displayName": {"text": "X"}, "rating": 4.0}]}),
    ("yelp", "y.json", {"businesses": [PLACE], "total": 1}),
    ("yelp", "review.json", {"review_id": "r", "user_id": "u", "business_id": "b", "stars": 4.0, "date": "2018-01-09 20:56:38", "text": "ok"}),
    ("foursquare", "fsq.json", {"results": [{"fsq_place_id": "p", "name": "X", "latitude": 1, "longitude": 2}]}),
    ("zillow", "z.json", {"value": [{"ReviewKey": "1", "RevieweeKey": "2", "Rating": 5, "Description": "d", "ReviewDate": "2020-01-01"}]}),
    ("reso spark", "r.json", {"@odata.context": "x", "value": [{"ListingKey": "1", "StandardStatus": "Active"}]}),
]  # fmt: skip


@pytest.mark.parametrize("source", sorted(SOURCES))
@pytest.mark.parametrize(("owners", "name", "content"), FILES, ids=[name for _, name, _ in FILES])
def test_a_file_is_read_by_its_own_source_and_refused_by_every_other(tmp_path, source, owners, name, content):
    content = content if isinstance(content, str) and not name.endswith(".json") else json.dumps(content)
    path = write_files(tmp_path, {name: content}) / name
    if source in owners.split():
        items = list(SOURCES[source].read(path, visit_of(source)))
        assert name == "e.json" or any(isinstance(item, Record) for item in items)
        return
    with pytest.raises(UnreadableError) as caught:
        read(SOURCES[source], path)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 600
    assert name in str(caught.value)
    assert any(word in str(caught.value) for word in ("expected", "nothing of", "no ", "neither", "ask ", "not from"))


def test_one_known_file_among_foreign_ones_is_read(tmp_path):
    files = {"your_friends.json": {"friends_v2": [{"name": "Jo", "timestamp": 1_672_531_200}]}, "comments.json": {"a": 1}}
    found = read(SOURCES["facebook"], write_files(tmp_path, files))
    assert found.rules == {"unreadable_file": 1} and found.counts["tie"] == 1
