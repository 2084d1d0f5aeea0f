"""Import e-mail: an mbox file, a Maildir, a folder of messages in files, or one message.

What becomes of a message:

- Its conversation is named by the first message that it or its parent refers to (`References`, else
  `In-Reply-To`), since an archive is read once, front to back. A reply that stands before its parent
  and names no earlier message starts from that parent, so that a thread may fall in two where an archive
  is not in order and writers' programs name the parent alone. Subjects are never used to join
  messages: equal subjects need not be one conversation. Subjects are not kept.
- Its text is the first part in plain text, else the first in HTML; attachments and forwarded messages
  are left out. Quoted lines and signatures stay, as people left them: to find and remove them is part of
  the course.
- Its time is that of its `Date`. Without a zone it is taken as the writer's local time; "-0000" means
  UTC by a writer who does not tell the zone (RFC 5322, section 3.3).
- Its writer is the address in `From`, in small letters. Addresses of machines (mailer-daemon, no-reply,
  a list's own -bounces and -request) and senders of automatic notices (`Auto-Submitted: auto-generated`,
  RFC 3834) are bots. An automatic answer, say out of office, makes its sender no bot.

A mailbox is split at its "From " lines by `split_mbox`, not by the standard library's `mailbox`: that one
takes any line that begins with "From " for the start of a message.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.utils import parseaddr, parsedate_to_datetime
from functools import lru_cache
from typing import BinaryIO

from coursework.importers.errors import ImportFailed, SourceError
from coursework.importers.records import MessageRecord, PersonRecord, Record, Rejected
from coursework.importers.source import MIB, Source, SourceFile
from coursework.importers.source import decode as decode_bytes

MAX_MESSAGE = 64 * MIB
_CHUNK = MIB
# Long enough for any thread or name; what is longer is an attack or an accident, and would be read slowly.
_MAX_HEADER = 64 * 1024
_MAX_ADDRESS = 2048

# RFC 4155: "From bob@example.org Thu Aug 22 12:36:23 2002"; senders may be made unreadable, a zone may follow.
_FROM_LINE = re.compile(rb"From [^\n]{0,400}?\d{1,2}:\d\d(?::\d\d)?[^\n]{0,40}?\b\d{4}\b[^\n]{0,40}\r?\n")
_HEADER_LINE = re.compile(rb"[!-9;-~]{1,100}[ \t]*:|>?From ")
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_LARGE_FILE, _LONGEST_PART_HEADER = 256 * 1024, 8 * 1024
_BASE64_HEADER = re.compile(rb"^content-transfer-encoding:[ \t]*base64[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_FILE_TYPE = re.compile(rb"^content-type:[ \t]*(?!text/|multipart/|message/)[a-z]+/", re.IGNORECASE | re.MULTILINE)
_PARTS = re.compile(rb"multipart/|message/", re.IGNORECASE)
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)
_KNOWN_HEADER = re.compile(
    rb"^(?:From|Date|Message-ID|Subject|To|Received|Return-Path|Delivered-To|MIME-Version)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
# Names from X.400 systems are quoted and have spaces.
_ID = re.compile(r'<\s*("[^"<>]*"[^<>\s]*|[^<>\s]+)\s*>')
_ADDRESS = re.compile(r"[\w.+=-]+@[\w-]+(?:\.[\w-]+)*")
# Archives on the web write "bob at example.org".
_HIDDEN_AT = re.compile(r"^\s*([\w.+=-]+) at ([\w-]+(?:\.[\w-]+)+)")
_MACHINE = re.compile(
    r"(?:mailer-daemon|postmaster|majordomo|listserv|mailman|owner-.+|.+-(?:admin|bounces|confirm|owner|request)"
    r"|(?:no|do-?not)[-_.]?reply.*)(?:@|$)"
)
_NO_BASE64 = re.compile(rb"[^A-Za-z0-9+/\s]")

# What the standard library's e-mail package is known to raise on broken input, though it promises to raise nothing.
_PARSER_ERRORS = (
    MessageError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    OverflowError,
    RecursionError,
)

NO_MAIL = "not an e-mail message: it has no header"
NO_DATE = "a message without a date"
BAD_DATE = "a message whose date cannot be read"
NO_SENDER = "a message without a sender"
BAD_BASE64 = "a message whose text cannot be decoded: it is said to be in base64 and is not"
UNREADABLE = "a message too broken to be read"
BROKEN_FILE = "a file that cannot be read to its end: fetch it again, or ask its owner for permission"
TOO_LARGE = f"a message larger than {MAX_MESSAGE // MIB} MiB"
UNDELIVERED = "a message still being delivered: it is in the Maildir's folder tmp"


def split_mbox(file: BinaryIO, limit: int = MAX_MESSAGE) -> Iterator[bytes | None]:
    """The messages of an mbox file, without their "From " lines; None stands for one of more than `limit` bytes.

    A message begins where a line starts with "From ", ends with a time and year, and a header follows; the
    first line of the file needs to start with "From " only. Lines quoted as ">From " (and ">>From ") lose
    one mark. Holds one message and one block of the file in memory.
    """
    buffer = bytearray()
    begun = False  # whether the buffer starts with a "From " line
    overlong = False
    searched = 1
    while True:
        data = file.read(_CHUNK)
        buffer += data
        if not begun and buffer:
            del buffer[: len(buffer) - len(_start(buffer))]
            begun = True
        start = 0
        while (found := buffer.find(b"\nFrom ", searched - 1)) >= 0:
            at = found + 1
            # What tells a separator from prose is the line and the start of the next: wait until both are there.
            if len(buffer) - at < 1024 and data:
                searched = at
                break
            line = _FROM_LINE.match(buffer, at)
            if line is not None and _HEADER_LINE.match(buffer, line.end()):
                yield None if overlong else _unquoted(bytes(buffer[start:at]))
                overlong = False
                start = at
            searched = at + 1
        else:
            # A separator may begin in the last bytes of the block.
            searched = max(searched, len(buffer) - 5)
        del buffer[:start]
        searched = max(1, searched - start)
        if len(buffer) > limit:
            overlong = True
            # Its end is still to be found; keep no more of it than a separator may take.
            cut = len(buffer) - 2048
            del buffer[:cut]
            searched = max(1, searched - cut)
        if not data:
            break
    if buffer.strip():
        yield None if overlong else _unquoted(bytes(buffer))


def _unquoted(message: bytes) -> bytes:
    if message.startswith(b"From "):
        message = message.partition(b"\n")[2]
    return _QUOTED_FROM.sub(rb"\1", message) if b"\n>" in message else message


class Mail:
    """E-mail in mbox, Maildir or single files. See the module for what becomes of a message."""

    name = "mbox"
    title = "e-mail: an mbox file, a Maildir, or messages in files"
    channel = "email"

    def recognises(self, source: Source) -> bool:
        """Whether one of the first files is a mailbox or a message."""
        try:
            for number, file in enumerate(source.files()):
                if number == 20:
                    break
                head = file.head()
                if _is_mbox(head) or _is_message(head):
                    return True
        except (OSError, ValueError):
            return False
        return False

    def read(self, source: Source, options: Mapping[str, str]) -> Iterator[Record]:
        """Yield a message for each that can be read, and its writer when first seen under a name.

        Raises `ImportFailed` if not one file is e-mail.
        """
        reader = _Reader()
        seen = False
        rejected: list[Rejected] = []
        for file in source.files():
            try:
                for record in self._file(file, reader):
                    if isinstance(record, Rejected) and record.reason == NO_MAIL and not seen:
                        rejected.append(record)
                        continue
                    seen = True
                    yield record
            except (OSError, SourceError):
                seen = True
                yield Rejected(file.name, BROKEN_FILE)
        if not seen:
            raise ImportFailed(
                f"{source.name} holds no e-mail: give an mbox file, a Maildir, or a folder of message files"
            )
        yield from rejected

    def _file(self, file: SourceFile, reader: _Reader) -> Iterator[Record]:
        head = file.head()
        parents = file.name.split("/")[:-1]
        if parents and parents[-1] == "tmp":
            yield Rejected(file.name, UNDELIVERED)
        elif _is_mbox(head):
            with file.open() as opened:
                for number, data in enumerate(split_mbox(opened), start=1):
                    place = f"{file.name}, message {number}"
                    if data is None:
                        yield Rejected(place, TOO_LARGE)
                    else:
                        yield from reader.message(data, place, file)
        elif not _is_message(head):
            yield Rejected(file.name, NO_MAIL)
        else:
            with file.open() as opened:
                data = opened.read(MAX_MESSAGE + 1)
            if len(data) > MAX_MESSAGE:
                yield Rejected(file.name, TOO_LARGE)
            else:
                yield from reader.message(data, file.name, file)


class _Reader:
    """Messages to records. Remembers which conversation a reply belongs to, and whom it has named, but no text."""

    def __init__(self) -> None:
        # 8 bytes of the message's name -> the same of its conversation's first; only for those that are not first.
        self._conversations: dict[int, int] = {}
        self._people: set[int] = set()

    def message(self, data: bytes, place: str, file: SourceFile) -> Iterator[Record]:
        """The record of one message, after that of its writer if there is something new to tell."""
        try:
            message = _parsed(data)
            records = self._records(message, data, place, file)
        except _PARSER_ERRORS:
            records = [Rejected(place, UNREADABLE)]
        yield from records

    def _records(self, message: Message, data: bytes, place: str, file: SourceFile) -> list[Record]:
        headers = _headers(message)
        if not headers:
            return [Rejected(place, NO_MAIL)]

        def get(name: str) -> str:
            return _unfolded(headers[name]) if name in headers else ""

        ts = _date(get("date"))
        if isinstance(ts, str):
            return [Rejected(place, ts)]
        name, address = _writer(get("from"))
        if not address:
            return [Rejected(place, NO_SENDER)]
        text, is_html = _text(message, file)
        if text is None:
            return [Rejected(place, BAD_BASE64)]

        written_id = get("message-id").strip()
        found = _ID.search(written_id)
        msg_id = (found[1] if found else written_id) or "hash-" + hashlib.sha256(data).hexdigest()[:24]
        references = _ID.findall(get("references"))
        reply_to = _parent(get("in-reply-to")) or (references[-1] if references else None)
        first = references[0] if references else reply_to
        record = MessageRecord(
            place=place,
            msg_id=msg_id,
            conv_id=self._conversation(msg_id, reply_to, first),
            person=address,
            ts=ts,
            text=text,
            reply_to=reply_to,
            is_html=is_html,
        )
        person = self._person(place, address, name, get("auto-submitted"))
        return [record] if person is None else [person, record]

    def _conversation(self, msg_id: str, reply_to: str | None, first: str | None) -> str:
        known = self._conversations
        own = _short(msg_id)
        root = own
        if first is not None:
            root = known.get(_short(first), _short(first))
            if reply_to is not None and reply_to != first:
                root = known.get(_short(reply_to), root)
        # The first mention decides: a late parent and a second copy join the replies already read.
        root = known.get(own, root)
        if root != own:
            known[own] = root
        if reply_to is not None and _short(reply_to) != root:
            known.setdefault(_short(reply_to), root)
        return f"{root:016x}"

    def _person(self, place: str, address: str, name: str, submitted: str) -> PersonRecord | None:
        bot = (
            submitted.strip().lower().startswith(("auto-generated", "auto-notified"))
            or _MACHINE.match(address) is not None
        )
        key = _short(f"{address}\0{name}\0{bot}")
        if key in self._people:
            return None
        self._people.add(key)
        return PersonRecord(place, address, role="bot" if bot else None, aliases=(name,) if name else ())


def _parsed(data: bytes) -> Message:
    """The message. Of a single part the parser gets the header only: it would read the body line by line."""
    end = _BLANK_LINE.search(data)
    if end is None or _PARTS.search(data, 0, end.start()):
        return message_from_bytes(_without_files(data), policy=policy.compat32)
    message: Message = message_from_bytes(data[: end.end()], policy=policy.compat32)
    if message.defects or message.get_payload():
        # A broken header: where its text begins is the parser's to say.
        return message_from_bytes(data, policy=policy.compat32)
    message.set_payload(data[end.end() :].decode("ascii", "surrogateescape"))
    return message


def _without_files(data: bytes) -> bytes:
    """A message without the content of large files attached in base64.

    The parser holds each line by itself, some ten times the size of the message, and nothing reads these.
    """
    if len(data) < _LARGE_FILE:
        return data
    kept, at = [], 0
    for found in _BASE64_HEADER.finditer(data):
        end = _BLANK_LINE.search(data, found.end() - 1, found.end() + _LONGEST_PART_HEADER)
        begin = max(at, data.rfind(b"\n--", max(0, found.start() - _LONGEST_PART_HEADER), found.start()))
        if end is None or found.start() < at or not _FILE_TYPE.search(data, begin, end.start() + 1):
            continue
        # No line of base64 begins with the two dashes that the mark between two parts begins with.
        next_part = data.find(b"\n--", end.end() - 1)
        next_part = next_part if next_part >= 0 else len(data)
        if next_part - end.end() > _LARGE_FILE:
            kept.append(data[at : end.end()])
            at = next_part
    return b"".join([*kept, data[at:]])


def _start(data: bytes | bytearray) -> bytes:
    return bytes(data).removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")


def _is_mbox(head: bytes) -> bool:
    """Whether the file starts as a mailbox does, or in the middle of a message that another follows."""
    head = _start(head)
    if head.startswith(b"From "):
        return _HEADER_LINE.match(head.partition(b"\n")[2]) is not None
    if _is_message(head):
        return False
    return any(_HEADER_LINE.match(head, line.end()) for line in re.finditer(rb"(?m)^" + _FROM_LINE.pattern, head))


def _is_message(head: bytes) -> bool:
    """Whether the file starts with a header of which one field at least is one that all e-mail has."""
    head = _start(head)
    if not _HEADER_LINE.match(head) or head.startswith(b">"):
        return False
    return _KNOWN_HEADER.search(re.split(rb"\r?\n\r?\n", head, maxsplit=1)[0]) is not None


def _short(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest())


def _headers(message: Message) -> dict[str, str]:
    """The first header of each name, by the name in small letters. One pass: asking the message seven times is slow."""
    found: dict[str, str] = {}
    for name, value in message.raw_items():
        found.setdefault(name.lower(), str(value))
    return found


def _unfolded(header: str) -> str:
    """A header in one line. Raw bytes in it are read as UTF-8, or guessed."""
    if not header.isascii():
        header = decode_bytes(header.encode("ascii", "surrogateescape"))[0]
    if len(header) > _MAX_HEADER:
        # The first and the last names of a long list are those that count.
        half = _MAX_HEADER // 2
        header = header[:half] + " " + header[-half:]
    return header.replace("\r", "").replace("\n", "")


def _parent(header: str) -> str | None:
    """The message that `In-Reply-To` names. Old programs put words, and the writer's address in brackets, before it."""
    names = _ID.findall(header)
    if not names:
        return None
    return names[0] if header.lstrip().startswith("<") else names[-1]


