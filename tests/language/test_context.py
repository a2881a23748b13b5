"""The state between bars: first-use exceptions, voices, strings, note kinds and percussion names."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from alphatex_eval.language import check
from alphatex_eval.language.context import Context, NoteKind, Place, StaffState, VoiceMode, pitch_of, program_of
from alphatex_eval.language.nodes import Arguments, Bar, Beat, Kind, Literal, Note, Rest, Tag

if TYPE_CHECKING:
    from tests.reference.oracle import Oracle

STRUCTURE = {"track": Context.track, "staff": Context.staff, "voice": Context.voice}
STAFF_TAGS = ("instrument", "tuning", "articulation")
BEATS = ("c4", "3.3", "1.6", "2.4", "KickHit", "38", "x", "-", "x.2", "r", "foo", "b3", "0.1")
TAGS = (
    *("track", "staff", "voice", "voice", "track", "staff"),
    *("voicemode barwise", "voicemode staffwise", "ks d", "ro"),
    *("instrument 0", "instrument 25", "instrument 33", "instrument 105", "instrument percussion"),
    *("tuning (e4 b3 g3 d3)", "tuning (none)", "tuning (piano)", "articulation (defaults)", "articulation (Foo 38)"),
)


@dataclass
class Reading:
    """What a walk over a document finds: the number of beats in every voice, and whether all notes are allowed."""

    beats: dict[Place, int] = field(default_factory=dict)
    allowed: bool = True
    context: Context = field(default_factory=Context)

    def tag(self, tag: Tag) -> None:
        context, words = self.context, [str(value.value) for value in tag.arguments.values] if tag.arguments else []
        if tag.name in STRUCTURE:
            self.due(STRUCTURE[tag.name](context))
        elif tag.name == "instrument":
            assert tag.arguments is not None
            context.instrument(tag.arguments.values[0])
        elif tag.name == "tuning":
            context.tuning(words)
        elif tag.name == "articulation" and words == ["defaults"]:
            context.percussion.add_standard(explicit=True)
        elif tag.name == "articulation":
            context.percussion.add(words[0], int(words[1]))
        else:
            self.due(context.bar_tag(tag))

    def due(self, due: list[tuple[Place, Tag]]) -> None:
        for _, tag in due:
            if tag.name == "voicemode":
                assert tag.arguments is not None
                self.context.voice_mode = VoiceMode(str(tag.arguments.values[0].value))

    def note(self, note: Note) -> bool:
        text, context = note.value.text, self.context
        kind = None
        if note.string is not None:
            kind = NoteKind.FRETTED
        elif text is None:
            kind = NoteKind.PERCUSSION
        elif text not in "x-":
            kind = NoteKind.PERCUSSION if pitch_of(text) is None else NoteKind.PITCHED
            if kind is NoteKind.PERCUSSION and context.percussion_number(text) is None:
                return False
        if context.settle(kind) not in (kind, None) and kind is not None:
            return False
        if context.current_staff.kind is not NoteKind.FRETTED:
            return True
        number = note.string.number if note.string else None
        return number is not None and 1 <= number <= len(context.current_staff.strings)

    def bar(self, bar: Bar) -> None:
        for tag in bar.tags:
            self.tag(tag)
        self.due(self.context.begin_beats())
        self.allowed &= not self.context.voice_missing
        place = self.context.place
        self.beats[place] = self.beats.get(place, 0) + len(bar.beats)
        for note in (note for beat in bar.beats for note in beat.notes):
            self.allowed &= self.note(note)
        self.context.end_bar(played=any(beat.content for beat in bar.beats), bar_line=bar.bar_line)


def literal(text: str) -> Literal:
    number = text.lstrip("-").isdigit()
    return Literal(Kind.NUMBER, int(text)) if number else Literal(Kind.IDENT, text)


def tag_of(text: str) -> Tag:
    name, *words = text.replace("(", "").replace(")", "").split()
    return Tag(name, Arguments(tuple(literal(word) for word in words), parenthesised=True) if words else None)


def beat_of(text: str) -> Beat:
    value, _, string = text.partition(".")
    if text == "r":
        return Beat(Rest())
    return Beat(Note(literal(value), literal(string) if string else None))


def read(bars: list[tuple[list[str], list[str], bool]]) -> tuple[str, Reading]:
    """The text of bars (tags, beats, bar line) and what the context makes of them."""
    reading, text = Reading(), ""
    for tags, beats, bar_line in bars:
        reading.bar(Bar(tuple(map(tag_of, tags)), tuple(map(beat_of, beats)), bar_line))
        text += "".join(f"\\{tag} " for tag in tags) + " ".join(beats) + (" | " if bar_line else " ")
    return text, reading


def counts(score: dict[str, Any]) -> dict[Place, int]:
    """The number of beats of every voice that has some, as alphaTab reads them."""
    return {
        Place(t, s, b, v): number
        for t, track in enumerate(score["tracks"])
        for s, staff in enumerate(track["staves"])
        for b, bar in enumerate(staff["bars"])
        for v, voice in enumerate(bar["voices"])
        if (number := sum(not beat["empty"] for beat in voice))
    }


@pytest.mark.parametrize(
    ("bars", "places"),
    [
        ([([], ["c4"], True), ([], ["d4"], False)], [(0, 0, 0, 0), (0, 0, 1, 0)]),
        ([(["track", "staff", "voice"], ["c4"], False)], [(0, 0, 0, 0)]),
        ([([], ["c4"], False), (["track"], ["c4"], False)], [(0, 0, 0, 0), (1, 0, 0, 0)]),
        ([([], ["c4"], False), (["staff"], ["c4"], False)], [(0, 0, 0, 0), (0, 1, 0, 0)]),
        ([(["voice"], ["c4"], False), (["voice"], ["d4"], False)], [(0, 0, 0, 0), (0, 0, 0, 1)]),
        # A first voice of one bar without its tag: \voice names it after the fact.
        ([([], ["c4"], False), (["voice"], ["d4"], False)], [(0, 0, 0, 0), (0, 0, 1, 0)]),
        (
            [([], ["c4"], True), ([], ["c4"], True), (["voice"], ["d4"], False)],
            [(0, 0, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)],
        ),
        # A bar-level tag makes its bar exist, and \voice does not undo that.
        ([([], ["c4"], False), (["ks d", "voice"], ["d4"], False)], [(0, 0, 0, 0), (0, 0, 1, 1)]),
        # Two switches before the first bar of the score leave an empty bar behind.
        ([(["staff", "track"], ["c4"], False)], [(0, 0, 1, 0)]),
        (
            [(["voicemode barwise"], ["c4"], True), (["voice"], ["d4"], False), (["voice"], ["e4"], True)],
            [(0, 0, 0, 0), (0, 0, 1, 0), (0, 0, 1, 1)],
        ),
    ],
)
def test_beats_go_where_the_switches_before_them_say(
    oracle: Oracle, bars: list[tuple[list[str], list[str], bool]], places: list[tuple[int, ...]]
) -> None:
    text, reading = read(bars)
    assert list(reading.beats) == [Place(*place) for place in places]
    score = oracle.check(text, want=("score",)).score
    assert score is not None
    assert counts(score) == reading.beats


def test_random_documents_are_read_as_alphatab_reads_them(oracle: Oracle) -> None:
    chance = random.Random(3)
    readings = [read(_random_bars(chance)) for _ in range(3000)]
    answers = oracle.check_all([text for text, _ in readings], want=("score",))
    for (text, reading), answer in zip(readings, answers, strict=True):
        assert answer.accepted == reading.allowed, text
        if answer.score is not None:
            assert counts(answer.score) == {place: count for place, count in reading.beats.items() if count}, text


def _random_bars(chance: random.Random) -> list[tuple[list[str], list[str], bool]]:
    kind = chance.choice([BEATS[:1], BEATS[1:4], BEATS[4:6], BEATS, BEATS[:4]])
    tags = [chance.choices(TAGS, k=chance.choice([0, 0, 1, 1, 2, 3, 4])) for _ in range(chance.randint(1, 6))]
    beats = [chance.choices((*kind, "r"), k=chance.choice([0, 1, 1, 2])) for _ in tags]
    open_ended = [bool(following) and chance.random() < 0.6 for following in tags[1:]]
    return [
        (tags, beats, not (end and beats)) for tags, beats, end in zip(tags, beats, [*open_ended, False], strict=True)
    ]


@pytest.mark.parametrize(
    ("name", "pitch"),
    [
        ("c4", 60),
        ("C#4", 61),
        ("e4", 64),
        ("bb4", 70),
        ("bbb4", 69),
        ("cb4", 59),
        ("b#3", 60),
        ("c4#", 61),
        ("fx5", 79),
    ],
)
def test_note_names_have_pitches(name: str, pitch: int) -> None:
    assert pitch_of(name) == pitch


@pytest.mark.parametrize("name", ["", "c", "c#", "h4", "4c", "ck4", "cis4", "r", "#4", "４"])
def test_other_texts_have_no_pitch(name: str) -> None:
    assert pitch_of(name) is None


def test_an_octave_of_a_million_digits_is_read_in_no_time() -> None:
    assert pitch_of("c" + "9" * 1_000_000) is not None


def test_an_unknown_instrument_is_a_grand_piano() -> None:
    assert (program_of("Acoustic Bass"), program_of("Bright Grand Piano")) == (32, 0)


def test_an_explicit_tuning_outlives_a_change_of_instrument() -> None:
    context = Context()
    context.tuning(["D4", "A3", "hide"])
    context.instrument(literal("33"))
    context.begin_beats()
    assert context.current_staff.strings == (62, 57)


def test_percussion_names_are_loaded_by_the_first_name_on_an_undecided_staff() -> None:
    context = Context()
    assert context.percussion_number("KickHit") == 35
    decided = Context()
    decided.settle(NoteKind.PERCUSSION)
    assert decided.percussion_number("KickHit") is None


def begun(voice_mode: VoiceMode, *, tracks: int, voice: bool) -> Context:
    """A context between two bar lines of the last of some tracks, in its first voice or its second."""
    context = Context()
    context.voice_mode = voice_mode
    for track in range(tracks):
        context.track()
        context.tuning(["E4", "B3"])
        for _ in range(2 + track):
            pass_slowly(context)
    if voice:
        context.voice()
        context.voice()
        pass_slowly(context)
    return context


def pass_slowly(context: Context) -> None:
    context.begin_beats()
    context.settle(NoteKind.FRETTED)
    context.end_bar(played=True, bar_line=True)


@pytest.mark.parametrize("voice_mode", VoiceMode)
@pytest.mark.parametrize("tracks", [1, 2])
@pytest.mark.parametrize("voice", [False, True])
@pytest.mark.parametrize("count", [1, 2, 5])
def test_bars_passed_at_once_leave_the_state_of_bars_passed_one_by_one(
    voice_mode: VoiceMode, tracks: int, voice: bool, count: int
) -> None:
    at_once, slowly = (begun(voice_mode, tracks=tracks, voice=voice) for _ in range(2))
    assert at_once.is_between_bar_lines
    first = at_once.pass_bars(count)
    places = []
    for _ in range(count):
        slowly.begin_beats()
        places.append(slowly.place)
        slowly.end_bar(played=True, bar_line=True)
    assert [at_once.place_in(first + number) for number in range(count)] == places
    found, expected = ({**vars(context), "percussion": None} for context in (at_once, slowly))
    assert found == expected


def state_of(context: Context) -> str:
    return repr({**vars(context), "percussion": context.percussion.numbers})


def test_a_copy_and_its_original_change_independently() -> None:
    chance = random.Random(5)
    for _ in range(1000):
        bars, reading, left = _random_bars(chance), Reading(), []
        for tags, beats, bar_line in bars:
            for tag in tags:
                reading.context, other = chance.sample([reading.context, reading.context.copy()], 2)
                left.append((other, state_of(other)))
                reading.tag(tag_of(tag))
            reading.bar(Bar((), tuple(map(beat_of, beats)), bar_line))
        assert state_of(reading.context) == state_of(read(bars)[1].context)
        assert [state_of(context) for context, _ in left] == [state for _, state in left]


@pytest.mark.parametrize("bar", ["3.3 |", "\\instrument percussion 38 |"])
def test_the_work_grows_with_the_staves_and_not_with_their_square(bar: str, monkeypatch: pytest.MonkeyPatch) -> None:
    copied: Counter[int] = Counter()
    copy = StaffState.copy

    def counted(staff: StaffState) -> StaffState:
        copied[staves] += 1
        return copy(staff)

    monkeypatch.setattr(StaffState, "copy", counted)
    for staves in (20, 40, 80):
        assert check('\\track "a" ' + f"\\staff {bar} " * staves).accepted
    assert copied[80] - copied[40] == 2 * (copied[40] - copied[20])
