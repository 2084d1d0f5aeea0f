"""Make what people would import: the same made-up conversations in each format, nothing in it to be rejected.

Each function writes to the path it is given, or that with an ending, and returns what to import.
"""

from __future__ import annotations

import base64
import csv as csv_file
import itertools
import json
import quopri
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from coursekit.synthesis import write_world
from coursework.importers import export_convokit

SEED = 30
# With its headers, a mail is then about as long as those of public lists: 4,058 bytes on average of 302.
_BODY = 3_000
# The STAR corpus has 108,137 turns in 6,652 dialogues.
_TURNS = 16


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the world; `number` is its place in the order of time."""

    number: int
    id: str
    thread: str
    parent: str
    person: str
    ts: datetime
    text: str


@dataclass(frozen=True)
class World:
    """The messages in the order of time, and the canonical tables they are from."""

    folder: Path
    messages: list[Message]


def world(messages: int, folder: Path) -> World:
    """About so many messages in `folder`, without dirt."""
    data = folder / "world"
    write_world(messages, SEED, data, folder / "truth")
    with (data / "message.csv").open(newline="", encoding="utf-8") as file:
        rows = sorted(csv_file.DictReader(file), key=lambda row: row["ts"])
    found = [
        Message(
            number,
            row["msg_id"],
            row["conv_id"],
            row["reply_to"],
            row["person_id"],
            datetime.fromisoformat(row["ts"]),
            row["text"],
        )
        for number, row in enumerate(rows)
    ]
    return World(data, found)


def _records(world: World) -> Iterator[dict[str, str]]:
    for message in world.messages:
        yield {
            "id": message.id,
            "thread_id": message.thread,
            "in_reply_to": message.parent,
            "author": message.person,
            "created_at": message.ts.isoformat(),
            "body": message.text,
        }


def csv(world: World, path: Path) -> Path:
    """A table of messages, with the columns called as another program would."""
    with (path := path.with_suffix(".csv")).open("w", newline="", encoding="utf-8") as file:
        writer = csv_file.DictWriter(file, next(_records(world)))
        writer.writeheader()
        writer.writerows(_records(world))
    return path


def jsonl(world: World, path: Path) -> Path:
    """The same, an object a line."""
    path = path.with_suffix(".jsonl")
    path.write_text("".join(json.dumps(record) + "\n" for record in _records(world)), encoding="utf-8")
    return path


def slack(world: World, path: Path) -> Path:
    """An export as a zip file: one channel, a file for each day."""
    # A stamp identifies a message, so that no two may have the same.
    stamps = {message.id: f"{message.ts.timestamp():.0f}.{message.number % 10**6:06}" for message in world.messages}
    roots: dict[str, str] = {}
    people = sorted({message.person for message in world.messages})
    with zipfile.ZipFile(path := path.with_suffix(".zip"), "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("channels.json", json.dumps([{"id": "C01", "name": "general", "members": people}]))
        users = [{"id": f"U{name}", "name": name, "tz": "Europe/Berlin", "profile": {}} for name in people]
        archive.writestr("users.json", json.dumps(users))
        for day, messages in itertools.groupby(world.messages, lambda message: message.ts.date()):
            items = []
            for message in messages:
                root = roots.setdefault(message.thread, stamps[message.id])
                item = {
                    "type": "message",
                    "user": f"U{message.person}",
                    "text": message.text,
                    "ts": stamps[message.id],
                    "thread_ts": root,
                    "client_msg_id": f"{message.number:032x}",
                    "blocks": [{"type": "rich_text", "elements": [{"type": "text", "text": message.text}]}],
                }
                items.append(item)
            archive.writestr(f"general/{day}.json", json.dumps(items, indent=1))
    return path


def mbox(world: World, path: Path) -> Path:
    """A mailbox with one mail for each message, that says the same as in the other formats and no more."""
    with (path := path.with_suffix(".mbox")).open("wb") as file:
        file.writelines(_mail(world, message.number, length=0) for message in world.messages)
    return path


def mailbox(world: World, path: Path, size: int) -> tuple[Path, int]:
    """A mailbox of at least so many bytes, of mails as long as those of public lists, and how many are in it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        for count in itertools.count():
            if file.tell() >= size:
                return path, count
            file.write(_mail(world, count, _BODY))
    raise AssertionError("itertools.count never ends")


