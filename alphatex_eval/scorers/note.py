"""Whether chords, ties, tuplets and effects are used where they make sense."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from alphatex_eval.language.diagnostics import Severity
from alphatex_eval.scorers.findings import Fault, asked, scored, skipped, strict_share
from alphatex_eval.scorers.passage import Event, Line, passage
from alphatex_eval.scorers.registry import scorer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alphatex_eval.scorers.results import Check, Score, Subject

CONNECTING = ("h", "sl", "ss")
"""Effects that lead to the next note on the same string: hammer-on or pull-off, and slides."""


BONUS = 0.1
"""The part of the value that the first fault costs."""


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a construct, with what is wrong about it, empty if nothing is."""

    name: str
    wrong: str
    event: Event


@scorer("alphatex/note", version="2")
def note(subject: Subject) -> Score:
    """Whether chords, ties, connecting effects and tuplets are used where they mean something.

    Checks: chords (error: no two notes of a chord on one string); unisons (warning, costs nothing: no two at one pitch,
    which people write for its sound); ties (warning: a tie continues a note); effects (warning: a hammer-on or slide
    leads to a note on the same string); tuplets (warning: a tuplet is filled before the beat goes on). The last beat of
    a text cut off by the token limit is not asked where it leads.

    Value: 0.9 × (1 − faults ÷ beats), plus 0.1 when there is no fault; skipped where the model uses none of them,
    which is neither good nor bad. Meant as a ceiling. Metrics: uses.
    """
    found = passage(subject)
    uses = [use for line in found.lines for use in _uses(line, cut_off=found.cut_off) if use.event.own]
    if not uses:
        return skipped("no chord, tie, tuplet or connecting effect")
    faults = [use for use in uses if use.wrong and use.name != "unisons"]
    checks = [
        _check(uses, "chords", Severity.ERROR),
        _check(uses, "unisons", Severity.WARNING),
        _check(uses, "ties", Severity.WARNING),
        _check(uses, "effects", Severity.WARNING),
        _check(uses, "tuplets", Severity.WARNING),
    ]
    value = strict_share(min(len(faults), found.own_beats), found.own_beats, BONUS)
    return scored(value, checks, {"uses": float(len(uses))})


def _check(uses: list[Use], name: str, severity: Severity) -> Check:
    of_name = [use for use in uses if use.name == name]
    return asked(name, [Fault(use.wrong, use.event.span) for use in of_name if use.wrong], len(of_name), severity)


def _uses(line: Line, *, cut_off: bool) -> Iterator[Use]:
    marked = [index for index, has_uses in enumerate(_with_uses(line)) if has_uses]
    for index in marked:
        event = line.events[index]
        follower = line.events[index + 1] if index + 1 < len(line.events) else None
        members = event.beat.notes
        if len(members) > 1:
            yield from _chord_uses(event)
        for member in members:
            if member.tied or member.loose_tie:
                yield Use("ties", "a tie continues no note" if member.loose_tie else "", event)
        if (follower or not cut_off) and any(member.effects for member in members):
            yield from (Use("effects", wrong, event) for wrong in _effect_faults(event, follower))
    if any(bar.traits.has_tuplets for bar in line.bars):
        yield from _tuplet_uses(line, cut_off=cut_off)


def _with_uses(line: Line) -> Iterator[bool]:
    """For each beat whether it is a chord, or has ties or effects of notes."""
    for bar in line.bars:
        yield from bar.traits.uses


def _chord_uses(event: Event) -> Iterator[Use]:
    strings = [member.string for member in event.beat.notes if member.string is not None]
    pitches = [member.pitch for member in event.beat.notes if member.pitch is not None]
    twice = len(set(strings)) < len(strings)
    unison = not twice and len(set(pitches)) < len(pitches)
    yield Use("chords", "two notes of a chord on one string" if twice else "", event)
    yield Use("unisons", "two notes of a chord at one pitch" if unison else "", event)


def _effect_faults(event: Event, follower: Event | None) -> Iterator[str]:
    """For each connecting effect what is wrong, empty if nothing is."""
    reached = {member.string for member in follower.beat.notes} if follower else set()
    for member in event.beat.notes:
        for name in CONNECTING:
            if name in member.effects:
                yield "" if member.string in reached else f"{{{name}}} leads to no note on string {member.string}"


def _tuplet_uses(line: Line, *, cut_off: bool) -> Iterator[Use]:
    """Runs of beats in one tuplet: each must last a time that can be written without tuplets."""
    run: list[Event] = []
    for event in line.events:
        if run and event.beat.tuplet != run[-1].beat.tuplet:
            yield _tuplet_use(run)
            run = []
        if event.beat.tuplet:
            run.append(event)
    if run and not cut_off:
        yield _tuplet_use(run)


def _tuplet_use(run: list[Event]) -> Use:
    total = sum((event.beat.duration for event in run), Fraction(0))
    whole = total.denominator & (total.denominator - 1) == 0
    return Use("tuplets", "" if whole else f"a tuplet is left after {total} of a whole note", run[-1])
