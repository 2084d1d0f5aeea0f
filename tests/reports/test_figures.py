"""The profile in words: what is said of gaps and of what data can serve."""

from __future__ import annotations

from pathlib import Path

from coursekit.reports.figures import chapters, table_facts
from coursework.importers.report import Filled, capabilities
from coursework.profile import profile
from tests.coursework.folders import write_csv


def test_columns_without_a_value_are_named_once_after_those_with_gaps(tmp_path: Path) -> None:
    empty = {fact.name: fact.empty for fact in table_facts(profile(write_csv(tmp_path)))}
    assert empty["message"].startswith("reply_to 40 %")
    assert "100 %" not in " ".join(empty.values())


def test_a_chapter_served_in_part_names_the_exercises_that_are_not() -> None:
    filled = {name: Filled(100, True) for name in ("message.msg_id", "message.conv_id", "message.person_id")}
    filled |= {"message.reply_to": Filled(3, True), "message.text": Filled(100, True)}
    chapter = chapters(capabilities(filled), {"message": 100})[0]
    assert chapter.served == "3 of 6"
    assert "only 3 replies (message.reply_to), 30 are needed, for dialogue-share, reciprocity" in chapter.lacks
    assert "no table person, for local-times" in chapter.lacks


def test_of_a_chapter_not_served_each_lack_is_said_once() -> None:
    systems = next(c for c in chapters(capabilities({}), {}) if c.title == "Systems")
    assert (systems.served, systems.lacks) == ("0 of 6", "no table event; no table week")
