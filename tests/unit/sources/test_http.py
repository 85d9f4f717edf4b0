"""HttpClient against a real server that fails in the ways vendors do."""

import datetime as dt
import email.utils
import json
import logging
import time

import pytest

from commonground.errors import CredentialsError, SourceUnavailableError, UnreadableError
from commonground.sources.http import AnswerError, HttpClient, RefusedError
from commonground.sources.masking import mask
from commonground.sources.throttle import consistent_limits, seconds_until
from vendor_server import Asked, Reply, serving


def script(*replies: Reply):
    """Answers in this order, the last one for ever."""
    left = list(replies)

    def answer(_: Asked) -> Reply:
        return left.pop(0) if len(left) > 1 else left[0]

    return answer


def client(url: str, **settings) -> HttpClient:
    waits: list[float] = settings.pop("waits", [])
    return HttpClient(url, **{"auth": "tok-secret-1", "sleep": waits.append, **settings})


OK = Reply({"items": [1]})


def test_what_passes_is_tried_again_with_growing_waits():
    waits: list[float] = []
    replies = script(Reply(status=503), Reply(status=500), Reply({"items": [1, 2, 3]}, cut=5), Reply(b'{"items": [1', 200), OK)
    with serving(replies) as server, client(server.url, waits=waits, backoff_seconds=1) as http:
        assert http.get("listings").body == {"items": [1]}
    assert len(server.asked) == 5
    assert 1 <= waits[0] <= 1.5
    assert 8 <= waits[3] <= 8.5


def test_an_outage_that_lasts_is_unavailable_after_a_few_tries():
    with serving(script(Reply({"errorMessage": "down for\n maintenance"}, 503))) as server, client(server.url, tries=3) as http:
        with pytest.raises(SourceUnavailableError, match=r"answered 503: down for maintenance$"):
            http.get("listings")
        assert len(server.asked) == 3


def test_nobody_listening_is_unavailable():
    with serving(script(OK)) as server:
        url = server.url
    with client(url) as http, pytest.raises(SourceUnavailableError, match="no connection"):
        http.get("listings?access_token=abc123")


def in_seconds(number: float) -> dt.datetime:
    return dt.datetime.now(dt.UTC) + dt.timedelta(seconds=number)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (lambda: {"Retry-After": "7"}, 7),
        (lambda: {"Retry-After": email.utils.format_datetime(in_seconds(60))}, 60),
        (lambda: {"X-RateLimit-Reset": str(int(time.time()) + 40)}, 40),
        (lambda: {"X-RateLimit-Reset": in_seconds(50).isoformat()}, 50),
        (lambda: {"Application-RateLimit-Reset": str(int(time.time()) + 30)}, 30),
        (lambda: {"Application-RateLimit-Remaining": "17", "Application-RateLimit-Reset": "900", "Burst-RateLimit-Reset": "4"}, 4),
        (lambda: {"RateLimit-ResetTime": in_seconds(20).isoformat()}, 20),
        (lambda: {"Hour-Quota-ResetTime": str(int(time.time() * 1000) + 3_000_000)}, 960),
        (dict, 30),
    ],
)
def test_a_429_waits_as_long_as_the_vendor_says(headers, expected):
    waits: list[float] = []
    with serving(script(Reply(status=429, headers=headers()), OK)) as server, client(server.url, waits=waits) as http:
        assert http.get("listings").status == 200
    assert expected - 3 <= waits[0] <= expected * 1.6


def test_the_third_429_gives_up_and_a_far_retry_after_at_once():
    with serving(script(Reply(status=429))) as server, client(server.url) as http:
        with pytest.raises(SourceUnavailableError, match="answered 429"):
            http.get("listings")
        assert len(server.asked) == 3
    with serving(script(Reply(status=429, headers={"Retry-After": "86400"}))) as server, client(server.url) as http:
        with pytest.raises(SourceUnavailableError, match="come back in 86400 seconds"):
            http.get("listings")
        assert len(server.asked) == 1


