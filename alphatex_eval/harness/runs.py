"""Runs: a suite asked of a generator, in a folder, scored under rubrics.

Generating and scoring are two steps. Samples are kept as they come, so an interrupted run goes on where it was, and
scoring again needs no generator.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable
from concurrent.futures import as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alphatex_eval.harness.errors import HarnessError
from alphatex_eval.harness.folders import (
    SAMPLES,
    SCORES,
    SUMMARY,
    RunInfo,
    Summary,
    claim,
    folder_name,
    read_run,
    read_summary,
    replace_scores,
)
from alphatex_eval.harness.generators import Completion, Request
from alphatex_eval.harness.samples import LineWriter, Sample, exclusive, read_samples, write_atomically
from alphatex_eval.harness.suites import digest, plain
from alphatex_eval.harness.summaries import RubricSummary, ScoredSample, scoring_identity, summarise
from alphatex_eval.rubrics.workers import worker_pool
from alphatex_eval.scorers.results import FinishReason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from alphatex_eval.harness.generators import Generator
    from alphatex_eval.harness.statistics import Estimate
    from alphatex_eval.harness.suites import Suite
    from alphatex_eval.harness.summaries import Judge

Progress = Callable[[str, int, int], None]
"""Told what is being done, how many samples are done, and of how many."""


def silent(_task: str, _done: int, _total: int) -> None:
    """Show no progress."""


def run_suite(
    suite: Suite,
    generators: Iterable[Generator],
    rubrics: Sequence[Judge],
    out: Path | str,
    progress: Progress = silent,
    *,
    retry_failed: bool = False,
    processes: int | None = 1,
) -> list[Path]:
    """Ask every generator, score under every rubric, and give the run folders `out/<generator name>`.

    Whatever is already there is kept: call it again after an interruption and it goes on. Before anything is generated,
    raises HarnessError when two rubrics or two generators have one name, and what a rubric that cannot weigh the
    suite's prompts raises. Raises HarnessError when a folder holds a run of something else, is in use, or cannot be
    written, and when a generator breaks; samples written before are safe, and the runs of other generators that are
    complete are scored.
    """
    _refuse_equal_names(rubrics)
    _refuse_unweighable(suite, rubrics)
    folders = _folders(generators, Path(out))
    done: list[Path] = []
    with ExitStack() as held:
        try:
            for folder, generator in folders.items():
                held.enter_context(exclusive(folder))
                generate(suite, generator, folder, progress, retry_failed=retry_failed)
                done.append(folder)
        except HarnessError:
            score_all(done, rubrics, progress, processes=processes)
            raise
        score_all(done, rubrics, progress, processes=processes)
    return done


def remeasure(
    suite: Suite,
    generator: Generator,
    rubric: Judge,
    out: Path | str,
    progress: Progress = silent,
    *,
    processes: int | None = 1,
) -> Estimate:
    """The score of a generator on fresh samples of the same prompts, kept in `out/<generator name>`.

    The first of a ranking owes its place partly to luck: the highest of several noisy scores is biased upwards. Fresh
    samples are drawn with the next seed. Raises HarnessError as `run_suite` and `require_fresh_samples` do.
    """
    require_fresh_samples([generator])
    fresh = suite.resampled(seed=suite.sampling.seed + 1)
    (folder,) = run_suite(fresh, [generator], [rubric], out, progress, processes=processes)
    return read_summary(folder).rubrics[rubric.name].score


def require_fresh_samples(generators: Iterable[Generator]) -> None:
    """Raise HarnessError where a generator says that it cannot answer a prompt anew."""
    for generator in generators:
        if not getattr(generator, "gives_fresh_samples", True):
            raise HarnessError(f"{generator.name} always gives the same samples: it cannot be measured on fresh ones.")


def rescore(
    folders: Sequence[Path | str], rubrics: Sequence[Judge], progress: Progress = silent, *, processes: int | None = 1
) -> list[Summary]:
    """Score the samples of run folders again, without generating; figures of other rubrics stay.

    Before anything is scored, raises HarnessError when two rubrics have one name, and when a folder is no run folder or
    in use, and what a rubric that cannot weigh a run's prompts raises.
    """
    _refuse_equal_names(rubrics)
    paths = [Path(folder) for folder in folders]
    for path in paths:
        _refuse_unweighable(read_run(path).suite, rubrics)
    with ExitStack() as held:
        for path in paths:
            held.enter_context(exclusive(path))
        return score_all(paths, rubrics, progress, processes=processes)


def generate(
    suite: Suite, generator: Generator, folder: Path, progress: Progress = silent, *, retry_failed: bool = False
) -> None:
    """Write the samples that `folder` still lacks; the caller holds the folder.

    Raises HarnessError when the folder belongs to another suite or generator, or to one of another name.
    """
    with _told_in_one_line(generator):
        identity = plain(generator.identity())
    info = RunInfo(name=generator.name, generator=identity, suite=suite)
    claim(folder, info)
    done = read_samples(folder / SAMPLES)
    wanted = requests(suite, info.generator)
    missing = [r for r in wanted if r.id not in done or (retry_failed and done[r.id].failed)]
    progress(f"generate {info.name}", len(wanted) - len(missing), len(wanted))
    if not missing:
        return
    with LineWriter(folder / SAMPLES) as writer:
        for count, sample in enumerate(_samples(generator, wanted, missing), start=len(wanted) - len(missing) + 1):
            writer.write(sample)
            progress(f"generate {info.name}", count, len(wanted))


def requests(suite: Suite, generator: dict[str, Any]) -> list[Request]:
    """Every sample of a run, prompt by prompt. Ids depend on suite, sampling, prompt, index and generator."""
    who = digest([suite.identity(), suite.sampling.model_dump(), generator])
    return [
        Request(
            id=digest([who, prompt.id, index]),
            prompt=prompt,
            index=index,
            seed=_seed(suite.sampling.seed, prompt.id, index),
            sampling=suite.sampling,
        )
        for prompt in suite.prompts
        for index in range(suite.sampling.samples)
    ]


def score_all(
    folders: Sequence[Path], rubrics: Sequence[Judge], progress: Progress = silent, *, processes: int | None = 1
) -> list[Summary]:
    """Score run folders, as many at a time as there are processes; the caller holds the folders.

    With fewer folders than processes they come one after the other, and each folder's samples are shared out.
    """
    workers = processes or os.cpu_count() or 1
    try:
        if workers == 1 or len(folders) < workers:
            return [score(folder, rubrics, progress, processes=workers) for folder in folders]
        return _score_side_by_side(folders, rubrics, progress, workers)
    except BrokenProcessPool:
        raise HarnessError(
            "A scoring process was killed, perhaps for want of memory; run the same again with fewer --processes."
        ) from None


def _score_side_by_side(
    folders: Sequence[Path], rubrics: Sequence[Judge], progress: Progress, workers: int
) -> list[Summary]:
    found: dict[int, Summary] = {}
    with worker_pool(workers) as pool:
        futures = {pool.submit(score, folder, rubrics): place for place, folder in enumerate(folders)}
        try:
            for future in as_completed(futures):
                found[futures[future]] = future.result()
                progress(f"score {len(folders)} runs", len(found), len(folders))
        finally:
            pool.shutdown(cancel_futures=True)
    return [found[place] for place in range(len(folders))]


def score(folder: Path, rubrics: Sequence[Judge], progress: Progress = silent, *, processes: int | None = 1) -> Summary:
    """Score the samples of `folder` under the rubrics that have not scored them; the caller holds the folder."""
    info = read_run(folder)
    order = [request.id for request in requests(info.suite, info.generator)]
    known = read_samples(folder / SAMPLES)
    samples = [known[name] for name in order if name in known]
    fingerprint = digest([[s.id, s.completion, s.finish_reason] for s in samples])
    summaries = _kept_summaries(folder, fingerprint)
    for judge in rubrics:
        task = f"score {info.name} ({judge.name})"
        kept = summaries.get(judge.name)
        if kept is None or kept.identity != scoring_identity(info.suite, judge):
            progress(task, 0, len(samples))
            results = judge.score_many([sample.subject() for sample in samples], processes)
            rows = [ScoredSample(id=s.id, result=r) for s, r in zip(samples, results, strict=True)]
            replace_scores(folder, judge.name, rows)
            summaries[judge.name] = summarise(info.suite, judge, samples, results, fingerprint)
        progress(task, len(samples), len(samples))
    summary = Summary(name=info.name, generator=info.generator, samples=len(samples), rubrics=summaries)
    write_atomically(folder / SUMMARY, summary.model_dump_json(indent=1) + "\n")
    return summary


def _samples(generator: Generator, wanted: Sequence[Request], missing: Sequence[Request]) -> Iterator[Sample]:
    """The generator's answers as samples; requests it left unanswered are failed samples."""
    open_requests = {request.id: request for request in missing}
    for completion in _answers(generator, wanted, missing):
        request = open_requests.pop(completion.id, None)
        if request is None:
            raise HarnessError(f"{generator.name} answered {completion.id!r}, which was not asked or answered before.")
        yield _sample(request, completion)
    for request in open_requests.values():
        reason = "the generator gave no answer"
        yield _sample(request, Completion(id=request.id, text="", finish_reason=FinishReason.ERROR, error=reason))


