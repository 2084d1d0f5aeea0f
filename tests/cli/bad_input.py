"""What the tests of bad input share: contents of files, and runs of commands that must end cleanly."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from tests.corpora import ROOT

HEADER = "id,conv,user,ts,reply_to,text\n"
GOOD = HEADER + "1,c,ann,2025-03-01T12:00:00Z,,hello\n2,c,bob,2025-03-01T12:05:00Z,1,yes\n"
OBJECT = '{"id": %s, "user": "ann", "ts": "2025-03-01T12:00:00Z", "text": "hello", "more": %s}'
UTTERANCE = '{"id": "1", "conversation_id": "c", "speaker": "s", "text": "x", "timestamp": 1700000000}\n'
MAIL = "From a@example.org Sat Mar  1 12:00:00 2025\nFrom: A <a@example.org>\nDate: Sat, 1 Mar 2025 12:00:00 +0000\n"
MESSAGE = "msg_id,conv_id,reply_to,person_id,ts,clock,sent_as,text\n"
ROW = "m1,c1,,p1,2025-01-01T00:00:00Z,utc,,hi\n"
DEEP = "[" * 100_000 + "]" * 100_000

Run = Callable[..., Result]


def invoke(command: object, *arguments: str) -> Result:
    done = CliRunner().invoke(command, arguments)  # type: ignore[arg-type]  # any of the commands
    assert done.exception is None or isinstance(done.exception, SystemExit), repr(done.exception)
    assert done.exit_code in (0, 1, 2)
    if done.exit_code == 2:
        assert done.stderr.startswith("error: ")
        assert len(done.stderr.strip().splitlines()) == 1
    assert not [path for path in Path().rglob(".*") if path.name.startswith((".out", ".ck"))]
    return done


def refused(done: Result, *said: str) -> None:
    assert done.exit_code == 2
    assert not Path("out").exists()
    assert not Path("out.key").exists()
    for words in said:
        assert words in " ".join(done.stderr.split())


def reasons() -> dict[str, int]:
    counted: dict[str, int] = json.loads(Path("out/import-report.json").read_text())["rejected"]
    with Path("out/rejected.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == sum(counted.values())
    return counted


def rows() -> list[dict[str, str]]:
    with Path("out/message.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def archive(members: Mapping[str, str | bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return packed.getvalue()


def start(*arguments: str, **options: Any) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "coursekit", "data", *arguments]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, **options
    )


def peak(*arguments: str) -> int:
    """Peak memory of a command in MB; its exit code is 0, 1 or 2."""
    work = start(*arguments)
    # wait4 and not communicate: it tells the memory of this process alone.
    _, status, usage = os.wait4(work.pid, 0)
    work.returncode = os.waitstatus_to_exitcode(status)
    assert work.returncode in (0, 1, 2)
    assert work.stderr is not None
    assert "Traceback" not in work.stderr.read()
    return usage.ru_maxrss // 1024
