"""Rebuild what a change touches, and nothing else.

Sphinx and the notebook cache look at the pages only. A page, however, also
depends on this extension, on `coursework` and on the data; without a word from
us an edit there would leave the old page standing.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment

HERE = Path(__file__).parent
# What a digest looks like; only folders with such names are ever deleted.
_DIGEST_LENGTH = 16


def digest(files: Iterable[Path]) -> str:
    """A short fingerprint of the names and contents of `files`, in any order."""
    whole = hashlib.sha256()
    for path in sorted(files):
        whole.update(path.name.encode())
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()[:_DIGEST_LENGTH]


def coursework_folder() -> Path:
    """Where the package `coursework` lies, found without importing it and its pandas."""
    spec = find_spec("coursework")
    assert spec is not None and spec.origin is not None, "coursekit is never installed without coursework"
    return Path(spec.origin).parent


def code_of_pages() -> list[Path]:
    """The Python files that decide what the directives put into a page."""
    return [*HERE.glob("*.py"), coursework_folder() / "tables.py"]


def assets_of_pages() -> list[Path]:
    """The templates, styles and scripts that surround a page."""
    return [path for folder in ("static", "templates") for path in _files(HERE / folder, "*")]


def sources_of_cells(root: Path) -> list[Path]:
    """What the cells of the pages below `root` read: `coursework` and the data."""
    return [*_files(coursework_folder(), "*.py"), *_files(root / "datasets", "*.csv")]


def _files(folder: Path, pattern: str) -> list[Path]:
    return [path for path in folder.rglob(pattern) if path.is_file()]


def _choose_cache(app: Sphinx, config: Config) -> None:
    """Give each state of code and data its own cache of executed pages.

    The cache knows a page by its cells alone: with one folder for all, new
    data would be published under old pictures.
    """
    if config["nb_execution_cache_path"]:
        return
    caches = Path(app.outdir).parent / ".jupyter_cache"
    current = digest(sources_of_cells(Path(app.srcdir)))
    config["nb_execution_cache_path"] = str(caches / current)
    for old in caches.glob("*"):
        if old.is_dir() and old.name != current and _is_digest(old.name):
            shutil.rmtree(old)


def _is_digest(name: str) -> bool:
    return len(name) == _DIGEST_LENGTH and all(letter in "0123456789abcdef" for letter in name)


def _remove_old_pages(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    """Take pages off the site whose source is gone; Sphinx would leave them there for ever."""
    if app.builder.format == "html":
        for docname in removed:
            Path(app.outdir, app.builder.get_target_uri(docname)).unlink(missing_ok=True)
    return []


def setup(app: Sphinx) -> None:
    """Register the fingerprints as settings, so that Sphinx itself sees them change."""
    # "env": read the pages again; "html": write them again.
    app.add_config_value("coursekit_code", digest(code_of_pages()), "env", str)
    app.add_config_value("coursekit_assets", digest(assets_of_pages()), "html", str)
    app.connect("config-inited", _choose_cache)
    app.connect("env-get-outdated", _remove_old_pages)
