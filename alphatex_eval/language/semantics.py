"""The semantic pass: tags, beats and bar lines in, what alphaTab says of their meaning out.

It runs beside the parser, item by item, and keeps only the state that later items depend on (`context.Context`).
"""

from __future__ import annotations

from alphatex_eval.language.arguments import CrashError, check_arguments
from alphatex_eval.language.builder import BarLine, Separator
from alphatex_eval.language.context import Context, Due, NoteKind, StaffState, VoiceMode, pitch_of
from alphatex_eval.language.diagnostics import Stage
from alphatex_eval.language.findings import CRASH, Findings
from alphatex_eval.language.messages import shorten, suggest
from alphatex_eval.language.nodes import (
    Beat,
    DurationChange,
    Kind,
    Literal,
    Note,
    Properties,
    Property,
    Span,
    Tag,
)
from alphatex_eval.language.parser import DURATION_FIRST, Item, find_property, unknown_property_help
from alphatex_eval.language.values import check_values
from alphatex_eval.language.vocabulary import Entry, vocabulary

BARE_NOTES = ("x", "-")
LONE_NUMBER = f"a fret needs its string, as in `3.2`; {DURATION_FIRST}"
VOICE_MODES = frozenset(VoiceMode)
STRICT_BLOCKS = frozenset({"track", "staff", "tuning"})


