"""A data folder's description is true, and is read again."""

from __future__ import annotations

import json
from pathlib import Path

import frictionless
import pytest

from coursework.datasets import DATASETS
from coursework.packaging import CC_BY_4, NoDataFolder, data_package, read_folder, title_of
from coursework.tables import TABLES
from tests.coursework.folders import MESSAGE, PERSON, write_csv, write_parquet


@pytest.mark.parametrize("slug", sorted(DATASETS))
def test_every_datasets_description_follows_the_standard(slug: str) -> None:
    dataset = DATASETS[slug]
    package = data_package(slug, dataset.title, dataset.purpose, dataset.tables, licence=CC_BY_4)
    frictionless.Package.from_descriptor(package)  # raises if it does not
    assert [resource["name"] for resource in package["resources"]] == [table.name for table in dataset.tables]
    json.dumps(package)


def test_files_hold_what_their_description_says(tmp_path: Path) -> None:
    report = frictionless.Package(str(write_csv(tmp_path / "talk") / "datapackage.json")).validate()
    assert report.valid, report.flatten(["title", "rowNumber", "fieldName", "message"])


def test_keys_ranges_and_references_are_described() -> None:
    tables = [TABLES["label"], TABLES["account"], MESSAGE]
    label, account, message = data_package("x", "X", "x.", tables)["resources"]
    assert label["schema"]["primaryKey"] == ["msg_id", "rater"]
    assert not any("unique" in field["constraints"] for field in label["schema"]["fields"])
    assert label["schema"]["foreignKeys"] == [
        {"fields": ["msg_id"], "reference": {"resource": "message", "fields": ["msg_id"]}}
    ]
    # The tables that messages refer to are not in the folder.
    assert "foreignKeys" not in message["schema"]
    rating = next(field for field in account["schema"]["fields"] if field["name"] == "rating")
    assert rating["constraints"] == {"required": False, "minimum": 1, "maximum": 5}
    assert next(field for field in account["schema"]["fields"] if field["name"] == "start")["type"] == "date"


def test_a_licence_is_stated_by_choice() -> None:
    assert "licenses" not in data_package("x", "X", "x.", [PERSON])
    assert data_package("x", "X", "x.", [PERSON], licence=CC_BY_4)["licenses"][0]["name"] == "CC-BY-4.0"


def test_a_folder_is_read_as_its_description_says(tmp_path: Path) -> None:
    parts = read_folder(write_csv(tmp_path / "talk"))
    assert list(parts) == ["person", "conversation", "message"]
    assert parts["message"].table == MESSAGE
    assert parts["message"].format == "csv"
    assert title_of(tmp_path / "talk") == "A talk"
    pieces = read_folder(write_parquet(tmp_path / "pieces"))["message"]
    assert [path.name for path in pieces.files] == ["part-000.parquet", "part-001.parquet"]
    assert pieces.format == "parquet"


def test_a_column_that_the_folder_never_leaves_empty_is_required(tmp_path: Path) -> None:
    strict = {"person": TABLES["person"].only("person_id", "role", "tz", required=("tz",))}
    folder = write_csv(tmp_path / "d", {"person": [("p1", "agent", "UTC")]}, strict)
    assert read_folder(folder)["person"].table.column("tz").required


def test_without_a_description_files_tell_by_their_names(tmp_path: Path) -> None:
    folder = write_csv(tmp_path / "talk")
    (folder / "datapackage.json").unlink()
    (folder / "rejected.csv").write_text("place,reason\n")
    assert list(read_folder(folder)) == ["person", "conversation", "message"]
    assert title_of(folder) == "talk"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is no Data Package description"),
        ("[]", "is no Data Package description"),
        ('{"resources": [{"name": "person"}]}', "is no Data Package description"),
        (
            '{"resources": [{"name": "person", "path": [], "schema": {"fields": [{"name": "role"}]}}]}',
            "is no Data Package description",
        ),
        ('{"resources": []}', "holds no datapackage.json and no table of the model"),
        (
            '{"resources": [{"name": "person", "path": "person.csv", "schema": {"fields": [{"name": "shoe"}]}}]}',
            r"does not have \(shoe\)",
        ),
        (
            '{"resources": [{"name": "person", "path": "gone.csv", "schema": {"fields": [{"name": "person_id"}]}}]}',
            r"not in the folder \(gone.csv\)",
        ),
        (
            '{"resources": [{"name": "person", "path": "../talk/person.csv", "schema": {"fields": []}}]}',
            r"not in the folder \(../talk/person.csv\)",
        ),
    ],
)
def test_a_description_that_is_not_true_is_refused_in_a_sentence(tmp_path: Path, text: str, said: str) -> None:
    folder = write_csv(tmp_path / "talk")
    (folder / "datapackage.json").write_text(text)
    with pytest.raises(NoDataFolder, match=said):
        read_folder(folder)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoDataFolder, match="There is no folder"):
        read_folder(tmp_path / "nowhere")
