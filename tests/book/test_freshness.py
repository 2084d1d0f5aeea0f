"""A page is built again when something it depends on has changed, and not otherwise."""

from __future__ import annotations

import os

from coursekit.book.freshness import (
    assets_of_pages,
    code_of_pages,
    coursework_folder,
    digest,
    sources_of_cells,
)

CELL = """---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {name: python3, display_name: Python 3}
---
# A page

```{code-cell} python
print("read:", open("datasets/tiny/person.csv").read())
```
"""


def test_a_digest_knows_names_and_contents_but_no_times(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("1")
    two.write_text("2")
    before = digest([one, two])
    os.utime(one, (1, 1))
    assert digest([two, one]) == before
    two.write_text("3")
    assert digest([one, two]) != before
    two.write_text("2")
    assert digest([one, two.rename(tmp_path / "three")]) != before


def test_the_digests_cover_what_pages_are_made_of(root):
    book = root / "coursekit" / "book"
    assert {book / "quiz.py", coursework_folder() / "tables.py"} <= set(code_of_pages())
    assert {book / "static" / "coursekit" / "quiz.js", book / "templates" / "navbar-logo.html"} <= set(
        assets_of_pages()
    )
    cells = set(sources_of_cells(root))
    assert root / "datasets" / "tool-or-craft" / "person.csv" in cells
    assert coursework_folder() / "explore" / "allocation.py" in cells


def test_new_data_run_the_cells_again(tiny_book):
    data = tiny_book.root / "datasets" / "tiny" / "person.csv"
    data.parent.mkdir(parents=True)
    data.write_text("old data")
    tiny_book.write(index=CELL)
    assert tiny_book.build(nb_execution_mode="cache") == []
    assert "read: old data" in tiny_book.html()
    data.write_text("new data")
    assert tiny_book.build(nb_execution_mode="cache") == []
    assert "read: new data" in tiny_book.html()
    assert len(list((tiny_book.root / "_build" / ".jupyter_cache").iterdir())) == 1


def test_a_folder_of_another_kind_survives_beside_the_caches(tiny_book):
    other = tiny_book.root / "_build" / ".jupyter_cache" / "executed"
    other.mkdir(parents=True)
    tiny_book.write(index="# A page")
    tiny_book.build()
    assert other.is_dir()


def test_a_build_without_changes_writes_nothing(tiny_book):
    tiny_book.write(index="# A page\n\n[other](other)", other="# Other")
    tiny_book.build()
    times = {path: path.stat().st_mtime_ns for path in (tiny_book.root / "_build" / "html").rglob("*.html")}
    tiny_book.build()
    assert {path: path.stat().st_mtime_ns for path in times} == times


def test_a_page_whose_source_is_gone_leaves_the_site(tiny_book):
    tiny_book.write(index="# A page", other="# Other")
    tiny_book.build()
    page = tiny_book.root / "_build" / "html" / "other.html"
    assert page.is_file()
    (tiny_book.root / "other.md").unlink()
    tiny_book.build()
    assert not page.exists()
