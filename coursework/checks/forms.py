"""The form of an answer: what kind of value an exercise asks for.

A form turns what a learner gives into plain numbers, or says in one sentence
what was expected. It speaks of form only, never of the value.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd


class FormError(ValueError):
    """The answer is not of the form asked for; the message says what was expected."""


@dataclass(frozen=True)
class Number:
    """One finite number between `minimum` and `maximum` (inclusive, where given)."""

    unit: str
    minimum: float | None = None
    maximum: float | None = None
    kind: str = "number"

    def read(self, value: Any) -> dict[str, float]:
        """Return the number under the empty name, or raise FormError."""
        if isinstance(value, np.ndarray) and value.ndim == 0:
            value = value.item()
        if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.number):
            raise FormError(f"One number ({self.unit}) is expected, but it is {describe(value)}.")
        return {"": _bounded(float(value), self, "The number")}

    def words(self) -> str:
        """The form in words."""
        return f"one number ({self.unit})"


@dataclass(frozen=True)
class PerGroup:
    """One finite number for each of the named groups: a Series or a dict, in any order."""

    unit: str
    by: str
    groups: tuple[str, ...]
    minimum: float | None = None
    maximum: float | None = None
    kind: str = "per-group"

    def read(self, value: Any) -> dict[str, float]:
        """Return group -> number, or raise FormError."""
        if isinstance(value, pd.DataFrame) and value.shape[1] == 1:
            value = value.iloc[:, 0]
        if not isinstance(value, pd.Series | Mapping):
            raise FormError(f"A Series with one number for each {self.by} is expected, but it is {describe(value)}.")
        pairs = list(value.items())
        names = [str(name) for name, _ in pairs]
        if sorted(names) != sorted(self.groups):
            found = ", ".join(names[:6]) + (", ..." if len(names) > 6 else "")
            raise FormError(
                f"The index should hold each {self.by} once ({', '.join(self.groups)}), but it holds: {found}."
            )
        numbers = {}
        for name, number in zip(names, (number for _, number in pairs), strict=True):
            if isinstance(number, bool | np.bool_) or not isinstance(number, int | float | np.number):
                raise FormError(f"A number is expected for {name}, but it is {describe(number)}.")
            numbers[name] = _bounded(float(number), self, f"The number for {name}")
        return {group: numbers[group] for group in self.groups}

    def words(self) -> str:
        """The form in words."""
        return f"a Series with one number ({self.unit}) for each {self.by}"


Form = Number | PerGroup
_FORMS: dict[str, type[Number] | type[PerGroup]] = {"number": Number, "per-group": PerGroup}


def to_json(form: Form) -> dict[str, Any]:
    """The form as plain data, for a check pack."""
    return asdict(form)


def from_json(data: Mapping[str, Any]) -> Form:
    """The form that `to_json` wrote; ValueError for another kind."""
    fields = dict(data)
    kind = fields.get("kind")
    if kind not in _FORMS:
        raise ValueError(f"unknown form {kind!r}; known are {', '.join(_FORMS)}")
    if "groups" in fields:
        fields["groups"] = tuple(fields["groups"])
    return _FORMS[kind](**fields)


def describe(value: Any) -> str:
    """A value's kind in a learner's words."""
    if value is None:
        return "None"
    if isinstance(value, pd.DataFrame):
        return f"a table of {value.shape[0]} rows and {value.shape[1]} columns"
    if isinstance(value, pd.Series):
        return f"a Series of {len(value)} values" if len(value) != 1 else "a Series of one value"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if isinstance(value, bool | np.bool_):
        return f"the truth value {bool(value)}"
    if isinstance(value, int | float | np.number):
        return "a number"
    if isinstance(value, str):
        return "a text"
    if isinstance(value, BaseException):
        return f"an error ({type(value).__name__})"
    if callable(value):
        return "a function"
    article = "an" if type(value).__name__[:1].lower() in "aeiou" else "a"
    return f"{article} {type(value).__name__}"


def _bounded(number: float, form: Form, what: str) -> float:
    if not math.isfinite(number):
        raise FormError(f"{what} is {number}; a finite number is expected. Is there a division by zero?")
    low, high = form.minimum, form.maximum
    if (low is not None and number < low) or (high is not None and number > high):
        limits = " and ".join(
            text
            for text in (
                f"at least {low:g}" if low is not None else "",
                f"at most {high:g}" if high is not None else "",
            )
            if text
        )
        raise FormError(f"{what} should be {limits} ({form.unit}).")
    return number
