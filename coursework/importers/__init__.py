"""Import conversations of one's own into the canonical tables.

`import_data` reads an export with one of `FORMATS` and writes the tables of `coursework.tables`; `recognise` tells
the format. The layers, from the ground up: `records` (what an importer hands on), `source` (a file, folder or archive),
one module a format, `pseudonyms` and `texts` (what protects people), `collector`, `writing` and `collecting` (records
to tables).

How to add a format
-------------------
Write a module with a class that has the members of `base.Importer`, and put an instance into `FORMATS`::

    class Diary:
        name, title, channel = "diary", "a diary, one line a day", "forum"

        def recognises(self, source):
            return any(True for _ in source.files(".diary"))

        def read(self, source, options):
            for file in source.files(".diary"):
                for number, line in file.lines():
                    place = f"{file.name}, line {number}"
                    if isinstance(line, TooLong):
                        yield Rejected(place, "a line longer than 16 MiB")
                        continue
                    day, _, words = file.decode(line).partition(" ")
                    ts = moment(day)
                    if ts is None:
                        yield Rejected(place, "no date at the beginning of the line")
                    else:
                        yield MessageRecord(place, place, place, file.name, ts, words)

It hands on names, addresses and texts as the source has them: pseudonyms, masking, checks of times, identifiers and
values, and the writing are the collector's. What cannot be taken is yielded as `Rejected`, with the same reason for
the same cause, because reasons are counted; `ImportFailed` is only for a source that cannot be read at all. Times are
aware if the source tells the zone, naive if not. Test it on a real export with an independent count, and with
arbitrary bytes.
"""

from __future__ import annotations

from coursework.importers.base import Importer
from coursework.importers.collecting import ImportReport, import_data
from coursework.importers.convokit import CONVOKIT
from coursework.importers.convokit_export import export_convokit
from coursework.importers.delimited import CSV, JSONL
from coursework.importers.errors import ImportFailed
from coursework.importers.github import GITHUB
from coursework.importers.irc import IRC
from coursework.importers.mail import MBOX
from coursework.importers.slack import SLACK
from coursework.importers.source import Source
from coursework.importers.star import STAR

__all__ = ["FORMATS", "ImportFailed", "ImportReport", "Source", "export_convokit", "import_data", "recognise"]

# From the most telling to the least: `recognise` takes a table of messages only for what nothing else recognises.
FORMATS: dict[str, Importer] = {
    importer.name: importer for importer in (SLACK, CONVOKIT, STAR, GITHUB, IRC, MBOX, JSONL, CSV)
}
_ANY_TABLE = (JSONL.name, CSV.name)


def recognise(source: Source) -> Importer:
    """The format of a source; raises `ImportFailed` if it is none of `FORMATS`, or may be several."""
    found = [importer for importer in FORMATS.values() if importer.recognises(source)]
    telling = [importer for importer in found if importer.name not in _ANY_TABLE] or found
    if len(telling) == 1:
        return telling[0]
    if telling:
        names = " or ".join(importer.name for importer in telling)
        raise ImportFailed(f"{source.name} may be {names}: name the format in place of auto")
    raise ImportFailed(
        f"{source.name} is in no format that is known; these are: {', '.join(FORMATS)} "
        "(a table of messages can be imported as csv or jsonl)"
    )