def _date(header: str) -> datetime | str:
    """The moment, naive if the header tells no zone; or why there is none."""
    header = header.strip()[:200]
    if not header:
        return NO_DATE
    try:
        moment = parsedate_to_datetime(header)
    except (*_PARSER_ERRORS, IndexError):
        try:
            # Not e-mail's form, but what feeds turned into mail use.
            moment = datetime.fromisoformat(header)
        except ValueError:
            return BAD_DATE
    if moment.tzinfo is None and re.search(r"-0000\b", header):
        return moment.replace(tzinfo=UTC)
    return moment


@lru_cache(maxsize=4096)
def _writer(header: str) -> tuple[str, str]:
    """Display name and address of the writer; the address in small letters, or what stands in its place."""
    header = header[:_MAX_ADDRESS]
    hidden = _HIDDEN_AT.match(header)
    if hidden:
        header = f"{hidden[1]}@{hidden[2]}{header[hidden.end() :]}"
    name, address = parseaddr(header)
    if "@" not in address:
        found = _ADDRESS.search(header)
        address = found[0] if found else (address or header)
    return _decoded(name).strip(), " ".join(address.split()).lower()


def _decoded(text: str) -> str:
    if "=?" not in text:
        return text
    try:
        return "".join(
            piece if isinstance(piece, str) else decode_bytes(piece, charset)[0]
            for piece, charset in decode_header(text)
        )
    except (*_PARSER_ERRORS, binascii.Error):
        return text


