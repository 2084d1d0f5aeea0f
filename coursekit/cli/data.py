"""`coursekit data make`."""

from __future__ import annotations

from pathlib import Path

import click

from coursekit.cli.console import console, expected, require_root
from coursekit.synthesis import DATA_SEED, write_dataset
from coursework.loading import DatasetNotFound
from coursework.tables import DATASETS

_DEFAULT = Path("datasets")


@click.group()
def command() -> None:
    """Make the conversation data."""


@command.command(
    "make",
    epilog="""\b
Examples:
  coursekit data make
  coursekit data make tool-or-craft --seed 17 --out /tmp/data --truth /tmp/truth.json
""",
)
@click.argument("slugs", nargs=-1, metavar="[SLUG]...")
@click.option("--seed", type=click.IntRange(min=0), default=DATA_SEED, show_default=True, help="Same seed, same bytes.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=_DEFAULT,
    show_default=True,
    help="Folder for the chapters' folders.",
)
@click.option(
    "--truth",
    type=click.Path(path_type=Path),
    default=None,
    help="Also write what was planted, as JSON, to this file. Keep it away from learners.",
)
def make(slugs: tuple[str, ...], seed: int, out: Path, truth: Path | None) -> None:
    """Make the data of the named chapters, or of all."""
    chosen = slugs or tuple(DATASETS)
    if out == _DEFAULT:
        require_root()
    with expected(DatasetNotFound, ValueError):
        unknown = [slug for slug in chosen if slug not in DATASETS]
        if unknown:
            raise DatasetNotFound(
                f"there is no dataset {', '.join(unknown)}; these exist: {', '.join(sorted(DATASETS))}"
            )
        if truth is not None and len(chosen) > 1:
            raise ValueError("--truth names one file: make one chapter at a time with it")
        for slug in chosen:
            changed = write_dataset(slug, out / slug, seed, truth)
            console.print(f"{out / slug}: {'written' if changed else 'unchanged'}")
