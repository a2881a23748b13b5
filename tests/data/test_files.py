"""Folders of files in every format, each written here by the library that knows it best."""

from __future__ import annotations

import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import guitarpro
import lytk
import pytest
from guitarpro import models as gp

from alphatex_eval.music import load
from alphatex_model.data.files import READERS
from alphatex_model.data.recipe import Folder, Recipe
from alphatex_model.data.rows import Arranged, arrange_unit
from alphatex_model.data.sources import SourceError, read, units_of
from alphatex_model.data.tunes import Fault, Finished, Tune

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.reference.oracle import Oracle

REFERENCE = Path(__file__).parents[1] / "reference"
ABC = "X:1\nT:Ours\nM:4/4\nL:1/8\nK:G\nG>A Bc d2 ^c2|(3ded B2 G4-|G4 A4|B8|\n"


def recipe(folder: Path) -> Recipe:
    return Recipe(name="mine", folders=(Folder(path=str(folder), licence="CC0-1.0", source="mine"),))


def read_all(folder: Path) -> list[Tune | Finished | Fault]:
    plan = recipe(folder)
    return [item for unit in units_of(plan) for item in read(unit, plan)]


def music(tune: object) -> list[object]:
    assert isinstance(tune, Tune)
    return [(event.duration, event.pitches) for bar in tune.bars for event in bar.events]


def test_the_same_music_is_read_from_every_notation(tmp_path: Path) -> None:
    (tmp_path / "a.abc").write_text(ABC)
    score = lytk.from_abc_string(ABC)
    lytk.to_musicxml(score, str(tmp_path / "b.musicxml"))
    (tmp_path / "c.ly").write_text(lytk.to_lilypond(score))
    (tmp_path / "d.krn").write_text(lytk.to_humdrum(score))
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "e.mxl").write_bytes(lytk.to_mxl_bytes(score))
    lytk.to_midi(score, str(tmp_path / "f.mid"))
    found = read_all(tmp_path)
    assert len(found) == 6
    assert all(music(tune) == music(found[0]) for tune in found)


def test_parts_within_a_bracket_are_read(tmp_path: Path) -> None:
    part = '<score-part id="{0}"><part-name>{0}</part-name></score-part>'
    bar = (
        "<measure number='1'><attributes><divisions>1</divisions><time><beats>4</beats><beat-type>4</beat-type></time>"
        "</attributes><note><pitch><step>C</step><octave>{}</octave></pitch><duration>4</duration><type>whole</type></note></measure>"
    )
    bracket = '<part-group type="{}" number="1"/>'
    listed = bracket.format("start") + part.format("P1") + part.format("P2") + bracket.format("stop")
    music = "".join(f'<part id="P{number}">{bar.format(number)}</part>' for number in (1, 2))
    (tmp_path / "duo.musicxml").write_text(
        f'<score-partwise version="4.0"><part-list>{listed}</part-list>{music}</score-partwise>'
    )
    assert [tune.bars[0].events[0].pitches for tune in read_all(tmp_path) if isinstance(tune, Tune)] == [(24,), (36,)]


def song() -> gp.Song:
    """Two bars of 4/4: a hammered scale with a bend, then a tied chord under a slide."""
    made = gp.Song(title="Made", tempo=96)
    made.measureHeaders[0].keySignature = gp.KeySignature.EMinor
    header = gp.MeasureHeader(number=2, start=3840, keySignature=gp.KeySignature.EMinor)
    made.addMeasureHeader(header)
    track = made.tracks[0]
    track.measures.append(gp.Measure(track, header))
    for measure in track.measures:
        measure.voices = [gp.Voice(measure), gp.Voice(measure)]
    first, second = (measure.voices[0] for measure in track.measures)
    for number, (string, fret) in enumerate([(3, 0), (3, 2), (2, 0), (2, 3)]):
        beat = gp.Beat(first, duration=gp.Duration(4), status=gp.BeatStatus.normal)
        note = gp.Note(beat, value=fret, string=string, type=gp.NoteType.normal)
        note.effect.hammer = number == 0
        if number == 3:
            note.effect.bend = gp.BendEffect(gp.BendType.bend, 4, [gp.BendPoint(0, 0), gp.BendPoint(12, 4)])
        beat.notes.append(note)
        first.beats.append(beat)
    for kind in (gp.NoteType.normal, gp.NoteType.tie):
        beat = gp.Beat(second, duration=gp.Duration(2), status=gp.BeatStatus.normal)
        beat.notes += [gp.Note(beat, value=2, string=string, type=kind) for string in (4, 3)]
        second.beats.append(beat)
    return made