def _mail(world: World, number: int, length: int) -> bytes:
    """A mail with a body of at least `length` characters: plain, quoted-printable, base64, or HTML too, in turn."""
    again, place = divmod(number, len(world.messages))
    message = world.messages[place]
    texts, written = [message.text], len(message.text)
    for other in itertools.count(place + 1):
        if written >= length:
            break
        more = world.messages[other % len(world.messages)].text
        texts.append("\n".join(f"> {line}" for line in more.splitlines()) if other % 2 else more)
        written += len(more)
    body, half = "\n\n".join(texts).encode(), "\n\n".join(texts[: len(texts) // 2 + 1]).encode()
    address = f"{message.person}@example.org"
    parent = f"In-Reply-To: <{message.parent}.{again}@example.org>\n" if message.parent else ""
    head = (
        f"From {address} {message.ts:%a %b %d %H:%M:%S %Y}\n"
        + "".join(
            f"Received: from relay-{hop}.example.org (relay-{hop}.example.org [192.0.2.{hop}])\n"
            f"\tby mail.example.org with ESMTP id {number:08x}{hop}; {format_datetime(message.ts)}\n"
            for hop in (1, 2, 3)
        )
        + f"From: {message.person} <{address}>\nTo: list@lists.example.org\nSubject: {message.thread}\n"
        f"Date: {format_datetime(message.ts)}\nMessage-ID: <{message.id}.{again}@example.org>\n"
        f"{parent}MIME-Version: 1.0\n"
    )
    plain = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: "
    kind = number % 4
    if kind == 0:
        rest = f"{plain}8bit\n\n".encode() + body
    elif kind == 1:
        rest = f"{plain}quoted-printable\n\n".encode() + quopri.encodestring(body)
    elif kind == 2:
        rest = f"{plain}base64\n\n".encode() + base64.encodebytes(body)
    else:
        html = b"<html><body><p>" + half + b"</p></body></html>"
        rest = (
            b'Content-Type: multipart/alternative; boundary="part"\n\n--part\n'
            + f"{plain}8bit\n\n".encode()
            + half
            + b"\n--part\nContent-Type: text/html; charset=utf-8\n\n"
            + html
            + b"\n--part--"
        )
    return head.encode() + rest + b"\n\n"


def convokit(world: World, path: Path) -> Path:
    """A corpus as `coursekit data export` writes it, with speakers, conversations and labels."""
    export_convokit(world.folder, path)
    return path


def irc(world: World, path: Path) -> Path:
    """A log for each day, with links of who answers whom."""
    path.mkdir(parents=True)
    for day, messages in itertools.groupby(world.messages, lambda message: message.ts.date()):
        lines, links = [], []
        places: dict[str, int] = {}
        for place, message in enumerate(messages):
            places[message.id] = place
            said = " ".join(message.text.split())
            lines.append(f"[{message.ts:%H:%M}] <{message.person}> {said}\n")
            links.append(f"{places.get(message.parent, place)} {place} -\n")
        (path / f"{day}.raw.txt").write_text("".join(lines), encoding="utf-8")
        (path / f"{day}.annotation.txt").write_text("".join(links), encoding="utf-8")
    return path


def star(world: World, path: Path) -> Path:
    """Dialogues of sixteen turns, a file for each."""
    path.mkdir(parents=True)
    start = datetime(2025, 9, 1, tzinfo=UTC).timestamp()
    for number, first in enumerate(range(0, len(world.messages), _TURNS)):
        events: list[dict[str, Any]] = []
        for turn, message in enumerate(world.messages[first : first + _TURNS]):
            at = {"UnixTime": int(start + number * 1_000 + turn * 30)}
            if turn % 2:
                # What the wizard typed to be offered sentences: never sent, but a third of the corpus' events.
                events.append({"Agent": "Wizard", "Action": "request_suggestions", "Text": message.text, **at})
            who, how = ("Wizard", "pick_suggestion") if turn % 2 else ("User", "utter")
            events.append({"Agent": who, "Action": how, "Text": message.text, **at})
        dialogue = {
            "FORMAT-VERSION": 7,
            "DialogueID": number,
            "CompletionLevel": "Complete",
            "AnonymizedUserWorkerID": f"user-{number % 500}",
            "AnonymizedWizardWorkerID": f"wizard-{number % 100}",
            "Events": events,
            "UserQuestionnaire": [{"Question": "Did the assistant stay calm and helpful?", "Answer": number % 20 > 0}],
        }
        (path / f"{number}.json").write_text(json.dumps(dialogue, indent=2), encoding="utf-8")
    return path


def github(world: World, path: Path) -> Path:
    """Issues and comments as the REST API gives them, addresses and all."""
    path.mkdir(parents=True)
    host, repository = "https://api.github.com", "example/example"
    numbers: dict[str, int] = {}
    issues: dict[int, dict[str, Any]] = {}
    comments = []
    for message in world.messages:
        number = numbers.setdefault(message.thread, len(numbers) + 1)
        address = f"{host}/repos/{repository}/issues/{number}"
        stamp = f"{message.ts:%Y-%m-%dT%H:%M:%SZ}"
        common = {
            "id": message.number,
            "node_id": f"N{message.number:020}",
            "user": _account(host, message.person),
            "created_at": stamp,
            "updated_at": stamp,
            "author_association": "MEMBER" if message.person.startswith("a") else "NONE",
            "body": message.text,
            "reactions": {"url": f"{address}/reactions", "total_count": 0, "+1": 0, "-1": 0, "laugh": 0, "heart": 0},
        }
        if number in issues:
            issues[number]["comments"] += 1
            comments.append({"url": f"{address}/comments/{message.number}", "issue_url": address, **common})
        else:
            more = {"title": message.text[:60], "state": "open", "comments": 0, "labels": [], "closed_at": None}
            links = {
                f"{name}_url": f"{address}/{name}" for name in ("labels", "comments", "events", "html", "timeline")
            }
            base = {"url": address, "repository_url": f"{host}/repos/{repository}", "number": number}
            issues[number] = {**base, **links, **more, **common}
    (path / "issues.json").write_text(json.dumps(list(issues.values())), encoding="utf-8")
    (path / "comments.json").write_text(json.dumps(comments), encoding="utf-8")
    return path


def _account(host: str, login: str) -> dict[str, Any]:
    names = ("followers", "following", "gists", "starred", "subscriptions", "organizations", "repos", "events")
    links = {f"{name}_url": f"{host}/users/{login}/{name}" for name in names}
    return {"login": login, "type": "User", "site_admin": False, "url": f"{host}/users/{login}", **links}