def _text(message: Message, file: SourceFile) -> tuple[str | None, bool]:
    """The text and whether it is HTML; None if it is there and cannot be decoded, empty if there is none."""
    if not message.is_multipart() and message.get_content_type() == "text/plain":
        return _content(message, file), False
    part = _text_part(message, file)
    if part is None:
        return "", False
    return _content(part, file), part.get_content_type() in ("text/html", "text/enriched")


def _text_part(message: Message, file: SourceFile) -> Message | None:
    """The first part in plain text that says something, else the first in HTML, else one in other text."""
    ranks = {"text/plain": 0, "text/html": 1}
    best: tuple[int, Message] | None = None
    waiting = [message]
    while waiting:
        part = waiting.pop()
        kind = part.get_content_type()
        if part.is_multipart():
            # A forwarded message has words of someone else.
            if part.get_content_maintype() == "multipart":
                waiting += reversed([inner for inner in part.get_payload() if isinstance(inner, Message)])
            continue
        if not kind.startswith("text/") or kind == "text/calendar" or part.get_content_disposition() == "attachment":
            continue
        rank = ranks.get(kind, 2)
        if best is not None and rank >= best[0]:
            continue
        if rank == 0 and not (_content(part, file, count=False) or "").strip():
            rank = 3
        best = (rank, part)
        if rank == 0:
            break
    return best[1] if best else None