def test_a_spent_quota_is_not_tried_again():
    body = {"error": {"code": "ACCESS_LIMIT_REACHED", "description": "that was all"}}
    with serving(script(Reply(body, 429))) as server, client(server.url, is_spent=lambda said: "ACCESS" in said["error"]["code"]) as http:
        with pytest.raises(SourceUnavailableError, match="ACCESS_LIMIT_REACHED: that was all"):
            http.get("listings")
        assert len(server.asked) == 1


def test_refused_credentials_are_not_tried_again():
    for status in (401, 403):
        with serving(script(Reply({"errorMessage": "no such key"}, status))) as server, client(server.url) as http:
            with pytest.raises(CredentialsError, match="no such key") as caught:
                http.get("people")
            assert isinstance(caught.value, RefusedError)
            assert (caught.value.status, len(server.asked)) == (status, 1)


def test_an_expired_token_is_renewed_once():
    tokens = iter(["old-token", "new-token", "newer-token"])

    def answer(asked: Asked) -> Reply:
        return OK if asked.headers["Authorization"] == "Bearer new-token" else Reply({"error": "expired"}, 401)

    with serving(answer) as server, client(server.url, auth=None, renew=lambda: next(tokens)) as http:
        assert http.get("people").body == OK.body
    assert [asked.headers["Authorization"] for asked in server.asked] == ["Bearer old-token", "Bearer new-token"]
    with serving(script(Reply(status=401))) as server, client(server.url, renew=lambda: "still-bad") as http:
        with pytest.raises(CredentialsError):
            http.get("people")
        assert len(server.asked) == 2


def test_client_credentials_bring_a_token_that_is_masked_from_then_on():
    def answer(asked: Asked) -> Reply:
        if asked.path == "/v1/oidc/token":
            assert b"grant_type=client_credentials" in asked.body
            assert "Authorization" not in asked.headers
            return Reply({"access_token": "fresh-token-77", "expires_in": 28800})
        return Reply({"message": f"who is {asked.headers['Authorization']}?"}, 400)

    with serving(answer) as server:
        http = client(server.url, auth=None, renew=lambda: http.client_credentials("oidc/token", "id-1", "hush-hush", "api"))
        with http, pytest.raises(AnswerError) as caught:
            http.get("Property")
    assert "fresh-token-77" not in str(caught.value)
    assert "***" in str(caught.value)


def test_a_wrong_client_secret_is_a_matter_of_credentials():
    reply = Reply({"error": "invalid_client", "error_description": "client_secret=hush-hush is wrong"}, 400)
    with serving(script(reply)) as server, client(server.url, auth=None) as http, pytest.raises(CredentialsError) as caught:
        http.client_credentials("token", "id-1", "hush-hush")
    assert "hush-hush" not in str(caught.value)


def test_the_token_never_leaves_home():
    with serving(script(OK)) as elsewhere, serving(script(Reply(status=302, headers={"Location": elsewhere.url}))) as server:
        with client(server.url) as http:
            for link in (elsewhere.url + "next", server.url.replace("http://", "https://"), "//evil.example/x", "ftp://127.0.0.1/x"):
                with pytest.raises(UnreadableError, match="leads away"):
                    http.get(link)
            with pytest.raises(UnreadableError, match="redirected"):
                http.get("listings")
            home = server.url.rstrip("/")
            with pytest.raises(UnreadableError):
                http.get(home.replace("127.0.0.1", "127.0.0.1@evil.example"))
        assert elsewhere.asked == []


def test_a_form_for_a_token_server_elsewhere_takes_no_header_of_ours_along():
    with serving(script(Reply({"access_token": "t-0815"}))) as elsewhere, serving(script(OK)) as server:
        with client(server.url, headers={"X-System-Key": "sys-key-9"}, secrets=["sys-key-9"]) as http:
            assert http.client_credentials(elsewhere.url, "id", "secret") == "t-0815"
        sent = elsewhere.asked[0].headers
        assert "X-System-Key" not in sent
        assert "Authorization" not in sent


