"""What is wrong with the data on purpose, with a log of every change.

Each kind can be switched on and off by itself. The log is part of the truth: it names
the row, the column and what stood there before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from coursekit.synthesis import text as words
from coursekit.synthesis.clocks import ZONES, offsets
from coursekit.synthesis.plan import END_SECOND
from coursekit.synthesis.streams import stream
from coursekit.synthesis.talk import MEMBER, Talk
from coursework.tables import CHANNELS

# Kinds of dirt in the messages, and the share of messages (of replies, of writers) they touch.
SHARES = {
    "duplicates": 0.015,
    "near-duplicates": 0.01,
    "bots": 0.01,
    "out-of-office": 0.006,
    "html": 0.04,
    "signatures": 0.12,
    "quotes": 0.08,
    "not-available": 0.005,
    "aliases": 0.04,
    "local-clock": 0.12,
    "dst-hour": 0.0005,
    "orphans": 0.03,
    "skewed": 0.007,
}
# Kinds outside the messages: what the desk leaves empty, and weeks that were lost.
OTHER_KINDS = ("missing-surveys", "open-cases", "lost-weeks")
KINDS = (*SHARES, *OTHER_KINDS)

LOST = -2  # a reply to a message that is not in the data
_LIST, _EMAIL = CHANNELS.index("list"), CHANNELS.index("email")
_DST_NIGHT = np.datetime64("2025-10-26T00:30:00").astype("int64")  # UTC; 2:30 in Berlin, and again an hour later


@dataclass(frozen=True)
class Rows:
    """Messages as they will be stored, arrays of shape (rows,); those that dirt adds stand at the end.

    `second` is what the clock shows, `moment` the true time; `source` is the position of
    the message in `Talk`, -1 for one that is not there; `alias` marks those under the second id.
    """

    conversation: np.ndarray
    parent: np.ndarray
    person: np.ndarray
    moment: np.ndarray
    second: np.ndarray
    local: np.ndarray
    alias: np.ndarray
    text: np.ndarray  # of str
    source: np.ndarray

    def plus(self, places: np.ndarray, **changes: np.ndarray | list[str]) -> Rows:
        """These rows, and copies of those at `places` with some columns changed."""
        added = {
            name: np.concatenate([values, changes.get(name, values[places])]) for name, values in vars(self).items()
        }
        return Rows(**added)


@dataclass(frozen=True)
class LogEntry:
    """One change: its kind, the row it touched, the column, what stood there before, the row it was made from."""

    kind: str
    row: int
    column: str
    before: str
    made_from: int


def clean_rows(talk: Talk, text: np.ndarray) -> Rows:
    """The messages without dirt."""
    count = len(talk.parent)
    no = np.zeros(count, bool)
    return Rows(
        conversation=talk.conversation,
        parent=talk.parent,
        person=talk.person,
        moment=talk.second,
        second=talk.second,
        local=no,
        alias=no.copy(),
        text=text,
        source=np.arange(count),
    )


def soil(
    seed: int, organization: int, talk: Talk, rows: Rows, zone: np.ndarray, first_bot: int, kinds: Collection[str]
) -> tuple[Rows, list[LogEntry]]:
    """Add the dirt of these kinds.

    `zone` holds the time zone of each person (positions in ZONES), shape (persons,);
    the persons from `first_bot` on are bots.
    """
    log: list[LogEntry] = []
    for kind, change in _CHANGES.items():
        if kind in kinds:
            rng = stream(seed, organization, "dirt", kind)
            rows, entries = change(_Scene(rng, talk, zone, first_bot), rows)
            log += entries
    return rows, log


@dataclass(frozen=True)
class _Scene:
    rng: np.random.Generator
    talk: Talk
    zone: np.ndarray
    first_bot: int

    def some(self, places: np.ndarray, kind: str, of: int | None = None) -> np.ndarray:
        """A random part of the places: the kind's share of them, or of `of`."""
        count = round(SHARES[kind] * (len(places) if of is None else of))
        return np.sort(self.rng.permutation(places)[:count])


