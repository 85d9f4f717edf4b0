"""What is compared of two records, and what each agreement is worth before the data have been seen.

m and u of a level: how often it is seen between two records of one person, and between two strangers. Its weight is log2(m / u).
"""

from dataclasses import dataclass
from typing import Any

# what the conditions read: two records that are the same in all of these compare alike with any third
COLUMNS = (
    "given", "family", "given_words", "family_words", "roots", "is_known_given", "mails", "numbers", "street_key", "unit_key", "postal5",
    "city_key", "birth_key", "employer_key",
)  # fmt: skip


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

    def outcome_sql(self) -> str:
        """SQL for how a pair (columns with `_l` and `_r`) compares: 0 missing, 1 the best level and so on down, last `different`."""
        cases = " ".join(f"WHEN {level.condition} THEN {number}" for number, level in enumerate(self.levels, start=1))
        return f"CASE WHEN {self.column}_l IS NULL OR {self.column}_r IS NULL THEN 0 {cases} ELSE {len(self.levels) + 1} END"

    def labels(self) -> tuple[str, ...]:
        """What the outcomes from 1 on are called."""
        return (*(level.label for level in self.levels), "different")


def _slips(left: str, right: str, count: int) -> str:
    """At most so many slips of the keys; the dear measure is asked only where the cheap one, which counts a swap twice, allows it."""
    return f"(levenshtein({left}, {right}) <= {2 * count} AND damerau_levenshtein({left}, {right}) <= {count})"


def _near(column: str, similarity: float) -> str:
    left, right = f"{column}_l", f"{column}_r"
    return (
        f"least(length({left}), length({right})) > 3 AND "
        f"(jaro_winkler_similarity({left}, {right}) >= {similarity} OR {_slips(left, right, 1)})"
    )


def _in_other(words: str, word: str) -> str:
    """One side's word stands among the other side's words."""
    return f"list_contains({words}_l, {word}_r) OR list_contains({words}_r, {word}_l)"


def _alike(left: str, right: str) -> str:
    return f"({left} = {right} OR (least(length({left}), length({right})) > 3 AND {_slips(left, right, 1)}))"


# all that is written of a name is the family name
_ONE_WORD = "(family_l IS NULL AND list_contains(family_words_r, given_l)) OR (family_r IS NULL AND list_contains(family_words_l, given_r))"
# a family name that was taken on keeps the old one among the given names
_FORMER_FAMILY = f"(given_l <> family_r AND given_r <> family_l AND ({_in_other('given_words', 'family')}))"
# what is typed is no name that we know, and close to the other; in a short name the first letter at least is right
_GIVEN_SLIP = (
    f"NOT (is_known_given_l AND is_known_given_r) AND ({_near('given', 0.92)} "
    f"OR (length(given_l) + length(given_r) > 4 AND left(given_l, 1) = left(given_r, 1) AND {_slips('given_l', 'given_r', 1)}))"
)
# the two halves of a name stand in each other's place: both must, as a family name among given names alone is a relative's
_HALVES_SWAPPED = (
    f"({_alike('given_l', 'family_r')} AND ({_alike('family_l', 'given_r')} OR list_contains(family_words_l, given_r)))"
    f" OR (list_contains(family_words_r, given_l) AND {_alike('family_l', 'given_r')})"
)


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
            Level("typing error", _GIVEN_SLIP, 0.05, 0.003),
            Level("initial", "least(length(given_l), length(given_r)) = 1 AND left(given_l, 1) = left(given_r, 1)", 0.03, 0.01),
            Level("elsewhere in the name", f"{_in_other('given_words', 'given')} OR {_ONE_WORD} OR {_HALVES_SWAPPED}", 0.04, 0.004),
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
            Level("elsewhere in the name", f"{_FORMER_FAMILY} OR {_HALVES_SWAPPED}", 0.01, 0.003),
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
