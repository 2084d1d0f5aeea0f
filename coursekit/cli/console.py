"""What the commands share: output, errors in one sentence, progress."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

console = Console(highlight=False, soft_wrap=True, emoji=False)
errors = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)

DONE, EXCEPTIONS, NOT_STARTED = 0, 1, 2


@contextmanager
def expected(*kinds: type[Exception]) -> Iterator[None]:
    """Turn these errors into one sentence on stderr and exit code 2; a full disk or a locked file too."""
    try:
        yield
    except kinds as error:
        _stop(str(error))
    except PermissionError as error:
        _stop(f"no permission to write {error.filename}; run this as the folder's owner or choose another folder")
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        _stop(f"{error.strerror or error}{where}")


def _stop(message: str) -> None:
    errors.print(f"[bold red]error:[/] {_plain(message)}")
    raise SystemExit(NOT_STARTED)


def require_root() -> Path:
    """The working directory, if it is the course's root; ends the command otherwise."""
    here = Path.cwd()
    if not (here / "assignments").is_dir():
        _stop(f"{here} is not the root of a course (it has no folder assignments); change into the root first")
    return here


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[str], None]]:
    """A bar with the time left on a terminal, a plain line for each step otherwise."""
    if not console.is_terminal or os.environ.get("CI"):
        done = 0

        def line(name: str) -> None:
            nonlocal done
            done += 1
            click.echo(f"{what} {done}/{total}: {name}")

        yield line
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[name]}"),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(what, total=total, name="")

        def step(name: str) -> None:
            bar.update(task, advance=1, name=name)

        yield step


def _plain(text: str) -> str:
    """Text in which rich shall see no markup."""
    return text.replace("[", "\\[")
