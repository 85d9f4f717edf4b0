"""Exports of several team members are one network: who stands in two of them has the same address in both, and nobody else's."""

import datetime as dt

import pytest

from commonground.identity.channels import profile
from commonground.sources.base import PASSED_OVER, Page
from commonground.sources.social.bluesky import Bluesky
from commonground.sources.social.instagram import Instagram
from commonground.sources.social.linkedin import LinkedIn
from commonground.sources.social.mastodon import Mastodon
from commonground.sources.social.swarm import Swarm
from commonground.sources.social.x import X
from exports import Found, read, visit_of, write_files

T = 1_672_531_200


def instagram(folder, *people):
    rows = [{"string_list_data": [{"href": f"https://www.instagram.com/{name}", "value": name, "timestamp": T}]} for name in people]
    return read(Instagram(), write_files(folder, {"followers_1.json": rows}))


def x(folder, *people):
    rows = ", ".join(f'{{"follower": {{"accountId": "{n}", "userLink": "https://twitter.com/intent/user?user_id={n}"}}}}' for n in people)
    return read(X(), write_files(folder, {"follower.js": f"window.YTD.follower.part0 = [{rows}]"}))


def swarm(folder, *people):
    return read(Swarm(), write_files(folder, {"friends.json": {"items": [{"id": n, "firstName": f"P{n}"} for n in people]}}))


def linkedin(folder, *people):
    rows = "".join(f"P,{slug},https://www.linkedin.com/in/{slug},,,,01 Jan 2020\n" for slug in people)
    return read(
        LinkedIn(),
        write_files(folder, {"Connections.csv": "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n" + rows}),
    )


def bluesky(_folder, *people):
    body = {"profiles": [{"did": f"did:plc:{n:024}", "handle": f"h{n}.example"} for n in people]}
    return Found(Bluesky().conform(Page("saved", "a.json", body), visit_of("bluesky")))


def mastodon(_folder, *people):
    body = [{"id": str(n), "acct": f"p{n}@other.example", "url": f"https://other.example/@p{n}"} for n in people]
    return Found(Mastodon().conform(Page("saved", "a.json", body), visit_of("mastodon")))


def keys(found: Found) -> dict[str, set[str]]:
    people = [row for row in found.of("person") if not row.get("agent_id")]
    return {row["record_id"]: {key for url in row["urls"] if (key := profile(url))} for row in people}


@pytest.mark.parametrize("make", [instagram, x, swarm, linkedin, bluesky, mastodon])
def test_a_person_in_two_exports_has_one_address_and_two_people_have_two(tmp_path, make):
    names = ("jo.doe", "ann_lee", "bo.ek") if make in (instagram, linkedin) else (7, 8, 9)
    one, other = keys(make(tmp_path / "a", *names[:2])), keys(make(tmp_path / "b", *names[1:]))
    assert len(one) == len(other) == 2 and all(one.values()) and all(other.values())
    shared = set.union(*one.values()) & set.union(*other.values())
    (both,) = one.keys() & other.keys()
    assert shared == one[both] == other[both]
    first, second = one.values()
    assert not first & second


@pytest.mark.parametrize("make", [instagram, x, swarm, linkedin])
def test_a_smaller_export_later_deletes_nobody(tmp_path, make):
    names = ("jo.doe", "ann_lee") if make in (instagram, linkedin) else (7, 8)
    make(tmp_path / "a", *names)
    later = make(tmp_path / "b", names[0])
    assert not any(record.values.get("is_deleted") for record in later.records)


@pytest.mark.parametrize("make", [instagram, x, swarm, linkedin, bluesky, mastodon])
def test_the_same_export_again_has_the_same_ids(tmp_path, make):
    names = ("jo.doe", "ann_lee") if make in (instagram, linkedin) else (7, 8)
    again = [[(record.kind, record.values["record_id"]) for record in make(tmp_path / part, *names).records] for part in "ab"]
    assert again[0] == again[1] and len(set(again[0])) == len(again[0])


def test_what_holds_nothing_to_keep_alarms_nobody():
    assert {"missing_text", "declined", "duplicate", "tied_again", "withheld"} <= PASSED_OVER


def test_every_kind_of_time_is_read_in_its_own_network_alone(tmp_path):
    """Seconds, milliseconds, text in UTC: what is right in one network is refused in the other."""
    seconds, millis = T, T * 1000
    followers = [
        {"string_list_data": [{"href": "https://www.instagram.com/jo", "value": "jo", "timestamp": moment}]} for moment in (seconds, millis)
    ]
    found = read(Instagram(), write_files(tmp_path / "a", {"followers_1.json": followers}))
    assert found.one("tie")["since_at"] == dt.datetime(2023, 1, 1, tzinfo=dt.UTC) and found.rules == {"bad_date": 1}
    checkins = [
        {"id": str(n), "createdAt": at, "venue": {"name": "Cafe"}} for n, at in enumerate(("2023-01-01 00:00:00.000000", seconds, millis))
    ]
    found = read(Swarm(), write_files(tmp_path / "b", {"checkins1.json": {"items": checkins}}))
    assert {row["occurred_at"] for row in found.of("utterance")} == {dt.datetime(2023, 1, 1, tzinfo=dt.UTC)} and found.rules == {
        "bad_date": 1
    }
