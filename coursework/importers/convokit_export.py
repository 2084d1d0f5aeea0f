"""Write canonical tables as a ConvoKit corpus.

The format is described at https://convokit.cornell.edu/documentation/data_format.html. It has utterances,
speakers and conversations, so it carries messages, people, conversations and labels with all their columns, as
metadata; other tables (events, weeks, accounts, ...) have no place in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from coursework.importers.errors import ImportFailed
from coursework.importers.writing import whole_folder
from coursework.packaging import Part, read_folder
from coursework.tables import Table

_CARRIED = ("message", "person", "conversation", "label")
_VERSION = 1


def export_convokit(folder: Path, out: Path) -> list[str]:
    """Write the tables in `folder` as a ConvoKit corpus into the new folder `out`; gives the tables it cannot carry.

    Text stays as it is; times are whole seconds since 1970, and `clock` is kept as metadata. An account's or a team's
    own columns are not carried, only their identifiers.

    Raises `ImportFailed` if there are no messages or `out` is not empty, and
    `coursework.packaging.NoDataFolder` if `folder` holds no table of the model.
    """
    if out.resolve().is_relative_to(folder.resolve()):
        raise ImportFailed(f"{out} lies in {folder}, among the data: name a folder elsewhere")
    parts = read_folder(folder)
    if "message" not in parts:
        raise ImportFailed(f"{folder} has no messages: a corpus needs the table message")
    labels: dict[str, list[dict[str, object]]] = {}
    if "label" in parts:
        for row in _rows(parts["label"]):
            labels.setdefault(str(row.pop("msg_id")), []).append(row)
    index: dict[str, dict[str, list[str]]] = {"utterances": {}, "speakers": {}, "conversations": {}}
    with whole_folder(out, overwrite=False) as fresh:
        with (fresh / "utterances.jsonl").open("w", encoding="utf-8", newline="\n") as file:
            for row in _rows(parts["message"]):
                utterance = _utterance(row, labels.get(str(row["msg_id"]), []))
                _note(index["utterances"], utterance["meta"])
                file.write(json.dumps(utterance, ensure_ascii=False) + "\n")
        for name, table, key in (("speakers", "person", "person_id"), ("conversations", "conversation", "conv_id")):
            _write_entries(fresh / f"{name}.json", parts.get(table), key, index[name])
        (fresh / "corpus.json").write_text("{}\n", encoding="utf-8")
        about: dict[str, Any] = {f"{name}-index": types for name, types in index.items()}
        about |= {"overall-index": {}, "version": _VERSION, "vectors": []}
        (fresh / "index.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    return [name for name in parts if name not in _CARRIED]


def _utterance(row: dict[str, Any], labels: list[dict[str, object]]) -> dict[str, Any]:
    meta: dict[str, Any] = {name: row[name] for name in ("clock", "sent_as") if name in row}
    if labels:
        meta["labels"] = labels
    return {
        "id": row["msg_id"],
        "conversation_id": row.get("conv_id") or row["msg_id"],
        "text": row.get("text") or "",
        "speaker": row.get("person_id") or "",
        "meta": meta,
        "reply-to": row.get("reply_to"),
        "timestamp": row["ts"],
        "vectors": [],
    }


def _write_entries(path: Path, part: Part | None, key: str, index: dict[str, list[str]]) -> None:
    # Written entry by entry: there may be as many conversations as messages.
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write("{")
        for at, row in enumerate(_rows(part) if part is not None else ()):
            name = str(row.pop(key))
            _note(index, row)
            entry = json.dumps({"meta": row, "vectors": []}, ensure_ascii=False)
            file.write(f"{',' if at else ''}\n{json.dumps(name, ensure_ascii=False)}: {entry}")
        file.write("\n}\n")


def _note(index: dict[str, list[str]], meta: dict[str, Any]) -> None:
    """Note the types of the metadata, as ConvoKit's index does."""
    for name, value in meta.items():
        if value is not None:
            types = index.setdefault(name, [])
            if (kind := str(type(value))) not in types:
                types.append(kind)


def _rows(part: Part) -> Iterator[dict[str, Any]]:
    """The rows of a table as plain values: times of messages as whole seconds, other times and days as text."""
    try:
        yield from _plain_rows(part)
    except (ValueError, KeyError, TypeError, OverflowError, OSError) as error:  # Those of pandas and duckdb are, too.
        reason = str(error).partition("\n")[0]
        raise ImportFailed(
            f"the table {part.table.name} cannot be read ({reason}): mend what coursekit data check tells of it"
        ) from None


def _plain_rows(part: Part) -> Iterator[dict[str, Any]]:
    for frame in _frames(part):
        names = [str(name) for name in frame]
        needed = (*part.table.key, "ts") if part.table.name == "message" else part.table.key
        if missing := [name for name in needed if name not in names]:
            raise ValueError(f"it has no column {', '.join(missing)}")
        columns = [
            [None if value != value or value is None else value for value in frame[name].tolist()] for name in names
        ]
        makers = [_MAKE.get(_kind(part.table, name), str) for name in names]
        for values in zip(*columns, strict=True):
            yield {
                name: None if value is None else make(value)
                for name, make, value in zip(names, makers, values, strict=True)
            }


def _kind(table: Table, name: str) -> str:
    return "stamp" if (table.name, name) == ("message", "ts") else table.column(name).type


def _stamp(value: str) -> int:
    import pandas as pd

    return int(pd.Timestamp(value).timestamp())


_MAKE: dict[str, Any] = {
    "stamp": _stamp,
    "boolean": lambda value: value == "true",
    "integer": lambda value: int(float(value)),
    "number": float,
}


def _frames(part: Part) -> Iterator[Any]:
    """The table in pieces, all cells as the text they have in CSV."""
    import pandas as pd

    for path in part.files:
        if part.format == "csv":
            for frame in pd.read_csv(path, dtype="str", keep_default_na=False, na_values=[""], chunksize=5_000):
                yield frame[[name for name in part.table.column_names if name in frame]]
            continue
        import duckdb

        shown = ", ".join(_as_text(column.name, column.type) for column in part.table.columns)
        try:
            found = duckdb.connect().execute(f"SELECT {shown} FROM read_parquet(?)", [str(path)])
            while rows := found.fetchmany(5_000):
                yield pd.DataFrame(rows, columns=part.table.column_names, dtype="object")
        except duckdb.Error as error:
            raise ValueError(str(error)) from None


def _as_text(name: str, kind: str) -> str:
    if kind == "datetime":
        return f"""strftime("{name}" AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%SZ')"""
    return f'CAST("{name}" AS VARCHAR)'
