"""The box: where untrusted code runs, on Linux, by bubblewrap and the kernel's namespaces.

`probe` says whether this host can hold one, and what to do if not. `run_in_box` runs one command. `Zygote` imports
once and forks a child, with its own walls, for each submission. Specification: grading.md, sections 2 and 4.
"""

from coursekit.grading.box.client import Child, Zygote
from coursekit.grading.box.command import Bind, View
from coursekit.grading.box.errors import BoxError, BoxUnavailable
from coursekit.grading.box.frames import ChannelClosed, TooLarge
from coursekit.grading.box.limits import Limits, Reason, Usage
from coursekit.grading.box.plain import Finished, run_in_box
from coursekit.grading.box.probe import Probe, probe

__all__ = [
    "Bind",
    "BoxError",
    "BoxUnavailable",
    "ChannelClosed",
    "Child",
    "Finished",
    "Limits",
    "Probe",
    "Reason",
    "TooLarge",
    "Usage",
    "View",
    "Zygote",
    "probe",
    "run_in_box",
]
