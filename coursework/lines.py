"""Where a row of a CSV file begins: a text may span lines, so the row's number does not tell."""

from __future__ import annotations

import csv
from collections.abc import Collection
from pathlib import Path


def lines_of(path: Path, rows: Collection[int]) -> dict[int, int]:
    """The line, counted from 1, on which each of the rows begins.

    Parameters
    ----------
    path
        A CSV file in UTF-8 with one row of names.
    rows
        Rows below the names, counted from 0; those beyond the end are left out. As pandas
        does, empty lines are no rows.
    """
    if not rows:
        return {}
    wanted, last = set(rows), max(rows)
    lines: dict[int, int] = {}
    # A field may be as long as a message with a picture in it.
    limit = csv.field_size_limit(2**31 - 1)
    try:
        with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
            reader = csv.reader(file)
            number, end = -2, 0  # the names are row -1
            for record in reader:
                begin, end = end + 1, reader.line_num
                number += bool(record)
                if record and number in wanted:
                    lines[number] = begin
                if number >= last:
                    break
    finally:
        csv.field_size_limit(limit)
    return lines