def test_links_are_sent_on_as_they_are():
    with serving(script(OK)) as server, client(server.url) as http:
        http.get(server.url + "people?limit=25&&next=eyJzaW5jZUlkIjoxMDV9")
        http.get("Property", {"$filter": "ModificationTimestamp ge 2026-11-22T06:00:00.000Z and City eq 'Santa Rosa'", "$top": 5})
    assert server.asked[0].target == "/v1/people?limit=25&&next=eyJzaW5jZUlkIjoxMDV9"
    assert server.asked[1].target.startswith("/v1/Property?$filter=ModificationTimestamp%20ge%202026")
    assert server.asked[1].query["$filter"].endswith("City eq 'Santa Rosa'")


@pytest.mark.parametrize("link", ["http://[", "//[x/y", "http://[::1"])
def test_a_link_that_is_no_address_is_refused_in_words(link):
    with serving(script(Reply(status=302, headers={"Location": link}))) as moved, client(moved.url) as http:
        for asked in (link, "moved"):
            with pytest.raises(UnreadableError):
                http.get(asked)
    assert [asked.path for asked in moved.asked] == ["/v1/moved"]


def test_errors_are_one_line_without_secrets():
    reply = Reply({"error": {"message": "bad filter\nnear tok-secret-1, access_token=abc"}}, 400)
    with serving(script(reply)) as server, client(server.url) as http, pytest.raises(AnswerError) as caught:
        http.get("Property?access_token=abcdef&x=tok-secret-1")
    assert str(caught.value).count("\n") == 0
    assert not any(secret in str(caught.value) for secret in ("tok-secret-1", "abcdef", "=abc"))
    assert "bad filter near" in str(caught.value)
    assert (caught.value.status, caught.value.body["error"]["message"][:3]) == (400, "bad")


def test_the_masked_url_of_an_answer_may_be_kept():
    with serving(script(OK)) as server, client(server.url, secrets=["p&w/1"]) as http:
        assert http.get("a?access_token=abcdef&q=p%26w%2F1").url == server.url + "a?access_token=***&q=***"


def test_the_debug_log_of_the_http_library_is_masked(caplog):
    with caplog.at_level(logging.DEBUG), serving(script(OK)) as server, client(server.url) as http:
        http.get("a?access_token=abcdef")
    assert "access_token=***" in caplog.text
    assert "abcdef" not in caplog.text


def test_an_answer_that_is_no_json_says_what_it_is():
    with serving(script(Reply(b"<html><b>Please sign in</b></html>"))) as server, client(server.url) as http:
        with pytest.raises(AnswerError, match="expected JSON, got 'Please sign in'"):
            http.get("people")
        assert len(server.asked) == 1


def test_json_that_breaks_off_every_time_is_unavailable():
    cut_off = script(Reply(b'{"a": [1, 2'))
    with serving(cut_off) as server, client(server.url, tries=2) as http, pytest.raises(SourceUnavailableError, match="after 11 bytes"):
        http.get("people")


def test_lone_surrogates_do_not_come_in_and_astral_letters_do():
    with serving(script(Reply(rb'{"a": "\ud800x", "b": "\ud83d\ude00"}'))) as server, client(server.url) as http:
        body = http.get("people").body
    json.dumps(body, ensure_ascii=False).encode()
    assert body["b"] == "\N{GRINNING FACE}"


def test_an_answer_too_large_or_too_deep_is_refused():
    bomb = Reply(b" " * 5_000_000, is_zipped=True)
    with serving(script(bomb)) as server, client(server.url, largest_answer_bytes=100_000) as http:
        with pytest.raises(AnswerError, match="larger than 100000 bytes"):
            http.get("people")
        assert len(server.asked) == 1
    with serving(script(Reply(b"[" * 200_000))) as server, client(server.url, tries=1) as http, pytest.raises(UnreadableError):
        http.get("people")


