"""`python -m benchmarks.tagging [--texts N] [--people N] [--seed S]`: how right and how fast interests are told.

Right: on labelled sentences and labelled texts (each with the third that no rule was learnt from), and on what the people of
a town say, by feed and by phrase. Fast: twenty-word texts a second on one core, Parquet to Parquet, beside bare phrase
finders over the same words in the same run, and with a taxonomy ten times as large. Prints JSON.

flashtext2 and spaCy are no dependencies of the project; `make bench` has them beside it where they can be had.
"""

import argparse
import csv
import hashlib
import json
import os
import platform
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module, util
from pathlib import Path
from typing import Any

import ahocorasick_rs
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from commonground.config import DEFAULT_CONFIG
from commonground.interests.batches import tag_parquet
from commonground.interests.tagger import Tagged, Tagger

HERE = Path(__file__).parent
SENTENCES = HERE.parent.parent / "shared" / "fixtures" / "interests" / "persona_dev.tsv"
TEXTS = {
    "texts": HERE / "data" / "interest_texts.tsv",
    "later_texts": HERE / "data" / "interest_texts_later.tsv",
    "fresh_texts": HERE / "data" / "interest_texts_fresh.tsv",
    "other_texts": HERE / "data" / "interest_texts_other.tsv",
    "wide_texts": HERE / "data" / "interest_texts_wide.tsv",
    "plain_texts": HERE / "data" / "interest_texts_plain.tsv",
    "coast_texts": HERE / "data" / "interest_texts_coast.tsv",
    "prairie_texts": HERE / "data" / "interest_texts_prairie.tsv",
    "bayou_texts": HERE / "data" / "interest_texts_bayou.tsv",
    "closed_texts": HERE / "data" / "interest_texts_closed.tsv",
    "desk_closed_texts": HERE / "data" / "interest_texts_desk_closed.tsv",
    "bar_closed_texts": HERE / "data" / "interest_texts_bar_closed.tsv",
    "county_texts": HERE / "data" / "interest_texts_county.tsv",
    "county_closed_texts": HERE / "data" / "interest_texts_county_closed.tsv",
    "mesa_texts": HERE / "data" / "interest_texts_mesa.tsv",
    "mesa_closed_texts": HERE / "data" / "interest_texts_mesa_closed.tsv",
}
READ = ("interest_texts_prairie", "interest_texts_bayou", "interest_texts_county", "interest_texts_mesa")  # after their first figures
PROTECTED = {
    "protected_texts": HERE / "data" / "protected_texts.tsv",
    "protected_closed_texts": HERE / "data" / "protected_texts_closed.tsv",
    "protected_plain_closed_texts": HERE / "data" / "protected_texts_plain_closed.tsv",
    "protected_porch_texts": HERE / "data" / "protected_texts_porch.tsv",
    "protected_valley_texts": HERE / "data" / "protected_texts_valley.tsv",
    "protected_valley_closed_texts": HERE / "data" / "protected_texts_valley_closed.tsv",
}
LENGTH = 20  # words of a text whose reading is timed


class Score:
    """Counts of right, wrong and missed."""

    def __init__(self) -> None:
        self.right = self.wrong = self.missed = 0

    def add(self, wanted: set[str], found: set[str]) -> None:
        """Counts one text."""
        self.right += len(wanted & found)
        self.wrong += len(found - wanted)
        self.missed += len(wanted - found)

    def figures(self) -> dict[str, float]:
        """Precision, recall and F1; 1 where nothing was asked and nothing found."""
        found, wanted = self.right + self.wrong, self.right + self.missed
        precision, recall = self.right / found if found else 1.0, self.right / wanted if wanted else 1.0
        f1 = 2 * self.right / (found + wanted) if found + wanted else 1.0
        return {"precision": round(precision, 3), "recall": round(recall, 3), "f1": round(f1, 3)}


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def _kinds(listed: str) -> set[str]:
    """The kinds of a label ("food,sports_watch" or "film_tv")."""
    return {name if name == "film_tv" else name.partition("_")[0] for name in listed.split(",") if name}


