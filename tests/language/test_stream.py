"""`StreamChecker`: after every piece it says what `check` says of all, in time that does not grow with the text."""

from __future__ import annotations

import time
from random import Random

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from alphatex_eval import StreamChecker
from alphatex_eval.language import Verdict, check
from alphatex_eval.testing.strategies import Instrument, damaged, documents, texts, truncated
from tests.language.cases import ACCEPTED, REJECTED
from tests.language.mutation import mutants

TABS = documents(instruments=list(Instrument), bars=(1, 3)) | texts(size=100)
ALL_SORTS = st.one_of(
    TABS,
    truncated(TABS),
    damaged(TABS).map(lambda found: found.text),
    st.sampled_from(list(mutants([*ACCEPTED, *REJECTED], 300, seed=8))),
)
MARKS = '|"(){}\\/*.:-\0 \n3rx4'


class GrowingText(RuleBasedStateMachine):
    """Pieces of some text are fed one after the other, now and then with something else between them."""

    def __init__(self) -> None:
        super().__init__()
        self.checker = StreamChecker()
        self.rest = ""

    @initialize(text=ALL_SORTS)
    def begin(self, text: str) -> None:
        self.rest = text

    @precondition(lambda self: self.rest)
    @rule(length=st.integers(1, 60))
    def feed_what_comes_next(self, length: int) -> None:
        piece, self.rest = self.rest[:length], self.rest[length:]
        self.expect_the_verdict_of_the_whole(piece)

    @precondition(lambda self: self.rest)
    @rule()
    def feed_the_line(self) -> None:
        line = self.rest.splitlines(keepends=True)[0]
        self.rest = self.rest[len(line) :]
        self.expect_the_verdict_of_the_whole(line)

    @rule(noise=st.text(MARKS, max_size=3))
    def feed_noise(self, noise: str) -> None:
        self.expect_the_verdict_of_the_whole(noise)

    @precondition(lambda self: not self.rest)
    @rule(text=ALL_SORTS)
    def go_on_with_another(self, text: str) -> None:
        self.rest = text

    def expect_the_verdict_of_the_whole(self, piece: str) -> None:
        before = self.checker.text
        report = check(before + piece)
        assert self.checker.feed(piece) is self.checker.verdict is report.verdict
        assert self.checker.text == before + piece

    def teardown(self) -> None:
        assert self.checker.report() == check(self.checker.text)


TestGrowingText = GrowingText.TestCase
TestGrowingText.settings = settings(
    max_examples=25,
    stateful_step_count=25,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate, Phase.shrink],
)


@pytest.mark.parametrize("size", [5, 23])
def test_in_pieces_of_any_size_the_verdict_is_that_of_the_whole(size: int) -> None:
    for text in (*ACCEPTED, *REJECTED):
        checker, ends = StreamChecker(), range(size, len(text) + size, size)
        verdicts = [checker.feed(text[end - size : end]) for end in ends]
        assert verdicts == [check(text[:end]).verdict for end in ends], text


def test_nothing_fed_is_a_whole_tab() -> None:
    checker = StreamChecker()
    assert checker.verdict is checker.feed("") is Verdict.COMPLETE
    assert checker.report() == check("")


@pytest.mark.parametrize("fault", ["3.7", "\\nosuch", "/ r", ":3 r", '"\\q"', "}", "\\ts (33 4)"])
def test_a_text_that_went_wrong_stays_wrong(fault: str) -> None:
    checker = StreamChecker()
    checker.feed(f"3.3 4.4 |\n5.5 {fault} ")
    verdicts = {checker.feed(piece) for piece in ("3.3 ", "(4.", "4) |", "\n\\tempo 90\n", "5.5 |\n") * 3}
    assert verdicts == {Verdict.INVALID}


def seconds(text: str, size: int) -> float:
    """Processor time to feed a text in pieces."""
    checker, start = StreamChecker(), time.process_time()
    for place in range(0, len(text), size):
        checker.feed(text[place : place + size])
    assert checker.verdict is not Verdict.INVALID or "\\nosuch" in text
    return time.process_time() - start


def tab(length: int) -> str:
    """Bars of eight beats, hardly two of them alike."""
    random, bars, written = Random(4), list[str](), 0
    while written < length:
        beats = [f"{random.randrange(13)}.{random.randint(1, 6)}{random.choice(('', '{h}', '.8'))}" for _ in range(8)]
        bars.append(" ".join(beats) + " |\n")
        written += len(bars[-1])
    return "".join(bars)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(tab, id="a tab"),
        pytest.param(lambda length: "\\nosuch " + tab(length * 10), id="a wrong text"),
        pytest.param(lambda length: "// words\n3.3 |\n" * (length // 15), id="comments"),
        pytest.param(lambda length: '\\track "A"\n3.3 4.4 |\n' * (length // 21), id="tracks"),
    ],
)
def test_ten_times_the_text_takes_about_ten_times_as_long(make: object) -> None:
    assert callable(make)
    seconds(make(300), 16)
    assert seconds(make(10_000), 64) < 25 * seconds(make(1_000), 64)
