"""Import tables of messages: CSV with any delimiter, and JSON Lines or a JSON list of objects.

One row is one message. Which column is which is guessed from common names or told with the option `map`
(see `coursework.importers.mapping`); columns of conversations and people may stand in the same row.
Nested objects of JSON are named with dots: `author.name`. A row without an identifier is named by its place; without
a conversation, a message belongs to that of the message it answers, if that came before, or begins one.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from itertools import chain, islice

from coursework.importers.errors import ImportFailed, SourceError
from coursework.importers.jsonstream import list_items
from coursework.importers.mapping import cell, column_mapping
from coursework.importers.records import ConversationRecord, MessageRecord, PersonRecord, Record, Rejected
from coursework.importers.source import MAX_LINE, MIB, Source, SourceFile, TooLong
from coursework.importers.texts import looks_like_html
from coursework.importers.values import identifier, json_value, moment
from coursework.tables import CHANNELS, CLOCKS, ROLES

LONG_LINE = f"a line longer than {MAX_LINE // MIB} MiB"
NO_DATE = "no date that can be read: write ISO 8601, or seconds or milliseconds since 1970"
OPEN_QUOTE = "a quotation mark that is never closed, or a cell longer than 16 MiB"
EXTRA_CELLS = "more cells than the header has columns: a delimiter within a text that is not quoted"
NOT_JSON = "a line that is no JSON"
NO_OBJECT = "no JSON object"
NO_VALUE = "a JSON object without any value"
BROKEN_LIST = "the JSON breaks off or is damaged here; what follows is lost"

_CONVERSATION = (
    "account_id", "team_id", "agent_id", "opened", "first_response", "closed", "difficulty", "resolved", "csat",
    "minutes", "rework_minutes", "tool",
)  # fmt: skip
_PEEK = 200

Row = Mapping[str, object]


@dataclass
class _Reading:
    """What is known while the rows of a source are read."""

    told: str | None
    notes: list[str]
    conversations: dict[str, str] = field(default_factory=dict)
    people: set[str] = field(default_factory=set)


class _Tables:
    """What CSV and JSON Lines share: rows to records."""

    name: str
    title: str
    channel = "forum"
    suffixes: tuple[str, ...]

    def recognises(self, source: Source) -> bool:
        """Whether there is a file with the format's suffix."""
        return any(True for _ in source.files(*self.suffixes))

    def read(self, source: Source, options: Mapping[str, str]) -> Iterator[Record]:
        """The records of all files of the format; of a single file whatever its name."""
        files = list(source.files(*self.suffixes)) or list(source.files())
        if not files or (len(files) > 1 and not self.recognises(source)):
            raise ImportFailed(f"{source.name} has no file that ends in {' or '.join(self.suffixes)}: name the file")
        reading = _Reading(options.get("map"), source.notes)
        several = len(files) > 1
        for file in files:
            try:
                yield from self._records(file, reading, prefix=f"{file.name}:" if several else "")
            except SourceError as error:
                if not several:
                    raise
                yield Rejected(file.name, str(error).replace(file.name, "a file"))

    def rows(self, file: SourceFile) -> Iterator[tuple[str, Row | str]]:
        """The rows with their places; a text instead of a row is the reason why it cannot be read."""
        raise NotImplementedError

    def _records(self, file: SourceFile, reading: _Reading, prefix: str) -> Iterator[Record]:
        rows = self.rows(file)
        head = list(islice(rows, _PEEK))
        if not head:
            yield Rejected(file.name, "a file without a row")
        while head and all(isinstance(row, str) for _, row in head):
            yield from (Rejected(f"{file.name}, {place}", str(row)) for place, row in head)
            head = list(islice(rows, _PEEK))
        if not head:
            return
        columns = list(dict.fromkeys(name for _, row in head if not isinstance(row, str) for name in row))
        told, guessed = column_mapping(columns, reading.told)
        if guessed:
            pairs = ", ".join(
                f"{theirs} as {canonical}" for canonical, theirs in guessed.items() if theirs != canonical
            )
            note = f"{file.name}: columns taken by their names: {pairs}" if pairs else ""
            if note and note not in reading.notes and len(reading.notes) < 20:
                reading.notes.append(note)
        mapping = {**guessed, **told}
        for place, row in chain(head, rows):
            if isinstance(row, str):
                yield Rejected(f"{file.name}, {place}", row)
            else:
                cells = {canonical: cell(row, theirs) for canonical, theirs in mapping.items()}
                yield from _message(f"{file.name}, {place}", f"{prefix}{place}", cells, reading)


def _message(place: str, default_id: str, cells: Row, reading: _Reading) -> Iterator[Record]:
    ts = moment(cells.get("ts"))
    if ts is None:
        yield Rejected(place, NO_DATE)
        return
    if cells.get("clock") == CLOCKS[1]:  # Local time, stored as if it were UTC.
        ts = ts.replace(tzinfo=None)
    elif cells.get("clock") == CLOCKS[0] and ts.tzinfo is None:
        ts = ts.replace(tzinfo=UTC)
    person = identifier(cells.get("person_id"))
    own = identifier(cells.get("msg_id")) or default_id
    answered = identifier(cells.get("reply_to"))
    held = identifier(cells.get("conv_id"))
    if "conv_id" not in cells:
        held = reading.conversations.get(answered, own)
        reading.conversations[own] = held
    held = held or own
    text = cells.get("text")
    said = text if isinstance(text, str) else identifier(text)
    channel = identifier(cells.get("channel")).lower()
    known = {name: value for name in _CONVERSATION if (value := cells.get(name)) not in (None, "")}
    if known or channel in CHANNELS:
        yield ConversationRecord(place, held, channel=channel if channel in CHANNELS else None, more=known)
    role, tz = identifier(cells.get("role")).lower(), identifier(cells.get("tz"))
    if person and person not in reading.people:
        reading.people.add(person)
        # What names the writers in the table names them in texts too, and is masked there.
        yield PersonRecord(place, person, role=role if role in ROLES else None, tz=tz or None, aliases=(person,))
    sent_as = identifier(cells.get("sent_as")) or None
    yield MessageRecord(place, own, held, person, ts, said, answered or None, looks_like_html(said), sent_as)


