"""Tabs as music: `load` turns a text or a parsed document into a `Score` with exact times and sounding pitches."""

from alphatex_eval.music.loader import Origins, load, load_with_origins
from alphatex_eval.music.score import (
    Bar,
    Beat,
    ChordDiagram,
    MasterBar,
    Note,
    Score,
    Section,
    Staff,
    Tempo,
    TooManyBeatsError,
    Track,
    Voice,
)

__all__ = [
    "Bar",
    "Beat",
    "ChordDiagram",
    "MasterBar",
    "Note",
    "Origins",
    "Score",
    "Section",
    "Staff",
    "Tempo",
    "TooManyBeatsError",
    "Track",
    "Voice",
    "load",
    "load_with_origins",
]
