r"""Null baselines: generators that know nothing, printed beside every model so that its score means something."""

from __future__ import annotations

CONSTANT = (
    r'\title "Constant" \track "Guitar" {instrument acousticguitarsteel volume 12} '
    r"3.2.8 2.3 (3.2{h} 2.3).8 r.4 | (0.1 2.2).2 r"
)
"""One string that passes all nineteen checks of the report, alone and after each of its prompts."""