def _tagged(tagger: Tagger, texts: Sequence[str]) -> list[Tagged]:
    return list(tagger.tag_all(texts, [None] * len(texts)))


def sentence_quality(tagger: Tagger) -> dict[str, Any]:
    """Micro F1 over kinds and protected statements; every third sentence was held out when rules were learnt."""
    if not SENTENCES.exists():
        return {"missing": str(SENTENCES.name)}
    every, held_out, protected = Score(), Score(), Score()
    rows = _rows(SENTENCES)
    for number, (row, tagged) in enumerate(zip(rows, _tagged(tagger, [row["sentence"] for row in rows]), strict=True)):
        wanted, found = _kinds(row["interest_tags"]), {i.kind for i in tagged.kept}
        every.add(wanted, found)
        if number % 3 == 2:
            held_out.add(wanted, found)
        protected.add({name for name in row["protected_tags"].split(",") if name}, set(tagged.denied_classes))
    return {"kinds": every.figures(), "kinds_held_out_third": held_out.figures(), "protected": protected.figures()}


def is_held_out(path: Path, row: dict[str, str]) -> bool:
    """Whether nobody who writes rules may read a text: all of the closed sets, of others a third, by number or by the text's hash."""
    if path.stem in READ:
        return False
    if path.stem.endswith("closed"):
        return True
    if path.stem in ("interest_texts", "interest_texts_later"):
        return int(row["id"]) % 3 == 0
    return hashlib.sha256(row["text"].encode()).digest()[0] % 3 == 0


def text_quality(tagger: Tagger, path: Path) -> dict[str, Any]:
    """Micro F1 over kinds of page likes, groups, posts, ..., given as bare text; and of what rules were not learnt from."""
    every, held_out, channels = Score(), Score(), defaultdict(Score)
    rows = _rows(path)
    for row, tagged in zip(rows, _tagged(tagger, [row["text"] for row in rows]), strict=True):
        wanted, found = _kinds(row["kinds"]), {i.kind for i in tagged.kept}
        for score in (every, channels[row["channel"]], *([held_out] if is_held_out(path, row) else [])):
            score.add(wanted, found)
    traps = channels.pop("trap", Score())
    return {
        "texts": len(rows),
        **every.figures(),
        **({} if path.stem in READ else {"held_out_third": held_out.figures()}),
        "f1_by_channel": {name: score.figures()["f1"] for name, score in channels.items()},
        "wrong_tags_in_traps": traps.wrong,
    }


def protected_quality(tagger: Tagger, path: Path) -> dict[str, Any]:
    """How many protected statements are counted: by text and class, by text alone, and by channel (text alone)."""
    by_class, by_text, channels = Score(), Score(), defaultdict(Score)
    rows = _rows(path)
    for row, tagged in zip(rows, _tagged(tagger, [row["text"] for row in rows]), strict=True):
        wanted, found = {name for name in row["protected"].split(",") if name}, set(tagged.denied_classes)
        by_class.add(wanted, found)
        for score in (by_text, channels[row["channel"]]):
            score.add({"any"} if wanted else set(), {"any"} if found else set())
    by_channel = {name: score.figures() for name, score in channels.items()}
    return {"texts": len(rows), "by_class": by_class.figures(), "by_text": by_text.figures(), "by_text_of_channel": by_channel}