_Result = tuple[Rows, list[LogEntry]]


def _entries(
    kind: str, places: Iterable[Any], column: str, before: Iterable[Any], made_from: Iterable[Any]
) -> list[LogEntry]:
    return [
        LogEntry(kind, int(row), column, str(old), int(origin))
        for row, old, origin in zip(places, before, made_from, strict=True)
    ]


def _added(kind: str, rows: Rows, places: np.ndarray, **changes: np.ndarray | list[str]) -> _Result:
    start = len(rows.parent)
    new = np.arange(start, start + len(places))
    return rows.plus(places, **changes), _entries(kind, new, "", [""] * len(places), places)


def _texts(kind: str, rows: Rows, places: np.ndarray, texts: Sequence[str]) -> _Result:
    before = rows.text[places]
    changed = rows.text.copy()
    changed[places] = texts
    return replace(rows, text=changed), _entries(kind, places, "text", before, places)


def _bots(scene: _Scene, rows: Rows) -> _Result:
    openings = np.flatnonzero(rows.parent == -1)
    places = scene.some(openings, "bots", len(rows.parent))
    count = len(places)
    moment = rows.moment[places] + scene.rng.integers(1, 20, count)
    person = scene.first_bot + scene.rng.integers(0, len(scene.zone) - scene.first_bot, count)
    return _added(
        "bots",
        rows,
        places,
        parent=places,
        person=person,
        moment=moment,
        second=moment,
        text=words.bot_notice(scene.rng, count),
        source=np.full(count, -1),
    )


def _out_of_office(scene: _Scene, rows: Rows) -> _Result:
    mail = np.isin(scene.talk.channel[np.maximum(rows.source, 0)], (_LIST, _EMAIL)) & (rows.source >= 0)
    answerable = np.flatnonzero(mail & (rows.parent >= 0))
    places = scene.some(answerable, "out-of-office", len(rows.parent))
    count = len(places)
    moment = np.minimum(rows.moment[places] + scene.rng.integers(5, 90, count), END_SECOND - 1)
    return _added(
        "out-of-office",
        rows,
        places,
        parent=places,
        person=rows.person[rows.parent[places]],
        moment=moment,
        second=moment,
        text=words.out_of_office(scene.rng, count),
        source=np.full(count, -1),
    )


def _html(scene: _Scene, rows: Rows) -> _Result:
    places = scene.some(np.arange(len(rows.parent)), "html")
    return _texts("html", rows, places, words.as_html(scene.rng, rows.text[places]))


def _signatures(scene: _Scene, rows: Rows) -> _Result:
    places = scene.some(_mail(scene, rows), "signatures")
    return _texts("signatures", rows, places, words.signature(scene.rng, rows.text[places]))


def _quotes(scene: _Scene, rows: Rows) -> _Result:
    mail = _mail(scene, rows)
    places = scene.some(mail[rows.parent[mail] >= 0], "quotes")
    quoted = words.quoted(scene.rng, rows.text[places], rows.text[rows.parent[places]])
    return _texts("quotes", rows, places, quoted)


def _not_available(scene: _Scene, rows: Rows) -> _Result:
    places = scene.some(np.arange(len(rows.parent)), "not-available")
    return _texts("not-available", rows, places, [words.NOT_AVAILABLE] * len(places))


def _mail(scene: _Scene, rows: Rows) -> np.ndarray:
    """Rows that came by mail and are somebody's own words."""
    own = rows.source >= 0
    return np.flatnonzero(own & np.isin(scene.talk.channel[np.maximum(rows.source, 0)], (_LIST, _EMAIL)))


def _duplicates(scene: _Scene, rows: Rows) -> _Result:
    places = scene.some(np.arange(len(rows.parent)), "duplicates")
    return _added("duplicates", rows, places, source=np.full(len(places), -1))


def _near_duplicates(scene: _Scene, rows: Rows) -> _Result:
    places = scene.some(np.flatnonzero(rows.source >= 0), "near-duplicates")
    later = rows.moment[places] + scene.rng.integers(60, 3_600, len(places))
    moment = np.minimum(later, END_SECOND - 1)
    return _added(
        "near-duplicates",
        rows,
        places,
        moment=moment,
        second=moment + (rows.second - rows.moment)[places],
        text=words.nearly(scene.rng, rows.text[places]),
        source=np.full(len(places), -1),
    )


