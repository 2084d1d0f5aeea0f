"""Write what was made: files of a chapter, files of a whole world, and the truth apart."""

from __future__ import annotations

import concurrent.futures
import io
import json
import multiprocessing
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from coursekit.files import fresh_folder, replace_file, replace_folder
from coursekit.synthesis.canonical import OF_THE_GROUP, table
from coursekit.synthesis.plan import organizations
from coursekit.synthesis.truth import dirt_log, message_truth, planted
from coursekit.synthesis.views import DIRT, chapter, chapter_tables
from coursekit.synthesis.world import World
from coursework.datasets import DATASETS
from coursework.packaging import CC_BY_4, FILE, data_package
from coursework.tables import TABLES

# The seed of the public files in datasets/. Hidden checks never use it.
DATA_SEED = 30

Format = Literal["csv", "parquet"]


def make_dataset(slug: str, seed: int = DATA_SEED) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """The tables and the planted truth of a chapter; KeyError for an unknown one."""
    return chapter(slug, seed)


def write_dataset(slug: str, folder: Path, seed: int = DATA_SEED, truth: Path | None = None) -> bool:
    """Write a chapter's files into `folder`, all or none.

    Returns whether anything changed: files that are already as they should be
    are left alone, so that a second run costs nothing further down. The truth
    is written to the file `truth` only if one is named; it must never lie in a
    folder that ships.
    """
    dataset = DATASETS[slug]
    tables, known = chapter_tables(slug, seed)
    files = {f"{table.name}.csv": csv_bytes(tables[table.name]) for table in dataset.tables}
    package = data_package(dataset.slug, dataset.title, dataset.purpose, dataset.tables, licence=CC_BY_4)
    files[FILE] = _json(package).encode()
    if truth is not None:
        replace_file(truth, _json({"dirt": list(DIRT.get(slug, ())), **known}))
    if _holds(folder, files):
        return False
    with fresh_folder(folder) as fresh:
        for name, data in files.items():
            (fresh / name).write_bytes(data)
        replace_folder(fresh, folder)
    return True


def _holds(folder: Path, files: Mapping[str, bytes]) -> bool:
    if not folder.is_dir() or {path.name for path in folder.iterdir()} != files.keys():
        return False
    return all((folder / name).read_bytes() == data for name, data in files.items())


@dataclass(frozen=True)
class Written:
    """What was written: rows per table, and files in all."""

    rows: Mapping[str, int]
    files: int


@dataclass(frozen=True)
class _Job:
    seed: int
    organization: int
    of: int
    messages: int
    dirt: tuple[str, ...]
    format: Format
    data: Path
    truth: Path


def write_world(
    messages: int,
    seed: int,
    data: Path,
    truth: Path,
    *,
    format: Format = "csv",
    dirt: Collection[str] = (),
    workers: int = 1,
    done: Callable[[str], None] = lambda name: None,
) -> Written:
    """Write every canonical table with about so many messages, and the truth into another folder.

    Parameters
    ----------
    messages
        At least 1. Up to 200,000 are one organization's, with one file per table; more are
        several organizations', with a folder per table and a file for each, so that memory
        does not grow with the size.
    seed
        Same seed, same bytes, for any number of workers.
    data, truth
        Folders; each is replaced as a whole. `truth` must not lie in `data`.
    format, dirt
        As the names say; `dirt` are kinds of `coursekit.synthesis.dirt.KINDS`.
    workers
        Processes that make organizations side by side.
    done
        Called with the name of each organization that is ready.

    Raises
    ------
    ValueError
        If `truth` lies in `data` or the other way round.
    """
    for inner, outer in ((truth, data), (data, truth)):
        if inner.resolve().is_relative_to(outer.resolve()):
            raise ValueError(f"{inner} lies in {outer}: the truth would travel with the data; choose another folder")
    sizes = organizations(messages)
    with fresh_folder(data) as fresh, fresh_folder(truth) as fresh_truth:
        jobs = [
            _Job(seed, number, len(sizes), size, tuple(sorted(dirt)), format, fresh, fresh_truth)
            for number, size in enumerate(sizes)
        ]
        names = [name for name in TABLES if len(sizes) == 1 or name not in OF_THE_GROUP]
        for name in names if len(sizes) > 1 else ():
            (fresh / name).mkdir()
        counts = _run(jobs, workers, done)
        rows = {name: sum(count.get(name, 0) for count in counts) for name in TABLES}
        paths = {name: sorted(path.relative_to(fresh).as_posix() for path in fresh.glob(f"{name}/*")) for name in names}
        package = data_package(
            f"conversations-{seed}",
            "Conversations between an organization and its market",
            f"About {messages:,} messages with everything around them, made with known truth; seed {seed}.",
            list(TABLES.values()),
            licence=CC_BY_4,
            format=format,
            paths={name: files for name, files in paths.items() if files},
        )
        (fresh / FILE).write_text(_json(package), encoding="utf-8")
        files = sum(1 for path in fresh.rglob("*") if path.is_file())
        replace_folder(fresh_truth, truth)
        replace_folder(fresh, data)
    return Written(rows, files)


