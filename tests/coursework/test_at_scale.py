"""The analyses in SQL give what the data frames give, on CSV and on Parquet."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pytest

from coursekit.synthesis import KINDS, write_world
from coursekit.synthesis.arrow import as_frame
from coursekit.synthesis.canonical import table
from coursekit.synthesis.plants import Value, function_over_form, plants_of
from coursekit.synthesis.world import World
from coursework.analysis import at_scale
from coursework.packaging import NoDataFolder
from coursework.tables import TABLES

SEED, SIZE = 9, 12_000


@pytest.fixture(scope="module", params=["csv", "parquet"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp(request.param)
    write_world(SIZE, SEED, place / "data", place / "truth", format=request.param, dirt=KINDS)
    return place / "data"


@pytest.fixture(scope="module")
def frames() -> dict[str, pd.DataFrame]:
    world = World(SEED, SIZE, KINDS)
    return {name: as_frame(model, table(world, name)) for name, model in TABLES.items()}


def by_frames(slug: str, frames: Mapping[str, pd.DataFrame]) -> dict[str, Value]:
    return {plant.exercise: plant.right(frames) for plant in plants_of(slug)}


def test_chapter_1(folder: Path, frames: dict[str, pd.DataFrame]) -> None:
    found, expected = at_scale.conversations(folder), by_frames("conversations", frames)
    assert found["mean_size"] == pytest.approx(expected["thread-sizes"]["mean"])
    assert found["alone"] == pytest.approx(expected["thread-sizes"]["alone"])
    assert found["dialogue"] == pytest.approx(expected["dialogue-share"], abs=0.002)  # ties of the clock
    assert found["reciprocity"] == pytest.approx(expected["reciprocity"])
    assert found["top"] == pytest.approx(expected["concentration"])
    assert found["daytime"] == pytest.approx(expected["local-times"]["daytime"])


def test_chapter_2(folder: Path, frames: dict[str, pd.DataFrame]) -> None:
    label = frames["label"]
    first = {**frames, "label": label[label["rater"] == "first"]}
    first["conversation"] = frames["conversation"]

    found = at_scale.function_over_form(folder)
    mix = function_over_form.listening(first)
    assert {name: found[f"listening:{name}"] for name in mix} == pytest.approx(mix)
    assert found["distance"] == pytest.approx(function_over_form.mix_distance(first))
    heard = function_over_form.heard(first)
    assert (found["acknowledged"], found["acted"]) == pytest.approx((heard["acknowledged"], heard["acted"]))


def test_chapter_2_in_the_community(folder: Path, frames: dict[str, pd.DataFrame]) -> None:

    own = frames["conversation"]["account_id"].isna()
    community = {**frames, "conversation": frames["conversation"][own]}
    utc = frames["message"]["clock"] == "utc"
    found = at_scale.function_over_form(folder)
    assert found["passed_on"] == pytest.approx(function_over_form.spread(community))
    # The frames' way does not know of local stamps, which are one in eight; so it comes near only.
    assert found["crossed"] == pytest.approx(
        function_over_form.streams({**community, "message": frames["message"][utc]}), abs=0.03
    )


def test_chapter_7(folder: Path, frames: dict[str, pd.DataFrame]) -> None:
    own = frames["conversation"]["account_id"].notna()
    desk = {**frames, "conversation": frames["conversation"][own]}
    desk["account"] = frames["account"][frames["account"]["account_id"].isin(desk["conversation"]["account_id"])]
    expected, found = by_frames("the-mirror", desk), at_scale.the_mirror(folder)
    assert found["median_wait"] == pytest.approx(expected["median-wait"])
    assert found["tenure"] == pytest.approx(expected["tenure"])
    assert found["ignored_phone"] == pytest.approx(expected["ignored"]["phone"])
    assert found["ignored_social"] == pytest.approx(expected["ignored"]["social"])
    assert found["satisfied_low"] == pytest.approx(expected["silent-customers"]["low"])
    assert found["satisfied_high"] == pytest.approx(expected["silent-customers"]["high"])
    assert found["rating"] == pytest.approx(expected["reweight"])


def test_a_folder_that_lacks_a_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(NoDataFolder, match="no folder"):
        at_scale.conversations(tmp_path / "nowhere")
    (tmp_path / "message.csv").write_text("msg_id,conv_id\nm1,c1\n")
    with pytest.raises(NoDataFolder, match="has no table person; it has message"):
        at_scale.conversations(tmp_path)
