"""A learner loads the data of a chapter."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from coursekit.synthesis import KINDS, write_dataset, write_world
from coursekit.synthesis.arrow import as_frame
from coursekit.synthesis.canonical import table
from coursekit.synthesis.world import World
from coursework import DatasetBroken, DatasetNotFound, load, load_folder
from coursework.lines import lines_of
from coursework.loading import _read
from coursework.tables import CHANNELS, CRAFT, DIFFICULTY, TABLES


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
        (",inbox,", ",fax,", "line 2: tool is 'fax', not one of inbox, suite"),
        (",hard,", ",,", "line 3: difficulty is empty"),
        (",2025-09-01T", ",2025-19-01T", "line 2: opened is '2025-19-01T05:00:00Z', not a time such as"),
        (",true,", ",perhaps,", "line 2: resolved is 'perhaps', not true or false"),
        (",11.9,", ",much,", "line 2: minutes is 'much', not a number"),
        (",11.9,", ",,", "line 2: minutes is empty"),
    ],
)
def test_a_broken_file_is_named_with_its_fault(tmp_path: Path, old: str, new: str, said: str) -> None:
    (tmp_path / "conversation.csv").write_text(CRAFT_CASES.replace(old, new, 1))

    with pytest.raises(DatasetBroken, match=said):
        load("tool-or-craft", tmp_path)


CRAFT_CASES = (
    "conv_id,agent_id,tool,opened,difficulty,resolved,minutes,rework_minutes\n"
    "c1,a1,inbox,2025-09-01T05:00:00Z,easy,true,11.9,0\n"
    "c2,a2,suite,2025-09-01T06:00:00Z,hard,false,20.5,3.5\n"
)


MIRROR = {
    "conversation": "conv_id,account_id,channel,opened,first_response,closed,resolved,csat\n"
    "c1,a1,chat,2025-11-01T10:00:00Z,2025-11-01T10:05:00Z,,true,4\n"
    "c2,NA,forum,2025-11-01T11:00:00Z,,,false,\n",
    "account": "account_id,segment,rating\na1,business,\nNA,enterprise,5\n",
    "person": "person_id,role,hire,leave\np1,agent,2024-02-29,\np2,manager,2023-01-01,2025-06-30\n",
    "belief_survey": "person_id,satisfied_share\np2,0.9\n",
    "week": "week,acq_spend,new_accounts,keep_spend,kept_accounts\n2025-11-24,1.5,3,0.2,40\n",
}


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    for name, text in MIRROR.items():
        (tmp_path / f"{name}.csv").write_text(text)
    return tmp_path


def test_gaps_keep_numbers_whole_and_days_are_days(mirror: Path) -> None:
    data = load("the-mirror", mirror)

    assert data.conversation["csat"].tolist() == [4, pd.NA]
    assert str(data.conversation["csat"].dtype) == "Int64"
    assert data.conversation["closed"].isna().all()
    assert str(data.conversation["closed"].dt.tz) == "UTC"
    assert data.person["hire"].iloc[0] == pd.Timestamp("2024-02-29")
    assert data.person["leave"].dt.tz is None
    assert data.week["new_accounts"].dtype == "int64"
    assert list(data.conversation["channel"].cat.categories) == list(CHANNELS)


def test_words_that_look_like_nothing_stay_words(mirror: Path) -> None:
    assert load("the-mirror", mirror).conversation["account_id"].tolist() == ["a1", "NA"]


def test_a_boolean_with_gaps_is_neither_true_nor_false_there(tmp_path: Path) -> None:
    table = TABLES["conversation"].only("conv_id", "resolved")
    (tmp_path / "conversation.csv").write_text("conv_id,resolved\nc1,true\nc2,\nc3,false\n")
    frame = _read(tmp_path / "conversation.csv", table)
    assert frame["resolved"].tolist() == [True, pd.NA, False]


@pytest.mark.parametrize(
    ("table", "old", "new", "said"),
    [
        ("conversation", ",true,4", ",true,4.5", r"line 2: csat is '4\.5', not a whole number"),
        ("person", "2024-02-29", "2025-02-29", "line 2: hire is '2025-02-29', not a day such as"),
        ("week", "week", "day", "has no column week"),
        ("week", "1.5,3", "1.5,", "line 2: new_accounts is empty"),
    ],
)
def test_a_wrong_value_of_any_type_is_named(mirror: Path, table: str, old: str, new: str, said: str) -> None:
    path = mirror / f"{table}.csv"
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(DatasetBroken, match=said):
        load("the-mirror", mirror)


def test_a_text_of_many_lines_does_not_shift_the_line_that_is_named(tmp_path: Path) -> None:
    path = tmp_path / "message.csv"
    path.write_text('msg_id,clock,text\nm1,utc,"one\n\ntwo"\n\nm2,local,"a ""quote"""\nm3,noon,x\n')
    with pytest.raises(DatasetBroken, match="line 7: clock is 'noon'"):
        _read(path, TABLES["message"].only("msg_id", "clock", "text"))
    assert lines_of(path, [0, 1, 2, 9]) == {0: 2, 1: 6, 2: 7}


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


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_folder_of_ones_own_is_read_with_the_models_types(form: str, tmp_path: Path) -> None:
    write_world(2_000, 5, tmp_path / "data", tmp_path / "truth", format=form, dirt=KINDS)  # type: ignore[arg-type]
    data = load_folder(tmp_path / "data")
    world = World(5, 2_000, KINDS)
    assert set(data) == set(TABLES)
    for name, model in TABLES.items():
        made = as_frame(model, table(world, name))
        assert data[name].dtypes.astype(str).to_dict() == made.dtypes.astype(str).to_dict(), name
        assert data[name].equals(made.astype(data[name].dtypes.to_dict())), name


def test_a_folder_without_data_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetNotFound, match="no folder"):
        load_folder(tmp_path / "nowhere")
    with pytest.raises(DatasetNotFound, match="no table of the model"):
        load_folder(tmp_path)
