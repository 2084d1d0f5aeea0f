"""Read a long JSON list or object item by item, in memory for one item at a time.

Not by ijson: its time, and with objects its memory, grow with the square of the nesting (10 GB for 100,000
brackets in one another), it reads a long string in quadratic time, and it gives up on half of a character ("\\ud83d"),
which programs that cut texts leave behind. The standard library's decoder does none of this, and is given the text
in blocks that double until an item is whole.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import BinaryIO

from coursework.importers.source import MAX_LINE, MIB, SourceFile

_SPACE = re.compile(r"[ \t\r\n]*")
_NOT_UTF_8 = re.compile("[\udc80-\udcff]")
_LONGEST_NUMBER = 400


def list_items(file: SourceFile) -> Iterator[object]:
    """The items of a file that is one list. Raises `ValueError` where it is damaged, after what stands before.

    Damaged is also an item that is nested too deeply or longer than `MAX_LINE`, and what follows the list.
    """
    with file.open_utf8() as opened:
        text = _Text(opened, file)
        text.take("[")
        more = text.peek() != "]"
        while more:
            yield text.value()
            more = text.peek() == ","
            if more:
                text.take(",")
        text.take("]")
        text.end()


def entries(file: SourceFile) -> Iterator[tuple[str, object]]:
    """The names and values of a file that is one object. Raises `ValueError` as `list_items` does."""
    with file.open_utf8() as opened:
        text = _Text(opened, file)
        text.take("{")
        more = text.peek() != "}"
        while more:
            name = text.value()
            if not isinstance(name, str):
                raise ValueError("a name that is no text")
            text.take(":")
            yield name, text.value()
            more = text.peek() == ","
            if more:
                text.take(",")
        text.take("}")
        text.end()


class _Text:
    """What is left of a file, as text."""

    def __init__(self, opened: BinaryIO, file: SourceFile) -> None:
        self._opened = opened
        self._file = file
        # Bytes that are no UTF-8 come through as halves of characters; an item that has some is decoded anew.
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._text = ""
        self._at = 0
        self._ended = False

    def peek(self) -> str:
        """The next character that is no space; empty at the end of the file."""
        while True:
            found = _SPACE.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text) or not self._more(64 * 1024):
                return self._text[self._at : self._at + 1]

    def take(self, mark: str) -> None:
        """Go past the mark, which must come next."""
        if self.peek() != mark:
            raise ValueError(f"no {mark}")
        self._at += 1

    def end(self) -> None:
        """Nothing may come any more."""
        if self.peek():
            raise ValueError("something follows")

    def value(self) -> object:
        """The next value."""
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except RecursionError:
                raise ValueError("nested too deeply") from None
            except ValueError:
                held = len(self._text) - self._at
                if held > MAX_LINE or not self._more(max(held, 64 * 1024)):
                    raise
                continue
            # A number may go on in the next block.
            if end == len(self._text) and self._more(64 * 1024):
                continue
            if end - self._at > MAX_LINE:
                raise ValueError("a value that is too long")
            start, self._at = self._at, end
            if _NOT_UTF_8.search(self._text, start, end):
                data = self._text[start:end].encode("utf-8", "surrogateescape")
                value = _DECODER.decode(self._file.decode(data))
            return value

    def _more(self, length: int) -> bool:
        """Read on; False at the end of the file."""
        if self._ended:
            return False
        data = self._opened.read(min(length, 8 * MIB))
        self._ended = not data
        # What was read stays only as long as its value is not whole.
        self._text = self._text[self._at :] + self._decoder.decode(data, final=self._ended)
        self._at = 0
        return True


def _integer(digits: str) -> int | float:
    # Python refuses to read whole numbers of thousands of digits; such are no sensible value of anything.
    return int(digits) if len(digits) < _LONGEST_NUMBER else float("inf")


_DECODER = json.JSONDecoder(strict=False, parse_int=_integer)
