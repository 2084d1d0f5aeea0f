"""What an importer yields: one record for each thing it read, or could not read.

An importer knows its format and nothing else. It hands on what the source says,
names and addresses included; `coursework.importers.collector` makes people
pseudonymous, cleans the texts, checks the values and writes the tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(slots=True)
class MessageRecord:
    """One message. `place` is where it stands in the source, for people: "general/2016-02-07.json, item 12".

    `ts` is aware whenever the source tells the zone; if it is naive, it is taken as the writer's local time,
    and the table's `clock` says so. `text` may be HTML if `is_html` says so; it is stripped later.
    """

    place: str
    msg_id: str
    conv_id: str
    person: str
    ts: datetime
    text: str
    reply_to: str | None = None
    is_html: bool = False
    sent_as: str | None = None


@dataclass(slots=True)
class ConversationRecord:
    """What the source says of a conversation beyond its messages; all but `conv_id` may be unknown.

    One without a record is made from its messages. `opened` is then the time of the first. `more` holds other
    columns of the table by their names, as values or as text; a name with None says that it is known to be empty.
    """

    place: str
    conv_id: str
    channel: str | None = None
    opened: datetime | None = None
    first_response: datetime | None = None
    closed: datetime | None = None
    resolved: bool | None = None
    csat: int | None = None
    agent: str | None = None
    team: str | None = None
    account: str | None = None
    difficulty: str | None = None
    more: Mapping[str, object] = field(default_factory=dict)


@dataclass(slots=True)
class PersonRecord:
    """What the source says of a person. `aliases` are other names it is called by in texts; they are masked.

    `more` holds other columns of the table by their names, as values or as text.
    """

    place: str
    person: str
    role: str | None = None
    tz: str | None = None
    aliases: tuple[str, ...] = ()
    more: Mapping[str, object] = field(default_factory=dict)


@dataclass(slots=True)
class LabelRecord:
    """How a rater reads a message."""

    place: str
    msg_id: str
    rater: str
    intent: str | None = None
    function: str | None = None
    tone: str | None = None


@dataclass(slots=True)
class Rejected:
    """Something that could not be taken, where it stands, and why. `reason` is the same text for the same cause."""

    place: str
    reason: str


Record = MessageRecord | ConversationRecord | PersonRecord | LabelRecord | Rejected
