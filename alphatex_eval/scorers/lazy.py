"""Attributes worked out when first asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Value = TypeVar("Value")


class lazy(Generic[Value]):  # noqa: N801 - a decorator, named as `property` is
    """As `functools.cached_property`, whose lock takes longer than most of these attributes up to Python 3.11."""

    def __init__(self, function: Callable[[Any], Value]) -> None:
        self._function = function
        self.__doc__ = function.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        """Remember under which name the value is kept."""
        self._name = name

    def __get__(self, instance: Any, owner: type | None = None) -> Value:
        """Work the value out; from then on it is found in the instance itself."""
        value = instance.__dict__[self._name] = self._function(instance)
        return value