def town_quality(tagger: Tagger, truth: Path) -> dict[str, Any]:
    """What people of a town say, against what they love: by statement and by phrase (a statement without the name of whom it is about)."""
    with duckdb.connect() as con:
        said = con.execute(f"""
            SELECT DISTINCT s.person_id, s.feed, s.nature, s.text, p.given_name
            FROM '{truth}/statements.parquet' AS s JOIN '{truth}/persons.parquet' AS p USING (person_id) ORDER BY ALL""").fetchall()
        loves: dict[str, set[str]] = defaultdict(set)
        for person, kind in con.execute(f"SELECT person_id, kind FROM '{truth}/interests.parquet'").fetchall():
            loves[person].add(kind)
    feeds: dict[str, Counter[str]] = defaultdict(Counter)
    phrases: dict[str, bool] = {}
    natures: dict[str, Counter[str]] = defaultdict(Counter)
    for (person, feed, nature, text, name), tagged in zip(said, _tagged(tagger, [row[3] for row in said]), strict=True):
        found = {i.kind for i in tagged.kept if i.subject == "self"}
        if nature != "interest":
            natures[nature]["statements"] += 1
            natures[nature]["without_own_tag"] += not found - {"place"}
            natures[nature]["counted_as_protected"] += tagged.denied > 0
            continue
        is_right = bool(found & loves[person])
        for key in (feed.split("_")[0], "all"):
            feeds[key].update(statements=1, told=int(is_right), right=len(found & loves[person]), tags=len(found))
        phrase = re.sub(rf"\b{re.escape(name)}\b", "…", text) if name else text
        phrases[phrase] = phrases.get(phrase, True) and is_right
    by_feed = {
        feed: {
            "recall": round(n["told"] / n["statements"], 3),
            "precision": round(n["right"] / max(1, n["tags"]), 3),
            "statements": n["statements"],
        }
        for feed, n in sorted(feeds.items())
    }
    return {
        "interests_by_feed": by_feed,
        "phrases": len(phrases),
        "phrases_told": round(sum(phrases.values()) / max(1, len(phrases)), 3),
        "other_natures": {nature: dict(counts) for nature, counts in sorted(natures.items())},
    }


def twenty_words(sentences: Sequence[str], count: int, seed: int = 5) -> list[str]:
    """Texts of twenty words out of sentences, one behind the other."""
    dice = random.Random(seed)
    texts = []
    for _ in range(count):
        words: list[str] = []
        while len(words) < LENGTH:
            words += dice.choice(sentences).split()
        texts.append(" ".join(words[:LENGTH]))
    return texts


def per_second(work: Callable[[], object], count: int, times: int = 3) -> int:
    """How many of `count` things are done in a second of one core's time; the best of some runs."""
    best = float("inf")
    for _ in range(times):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return round(count / best)


def parquet_speed(tagger: Tagger, texts: Sequence[str], folder: Path) -> int:
    """Texts a second from a Parquet file of texts to a Parquet file of tags."""
    source, target = folder / "texts.parquet", folder / "tags.parquet"
    pq.write_table(pa.table({"text": pa.array(texts, pa.string())}), source)
    return per_second(lambda: tag_parquet(tagger, source, target), len(texts))


