"""`coursekit data variants`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
from rich.table import Table

from coursekit.cli.console import console, expected, progress, require_root
from coursekit.files import replace_file
from coursekit.synthesis.variants import Search, Spread, as_json, search, spreads
from coursework.datasets import DATASETS

_ACCEPTED = Path("coursekit/synthesis/accepted")


@click.command(
    "variants",
    epilog="""\b
Examples:
  coursekit data variants intent
  coursekit data variants --count 4 --out /tmp/seeds
""",
)
@click.argument("slugs", nargs=-1, metavar="[SLUG]...")
@click.option("--count", type=click.IntRange(min=1), default=16, show_default=True, help="Seeds per chapter.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=_ACCEPTED,
    show_default=True,
    help="Folder for the accepted seeds, one file for each chapter; an earlier file is replaced.",
)
def variants(slugs: tuple[str, ...], count: int, out: Path) -> None:
    """Find seeds for learners' variants, keep them, and report whether they are equally hard.

    A variant is a chapter's data from another seed: the same structure and truth, other noise. For each number of
    an exercise the report tells its spread over the variants and how far it lies from the nearest known mistake, in
    tolerances of the check ("tol."): the least over all variants, and the median.
    """
    if out == _ACCEPTED:
        require_root()
    with expected(ValueError):
        if unknown := [slug for slug in slugs if slug not in DATASETS]:
            raise ValueError(f"there is no dataset {', '.join(unknown)}; these exist: {', '.join(sorted(DATASETS))}")
        for slug in slugs or tuple(DATASETS):
            with progress(slug, count) as step:
                found = search(slug, count, tell=step)
            replace_file(out / f"{slug}.json", as_json(found))
            _report(found, list(spreads(found)))


def _report(found: Search, lines: Sequence[Spread]) -> None:
    console.print(f"\n{found.slug}: {len(found.accepted)} of {found.tried} seeds accepted")
    for reason, times in sorted(found.rejected.items(), key=lambda pair: -pair[1]):
        console.print(f"  {times} rejected, {reason}")
    table = Table(box=None, pad_edge=False)
    table.add_column("exercise", no_wrap=True)
    table.add_column("number")
    table.columns[1].no_wrap = True
    for title in ("mean", "sd", "lowest", "highest", "nearest mistake", "median"):
        table.add_column(title, justify="right")
    for line in lines:
        numbers = (line.mean, line.sd, line.lowest, line.highest)
        distances = (f"{line.nearest:,.0f} tol.", f"{line.typical:,.0f} tol.")
        table.add_row(line.exercise, line.part, *(f"{number:,.3f}" for number in numbers), *distances)
    # Numbers cut short would be no report.
    console.print(table, width=max(console.width, 118), soft_wrap=False)
