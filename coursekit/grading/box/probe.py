"""Is there a box on this host? Found out by making one, all the way to the innermost wall."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass

from coursekit.grading.box.client import Zygote
from coursekit.grading.box.errors import BoxError, BoxUnavailable
from coursekit.grading.box.find import find_bwrap
from coursekit.grading.box.host import Host, hindrance, remedy
from coursekit.grading.box.limits import Limits
from coursekit.grading.box.plain import run_in_box

_PROBE = Limits(wall_seconds=20, cpu_seconds=10)


@dataclass(frozen=True)
class Probe:
    """What the probe found: which bubblewrap, how far it got, and the remedy if it did not get to the end."""

    works: bool
    bwrap: str | None
    failed: str | None = None
    """The part that failed: `system`, `bubblewrap`, `box` (the outer walls) or `zygote` (the inner ones)."""
    error: str | None = None
    remedy: str | None = None

    def require(self) -> None:
        """Raise `BoxUnavailable`, whose text holds the remedy, unless the box works."""
        if not self.works:
            raise BoxUnavailable(self.remedy or "The box does not work here.")


def probe(host: Host | None = None) -> Probe:
    """Make a box and a zygote with one child, and say what to do if that fails. Takes about 0.3 s."""
    host = host or Host.this()
    bwrap: str | None = None
    part = "system"
    try:
        if (reason := hindrance(host)) is not None:
            return Probe(False, None, part, None, reason)
        part = "bubblewrap"
        bwrap = str(find_bwrap())
        part = "box"
        run = run_in_box(["/usr/bin/true"], limits=_PROBE)
        if run.code != 0:
            raise BoxError(run.stderr.decode(errors="replace").strip() or f"`true` ended with {run.code}")
        part = "zygote"
        with Zygote.start() as zygote:
            child = zygote.child(limits=_PROBE, entry="coursekit.grading.box.entries:nothing")
            usage = child.wait()
            if usage.reason != "ended":
                raise BoxError(f"a child that does nothing was {usage.reason}")
    except BoxUnavailable as error:
        return Probe(False, bwrap, part, str(error), str(error))
    except (BoxError, OSError, subprocess.SubprocessError) as error:
        return Probe(False, bwrap, part, str(error), remedy(host))
    return Probe(True, bwrap)
