"""AE40x: whether repeats, endings and jumps lead somewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alphatex_eval.lints.piece import Piece, decimal, numbers_of
from alphatex_eval.lints.rule import HINT, WARNING, Problem, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alphatex_eval.language.nodes import Tag

MOST_PASSES = 16
TARGETS = ("segnosegno", "segno", "doublecoda", "coda", "fine")


@rule("AE401", "repeat-unclosed", WARNING, bad=r"\ro 3.3.1 | 5.3.1", good=r"\ro 3.3.1 | \rc 2 5.3.1")
def repeat_unclosed(piece: Piece) -> Iterator[Problem]:
    r"""A repeat starts (`\ro`) and no bar ends it (`\rc`).

    Nothing is repeated: players do not know how far to read before they go back.
    """
    starts, open_at = piece.bar_tags("ro"), None
    for number, bar in enumerate(piece.score.master_bars):
        if bar.repeat_start:
            if open_at is not None:
                yield _unclosed(open_at, starts)
            open_at = number
        if bar.repeat_count:
            open_at = None
    if open_at is not None:
        yield _unclosed(open_at, starts)


@rule(
    "AE402",
    "repeat-without-start",
    WARNING,
    bad=r"\ro \rc 2 3.3.1 | 5.3.1 | \rc 2 7.3.1",
    good=r"\ro \rc 2 3.3.1 | \ro 5.3.1 | \rc 2 7.3.1",
)
def repeat_without_start(piece: Piece) -> Iterator[Problem]:
    r"""A repeat ends (`\rc`) after an earlier one and does not say where it starts (`\ro`).

    At the first repeat of a piece the beginning is meant; later a reader cannot know how far to go back.
    """
    ends, open_, earlier, ending = piece.bar_tags("rc"), False, False, 0
    for number, bar in enumerate(piece.score.master_bars):
        open_ = open_ or bar.repeat_start
        ending = max(bar.endings, default=ending)
        if bar.repeat_count:
            told = open_ or bar.endings or 0 < ending < int(bar.repeat_count)
            if earlier and not told and number in ends:
                yield Problem(
                    ends[number].span, "it is not said where this repeat starts", r"write `\ro` at its first bar"
                )
            earlier, open_, ending = True, False, 0


@rule("AE403", "repeat-count", WARNING, bad=r"\ro \rc 1 3.3.1", good=r"\ro \rc 2 3.3.1")
def repeat_count(piece: Piece) -> Iterator[Problem]:
    r"""A repeat says a number of passes that repeats nothing or never ends.

    `\rc 2` plays the section twice in all. 1 or less repeats nothing.
    """
    for tag in piece.tags:
        if tag.key == "rc":
            for count, span in numbers_of(tag)[:1]:
                if not 2 <= count <= MOST_PASSES or count.denominator != 1:
                    message = f"{decimal(count)} is no number of passes"
                    yield Problem(span, message, "write how often it is played in all: 2")


@rule(
    "AE404",
    "ending-outside-repeat",
    WARNING,
    bad=r"3.3.1 | \ae 1 5.3.1",
    good=r"\ro 3.3.1 | \ae 1 \rc 2 5.3.1 | \ae 2 7.3.1",
)
def ending_outside_repeat(piece: Piece) -> Iterator[Problem]:
    r"""A bar belongs to an ending (`\ae`), but no repeat leads back from it or from the endings next to it.

    There is one pass only, so its number says nothing. An ending goes on to the bar with its `\rc`.
    """
    tags = piece.bar_tags("ae")
    for numbers, passes in _endings(piece):
        if not passes and numbers[0] in tags:
            yield Problem(tags[numbers[0]].span, "no repeat leads to this ending", r"write `\rc 2` at its last bar")


@rule(
    "AE405",
    "ending-never-played",
    WARNING,
    bad=r"\ro 3.3.1 | \ae 1 \rc 2 5.3.1 | \ae 3 7.3.1",
    good=r"\ro 3.3.1 | \ae 1 \rc 2 5.3.1 | \ae 2 7.3.1",
)
def ending_never_played(piece: Piece) -> Iterator[Problem]:
    """An ending is for a pass that does not happen.

    A section that is played twice has the endings 1 and 2.
    """
    tags = piece.bar_tags("ae")
    for numbers, passes in _endings(piece):
        for number in numbers:
            late = [ending for ending in piece.score.master_bars[number].endings if ending > passes]
            if passes and late and number in tags:
                yield Problem(tags[number].span, f"there is no pass {late[0]}: it is played {passes} times")


@rule(
    "AE406",
    "jump-without-target",
    WARNING,
    bad=r"3.3.1 | \jump dacapoalfine 5.3.1",
    good=r"\jump fine 3.3.1 | \jump dacapoalfine 5.3.1",
)
def jump_without_target(piece: Piece) -> Iterator[Problem]:
    r"""A jump names a sign that the piece does not have.

    *Dal segno* needs a `segno`, *al fine* a `fine`, *al coda* a `dacoda` to leave from and a `coda` to go to.
    """
    present = {word for bar in piece.score.master_bars for word in bar.jumps}
    tags = piece.bar_tags("jump")
    for number, bar in enumerate(piece.score.master_bars):
        for word in bar.jumps:
            missing = [sign for sign in _signs_for(word) if sign not in present]
            if missing and number in tags:
                shown = " and ".join(f"`{sign}`" for sign in missing)
                yield Problem(tags[number].span, f"`{word}` needs {shown}", rf"write `\jump {missing[0]}` at that bar")


@rule("AE407", "sign-unused", HINT, bad=r"\jump segno 3.3.1 | 5.3.1", good=r"\jump segno 3.3.1 | \jump dalsegno 5.3.1")
def sign_unused(piece: Piece) -> Iterator[Problem]:
    """A segno, coda or fine to which no jump leads.

    Readers look for the jump that uses it.
    """
    tags, bars = piece.bar_tags("jump"), piece.score.master_bars
    used = {sign for bar in bars for word in bar.jumps for sign in _signs_for(word)}
    for number, bar in enumerate(bars):
        for word in bar.jumps:
            if word in TARGETS and word not in used and number in tags:
                yield Problem(tags[number].span, f"no jump leads to this `{word}`", "write the jump or take it away")


def _unclosed(number: int, starts: dict[int, Tag]) -> Problem:
    return Problem(starts[number].span, "this repeat does not end", r"write `\rc 2` at its last bar")


def _endings(piece: Piece) -> Iterator[tuple[list[int], int]]:
    """Bars that begin or end adjacent endings, with the number of passes that their repeats ask for, 0 without any.

    An ending goes on until the next one, or until a bar ends its repeat.
    """
    bars = piece.score.master_bars
    runs: list[list[int]] = [[]]
    for number, bar in enumerate(bars):
        run = runs[-1]
        if run and (number > run[-1] + 1 if bar.endings else bar.repeat_start):
            runs.append(run := [])
        if bar.endings or (run and bar.repeat_count):
            run.append(number)
    return ((run, max(int(bars[one].repeat_count) for one in run)) for run in runs if run)


def _signs_for(word: str) -> list[str]:
    """The signs that a jump needs: its name says them."""
    names: list[str] = []
    if word.startswith("dalsegno"):
        names.append("segnosegno" if word.startswith("dalsegnosegno") else "segno")
    if word.endswith("alfine"):
        names.append("fine")
    for coda in ("doublecoda", "coda"):
        if word.endswith("al" + coda):
            return [*names, "da" + coda, coda]
        if word == "da" + coda:
            return [coda]
    return names
