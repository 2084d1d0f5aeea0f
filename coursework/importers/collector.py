"""Check records, give pseudonyms, and write the tables: the two passes of an import.

The first pass takes the records as they come, and puts the messages aside in a temporary file. The second masks the
names in the texts, because the source may tell them last, takes out the replies that close a circle, and
writes. In memory are only small numbers for each message and a small record for each conversation and person, never
the texts.
"""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any
from zoneinfo import ZoneInfo

from coursework.importers.pseudonyms import Pseudonyms
from coursework.importers.records import ConversationRecord, LabelRecord, MessageRecord, PersonRecord, Record, Rejected
from coursework.importers.texts import Aliases, clean, mask
from coursework.importers.values import moment
from coursework.importers.writing import Cell, Format, PlaceList, TableWriter, batches, fit
from coursework.tables import TABLES, Column

EARLIEST = datetime(1971, 1, 1)

TOO_EARLY = "dated before 1971: a clock that was never set"
TOO_LATE = "dated in the future: a clock that is wrong"
NO_PERSON = "nobody is named as its writer"
NO_ID = "no identifier"
NO_CONVERSATION = "no conversation is named"
DUPLICATE = "a second message with the same identifier: the first stays"
EMPTY_CONVERSATION = "a conversation without messages and without a time"
STRAY_LABEL = "a label of a message that is not there"
SECOND_LABEL = "a second label of the same message and rater: the first stays"

SELF_REPLY = "a message that answers itself: taken as no reply"
CIRCLE = "a reply that closes a circle of replies: taken as no reply"
UNSURE_HOUR = "in an hour that the clocks pass twice or skip: taken as the first of the two"

_MESSAGE, _CONVERSATION, _PERSON, _LABEL = TABLES["message"], TABLES["conversation"], TABLES["person"], TABLES["label"]
_SENT_AS = _MESSAGE.column("sent_as")
_STAGED_ROWS, _STAGED_SIZE = 1_000, 4_000_000


@dataclass(slots=True)
class _Conversation:
    place: str
    values: dict[str, Cell] | None = None
    first: datetime | None = None
    opener: str = ""
    answered: datetime | None = None


@dataclass(slots=True)
class _Person:
    role: str | None = None
    values: dict[str, Cell] | None = None


