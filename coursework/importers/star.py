"""STAR: dialogues between customers and people who play a service's assistant.

The corpus of Mosig, Mehri and Kober 2020 (arXiv 2010.11853, github.com/RasaHQ/STAR): one JSON object a
file, `dialogues/1.json`, with a list of events in their order.

- Messages are what one side sent to the other: the user's `utter`, the wizard's `utter` and `pick_suggestion`.
  What the wizard typed to get suggestions (`request_suggestions`) was never sent, and instructions, queries
  and their results are no conversation; of these there is no record.
- A message answers the last one of the other side.
- `UnixTime` is in whole seconds, UTC; microseconds count the messages within a second, to keep their order.
- `opened` is the user's first message, `first_response` the wizard's first after it, `closed` the user's
  `complete`, or the last event where there is none: a dialogue that broke off is over, too.
- `CompletionLevel` "Complete" means resolved, a disconnection not resolved.
- `csat` is 5 where the user says that the assistant stayed calm and helpful, 1 where not. The question has no more
  than these two answers; the points between them do not occur.
- A user and a wizard are different people: the corpus does not say whether one worker played both parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from coursework.importers.errors import ImportFailed, SourceError
from coursework.importers.records import ConversationRecord, MessageRecord, PersonRecord, Record, Rejected
from coursework.importers.source import Source, SourceFile
from coursework.importers.values import json_value

DAMAGED = "not JSON, or it breaks off: fetch the file again"
NO_DIALOGUE = "not a STAR dialogue: no JSON object with a list of Events"
NO_EVENT = "an event that is not a JSON object with Agent and Action"
NO_TEXT = "a message without a text"
NO_TIME = "a message without a UnixTime, or one that is no time"
NO_WORDS = "a dialogue in which nobody said anything"
UNKNOWN_EVENT = "an event with words whose Agent and Action are not known"
NO_ANSWER = "an answer to the questionnaire that is neither yes nor no"

_SAID = {("User", "utter"), ("Wizard", "utter"), ("Wizard", "pick_suggestion")}
_NOT_SENT = {("Wizard", "request_suggestions"), ("UserGuide", "instruct")}
_RESOLVED = {"Complete": True, "EarlyDisconnectDuringDialogue": False, "DisconnectDuringDialogue": False}
_SIDES = {"User": "customer", "Wizard": "agent"}
_SATISFIED = "calm and helpful"


class Star:
    """Importer of STAR dialogues; see the module."""

    name = "star"
    title = "STAR dialogues"
    channel = "chat"

    def recognises(self, source: Source) -> bool:
        """Whether one of the first JSON files begins like a dialogue. Never raises."""
        try:
            heads = (file.head() for file, _ in zip(source.files(".json"), range(20), strict=False))
            return any(b'"DialogueID"' in head and b'"CompletionLevel"' in head for head in heads)
        except SourceError:
            return False

    def read(self, source: Source, options: Mapping[str, str]) -> Iterator[Record]:
        """The records of all dialogues, one file in memory at a time. Takes no option."""
        known: set[str] = set()
        file = None
        for file in source.files(".json"):
            try:
                dialogue = json_value(file.text())
            except ValueError:  # SourceError is one, too
                yield Rejected(file.name, DAMAGED)
                continue
            if not isinstance(dialogue, dict) or not isinstance(dialogue.get("Events"), list):
                yield Rejected(file.name, NO_DIALOGUE)
                continue
            yield from _read_dialogue(file, dialogue, known)
        if file is None:
            raise ImportFailed(f"{source.name} holds no .json file: give the folder `dialogues` of the STAR corpus")


STAR = Star()


def _read_dialogue(file: SourceFile, dialogue: dict[str, object], known: set[str]) -> Iterator[Record]:
    number = dialogue.get("DialogueID")
    conv_id = str(number) if isinstance(number, (int, str)) else file.name.removesuffix(".json")
    people = {side: _person(dialogue, side, conv_id) for side in _SIDES}
    last: dict[str, str] = {}
    first: dict[str, datetime] = {}
    closed = completed = previous = None
    within = 0
    events = dialogue["Events"]
    assert isinstance(events, list)
    for index, event in enumerate(events):
        place = f"{file.name}, event {index + 1}"
        kind = (event.get("Agent"), event.get("Action")) if isinstance(event, dict) else (None, None)
        if not (isinstance(kind[0], str) and isinstance(kind[1], str)):
            yield Rejected(place, NO_EVENT)
            continue
        ts, text = _moment(event.get("UnixTime")), event.get("Text")
        if ts is not None:
            closed = max(closed or ts, ts)
        if kind == ("User", "complete"):
            completed = ts
        if kind not in _SAID:
            if text is not None and kind not in _NOT_SENT:
                yield Rejected(place, UNKNOWN_EVENT)
            continue
        if not isinstance(text, str):
            yield Rejected(place, NO_TEXT)
            continue
        if ts is None:
            yield Rejected(place, NO_TIME)
            continue
        within = within + 1 if ts == previous else 0
        previous = ts
        ts = ts.replace(microsecond=min(ts.microsecond + within, 999_999))
        side = kind[0]
        if side == "User" or "User" in first:
            first.setdefault(side, ts)
        other = "Wizard" if side == "User" else "User"
        person, msg_id = people[side], f"{conv_id}:{index}"
        if person not in known:
            known.add(person)
            yield PersonRecord(place, person, role=_SIDES[side])
        yield MessageRecord(place, msg_id, conv_id, person, ts, text, reply_to=last.get(other))
        last[side] = msg_id
    csat, flaw = _csat(dialogue.get("UserQuestionnaire"))
    if flaw:
        yield Rejected(f"{file.name}, UserQuestionnaire", flaw)
    if not last:
        yield Rejected(file.name, NO_WORDS)
    else:
        level = dialogue.get("CompletionLevel")
        yield ConversationRecord(
            file.name,
            conv_id,
            channel="chat",
            opened=first.get("User"),
            first_response=first.get("Wizard"),
            closed=_not_before(completed or closed, previous, within),
            resolved=_RESOLVED.get(level) if isinstance(level, str) else None,
            csat=csat,
            agent=people["Wizard"] if "Wizard" in last else None,
        )


def _person(dialogue: Mapping[str, object], side: str, conv_id: str) -> str:
    worker = dialogue.get(f"Anonymized{side}WorkerID")
    # Without an id nothing says that two dialogues share a person.
    return f"{side.lower()} {worker}" if isinstance(worker, str) and worker else f"{side.lower()} of dialogue {conv_id}"


def _moment(value: object) -> datetime | None:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _not_before(closed: datetime | None, previous: datetime | None, within: int) -> datetime | None:
    """The end of a dialogue; in the second of its last message, it is not before that message's place in it."""
    if closed is None or closed != previous:
        return closed
    return closed.replace(microsecond=min(closed.microsecond + within, 999_999))


def _csat(answers: object) -> tuple[int | None, str]:
    """The points, None if the question was not answered, and what is wrong with the answer."""
    if not isinstance(answers, list):
        return None, ""
    for answer in answers:
        if isinstance(answer, dict) and _SATISFIED in str(answer.get("Question", "")).lower():
            given = answer.get("Answer")
            if isinstance(given, bool):
                return (5 if given else 1), ""
            return None, (NO_ANSWER if given is not None else "")
    return None, ""
