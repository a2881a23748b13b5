"""For projects that read, write or generate alphaTex: Hypothesis strategies and a pytest plug-in.

`assert_alphatex` stands here; `alphatex_eval.testing.strategies` needs Hypothesis and is imported by itself.
"""

from alphatex_eval.testing.checking import assert_alphatex, explain

__all__ = ["assert_alphatex", "explain"]
