"""The course's secret: seeds of hidden data, and the canary that marks every key.

Made once, when something is first released, and kept in the course folder,
which is never published. Lose it and new seeds are drawn: marks stay
comparable, since a right function is right on any data.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

FILE = ".secret"


@dataclass(frozen=True)
class Secret:
    """A random text from which seeds and canary are derived."""

    value: str = field(repr=False)

    @property
    def canary(self) -> str:
        """A text that every solution, hidden check and seed list carries, and nothing public may."""
        return f"key-{self._digest('canary').hex()[:24]}"

    def seeds(self, purpose: str, count: int) -> list[int]:
        """`count` seeds below 2**32 for one purpose."""
        digest = self._digest(f"seeds/{purpose}")
        return [int.from_bytes(digest[4 * i : 4 * i + 4], "big") for i in range(count)]

    def _digest(self, purpose: str) -> bytes:
        return hmac.new(self.value.encode(), purpose.encode(), hashlib.sha256).digest()


def course_secret(course: Path) -> Secret:
    """The secret of the course in the folder `course`; made if there is none yet."""
    path = course / FILE
    if not course.exists():
        course.mkdir(parents=True)
        course.chmod(0o700)  # solutions, submissions and marks will lie in it
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32) + "\n")
    except FileExistsError:
        pass
    value = path.read_text(encoding="ascii").strip()
    if len(value) < 32:
        raise ValueError(f"{path} is damaged; delete it to draw a new secret, then release again")
    return Secret(value)
