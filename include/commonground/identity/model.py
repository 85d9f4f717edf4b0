"""What the Splink model compares, what each agreement is worth before it has seen the data, and how it learns.

In: the temp table `person_feature`. Out: the temp table `scored_pair` (l, r, weight, probability, detail) of pairs that
are worth a look. Weights are base-2 logarithms of how much likelier the agreement is between records of one person.
"""

from dataclasses import dataclass
from typing import Any

import duckdb
from splink import DuckDBAPI, Linker, block_on

from commonground.identity import blocks

# below this many records, frequencies and errors seen in the data are noise, and the numbers written here are better
LEARNABLE_RECORDS = 1000
# pairs that share a name, or a birth date: fewer teach nothing
LEARNABLE_PAIRS = 500
# random pairs that chance agreement is measured on: enough to see one in ten thousand, a second or two of work
U_PAIRS = 4e5
# of what is learned, this much is kept as written here, so that no level ever seen too rarely becomes a veto
PRIOR_SHARE = 0.03
# pairs under this probability are not worth keeping
FLOOR = 0.05
COLUMNS = (
    "given, family, given_words, family_words, roots, is_known_given, mails, numbers, mails[1] AS first_mail, numbers[1] AS first_number, "
    "street_key, unit_key, postal5, city_key, birth_key, employer_key, coalesce(family, given) AS surname, "
    "left(postal5, length(postal5) - 2) AS district, substr(birth_key, 6) AS birthday"
)


@dataclass(frozen=True, slots=True)
class Level:
    """One way two values can stand to each other: how often it is seen for one person (m) and for two strangers (u)."""

    label: str
    condition: str
    m: float
    u: float
    frequency_of: str | None = None  # column whose common values are worth less


@dataclass(frozen=True, slots=True)
class Comparison:
    """A feature and its levels, from the best agreement down; what fits none is `different`."""

    name: str
    column: str
    levels: tuple[Level, ...]
    different: tuple[float, float]

    def settings(self, *, with_frequencies: bool) -> dict[str, Any]:
        """The comparison in Splink's words."""
        missing = {
            "sql_condition": f"{self.column}_l IS NULL OR {self.column}_r IS NULL",
            "label_for_charts": "missing",
            "is_null_level": True,
        }
        rows: list[dict[str, Any]] = [missing]
        for level in self.levels:
            row = {"sql_condition": level.condition, "label_for_charts": level.label, "m_probability": level.m, "u_probability": level.u}
            if level.frequency_of and with_frequencies:
                row |= {"tf_adjustment_column": level.frequency_of, "tf_adjustment_weight": 1.0}
            rows.append(row)
        m, u = self.different
        rows.append({"sql_condition": "ELSE", "label_for_charts": "different", "m_probability": m, "u_probability": u})
        return {"output_column_name": self.name, "comparison_levels": rows}

    def detail_sql(self) -> str:
        """SQL for the label of a pair's level, null where a value is missing."""
        last = len(self.levels)
        cases = " ".join(f"WHEN {last - number} THEN '{level.label}'" for number, level in enumerate(self.levels))
        return f"CASE gamma_{self.name} {cases} WHEN 0 THEN 'different' END"


def _slips(left: str, right: str, count: int) -> str:
    """At most so many slips of the keys; the dear measure is asked only where the cheap one, which counts a swap twice, allows it."""
    return f"(levenshtein({left}, {right}) <= {2 * count} AND damerau_levenshtein({left}, {right}) <= {count})"


def _near(column: str, similarity: float) -> str:
    left, right = f"{column}_l", f"{column}_r"
    return (
        f"least(length({left}), length({right})) > 3 AND "
        f"(jaro_winkler_similarity({left}, {right}) >= {similarity} OR {_slips(left, right, 1)})"
    )


def _in_other(*pairs: tuple[str, str]) -> str:
    """One side's word stands among the other side's words."""
    return " OR ".join(f"list_contains({words}_l, {word}_r) OR list_contains({words}_r, {word}_l)" for words, word in pairs)


_DAY_MONTH_SWAPPED = (
    "left(birth_key_l, 4) = left(birth_key_r, 4) AND substr(birth_key_l, 6, 2) = right(birth_key_r, 2) "
    "AND right(birth_key_l, 2) = substr(birth_key_r, 6, 2)"
)
_WITHIN = "birth_key_l LIKE replace(birth_key_r, '-', '_') OR birth_key_r LIKE replace(birth_key_l, '-', '_')"
_SAME_BOX = "length(split_part(mails_l[1], '@', 1)) > 5 AND split_part(mails_l[1], '@', 1) = split_part(mails_r[1], '@', 1)"
_MAIL_SLIP = (  # a digit more or less is another person's address (john.smith1, john.smith2); a letter is a slip
    "length(split_part(mails_l[1], '@', 1)) > 5 AND "
    f"{_slips('mails_l[1]', 'mails_r[1]', 1)} AND mails_l[1] <> mails_r[1] "
    "AND regexp_replace(mails_l[1], '[0-9]', '', 'g') <> regexp_replace(mails_r[1], '[0-9]', '', 'g')"
)
_SAME_DOOR = "street_key_l = street_key_r AND (unit_key_l = unit_key_r OR unit_key_l = '' OR unit_key_r = '')"
_NEAR_DOOR = (
    "split_part(street_key_l, ' ', 1) = split_part(street_key_r, ' ', 1) AND jaro_winkler_similarity(street_key_l, street_key_r) >= 0.92"
)
_SHARED_WORD = "list_has_any(string_split({0}_l, ' '), string_split({0}_r, ' '))"

