"""alphaTex files, taken as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alphatex_eval.language import AlphaTexError
from alphatex_eval.music import TooManyBeatsError, load
from alphatex_model.data.keys import key_name
from alphatex_model.data.notation import clean_text
from alphatex_model.data.tunes import Bar, BrokenTuneError, Event, Finished, Provenance, Tune

if TYPE_CHECKING:
    from pathlib import Path

    from alphatex_eval.music import Beat, Score, Staff


def read_alphatex(path: Path, origin: Provenance, name: str) -> Finished:
    """A file that alphaTab accepts, under the id `name`.

    Raises `BrokenTuneError` for any other file, and for one without a note.
    """
    try:
        text = path.read_text("utf-8")
        score = load(text)
    except (OSError, UnicodeDecodeError, TooManyBeatsError) as error:
        raise BrokenTuneError(str(error)) from None
    except AlphaTexError as error:
        raise BrokenTuneError(f"alphaTab rejects it: {error}") from None
    tune = Tune(
        id=f"{origin.source}/{name}",
        source=origin.source,
        title=clean_text(score.title) or path.stem,
        composer=clean_text(score.music) or clean_text(score.artist),
        licence=origin.licence,
        attribution="; ".join(filter(None, (clean_text(score.copyright), origin.attribution))),
        bars=bars_of(score),
    )
    return Finished(tune, text)


def bars_of(score: Score) -> tuple[Bar, ...]:
    """The first voice of the first staff that has pitches."""
    for _, staff in score.staves():
        bars = tuple(_bars(score, staff))
        if any(event.pitches for bar in bars for event in bar.events):
            return bars
    raise BrokenTuneError("no note in it")


def _bars(score: Score, staff: Staff) -> list[Bar]:
    return [
        Bar(
            tuple(_event(beat) for beat in bar.voices[0].beats if not beat.grace),
            meter=master.time_signature,
            key=key_name(bar.key, minor=bar.minor),
            pickup=master.anacrusis,
            repeat_open=master.repeat_start,
            repeat_close=int(master.repeat_count),
            ending=min(master.endings, default=0),
        )
        for master, bar in zip(score.master_bars, staff.bars, strict=True)
    ]


def _event(beat: Beat) -> Event:
    sounding = [(note.pitch, note.tied) for note in beat.notes if note.pitch is not None and not note.dead]
    pitches = tuple(sorted({pitch for pitch, _ in sounding}))
    return Event(beat.duration, pitches, frozenset(pitch for pitch, tied in sounding if tied))
