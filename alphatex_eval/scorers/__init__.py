"""Scorers: each answers a few yes/no questions about one text and gives a value in [0, 1]."""
