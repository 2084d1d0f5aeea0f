"""What code in the box tries, as source, and what has to come of it.

A source calls `say(value)`; the names `PORT`, `SECRET`, `PID` tell it of a service, a file and a process of the host,
as an attacker who knows the machine would. `held(call)` is True if the call fails as the system makes it fail.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

PRELUDE = """
import ctypes, errno, glob, json, mmap, os, pathlib, platform, signal, socket, subprocess, sys, threading, time
libc = ctypes.CDLL(None, use_errno=True)
def held(call, *arguments):
    try:
        result = call(*arguments)
    except (OSError, ValueError, MemoryError, RuntimeError):
        return True
    return False
def refused(call, *arguments):
    # Not just an error: a call with wrong arguments fails where it is allowed too.
    return call(*arguments) < 0 and ctypes.get_errno() in (errno.EPERM, errno.EACCES, errno.ENOSYS)
def number(x86, arm):
    return x86 if platform.machine() == "x86_64" else arm
"""


@dataclass(frozen=True)
class Case:
    """One attempt: `source` says True for each wall that held; the run ends for `reason`."""

    source: str
    reason: str = "ended"
    limits: dict[str, Any] = field(default_factory=dict)


HELD: dict[str, str] = {
    "reach a service of the host on loopback": """
        say(held(socket.create_connection, ("127.0.0.1", PORT), 1))
    """,
    "reach another machine": """
        say(held(socket.create_connection, ("10.0.0.1", 80), 1))
        say(held(socket.getaddrinfo, "example.org", 80))
    """,
    "reach the machine below by vsock": """
        say(held(socket.socket, 40, socket.SOCK_STREAM))
    """,
    "read a file of the course": """
        say(held(open, SECRET))
        say(not os.path.exists(os.path.dirname(SECRET)))
    """,
    "read through a symbolic link": """
        os.symlink(SECRET, "link"); say(held(open, "link"))
        os.symlink("/proc/1/root" + SECRET, "other"); say(held(open, "other"))
    """,
    "read the host's users and its environment": """
        say(held(open, "/etc/passwd")); say(held(open, "/etc/shadow"))
        say("BOX_TEST_SECRET" not in os.environ)
        for pid in os.listdir("/proc"):
            if pid.isdigit():
                try:
                    say(b"BOX_TEST_SECRET" not in open(f"/proc/{pid}/environ", "rb").read())
                except OSError:
                    say(True)
    """,
    "see processes outside": """
        shown = [int(p) for p in os.listdir("/proc") if p.isdigit()]
        say(len(shown) <= 4)
        say(os.getppid() in (0, 1, 2))
    """,
    "signal processes outside": """
        say(PID in (os.getpid(), os.getppid()) or held(os.kill, PID, 0))
        if os.getpid() == 1:
            say(held(os.kill, -1, 9))
    """,
    "write anywhere else": """
        for place in ("/", "/usr", "/etc", "/dev", "/proc", sys.prefix, os.path.dirname(os.__file__), "/box", "/var"):
            if place == "/box" : continue
            say(held(pathlib.Path(place, "note").write_text, "x"))
        say(held(pathlib.Path(os.__file__).write_text, "x"))
    """,
    "change settings of the system": """
        for name in ("kernel/hostname", "user/max_user_namespaces", "kernel/core_pattern", "vm/drop_caches"):
            say(held(pathlib.Path("/proc/sys", name).write_text, "1"))
        say(held(pathlib.Path("/proc/self/oom_score_adj").write_text, "-1000"))
    """,
    "mount": """
        say(refused(libc.mount, b"tmpfs", b"/tmp", b"tmpfs", 0, None))
        say(refused(libc.mount, None, b"/", None, 32 | 4096, None))
        say(refused(libc.umount2, b"/proc", 2))
        say(refused(libc.syscall, 428, -100, b"/", 1))
        say(refused(libc.syscall, 430, b"tmpfs", 0))
        say(held(os.chroot, "/tmp"))
    """,
    "make or enter namespaces": """
        for flag in (0x10000000, 0x20000000, 0x20000, 0x40000000, 0x8000000):
            say(refused(libc.unshare, flag))
        say(refused(libc.syscall, number(56, 220), 0x10000000 | 17, 0, 0, 0, 0))
        block = ctypes.create_string_buffer((0x10000000).to_bytes(8, sys.byteorder), 88)
        say(refused(libc.syscall, 435, block, 88)); say(ctypes.get_errno() == errno.ENOSYS)
        with open("/proc/self/ns/net") as space:
            say(refused(libc.setns, space.fileno(), 0))
    """,
    "gain capabilities": """
        status = open("/proc/self/status").read()
        sets = [line for line in status.splitlines() if line.startswith("Cap")]
        say(len(sets) == 5 and all(line.endswith("\\t" + 16 * "0") for line in sets))
        say("NoNewPrivs:\\t1" in status); say("Seccomp:\\t2" in status)
        say(held(os.setuid, 0)); say(held(os.setgid, 0)); say(held(os.setgroups, []))
        say(os.getuid() == 1000)
    """,
    "trace and read other processes": """
        child = os.fork()
        if child == 0:
            time.sleep(5); os._exit(0)
        say(refused(libc.ptrace, 16, child, 0, 0))
        buffer = ctypes.create_string_buffer(8)
        say(refused(libc.syscall, number(310, 270), child, buffer, 1, buffer, 1, 0))
        os.kill(child, 9); os.waitpid(child, 0)
    """,
    "memory that no limit sees": """
        say(held(os.memfd_create, "hidden"))
        say(refused(libc.shmget, 0, 1 << 20, 0o1600))
        say(refused(libc.syscall, 447, 0))
        say(refused(libc.syscall, 425, 8, ctypes.create_string_buffer(256)))
        say(refused(libc.syscall, number(240, 180), b"q", 0o102, 0o600, None))
    """,
    "parts of the kernel that a course does not need": """
        for call in (number(321, 280), number(298, 241), number(323, 282), number(250, 219), number(304, 265)):
            say(refused(libc.syscall, call, 0, 0, 0, 0, 0))
    """,
    "inherited descriptors": """
        links = [os.readlink(f"/proc/self/fd/{n}") for n in os.listdir("/proc/self/fd")
                 if os.path.lexists(f"/proc/self/fd/{n}")]
        say(sum(link.startswith("socket:") for link in links) <= 1)
        say(not any(link.startswith(("/memfd", "anon_inode:[pidfd")) for link in links))
        say(not any(link.startswith("/proc") and not link.endswith("/fd") for link in links))
    """,
    "limits lifted again": """
        import resource
        for kind in (resource.RLIMIT_NPROC, resource.RLIMIT_DATA, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE):
            soft, hard = resource.getrlimit(kind)
            say(held(resource.setrlimit, kind, (hard + 1, hard + 1)))
    """,
    "a file larger than allowed, and a full disk": """
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        say(held(pathlib.Path("large").write_bytes, bytes(5 << 20)))
        def fill():
            for i in range(20):
                pathlib.Path(f"/dev/shm/part{i}").write_bytes(bytes(1 << 20))
                pathlib.Path(f"/tmp/part{i}").write_bytes(bytes(1 << 20))
        say(held(fill))
    """,
    "typing into a terminal": """
        import fcntl
        say(held(fcntl.ioctl, 0, 0x5412, b"x")); say(held(open, "/dev/tty"))
    """,
    "more files open than allowed": """
        def many():
            kept = []
            for i in range(400): kept.append(open("/dev/null"))
        say(held(many))
    """,
    "a fork bomb": """
        started = []
        def bomb():
            for i in range(200):
                child = os.fork()
                if child == 0:
                    time.sleep(30); os._exit(0)
                started.append(child)
        say(held(bomb)); say(len(started) < 64)
    """,
    "more threads than allowed": """
        def many():
            for i in range(200): threading.Thread(target=time.sleep, args=(30,), daemon=True).start()
        say(held(many)); os._exit(0)
    """,
    "much memory at once": """
        say(held(bytearray, 1 << 30))
    """,
    "children that stay": """
        for i in range(5):
            if os.fork() == 0:
                os.setsid()
                for name in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT): signal.signal(name, signal.SIG_IGN)
                if os.fork() == 0: time.sleep(600)
                os._exit(0)
        say(True)
    """,
}
SMALL = {"disk_bytes": 16 << 20, "file_bytes": 4 << 20, "memory_bytes": 192 << 20, "wall_seconds": 20, "processes": 48}
CASES: dict[str, Case] = {name: Case(source, limits=SMALL) for name, source in HELD.items()}
CASES |= {
    "an endless loop that catches all": Case(
        """
        signal.signal(signal.SIGXCPU, signal.SIG_IGN)
        while True:
            try:
                while True: pass
            except BaseException: pass
        """,
        "timed-out",
        {"wall_seconds": 0.6},
    ),
    "processes that share the work of an endless loop": Case(
        """
        for i in range(3): os.fork()
        while True: pass
        """,
        "timed-out",
        {"cpu_seconds": 0.6, "wall_seconds": 30},
    ),
    "a sleep": Case("time.sleep(60)", "timed-out", {"wall_seconds": 0.5}),
    "memory in shared mappings": Case(
        """
        area = mmap.mmap(-1, 1 << 30)
        for page in range(0, 1 << 30, 4096): area[page] = 1
        time.sleep(20)
        """,
        "out-of-memory",
        {"memory_bytes": 160 << 20},
    ),
    "memory in many processes": Case(
        """
        for i in range(8):
            if os.fork() == 0:
                kept = bytearray(os.urandom(1 << 20)) * 60
                time.sleep(20); os._exit(0)
        time.sleep(20)
        """,
        "out-of-memory",
        {"memory_bytes": 200 << 20},
    ),
    "a killed process": Case("os.kill(os.getpid(), 9)\nos._exit(3)", "crashed"),
    "an exit in the middle": Case("os._exit(7)", "crashed"),
}
