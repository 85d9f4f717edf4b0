"""Words that name somebody → whose is what stands behind them: one's own, a relative's, or nobody's of ours. All words at once."""

import numpy as np

from commonground.interests import lexicon as lx
from commonground.interests.columns import HANDLE, SEPARATOR, Bools, Ints
from commonground.interests.scene import Asked, Scene

SELF, FAMILY, NOBODY = 0, 1, 2  # whose interest it is
SOMEBODY = lx.FAMILY | lx.HOUSEHOLD | lx.OTHER
_RELATIVE = lx.FAMILY | lx.HOUSEHOLD
_OPEN = 3  # a word that names somebody, but leaves open whose it is


class Whose:
    """The words of a scene that make somebody its subject."""

    def __init__(self, scene: Scene, asked: Asked) -> None:
        self.scene, self.asked = scene, asked
        self._starts, self._ends, self._outcomes = self._read()
        self._begins_own = np.zeros(len(scene.numbers) + 1, bool)
        self._begins_own[scene.cue_start[(scene.flags & lx.SELF) != 0]] = True

    def subjects(self, at: Ints, is_job: Bools) -> Ints:
        """Whose is what stands at words: SELF, FAMILY or NOBODY. What relatives work as (`is_job`) is nobody's."""
        subject = np.full(len(at), SELF)
        if len(self._ends):
            first, _ = self.scene.sentence(at)
            position = np.searchsorted(self._ends, at, side="right") - 1
            found = (position >= 0) & (self._starts[position] >= first)
            subject[found] = self._outcomes[position[found]]
        subject[self._begins_own[at]] = SELF  # "They patched my waders"
        return np.where((subject == FAMILY) & is_job, NOBODY, subject)

    def has_others(self, at: Ints) -> Bools:
        """Whether the sentences around words name somebody else as a subject."""
        others = np.zeros(len(self.scene.stops) + 1, bool)
        others[self.scene.sentence_number(self._starts[self._outcomes == NOBODY])] = True
        found: Bools = others[self.scene.sentence_number(at)]
        return found

    def _read(self) -> tuple[Ints, Ints, Ints]:
        """Who each word that names somebody makes the subject; those that leave it open are left out."""
        scene = self.scene
        chosen = np.flatnonzero((scene.flags & lx.SUBJECT) != 0)
        order = chosen[np.argsort(scene.cue_end[chosen], kind="stable")]
        outcome = np.full(len(order), SELF)
        others = np.flatnonzero((scene.flags[order] & lx.SELF) == 0)
        outcome[others] = self._of_others(order[others], chosen)
        order, outcome = order[outcome != _OPEN], outcome[outcome != _OPEN]
        return scene.cue_start[order], scene.cue_end[order], outcome

    def _of_others(self, cues: Ints, subjects: Ints) -> Ints:
        """Who words that name somebody else make the subject; `subjects`: all words that name somebody."""
        scene, asked = self.scene, self.asked
        x, y, flags = scene.cue_start[cues], scene.cue_end[cues], scene.flags[cues]
        text = scene.text_of[x]
        right_before = asked("owner", x - 1)
        owned = right_before | (asked("owner", np.maximum(x - 2, 0)) & (scene.numbers[x - 1] != SEPARATOR))
        lead = np.where(right_before, x - 2, np.where(owned, x - 3, x - 1))
        lead = np.where(asked("article", np.maximum(lead, 0)), lead - 1, lead)  # "with the neighbors"
        lead = np.maximum(lead, 0)
        is_counted = asked("of", lead) & asked("counted", lead - 1) & ~asked("pronoun", x)  # "one of my clients", not "four of their kits"
        is_led = asked("preposition", lead) & ~is_counted
        starts, _ = scene.sentence(x)
        somebody = subjects[(scene.flags[subjects] & SOMEBODY) != 0]
        somebody = somebody[~asked("pronoun", scene.cue_start[somebody])]
        last = np.searchsorted(scene.cue_start[somebody], x) - 1
        earlier = somebody[np.maximum(last, 0)] if len(somebody) else np.zeros(len(x), np.int64)
        family_before = (last >= 0) & (scene.text_of[scene.cue_start[earlier]] == text) & ((scene.flags[earlier] & _RELATIVE) != 0)
        is_relative = (flags & _RELATIVE) != 0
        is_led &= ~(is_relative & family_before & asked("and", lead))  # "My dad fishes and my brother hunts"
        family = owned | ((x == starts) & ~asked("loose", x)) | ((flags & lx.HOUSEHOLD) != 0) & asked("who", y)
        others_own = is_relative & (last >= 0) & (scene.cue_end[earlier] == x) & ((scene.flags[earlier] & lx.OTHER) != 0)
        others_own &= ~asked("pronoun", x - 1)  # "my boss's wife"
        is_address = scene.numbers[x] == HANDLE
        if is_address.any():
            is_address[is_address] = ~np.isin(y[is_address], scene.cue_start)  # "@bob #jazz", but not "@bob loves jazz"
        is_oneself = ((flags & lx.OTHER) != 0) & ~asked("owner", x - 1) & scene.any_between(np.maximum(starts, x - 4), x, lx.BE)
        is_oneself &= ~asked.between(x - 3, x, "preposition")  # "I'm a retired teacher who ..."
        return np.select(
            [
                ((flags & lx.CONTACT) != 0) & scene.is_about[text],
                others_own,
                is_led | is_oneself | asked("both", x) | is_address,
                is_relative,
                asked("pronoun", x) & family_before,
            ],
            [
                np.full(len(x), SELF),
                np.full(len(x), NOBODY),
                np.full(len(x), _OPEN),
                np.where(family, FAMILY, _OPEN),  # "Wife plays tennis"
                np.full(len(x), FAMILY),
            ],
            NOBODY,
        )
