"""Which variant of the data a learner gets."""

from __future__ import annotations

import hashlib
import os


def learner_id(named: str | None = None) -> str:
    """Who is learning: `COURSEKIT_LEARNER`, else JupyterHub's user, else the name given; "" if none is known."""
    for known in (os.environ.get("COURSEKIT_LEARNER"), os.environ.get("JUPYTERHUB_USER"), named):
        if known and known.strip():
            return known.strip()
    return ""


def variant_of(course: str, learner: str, count: int) -> int:
    """The learner's variant, a number from 0 to `count` - 1.

    A public hash (SHA-256) of both names: the same everywhere, spread evenly, and
    no secret, since all variants ship. Raises ValueError if `count` is below 1.
    """
    if count < 1:
        raise ValueError(f"there must be at least one variant, not {count}")
    digest = hashlib.sha256(f"{course}\n{learner}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % count
