"""Fixtures that every test folder may use."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

os.environ["TRITON_INTERPRET"] = "1"  # before anything imports Triton: the GPU's kernels are tested without a GPU

import pytest

from tests.reference.oracle import Oracle

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def oracle() -> Iterator[Oracle]:
    """alphaTab, the reference; the session fails with one clear line where it cannot be had."""
    with Oracle() as reference:
        yield reference