@pytest.mark.parametrize("suffix", ["gp3", "gp4", "gp5"])
def test_guitar_pro_keeps_its_strings_and_techniques(tmp_path: Path, suffix: str, oracle: Oracle) -> None:
    guitarpro.write(song(), str(tmp_path / f"made.{suffix}"))
    (found,) = read_all(tmp_path)
    assert isinstance(found, Finished)
    assert found.text.endswith("\n:4 0.3{h} 2.3 0.2 3.2{be (0 0 60 4)} |\n:2 (2.3 2.4) (2.3{t} 2.4{t})\n")
    assert oracle.check_all([found.text])[0].accepted


@pytest.mark.parametrize(("on_beat", "effect"), [(False, "gr"), (True, "gr onbeat")])
def test_grace_notes_are_played_before_their_note_or_on_its_beat(
    tmp_path: Path, oracle: Oracle, on_beat: bool, effect: str
) -> None:
    made = song()
    struck = made.tracks[0].measures[0].voices[0].beats[1].notes[0]
    struck.effect.grace = gp.GraceEffect(fret=1, transition=gp.GraceEffectTransition.hammer, isOnBeat=on_beat)
    guitarpro.write(made, str(tmp_path / "made.gp5"))
    (found,) = read_all(tmp_path)
    assert isinstance(found, Finished)
    assert f"0.3{{h}}.4 1.3{{h}}.8{{{effect}}} :4 2.3 0.2 3.2{{be (0 0 60 4)}} |\n" in found.text
    assert [event.pitches for event in found.tune.bars[0].events] == [(55,), (57,), (59,), (62,)]
    assert oracle.check_all([found.text])[0].accepted


def test_a_second_voice_is_kept_and_silent_where_it_is_empty(tmp_path: Path) -> None:
    made = song()
    voice = made.tracks[0].measures[1].voices[1]
    beat = gp.Beat(voice, duration=gp.Duration(1), status=gp.BeatStatus.normal)
    beat.notes.append(gp.Note(beat, value=3, string=6, type=gp.NoteType.normal))
    voice.beats.append(beat)
    guitarpro.write(made, str(tmp_path / "made.gp5"))
    (found,) = read_all(tmp_path)
    assert isinstance(found, Finished)
    assert found.text.endswith("\\voice\nr.1 |\n3.6.1\n")


def test_a_track_whose_bars_do_not_add_up_is_left_out_and_a_piece_of_such_tracks_is_a_fault(tmp_path: Path) -> None:
    made = song()
    voice = made.tracks[0].measures[0].voices[0]
    voice.beats.append(gp.Beat(voice, duration=gp.Duration(4), status=gp.BeatStatus.rest))
    guitarpro.write(made, str(tmp_path / "made.gp5"))
    assert read_all(tmp_path) == [Fault("mine/made.gp5", "bar 1 holds 5/4 of a whole note in 4/4")]
    (whole,) = song().tracks
    whole.song, whole.number, whole.name = made, 2, "Whole"
    made.tracks.append(whole)
    guitarpro.write(made, str(tmp_path / "made.gp5"))
    (found,) = read_all(tmp_path)
    assert isinstance(found, Finished)
    assert found.text.count("\\track") == 1
    assert '\\track "Whole"' in found.text


def song_of_two() -> gp.Song:
    """The song, played by tracks A and B."""
    made, other = song(), song()
    (track,) = other.tracks
    made.tracks[0].name, track.name, track.song, track.number = "A", "B", made, 2
    track.channel = gp.MidiChannel(channel=2, effectChannel=3)
    made.tracks.append(track)
    return made


def silence(track: gp.Track) -> None:
    for measure in track.measures:
        measure.voices = [gp.Voice(measure), gp.Voice(measure)]


