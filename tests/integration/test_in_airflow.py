"""Nights in a real Airflow: started by its API, with its Connections, forms, mapped tasks, assets, logs and login.

Two nights are run. The first is as it should be. Before the second a person is erased, another asks not to be contacted, two records are
judged to be different people, people are asked about the matches in doubt, and one token stops working.
"""

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from commonground.config import FAMILIES
from commonground.errors import CommonGroundError
from commonground.identity.asking import plain
from running_airflow import Running
from towns import query

pytestmark = pytest.mark.airflow
BROKEN = "sandbox_yelp"
RECORDS = {"left_feed": "a", "left_record_id": "1", "right_feed": "b", "right_record_id": "2", "by": "a test"}


@dataclass(frozen=True)
class SecondNight:
    """What was done before the second night, and how the night went."""

    run_id: str
    state: str
    published_before: str
    form_states: dict[str, str]
    suppressed: str
    erased: str
    erased_mail: str
    judged: tuple[str, str, str, str]
    asked: "Asked"


@dataclass(frozen=True)
class Asked:
    """What people were asked, and what came of it.

    Attributes:
        worst: rank order of the published file's ids of pairs.
        questions: what Airflow shows, in the order of the tasks.
        answered: the state and rendered index of each question's task.
        records: feed and record id of the two records of each question, left first.
    """

    worst: list[str]
    questions: list[dict[str, Any]]
    state: str
    answered: list[tuple[str, str]]
    records: list[tuple[str, str, str, str]]


@pytest.fixture(scope="module")
def ask(running: Running) -> Callable[..., list[tuple]]:
    return lambda sql, *values: query(running.town, sql, *values)


def fetched(running: Running, path: str, user: str | None = None) -> requests.Response:
    """A page of ours as Airflow serves it, to a user or to nobody."""
    with requests.Session() as session:
        session.trust_env = False
        if user:
            password = running.airflow.password if user == "admin" else running.airflow.viewer_password
            login = session.post(f"{running.airflow.url}/auth/token", json={"username": user, "password": password}, timeout=30)
            session.headers["Authorization"] = f"Bearer {login.json()['access_token']}"
        return session.get(f"{running.airflow.url}/commonground/{path}", timeout=30, allow_redirects=False)


def test_a_night_started_by_the_api_succeeds_and_publishes(running: Running, ask: Callable[..., list[tuple]]):
    assert running.first_state == "success", running.tasks("nightly_load", running.first_run)
    assert ask("SELECT CAST(as_of AS VARCHAR), status FROM runs") == [(running.as_of, "complete")]
    groups = dict(ask("SELECT segment, count(*) FROM segments GROUP BY segment"))
    assert all(groups.get(name) for name in ("now", "later", "evangelist")), groups
    assert ask("SELECT count(*) > 0 FROM today") == [(True,)]


def test_every_feed_is_loaded_and_accounted_for(running: Running, ask: Callable[..., list[tuple]]):
    assert ask("SELECT feed, last_status, last_error FROM feeds WHERE last_status <> 'loaded' OR is_stale") == []
    assert ask("SELECT feed FROM load_audit WHERE rows_read <> rows_accepted + rows_quarantined + rows_unchanged + rows_suppressed") == []


@pytest.mark.parametrize("family", FAMILIES)
def test_the_task_of_each_feed_bears_its_name(family: str, running: Running, ask: Callable[..., list[tuple]]):
    dag_id = f"ingest_{family}"
    tasks = running.tasks(dag_id, running.child(dag_id, running.first_run))
    names = {task["rendered_map_index"] for task in tasks if task["task_id"] == "load"}
    assert names == {feed for (feed,) in ask("SELECT feed FROM feeds WHERE family = ? AND is_enabled", family)}
    assert {task["state"] for task in tasks} == {"success"}


