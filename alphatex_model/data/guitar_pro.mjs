// A Guitar Pro file, read by the alphaTab that the user has installed, as JSON with alphaTex's names of techniques:
//
//   node guitar_pro.mjs FILE      (exit status 3: there is no alphaTab)
//   node guitar_pro.mjs           (prints alphaTab's version)
//
// alphaTab is looked for in the node_modules of the working directory and above, and in NODE_PATH.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const NO_ALPHATAB = 3;

let alphaTab;
try {
  alphaTab = createRequire(join(process.cwd(), "_"))("@coderline/alphatab");
} catch {
  process.exit(NO_ALPHATAB);
}
alphaTab.Logger.logLevel = alphaTab.LogLevel.None;

// By the numbers of alphaTab's enumerations.
const ACCENTS = ["", "ac", "hac", "ten"];
const VIBRATOS = ["", "v", "vw"];
const SLIDES_IN = ["", "sib", "sia"];
const SLIDES_OUT = ["", "ss", "sl", "sou", "sod", "psd", "psu"];
const GRACES = ["", "gr onbeat", "gr", "gr bendgrace"];
const BRUSHES = ["", "bu", "bd", "au", "ad"];
const STROKES = ["", "su", "sd"];
const FADES = ["", "f", "fo", "vs"];
const TREMOLOS = { 8: "tp 1", 16: "tp 2", 32: "tp 3" };
const NATURAL_HARMONIC = 1;

const kept = (names) => names.filter(Boolean);

function noteOf(note) {
  const { staff } = note.beat.voice.bar;
  const bend = note.hasBend ? note.bendPoints.flatMap(({ offset, value }) => [Math.round(offset), Math.round(value)]) : [];
  return {
    string: staff.tuning.length - note.string + 1,
    fret: note.fret,
    dead: note.isDead,
    effects: kept([
      note.isTieDestination && "t",
      bend.length > 2 && `be (${bend.join(" ")})`,
      note.harmonicType === NATURAL_HARMONIC && "nh",
      note.isHammerPullOrigin && "h",
      note.isLeftHandTapped && "lht",
      note.isGhost && "g",
      ACCENTS[note.accentuated],
      note.isPalmMute && "pm",
      note.isStaccato && "st",
      note.isLetRing && "lr",
      note.isTrill && `tr (${note.trillFret} ${note.trillSpeed})`,
      VIBRATOS[note.vibrato],
      SLIDES_IN[note.slideInType],
      SLIDES_OUT[note.slideOutType],
    ]),
  };
}

function beatOf(beat) {
  return {
    value: [beat.duration, beat.dots, [Math.max(1, beat.tupletNumerator), Math.max(1, beat.tupletDenominator)]],
    grace: GRACES[beat.graceType],
    chord: beat.chord?.name ?? "",
    notes: beat.notes.filter((note) => note.isStringed).map(noteOf),
    effects: kept([
      FADES[beat.fade],
      BRUSHES[beat.brushType],
      STROKES[beat.pickStroke],
      beat.tap && "tt",
      beat.slap && "s",
      beat.pop && "p",
      beat.isTremolo && TREMOLOS[beat.tremoloSpeed],
    ]),
  };
}

function trackOf(track) {
  const [staff] = track.staves;
  return {
    name: track.name,
    program: track.playbackInfo.program,
    tuning: staff.isPercussion ? [] : [...staff.tuning],
    capo: staff.capo,
    bars: staff.bars.map(({ voices }) => voices.map((voice) => (voice.isEmpty ? [] : voice.beats.map(beatOf)))),
  };
}

function barOf(bar, { keySignature, keySignatureType }) {
  return {
    meter: [bar.timeSignatureNumerator, bar.timeSignatureDenominator],
    key: keySignature,
    minor: keySignatureType === 1,
    tempo: bar.tempoAutomations.length ? Math.round(bar.tempoAutomations[0].value) : null,
    repeatOpen: bar.isRepeatStart,
    repeatClose: bar.repeatCount,
    endings: bar.alternateEndings,
    section: bar.section ? bar.section.text || bar.section.marker : "",
    double: bar.isDoubleBar,
  };
}

function scoreOf(path) {
  const score = alphaTab.importer.ScoreLoader.loadScoreFromBytes(new Uint8Array(readFileSync(path)));
  const { title, music, artist, copyright, tab, tempo } = score;
  const { bars } = score.tracks[0].staves[0];
  return {
    head: { title, composer: music || artist, tempo: Math.round(tempo), credits: [copyright, tab] },
    bars: score.masterBars.map((bar, number) => barOf(bar, bars[number])),
    tracks: score.tracks.map(trackOf),
  };
}

const [path] = process.argv.slice(2);
process.stdout.write(path ? JSON.stringify(scoreOf(path)) : alphaTab.meta.version);
