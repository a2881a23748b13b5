"""How near a set of samples is, as a whole, to held-out human tunes."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import pairwise
from statistics import fmean
from typing import TYPE_CHECKING

from alphatex_eval.scorers.findings import scored, skipped
from alphatex_eval.scorers.groove import empty_beat_rate, groove_similarity
from alphatex_eval.scorers.harmony import pitch_class_entropy, pitch_classes, scale_consistency
from alphatex_eval.scorers.passage import Passage, passage
from alphatex_eval.scorers.registry import scorer

if TYPE_CHECKING:
    from fractions import Fraction

    from alphatex_eval.scorers.results import Score, Subject

TABLE = "human_features.json"
LEAST_SAMPLES = 8
BINS = 20
GRID = 16
SMOOTHING = 0.5

Features = Mapping[str, float]


def features(subject: Subject) -> Features:
    """Figures of what the model wrote, none where nothing sounds."""
    found = passage(subject)
    pitches = [note.pitch for event in found.own for note in event.beat.notes if note.pitch is not None]
    if not pitches:
        return {}
    classes = pitch_classes(pitches)
    steps = [abs(other - one) for one, other in pairwise(pitches)]
    return {
        "pitches": float(len(set(pitches))),
        "pitch_range": float(max(pitches) - min(pitches)),
        "interval": fmean(steps or [0]),
        "pitch_class_entropy": pitch_class_entropy(classes),
        "scale_consistency": scale_consistency(classes),
        **_rhythm_features(found),
    }


def _rhythm_features(found: Passage) -> Features:
    bars = [bar for voice in found.voices for bar in voice if bar.own]
    onsets = [frozenset([_cell(event.beat.onset) for event in bar.events if event.beat.notes]) for bar in bars]
    widest = max((math.ceil(bar.nominal * GRID) for bar in bars), default=GRID)
    return {
        "duration": fmean([_as_float(event.beat.duration) for event in found.own]),
        "onsets_in_bar": fmean([len(found_onsets) for found_onsets in onsets] or [0]),
        "groove_similarity": groove_similarity(onsets, widest),
        "empty_beats": empty_beat_rate([bool(event.beat.notes) for event in found.own]),
    }


def _cell(onset: Fraction) -> int:
    return onset.numerator * GRID // onset.denominator


def _as_float(time: Fraction) -> float:
    return time.numerator / time.denominator


@scorer("alphatex/distribution", version="1", digest=features)
def distribution(samples: Sequence[Features]) -> list[Score]:
    """How much the samples, as a set, overlap with held-out human tunes in pitch and rhythm. Yang & Lerch 2020.

    For each feature (number of pitches, range, interval, pitch-class entropy, scale consistency, duration, onsets in
    a bar, groove similarity, empty beats) the distances between human tunes are compared with the distances from
    samples to human tunes: overlapping area of the two histograms (0 to 1, more is nearer) and Kullback-Leibler
    divergence (0 and more).

    Value: the mean overlapping area, the same for every sample of the set; skipped for fewer than 8 samples with
    notes. It is a figure of the set, not of a text: give it no weight where single texts are ranked. Metrics: for each
    feature its overlap and divergence.
    """
    sounding = [sample for sample in samples if sample]
    if len(sounding) < LEAST_SAMPLES:
        return [skipped(f"needs {LEAST_SAMPLES} samples with notes")] * len(samples)
    metrics: dict[str, float] = {}
    for name, human in human_features().items():
        intra = [abs(one - other) for place, one in enumerate(human) for other in human[:place]]
        inter = [abs(sample[name] - other) for sample in sounding for other in human]
        metrics[f"{name}_overlap"], metrics[f"{name}_divergence"] = compare(intra, inter)
    value = fmean(metrics[f"{name}_overlap"] for name in human_features())
    return [scored(value, [], metrics)] * len(samples)


def compare(intra: Sequence[float], inter: Sequence[float]) -> tuple[float, float]:
    """Overlapping area (0 to 1) and Kullback-Leibler divergence (≥ 0, nats) of two samples, over a common histogram."""
    top = max(*intra, *inter) or 1.0
    one, other = _histogram(intra, top), _histogram(inter, top)
    overlap = sum(min(p, q) for p, q in zip(one, other, strict=True))
    return overlap, sum(p * math.log(p / q) for p, q in zip(one, other, strict=True))


def _histogram(values: Sequence[float], top: float) -> list[float]:
    """Shares of values in equal bins from 0 to `top`, with half a count in each so that no bin is empty."""
    counts = Counter(min(BINS - 1, int(value / top * BINS)) for value in values)
    total = len(values) + SMOOTHING * BINS
    return [(counts[number] + SMOOTHING) / total for number in range(BINS)]


@cache
def human_features() -> dict[str, list[float]]:
    """The features of the held-out human tunes that ship with the package, by name."""
    text = files("alphatex_eval.scorers").joinpath(TABLE).read_text(encoding="utf-8")
    found: dict[str, list[float]] = json.loads(text)["features"]
    return found
