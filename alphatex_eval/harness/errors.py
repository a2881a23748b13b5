"""The harness's one error type: a line that says what is wrong, where, and what to do."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from alphatex_eval.scorers.registry import suggestion

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class HarnessError(Exception):
    """Something the user can put right; its text is one line and needs no traceback."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """` Did you mean 'x'?` for the known name nearest to `name`; otherwise the known names in a row."""
    names = sorted(known)
    return suggestion(name, names) or f" Known: {', '.join(names)}."


@contextmanager
def extra(name: str) -> Iterator[None]:
    """Around imports of optional packages: a missing one becomes a line that names the extra to install."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise HarnessError(f"This needs {error.name}: pip install 'alphatex-eval[{name}]'.") from None
