"""The figures that describe a data folder: what is in it, and how its conversations run.

    figures = profile(Path("my-data"))

Computed by duckdb, so that ten million messages need no more memory than ten
thousand. A value that is not of its column's type counts as missing here;
`coursework.validation` names such values.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from coursework.engine import connect, name, readable, view
from coursework.packaging import Part, read_folder, title_of
from coursework.tables import Table

if TYPE_CHECKING:
    import duckdb

DEEPEST = 10
"""Messages this deep or deeper are counted together."""
BINS_PER_DECADE = 4
"""Bins of the delays' histogram: four for each factor of ten."""
_MOST_WEEKS = 300


@dataclass(frozen=True)
class Missing:
    """How many cells of a column are empty, and which share of its rows that is."""

    table: str
    column: str
    count: int
    share: float


@dataclass(frozen=True)
class Delays:
    """Times from a message to its answer, in seconds; only those above zero.

    `log_mean` and `log_sd` are those of the natural logarithm, the parameters of a
    log-normal distribution. `histogram` holds (lower edge in seconds, count) for bins
    of equal width on the logarithmic scale.
    """

    count: int
    median: float
    p90: float
    log_mean: float
    log_sd: float
    histogram: Sequence[tuple[float, int]]


@dataclass(frozen=True)
class Threads:
    """Messages per conversation. `singletons` is the share of conversations with one message.

    `sizes` holds (size, conversations of that size), ascending.
    """

    count: int
    mean: float
    median: float
    p90: float
    p99: float
    largest: int
    singletons: float
    sizes: Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Concentration:
    """How the messages are shared among those who wrote at least one.

    `top` is the share of all messages that the top 1 % of people wrote (rounded up to
    whole people), `once` the share of people who wrote once, `gini` the Gini
    coefficient of messages per person: 0 if all write alike, near 1 if one writes all.
    `lorenz` holds (share of people from the quietest on, their share of messages).
    """

    people: int
    top: float
    once: float
    gini: float
    lorenz: Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Profile:
    """What a data folder holds. Figures that its columns cannot give are None or empty.

    Attributes
    ----------
    title
        Of the folder's description, or its name.
    rows
        Rows of each table.
    spans
        First and last value of each column of times or days, by "table.column".
    missing
        The columns with empty cells, by table and column.
    clocks, zones
        Shares of messages by clock, and of people by time zone (of those who have one), largest first.
    activity, activity_per
        (first day of the week or month, messages in it), and "week" or "month".
    weekdays
        Shares of messages from Monday to Sunday, by the stored time.
    reply_times
        From a message to each answer to it, where both clocks are UTC.
    first_responses
        From `opened` to `first_response` of a conversation.
    threads
        Sizes of conversations.
    depths
        Shares of messages by depth. Depth 0 answers no message in the data, depth 1
        answers one of depth 0, and so on; the last entry is `DEEPEST` and more, with replies in a circle.
    concentration
        How the messages are shared among people.
    reciprocity
        Of the ordered pairs (a, b) in which a answered b at least once, and a is not b,
        the share in which b answered a too (dyadic reciprocity).
    orphans
        Share of messages that answer one which is not in the data.
    early
        Share of the replies with two UTC clocks that are dated before what they answer.
    repeated
        Share of messages whose text their writer had written before, word for word.
    """

    title: str
    rows: Mapping[str, int]
    spans: Mapping[str, tuple[datetime | date, datetime | date]]
    missing: Sequence[Missing]
    clocks: Mapping[str, float]
    zones: Mapping[str, float]
    activity: Sequence[tuple[date, int]]
    activity_per: str
    weekdays: Sequence[float]
    reply_times: Delays | None
    first_responses: Delays | None
    threads: Threads | None
    depths: Sequence[float]
    concentration: Concentration | None
    reciprocity: float | None
    orphans: float | None
    early: float | None
    repeated: float | None


def profile(folder: Path) -> Profile:
    """Describe a data folder, CSV or Parquet.

    Raises
    ------
    NoDataFolder
        If it holds no table of the model.
    Unreadable
        If a file is damaged.
    KitMissing
        If duckdb is not installed.
    """
    parts = read_folder(folder)
    with connect() as connection, readable(f"The data in {folder}"):
        for part in parts.values():
            view(connection, part)
        return _Folder(connection, parts).profile(title_of(folder))


