"""Whether chords, ties, tuplets and effects are used where they make sense."""

from __future__ import annotations

from collections import Counter, defaultdict
from fractions import Fraction
from functools import lru_cache
from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple

from alphatex_eval.language.diagnostics import Severity
from alphatex_eval.scorers.findings import Fault, asked, scored, skipped, strict_share
from alphatex_eval.scorers.fretboard import BARS
from alphatex_eval.scorers.passage import JudgedBar, Line, passage
from alphatex_eval.scorers.registry import scorer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from alphatex_eval.music.score import Beat, Note
    from alphatex_eval.scorers.results import Score, Subject
    from alphatex_eval.scorers.traits import BarTraits, Traits

CHECKS = {
    "chords": Severity.ERROR,
    "unisons": Severity.WARNING,
    "ties": Severity.WARNING,
    "effects": Severity.WARNING,
    "tuplets": Severity.WARNING,
    "graces": Severity.WARNING,
}
CONNECTING = ("h", "sl", "ss")
"""Effects that lead to the next note on the same string: hammer-on or pull-off, and slides."""

APART = 2
"""Strings between a line and the bass or treble that is plucked meanwhile."""

MOST_GRACES = 4
"""So many grace notes stand before a note of people's at most."""

BONUS = 0.1
"""The part of the value that the first fault costs."""


class Use(NamedTuple):
    """One use of a construct, with what is wrong about it, empty if nothing is."""

    name: str
    wrong: str


PlacedUse = tuple[Use, int]
"""A use and the number of its beat in its bar."""


@scorer("alphatex/note", version="3")
def note(subject: Subject) -> Score:
    """Whether chords, ties, connecting effects and tuplets are used where they mean something.

    Checks: chords (error: no two notes of a chord on one string); unisons (warning, costs nothing: no two at one pitch,
    which people write for its sound); ties (warning: a tie continues a note); effects (warning: a hammer-on or slide
    leads to the next note of its string, with no more between them than one beat two strings away); tuplets (warning: a
    tuplet is filled before the beat goes on); graces (warning: no more than four in a row). The last beat of a text cut
    off by the token limit is not asked where it leads.

    Value: 0.9 × (1 − faults ÷ beats), plus 0.1 when there is no fault; skipped where the model uses none of them,
    which is neither good nor bad. Meant as a ceiling. Metrics: uses.
    """
    found = passage(subject)
    names: list[str] = []
    faults: defaultdict[str, list[Fault]] = defaultdict(list)
    for line in found.lines:
        for bar, uses in _uses(line, cut_off=found.cut_off):
            own = uses if bar.own_traits is bar.traits else [use for use in uses if bar.events[use[1]].own]
            names += [use.name for use, _ in own]
            for use, number in own:
                if use.wrong:
                    faults[use.name].append(Fault(use.wrong, bar.events[number].span))
    if not names:
        return skipped("no chord, tie, tuplet, grace note or connecting effect")
    counts = Counter(names)
    checks = [asked(name, faults[name], counts[name], severity) for name, severity in CHECKS.items()]
    wrong = sum([len(found_faults) for name, found_faults in faults.items() if name != "unisons"])
    value = strict_share(min(wrong, found.own_beats), found.own_beats, BONUS)
    return scored(value, checks, {"uses": float(len(names))})


def _uses(line: Line, *, cut_off: bool) -> Iterator[tuple[JudgedBar, Sequence[PlacedUse]]]:
    """The uses in each bar; a tuplet counts where it is left."""
    for bar, following in zip_longest(line.bars, line.bars[1:]):
        if bar.traits.has_uses:
            followers = tuple(following.traits.beats[:2]) if following else ()
            yield bar, _bar_uses(bar.traits, followers, cut_off)
    if any(bar.traits.has_tuplets for bar in line.bars):
        yield from _tuplet_uses(line, cut_off=cut_off)


@lru_cache(maxsize=BARS)
def _bar_uses(bar: BarTraits, followers: tuple[Traits, ...], cut_off: bool) -> tuple[PlacedUse, ...]:
    """The chords, ties, graces and effects of a bar, which `followers` follow.

    Where nothing follows because the text is cut off, no effect is asked.
    """
    found: list[PlacedUse] = []
    beats, graces = [*bar.beats, *followers], 0
    for number, beat in enumerate(bar.beats):
        graces = graces + 1 if beat.beat.grace else 0
        if not beat.has_uses:
            continue
        members = beat.beat.notes
        uses = list(_chord_uses(members)) if len(members) > 1 else []
        for member in members:
            if member.tied or member.loose_tie:
                uses.append(Use("ties", "a tie continues no note" if member.loose_tie else ""))
        if graces:
            uses.append(Use("graces", "more grace notes than anybody plays" if graces > MOST_GRACES else ""))
        after = beats[number + 1 : number + 3]
        if after or not cut_off:
            uses += _effect_uses(members, [other.beat.notes for other in after])
        found += [(use, number) for use in uses]
    return tuple(found)


def _chord_uses(members: Sequence[Note]) -> Iterator[Use]:
    strings = [member.string for member in members if member.string is not None]
    pitches = [member.pitch for member in members if member.pitch is not None]
    twice = len(set(strings)) < len(strings)
    unison = not twice and len(set(pitches)) < len(pitches)
    yield Use("chords", "two notes of a chord on one string" if twice else "")
    yield Use("unisons", "two notes of a chord at one pitch" if unison else "")


def _effect_uses(members: Sequence[Note], following: Sequence[Sequence[Note]]) -> Iterator[Use]:
    """Each connecting effect with what is wrong, empty if nothing is; `following` are the notes of the next beats."""
    for member in members:
        for name in CONNECTING:
            if name in member.effects:
                missed = f"{{{name}}} leads to no note on string {member.string}"
                yield Use("effects", "" if _is_reached(member.string, following) else missed)


def _is_reached(string: int | None, following: Sequence[Sequence[Note]]) -> bool:
    """Whether the next note of a string follows at once, or behind what is plucked well apart from it."""
    for notes in following:
        strings = [note.string for note in notes]
        if string in strings:
            return True
        if string is None or not notes or any(other is None or abs(other - string) < APART for other in strings):
            return False
    return False


def _tuplet_uses(line: Line, *, cut_off: bool) -> Iterator[tuple[JudgedBar, Sequence[PlacedUse]]]:
    """Runs of beats in one tuplet: each must last a time that can be written without tuplets."""
    run: list[Beat] = []
    bar, number = line.bars[0], 0
    for now in line.bars:
        for place, beat in enumerate(now.traits.beats):
            if beat.beat.grace:
                continue
            if run and beat.beat.tuplet != run[-1].tuplet:
                yield bar, [(_tuplet_use(run), number)]
                run = []
            if beat.beat.tuplet:
                run.append(beat.beat)
                bar, number = now, place
    if run and not cut_off:
        yield bar, [(_tuplet_use(run), number)]


def _tuplet_use(run: Sequence[Beat]) -> Use:
    total = sum((beat.duration for beat in run), Fraction(0))
    whole = total.denominator & (total.denominator - 1) == 0
    return Use("tuplets", "" if whole else f"a tuplet is left after {total} of a whole note")
