"""Import a Slack export: the zip file, or the folder it was unpacked to.

The form of an export is described in Slack's help ("How to read Slack data exports") and the kinds of
messages in its reference (docs.slack.dev, "message event").

- A thread is a conversation. A message outside any thread is a conversation of its own: what was said
  under it in the channel may or may not answer it, and the export does not tell. Exports from before
  threads (2017) therefore have conversations of one message only; thread sizes mean something in later ones.
- Channels that everybody may join count as a forum, private channels and direct messages as chat.
- Joins, leaves, new topics and the like are rejected, since nobody says anything; so are deleted messages.
  An edited message has its last text. A bot's message may be all in its attachments; their short form is
  taken then. People's attachments are previews of links, and left out.
- Mentions stay as Slack's `<@U123>`, so that they can be masked without any name coming into the text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, BinaryIO

from coursework.importers.errors import ImportFailed, SourceError
from coursework.importers.records import ConversationRecord, MessageRecord, PersonRecord, Record, Rejected
from coursework.importers.source import MIB, Source, SourceFile

_MAX_DAY = 256 * MIB

_DECODER = json.JSONDecoder(strict=False)
_SPACE = re.compile(r"[ \t\r\n]*")
_DAY = re.compile(r"(?:(.*)/)?([^/]+)/\d{4}-\d\d-\d\d\.json", re.IGNORECASE)
_TOKEN = re.compile(r"<([^<>\n]+)>")
_MENTION = re.compile(r"@[A-Z0-9]{2,}")
_SPOKEN = {
    "",
    "bot_message",
    "file_comment",
    "file_share",
    "me_message",
    "reply_broadcast",
    "slackbot_response",
    "thread_broadcast",
}
_BOTS = {"bot_message", "slackbot_response"}
_PRIVATE = ("groups.json", "dms.json", "mpims.json")
_PEOPLE = ("users.json", "org_users.json")

SYSTEM = "a system message, no one's words"
DELETED = "a deleted message"
EDIT = "an edit: the message it changes has its text"
EDIT_OF_NOTHING = "an edit that does not hold the message it changes"
NO_MESSAGE = "not a message"
NO_SENDER = "a message without a sender"
NO_TIME = "a message whose time cannot be read"
NO_LIST = "not a list, as a Slack export has it"
BROKEN = "broken JSON from here to the end of the file: fetch the export again"
BROKEN_FILE = f"a file that cannot be read to its end, or of more than {_MAX_DAY // MIB} MiB: fetch the export again"

Item = dict[str, Any]


@dataclass(slots=True)
class _Export:
    """What is to be known of the whole before the first message is read."""

    ids: dict[str, str] = field(default_factory=dict)  # a channel's folder -> its id
    private: set[str] = field(default_factory=set)  # ids of channels that not everybody may join
    people: set[str] = field(default_factory=set)
    edits: dict[tuple[str, str], str] = field(default_factory=dict)  # (channel id, ts) -> the last text
    edited: set[tuple[str, str]] = field(default_factory=set)  # those whose message was seen
    deleted: set[tuple[str, str]] = field(default_factory=set)
    chats: set[str] = field(default_factory=set)  # conversations in private channels that were announced


class Slack:
    """Slack's export. See the module for what becomes of a message."""

    name = "slack"
    title = "Slack: the zip file of an export, or its folder"
    channel = "forum"

    def recognises(self, source: Source) -> bool:
        """Whether there is a file for a day and a list of the channels or people, or messages with a `ts`."""
        try:
            names = {file.name.rpartition("/")[2] for file in source.files(".json")}
            day = next(_days(source), None)
            if day is None:
                return False
            return bool(names & {"channels.json", *_PRIVATE, *_PEOPLE}) or b'"ts"' in day[1].head()
        except (OSError, ValueError):
            return False

    def read(self, source: Source, options: Mapping[str, str]) -> Iterator[Record]:
        """Yield the people listed, then a message for each that somebody wrote.

        Raises `ImportFailed` if there is no file for a day, or nothing in any of them.
        """
        if next(_days(source), None) is None:
            raise ImportFailed(
                f"{source.name} holds no messages in files like general/2024-01-31.json: "
                "give the zip file that Slack made, or the whole folder it was unpacked to"
            )
        export = _Export()
        yield from _read_lists(source, export)
        for channel, file in _days(source):
            _find_changes(file, export.ids.get(channel, channel), export)
        empty = True
        for channel, file in _days(source):
            channel_id = export.ids.get(channel, channel)
            for number, item in enumerate(_items(file), start=1):
                empty = False
                if isinstance(item, Rejected):
                    yield item
                else:
                    yield from _records(item, f"{file.name}, item {number}", channel_id, export)
        if empty:
            raise ImportFailed(f"{source.name} holds no messages: export a span of time in which some were written")


