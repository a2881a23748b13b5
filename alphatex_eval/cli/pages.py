"""The pages of `alphatex explain`: one for every code of alphaTab's, every lint and every scorer."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alphatex_eval.language import check
from alphatex_eval.language.findings import CRASH, FLOOD, LIMIT
from alphatex_eval.language.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator

OWN_CODES = {
    CRASH: ("something on which alphaTab fails without a word about the place", "3.3 {b}"),
    FLOOD: (f"a text has more than {LIMIT:,} findings in one stage; the rest is not listed", None),
}
"""Codes that the checker adds to alphaTab's: meaning and example."""


@dataclass(frozen=True, slots=True)
class Page:
    """What people read about a code. `example` leads to the finding, `better` does not."""

    code: str
    name: str
    severity: str
    what: str
    why: str = ""
    example: str | None = None
    better: str | None = None

    @property
    def title(self) -> str:
        """Code, name where it has one, and severity."""
        names = self.code if self.name == self.code else f"{self.code} {self.name}"
        return f"{names} ({self.severity})"


def page_of(code: str) -> Page:
    """The page of a code of alphaTab's or of our own; KeyError for any other text."""
    known = vocabulary().data["diagnostics"].get(code)
    if known is not None:
        what = f"{known['meaning'][0].upper()}{known['meaning'][1:]}."
        return Page(code, code, f"{known['severity']}, {known['stage']}", what, example=known["example"])
    if code in OWN_CODES:
        meaning, example = OWN_CODES[code]
        return Page(code, code, "error", f"{meaning[0].upper()}{meaning[1:]}.", example=example)
    return {page.code: page for page in lint_pages()}[code]


def lint_pages() -> Iterator[Page]:
    """The pages of all lints, in order of code."""
    from alphatex_eval.lints import rules

    for rule in rules():
        yield Page(rule.code, rule.name, rule.severity, rule.what, rule.why, rule.bad, rule.good)


def explain(name: str) -> str | None:
    """The page of a code, lint or scorer as text; None where nothing has that name."""
    wanted = name.strip()
    if wanted.upper() in language_codes():
        return render(page_of(wanted.upper()))
    for page in lint_pages():
        if wanted.upper() == page.code or wanted.lower() == page.name:
            return render(page)
    return _scorer_page(wanted) if "/" in wanted else None


def suggestion(name: str) -> str:
    """What may have been meant, as the end of an error message."""
    from alphatex_eval.scorers import registry

    lints = (part for page in lint_pages() for part in (page.code, page.name))
    names = [*language_codes(), *lints, *registry.scorer_names()]
    found = registry.suggestion(name, names) or registry.suggestion(name.upper(), names)
    return found or " `alphatex explain` lists all lints."


def language_codes() -> tuple[str, ...]:
    """The codes of the checker: alphaTab's and two of ours."""
    return (*vocabulary().data["diagnostics"], *OWN_CODES)


def render(page: Page) -> str:
    """A page as Markdown that is also pleasant to read as it is."""
    parts = [f"## {page.title}", page.what, page.why]
    if page.example is not None:
        parts += ["Example:", _indented(page.example), "says", _indented(_said(page))]
    if page.better is not None:
        parts += ["Better:", _indented(page.better)]
    return "\n\n".join(part for part in parts if part)


def overview() -> str:
    """One line a lint."""
    pages = list(lint_pages())
    width = max(len(page.name) for page in pages)
    return "\n".join(f"{page.code}  {page.name:<{width}}  {page.severity:<7}  {page.what}" for page in pages)


def reference() -> str:
    """All lints as one Markdown document."""
    pages = list(lint_pages())
    rows = [f"| [{page.code}](#{_anchor(page)}) | {page.name} | {page.severity} | {page.what} |" for page in pages]
    head = [
        "# Lints",
        "`alphatex check` reports what alphaTab accepts and a musician would call wrong. Choose lints with `--select`\n"
        "and `--ignore`, by code (`AE101`), beginning of codes (`AE1`) or name (`bar-overfull`). Made by\n"
        "`alphatex explain --all`.",
        "\n".join(["| code | name | severity | what |", "|---|---|---|---|", *rows]),
    ]
    return "\n\n".join([*head, *map(render, pages)])


def _anchor(page: Page) -> str:
    return "".join(c for c in page.title.lower().replace(" ", "-") if c.isalnum() or c == "-")


def _said(page: Page) -> str:
    """What the checker says of the example."""
    from alphatex_eval.lints import lint

    assert page.example is not None
    found = [*check(page.example).diagnostics, *lint(page.example)]
    return "\n".join(
        f"{item.line}:{item.column}: {item.code} {item.message}" + (f"\n  help: {item.help}" if item.help else "")
        for item in found
        if item.code == page.code
    )


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


def _scorer_page(name: str) -> str | None:
    from alphatex_eval.scorers.registry import ScorerError, get_scorer

    try:
        scorer = get_scorer(name)
    except ScorerError:
        return None
    return f"## {scorer.name} (scorer, version {scorer.version})\n\n{inspect.getdoc(scorer.target) or ''}".rstrip()