def test_gzip_and_our_name_are_sent():
    with serving(script(Reply({"a": 1}, is_zipped=True))) as server, client(server.url, auth=("key-1234", "")) as http:
        assert http.get("people").body == {"a": 1}
    headers = server.asked[0].headers
    assert headers["User-Agent"].startswith("CommonGround/")
    assert headers["Accept-Encoding"] == "gzip"
    assert headers["Authorization"] == "Basic a2V5LTEyMzQ6"


def test_a_feed_that_has_not_changed_costs_no_body():
    def answer(asked: Asked) -> Reply:
        same = asked.headers.get("If-None-Match") == '"v1"'
        return Reply(status=304) if same else Reply(b"<rss/>", headers={"ETag": '"v1"', "Last-Modified": "Mon, 23 Nov 2026 02:00:00 GMT"})

    with serving(answer) as server, HttpClient(server.url) as http:
        first = http.get("feed.xml", as_json=False)
        again = http.get("feed.xml", as_json=False, etag=first.etag, last_modified=first.last_modified)
    assert (first.body, again.status, again.body) == (b"<rss/>", 304, None)


def test_without_credentials_a_feed_may_move():
    def moved(_: Asked) -> Reply:
        return Reply(status=301, headers={"Location": elsewhere.url + "feed"})

    with serving(script(Reply(b"<rss/>"))) as elsewhere, serving(moved) as server, HttpClient(server.url) as http:
        assert http.get("feed", as_json=False).body == b"<rss/>"


def test_a_link_header_leads_on():
    links = {"Link": '<http://x.example/2?t=1>; rel="next", <http://x.example/0>; rel="prev"'}
    with serving(script(Reply([], headers=links))) as server, client(server.url) as http:
        assert http.get("a").next_link == "http://x.example/2?t=1"
    with serving(script(OK)) as server, client(server.url) as http:
        assert http.get("a").next_link is None


def test_retries_wait_for_their_turn_like_any_other_request():
    """Six requests, half of them retries, at ten a second (burst of a second): the limiter holds them all to it."""
    replies = script(*[Reply(status=503)] * 5, OK)
    with serving(replies) as server, client(server.url, per_second=5, burst=0.4, tries=9, backoff_seconds=0) as http:
        began = time.monotonic()
        http.get("a")
        assert time.monotonic() - began > 0.7
    assert len(server.asked) == 6


def test_credentials_that_cannot_be_sent_are_told_without_showing_them():
    with serving(script(OK)) as server, client(server.url, auth="smart“quote”") as http, pytest.raises(UnreadableError) as caught:
        http.get("a")
    assert "smart" not in str(caught.value)


def test_limits_that_others_imply_are_left_out():
    assert consistent_limits({1: 2, 60: 0, 3600: 7200, 86400: 40000}) == {1: 2, 86400: 40000}
    assert consistent_limits({1: 10, 60: 5}) == {60: 5}
    assert consistent_limits({1: 0, 60: 0}) == {}


def test_waits_are_read_in_every_form():
    now = time.time()
    assert seconds_until("12") == 12
    assert seconds_until("soon") is None
    assert seconds_until(None) is None
    assert 8 < seconds_until(str(int((now + 10) * 1000))) <= 10
    assert seconds_until("Mon, 23 Nov 2020 02:00:00 GMT") == 0


def test_masking_leaves_ordinary_words_alone():
    assert mask("GET /people?pageToken=abc&ListingKey=1") == "GET /people?pageToken=abc&ListingKey=1"
    assert mask("https://user:pw@api.example/x?key=AIza&sig=1") == "https://***@api.example/x?key=***&sig=***"
    assert mask('{"access_token": "abc", "token": "x"}') == '{"access_token": "***", "token": "***"}'
    assert mask("Authorization: Bearer abc.def-ghi") == "Authorization: Bearer ***"
