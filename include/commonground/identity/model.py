"""Pairs of records → how likely each is one person: a Splink model, learned from the data, over what `comparisons` says.

In: the temp table `person_feature`. Out: the temp table `scored_pair` (l, r, weight, probability, detail, bits) of pairs that
are worth a look. Weights are base-2 logarithms of how much likelier the agreement is between records of one person; `bits` has
each comparison's, and the odds before any, `prior`: `weight` is their sum. Splink learns; `outcomes` compares and the sum is SQL.
"""

from dataclasses import dataclass
from math import ceil, log2, sqrt
from typing import Any

import duckdb
from splink import DuckDBAPI, Linker, block_on

from commonground.identity import blocks, outcomes
from commonground.identity.comparisons import COLUMNS, COMPARISONS
from commonground.identity.yardsticks.measure import measure

# below this many records, frequencies and errors seen in the data are noise, and the numbers written here are better
LEARNABLE_RECORDS = 500
# pairs that share a name, or a birth date: fewer teach nothing
LEARNABLE_PAIRS = 150
# random pairs that chance agreement is measured on: enough to see one in ten thousand, a second or two of work
U_PAIRS = 4e5
# more records than this teach nothing new, and cost time with the square of their number: a sample is learned from
TAUGHT_RECORDS = 300_000
# of what is learned, this much is kept as written in `comparisons`, so that no level ever seen too rarely becomes a veto
PRIOR_SHARE = 0.03
# pairs under this probability are not worth keeping
FLOOR = 0.05
# what blocking and learning read besides the compared columns
_DERIVED = (
    "mails[1] AS first_mail, numbers[1] AS first_number, coalesce(family, given) AS surname, "
    "left(postal5, length(postal5) - 2) AS district, substr(birth_key, 6) AS birthday"
)
_COMMON = tuple(dict.fromkeys(level.frequency_of for comparison in COMPARISONS for level in comparison.levels if level.frequency_of))


@dataclass(frozen=True, slots=True)
class Learned:
    """A model and the base it was learned from.

    Attributes:
        settings: those of Splink's that weigh.
        count: records of the base that can be compared.
    """

    settings: dict[str, Any]
    count: int

    @property
    def is_taught(self) -> bool:
        """Whether there was enough to learn from."""
        return self.count >= LEARNABLE_RECORDS


def score_pairs(con: duckdb.DuckDBPyConnection, learned: Learned | None = None) -> Learned:
    """Makes `scored_pair` out of `person_feature`, and the temp tables of `blocks`.

    Args:
        con: the session.
        learned: the model of the base that the session's records are a few of. None: they are the base, and are learned from.

    Returns:
        What the pairs were weighed with.
    """
    make_comparable(con)
    learned = learned or _learn(con)
    blocks.gather_keys(con, learned.count)
    blocks.pair_up(con, learned.count)
    outcomes.compare_pairs(con)
    _weigh(con, learned)
    return learned


