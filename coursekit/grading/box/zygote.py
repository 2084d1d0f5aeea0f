"""The process that imports once and forks a child for each submission. It runs in a box and never runs learner code.

It speaks with its worker over one SOCK_SEQPACKET socket, in JSON: `{"op": "child", ...}` with the child's channel
attached, answered by `started` with a pidfd attached, and later by `ended`.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import select
import signal
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coursekit.grading.box import child, kernel
from coursekit.grading.box.limits import Limits, Reason
from coursekit.grading.box.watch import INTERVAL, Watch

MESSAGE = 65536
"""The longest message on the control socket, in bytes."""


def main(number: int) -> None:
    """Run a zygote on the control socket with this descriptor. Never returns."""
    control = socket.socket(fileno=number)
    try:
        settings = json.loads(control.recv(MESSAGE))
        started = time.monotonic()
        proc = _own_namespaces(control)
        _preload(settings["preload"])
        threads = sum(1 for _ in Path("/proc/self/task").iterdir())
        if threads != 1:
            raise RuntimeError(f"the preloaded modules left {threads} threads; a fork needs one")
    except BaseException as error:
        control.send(json.dumps({"op": "failed", "error": f"{type(error).__name__}: {error}"[:4000]}).encode())
        os._exit(1)
    ready = {
        "op": "ready",
        "wall_seconds": time.monotonic() - started,
        "cpu_seconds": time.process_time(),
        "threads": threads,
    }
    control.send(json.dumps(ready).encode())
    _Nursery(control, proc, settings["rebind"]).serve()


def _own_namespaces(control: socket.socket) -> int:
    """Become the first process of namespaces in which this process may mount and fork further ones.

    Returns a descriptor of the /proc that shows them. Done before anything is imported: a process with a second
    thread cannot enter a user namespace.
    """
    user, group = os.getuid(), os.getgid()
    kernel.unshare(kernel.CLONE_NEWUSER | kernel.CLONE_NEWPID | kernel.CLONE_NEWNS | kernel.CLONE_NEWIPC)
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{child.USER} {user} 1"),
        ("gid_map", f"{child.USER} {group} 1"),
    ):
        Path("/proc/self", name).write_text(text)
    inner = os.fork()
    if inner:
        # Stays as the link between bubblewrap and the namespace, and ends with it.
        control.close()
        os.waitpid(inner, 0)
        os._exit(0)
    # Cleared by a change of credentials, so set after it.
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    kernel.mount("", "/", flags=kernel.MS_REC | kernel.MS_PRIVATE)
    kernel.mount("proc", "/proc", "proc", kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC)
    return os.open("/proc", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)


def _preload(names: list[str]) -> None:
    """Import modules, and call what is named `module:function` (to warm something up)."""
    for name in names:
        module, _, function = name.partition(":")
        loaded = importlib.import_module(module)
        if function:
            getattr(loaded, function)()
    # A first traceback reads files and fills caches.
    try:
        raise ValueError
    except ValueError:
        pass
    gc.collect()
    # Out of the collector's sight: a collection in a child would touch, and so copy, all these pages.
    gc.freeze()


@dataclass
class _Running:
    name: int
    pid: int
    watch: Watch
    deadline: float
    next_look: float
    reason: Reason | None = None


class _Nursery:
    """Forks children, looks after their limits, and tells how they ended."""

    def __init__(self, control: socket.socket, proc: int, rebind: list[str]) -> None:
        self.control, self.proc, self.rebind = control, proc, rebind
        self.running: dict[int, _Running] = {}
        self.own_pids = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
        self.poll = select.poll()
        self.poll.register(control, select.POLLIN)

    def serve(self) -> None:
        while True:
            ready = self.poll.poll(INTERVAL * 1000 if self.running else None)
            for number, _ in ready:
                if number in self.running:
                    self._reap(number)
                else:
                    self._request()
            self._look()

    def _request(self) -> None:
        # Close-on-exec or not makes no difference here: nothing is executed, and a child closes all but its own.
        content, descriptors, _, _ = socket.recv_fds(self.control, MESSAGE, 1)
        if not content:
            # The worker is gone. This is the namespace's first process, so all children end with it.
            os._exit(0)
        request = json.loads(content)
        try:
            pid = self._fork(descriptors[0], request)
        except OSError as error:
            self._tell({"op": "refused", "name": request["name"], "error": str(error)})
            return
        finally:
            for number in descriptors:
                os.close(number)
        number = os.pidfd_open(pid)
        limits, now = Limits(**request["limits"]), time.monotonic()
        watch = Watch(pid, limits)
        self.running[number] = _Running(request["name"], pid, watch, now + limits.wall_seconds, now + INTERVAL)
        self.poll.register(number, select.POLLIN)
        socket.send_fds(self.control, [json.dumps({"op": "started", "name": request["name"]}).encode()], [number])

    def _fork(self, channel: int, request: dict[str, Any]) -> int:
        # Each child is the first process of a namespace of its own; its end is the end of all it started.
        kernel.unshare(kernel.CLONE_NEWPID)
        pid = -1
        try:
            pid = os.fork()
        finally:
            if pid != 0:
                # Back, or the next fork would land in that child's namespace, or fail if it has ended.
                kernel.setns(self.own_pids, kernel.CLONE_NEWPID)
        if pid == 0:
            # A socket object left alone would close somebody else's descriptor of that number later.
            self.control.detach()
            child.live(channel, self.proc, Limits(**request["limits"]), request["entry"], self.rebind)
        return pid

    def _look(self) -> None:
        now = time.monotonic()
        for number, one in self.running.items():
            if one.reason is None and now >= one.next_look:
                one.next_look = now + INTERVAL
                one.reason = one.watch.over() or ("timed-out" if now > one.deadline else None)
                if one.reason:
                    signal.pidfd_send_signal(number, signal.SIGKILL)

    def _reap(self, number: int) -> None:
        one = self.running.pop(number)
        self.poll.unregister(number)
        # Only this child, by its number: another's end must stay for its own turn.
        _, status, used = os.wait4(one.pid, 0)
        os.close(number)
        code = os.waitstatus_to_exitcode(status)
        cpu = used.ru_utime + used.ru_stime
        reason: Reason = one.reason or ("ended" if code == 0 else "crashed")
        if reason == "crashed" and code == -signal.SIGKILL and cpu >= one.watch.limits.cpu_seconds:
            reason = "timed-out"
        peak = max(one.watch.peak_bytes, used.ru_maxrss * 1024)
        self._tell(
            {"op": "ended", "name": one.name, "cpu_seconds": cpu, "peak_bytes": peak, "reason": reason, "code": code}
        )

    def _tell(self, message: dict[str, Any]) -> None:
        self.control.send(json.dumps(message).encode())
