"""Small data folders for the tests: written by hand, as CSV or as Parquet."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from coursework.packaging import data_package
from coursework.tables import TABLES, Table

Cells = Sequence[Sequence[str]]

PERSON = TABLES["person"].only("person_id", "role", "tz")
CONVERSATION = TABLES["conversation"].only("conv_id", "channel", "opened")
MESSAGE = TABLES["message"].only("msg_id", "conv_id", "reply_to", "person_id", "ts", "clock", "text")

# p1 asks, p2 answers after 60 s, p1 thanks after 240 s; p3 writes alone; p2 answers a lost message.
TALK: dict[str, Cells] = {
    "person": [("p1", "customer", "Europe/Berlin"), ("p2", "agent", "Europe/Berlin"), ("p3", "customer", "")],
    "conversation": [
        ("c1", "list", "2025-09-01T10:00:00Z"),
        ("c2", "forum", "2025-09-02T10:00:00Z"),
        ("c3", "list", "2025-09-06T10:00:00Z"),
    ],
    "message": [
        ("m1", "c1", "", "p1", "2025-09-01T10:00:00Z", "utc", "Does it\nwork?"),
        ("m2", "c1", "m1", "p2", "2025-09-01T10:01:00Z", "utc", "Yes."),
        ("m3", "c1", "m2", "p1", "2025-09-01T10:05:00Z", "utc", "Thanks"),
        ("m4", "c2", "", "p3", "2025-09-02T10:00:00Z", "local", "=1+1"),
        ("m5", "c3", "m0", "p2", "2025-09-06T10:00:00Z", "utc", "Yes."),
    ],
}
TABLES_OF_TALK = {table.name: table for table in (PERSON, CONVERSATION, MESSAGE)}


def write_csv(folder: Path, cells: Mapping[str, Cells] = TALK, tables: Mapping[str, Table] = TABLES_OF_TALK) -> Path:
    """Write a folder with its description; cells are written as they are."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in cells.items():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(tables[name].column_names)
            writer.writerows(rows)
    described = data_package("talk", "A talk", "Made by hand.", [tables[name] for name in cells])
    (folder / "datapackage.json").write_text(json.dumps(described), encoding="utf-8")
    return folder


def write_parquet(folder: Path, cells: Mapping[str, Cells] = TALK, pieces: int = 2) -> Path:
    """Write the same as typed Parquet, the messages in several files."""
    kinds = {"datetime": pa.timestamp("us", tz="UTC"), "date": pa.date32()}
    paths: dict[str, list[str]] = {}
    tables = [TABLES_OF_TALK[name] for name in cells]
    for table in tables:
        columns = {}
        for at, column in enumerate(table.columns):
            texts = pa.array([row[at] or None for row in cells[table.name]], "string")
            columns[column.name] = texts.cast(kinds.get(column.type, pa.string()))
        whole = pa.table(columns)
        count = pieces if table.name == "message" else 1
        step = -(-len(whole) // count)
        paths[table.name] = [f"{table.name}/part-{piece:03}.parquet" for piece in range(count)]
        (folder / table.name).mkdir(parents=True, exist_ok=True)
        for piece, path in enumerate(paths[table.name]):
            pyarrow.parquet.write_table(whole.slice(piece * step, step), folder / path)
    described = data_package("talk", "A talk", "Made by hand.", tables, format="parquet", paths=paths)
    (folder / "datapackage.json").write_text(json.dumps(described), encoding="utf-8")
    return folder


def changed(table: str, row: int, column: str, value: str) -> dict[str, Cells]:
    """The talk with one other cell; rows count from 0."""
    cells = {name: [list(cell) for cell in rows] for name, rows in TALK.items()}
    cells[table][row][TABLES_OF_TALK[table].column_names.index(column)] = value
    return {name: [tuple(cell) for cell in rows] for name, rows in cells.items()}
