"""Dataset cards: rendered from the one definition of the data and from the files."""

from __future__ import annotations

import pytest

from coursekit.book.cards import allowed, readable_bytes
from coursework.tables import DATASETS, Column, Dataset, Table

PERSON = Table(
    "person",
    "One row for each agent.",
    (
        Column("agent_id", "string", "Who it is."),
        Column("craft", "category", "How skilled.", values=("low", "high")),
        Column("wage", "number", "The cost of an hour.", unit="EUR per hour", minimum=0, required=False),
        Column("here", "boolean", "Still employed."),
        Column("boss", "string", "Who leads.", required=False),
    ),
    key="agent_id",
    refers_to=(("boss", "person"),),
)
TINY = Dataset("tiny", "Tiny", "To try cards.", "Made by hand.", "Three people only.", (PERSON,))
ROWS = 'agent_id,craft,wage,here,boss\na1,low,10,True,\na2,high,20,True,"a\n1"\na3,high,,False,a1\n'


@pytest.fixture
def data(tiny_book, monkeypatch):
    monkeypatch.setitem(DATASETS, "tiny", TINY)
    folder = tiny_book.root / "datasets" / "tiny"
    folder.mkdir(parents=True)
    (folder / "person.csv").write_text(ROWS, encoding="utf-8")
    return folder


def test_a_card_shows_texts_licence_size_and_columns(page, data):
    html, warnings = page("```{dataset-card} tiny\n```")
    assert warnings == []
    for words in ("To try cards.", "Made by hand.", "Three people only.", "CC BY 4.0", "EUR per hour"):
        assert words in html
    # A line break inside quotes is no row.
    assert f"3 rows, {len(ROWS)} bytes" in html
    assert html.count('scope="row"') == len(PERSON.columns)


def test_every_column_of_every_dataset_gets_a_row(page, tiny_book, root):
    for slug in DATASETS:
        (tiny_book.root / "datasets").mkdir(exist_ok=True)
        (tiny_book.root / "datasets" / slug).symlink_to(root / "datasets" / slug)
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
    (data / "person.csv").write_text("agent_id,craft,wage,here,boss\na1,low,10,True,\n", encoding="utf-8")
    assert tiny_book.build() == []
    assert "1 row, " in tiny_book.html()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("agent_id", "each once"),
        ("craft", "low, high"),
        ("wage", "0 or more; may be empty"),
        ("here", "True, False"),
        ("boss", "one of person.agent_id; may be empty"),
    ],
)
def test_what_a_column_allows_is_said_in_words(name, said):
    column = next(column for column in PERSON.columns if column.name == name)
    assert allowed(column, PERSON, TINY) == said


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 bytes"), (999, "999 bytes"), (1_000, "1 kB"), (530_400, "530 kB"), (1_260_000, "1.3 MB")],
)
def test_sizes_are_said_as_people_say_them(count, said):
    assert readable_bytes(count) == said
