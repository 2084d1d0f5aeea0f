"""The profile of a data folder in words: one list of facts, for the terminal and for the page."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from coursework.datasets import DATASETS
from coursework.importers.report import Capability
from coursework.profile import DEEPEST, Delays, Profile

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NAMED = 4


@dataclass(frozen=True)
class Fact:
    """A figure: what it is, what it is here, and how it is defined."""

    name: str
    value: str
    meaning: str = ""


@dataclass(frozen=True)
class TableFacts:
    """A table's row in the overview."""

    name: str
    rows: str
    first: str
    last: str
    empty: str


def table_facts(figures: Profile) -> list[TableFacts]:
    """Rows, span and empty cells of each table; the span is that of its first column of times."""
    facts = []
    for table, rows in figures.rows.items():
        span = next((ends for column, ends in figures.spans.items() if column.startswith(f"{table}.")), None)
        first, last = (f"{end:%Y-%m-%d}" for end in span) if span else ("", "")
        gaps = [gap for gap in figures.missing if gap.table == table]
        some = ", ".join(f"{gap.column} {percent(gap.share)}" for gap in gaps if gap.share < 1)
        # An import has many of these: named once, they do not hide the others.
        always = ", ".join(gap.column for gap in gaps if gap.share == 1)
        empty = "; ".join(part for part in (some, f"all of {always}" if always else "") if part)
        facts.append(TableFacts(table, f"{rows:,}", first, last, empty))
    return facts


def facts(figures: Profile) -> list[Fact]:
    """What there is to say of the conversations, leaving out what the data cannot tell."""
    found = [
        Fact("Clocks", _shares(figures.clocks), "Of all messages. Local: the writer's time, stored as if it were UTC."),
        Fact("Time zones", _shares(figures.zones), "Of the people whose zone is known."),
    ]
    if figures.threads:
        threads = figures.threads
        found += [
            Fact("Conversations", f"{threads.count:,}", "With at least one message."),
            Fact(
                "Messages in each",
                f"mean {threads.mean:.1f}, median {_size(threads.median)}, p90 {_size(threads.p90)}, "
                f"p99 {_size(threads.p99)}, largest {threads.largest:,}",
                "p90: nine of ten conversations have no more.",
            ),
            Fact("One message only", percent(threads.singletons), "Of all conversations."),
        ]
    if figures.reply_times:
        found += _delays("Reply time", figures.reply_times, "From a message to each answer, where both clocks are UTC")
    if figures.first_responses:
        meaning = "From the opening of a conversation to the organization's first answer"
        found += _delays("First response", figures.first_responses, meaning)
    if figures.depths:
        shares = [f"{depth_name(depth)}: {percent(share)}" for depth, share in enumerate(figures.depths) if share]
        meaning = "Of all messages. Depth 0 answers none in the data, depth 1 answers one of depth 0."
        found.append(Fact("Depth", ", ".join(shares), meaning))
    if figures.concentration:
        people = figures.concentration
        found += [
            Fact("People who write", f"{people.people:,}, {percent(people.once)} of them once"),
            Fact("The top 1 % write", percent(people.top), "Of all messages; rounded up to whole people."),
            Fact(
                "Gini coefficient",
                f"{people.gini:.2f}",
                "Of messages per person: 0 if all write alike, near 1 if one does all.",
            ),
        ]
    for name, share, meaning in (
        (
            "Reciprocity",
            figures.reciprocity,
            "Of the pairs in which one answered the other, those with an answer back.",
        ),
        ("Orphans", figures.orphans, "Messages that answer one which is not in the data."),
        ("Dated before", figures.early, "Replies with an earlier time than what they answer, both clocks UTC."),
        ("Repeated texts", figures.repeated, "Messages whose writer had written the same text before."),
    ):
        if share is not None:
            found.append(Fact(name, percent(share), meaning))
    if figures.weekdays:
        days = zip(WEEKDAYS, figures.weekdays, strict=True)
        found.append(
            Fact("Weekdays", ", ".join(f"{day[:3]} {percent(share)}" for day, share in days), "By the stored time.")
        )
    return [fact for fact in found if fact.value]


@dataclass(frozen=True)
class Chapter:
    """How many exercises of a chapter the data can serve, and what they lack for the others."""

    title: str
    served: str
    lacks: str


def chapters(capabilities: Sequence[Capability], rows: Mapping[str, int]) -> list[Chapter]:
    """The capability report by chapter, in the course's order.

    Of a chapter that is served in part, the exercises that are not are named. Of a table that is not there, or has
    no row in `rows`, no column is named.
    """
    found = []
    for slug, entries in groupby(capabilities, key=lambda capability: capability.slug):
        exercises = list(entries)
        lacking: dict[str, list[str]] = {}
        for exercise in exercises:
            parts = exercise.why.split("; ") if exercise.why else []
            for part in dict.fromkeys(_shortened(part, rows) for part in parts):
                lacking.setdefault(part, []).append(exercise.exercise)
        served = sum(exercise.served for exercise in exercises)
        lacks = "; ".join(f"{part}, for {', '.join(names)}" if served else part for part, names in lacking.items())
        found.append(Chapter(DATASETS[slug].title, f"{served} of {len(exercises)}", lacks))
    return found


def _shortened(lack: str, rows: Mapping[str, int]) -> str:
    named = re.search(r"\b([a-z_]+)\.[a-z_]+", lack)
    return f"no table {named[1]}" if named and not rows.get(named[1]) else lack


def depth_name(depth: int) -> str:
    """A depth as it stands in tables; the last one stands for all below."""
    return f"{depth}+" if depth == DEEPEST else str(depth)


def percent(share: float) -> str:
    """A share as people read it: "38 %", "1.5 %", "0.02 %", "under 0.01 %"."""
    if 0 < share < 0.000_1:
        return "under 0.01 %"
    if share < 0.01 and share > 0:
        return f"{share * 100:.2f} %"
    if share < 0.1 or 0.9 < share < 1:
        return f"{share * 100:.1f} %" if share else "0 %"
    return f"{share * 100:.0f} %"


def duration(seconds: float) -> str:
    """A time as people say it, in two units at most: "21 s", "1 h 47 min", "3 d 4 h"."""
    whole = round(seconds)
    days, rest = divmod(whole, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, left = divmod(rest, 60)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (left, "s")]
    start = next((place for place, (number, _) in enumerate(parts) if number), 3)
    shown = [f"{number} {unit}" for number, unit in parts[start : start + 2] if number]
    return " ".join(shown) or "0 s"


def _size(number: float) -> str:
    return f"{number:,.1f}".removesuffix(".0")


def _delays(name: str, delays: Delays, meaning: str) -> list[Fact]:
    return [
        Fact(
            name, f"median {duration(delays.median)}, p90 {duration(delays.p90)}, n = {delays.count:,}", f"{meaning}."
        ),
        Fact(
            f"{name}, ln(s)",
            f"mean {delays.log_mean:.2f}, sd {delays.log_sd:.2f}",
            "The same in natural logarithms of seconds: the parameters of a log-normal distribution.",
        ),
    ]


def _shares(shares: Mapping[str, float]) -> str:
    named: Sequence[tuple[str, float]] = list(shares.items())
    words = [f"{value} {percent(share)}" for value, share in named[:_NAMED]]
    if len(named) > _NAMED:
        words.append(f"{len(named) - _NAMED} more {percent(sum(share for _, share in named[_NAMED:]))}")
    return ", ".join(words)
