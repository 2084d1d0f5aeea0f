"""What an importer is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from coursework.importers.errors import ImportFailed as ImportFailed
from coursework.importers.records import Record
from coursework.importers.source import Source


class Importer(Protocol):
    """One format. To add one: write a class with these members and put it into `FORMATS` in `importers/__init__.py`.

    `name` is what the user types, `title` what the help says, `channel` the channel of conversations whose
    record names none.
    """

    name: str
    title: str
    channel: str

    def recognises(self, source: Source) -> bool:
        """Whether the source looks like this format. Looks at names and the first bytes only; never raises."""
        ...

    def read(self, source: Source, options: Mapping[str, str]) -> Iterator[Record]:
        """The records, one after another, never all at once.

        A flaw in one item is yielded as `Rejected` and reading goes on; only a source that cannot be
        read at all raises `ImportFailed`. A record may come before or after those it refers to.
        """
        ...