def _days(source: Source) -> Iterator[tuple[str, SourceFile]]:
    """The files of messages, each with its channel's folder."""
    for file in source.files(".json"):
        found = _DAY.fullmatch(file.name)
        if found:
            yield found[2], file


def _read_lists(source: Source, export: _Export) -> Iterator[Record]:
    for file in source.files(".json"):
        name = file.name.rpartition("/")[2]
        if name in ("channels.json", *_PRIVATE):
            for number, item in enumerate(_items(file), start=1):
                if isinstance(item, Rejected):
                    yield item
                elif isinstance(item, dict) and (channel_id := _string(item, "id")):
                    # Direct messages have no name; their folder is called by the id.
                    export.ids[_string(item, "name") or channel_id] = channel_id
                    if name != "channels.json":
                        export.private.add(channel_id)
                else:
                    yield Rejected(f"{file.name}, item {number}", "a channel without an id")
        elif name in _PEOPLE:
            for number, item in enumerate(_items(file), start=1):
                if isinstance(item, Rejected):
                    yield item
                elif isinstance(item, dict) and (person := _string(item, "id")):
                    export.people.add(person)
                    yield _person(f"{file.name}, item {number}", person, item)
                else:
                    yield Rejected(f"{file.name}, item {number}", "a person without an id")


def _person(place: str, person: str, item: Item) -> PersonRecord:
    profile = item.get("profile")
    bot = item.get("is_bot") is True or person == "USLACKBOT"
    names = [_string(item, "name"), _string(item, "real_name")]
    if isinstance(profile, dict):
        for key in ("real_name", "display_name"):
            names += [_string(profile, key), _string(profile, f"{key}_normalized")]
        names += [_string(profile, "first_name"), _string(profile, "last_name")]
    return PersonRecord(place, person, "bot" if bot else None, _string(item, "tz") or None, _distinct(names))


def _distinct(names: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for name in names if name.strip()))


def _find_changes(file: SourceFile, channel_id: str, export: _Export) -> None:
    """Note what is edited or deleted later. Most exports say neither, and their files are not parsed for it."""
    try:
        with file.open() as opened:
            if not _contains(opened, (b"message_changed", b"message_deleted")):
                return
    except (OSError, SourceError):
        # The second reading says so.
        return
    for item in _items(file):
        if not isinstance(item, dict):
            continue
        kind = _string(item, "subtype")
        if kind == "message_changed":
            message = item.get("message")
            if isinstance(message, dict) and (ts := _stamp(message)):
                if _string(message, "subtype") == "tombstone":
                    export.deleted.add((channel_id, ts))
                else:
                    export.edits[channel_id, ts] = _string(message, "text")
        elif kind == "message_deleted":
            ts = _stamp(item, "deleted_ts")
            previous = item.get("previous_message")
            if not ts and isinstance(previous, dict):
                ts = _stamp(previous)
            if ts:
                export.deleted.add((channel_id, ts))


def _contains(opened: BinaryIO, words: tuple[bytes, ...]) -> bool:
    tail = b""
    while block := opened.read(MIB):
        if any(word in tail + block for word in words):
            return True
        tail = block[-32:]
    return False


def _items(file: SourceFile) -> Iterator[Any]:
    """The items of a file's list, one at a time; those before a break in it are read, then comes one `Rejected`.

    Not by ijson: its time grows with the square of the nesting (20 s for 40,000 brackets in one another), and
    the file of a day fits into memory.
    """
    try:
        text = file.text(limit=_MAX_DAY)
    except (OSError, SourceError):
        yield Rejected(file.name, BROKEN_FILE)
        return
    at = _past_space(text, 0)
    if text[at : at + 1] != "[":
        yield Rejected(file.name, NO_LIST)
        return
    at = _past_space(text, at + 1)
    more = text[at : at + 1] != "]"
    while more:
        try:
            item, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            yield Rejected(file.name, BROKEN)
            return
        yield item
        at = _past_space(text, at)
        more = text[at : at + 1] == ","
        if more:
            at = _past_space(text, at + 1)
    if text[at : at + 1] != "]" or _past_space(text, at + 1) < len(text):
        yield Rejected(file.name, BROKEN)