def test_the_lake_and_the_published_file_are_assets_with_events(running: Running):
    events = running.airflow.get("assets/events?limit=500")["asset_events"]
    assert {event["name"] for event in events} >= {f"lake_{family}" for family in FAMILIES} | {"enriched_tables", "commonground_duckdb"}


@pytest.mark.parametrize(
    ("dag_id", "conf", "expected"),
    [
        ("nightly_load", {"as_of": "someday"}, r"someday.*date"),
        ("nightly_load", {"families": ["contacts", "gossip"]}, r"gossip.*contacts.*mls"),
        ("nightly_load", {"full_refresh": "perhaps"}, r"perhaps.*boolean"),
        ("judge_match", {"pair": "12"}, r"12.*m\[0-9a-f\]"),
        ("judge_match", {**RECORDS, "decision": "maybe"}, r"maybe.*same.*different"),
        ("erase_contact", {"by": "dream", "value": "abc"}, r"dream.*contact"),
    ],
)
def test_a_form_refuses_what_it_cannot_use_and_says_what_it_wants(dag_id: str, conf: dict[str, Any], expected: str, running: Running):
    with pytest.raises(CommonGroundError, match=rf"(?s)answers 4\d\d.*(?:{expected})"):
        running.airflow.trigger(dag_id, conf)


def test_the_pages_are_there_for_whoever_may_look_and_for_nobody_else(running: Running, ask: Callable[..., list[tuple]]):
    ((contact, name),) = ask("SELECT contact_id, full_name FROM segment_now ORDER BY rank LIMIT 1")
    paths = (
        "",
        "groups",
        "groups?group=later&format=csv",
        "today",
        f"people/{contact}",
        "people/nobody",
        "static/style.css",
        "nowhere",
        "docs",
    )
    for path in paths:
        answer = fetched(running, path)
        assert answer.status_code == 401, path
        assert name not in answer.text
    for user in ("viewer", "admin"):
        assert name in fetched(running, "groups", user).text
        assert fetched(running, f"people/{contact}", user).status_code == 200
        assert fetched(running, "static/style.css", user).headers["content-type"].startswith("text/css")
    (plugin,) = [plugin for plugin in running.airflow.get("plugins")["plugins"] if plugin["name"] == "common_ground"]
    assert plugin["external_views"][0]["url_route"] == "commonground"


@pytest.fixture(scope="module")
def second_night(running: Running) -> SecondNight:
    """What people do by hand, a token that stops working, and a night."""
    town = running.town
    (published_before,) = query(town, "SELECT run_id FROM _meta")[0]
    suppressed, suppressed_mail = query(town, "SELECT contact_id, email FROM today WHERE email IS NOT NULL ORDER BY rank LIMIT 1")[0]
    erased, erased_mail = query(
        town,
        """SELECT contact_id, email FROM segment_later
           WHERE email IS NOT NULL AND household_id NOT IN (SELECT household_id FROM contacts WHERE contact_id = ? AND household_id IS NOT NULL)
           ORDER BY rank DESC LIMIT 1""",
        suppressed,
    )[0]
    left_feed, left, right_feed, right = judged = query(
        town,
        """SELECT any_value(feed ORDER BY feed), any_value(record_id ORDER BY feed), max(feed), max_by(record_id, feed) FROM contact_identities
           WHERE contact_id NOT IN (?, ?) AND contact_id IN (SELECT contact_id FROM contacts)
           GROUP BY contact_id HAVING count(*) = 2 AND count(DISTINCT feed) = 2 ORDER BY contact_id LIMIT 1""",
        suppressed,
        erased,
    )[0]
    verdict = {"left_feed": left_feed, "left_record_id": left, "right_feed": right_feed, "right_record_id": right}
    forms = {
        "suppress_contact": running.run("suppress_contact", {"email": suppressed_mail}),
        "judge_match": running.run("judge_match", {**verdict, "decision": "different", "by": "a test"}),
        "erase_contact": running.run("erase_contact", {"by": "contact", "value": erased, "dry_run": False}),
    }
    asked = ask_people(running)
    running.airflow.connect({BROKEN: running.connections[BROKEN] | {"password": "yelp-key-that-was-revoked"}})
    run_id, state = running.night()
    return SecondNight(run_id, state, published_before, forms, suppressed, erased, erased_mail, judged, asked)


