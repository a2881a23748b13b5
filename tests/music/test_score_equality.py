"""`load` against alphaTab: the same bars, beats and notes, with the same times, strings, frets and pitches."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from alphatex_eval.music import load
from tests.music.comparison import differences
from tests.music.pieces import exported, guitar_tabs, musicxml_paths

if TYPE_CHECKING:
    from tests.reference.oracle import Oracle

EXAMPLES = {
    "nothing": "",
    "a comment": "// c",
    "running durations cross bars": ":8 3.3 4.3.16 5.3 | 0.1 | r",
    "dots": "3.3.4{d} 3.3.8{dd} r.2{d}",
    "running tuplet and its end": ":8{tu 3} 1.1 2.1 3.1 :8 4.1 :16{tu 5 4} 5.1 6.1{tu 7 8} 7.1",
    "an odd tuplet takes no time": "3.3.4{tu 0 1} 4.3",
    "a tuplet of a text": ':4{tu (a 3)} 3.3 4.3{tu ("3" 2)} :4{tu 3} 3.3 r{tu (a 3)} 4.3',
    "repeated beats": "(0.1 2.2).8{v} * 4 r * 3",
    "grace beats take no time": "3.3.8{gr} 5.3.4 7.3.16{gr onbeat} 8.3 9.3{gr b} 10.3",
    "a lone whole rest fills its bar": "\\ts (3 4) r.1 | r.1 3.3 | 3.3{hide}.1",
    "a pick-up bar": "\\ac 3.3.8 5.3 | 3.3.1",
    "a pick-up bar that rests": "\\ac r.1 | 3.3.1",
    "ties": "3.3.4 -.3 | 5.3{t} | | | -.3 | | | | -.3",
    "a tie without origin": "-.3 \\track c4{t}",
    "ties of note names": "\\tuning piano c4 - | (c4 e4).2 (- -) | d5{t} e4{t}",
    "ties with a beat between": "(0.1 3.2) 5.4 -.1 (-.2 7.4)",
    "dead and ghost notes": "x.3 3.3{x} (x.1 5.2{g}) x.5{ds} (3.3 x.1){ds}",
    "note names": "c4 cb4 f##5 bbb3 c-4 cn4 | x",
    "bend, slide, hammer-on": "3.3{b (0 4)} 5.3{h} 7.3{sl} 9.3{be (0 0 60 4)}",
    "harmonics": "12.1{nh} 7.2{nh} 6.3{nh} 3.3{nh} 2.3{ah 12} 2.3{th 7} 0.3{ph (2.4)} 2.3{sh 13} 2.3{ah}",
    "capo and transposition": "\\capo 2 \\transpose 5 3.3 12.1{nh} | \\tuning (none) c4",
    "tuning": "\\tuning (D4 A3 G3 D3 A2 D2) 0.6 3.1",
    "a tuning that comes late": "3.1 | \\tuning (B4 E4 B3 G3 D3 A2 E2) 3.1",
    "instruments bring strings": '\\track "a" {instrument 33} 3.4 \\track "b" {instrument banjo} 3.5 \\track "c" 3.6',
    "an instrument change": "3.3 | \\instrument 33 3.4",
    "percussion": "\\track {instrument percussion} \\articulation (defaults) KickHit (38 46) 999 x",
    "percussion of our own name": "\\articulation (Foo 36) foo",
    "percussion by name": 'KickHit "Ride (bell)" r :8 HiHatClosed',
    "voices": "\\voice c5.2 e5 | g5.1 \\voice c4.1 | e4.2 | f4",
    "voices bar by bar": "\\voicemode barwise \\voice c4 \\voice d4 | \\voice e4 \\voice f4 | g4",
    "one bar and a voice": "c4 \\voice d4",
    "staves": "\\staff {score} c4 | d4 | e4 \\staff {score} c3 \\staff {tabs} 3.3",
    "tracks": '\\track "Lead guitar" c4 d4 | \\track ("Bass" "B.") {volume 3 balance 4} 3.3 \\track',
    "a voice that is met again": "c4 | d4 \\ks d \\voice | e4 f4 | g4",
    "switches without bars": "\\staff \\track c4",
    "bars that end the score empty": "3.3 | | | \\ks d |",
    "a repeat of less than no times ends nothing": "3.3 \\rc -1 3.3 | \\rc -1 | \\rc (-0.5)",
    "a pedal keeps empty bars": "\\spd 0 c4 | | ",
    "a raised pedal does not": "c4{spd} d4{spu} | | ",
    "keys and clefs": "\\ks bbminor \\clef f4 3.3 | \\ks d 3.3 | 3.3 \\track \\instrument 33 3.3",
    "time signatures": "\\ts common 3.3 | \\ts (3 4) 3.3 | 3.3 | \\ts (7 8) 3.3",
    "repeats": "\\ro \\tf t8 3.3 | \\ae (1 2) 3.3 | \\rc 3 \\ae 3 3.3 | \\jump fine \\ft \\db 3.3",
    "sections": '\\section Intro | \\section ("A" "Verse") 3.3',
    "tempos": '\\tempo (90 "Slow") 3.3 | 3.3 4.3{tempo (120.5)} | \\tempo (100 0.5 hide) \\tempo 80 3.3',
    "a tempo at a beat of the first bar": "3.3 4.3{tempo 90}",
    "a tempo behind one at a beat": "3.3 4.3{tempo 90} 5.3{tempo 91} \\track \\tempo 104 r{tempo 92} \\staff \\tempo 5",
    "a tempo behind repeated beats": "3.3 | 4.3{tempo 90} * 3 \\staff 3.3 | \\tempo 104 3.3",
    "a tempo behind another place": "3.3 4.3{tempo 90} \\track \\tempo (104 0.25) 3.3",
    "a tempo before one at a beat": "\\tempo 104 3.3{tempo 90} \\track \\tempo 105 3.3",
    "a tempo of the next voice": "3.3 | 4.3{tempo 90} \\voice 3.3 | \\tempo 104 3.3",
    "headers": '\\title "T" \\subtitle S \\artist "A" \\album "B" \\words W \\music M \\copyright C \\tab X',
    "long notes": "3.3.-4 | 3.3.-2 | 3.3.256",
}


@pytest.mark.parametrize("text", EXAMPLES.values(), ids=EXAMPLES.keys())
def test_an_example_is_read_as_alphatab_reads_it(oracle: Oracle, text: str) -> None:
    assert unequal(oracle, [("example", text)]) == {}


def test_real_scores_are_read_as_alphatab_reads_them(oracle: Oracle) -> None:
    paths = random.Random(4).sample(musicxml_paths(), 25)
    pieces = list(exported(oracle, paths))
    assert len(pieces) == len(paths)
    assert unequal(oracle, pieces) == {}


def test_guitar_tabs_are_read_as_alphatab_reads_them(oracle: Oracle) -> None:
    assert unequal(oracle, guitar_tabs(random.Random(5), 40)) == {}


def unequal(oracle: Oracle, pieces: list[tuple[str, str]]) -> dict[str, list[str]]:
    """The first differences of every piece that differs, by its name."""
    answers = oracle.check_all([text for _, text in pieces], want=("score",))
    found: dict[str, list[str]] = {}
    for (name, text), answer in zip(pieces, answers, strict=True):
        assert answer.score is not None, (name, answer)
        lines = differences(load(text), answer.score)
        if lines:
            found[name] = lines[:5]
    return found