class _Folder:
    """One method for each question; `has` keeps those from being asked that the columns cannot answer."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, parts: Mapping[str, Part]) -> None:
        self.ask = connection.execute
        self.tables: dict[str, Table] = {part.table.name: part.table for part in parts.values()}
        self.rows: dict[str, int] = {}

    def has(self, table: str, *columns: str) -> bool:
        return table in self.tables and set(columns) <= set(self.tables[table].column_names)

    def profile(self, title: str) -> Profile:
        spans, missing = self.columns()
        messages = self.rows.get("message", 0)
        replies = messages > 0 and self.has("message", "msg_id", "reply_to")
        if messages:
            self.keep_messages()
        activity, per = self.activity() if messages else ((), "week")
        reply_times, early = self.reply_times() if replies and self.has("message", "ts") else (None, None)
        return Profile(
            title=title,
            rows=self.rows,
            spans=spans,
            missing=missing,
            clocks=self.shares("message", "clock"),
            zones=self.shares("person", "tz"),
            activity=activity,
            activity_per=per,
            weekdays=self.weekdays() if activity else (),
            reply_times=reply_times,
            first_responses=self.first_responses(),
            threads=self.threads() if messages else None,
            depths=self.depths(messages) if replies else (),
            concentration=self.concentration() if messages and self.has("message", "person_id") else None,
            reciprocity=self.reciprocity() if replies and self.has("message", "person_id") else None,
            orphans=self.number("SELECT count(*) FROM m ANTI JOIN m AS p ON m.parent = p.id WHERE m.parent IS NOT NULL")
            / messages
            if replies
            else None,
            early=early,
            repeated=self.repeated(messages) if messages and self.has("message", "person_id", "text") else None,
        )

    def columns(self) -> tuple[dict[str, tuple[Any, Any]], list[Missing]]:
        """Rows of all tables, spans of their times, and empty cells, in one reading of each table."""
        spans: dict[str, tuple[Any, Any]] = {}
        missing: list[Missing] = []
        for table in self.tables.values():
            timed = [column.name for column in table.columns if column.type in ("datetime", "date")]
            wanted = ["count(*)", *(f"count({name(column)})" for column in table.column_names)]
            wanted += [f"{end}({name(column)})" for column in timed for end in ("min", "max")]
            values = list(self.row(f"SELECT {', '.join(wanted)} FROM {name(table.name)}"))
            rows = self.rows[table.name] = int(values.pop(0))
            for column in table.column_names:
                empty = rows - int(values.pop(0))
                if empty:
                    missing.append(Missing(table.name, column, empty, empty / rows))
            for column in timed:
                first, last = values.pop(0), values.pop(0)
                if first is not None:
                    spans[f"{table.name}.{column}"] = (first, last)
        return spans, missing

    def keep_messages(self) -> None:
        # Hashes stand for ids: eight bytes each, and two of ten million are equal once in 300,000 folders.
        columns = [
            f"CASE WHEN {source} IS NOT NULL THEN hash({source}) END AS {target}"
            if self.has("message", source)
            else f"NULL::UBIGINT AS {target}"
            for source, target in (("msg_id", "id"), ("reply_to", "parent"), ("person_id", "person"))
        ]
        ts = "ts" if self.has("message", "ts") else "NULL::TIMESTAMP AS ts"
        utc = "coalesce(clock = 'utc', false) AS utc" if self.has("message", "clock") else "true AS utc"
        self.ask(f"CREATE TEMP TABLE m AS SELECT {', '.join(columns)}, {ts}, {utc} FROM message")

    def shares(self, table: str, column: str) -> dict[str, float]:
        if not self.has(table, column):
            return {}
        counts = self.ask(
            f"SELECT {name(column)}, count(*) AS n FROM {name(table)} WHERE {name(column)} IS NOT NULL "
            "GROUP BY 1 ORDER BY n DESC, 1"
        ).fetchall()
        total = sum(count for _, count in counts)
        return {str(value): count / total for value, count in counts}

    def activity(self) -> tuple[list[tuple[date, int]], str]:
        weeks = self.number("SELECT coalesce(date_diff('week', min(ts), max(ts)), 0) FROM m")
        per = "week" if weeks <= _MOST_WEEKS else "month"
        rows = self.ask(
            f"SELECT CAST(date_trunc('{per}', ts) AS DATE), count(*) FROM m WHERE ts IS NOT NULL GROUP BY 1 ORDER BY 1"
        ).fetchall()
        return [(day, int(count)) for day, count in rows], per

    def weekdays(self) -> list[float]:
        counts = dict(self.ask("SELECT isodow(ts), count(*) FROM m WHERE ts IS NOT NULL GROUP BY 1").fetchall())
        total = sum(counts.values())
        return [counts.get(day, 0) / total for day in range(1, 8)]

    def reply_times(self) -> tuple[Delays | None, float | None]:
        self.ask(
            "CREATE TEMP TABLE delay AS SELECT epoch(m.ts) - epoch(p.ts) AS s FROM m JOIN m AS p ON m.parent = p.id "
            "WHERE m.utc AND p.utc AND m.ts IS NOT NULL AND p.ts IS NOT NULL"
        )
        compared, before = self.row("SELECT count(*), count(*) FILTER (s < 0) FROM delay")
        return self.delays("delay"), (before / compared if compared else None)

    def first_responses(self) -> Delays | None:
        if not self.has("conversation", "opened", "first_response"):
            return None
        self.ask("CREATE TEMP TABLE response AS SELECT epoch(first_response) - epoch(opened) AS s FROM conversation")
        return self.delays("response")

    def delays(self, table: str) -> Delays | None:
        count, *figures = self.row(
            "SELECT count(*), quantile_cont(s, 0.5), quantile_cont(s, 0.9), avg(ln(s)), "
            f"coalesce(stddev_samp(ln(s)), 0) FROM {table} WHERE s > 0"
        )
        if not count:
            return None
        bins = self.ask(
            f"SELECT floor(log10(s) * {BINS_PER_DECADE}), count(*) FROM {table} WHERE s > 0 GROUP BY 1 ORDER BY 1"
        ).fetchall()
        histogram = [(float(10 ** (edge / BINS_PER_DECADE)), int(n)) for edge, n in bins]
        median, p90, log_mean, log_sd = map(float, figures)
        return Delays(int(count), median, p90, log_mean, log_sd, histogram)

    def threads(self) -> Threads | None:
        if not self.has("message", "conv_id"):
            return None
        found = self.ask(
            "SELECT n, count(*) FROM (SELECT count(*) AS n FROM message WHERE conv_id IS NOT NULL GROUP BY conv_id) "
            "GROUP BY n ORDER BY n"
        ).fetchall()
        if not found:
            return None
        size, count = np.array(found, dtype=np.int64).T
        median, p90, p99 = _quantiles(size, count, (0.5, 0.9, 0.99))
        total = int(count.sum())
        ones = int(count[size == 1].sum())
        sizes = [(int(n), int(many)) for n, many in found]
        return Threads(total, float(size @ count / total), median, p90, p99, int(size[-1]), ones / total, sizes)

    def depths(self, messages: int) -> list[float]:
        self.ask("CREATE TEMP TABLE level AS SELECT id FROM m WHERE parent IS NULL OR parent NOT IN (SELECT id FROM m)")
        counts = []
        for _ in range(DEEPEST):
            counts.append(self.number("SELECT count(*) FROM level"))
            self.ask("CREATE OR REPLACE TEMP TABLE level AS SELECT m.id FROM m JOIN level ON m.parent = level.id")
        return [count / messages for count in [*counts, max(0, messages - sum(counts))]]

    def concentration(self) -> Concentration | None:
        found = self.ask(
            "SELECT n, count(*) FROM (SELECT count(*) AS n FROM m WHERE person IS NOT NULL GROUP BY person) "
            "GROUP BY n ORDER BY n"
        ).fetchall()
        if not found:
            return None
        size, count = np.array(found, dtype=np.int64).T
        people, written = np.cumsum(count), np.cumsum(size * count)
        n, total = int(people[-1]), int(written[-1])
        quiet = n - math.ceil(n / 100)  # all but the top 1 %
        by_quiet = float(np.interp(quiet, [0, *people], [0, *written]))
        # The area under the Lorenz curve, which is straight among people who wrote equally much.
        x, y = np.array([0, *people]) / n, np.array([0, *written]) / total
        area = float(((y[1:] + y[:-1]) / 2 * np.diff(x)).sum())
        grid = np.unique(np.concatenate([np.linspace(0, 1, 51), np.linspace(0.98, 1, 21)]))
        lorenz = [(float(a), float(b)) for a, b in zip(grid, np.interp(grid, x, y), strict=True)]
        once = int(count[size == 1].sum()) / n
        return Concentration(n, 1 - by_quiet / total, once, 1 - 2 * area, lorenz)

    def reciprocity(self) -> float | None:
        self.ask(
            "CREATE TEMP TABLE pair AS SELECT DISTINCT m.person AS a, p.person AS b "
            "FROM m JOIN m AS p ON m.parent = p.id WHERE m.person <> p.person"
        )
        pairs = self.number("SELECT count(*) FROM pair")
        both = self.number("SELECT count(*) FROM pair JOIN pair AS back ON pair.a = back.b AND pair.b = back.a")
        return both / pairs if pairs else None

    def repeated(self, messages: int) -> float:
        distinct, written = self.row(
            "SELECT count(*), coalesce(sum(n), 0) FROM (SELECT count(*) AS n FROM message "
            "WHERE person_id IS NOT NULL AND text IS NOT NULL GROUP BY hash(person_id, text))"
        )
        return int(written - distinct) / messages

    def row(self, query: str) -> tuple[Any, ...]:
        row = self.ask(query).fetchone()
        assert row is not None  # all these queries are aggregates, which have one row
        return tuple(row)

    def number(self, query: str) -> int:
        return int(self.row(query)[0])


def _quantiles(value: np.ndarray, count: np.ndarray, shares: Sequence[float]) -> list[float]:
    """Quantiles of values that occur `count` times each, as numpy.quantile gives them for the long list."""
    below = np.cumsum(count)
    found = []
    for share in shares:
        at = share * (below[-1] - 1)
        low, high = (value[np.searchsorted(below, where, side="right")] for where in (math.floor(at), math.ceil(at)))
        found.append(float(low + (high - low) * (at - math.floor(at))))
    return found
