"""Runs of `coursekit data import` in an empty folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import Result

from coursekit.cli.data_import import import_
from tests.cli.bad_input import Run, invoke


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Import `source`, a path in an empty folder or the content of a file, into the folder `out`."""
    monkeypatch.chdir(tmp_path)

    def go(format_: str, source: str | bytes | Path, *options: str, name: str = "source.csv") -> Result:
        path = source if isinstance(source, Path) else Path(name)
        if not isinstance(source, Path):
            path.write_bytes(source if isinstance(source, bytes) else source.encode())
        return invoke(import_, format_, str(path), "--out", "out", *options)

    return go
