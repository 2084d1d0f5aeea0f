"""IRC logs, with or without annotations of who answers whom.

A log is a text file with one line for each message, `[11:11] <nick> text` or
`[11:11] * nick waves`, and lines of the channel's own, `=== nick has joined`. The
day is in the file's name (2005-07-06_14.raw.txt) or its folders' (2008/04/14/channel.txt).
`X.annotation.txt` beside a log holds links: `993 1000 -` says that line 1000, counted
from 0, answers line 993; a line linked to itself begins a conversation. Format:
Kummerfeld et al. 2019, jkk.name/irc-disentanglement (README of its data folder).

With annotations, a conversation is all that links connect, and a message answers the
nearest line it is linked to. Lines that no link touches are context that nobody
annotated; they are rejected and counted, because threads made of them would be wrong.
Without annotations, a message that begins with somebody's nick and a colon or comma
answers the last message by that nick; every other message begins a conversation. That
finds fewer replies than people make, so threads come out too short. Which case it is, each log decides
for itself: a single file is read without the annotations that may lie beside it.

Times: a log has its own clock and does not say which, so times are naive; give the zone if it is
known (option `tz`). Ubuntu's logs are often taken for UTC, but in #ubuntu-meeting on 14 April 2008
a bot says 16:37:08 UTC on a line stamped 17:37, and on 13 January 00:33:21 on one stamped 00:33:
London's time, at least in that year. Stamps tell the minute; microseconds count the lines
within it, so that no reply seems to come before what it answers. They are an order, not a time, and the
tables, which keep whole seconds, keep it in the order of their rows.
A stamp that goes back by more than an hour is the next day; by less, a clock set back.

A person is a nick, in capitals or not; who changes nicks counts as several.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from coursework.importers.errors import ImportFailed, SourceError
from coursework.importers.records import MessageRecord, PersonRecord, Record, Rejected
from coursework.importers.source import Source, SourceFile, TooLong

NOT_A_LINE = "not a line of an IRC log"
SYSTEM = "a line of the channel's own (joins, topics, changes of nick), no one's words"
CONTEXT = "context only, not annotated: no link says which conversation it belongs to"
NO_DATE = "a log whose name tells no day: name it like 2005-07-06.txt"
NO_LOG = "not an IRC log: no line like [12:34] <nick> text near its beginning"
NO_TIME = "a time of day that does not exist"
TOO_LONG = "a line longer than 16 MiB"
BAD_LINK = "not a link of two lines, like 993 1000 -"
LINK_OUTSIDE = "a link to a line that the log does not have"
DAMAGED = "the file is damaged; what stands before the damage was read"

_LINE = re.compile(
    r"\[(\d{1,2}):(\d\d)(?::(\d\d))?\]\s+(?:<\s*[@+%&~]?([^>\s](?:[^>]*[^>\s])?)\s*>\s?(?P<said>.*)|\*\s+([^\s*]+)\s?(?P<done>.*))",
    re.DOTALL,
)
_SYSTEM = re.compile(r"(?:\[[\d:]+\]\s*)?(?:===|\*\*\*|-!-|-->|<--)")
# Old logs write actions as they write system lines: "=== nick sighs". What the channel says goes by fixed phrases.
_OLD_ACTION = re.compile(r"===\s+([A-Za-z0-9_\-\[\]\\^{}|`]+)\s+(.*)", re.DOTALL)
_SYSTEM_PHRASE = re.compile(
    r"(?:\[[^\]]*\]|\([^)]*\))?\s*(?:(?:has )?(?:joined|left) [#&]|has quit\b|is now known as\b|was kicked\b"
    r"|changed the topic\b|sets? mode\b)"
)
_ADDRESS = re.compile(r"\s*@?([^\s:,<>]+)\s?[:,](?=\s|$)")
_DAY = re.compile(r"(?<!\d)(\d{4})[-/_.]?([01]\d)[-/_.]?([0-3]\d)(?!\d)")
_LINK = re.compile(rb":?(\d{1,9})\s+(\d{1,9})(?:\s+-?)?\s*", re.ASCII)
_ANNOTATION = re.compile(r"\.annotation(?:\.[^./]+)?\.txt$", re.IGNORECASE)
_ENDING = re.compile(r"(?:\.raw|\.ascii)?\.(?:txt|log)$", re.IGNORECASE)
# Services and the well-known helpers of Ubuntu's channels. A nick that merely ends in "bot" may be anybody's.
_BOT = re.compile(r"(?:ubott?u|ubot\d+|(?:floodbot|lubotu)\w*|(?:chan|nick|mem)serv|meetbot|mootbot|ubuntulog\d*)")


class Irc:
    """Importer of IRC logs and their link annotations; see the module."""

    name = "irc"
    title = "IRC logs, with link annotations if there are any"
    # A channel is public and many write there, as in a forum; "chat" is one customer with one agent.
    channel = "forum"

    def recognises(self, source: Source) -> bool:
        """Whether a file of the source looks like a log. Never raises."""
        try:
            return any(_looks_like_log(file) for file in source.files(".txt", ".log"))
        except SourceError:
            return False

    def read(self, source: Source, options: Mapping[str, str]) -> Iterator[Record]:
        """The messages and people of all logs. Takes no option; `tz`, for naive times, is the collector's."""
        logs = []
        for file in source.files(".txt", ".log"):
            if _ANNOTATION.search(file.name):
                continue
            raw = re.sub(r"\.(?:ascii|tok)\.txt$", ".raw.txt", file.name)
            if raw != file.name and source.file(raw) is not None:
                continue  # a copy of the raw log, in another spelling
            try:
                if _looks_like_log(file):
                    logs.append(file)
                else:
                    yield Rejected(file.name, NO_LOG)
            except SourceError:
                yield Rejected(file.name, DAMAGED)
        if not logs:
            raise ImportFailed(
                f"{source.name} holds no IRC log: give .txt or .log files with lines like [12:34] <nick> text"
            )
        known: set[str] = set()
        for file in logs:
            day = _day(file.name)
            if day is None:
                yield Rejected(file.name, NO_DATE)
                continue
            try:
                links: dict[int, set[int]] | None = None
                annotation = source.file(_stem(file) + ".annotation.txt")
                if annotation is not None:
                    links = {}
                    yield from _read_links(annotation, links, _count_lines(file))
                yield from _read_log(file, day, links, known)
            except SourceError:
                yield Rejected(file.name, DAMAGED)


