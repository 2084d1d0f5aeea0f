"""What differs from seed to seed: structure and sizes of the effects stay, their places move."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coursekit.synthesis.streams import stream

# The mix can change, and the volume, in these months; never in the same.
_MONTHS = tuple(str(np.datetime64("2025-03") + number) for number in range(7))


@dataclass(frozen=True)
class Effects:
    """The places of effects in the community's year, as months ("2025-06")."""

    mix_month: str
    volume_month: str


def draw_effects(seed: int, organization: int) -> Effects:
    """Draw the places."""
    rng = stream(seed, organization, "effects")
    mix = int(rng.integers(len(_MONTHS)))
    # At least two months apart, so that the one cannot pass for the other.
    far = [number for number in range(len(_MONTHS)) if abs(number - mix) >= 2]
    return Effects(mix_month=_MONTHS[mix], volume_month=_MONTHS[far[int(rng.integers(len(far)))]])
