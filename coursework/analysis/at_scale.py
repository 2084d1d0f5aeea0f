"""The analyses of chapters 1, 2 and 7 over data of any size: in SQL, read lazily.

A data frame of ten million messages does not fit into a small machine. duckdb reads
only the columns that a question needs, piece by piece, from CSV or Parquet, and spills
to disk. On small data the answers are those of the data frames; the tests hold both.

Each function takes a data folder in the model's form, as `coursekit data make` and
`coursekit data import` write it, and returns plain numbers. All raise
`coursework.packaging.NoDataFolder` if the folder or a table is missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from coursework.engine import connect, view
from coursework.packaging import NoDataFolder, read_folder

if TYPE_CHECKING:
    import duckdb

END = datetime(2025, 12, 1, tzinfo=UTC)
"""When the generated data end; what is open then is censored."""

MEMORY = "2GB"


@contextmanager
def _tables(folder: Path, *names: str) -> Iterator[duckdb.DuckDBPyConnection]:
    parts = read_folder(folder)
    if missing := [name for name in names if name not in parts]:
        raise NoDataFolder(f"{folder} has no table {', '.join(missing)}; it has {', '.join(parts)}.")
    with connect() as connection:
        connection.execute(f"SET memory_limit = '{MEMORY}'")
        for name in names:
            view(connection, parts[name])
        yield connection


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> list[float]:
    row = connection.execute(query).fetchone()
    return [float("nan") if value is None else float(value) for value in row or ()]


def conversations(folder: Path) -> dict[str, float]:
    """Chapter 1: what is a conversation, and is this one?

    Returns
    -------
    dict
        `mean_size` (messages per thread), `alone` (share of threads with one message), `dialogue` (share of threads
        in which who opened it writes again after somebody else), `reciprocity` (share of ordered pairs, a answered
        b, whose reverse holds too), `top` (share of messages by the most active 1 % of people), `daytime` (share
        written from 8 to 18 o'clock on the writer's clock). People are the same whatever the case of their id.
    """
    with _tables(folder, "message", "person") as connection:
        # Ids are long texts; every question below is about which are the same, so numbers stand in for them. The
        # hash has 64 bits: among ten million ids two are the same by chance with a probability of 3 in a million.
        connection.execute(
            """
            CREATE TEMP TABLE m AS
            SELECT hash(msg_id) AS msg, hash(conv_id) AS conv, hash(reply_to) AS answers, reply_to IS NOT NULL AS reply,
                   hash(lower(person_id)) AS person, person_id, ts, clock
            FROM message
            """
        )
        mean, alone = _one(
            connection, "SELECT avg(n), avg((n = 1)::INT) FROM (SELECT count(*) AS n FROM m GROUP BY conv)"
        )
        (top,) = _one(
            connection,
            """
            WITH people AS (SELECT count(*) AS n FROM m GROUP BY person),
                 ranked AS (
                     SELECT n, row_number() OVER (ORDER BY n DESC) AS rank, count(*) OVER () AS people FROM people
                 )
            SELECT sum(n) FILTER (rank <= greatest(round_even(people * 0.01, 0), 1)) / sum(n) FROM ranked
            """,
        )
        (reciprocity,) = _one(
            connection,
            """
            WITH pairs AS (
                SELECT DISTINCT a.person AS who, b.person AS whom
                FROM m a JOIN m b ON a.answers = b.msg WHERE a.reply AND a.person <> b.person
            ),
            undirected AS (SELECT count(*) AS n FROM pairs GROUP BY least(who, whom), greatest(who, whom))
            SELECT sum(CASE WHEN n = 2 THEN 2 ELSE 0 END) / sum(n) FROM undirected
            """,
        )
        (dialogue,) = _one(
            connection,
            """
            WITH openers AS (SELECT conv, arg_min(person, (reply, ts)) AS person FROM m GROUP BY conv),
                 others AS (
                     SELECT m.conv, min((m.reply, m.ts)) AS first
                     FROM m JOIN openers USING (conv) WHERE m.person <> openers.person GROUP BY m.conv
                 )
            SELECT count(DISTINCT m.conv) / (SELECT count(*) FROM openers)
            FROM m JOIN openers ON m.conv = openers.conv AND m.person = openers.person
                   JOIN others ON m.conv = others.conv
            WHERE (m.reply, m.ts) > others.first
            """,
        )
        (daytime,) = _one(
            connection,
            """
            SELECT avg((hour(CASE WHEN clock = 'utc' THEN timezone(tz, ts::TIMESTAMPTZ) ELSE ts END)
                        BETWEEN 8 AND 17)::INT)
            FROM m JOIN person USING (person_id)
            """,
        )
    return {
        "mean_size": mean,
        "alone": alone,
        "dialogue": dialogue,
        "reciprocity": reciprocity,
        "top": top,
        "daytime": daytime,
    }


def function_over_form(folder: Path) -> dict[str, float]:
    """Chapter 2: did the form change the function?

    Returns
    -------
    dict
        `listening:<team>` (each team's share of coded messages that listen, by the first rater), `distance` (mean
        over the teams that changed their tool of the total variation distance of their mixes before and after),
        `acknowledged` and `acted` (shares of opening messages coded as suggestions that an agent answered, and that
        led to work), `passed_on` (mean number of others who pass a public post on), `crossed` (share of the
        community's messages sent from the account that does not fit the hour on the writer's clock).
    """
    with _tables(folder, "message", "conversation", "label", "team", "person", "event") as connection:
        connection.execute(
            """
            CREATE TEMP TABLE coded AS
            SELECT c.team_id, l.function, t.switched, m.ts >= t.switched AS after
            FROM label l JOIN message m USING (msg_id) JOIN conversation c USING (conv_id) JOIN team t USING (team_id)
            WHERE l.rater = 'first'
            """
        )
        teams = connection.execute(
            "SELECT team_id, avg((function = 'listening')::INT) FROM coded GROUP BY team_id ORDER BY team_id"
        ).fetchall()
        (distance,) = _one(
            connection,
            """
            WITH counts AS (
                SELECT team_id, after, function, count(*) AS n
                FROM coded WHERE switched IS NOT NULL GROUP BY team_id, after, function
            ),
            mix AS (SELECT *, n / sum(n) OVER (PARTITION BY team_id, after) AS share FROM counts),
            apart AS (
                SELECT team_id, function, abs(sum(CASE WHEN after THEN share ELSE -share END)) AS gap
                FROM mix GROUP BY team_id, function
            )
            SELECT avg(total) FROM (SELECT sum(gap) / 2 AS total FROM apart GROUP BY team_id)
            """,
        )
        acknowledged, acted = _one(
            connection,
            """
            WITH suggestion AS (
                SELECT m.msg_id FROM label l JOIN message m USING (msg_id)
                WHERE l.rater = 'first' AND l.intent = 'suggest' AND m.reply_to IS NULL
            ),
            answered AS (
                SELECT DISTINCT m.reply_to AS msg_id FROM message m JOIN person p USING (person_id)
                WHERE p.role = 'agent' AND m.reply_to IN (SELECT msg_id FROM suggestion)
            )
            SELECT avg((a.msg_id IS NOT NULL)::INT),
                   avg((s.msg_id IN (SELECT source_msg_id FROM event WHERE source_msg_id IS NOT NULL))::INT)
            FROM suggestion s LEFT JOIN answered a USING (msg_id)
            """,
        )
        community = "SELECT conv_id FROM conversation WHERE account_id IS NULL"
        (passed_on,) = _one(
            connection,
            f"""
            SELECT avg((reply_to IS NOT NULL)::INT) FROM message
            WHERE conv_id IN ({community} AND channel = 'social')
            """,
        )
        (crossed,) = _one(
            connection,
            f"""
            WITH local AS (
                SELECT sent_as, CASE WHEN clock = 'utc' THEN timezone(tz, ts::TIMESTAMPTZ) ELSE ts END AS clock_time
                FROM message JOIN person USING (person_id) WHERE conv_id IN ({community})
            )
            SELECT avg(((sent_as = 'personal') = (hour(clock_time) BETWEEN 9 AND 16 AND isodow(clock_time) <= 5))::INT)
            FROM local
            """,
        )
    return {
        **{f"listening:{team}": float(share) for team, share in teams},
        "distance": distance,
        "acknowledged": acknowledged,
        "acted": acted,
        "passed_on": passed_on,
        "crossed": crossed,
    }


def the_mirror(folder: Path, end: datetime = END, last_days: int = 5) -> dict[str, float]:
    """Chapter 7: what does the visible part say of the whole?

    Parameters
    ----------
    end
        When the data end.
    last_days
        The median wait is taken over the e-mail cases opened in so many days before.

    Returns
    -------
    dict
        `median_wait` (hours until an e-mail case is closed, by Kaplan and Meier 1958), `ignored_phone` and
        `ignored_social` (shares not answered within a day), `tenure` (days until half of the agents have left, by
        Kaplan and Meier), `satisfied_low` and `satisfied_high` (bounds of the satisfied share that the unanswered
        surveys allow), `rating` (mean public rating, raters weighted to the segments and unsolved cases of all
        accounts with a conversation).
    """
    with _tables(folder, "conversation", "account", "person") as connection:
        moment = f"TIMESTAMP '{end.astimezone(UTC):%Y-%m-%d %H:%M:%S}'"
        wait = _kaplan_meier(
            connection,
            f"""
            SELECT epoch(coalesce(closed, {moment}) - opened) / 3600.0 AS time, closed IS NOT NULL AS happened
            FROM conversation WHERE channel = 'email' AND account_id IS NOT NULL
                 AND opened >= {moment} - INTERVAL {last_days} DAY
            """,
        )
        tenure = _kaplan_meier(
            connection,
            f"""
            SELECT date_diff('day', hire, coalesce(leave, {moment}::DATE)) AS time, leave IS NOT NULL AS happened
            FROM person WHERE role = 'agent'
            """,
        )
        phone, social = _one(
            connection,
            f"""
            WITH seen AS (
                SELECT channel, coalesce(first_response - opened > INTERVAL 1 DAY, true) AS late
                FROM conversation WHERE account_id IS NOT NULL AND opened < {moment} - INTERVAL 1 DAY
            )
            SELECT avg(late::INT) FILTER (channel = 'phone'), avg(late::INT) FILTER (channel = 'social') FROM seen
            """,
        )
        low, high = _one(
            connection,
            """
            SELECT avg(coalesce(csat >= 4, false)::INT), avg(coalesce(csat >= 4, true)::INT)
            FROM conversation WHERE account_id IS NOT NULL
            """,
        )
        (rating,) = _one(
            connection,
            """
            WITH cases AS (
                SELECT account_id, bool_or(NOT resolved) AS unsolved
                FROM conversation WHERE account_id IS NOT NULL GROUP BY account_id
            ),
            cells AS (
                SELECT segment, unsolved, count(*) AS accounts, avg(rating) AS mean
                FROM account JOIN cases USING (account_id) GROUP BY segment, unsolved
            )
            SELECT sum(mean * accounts) / sum(accounts) FROM cells WHERE mean IS NOT NULL
            """,
        )
    return {
        "median_wait": wait,
        "ignored_phone": phone,
        "ignored_social": social,
        "tenure": tenure,
        "satisfied_low": low,
        "satisfied_high": high,
        "rating": rating,
    }


def _kaplan_meier(connection: duckdb.DuckDBPyConnection, sample: str) -> float:
    """The first time at which no more than half are left, of a query with `time` and `happened`; NaN if there is none.

    The survival is a product over the times; in SQL it is the exponential of a sum of logarithms.
    """
    (median,) = _one(
        connection,
        f"""
        WITH steps AS (
            SELECT time, count(*) FILTER (happened) AS ended, count(*) AS gone FROM ({sample}) GROUP BY time
        ),
        risk AS (
            SELECT time, ended, sum(gone) OVER (ORDER BY time DESC) AS remain FROM steps
        ),
        survival AS (
            SELECT time, sum(CASE WHEN ended < remain THEN ln(1 - ended / remain) ELSE -1e9 END)
                         OVER (ORDER BY time) AS log
            FROM risk
        )
        SELECT min(time) FROM survival WHERE log <= ln(0.5) + 1e-9
        """,
    )
    return median
