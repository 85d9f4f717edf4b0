"""Referral paths and endorsements of a night."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commonground.errors import ConfigError
from commonground.network.paths import find_paths
from commonground.network.search import search
from commonground.network.weights import Weights, load_weights
from unit.network.handmade import TestNight, days_ago, make_night

Make = Callable[..., TestNight]
Tie = tuple[str, str, float]


def tell(
    night: TestNight, ties: list[Tie], segments: dict[str, str], opted_out: tuple[str, ...] = (), agents: tuple[str, ...] = ("ana",)
) -> None:
    names = sorted({*itertools.chain.from_iterable(tie[:2] for tie in ties), *segments, *agents})
    night.people(*names)
    night.fill(
        "segments", [{"contact_id": name, "segment": group, "do_not_contact": name in opted_out} for name, group in segments.items()]
    )
    night.fill("ties", [
        {"src": src, "dst": dst, "strength": strength, "strength_without_interests": strength, "tie_types": ["friend"],
         "evidence_text": f"{src} knows {dst}"}
        for src, dst, strength in ties
    ])  # fmt: skip


def paths(night: TestNight) -> dict[tuple[str, str, int], tuple[list[str], float]]:
    find_paths(night.engine)
    return {(a, p, r): (via, s) for a, p, r, via, s in night.rows("SELECT agent_id, prospect_id, rank, via, strength FROM referral_paths")}


def review(name: str, text: str | None = "Sold our house in a week", **more: Any) -> dict[str, Any]:
    return {
        "feed": "yelp", "source": "yelp", "subject_type": "agent", "subject_agent_id": "ana", "reviewer_name": name, "is_anonymous": False,
        "rating": 5.0, "text": text, "occurred_at": days_ago(30), **more,
    }  # fmt: skip


def test_alternatives_start_with_somebody_else_and_are_best_without_the_earlier_ones(night_with: Make) -> None:
    night = night_with()
    ties = [("ana", "b", 0.9), ("b", "p", 0.9), ("ana", "c", 0.8), ("c", "b", 0.9), ("c", "p", 0.2), ("ana", "d", 0.5), ("d", "p", 0.5)]
    tell(night, ties, {"b": "evangelist", "c": "evangelist", "d": "unplaced", "p": "now"})
    found = paths(night)
    # c -> b -> p would be stronger than d, but it asks b, who has been asked already
    assert [found["ana", "p", rank][0] for rank in (1, 2, 3)] == [["b"], ["d"], ["c"]]
    assert night.rows("SELECT via_segments FROM referral_paths ORDER BY rank") == [(["evangelist"],), (["unplaced"],), (["evangelist"],)]


def test_a_direct_tie_does_not_come_back_as_a_detour_over_the_prospect(night_with: Make) -> None:
    night = night_with()
    tell(night, [("ana", "p", 0.9), ("p", "m", 0.9), ("m", "p", 0.9), ("ana", "q", 0.1), ("q", "m", 0.1)],
         {"p": "now", "m": "evangelist", "q": "evangelist"})  # fmt: skip
    found = paths(night)
    assert found["ana", "p", 1] == ([], 0.9)
    assert found["ana", "p", 2][0] == ["q", "m"]
    assert ("ana", "p", 3) not in found


def test_who_opted_out_is_neither_prospect_nor_introducer(night_with: Make) -> None:
    night = night_with()
    ties = [
        ("ana", "x", 0.9),
        ("x", "p", 0.9),
        ("ana", "y", 0.2),
        ("y", "p", 0.2),
        ("ana", "z", 0.9),
        ("ana", "ghost", 0.9),
        ("ghost", "p", 0.9),
    ]
    tell(night, ties, {"x": "evangelist", "y": "evangelist", "p": "now", "z": "later"}, opted_out=("x", "z"))
    found = paths(night)
    assert {pair[1] for pair in found} == {"p"}
    assert [via for via, _ in found.values()] == [["y"]]


def test_prospects_are_those_who_need_it_now_or_later(night_with: Make) -> None:
    night = night_with()
    tell(night, [("ana", name, 0.5) for name in "nleu"], {"n": "now", "l": "later", "e": "evangelist", "u": "unplaced"})
    assert {prospect for _, prospect, _ in paths(night)} == {"n", "l"}


def test_a_colleague_on_the_way_is_plain_to_see(night_with: Make) -> None:
    night = night_with(agents=("ana", "bo"))
    tell(night, [("ana", "bo", 0.7), ("bo", "p", 0.9)], {"p": "later"}, agents=("ana", "bo"))
    find_paths(night.engine)
    assert night.rows(
        "SELECT via, via_segments, evidence, weakest_tie, weakest_tie_strength FROM referral_paths WHERE agent_id = 'ana'"
    ) == [(["bo"], ["agent"], ["ana knows bo", "bo knows p"], "Ana → Bo", 0.7)]


people = st.sampled_from(["ana", "bo", "p", "q", "r", "s", "t"])
graphs = st.lists(st.tuples(people, people, st.sampled_from([0.5, 0.25, 0.125, 1.0])), max_size=20)


def alternatives(ties: list[Tie], agent: str, prospect: str) -> list[tuple[float, int, list[str]]]:
    """The three paths by trying all, the one asked first taken out of the network after each."""
    strongest: dict[tuple[str, str], float] = {}
    for src, dst, strength in ties:
        strongest[src, dst] = max(strength, strongest.get((src, dst), 0))
    kept: list[tuple[float, int, list[str]]] = []
    gone: set[str] = set()
    is_direct_gone = False
    for _ in range(3):
        ways = []
        others = {name for pair in strongest for name in pair} - {agent, prospect} - gone
        for count in range(3):
            for via in itertools.permutations(others, count):
                walk = [agent, *via, prospect]
                if (via or not is_direct_gone) and all(pair in strongest for pair in itertools.pairwise(walk)):
                    product = 1.0
                    for pair in itertools.pairwise(walk):
                        product *= strongest[pair]
                    ways.append((-product, len(walk) - 1, list(via)))
        if not ways:
            break
        best = min(ways)
        kept.append(best)
        if best[2]:
            gone.add(best[2][0])
        else:
            is_direct_gone = True
    return kept


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ties=graphs)
def test_every_rank_is_exact_and_the_first_is_what_the_search_finds(ties: list[Tie], tmp_path_factory: pytest.TempPathFactory) -> None:
    ties = [tie for tie in {(src, dst): (src, dst, strength) for src, dst, strength in ties}.values() if tie[0] != tie[1]]
    night = make_night(tmp_path_factory.mktemp("night"), agents=("ana", "bo"))
    tell(night, ties, {"p": "now", "q": "later", **dict.fromkeys("rst", "evangelist")}, agents=("ana", "bo"))
    found = paths(night)
    for agent, prospect in itertools.product(("ana", "bo"), ("p", "q")):
        expected = alternatives(ties, agent, prospect)
        assert [found.get((agent, prospect, rank)) for rank in (1, 2, 3)] == [
            (way[2], -way[0]) for way in expected
        ] + [None] * (3 - len(expected))  # fmt: skip
    con = night.engine.con
    con.execute("CREATE TEMP TABLE tie_only AS SELECT src, dst, strength FROM ties")
    con.execute("DROP VIEW tie; CREATE TEMP VIEW tie AS FROM tie_only; CREATE TEMP TABLE start AS SELECT agent_id AS agent FROM agent")
    con.execute("CREATE TEMP TABLE goal AS SELECT contact_id AS node FROM path_prospects")
    search(con, 3)
    searched = {(a, p, 1): (via, s) for a, p, via, s in con.execute("SELECT agent, node, via, strength FROM found").fetchall()}
    assert searched == {key: way for key, way in found.items() if key[2] == 1}
    con.close()


def endorsements(night: TestNight) -> list[tuple[Any, ...]]:
    find_paths(night.engine)
    return night.rows(
        "SELECT prospect_id, endorsement_type, reviewer_contact_id, weight, review_id FROM endorsements ORDER BY prospect_id, weight DESC"
    )


def test_a_review_by_somebody_the_prospect_knows_outranks_every_strangers(night_with: Make) -> None:
    night = night_with()
    tell(night, [("ana", "josé garcía", 0.6), ("josé garcía", "p", 0.1), ("ana", "p", 0.2)], {"josé garcía": "evangelist", "p": "now"})
    night.fill(
        "review",
        [review("Jose  GARCIA", None, rating=4.0, record_id="his")] + [review(f"Stranger {n}", record_id=f"s{n}") for n in range(5)],
    )
    rows = endorsements(night)
    assert rows[0][1:3] == ("connected", "josé garcía")
    assert rows[0][4] == "his"
    assert [row[1] for row in rows[1:]] == ["blind"] * 3
    assert rows[0][3] > rows[1][3]


def test_the_closer_the_reviewer_the_more_it_weighs(night_with: Make) -> None:
    night = night_with()
    ties = [("ana", "eva", 0.6), ("eva", "p", 0.9), ("eva", "q", 0.2), ("q", "r", 0.9)]
    tell(night, ties, {"eva": "evangelist", "p": "now", "q": "now", "r": "later"})
    night.fill("review", [review("Eva")])
    found = {row[0]: row for row in endorsements(night)}
    assert {row[1] for row in found.values()} == {"connected"}
    assert found["p"][3] > found["q"][3] > found["r"][3]


@pytest.mark.parametrize("change", ["stranger", "namesakes", "anonymous", "opted_out", "unknown_to_agent", "far"])
def test_who_is_not_surely_recognised_stays_a_stranger(change: str, night_with: Make) -> None:
    night = night_with()
    ties = [
        ("ana", "eva", 0.1 if change == "unknown_to_agent" else 0.6),
        ("eva", "p", 0.01 if change == "far" else 0.9),
        ("ana", "eva2", 0.6),
    ]
    tell(night, ties, {"eva": "evangelist", "eva2": "evangelist", "p": "now"}, opted_out=("eva",) if change == "opted_out" else ())
    if change == "namesakes":
        night.people("ana", "eva", "eva2", "p", eva2={"full_name": "Eva"})
    night.fill("review", [review("Eve" if change == "stranger" else "Eva", is_anonymous=change == "anonymous")])
    assert [row[1] for row in endorsements(night)] == ["blind"]


def test_nobody_is_told_their_own_review_and_bad_ones_endorse_nobody(night_with: Make) -> None:
    night = night_with()
    tell(night, [("ana", "eva", 0.6)], {"eva": "now"})
    night.fill("review", [review("Eva"), review("Mallory", rating=1.0), review("Shop", subject_type="place", subject_agent_id=None)])
    assert endorsements(night) == []


def test_a_team_review_counts_for_everybody_on_it(night_with: Make) -> None:
    night = night_with(agents=("ana", "bo"))
    tell(night, [("ana", "eva", 0.6), ("eva", "p", 0.5)], {"eva": "evangelist", "p": "now"}, agents=("ana", "bo"))
    night.fill("review", [review("Eva", subject_type="team", subject_agent_id=None)])
    find_paths(night.engine)
    assert night.rows("SELECT agent_id, endorsement_type FROM endorsements ORDER BY 1") == [("ana", "connected"), ("bo", "connected")]


def test_excerpts_are_short(night_with: Make) -> None:
    night = night_with()
    tell(night, [("ana", "p", 0.6)], {"p": "now"})
    night.fill("review", [review("Eva", "word " * 100)])
    find_paths(night.engine)
    excerpt = night.rows("SELECT excerpt FROM endorsements")[0][0]
    assert len(excerpt) == 200
    assert excerpt.endswith("…")


def test_weights_that_would_let_a_stranger_outrank_a_friend_are_refused(tmp_path: Any) -> None:
    changed = load_weights().model_dump()
    changed["endorsements"]["blind"] = 0.9
    with pytest.raises(ValueError, match="outweigh the best blind one"):
        Weights.model_validate(changed)
    (tmp_path / "weights.yaml").write_text("formula: {floor: 2}")
    with pytest.raises(ConfigError, match=r"weights\.yaml: formula\.floor"):
        load_weights(tmp_path / "weights.yaml")
