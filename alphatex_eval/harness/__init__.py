"""Turn scores into decisions that hold: suites, generators, runs, statistics, ranking, early stopping."""
