"""Invented exports, one writer per source, for `benchmarks.parsers`; those of APIs stand beside it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

GIVEN = ("José", "Ann", "Maria", "Wei", "Tomás", "Ruth", "Ivan", "Noor")
FAMILY = ("García", "Lee", "Ruiz", "Okafor", "Smith", "van der Berg", "Nowak", "Haddad")
SYLLABLES = ("ba", "do", "fi", "ga", "ke", "lo", "mi", "na", "po", "ra", "se", "ti", "vo", "wa", "ze", "la")
WORDS = "Zydeco night at the grange on Sunday, bring the kids and a chair; the market opens at eight and the trail is dry again."
EPOCH = 1_600_000_000


def name(number: int) -> tuple[str, str]:
    """An invented first and last name; the last ones all different."""
    family, rest = FAMILY[number // 8 % 8], number // 64
    while rest:
        family, rest = family + SYLLABLES[rest % 16], rest // 16
    return GIVEN[number % 8], family


def garbled(value: Any) -> Any:
    """As Facebook and Instagram write text: UTF-8 bytes as Latin-1 characters."""
    if isinstance(value, str):
        return value.encode().decode("latin-1")
    if isinstance(value, dict):
        return {key: garbled(inner) for key, inner in value.items()}
    return [garbled(item) for item in value] if isinstance(value, list) else value


def write_rows(path: Path, rows: Iterator[str], size: int, before: str = "", between: str = "", after: str = "") -> None:
    """Writes rows until the file has the size."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        written = file.write(before)
        for number, row in enumerate(rows):
            written += file.write((between if number else "") + row)
            if written >= size:
                break
        file.write(after)


def write_json(path: Path, rows: Iterator[Any], size: int, before: str = "[", after: str = "]", indent: int | None = None) -> None:
    """Writes a list of objects until the file has the size."""
    write_rows(path, (json.dumps(row, indent=indent) for row in rows), size, before, ",\n", after)


def numbers() -> Iterator[int]:
    """0, 1, 2, ..."""
    number = 0
    while True:
        yield number
        number += 1


