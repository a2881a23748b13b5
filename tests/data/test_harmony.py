import pytest

from alphatex_model.data.accompaniment import nearest_shapes
from alphatex_model.data.harmony import Chord, chords_of, parse_symbol
from alphatex_model.data.instruments import GUITAR, INSTRUMENTS
from alphatex_model.data.keys import signature, tonic, transposed
from alphatex_model.data.voicings import power_chords, voicing
from tests.data.test_notation import tune


def frets(chord: Chord, name: str = "guitar") -> str:
    """A chord's shape as guitarists write it, lowest string first: `x32010`."""
    found = dict(voicing(chord, INSTRUMENTS[name]))
    strings = range(len(INSTRUMENTS[name].strings), 0, -1)
    return "".join(str(found.get(string, "x")) for string in strings)


@pytest.mark.parametrize(
    ("symbol", "shape"),
    [
        ("C", "x32010"),
        ("G", "320003"),
        ("D", "xx0232"),
        ("Am", "x02210"),
        ("Em", "022000"),
        ("F", "133211"),
        ("E7", "020100"),
    ],
)
def test_common_chords_have_the_shapes_every_guitarist_plays(symbol: str, shape: str) -> None:
    chord = parse_symbol(symbol)
    assert chord is not None
    assert frets(chord) == shape


@pytest.mark.parametrize("name", ["guitar", "drop_d", "dadgad", "open_g", "ukulele", "seven_string", "capo_3"])
def test_every_chord_of_every_key_sounds_its_tones_and_no_others(name: str) -> None:
    instrument = INSTRUMENTS[name]
    for root in range(12):
        for kind in ("", "m", "7"):
            chord = Chord(root, kind)
            pitches = [instrument.strings[string - 1] + fret for string, fret in voicing(chord, instrument)]
            assert {pitch % 12 for pitch in pitches} in (set(chord.tones), set())
            assert len(set(pitches)) == len(pitches)


@pytest.mark.parametrize("root", range(12))
def test_power_chords_are_root_fifth_and_octave(root: int) -> None:
    shapes = power_chords(root, GUITAR)
    assert shapes
    for shape in shapes:
        pitches = [GUITAR.strings[string - 1] + fret for string, fret in shape]
        assert [(pitch - root) % 12 for pitch in pitches] == [0, 7, 0]
        assert pitches == sorted(pitches)


def test_a_riff_takes_the_power_chord_nearest_to_the_one_before() -> None:
    shapes = nearest_shapes([Chord(root) for root in (5, 10, 3, 8)], GUITAR)
    assert [shape[0] for shape in shapes] == [(6, 1), (5, 1), (5, 6), (6, 4)]


def test_a_melody_in_broken_chords_implies_them() -> None:
    bars = tune("CEGc GECE|FAcf cAFA|GBdg dBGB|c8|").bars
    assert [chord.symbol.removesuffix("7") for chord in chords_of(bars)] == ["C", "F", "G", "C"]


def test_written_chord_symbols_are_kept() -> None:
    bars = tune('"Am"CEGc GECE|"F#dim"FAcf cAFA|c8|').bars
    assert [chord.symbol for chord in chords_of(bars)][:2] == ["Am", "Gbdim"]


def test_what_is_no_chord_symbol_is_ignored() -> None:
    assert parse_symbol("Fine") == Chord(5)
    assert parse_symbol("rit.") is None


@pytest.mark.parametrize("semitones", range(-6, 7))
@pytest.mark.parametrize("key", ["c", "aminor", "eb", "f#minor"])
def test_a_transposed_key_has_its_tonic_moved(key: str, semitones: int) -> None:
    moved = transposed(key, semitones)
    assert (tonic(moved) - tonic(key) - semitones) % 12 == 0
    assert signature(moved)[1] == signature(key)[1]
    assert -6 <= signature(moved)[0] <= 6
