"""What this host allows, and the sentence that mends it.

Sources: Ubuntu's release notes of 24.04 (`kernel.apparmor_restrict_unprivileged_userns`), Debian's kernel for
`kernel.unprivileged_userns_clone`, and the manual page user_namespaces(7) for `user.max_user_namespaces`.
"""

from __future__ import annotations

import platform
from dataclasses import dataclass
from pathlib import Path

from coursekit.grading.box.seccomp import MACHINES


@dataclass(frozen=True)
class Host:
    """The facts about a host that decide whether a box can be made."""

    system: str
    machine: str
    apparmor_restricts: bool
    """Ubuntu's AppArmor takes the capabilities of user namespaces away."""
    clone_forbidden: bool
    """Debian's switch for unprivileged user namespaces is off."""
    max_user_namespaces: int | None
    container: bool
    """Docker, Podman or alike, whose own filter and masked /proc stand in the way."""

    @classmethod
    def this(cls, root: Path = Path("/")) -> Host:
        """The host this runs on; `root` is where its file system is."""

        def setting(name: str) -> int | None:
            try:
                return int((root / "proc/sys" / name).read_text())
            except (OSError, ValueError):
                return None

        return cls(
            system=platform.system(),
            machine=platform.machine(),
            apparmor_restricts=setting("kernel/apparmor_restrict_unprivileged_userns") == 1,
            clone_forbidden=setting("kernel/unprivileged_userns_clone") == 0,
            max_user_namespaces=setting("user/max_user_namespaces"),
            container=any((root / name).exists() for name in (".dockerenv", "run/.containerenv")),
        )


def hindrance(host: Host) -> str | None:
    """Why there can be no box on such a system at all, and what to do; None if it may work."""
    if host.system != "Linux":
        return (
            f"Submissions are graded on Linux, and this is {host.system}: run `coursekit grade` in a Linux container"
            " or virtual machine, or in CI; everything else of the kit works here."
        )
    if host.machine not in MACHINES:
        return (
            f"The box knows the system calls of x86_64 and aarch64, and this is {host.machine}: grade on one of those."
        )
    return None


def remedy(host: Host) -> str:
    """What to do on a host where bubblewrap is there and a box fails, the likeliest cause first."""
    if host.apparmor_restricts:
        return (
            "AppArmor keeps user namespaces from working: run"
            " `sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`"
            " (to keep it, write that line without `sudo sysctl -w` to /etc/sysctl.d/60-userns.conf)."
        )
    if host.clone_forbidden:
        return "User namespaces are switched off: run `sudo sysctl -w kernel.unprivileged_userns_clone=1`."
    if host.max_user_namespaces == 0:
        return "User namespaces are switched off: run `sudo sysctl -w user.max_user_namespaces=15000`."
    if host.container:
        return (
            "This container forbids namespaces: start it with"
            " `--security-opt seccomp=unconfined --security-opt apparmor=unconfined"
            " --security-opt systempaths=unconfined`, or grade outside it."
        )
    return (
        "The kernel refuses a namespace: grade on a host that allows unprivileged user namespaces, such as a CI runner."
    )
