"""What 2,000 examples of the strategies reach: acceptance by alphaTab, coverage of the language, length, time.

Run from the root of the repository: `python -m benchmarks.strategies.measure`. Writes results.json next to this file.
"""

from __future__ import annotations

import json
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import Phase, given, seed, settings

from alphatex_eval.language import Severity, parse
from alphatex_eval.language.vocabulary import Entry, vocabulary
from alphatex_eval.lints import lint
from alphatex_eval.music import load
from alphatex_eval.testing.strategies import Instrument, documents, texts
from tests.reference.oracle import Oracle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hypothesis.strategies import SearchStrategy

    from alphatex_eval.language.nodes import Arguments, Document, Properties

EXAMPLES = 2_000
LONG = 200
RESULTS = Path(__file__).with_name("results.json")
STRATEGIES: dict[str, SearchStrategy[str]] = {
    "grammar-driven: texts()": texts(),
    "music-driven: documents()": documents(),
    "music-driven: documents(instruments=all, tracks=(1, 3))": documents(instruments=list(Instrument), tracks=(1, 3)),
}

Reached = tuple[str, ...]


def collected(strategy: SearchStrategy[str]) -> tuple[list[str], float]:
    """The examples, and the processor time for one in milliseconds."""
    found: list[str] = []

    @seed(0)
    @settings(max_examples=EXAMPLES, database=None, deadline=None, phases=[Phase.generate])
    @given(strategy)
    def collect(text: str) -> None:
        found.append(text)

    started = time.process_time()
    collect()
    return found, 1000 * (time.process_time() - started) / len(found)


def everything() -> set[Reached]:
    """All tags, properties and enumerated words, in their first spelling."""
    names = vocabulary()
    levels = {"duration": names.duration_properties, "beat": names.beat_properties, "note": names.note_properties}
    levels |= {tag.name: tag.properties for tag in names.tags.values()}
    properties = {("property", level, name) for level, entries in levels.items() for name in entries}
    used = {parameter for entry in _entries() for parameter in _enums(entry)}
    words = {("word", enum, word) for enum in used for word in names.canonical[enum] or names.enums[enum]}
    return {("tag", name) for name in names.tags} | properties | words


def _entries() -> Iterator[Entry]:
    names = vocabulary()
    for tag in names.tags.values():
        yield from (tag, *tag.properties.values())
    for level in (names.duration_properties, names.beat_properties, names.note_properties):
        yield from level.values()


def _enums(entry: Entry) -> set[str]:
    parameters = [parameter for signature in entry.signatures or () for parameter in signature.parameters]
    return {parameter.enum for parameter in parameters if parameter.enum}


def reached(document: Document) -> Iterator[Reached]:
    """What occurs in a document."""
    names = vocabulary()
    for bar in document.bars:
        for tag in bar.tags:
            entry = names.tags[tag.key]
            yield ("tag", tag.key)
            yield from _words(entry, tag.arguments)
            yield from _in_block(tag.key, entry.properties, tag.properties)
        for beat in bar.beats:
            yield from _in_block("beat", names.beat_properties, beat.properties)
            if beat.duration_change:
                yield from _in_block("duration", names.duration_properties, beat.duration_change.properties)
            for note in beat.notes:
                yield from _in_block("note", names.note_properties | names.beat_properties, note.properties)


def _in_block(level: str, entries: dict[str, Entry], block: Properties | None) -> Iterator[Reached]:
    for item in block.items if block else ():
        yield ("property", level, item.key)
        if level == "note" and item.key not in vocabulary().note_properties:
            yield ("property", "beat", item.key)
        yield from _words(entries[item.key], item.arguments)


def _words(entry: Entry, arguments: Arguments | None) -> Iterator[Reached]:
    for value in arguments.values if arguments else ():
        yield from (("word", enum, str(value.value)) for enum in _enums(entry))


def exact(text: str) -> bool:
    """Whether every voice fills its bar."""
    score = load(text)
    return all(
        voice.duration == master.duration
        for track in score.tracks
        for staff in track.staves
        for master, bar in zip(score.master_bars, staff.bars, strict=True)
        for voice in bar.voices
    )


def flawless(text: str) -> bool:
    """Whether no lint finds an error."""
    return all(found.severity is not Severity.ERROR for found in lint(text))


def measured(name: str, strategy: SearchStrategy[str], oracle: Oracle) -> dict[str, Any]:
    """The row of one strategy."""
    found, milliseconds = collected(strategy)
    answers = list(oracle.check_all(found))
    row: dict[str, Any] = {
        "examples": len(found),
        "accepted by alphaTab": sum(answer.accepted for answer in answers),
        "without any finding": sum(answer.accepted and not answer.diagnostics for answer in answers),
        "median length": statistics.median(map(len, found)),
        "longer than 200 characters": round(sum(len(text) > LONG for text in found) / len(found), 3),
        "processor milliseconds per example": round(milliseconds, 1),
    }
    if name.startswith("grammar"):
        return row | _coverage(found)
    return row | {"bars exactly full": sum(map(exact, found)), "free of error-level lints": sum(map(flawless, found))}


def _coverage(found: list[str]) -> dict[str, str | list[str]]:
    wanted = everything()
    seen = {item for text in found for item in reached(parse(text))} & wanted
    kinds = {kind: {item for item in wanted if item[0] == kind} for kind in ("tag", "property", "word")}
    shares = {f"{kind} reached": f"{len(items & seen)} of {len(items)}" for kind, items in kinds.items()}
    return {**shares, "not reached": sorted(" ".join(item) for item in wanted - seen)}


def main() -> None:
    """Measure all strategies and write the results."""
    with Oracle() as oracle:
        rows = {name: measured(name, strategy, oracle) for name, strategy in STRATEGIES.items()}
    RESULTS.write_text(json.dumps(rows, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(RESULTS.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
