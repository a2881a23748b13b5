"""Show what a ranking found: tables in the terminal, a one-file HTML report."""