def ask_people(running: Running) -> Asked:
    """An empty form of judge_match that asks two questions: the first is answered, of the second nobody is sure."""
    airflow, town = running.airflow, running.town
    worst = [pair for (pair,) in query(town, "SELECT pair_id FROM uncertain_matches ORDER BY rank")]
    run_id = airflow.trigger("judge_match", {"questions": 2})
    path = f"dags/judge_match/dagRuns/{run_id}"
    questions: list[dict[str, Any]] = []
    assert len(worst) > 1, "a town without doubt asks nobody"
    for _ in range(90):
        waiting = [task for task in running.tasks("judge_match", run_id) if task["state"] == "awaiting_input"]
        if len(waiting) == 2:
            time.sleep(10)  # an answer within the second, while the executor still holds the task, fails it; no person is that quick
            questions = sorted(airflow.get(f"{path}/hitlDetails")["hitl_details"], key=lambda q: q["task_instance"]["map_index"])
            break
        time.sleep(1)
    for question, said in zip(questions, ("Different people", "Not sure"), strict=True):
        place = question["task_instance"]["map_index"]
        airflow.patch(f"{path}/taskInstances/ask/{place}/hitlDetails", {"chosen_options": [said]}, or_post="")
    state = airflow.wait_for("judge_match", run_id, 180)
    tasks = sorted(running.tasks("judge_match", run_id), key=lambda task: task["map_index"])
    answered = [(task["state"], task["rendered_map_index"]) for task in tasks if task["task_id"] == "ask"]
    records = query(town, "SELECT left_feed, left_record_id, right_feed, right_record_id FROM uncertain_matches ORDER BY rank LIMIT 2")
    return Asked(worst, questions, state, answered, records)


def test_a_refused_token_fails_its_feed_at_once_and_nothing_else(
    running: Running, second_night: SecondNight, ask: Callable[..., list[tuple]]
):
    tasks = running.tasks("ingest_reviews", running.child("ingest_reviews", second_night.run_id))
    loads = {task["rendered_map_index"]: (task["state"], task["try_number"]) for task in tasks if task["task_id"] == "load"}
    assert loads == {"google_business": ("success", 1), "yelp": ("failed", 1)}
    enrich = running.airflow.get(f"dags/enrich_contacts/dagRuns/{running.child('enrich_contacts', second_night.run_id)}")
    assert enrich["state"] == "success"
    assert ask("SELECT feed FROM feeds WHERE is_stale") == [("yelp",)]
    assert ask("SELECT run_id <> ? FROM _meta", second_night.published_before) == [(True,)]
    assert ask("SELECT status FROM runs ORDER BY run_id DESC LIMIT 1") == [("with_failures",)]


def test_the_pages_show_the_new_file_and_name_the_feed_that_did_not_load(
    running: Running, second_night: SecondNight, ask: Callable[..., list[tuple]]
):
    page = fetched(running, "groups", "viewer").text
    assert ask("SELECT run_id FROM _meta")[0][0] in page
    assert re.search(r"Not loaded last night: yelp\b", page)


def test_whoever_asks_not_to_be_contacted_leaves_every_list_to_act_on(second_night: SecondNight, ask: Callable[..., list[tuple]]):
    assert second_night.form_states["suppress_contact"] == "success"
    assert ask("SELECT do_not_contact FROM contacts WHERE contact_id = ?", second_night.suppressed) == [(True,)]
    for table in ("today", "segment_now", "segment_later", "segment_evangelist"):
        assert ask(f"SELECT contact_id FROM {table} WHERE contact_id = ?", second_night.suppressed) == []