def _aliases(scene: _Scene, rows: Rows) -> _Result:
    writers, messages = np.unique(rows.person, return_counts=True)
    people = writers < scene.first_bot
    chosen = scene.some(writers[(messages >= 3) & people], "aliases")
    # Some of those who write most are among them, so that it makes a difference.
    busiest = writers[people][np.argsort(-messages[people], kind="stable")[:10]]
    chosen = np.union1d(chosen, scene.rng.permutation(busiest)[:3])
    under = np.isin(rows.person, chosen) & (scene.rng.random(len(rows.person)) < 0.5)
    places = np.flatnonzero(under)
    return replace(rows, alias=under), _entries("aliases", places, "person_id", rows.person[places], places)


def _local_clock(scene: _Scene, rows: Rows) -> _Result:
    writers = np.unique(rows.person[rows.person < scene.first_bot])
    chosen = scene.some(writers, "local-clock")
    local = np.isin(rows.person, chosen)
    second = np.where(local, rows.moment + offsets(scene.zone[rows.person], rows.moment), rows.second)
    places = np.flatnonzero(local)
    return replace(rows, local=local, second=second), _entries("local-clock", places, "ts", rows.second[places], places)


def _dst_hour(scene: _Scene, rows: Rows) -> _Result:
    """Opening messages without replies, moved into the hour that the clocks of Berlin showed twice."""
    answered = np.zeros(len(rows.parent), bool)
    answered[rows.parent[rows.parent >= 0]] = True
    own = rows.source >= 0
    community = own & (scene.talk.role[np.maximum(rows.source, 0)] == MEMBER)
    berlin = scene.zone[rows.person] == ZONES.index("Europe/Berlin")
    free = np.flatnonzero(community & berlin & (rows.parent == -1) & ~answered)
    places = scene.some(free, "dst-hour", len(rows.parent))
    moment = rows.moment.copy()
    # Half of them in the first of the two hours, half in the second.
    moment[places] = _DST_NIGHT + 3_600 * (np.arange(len(places)) % 2) + scene.rng.integers(-1_500, 1_500, len(places))
    shown = moment + offsets(scene.zone[rows.person], moment)
    second, local = rows.second.copy(), rows.local.copy()
    second[places], local[places] = shown[places], True
    before = rows.second[places]
    return replace(rows, moment=moment, second=second, local=local), _entries("dst-hour", places, "ts", before, places)


def _orphans(scene: _Scene, rows: Rows) -> _Result:
    places = scene.some(np.flatnonzero(rows.parent >= 0), "orphans", len(rows.parent))
    parent = rows.parent.copy()
    parent[places] = LOST
    return replace(rows, parent=parent), _entries("orphans", places, "reply_to", rows.parent[places], places)


def _skewed(scene: _Scene, rows: Rows) -> _Result:
    utc = ~rows.local & (rows.parent >= 0)
    utc[utc] = ~rows.local[rows.parent[utc]]
    places = scene.some(np.flatnonzero(utc), "skewed", int((rows.parent >= 0).sum()))
    second = rows.second.copy()
    second[places] = rows.second[rows.parent[places]] - scene.rng.integers(30, 5_400, len(places))
    return replace(rows, second=second), _entries("skewed", places, "ts", rows.second[places], places)


# In this order: rows that come in may be soiled too, and what is stored twice is stored with its dirt.
_CHANGES = {
    "bots": _bots,
    "out-of-office": _out_of_office,
    "not-available": _not_available,
    "signatures": _signatures,
    "quotes": _quotes,
    "html": _html,
    "aliases": _aliases,
    "local-clock": _local_clock,
    "dst-hour": _dst_hour,
    "near-duplicates": _near_duplicates,
    "duplicates": _duplicates,
    "orphans": _orphans,
    "skewed": _skewed,
}