def overfill_the_second_voice(track: gp.Track) -> None:
    voice = track.measures[0].voices[1]
    for _ in range(2):
        beat = gp.Beat(voice, duration=gp.Duration(1), status=gp.BeatStatus.normal)
        beat.notes.append(gp.Note(beat, value=9, string=6, type=gp.NoteType.normal))
        voice.beats.append(beat)
    track.measures[0].voices[0].beats[0].notes[0].value = 12


def give_it_no_sound(track: gp.Track) -> None:
    track.channel.instrument = 200


@pytest.mark.parametrize(
    ("number", "spoil", "kept"),
    [
        (0, silence, ["A", "B"]),
        (0, overfill_the_second_voice, ["B"]),
        (0, give_it_no_sound, ["B"]),
        (1, silence, ["A", "B"]),
        (1, overfill_the_second_voice, ["A"]),
        (1, give_it_no_sound, ["A"]),
    ],
)
def test_one_track_that_is_silent_or_wrong_leaves_a_piece_the_music_of_the_other(
    tmp_path: Path, number: int, spoil: Callable[[gp.Track], None], kept: list[str]
) -> None:
    made = song_of_two()
    spoil(made.tracks[number])
    guitarpro.write(made, str(tmp_path / "made.gp5"))
    (found,) = read_all(tmp_path)
    assert isinstance(found, Finished)
    assert [track.name for track in load(found.text).tracks] == kept
    assert [event.pitches for event in found.tune.bars[0].events] == [(55,), (57,), (59,), (62,)]


def test_a_piece_of_silent_tracks_is_a_fault(tmp_path: Path) -> None:
    made = song()
    silence(made.tracks[0])
    guitarpro.write(made, str(tmp_path / "made.gp5"))
    assert read_all(tmp_path) == [Fault("mine/made.gp5", "no note in the first voice of a fretted track")]


def test_guitar_pro_keeps_changes_of_tempo(tmp_path: Path, oracle: Oracle) -> None:
    made = song()
    for measure, tempo in zip(made.tracks[0].measures, (80, 144), strict=True):
        measure.voices[0].beats[0].effect.mixTableChange = gp.MixTableChange(tempo=gp.MixTableItem(tempo))
    guitarpro.write(made, str(tmp_path / "made.gp5"))
    (found,) = read_all(tmp_path)
    assert isinstance(found, Finished)
    assert "\n\\tempo 80\n" in found.text
    assert "|\n\\tempo 144\n:2 (2.3" in found.text
    assert [bar.tempo for bar in found.tune.bars] == [80, 144]
    assert oracle.check_all([found.text])[0].accepted


def test_guitar_pro_keeps_trills_taps_slaps_and_pops(tmp_path: Path, oracle: Oracle) -> None:
    made = song()
    beats = made.tracks[0].measures[0].voices[0].beats
    beats[0].notes[0].effect.trill = gp.TrillEffect(fret=2, duration=gp.Duration(32))
    for beat, effect in zip(beats[1:], ("tapping", "slapping", "popping"), strict=True):
        beat.effect.slapEffect = gp.SlapEffect[effect]
    guitarpro.write(made, str(tmp_path / "made.gp5"))
    (found,) = read_all(tmp_path)
    assert isinstance(found, Finished)
    assert "\n:4 0.3{tr (2 32) h} 2.3.4{tt} 0.2.4{s} 3.2{be (0 0 60 4)}.4{p} |\n" in found.text
    assert oracle.check_all([found.text])[0].accepted


