"""The chart and the explorer tell the same story as the methods."""

from __future__ import annotations

import altair as alt
import pytest

from coursekit.synthesis import write_dataset
from coursework import load
from coursework.analysis import crude_gap, gaps_within_strata, reassign
from coursework.explore import allocation_chart, allocation_explorer
from coursework.explore.allocation import READOUT, cells_of
from coursework.explore.renderer import MIME
from coursework.loading import Tables


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    place = tmp_path_factory.mktemp("data")
    write_dataset("tool-or-craft", place)
    return load("tool-or-craft", place)


def test_the_chart_can_be_read_without_seeing_it(data: Tables) -> None:
    spec = allocation_chart(data).to_dict()
    assert "standardised line stays where it is" in spec["description"]
    names = {layer.get("name") for layer in spec["layer"]}
    assert set(READOUT) <= names
    assert spec["usermeta"]["readout"] == list(READOUT)
    assert spec["params"][0]["bind"]["name"].strip() == "How strongly craft decides who gets the suite"


def test_jupyterlab_draws_it_without_the_network(data: Tables) -> None:
    assert alt.renderers.active == "coursework"
    bundle = allocation_chart(data)._repr_mimebundle_()
    assert set(bundle) == {MIME, "text/plain"}
    assert bundle["text/plain"].startswith("Lines from the inbox")


def test_the_explorer_recomputes_in_python(data: Tables) -> None:
    box = allocation_explorer(data)
    label, slider, numbers, _ = box.children
    assert label.value == "How strongly craft decides who gets the suite:"
    cells = cells_of(data)
    part = cells.groupby("stratum", observed=True)["n"].sum() / cells["n"].sum()
    standardised = (part * gaps_within_strata(cells, "suite", "inbox")).sum()  # of the data, whatever the slider says

    for strength in (1.0, 0.0, 2.0):
        slider.value = strength
        raw = crude_gap(reassign(cells, "suite", strength), "suite", "inbox")
        for words in (f"raw gap <b>{raw:+.3f}", f"standardised gap <b>{standardised:+.3f}"):
            assert words.replace("-", "\N{MINUS SIGN}") in numbers.value
