"""A lexicon is compiled once and kept: what is read again says the same, and nothing outdated or broken is ever read."""

import os
import pickle
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from commonground.config import DEFAULT_CONFIG, InterestPolicy
from commonground.errors import ConfigError
from commonground.interests import lexicons
from commonground.interests.lexicon import Lexicon
from commonground.interests.tagger import Tagger

TEXTS = ["I love zydeco and our three kids", "@bob plays chess, I am 45 years old", "went to Lafayette High School", "Phish fan @phish"]
POLICY = InterestPolicy().model_dump_json()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(lexicons, "WORTH_KEEPING", 0)
    lexicons.lexicon_for.cache_clear()
    yield tmp_path / "cache" / "commonground"
    lexicons.lexicon_for.cache_clear()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small folder: cues, a few protected words and three kinds."""
    target = tmp_path / "interests"
    target.mkdir()
    shutil.copy(DEFAULT_CONFIG / "interests" / "cues.yaml", target)
    for kind in ("music", "place", "school"):
        (target / f"{kind}.yaml").write_text(f"kind: {kind}\nlabel: {kind.capitalize()}\n")
    with (target / "music.yaml").open("a") as file:
        file.write("groups: {genres: {interests: {jazz: [], zydeco: []}}, bands: {proper: true, interests: {phish: []}}}\n")
    (target / "denied.yaml").write_text("classes:\n  family: {patterns: {kids: ['our three kids']}}\n  age: {words: [45 years old]}\n")
    return target


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders that were compiled."""
    done: list[Path] = []
    compile_ = lexicons._compiled

    def noted(folder: Path, policy_json: str) -> Lexicon:
        done.append(folder)
        return compile_(folder, policy_json)

    monkeypatch.setattr(lexicons, "_compiled", noted)
    return done


def _again(folder: Path, policy: str = POLICY) -> Lexicon:
    """The lexicon as another process gets it."""
    lexicons.lexicon_for.cache_clear()
    return lexicons.lexicon_for(folder, policy)


def test_a_lexicon_that_was_kept_says_the_same(cache: Path, folder: Path, compiled: list[Path]) -> None:
    first = list(Tagger(folder).tag_all(TEXTS, [None] * len(TEXTS)))
    lexicons.lexicon_for.cache_clear()
    assert list(Tagger(folder).tag_all(TEXTS, [None] * len(TEXTS))) == first
    assert any(found.interests for found in first) and any(found.denied for found in first)
    assert len(compiled) == 1
    assert [path.suffix for path in cache.iterdir()] == [".pickle"]


def test_a_change_of_file_policy_or_code_compiles_anew(cache: Path, folder: Path, compiled: list[Path]) -> None:
    before = _again(folder)
    with (folder / "music.yaml").open("a") as file:
        file.write("# a remark\n")
    assert _again(folder).version != before.version
    strict = InterestPolicy(restricted_interests=["jazz"]).model_dump_json()
    jazz = _again(folder, strict)
    assert jazz.policy_classes[jazz.number_of["jazz"]] == "restricted"
    (folder / "more.yaml").write_text("kind: sports\nlabel: Sports\n")
    assert "sports" in _again(folder).number_of
    (folder / "more.yaml").unlink()
    assert "sports" not in _again(folder).number_of
    assert len(compiled) == 5
    assert len(list(cache.iterdir())) == 2  # one a policy


def test_two_folders_do_not_drive_each_other_out(cache: Path, folder: Path, tmp_path: Path, compiled: list[Path]) -> None:
    other = Path(shutil.copytree(folder, tmp_path / "other"))
    for _ in range(2):
        _again(folder)
        _again(other)
    assert len(compiled) == 2


@pytest.mark.parametrize("how", ["cut", "rubbish", "something else", "empty"])
def test_what_is_broken_is_compiled_anew_and_replaced(cache: Path, folder: Path, compiled: list[Path], how: str) -> None:
    _again(folder)
    (path,) = cache.iterdir()
    whole = path.read_bytes()
    key = whole[:32]
    path.write_bytes({"cut": whole[:-1000], "rubbish": key + b"\x00rubbish", "something else": key + pickle.dumps([]), "empty": b""}[how])
    assert _again(folder).version
    assert len(compiled) == 2
    _again(folder)
    assert len(compiled) == 2


@pytest.mark.skipif(os.getuid() != 0, reason="only the superuser can give files away")
def test_what_somebody_else_wrote_is_not_read(cache: Path, folder: Path, compiled: list[Path]) -> None:
    _again(folder)
    (path,) = cache.iterdir()
    os.chown(path, 65534, 65534)
    _again(folder)
    assert len(compiled) == 2


def test_where_nothing_can_be_kept_all_goes_on(cache: Path, folder: Path, compiled: list[Path]) -> None:
    cache.parent.write_text("a file where the folder would be")
    assert _again(folder).version == _again(folder).version
    assert len(compiled) == 2


def test_a_user_without_a_home_is_served_too(cache: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, compiled: list[Path]) -> None:
    def nowhere(self: Path) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "expanduser", nowhere)
    assert _again(folder).version
    assert compiled == [folder] and not cache.exists()


def test_a_file_that_is_none_names_itself(cache: Path, folder: Path) -> None:
    (folder / "zz.yaml").mkdir()
    with pytest.raises(ConfigError, match=r"zz\.yaml"):
        _again(folder)


def test_what_was_compiled_at_once_is_not_worth_keeping(
    cache: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, compiled: list[Path]
) -> None:
    monkeypatch.setattr(lexicons, "WORTH_KEEPING", 60)
    _again(folder)
    _again(folder)
    assert len(compiled) == 2 and not cache.exists()


def test_only_the_last_used_are_kept(
    cache: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiled: list[Path]
) -> None:
    monkeypatch.setattr(lexicons, "MOST_KEPT", 2)
    others = [Path(shutil.copytree(folder, tmp_path / name)) for name in ("second", "third")]
    for one in (folder, others[0], folder, others[1], folder):
        _again(one)
    assert compiled == [folder, *others]
    assert len(list(cache.iterdir())) == 2


def test_what_a_killed_process_left_goes_too(cache: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lexicons, "MOST_KEPT", 1)
    cache.mkdir(parents=True)
    (cache / "lexicon-0.1.tmp").write_bytes(b"half")
    os.utime(cache / "lexicon-0.1.tmp", (0, 0))
    _again(folder)
    assert [path.suffix for path in cache.iterdir()] == [".pickle"]
