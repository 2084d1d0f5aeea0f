"""Random numbers: one stream for each part of the data, so that no part disturbs another."""

from __future__ import annotations

import zlib

import numpy as np


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """The generator of a named part: the same for the same seed and names, on every machine.

    Parts drawn from streams of their own do not change when another part draws
    more numbers, or is not made at all.
    """
    words = [name if isinstance(name, int) else zlib.crc32(name.encode()) for name in names]
    return np.random.default_rng(np.random.SeedSequence([seed, *words]))
