"""Memory and CPU of a box's processes together, as /proc tells them.

The kernel's limits per process miss shared mappings and many small processes, and often no cgroup controller is to be
had. So somebody outside looks every `INTERVAL` seconds and ends the box at its limit. Between two looks a program can
grow: an overshoot of about a third of the limit was seen.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from coursekit.grading.box.limits import Limits, Reason

INTERVAL = 0.1
_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass
class Watch:
    """Looks at the tree of processes below `root` (a process id as `proc` shows it)."""

    root: int
    limits: Limits
    proc: str = "/proc"
    peak_bytes: int = 0
    cpu_seconds: float = 0.0
    _seen: dict[int, float] = field(default_factory=dict)

    def over(self) -> Reason | None:
        """Look once: the limit that is passed now, or None.

        Resident pages are cheap to read, but count a page that several processes share once for each. Only where
        that sum passes the cap are the proportional shares (PSS) read, which costs milliseconds for a large process.
        """
        pids = self.processes()
        resident = sum(self._resident(pid) for pid in pids)
        if resident > self.limits.memory_bytes:
            resident = sum(self._proportional(pid) for pid in pids)
        self.peak_bytes = max(self.peak_bytes, resident)
        for pid in pids:
            self._seen[pid] = max(self._seen.get(pid, 0.0), self._cpu(pid))
        # The root's own figure holds those of its ended children, which are then counted twice if they were seen
        # alive; so the tree's is the larger of what the living show and what was seen before.
        self.cpu_seconds = max(self.cpu_seconds, sum(self._seen.get(pid, 0.0) for pid in pids))
        if resident > self.limits.memory_bytes:
            return "out-of-memory"
        if self.cpu_seconds > self.limits.cpu_seconds:
            return "timed-out"
        return None

    def processes(self) -> list[int]:
        """The root and all below it. Orphans stay in it: they fall to their namespace's first process."""
        found = [self.root]
        for pid in found:
            try:
                threads = [thread.name for thread in Path(self.proc, str(pid), "task").iterdir()]
            except OSError:
                continue
            for thread in threads:
                found += [int(child) for child in self._read(f"{pid}/task/{thread}/children").split()]
        return found

    def _read(self, name: str) -> str:
        try:
            return Path(self.proc, name).read_text()
        except (OSError, ValueError):  # gone meanwhile
            return ""

    def _resident(self, pid: int) -> int:
        fields = self._read(f"{pid}/statm").split()
        return int(fields[1]) * _PAGE if len(fields) > 1 else 0

    def _proportional(self, pid: int) -> int:
        for line in self._read(f"{pid}/smaps_rollup").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
        return self._resident(pid)

    def _cpu(self, pid: int) -> float:
        # The name in parentheses may hold anything, spaces and parentheses too.
        fields = self._read(f"{pid}/stat").rpartition(")")[2].split()
        return sum(int(value) for value in fields[11:15]) / _TICK if len(fields) > 14 else 0.0
