"""Long JSON lists and objects, item by item: the same as all at once, wherever the blocks end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursework.importers.jsonstream import entries, list_items
from coursework.importers.source import Source, SourceFile

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def file_of(path: Path, content: str | bytes) -> SourceFile:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return next(Source(path).files())


def before_the_damage(file: SourceFile) -> list[object]:
    taken = []
    with pytest.raises(ValueError):
        for item in list_items(file):
            taken.append(item)  # what was given before the error is the point
    return taken


@given(st.lists(JSON, max_size=5), st.sampled_from([None, 1, "\t"]), st.booleans())
def test_any_list_and_object_are_what_they_are_all_at_once(
    tmp_path_factory: pytest.TempPathFactory, items: list[Any], indent: int | str | None, ascii_only: bool
) -> None:
    path = tmp_path_factory.mktemp("json") / "a.json"
    text = json.dumps(items, indent=indent, ensure_ascii=ascii_only)
    assert list(list_items(file_of(path, text))) == items
    named = {str(number): item for number, item in enumerate(items)}
    assert dict(entries(file_of(path, json.dumps(named, indent=indent, ensure_ascii=ascii_only)))) == named


@pytest.mark.parametrize("item", [123456789, "ä€😀" * 5, {"a": [1.5, None]}, "x" * 300_000])
def test_items_may_lie_across_the_blocks_that_are_read(tmp_path: Path, item: object) -> None:
    items = [item] * (5 if isinstance(item, str) and len(item) > 100 else 30_000)
    for blanks in ("", " ", "  "):
        text = blanks + json.dumps(items, ensure_ascii=False)
        assert list(list_items(file_of(tmp_path / "a.json", text))) == items


DAMAGE = {
    "end": "",
    "comma": ",",
    "nothing after a comma": ", ]",
    "half an object": ", {",
    "more": "] more",
    "no comma": ", 2 3]",
    "another end": "}",
    "deep": ", " + "[" * 100_000,
    "long": ', "' + "y" * (17 << 20) + '"]',
}


@pytest.mark.parametrize("rest", DAMAGE.values(), ids=DAMAGE)
def test_what_stands_before_the_damage_is_given(tmp_path: Path, rest: str) -> None:
    assert before_the_damage(file_of(tmp_path / "a.json", "[1" + rest))[:1] == [1]


@pytest.mark.parametrize("content", ["{}", "null", "", '"a"', "\0"])
def test_what_is_no_list_is_damaged(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.json"
    if content:
        assert before_the_damage(file_of(path, content)) == []


def test_a_number_of_thousands_of_digits_is_infinite_and_stops_nothing(tmp_path: Path) -> None:
    assert list(list_items(file_of(tmp_path / "a.json", f"[{'9' * 5000}, 1]"))) == [float("inf"), 1]


def test_bytes_that_are_no_utf_8_are_guessed_item_by_item(tmp_path: Path) -> None:
    file = file_of(tmp_path / "a.json", b'["\xc3\xbc", "\xfc", "\\ud83d"]')
    assert list(list_items(file)) == ["ü", "ü", "\ud83d"]
