"""The built book as files: every page is there, every link leads somewhere, nothing is built twice."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml

from coursekit.assessment import load_assignment
from tests.book.conftest import build_real_book
from tests.book.site_pages import CHAPTER, TOC

pytestmark = pytest.mark.xdist_group("site")


class Links(HTMLParser):
    """A page's anchors and what it refers to."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.targets: list[str] = []
        self.text: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        stated = {name: value for name, value in attrs if value is not None}
        self.anchors |= {stated[name] for name in ("id", "name") if name in stated}
        self.targets += [stated[name] for name in ("href", "src", "action") if name in stated]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.fixture(scope="module")
def links(site: Path) -> dict[Path, Links]:
    """All pages of the site, read; the theme's own snippets in `_static` are no pages."""
    found = [path for path in site.rglob("*.html") if "_static" not in path.relative_to(site).parts]
    return {path.resolve(): Links(path) for path in found}


def test_the_table_of_contents_names_pages():
    assert TOC[0] == "book/index"
    assert CHAPTER in TOC
    assert len(TOC) == len(set(TOC)) >= 6


@pytest.mark.parametrize("name", TOC)
def test_every_page_of_the_toc_is_built_and_says_something(site, links, name):
    page = links[(site / f"{name}.html").resolve()]
    assert len(" ".join(page.text).split()) > 150


def test_every_built_page_is_in_the_toc(site, links):
    built = {path.relative_to(site.resolve()).with_suffix("").as_posix() for path in links}
    assert built == {*TOC, "index", "search"}


def test_every_link_inside_the_book_leads_somewhere(links):
    broken = []
    for path, page in links.items():
        for target in page.targets:
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            aim = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not aim.is_file():
                broken.append(f"{path.name}: {target} is no file")
            elif parts.fragment and aim in links and unquote(parts.fragment) not in links[aim].anchors:
                broken.append(f"{path.name}: {target} has no such place")
    assert broken == []


def test_the_walk_sees_many_links(links):
    assert sum(len(page.targets) for page in links.values()) > 200


def test_the_chapter_lists_the_assignments_exercises(root, site):
    assignment = load_assignment("tool-or-craft", root)
    html = (site / f"{CHAPTER}.html").read_text(encoding="utf-8")
    table = html[html.index("ck-exercises") :]
    table = table[: table.index("</table>")]
    assert table.count("<tr") == 1 + len(assignment.exercises) + 1
    for exercise in assignment.exercises:
        assert exercise.title in table
    assert f"<p>{assignment.points:g}</p>" in table


def test_no_source_of_a_page_is_published(site):
    assert not (site / "_sources").exists()
    assert not any(site.rglob("*.md")) and not any(site.rglob("*.ipynb"))


def test_a_second_build_writes_no_page(site, root):
    before = {path: path.stat().st_mtime_ns for path in site.rglob("*.html")}
    said = build_real_book(root)
    assert "no targets are out of date" in said
    assert {path: path.stat().st_mtime_ns for path in site.rglob("*.html")} == before


def test_the_build_settings_keep_the_rest_of_the_repository_out(root):
    config = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))
    assert config["only_build_toc_files"] is True
    assert {".*", "_build/*", "assignments/*", "course/*"} <= set(config["exclude_patterns"])
