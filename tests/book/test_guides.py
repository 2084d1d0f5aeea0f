"""The guide to data says what is true: names, files, and what a command answers."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from coursekit.cli.data import command
from coursework.datasets import DATASETS
from coursework.importers import FORMATS
from coursework.tables import TABLES
from tests.conftest import ROOT

GUIDES = ROOT / "book" / "guides"
DATA = (GUIDES / "data.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", DATA, re.DOTALL | re.MULTILINE)


def test_every_dataset_has_its_card_on_one_page() -> None:
    page = (GUIDES / "datasets.md").read_text(encoding="utf-8")
    assert re.findall(r"\{dataset-card\} (\S+)", page) == list(DATASETS)


@pytest.mark.parametrize("name", [*TABLES, *FORMATS])
def test_every_table_and_format_is_in_the_guide(name: str) -> None:
    assert f"`{name}`" in DATA


def test_the_commands_in_the_guide_have_the_options_that_it_names() -> None:
    lines = "\n".join(blocks("bash")).replace("\\\n", " ").splitlines()
    commands = [shlex.split(line)[2:] for line in lines if line.startswith("coursekit data ")]
    assert {words[0] for words in commands} == set(command.list_commands(None))  # type: ignore[arg-type]
    for name, *words in commands:
        offered = CliRunner().invoke(command, [name, "--help"]).output
        assert [word for word in words if word.startswith("--") and word not in offered] == []


def test_the_example_of_a_table_answers_what_the_guide_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    tickets, answer = blocks("text")
    Path("tickets.csv").write_text(tickets, encoding="utf-8")
    line = next(block for block in blocks("bash") if "tickets.csv" in block).replace("\\\n", " ")
    done = CliRunner().invoke(command, shlex.split(line)[2:])
    assert done.exit_code == 1
    assert done.output.startswith(answer)
    assert "[phone]" in Path("imported/message.csv").read_text(encoding="utf-8")
