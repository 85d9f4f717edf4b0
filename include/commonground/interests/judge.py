"""What stands around the interests of a scene → is each shown, whose is it, is it denied or disliked? All rows at once."""

from functools import cached_property

import numpy as np

from commonground.interests import figures
from commonground.interests import lexicon as lx
from commonground.interests.columns import HANDLE, SEPARATOR, STOP, Bools, Ints, numbered
from commonground.interests.scene import Asked, Cues, Rows, Scene
from commonground.interests.taxonomy import KINDS
from commonground.interests.whose import SOMEBODY, Whose
from commonground.interests.words import JOBLESS_PAST

REACH = 8  # words a liking reaches forward: "I love to go with my friends to the old dog park"
NEGATION_REACH = 4  # words a negation reaches: "not been able to enjoy"
AFTER_REACH = 5  # words to a liking behind: "horror movies are by far my favorites"
BEING_REACH = 5  # words from "am" to what one is: "am a very big opera lover"
START = 2  # words into a clause without a subject where the interest still leads it: "Great hike", "Avid golfer"
ITEM = 4  # words of a list item in a profile: "dog lover | marathon runner"
LIST = 3  # items of a list that is one though nobody says it is a profile's
SHOWN, NOT_SHOWN, MENTIONED, TOLD = 1, -1, 0, 2  # verdicts; NOT_SHOWN: denied or disliked; TOLD: shown by no more than being spoken of
_OPEN, _NONE, _LIKE, _PRACTICE, _HAVING, _BEING, _JOB, _NO = range(8)  # what the words before decide
_NOT_OWN = SOMEBODY | lx.CONTACT | lx.JOB | lx.NEG | lx.DISLIKE  # in a sentence without any of these a mention is one's own
_COMPLAINT = lx.NEWS | lx.GONE | lx.DISLIKE  # in a text with any of these a mention alone says nothing
_DECIDING = lx.NEG | lx.DISLIKE | lx.LIKE | lx.PRAISE | lx.HAVE | lx.BE | lx.JOB
_PAST_KINDS = np.isin(KINDS, sorted(JOBLESS_PAST))
_NAMED_KINDS = np.isin(KINDS, ["pets"])  # whose names alone tell of it, though their words in general do not
_FOOD, _MILITARY, _PETS, _PLACE = (KINDS.index(kind) for kind in ("food", "military", "pets", "place"))