def _answers(generator: Generator, wanted: Sequence[Request], missing: Sequence[Request]) -> Iterator[Completion]:
    asks_all = getattr(generator, "needs_all_requests", False)
    kept = {request.id for request in wanted} - {request.id for request in missing} if asks_all else ()
    with _told_in_one_line(generator):
        for completion in generator.generate(wanted if asks_all else missing):
            if not isinstance(completion, Completion):
                raise TypeError(f"it gave a {type(completion).__name__}, not a Completion")
            if completion.id not in kept:
                yield completion


@contextmanager
def _told_in_one_line(generator: Generator) -> Iterator[None]:
    """Around a generator's own code: whatever breaks there becomes a HarnessError."""
    try:
        yield
    except HarnessError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split())
        raise HarnessError(
            f"Generator {generator.name!r} broke: {type(error).__name__}: {reason}; its samples so far are safe."
        ) from error


def _sample(request: Request, completion: Completion) -> Sample:
    return Sample(
        id=request.id,
        prompt_id=request.prompt.id,
        kind=request.prompt.kind,
        index=request.index,
        prompt=request.prompt.text,
        completion=_storable(completion.text),
        finish_reason=completion.finish_reason,
        error=_storable(completion.error),
    )


def _storable(text: str) -> str:
    """A text with replacement characters for what no file can hold (lone surrogates)."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _folders(generators: Iterable[Generator], out: Path) -> dict[Path, Generator]:
    """The generators by their run folders. Raises HarnessError where two would share one."""
    found: dict[Path, Generator] = {}
    for generator in generators:
        folder = out / folder_name(generator.name)
        if folder in found:
            both = " and ".join(sorted({repr(found[folder].name), repr(generator.name)}))
            raise HarnessError(
                f"Two generators are called {both}: {folder} cannot hold both; rename one (--model NAME=…)."
            )
        found[folder] = generator
    return found


def _refuse_equal_names(rubrics: Sequence[Judge]) -> None:
    counts = Counter(rubric.name for rubric in rubrics)
    twice = [name for name, count in counts.items() if count > 1]
    if twice:
        raise HarnessError(
            f"Two rubrics are called {twice[0]!r}, and a run keeps one judgement of each name; "
            f"use one rubric, or one weighting of it, at a time."
        )


def _refuse_unweighable(suite: Suite, rubrics: Sequence[Judge]) -> None:
    for rubric in rubrics:
        rubric.prompt_weights([prompt.kind for prompt in suite.prompts])


def _seed(seed: int, prompt_id: str, index: int) -> int:
    found = hashlib.sha256(f"{seed}/{prompt_id}/{index}".encode()).digest()
    return int.from_bytes(found[:4]) >> 1


def _kept_summaries(folder: Path, fingerprint: str) -> dict[str, RubricSummary]:
    """The figures that are still about the samples there are; what is damaged is simply made anew."""
    if not (folder / SCORES).exists():
        return {}
    try:
        rubrics = read_summary(folder).rubrics
    except HarnessError:
        return {}
    return {name: found for name, found in rubrics.items() if found.samples == fingerprint}
