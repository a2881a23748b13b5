"""Music is the same with and without the nodes of known beats: what scorers load, and what a document gives."""

from __future__ import annotations

import pytest

from alphatex_eval.language.reading import Reading
from alphatex_eval.music import load_with_origins
from alphatex_eval.music.loader import load_outlines
from alphatex_eval.music.score import TooManyBeatsError
from tests.language.cases import ACCEPTED
from tests.language.mutation import mutants
from tests.language.test_shortcuts import TABS

VOICES = [
    "\\voicemode barwise\n3.3 4.3 |\n\\voice\n2.3 |\n3.3 |\n\\voice\n1.1 |\n3.3 | 4.4 |",
    '3.3 | 4.3 | 5.3 |\n\\voice\n1.4 | 1.4 | 1.4 |\n\\staff\n3.3 | 3.3 |\n\\track "B" {instrument 33}\n3.3 | 2.2 |',
]


@pytest.mark.parametrize("seed", range(3))
def test_outlines_and_documents_give_the_same_music_at_the_same_places(seed: int) -> None:
    compared = 0
    for text in [*mutants([*TABS, *ACCEPTED, *VOICES], 400, seed), *TABS, *VOICES]:
        reading = Reading(text)
        if not reading.report.accepted:
            continue
        try:
            score, origins = load_with_origins(text)
        except TooManyBeatsError:
            continue
        same, places = load_outlines(reading.bars(len(text)))
        assert same == score, text
        spans = {place: [beat.span for beat in beats] for place, beats in origins.beats.items()}
        assert {place: list(beats) for place, beats in places.beats.items()} == spans, text
        assert [place for place, _ in places.bars] == [place for place, _ in origins.bars], text
        compared += 1
    assert compared > 40
