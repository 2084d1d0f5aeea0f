"""Where the real exports are that importers are tried on; they are no part of the repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def corpora() -> Path | None:
    """The folder of corpora: `COURSEKIT_CORPORA`, else `shared/corpora` beside the repository, or None."""
    named = os.environ.get("COURSEKIT_CORPORA")
    folder = Path(named) if named else ROOT.parent / "shared" / "corpora"
    return folder if folder.is_dir() else None


def corpus(name: str) -> Path:
    """One corpus; skips the test, and says why, if it is not there."""
    folder = corpora()
    if folder is None or not (folder / name).is_dir():
        pytest.skip(f"the corpus {name} is not there: set COURSEKIT_CORPORA to the folder of corpora")
    return folder / name
