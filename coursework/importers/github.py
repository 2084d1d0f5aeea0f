"""GitHub's issues and the comments on them, as its REST API gives them.

Files are `.json` or `.jsonl`: lists of issues (`GET /repos/OWNER/REPO/issues?state=all`) and of comments
(`GET /repos/OWNER/REPO/issues/comments`) in any order and any number of files, pages one after another or in a list of
lists (`gh api --paginate`, with `--slurp` or not), one object a line, or the answer of a search. Format:
docs.github.com/en/rest/issues.

- An issue is a conversation and its first message, title and body; comments answer that message. Nothing says
  which comment answers which other.
- Pull requests and comments on them are rejected: they are proposals of code, not questions of customers.
- Who owns the repository, is a member or collaborator has the role agent (anywhere in the source: who was a
  member later was one all along), accounts of type Bot are bots, everybody else is a customer.
- Times are UTC. `first_response` is the first comment of an agent who is not the issue's author, `agent` who wrote it.
- `state_reason` "completed" means resolved; "not_planned" and "duplicate" not resolved; an issue that is
  open, or was closed without a reason, says neither.
- Accounts that were deleted are one unknown person for each issue: nothing says whether they are one.
- Markdown stays as it is.

Texts are not kept while reading; a few values for each issue and person are.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import ijson

from coursework.importers.errors import ImportFailed, SourceError
from coursework.importers.records import ConversationRecord, MessageRecord, PersonRecord, Record, Rejected
from coursework.importers.source import Source, SourceFile, TooLong
from coursework.importers.values import json_value, moment

DAMAGED = "not JSON from here on, or it breaks off: what stands before was read, fetch the file again"
BAD_LINE = "a line that is not a JSON object"
TOO_LONG = "a line longer than 16 MiB"
PULL_REQUEST = "a pull request, not an issue"
PULL_COMMENT = "a comment on a pull request, not on an issue"
UNKNOWN_ITEM = "neither an issue nor a comment as GitHub's REST API gives them"
NO_NUMBER = "an issue without a number, or a comment that names no issue"
NO_TIME = "no created_at, or one that is no time"
BAD_TEXT = "a title or body that is not text"
NO_COMMENTS = "an issue with comments of which the source holds none: fetch the comments, too"

_ENDINGS = (".json", ".jsonl", ".ndjson")
_AGENTS = {"OWNER", "MEMBER", "COLLABORATOR"}
_RESOLVED = {"completed": True, "not_planned": False, "duplicate": False}
_ISSUE_URL = re.compile(r"([^/\s]+/[^/\s]+)/(?:issues|pull)/(\d+)(?:[#?/].*)?", re.DOTALL)
_DEEPEST = 100
_RANK = {"customer": 0, "agent": 1, "bot": 2}


class GitHub:
    """Importer of GitHub issues and comments; see the module."""

    name = "github"
    title = "GitHub issues and comments (JSON of the REST API)"
    channel = "forum"

    def recognises(self, source: Source) -> bool:
        """Whether one of the first JSON files begins like a list of issues or of comments. Never raises."""
        try:
            heads = (file.head().replace(b"\0", b"") for file, _ in zip(_files(source), range(20), strict=False))
            return any(
                b'"issue_url"' in head or (b'"repository_url"' in head and b'"comments_url"' in head) for head in heads
            )
        except SourceError:
            return False

    def read(self, source: Source, options: Mapping[str, str]) -> Iterator[Record]:
        """The records; people and conversations come last, when all comments have been seen. Takes no option."""
        reading = _Reading()
        file = None
        for file in _files(source):
            for place, item in _items(file):
                if isinstance(item, Rejected):
                    yield item
                else:
                    yield from reading.take(place, item)
        if file is None:
            raise ImportFailed(f"{source.name} holds no .json or .jsonl file: give issues and comments as JSON")
        yield from reading.people_and_conversations()


GITHUB = GitHub()


@dataclass(slots=True)
class _Conversation:
    """What is known so far of an issue; it may be known from comments alone."""

    place: str
    author: str | None = None
    opened: datetime | None = None
    closed: datetime | None = None
    resolved: bool | None = None
    expects_comments: bool = False
    has_comments: bool = False
    # The first two agents who commented, the earliest first: one of them may be the author, who is known later.
    answers: tuple[tuple[datetime, str], ...] = ()


class _Reading:
    """Turns items into records and remembers what conversations need."""

    def __init__(self) -> None:
        self._people: dict[str, PersonRecord] = {}
        self._conversations: dict[str, _Conversation] = {}

    def take(self, place: str, item: object) -> Iterator[Record]:
        """The records of one issue or comment."""
        if not isinstance(item, dict):
            yield Rejected(place, UNKNOWN_ITEM)
        elif isinstance(item.get("items"), list) and "total_count" in item:
            # A page of a search: at most a hundred items.
            for index, found in enumerate(item["items"], 1):
                yield from self.take(f"{place}.{index}", found)
        elif item.get("pull_request") is not None:
            yield Rejected(place, PULL_REQUEST)
        elif "pull_request_url" in item:
            yield Rejected(place, PULL_COMMENT)
        elif "issue_url" in item:
            yield from self._comment(place, item)
        elif "number" in item and "title" in item:
            yield from self._issue(place, item)
        else:
            yield Rejected(place, UNKNOWN_ITEM)

    def people_and_conversations(self) -> Iterator[Record]:
        """The people, each with the highest role seen, and the conversations, when everything has been taken."""
        yield from self._people.values()
        for conv_id, known in self._conversations.items():
            if known.expects_comments and not known.has_comments:
                yield Rejected(known.place, NO_COMMENTS)
            answer = next((answer for answer in known.answers if answer[1] != known.author), None)
            yield ConversationRecord(
                known.place,
                conv_id,
                channel="forum",
                opened=known.opened,
                first_response=answer[0] if answer is not None else None,
                closed=known.closed,
                resolved=known.resolved,
                agent=answer[1] if answer is not None else None,
            )

    def _issue(self, place: str, item: dict[str, Any]) -> Iterator[Record]:
        conv_id = _issue_of(item.get("url")) or _issue_of(item.get("html_url"))
        number, title, body = item["number"], item["title"], item.get("body")
        if conv_id is None and isinstance(number, int) and not isinstance(number, bool):
            conv_id = f"#{number}"
        ts = _moment(item, "created_at")
        if conv_id is None:
            yield Rejected(place, NO_NUMBER)
        elif ts is None:
            yield Rejected(place, NO_TIME)
        elif not isinstance(title, str) or not isinstance(body, str | None):
            yield Rejected(place, BAD_TEXT)
        else:
            person, role = _author(item, conv_id)
            self._meet(place, person, role, item)
            yield MessageRecord(place, conv_id, conv_id, person, ts, f"{title}\n\n{body}" if body else title)
            known = self._conversations.setdefault(conv_id, _Conversation(place))
            if known.opened is not None:
                return  # a second copy; its message has the same id, so the collector rejects it
            reason, comments = item.get("state_reason"), item.get("comments")
            known.place, known.author, known.opened = place, person, ts
            known.closed = _moment(item, "closed_at")
            known.resolved = _RESOLVED.get(reason) if isinstance(reason, str) else None
            known.expects_comments = isinstance(comments, int) and comments > 0

    def _comment(self, place: str, item: dict[str, Any]) -> Iterator[Record]:
        page, number, body = item.get("html_url"), item.get("id"), item.get("body")
        conv_id, ts = _issue_of(item["issue_url"]), _moment(item, "created_at")
        if isinstance(page, str) and "/pull/" in page:
            yield Rejected(place, PULL_COMMENT)
        elif conv_id is None:
            yield Rejected(place, NO_NUMBER)
        elif ts is None:
            yield Rejected(place, NO_TIME)
        elif not isinstance(body, str | None):
            yield Rejected(place, BAD_TEXT)
        else:
            person, role = _author(item, conv_id)
            self._meet(place, person, role, item)
            msg_id = f"{conv_id}/{number}" if isinstance(number, int | str) else f"{conv_id}/{place}"
            yield MessageRecord(place, msg_id, conv_id, person, ts, body or "", reply_to=conv_id)
            known = self._conversations.setdefault(conv_id, _Conversation(place))
            known.has_comments = True
            # An API answer may mix times with and without a zone only if somebody edited it; such are not compared.
            if role == "agent" and ts.tzinfo is not None:
                earliest = dict[str, datetime]()
                for when, who in sorted((*known.answers, (ts, person))):
                    earliest.setdefault(who, when)
                known.answers = tuple((when, who) for who, when in earliest.items())[:2]

    def _meet(self, place: str, person: str, role: str, item: Mapping[str, object]) -> None:
        known = self._people.get(person)
        if known is None:
            aliases = () if _login(item) is None else (person,)
            self._people[person] = PersonRecord(place, person, role=role, aliases=aliases)
        elif _RANK[role] > _RANK[known.role or "customer"]:
            known.role = role


def _files(source: Source) -> Iterator[SourceFile]:
    return source.files(*_ENDINGS)


def _items(file: SourceFile) -> Iterator[tuple[str, object]]:
    """Each item of a file with its place, or a `Rejected` where there is a flaw."""
    try:
        head = file.head(64 * 1024)
        utf16 = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        start = head.decode("utf-16" if utf16 else "utf-8-sig", "replace").lstrip()
        if not start:
            yield file.name, Rejected(file.name, DAMAGED)
        elif start.startswith("{") and _is_object(start.partition("\n")[0]):
            yield from _json_lines(file)
        else:
            yield from _json_stream(file, utf16)
    except SourceError:
        yield file.name, Rejected(file.name, DAMAGED)


def _is_object(line: str) -> bool:
    """Whether a line is an object by itself. One longer than the head that was read is taken for one."""
    try:
        return isinstance(json_value(line), dict)
    except ValueError:
        return len(line) > 60 * 1024


def _json_lines(file: SourceFile) -> Iterator[tuple[str, object]]:
    for number, line in file.lines():
        place = f"{file.name}, line {number}"
        if isinstance(line, TooLong):
            yield place, Rejected(place, TOO_LONG)
        elif line.strip():
            try:
                item = json_value(file.decode(line))
            except ValueError:
                item = None
            if not isinstance(item, dict):
                yield place, Rejected(place, BAD_LINE)
            else:
                yield place, item


def _json_stream(file: SourceFile, utf16: bool) -> Iterator[tuple[str, object]]:
    number = 0
    try:
        with file.open() as opened:
            stream: Any = opened
            if utf16:
                recoded = codecs.EncodedFile(cast(Any, opened), "utf-8", "utf-16", "replace")
                # Given the recoder itself, ijson would read past it, from the file.
                stream = ijson.from_iter(iter(lambda: recoded.read(1 << 16), b""))
            elif file.head(3) == codecs.BOM_UTF8:
                opened.read(3)
            for number, item in enumerate(_outermost(stream), 1):
                yield f"{file.name}, item {number}", item
    except (ijson.JSONError, ValueError, OverflowError):
        place = f"{file.name}, after item {number}"
        yield place, Rejected(place, DAMAGED)


def _outermost(stream: object) -> Iterator[object]:
    """The outermost objects, whatever lists they stand in, and values that stand in no object.

    Not `ijson.items`: it keeps the whole path of every level, and a hundred thousand brackets fill the memory.
    """
    builder, depth = None, 0
    # Pages fetched one after another are several values in one file.
    for event, value in ijson.basic_parse(stream, multiple_values=True, use_float=True):
        if builder is None:
            if event == "start_map":
                builder = ijson.ObjectBuilder()
            elif event in ("start_array", "end_array"):
                continue
            else:
                yield value
                continue
        builder.event(event, value)
        if event in ("start_map", "start_array"):
            depth += 1
            if depth > _DEEPEST:
                raise ValueError("nested too deeply")
        elif event in ("end_map", "end_array"):
            depth -= 1
            if depth == 0:
                yield builder.value
                builder = None


def _issue_of(url: object) -> str | None:
    """ "owner/repo#12" of an issue's address."""
    # Addresses are short; searching very long strings would take time that grows with their square.
    found = _ISSUE_URL.search(url) if isinstance(url, str) and len(url) < 1000 else None
    return f"{found[1]}#{found[2]}" if found is not None else None


def _moment(item: Mapping[str, object], name: str) -> datetime | None:
    value = item.get(name)
    return moment(value) if isinstance(value, str) else None


def _login(item: Mapping[str, object]) -> str | None:
    user = item.get("user")
    login = user.get("login") if isinstance(user, dict) else None
    return login if isinstance(login, str) and login and login != "ghost" else None


def _author(item: Mapping[str, object], conv_id: str) -> tuple[str, str]:
    """The author and the role."""
    login, user = _login(item), item.get("user")
    if login is None:
        return f"deleted account in {conv_id}", "customer"
    if login.endswith("[bot]") or (isinstance(user, dict) and user.get("type") == "Bot"):
        return login, "bot"
    association = item.get("author_association")
    return login, "agent" if isinstance(association, str) and association in _AGENTS else "customer"
