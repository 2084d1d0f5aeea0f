"""`coursekit data import` and `coursekit data export`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import click
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from coursekit.cli.console import DONE, EXCEPTIONS, console, expected

_FORMATS = ("auto", "slack", "mbox", "convokit", "irc", "star", "github", "jsonl", "csv")


@click.command(
    "import",
    epilog="""\b
Examples:
  coursekit data import auto export.zip --out imported
  coursekit data import csv tickets.csv --out imported --map text=body,ts=created --tz Europe/Berlin
  coursekit data import mbox archive.mbox --out imported --key secret.key --format parquet

Exit codes: 0 all was taken, 1 something was rejected (see OUT/rejected.csv), 2 could not start.
""",
)
@click.argument("format_", metavar="FORMAT", type=click.Choice(_FORMATS))
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="New folder for the tables.")
@click.option(
    "--map",
    "mapping",
    default=None,
    help="For csv and jsonl: canonical=theirs,... or @FILE with pairs as JSON or YAML.",
)
@click.option("--tz", default=None, help="Time zone of times that tell none, as Europe/Berlin or UTC.")
@click.option(
    "--key",
    type=click.Path(path_type=Path),
    default=None,
    help="File with the key of the pseudonyms, made if missing; keep it apart.  [default: OUT.key, beside OUT]",
)
@click.option("--keep-ids", is_flag=True, help="Keep identifiers as they are: for data that are pseudonymous already.")
@click.option("--format", "written", type=click.Choice(["csv", "parquet"]), default="csv", show_default=True)
@click.option("--overwrite", is_flag=True, help="Replace an earlier import in OUT.")
def import_(
    format_: str,
    path: Path,
    out: Path,
    mapping: str | None,
    tz: str | None,
    key: Path | None,
    keep_ids: bool,
    written: Literal["csv", "parquet"],
    overwrite: bool,
) -> None:
    """Import conversations in FORMAT from PATH (a file, a folder or a zip archive); `auto` recognises the format.

    People get pseudonyms by a key; e-mail addresses, handles, telephone numbers and the names that the source tells
    are masked in the texts. What cannot be taken is listed with the reason.
    """
    # Imported here: `coursekit data make` needs none of it.
    from coursework.importers import FORMATS, ImportFailed, Source, import_data, recognise

    with expected(ImportFailed), Source(path) as source:
        importer = recognise(source) if format_ == "auto" else FORMATS[format_]
        key_file = None if keep_ids else key or out.with_name(out.name + ".key")
        made = key_file is not None and not key_file.exists()
        options = {name: value for name, value in (("map", mapping), ("tz", tz)) if value}
        with _counting(f"reading {source.name}") as progress:
            report = import_data(
                importer,
                source,
                out,
                options=options,
                key_file=key_file,
                keep_ids=keep_ids,
                format=written,
                overwrite=overwrite,
                progress=progress,
            )
        _show(report.format, out, report.records, report.rows)
        if made:
            console.print(f"key: {key_file} (made now; keep it apart from the data, and to yourself)", markup=False)
        _show_counts(f"rejected ({out / 'rejected.csv'})", report.rejected)
        _show_counts(f"repaired ({out / 'repaired.csv'})", report.repaired)
        if report.orphans:
            console.print(f"replies to messages that are not in the data: {report.orphans:,}")
        if report.guesses:
            console.print(f"texts whose encoding had to be guessed: {sum(report.guesses.values()):,}")
        for note in report.notes:
            console.print(note, markup=False)
        _show_capabilities(out)
    raise SystemExit(EXCEPTIONS if report.rejected else DONE)


@click.command(
    "export",
    epilog="""\b
Examples:
  coursekit data export convokit imported --out corpus
""",
)
@click.argument("format_", metavar="FORMAT", type=click.Choice(["convokit"]))
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="New folder for the corpus.")
def export_(format_: str, folder: Path, out: Path) -> None:
    """Write the canonical tables in DIR in another FORMAT: convokit, which ConvoKit and `data import` read."""
    from coursework.importers import ImportFailed, export_convokit
    from coursework.packaging import NoDataFolder

    with expected(ImportFailed, NoDataFolder):
        left = export_convokit(folder, out)
    console.print(f"{out}: written", markup=False)
    if left:
        console.print(f"the format has no place for the tables {', '.join(left)}: they are not in it")


def _show(format_: str, out: Path, records: int, rows: dict[str, int]) -> None:
    counts = ", ".join(f"{name} {count:,}" for name, count in rows.items())
    console.print(f"{out}: read {records:,} records as {format_}; rows written: {counts}", markup=False)


def _show_counts(what: str, counts: dict[str, int]) -> None:
    if counts:
        console.print(f"{what}:", markup=False)
        width = max(len(f"{count:,}") for count in counts.values())
        for reason, count in sorted(counts.items(), key=lambda item: -item[1]):
            console.print(f"  {count:>{width},}  {reason}", markup=False)


def _show_capabilities(out: Path) -> None:
    from coursework.importers.report import capabilities_of, summary

    found = capabilities_of(out)
    console.print(f"exercises that these data can serve: {sum(entry.served for entry in found)} of {len(found)}")
    console.print(summary(found), markup=False)


@contextmanager
def _counting(what: str) -> Iterator[Callable[[int], None] | None]:
    """A spinner with the records read, on a terminal only: how many there will be is not known."""
    if not console.is_terminal:
        yield None
        return
    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda records: bar.update(task, description=f"{what}: {records:,} records")
