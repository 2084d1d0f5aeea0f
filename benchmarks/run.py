"""Time what a user waits for, and write the figures to `_build/bench.json`.

    .venv/bin/python benchmarks/run.py [--repeat N]

Nothing is asserted: a figure depends on the machine, which is described beside
it. Every figure is the median of several runs of the very command that a user
types. Run `make course` before, so that "nothing changed" is true.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "_build"
COLD = BUILD / "bench-cold"
BOOK = [str(Path(sys.executable).with_name("jupyter-book")), "build", ".", "-W", "-n", "--keep-going", "-q"]


class CommandFailed(Exception):
    """A timed command failed, so that its time means nothing."""


@dataclass(frozen=True)
class Figure:
    """One row of the table; times in seconds."""

    name: str
    wanted: float | None
    """Upper limit that the project set itself, if it did."""
    runs: list[float]

    @property
    def median(self) -> float:
        """The median of the runs."""
        return statistics.median(self.runs)


def timed(command: list[str]) -> float:
    """Return how long `command` takes from the root, in seconds."""
    start = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    seconds = time.perf_counter() - start
    if done.returncode:
        last = (done.stdout + done.stderr).strip().splitlines()[-15:]
        raise CommandFailed("\n".join([*last, f"This failed: {' '.join(command)}. Run `make course` first."]))
    return seconds


def cold_book() -> float:
    """Build the book into a folder of its own, with neither pages nor executed cells to start from."""
    shutil.rmtree(COLD, ignore_errors=True)
    try:
        return timed([*BOOK, "--path-output", str(COLD)])
    finally:
        shutil.rmtree(COLD, ignore_errors=True)


def machine() -> str:
    """Describe the machine in words, without its name."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{usable} core{'s' if usable != 1 else ''}, {memory:.0f} GiB of memory, "
        f"{platform.system()} on {platform.machine()}, Python {platform.python_version()}"
    )


def measure(repeat: int) -> list[Figure]:
    """Run everything; `repeat` is the number of runs of the quick commands."""
    kinds: tuple[tuple[str, float | None, Callable[[], float], int], ...] = (
        ("book, nothing changed", 5.0, lambda: timed(BOOK), repeat),
        ("make course, second run", 20.0, lambda: timed(["make", "course"]), repeat),
        ("book, cold", None, cold_book, max(1, repeat // 2)),
    )
    # Not timed: whatever did change since the last build is built here.
    print("getting everything up to date", flush=True)
    timed(["make", "course"])
    timed(BOOK)
    figures = []
    for name, wanted, job, runs in kinds:
        print(f"{name}: {runs} run{'s' if runs != 1 else ''}", flush=True)
        figures.append(Figure(name, wanted, [round(job(), 2) for _ in range(runs)]))
    return figures


def main() -> int:
    """Measure, print the table and write the file; 2 if a command failed."""
    parser = argparse.ArgumentParser(description="Time what a user waits for.")
    parser.add_argument("--repeat", type=int, default=5, help="runs of each quick command (default: 5)")
    repeat = max(1, parser.parse_args().repeat)
    try:
        figures = measure(repeat)
    except CommandFailed as failure:
        print(failure, file=sys.stderr)
        return 2
    print(f"\n{machine()}\n\n{'':<26}{'median':>9}{'slowest':>9}{'wanted':>9}")
    for figure in figures:
        wanted = f"{figure.wanted:.0f} s" if figure.wanted is not None else ""
        print(f"{figure.name:<26}{figure.median:>7.1f} s{max(figure.runs):>7.1f} s{wanted:>9}")
    target = BUILD / "bench.json"
    found = [{**asdict(figure), "median": figure.median} for figure in figures]
    target.write_text(json.dumps({"machine": machine(), "seconds": found}, indent=2) + "\n", encoding="utf-8")
    print(f"\nWritten: {target.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
