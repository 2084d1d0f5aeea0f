"""The worker's side: start a zygote, ask it for children, talk to them and end them."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from coursekit.grading.box.command import Bind, View, ordinary_user, zygote_box
from coursekit.grading.box.errors import BoxError
from coursekit.grading.box.frames import ChannelClosed, receive_frame, send_frame
from coursekit.grading.box.limits import Limits, Usage
from coursekit.grading.box.plain import checked_name
from coursekit.grading.box.zygote import MESSAGE

KIT = "/kit"
"""Where the box shows this package (and what a caller adds to it)."""
START_SECONDS = 60.0
ANSWER_SECONDS = 20.0

# The packages around this one are stand-ins in the box: the real ones import the grader's own needs (nbgrader).
_BOOT = f"""
import sys, types
for name in ("coursekit", "coursekit.grading"):
    module = types.ModuleType(name)
    module.__path__ = ["{KIT}/" + name.replace(".", "/")]
    sys.modules[name] = module
sys.path[:0] = sys.argv[2:]
from coursekit.grading.box.zygote import main
main(int(sys.argv[1]))
"""


class Zygote:
    """A process in a box with modules imported, that forks a child for each submission.

    Not for several threads at once. Close it, or use it as a context manager: everything in it ends then.
    """

    def __init__(self, process: subprocess.Popen[bytes], control: socket.socket, ready: dict[str, Any]) -> None:
        self._process, self._control = process, control
        self._ended: dict[int, Usage] = {}
        self._last = 0
        self.start_cpu_seconds: float = ready["cpu_seconds"]
        """CPU that the start took (imports and warm-up)."""
        self.start_seconds: float = ready["wall_seconds"]
        self.threads: int = ready["threads"]

    @classmethod
    def start(cls, preload: Sequence[str] = (), view: View | None = None) -> Self:
        """Start a zygote and wait until it is ready.

        Parameters
        ----------
        preload
            Modules to import; `module:function` is also called, to warm something up.
        view
            What its children see of the host, read-only. A module of this package that they need is bound below
            `/kit/coursekit/grading`.

        Raises
        ------
        BoxError
            The box could not be made (`probe` says why), or a preloaded module failed.
        """
        here = Path(__file__).parent
        view = (view or View()).plus([Bind(str(here), f"{KIT}/coursekit/grading/box")], [])
        rebind = [bind.target for bind in view.binds if bind.target.startswith(("/tmp/", "/dev/shm/"))]
        mine, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with its, tempfile.TemporaryFile() as told:
            python = [sys.executable, "-I", "-c", _BOOT, str(its.fileno()), *view.python_path]
            process = subprocess.Popen(
                [*ordinary_user(view), *zygote_box(view), "--", *python],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=told,
                pass_fds=[its.fileno()],
                env={},
            )
            its.close()
            try:
                mine.settimeout(START_SECONDS)
                mine.send(json.dumps({"preload": list(preload), "rebind": rebind}).encode())
                answer = mine.recv(MESSAGE)
            except OSError:
                answer = b""
            ready = json.loads(answer) if answer else {"op": "failed", "error": ""}
            if ready["op"] != "ready":
                mine.close()
                _put_down(process)
                told.seek(0)
                error = ready["error"] or told.read(4000).decode(errors="replace").strip() or "it said nothing"
                raise BoxError(f"The zygote did not start ({error}): `probe()` names the remedy for this host.")
        return cls(process, mine, ready)

    def child(
        self,
        files: Mapping[str, bytes] | None = None,
        limits: Limits | None = None,
        entry: str = "coursekit.grading.box.entries:run_source",
        argument: object = None,
    ) -> Child:
        """Fork a child that runs `entry` (`module:function`, called with its channel and `argument`, a JSON value).

        Its work folder holds `files` (contents by relative path). Several may run at once: nothing is shared between
        them but what the view shows, read-only.

        Raises
        ------
        BoxError
            The zygote is gone, or the child could not build its walls: then nothing of the learner's has run.
        ValueError
            A file's name leaves the work folder.
        """
        limits, files = limits or Limits(), {checked_name(name): content for name, content in (files or {}).items()}
        self._last += 1
        name = self._last
        mine, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        request = {"op": "child", "name": name, "entry": entry, "limits": dataclasses.asdict(limits)}
        with its:
            try:
                socket.send_fds(self._control, [json.dumps(request).encode()], [its.fileno()])
                pidfd = self._await_start(name)
            except (OSError, BoxError) as error:
                mine.close()
                if isinstance(error, BoxError):
                    raise
                raise BoxError("The zygote is gone: start another.") from error
        child = Child(self, name, mine, pidfd, limits)
        header = json.dumps({"files": list(files), "argument": argument}).encode()
        problem: str | None = None
        try:
            for content in (header, *files.values()):
                send_frame(mine, content, ANSWER_SECONDS)
        except OSError as error:
            problem = str(error)  # the child's own word, if it left one, says more
        try:
            problem = json.loads(receive_frame(mine, ANSWER_SECONDS)).get("error", problem)
        except (OSError, ChannelClosed, ValueError) as error:
            problem = problem or str(error)
        if problem is not None:
            child.kill()
            child.close()
            raise BoxError(f"A child could not build its walls ({problem}): `probe()` names the remedy for this host.")
        mine.settimeout(None)
        return child

    def close(self) -> None:
        """End the zygote and every child, and wait until they are gone."""
        self._control.close()
        _put_down(self._process)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _await_start(self, name: int) -> int:
        while True:
            message, descriptors = self._receive(ANSWER_SECONDS)
            if message["op"] == "started" and message["name"] == name:
                return descriptors[0]
            if message["op"] == "refused" and message["name"] == name:
                raise BoxError(f"The zygote could not fork a child ({message['error']}).")

    def _await_end(self, name: int, seconds: float) -> Usage:
        deadline = time.monotonic() + seconds
        while name not in self._ended:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("the zygote did not say in time how its child ended")
            self._receive(left)
        return self._ended.pop(name)

    def _receive(self, seconds: float) -> tuple[dict[str, Any], list[int]]:
        # A time-out on every receive: a zygote that is stuck must not hold the worker.
        self._control.settimeout(seconds)
        content, descriptors, _, _ = socket.recv_fds(self._control, MESSAGE, 1)
        if not content:
            raise BoxError("The zygote is gone: start another.")
        message: dict[str, Any] = json.loads(content)
        if message["op"] == "ended":
            facts = {key: message[key] for key in ("cpu_seconds", "peak_bytes", "reason", "code")}
            self._ended[message["name"]] = Usage(**facts)
        return message, list(descriptors)


class Child:
    """One forked child: `.channel` leads to it, `.pidfd` names its process for the kernel."""

    def __init__(self, zygote: Zygote, name: int, channel: socket.socket, pidfd: int, limits: Limits) -> None:
        self._zygote, self._name, self._limits = zygote, name, limits
        self._usage: Usage | None = None
        self._killed = False
        self.channel = channel
        self.pidfd = pidfd

    def send(self, content: bytes, seconds: float = ANSWER_SECONDS) -> None:
        """Send one message; `OSError` if the child is gone or does not take it in time."""
        send_frame(self.channel, content, seconds)

    def receive(self, seconds: float, most: int | None = None) -> bytes:
        """Receive one message, of at most the limits' output bytes by default. The errors are `receive_frame`'s."""
        return receive_frame(self.channel, seconds, self._limits.output_bytes if most is None else most)

    def kill(self) -> None:
        """End it and all it started, now."""
        self._killed = True
        if self.pidfd >= 0:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)

    def wait(self) -> Usage:
        """Wait for its end (its limits see to that) and say what it used. Closes the channel."""
        if self._usage is None:
            usage = self._zygote._await_end(self._name, self._limits.wall_seconds + ANSWER_SECONDS)
            ours = self._killed and usage.reason == "crashed" and usage.code == -signal.SIGKILL
            self._usage = dataclasses.replace(usage, reason="killed") if ours else usage
            self._release()
        return self._usage

    def close(self) -> Usage | None:
        """End it if it runs still, and let go of what belongs to it. None if its zygote is gone."""
        self.kill()
        try:
            return self.wait()
        except (OSError, BoxError):
            return None
        finally:
            self._release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _release(self) -> None:
        self.channel.close()
        if self.pidfd >= 0:
            os.close(self.pidfd)
            self.pidfd = -1


def _put_down(process: subprocess.Popen[bytes]) -> None:
    """Wait for a zygote whose control socket is closed; end it if it does not go by itself."""
    try:
        process.wait(timeout=2)
    except subprocess.TimeoutExpired:
        # bubblewrap's own death takes the box along (--die-with-parent).
        process.kill()
        process.wait()