def _content(part: Message, file: SourceFile, count: bool = True) -> str | None:
    """The decoded text of a part, or None if it is in base64 that is none. `count` a guess of the encoding."""
    payload = part.get_payload()
    if not isinstance(payload, str):
        return ""
    if str(part.get("content-transfer-encoding", "")).strip().lower() == "base64":
        data = _base64(payload.encode("ascii", "replace"))
        if data is None:
            return None
    else:
        decoded = part.get_payload(decode=True)
        data = decoded if isinstance(decoded, bytes) else b""
    try:
        charset = part.get_content_charset()
    except _PARSER_ERRORS:
        charset = None
    text = file.decode(data, charset) if count else decode_bytes(data, charset)[0]
    return text.replace("\r\n", "\n").rstrip()


def _base64(payload: bytes) -> bytes | None:
    """What base64 says; cut short, it says its beginning. None if it is some other text.

    What follows the closing "=" is left out: lists put their footers there.
    """
    body = payload.partition(b"=")[0]
    strange = _NO_BASE64.findall(body)
    if len(strange) > len(body) // 100:
        return None
    code = b"".join(_NO_BASE64.sub(b"", body).split())
    if len(code) % 4 == 1:
        code = code[:-1]
    return binascii.a2b_base64(code + b"=" * (-len(code) % 4))


MBOX = Mail()
