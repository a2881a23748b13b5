"""Rubrics: which scorers, which weights, which gates."""

from alphatex_eval.rubrics.data import RubricError, rubric_names
from alphatex_eval.rubrics.rubric import Rubric, load_rubric, score

__all__ = ["Rubric", "RubricError", "load_rubric", "rubric_names", "score"]
