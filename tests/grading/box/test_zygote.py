"""Children of a zygote: what they get, what they cannot reach, and that nothing of them stays."""

from __future__ import annotations

import hashlib
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from coursekit.grading.box import Bind, BoxError, ChannelClosed, Child, Limits, TooLarge, View, Zygote
from coursekit.grading.box.watch import Watch
from tests.grading.box.users import BOOT, ROOT, commands, descriptors, eventually

pytestmark = pytest.mark.xdist_group("box")
NOTHING = "coursekit.grading.box.entries:nothing"
SOON = Limits(wall_seconds=20)


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    with Zygote.start(["numpy", "pandas"]) as started:
        yield started


def told(child: Child) -> Any:
    """The next value that the child tells."""
    return json.loads(child.receive(20))


def ask(zygote: Zygote, source: str, files: dict[str, bytes] | None = None, limits: Limits = SOON) -> Any:
    """What a new child with this source tells first."""
    with zygote.child(files, limits, argument=source) as child:
        return told(child)


def test_the_zygote_has_one_thread_when_it_forks(zygote: Zygote) -> None:
    assert zygote.threads == 1


@pytest.mark.slow
def test_pandas_numpy_and_altair_are_there_without_import_time() -> None:
    with Zygote.start(["numpy", "pandas", "altair"]) as warm:
        loaded, mark = ask(
            warm,
            "import sys\nnames = [n in sys.modules for n in ('pandas', 'altair')]\n"
            "import altair, pandas\nchart = altair.Chart(pandas.DataFrame({'a': [1]})).mark_bar().encode(x='a')\n"
            "tell([all(names), chart.to_dict()['mark']['type']])",
        )

    assert (loaded, mark) == (True, "bar")


def test_files_arrive_and_belong_to_the_child(zygote: Zygote) -> None:
    large = os.urandom(3 << 20)

    seen = ask(
        zygote,
        "import hashlib; d = open('data/rows.bin', 'rb').read(); open('data/rows.bin', 'a').write('x')\n"
        "tell([open('a.txt').read(), hashlib.sha256(d).hexdigest()])",
        {"a.txt": b"one", "data/rows.bin": large},
    )

    assert seen == ["one", hashlib.sha256(large).hexdigest()]


def test_messages_go_both_ways(zygote: Zygote) -> None:
    source = """
from coursekit.grading.box.frames import receive_frame
while True: tell(receive_frame(channel, 10).decode()[::-1])
"""
    with zygote.child(limits=SOON, argument=source) as child:
        for text in ("abc", "x" * 100_000):
            child.send(text.encode())
            assert told(child) == text[::-1]


def test_each_child_is_alone_and_first_in_its_namespace(zygote: Zygote) -> None:
    source = """
import os, time
tell([os.getpid(), os.getppid(), [name for name in os.listdir("/proc") if name.isdigit()]])
time.sleep(20)
"""
    with zygote.child(limits=SOON, argument=source) as one, zygote.child(limits=SOON, argument=source) as two:
        assert told(one) == told(two) == [1, 0, ["1"]]


def test_children_at_the_same_time_share_no_network_files_or_memory(zygote: Zygote) -> None:
    offer = """
import socket, time
kept = []
for family, place in ((socket.AF_UNIX, "\\0meeting"), (socket.AF_INET, ("127.0.0.1", 4567))):
    server = socket.socket(family); server.bind(place); server.listen(); kept.append(server)
for place in ("/tmp/note", "/dev/shm/note", "/box/home/note"): open(place, "w").write("x")
tell(True); time.sleep(20)
"""
    look = """
import os, socket
found = [os.path.exists(place) for place in ("/tmp/note", "/dev/shm/note", "/box/home/note")]
for family, place in ((socket.AF_UNIX, "\\0meeting"), (socket.AF_INET, ("127.0.0.1", 4567))):
    found.append(socket.socket(family).connect_ex(place) == 0)
tell(found)
"""
    with zygote.child(limits=SOON, argument=offer) as one:
        assert told(one) is True
        assert ask(zygote, look) == [False] * 5


