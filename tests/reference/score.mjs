// alphaTab's score as plain data: what the tests compare, in alphaTab's own units (960 ticks to the quarter note).
import * as alphaTab from "@coderline/alphatab";

const { AutomationType } = alphaTab.model;

// The number of the articulation, null where alphaTab knows none (it keeps such notes, silent).
function percussionOf(note) {
  const { track } = note.beat.voice.bar.staff;
  return note.isPercussion ? (track.percussionArticulations[note.percussionArticulation]?.id ?? null) : null;
}

// A later \tuning or \instrument may leave a note without its string; it has no pitch then.
function noteOf(note) {
  const string = note.isStringed ? note.beat.voice.bar.staff.tuning.length - note.string + 1 : 0;
  return {
    string: string > 0 ? string : null,
    fret: note.isStringed ? note.fret : null,
    pitch: string > 0 || note.isPiano ? note.realValue : null,
    percussion: percussionOf(note),
    tie: note.isTieDestination,
    tied: note.tieOrigin !== null,
    dead: note.isDead,
    ghost: note.isGhost,
    hammer: note.isHammerPullOrigin,
    palmMute: note.isPalmMute,
    letRing: note.isLetRing,
    harmonic: note.harmonicType,
    slideIn: note.slideInType,
    slideOut: note.slideOutType,
    bend: note.bendPoints?.length ?? 0,
    visible: note.isVisible,
  };
}

function beatOf(beat) {
  return {
    start: beat.displayStart,
    length: beat.displayDuration,
    playbackStart: beat.playbackStart,
    playbackLength: beat.playbackDuration,
    value: beat.duration,
    dots: beat.dots,
    tuplet: [beat.tupletNumerator, beat.tupletDenominator],
    grace: beat.graceType,
    rest: beat.isRest,
    empty: beat.isEmpty,
    dynamics: beat.dynamics,
    text: beat.text,
    chord: beat.chord?.name ?? null,
    notes: beat.notes.map(noteOf),
  };
}

function barOf(bar) {
  return {
    clef: bar.clef,
    key: bar.keySignature,
    minor: bar.keySignatureType,
    voices: bar.voices.map((voice) => voice.beats.map(beatOf)),
  };
}

function staffOf(staff) {
  return {
    tuning: staff.isPercussion ? [] : [...staff.tuning],
    capo: staff.capo,
    transpose: staff.transpositionPitch,
    displayTranspose: staff.displayTranspositionPitch,
    percussion: staff.isPercussion,
    bars: staff.bars.map(barOf),
  };
}

function trackOf(track) {
  return {
    name: track.name,
    shortName: track.shortName,
    program: track.playbackInfo.program,
    volume: track.playbackInfo.volume,
    balance: track.playbackInfo.balance,
    staves: track.staves.map(staffOf),
  };
}

function tempoOf(automation) {
  return { bpm: automation.value, position: automation.ratioPosition, label: automation.text, visible: automation.isVisible };
}

function masterBarOf(bar) {
  return {
    start: bar.start,
    length: bar.calculateDuration(),
    time: [bar.timeSignatureNumerator, bar.timeSignatureDenominator],
    common: bar.timeSignatureCommon,
    freeTime: bar.isFreeTime,
    anacrusis: bar.isAnacrusis,
    repeatStart: bar.isRepeatStart,
    repeatCount: bar.repeatCount,
    endings: bar.alternateEndings,
    tripletFeel: bar.tripletFeel,
    section: bar.section ? [bar.section.marker, bar.section.text] : null,
    tempos: bar.tempoAutomations.filter((automation) => automation.type === AutomationType.Tempo).map(tempoOf),
  };
}

export function scoreOf(score) {
  const { title, subTitle, artist, album, words, music, copyright, tab, instructions, notices, tempo } = score;
  return {
    head: { title, subtitle: subTitle, artist, album, words, music, copyright, tab, instructions, notices },
    tempo,
    masterBars: score.masterBars.map(masterBarOf),
    tracks: score.tracks.map(trackOf),
  };
}
