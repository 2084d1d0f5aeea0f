"""Typing errors: letters swapped, left out or struck twice."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

SHARE = 0.02
"""The share of messages with a typing error."""


def with_typos(rng: np.random.Generator, texts: pa.Array) -> pa.Array:
    """The texts (length n), a share of them with one typing error."""
    hit = rng.random(len(texts)) < SHARE
    rows = np.flatnonzero(hit)
    if len(rows) == 0:
        return texts
    where, how = rng.random(len(rows)), rng.integers(0, 3, len(rows))
    spoilt = [
        mistyped(text, float(place), int(kind))
        for text, place, kind in zip(texts.take(pa.array(rows)).to_pylist(), where, how, strict=True)
    ]
    return pc.replace_with_mask(texts, pa.array(hit), pa.array(spoilt, pa.string()))


def mistyped(text: str, where: float, how: int) -> str:
    """The text with one error in a word of four letters or more, near `where` (0 to 1) of its length.

    `how` is 0 to swap two letters, 1 to leave one out, 2 to double one. A text
    without such a word stays as it is.
    """
    start = int(where * len(text))
    for place in [*range(start, len(text)), *range(start)]:
        # Within a word and past its first letter; people notice and mend a wrong first letter.
        four = text[place - 1 : place + 3] if place else ""
        if len(four) == 4 and four.isascii() and four.isalpha():
            before, one, two, after = text[:place], text[place], text[place + 1], text[place + 2 :]
            if how == 0 and one != two:
                return before + two + one + after
            return before + (two + after if how == 1 else one + one + two + after)
    return text
