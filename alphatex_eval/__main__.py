"""`python -m alphatex_eval` is the command `alphatex`."""

from alphatex_eval.cli import main

main(prog_name="alphatex")