def _past_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _records(item: Any, place: str, channel_id: str, export: _Export) -> Iterator[Record]:
    if not isinstance(item, dict) or item.get("type", "message") != "message":
        yield Rejected(place, NO_MESSAGE)
        return
    kind = _string(item, "subtype")
    edit = kind == "message_changed"
    if edit:
        message = item.get("message")
        if not isinstance(message, dict):
            yield Rejected(place, EDIT_OF_NOTHING)
            return
        item, kind = message, _string(message, "subtype")
    ts = _stamp(item)
    key = channel_id, ts
    if kind in ("tombstone", "message_deleted") or key in export.deleted:
        yield Rejected(place, DELETED)
    elif kind not in _SPOKEN:
        yield Rejected(place, SYSTEM)
    elif edit and key in export.edited:
        yield Rejected(place, EDIT)
    else:
        if key in export.edits:
            export.edited.add(key)
        yield from _message(item, kind, place, channel_id, ts, export)


def _message(item: Item, kind: str, place: str, channel_id: str, ts: str, export: _Export) -> Iterator[Record]:
    moment = _moment(ts)
    if moment is None:
        yield Rejected(place, NO_TIME)
        return
    person = _sender(item, kind)
    if not person:
        yield Rejected(place, NO_SENDER)
        return
    bot = kind in _BOTS or person == _string(item, "bot_id")
    if person not in export.people:
        export.people.add(person)
        yield _unlisted(place, person, item, bot)
    thread = _stamp(item, "thread_ts") or ts
    conv_id = f"{channel_id}/{thread}"
    if channel_id in export.private and conv_id not in export.chats:
        export.chats.add(conv_id)
        yield ConversationRecord(place, conv_id, channel="chat")
    text = export.edits.get((channel_id, ts), _string(item, "text"))
    if bot and not text.strip():
        text = _attached(item)
    yield MessageRecord(
        place=place,
        msg_id=f"{channel_id}/{ts}",
        conv_id=conv_id,
        person=person,
        ts=moment,
        text=plain(text),
        reply_to=None if thread == ts else conv_id,
    )


def _sender(item: Item, kind: str) -> str:
    comment = item.get("comment")
    if kind == "file_comment" and isinstance(comment, dict):
        return _string(comment, "user")
    return _string(item, "user") or _string(item, "bot_id") or _string(item, "username")


def _unlisted(place: str, person: str, item: Item, bot: bool) -> PersonRecord:
    """A sender whom the list of people leaves out: a bot, or a guest from another workspace."""
    names = [_string(item, "username")]
    for key in ("user_profile", "bot_profile"):
        profile = item.get(key)
        if isinstance(profile, dict):
            names += [_string(profile, name) for name in ("name", "real_name", "display_name", "first_name")]
    bot = bot or person == "USLACKBOT" or bool(_string(item, "bot_id"))
    return PersonRecord(place, person, role="bot" if bot else None, aliases=_distinct(names))


def _attached(item: Item) -> str:
    attachments = item.get("attachments")
    if not isinstance(attachments, list):
        return ""
    found = [_string(part, "fallback") or _string(part, "text") for part in attachments if isinstance(part, dict)]
    return "\n".join(text for text in found if text)


def plain(text: str) -> str:
    """Slack's markup as plain text: links by their label or address, channels by name, mentions as `<@U123>`.

    Bold, code and emoji marks stay.
    """
    if "<" in text:
        text = _TOKEN.sub(_token, text)
    if "&" in text:
        # Slack escapes these three and no others; the ampersand last, or "&amp;lt;" would become "<".
        text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return text


def _token(found: re.Match[str]) -> str:
    target, _, label = found[1].partition("|")
    if _MENTION.fullmatch(target):
        return f"<{target}>"
    if target.startswith("#"):
        return f"#{label or target[1:]}"
    if target.startswith("!"):
        return label or f"@{target[1:].partition('^')[0]}"
    return label or target.removeprefix("mailto:").removeprefix("tel:")


def _string(item: Item, key: str) -> str:
    """The string under the key; empty if there is none."""
    value = item.get(key)
    return value if isinstance(value, str) else ""


def _stamp(item: Item, key: str = "ts") -> str:
    """A time stamp as Slack writes it; other programs leave out the quotation marks."""
    value = item.get(key)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value.strip() if isinstance(value, str) else ""


def _moment(ts: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(ts), UTC)
    except (ValueError, OverflowError, OSError):
        return None


SLACK = Slack()