IRC = Irc()


def annotator_links(path: Path) -> dict[int, frozenset[int]]:
    """The links one annotator drew: for each line (from 0) the lines it was linked to, itself if it begins something.

    Of the two lines of a link, the later one answers the earlier. Raises `ImportFailed` if the file
    cannot be read or holds a line that is no link.
    """
    return _annotator_links(next(Source(path).files()))


def agreement(folder: Path) -> pd.DataFrame:
    """How far annotators of the same logs agree: one row for each two of them.

    `folder` holds the logs (`X.raw.txt`) and, in it or in folders below, the annotators' files
    (`X.annotation.NAME.txt`). Annotators are numbered in the order of their names. Lines of the channel's own
    are left out: everyone lets them begin something, and counting them would flatter everyone.

    Columns: `first`, `second` (annotators); `logs`, `lines` (counts of what both judged);
    `same_links` (share of the lines with exactly the same links); `same_starts` (share of the lines of which both
    say, or both deny, that they begin a conversation); `kappa` (Cohen's kappa of that; NaN if both always say the same
    one thing). Raises `ImportFailed` if there are no two annotators of one log, or an annotated log is missing.
    """
    judged: dict[str, dict[str, dict[int, frozenset[int]]]] = {}
    with Source(folder) as source:
        logs = {Path(_stem(file)).name: file for file in source.files(".raw.txt")}
        for file in source.files(".txt"):
            found = re.fullmatch(r"(.+)\.annotation\.([^./]+)\.txt", Path(file.name).name)
            if found is None:
                continue
            log, annotator = found.groups()
            if log not in logs:
                raise ImportFailed(f"{folder} holds {file.name} but not the log {log}.raw.txt: add the log")
            system = {n for n, line in enumerate(_texts(logs[log])) if line is None or _parse(line)[0] == "system"}
            links = {line: to for line, to in _annotator_links(file).items() if line not in system}
            judged.setdefault(annotator, {})[log] = links
    rows = []
    for (first, ours), (second, theirs) in itertools.combinations(enumerate(map(judged.get, sorted(judged)), 1), 2):
        assert ours is not None and theirs is not None
        both: list[tuple[frozenset[int], frozenset[int], int]] = [
            (ours[log][line], theirs[log][line], line)
            for log in sorted(ours.keys() & theirs.keys())
            for line in sorted(ours[log].keys() & theirs[log].keys())
        ]
        if not both:
            continue
        a = np.array([x == {line} for x, _, line in both])
        b = np.array([y == {line} for _, y, line in both])
        same = float(np.mean(a == b))
        chance = float(a.mean() * b.mean() + (1 - a.mean()) * (1 - b.mean()))
        rows.append(
            {
                "first": f"annotator {first}",
                "second": f"annotator {second}",
                "logs": len(ours.keys() & theirs.keys()),
                "lines": len(both),
                "same_links": float(np.mean([x == y for x, y, _ in both])),
                "same_starts": same,
                "kappa": (same - chance) / (1 - chance) if chance < 1 else float("nan"),
            }
        )
    if not rows:
        raise ImportFailed(f"{folder} holds no log with two annotators: add files like X.annotation.NAME.txt")
    return pd.DataFrame(rows)


