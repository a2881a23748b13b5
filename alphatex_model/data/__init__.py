"""Real music in: sources → tunes → alphaTex → a parquet file of tunes, split for training."""
