"""A small project of its own installs our wheel and uses the plug-in from its own pyproject.toml."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ("alphatex_eval", "alphatex_model", "grammars", "benchmarks/suites", "benchmarks/experiments")
FILES = ("pyproject.toml", "README.md", "LICENSE")

PYPROJECT = """
[project]
name = "tab-robot"
version = "1.0"

[tool.pytest.ini_options]
addopts = "--strict-markers --strict-config -p no:cacheprovider"
alphatex_minimum = "0.05"
"""
TEST_FILE = """
import pytest
import alphatex_eval
from alphatex_eval.testing import assert_alphatex


def test_the_robot_writes_tabs(alphatex_checker):
    alphatex_checker("3.3.4 5.3 2.2 3.2 | 5.2.4 3.2 2.2 5.3 |")


@pytest.mark.alphatex(rubric="strict", minimum=0.0)
def test_the_robot_counts_to_six(alphatex_checker):
    alphatex_checker("3.7")


def test_the_assertion_needs_no_fixture():
    assert_alphatex("3.3")


def test_this_is_the_installed_copy():
    assert alphatex_eval.__file__.startswith("SITE")
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with our wheel installed in it, and nothing else."""
    copy, wheels, site = (tmp_path_factory.mktemp(name) for name in ("sources", "wheels", "site"))
    for name in SOURCES:
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(ROOT / name, copy / name)
    quiet = ("--quiet", "--disable-pip-version-check", "--no-deps")
    pip("wheel", *quiet, "--no-build-isolation", "--wheel-dir", str(wheels), str(copy))
    pip("install", *quiet, "--target", str(site), *map(str, wheels.iterdir()))
    return site


def pip(*arguments: str) -> None:
    done = subprocess.run([sys.executable, "-m", "pip", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_installed_plugin_works_in_another_project(site: Path, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    (tmp_path / "test_robot.py").write_text(TEST_FILE.replace("SITE", str(site)), encoding="utf-8")
    (tmp_path / "tabs.jsonl").write_text('"3.3.4 5.3 |"\n"3.9"\n', encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-v", "--alphatex-samples", "tabs.jsonl"]
    environment = {**os.environ, "PYTHONPATH": str(site)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert "2 failed, 4 passed" in done.stdout, done.stdout + done.stderr
    assert "1:2 AT208" in done.stdout
    assert "tabs.jsonl::2 FAILED" in done.stdout