@pytest.mark.parametrize("suffix", ["gp3", "gp4", "gp5"])
def test_a_guitar_pro_file_that_was_cut_off_is_a_fault(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"cut.{suffix}"
    guitarpro.write(song(), str(path))
    path.write_bytes(path.read_bytes()[:800])
    (fault,) = read_all(tmp_path)
    assert isinstance(fault, Fault)
    assert (fault.where, fault.reason.split(":")[0]) == (f"mine/cut.{suffix}", "no Guitar Pro 3 to 5 file")


def test_a_guitar_pro_file_with_a_sound_that_does_not_exist_is_a_fault(tmp_path: Path) -> None:
    made = song()
    made.tracks[0].channel.instrument = 200
    guitarpro.write(made, str(tmp_path / "made.gp5"))
    assert read_all(tmp_path) == [Fault("mine/made.gp5", "200 is no MIDI program: they go from 0 to 127")]


EXPORT = """
const alphaTab = require("@coderline/alphatab");
const [text, path] = process.argv.slice(1);
const importer = new alphaTab.importer.AlphaTexImporter();
importer.initFromString(text, new alphaTab.Settings());
const bytes = new alphaTab.exporter.Gp7Exporter().export(importer.readScore(), new alphaTab.Settings());
require("node:fs").writeFileSync(path, bytes);
"""
NEWER = """\
\\title "Newer"
\\artist "Us"
\\track "Lead" {instrument overdrivenguitar}
\\tuning (E4 B3 G3 D3 A2 D2)
\\tempo 96
\\ts (3 4)
\\ks d
:8 0.6{pm} 0.6{pm} 2.4{h} 4.4 (2.3 2.2).4{bd} |
\\ts (2 4)
:8{tu 3} 5.3 7.3{sl} 9.3 :4 7.2{b (0 4) v}
"""


@pytest.fixture
def with_alphatab(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODE_PATH", str(REFERENCE / "node_modules"))


@pytest.mark.usefixtures("with_alphatab")
def test_newer_guitar_pro_is_read_by_the_alphatab_that_the_user_has(tmp_path: Path, oracle: Oracle) -> None:
    subprocess.run(["node", "-e", EXPORT, NEWER, str(tmp_path / "newer.gp")], check=True)
    (found,) = read_all(tmp_path)
    assert isinstance(found, Finished)
    assert found.text == (
        '\\title "Newer"\n\\music "Us"\n\\track "Lead" {instrument overdrivenguitar volume 12}\n\\staff {score tabs}\n'
        "\\tuning (E4 B3 G3 D3 A2 D2)\n\\tempo 96\n\\ts (3 4)\n\\ks d\n"
        ":8 0.6{pm} 0.6{pm} 2.4{h} 4.4 (2.2 2.3).4{bd} |\n"
        "\\ts (2 4)\n:8{tu 3} 5.3 7.3{sl} 9.3 :4 7.2{be (0 0 60 4) v}\n"
    )
    assert oracle.check_all([found.text])[0].accepted


@pytest.mark.usefixtures("with_alphatab")
@pytest.mark.parametrize("effect", ["gr", "gr onbeat"])
def test_grace_notes_of_every_kind_take_no_time_of_their_bar(tmp_path: Path, oracle: Oracle, effect: str) -> None:
    text = f"2.3.8{{{effect}}} :4 3.3 3.3 3.3 3.3"
    subprocess.run(["node", "-e", EXPORT, text, str(tmp_path / "grace.gp")], check=True)
    (found,) = read_all(tmp_path)
    assert isinstance(found, Finished)
    assert found.text.endswith(f"\n2.3.8{{{effect}}} :4 3.3 3.3 3.3 3.3\n")
    assert len(found.tune.events) == 4
    assert oracle.check_all([found.text])[0].accepted


def exported_and_read(text: str, folder: Path) -> Finished:
    """A text that alphaTab writes as a Guitar Pro file, as that is read."""
    subprocess.run(["node", "-e", EXPORT, text, str(folder / "exported.gp")], check=True)
    (found,) = read_all(folder)
    assert isinstance(found, Finished)
    return found


@pytest.mark.usefixtures("with_alphatab")
def test_an_ending_of_several_passes_keeps_all_of_them(tmp_path: Path) -> None:
    text = "\\ro 1.1.1 | \\ae (1 2) \\rc 3 2.1.1 | \\ae 3 3.1.1"
    found = exported_and_read(text, tmp_path)
    assert [bar.endings for bar in load(found.text).master_bars] == [(), (1, 2), (3,)]


@pytest.mark.usefixtures("with_alphatab")
def test_a_track_with_a_note_of_four_wholes_costs_only_itself(tmp_path: Path) -> None:
    text = '\\track "A" 3.3.1 \\track "B" 3.3.-4'
    found = exported_and_read(text, tmp_path)
    assert [track.name for track in load(found.text).tracks] == ["A"]


@pytest.mark.usefixtures("with_alphatab")
def test_a_file_that_alphatab_cannot_read_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "bad.gpx").write_text("no guitar")
    (fault,) = read_all(tmp_path)
    assert isinstance(fault, Fault)
    assert "alphaTab cannot read it" in fault.reason


@pytest.mark.parametrize("hidden", ["NODE_PATH", "PATH"])
def test_without_node_or_alphatab_newer_files_are_skipped_with_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hidden: str
) -> None:
    (tmp_path / "new.gp").write_text("")
    monkeypatch.setenv("NODE_PATH", "")
    monkeypatch.setenv(hidden, "")
    monkeypatch.chdir(tmp_path)
    need = "Guitar Pro 6 to 8 files need Node and alphaTab: npm install @coderline/alphatab"
    assert read_all(tmp_path) == [Fault("mine/new.gp", need)]


