"""Imports that are stopped, run at once, run out of room or of memory: nothing half-written stays."""

from __future__ import annotations

import resource
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from coursekit.cli.data_import import import_
from coursework.importers import FORMATS, ImportFailed, Source, import_data
from coursework.importers.records import Record
from tests.cli.bad_input import (
    GOOD,
    HEADER,
    MAIL,
    MESSAGE,
    OBJECT,
    Run,
    invoke,
    peak,
    reasons,
    refused,
    rows,
    start,
)


class Slow:
    """A format in whose reading something else happens."""

    name, title, channel = "csv", "slow", "forum"

    def __init__(self, meanwhile: Callable[[], object]) -> None:
        self._meanwhile = meanwhile

    def recognises(self, source: Source) -> bool:
        return True

    def read(self, source: Source, options: Mapping[str, str]) -> Iterator[Record]:
        self._meanwhile()
        return FORMATS["csv"].read(source, options)


def test_of_two_imports_at_once_the_slower_does_not_replace_the_quicker(run: Run) -> None:
    Path("quick.csv").write_text(GOOD)
    Path("slow.csv").write_text(GOOD + "3,c,ann,2025-03-01T12:00:00Z,,later\n")
    key = Path("out.key")

    def quick() -> None:
        with Source(Path("quick.csv")) as source:
            import_data(FORMATS["csv"], source, Path("out"), key_file=key)

    with Source(Path("slow.csv")) as source, pytest.raises(ImportFailed, match="holds an earlier import"):
        import_data(Slow(quick), source, Path("out"), key_file=key)
    assert len(rows()) == 2
    assert sorted(path.name for path in Path().iterdir()) == ["out", "out.key", "quick.csv", "slow.csv"]


def test_a_key_that_another_import_took_back_is_written_again(run: Run) -> None:
    Path("source.csv").write_text(GOOD)
    key = Path("out.key")
    with Source(Path("source.csv")) as source:
        import_data(Slow(key.unlink), source, Path("out"), key_file=key)
    before = Path("out/message.csv").read_bytes()
    assert run("csv", GOOD, "--overwrite").exit_code == 0
    assert Path("out/message.csv").read_bytes() == before


def test_a_file_that_vanishes_is_rejected_and_the_others_read(run: Run) -> None:
    Path("data").mkdir()
    for name in ("a.csv", "b.csv"):
        Path("data", name).write_text(GOOD)
    with Source(Path("data")) as source:
        import_data(Slow(Path("data/b.csv").unlink), source, Path("out"), key_file=Path("key"))
    assert len(rows()) == 2
    assert list(reasons()) == ["a file cannot be read (No such file or directory): fetch the export again"]


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("command", ["import", "export"])
def test_a_stop_leaves_nothing_behind(run: Run, command: str, stop: signal.Signals) -> None:
    rows = "".join(f"x{i},c,,ann,2025-03-01T12:00:00Z,utc,,x\n" for i in range(300_000))
    if command == "export":
        Path("data").mkdir()
        Path("data/message.csv").write_text(MESSAGE + rows)
        work = start("export", "convokit", "data", "--out", "new")
    else:
        Path("big.csv").write_text(MESSAGE + rows)
        work = start("import", "csv", "big.csv", "--out", "new")
    before = {path.name for path in Path().iterdir()}
    # The stop comes when the folder that is being filled is there.
    while work.poll() is None and not [path for path in Path().glob(".new.*") if path.is_dir()]:
        time.sleep(0.01)
    work.send_signal(stop)
    _, said = work.communicate(timeout=60)
    assert work.returncode not in (0, -stop)
    assert "Traceback" not in said
    assert {path.name for path in Path().iterdir()} == before


@pytest.mark.parametrize("room", [100, 5_000, 100_000])
@pytest.mark.parametrize("options", [(), ("--format", "parquet")])
def test_a_full_disk_is_one_sentence_and_leaves_nothing(run: Run, room: int, options: tuple[str, ...]) -> None:
    Path("big.csv").write_text(
        HEADER + "".join(f"{i},{i},u{i},2025-03-01T12:00:00Z,,{'x' * 40}\n" for i in range(20_000))
    )
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
        done = invoke(import_, "csv", "big.csv", "--out", "out", *options)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    refused(done, "File too large")
    assert [path.name for path in Path().iterdir()] == ["big.csv"]


def sparse(name: str, head: str) -> None:
    """A file that goes on for a gigabyte after its head and takes no room on the disk."""
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    with Path(name).open("wb") as file:
        file.write(head.encode())
        file.truncate(1 << 30)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("format_", "name", "head"),
    [
        ("csv", "a.csv", GOOD),
        ("jsonl", "a.jsonl", OBJECT % (1, "{}") + "\n"),
        ("jsonl", "a.json", "[" + OBJECT % (1, "{}") + ', {"id": "'),
        ("mbox", "a.mbox", MAIL + "\nhi\n"),
        ("irc", "2005-07-06.txt", "[11:11] <a> hi\n[11:12] <b> "),
        ("star", "a.json", '{"DialogueID": 1, "CompletionLevel": "'),
        ("github", "a.json", '[{"number": 1, "title": "'),
    ],
)
def test_a_line_of_a_gigabyte_is_never_held_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format_: str, name: str, head: str
) -> None:
    monkeypatch.chdir(tmp_path)
    sparse(name, head)
    assert peak("import", format_, name, "--out", "out") < 500


@pytest.mark.slow
def test_a_string_of_a_gigabyte_in_a_list_is_never_held_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with Path("a.json").open("w") as file:
        file.write("[" + OBJECT % (1, "{}") + ', {"id": "')
        for _ in range(1000):
            file.write("a" * 1_000_000)
    assert peak("import", "jsonl", "a.json", "--out", "out") < 500
    assert len(rows()) == 1
