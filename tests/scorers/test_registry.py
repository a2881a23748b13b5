"""Scorers are found by name, whether decorated here or installed with a package."""

import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from alphatex_eval.scorers import registry
from alphatex_eval.scorers.registry import ScorerError, explain, get_scorer, scorer, scorer_names
from alphatex_eval.scorers.results import Check, Result, Score, Status, Subject

NAN = float("nan")


@pytest.fixture(autouse=True)
def _registry_of_its_own(monkeypatch):
    scorer_names()
    monkeypatch.setattr(registry, "_scorers", dict(registry._scorers))


def even_length(subject: Subject, *, least: int = 0) -> Score:
    """Whether the text has an even number of characters."""
    passed = len(subject.text) % 2 == 0 and len(subject.text) >= least
    return Score(status=Status.SCORED, value=float(passed), checks=(Check(name="even", passed=passed),))


def test_a_decorated_function_is_found_and_its_scores_carry_its_version():
    scorer("test/even", version="3")(even_length)
    score = get_scorer("test/even").build().score(Subject(completion="3.3 "))
    assert (score.value, score.version) == (1.0, "3")


def test_scorers_that_give_the_same_score_keep_their_own_versions():
    constant = Score(status=Status.SCORED, value=1.0)
    for version in ("1", "2"):
        scorer(f"test/constant-{version}", version=version)(lambda subject: constant)
    one, two = (get_scorer(f"test/constant-{version}").build() for version in ("1", "2"))
    scores = [bound.score(Subject(completion="r")) for bound in (one, two, one)]
    assert [score.version for score in scores] == ["1", "2", "1"]


def test_a_class_is_built_with_its_parameters():
    @scorer("test/longer", version="1")
    class Longer:
        def __init__(self, *, than: int) -> None:
            self.than = than

        def __call__(self, subject: Subject) -> Score:
            return Score(status=Status.SCORED, value=float(len(subject.text) > self.than))

    bound = get_scorer("test/longer").build({"than": 2})
    assert [bound.score(Subject(completion=text)).value for text in ("r", "r.4")] == [0.0, 1.0]


def test_an_unknown_parameter_is_answered_with_the_nearest_name():
    scorer("test/even", version="1")(even_length)
    with pytest.raises(ScorerError, match=r"no parameter 'last'.* Did you mean 'least'\?"):
        get_scorer("test/even").build({"last": 3})


def test_an_ill_typed_parameter_is_refused_when_the_scorer_is_built():
    scorer("test/even", version="1")(even_length)
    with pytest.raises(ScorerError, match=r"parameter 'least' of 'test/even'"):
        get_scorer("test/even").build({"least": "many"})


@pytest.mark.parametrize(
    ("name", "parameter", "value", "problem"),
    [
        ("extent", "onsets", 0, "Input should be greater than or equal to 1, not 0"),
        ("tab", "neck", -3, "Input should be greater than or equal to 1, not -3"),
        ("playability", "hand", NAN, "Input should be a finite number, not nan"),
        ("playability", "hand", 0.0, "Input should be greater than 0, not 0.0"),
    ],
)
def test_a_parameter_out_of_range_is_refused_when_the_scorer_is_built(name, parameter, value, problem):
    with pytest.raises(ScorerError) as raised:
        get_scorer(f"alphatex/{name}").build({parameter: value})
    assert str(raised.value) == f"parameter {parameter!r} of 'alphatex/{name}': {problem}"
    assert explain(f"alphatex/{name}").splitlines()[-1].startswith(f"Parameters: {parameter} = ")


def test_an_unknown_name_is_answered_with_the_nearest_name():
    with pytest.raises(ScorerError, match=r"no scorer 'alphatex/seed-nots'. Did you mean 'alphatex/seed-note'\?"):
        get_scorer("alphatex/seed-nots")


def test_a_taken_name_raises():
    scorer("test/even", version="1")(even_length)
    with pytest.raises(ScorerError, match="'test/even' is defined twice"):
        scorer("test/even", version="1")(lambda subject: Score(status=Status.UNSCORED))


