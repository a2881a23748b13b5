"""Drafts to score: missing bars filled, empty ones trimmed, ties and pitches resolved, every beat given its time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

from alphatex_eval.language.context import PERCUSSION_PROGRAM, NoteKind
from alphatex_eval.music.drafts import BarDraft, MasterDraft
from alphatex_eval.music.notes import NoteReader, have_ties, neck_of, plain_notes
from alphatex_eval.music.score import (
    Bar,
    Beat,
    MasterBar,
    Score,
    Staff,
    Tempo,
    TooManyBeatsError,
    Track,
    Voice,
    dotted,
    later,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alphatex_eval.language.context import Context, StaffState, TrackState
    from alphatex_eval.music.drafts import BeatDraft, ScoreDraft, StaffDraft, TrackDraft
    from alphatex_eval.music.notes import Neck
    from alphatex_eval.music.score import Note, Value

Rhythm = tuple[int, int, "tuple[Value, Value] | None", "str | None"]
SHORT_NAME_LENGTH = 10
MOST_VOICES = 1_000_000
WHOLE_NOTE = 1
NO_TIME = Fraction(0)
UNSEEN_QUARTER = Fraction(1, 4)


def assemble(draft: ScoreDraft, context: Context) -> Score:
    """The score of the drafts; `context` knows the strings and programs that hold at the end."""
    draft.master_bars = draft.master_bars or [MasterDraft()]
    _fill(draft, context)
    _trim(draft)
    _start_tempo(draft)
    clock = _Clock(draft.master_bars)
    tracks = tuple(_track(track, state, clock) for track, state in zip(draft.tracks, context.tracks, strict=True))
    return Score(**draft.information, master_bars=clock.master_bars(), tracks=tracks)


def _fill(draft: ScoreDraft, context: Context) -> None:
    """Give every staff all bars, and every bar all voices of its staff."""
    voices = sum(staff.voices for track in context.tracks for staff in track.staves)
    if voices * len(draft.master_bars) > MOST_VOICES:
        raise TooManyBeatsError(
            f"{voices:,} voices of {len(draft.master_bars):,} bars: no more than {MOST_VOICES:,} in all are read"
        )
    for track, state in zip(draft.tracks, context.tracks, strict=True):
        for staff, staff_state in zip(track.staves, state.staves, strict=True):
            while len(staff.bars) < len(draft.master_bars):
                staff.bars.append(staff.bars[-1].following() if staff.bars else BarDraft())
            for bar in staff.bars:
                bar.voice(staff_state.voices - 1)


def _trim(draft: ScoreDraft) -> None:
    """Drop empty bars from the end of the score, as long as nothing changes in them."""
    staves = [staff.bars for track in draft.tracks for staff in track.staves]
    for bars in staves:
        _hold_pedals(bars)
    while len(draft.master_bars) > 1 and _is_superfluous(draft.master_bars, staves):
        draft.master_bars.pop()
        for bars in staves:
            bars.pop()


def _start_tempo(draft: ScoreDraft) -> None:
    """The first bar has a tempo from its start: the first one written in it at any place, else 120.

    A tempo at a beat of the first bar counts as one from the start, as in alphaTab.
    """
    tempos = draft.master_bars[0].tempos
    first_bars = [staff.bars[0] for track in draft.tracks for staff in track.staves]
    at_beats = any(beat.tempos for bar in first_bars for voice in bar.voices for beat in voice)
    if not at_beats and NO_TIME not in tempos:
        first = next(iter(tempos.values()), Tempo())
        start = replace(first, position=NO_TIME, visible=False)
        draft.master_bars[0].tempos = {**tempos, NO_TIME: start}


def _is_superfluous(masters: list[MasterDraft], staves: list[list[BarDraft]]) -> bool:
    last, before = masters[-1], masters[-2]
    unchanged = before.following()
    if float(last.repeat_count) < 0:
        unchanged.repeat_count = last.repeat_count
    if last != unchanged or last.common_time != before.common_time:
        return False
    return all(bars[-1].is_empty and not _changes(bars[-2], bars[-1]) for bars in staves)


def _changes(before: BarDraft, bar: BarDraft) -> bool:
    inherited = before.signature == bar.signature
    return not inherited or bar.simile != "none" or bar.styled_lines or bool(bar.pedals)


def _hold_pedals(bars: list[BarDraft]) -> None:
    """A pedal that goes down stays down through bars without marks until it comes up."""
    down = False
    for bar in bars:
        if not bar.pedals and down:
            bar.pedals = (("sph", 0.0),)
        elif bar.pedals:
            down = _last_mark(bar.pedals) != "spu"


def _last_mark(pedals: Sequence[tuple[str, float]]) -> str:
    """The mark that counts in the end: while the pedal is down, marks that stand before the one written last do not."""
    kind, share = pedals[0]
    for next_kind, next_share in pedals[1:]:
        if kind == "spu" or next_share > share:
            kind, share = next_kind, next_share
    return kind


class _Clock:
    """The time of the bars. A pick-up bar lasts as long as the voices that have been read."""

    def __init__(self, masters: Sequence[MasterDraft]) -> None:
        self._masters = masters
        self._longest = [NO_TIME] * len(masters)

    def duration(self, bar: int) -> Fraction:
        """The time of a bar."""
        master = self._masters[bar]
        return self._longest[bar] if master.anacrusis else _bar_length(*master.time_signature)

    def heard(self, bar: int, voice: Voice) -> None:
        """A voice of a bar is known."""
        if self._masters[bar].anacrusis:
            self._longest[bar] = max(self._longest[bar], voice.duration)

    def beat_tempo(self, bar: int, onset: Fraction, tempo: Tempo) -> None:
        """A tempo change at a beat, at its share of the bar; beats come in the order in which they were read."""
        master = self._masters[bar]
        if master.beat_tempo_first and NO_TIME in master.tempos:
            tempo = master.tempos[NO_TIME]
            master.tempos = {place: other for place, other in master.tempos.items() if place}
        position = onset / _bar_length(*master.time_signature)
        master.beat_tempos += (replace(tempo, position=position),)

    def master_bars(self) -> tuple[MasterBar, ...]:
        """The finished bars with their onsets."""
        onset, result = NO_TIME, []
        for index, draft in enumerate(self._masters):
            if draft.is_bare:
                bar, onset = _bare_master_bar(onset.as_integer_ratio(), draft.time_signature, draft.triplet_feel)
            else:
                bar = _master_bar(draft, onset, self.duration(index))
                onset = later(onset, bar.duration)
            result.append(bar)
        return tuple(result)


def _master_bar(draft: MasterDraft, onset: Fraction, duration: Fraction) -> MasterBar:
    return MasterBar(
        onset=onset,
        duration=duration,
        time_signature=draft.time_signature,
        common_time=draft.common_time,
        free_time=draft.free_time,
        anacrusis=draft.anacrusis,
        repeat_start=draft.repeat_start,
        repeat_count=draft.repeat_count,
        endings=tuple(sorted(draft.endings)),
        triplet_feel=draft.triplet_feel,
        section=draft.section,
        jumps=draft.jumps,
        tempos=tuple(sorted([*draft.tempos.values(), *draft.beat_tempos], key=lambda tempo: tempo.position)),
    )


@lru_cache(maxsize=4096)
def _bare_master_bar(
    onset: tuple[int, int], time_signature: tuple[int, int], triplet_feel: str
) -> tuple[MasterBar, Fraction]:
    """A bar of which nothing is said, which begins after `onset` (numerator and denominator), and where it ends."""
    start, duration = Fraction(*onset), _bar_length(*time_signature)
    bar = MasterBar(onset=start, duration=duration, time_signature=time_signature, triplet_feel=triplet_feel)
    return bar, later(start, duration)


def _track(draft: TrackDraft, state: TrackState, clock: _Clock) -> Track:
    staves = zip(draft.staves, state.staves, strict=True)
    percussion = any(staff.percussion for staff in state.staves)
    return Track(
        name=draft.name,
        short_name=draft.short_name or draft.name[:SHORT_NAME_LENGTH],
        program=PERCUSSION_PROGRAM if percussion else state.program,
        volume=draft.volume,
        balance=draft.balance,
        staves=tuple(_staff(staff, staff_state, clock) for staff, staff_state in staves),
    )


def _staff(draft: StaffDraft, state: StaffState, clock: _Clock) -> Staff:
    tuning = () if state.percussion else state.strings
    reader = NoteReader(neck_of(tuning, int(draft.capo), int(draft.transposition)))
    voices = [_voice_of_bars(draft.bars, index, reader, clock) for index in range(state.voices)]
    bars = tuple(
        Bar(bar_voices, bar.clef, bar.ottava, bar.key, bar.minor, bar.simile)
        for bar, bar_voices in zip(draft.bars, zip(*voices, strict=True), strict=True)
    )
    kind = NoteKind.PERCUSSION if state.percussion else state.kind
    chords = tuple(draft.chords.values())
    return Staff(bars, tuning, kind, draft.capo, draft.transposition, chords)


def _voice_of_bars(bars: Sequence[BarDraft], index: int, reader: NoteReader, clock: _Clock) -> list[Voice]:
    """One voice through all bars, which is how far ties reach."""
    drafts = [tuple(bar.voices[index]) for bar in bars]
    reader.start_voice(ties=any(map(have_ties, drafts)))
    result = []
    for number, (bar, beats) in enumerate(zip(bars, drafts, strict=True)):
        onset = UNSEEN_QUARTER if index in bar.silent else NO_TIME
        voice = _voice(beats, number, onset, reader, clock)
        clock.heard(number, voice)
        result.append(voice)
    return result


def _voice(drafts: tuple[BeatDraft, ...], bar: int, start: Fraction, reader: NoteReader, clock: _Clock) -> Voice:
    if len(drafts) == 1 and not start and _fills_bar(drafts[0]):
        voice = _timed_voice(drafts, (Time(NO_TIME, clock.duration(bar)),), bar, reader)
    elif start or (reader.ties and have_ties(drafts)):
        voice = _timed_voice(drafts, _times(start, _rhythm(drafts)), bar, reader)
    else:
        voice = _plain_voice(drafts, reader.neck)
        reader.pass_over(drafts, bar)
    for beat, tempo in _tempos(drafts):
        clock.beat_tempo(bar, voice.beats[beat].onset, tempo)
    return voice


def _timed_voice(drafts: Sequence[BeatDraft], times: Sequence[Time], bar: int, reader: NoteReader) -> Voice:
    beats = [_beat(draft, time, reader.notes(draft, bar)) for draft, time in zip(drafts, times, strict=True)]
    return Voice(tuple(beats))


@lru_cache(maxsize=8192)
def _tempos(drafts: tuple[BeatDraft, ...]) -> tuple[tuple[int, Tempo], ...]:
    """The changes of tempo at the beats of a bar, with the number of the beat."""
    return tuple([(number, tempo) for number, draft in enumerate(drafts) for tempo in draft.tempos])


@lru_cache(maxsize=8192)
def _plain_voice(drafts: tuple[BeatDraft, ...], neck: Neck) -> Voice:
    """A voice without ties from the start of its bar."""
    times = _times(NO_TIME, _rhythm(drafts))
    return Voice(tuple([_plain_beat(draft, time, neck) for draft, time in zip(drafts, times, strict=True)]))


@lru_cache(maxsize=16384)
def _plain_beat(draft: BeatDraft, time: Time, neck: Neck) -> Beat:
    """Beats that are alike and stand at the same place in their bars are one object."""
    return _beat(draft, time, plain_notes(draft, neck))


def _beat(draft: BeatDraft, time: Time, notes: tuple[Note, ...]) -> Beat:
    return Beat(
        time.onset,
        time.duration,
        draft.value,
        draft.dots,
        draft.tuplet,
        draft.grace,
        draft.dynamics,
        notes,
        draft.effects,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Time:
    """Onset in the bar and duration of a beat; those of beats at the same time are one object, within memory."""

    onset: Fraction
    duration: Fraction


@lru_cache(maxsize=4096)
def _time(onset: Fraction, duration: Fraction) -> Time:
    return Time(onset, duration)


def _rhythm(drafts: Sequence[BeatDraft]) -> tuple[Rhythm, ...]:
    return tuple([(draft.value, draft.dots, draft.tuplet, draft.grace) for draft in drafts])


@lru_cache(maxsize=8192)
def _times(start: Fraction, rhythm: tuple[Rhythm, ...]) -> tuple[Time, ...]:
    """Onset and duration of each beat of a bar; most bars have a rhythm that was met before."""
    times, onset = [], start
    for value, dots, tuplet, grace in rhythm:
        duration = NO_TIME if grace else _taken(value, dots, tuplet)
        times.append(_time(onset, duration))
        onset += duration
    return tuple(times)


@lru_cache(maxsize=256)
def _bar_length(numerator: int, denominator: int) -> Fraction:
    return Fraction(numerator, denominator)


def _fills_bar(draft: BeatDraft) -> bool:
    return draft.value == WHOLE_NOTE and draft.is_rest


@lru_cache(maxsize=1024)
def _taken(value: int, dots: int, tuplet: tuple[Value, Value] | None) -> Fraction:
    """The time of a note value. As in alphaTab a tuplet of 0 notes takes none and negative ones change nothing."""
    plain = dotted(value, dots)
    numerator, denominator = tuplet or (1, 1)
    if isinstance(numerator, str) or isinstance(denominator, str) or denominator <= 0 or numerator < 0:
        return plain
    return plain * denominator / numerator if numerator else NO_TIME
