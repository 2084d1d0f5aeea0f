"""Which chapters and exercises a folder of conversations can serve, and what is missing for the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from coursework.datasets import DATASETS
from coursework.packaging import NoDataFolder, Part, read_folder

LEAST_VALUES = 30
"""An exercise needs so many values in each column it reads: below that, shares and medians tell little."""

# Tables with one row for each tool, team, organization, or arm of a trial have fewer rows by their nature.
_FEW_ROWS = {"tool": 2, "team": 2, "org": 10, "trial": 10, "belief_survey": 10}
# In tables of teams an empty cell is an answer, and all teams may have switched on one day.
_ONE_VALUE = {"team": 1}

_MEANING = {
    "conversation.csat": "answers to a satisfaction survey",
    "conversation.resolved": "word on whether problems were solved",
    "conversation.tool": "word on which tool agents worked with",
    "conversation.agent_id": "agents",
    "conversation.first_response": "first responses",
    "conversation.closed": "times of closing",
    "conversation.minutes": "working time",
    "conversation.difficulty": "difficulty of cases",
    "label.intent": "messages coded for intent",
    "label.function": "messages coded for function",
    "label.rater": "raters",
    "message.reply_to": "replies",
    "message.text": "texts",
    "message.clock": "word on clocks",
    "message.sent_as": "word on business and personal accounts",
    "person.craft": "craft scores",
    "person.role": "roles",
    "person.tz": "time zones of people",
    "person.wage": "wages",
}


@dataclass(frozen=True)
class Filled:
    """How a column is filled: non-empty values, and whether two of them (an empty one too) differ."""

    values: int
    differ: bool


@dataclass(frozen=True)
class Capability:
    """Whether the data serve an exercise of a chapter; if not, `why` says what is missing."""

    slug: str
    exercise: str
    served: bool
    why: str


def capabilities(filled: Mapping[str, Filled]) -> list[Capability]:
    """One entry for each exercise of each chapter, in the course's order.

    Parameters
    ----------
    filled
        By "table.column"; a column that is not there may be left out.
    """
    found = []
    for slug, dataset in DATASETS.items():
        for exercise, columns in dataset.exercises.items():
            lacks = [lack for column in columns if (lack := _lack(column, filled.get(column)))]
            found.append(Capability(slug, exercise, not lacks, "; ".join(lacks)))
    return found


def capabilities_of(folder: Path) -> list[Capability]:
    """The capabilities of a folder of canonical tables, as CSV or Parquet; memory does not grow with the files.

    Raises `coursework.packaging.NoDataFolder` if the folder has no table of the model, or one cannot be read.
    """
    wanted = {column for dataset in DATASETS.values() for columns in dataset.exercises.values() for column in columns}
    filled: dict[str, Filled] = {}
    for name, part in read_folder(folder).items():
        columns = [column for column in part.table.column_names if f"{name}.{column}" in wanted]
        if columns:
            try:
                counts = _in_csv(part, columns) if part.format == "csv" else _in_parquet(part, columns)
            except (ValueError, OSError) as error:  # Those of pandas are of these kinds.
                reason = str(error).partition("\n")[0]
                raise NoDataFolder(f"the table {name} in {folder} cannot be read ({reason}): make it again") from None
            filled |= {f"{name}.{column}": count for column, count in counts.items()}
    return capabilities(filled)


def summary(found: Iterable[Capability]) -> str:
    """The capability report as text: a line for each chapter, and below it what is missing for which exercises."""
    chapters: dict[str, list[Capability]] = {}
    for capability in found:
        chapters.setdefault(capability.slug, []).append(capability)
    lines = []
    for slug, entries in chapters.items():
        served = [entry.exercise for entry in entries if entry.served]
        named = f" ({', '.join(served)})" if served else ""
        lines.append(f"  {slug}: {len(served)} of {len(entries)}{named}")
        if not served:
            lacks = dict.fromkeys(lack for entry in entries for lack in entry.why.split("; "))
            lines.append(f"    {'; '.join(lacks)}")
            continue
        for entry in entries:
            if not entry.served:
                lines.append(f"    {entry.why}: {slug}/{entry.exercise} is not available")
    return "\n".join(lines)


def _lack(column: str, filled: Filled | None) -> str:
    table = column.partition(".")[0]
    least = _ONE_VALUE.get(table, _FEW_ROWS.get(table, LEAST_VALUES))
    meaning = _MEANING.get(column)
    shown = f"{meaning} ({column})" if meaning else column
    if filled is None or not filled.values:
        return f"no {shown}"
    if filled.values < least:
        return f"only {filled.values} {shown}, {least} are needed"
    if not filled.differ and table not in _ONE_VALUE:
        return f"{column} is the same everywhere"
    return ""


def _in_csv(part: Part, columns: list[str]) -> dict[str, Filled]:
    values = dict.fromkeys(columns, 0)
    seen: dict[str, set[str]] = {column: set() for column in columns}
    for path in part.files:
        chunks = pd.read_csv(
            path, usecols=seen.__contains__, dtype="str", keep_default_na=False, na_values=[""], chunksize=5_000
        )
        for chunk in chunks:
            for column in map(str, chunk):
                present = chunk[column].dropna()
                values[column] += len(present)
                if len(seen[column]) < 2:
                    seen[column].update(present.drop_duplicates().head(2))
                    if len(present) < len(chunk):
                        seen[column].add("")
    return {column: Filled(values[column], len(seen[column]) > 1) for column in columns}


def _in_parquet(part: Part, columns: list[str]) -> dict[str, Filled]:
    import duckdb

    paths = [str(path) for path in part.files]
    try:
        connection = duckdb.connect()
        there = {row[0] for row in connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [paths]).fetchall()}
        columns = [column for column in columns if column in there]
        if not columns:
            return {}
        # min and max tell whether two values differ without a set of all of them.
        asked = ", ".join(
            f'count("{name}"), count(*), min("{name}") IS DISTINCT FROM max("{name}")' for name in columns
        )
        row = connection.execute(f"SELECT {asked} FROM read_parquet(?)", [paths]).fetchone()
    except duckdb.Error as error:
        raise ValueError(str(error)) from None
    assert row is not None  # An aggregate without groups has one row.
    return {
        column: Filled(row[3 * at], bool(row[3 * at + 2]) or 0 < row[3 * at] < row[3 * at + 1])
        for at, column in enumerate(columns)
    }