def larger_taxonomy(folder: Path, times: int) -> Tagger:
    """The same taxonomy with `times` - 1 times as many other interests beside it."""
    dice = random.Random(7)
    target = folder / "interests"
    target.mkdir()
    for path in (DEFAULT_CONFIG / "interests").glob("*.yaml"):
        (target / path.name).write_bytes(path.read_bytes())
    os.environ["XDG_CACHE_HOME"] = str(folder)  # nobody wants to keep it
    own = Tagger(target).lexicon
    words = sorted({word for entry in own.book.phrases for word in entry.split(" ")})
    count = own.form_count * (times - 1) // 2  # each is found in the singular and in the plural
    lines = ["kind: collecting", "groups:", "  made_up:", "    interests:"]
    lines += [
        f"      made_up_{n}: [{dice.choice(words)} zq{n:x}, {dice.choice(words)} {dice.choice(words)} zq{n:x}]" for n in range(count // 2)
    ]
    (target / "zz_made_up.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Tagger(target)


def baselines(phrases: Sequence[str], texts: Sequence[str]) -> dict[str, int | str]:
    """Texts a second of finders that only find the same phrases and judge nothing."""
    low = [f" {text.lower()} " for text in texts]
    automaton = ahocorasick_rs.AhoCorasick([f" {phrase} " for phrase in phrases])
    found: dict[str, int | str] = {
        "ahocorasick_rs": per_second(lambda: [automaton.find_matches_as_indexes(text, overlapping=True) for text in low], len(low))
    }
    if util.find_spec("flashtext2"):
        finder = import_module("flashtext2").KeywordProcessor(case_sensitive=False)
        for phrase in phrases:
            finder.add_keyword(phrase)
        found["flashtext2"] = per_second(lambda: [finder.extract_keywords(text) for text in texts], len(texts))
    else:
        found["flashtext2"] = "not installed"
    if util.find_spec("spacy"):
        spacy = import_module("spacy")
        language = spacy.blank("en")
        matcher = import_module("spacy.matcher").PhraseMatcher(language.vocab, attr="LOWER")
        matcher.add("INTEREST", list(language.pipe(phrases)))
        some = texts[: max(1, len(texts) // 10)]
        found["spacy_phrase_matcher"] = per_second(lambda: [matcher(doc) for doc in language.pipe(some)], len(some), times=1)
    else:
        found["spacy_phrase_matcher"] = "not installed"
    return found


def speeds(tagger: Tagger, said: Sequence[str], count: int) -> dict[str, Any]:
    """Speeds on dense texts (an interest in almost every one), on plain ones, on the labelled texts, on what a town says; with ratios."""
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    rows = _rows(SENTENCES) if SENTENCES.exists() else [{"sentence": text, "interest_tags": ""} for text in said]
    dense = twenty_words([row["sentence"] for row in rows], count)
    plain = twenty_words([row["sentence"] for row in rows if not row["interest_tags"] and not row.get("protected_tags")], count)
    town = [said[n % len(said)] for n in range(count)]
    mixed = twenty_words(said, count)
    written = twenty_words([row["text"] for path in TEXTS.values() for row in _rows(path)], count)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        texts = {"dense": dense, "plain": plain, "sentences_twenty_words": written, "town_twenty_words": mixed, "town_as_said": town}
        own = {name: parquet_speed(tagger, of_sort, path) for name, of_sort in texts.items()}
        larger = parquet_speed(larger_taxonomy(path, 10), dense, path)
    others = baselines(tagger.lexicon.book.phrases, dense)
    ratios = {name: round(own["dense"] / speed, 3) for name, speed in others.items() if isinstance(speed, int)}
    return {
        "texts": count,
        "texts_per_second_of_one_core": own,
        "taxonomy_ten_times_larger": {"texts_per_second": larger, "costs_times": round(own["dense"] / larger, 2)},
        "only_finding_phrases": others,
        "dense_as_a_share_of": ratios,
    }


def _machine() -> dict[str, Any]:
    return {"machine": platform.machine(), "cores": os.cpu_count(), "python": platform.python_version(), "load": os.getloadavg()[0]}


def figures(count: int, people: int, seed: int) -> dict[str, Any]:
    """All of it."""
    tagger = Tagger()
    with tempfile.TemporaryDirectory() as folder:
        town = Path(folder) / "town"
        command = [str(Path(sys.executable).with_name("commonground")), "sandbox", "build", "--people", str(people)]
        subprocess.run([*command, "--seed", str(seed), "--out", str(town)], check=True, stdout=subprocess.DEVNULL)
        truth = town / "truth"
        said = [text for (text,) in duckdb.sql(f"SELECT text FROM '{truth}/statements.parquet' ORDER BY ALL").fetchall()]
        return {
            "machine": _machine(),
            "interests": len(tagger.lexicon.ids),
            "forms": tagger.lexicon.form_count,
            "sentences": sentence_quality(tagger),
            **{name: text_quality(tagger, path) for name, path in TEXTS.items()},
            **{name: protected_quality(tagger, path) for name, path in PROTECTED.items()},
            "town": {"people": people, "seed": seed, **town_quality(tagger, truth)},
            **({"speed": speeds(tagger, said, count)} if count else {}),
        }


def main(arguments: Iterable[str] | None = None) -> int:
    """Prints the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--texts", type=int, default=40_000, help="texts whose reading is timed; 0 = none")
    parser.add_argument("--people", type=int, default=600)
    parser.add_argument("--seed", type=int, default=2027)
    chosen = parser.parse_args(None if arguments is None else list(arguments))
    print(json.dumps(figures(chosen.texts, chosen.people, chosen.seed), indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
