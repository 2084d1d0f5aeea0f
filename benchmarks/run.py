"""Time what a user waits for, and write the figures to `_build/bench.json`.

    .venv/bin/python benchmarks/run.py [NAME ...] [--repeat N] [--scale SHARE]

Nothing is asserted: a figure depends on the machine, which is described beside
it. Every time is the median of several runs of the very command that a user
types, or of one run where it takes long; memory is the highest that all its
processes held together. Run `make course` before, so that "nothing changed" is
true. With names, only those are measured, and the other rows of the file stay.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import data
import pages
from measuring import BUILD, ROOT, CommandFailed, Figure, Setting, machine

BENCHMARKS: dict[str, Callable[[Setting], list[Figure]]] = {
    "book": pages.book,
    "course": pages.course,
    "book-cold": pages.book_cold,
    "data-load": data.loading,
    "data-large": data.large,
    "data-analyses": data.analyses,
    "data-import": data.imports,
    "data-mailbox": data.mailbox,
}


def main() -> int:
    """Measure, print the table and write the file; 2 if a command failed."""
    parser = argparse.ArgumentParser(description="Time what a user waits for.")
    # Not `choices`: argparse would refuse that none is named.
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)} (default: all)")
    parser.add_argument("--repeat", type=int, default=5, help="runs of each quick command (default: 5)")
    parser.add_argument(
        "--scale", type=float, default=1.0, help="share of the full sizes of data, to try a benchmark; writes no file"
    )
    wanted = parser.parse_args()
    if unknown := [name for name in wanted.names if name not in BENCHMARKS]:
        parser.error(f"there is no {', '.join(unknown)}; these exist: {', '.join(BENCHMARKS)}")
    if not 0 < wanted.scale <= 1:
        parser.error("--scale is a share, above 0 and at most 1")
    BUILD.mkdir(exist_ok=True)
    figures: list[Figure] = []
    failed = False
    # Not in the system's folder for temporary files: that may be in memory.
    with tempfile.TemporaryDirectory(dir=BUILD, prefix="bench-") as folder:
        setting = Setting(max(1, wanted.repeat), wanted.scale, Path(folder))
        for name in wanted.names or BENCHMARKS:
            print(name, flush=True)
            try:
                figures += BENCHMARKS[name](setting)
            except CommandFailed as failure:
                print(failure, file=sys.stderr)
                failed = True
    show(figures)
    if wanted.scale == 1:
        write(figures, BUILD / "bench.json")
    else:
        print(f"\nA try with {wanted.scale:g} of the data: what is wanted is for all of them, and nothing is written.")
    return 2 if failed else 0


def show(figures: list[Figure]) -> None:
    """Print the table."""
    width = max([30, *(len(figure.name) for figure in figures)])
    print(f"\n{machine()}\n\n{'':<{width}}{'median':>10}{'highest':>10}{'wanted':>10}")
    for figure in figures:
        limit = f"{figure.wanted:g}" if figure.wanted is not None else ""
        numbers = f"{figure.median:>10.2f}{max(figure.runs):>10.2f}{limit:>10}"
        print(f"{figure.name:<{width}}{numbers} {figure.unit:<6}{figure.note}".rstrip())


def write(figures: list[Figure], target: Path) -> None:
    """Put the figures into the file; rows of other things measured on the same machine stay."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    fresh = [{**asdict(figure), "median": figure.median, "taken": now} for figure in figures]
    rows = {(row["name"], row["unit"]): row for row in [*_earlier(target), *fresh]}
    text = json.dumps({"machine": machine(), "figures": list(rows.values())}, indent=2)
    target.write_text(text + "\n", encoding="utf-8")
    print(f"\nWritten: {target.relative_to(ROOT)}")


def _earlier(target: Path) -> list[dict[str, Any]]:
    try:
        known = json.loads(target.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    rows: list[dict[str, Any]] = known.get("figures", []) if known.get("machine") == machine() else []
    return rows


if __name__ == "__main__":
    sys.exit(main())
