"""Which exercises data can serve, and what is said of the others."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from coursework.datasets import DATASETS
from coursework.importers.report import LEAST_VALUES, Capability, Filled, capabilities, capabilities_of, summary
from coursework.packaging import NoDataFolder

ALL = {
    column: Filled(1000, True)
    for dataset in DATASETS.values()
    for columns in dataset.exercises.values()
    for column in columns
}


def of(found: list[Capability], name: str) -> Capability:
    return next(entry for entry in found if f"{entry.slug}/{entry.exercise}" == name)


def test_data_with_all_columns_serve_every_exercise_in_the_courses_order() -> None:
    found = capabilities(ALL)
    assert all(entry.served and entry.why == "" for entry in found)
    assert [(entry.slug, entry.exercise) for entry in found] == [
        (slug, exercise) for slug, dataset in DATASETS.items() for exercise in dataset.exercises
    ]


def test_without_the_survey_its_exercise_is_not_served_and_the_others_of_the_chapter_are() -> None:
    found = capabilities({name: filled for name, filled in ALL.items() if name != "conversation.csat"})
    assert [f"{entry.slug}/{entry.exercise}" for entry in found if not entry.served] == ["the-mirror/silent-customers"]
    why = "no answers to a satisfaction survey (conversation.csat)"
    assert of(found, "the-mirror/silent-customers").why == why
    assert f"    {why}: the-mirror/silent-customers is not available" in summary(found).splitlines()
    assert "  the-mirror: 5 of 6 (median-wait, ignored, tenure, reweight, ten-times)" in summary(found).splitlines()


@pytest.mark.parametrize(
    ("filled", "why"),
    [
        (Filled(0, False), "no answers to a satisfaction survey (conversation.csat)"),
        (
            Filled(LEAST_VALUES - 1, True),
            "only 29 answers to a satisfaction survey (conversation.csat), 30 are needed",
        ),
        (Filled(LEAST_VALUES, False), "conversation.csat is the same everywhere"),
        (Filled(LEAST_VALUES, True), ""),
    ],
)
def test_a_column_needs_enough_values_that_differ(filled: Filled, why: str) -> None:
    assert of(capabilities({**ALL, "conversation.csat": filled}), "the-mirror/silent-customers").why == why


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_a_folder_is_counted_as_it_is_filled(tmp_path: Path, format: str) -> None:
    rows = 40
    frame = pd.DataFrame(
        {
            "msg_id": [f"m{number}" for number in range(rows)],
            "conv_id": [f"c{number // 2}" for number in range(rows)],
            "reply_to": ["m0" if number % 2 else None for number in range(rows)],
            "person_id": [f"p{number % 3}" for number in range(rows)],
            "text": ["N/A"] * rows,
        }
    )
    if format == "csv":
        frame.to_csv(tmp_path / "message.csv", index=False)
    else:
        frame.to_parquet(tmp_path / "message.parquet")
    found = capabilities_of(tmp_path)
    assert of(found, "conversations/thread-sizes").served
    assert of(found, "conversations/duplicates").why == "message.text is the same everywhere"
    assert of(found, "conversations/reciprocity").why == "only 20 replies (message.reply_to), 30 are needed"
    assert of(found, "conversations/local-times").why.startswith("no message.ts; no word on clocks (message.clock); ")


def test_a_column_that_is_the_same_where_it_is_filled_differs_from_its_gaps(tmp_path: Path) -> None:
    frame = pd.DataFrame({"account_id": range(90), "start": "2025-01-01", "held_out": ["search", None, None] * 30})
    frame.to_csv(tmp_path / "account.csv", index=False)
    assert "account.held_out" not in of(capabilities_of(tmp_path), "does-it-pay/holdout-lift").why


def test_a_folder_without_tables_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(NoDataFolder):
        capabilities_of(tmp_path)


@pytest.mark.parametrize("name", ["message.csv", "message.parquet"])
def test_a_table_that_cannot_be_read_is_one_error(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b'msg_id,text\n1,"\xff\n\xff')
    with pytest.raises(NoDataFolder, match=r"the table message in .* cannot be read"):
        capabilities_of(tmp_path)
