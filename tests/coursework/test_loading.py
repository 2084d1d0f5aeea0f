"""A learner loads the data of a chapter."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from coursekit.synthesis import write_dataset
from coursework import DatasetBroken, DatasetNotFound, load
from coursework.tables import CRAFT, DIFFICULTY


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("data") / "datasets" / "tool-or-craft"
    write_dataset("tool-or-craft", place)
    return place


def test_tables_have_their_types(folder: Path) -> None:
    data = load("tool-or-craft", folder)

    assert {name: len(frame) for name, frame in data.items()} == {"conversation": 9000, "person": 400, "tool": 2}
    assert list(data.person["craft"].cat.categories) == list(CRAFT)
    assert data.conversation["difficulty"].cat.ordered
    assert list(data["conversation"]["difficulty"].cat.categories) == list(DIFFICULTY)
    assert str(data.conversation["opened"].dt.tz) == "UTC"
    assert data.conversation["resolved"].dtype == bool


def test_the_nearest_datasets_folder_is_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    below = folder.parent.parent / "notebooks" / "mine"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)

    assert len(load("tool-or-craft").conversation) == 9000


def test_an_unknown_dataset_names_those_that_exist() -> None:
    with pytest.raises(DatasetNotFound, match=r"no dataset 'tool-and-craft'.*tool-or-craft"):
        load("tool-and-craft")


def test_missing_files_name_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DatasetNotFound, match="Start the notebook from the folder you were given"):
        load("tool-or-craft")
    (tmp_path / "datasets" / "tool-or-craft").mkdir(parents=True)
    with pytest.raises(DatasetNotFound, match=r"conversation\.csv is missing"):
        load("tool-or-craft")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (",tool,", ",tule,", "has no column tool"),
        (",inbox,", ",fax,", "tool is 'fax', not one of inbox, suite"),
        (",hard,", ",,", "difficulty is empty"),
        (",2025-09-01T", ",2025-19-01T", "opened is not a time"),
        (",true,", ",perhaps,", "cannot be read as the table conversation"),
    ],
)
def test_a_broken_file_is_named_with_its_fault(folder: Path, tmp_path: Path, old: str, new: str, said: str) -> None:
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    broken = tmp_path / "conversation.csv"
    broken.write_text(broken.read_text().replace(old, new, 1))

    with pytest.raises(DatasetBroken, match=said):
        load("tool-or-craft", tmp_path)


def test_not_text_at_all(folder: Path, tmp_path: Path) -> None:
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "person.csv").write_bytes(b"\xff\xfe\x00broken")

    with pytest.raises(DatasetBroken, match="cannot be read as the table person"):
        load("tool-or-craft", tmp_path)


def test_a_table_that_is_not_there_is_named(folder: Path) -> None:
    data = load("tool-or-craft", folder)
    with pytest.raises(AttributeError, match="tool-or-craft has no table 'agents'; it has conversation, person, tool"):
        _ = data.agents
    assert isinstance(data.tool, pd.DataFrame)
