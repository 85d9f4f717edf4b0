"""The team's YAML → a checked taxonomy; a bad entry names itself."""

import shutil
from pathlib import Path

import pytest

from commonground.config import DEFAULT_CONFIG, InterestPolicy
from commonground.errors import ConfigError
from commonground.interests.protected import add_denied
from commonground.interests.tagger import Tagger
from commonground.interests.taxonomy import KINDS, load_taxonomy
from commonground.interests.words import inflections, plurals

SHIPPED = DEFAULT_CONFIG / "interests"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "interests"))


def test_the_shipped_taxonomy_covers_every_kind_on_three_levels() -> None:
    taxonomy = load_taxonomy(SHIPPED)
    assert set(taxonomy.kinds) == set(KINDS)
    assert len(taxonomy.interests) >= 1000
    assert {i.level for i in taxonomy.interests.values()} == {1, 2, 3}
    assert Tagger().lexicon.form_count >= 3000
    for interest in taxonomy.interests.values():
        assert interest.parent is None or interest.parent in taxonomy.interests or interest.level == 3


def test_a_team_adds_an_interest_with_one_line(folder: Path) -> None:
    (folder / "local.yaml").write_text(
        "kind: sports\nlabel: Sports\ngroups:\n  local_sports:\n    interests:\n      sheep_racing: [sheep race]\n"
    )
    assert load_taxonomy(folder).interests["sheep_racing"].kind == "sports"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("kind: sports\ngroups:\n  g:\n    interests:\n      jousting: {froms: [joust]}\n", ["bad.yaml", "jousting", "froms"]),
        ("kind: sports\ngroups:\n  g:\n    interests:\n      jousting: {rarity: 7}\n", ["bad.yaml", "jousting", "rarity"]),
        ("kind: sports\ngroups:\n  g:\n    interests:\n      jousting: {policy_class: secret}\n", ["bad.yaml", "jousting", "policy_class"]),
        ("kind: sports\ngroups:\n  g:\n    interests:\n      jazz: []\n", ["bad.yaml", "jazz", "taken"]),
        ("kind: sports\ngroups:\n  g:\n    interests:\n      Big Game: []\n", ["bad.yaml", "Big Game"]),
        ("kind: jousting\n", ["bad.yaml", "jousting"]),
        ("kind: [\n", ["bad.yaml", "line"]),
    ],
)
def test_a_bad_entry_names_file_and_entry(folder: Path, text: str, names: list[str]) -> None:
    (folder / "zz_bad.yaml").write_text(text)
    with pytest.raises(ConfigError) as error:
        load_taxonomy(folder)
    assert all(name in str(error.value) for name in names)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("anchor", "pattern", "names"),
    [
        ("dads", "my (dads", ["age", "dads", "regular expression"]),
        ("{dads}", "my {dads}", ["age", "{dads}", "{parent}"]),
        ("dads", "my mums(?= and dads)", ["age", "dads", "matches without it", "my mums"]),
    ],
)
def test_a_bad_pattern_of_what_is_protected_names_itself(folder: Path, anchor: str, pattern: str, names: list[str]) -> None:
    path = folder / "denied.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("    patterns:\n", f'    patterns:\n      "{anchor}": ["{pattern}"]\n', 1), encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        add_denied(lambda phrase: None, load_taxonomy(folder))
    assert all(name in str(error.value) for name in ["denied.yaml", *names])
    assert "\n" not in str(error.value)


def test_the_version_changes_with_the_rules_and_the_policy(folder: Path) -> None:
    before = load_taxonomy(folder).version
    assert load_taxonomy(folder, InterestPolicy(restricted_interests=["jazz"])).version != before
    with (folder / "food.yaml").open("a") as file:
        file.write("# a remark\n")
    assert load_taxonomy(folder).version != before


def test_the_stricter_of_policy_kind_group_and_entry_wins(folder: Path) -> None:
    (folder / "local.yaml").write_text(
        "kind: food\nlabel: Food\ngroups:\n  home_dishes:\n    interests:\n      hotdish: {policy_class: open}\n"
        "  holy_dishes:\n    policy_class: restricted\n    interests:\n      manna: {policy_class: open}\n"
    )
    shipped, strict = load_taxonomy(folder).interests, load_taxonomy(folder, InterestPolicy(restricted_kinds=["food"])).interests
    assert (shipped["hotdish"].policy_class, shipped["manna"].policy_class) == ("open", "restricted")
    assert {i.policy_class for i in strict.values() if i.kind == "food"} == {"restricted"}
    loose = load_taxonomy(folder, InterestPolicy(restricted_kinds=[])).interests
    assert loose["military"].policy_class == loose["place"].policy_class == "restricted"


@pytest.mark.parametrize("key", ["restricted_kinds", "restricted_interests", "denied"])
def test_a_policy_that_names_nothing_known_says_so(key: str) -> None:
    with pytest.raises(ConfigError, match=f"{key}: 'zydekko'"):
        load_taxonomy(SHIPPED, InterestPolicy.model_validate({key: ["zydekko"]}))


def test_forms_are_inflected_by_rule() -> None:
    assert {"puppy", "puppies"} <= plurals("puppy") & plurals("puppies")
    assert {"box", "boxes"} <= plurals("box")
    assert {"swim", "swims", "swimming", "swam"} <= inflections("swim")
    assert {"bake", "baking", "baked"} <= inflections("bake")
    assert {"play the guitar", "playing the guitar"} <= inflections("play the guitar")