class Judge:
    """Judges the rows of one scene."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.asked = Asked(scene)
        self._deeds: Bools | None = None

    def follows_fellow(self, at: Ints) -> Bools:
        """Who speaks of a fellow Marine is one."""
        return self.asked("fellow", at - 1)

    def is_native(self) -> Bools:
        """For each word: whether it says that what stands before it is where somebody comes from."""
        bred = self.asked.places("bred")
        found = np.zeros(len(self.scene.numbers), bool)
        found[bred[self.asked("pause", bred + 1) | self.asked("end", bred + 1)]] = True
        found[self.asked.places("native")] = True
        here = self.asked.places("inhabitant")
        found[here[self.asked.between(here - 4, here, "lifelong")]] = True  # "lifelong Tiffin resident"
        home = self.asked.places("homely")  # "Kentucky is home", but not "Austin is home sick"
        found[home[self.asked("call", home - 2) | self.asked("call", home - 3)]] = True
        home = home[self.asked("homely_before", home - 1)]
        found[home[self.asked("pause", home + 1) | self.asked("end", home + 1) | self.asked("and", home + 1)] - 1] = True
        return found

    def opens_nothing_known(self, rows: Rows, shown: Bools) -> Bools:
        """False for an opener ("love to watch") after which its sentence names something known, or nothing at all."""
        mode = self.scene.lexicon.sense.mode[rows.sense]
        opener = np.flatnonzero(shown & (mode == lx.OPENER))
        open_ = np.ones(len(rows.start), bool)
        if len(opener):
            others = rows.start[shown & (mode != lx.OPENER)]
            _, end = self.scene.sentence(rows.start[opener])
            known = np.searchsorted(others, end) > np.searchsorted(others, rows.start[opener])
            open_[opener] = ~known & (rows.end[opener] < end)
        return open_

    def verdicts(self, rows: Rows) -> Ints:
        """SHOWN, NOT_SHOWN or MENTIONED for each row."""
        scene, columns = self.scene, self.scene.lexicon.sense
        text, mode = scene.text_of[rows.start], columns.mode[rows.sense]
        verdict = np.full(len(rows.start), MENTIONED)
        lengths = scene.page.bounds[1:] - scene.page.bounds[:-1] - 1
        is_name = scene.is_name[text]
        is_verb = mode == lx.LIKED_VERB
        verdict[is_name & ~(is_verb & (lengths[text] > ITEM))] = SHOWN
        is_tagged = ~is_name & (scene.page.is_tagged(rows.start) | (scene.numbers[rows.start] == HANDLE)) & ~is_verb
        kind = columns.kind[rows.sense]
        verdict[is_tagged] = np.where((scene.text_flags[text[is_tagged]] & lx.NEWS) != 0, MENTIONED, SHOWN)  # "#hiring #truckers"
        verdict[is_tagged & (kind == _PLACE) & (verdict == SHOWN)] = TOLD  # "#midwestphotographer"
        rest = np.flatnonzero(~is_name & ~is_tagged)
        at = rows.start[rest]
        is_liked = scene.in_sentence(at, lx.LIKE) & ~scene.in_sentence(
            at, lx.OTHER | lx.SELF
        )  # a note: "Loves clogging, wants hardwood floors"
        silent = (scene.in_sentence(at, lx.NEWS) & ~is_liked) | self._is_reported(at)
        silent |= self.asked("title", at - 1) & scene.page.is_capital(at)  # "Ms. Porter"
        silent |= (scene.text_flags[text[rest]] & lx.GONE) != 0
        silent |= self.asked("picture", rows.start[rest]) & ((scene.text_flags[text[rest]] & _NOT_OWN) != 0)
        rest = rest[~silent]
        verdict[rest] = self._in_prose(rows.where(rest))
        verdict[rest] = self._asked(rows.start[rest], verdict[rest])
        is_address = self.asked("street", rows.end) & scene.page.is_capital(rows.end) & scene.page.is_capital(rows.start)
        verdict[is_address] = MENTIONED
        is_called = self.asked("animal", rows.start - 1) & scene.page.is_capital(rows.start) & ~scene.page.is_capital(rows.start - 1)
        verdict[is_called & (kind != _PETS)] = MENTIONED  # "our cat Biscuit"
        verdict[self._is_pets_name(rows, kind)] = MENTIONED
        return verdict

    def _is_pets_name(self, rows: Rows, kind: Ints) -> Bools:
        """Whether a food is what a pet is called: "Vet visit today. Waffles was brave"."""
        scene, a = self.scene, rows.start
        has_pets = np.zeros(len(scene.is_name), bool)
        has_pets[scene.text_of[a[kind == _PETS]]] = True
        found: Bools = (kind == _FOOD) & (rows.end - a == 1) & has_pets[scene.text_of[a]] & ~scene.is_name[scene.text_of[a]]
        at = np.flatnonzero(found)
        start, _ = scene.sentence(a[at])
        is_subject = self._places[1][rows.end[at]]  # "Biscuit has ..."
        found[at] = scene.page.is_capital(a[at]) & ~scene.page.is_capital(a[at] - 1) & ((a[at] > start) | is_subject)
        return found

    def _asked(self, at: Ints, verdict: Ints) -> Ints:
        """The same verdicts, but what is only asked after is mentioned ("Should I get a cat?"), and denied if the answer is no."""
        scene = self.scene
        if not len(at):
            return verdict
        _, end = scene.sentence(at)
        is_question = (scene.numbers[end] == STOP) & scene.page.is_question(end)
        if not is_question.any():
            return verdict
        last = len(scene.numbers) - 1
        first, second = scene.numbers[np.minimum(end + 1, last)], scene.numbers[np.minimum(end + 2, last)]
        refusal = scene.lexicon.asked_for["refusal"]
        is_refused = is_question & (refusal[first] | (refusal[second] & (first != SEPARATOR)))
        says = scene.in_sentence(at, lx.TELLING) | (scene.in_sentence(at, lx.SELF) & scene.in_sentence(at, lx.LIKE | lx.LIKE_IT))
        verdict = np.where(is_question & ~says & (verdict > 0), MENTIONED, verdict)
        return np.where(is_refused, NOT_SHOWN, verdict)

    def _in_prose(self, rows: Rows) -> Ints:
        scene, columns = self.scene, self.scene.lexicon.sense
        a, b = rows.start, rows.end
        mode, kind = columns.mode[rows.sense].copy(), columns.kind[rows.sense]
        start, end = scene.clause(a, b)
        inside = a > start
        mode[(mode == lx.VERB) & inside & self.asked("article", a - 1)] = lx.THING  # "the dance between buyer and seller"
        before = self._before(rows, mode, start)
        verdict = np.full(len(a), MENTIONED)
        decided = before == _NO
        verdict[decided] = NOT_SHOWN
        is_said = ((mode == lx.PHRASE) | (mode == lx.OPENER)) | ((before == _LIKE) & columns.is_liked[rows.sense])
        is_said |= (before == _PRACTICE) | ((before == _HAVING) & columns.by_having[rows.sense])
        verdict[~decided & is_said] = SHOWN
        decided |= is_said
        person = np.flatnonzero(~decided & (mode == lx.PERSON))
        being = before[person] == _BEING
        was = scene.any_between(np.maximum(start[person], a[person] - 6), a[person], lx.PAST) & ~_PAST_KINDS[kind[person]]
        a_the = self.asked("the", a[person] - 1) | (a[person] - 1 > start[person]) & self.asked("the", a[person] - 2)
        own = ~(inside[person] & a_the)  # "the wedding photographer"
        own &= self._leads(a[person], start[person]) | self._is_item(rows.where(person), mode[person], start[person], end[person])
        verdict[person[np.where(being, ~was, own)]] = SHOWN
        decided[person] = True
        rest = np.flatnonzero(~decided)
        after = self._after(rows.where(rest), end[rest])
        verdict[rest] = after
        rest = rest[(after == MENTIONED) & (before[rest] != _JOB)]
        verdict[rest] = self._mentioned(rows.where(rest), mode[rest], start[rest], end[rest])
        return verdict

    def _mentioned(self, rows: Rows, mode: Ints, start: Ints, end: Ints) -> Ints:
        """Verdicts where nothing near says so: deeds, habits, items of a list, what somebody tells of themselves."""
        scene = self.scene
        deed = mode == lx.VERB
        verb = np.flatnonzero(deed & (rows.start - start > START))
        deed[verb] = scene.any_between(start[verb], rows.start[verb], lx.SUBJECT)
        item = self._is_item(rows, mode, start, end)
        habit = (mode == lx.LIKED_VERB) & (scene.in_sentence(rows.start, lx.HABIT) | item)
        special = (scene.lexicon.level[rows.interest] == 3) & ~scene.lexicon.is_proper[rows.interest]
        named = special & _NAMED_KINDS[scene.lexicon.sense.kind[rows.sense]]  # "that beagle ate my shoe"
        told = ((mode == lx.THING) | (mode == lx.VERB)) & (scene.lexicon.sense.is_mention[rows.sense] | named) & ~self._places[3][rows.end]
        may = np.flatnonzero(told)
        told[may] = self._is_told(rows.where(may))
        item &= mode == lx.THING
        special = np.flatnonzero(~told & (mode == lx.THING) & (scene.lexicon.level[rows.interest] == 3) & ~self._places[3][rows.end])
        at = rows.start[special]
        told[special] = scene.in_sentence(at, lx.TELLING | lx.HABIT | lx.LIKE_IT) | self._is_deed(at)
        told[special] |= self._is_liked_next(at) | self.asked("opening", scene.sentence(at)[0])
        told[told] = ~figures.is_common(scene, rows.where(told)) & ~figures.is_figure(scene, self.asked, rows.where(told))
        return np.where(deed | habit | item, SHOWN, np.where(told, TOLD, MENTIONED))

    def _before(self, rows: Rows, mode: Ints, start: Ints) -> Ints:
        """What the nearest words before decide: like, practice, having, being, job, or no (denied, disliked)."""
        scene = self.scene
        is_asked = np.zeros(len(scene.stops) + 1, bool)
        is_asked[scene.sentence_number(rows.start)] = True
        deciding = np.flatnonzero(((scene.flags & _DECIDING) | scene.practice) != 0)
        deciding = deciding[is_asked[scene.sentence_number(scene.cue_start[deciding])]]
        nothing = np.zeros(len(scene.rows.start), np.int64)
        starts = np.concatenate([scene.cue_start[deciding], scene.rows.start])
        ends = np.concatenate([scene.cue_end[deciding], scene.rows.end])
        flags = np.concatenate([scene.flags[deciding], nothing])
        practice = np.concatenate([scene.practice[deciding], nothing])
        order = np.argsort(((ends << 5) - (ends - starts)) << 32 | flags, kind="stable")  # by end, start (no phrase has 32 words), flags
        starts, ends, flags, practice = starts[order], ends[order], flags[order], practice[order]
        is_item = (flags == 0) & (practice == 0)
        decided = np.full(len(rows.start), _NONE)
        reach = rows.start.copy()
        position = np.searchsorted(ends, rows.start, side="right") - 1
        open_ = np.flatnonzero(position >= 0)
        while len(open_):
            at, first = position.take(open_), start.take(open_)
            from_, to = starts.take(at), ends.take(at)
            inside = from_ >= first
            left = np.flatnonzero((to > first) & (~inside | (reach.take(open_) - to <= REACH)))
            open_, at, inside, from_ = open_.take(left), at.take(left), inside.take(left), from_.take(left)
            position[open_] -= 1
            items = is_item.take(at)
            listed = np.flatnonzero(inside & items)
            reach[open_.take(listed)] = from_.take(listed)
            cue = np.flatnonzero(inside & ~items)
            asked = open_.take(cue)
            said = self._says(rows.where(asked), mode[asked], start[asked], reach[asked], Cues(starts, ends, flags, practice, at[cue]))
            is_open = at > 0
            is_open[cue] &= said == _OPEN
            told = np.flatnonzero(said != _OPEN)
            decided[asked.take(told)] = said.take(told)
            open_ = open_.take(np.flatnonzero(is_open))
        return decided

    def _says(self, rows: Rows, mode: Ints, start: Ints, reach: Ints, cues: Cues) -> Ints:
        """What one cue before each interest says of it: nothing (open), that it cannot be told (none), or a verdict."""
        columns, a, flags = self.scene.lexicon.sense, rows.start, cues.flags
        said = np.full(len(a), _OPEN)
        is_practice = (cues.practice >> columns.kind[rows.sense] & 1) != 0
        likes = (
            ((flags & lx.LIKE) != 0) & ~figures.compares(self.scene, self.asked, cues.end)
            | is_practice
            | (((flags & lx.PRAISE) != 0) & (cues.end >= a - 1))
        )
        person = mode == lx.PERSON
        job = ((flags & lx.JOB) != 0) & (mode != lx.PHRASE) & (mode != lx.OPENER)
        be = ((flags & lx.BE) != 0) & person & (a - cues.end <= BEING_REACH)
        has = ((flags & lx.HAVE) != 0) & columns.by_having[rows.sense] & (a - cues.end <= REACH)
        at = np.flatnonzero(has)
        has[at] = ~self.scene.any_between(cues.end[at], a[at], SOMEBODY)  # "my sister in law's bulldog"
        said[job] = _JOB  # from what counts least to what counts most
        said[be], said[has] = _BEING, _HAVING
        said[likes] = np.where(is_practice[likes], _PRACTICE, _LIKE)
        at = np.flatnonzero(likes & person)
        said[at[self.scene.any_between(cues.end[at] - 1, a[at], lx.BE)]] = _BEING
        dislikes = (flags & lx.DISLIKE) != 0
        said[dislikes] = _NO
        at = np.flatnonzero(dislikes | likes | has | be)
        at = at[(self.scene.text_flags[self.scene.text_of[a[at]]] & lx.NEG) != 0]
        from_ = np.where(be[at] & ~likes[at] & ~has[at] & ~dislikes[at], cues.end[at], cues.start[at])
        at = at[self.is_negated(from_, start[at])]
        said[at] = np.where(dislikes[at], _NONE, _NO)
        at = np.flatnonzero((flags & lx.NEG) != 0)
        end, row = cues.end[at], a[at]
        apart = self.asked.between(end, row, "and", "pause") & (reach[at] == row)
        said[at] = np.where((reach[at] - end <= NEGATION_REACH) & ~apart, _NO, _OPEN)
        return said

    def is_negated(self, at: Ints, start: Ints) -> Bools:
        """Whether a negation stands shortly before words, in the clause from `start`, with no "and" between; "or" carries it on."""
        spans = self.scene.spans(lx.NEG)
        if not len(spans.ends):
            return np.zeros(len(at), bool)
        position = np.searchsorted(spans.ends, at, side="right") - 1
        end = np.where(position >= 0, spans.ends[position], -1)
        is_near = spans.any_within(start, at) & (position >= 0)
        limit = np.where(self.asked.between(end, at, "or"), NEGATION_REACH + REACH, NEGATION_REACH)
        is_near &= (at - end <= limit) & ~self.asked.between(end, at, "and", "pause")
        return is_near

    def _after(self, rows: Rows, end: Ints) -> Ints:
        """A liking or disliking behind: "is my thing", "are boring"."""
        scene = self.scene
        chosen = (scene.flags & (lx.LIKE_AFTER | lx.DISLIKE)) != 0
        starts, flags = scene.cue_start[chosen], scene.flags[chosen]
        verdict = np.full(len(rows.start), MENTIONED)
        if not len(starts):
            return verdict
        b, open_ = rows.end, np.flatnonzero(scene.in_sentence(rows.start, lx.LIKE_AFTER | lx.DISLIKE))
        position = np.searchsorted(starts, b)
        while len(open_):
            at = np.minimum(position[open_], len(starts) - 1)
            x = starts[at]
            is_near = (position[open_] < len(starts)) & (x < end[open_]) & (x - b[open_] <= AFTER_REACH)
            open_, at, x = open_[is_near], at[is_near], x[is_near]
            position[open_] += 1
            behind = b[open_]
            gap = x - behind
            linked = self.asked.between(behind, np.minimum(x, behind + 3), "link")
            linked &= ~self.asked.between(behind, x, "nominative", "pause")
            speaks = np.where(gap > 0, linked, (flags[at] & lx.DISLIKE) == 0)
            speaking, cue = open_[speaks], at[speaks]
            denied = scene.any_between(b[speaking], starts[cue], lx.NEG)
            likes = ((flags[cue] & lx.LIKE_AFTER) != 0) != denied
            is_liked = scene.lexicon.sense.is_liked[rows.sense[speaking]]
            verdict[speaking] = np.where(is_liked, np.where(likes, SHOWN, NOT_SHOWN), MENTIONED)
            open_ = open_[~speaks]
        return verdict

    def _is_reported(self, at: Ints) -> Bools:
        """Whether somebody said so: "..., rangers said."."""
        start, end = self.scene.sentence(at)
        return (end > start) & self.asked("reported", end - 1) & ~self.asked("speaker", end - 2)

    def _is_liked_next(self, at: Ints) -> Bools:
        """Whether the next sentence of the text likes what was told: "Kimchi exploded. Worth it."."""
        scene = self.scene
        _, end = scene.sentence(at)
        behind = np.minimum(end + 1, len(scene.numbers) - 1)
        found: Bools = (scene.numbers[end] == STOP) & scene.in_sentence(behind, lx.LIKE_IT) & ~scene.in_sentence(behind, lx.NEG)
        return found

    def _is_deed(self, at: Ints) -> Bools:
        """Whether the sentence begins with something done and nobody named who did it: "Saw a heron from the dock"."""
        start, end = self.scene.sentence(at)
        found: Bools = self._deed_words()[start] & ~self.asked("auxiliary", np.minimum(start + 1, end))
        return found

    def _deed_words(self) -> Bools:
        """For each word: whether something done begins there."""
        scene = self.scene
        if self._deeds is None:
            self._deeds = np.zeros(len(scene.numbers) + 1, bool)
            self._deeds[scene.cue_start[(scene.flags & lx.DEED) != 0]] = True
        return self._deeds

    def _is_told(self, rows: Rows) -> Bools:
        """Whether somebody tells of their own doing: then what they mention is theirs."""
        scene = self.scene
        a, text = rows.start, scene.text_of[rows.start]
        start, _ = scene.sentence(a)
        told = (scene.text_flags[text] & (lx.SELF | lx.TELLING)) != 0
        has_others = self._has_others(a)
        told &= scene.in_sentence(a, lx.SELF | lx.TELLING) | ~has_others
        told |= scene.in_sentence(a, lx.PRAISE) | (scene.is_about[text] & scene.in_sentence(a, lx.CONTACT))
        begins, named, noted, _ = self._places
        told |= ~self.asked("stop", start) & ~begins[start] & named[start + 1]  # "Mary has ..."
        told |= noted[start] | self._is_deed(a)  # "Sings in ..."
        follows_the = self.asked("the", a - 1)
        leads = a - follows_the == start
        of_others = (a > start) & scene.page.is_capital(a) & scene.page.is_capital(np.maximum(a - 1, 0))
        of_others &= ~scene.page.is_shouted(a)  # "Bill Chess"
        of_others |= leads & (follows_the | scene.lexicon.is_proper[rows.interest])  # "The gym closed", "Bears fired ..."
        told |= ~of_others & ~has_others & ((scene.text_flags[text] & _COMPLAINT) == 0)
        told &= ~(leads & self._deed_words()[rows.end] & ~scene.lexicon.ends_with_s[scene.numbers[rows.end - 1]])  # "Apple raised ..."
        found: Bools = told
        return found

    def _has_others(self, at: Ints) -> Bools:
        """Whether the sentence is about somebody else, a job or a denial; "with the neighbors" makes it nobody else's."""
        found: Bools = self._whose.has_others(at) | self.scene.in_sentence(at, lx.JOB | lx.NEG | lx.DISLIKE)
        return found

    @cached_property
    def _places(self) -> tuple[Bools, Bools, Bools, Bools]:
        """For each word: does a cue begin there, one of naming, one that makes a note ("Sings in"), one of trade."""
        scene = self.scene
        found = np.zeros((4, len(scene.numbers) + 1), bool)
        flags = scene.flags
        found[0, scene.cue_start] = True
        found[1, scene.cue_start[(flags & lx.NAMED) != 0]] = True
        notes = scene.cue_start[np.flatnonzero(((flags & (lx.NAMED | lx.LIKE)) | scene.practice) != 0)]
        found[2, notes[scene.lexicon.ends_with_s[scene.numbers[notes]]]] = True
        found[3, scene.cue_start[(flags & lx.TRADE) != 0]] = True
        return found[0], found[1], found[2], found[3]

    def _leads(self, a: Ints, start: Ints) -> Bools:
        """Whether the interest leads a clause that names no subject."""
        return (a - start <= START) & ~self.scene.any_between(start, a, lx.SUBJECT)

    def _is_item(self, rows: Rows, mode: Ints, start: Ints, end: Ints) -> Bools:
        """Whether it is an item of a list in a profile or note: short, nothing but itself."""
        scene = self.scene
        text = scene.text_of[rows.start]
        listed: Bools = scene.is_profile[text] | scene.is_about[text]
        may = np.flatnonzero(listed)
        rows, text, mode, start, end = rows.where(may), text[may], mode[may], start[may], end[may]
        ends, number, counts = self._items
        items = counts[text]
        is_list = (items >= LIST) & (scene.page.bounds[text + 1] - scene.page.bounds[text] <= items * (ITEM + 1) - ITEM)
        alone = is_list | ~(scene.is_guessed[text] & (mode == lx.THING) & (scene.lexicon.level[rows.interest] == 1))
        left = np.maximum(start, ends[number[rows.start] - 1] + 1)
        right = np.minimum(end, ends[number[rows.end]])
        alone &= (right - left <= ITEM) & ((rows.end - rows.start) * 2 >= right - left)
        at = np.flatnonzero(alone)
        alone[at] = ~scene.any_between(left[at], right[at], lx.JOB | lx.SUBJECT | lx.NEG)
        listed[may] = alone
        return listed

    @cached_property
    def _items(self) -> tuple[Ints, Ints, Ints]:
        """Where items of a list end, for each word the number of its item, and how many items each text has."""
        scene = self.scene
        ends = self.asked.places("pause", "and", "end")
        return ends, numbered(ends), np.bincount(scene.text_of[ends], minlength=len(scene.is_name) + 1)

    def subjects(self, at: Ints, is_job: Bools) -> Ints:
        """Whose is what stands at words: SELF, FAMILY or NOBODY. What relatives work as (`is_job`) is nobody's."""
        return self._whose.subjects(at, is_job)

    @cached_property
    def _whose(self) -> Whose:
        return Whose(self.scene, self.asked)
