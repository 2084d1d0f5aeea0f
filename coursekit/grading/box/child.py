"""What a forked child does to itself before it runs anything of a learner's. The order matters; see each comment."""

from __future__ import annotations

import importlib
import json
import os
import random
import signal
import socket
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

from coursekit.grading.box import kernel
from coursekit.grading.box.command import HOME, ROOM, WORK
from coursekit.grading.box.frames import receive_frame, send_frame
from coursekit.grading.box.limits import Limits
from coursekit.grading.box.seccomp import seccomp_program

USER = 1000
"""The user's number in the box, whoever started it."""
_QUIET = kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC


def live(channel: int, proc: int, limits: Limits, entry: str, rebind: Sequence[str]) -> None:
    """Build the walls, take the files, run `entry`, end. Never returns.

    The child is the first process of its namespace, and such a one takes no signal from itself or below, SIGKILL
    included, unless it has a handler for it: what a learner's `os.kill(os.getpid(), ...)` does differs there.

    Parameters
    ----------
    channel
        Descriptor of the socket to the worker, the only one that stays open.
    proc
        Descriptor of the zygote's /proc, which can still be written to when the child's own cannot.
    entry
        `module:function`; called with the channel and the JSON value that the worker sent.
    rebind
        Folders of the view that lie below /tmp and would be hidden by the child's own.
    """
    code = 70
    try:
        # The message frames keep their own descriptor; the zygote's sockets and pidfds must not come along.
        kernel.close_all_but(channel, proc)
        # Nothing printed by a learner reaches the grader's own streams.
        null = os.open("/dev/null", os.O_RDWR)
        for number in (0, 1, 2):
            if number != null:
                os.dup2(null, number)
        if null > 2:
            os.close(null)
        line = socket.socket(fileno=channel)
        try:
            _walls(proc, limits, rebind)
        except OSError as error:
            send_frame(line, json.dumps({"error": str(error)}).encode(), 5)
            os._exit(code)
        argument = _take_files(line)
        _refresh()
        function = _find(entry)
        send_frame(line, b"{}", 5)
        line.settimeout(None)
        function(line, argument)
        code = 0
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else 1
    except BaseException:
        code = 1
    finally:
        # Not sys.exit: that would run the zygote's own clean-up in the child.
        os._exit(code & 0xFF)


def _walls(proc: int, limits: Limits, rebind: Sequence[str]) -> None:
    for one in (signal.SIGINT, signal.SIGPIPE, signal.SIGTERM):
        signal.signal(one, signal.SIG_DFL)
    # The user namespace is still the zygote's here: it gives the right to mount. A network of its own too: in the
    # zygote's, two children at once could meet on loopback or at an abstract socket (it costs less than a millisecond).
    kernel.unshare(kernel.CLONE_NEWNS | kernel.CLONE_NEWIPC | kernel.CLONE_NEWNET)
    kernel.loopback_up()
    kernel.mount("", "/", flags=kernel.MS_REC | kernel.MS_PRIVATE)
    # A new /proc, which shows this child's processes alone: neither zygote nor siblings.
    kernel.mount("proc", "/proc", "proc", _QUIET)
    # Opened after unshare (a bind takes its source from this mount namespace) and before /tmp is covered.
    kept = [(path, os.open(path, os.O_PATH | os.O_CLOEXEC)) for path in rebind]
    size = f"size={limits.disk_bytes},nr_inodes={limits.files},mode=0755"
    kernel.mount("tmpfs", ROOM, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, size)
    # One file system for all of it, so that one size caps it.
    for name, mode in (("work", 0o755), ("home", 0o755), ("tmp", 0o1777), ("shm", 0o1777), ("none", 0o555)):
        folder = Path(ROOM, name)
        folder.mkdir()
        folder.chmod(mode)
    # Terminals of /dev/pts would be shared by all children of a zygote.
    for source, target in (("tmp", "/tmp"), ("shm", "/dev/shm"), ("none", "/dev/pts")):
        kernel.mount(f"{ROOM}/{source}", target, flags=kernel.MS_BIND)
    for path, number in kept:
        if Path(f"/proc/self/fd/{number}").is_dir():
            Path(path).mkdir(parents=True, exist_ok=True)
        else:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            Path(path).touch()
        kernel.mount(f"/proc/self/fd/{number}", path, flags=kernel.MS_BIND | kernel.MS_REC)
        # (It stays read-only: a bind keeps the flags of what it shows.)
        os.close(number)
    os.chdir(WORK)
    base = _private_bytes()
    kernel.mount("", "/proc", flags=kernel.MS_REMOUNT | kernel.MS_BIND | kernel.MS_RDONLY | _QUIET)
    # In a user namespace below the one that owns these mounts nobody has a right to them any more. Its map is written
    # through the zygote's /proc, since this one is read-only by now.
    kernel.unshare(kernel.CLONE_NEWUSER)
    _write(proc, "self/setgroups", "deny")
    _write(proc, "self/uid_map", f"{USER} {USER} 1")
    _write(proc, "self/gid_map", f"{USER} {USER} 1")
    # Holds for this user namespace: no further one below it.
    _write(proc, "sys/user/max_user_namespaces", "0")
    os.close(proc)
    os.setsid()
    kernel.drop_capabilities()
    kernel.no_new_privileges()
    # A change of credentials makes a process's own /proc/self unreadable to itself.
    kernel.prctl(kernel.PR_SET_DUMPABLE, 1)
    limits.apply(base)
    kernel.filter_calls(seccomp_program())


def _write(proc: int, name: str, text: str) -> None:
    number = os.open(name, os.O_WRONLY, dir_fd=proc)
    try:
        os.write(number, text.encode())
    finally:
        os.close(number)


def _private_bytes() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmData:"):
            return int(line.split()[1]) * 1024
    return 0


def _take_files(line: socket.socket) -> object:
    """The JSON argument, after the files that came with it were written to the work folder."""
    header = json.loads(receive_frame(line, 60))
    for name in header["files"]:
        path = Path(WORK, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(receive_frame(line, 60, 1 << 40))
    argument: object = header["argument"]
    return argument


def _refresh() -> None:
    """What a fork must not share: random numbers and the memory of warnings already shown."""
    random.seed()
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed()
    mutated: Callable[[], None] | None = getattr(warnings, "_filters_mutated", None)
    if mutated is not None:
        mutated()
    os.environ.update(HOME=HOME, PWD=WORK)


def _find(entry: str) -> Callable[[socket.socket, object], object]:
    module, _, name = entry.partition(":")
    function: Callable[[socket.socket, object], object] = getattr(importlib.import_module(module), name)
    return function
