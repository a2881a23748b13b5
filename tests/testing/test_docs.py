"""The examples of docs/property-testing.md are complete test files: here they run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

pytest_plugins = ["pytester"]

PAGE = Path(__file__).parents[2] / "docs" / "property-testing.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
FEW_EXAMPLES = """
from hypothesis import Phase, settings

settings.register_profile(
    "few", max_examples=15, deadline=None, database=None, derandomize=True, phases=[Phase.generate]
)
settings.load_profile("few")
"""


def test_the_examples_run(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(FEW_EXAMPLES)
    pytester.makepyfile(**{f"test_{number}": example for number, example in enumerate(EXAMPLES)})
    plugin = ("-p", "no:alphatex", "-p", "alphatex_eval.testing.plugin", "-p", "no:cacheprovider")
    outcomes = pytester.runpytest_subprocess(*plugin, "--strict-markers").parseoutcomes()
    assert outcomes["passed"] == sum(example.count("def test_") for example in EXAMPLES) + 1
    assert not {"failed", "errors"} & set(outcomes)
