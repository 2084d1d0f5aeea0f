"""A data folder's description in the open Data Package standard: written, and read again.

The standard (version 2) is at https://datapackage.org. The description says which
of the model's tables and columns a folder holds and in which files, so that a
chapter's dataset or an import may hold some of them only.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from coursework.tables import TABLES, Column, Table

Format = Literal["csv", "parquet"]

FILE = "datapackage.json"
CC_BY_4 = {"name": "CC-BY-4.0", "path": "https://creativecommons.org/licenses/by/4.0/"}
DATETIME = "%Y-%m-%dT%H:%M:%SZ"
"""How a moment is written in a CSV file: in UTC, to the second."""

_MEDIA: dict[Format, str] = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet"}


class NoDataFolder(LookupError):
    """A folder holds no table of the model, or does not say truly which."""


@dataclass(frozen=True)
class Part:
    """One table of a data folder: its columns as the folder has them, and its files (all of one format)."""

    table: Table
    files: tuple[Path, ...]
    format: Format


def data_package(
    name: str,
    title: str,
    description: str,
    tables: Sequence[Table],
    *,
    licence: Mapping[str, str] | None = None,
    format: Format = "csv",
    paths: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, Any]:
    """Describe a data folder as a Data Package.

    Parameters
    ----------
    name
        A short name: lower-case letters, digits, "-", "_" and ".".
    title, description
        For people.
    tables
        What the folder holds, as cut by `Table.only`. References to other tables are left out.
    licence
        As in the standard, for example `CC_BY_4`; None if the data have none.
    format
        Of all files. Moments are `DATETIME` in CSV and time stamps in UTC in Parquet.
    paths
        A table's files, relative to the folder, if they are not `<table>.<format>`.

    Returns
    -------
    dict
        Ready for `json.dumps`; belongs into the folder's `datapackage.json`.
    """
    present = {table.name for table in tables}
    package: dict[str, Any] = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": name,
        "title": title,
        "description": description,
    }
    if licence is not None:
        package["licenses"] = [dict(licence)]
    package["resources"] = [_resource(table, format, (paths or {}).get(table.name), present) for table in tables]
    return package


def _resource(table: Table, format: Format, paths: Sequence[str] | None, present: set[str]) -> dict[str, Any]:
    names = list(paths or [f"{table.name}.{format}"])
    schema: dict[str, Any] = {
        "fields": [_field(column, table.key == (column.name,), format) for column in table.columns],
        "primaryKey": list(table.key),
    }
    foreign = [
        {"fields": [reference.column], "reference": {"resource": reference.table, "fields": [reference.target]}}
        for reference in table.references
        if reference.table in present
    ]
    if foreign:
        schema["foreignKeys"] = foreign
    resource: dict[str, Any] = {
        "name": table.name,
        "type": "table",
        "path": names if len(names) > 1 else names[0],
        "format": format,
        "mediatype": _MEDIA[format],
    }
    if format == "csv":
        resource["encoding"] = "utf-8"
    return resource | {"description": table.description, "schema": schema}


def _field(column: Column, is_key: bool, format: Format) -> dict[str, Any]:
    constraints: dict[str, Any] = {"required": column.required}
    if is_key:
        constraints["unique"] = True
    if column.minimum is not None:
        constraints["minimum"] = column.minimum
    if column.maximum is not None:
        constraints["maximum"] = column.maximum
    field: dict[str, Any] = {
        "name": column.name,
        "type": "string" if column.type == "category" else column.type,
        "description": column.description,
    }
    if column.type == "category":
        constraints["enum"] = list(column.values)
        field["categories"] = list(column.values)
        field["categoriesOrdered"] = True
    if format == "csv":
        if column.type == "boolean":
            field["trueValues"], field["falseValues"] = ["true"], ["false"]
        if column.type == "datetime":
            field["format"] = DATETIME
    if column.unit:
        field["unit"] = column.unit
    field["constraints"] = constraints
    return field


def read_folder(folder: Path) -> dict[str, Part]:
    """The model's tables that a folder holds, by name, in the model's order.

    Taken from `datapackage.json`: its tables, columns and files, and which columns
    may be empty; everything else is the model's. Without one, every file
    `<table>.csv` or `<table>.parquet` and every folder `<table>` of Parquet files is
    a table with all of the model's columns.

    Raises
    ------
    NoDataFolder
        If there is no such folder, it has no table of the model, or the description
        cannot be read or names an unknown column or a file that is not there.
    """
    if not folder.is_dir():
        raise NoDataFolder(f"There is no folder {folder}; name the folder that holds the data.")
    description = folder / FILE
    parts = _described(folder, description) if description.is_file() else _found(folder)
    if not parts:
        raise NoDataFolder(
            f"{folder} holds no {FILE} and no table of the model, such as message.csv; "
            "make data with coursekit data make or coursekit data import."
        )
    return {name: parts[name] for name in TABLES if name in parts}


def _found(folder: Path) -> dict[str, Part]:
    parts: dict[str, Part] = {}
    for name, table in TABLES.items():
        csv, parquet = folder / f"{name}.csv", folder / f"{name}.parquet"
        pieces = sorted((folder / name).glob("*.parquet"))
        if csv.is_file():
            parts[name] = Part(table, (csv,), "csv")
        elif parquet.is_file() or pieces:
            parts[name] = Part(table, (parquet,) if parquet.is_file() else tuple(pieces), "parquet")
    return parts


def _described(folder: Path, description: Path) -> dict[str, Part]:
    try:
        package = json.loads(description.read_text(encoding="utf-8"))
        resources = [(str(resource["name"]), resource) for resource in package["resources"]]
        return {name: _part(folder, name, resource) for name, resource in resources if name in TABLES}
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        # json's errors, and a description that is JSON but not of this form.
        raise NoDataFolder(
            f"{description} is no Data Package description ({_printable(str(error))}); make or import it again."
        ) from None


def _part(folder: Path, name: str, resource: Mapping[str, Any]) -> Part:
    fields = {str(field["name"]): field.get("constraints", {}) for field in resource["schema"]["fields"]}
    unknown = [column for column in fields if column not in TABLES[name].column_names]
    if unknown:
        raise NoDataFolder(
            f"{folder / FILE} names columns that the table {name} does not have ({', '.join(_first(unknown))}); "
            f"it may have {', '.join(TABLES[name].column_names)}."
        )
    path = resource["path"]
    names = [path] if isinstance(path, str) else [str(item) for item in path]
    files = tuple(folder / item for item in names)
    # A path that leads out of the folder would have the check read foreign files.
    outside = [item for item in names if Path(item).is_absolute() or ".." in Path(item).parts]
    missing = [item for item, file in zip(names, files, strict=True) if not file.is_file()]
    if outside or missing:
        raise NoDataFolder(
            f"{folder / FILE} names files that are not in the folder ({', '.join(_first(outside or missing))}); "
            "make or import the data again."
        )
    if not fields:
        raise NoDataFolder(f"{folder / FILE} names no column of the table {name}; make or import the data again.")
    kept = TABLES[name].only(*fields, required=[key for key, rules in fields.items() if rules.get("required")])
    return Part(kept, files, "parquet" if files[0].suffix == ".parquet" else "csv")


def _first(names: Iterable[str], count: int = 3) -> list[str]:
    shown = [_printable(name) for name in names]
    return shown if len(shown) <= count else [*shown[:count], f"and {len(shown) - count} more"]


def _printable(text: str) -> str:
    """A text without halves of characters, which JSON may hold and no terminal takes."""
    return text.encode("utf-8", "replace").decode("utf-8")


def title_of(folder: Path) -> str:
    """The title in the folder's description, or the folder's name."""
    description = folder / FILE
    try:
        # What is no file, a pipe for one, might never end.
        title = json.loads(description.read_text(encoding="utf-8"))["title"] if description.is_file() else None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        title = None
    return _printable(title) if isinstance(title, str) and title.strip() else folder.resolve().name