def make_comparable(con: duckdb.DuckDBPyConnection) -> None:
    """`comparable_person`: the records of people who have a name, in an order that depends on what is compared alone."""
    names = ", ".join(COLUMNS)
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE comparable_person AS
        SELECT CAST(row_number() OVER (ORDER BY hash({names}), rid) AS INTEGER) AS place, rid, {names}, {_DERIVED}
        FROM person_feature
        WHERE NOT is_nameless AND person_type <> 'organization'
        ORDER BY place""")


def _learn(con: duckdb.DuckDBPyConnection) -> Learned:
    count = con.execute("SELECT count(*) FROM comparable_person").fetchall()[0][0]
    is_learnable = count >= LEARNABLE_RECORDS
    settings = _settings(_match_rate(con, count), with_frequencies=is_learnable)
    settings = _trained(con, settings) if is_learnable else settings
    return Learned({name: settings[name] for name in ("probability_two_random_records_match", "comparisons")}, count)


def _weigh(con: duckdb.DuckDBPyConnection, model: Learned) -> None:
    """`compared_pair` and the model's numbers → `scored_pair`, and `unlike`: what it weighs that two values differ."""
    settings = model.settings
    rate = settings["probability_two_random_records_match"]
    prior, floor = round(log2(rate / (1 - rate)), 3), log2(FLOOR / (1 - FLOOR))
    bits, labels, is_common = [], [], False
    compared = list(zip(COMPARISONS, settings["comparisons"], strict=True))
    for number, (comparison, learned) in enumerate(compared):
        cases = []
        for outcome, level in enumerate(learned["comparison_levels"][1:], start=1):
            worth = f"{_worth(level)!r}::DOUBLE"
            if "tf_adjustment_column" in level:  # how rare the value is takes the place of how rare agreement is on the whole
                is_common = True
                worth = f"{log2(level['m_probability'])!r}::DOUBLE + {level['tf_adjustment_column']}_rarity"
            cases.append(f"WHEN {outcome} THEN {worth}")
        bits.append(f"round(CASE {outcomes.outcome_of(number)} {' '.join(cases)} ELSE 0.0::DOUBLE END, 3) AS {comparison.name}")
        named = " ".join(f"WHEN {outcome} THEN '{label}'" for outcome, label in enumerate(comparison.labels(), start=1))
        labels.append(f"'{comparison.name}', CASE {outcomes.outcome_of(number)} {named} END")
    _measure_rarity(con)
    frequency = "JOIN rarity_of AS f ON f.place = p.l" if is_common else ""
    each = ", ".join(f"'{comparison.name}', {comparison.name}" for comparison in COMPARISONS)
    total = " + ".join([f"{prior}", *(comparison.name for comparison in COMPARISONS)])
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE scored_pair AS
        SELECT least(a.rid, b.rid) AS l, greatest(a.rid, b.rid) AS r, round(w.weight, 3) AS weight,
               round(1 / (1 + power(2, -w.weight)), 6) AS probability, w.detail, w.bits
        FROM (
            SELECT l, r, {total} AS weight, CAST(json_object({", ".join(labels)}) AS VARCHAR) AS detail,
                   CAST(json_object('prior', {prior}, {each}) AS VARCHAR) AS bits
            FROM (SELECT p.l, p.r, p.outcome, {", ".join(bits)} FROM compared_pair AS p {frequency})
            WHERE {total} >= {floor}
        ) AS w
        JOIN comparable_person AS a ON a.place = w.l JOIN comparable_person AS b ON b.place = w.r
        ORDER BY 1, 2""")
    con.execute("DROP TABLE compared_pair")
    unlike = ", ".join(f"{_worth(learned['comparison_levels'][-1])!r}::DOUBLE AS {comparison.name}" for comparison, learned in compared)
    con.execute(f"CREATE OR REPLACE TEMP TABLE unlike AS SELECT {model.is_taught} AS is_taught, {unlike}")


def _measure_rarity(con: duckdb.DuckDBPyConnection) -> None:
    """`rarity_of` (place, a column for each of `_COMMON`): bits, by how many records bear the value; unknown ones are borne by one."""
    seen = " UNION ALL ".join(
        f"SELECT '{name}' AS name, hash({name}) AS value, -log2(count(*) / sum(count(*)) OVER ()) AS rarity "
        f"FROM comparable_person WHERE {name} IS NOT NULL GROUP BY {name}"
        for name in _COMMON
    )
    measure(con, "value_rarity", seen)
    rarest = dict(con.execute("SELECT name, max(rarity) FROM value_rarity GROUP BY name").fetchall())
    columns = ", ".join(f"coalesce({name}.rarity, {rarest.get(name, 0.0)!r}::DOUBLE) AS {name}_rarity" for name in _COMMON)
    joins = " ".join(f"LEFT JOIN value_rarity AS {name} ON {name}.name = '{name}' AND {name}.value = hash(p.{name})" for name in _COMMON)
    con.execute(f"CREATE OR REPLACE TEMP TABLE rarity_of AS SELECT p.place, {columns} FROM comparable_person AS p {joins}")


def _worth(level: dict[str, Any]) -> float:
    """The weight of a level, in bits."""
    return log2(level["m_probability"]) - log2(level["u_probability"])


def _settings(match_rate: float, *, with_frequencies: bool) -> dict[str, Any]:
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "place",
        "comparisons": [comparison.settings(with_frequencies=with_frequencies) for comparison in COMPARISONS],
        "blocking_rules_to_generate_predictions": [block_on("given", "family")],  # not used: `blocks` says which pairs are scored
        "probability_two_random_records_match": match_rate,
        "max_iterations": 20,
        "em_convergence": 0.001,
    }


def _linker(con: duckdb.DuckDBPyConnection, settings: dict[str, Any], people: str = "taught_person") -> Linker:
    return Linker(DuckDBAPI(connection=con).register(people), settings, validate_settings=False, log_level="ERROR")


def _drop_tables(linker: Any) -> None:
    """Splink's own tables would pile up in a session that lives on."""
    linker._db_api.delete_tables_created_by_splink_from_db()