def _looks_like_log(file: SourceFile) -> bool:
    if _ANNOTATION.search(file.name):
        return False
    # A log may begin with a long run of joins.
    text = file.head(64 * 1024).decode("utf-16" if file.head(2) in (b"\xff\xfe", b"\xfe\xff") else "latin-1", "replace")
    return any(_LINE.match(line) for line in text.split("\n"))


def _stem(file: SourceFile) -> str:
    return _ENDING.sub("", file.name)


def _day(name: str) -> date | None:
    for found in reversed(list(_DAY.finditer(name))):
        try:
            return date(*map(int, found.groups()))
        except ValueError:
            continue
    return None


def _count_lines(file: SourceFile) -> int:
    return sum(1 for _ in file.lines())


def _texts(file: SourceFile) -> Iterator[str | None]:
    """The lines as text; None for one that is too long."""
    for _, line in file.lines():
        yield None if isinstance(line, TooLong) else file.decode(line)


def _links(file: SourceFile) -> Iterator[tuple[int, tuple[int, int] | None]]:
    """For each line of an annotation file, from 1, the later and the earlier line it links; None if it is no link."""
    for number, line in file.lines():
        found = None if isinstance(line, TooLong) else _LINK.fullmatch(line)
        if found is not None:
            one, other = int(found[1]), int(found[2])
            yield number, (max(one, other), min(one, other))
        elif isinstance(line, TooLong) or line.strip():
            yield number, None


def _read_links(file: SourceFile, links: dict[int, set[int]], lines: int) -> Iterator[Rejected]:
    """Fill `links` (for each line those it is linked to) and yield what cannot be taken."""
    for number, link in _links(file):
        place = f"{file.name}, line {number}"
        if link is None:
            yield Rejected(place, BAD_LINK)
        elif link[0] >= lines:
            yield Rejected(place, LINK_OUTSIDE)
        else:
            links.setdefault(link[0], set()).add(link[1])


def _annotator_links(file: SourceFile) -> dict[int, frozenset[int]]:
    links: dict[int, set[int]] = {}
    for number, link in _links(file):
        if link is None:
            raise ImportFailed(f"{file.name}, line {number} is {BAD_LINK}: correct or remove the line")
        links.setdefault(link[0], set()).add(link[1])
    return {line: frozenset(to) for line, to in links.items()}


