"""`coursekit data import` and `coursekit data export`."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import click
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from coursekit.cli.console import DONE, EXCEPTIONS, console, expected

_STOPS = (signal.SIGTERM, *((signal.SIGHUP,) if hasattr(signal, "SIGHUP") else ()))
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
    help="For csv and jsonl: which column is which, as ours=theirs,ours=theirs or @FILE with such pairs as JSON or "
    "YAML; ours are person_id and ts (needed), msg_id, conv_id, reply_to, text, role and others, which a wrong name "
    "lists.  [default: guessed from the columns' names]",
)
@click.option(
    "--tz",
    default=None,
    help="Time zone of times that tell none, as Europe/Berlin or UTC; without it they count as local.",
)
@click.option(
    "--key",
    type=click.Path(path_type=Path),
    default=None,
    help="File with the key of the pseudonyms, made if missing; keep it apart.  [default: OUT.key, beside OUT]",
)
@click.option("--keep-ids", is_flag=True, help="Keep identifiers as they are: for data that are pseudonymous already.")
@click.option(
    "--format",
    "written",
    type=click.Choice(["csv", "parquet"]),
    default="csv",
    show_default=True,
    help="Of the files written.",
)
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
    """Import conversations in FORMAT from PATH: a file, a folder or a zip archive.

    \b
    auto      recognises the format
    slack     a Slack export
    mbox      e-mail: mbox, Maildir, or a folder of messages
    convokit  a ConvoKit corpus
    irc       IRC logs, with or without annotations of replies
    star      STAR dialogues
    github    issues and comments from GitHub's REST API
    jsonl     one JSON object for each message, or a list of them
    csv       a table with one row for each message

    People get pseudonyms by a key. In the texts e-mail addresses, handles, telephone numbers and the names that an
    export gives its people are masked; other names stay. Read an import before you share it. What cannot be taken is
    listed with the reason.
    """
    # Imported here: `coursekit data make` needs none of it.
    from coursework.importers import FORMATS, ImportFailed, Source, import_data, recognise

    with expected(ImportFailed), _stoppable(), Source(path) as source:
        importer = recognise(source) if format_ == "auto" else FORMATS[format_]
        named = out if out.name else out.absolute()
        key_file = None if keep_ids else key or named.parent / f"{named.name}.key"
        made = key_file is not None and not key_file.exists()
        options = {name: value for name, value in (("map", mapping), ("tz", tz)) if value}
        with _taken_back(key_file if made else None), _counting(f"reading {source.name}") as progress:
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
        _show_capabilities(out, report.rows)
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

    with expected(ImportFailed, NoDataFolder), _stoppable():
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


def _show_capabilities(out: Path, rows: Mapping[str, int]) -> None:
    from coursekit.cli.data_look import chapters_table
    from coursework.importers.report import capabilities_of

    found = capabilities_of(out)
    console.print(f"exercises that these data can serve: {sum(entry.served for entry in found)} of {len(found)}")
    console.print(chapters_table(found, rows), soft_wrap=False)


@contextmanager
def _stoppable() -> Iterator[None]:
    """Have a stop from outside (SIGTERM, a closed terminal) end the work as Ctrl-C does: nothing half-written stays."""

    def stop(number: int, frame: object) -> None:
        raise SystemExit(128 + number)

    before = {number: signal.getsignal(number) for number in _STOPS}
    try:
        for number in _STOPS:
            signal.signal(number, stop)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _taken_back(made: Path | None) -> Iterator[None]:
    """Remove a key that was made for an import which then failed or was stopped: it opens nothing."""
    try:
        yield
    except BaseException:
        if made is not None:
            made.unlink(missing_ok=True)
        raise


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
