"""The command with its subcommands, loaded when they are asked for."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click

import coursekit

# jsonschema, which nbformat imports, compiles a grammar for addresses with this module, if it is there.
# That takes longer than most commands, and nothing here checks such addresses.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None stands for "not installed"

_COMMANDS = {
    "data": "Make, import, describe and check conversation data.",
    "release": "Make the learners' version of assignments.",
    "simulate-class": "Hand in a sample class of twelve.",
    "grade": "Grade what was handed in.",
    "feedback": "Write the pages that go back to learners.",
    "report": "Show the marks of an assignment.",
    "serve": "Serve the built book on this machine.",
}
_EPILOG = """\b
Examples:
  coursekit data make
  coursekit release tool-or-craft --due "2027-01-31 23:59 UTC"
  coursekit grade tool-or-craft

Exit codes: 0 done, 1 done with named exceptions, 2 could not start.
"""


class _Lazy(click.Group):
    """Imports a subcommand's module only when it runs: nbgrader takes a second to import."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module: Any = importlib.import_module(f"coursekit.cli.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.command(
    cls=_Lazy,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_EPILOG,
    help="Build, release and grade the course. Run it from the course's root.",
)
@click.version_option(coursekit.__version__, prog_name="coursekit")
def _app() -> None: ...


def main(arguments: list[str] | None = None) -> None:
    """Run the command; exits with 0, 1 or 2."""
    _app.main(args=arguments, prog_name="coursekit")