def _threads(links: Mapping[int, Iterable[int]]) -> dict[int, int]:
    """For each line that links touch, the first line of all that links connect with it."""
    parent: dict[int, int] = {}

    def root(line: int) -> int:
        parent.setdefault(line, line)
        while parent[line] != line:
            parent[line] = parent[parent[line]]
            line = parent[line]
        return line

    for later, earlier in links.items():
        for line in earlier:
            a, b = root(later), root(line)
            parent[max(a, b)] = min(a, b)
    return {line: root(line) for line in list(parent)}


Parsed = tuple[str, tuple[int, int, int] | None, str, str]


def _parse(line: str) -> Parsed:
    """What a line is ("message", "system", "blank", "other"), its time of day, nick and text."""
    found = _LINE.match(line)
    if found is not None:
        hour, minute, second, speaker, said, actor, done = found.groups()
        clock = int(hour), int(minute), int(second or 0)
        if speaker is not None:
            return "message", clock, speaker, said
        if _SYSTEM_PHRASE.match(done):
            return "system", clock, "", ""
        return "message", clock, actor, done
    action = _OLD_ACTION.match(line)
    # Some nicks of old logs are two words, so the phrase need not come second.
    if action is not None and not _SYSTEM_PHRASE.search(action[2]):
        return "message", None, action[1], action[2]
    if _SYSTEM.match(line):
        return "system", None, "", ""
    return ("other" if line.strip() else "blank"), None, "", ""


class _Clock:
    """Turns a log's times of day into moments that go with the order of the lines."""

    def __init__(self, day: date) -> None:
        self._now = datetime(day.year, day.month, day.day)
        self._latest = self._now
        self._within = 0

    def moment(self, clock: tuple[int, int, int] | None) -> datetime:
        """The moment of the next line; one without a time is as late as the line before it. Raises ValueError."""
        now = self._now
        if clock is not None:
            now = now.replace(hour=clock[0], minute=clock[1], second=clock[2])
            if self._now - now > timedelta(hours=1):
                now += timedelta(days=1)
        self._within = self._within + 1 if now == self._now else 0
        # In the hour that a clock set back shows twice, this tells the second time from the first.
        fold = 1 if now < self._latest else 0
        self._now, self._latest = now, max(now, self._latest)
        return now.replace(microsecond=min(self._within, 999_999), fold=fold)


def _read_log(file: SourceFile, day: date, links: Mapping[int, set[int]] | None, known: set[str]) -> Iterator[Record]:
    stem, clock = _stem(file), _Clock(day)
    threads = _threads(links) if links is not None else {}
    messages: set[int] = set()  # the annotated lines that proved to be messages
    last: dict[str, tuple[str, str]] = {}  # without annotations: each nick's last message and its conversation
    for number, line in enumerate(_texts(file)):
        place = f"{file.name}, line {number + 1}"
        if line is None:
            yield Rejected(place, TOO_LONG)
            continue
        kind, time, nick, text = _parse(line)
        if kind != "message":
            if kind != "blank":
                yield Rejected(place, SYSTEM if kind == "system" else NOT_A_LINE)
            continue
        try:
            ts = clock.moment(time)
        except (ValueError, OverflowError):
            yield Rejected(place, NO_TIME)
            continue
        person, msg_id, reply_to = nick.lower(), f"{stem}:{number}", None
        if links is not None:
            if number not in threads:
                yield Rejected(place, CONTEXT)
                continue
            conv_id = f"{stem}:{threads[number]}"
            parents = [to for to in links.get(number, ()) if to in messages]
            reply_to = f"{stem}:{max(parents)}" if parents else None
            messages.add(number)
        else:
            found = _ADDRESS.match(text)
            answered = last.get(found[1].lower()) if found is not None and found[1].lower() != person else None
            reply_to, conv_id = answered if answered is not None else (None, msg_id)
            last[person] = msg_id, conv_id
        if person not in known:
            known.add(person)
            yield PersonRecord(place, person, role="bot" if _BOT.fullmatch(person) else None, aliases=(nick,))
        yield MessageRecord(place, msg_id, conv_id, person, ts, text, reply_to)
