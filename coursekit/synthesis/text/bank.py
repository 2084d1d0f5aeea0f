"""From fragments to text in bulk: every fragment is spelled out once for every topic it can speak of."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from coursekit.synthesis.text.topics import KINDS, PURPOSES, TOPICS, capital, words_of

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


class Bank:
    """One part of a message: sets of fragments, one of which is drawn by a number from 0 to 1.

    Sets are registered first (`add` gives the set's number), then `texts` is
    taken for many messages at once.
    """

    def __init__(self) -> None:
        self._strings: dict[str, int] = {"": 0}
        self._rows: dict[str, np.ndarray] = {}
        self._sets: dict[tuple[str, ...], int] = {}
        self._members: list[np.ndarray] = []
        self._array: pa.Array = None
        self._start = self._count = np.zeros(0, np.int64)
        self._table = np.zeros((0, TOPICS), np.int32)

    def add(self, fragments: Sequence[str], before: str = "", after: str = "") -> int:
        """Register a set of fragments, each set off by `before` and `after` unless it is empty."""
        marked = tuple(f"{before}{text}{after}" if text else "" for text in fragments)
        if marked not in self._sets:
            self._sets[marked] = len(self._sets)
            self._members.append(np.concatenate([self._spelled_out(text) for text in marked]))
            self._array = None
        return self._sets[marked]

    def texts(self, sets: np.ndarray, topic: np.ndarray, draw: np.ndarray) -> pa.Array:
        """One string for each message; all arguments have shape (n,).

        `sets` holds numbers that `add` gave, `draw` numbers from 0 up to but not including 1; where `draw` is
        negative, the part is left out.
        """
        if self._array is None:
            self._freeze()
        row = self._start[sets] + np.floor(np.maximum(draw, 0.0) * self._count[sets]).astype(np.int64)
        index = np.where(draw < 0.0, 0, self._table[row, topic])
        return self._array.take(pa.array(index))

    def _freeze(self) -> None:
        count = np.array([len(member) for member in self._members], np.int64)
        self._count, self._start = count, np.cumsum(count) - count
        self._table = np.concatenate(self._members)
        self._array = pa.array(list(self._strings), pa.string())

    def _spelled_out(self, fragment: str) -> np.ndarray:
        """Numbers of the fragment's strings, shape (variants, TOPICS)."""
        if fragment not in self._rows:
            rows = [self._numbers(texts) for texts in spell_out(fragment)]
            self._rows[fragment] = np.array(rows, np.int32)
        return self._rows[fragment]

    def _numbers(self, texts: Sequence[str]) -> list[int]:
        return [self._strings.setdefault(text, len(self._strings)) for text in texts]


def spell_out(fragment: str) -> list[list[str]]:
    """The fragment's variants, each for every topic: one variant for each way to say what it refers to.

    A fragment without a placeholder has one variant, the same for all topics.
    """
    names = {name.lower() for name in _PLACEHOLDER.findall(fragment)}
    if not names:
        return [[fragment] * TOPICS]
    purposes = names.intersection(PURPOSES)
    variants = max((len(KINDS[0][purpose]) for purpose in purposes), default=1)
    return [
        [_filled(fragment, topic // len(KINDS), topic % len(KINDS), variant) for topic in range(TOPICS)]
        for variant in range(variants)
    ]


def _filled(fragment: str, part: int, kind: int, variant: int) -> str:
    words = words_of(part)
    values = dict(words)
    for purpose, texts in KINDS[kind].items():
        text = texts[variant % len(texts)].format(**words)
        values[purpose], values[purpose.capitalize()] = text, capital(text)
    return fragment.format(**values)
