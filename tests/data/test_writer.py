from fractions import Fraction

import pytest

from alphatex_model.data.arranger import arrange, place_bars
from alphatex_model.data.instruments import Instrument
from alphatex_model.data.tunes import Bar, Event
from alphatex_model.data.writer import quoted, write, write_beats
from tests.data.test_notation import tune

GOLDEN = """\
\\title "Test"
\\music "N. N."
\\track "Guitar" {instrument acousticguitarsteel volume 12}
\\staff {score tabs}
\\tuning (E4 B3 G3 D3 A2 E2)
\\tempo 120
\\ts (3 4)
\\ks g
\\ac
\\ro
0.3.8 |
0.2.8{d} 1.2.16 :8 3.2 0.1 3.1.4 |
\\rc 2
\\ae (1)
3.1.2{d} |
\\ae (2)
3.1.2{d} |
:8{tu 3} 2.2 0.1 2.1 :4 (0.2 0.3) r |
0.3.2 :8 0.3{t} 2.3
"""


def test_a_tune_becomes_the_text_a_guitarist_would_write() -> None:
    music = "|:G|B>c de g2|1 g6:|2 g6|(3^cef [GB]2 z2|G5 A|"
    assert write(arrange(tune(music, meter="3/4", key="G", extra="C:N. N.\n"))) == GOLDEN


def music(text: str) -> list[str]:
    return write(arrange(tune(text))).split("\\ks c\n")[1].splitlines()


def test_grace_notes_come_before_their_note_and_take_no_time() -> None:
    assert music("{d}c4 (3{e}dcB {^GA}[GB]2|c8|") == [
        "3.2{h}.8{gr} 1.2.2 :8{tu 3} 0.1.8{gr} 3.2 1.2 0.2 :8 1.3{h}.8{gr} 2.3.8{gr} (0.2 0.3).4 |",
        "1.2.1",
    ]


def test_a_slur_is_hammered_or_pulled_where_its_notes_share_a_string() -> None:
    assert music("(E2F2 E2)(F2|F4) (G4-|G4) (G4|^G8)|") == [
        ":4 2.4{h} 3.4{h} 2.4 3.4 |",
        ":2 3.4 0.3 |",
        ":2 0.3{t} 0.3{h} |",
        "1.3.1",
    ]


@pytest.mark.parametrize(("text", "literal"), [('say "hi"', '"say \\"hi\\""'), ("back\\slash", '"back\\\\slash"')])
def test_strings_are_escaped(text: str, literal: str) -> None:
    assert quoted(text) == literal


def test_a_tuplet_does_not_reach_into_the_next_bar() -> None:
    text = write(arrange(tune("c6 (3GAB|d8|c6 (3GAB|(3GAB c6|")))
    bars = text.split("\\ks c\n")[1].splitlines()
    assert bars == [
        "5.3.2{d} :8{tu 3} 0.3 2.3 0.2 |",
        ":1 3.2 |",
        "5.3.2{d} :8{tu 3} 0.3 2.3 4.3 |",
        ":8{tu 3} 0.3 2.3 4.3 :2 5.3.2{d}",
    ]


def test_a_tie_that_would_change_its_string_is_struck_again() -> None:
    two_strings = Instrument("Two strings", "acousticguitarsteel", (64, 60), frets=4)
    first, second = Event(Fraction(1, 2), (60, 64)), Event(Fraction(1, 2), (64, 68), frozenset({64}))
    (bar,) = place_bars([Bar((first, second))], two_strings)
    assert write_beats(bar.beats) == ":2 (0.1 0.2) (4.1 4.2)"
