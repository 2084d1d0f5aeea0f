"""Write files and folders whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def replace_file(path: Path, text: str) -> None:
    """Write a text file; a reader sees the old content or the new, never a half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    fresh = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        fresh.chmod(0o644)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


@contextmanager
def fresh_folder(folder: Path) -> Iterator[Path]:
    """Give an empty folder beside `folder` to fill; it is gone afterwards unless it was moved away."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    try:
        fresh.chmod(0o755)
        yield fresh
    finally:
        if fresh.exists():
            shutil.rmtree(fresh)


def replace_folder(fresh: Path, folder: Path) -> None:
    """Put `fresh`, a complete folder, where `folder` is; an old one is removed after it."""
    if not folder.exists():
        fresh.rename(folder)
        return
    old = fresh.with_name(fresh.name + ".old")
    folder.rename(old)
    fresh.rename(folder)
    shutil.rmtree(old)