def _run(jobs: Sequence[_Job], workers: int, done: Callable[[str], None]) -> list[dict[str, int]]:
    counts = []
    if workers == 1 or len(jobs) == 1:
        for job in jobs:
            counts.append(_make(job))
            done(_label(job))
        return counts
    # A fresh interpreter each: a forked one would inherit Arrow's threads in an unknown state.
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(min(workers, len(jobs)), mp_context=context) as pool:
        for job, count in zip(jobs, pool.map(_make, jobs), strict=True):
            counts.append(count)
            done(_label(job))
    return counts


def _label(job: _Job) -> str:
    return f"organization {job.organization + 1}"


def _make(job: _Job) -> dict[str, int]:
    """Write one organization's part of every table; returns the rows of each."""
    # Other processes do the same beside this one.
    pa.set_cpu_count(1)
    several = job.of > 1
    prefix = f"o{job.organization + 1}-" if several else ""
    world = World(job.seed, job.messages, job.dirt, job.organization, prefix)
    part = f"part-{job.organization + 1:04d}"
    rows = {}
    for name in TABLES:
        if several and name in OF_THE_GROUP:
            if job.organization:
                continue
            place = job.data / f"{name}.{job.format}"
        else:
            place = job.data / (f"{name}/{part}.{job.format}" if several else f"{name}.{job.format}")
        made = table(world, name)
        _write(made, place, job.format)
        rows[name] = len(made)
    _write(message_truth(world), job.truth / f"message-{part}.{job.format}", job.format)
    _write(dirt_log(world), job.truth / f"dirt-{part}.{job.format}", job.format)
    (job.truth / f"planted-{part}.json").write_text(_json({"seed": job.seed, **planted(world)}), encoding="utf-8")
    return rows


def _write(table: pa.Table, path: Path, format: Format) -> None:
    if format == "csv":
        path.write_bytes(csv_bytes(table))
    else:
        pa.parquet.write_table(table, path, compression="zstd")


def csv_bytes(table: pa.Table) -> bytes:
    """The table as CSV: UTF-8, quotes where needed, moments in UTC to the second, nothing for a missing value."""
    columns = {}
    for name in table.column_names:
        values = table[name]
        if pa.types.is_timestamp(values.type):
            values = _moments(values)
        elif pa.types.is_dictionary(values.type):
            values = values.cast(pa.string())
        columns[name] = values
    buffer = io.BytesIO()
    pa.csv.write_csv(pa.table(columns), buffer, pa.csv.WriteOptions(quoting_style="needed", quoting_header="needed"))
    return buffer.getvalue()


def _moments(values: pa.ChunkedArray) -> pa.Array:
    """Moments as text. Arrow's own formatting asks for a database of time zones, which some systems lack."""
    seconds = values.combine_chunks().cast(pa.timestamp("s"))
    texts = np.datetime_as_string(pc.fill_null(seconds, 0).to_numpy(zero_copy_only=False).astype("datetime64[s]"))
    text = pc.binary_join_element_wise(pa.array(texts.astype(object), pa.string()), pa.scalar("Z"), pa.scalar(""))
    return pc.if_else(pc.is_valid(seconds), text, pa.scalar(None, pa.string()))


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