def _match_rate(con: duckdb.DuckDBPyConnection, count: int) -> float:
    """How many of all pairs are one person: twice those that a name and a second key show, within sane bounds."""
    shown = con.execute("""
        SELECT count(*) FROM comparable_person AS a JOIN comparable_person AS b
            ON a.given = b.given AND a.family = b.family AND a.place < b.place
            AND (a.first_mail = b.first_mail OR a.first_number = b.first_number OR a.birth_key = b.birth_key OR a.street_key = b.street_key)
        """).fetchall()[0][0]
    size = max(count, LEARNABLE_RECORDS)
    return float(min(max(4 * shown / size**2, 0.3 / size), 10 / size))


def _with_chance(con: duckdb.DuckDBPyConnection, settings: dict[str, Any]) -> dict[str, Any]:
    """The settings with how often strangers agree, seen in all pairs of a few records.

    Splink would draw the records itself, but not the same ones each time where there are more than one thread's share of them.
    """
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE drawn_person AS
        SELECT * FROM (SELECT * FROM taught_person ORDER BY hash(place), place LIMIT {ceil(sqrt(2 * U_PAIRS))}) ORDER BY place""")
    linker = _linker(con, settings, "drawn_person")
    linker.training.estimate_u_using_random_sampling(max_pairs=4 * U_PAIRS, seed=1, min_count_per_level=None, num_chunks=1)
    learned: dict[str, Any] = linker.misc.save_model_to_json()
    _drop_tables(linker)
    con.execute("DROP TABLE drawn_person")
    return learned


def _trained(con: duckdb.DuckDBPyConnection, settings: dict[str, Any]) -> dict[str, Any]:
    """The settings with what the data teach: chance agreement from random pairs, error rates by expectation maximisation."""
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE taught_person AS
        SELECT * FROM comparable_person
        WHERE hash(place) % (SELECT CAST(ceil(count(*) / {TAUGHT_RECORDS}) AS UBIGINT) FROM comparable_person) = 0 ORDER BY place""")
    linker = _linker(con, _with_chance(con, settings))
    for block in (("given", "family"), ("birth_key",)):
        same = " AND ".join(f"a.{column} = b.{column}" for column in block)
        pairs = con.execute(f"SELECT count(*) FROM taught_person a JOIN taught_person b ON {same} AND a.place < b.place").fetchall()
        if pairs[0][0] >= LEARNABLE_PAIRS:
            before_block = linker.misc.save_model_to_json()
            try:
                linker.training.estimate_parameters_using_expectation_maximisation(block_on(*block), estimate_without_term_frequencies=True)
            except ValueError:  # Splink gives up, half changed, where a level dies out among the matches: this block teaches nothing
                linker = _linker(con, before_block)
    learned: dict[str, Any] = linker.misc.save_model_to_json()
    _drop_tables(linker)
    con.execute("DROP TABLE taught_person")
    for before, after in zip(settings["comparisons"], learned["comparisons"], strict=True):
        for prior, level in zip(before["comparison_levels"], after["comparison_levels"], strict=True):
            for key in ("m_probability", "u_probability"):
                if key in prior:
                    share = PRIOR_SHARE if key == "m_probability" else 0.0
                    # sums made by several threads differ in their last digits: nine tell all there is to know
                    seen = float(f"{level.get(key) or prior[key]:.9g}")
                    prior[key] = (1 - share) * seen + share * prior[key]
    return settings
