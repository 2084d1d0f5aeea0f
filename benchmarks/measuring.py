"""Run a command as a user would, and tell how long it took and how much memory it held."""

from __future__ import annotations

import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "_build"
PYTHON = sys.executable
COURSEKIT = [PYTHON, "-m", "coursekit"]
WORKER = [PYTHON, str(Path(__file__).with_name("worker.py"))]

_EVERY = 0.05  # seconds between two looks at the memory
_PROC = Path("/proc")
_MEMORY = re.compile(r"^Vm(HWM|RSS):\s+(\d+) kB", re.MULTILINE)


class CommandFailed(Exception):
    """A timed command failed, so that its time means nothing."""


@dataclass(frozen=True)
class Figure:
    """One row of the table: what was measured in each run, in `unit`."""

    name: str
    unit: str
    wanted: float | None
    """Upper limit that the project set itself, if it did."""
    runs: list[float]
    note: str = ""

    @property
    def median(self) -> float:
        """The median of the runs."""
        return statistics.median(self.runs)


@dataclass(frozen=True)
class Run:
    """A command that has ended: seconds, the most memory in GiB (None where there is no /proc), and what it printed."""

    seconds: float
    peak: float | None
    output: str


@dataclass(frozen=True)
class Setting:
    """How to measure: runs of quick commands, share of the full sizes, and a folder for what is made on the way."""

    repeat: int
    scale: float
    folder: Path

    @property
    def few(self) -> int:
        """Runs of what takes long."""
        return max(1, self.repeat // 2)

    def size(self, full: int) -> int:
        """So many of `full` at this scale."""
        return max(round(full * self.scale), 1)

    @cached_property
    def large(self) -> tuple[Path, Run]:
        """The folder of `--size large`, and what it took to make it; made once."""
        out = self.folder / "large"
        size = str(max(self.size(10_000_000), 100))
        made = run(
            [*COURSEKIT, "data", "make", "--size", size, "--out", str(out), "--format", "parquet", "--workers=2"]
        )
        return out, made


def run(command: list[str]) -> Run:
    """Run `command` from the root to its end.

    The memory is what all its processes hold together, looked at every 50 ms: pages that several share count for each,
    so it is rather too high; and it is never below the highest that any single one ever held, which the kernel keeps.

    Raises
    ------
    CommandFailed
        If it ends with another code than 0.
    """
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, text=True
        )
        watch = _Watch(process.pid)
        watch.start()
        try:
            code = process.wait()
            seconds = time.perf_counter() - start
        finally:
            process.kill()
            watch.end.set()
            watch.join()
        output.seek(0)
        printed = output.read()
    if code:
        raise CommandFailed("\n".join([*printed.strip().splitlines()[-15:], f"This failed: {' '.join(command)}."]))
    return Run(seconds, watch.peak / 2**20 if watch.peak else None, printed)


class _Watch(threading.Thread):
    """Notes the highest sum of the resident memory of a process and all below it, in KiB."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.peak = 0
        self.end = threading.Event()
        self._pid = pid

    def run(self) -> None:
        while not self.end.wait(_EVERY):
            now, highest = _held(self._pid)
            self.peak = max(self.peak, now, highest)


def _held(pid: int) -> tuple[int, int]:
    """What a process and all below it hold now together, and the most that one of them ever held, in KiB."""
    try:
        found = {name: int(size) for name, size in _MEMORY.findall((_PROC / str(pid) / "status").read_text())}
        threads = [path.read_text().split() for path in (_PROC / str(pid) / "task").glob("*/children")]
    except OSError:  # it has just ended
        return 0, 0
    now, highest = found.get("RSS", 0), found.get("HWM", 0)
    for child in {child for children in threads for child in children}:
        below, once = _held(int(child))
        now, highest = now + below, max(highest, once)
    return now, highest


def memory(name: str, wanted: float | None, runs: list[Run], note: str = "") -> list[Figure]:
    """The row with the peaks of the runs; none where they could not be seen."""
    peaks = [round(done.peak, 3) for done in runs if done.peak is not None]
    return [Figure(name, "GiB", wanted, peaks, note)] if peaks else []


def seconds(name: str, wanted: float | None, runs: list[Run], note: str = "") -> Figure:
    """The row with the times of the runs."""
    return Figure(name, "s", wanted, [round(done.seconds, 2) for done in runs], note)


def machine() -> str:
    """Describe the machine in words, without its name."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{usable} core{'s' if usable != 1 else ''}, {memory:.0f} GiB of memory, "
        f"{platform.system()} on {platform.machine()}, Python {platform.python_version()}"
    )
