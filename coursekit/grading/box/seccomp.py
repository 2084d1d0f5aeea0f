"""The filter of system calls for code in the box, as a program for the kernel (classic BPF).

Namespaces do the work of the box; the filter takes away what they leave: memory that no limit sees (`memfd_create`,
System V shared memory), large and often broken parts of the kernel (`io_uring`, `bpf`, `userfaultfd`), sockets that no
network namespace holds (`AF_VSOCK`), and a second look at mounting and new namespaces.

Numbers: the kernel's `arch/x86/entry/syscalls/syscall_64.tbl` and `include/uapi/asm-generic/unistd.h`.
"""

from __future__ import annotations

import errno
import platform
import struct

# name: (x86_64, aarch64)
DENIED: dict[str, tuple[int, int]] = {
    # Memory outside the files and processes that are counted.
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "shmctl": (31, 195),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
    # Other processes.
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "kcmp": (312, 272),
    "pidfd_getfd": (438, 438),
    # Namespaces and mounts.
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "open_tree_attr": (467, 467),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    # Parts of the kernel that a course does not need.
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "fanotify_init": (300, 262),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "personality": (135, 92),
    "syslog": (103, 116),
    "acct": (163, 89),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "reboot": (169, 142),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
}
# The C library falls back to clone(), whose flags a filter can read, if clone3() is said not to exist.
CLONE3 = (435, 435)
CLONE = (56, 220)
SOCKET = (41, 198)
IOCTL = (16, 29)
NEW_NAMESPACE = 0x7E020000  # CLONE_NEWNS, CGROUP, UTS, IPC, USER, PID, NET
SOCKET_FAMILIES = (1, 2, 10, 16)  # AF_UNIX, AF_INET, AF_INET6, AF_NETLINK: cut by the namespace, not here
TERMINAL_INPUT = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX: typing into somebody's terminal

MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_ALLOW = 0x7FFF0000
_ERRNO = 0x00050000
_KILL = 0x80000000
_X32 = 0x40000000
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENT_0, _ARGUMENT_1 = 0, 4, 16, 24


def _step(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("=HBBI", code, yes, no, value)


def seccomp_program(machine: str | None = None) -> bytes:
    """The filter for `machine` (this one by default): instructions of 8 bytes each.

    Raises `KeyError` for a machine that is neither x86_64 nor aarch64.
    """
    machine = machine or platform.machine()
    audit = MACHINES[machine]
    column = 0 if machine == "x86_64" else 1
    refuse = _ERRNO | errno.EPERM
    program = [
        _step(_LOAD, _ARCHITECTURE),
        # A 32-bit program would have other numbers for the same calls.
        _step(_EQUAL, audit, yes=1),
        _step(_RETURN, _KILL),
        _step(_LOAD, _NUMBER),
    ]
    if machine == "x86_64":
        program += [_step(_AT_LEAST, _X32, no=1), _step(_RETURN, _KILL)]
    for numbers in DENIED.values():
        program += [_step(_EQUAL, numbers[column], no=1), _step(_RETURN, refuse)]
    program += [_step(_EQUAL, CLONE3[column], no=1), _step(_RETURN, _ERRNO | errno.ENOSYS)]
    # After an argument was loaded the number is gone, so each of these branches ends with a verdict.
    program += [
        _step(_EQUAL, CLONE[column], no=4),
        _step(_LOAD, _ARGUMENT_0),
        _step(_ANY_BIT, NEW_NAMESPACE, no=1),
        _step(_RETURN, refuse),
        _step(_RETURN, _ALLOW),
    ]
    branch = [_step(_LOAD, _ARGUMENT_0)]
    for family in SOCKET_FAMILIES:
        branch += [_step(_EQUAL, family, no=1), _step(_RETURN, _ALLOW)]
    branch.append(_step(_RETURN, refuse))
    program += [_step(_EQUAL, SOCKET[column], no=len(branch)), *branch]
    branch = [_step(_LOAD, _ARGUMENT_1)]
    for request in TERMINAL_INPUT:
        branch += [_step(_EQUAL, request, no=1), _step(_RETURN, refuse)]
    branch.append(_step(_RETURN, _ALLOW))
    program += [_step(_EQUAL, IOCTL[column], no=len(branch)), *branch]
    program.append(_step(_RETURN, _ALLOW))
    return b"".join(program)
