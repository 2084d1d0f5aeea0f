"""Start a program as the user who runs the tests, and as an ordinary one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from coursekit.grading.box.command import Bind, View, ordinary_user

ROOT = Path(__file__).parents[3]
BOX = ROOT / "coursekit" / "grading" / "box"
# Without the package's own __init__, which imports nbgrader.
BOOT = """
import runpy, sys, types
place, file = sys.argv[1:3]
for name in ("coursekit", "coursekit.grading"):
    module = types.ModuleType(name)
    module.__path__ = [place + "/" + name.replace(".", "/")]
    sys.modules[name] = module
sys.path.insert(0, place)
runpy.run_path(file, run_name="__main__")
"""
USERS = ["as it is", "ordinary"]


def run_as(user: str, script: Path, given: object, shown: list[Path], timeout: float = 120) -> Any:
    """What `script` prints as JSON, given JSON, as one of `USERS`; `shown` are paths that it must be able to see."""
    place, prefix = str(ROOT), []
    if user == "ordinary" and os.geteuid() == 0:
        place = "/kit"
        binds = [
            Bind(str(BOX), "/kit/coursekit/grading/box"),
            Bind(str(Path(__file__).parent), "/kit/tests/grading/box"),
        ]
        view = View().plus([*binds, *(Bind(str(path), str(path)) for path in shown)])
        # In the host's process namespace, as an ordinary user's programs are.
        prefix = [part for part in ordinary_user(view) if part != "--unshare-pid"]
        script = Path("/kit", script.relative_to(ROOT))
    done = subprocess.run(
        [*prefix, sys.executable, "-I", "-c", BOOT, place, str(script)],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=timeout,
        env={"PATH": os.environ.get("PATH", ""), "BOX_TEST_SECRET": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def descriptors() -> int:
    """How many descriptors this process has open."""
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def commands(*words: str) -> list[int]:
    """Numbers of the processes with exactly this command line, without those that have ended."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            told = (entry / "cmdline").read_bytes().split(b"\0")[:-1]
        except OSError:
            continue
        if told == [word.encode() for word in words]:
            found.append(int(entry.name))
    return found


def eventually(condition: Callable[[], bool], seconds: float = 20) -> bool:
    """Whether `condition` comes true in that time."""
    pause, until = threading.Event(), time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        pause.wait(0.02)
    return False
