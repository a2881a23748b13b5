"""Corpora of real tunes, a small GPT, training, generation and the benchmark command."""

import os

# Threads that spin while they wait for each other make a busy machine many times slower (measured: generation with two
# threads beside other work, 15 times). Torch's threads read this once, when torch is imported, which comes later.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
