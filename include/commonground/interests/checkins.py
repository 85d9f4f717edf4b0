"""Names of places with what sort of place they are → where the sort stands: "Tattered Cover (Bookstore)", "Grizzly Rose – Dance Hall: ...".

Check-ins read so in every export. The sort says more than the name, and what is shouted behind it is said in passing.
"""

import re
from collections.abc import Sequence

import numpy as np

from commonground.interests.columns import Ints

_HEADS = (  # what a sort of place ends with
    "airport alley aquarium arcade area arena armory attraction auditorium bakery ballroom bar base beach bistro bodega bookstore "
    "boutique brasserie brewery building cafe café campground campus casino center centre chalet church cidery cinema clinic club "
    "coffeehouse college court creperie deli diner dispensary distillery dojo facility farm festival field florist forest gallery "
    "garden gastropub ground gym hackerspace hall harbor hospital hostel hotel house joint laundromat library lighthouse lodge lot "
    "lounge makerspace mall marina market meadery monument mosque motel mountain multiplex museum neighborhood nightclub nursery "
    "observatory office opera park pharmacy pier place planetarium playground playhouse plaza pool post preserve pub racecourse "
    "racetrack range reserve reservoir resort restaurant rink river roastery room salon sanctuary school shelter shop showroom site "
    "spa space speedway spot spring square stable stables stadium station steakhouse store strip studio supermarket synagogue taproom "
    "taqueria tavern temple terminal theater theatre track trail university velodrome venue village vineyard wharf winery yard zoo"
)
_WORD = r"(?:[A-Z0-9][\w'’.&]*|&|/|of|and|the)"
_SORT = rf"(?:{_WORD} ){{0,4}}(?:[A-Z][\w'’.&]*[-/])?(?i:{'|'.join(_HEADS.split())})s?\b"
_SAID = re.compile(rf"\((?P<a>[^()]+)\)\s*$|\((?P<b>{_SORT})\)|\s[–—-]\s(?P<c>{_SORT})(?=\s*(?:$|[\"“”:/!,–—-]))")
MARKS = "(–—-"  # before a sort


def sorts(texts: Sequence[str], chosen: Ints) -> tuple[Ints, Ints]:
    """From which to which character each of the chosen texts (by number) says what sort of place it names; -1 where none does."""
    start, end = np.full(len(texts), -1), np.full(len(texts), -1)
    for number in chosen.tolist():
        found = _SAID.search(texts[number])
        if found is not None:
            start[number], end[number] = found.span(found.lastgroup or 0)
    return start, end
