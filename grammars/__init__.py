"""The language as data: grammars and vocabulary, read by `alphatex_eval.language` through `importlib.resources`."""
