"""Import a source: an importer's records become canonical tables in a folder."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from coursework.importers.base import Importer
from coursework.importers.collector import Collector
from coursework.importers.errors import ImportFailed
from coursework.importers.pseudonyms import Pseudonyms, keep_key, read_key
from coursework.importers.source import Source
from coursework.importers.writing import REJECTED, REPAIRED, REPORT, Format, PlaceList, whole_folder
from coursework.packaging import data_package
from coursework.tables import TABLES

_AHEAD = timedelta(days=2)
_EVERY = 1_000

Options = Mapping[str, str]


@dataclass
class ImportReport:
    """What an import read, wrote, rejected and repaired.

    `rejected` and `repaired` count by reason what `rejected.csv` and `repaired.csv` list; `orphans` counts replies to
    messages that are not in the data; `guesses` counts, by file, texts whose encoding was guessed; `notes` are
    sentences.
    """

    source: str
    format: str
    records: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    rejected: dict[str, int] = field(default_factory=dict)
    repaired: dict[str, int] = field(default_factory=dict)
    orphans: int = 0
    guesses: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def import_data(
    importer: Importer,
    source: Source,
    out: Path,
    *,
    options: Options | None = None,
    key_file: Path | None = None,
    keep_ids: bool = False,
    format: Format = "csv",
    overwrite: bool = False,
    progress: Callable[[int], None] | None = None,
    now: datetime | None = None,
) -> ImportReport:
    """Import a source into the folder `out`: canonical tables, their description, and what was rejected.

    Parameters
    ----------
    importer, source
        What reads, and what is read.
    out
        Appears whole or not at all. It has `message`, `conversation`, `person` and, where the source tells of them,
        `label`, `account` and `team` with all columns of the model, empty where unknown; `datapackage.json`;
        `rejected.csv` and `repaired.csv` (place, reason); `import-report.json`.
    options
        "tz" is the zone of times without one; all others are the importer's.
    key_file
        The key of the pseudonyms, made if it is not there; never inside `out`. Not needed with `keep_ids`.
    keep_ids
        Keep identifiers as they are: for data that are pseudonymous already. Texts are masked all the same.
    format
        "csv" or "parquet".
    overwrite
        Replace an earlier import. Any other folder that is not empty is refused.
    progress
        Called with the number of records read, every thousand.
    now
        The latest plausible time is two days after it.

    Raises
    ------
    ImportFailed
        If the import cannot be done at all, or the source has not one message that can be taken.
    """
    zone = _zone((options or {}).get("tz"))
    _keep_apart(source.path, out)
    key = None if keep_ids else _key(key_file, out)
    pseudonyms = Pseudonyms(key)
    with whole_folder(out, overwrite=overwrite) as folder, tempfile.TemporaryFile() as staged:
        lists = PlaceList(folder / REJECTED, "reason"), PlaceList(folder / REPAIRED, "repair")
        try:
            collector = Collector(importer.channel, pseudonyms, zone, _latest(now), staged, *lists)
            report = ImportReport(source.name, importer.name)
            for record in importer.read(source, options or {}):
                collector.take(record)
                report.records += 1
                if progress is not None and report.records % _EVERY == 0:
                    progress(report.records)
            for refused in source.refused:
                collector.reject(refused.place, refused.reason)
            report.rows = collector.write(folder, format)
        finally:
            for places in lists:
                places.close()
        report.rejected, report.repaired = (dict(sorted(places.counts.items())) for places in lists)
        report.orphans, report.guesses, report.notes = collector.orphans, dict(source.guesses), list(source.notes)
        if collector.without_role:
            report.notes.append(
                f"the source does not tell the role of {collector.without_role:,} people: they are taken as customers"
            )
        if "message" not in report.rows:
            why = "; ".join(f"{count:,} times {reason}" for reason, count in report.rejected.items())
            raise ImportFailed(
                f"{source.name} holds no message that can be taken{f' ({why})' if why else ''}: "
                f"check that it is an export in the format {importer.name}"
            )
        tables = [TABLES[name] for name in TABLES if name in report.rows]
        package = data_package(
            _slug(out.name),
            f"Import of {importer.title}",
            "Imported by `coursekit data import`.",
            tables,
            format=format,
        )
        _write_json(folder / "datapackage.json", package)
        _write_json(folder / REPORT, asdict(report))
        if key is not None and key_file is not None:
            # Another import that made the key, and failed, may have taken it back meanwhile.
            keep_key(key_file, key)
    return report


def _keep_apart(source: Path, out: Path) -> None:
    """Refuse to write into what is read, or to replace it."""
    read, written = source.resolve(), out.resolve()
    if read.is_relative_to(written):
        raise ImportFailed(f"{source} lies in {out}, which would be replaced: name another folder for the tables")
    if written.is_relative_to(read):
        raise ImportFailed(f"{out} lies in {source}, and would be read by the next import: name a folder elsewhere")


def _zone(name: str | None) -> ZoneInfo | None:
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (ValueError, KeyError, OSError):
        raise ImportFailed(f"there is no time zone {name!r}: write it like Europe/Berlin or UTC") from None


def _key(key_file: Path | None, out: Path) -> bytes:
    if key_file is None:
        raise ImportFailed("pseudonyms need a key: name a file for it with --key, or keep the identifiers as they are")
    if key_file.resolve().is_relative_to(out.resolve()):
        raise ImportFailed(f"the key {key_file} would lie among the data: keep it apart from {out}")
    return read_key(key_file)


def _latest(now: datetime | None) -> datetime:
    return (now or datetime.now(UTC)).astimezone(UTC).replace(tzinfo=None) + _AHEAD


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9._-]+", "-", name.lower()).strip("-") or "import"


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8", newline="")
