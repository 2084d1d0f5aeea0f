"""What an author waits for: the book and the whole course."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

from measuring import BUILD, PYTHON, Figure, Run, Setting, run, seconds

_COLD = BUILD / "bench-cold"
_BOOK = [str(Path(PYTHON).with_name("jupyter-book")), "build", ".", "-W", "-n", "--keep-going", "-q"]


def book(setting: Setting) -> list[Figure]:
    """The book when nothing changed."""
    _bring_up_to_date()
    return [seconds("book, nothing changed", 5.0, [run(_BOOK) for _ in range(setting.repeat)])]


def course(setting: Setting) -> list[Figure]:
    """The course when nothing changed."""
    _bring_up_to_date()
    return [seconds("make course, second run", 20.0, [run(["make", "course"]) for _ in range(setting.repeat)])]


def book_cold(setting: Setting) -> list[Figure]:
    """The book in a folder of its own, with neither pages nor executed cells to start from."""
    _bring_up_to_date()
    return [seconds("book, cold", None, [_cold() for _ in range(setting.few)])]


@cache
def _bring_up_to_date() -> None:
    # Not timed: whatever did change since the last build is built here.
    print("  getting everything up to date", flush=True)
    run(["make", "course"])
    run(_BOOK)


def _cold() -> Run:
    shutil.rmtree(_COLD, ignore_errors=True)
    try:
        return run([*_BOOK, "--path-output", str(_COLD)])
    finally:
        shutil.rmtree(_COLD, ignore_errors=True)
