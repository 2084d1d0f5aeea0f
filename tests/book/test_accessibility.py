"""The repairs to tables, references and the site's first page; the browser tests see the whole."""

from __future__ import annotations

import pandas as pd

from coursekit.book.accessibility import tidy_references, tidy_tables


def test_a_printed_data_frame_says_what_its_headings_head():
    html = pd.DataFrame({"a": [1], "b": [2]}, index=["x"]).to_html()
    tidy = tidy_tables(f"<p>before</p>{html}<p>after</p>")
    assert '<th scope="col">a</th>' in tidy
    assert '<th scope="row">x</th>' in tidy
    assert "<td></td>" in tidy and "<th></th>" not in tidy
    assert tidy.startswith('<p>before</p><div class="pst-scrollable-table-container">')
    assert "border=" not in tidy and "style=" not in tidy


def test_a_frame_with_two_levels_has_no_empty_heading():
    index = pd.MultiIndex.from_product([["p", "q"], [1, 2]], names=["u", "v"])
    html = pd.DataFrame({("one", "a"): range(4), ("one", "b"): range(4)}, index=index).to_html()
    assert "<th></th>" in html
    assert "<th></th>" not in tidy_tables(html)


def test_two_frames_stay_two():
    html = pd.DataFrame({"a": [1]}).to_html()
    assert tidy_tables(html + "<p>between</p>" + html).count("pst-scrollable-table-container") == 2


def test_an_empty_heading_of_a_written_table_becomes_a_cell(page):
    html, warnings = page("|  | a |\n|---|---|\n| b | 1 |")
    assert warnings == []
    assert '<td class="head"></td>' in html
    assert '<th class="head"><p>a</p></th>' in html


def test_other_tables_are_left_as_they_are():
    html = '<table class="mine"><tr><th>a</th><td></td></tr></table>'
    assert tidy_tables(html) == html


def test_roles_of_a_bibliography_are_taken_away():
    html = '<div role="list" class="citation-list"><div class="citation" role="doc-biblioentry"></div></div>'
    assert tidy_references(html) == '<div class="citation-list"><div class="citation"></div></div>'


def test_a_book_with_another_first_page_gets_a_front_door(tiny_book):
    tiny_book.write(start="# Start & go")
    assert tiny_book.build(root_doc="start", html_title="Mine & yours", language="en") == []
    door = tiny_book.html("index")
    assert '<html lang="en">' in door
    assert "<title>Mine &amp; yours</title>" in door
    assert '<a href="start.html">' in door and 'content="0; url=start.html"' in door


def test_a_book_that_begins_with_index_keeps_it(tiny_book):
    tiny_book.write(index="# A page")
    tiny_book.build()
    assert "A page" in tiny_book.html("index")
