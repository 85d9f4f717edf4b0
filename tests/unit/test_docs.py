"""The docs' promises: entries that load, connections that can be read, files and commands that exist, names the code knows."""

import contextlib
import io
import json
import re
import textwrap
from pathlib import Path

import pytest
import yaml

from commonground.cli import main
from commonground.config import DEFAULT_CONFIG, Feed, Settings, credentials_from_environment, load_settings
from commonground.sources import SOURCES
from commonground.sources.mls.profiles import profile_of
from commonground.stages import ENRICHMENT

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = ROOT / "include" / "commonground"
SOURCES_PAGE, INSIDE_PAGE = ROOT / "docs" / "sources.md", ROOT / "docs" / "inside.md"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
# made while it runs, or the team's own
NOT_IN_THE_TREE = ("data", ".demo", ".venv", "drops")


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.M | re.S)


def in_backticks(text: str) -> list[str]:
    return re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S))


def settings_with(folder: Path, feeds: object, policy: object = None) -> Settings:
    (folder / "market.yaml").write_text((DEFAULT_CONFIG / "market.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "feeds.yaml").write_text(yaml.safe_dump({"feeds": feeds}), encoding="utf-8")
    if policy is not None:
        (folder / "policy.yaml").write_text(yaml.safe_dump(policy), encoding="utf-8")
    return load_settings(folder)


def documented_entries() -> list[dict]:
    return [entry for block in blocks(SOURCES_PAGE, "yaml") for entry in yaml.safe_load(block) if isinstance(entry, dict)]


def section_of(source: str) -> str:
    found = re.search(rf"^### `{re.escape(source)}`.*?(?=^##|\Z)", SOURCES_PAGE.read_text(encoding="utf-8"), re.M | re.S)
    assert found, f"docs/sources.md has no section on {source}"
    return found[0]


def bullets(text: str, word: str) -> str:
    return " ".join(re.findall(rf"^- {word}.*?(?=^- |^\S|\Z)", text, re.M | re.S))


def library_text() -> str:
    return "\n".join(file.read_text(encoding="utf-8") for folder in ("sources", "contracts") for file in (LIBRARY / folder).rglob("*.py"))


@pytest.mark.parametrize("block", blocks(SOURCES_PAGE, "yaml"), ids=lambda block: block.split("\n")[0][:40])
def test_every_block_of_yaml_in_the_sources_page_loads(block: str, tmp_path: Path):
    content = yaml.safe_load(block)
    settings = settings_with(tmp_path, content) if isinstance(content, list) else settings_with(tmp_path, [], content)
    assert settings.broken_feeds == {}
    for feed in settings.feeds:
        assert feed.source in SOURCES
        assert feed.path or SOURCES[feed.source].is_api, f"{feed.name} is an export and wants a path"
        if SOURCES[feed.source].family == "mls":
            assert profile_of(feed, getattr(SOURCES[feed.source], "default_profile", "plain"))


def test_all_entries_of_the_sources_page_load_together(tmp_path: Path):
    settings = settings_with(tmp_path, documented_entries())
    assert settings.broken_feeds == {}
    assert len(settings.feeds) == len(documented_entries()) + 1  # the team


@pytest.mark.parametrize("source", sorted(set(SOURCES) - {"team"}))
def test_every_source_has_a_section_with_an_entry(source: str):
    entries = [entry for block in re.findall(r"^```yaml\n(.*?)^```$", section_of(source), re.M | re.S) for entry in yaml.safe_load(block)]
    assert source in {entry["source"] for entry in entries}


@pytest.mark.parametrize("block", blocks(SOURCES_PAGE, "json"))
def test_every_connection_in_the_sources_page_can_be_read(block: str, monkeypatch: pytest.MonkeyPatch):
    fields = json.loads(block)
    monkeypatch.setenv("AIRFLOW_CONN_DOCUMENTED", block)
    credentials = credentials_from_environment("documented")
    assert set(fields) <= {"host", "login", "password", "extra"}
    assert (credentials.host, dict(credentials.extra)) == (fields.get("host"), fields.get("extra") or {})


def test_the_exported_connection_in_the_sources_page_can_be_read(monkeypatch: pytest.MonkeyPatch):
    found = re.findall(r"^    export (AIRFLOW_CONN_(\w+))='(.*)'$", SOURCES_PAGE.read_text(encoding="utf-8"), re.M)
    assert found
    for variable, name, value in found:
        monkeypatch.setenv(variable, value)
        assert credentials_from_environment(name.lower()).login


def test_rules_and_options_named_in_the_sources_page_are_the_codes():
    text, code = SOURCES_PAGE.read_text(encoding="utf-8"), library_text()
    named = in_backticks(bullets(text, "Refused")) + in_backticks(bullets(text, "Options"))
    words = {word.rstrip(":") for word in named if re.fullmatch(r"[a-z_]+:?", word)}
    assert len(words) > 50
    unknown = {word for word in words if not re.search(rf"\b{word}\b", code)}
    assert unknown - set(SOURCES) - set(Feed.model_fields) - {"urls"} == set()


def test_every_option_of_an_mls_feed_is_in_the_sources_page():
    from commonground.sources.mls.profiles import Profile

    named = set(in_backticks(bullets(section_of("reso"), "Options")))
    assert set(Profile.model_fields) - named == set()


def test_every_field_of_a_feed_is_in_the_sources_page():
    assert set(Feed.model_fields) <= set(in_backticks(SOURCES_PAGE.read_text(encoding="utf-8")))


@pytest.mark.parametrize("stage", ENRICHMENT, ids=lambda stage: stage.name)
def test_every_stage_is_in_the_inside_page_with_what_it_writes(stage):
    row = re.search(rf"^\| `{stage.name}` \|.*$", INSIDE_PAGE.read_text(encoding="utf-8"), re.M)
    assert row, f"docs/inside.md has no row on {stage.name}"
    assert set(stage.writes) <= set(in_backticks(row[0]))


def looks_like_a_path(word: str) -> bool:
    if " " in word or "://" in word or word.startswith(("/", "<", "$", "@", "--")):
        return False
    return "/" in word or word.endswith((".py", ".sql", ".yaml", ".md"))


def is_there(word: str) -> bool:
    if word.split("/")[0] in NOT_IN_THE_TREE:
        return True
    if "/" not in word:
        return bool(list(ROOT.glob(word)) or list((ROOT / "include").rglob(word)))
    return any(list(base.glob(word.rstrip("/"))) for base in (ROOT, LIBRARY, DEFAULT_CONFIG))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_path_named_in_the_docs_is_there(page: Path):
    text = page.read_text(encoding="utf-8")
    gone = [word for word in in_backticks(text) if looks_like_a_path(word) and not is_there(word)]
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link and not (page.parent / link).exists()]
    assert gone + links == []


def help_of(*words: str) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), pytest.raises(SystemExit) as stopped:
        main([*words, "--help"])
    assert stopped.value.code == 0
    return out.getvalue()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_named_in_the_docs_is_there(page: Path):
    known = re.findall(r"^    (\w+)\b", help_of(), re.M)
    named = re.findall(r"(?:^|[`/\s|])commonground ([a-z]+|--\w+)([^`\n]*)", "\n".join(code_of(page)))
    for command, rest in named:
        if command.startswith("--"):
            assert command in help_of()
            continue
        assert command in known, f"{page.name} names commonground {command}"
        options = help_of(command)
        assert [option for option in re.findall(r"--[a-z-]+", rest) if option not in options] == []


def code_of(page: Path) -> list[str]:
    text = page.read_text(encoding="utf-8")
    return in_backticks(text) + textwrap.dedent("\n".join(re.findall(r"^    (\S.*)$", text, re.M))).splitlines()


@pytest.mark.parametrize("page", [SOURCES_PAGE, INSIDE_PAGE], ids=lambda page: page.name)
def test_a_page_is_short(page: Path):
    lines = page.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= (250 if page != SOURCES_PAGE else 150 + 20 * len(SOURCES))
    assert [line for line in lines if len(line) > 160] == []
    assert [line for line in lines if line.count("`") % 2 and not line.startswith("```")] == [], "a name broken over two lines"
