"""The committed files are those that the generator makes, and their description is true."""

from __future__ import annotations

from pathlib import Path

import frictionless
import pytest

from coursekit.synthesis import write_dataset
from coursework.datasets import DATASETS


@pytest.mark.parametrize("slug", sorted(DATASETS))
def test_committed_files_are_regenerated_bit_for_bit(slug: str, root: Path, tmp_path: Path) -> None:
    write_dataset(slug, tmp_path / slug)
    made = {path.name: path.read_bytes() for path in (tmp_path / slug).iterdir()}
    kept = {path.name: path.read_bytes() for path in (root / "datasets" / slug).iterdir()}
    assert made.keys() == kept.keys()
    for name, content in made.items():
        assert content == kept[name], f"datasets/{slug}/{name} differs: run coursekit data make"


@pytest.mark.parametrize("slug", sorted(DATASETS))
def test_files_hold_what_the_data_package_says(slug: str, root: Path) -> None:
    report = frictionless.Package(str(root / "datasets" / slug / "datapackage.json")).validate()
    assert report.valid, report.flatten(["title", "rowNumber", "fieldName", "message"])
    assert [task.name for task in report.tasks] == [table.name for table in DATASETS[slug].tables]


def test_the_data_package_notices_a_wrong_value(tmp_path: Path) -> None:
    write_dataset("tool-or-craft", tmp_path / "d")
    path = tmp_path / "d" / "person.csv"
    path.write_text(path.read_text().replace("journeyman", "wizard", 1))
    report = frictionless.Package(str(tmp_path / "d" / "datapackage.json")).validate()
    assert "wizard" in str(report.flatten(["message"]))


def test_a_second_run_changes_nothing_and_a_failed_one_harms_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "d"
    assert write_dataset("tool-or-craft", place)
    assert not write_dataset("tool-or-craft", place)
    before = {path.name: path.read_bytes() for path in place.iterdir()}

    def full(*_: object, **__: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        write_dataset("tool-or-craft", place, seed=99)
    assert {path.name: path.read_bytes() for path in place.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["d"]