def test_nothing_of_a_child_is_there_for_the_next(zygote: Zygote) -> None:
    # Where the packages lie below /tmp, the way to them is there.
    look = "import os, pandas; tell([os.listdir('/tmp'), os.listdir('.'), pandas.DataFrame is None])"
    before = ask(zygote, look)
    leave = (
        "import pandas, sys\nfor p in ('/tmp/n', 'n', '/box/home/n'): open(p, 'w')\npandas.DataFrame = None; tell(1)"
    )
    ask(zygote, leave)

    assert before[1:] == [[], False] and "n" not in before[0]
    assert ask(zygote, look) == before


def test_random_numbers_differ_from_child_to_child(zygote: Zygote) -> None:
    source = "import random, numpy; tell([random.random(), float(numpy.random.rand())])"
    seen = [ask(zygote, source) for _ in range(3)]

    assert len({pair[0] for pair in seen}) == len({pair[1] for pair in seen}) == 3


def test_the_end_of_a_child_says_how_it_ended(zygote: Zygote) -> None:
    ends = {
        "pass": ("ended", 0),
        "raise SystemExit(4)": ("crashed", 4),
        "1 / 0": ("crashed", 1),
        # The first process of a namespace takes no signal from itself: abort() ends it by a fault instead.
        "import os; os.abort()": ("crashed", -signal.SIGSEGV),
    }

    for source, (reason, code) in ends.items():
        usage = zygote.child(limits=SOON, argument=source).wait()
        assert (usage.reason, usage.code) == (reason, code), source
        assert usage.cpu_seconds > 0 and usage.peak_bytes > 10 << 20


def test_cpu_of_grandchildren_is_counted(zygote: Zygote) -> None:
    source = """
import os, time
if os.fork() == 0:
    if os.fork() == 0:
        until = time.process_time() + 0.5
        while time.process_time() < until: pass
        os._exit(0)
    os._exit(0)
while True:
    try: os.wait()
    except ChildProcessError: break
"""
    assert zygote.child(limits=SOON, argument=source).wait().cpu_seconds >= 0.45


def test_a_kill_ends_a_child_with_all_it_started(zygote: Zygote) -> None:
    source = (
        "import os, time\nfor i in range(4):\n  if os.fork() == 0: os.setsid(); time.sleep(99)\ntell(1); time.sleep(99)"
    )
    before = set(Watch(os.getpid(), SOON).processes())
    child = zygote.child(limits=SOON, argument=source)
    told(child)
    assert len(set(Watch(os.getpid(), SOON).processes()) - before) == 5

    child.kill()

    assert child.wait().reason == "killed"
    assert set(Watch(os.getpid(), SOON).processes()) <= before


def test_the_pidfd_tells_of_the_end(zygote: Zygote) -> None:
    with zygote.child(limits=SOON, argument="tell(1)") as child:
        told(child)
        assert select.select([child.pidfd], [], [], 20)[0]


def test_many_children_leave_no_descriptor_no_process_and_no_memory(zygote: Zygote) -> None:
    def seen() -> tuple[int, int]:
        return descriptors(), len(Watch(os.getpid(), SOON).processes())

    def inside() -> int:
        return sum(Watch(pid, SOON)._proportional(pid) for pid in Watch(zygote._process.pid, SOON).processes())

    zygote.child({"a": b"1"}, SOON, NOTHING).wait()
    before, memory = seen(), inside()
    for _ in range(60):
        zygote.child({"a": b"1" * 100_000}, SOON, NOTHING).wait()

    assert seen() == before
    assert inside() < memory + (4 << 20)


