"""Which arguments a tag or property takes: candidates fed one argument after the other, as the reference does it.

Two callers: the argument framer finds out how far a *bare* list reaches; the semantic pass judges a list in
parentheses, tolerantly.
"""

from __future__ import annotations

from alphatex_eval.language.vocabulary import Mode, Parameter, Signature


class Candidates:
    """The signatures that still fit, each with the position of the parameter that takes the next argument."""

    def __init__(self, signatures: tuple[Signature, ...]) -> None:
        self._open = [(signature, 0) for signature in signatures]

    def __len__(self) -> int:
        return len(self._open)

    @property
    def settled(self) -> bool:
        """Whether one signature alone is left and all its parameters are passed, or none is left."""
        one_is_through = any(position == len(signature.parameters) for signature, position in self._open)
        return not self._open or (len(self._open) == 1 and one_is_through)

    def fractions_wanted(self) -> int:
        """How many candidates would extend a bare number to a fraction here."""
        return sum(
            position < len(signature.parameters) and signature.parameters[position].mode.takes_fraction
            for signature, position in self._open
        )

    def feed(self, kind: str, text: str | None, *, may_follow: bool = False) -> bool:
        """Offer an argument; True if any candidate takes it. If none does, none is ruled out.

        `may_follow` tells that the token may also stand after the arguments (an identifier in a property block).
        """
        moved = [(signature, *_step(signature, position, kind, text, may_follow)) for signature, position in self._open]
        found = any(took for _, _, _, took in moved)
        self._open = [(signature, at) for signature, at, fits, _ in moved if fits or not found]
        return found

    def drop_incomplete(self) -> None:
        """Rule out the candidates that still need an argument."""
        self._open = [
            (signature, position)
            for signature, position in self._open
            if not any(parameter.mode.needed for parameter in signature.parameters[position:])
        ]


def _step(signature: Signature, position: int, kind: str, text: str | None, may_follow: bool) -> tuple[int, bool, bool]:
    """Offer one argument to one signature: (new position, still fits, took it)."""
    parameters = signature.parameters
    while position < len(parameters):
        if signature.strict and position > 0:
            return position, False, False
        parameter = parameters[position]
        if _matches(parameter, kind, text):
            return position + (parameter.mode is not Mode.LIST), True, True
        if parameter.mode.needed:
            return position, False, False
        position += 1
    return position, may_follow, False


def _matches(parameter: Parameter, kind: str, text: str | None) -> bool:
    if kind == "list":
        return parameter.mode.takes_list
    return parameter.takes("number" if kind == "float" else kind, text)
