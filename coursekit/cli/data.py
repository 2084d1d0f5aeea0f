"""`coursekit data`: make, import, export, describe, check."""

from __future__ import annotations

import importlib
import json
import re
from pathlib import Path
from typing import Any, Literal

import click

from coursekit.cli.console import console, expected, progress, require_root
from coursework.datasets import DATASETS
from coursework.loading import DatasetNotFound

_DEFAULT = Path("datasets")
_TRUTH = re.compile(r"(?:planted|message|dirt)-part-[0-9]+\.(?:json|csv|parquet)")
_ELSEWHERE = {
    "import": ("coursekit.cli.data_import", "import_", "Import conversations of your own."),
    "export": ("coursekit.cli.data_import", "export_", "Write conversations in another format."),
    "describe": ("coursekit.cli.data_look", "describe", "Profile a data folder on one page."),
    "check": ("coursekit.cli.data_look", "check", "Check a data folder against the model."),
    "variants": ("coursekit.cli.data_variants", "variants", "For authors: find the seeds of learners' variants."),
}


class _Lazy(click.Group):
    """Imports a subcommand's module only when it runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return ["make", *_ELSEWHERE]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _ELSEWHERE:
            return super().get_command(ctx, cmd_name)
        module, name, _ = _ELSEWHERE[cmd_name]
        found: Any = getattr(importlib.import_module(module), name)
        command: click.Command = found
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([("make", "Make conversation data."), *((n, e[2]) for n, e in _ELSEWHERE.items())])


@click.group(
    cls=_Lazy,
    epilog="""\b
Examples:
  coursekit data make --size small --out sample
  coursekit data import auto export.zip --out imported
  coursekit data describe imported --html profile.html
  coursekit data check imported

The guide "Conversations of your own" in the book tells what the tables mean and what is masked.
""",
)
def command() -> None:
    """Make, import, describe and check conversation data."""


class _Size(click.ParamType):  # type: ignore[type-arg]  # generic in the stubs only
    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        from coursekit.synthesis import SIZES

        if isinstance(value, int) or value in SIZES:
            return SIZES.get(value, value)
        digits = str(value).replace("_", "").replace(",", "")
        if digits.isdecimal() and int(digits) >= 100:
            return int(digits)
        self.fail(f"{value!r} is neither {', '.join(SIZES)} nor a number of messages, 100 or more.", param, ctx)


class _Dirt(click.ParamType):  # type: ignore[type-arg]  # as above
    name = "on|off|LIST"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        from coursekit.synthesis import KINDS

        if isinstance(value, tuple):
            return value
        if value in ("on", "off"):
            return KINDS if value == "on" else ()
        kinds = tuple(kind.strip() for kind in str(value).split(",") if kind.strip())
        if wrong := [kind for kind in kinds if kind not in KINDS]:
            self.fail(f"There is no kind of dirt {', '.join(wrong)}; these exist: {', '.join(KINDS)}.", param, ctx)
        return kinds


@command.command(
    "make",
    epilog="""\b
Examples:
  coursekit data make
  coursekit data make tool-or-craft --seed 17 --out /tmp/chapters --truth /tmp/truth
  coursekit data make --size standard --seed 7 --out /tmp/data
  coursekit data make --size large --seed 7 --out /tmp/large --format parquet --workers 2