@pytest.mark.parametrize("name", ["even", "test/", "/even", "test/even/odd", "test even/x"])
def test_a_name_without_package_is_refused(name):
    with pytest.raises(ScorerError, match="not of the form 'package/name'"):
        scorer(name, version="1")(even_length)


def test_what_cannot_be_called_is_refused():
    with pytest.raises(ScorerError, match="must be a function or a class, not int"):
        scorer("test/number", version="1")(3)


def test_a_scorer_that_raises_gives_a_score_with_status_error():
    @scorer("test/broken", version="1")
    def broken(subject: Subject) -> Score:
        raise ZeroDivisionError("by nothing")

    score = get_scorer("test/broken").build().score(Subject(completion=""))
    assert score.status is Status.ERROR
    assert score.value is None
    assert score.message == "test/broken failed: ZeroDivisionError: by nothing"


def test_a_scorer_that_returns_something_else_gives_a_score_with_status_error():
    @scorer("test/number", version="1")
    def number(subject: Subject) -> Score:
        return 0.5

    score = get_scorer("test/number").build().score(Subject(completion=""))
    assert score.message == "test/number failed: TypeError: must return a Score, not float"


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"status": "scored", "value": 1.0, "metrics": {"notes": NAN}}, "metrics.notes: Input should be a finite"),
        ({"status": "scored", "value": NAN}, "value: Input should be a finite number, not nan"),
        ({"status": "scored", "value": 1.5}, "value: Input should be less than or equal to 1, not 1.5"),
        ({"status": "skipped", "value": 0.3}, "status 'skipped' with value 0.3: what is scored has a value"),
        ({"status": "scored"}, "status 'scored' with value None: what is scored has a value"),
        ({"status": "skipped", "reason": "no notes"}, "reason: Extra inputs are not permitted"),
    ],
)
def test_a_score_that_cannot_be_gives_one_with_status_error_and_one_line(fields, problem):
    scorer("test/impossible", version="1")(lambda subject: Score(**fields))
    score = get_scorer("test/impossible").build().score(Subject(completion=""))
    assert (score.status, score.value) == (Status.ERROR, None)
    assert score.message.startswith(f"test/impossible failed: ValidationError: {problem}")
    assert "\n" not in score.message
    assert Score.model_validate_json(score.model_dump_json()) == score


@pytest.mark.parametrize(("status", "value"), [(Status.SCORED, None), (Status.UNSCORED, 0.3), (Status.ERROR, 0.0)])
def test_a_result_has_a_value_if_and_only_if_it_is_scored(status, value):
    with pytest.raises(ValueError, match="what is scored has a value, nothing else has"):
        Result(rubric="house", status=status, value=value)


def test_what_a_scorer_raises_is_told_in_one_line():
    @scorer("test/broken", version="1")
    def broken(subject: Subject) -> Score:
        raise ValueError("one\ntwo")

    score = get_scorer("test/broken").build().score(Subject(completion=""))
    assert score.message == "test/broken failed: ValueError: one two"


def test_a_set_scorer_sees_all_subjects_and_skips_a_single_one():
    def first_letter(subject: Subject) -> str:
        return subject.text[0]

    @scorer("test/share", version="1", digest=first_letter)
    def share(letters: list[str]) -> list[Score]:
        return [Score(status=Status.SCORED, value=1 / letters.count(letter)) for letter in letters]

    bound = get_scorer("test/share").build()
    digests = [bound.digest(Subject(completion=text)) for text in ("ax", "", "ay", "b")]
    assert [score.value for score in bound.score_set(digests)] == [0.5, None, 0.5, 1.0]
    assert bound.score_set(digests)[1].status is Status.ERROR
    assert bound.score(Subject(completion="a")).status is Status.SKIPPED


def test_a_set_scorer_that_forgets_a_subject_gives_errors():
    @scorer("test/lazy", version="1", digest=len)
    def lazy(digests: list[int]) -> list[Score]:
        return []

    assert get_scorer("test/lazy").build().score_set([1])[0].message == (
        "test/lazy failed: TypeError: gave 0 scores for 1 subjects"
    )