def linkedin(folder: Path, size: int) -> None:
    """Connections (as many as LinkedIn allows, at most a third), messages."""
    head = "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n"
    rows = (
        f'{name(n)[0]},{name(n)[1]},https://www.linkedin.com/in/p{n},,"Acme {n % 900}, Inc.",Senior Engineer,15 Jan 2024\n'
        for n in range(30_000)
    )
    write_rows(folder / "Connections.csv", rows, size // 3, head)
    head = "CONVERSATION ID,CONVERSATION TITLE,FROM,SENDER PROFILE URL,TO,RECIPIENT PROFILE URLS,DATE,SUBJECT,CONTENT,FOLDER\n"
    ends = ("Owner Name,https://www.linkedin.com/in/owner", "{} {},https://www.linkedin.com/in/p{}")
    rows = (
        f"c{n % 3000},,{','.join((ends[0], ends[1].format(*name(n % 3000), n % 3000))[:: 1 if n % 2 else -1])},"
        f'2024-03-{n % 28 + 1:02} 09:{n % 60:02}:00 UTC,,"{WORDS} {n}",INBOX\n'
        for n in numbers()
    )
    write_rows(folder / "messages.csv", rows, size * 2 // 3, head)


def thread(folder: Path, size: int, people: tuple[str, ...], part: int = 1) -> None:
    """A file of one conversation, pretty-printed as the vendor does."""
    rows = (
        garbled(
            {
                "sender_name": people[n % len(people)],
                "timestamp_ms": (EPOCH + n * 60) * 1000,
                "content": f"{WORDS} {n} 😀",
                "is_geoblocked": False,
            }
        )
        for n in numbers()
    )
    head = json.dumps(garbled({"participants": [{"name": one} for one in people]}))[:-1] + ',"messages":['
    write_json(folder / f"message_{part}.json", rows, size, head, '],"title":"x","thread_path":"inbox/x"}', indent=2)


def facebook(folder: Path, size: int) -> None:
    """Friends, comments, posts, and twenty conversations."""
    root = folder / "your_facebook_activity"
    friends = ({"name": " ".join(name(n)), "timestamp": EPOCH + n} for n in range(5000))
    write_json(folder / "connections/friends/your_friends.json", map(garbled, friends), size // 10, '{"friends_v2":[', "]}", 2)
    comments = (
        {
            "timestamp": EPOCH + n * 90,
            "title": f"Owner Name commented on {' '.join(name(n % 5000))}'s post.",
            "data": [{"comment": {"timestamp": EPOCH + n * 90, "comment": f"{WORDS} {n}", "author": "Owner Name"}}],
        }
        for n in numbers()
    )
    write_json(root / "comments_and_reactions/comments.json", map(garbled, comments), size // 5, '{"comments_v2":[', "]}", 2)
    posts = (
        {"timestamp": EPOCH + n * 900, "data": [{"post": f"{WORDS} {n}"}], "title": "Owner Name updated his status."} for n in numbers()
    )
    write_json(root / "posts/your_posts__check_ins__photos_and_videos_1.json", map(garbled, posts), size // 5, indent=2)
    for number in range(20):
        thread(root / f"messages/inbox/friend_{number}", size // 40, (" ".join(name(number)), "Owner Name"))


def large_facebook(folder: Path, size: int) -> None:
    """The same, with a conversation of half the size in one file, and one of thirteen people in two."""
    facebook(folder, size * 3 // 10)
    inbox = folder / "your_facebook_activity/messages/inbox"
    thread(inbox / "friend_1000", size // 2, (" ".join(name(1000)), "Owner Name"))
    for part in (1, 2):
        thread(inbox / "group", size // 10, (*(" ".join(name(n)) for n in range(12)), "Owner Name"), part)


def instagram(folder: Path, size: int) -> None:
    """Followers, likes, comments, a conversation."""
    root = "connections/followers_and_following/"

    def item(n: int) -> dict[str, Any]:
        entry = {"href": f"https://www.instagram.com/user{n}", "value": f"user{n}", "timestamp": EPOCH + n}
        return {"title": "", "string_list_data": [entry]}

    write_json(folder / root / "followers_1.json", map(item, numbers()), size // 5, indent=2)
    write_json(folder / root / "following.json", map(item, numbers()), size // 5, '{"relationships_following":[', "]}", 2)
    likes = (
        {
            "title": f"user{n % 9000}",
            "string_list_data": [{"href": f"https://www.instagram.com/p/{n}/", "value": "x", "timestamp": EPOCH + n}],
        }
        for n in numbers()
    )
    write_json(folder / "your_instagram_activity/likes/liked_posts.json", likes, size // 5, '{"likes_media_likes":[', "]}", 2)
    comments = (
        {
            "string_map_data": {
                "Comment": {"value": f"{WORDS} {n}"},
                "Media Owner": {"value": f"user{n % 900}"},
                "Time": {"timestamp": EPOCH + n},
            }
        }
        for n in numbers()
    )
    write_json(folder / "your_instagram_activity/comments/post_comments_1.json", map(garbled, comments), size // 5, indent=2)
    thread(folder / "your_instagram_activity/messages/inbox/friend_1", size // 5, ("Ann Lee", "Owner Name"))


def x(folder: Path, size: int) -> None:
    """Followers, tweets, likes."""
    followers = ({"follower": {"accountId": str(10**9 + n), "userLink": f"https://twitter.com/intent/user?user_id={n}"}} for n in numbers())
    write_json(folder / "data/follower.js", followers, size // 5, "window.YTD.follower.part0 = [", indent=2)

    def mention(n: int) -> dict[str, str]:
        return {"screen_name": f"user{n}", "name": " ".join(name(n)), "id_str": str(10**9 + n)}

    tweets = (
        {
            "tweet": {
                "id_str": str(10**18 + n),
                "created_at": "Wed Oct 10 20:19:24 +0000 2018",
                "full_text": f"@user{n % 500} {WORDS} {n}",
                "in_reply_to_user_id_str": str(10**9 + n % 500),
                "in_reply_to_screen_name": f"user{n % 500}",
                "entities": {"hashtags": [], "urls": [], "user_mentions": [mention(n % 500)]},
            }
        }
        for n in numbers()
    )
    write_json(folder / "data/tweets.js", tweets, size * 3 // 5, "window.YTD.tweets.part0 = [", indent=2)
    likes = (
        {"like": {"tweetId": str(10**18 + n), "fullText": f"{WORDS} {n}", "expandedUrl": f"https://x.com/i/status/{n}"}} for n in numbers()
    )
    write_json(folder / "data/like.js", likes, size // 5, "window.YTD.like.part0 = [", indent=2)


def swarm(folder: Path, size: int) -> None:
    """Check-ins."""
    checkins = (
        {
            "id": f"{n:024x}",
            "createdAt": f"2023-11-{n % 28 + 1:02} 22:18:20.000000",
            "type": "checkin",
            "timeZoneOffset": -480,
            "shout": f"{WORDS} {n}" if n % 3 else None,
            "venue": {"id": f"v{n % 700}", "name": f"Café {n % 700}", "url": f"https://foursquare.com/v/{n % 700}"},
            "comments": {"count": 0},
            "lat": 38.4,
            "lng": -122.7,
        }
        for n in numbers()
    )
    write_json(folder / "checkins1.json", checkins, size, '{"count":1,"items":[', "]}")


def checkins(folder: Path, size: int) -> None:
    """A table of check-ins."""
    rows = (f'{" ".join(name(n % 400))},Foodspotting,Café {n % 700},Ramen,2012-03-{n % 28 + 1:02},"{WORDS}"\n' for n in numbers())
    write_rows(folder / "checkins.csv", rows, size, "person,service,venue,item,date,note\n")


def google_contacts(folder: Path, size: int) -> None:
    """Contacts of 2024 and later."""
    head = "First Name,Middle Name,Last Name,Organization Name,Organization Title,Birthday,Notes,Labels,E-mail 1 - Label,E-mail 1 - Value,"
    head += (
        "Phone 1 - Label,Phone 1 - Value,Address 1 - Label,Address 1 - Street,Address 1 - City,Address 1 - Region,Address 1 - Postal Code\n"
    )
    rows = (
        f'{name(n)[0]},,{name(n)[1]},"Acme, Inc.",Chef,1980-01-02,"{WORDS}",* myContacts ::: Navy,* Home,p{n}@example.org,Mobile,'
        f"+1 707 555 {n % 10_000:04},Home,{n} Main St,Santa Rosa,CA,95404\n"
        for n in numbers()
    )
    write_rows(folder / "contacts.csv", rows, size, head)


def outlook(folder: Path, size: int) -> None:
    """Outlook's table."""
    head = "First Name,Middle Name,Last Name,Title,Suffix,E-mail Address,Mobile Phone,Home Street,Home City,Home State,Home Postal Code,"
    head += "Company,Job Title,Birthday,Spouse,Categories,Notes\n"
    rows = (
        f"{name(n)[0]},,{name(n)[1]},,,p{n}@example.org,+1 707 555 {n % 10_000:04},{n} Main St,Santa Rosa,CA,95404,"
        f'Acme,Chef,1/2/1980,Ann Lee,Navy;Friends,"{WORDS}"\n'
        for n in numbers()
    )
    write_rows(folder / "contacts.csv", rows, size, head)


def crm_csv(folder: Path, size: int) -> None:
    """A CRM's table."""
    head = (
        "ID,First Name,Last Name,Email,Mobile,Address,City,State,Zip,Stage,Lead Source,Tags,Assigned To,Date Added,Last Contacted,Notes\n"
    )
    rows = (
        f"{n},{name(n)[0]},{name(n)[1]},p{n}@example.org,+1 707 555 {n % 10_000:04},{n} Main St,Santa Rosa,CA,95404,Lead,Zillow,"
        f'"Navy, Friends",Owner Name,1/2/2024,3/4/2025,"{WORDS}"\n'
        for n in numbers()
    )
    write_rows(folder / "contacts.csv", rows, size, head)


def vcard(folder: Path, size: int) -> None:
    """Cards of version 3."""
    rows = (
        f"BEGIN:VCARD\r\nVERSION:3.0\r\nN:{name(n)[1]};{name(n)[0]};;;\r\nFN:{' '.join(name(n))}\r\nORG:Acme\r\nTITLE:Chef\r\n"
        f"EMAIL;TYPE=INTERNET:p{n}@example.org\r\nTEL;TYPE=CELL:+1 707 555 {n % 10_000:04}\r\n"
        f"ADR;TYPE=HOME:;;{n} Main St;Santa Rosa;CA;95404;USA\r\nBDAY:1980-01-02\r\nCATEGORIES:Navy,Friends\r\n"
        f"NOTE:{WORDS.replace(';', chr(92) + ';').replace(',', chr(92) + ',')}\r\nUID:{n}\r\nEND:VCARD\r\n"
        for n in numbers()
    )
    write_rows(folder / "contacts.vcf", rows, size)


def feed(folder: Path, size: int) -> None:
    """Feeds of some megabytes each: no honest one is larger."""
    before = '<?xml version="1.0"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Blog</title><link>https://b.example/</link>'
    for number in range(max(1, size // 2_000_000)):
        rows = (
            f"<item><title>Post {n}</title><link>https://b.example/{number}/{n}</link><guid>https://b.example/{number}/{n}</guid>"
            f"<dc:creator>{' '.join(name(n % 40))}</dc:creator><pubDate>Wed, 10 Oct 2018 20:19:24 +0000</pubDate>"
            f"<description>&lt;p&gt;{WORDS}&lt;/p&gt;</description></item>\n"
            for n in numbers()
        )
        write_rows(folder / f"feed_{number}.xml", rows, 2_000_000, before, "", "</channel></rss>")


def yelp(folder: Path, size: int) -> None:
    """The Yelp Open Dataset: reviews, users with friends, businesses, tips."""

    def key(n: int) -> str:
        return f"{n:022}"

    def write(name_of_file: str, rows: Iterator[Any], share: int) -> None:
        lines = (json.dumps(row) + "\n" for row in rows)
        write_rows(folder / f"yelp_academic_dataset_{name_of_file}.json", lines, size // share)

    counts = {"useful": 0, "funny": 0, "cool": 0}
    said = ({"user_id": key(n % 999), "business_id": key(n % 99), "text": f"{WORDS} {n}", "date": "2018-01-09 20:56:38"} for n in numbers())
    write("review", ({"review_id": key(n), "stars": 4.0, **counts, **one} for n, one in enumerate(said)), 2)
    write("tip", ({"compliment_count": 0, **one} for one in said), 6)
    users = (
        {
            "user_id": key(n),
            "name": name(n)[0],
            "review_count": 5,
            "yelping_since": "2007-01-25 16:47:26",
            **counts,
            "elite": "",
            "friends": ", ".join(key((n + other * 7) % 9999) for other in range(n % 9)) or "None",
            "fans": 1,
            "average_stars": 3.9,
        }
        for n in numbers()
    )
    write("user", users, 6)
    places = (
        {
            "business_id": key(n),
            "name": f"Café {n % 700}",
            "address": f"{n} Main St",
            "city": "Santa Rosa",
            "state": "CA",
            "postal_code": "95404",
            "latitude": 38.4,
            "longitude": -122.7,
            "stars": 4.0,
            "review_count": 86,
            "is_open": 1,
            "attributes": {"WiFi": "u'free'", "BusinessParking": "{'garage': False}"},
            "categories": "Gastropubs, Food, Bars",
            "hours": {"Monday": "11:0-20:0"},
        }
        for n in numbers()
    )
    write("business", places, 6)
