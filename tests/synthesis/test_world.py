"""All tables together: valid, consistent, the same for the same seed, and written whole."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from coursekit.synthesis import KINDS, write_world
from coursekit.synthesis.arrow import as_frame
from coursekit.synthesis.canonical import table
from coursekit.synthesis.plan import SIZES, organizations, plan_for
from coursekit.synthesis.world import World
from coursework.loading import load
from coursework.tables import TABLES
from coursework.validation import validate

SMALL = SIZES["small"]


@pytest.mark.parametrize("dirt", [(), KINDS], ids=["clean", "dirty"])
def test_every_table_is_valid_by_the_model(dirt: tuple[str, ...]) -> None:
    world = World(11, SMALL, dirt)
    frames = {name: as_frame(model, table(world, name)) for name, model in TABLES.items()}
    assert all(len(frame) for frame in frames.values())
    assert validate(frames, TABLES.values()) == []


def test_about_as_many_messages_are_made_as_asked_for() -> None:
    for size in (SMALL, 50_000):
        assert 0.85 * size < len(table(World(4, size), "message")) < 1.15 * size


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    for name, seed in (("one", 5), ("two", 5), ("three", 6)):
        write_world(SMALL, seed, tmp_path / name, tmp_path / "truth" / name, dirt=KINDS)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    assert contents(tmp_path / "truth" / "one") == contents(tmp_path / "truth" / "two")
    other = contents(tmp_path / "three")
    same = {name for name, data in contents(tmp_path / "one").items() if other[name] == data}
    assert same == {"tool.csv"}


@pytest.mark.slow
def test_any_number_of_workers_gives_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    size = 420_000  # three organizations
    assert len(organizations(size)) == 3
    for name, workers in (("one", 1), ("three", 3)):
        write_world(size, 5, tmp_path / name, tmp_path / "truth" / name, format="parquet", dirt=KINDS, workers=workers)
    assert contents(tmp_path / "one") == contents(tmp_path / "three")
    assert contents(tmp_path / "truth" / "one") == contents(tmp_path / "truth" / "three")
    parts = sorted((tmp_path / "one" / "message").iterdir())
    assert len(parts) == 3
    names = [name for part in parts for name in pq.read_table(part, columns=["msg_id"])["msg_id"].to_pylist()]
    assert len(names) == len(set(names)) > 400_000


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_size_is_split_into_organizations_without_loss() -> None:
    for size in (1, 200_000, 200_001, 10_000_000):
        parts = organizations(size)
        assert sum(parts) == size and max(parts) <= 200_000 and max(parts) - min(parts) <= 1
    assert plan_for(50_000).conversations == 9_000


def test_the_truth_is_written_apart_and_never_inside_the_data(tmp_path: Path) -> None:
    write_world(SMALL, 5, tmp_path / "data", tmp_path / "truth", dirt=KINDS)
    planted = json.loads((tmp_path / "truth" / "planted-part-0001.json").read_text())
    assert planted["desk"]["standardised_gap"] < 0
    text = "".join(path.read_text() for path in (tmp_path / "data").iterdir())
    assert "standardised_gap" not in text and "near-duplicates" not in text
    for truth in (tmp_path / "data" / "truth", tmp_path):
        with pytest.raises(ValueError, match="would travel with the data"):
            write_world(SMALL, 5, tmp_path / "data", truth)


def test_a_failed_run_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_world(SMALL, 5, tmp_path / "data", tmp_path / "truth")
    before = contents(tmp_path)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("coursekit.synthesis.write._write", full)
    with pytest.raises(OSError, match="No space"):
        write_world(SMALL, 6, tmp_path / "data", tmp_path / "truth")
    assert contents(tmp_path) == before


def test_the_chapters_files_are_read_back_as_they_were_made(root: Path) -> None:
    from coursekit.synthesis import make_dataset
    from coursework.datasets import DATASETS

    for slug in DATASETS:
        made, _ = make_dataset(slug)
        for name, frame in load(slug, root / "datasets" / slug).items():
            assert (frame.dtypes.astype(str) == made[name].dtypes.astype(str)).all(), (slug, name)
            assert frame.equals(made[name].astype(frame.dtypes.to_dict())), (slug, name)


def test_conversations_read_as_conversations() -> None:
    """The first message asks or tells, an agent's answer speaks of the same thing, and none is empty."""
    world = World(8, 8_000)
    rows, talk = world.clean, world.talk
    assert all(len(text) > 10 for text in rows.text)
    replies = [place for place in range(talk.desk_messages) if talk.parent[place] >= 0]
    assert (talk.topic[replies] == talk.topic[talk.parent[replies]]).all()
