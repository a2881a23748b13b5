"""alphatex_eval."""
