"""What a message looks like on the wire, its limits, and the two ways it can fail.

Layout, little endian: `CKV1`, the JSON's length (u32), the number of blocks (u32), the
length of each block (u64), the JSON, the blocks. Arrow's own IPC format would carry the
blocks too, but its reader is a second wall to guard: schemas, extension types,
dictionaries and compressed buffers, all of them chosen by the sender. Bare buffers have
none of these, and their lengths are checked here.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import Any, Final, NoReturn

MAGIC: Final = b"CKV1"
_HEAD: Final = struct.Struct("<4sII")
_DIGITS: Final = 20  # an integer of 64 bits and its sign; longer ones are tagged and written in hexadecimal


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a message may be, for both sides.

    `size` is bytes of the whole message, `depth` levels of nesting, `items` values in all
    (a list of three is four), `text` characters of one string, `bits` of one integer,
    `cells` elements of all arrays and tables together, `columns` of one table.
    """

    size: int = 64 * 2**20
    depth: int = 100
    items: int = 1_000_000
    text: int = 4_000_000
    bits: int = 200_000
    cells: int = 20_000_000
    columns: int = 10_000


class NotSent(Exception):
    """A value cannot be sent as a whole: it contains itself, or is beyond the limits."""


class BadMessage(Exception):
    """Bytes that no encoder of ours makes, or that are beyond the limits."""


def pack(tree: object, blocks: list[bytes], limits: Limits) -> bytes:
    """Put a message together; raises `NotSent` when it is larger than `limits.size`."""
    text = json.dumps(tree, ensure_ascii=False, separators=(",", ":"), check_circular=False).encode()
    lengths = struct.pack(f"<{len(blocks)}Q", *map(len, blocks))
    if beyond(text, limits):
        raise NotSent(f"it holds more than {limits.items:,} values")
    message = b"".join([_HEAD.pack(MAGIC, len(text), len(blocks)), lengths, text, *blocks])
    if len(message) > limits.size:
        raise NotSent(f"it takes {len(message):,} bytes, and {limits.size:,} are allowed")
    return message


def unpack(data: bytes | memoryview, limits: Limits) -> tuple[object, list[memoryview]]:
    """Take a message apart: its JSON, parsed, and its blocks; raises `BadMessage`."""
    if len(data) > limits.size:
        raise BadMessage(f"the message has {len(data):,} bytes, and {limits.size:,} are allowed")
    # A copy first: the sender may share the memory behind a view, and change it between a check and its use.
    data = data if type(data) is bytes else bytes(data)
    if len(data) < _HEAD.size:
        raise BadMessage("the message is cut off")
    magic, text_length, count = _HEAD.unpack_from(data)
    start = _HEAD.size + 8 * count
    if magic != MAGIC or count > limits.items or start + text_length > len(data):
        raise BadMessage("the message has no valid head")
    view = memoryview(data)
    text = data[start : start + text_length]
    start += text_length
    blocks = []
    for length in struct.unpack_from(f"<{count}Q", data, _HEAD.size):
        if length > len(data) - start:
            raise BadMessage("a block is longer than the message")
        blocks.append(view[start : start + length])
        start += length
    if start != len(data):
        raise BadMessage("bytes follow the last block")
    return parse_json(text, limits), blocks


def parse_json(text: bytes | memoryview, limits: Limits) -> Any:
    """Parse JSON whose number of values is bounded before anything is built; raises `BadMessage`."""
    text = bytes(text)
    if beyond(text, limits):
        raise BadMessage(f"the message holds more than {limits.items:,} values")
    try:
        return _DECODER.decode(text.decode())
    except (ValueError, RecursionError) as error:
        raise BadMessage("the message's JSON cannot be read") from error


def beyond(text: bytes, limits: Limits) -> bool:
    """Say whether JSON may hold too many values to be parsed.

    A rough bound, so that it costs nothing: commas and brackets, those within texts
    included, may be six times `limits.items` (a date takes a dozen, a number one).
    """
    return text.count(b",") + text.count(b"[") + text.count(b"{") > 6 * limits.items


def _integer(digits: str) -> int:
    if len(digits) > _DIGITS:
        raise ValueError("too many digits")
    return int(digits)


_DECODER: Final = json.JSONDecoder(parse_int=_integer)


def refuse(reason: str) -> NoReturn:
    """Raise `BadMessage`."""
    raise BadMessage(reason)
