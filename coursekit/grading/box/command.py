"""The command lines of bubblewrap: what a box shows, and how a run by root becomes an ordinary user first."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from coursekit.grading.box.find import find_bwrap

ROOM = "/box"
WORK = f"{ROOM}/work"
HOME = f"{ROOM}/home"
NOBODY = 65534
_SYSTEM_LINKS = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
# The loader's index and the clock's zone: the rest of /etc names this host and its users.
_SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/localtime", "/etc/alternatives", "/etc/fonts")


@dataclass(frozen=True)
class Bind:
    """A file or folder of the host that the box shows, read-only, as `target`."""

    source: str
    target: str


@dataclass(frozen=True)
class View:
    """What of the host a box shows, all of it read-only, and where Python looks for modules beside its own places."""

    binds: tuple[Bind, ...] = field(default_factory=lambda: python_binds())
    python_path: tuple[str, ...] = ()

    def plus(self, binds: Iterable[Bind] = (), python_path: Iterable[str] = ()) -> View:
        """This view with more shown."""
        return View((*self.binds, *binds), (*self.python_path, *python_path))


def python_binds() -> tuple[Bind, ...]:
    """The system's programs and libraries, and the Python (with its environment) that runs now."""
    shown = ["/usr", sys.base_prefix, sys.base_exec_prefix, sys.prefix, sys.exec_prefix]
    # A virtual environment points at its Python by a link, which has to lead somewhere in the box too.
    link = Path(sys.executable)
    while link.is_symlink():
        link = link.parent / link.readlink()
        shown.append(str(link.parent.parent))
    paths = dict.fromkeys(os.path.normpath(path) for path in shown)
    kept = [path for path in paths if not any(path != other and _below(path, other) for other in paths)]
    return tuple(Bind(path, path) for path in (*kept, *(f for f in _SYSTEM_FILES if Path(f).exists())))


def ordinary_user(view: View, status: int | None = None) -> list[str]:
    """What stands before a command when root runs it: the same view, and an ordinary user without any capability.

    RLIMIT_NPROC does nothing for uid 0, and a box that real root makes could write /proc/sys. So root makes an
    outer box without a user namespace, changes to `NOBODY` there, and only then makes the box itself. The folders
    on the way to a bind may be closed to others on the host (`/root`): in the outer box they are made anew, open.
    `status` is a descriptor for the outer box's `--json-status-fd`. Empty if the user is an ordinary one already.

    It has a process namespace of its own, or a worker that is killed would leave the inner box behind: bubblewrap's
    monitor is root without capabilities and may not signal the ordinary user's processes, so `--die-with-parent`
    reaches no further than to this namespace's first process, whose end the kernel makes the end of all others.
    """
    if os.geteuid() != 0:
        return []
    # /proc stays as it is: an ordinary user cannot write to the system's settings, and bubblewrap has to write its
    # uid_map there.
    return [
        str(find_bwrap()),
        "--die-with-parent",
        *("--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"),
        "--unshare-pid",
        *(("--json-status-fd", str(status)) if status is not None else ()),
        *_mounts(view, room=False),
        *("--bind", "/proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/"),
        "--",
        *("/usr/bin/setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups", "--no-new-privs"),
        "--",
    ]


def plain_box(view: View, disk_bytes: int) -> list[str]:
    """A box for one command: no network, no user namespaces below it, `WORK` as its folder."""
    return [
        str(find_bwrap()),
        *("--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"),
        *("--disable-userns", "--uid", "1000", "--gid", "1000", "--hostname", "box", "--new-session"),
        *("--die-with-parent", "--cap-drop", "ALL", "--clearenv", *environment()),
        *_mounts(_from_here(view), room=True, size=disk_bytes),
        # A new /proc shows this box's processes alone.
        *("--proc", "/proc", "--remount-ro", "/proc", "--dev", "/dev"),
        *("--size", str(disk_bytes), "--tmpfs", "/dev/shm", "--remount-ro", "/dev", "--remount-ro", "/"),
        *("--chdir", WORK),
    ]


def zygote_box(view: View) -> list[str]:
    """The box around a zygote, which makes the inner walls for each child by itself.

    No `--disable-userns`: the zygote needs two more. /proc is the caller's: the kernel lets a namespace mount a new
    /proc only where it sees a whole one, and bubblewrap's own (`--proc`) may be partly covered.
    """
    return [
        str(find_bwrap()),
        *("--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"),
        *("--hostname", "box", "--new-session", "--die-with-parent", "--cap-drop", "ALL", "--clearenv", *environment()),
        *_mounts(_from_here(view), room=False),
        *("--perms", "0755", "--dir", ROOM),
        *("--bind", "/proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/"),
    ]


def environment() -> list[str]:
    """The few variables that the box sets; nothing of the host's environment comes along."""
    values = {
        "PATH": "/usr/bin:/bin",
        "HOME": HOME,
        "TMPDIR": "/tmp",
        "LANG": "C.UTF-8",
        # One thread: a fork copies only the thread that forks, and locks of the others stay shut for ever.
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        "JE_ARROW_MALLOC_CONF": "background_thread:false",
        "ARROW_IO_THREADS": "1",
    }
    return [part for name, value in values.items() for part in ("--setenv", name, value)]


def _from_here(view: View) -> View:
    """The view as the inner box has to name it: an outer one (see `ordinary_user`) has put all in its place."""
    if os.geteuid() != 0:
        return view
    return View(tuple(Bind(bind.target, bind.target) for bind in view.binds), view.python_path)


def _below(path: str, other: str) -> bool:
    return PurePosixPath(path).is_relative_to(other)


def _mounts(view: View, *, room: bool, size: int = 0) -> list[str]:
    arguments: list[str] = []
    made: set[str] = set()
    # Before the binds: an environment that lies below /tmp would be hidden by a file system mounted after it.
    arguments += [*(("--size", str(size)) if size else ()), "--perms", "1777", "--tmpfs", "/tmp"]
    if room:
        arguments += ["--size", str(size), "--perms", "0755", "--tmpfs", ROOM]
        arguments += ["--perms", "0755", "--dir", WORK, "--perms", "0755", "--dir", HOME]
    for link in _SYSTEM_LINKS:
        if Path(link).is_symlink():
            arguments += ["--symlink", str(Path(link).readlink()), link]
        elif Path(link).is_dir():
            arguments += ["--ro-bind", link, link]
    for bind in view.binds:
        # bubblewrap run by root makes missing parents for root alone (0700).
        for parent in reversed(PurePosixPath(bind.target).parents[:-1]):
            if str(parent) not in made:
                made.add(str(parent))
                if not any(_below(str(parent), other.target) for other in view.binds):
                    arguments += ["--perms", "0755", "--dir", str(parent)]
        arguments += ["--ro-bind", bind.source, bind.target]
    return arguments