def test_an_erased_person_does_not_come_back_with_the_next_night(second_night: SecondNight, ask: Callable[..., list[tuple]]):
    assert second_night.form_states["erase_contact"] == "success"
    assert ask("SELECT contact_id FROM contacts WHERE contact_id = ?", second_night.erased) == []
    assert ask("SELECT contact_id FROM contacts WHERE list_contains(emails, ?)", second_night.erased_mail) == []


def test_a_verdict_holds_from_the_next_night_on(second_night: SecondNight, ask: Callable[..., list[tuple]]):
    assert second_night.form_states["judge_match"] == "success"
    left_feed, left, right_feed, right = second_night.judged
    contacts = ask(
        "SELECT DISTINCT contact_id FROM contact_identities WHERE (feed, record_id) IN ((?, ?), (?, ?))", left_feed, left, right_feed, right
    )
    assert len(contacts) == 2


def test_an_empty_form_asks_people_about_the_worst_matches(running: Running, second_night: SecondNight):
    asked = second_night.asked
    assert [index for _, index in asked.answered] == asked.worst[:2]
    first = asked.questions[0]
    assert first["options"] == ["Same person", "Different people", "Not sure"]
    for text in ("First record", "Second record", "Agrees:", "Tonight:", *asked.records[0]):
        assert plain(text) in first["body"], text
    assert asked.questions[0]["task_instance"]["rendered_fields"]["body"] is None


def test_an_answer_is_a_verdict_under_the_persons_name_and_not_sure_is_none(running: Running, second_night: SecondNight):
    asked = second_night.asked
    assert asked.state == "success"
    assert [state for state, _ in asked.answered] == ["success", "success"]
    lines = (running.town / "data" / "verdicts" / "verdicts.jsonl").read_text().splitlines()
    said = {
        (row["left_feed"], row["left_record_id"], row["right_feed"], row["right_record_id"]): row["decision"]
        for row in map(json.loads, lines)
        if row["decided_by"] == "admin"
    }
    assert said.get(asked.records[0]) == "different"
    assert asked.records[1] not in said


def test_what_was_judged_is_no_question_any_more(second_night: SecondNight, ask: Callable[..., list[tuple]]):
    left_feed, left, right_feed, right = second_night.asked.records[0]
    contacts = ask(
        "SELECT count(DISTINCT contact_id) FROM contact_identities WHERE (feed, record_id) IN ((?, ?), (?, ?))",
        left_feed, left, right_feed, right,
    )  # fmt: skip
    assert contacts == [(2,)]
    assert ask("SELECT pair_id FROM uncertain_matches WHERE pair_id = ?", second_night.asked.worst[0]) == []
    acted_on = ask("SELECT left_contact_id FROM uncertain_matches UNION SELECT right_contact_id FROM uncertain_matches")
    assert not {contact for (contact,) in acted_on} & {second_night.suppressed, second_night.erased}


def test_no_log_holds_a_secret_or_says_who_is_in_the_books(running: Running, second_night: SecondNight, ask: Callable[..., list[tuple]]):
    connections = [*running.connections.values(), {"password": "yelp-key-that-was-revoked"}]
    secrets = {value for fields in connections for value in (fields.get("login"), fields.get("password")) if value}
    people = {
        name
        for (name,) in ask(
            "SELECT full_name FROM contacts WHERE NOT is_organization AND length(full_name) > 8 AND contains(full_name, ' ')"
        )
    }
    mails = {mail for (mail,) in ask("SELECT unnest(emails) FROM contacts")} | {second_night.erased_mail}
    logs = sorted((running.airflow.home / "logs").rglob("*.log"))
    assert len(logs) > 20
    for log in logs:
        text = log.read_text(encoding="utf-8", errors="replace")
        found = [what for what in secrets | people | mails if what in text]
        assert not found, f"{log.relative_to(running.airflow.home)} holds {len(found)}: {found[:3]}"
