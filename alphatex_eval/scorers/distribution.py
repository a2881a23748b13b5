"""How near a set of samples is, as a whole, to held-out human tunes."""

from __future__ import annotations

import json
import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from itertools import chain, pairwise
from operator import sub
from statistics import fmean
from typing import TYPE_CHECKING

from alphatex_eval.scorers.findings import scored, skipped
from alphatex_eval.scorers.groove import empty_beat_rate, groove_similarity
from alphatex_eval.scorers.harmony import pitch_class_entropy, pitch_classes, scale_consistency
from alphatex_eval.scorers.passage import Passage, passage
from alphatex_eval.scorers.registry import scorer

if TYPE_CHECKING:
    from alphatex_eval.scorers.results import Score, Subject
    from alphatex_eval.scorers.traits import BarTraits

TABLE = "human_features.json"
LEAST_SAMPLES = 8
BINS = 20
GRID = 16
SMOOTHING = 0.5

Features = Mapping[str, float]


def features(subject: Subject) -> Features:
    """Figures of what the model wrote, none where nothing sounds."""
    found = passage(subject)
    written = [bar.own_traits for line in found.lines for bar in line.bars]
    pitches = list(chain.from_iterable([bar.pitches for bar in written]))
    if not pitches:
        return {}
    classes = pitch_classes(pitches)
    used = set(pitches)
    return {
        "pitches": float(len(used)),
        "pitch_range": float(max(used) - min(used)),
        "interval": sum(map(abs, map(sub, pitches[1:], pitches))) / max(1, len(pitches) - 1),
        "pitch_class_entropy": pitch_class_entropy(classes),
        "scale_consistency": scale_consistency(classes),
        **_rhythm_features(found, written),
    }


def _rhythm_features(found: Passage, written: Sequence[BarTraits]) -> Features:
    bars = [bar for voice in found.voices for bar in voice if bar.own]
    onsets = [_cells(bar.traits.onsets) for bar in bars]
    signatures = {bar.master.time_signature for bar in bars}
    widest = max([-(-GRID * top // bottom) for top, bottom in signatures], default=GRID)
    beats = sum([len(bar.beats) for bar in written])
    return {
        "duration": sum([bar.time for bar in written]) / beats,
        "onsets_in_bar": sum(map(len, onsets)) / max(1, len(onsets)),
        "groove_similarity": groove_similarity(onsets, widest),
        "empty_beats": empty_beat_rate(list(chain.from_iterable([bar.sounding for bar in written]))),
    }


@lru_cache(maxsize=4096)
def _cells(onsets: frozenset[tuple[int, int]]) -> frozenset[int]:
    """The cells of the grid in which something begins to sound."""
    return frozenset([top * GRID // bottom for top, bottom in onsets])


@scorer("alphatex/distribution", version="3", digest=features)
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
        found = compare([sample[name] for sample in sounding], human)
        metrics[f"{name}_overlap"], metrics[f"{name}_divergence"] = found
    value = fmean(metrics[f"{name}_overlap"] for name in human_features())
    return [scored(value, [], metrics)] * len(samples)


def compare(samples: Sequence[float], human: Sequence[float]) -> tuple[float, float]:
    """How near samples are to human values: overlapping area (0 to 1) and Kullback-Leibler divergence (≥ 0, nats).

    Of the distances between the human values and of those from samples to them, in a common histogram. `human` is in
    ascending order and holds two values or more.
    """
    low, high = human[0], human[-1]
    top = max(high - low, max(samples) - low, high - min(samples)) or 1.0
    twice = _distances_within(tuple(human), top)
    between = [(twice[0] - len(human)) // 2, *(count // 2 for count in twice[1:])]
    one, other = _shares(between), _shares(_distances(samples, human, top))
    overlap = sum(min(p, q) for p, q in zip(one, other, strict=True))
    return overlap, sum(p * math.log(p / q) for p, q in zip(one, other, strict=True))


def _distances(values: Sequence[float], others: Sequence[float], top: float) -> list[int]:
    """How many distances from values to others, which ascend, lie in each of the equal bins from 0 to `top`."""
    edges = [top * number / BINS for number in range(1, BINS)]
    counts = Counter(values).items()
    below = [
        sum([n * (bisect_left(others, value + edge) - bisect_right(others, value - edge)) for value, n in counts])
        for edge in edges
    ]
    return [end - start for start, end in pairwise([0, *below, len(values) * len(others)])]


@lru_cache(maxsize=64)
def _distances_within(values: tuple[float, ...], top: float) -> list[int]:
    """As `_distances`, from the values to themselves."""
    return _distances(values, values, top)


def _shares(counts: Sequence[int]) -> list[float]:
    """Counts as shares, with half a count added to each so that no bin is empty."""
    total = sum(counts) + SMOOTHING * len(counts)
    return [(count + SMOOTHING) / total for count in counts]


@cache
def human_features() -> dict[str, list[float]]:
    """The features of the held-out human tunes that ship with the package, by name, in ascending order."""
    text = files("alphatex_eval.scorers").joinpath(TABLE).read_text(encoding="utf-8")
    found: dict[str, list[float]] = json.loads(text)["features"]
    return {name: sorted(values) for name, values in found.items()}
