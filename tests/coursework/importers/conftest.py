"""What the importers' tests share: sources made of a few files, and an import of them."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import settings

from coursework.importers.base import Importer
from coursework.importers.collecting import ImportReport, import_data
from coursework.importers.source import Source

# The same examples in every run, and no limit of time for one: the machines that run the tests are shared.
settings.register_profile("importers", deadline=None, derandomize=True)
settings.load_profile("importers")

NOW = datetime(2026, 1, 1, tzinfo=UTC)

Content = str | bytes
MakeFolder = Callable[[Mapping[str, Content]], Path]


@pytest.fixture
def folder(tmp_path: Path) -> MakeFolder:
    """Make a folder of the files with these contents."""

    def make(files: Mapping[str, Content]) -> Path:
        root = tmp_path / "export"
        root.mkdir(exist_ok=True)
        for name, content in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return root

    return make


@pytest.fixture
def archive(tmp_path: Path) -> MakeFolder:
    """Make a zip archive of the files with these contents."""

    def make(files: Mapping[str, Content]) -> Path:
        path = tmp_path / "export.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
            for name, content in files.items():
                made.writestr(name, content)
        return path

    return make


class Imported:
    """What an import wrote: its report, and its tables as frames of text in which an empty cell is ""."""

    def __init__(self, report: ImportReport, out: Path) -> None:
        self.report = report
        self.out = out

    def table(self, name: str) -> pd.DataFrame:
        return pd.read_csv(self.out / f"{name}.csv", dtype="str", keep_default_na=False)


@pytest.fixture
def imported(tmp_path: Path) -> Callable[..., Imported]:
    """Import a path with an importer; identifiers stay as they are unless a key is asked for."""

    def run(importer: Importer, path: Path, *, out: str = "out", with_key: bool = False, **more: Any) -> Imported:
        key: dict[str, Any] = {"key_file": tmp_path / "key"} if with_key else {"keep_ids": True}
        with Source(path) as source:
            report = import_data(importer, source, tmp_path / out, now=NOW, **key, **more)
        return Imported(report, tmp_path / out)

    return run
