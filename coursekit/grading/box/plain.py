"""One command in a box: `run_in_box`."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from coursekit.grading.box.command import WORK, View, ordinary_user, plain_box
from coursekit.grading.box.errors import BoxError
from coursekit.grading.box.limits import Limits, Reason, Usage
from coursekit.grading.box.seccomp import seccomp_program
from coursekit.grading.box.watch import INTERVAL, Watch

_CHUNK = 65536


@dataclass(frozen=True)
class Finished:
    """What a command in a box left: its exit code (None if it was ended at a limit), its output, what it used."""

    code: int | None
    stdout: bytes
    stderr: bytes
    usage: Usage

    @property
    def reason(self) -> Reason:
        """How it ended."""
        return self.usage.reason


def checked_name(name: str) -> str:
    """`name` if it is a relative path that stays in its folder.

    Raises
    ------
    ValueError
        It is empty, absolute, holds `..`, a null byte, or is not what it looks like (`a//b`, `./a`).
    """
    path = PurePosixPath(name)
    if not name or "\0" in name or path.is_absolute() or ".." in path.parts or str(path) != name or name == ".":
        raise ValueError(f"{name!r} is no plain relative path: hand in files by their path below the folder.")
    return name


def run_in_box(
    argv: Sequence[str],
    files: Mapping[str, bytes] | None = None,
    limits: Limits | None = None,
    view: View | None = None,
) -> Finished:
    """Run one command in a fresh box and wait for its end.

    The command sees the view read-only, an empty home and environment and one throw-away folder with `files`, as an
    ordinary user without capabilities. When it ends, all it started ends, and nothing of it stays.

    Parameters
    ----------
    argv
        The program by its path in the box, and its arguments.
    files
        Contents by relative path below the work folder; they can be written to.
    limits, view
        What it may use, and what it sees of the host (by default this Python and the system's programs).

    Raises
    ------
    BoxError
        The box itself could not be made (`probe` says why on this host).
    ValueError
        A file's name leaves the work folder.
    """
    limits, view = limits or Limits(), view or View()
    if str(Path("/proc/self").readlink()) != str(os.getpid()):
        # The watch and the ending go by process numbers, which would name somebody else's processes.
        raise BoxError("This /proc shows another namespace's processes: mount one for the namespace you run in.")
    with ExitStack() as open_files:
        descriptors: list[int] = []

        def in_memory(content: bytes) -> str:
            number = os.memfd_create("box", os.MFD_CLOEXEC)
            descriptors.append(number)
            open_files.callback(os.close, number)
            os.truncate(number, 0)
            with open(number, "wb", closefd=False) as file:
                file.write(content)
            os.lseek(number, 0, os.SEEK_SET)
            return str(number)

        # The outermost box tells its first process, the innermost the command's exit code.
        reads: list[int] = []
        writes: list[int] = []
        for _ in range(2):
            read, write = os.pipe()
            open_files.callback(os.close, read)
            reads.append(read)
            writes.append(write)
        outer = ordinary_user(view, writes[0])
        command = [*outer, *plain_box(view, limits.disk_bytes)]
        for name, content in (files or {}).items():
            command += ["--perms", "0644", "--file", in_memory(content), f"{WORK}/{checked_name(name)}"]
        command += ["--seccomp", in_memory(seccomp_program()), "--json-status-fd", str(writes[1]), "--"]
        command += [*limits.prlimit(), *argv]
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=(*descriptors, *writes),
                env={},
            )
        finally:
            for number in writes:
                os.close(number)
        return _attend(process, reads[0] if outer else reads[1], reads[1], limits)


def _attend(process: subprocess.Popen[bytes], outer: int, inner: int, limits: Limits) -> Finished:
    """Drain the output, look at the limits, and see to it that nothing is left.

    `outer` and `inner` are where the outermost and the innermost bubblewrap write their status; they may be one.
    """
    assert process.stdout is not None and process.stderr is not None
    names = {process.stdout.fileno(): "stdout", process.stderr.fileno(): "stderr", outer: "outer", inner: "inner"}
    taken = {name: bytearray() for name in ("stdout", "stderr", "outer", "inner")}
    told_by = names[outer]
    watch = Watch(process.pid, limits)
    deadline = time.monotonic() + limits.wall_seconds
    reason: Reason | None = None
    first: int | None = None
    with selectors.DefaultSelector() as selector, process:
        for number in names:
            selector.register(number, selectors.EVENT_READ)
        try:
            next_look = time.monotonic()
            while selector.get_map():
                for key, _ in selector.select(INTERVAL):
                    chunk = os.read(key.fd, _CHUNK)
                    if not chunk:
                        selector.unregister(key.fd)
                        continue
                    taken[names[key.fd]] += chunk
                    if first is None and key.fd == outer:
                        first = _told(taken[told_by], "child-pid")
                    if len(taken["stdout"]) + len(taken["stderr"]) > limits.output_bytes:
                        reason = reason or "output-flood"
                now = time.monotonic()
                if now >= next_look:
                    reason = reason or watch.over()
                    next_look = now + INTERVAL
                if now > deadline:
                    reason = reason or "timed-out"
                if reason:
                    break
        finally:
            _end(process, first)
    code = None if reason else _told(taken["inner"], "exit-code")
    if reason is None and code is None:
        told = bytes(taken["stderr"]).decode(errors="replace").strip() or "it said nothing"
        raise BoxError(f"The box could not be made ({told}): `probe()` names the remedy for this host.")
    if reason is None and code is not None and code > 128:
        # bubblewrap tells a signal as the shell does. SIGKILL by the kernel's own CPU limit is a time-out.
        ran_out = code == 128 + signal.SIGKILL and watch.cpu_seconds >= limits.cpu_seconds - 2 * INTERVAL
        reason, code = ("timed-out", None) if ran_out else ("crashed", 128 - code)
    used = Usage(watch.cpu_seconds, watch.peak_bytes, reason or ("crashed" if code else "ended"), code)
    room = limits.output_bytes
    stdout = bytes(taken["stdout"][:room])
    return Finished(code, stdout, bytes(taken["stderr"][: room - len(stdout)]), used)


def _told(status: bytes | bytearray, name: str) -> int | None:
    """A number from bubblewrap's status lines: `child-pid` (the host's number of its first process) or `exit-code`."""
    for line in bytes(status).splitlines():
        try:
            value = json.loads(line).get(name)
        except ValueError:
            continue
        if isinstance(value, int):
            return value
    return None


def _end(process: subprocess.Popen[bytes], first: int | None) -> None:
    """End the box: its first process takes all others of its namespace with it, also those that left its session."""
    if first is not None:
        try:
            number = os.pidfd_open(first)
        except ProcessLookupError:
            pass
        else:
            try:
                # Only a process that is still this box's: its number may be somebody else's by now.
                if first in Watch(process.pid, Limits()).processes():
                    signal.pidfd_send_signal(number, signal.SIGKILL)
                    wait_for_end(number)
            except ProcessLookupError:
                pass
            finally:
                os.close(number)
    if process.poll() is None:
        try:
            process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            process.kill()


def wait_for_end(number: int, seconds: float = 10.0) -> bool:
    """Wait until the process behind a pidfd has ended; False if it has not in that time."""
    with selectors.DefaultSelector() as selector:
        selector.register(number, selectors.EVENT_READ)
        return bool(selector.select(seconds))