def test_alphatex_is_taken_as_it_is(tmp_path: Path) -> None:
    text = '\\title "Own" :4 0.1 2.1 3.1 5.1 | 0.1{h} 3.1 0.2 1.2'
    (tmp_path / "own.alphatex").write_text(text)
    plan = recipe(tmp_path)
    (arranged,) = (item for unit in units_of(plan) for item in arrange_unit(plan, unit))
    assert isinstance(arranged, Arranged)
    (row,) = arranged.rows
    assert (row.text, row.title, row.arrangement, row.n_bars) == (text, "Own", "native", 2)
    assert load(row.text).title == "Own"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bad.alphatex", "3.9"),
        ("bad.atex", "\\ts (2 4) 3.3.2 3.3"),
        ("bad.gp5", "no guitar"),
        ("bad.musicxml", "<score"),
        ("bad.krn", "**foo"),
        ("bad.mid", "MThd"),
    ],
)
def test_a_broken_file_is_a_fault_that_names_it(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    found = read_all(tmp_path)
    assert all(isinstance(fault, Fault) and "bad" in fault.where for fault in found)


def test_one_odd_tune_of_a_file_costs_only_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "three.abc").write_text("\n".join(ABC.replace("X:1", f"X:{number}") for number in (1, 2, 3)))
    first, second, third = (
        score.to_dict() for score in lytk.from_abc_tunes_string((tmp_path / "three.abc").read_text())
    )
    del second["children"][0]["Part"]["measures"]
    scores = [SimpleNamespace(to_dict=lambda score=score: score) for score in (first, second, third)]
    monkeypatch.setitem(READERS, ".abc", lambda path: scores)
    one, fault, other = read_all(tmp_path)
    assert fault == Fault("mine/three/2", "a score of unexpected shape: KeyError('measures')")
    assert music(one) == music(other)


def test_files_of_one_name_keep_their_tunes_apart(tmp_path: Path) -> None:
    for place in ("a", "b"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "song.abc").write_text(ABC)
    (tmp_path / "b" / "song.krn").write_text(lytk.to_humdrum(lytk.from_abc_string(ABC)))
    (tmp_path / "b" / "song.mid").write_text("MThd")
    found = read_all(tmp_path)
    assert [tune.id for tune in found if isinstance(tune, Tune)] == ["mine/a/song", "mine/b/song", "mine/b/song~2"]
    assert [fault.where for fault in found if isinstance(fault, Fault)] == ["mine/b/song~3.mid"]


def test_folders_of_one_source_keep_their_tunes_apart(tmp_path: Path) -> None:
    (tmp_path / "song.abc").write_text(ABC)
    plan = Recipe(name="twice", folders=recipe(tmp_path).folders * 2)
    found = [item for unit in units_of(plan) for item in read(unit, plan)]
    assert [tune.id for tune in found if isinstance(tune, Tune)] == ["mine/song", "mine/song~2"]


def test_a_folder_that_is_missing_or_empty_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="nothing to read in"):
        units_of(recipe(tmp_path))
    with pytest.raises(SourceError, match="no folder"):
        units_of(recipe(tmp_path / "missing"))