COMPARISONS = (
    Comparison(
        "given",
        "given",
        (
            Level("same", "given_l = given_r", 0.72, 0.008, "given"),
            Level("nickname", "list_has_any(roots_l, roots_r)", 0.12, 0.006),
            Level("typing error", f"NOT (is_known_given_l AND is_known_given_r) AND {_near('given', 0.92)}", 0.05, 0.003),
            Level("initial", "least(length(given_l), length(given_r)) = 1 AND left(given_l, 1) = left(given_r, 1)", 0.03, 0.01),
            Level("elsewhere in the name", _in_other(("given_words", "given"), ("family_words", "given")), 0.04, 0.004),
            Level("one word only", "family_l IS NULL OR family_r IS NULL", 0.01, 0.03),
        ),
        (0.03, 0.939),
    ),
    Comparison(
        "family",
        "family",
        (
            Level("same", "family_l = family_r", 0.86, 0.002, "family"),
            Level("typing error", _near("family", 0.92), 0.05, 0.002),
            Level("shares a part", "list_has_any(family_words_l, family_words_r)", 0.03, 0.001),
            Level("elsewhere in the name", _in_other(("given_words", "family")), 0.01, 0.003),
        ),
        (0.05, 0.992),
    ),
    Comparison(
        "birth_date",
        "birth_key",
        (
            Level("same", "birth_key_l = birth_key_r", 0.90, 0.0002, "birth_key"),
            Level("same as far as known", _WITHIN, 0.02, 0.0005),
            Level("typing error", _slips("birth_key_l", "birth_key_r", 1), 0.04, 0.002),
            Level("day and month swapped", _DAY_MONTH_SWAPPED, 0.01, 0.0002),
            Level("two signs differ", _slips("birth_key_l", "birth_key_r", 2), 0.01, 0.01),
            Level("same year", "left(birth_key_l, 4) = left(birth_key_r, 4)", 0.005, 0.02),
        ),
        (0.015, 0.9671),
    ),
    Comparison(
        "mail",
        "mails",
        (
            Level("same", "list_has_any(mails_l, mails_r)", 0.6, 0.00005),
            Level("same name before the @", _SAME_BOX, 0.08, 0.0001),
            Level("typing error", _MAIL_SLIP, 0.02, 0.0001),
        ),
        (0.3, 0.99975),
    ),
    Comparison(
        "phone",
        "numbers",
        (
            Level("same", "list_has_any(numbers_l, numbers_r)", 0.65, 0.0003),
            Level("typing error", _slips("numbers_l[1]", "numbers_r[1]", 1), 0.03, 0.0003),
        ),
        (0.32, 0.9994),
    ),
    Comparison(
        "street",
        "street_key",
        (Level("same", _SAME_DOOR, 0.7, 0.0006), Level("typing error", _NEAR_DOOR, 0.08, 0.0003)),
        (0.22, 0.9991),
    ),
    Comparison(
        "postal_code",
        "postal5",
        (
            Level("same", "postal5_l = postal5_r", 0.75, 0.02, "postal5"),
            Level("typing error", _slips("postal5_l", "postal5_r", 1), 0.07, 0.02),
            Level("same district", "left(postal5_l, length(postal5_l) - 2) = left(postal5_r, length(postal5_r) - 2)", 0.06, 0.05),
        ),
        (0.12, 0.91),
    ),
    Comparison(
        "city",
        "city_key",
        (
            Level("same", "city_key_l = city_key_r", 0.75, 0.1, "city_key"),
            Level("typing error", _near("city_key", 0.92), 0.05, 0.003),
            Level("shares a word", _SHARED_WORD.format("city_key"), 0.05, 0.02),
        ),
        (0.15, 0.877),
    ),
    Comparison(
        "employer",
        "employer_key",
        (
            Level("same", "employer_key_l = employer_key_r", 0.55, 0.01, "employer_key"),
            Level("similar", f"{_SHARED_WORD.format('employer_key')} OR ({_near('employer_key', 0.9)})", 0.1, 0.01),
        ),
        (0.35, 0.98),
    ),
)


