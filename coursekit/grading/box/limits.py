"""What a submission may use at most, and what it did use."""

from __future__ import annotations

import resource
from dataclasses import dataclass
from typing import Literal

MIB = 1024 * 1024

Reason = Literal["ended", "crashed", "timed-out", "out-of-memory", "output-flood", "killed"]
"""How a boxed run ended: by itself, by a signal or an exit code other than 0, or at a limit.

`timed-out` stands for wall and CPU time; `killed` means that the worker ended it.
"""


@dataclass(frozen=True)
class Limits:
    """Caps for one boxed run; every one counts for the run with all processes it starts, unless it says otherwise."""

    wall_seconds: float = 60.0
    cpu_seconds: float = 60.0
    memory_bytes: int = 1024 * MIB
    """Memory of all processes together, shared pages counted once."""
    disk_bytes: int = 128 * MIB
    """The throw-away file system (work, home, temporary and shared-memory folders together)."""
    files: int = 10_000
    """Files and folders in the throw-away file system."""
    processes: int = 64
    """Processes and threads."""
    file_bytes: int = 64 * MIB
    """Size of one file."""
    open_files: int = 256
    """Open files of one process."""
    output_bytes: int = 8 * MIB
    """Bytes of output that are kept; more ends the run."""

    def rlimits(self, base_bytes: int = 0) -> dict[str, int]:
        """The kernel's limits per process, by the name that `prlimit` gives them.

        `base_bytes` is private memory that the process has already (a forked child's share of what was preloaded).
        RLIMIT_AS is left alone on purpose: pyarrow alone reserves 1.5 GiB of addresses. RLIMIT_DATA counts what can
        be written, and lets honest code see a `MemoryError` where the watch would end it.
        """
        cpu = max(1, round(self.cpu_seconds) + 1)
        return {
            "cpu": cpu,
            "data": base_bytes + self.memory_bytes,
            "fsize": self.file_bytes,
            "nofile": self.open_files,
            "nproc": self.processes,
            "core": 0,
            "memlock": 64 * 1024,
            "msgqueue": 0,
        }

    def prlimit(self) -> list[str]:
        """The command that sets these limits and then becomes the command behind it.

        Set inside the box: RLIMIT_NPROC set before would count the user's processes outside it too.
        """
        return ["/usr/bin/prlimit", *(f"--{name}={value}:{value}" for name, value in self.rlimits().items()), "--"]

    def apply(self, base_bytes: int) -> None:
        """Set the limits on this process; soft and hard alike, so that SIGXCPU cannot be caught to go on."""
        for name, value in self.rlimits(base_bytes).items():
            number = {"msgqueue": 12}.get(name) or getattr(resource, f"RLIMIT_{name.upper()}")
            resource.setrlimit(number, (value, value))


@dataclass(frozen=True)
class Usage:
    """What a boxed run used: CPU of all its processes, the largest memory seen, and how it ended."""

    cpu_seconds: float
    peak_bytes: int
    reason: Reason
    code: int | None = None
    """Exit code, or minus the signal's number; None if it is not known."""
