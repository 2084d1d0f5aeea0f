"""Write a dataset: CSV files, their Data Package description, and the truth apart."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pandas as pd

from coursekit.files import fresh_folder, replace_file, replace_folder
from coursekit.synthesis.craft import CraftTruth, make_craft
from coursework.tables import DATASETS, Column, Dataset, Table

# The seed of the public files in datasets/. Hidden checks never use it.
DATA_SEED = 50
_MAKERS = {"tool-or-craft": make_craft}


def make_dataset(slug: str, seed: int = DATA_SEED) -> tuple[dict[str, pd.DataFrame], CraftTruth]:
    """The tables and the planted truth of a chapter; KeyError for an unknown one."""
    return _MAKERS[slug](seed)


def write_dataset(slug: str, folder: Path, seed: int = DATA_SEED, truth: Path | None = None) -> bool:
    """Write a chapter's files into `folder`, all or none.

    Returns whether anything changed: files that are already as they should be
    are left alone, so that a second run costs nothing further down. The truth
    is written to the file `truth` only if one is named; it must never lie in a
    folder that ships.
    """
    dataset = DATASETS[slug]
    tables, planted = make_dataset(slug, seed)
    files = {f"{table.name}.csv": _csv(tables[table.name], table) for table in dataset.tables}
    files["datapackage.json"] = _json(data_package(dataset))
    if truth is not None:
        replace_file(truth, _json(dataclasses.asdict(planted)))
    if all(_holds(folder / name, text) for name, text in files.items()):
        return False
    with fresh_folder(folder) as fresh:
        for name, text in files.items():
            (fresh / name).write_text(text, encoding="utf-8", newline="")
        replace_folder(fresh, folder)
    return True


def data_package(dataset: Dataset) -> dict[str, Any]:
    """The dataset's description in the open Data Package standard (version 2)."""
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": dataset.slug,
        "title": dataset.title,
        "description": dataset.purpose,
        "licenses": [{"name": "CC-BY-4.0", "path": "https://creativecommons.org/licenses/by/4.0/"}],
        "resources": [_resource(table) for table in dataset.tables],
    }


def _resource(table: Table) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "fields": [_field(column, column.name == table.key) for column in table.columns],
        "primaryKey": [table.key],
    }
    if table.refers_to:
        schema["foreignKeys"] = [
            {"fields": [column], "reference": {"resource": other, "fields": [column]}}
            for column, other in table.refers_to
        ]
    return {
        "name": table.name,
        "type": "table",
        "path": f"{table.name}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "description": table.description,
        "schema": schema,
    }


def _field(column: Column, is_key: bool) -> dict[str, Any]:
    constraints: dict[str, Any] = {"required": column.required}
    if is_key:
        constraints["unique"] = True
    if column.minimum is not None:
        constraints["minimum"] = column.minimum
    field: dict[str, Any] = {
        "name": column.name,
        "type": "string" if column.type == "category" else column.type,
        "description": column.description,
    }
    if column.type == "category":
        constraints["enum"] = list(column.values)
        field["categories"] = list(column.values)
        field["categoriesOrdered"] = True
    if column.type == "boolean":
        field["trueValues"], field["falseValues"] = ["true"], ["false"]
    if column.type == "datetime":
        field["format"] = "%Y-%m-%dT%H:%M:%SZ"
    if column.unit:
        field["unit"] = column.unit
    field["constraints"] = constraints
    return field


def _csv(frame: pd.DataFrame, table: Table) -> str:
    frame = frame[table.column_names].copy()
    for column in table.columns:
        if column.type == "boolean":
            frame[column.name] = frame[column.name].map({True: "true", False: "false"})
    return frame.to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%dT%H:%M:%SZ")


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_bytes() == text.encode()
