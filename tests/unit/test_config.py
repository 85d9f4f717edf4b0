from pathlib import Path

import pytest

from commonground.config import DEFAULT_CONFIG, credentials_from_environment, load_settings
from commonground.errors import ConfigError, CredentialsError
from nights import MARKET, write_config


def test_the_settings_that_ship_are_fit_to_start_from():
    settings = load_settings(DEFAULT_CONFIG)
    assert [feed.name for feed in settings.feeds] == ["team"]
    assert "religion" in settings.policy.interests.denied


def test_a_missing_file_names_itself(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"market\.yaml: no such settings file"):
        load_settings(tmp_path)


def test_a_file_that_is_no_yaml_names_file_and_line(tmp_path: Path):
    write_config(tmp_path, market="name: [unclosed\nstate: CA")
    with pytest.raises(ConfigError, match=r"market\.yaml, line \d+: not readable as YAML"):
        load_settings(tmp_path)


def test_a_wrong_value_names_its_key_and_what_it_wants(tmp_path: Path):
    write_config(tmp_path, market=MARKET.replace("America/Los_Angeles", "Mars/Olympus"))
    with pytest.raises(ConfigError, match=r"time_zone: wants an IANA time zone .*Mars/Olympus"):
        load_settings(tmp_path)


def test_one_bad_feed_is_named_and_its_neighbours_stay(tmp_path: Path):
    write_config(tmp_path, "feeds:\n- {name: good, source: linkedin, path: x}\n- {name: bad, source: linkedin, pth: x}\n")
    settings = load_settings(tmp_path)
    assert [feed.name for feed in settings.feeds] == ["team", "good"]
    assert "pth: no such key" in settings.broken_feeds["bad"]
    assert "path" in settings.broken_feeds["bad"]
    with pytest.raises(ConfigError, match="no such key"):
        settings.feed("bad")


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ("{name: good, source: feed, path: y}", "is taken"),
        ("{name: team, source: feed, path: y}", "is taken"),
        ("{name: lost, source: feed}", "wants a path"),
        ("{name: theirs, source: feed, path: y, owner: nobody}", "no agent_id of market.yaml"),
        ("{name: Bad Name, source: feed, path: y}", "name"),
        ("42", "feed_2"),
    ],
)
def test_what_is_wrong_with_a_feed_is_said(tmp_path: Path, entry: str, complaint: str):
    write_config(tmp_path, f"feeds:\n- {{name: good, source: linkedin, path: x}}\n- {entry}\n")
    broken = load_settings(tmp_path).broken_feeds
    assert len(broken) == 1
    assert complaint in next(iter(broken.values()))


def test_an_unknown_feed_lists_the_known_ones(tmp_path: Path):
    write_config(tmp_path, "feeds:\n- {name: good, source: linkedin, path: x}\n")
    with pytest.raises(ConfigError, match="no feed 'bad'; it has: good, team"):
        load_settings(tmp_path).feed("bad")


@pytest.mark.parametrize(
    "value",
    [
        '{"conn_type": "http", "host": "http://127.0.0.1", "port": 8080, "login": "me", "password": "p@ss", "extra": "{\\"a\\": 1}"}',
        "http://me:p%40ss@127.0.0.1:8080",
    ],
)
def test_credentials_come_in_both_forms_airflow_takes(monkeypatch: pytest.MonkeyPatch, value: str):
    monkeypatch.setenv("AIRFLOW_CONN_CRM", value)
    found = credentials_from_environment("crm")
    assert (found.host, found.login, found.password) == ("http://127.0.0.1:8080", "me", "p@ss")
    assert "p@ss" not in repr(found)


def test_missing_credentials_say_which_variable(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("AIRFLOW_CONN_CRM", raising=False)
    with pytest.raises(CredentialsError, match="AIRFLOW_CONN_CRM"):
        credentials_from_environment("crm")


def test_unreadable_credentials_do_not_show_themselves(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AIRFLOW_CONN_CRM", '{"password": "hunter2"')
    with pytest.raises(CredentialsError) as caught:
        credentials_from_environment("crm")
    assert "hunter2" not in str(caught.value)
