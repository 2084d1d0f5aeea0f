"""What holds between rows: keys are unique, references lead somewhere, replies make trees.

Asked in SQL, so that neither ten million rows nor their ids have to fit into
memory. The tables come as relations `rows_<table>` with the columns `file` and
`number` beside their own: where each row stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from coursework.engine import name
from coursework.tables import Reference, Table

if TYPE_CHECKING:
    import duckdb

EXAMPLES = 5
"""How many messages a notice names."""


@dataclass(frozen=True)
class Found:
    """How many rows break a rule, and the first of them: file, number, value."""

    count: int
    rows: Sequence[tuple[str, int, str]]


@dataclass(frozen=True)
class Notice:
    """Something in the data that is no error but should be known: what, in how many messages, and which."""

    table: str
    what: str
    count: int
    examples: tuple[str, ...]


def repeated_keys(connection: duckdb.DuckDBPyConnection, table: Table, limit: int) -> Found:
    """The rows whose key an earlier row has already; rows with an empty part of the key are left out."""
    rows, key = f"rows_{table.name}", ", ".join(name(column) for column in table.key)
    filled = " AND ".join(f"{name(column)} IS NOT NULL" for column in table.key)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE repeated AS "
        f"SELECT {key}, count(*) AS n FROM {rows} WHERE {filled} GROUP BY {key} HAVING n > 1"
    )
    count = _number(connection, "SELECT coalesce(sum(n - 1), 0) FROM repeated")
    if not count:
        return Found(0, ())
    value = f"concat_ws(', ', {key})"
    found = connection.execute(
        f"SELECT file, number, {value} FROM {rows} JOIN repeated USING ({key}) "
        f"QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY file, number) > 1 ORDER BY file, number LIMIT {limit}"
    )
    return Found(count, found.fetchall())


def broken_references(connection: duckdb.DuckDBPyConnection, table: Table, reference: Reference, limit: int) -> Found:
    """The rows whose value in the reference's column is no key of the other table."""
    column, target = name(reference.column), name(reference.target)
    lost = (
        f"FROM rows_{table.name} AS mine ANTI JOIN rows_{reference.table} AS theirs "
        f"ON mine.{column} = theirs.{target} WHERE mine.{column} IS NOT NULL"
    )
    count = _number(connection, f"SELECT count(*) {lost}")
    if not count:
        return Found(0, ())
    found = connection.execute(f"SELECT file, number, {column} {lost} ORDER BY file, number LIMIT {limit}")
    return Found(count, found.fetchall())


def notices(connection: duckdb.DuckDBPyConnection, columns: Sequence[str]) -> list[Notice]:
    """What should be known of the messages, from the columns that they have.

    Replies to messages that are not in the data; replies dated before what they
    answer, where both clocks are UTC; replies in a circle; and texts that the same
    person wrote more than once.
    """
    found = []
    if "reply_to" in columns:
        found += [_orphans(connection)]
        if "ts" in columns:
            found += [_early_replies(connection, "clock" in columns)]
        found += [_circles(connection)]
    if {"person_id", "text"} <= set(columns):
        found += [_repeated_texts(connection)]
    return [notice for notice in found if notice.count]


def _orphans(connection: duckdb.DuckDBPyConnection) -> Notice:
    lost = (
        "FROM rows_message AS mine ANTI JOIN rows_message AS theirs ON mine.reply_to = theirs.msg_id "
        "WHERE mine.reply_to IS NOT NULL"
    )
    return _notice(connection, "answers to a message that is not in the data", lost)


def _early_replies(connection: duckdb.DuckDBPyConnection, clocks: bool) -> Notice:
    same = "AND mine.clock = 'utc' AND theirs.clock = 'utc'" if clocks else ""
    early = (
        "FROM rows_message AS mine JOIN rows_message AS theirs ON mine.reply_to = theirs.msg_id "
        f"WHERE mine.ts < theirs.ts {same}"
    )
    return _notice(connection, "replies dated before what they answer", early)


def _repeated_texts(connection: duckdb.DuckDBPyConnection) -> Notice:
    # The hash of a text stands for it, or ten million texts would have to be sorted.
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE repeated AS SELECT person_id, text, count(*) AS n, arg_min(msg_id, number) AS id "
        "FROM rows_message WHERE person_id IS NOT NULL AND text IS NOT NULL GROUP BY person_id, text HAVING n > 1"
    )
    count = _number(connection, "SELECT coalesce(sum(n - 1), 0) FROM repeated")
    ids = connection.execute(f"SELECT id FROM repeated ORDER BY n DESC, id LIMIT {EXAMPLES}").fetchall()
    return Notice("message", "texts that their writer had written before, word for word", count, _words(ids))


def _circles(connection: duckdb.DuckDBPyConnection) -> Notice:
    """Replies that, followed upwards, come back to themselves.

    Somewhere in a circle a reply is not later than what it answers, so only those
    replies are followed; each message is visited once.
    """
    suspects = connection.execute(
        "SELECT hash(mine.msg_id) FROM rows_message AS mine "
        "JOIN rows_message AS theirs ON mine.reply_to = theirs.msg_id WHERE coalesce(mine.ts <= theirs.ts, true)"
    ).fetchnumpy()
    starts = np.asarray(next(iter(suspects.values())), dtype=np.uint64)
    if not len(starts):
        return Notice("message", _CIRCLE, 0, ())
    edges = connection.execute(
        "SELECT hash(msg_id) AS child, hash(reply_to) AS parent FROM rows_message WHERE reply_to IS NOT NULL "
    ).fetchnumpy()
    circled = on_circles(np.asarray(edges["child"]), np.asarray(edges["parent"]), starts)
    shown = ", ".join(str(int(number)) for number in circled[:EXAMPLES])
    ids = connection.execute(
        f"SELECT DISTINCT msg_id FROM rows_message WHERE hash(msg_id) IN ({shown or 'NULL'}) ORDER BY msg_id"
    ).fetchall()
    return Notice("message", _CIRCLE, len(circled), _words(ids))


_CIRCLE = "replies in a circle"


def on_circles(child: np.ndarray, parent: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """The nodes on circles that are met when one follows `parent` upwards from `starts`.

    Parameters
    ----------
    child, parent
        Shape (edges,): each child has one parent; of repeated children the first counts.
    starts
        Shape (n,): the children to start from.
    """
    order = np.argsort(child, kind="stable")
    child, parent = child[order], parent[order]
    walk_of: dict[int, int] = {}
    circled: list[int] = []
    for walk, start in enumerate(starts.tolist()):
        node, path = start, []
        while node not in walk_of:
            walk_of[node] = walk
            path.append(node)
            at = int(np.searchsorted(child, np.uint64(node)))
            if at == len(child) or int(child[at]) != node:
                break
            node = int(parent[at])
        else:
            # Met a node again: one of this very walk closes a circle, one of an earlier walk does not.
            if walk_of[node] == walk:
                circled += path[path.index(node) :]
    return np.array(circled, dtype=np.uint64)


def _notice(connection: duckdb.DuckDBPyConnection, what: str, rows: str) -> Notice:
    count = _number(connection, f"SELECT count(*) {rows}")
    ids = connection.execute(f"SELECT mine.msg_id {rows} ORDER BY 1 LIMIT {EXAMPLES}").fetchall() if count else []
    return Notice("message", what, count, _words(ids))


def _words(rows: Sequence[tuple[Any, ...]]) -> tuple[str, ...]:
    return tuple(str(row[0]) for row in rows)


def _number(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0