""",
)
@click.argument("slugs", nargs=-1, metavar="[SLUG]...")
@click.option(
    "--size",
    type=_Size(),
    help="Make all tables instead of the chapters': small (2,000 messages), standard (50,000), large (10,000,000), "
    "or a number of messages.",
)
@click.option("--seed", type=click.IntRange(min=0), help="Same seed, same bytes.  [default: the course's]")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder to write to; with --size it must be named.  [default: datasets, for the chapters' folders]",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["csv", "parquet"]),
    default="csv",
    show_default=True,
    help="With --size: of the files.",
)
@click.option(
    "--dirt",
    type=_Dirt(),
    help="With --size: flaws to add, as on, off, or kinds with commas; a wrong kind lists them.  [default: on]",
)
@click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Processes side by side.")
@click.option(
    "--truth",
    type=click.Path(path_type=Path),
    help="Folder for what was planted; keep it away from learners.  [default: with --size, truth beside OUT]",
)
def make(
    slugs: tuple[str, ...],
    size: int | None,
    seed: int | None,
    out: Path | None,
    format_: Literal["csv", "parquet"],
    dirt: tuple[str, ...] | None,
    workers: int,
    truth: Path | None,
) -> None:
    """Make the data of the chapters named by SLUG, or of all; or, with --size, every table of the model.

    An earlier result is replaced; a folder that holds anything else is refused.
    """
    if size is None:
        if format_ != "csv" or dirt is not None:
            raise click.UsageError("--format and --dirt go with --size; a chapter's data have their own.")
        _chapters(slugs, seed, out or _DEFAULT, truth)
        return
    if slugs:
        raise click.UsageError("Name chapters or a --size, not both.")
    if out is None:
        raise click.UsageError("--size needs --out, the folder to write to.")
    _world(size, seed, out, truth or out.absolute().parent / "truth" / out.absolute().name, format_, dirt, workers)


def _chapters(slugs: tuple[str, ...], seed: int | None, out: Path, truth: Path | None) -> None:
    from coursekit.synthesis import DATA_SEED, write_dataset

    if out == _DEFAULT:
        require_root()
    with expected(DatasetNotFound, ValueError):
        if unknown := [slug for slug in slugs if slug not in DATASETS]:
            raise DatasetNotFound(
                f"there is no dataset {', '.join(unknown)}; these exist: {', '.join(sorted(DATASETS))}"
            )
        for slug in slugs or tuple(DATASETS):
            secret = truth / f"{slug}.json" if truth else None
            changed = write_dataset(slug, out / slug, DATA_SEED if seed is None else seed, secret)
            console.print(f"{out / slug}: {'written' if changed else 'unchanged'}")


def _world(
    size: int,
    seed: int | None,
    out: Path,
    truth: Path,
    format_: Literal["csv", "parquet"],
    dirt: tuple[str, ...] | None,
    workers: int,
) -> None:
    from coursekit.synthesis import DATA_SEED, KINDS, write_world
    from coursekit.synthesis.plan import organizations

    with expected(ValueError):
        for folder, made in ((out, _made_data), (truth, _made_truth)):
            if folder.exists() and not (folder.is_dir() and (made(folder) or not any(folder.iterdir()))):
                raise ValueError(f"{folder} holds something else than data made with --size; name a new folder")
        with progress("making", len(organizations(size))) as step:
            written = write_world(
                size,
                DATA_SEED if seed is None else seed,
                out,
                truth,
                format=format_,
                dirt=KINDS if dirt is None else dirt,
                workers=workers,
                done=step,
            )
    for name, rows in written.rows.items():
        console.print(f"{name:14} {rows:>12,}")
    console.print(f"{out}: {written.files} files. The truth is in {truth}: keep it away from learners.")


def _made_data(folder: Path) -> bool:
    """Whether all in the folder was made with --size: an import or a chapter's data shall never be replaced by it."""
    from coursework.packaging import FILE
    from coursework.tables import TABLES

    ours = {FILE, *(f"{name}{end}" for name in TABLES for end in ("", ".csv", ".parquet"))}
    try:
        package = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    named = isinstance(package, dict) and re.fullmatch(r"conversations-[0-9]+", str(package.get("name")))
    return bool(named) and {path.name for path in folder.iterdir()} <= ours


def _made_truth(folder: Path) -> bool:
    names = [path.name for path in folder.iterdir()]
    return "planted-part-0001.json" in names and all(_TRUTH.fullmatch(name) for name in names)