def score_pairs(con: duckdb.DuckDBPyConnection) -> None:
    """Makes `scored_pair` out of `person_feature`; learns from the data when there is enough of it."""
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE comparable_person AS
        SELECT rid AS unique_id, {COLUMNS} FROM person_feature
        WHERE NOT is_nameless AND person_type <> 'organization' ORDER BY rid""")
    count = con.execute("SELECT count(*) FROM comparable_person").fetchall()[0][0]
    if count < 2:
        con.execute(f"CREATE OR REPLACE TEMP TABLE scored_pair AS {_EMPTY}")
        return
    settings = _settings(_match_rate(con, count), with_frequencies=count >= LEARNABLE_RECORDS)
    if count >= LEARNABLE_RECORDS:
        settings = _trained(con, settings)
    linker = _linker(con, settings)
    blocks.pair_up(con)
    linker.table_management.register_blocked_pairs_for_predict(linker._db_api.register("candidate_pair"))
    scored = linker.inference.predict(threshold_match_probability=FLOOR)
    details = ", ".join(f"'{c.name}', {c.detail_sql()}" for c in COMPARISONS)
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE scored_pair AS
        SELECT least(unique_id_l, unique_id_r) AS l, greatest(unique_id_l, unique_id_r) AS r, round(match_weight, 3) AS weight,
               round(match_probability, 6) AS probability, json_object({details}) AS detail
        FROM {scored.physical_name} ORDER BY l, r""")
    _drop_tables(linker)


_EMPTY = "SELECT 0 AS l, 0 AS r, 0.0::DOUBLE AS weight, 0.0::DOUBLE AS probability, NULL::JSON AS detail WHERE false"


def _settings(match_rate: float, *, with_frequencies: bool) -> dict[str, Any]:
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "unique_id",
        "comparisons": [comparison.settings(with_frequencies=with_frequencies) for comparison in COMPARISONS],
        "blocking_rules_to_generate_predictions": [block_on("given", "family")],  # not used: `blocks` says which pairs are scored
        "probability_two_random_records_match": match_rate,
        "retain_intermediate_calculation_columns": False,
        "retain_matching_columns": True,
        "max_iterations": 20,
        "em_convergence": 0.001,
    }


def _linker(con: duckdb.DuckDBPyConnection, settings: dict[str, Any]) -> Linker:
    return Linker(DuckDBAPI(connection=con).register("comparable_person"), settings, validate_settings=False, log_level="ERROR")


def _drop_tables(linker: Any) -> None:
    """Splink's own tables would pile up in a session that lives on."""
    linker._db_api.delete_tables_created_by_splink_from_db()


def _match_rate(con: duckdb.DuckDBPyConnection, count: int) -> float:
    """How many of all pairs are one person: twice those that a name and a second key show, within sane bounds."""
    shown = con.execute("""
        SELECT count(*) FROM comparable_person AS a JOIN comparable_person AS b
            ON a.given = b.given AND a.family = b.family AND a.unique_id < b.unique_id
            AND (a.first_mail = b.first_mail OR a.first_number = b.first_number OR a.birth_key = b.birth_key OR a.street_key = b.street_key)
        """).fetchall()[0][0]
    size = max(count, LEARNABLE_RECORDS)
    return float(min(max(4 * shown / size**2, 0.3 / size), 10 / size))


def _trained(con: duckdb.DuckDBPyConnection, settings: dict[str, Any]) -> dict[str, Any]:
    """The settings with what the data teach: chance agreement from random pairs, error rates by expectation maximisation."""
    linker = _linker(con, settings)
    linker.training.estimate_u_using_random_sampling(max_pairs=U_PAIRS, seed=1, min_count_per_level=None, num_chunks=1)
    for block in (("given", "family"), ("birth_key",)):
        same = " AND ".join(f"a.{column} = b.{column}" for column in block)
        pairs = con.execute(
            f"SELECT count(*) FROM comparable_person a JOIN comparable_person b ON {same} AND a.unique_id < b.unique_id"
        ).fetchall()
        if pairs[0][0] >= LEARNABLE_PAIRS:
            before_block = linker.misc.save_model_to_json()
            try:
                linker.training.estimate_parameters_using_expectation_maximisation(block_on(*block), estimate_without_term_frequencies=True)
            except ValueError:  # Splink gives up, half changed, where a level dies out among the matches: this block teaches nothing
                linker = _linker(con, before_block)
    learned: dict[str, Any] = linker.misc.save_model_to_json()
    for before, after in zip(settings["comparisons"], learned["comparisons"], strict=True):
        for prior, level in zip(before["comparison_levels"], after["comparison_levels"], strict=True):
            for key in ("m_probability", "u_probability"):
                if key in prior:
                    share = PRIOR_SHARE if key == "m_probability" else 0.0
                    seen = level.get(key) or prior[key]
                    prior[key] = (1 - share) * seen + share * prior[key]
    return settings
