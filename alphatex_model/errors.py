"""Errors whose message is one line that a user can act on."""

from __future__ import annotations


class ModelError(Exception):
    """Something a user can put right: a bad path, a wrong recipe, a damaged file, a run that diverged."""


class MissingFileError(ModelError):
    """A file or folder that should exist does not."""


class CorruptFileError(ModelError):
    """A file's content is not what its record says."""


class MismatchError(ModelError):
    """Two parts of one run (tokenizer, shards, checkpoint, recipe) do not belong together."""


class DivergedError(ModelError):
    """The loss, the validation or a weight stopped being a finite number."""
