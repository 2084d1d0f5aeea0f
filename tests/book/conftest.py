"""Tiny books for the directives, and the real book for the browser."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sphinx.application import Sphinx
from sphinx.util.console import strip_colors
from sphinx.util.docutils import docutils_namespace, patch_docutils

from tests.browser import serve

SETTINGS = {
    "extensions": ["myst_nb", "coursekit.book"],
    "html_theme": "basic",
    "myst_enable_extensions": ["dollarmath"],
    "nb_execution_mode": "off",
}


@dataclass
class TinyBook:
    """A book of a few pages; `build` may be called again after a change."""

    root: Path

    def build(self, **settings: object) -> list[str]:
        """Build what is out of date; return the warnings, one line each."""
        warnings = io.StringIO()
        with patch_docutils(None), docutils_namespace():
            Sphinx(
                self.root,
                None,
                self.root / "_build" / "html",
                self.root / "_build" / "doctrees",
                "html",
                {**SETTINGS, "exclude_patterns": ["_build"], **settings},
                status=None,
                warning=warnings,
            ).build()
        return [line for line in strip_colors(warnings.getvalue()).splitlines() if line]

    def write(self, **pages: str) -> None:
        """Write the pages' sources; a name's double underscore stands for a dot."""
        for name, text in pages.items():
            path = self.root / (name.replace("__", ".") if "__" in name else f"{name}.md")
            path.write_text(text, encoding="utf-8")

    def html(self, name: str = "index") -> str:
        return (self.root / "_build" / "html" / f"{name}.html").read_text(encoding="utf-8")


@pytest.fixture
def tiny_book(tmp_path: Path) -> TinyBook:
    return TinyBook(tmp_path)


@pytest.fixture
def page(tiny_book: TinyBook) -> Callable[[str], tuple[str, list[str]]]:
    """A function that builds one page and gives its HTML and the warnings."""

    def built(text: str) -> tuple[str, list[str]]:
        tiny_book.write(index=f"# A page\n\n{text}\n")
        warnings = tiny_book.build()
        return tiny_book.html(), warnings

    return built


def build_real_book(root: Path) -> str:
    """Build the course's own book as a person would; return what the command said."""
    command = [Path(sys.executable).with_name("jupyter-book"), "build", ".", "-W", "-n", "--keep-going"]
    done = subprocess.run(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
    if done.returncode:
        pytest.fail(f"The book does not build:\n{done.stdout[-4000:]}", pytrace=False)
    return strip_colors(done.stdout)


@pytest.fixture(scope="session")
def site(root: Path) -> Path:
    """The folder of the real book's pages, built."""
    build_real_book(root)
    return root / "_build" / "html"


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """Where the real book is served."""
    with serve(site) as served:
        yield served