class Csv(_Tables):
    """Comma-, semicolon-, tab- or pipe-separated values with a header."""

    name = "csv"
    title = "a table of messages (CSV)"
    suffixes = (".csv", ".tsv")

    def rows(self, file: SourceFile) -> Iterator[tuple[str, Row | str]]:
        """The rows after the header."""
        # The limit is one for the process; nothing else in it reads cells as long as these.
        csv.field_size_limit(MAX_LINE)
        lines = _Lines(file)
        first = next(lines, None)
        if first is None:
            yield from lines.too_long()
            return
        reader = csv.reader(chain([first], lines), delimiter=_delimiter(first))
        header: list[str] = []
        while True:
            begin = lines.number + 1 if header else 1
            if header:
                lines.quotes = 0
            try:
                cells = next(reader)
            except StopIteration:
                yield from lines.too_long()
                return
            except csv.Error:
                yield f"lines {begin} to {lines.number}", OPEN_QUOTE
                continue
            yield from lines.too_long()
            place = f"line {begin}" if lines.number == begin else f"lines {begin} to {lines.number}"
            if not header:
                header = _header(cells)
            elif lines.ended and lines.quotes % 2:
                # At the end of the file the reader closes an open quotation mark itself: all lines since are one cell.
                yield place, OPEN_QUOTE
            elif len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
                yield place, EXTRA_CELLS
            elif any(cell.strip() for cell in cells):
                yield place, dict(zip(header, cells, strict=False))


class _Lines:
    """The lines of a file as text, for the CSV reader; notes how far it has read and what it had to leave out."""

    def __init__(self, file: SourceFile) -> None:
        self.number = 0
        self.quotes = 0
        self.ended = False
        self._file = file
        self._lines = file.lines()
        self._skipped: list[int] = []
        self._pieces: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self._pieces:
            return self._pieces.pop()
        for number, line in self._lines:
            self.number = number
            if isinstance(line, TooLong):
                self._skipped.append(number)
                continue
            text = self._file.decode(line)
            self.quotes += text.count('"')
            # Old files end lines with a carriage return only, and the reader takes none within a line.
            self._pieces = [piece + "\n" for piece in reversed(text.split("\r"))]
            return self._pieces.pop()
        self.ended = True
        raise StopIteration

    def too_long(self) -> Iterator[tuple[str, str]]:
        """The lines left out since the last call."""
        for number in self._skipped:
            yield f"line {number}", LONG_LINE
        self._skipped = []


def _delimiter(header: str) -> str:
    """The delimiter that splits the header into the most columns."""
    counts = {mark: len(next(csv.reader([header], delimiter=mark), [])) for mark in ",;\t|"}
    return max(counts, key=counts.__getitem__)


def _header(cells: list[str]) -> list[str]:
    return [cell.strip() or f"column {place}" for place, cell in enumerate(cells, 1)]


class JsonLines(_Tables):
    """One JSON object a line, or a list of objects."""

    name = "jsonl"
    title = "messages as JSON Lines, or as a JSON list of objects"
    suffixes = (".jsonl", ".ndjson", ".json")

    def recognises(self, source: Source) -> bool:
        """Whether there is a file of JSON Lines, or the source is one file that is a list of objects."""
        if any(True for _ in source.files(".jsonl", ".ndjson")):
            return True
        files = list(source.files())
        try:
            return len(files) == 1 and files[0].name.lower().endswith(".json") and _is_list(files[0])
        except SourceError:
            return False

    def rows(self, file: SourceFile) -> Iterator[tuple[str, Row | str]]:
        """The objects."""
        return self._listed(file) if _is_list(file) else self._lines(file)

    def _lines(self, file: SourceFile) -> Iterator[tuple[str, Row | str]]:
        for number, line in file.lines():
            place = f"line {number}"
            if isinstance(line, TooLong):
                yield place, LONG_LINE
            elif line.strip():
                try:
                    yield place, _flat(json_value(file.decode(line)))
                except ValueError:
                    yield place, NOT_JSON

    def _listed(self, file: SourceFile) -> Iterator[tuple[str, Row | str]]:
        at = 0
        try:
            for at, item in enumerate(list_items(file), 1):
                yield f"item {at}", _flat(item)
        except SourceError:
            raise
        except ValueError:
            yield f"item {at + 1}", BROKEN_LIST


def _is_list(file: SourceFile) -> bool:
    with file.open_utf8() as opened:
        return opened.read(4096).lstrip().startswith(b"[")


def _flat(value: object) -> Row | str:
    """An object with those in it by names with dots, three deep; lists are left out."""
    if not isinstance(value, dict):
        return NO_OBJECT
    flat: dict[str, object] = {}
    nested: list[tuple[str, dict[str, object], int]] = [("", value, 0)]
    for prefix, inner, depth in nested:
        for name, item in inner.items():
            if isinstance(item, dict):
                if depth < 3:
                    nested.append((f"{prefix}{name}.", item, depth + 1))
            elif not isinstance(item, list):
                flat[f"{prefix}{name}"] = item
    return flat or NO_VALUE


CSV = Csv()
JSONL = JsonLines()