def test_a_message_that_is_too_large_or_never_comes_does_not_hold_the_worker(zygote: Zygote) -> None:
    large = zygote.child(limits=SOON, argument="tell('x' * 10000); import time; time.sleep(20)")
    silent = zygote.child(limits=SOON, argument="channel.send(b'\\0' * 7); import time; time.sleep(20)")
    gone = zygote.child(limits=SOON, argument="channel.send(b'\\0' * 7)")

    with pytest.raises(TooLarge):
        large.receive(20, most=5000)
    with pytest.raises(TimeoutError):
        silent.receive(0.2)
    with pytest.raises(ChannelClosed):
        gone.receive(20)
    for child in (large, silent, gone):
        child.close()


def test_forged_control_messages_do_not_reach_the_zygote(zygote: Zygote) -> None:
    forge = """
import json, os, socket
sent = 0
for number in range(3, 256):
    try:
        other = socket.socket(fileno=os.dup(number))
        if other.type == socket.SOCK_SEQPACKET: sent += 1
    except OSError: pass
tell(sent)
"""
    assert ask(zygote, forge) == 0


def test_a_preload_that_fails_or_leaves_a_thread_is_named(tmp_path: Path) -> None:
    (tmp_path / "threaded.py").write_text(
        "import threading, time\ndef start(): threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
    )
    tmp_path.chmod(0o755)
    view = View().plus([Bind(str(tmp_path), "/extra")], ["/extra"])

    with pytest.raises(BoxError, match="no_such_module"):
        Zygote.start(["no_such_module"])
    with pytest.raises(BoxError, match="2 threads"):
        Zygote.start(["threaded:start"], view)


def test_a_module_below_tmp_is_not_hidden_by_the_tmp_of_a_child(tmp_path: Path) -> None:
    (tmp_path / "late.py").write_text("value = 5\n")
    tmp_path.chmod(0o755)
    view = View().plus([Bind(str(tmp_path), "/tmp/deep/modules")], ["/tmp/deep/modules"])
    source = """
import late, os
try: open("/tmp/deep/modules/x", "w"); wrote = True
except OSError: wrote = False
open("/tmp/mine", "w")
tell([late.value, wrote])
"""

    with Zygote.start(view=view) as zygote:
        assert ask(zygote, source) == [5, False]


def test_a_lost_zygote_is_said_and_its_children_are_gone() -> None:
    with Zygote.start() as lost:
        child = lost.child(limits=SOON, argument="import time; tell(1); time.sleep(99)")
        told(child)
        lost._process.kill()

        assert select.select([child.pidfd], [], [], 20)[0]
        with pytest.raises(BoxError, match="start another"):
            lost.child(limits=SOON)
        assert child.close() is None


def test_a_worker_that_is_killed_leaves_nothing(tmp_path: Path) -> None:
    script = tmp_path / "worker.py"
    script.write_text(
        "from coursekit.grading.box import Limits, Zygote\n"
        "zygote = Zygote.start()\n"
        "source = \"import os; os.execv('/usr/bin/sleep', ['/usr/bin/sleep', '4322.25'])\"\n"
        "zygote.child(limits=Limits(wall_seconds=300), argument=source).wait()\n"
    )

    with subprocess.Popen([sys.executable, "-c", BOOT, str(ROOT), str(script)]) as worker:
        assert eventually(lambda: len(commands("/usr/bin/sleep", "4322.25")) == 1)
        tree = set(Watch(worker.pid, SOON).processes())
        worker.kill()

    assert eventually(lambda: not any(_runs(pid) for pid in tree))


def _runs(pid: int) -> bool:
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except OSError:
        return False


def test_the_files_of_a_child_stay_in_its_folder(zygote: Zygote) -> None:
    with pytest.raises(ValueError, match="plain relative path"):
        zygote.child({"../../etc/passwd": b""})


def test_files_larger_than_the_disk_are_the_trouble_of_that_child(zygote: Zygote) -> None:
    with pytest.raises(BoxError):
        zygote.child({"large": bytes(8 << 20)}, Limits(disk_bytes=1 << 20))

    assert ask(zygote, "tell(1)") == 1