class Semantics:
    """Judges the items of a document in order; `findings` are complete after `finish()`.

    While it is `_trusting` the tag that it takes is known to be flawless, as are those of `_flawless`, which wait for
    the first bar, by identity.
    """

    def __init__(self) -> None:
        self.findings = Findings(Stage.SEMANTIC)
        self.crashed = False
        self._context = Context()
        self._in_bar = False
        self._played = False
        self._has_beats = False
        self._late_crash: CrashError | None = None
        self._place: Span = (0, 0)
        self._trusting = False
        self._flawless: dict[int, Tag] = {}

    @classmethod
    def on_staff(cls, kind: NoteKind, strings: int, names: frozenset[str]) -> Semantics:
        """A pass that starts on a staff of this kind with so many strings, percussion `names` being known."""
        semantics = cls()
        staff = semantics._context.current_staff
        staff.kind, staff.strings, staff.explicit_tuning = kind, (0,) * strings, True
        semantics._context.percussion.numbers = dict.fromkeys(names, 0)
        return semantics

    def copy(self) -> Semantics:
        """A pass in the same state that goes on independently; made in a few microseconds, however long the text."""
        twin = object.__new__(Semantics)
        twin.__dict__.update(self.__dict__)
        twin.findings, twin._context = self.findings.copy(), self._context.copy()
        twin._flawless = self._flawless.copy()
        return twin

    def take(self, item: Item, shift: int = 0) -> None:
        """The next item, which stands `shift` characters behind its span.

        After a crash of the reference nothing more is judged.
        """
        if self.crashed:
            return
        start, end = item.span
        self._place = (start + shift, end + shift)
        try:
            self._take(item)
        except CrashError as error:
            self._crash(error)

    def take_known_tag(self, tag: Tag, shift: int) -> None:
        """A tag that is flawless wherever it stands: only what it changes counts."""
        if vocabulary().tags[tag.key].level == "score":
            return
        if self._context.waits:
            self._flawless[id(tag)] = tag
        self._trusting = True
        self.take(tag, shift)
        self._trusting = False

    def begin_beats(self) -> None:
        """A beat comes next: after this the staff knows its strings."""
        if self._has_beats or self.crashed:
            return
        self._in_bar = self._has_beats = True
        try:
            self._begin_beats()
        except CrashError as error:
            self._crash(error)

    def take_known_beats(self, beat: Beat) -> None:
        """The beats of a bar, known to be flawless in this state; `beat` is one of them, with notes if any has some.

        They are of frets if the staff is of no kind yet.
        """
        self._played = True
        if beat.notes and self.staff.kind is None:
            self._context.settle(NoteKind.FRETTED)

    @property
    def is_between_bar_lines(self) -> bool:
        """Whether a bar of the same voice, on a staff of known kind, comes next: then `pass_known_bars` may be told."""
        return not self._in_bar and self.staff.kind is not None and self._context.is_between_bar_lines

    def pass_known_bars(self, count: int) -> None:
        """So many bars of known beats, flawless in this state, without tags and with their bar lines."""
        self._context.pass_bars(count)

    def take_bar_line(self) -> None:
        """A bar line."""
        try:
            self._end_bar(bar_line=True)
        except CrashError as error:
            self._crash(error)

    @property
    def has_beats(self) -> bool:
        """Whether the beats of the bar have begun."""
        return self._has_beats

    @property
    def staff(self) -> StaffState:
        """The staff that is written to."""
        return self._context.current_staff

    @property
    def percussion_names(self) -> dict[str, int]:
        """The percussion names known so far, with their articulations."""
        return self._context.percussion.numbers

    def finish(self) -> None:
        """The text is over."""
        if self.crashed:
            return
        try:
            if self._in_bar:
                self._end_bar(bar_line=False)
        except CrashError as error:
            self._crash(error)
        if self._late_crash is not None and self.findings.first_error is None:
            self._crash(self._late_crash)

    @property
    def first_fault(self) -> int | None:
        """Where the first thing stands for which alphaTab will reject the text, whatever follows."""
        error, late = self.findings.first_error, self._late_crash
        if error is None:
            return None if late is None else late.span[0]
        return error.start if late is None else min(error.start, late.span[0])

    def _crash(self, error: CrashError) -> None:
        self.crashed = True
        self.findings.add(CRASH, *error.span, error.message, error.help)

    def _take(self, item: Item) -> None:
        if isinstance(item, BarLine):
            self._end_bar(bar_line=True)
            return
        if isinstance(item, Beat):
            if not self._has_beats:
                self._in_bar = self._has_beats = True
                self._begin_beats()
            self._beat(item)
            return
        if self._has_beats:
            self._end_bar(bar_line=False)
        self._in_bar = True
        if not isinstance(item, Separator):
            self._tag(item)

    def _end_bar(self, *, bar_line: bool) -> None:
        if not self._has_beats:
            self._begin_beats()
        self._context.end_bar(played=self._played, bar_line=bar_line)
        self._in_bar = self._has_beats = self._played = False

    def _begin_beats(self) -> None:
        self._apply(self._context.begin_beats())
        if self._context.voice_missing:
            message = r"alphaTab fails on voices that begin before their staff has a bar"
            raise CrashError(self._place, message, r"write the bars of the first voice before the next `\voice`")

    # --- Tags ---------------------------------------------------------------------------------------------------

    def _tag(self, tag: Tag) -> None:
        entry = vocabulary().tags.get(tag.key)
        if entry is None:
            help_ = suggest(tag.name, [known.display for known in vocabulary().tags.values()])
            self.findings.add("AT204", *tag.span, rf"there is no tag `\{shorten(tag.name)}`", help_)
        elif entry.level == "bar":
            self._apply(self._context.bar_tag(tag))
        elif tag.key == "chord":
            self._chord(tag, entry)
        else:
            self._other_tag(tag, entry)

    def _apply(self, due: Due) -> None:
        for _, tag in due:
            if not self._trusting and id(tag) not in self._flawless:
                entry = vocabulary().tags[tag.key]
                self._valid(tag, entry)
                self._block(tag.properties, (entry.properties,), strict=False)
            if tag.key == "voicemode" and tag.arguments is not None:
                text = tag.arguments.values[0].text if tag.arguments.values else None
                if text is not None and text.lower() in VOICE_MODES:
                    self._context.voice_mode = VoiceMode(text.lower())

    def _other_tag(self, tag: Tag, entry: Entry) -> None:
        valid = self._valid(tag, entry)
        values = tag.arguments.values if tag.arguments else ()
        context = self._context
        if tag.key in ("track", "staff", "voice") and valid:
            self._apply({"track": context.track, "staff": context.staff, "voice": context.voice}[tag.key]())
        elif tag.key == "instrument" and valid:
            context.instrument(values[0])
        elif tag.key == "tuning":
            context.tuning([value.text or "" for value in values])
        elif tag.key == "articulation" and valid:
            self._articulation(values)
        self._block(tag.properties, (entry.properties,), strict=tag.key in STRICT_BLOCKS)

    def _chord(self, tag: Tag, entry: Entry) -> None:
        """A chord: its properties are read before its frets, and only where its arguments fit a signature."""
        if not self._trusting and check_arguments(tag, entry, self.findings):
            self._block(tag.properties, (entry.properties,))
            check_values(tag, entry, self.findings)

    def _articulation(self, values: tuple[Literal, ...]) -> None:
        names = self._context.percussion
        if values[0].value == "defaults":
            names.add_standard(explicit=True)
        elif len(values) == 2 and values[0].text is not None and values[1].number is not None:
            names.add(values[0].text, int(values[1].number))

    def _valid(self, owner: Tag | Property, entry: Entry) -> bool:
        """Judge the arguments of a tag or property by signature and by value."""
        if self._trusting:
            return True
        try:
            return check_arguments(owner, entry, self.findings) and check_values(owner, entry, self.findings)
        except CrashError as error:
            if not error.late:
                raise
            self._late_crash = self._late_crash or error
            return True

    # --- Property blocks ------------------------------------------------------------------------------------------

    def _block(self, block: Properties | None, known: tuple[dict[str, Entry], ...], *, strict: bool = True) -> None:
        for item in block.items if block else ():
            entry = find_property(item.name, known)
            if entry is not None:
                self._property(item, entry)
            elif strict:
                start = item.span[0]
                message = f"there is no property `{shorten(item.name)}` here"
                help_ = unknown_property_help(item.name, known)
                self.findings.add("AT212", start, start + len(item.name), message, help_)

    def _property(self, item: Property, entry: Entry) -> None:
        if self._valid(item, entry) and entry is _track_instrument() and item.arguments:
            self._context.track_instrument(item.arguments.values[0])

    # --- Beats ----------------------------------------------------------------------------------------------------

    def _beat(self, beat: Beat) -> None:
        words = vocabulary()
        if beat.content is not None:
            self._played = True
        if beat.duration_change is not None:
            self._duration_change(beat.duration_change)
        for note in beat.notes:
            self._note(note)
        if beat.duration is not None:
            self._duration(beat.duration)
        self._block(beat.properties, (words.beat_properties,))

    def _duration_change(self, change: DurationChange) -> None:
        self._duration(change.duration)
        self._block(change.properties, (vocabulary().duration_properties,))

    def _duration(self, value: Literal) -> None:
        durations = vocabulary().data["durations"]["allowed"]
        if value.value not in durations:
            shown = ", ".join(str(duration) for duration in durations)
            message = f"{shorten(str(value.value))} is not a note value"
            self.findings.add("AT209", *value.span, message, f"write one of {shown}: 4 is a quarter note")

    def _note(self, note: Note) -> None:
        kind, known = self._kind(note)
        if not known:
            return
        staff_kind = self._context.settle(kind)
        if note.string is None and note.value.value in BARE_NOTES:
            kind = staff_kind
            if kind is NoteKind.FRETTED:
                end = _value_end(note.value)
                message = f"`{note.value.value}` needs a string on a staff of frets"
                self.findings.add("AT207", end, end, message, f"write the string, as in `{note.value.value}.2`")
                return
        if kind is not staff_kind:
            self._mismatch(note, kind, staff_kind)
        elif kind is NoteKind.FRETTED and not self._string_exists(note):
            return
        self._block(note.properties, (vocabulary().note_properties, vocabulary().beat_properties))

    def _kind(self, note: Note) -> tuple[NoteKind | None, bool]:
        """The kind of a note, None for a bare `x` or `-`; False behind it for a name that nobody knows."""
        value = note.value.value
        if note.string is not None:
            return NoteKind.FRETTED, True
        if not isinstance(value, str):
            return NoteKind.PERCUSSION, True
        if value in BARE_NOTES:
            return None, True
        if pitch_of(value) is not None:
            return NoteKind.PITCHED, True
        if self._context.percussion_number(value) is not None:
            return NoteKind.PERCUSSION, True
        self._unknown_name(note.value, value)
        return None, False

    def _unknown_name(self, value: Literal, name: str) -> None:
        known = [*self._context.percussion.numbers, *(entry["name"] for entry in _percussion_names())]
        help_ = suggest(name, known, "write a note as `c4`, fret and string as `3.2`, or a percussion name")
        self.findings.add("AT209", *value.span, f"`{shorten(name)}` is neither a note nor a percussion name", help_)

    def _mismatch(self, note: Note, kind: NoteKind | None, staff_kind: NoteKind | None) -> None:
        message = f"this is a {kind} note on a staff of {staff_kind} notes"
        is_lone_number = note.string is None and note.value.kind is Kind.NUMBER
        help_ = LONE_NUMBER if is_lone_number else r"put it on a staff of its own with `\staff` or `\track`"
        self.findings.add("AT218", *note.value.span, message, help_)

    def _string_exists(self, note: Note) -> bool:
        assert note.string is not None
        strings, number = len(self._context.current_staff.strings), note.string.number
        if number is not None and 1 <= number <= strings:
            return True
        end = _value_end(note.value)
        message = f"there is no string {shorten(str(number))}: the staff has {strings}"
        help_ = f"write a string from 1 to {strings}, the fret before the dot" if strings else None
        self.findings.add("AT208", end, note.string.span[1], message, help_)
        return False


def _value_end(value: Literal) -> int:
    """Where alphaTab says that a value ends: before the closing quote of a string."""
    return value.span[1] - (value.kind is Kind.STRING)


def _percussion_names() -> list[dict[str, str]]:
    names: list[dict[str, str]] = vocabulary().data["percussion"]["names"]
    return names


def _track_instrument() -> Entry:
    return vocabulary().tags["track"].properties["instrument"]
