"""Import a ConvoKit corpus: `utterances.jsonl` (or `.json`), `speakers.json` and `conversations.json`.

The format is described at https://convokit.cornell.edu/documentation/data_format.html. Of the metadata, those
are read that have the name of a column of ours; `coursework.importers.convokit_export` writes them so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC

from coursework.importers.errors import ImportFailed, SourceError
from coursework.importers.jsonstream import entries, list_items
from coursework.importers.records import (
    ConversationRecord,
    LabelRecord,
    MessageRecord,
    PersonRecord,
    Record,
    Rejected,
)
from coursework.importers.source import MAX_LINE, MIB, Source, SourceFile, TooLong
from coursework.importers.values import identifier, json_value, moment
from coursework.tables import CLOCKS, TABLES

BROKEN = "the JSON breaks off or is damaged here; what follows is lost"
NOT_JSON = "a line that is no JSON"
NO_OBJECT = "no JSON object"
NO_DATE = "no time"
LONG_LINE = f"a line longer than {MAX_LINE // MIB} MiB"

_CONVERSATION = frozenset(TABLES["conversation"].column_names) - {"conv_id"}
_PERSON = frozenset(TABLES["person"].column_names) - {"person_id", "role", "tz"}

Object = Mapping[str, object]


class ConvoKit:
    """A folder or archive with a ConvoKit corpus."""

    name = "convokit"
    title = "a ConvoKit corpus"
    channel = "forum"

    def recognises(self, source: Source) -> bool:
        """Whether there are utterances, and speakers or conversations beside them."""
        return _utterances(source) is not None and any(
            _beside(source, name) for name in ("speakers.json", "users.json", "conversations.json")
        )

    def read(self, source: Source, options: Mapping[str, str]) -> Iterator[Record]:
        """Speakers, then conversations, then utterances with their labels."""
        utterances = _utterances(source)
        if utterances is None:
            raise ImportFailed(
                f"{source.name} has no utterances.jsonl: name the folder or archive of a ConvoKit corpus"
            )
        speakers = _beside(source, "speakers.json") or _beside(source, "users.json")
        if speakers is not None:
            for place, name, meta in _entries(speakers):
                yield meta if isinstance(meta, Rejected) else _speaker(place, name, meta)
        conversations = _beside(source, "conversations.json")
        if conversations is not None:
            for place, name, meta in _entries(conversations):
                yield meta if isinstance(meta, Rejected) else _conversation(place, name, meta)
        for place, value in _values(utterances):
            if isinstance(value, Rejected):
                yield value
            elif isinstance(value, dict):
                yield from _utterance(place, value)
            else:
                yield Rejected(place, NO_OBJECT)


CONVOKIT = ConvoKit()


def _utterances(source: Source) -> SourceFile | None:
    found = [file for file in source.files("utterances.jsonl", "utterances.json") if _base(file) in _UTTERANCES]
    return min(found, key=lambda file: (file.name.count("/"), -len(file.name)), default=None)


_UTTERANCES = ("utterances.jsonl", "utterances.json")


def _base(file: SourceFile) -> str:
    return file.name.rpartition("/")[2]


def _beside(source: Source, name: str) -> SourceFile | None:
    """The file of that name in the folder of the utterances."""
    utterances = _utterances(source)
    return source.file(utterances.name.removesuffix(_base(utterances)) + name) if utterances is not None else None


def _entries(file: SourceFile) -> Iterator[tuple[str, str, Object | Rejected]]:
    """The entries of a file that is one object; their values may be the metadata, or hold them as "meta"."""
    number = 0
    try:
        # Places count the entries: their names may be those of people.
        for number, (name, value) in enumerate(entries(file), 1):
            place = f"{file.name}, entry {number}"
            if not isinstance(value, dict):
                yield place, name, Rejected(place, NO_OBJECT)
                continue
            meta = value.get("meta")
            yield place, name, meta if isinstance(meta, dict) else value
    except SourceError:
        raise
    except ValueError:
        place = f"{file.name}, entry {number + 1}"
        yield place, "", Rejected(place, BROKEN)


def _values(file: SourceFile) -> Iterator[tuple[str, object]]:
    if file.name.lower().endswith(".jsonl"):
        for number, line in file.lines():
            place = f"{file.name}, line {number}"
            if isinstance(line, TooLong):
                yield place, Rejected(place, LONG_LINE)
            elif line.strip():
                try:
                    yield place, json_value(file.decode(line))
                except ValueError:
                    yield place, Rejected(place, NOT_JSON)
        return
    at = 0
    try:
        for at, item in enumerate(list_items(file), 1):
            yield f"{file.name}, item {at}", item
    except SourceError:
        raise
    except ValueError:
        place = f"{file.name}, item {at + 1}"
        yield place, Rejected(place, BROKEN)


def _speaker(place: str, name: str, meta: Object) -> PersonRecord:
    return PersonRecord(
        place,
        name,
        role=_text(meta.get("role")),
        tz=_text(meta.get("tz")),
        aliases=tuple(alias for key in ("name", "username") if (alias := _text(meta.get(key)))),
        more={key: value for key, value in meta.items() if key in _PERSON and _is_plain(value)},
    )


def _conversation(place: str, name: str, meta: Object) -> ConversationRecord:
    return ConversationRecord(
        place, name, more={key: value for key, value in meta.items() if key in _CONVERSATION and _is_plain(value)}
    )


def _utterance(place: str, value: Object) -> Iterator[Record]:
    found = value.get("meta")
    meta: Object = found if isinstance(found, dict) else {}
    ts = moment(value.get("timestamp"))
    if ts is None:
        yield Rejected(place, NO_DATE)
        return
    if meta.get("clock") == CLOCKS[1]:
        ts = ts.replace(tzinfo=None)
    elif ts.tzinfo is None:
        ts = ts.replace(tzinfo=UTC)
    own = identifier(value.get("id"))
    text = value.get("text")
    # The documentation says "reply_to"; what ConvoKit writes is "reply-to". Older corpora have "user" and "root".
    yield MessageRecord(
        place,
        own,
        identifier(value.get("conversation_id", value.get("root"))),
        identifier(value.get("speaker", value.get("user"))),
        ts,
        text if isinstance(text, str) else "",
        identifier(value.get("reply_to", value.get("reply-to"))) or None,
        sent_as=_text(meta.get("sent_as")),
    )
    labels = meta.get("labels")
    for label in labels if isinstance(labels, list) else ():
        if isinstance(label, dict):
            intent, function, tone = (_text(label.get(name)) for name in ("intent", "function", "tone"))
            yield LabelRecord(place, own, _text(label.get("rater")) or "", intent, function, tone)
        else:
            yield Rejected(place, NO_OBJECT)


def _text(value: object) -> str | None:
    return identifier(value) or None


def _is_plain(value: object) -> bool:
    return not isinstance(value, dict | list)