class Collector:
    """Takes records, then writes the tables."""

    def __init__(
        self,
        channel: str,
        pseudonyms: Pseudonyms,
        zone: ZoneInfo | None,
        latest: datetime,
        staged: IO[bytes],
        rejected: PlaceList,
        repaired: PlaceList,
    ) -> None:
        self.orphans = 0
        self.without_role = 0
        self._channel = channel
        self._names = pseudonyms
        self._zone = zone
        self._latest = latest
        self._staged = staged
        self._rejected = rejected
        self._repaired = repaired
        self._aliases = Aliases()
        # For each message a number made of its identifier, and that of the message it answers (0 if none).
        self._parents: dict[int, int] = {}
        self._conversations: dict[str, _Conversation] = {}
        self._conversation_ids: dict[str, str] = {}
        self._people: dict[str, _Person] = {}
        self._batch: list[tuple[Any, ...]] = []
        self._batch_size = 0
        self._labels: list[tuple[str, tuple[Cell, ...]]] = []
        self._labelled: set[int] = set()

    def reject(self, place: str, reason: str) -> None:
        """List and count something that was not taken."""
        self._rejected.add(Rejected(mask(clean(place)), reason))

    def take(self, record: Record) -> None:
        """Take one record, or list it among the rejected."""
        if isinstance(record, MessageRecord):
            self._take_message(record)
        elif isinstance(record, ConversationRecord):
            self._take_conversation(record)
        elif isinstance(record, PersonRecord):
            self._take_person(record)
        elif isinstance(record, LabelRecord):
            self._take_label(record)
        else:
            self.reject(record.place, record.reason)

    def _repair(self, place: str, kind: str) -> None:
        self._repaired.add(Rejected(mask(clean(place)), kind))

    def _take_message(self, record: MessageRecord) -> None:
        identity, person = clean(record.msg_id).strip(), clean(record.person).strip()
        conversation = clean(record.conv_id).strip()
        if not identity or not person or not conversation:
            self.reject(record.place, NO_ID if not identity else NO_PERSON if not person else NO_CONVERSATION)
            return
        message = self._names.message(identity)
        number = hash(message) or 1
        if number in self._parents:
            self.reject(record.place, DUPLICATE)
            return
        ts, clock, sure = self._time(record.ts)
        if ts < EARLIEST or ts > self._latest:
            self.reject(record.place, TOO_EARLY if ts < EARLIEST else TOO_LATE)
            return
        if not sure:
            self._repair(record.place, UNSURE_HOUR)
        answered = clean(record.reply_to).strip() if record.reply_to else ""
        if answered == identity:
            self._repair(record.place, SELF_REPLY)
            answered = ""
        reply = self._names.message(answered) if answered else None
        self._parents[number] = hash(reply) or 1 if reply else 0
        writer = self._person(person)
        held = self._conversation(conversation, record.place)
        known = self._conversations[held]
        if known.first is None or ts < known.first:
            known.first, known.opener = ts, writer
        sent_as = self._fit(_SENT_AS, record.sent_as, record.place, "message") if record.sent_as else None
        text = mask(clean(record.text, record.is_html))
        self._batch.append((message, held, reply, writer, ts, clock, sent_as, text, record.place))
        self._batch_size += len(text)
        if len(self._batch) >= _STAGED_ROWS or self._batch_size >= _STAGED_SIZE:
            self._stage()

    def _stage(self) -> None:
        pickle.dump(self._batch, self._staged, pickle.HIGHEST_PROTOCOL)
        self._batch, self._batch_size = [], 0

    def _time(self, ts: datetime) -> tuple[datetime, str, bool]:
        """The time, naive and to the second; the clock it is by; and whether it is sure."""
        sure = True
        zone = ts.tzinfo or self._zone
        if zone is None:
            return ts.replace(microsecond=0), "local", True
        try:
            if ts.tzinfo is None:
                ts = ts.replace(tzinfo=zone)
                sure = ts.utcoffset() == ts.replace(fold=1).utcoffset()
            return ts.astimezone(UTC).replace(tzinfo=None, microsecond=0), "utc", sure
        except OverflowError:  # In the year 1 or 9999; rejected either way.
            return ts.replace(tzinfo=None, microsecond=0), "utc", sure

    def _take_conversation(self, record: ConversationRecord) -> None:
        identity = clean(record.conv_id).strip()
        if not identity:
            self.reject(record.place, NO_CONVERSATION)
            return
        known = self._conversations[self._conversation(identity, record.place)]
        values = known.values = known.values or {}
        told: dict[str, object] = {
            "account_id": record.account,
            "channel": record.channel,
            "team_id": record.team,
            "agent_id": record.agent,
            "opened": record.opened,
            "first_response": record.first_response,
            "closed": record.closed,
            "difficulty": record.difficulty,
            "resolved": record.resolved,
            "csat": record.csat,
        }
        for name, value in [*told.items(), *record.more.items()]:
            if name in ("account_id", "team_id", "agent_id"):
                value = self._named(name, value)
            if value is None and name not in record.more:
                continue
            column = _CONVERSATION.column(name)
            fitted = self._fit(column, value, record.place, "conversation")
            # What the source told first stays; a later record fills the gaps.
            if values.get(name) is None:
                values[name] = fitted

    def _take_person(self, record: PersonRecord) -> None:
        identity = clean(record.person).strip()
        if not identity:
            self.reject(record.place, NO_PERSON)
            return
        person = self._people[self._person(identity)]
        role = self._fit(_PERSON.column("role"), record.role, record.place, "person")
        person.role = person.role or (str(role) if role is not None else None)
        for name, value in [("tz", record.tz), *record.more.items()]:
            if name == "team_id":
                value = self._named(name, value)
            if value is not None:
                values = person.values = person.values or {}
                fitted = self._fit(_PERSON.column(name), value, record.place, "person")
                if values.get(name) is None:
                    values[name] = fitted
        self._aliases.add(map(clean, record.aliases), parts=role != "bot")

    def _take_label(self, record: LabelRecord) -> None:
        cells: list[Cell] = []
        for name, value in (
            ("rater", record.rater),
            ("intent", record.intent),
            ("function", record.function),
            ("tone", record.tone),
        ):
            cells.append(self._fit(_LABEL.column(name), value, record.place, "label"))
        identity = clean(record.msg_id).strip()
        if cells[0] is None or not identity:
            self.reject(record.place, "a label without a known rater" if identity else NO_ID)
            return
        message = self._names.message(identity)
        number = hash((message, cells[0]))
        if number in self._labelled:
            self.reject(record.place, SECOND_LABEL)
            return
        self._labelled.add(number)
        self._labels.append((record.place, (message, *cells)))

    def _named(self, column: str, value: object) -> str | None:
        """The pseudonym of an account, team or agent."""
        identity = clean(str(value)).strip() if value is not None else ""
        if not identity:
            return None
        if column == "agent_id":
            agent = self._person(identity)
            self._people[agent].role = self._people[agent].role or "agent"
            return agent
        return self._names.account(identity) if column == "account_id" else self._names.team(identity)

    def _person(self, identity: str) -> str:
        person = self._names.person(identity)
        if person not in self._people:
            self._people[person] = _Person()
        return person

    def _conversation(self, identity: str, place: str) -> str:
        known = self._conversation_ids.get(identity)
        if known is None:
            known = self._conversation_ids[identity] = self._names.conversation(identity)
            self._conversations.setdefault(known, _Conversation(place))
        return known

    def _fit(self, column: Column, value: object, place: str, table: str) -> Cell:
        """The value as the column takes it; one outside the schema is emptied, and listed among the repairs."""
        try:
            if column.type == "datetime":
                return self._moment(value)
            if column.name == "tz" and value:
                return ZoneInfo(str(value).strip()).key
            return fit(column, value)
        except (ValueError, KeyError, OSError, OverflowError):
            self._repair(place, f"{table}.{column.name} is {_wanted(column)}: left empty")
            return None

    def _moment(self, value: object) -> datetime | None:
        if value is None or value == "":
            return None
        ts = value if isinstance(value, datetime) else moment(value)
        if ts is None:
            raise ValueError("no time")
        ts = self._time(ts)[0]
        if ts < EARLIEST or ts > self._latest:
            raise ValueError("no plausible time")
        return ts

    def write(self, folder: Path, format: Format) -> dict[str, int]:
        """Write the tables; gives the rows of each that has any."""
        self._stage()
        writers = {name: TableWriter(table, folder, format) for name, table in TABLES.items()}
        try:
            self._write_messages(writers["message"])
            for name, rows in (
                ("conversation", self._conversation_rows()),
                ("person", self._person_rows()),
                ("label", self._label_rows()),
            ):
                for batch in batches(rows):
                    writers[name].write(batch)
            for name, column in (("account", "account_id"), ("team", "team_id")):
                ids = self._referred(column)
                writers[name].write([(identity, *[None] * (len(TABLES[name].columns) - 1)) for identity in ids])
        finally:
            for writer in writers.values():
                writer.close()
        return {name: writer.rows for name, writer in writers.items() if writer.rows}

    def _write_messages(self, writer: TableWriter) -> None:
        circles = _closing(self._parents)
        team = {person for person, known in self._people.items() if known.role in ("agent", "manager")}
        for batch in self._unstage():
            rows: list[Sequence[Cell]] = []
            for message, held, reply, person, ts, clock, sent_as, text, place in batch:
                if reply is not None:
                    if circles and (hash(message) or 1) in circles:
                        self._repair(place, CIRCLE)
                        reply = None
                    elif (hash(reply) or 1) not in self._parents:
                        self.orphans += 1
                if person in team:
                    known = self._conversations[held]
                    if known.opener not in team and (known.answered is None or ts < known.answered):
                        known.answered = ts
                rows.append((message, held, reply, person, ts, clock, sent_as, self._aliases.mask(text) or None))
            writer.write(rows)

    def _unstage(self) -> Iterator[list[tuple[Any, ...]]]:
        self._staged.seek(0)
        while True:
            try:
                yield pickle.load(self._staged)
            except EOFError:
                return

    def _conversation_rows(self) -> Iterator[tuple[Cell, ...]]:
        for identity, known in self._conversations.items():
            values = known.values or {}
            opened = values.get("opened") or known.first
            if opened is None:
                self.reject(known.place, EMPTY_CONVERSATION)
                continue
            filled = {
                "first_response": known.answered,
                **values,
                "conv_id": identity,
                "opened": opened,
                "channel": values.get("channel") or self._channel,
            }
            yield tuple(filled.get(column.name) for column in _CONVERSATION.columns)

    def _person_rows(self) -> Iterator[tuple[Cell, ...]]:
        for identity, known in self._people.items():
            self.without_role += known.role is None
            filled = {**(known.values or {}), "person_id": identity, "role": known.role or "customer"}
            yield tuple(filled.get(column.name) for column in _PERSON.columns)

    def _label_rows(self) -> Iterator[tuple[Cell, ...]]:
        for place, cells in self._labels:
            if (hash(cells[0]) or 1) in self._parents:
                yield cells
            else:
                self.reject(place, STRAY_LABEL)

    def _referred(self, column: str) -> list[str]:
        found: Counter[str] = Counter()
        for values in (*(c.values for c in self._conversations.values()), *(p.values for p in self._people.values())):
            if values and values.get(column) is not None:
                found[str(values[column])] += 1
        return list(found)


def _closing(parents: Mapping[int, int]) -> set[int]:
    """The messages whose reply closes a circle: of each circle the one that the source gave last."""
    done: set[int] = set()
    circles: list[list[int]] = []
    for start in parents:
        path: list[int] = []
        on_path: dict[int, int] = {}
        at = start
        while at and at in parents and at not in done and at not in on_path:
            on_path[at] = len(path)
            path.append(at)
            at = parents[at]
        if at in on_path:
            circles.append(path[on_path[at] :])
        done.update(path)
    if not circles:
        return set()
    order = {number: place for place, number in enumerate(parents)}
    return {max(circle, key=order.__getitem__) for circle in circles}


def _wanted(column: Column) -> str:
    if column.values:
        return f"none of {', '.join(column.values)}"
    if column.minimum is not None and column.maximum is not None:
        return f"not from {column.minimum:g} to {column.maximum:g}"
    if column.minimum is not None:
        return f"not {column.minimum:g} or more"
    return "no time zone" if column.name == "tz" else f"no plausible {column.type}"
