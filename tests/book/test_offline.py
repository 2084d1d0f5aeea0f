"""What a page loads comes from the book itself."""

from __future__ import annotations

import re

from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

FORMULA = "# A page\n\n$$\nx = 1\n$$\n"


def test_formulas_are_set_by_the_books_own_mathjax(tiny_book):
    tiny_book.write(index=FORMULA)
    assert tiny_book.build() == []
    source = re.search(r'<script[^>]*src="([^"]*mathjax[^"]*)"', tiny_book.html())[1]
    script = tiny_book.root / "_build" / "html" / source.partition("?")[0]
    assert script.is_file()
    fonts = script.parent / "output" / "chtml" / "fonts" / "woff-v2"
    assert any(fonts.glob("*.woff"))


def test_a_book_without_formulas_carries_no_mathjax(tiny_book):
    tiny_book.write(index="# A page")
    tiny_book.build()
    assert not (tiny_book.root / "_build" / "html" / "_static" / "coursekit" / "mathjax").exists()
    assert not re.search(r"<script[^>]*mathjax", tiny_book.html())


def test_an_own_choice_of_mathjax_is_kept(tiny_book):
    tiny_book.write(index=FORMULA)
    tiny_book.build(mathjax_path="mine.js")
    assert "mine.js" in tiny_book.html()


def test_an_interrupted_copy_is_not_taken_for_a_whole_one(tiny_book, monkeypatch):
    def fail(target):
        target.write_text("half")
        raise OSError("disk full")

    monkeypatch.setattr("coursekit.book.offline._copy_mathjax", fail)
    tiny_book.write(index=FORMULA)
    try:
        tiny_book.build()
    except Exception as error:
        assert "disk full" in str(error)
    else:
        raise AssertionError("the failure was swallowed")
    monkeypatch.undo()
    assert tiny_book.build() == []
    (copied,) = (tiny_book.root / "_build" / "coursekit").iterdir()
    assert (copied / "coursekit" / "mathjax" / "tex-chtml.js").stat().st_size > 100_000


def test_thebe_is_silent_whatever_the_order_of_extensions(tmp_path):
    (tmp_path / "index.md").write_text("# A page", encoding="utf-8")
    for extensions in (["sphinx_thebe", "coursekit.book"], ["coursekit.book", "sphinx_thebe"]):
        out = tmp_path / "_build" / extensions[0]
        settings = {"extensions": ["myst_nb", *extensions], "exclude_patterns": ["_build"]}
        with patch_docutils(None), docutils_namespace():
            Sphinx(tmp_path, None, out, out / "doctrees", "html", settings, status=None, warning=None).build()
        html = (out / "index.html").read_text(encoding="utf-8")
        assert "unpkg" not in html and "thebe.js" not in html
        # Its style sheet is linked, so it has to be there.
        assert (out / "_static" / "sphinx-thebe.css").is_file()
