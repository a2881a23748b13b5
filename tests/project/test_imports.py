"""The import law: arrows point one way, and importing the evaluation library is light."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import pytest

import alphatex_eval

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
ORDER = [
    "grammars",
    "suites",
    "language",
    "music",
    "lints",
    "scorers",
    "rubrics",
    "harness",
    "reports",
    "integrations",
    "testing",
    "cli",
]
"""Each may import those before it."""

HEAVY = ("torch", "numpy", "hypothesis", "tokenizers", "scipy")


def imported(text: str) -> Iterator[str]:
    """The modules that a source imports, also inside functions and for the type checker only."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module


def violation(module: str, target: str) -> str | None:
    """What is wrong with `module` (`alphatex_eval.music.loader`) importing `target`, None if nothing."""
    here, there = module.split("."), target.split(".")
    if here[0] == "alphatex_model" or there[0] not in ("alphatex_eval", "alphatex_model"):
        return None
    if there[0] == "alphatex_model":
        return f"{module} imports {target}: the evaluation never imports the model"
    if here[1] in ("__init__", "__main__"):
        return None
    if len(there) == 1:
        return f"{module} imports {target}: inside the package, import from the module that defines the name"
    unknown = {here[1], there[1]} - set(ORDER)
    if unknown:
        return f"{module} imports {target}: {unknown.pop()} has no place in ORDER yet"
    if ORDER.index(there[1]) > ORDER.index(here[1]):
        return f"{module} imports {target}: {there[1]} comes after {here[1]}"
    return None


def sources(package: str) -> dict[str, str]:
    files = sorted((ROOT / package).rglob("*.py"))
    return {".".join(path.relative_to(ROOT).with_suffix("").parts): path.read_text("utf-8") for path in files}


@pytest.mark.parametrize("package", ["alphatex_eval", "alphatex_model"])
def test_arrows_point_one_way(package: str) -> None:
    found = [violation(module, target) for module, text in sources(package).items() for target in imported(text)]

    assert [line for line in found if line] == []


def test_no_relative_import_hides_from_the_law() -> None:
    modules = {**sources("alphatex_eval"), **sources("alphatex_model")}
    nodes = ((name, node) for name, text in modules.items() for node in ast.walk(ast.parse(text)))

    assert [name for name, node in nodes if isinstance(node, ast.ImportFrom) and node.level] == []


@pytest.mark.parametrize(
    ("module", "target"),
    [
        ("alphatex_eval.language.parser", "alphatex_eval.music"),
        ("alphatex_eval.scorers.note", "alphatex_eval.rubrics.data"),
        ("alphatex_eval.harness.runs", "alphatex_model.training"),
        ("alphatex_eval.harness.runs", "alphatex_eval"),
        ("alphatex_eval.language.parser", "alphatex_eval.unheard_of"),
    ],
)
def test_the_law_sees_a_wrong_arrow(module: str, target: str) -> None:
    assert violation(module, target)


@pytest.mark.parametrize(
    ("module", "target"),
    [
        ("alphatex_eval.cli.run", "alphatex_eval.harness.runs"),
        ("alphatex_eval.music.loader", "alphatex_eval.language"),
        ("alphatex_model.bench_run", "alphatex_eval.reports.html"),
        ("alphatex_eval.music.pitch", "fractions"),
    ],
)
def test_the_law_lets_right_arrows_pass(module: str, target: str) -> None:
    assert violation(module, target) is None


def fresh(code: str) -> str:
    """What a new interpreter prints."""
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


@pytest.mark.parametrize("package", ["alphatex_eval", "alphatex_eval.cli", "alphatex_eval.language"])
def test_importing_loads_nothing_heavy(package: str) -> None:
    loaded = fresh(f"import sys, {package}; print(*{HEAVY} & sys.modules.keys())".replace(str(HEAVY), f"set({HEAVY})"))

    assert loaded == ""


def test_help_and_every_name_of_the_package_load_nothing_heavy() -> None:
    code = f"""
import sys, alphatex_eval
for name in alphatex_eval.__all__: getattr(alphatex_eval, name)
sys.argv = ["alphatex", "--help"]
from alphatex_eval.cli import main
main(standalone_mode=False)
print("loaded:", *set({HEAVY}) & sys.modules.keys())
"""
    assert fresh(code).splitlines()[-1] == "loaded:"


def test_a_cold_import_takes_less_than_150_milliseconds() -> None:
    code = "import time; start = time.process_time(); import alphatex_eval; print(time.process_time() - start)"

    assert median(float(fresh(code)) for _ in range(5)) < 0.150


def test_lazy_names_are_those_of_their_modules() -> None:
    from alphatex_eval.language import check
    from alphatex_eval.rubrics import score

    assert alphatex_eval.check is check
    assert alphatex_eval.score is score
    assert set(alphatex_eval.__all__) <= set(dir(alphatex_eval))
    with pytest.raises(AttributeError, match="no attribute 'chek'"):
        alphatex_eval.chek  # noqa: B018
