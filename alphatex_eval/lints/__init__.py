"""Lints: what alphaTab accepts and a musician would call wrong, each with a code, a name and a page of its own."""

from alphatex_eval.lints.rule import Problem, Rule
from alphatex_eval.lints.run import UnknownRuleError, lint, rules

__all__ = ["Problem", "Rule", "UnknownRuleError", "lint", "rules"]
