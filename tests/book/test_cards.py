"""Dataset cards: rendered from the one definition of the data and from the files."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coursekit.book.cards import allowed, readable_bytes
from coursework.datasets import DATASETS, Dataset
from coursework.tables import Column, Reference, Table

PERSON = Table(
    "person",
    "One row for each agent.",
    (
        Column("person_id", "string", "Who it is."),
        Column("craft", "category", "How skilled.", values=("low", "high")),
        Column("wage", "number", "The cost of an hour.", unit="EUR per hour", minimum=0, required=False),
        Column("stars", "integer", "What customers gave.", unit="stars", minimum=1, maximum=5, required=False),
        Column("share", "number", "A part.", maximum=1),
        Column("hire", "date", "The first day."),
        Column("here", "boolean", "Still employed."),
        Column("boss", "string", "Who leads.", required=False),
        Column("team_id", "string", "The team.", required=False),
    ),
    key=("person_id",),
    references=(Reference("boss", "person", "person_id"), Reference("team_id", "team", "team_id")),
)
SHIFT = Table(
    "shift",
    "One row for each agent and day.",
    (Column("person_id", "string", "Who it is."), Column("day", "date", "When.")),
    key=("person_id", "day"),
    references=(Reference("person_id", "person", "person_id"),),
)
TINY = Dataset(
    slug="tiny",
    title="Tiny",
    purpose="To try cards.",
    planted="Made by hand.",
    dirt="One name is misspelt.",
    limits="Three people only.",
    tables=(PERSON, SHIFT),
    exercises={},
)
HEADER = "person_id,craft,wage,stars,share,hire,here,boss,team_id\n"
ROWS = HEADER + (
    'a1,low,10,,1,2025-01-01,true,,\na2,high,20,5,1,2025-01-01,true,"a\n1",\na3,high,,,1,2025-01-01,false,a1,\n'
)


@pytest.fixture
def data(tiny_book, monkeypatch):
    monkeypatch.setitem(DATASETS, "tiny", TINY)
    folder = tiny_book.root / "datasets" / "tiny"
    folder.mkdir(parents=True)
    (folder / "person.csv").write_text(ROWS, encoding="utf-8")
    (folder / "shift.csv").write_text("person_id,day\na1,2025-01-01\n", encoding="utf-8")
    return folder


def test_a_card_shows_texts_licence_size_and_columns(page, data):
    html, warnings = page("```{dataset-card} tiny\n```")
    assert warnings == []
    for words in (
        "To try cards.",
        "Made by hand.",
        "One name is misspelt.",
        "Three people only.",
        "CC BY 4.0",
        "EUR per hour",
        "person_id and day tell the rows of shift apart",
    ):
        assert words in html
    # A line break inside quotes is no row.
    assert f"3 rows, {len(ROWS)} bytes" in html
    assert html.count('scope="row"') == len(PERSON.columns) + len(SHIFT.columns)


def test_a_clean_dataset_says_so(page, data, monkeypatch):
    monkeypatch.setitem(DATASETS, "tiny", replace(TINY, dirt=""))
    html, _ = page("```{dataset-card} tiny\n```")
    assert "None: the values are as clean as they look." in html


def test_every_column_of_every_dataset_gets_a_row(page, tiny_book):
    for slug, dataset in DATASETS.items():
        folder = tiny_book.root / "datasets" / slug
        folder.mkdir(parents=True)
        for table in dataset.tables:
            (folder / f"{table.name}.csv").write_text(",".join(table.column_names) + "\n", encoding="utf-8")
    html, warnings = page("\n\n".join(f"```{{dataset-card}} {slug}\n```" for slug in DATASETS))
    assert warnings == []
    for dataset in DATASETS.values():
        for table in dataset.tables:
            for column in table.columns:
                assert f'<span class="pre">{column.name}</span>' in html


def test_an_unknown_dataset_is_a_warning(page):
    _, warnings = page("```{dataset-card} nothing\n```")
    assert len(warnings) == 1
    assert "There is no dataset 'nothing'" in warnings[0]


def test_a_missing_file_is_a_warning_with_the_remedy(page, data):
    (data / "person.csv").unlink()
    _, warnings = page("```{dataset-card} tiny\n```")
    assert len(warnings) == 1
    assert "lacks person.csv" in warnings[0]
    assert "coursekit data make tiny" in warnings[0]


def test_new_data_change_the_page(page, data, tiny_book):
    page("```{dataset-card} tiny\n```")
    (data / "person.csv").write_text(HEADER + "a1,low,10,,1,2025-01-01,true,,\n", encoding="utf-8")
    assert tiny_book.build() == []
    assert "3 rows" not in tiny_book.html()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("person_id", "each once"),
        ("craft", "low, high"),
        ("wage", "0 or more; may be empty"),
        ("stars", "1 to 5; may be empty"),
        ("share", "1 or less"),
        ("hire", ""),
        ("here", "True, False"),
        ("boss", "one of person.person_id; may be empty"),
        ("team_id", "may be empty"),
    ],
)
def test_what_a_column_allows_is_said_in_words(name, said):
    assert allowed(PERSON.column(name), PERSON, TINY) == said


def test_no_column_of_a_key_of_several_is_said_to_be_unique():
    assert allowed(SHIFT.column("day"), SHIFT, TINY) == ""
    assert allowed(SHIFT.column("person_id"), SHIFT, TINY) == "one of person.person_id"


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 bytes"), (999, "999 bytes"), (1_000, "1 kB"), (530_400, "530 kB"), (1_260_000, "1.3 MB")],
)
def test_sizes_are_said_as_people_say_them(count, said):
    assert readable_bytes(count) == said
