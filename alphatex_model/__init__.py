"""alphatex_model."""
