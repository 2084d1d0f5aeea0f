"""What the data part takes: making ten million messages, asking about them, importing, loading."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import archives
from measuring import COURSEKIT, WORKER, CommandFailed, Figure, Run, Setting, memory, run, seconds

from coursework.datasets import DATASETS

CHAPTERS = {"conversations": 1, "function-over-form": 2, "the-mirror": 7}
MESSAGES = 100_000


def large(setting: Setting) -> list[Figure]:
    """Make ten million messages with everything around them; beside it, what numpy needs for five plain columns."""
    _, made = setting.large
    size = setting.size(10_000_000)
    columns = setting.folder / "columns.parquet"
    peer = run([*WORKER, "columns", str(size), str(columns)])
    columns.unlink()
    name = f"make {size:,} messages"
    return [
        seconds(name, 60.0, [made]),
        *memory(name, 4.0, [made]),
        seconds(
            f"peer: numpy, {size:,} rows of 5 columns", None, [peer], "to Parquet with zstd, in pieces of a million"
        ),
        Figure("make, in times of the peer", "times", None, [round(made.seconds / peer.seconds, 2)]),
    ]


def analyses(setting: Setting) -> list[Figure]:
    """The analyses of three chapters over ten million messages; beside each, pandas with a twentieth of them.

    The time of `coursework.analysis.at_scale` is that of the whole process. Pandas' is that of reading the same
    columns and computing the same answers, divided by the share of the parts: without the start of the process, and
    as if sorting took no more than its share. So it flatters pandas; its peak is the one it had with its share.
    """
    folder, _ = setting.large
    figures = []
    for slug, number in CHAPTERS.items():
        name = f"chapter {number} over {setting.size(10_000_000):,}"
        runs = [run([*WORKER, "sql", slug, str(folder)]) for _ in range(setting.few)]
        ours = seconds(name, 10.0, runs)
        peer = run([*WORKER, "pandas", slug, str(folder)])
        told = json.loads(peer.output)
        scaled = told["seconds"] / told["share"]
        note = f"measured on a share of {told['share']:.3f} and divided by it"
        figures += [
            ours,
            *memory(name, 4.0, runs),
            Figure(f"{name}, pandas scaled up", "s", None, [round(scaled, 1)], note),
            *memory(f"{name}, pandas with its share", None, [peer], f"on a share of {told['share']:.3f}"),
            Figure(f"{name}, in times of pandas", "times", None, [round(ours.median / scaled, 2)]),
        ]
    return figures


def imports(setting: Setting) -> list[Figure]:
    """Import a hundred thousand messages of each format, end to end."""
    folder = setting.folder / "imports"
    size = max(setting.size(MESSAGES), 100)
    world = archives.world(size, folder)
    makers: dict[str, Callable[[archives.World, Path], Path]] = {
        "csv": archives.csv,
        "jsonl": archives.jsonl,
        "slack": archives.slack,
        "mbox": archives.mbox,
        "convokit": archives.convokit,
        "irc": archives.irc,
        "star": archives.star,
        "github": archives.github,
    }
    figures = []
    for format_, make in makers.items():
        print(f"  {format_}", flush=True)
        path = make(world, folder / f"{format_}-source")
        done = _import(format_, path, len(world.messages), folder / format_)
        name, note = f"import {size:,} messages, {format_}", f"exactly {len(world.messages):,}"
        figures += [seconds(name, 20.0, [done], note), *memory(name, None, [done], note)]
    shutil.rmtree(folder)
    return figures


def mailbox(setting: Setting) -> list[Figure]:
    """Import an mbox of 500 MB, and one of 100 MB: the memory should hardly differ."""
    folder = setting.folder / "mailboxes"
    world = archives.world(max(setting.size(MESSAGES), 100), folder)
    figures, done = [], []
    for full in (100, 500):
        path, count = archives.mailbox(world, folder / f"{full}.mbox", setting.size(full * 10**6))
        print(f"  {count:,} messages", flush=True)
        done.append(_import("mbox", path, count, folder / f"from-{full}"))
        name = f"import an mbox of {path.stat().st_size / 1e6:.0f} MB"
        figures += [seconds(name, None, done[-1:], f"{count:,} messages"), *memory(name, None, done[-1:])]
        path.unlink()
    shutil.rmtree(folder)
    small, big = done
    if small.peak and big.peak:
        figures.append(
            Figure("peak, five times the mbox", "times", None, [round(big.peak / small.peak, 2)], "1 is flat")
        )
    return figures


def loading(setting: Setting) -> list[Figure]:
    """`load` of each chapter's files in a new process, from the call to the tables; coursework is imported before."""
    return [
        Figure(
            f"load {slug}",
            "s",
            0.3,
            [round(float(run([*WORKER, "load", slug]).output), 3) for _ in range(setting.repeat)],
        )
        for slug in DATASETS
    ]


def _import(format_: str, path: Path, messages: int, out: Path) -> Run:
    """Import into `out` and remove it; all messages must have come through."""
    done = run([*COURSEKIT, "data", "import", format_, str(path), "--out", str(out), "--tz", "UTC"])
    if f"message {messages:,}" not in " ".join(done.output.split()):
        raise CommandFailed(f"{done.output}\nThe import of {format_} did not give {messages:,} messages.")
    shutil.rmtree(out)
    return done