def test_explain_shows_version_documentation_and_parameters():
    scorer("test/even", version="2")(even_length)
    assert explain("test/even").splitlines() == [
        "test/even (version 2)",
        "",
        "Whether the text has an even number of characters.",
        "",
        "Parameters: least = 0",
    ]


PAGE = (Path(__file__).parents[2] / "docs" / "scorers.md").read_text(encoding="utf-8")


def test_the_example_of_the_page_on_scorers_runs(tmp_path):
    module, rubric, entry_point = (
        re.search(rf"{before}.*?```(?:python|toml)\n(.*?)```", PAGE, re.DOTALL)[1]
        for before in ("## The function", "## The rubric", "## An installed package")
    )
    (tmp_path / "my_scorers.py").write_text(module)
    (tmp_path / "house.toml").write_text(rubric)
    (tmp_path / "installed.toml").write_text(rubric.replace("modules =", "# modules ="))
    (tmp_path / "tune.atex").write_text("3.3.4 5.3 0.2 5.3 |")
    score = "from alphatex_eval.cli import main; main()", "score", "tune.atex", "--rubric"
    told = "1:1: error house/open_strings enough: 25% of the notes are on open strings"

    def scored(rubric: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", *score, rubric]
        return subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, text=True)

    assert told in scored("house.toml").stdout
    assert "no scorer 'house/open_strings'" in scored("installed.toml").stderr
    (tmp_path / "house-1.dist-info").mkdir()
    (tmp_path / "house-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: house\nVersion: 1\n")
    group, line = re.search(r'entry-points\."(.*?)"\]\n(.*)', entry_point).groups()
    (tmp_path / "house-1.dist-info" / "entry_points.txt").write_text(f"[{group}]\n{line.replace(chr(34), '')}\n")
    assert told in scored("installed.toml").stdout


GOOD = """
from alphatex_eval.scorers.registry import scorer
from alphatex_eval.scorers.results import Score, Status


@scorer("goodtabs/always", version="7")
def always(subject):
    return Score(status=Status.SCORED, value=1.0)
"""

USE = """
import warnings
from alphatex_eval.scorers.registry import ScorerError, get_scorer, scorer_names
from alphatex_eval.scorers.results import Subject

score = get_scorer("goodtabs/always").build().score(Subject(completion="r"))
print(score.value, score.version)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    print("badtabs" in " ".join(scorer_names()), "alphatex/seed-tab" in scorer_names())
print(len(caught), caught[0].message)
try:
    get_scorer("badtabs/anything")
except ScorerError as error:
    print(error)
"""


def _install(folder: Path, target: Path, package: str, source: str) -> None:
    folder.mkdir()
    (folder / f"{package}.py").write_text(source)
    (folder / "pyproject.toml").write_text(
        textwrap.dedent(f"""
        [build-system]
        requires = ["setuptools"]
        build-backend = "setuptools.build_meta"
        [project]
        name = "{package}"
        version = "1"
        [project.entry-points."alphatex_eval.scorers"]
        {package} = "{package}"
        [tool.setuptools]
        py-modules = ["{package}"]
        """)
    )
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
    subprocess.run([*pip, "--target", str(target), str(folder)], check=True, capture_output=True)


def test_an_installed_plugin_is_used_and_a_broken_one_costs_one_warning(tmp_path):
    target = tmp_path / "site"
    _install(tmp_path / "good", target, "goodtabs", GOOD)
    _install(tmp_path / "bad", target, "badtabs", "import a_module_that_nobody_has\n")
    run = subprocess.run(
        [sys.executable, "-c", USE], env={"PYTHONPATH": str(target)}, check=True, capture_output=True, text=True
    )
    assert run.stdout.splitlines() == [
        "1.0 7",
        "False True",
        "1 scorers of package 'badtabs' skipped: badtabs: ModuleNotFoundError: "
        "No module named 'a_module_that_nobody_has'",
        "no scorer 'badtabs/anything'.",
    ]
