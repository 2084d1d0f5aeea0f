"""IRC logs and their annotations."""

from __future__ import annotations

import math
import re
import tempfile
from collections import Counter
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from coursework.importers import irc
from coursework.importers.errors import ImportFailed
from coursework.importers.irc import IRC, agreement, annotator_links
from coursework.importers.records import MessageRecord, PersonRecord, Record, Rejected
from coursework.importers.source import Source
from tests.corpora import corpora

LOG = """\
=== customer-3 has joined #help
[23:58] <customer-1> is it down?
[23:59] <agent-1> customer-1: since noon
[23:59] <customer-2> hello
[00:01] <Customer-1> agent-1, thanks
[00:01]  * agent-1 waves
"""


def records(folder: Path) -> list[Record]:
    with Source(folder) as source:
        return list(IRC.read(source, {}))


def messages(found: list[Record]) -> dict[str, MessageRecord]:
    return {record.msg_id: record for record in found if isinstance(record, MessageRecord)}


def reasons(found: list[Record]) -> Counter[str]:
    return Counter(record.reason for record in found if isinstance(record, Rejected))


def write(folder: Path, log: str | bytes = LOG, links: str | None = None, name: str = "2024-03-01") -> Path:
    (folder / f"{name}.raw.txt").write_bytes(log if isinstance(log, bytes) else log.encode())
    if links is not None:
        (folder / f"{name}.annotation.txt").write_text(links)
    return folder


def test_without_annotations_a_message_answers_the_last_of_the_nick_it_begins_with(tmp_path: Path) -> None:
    found = messages(records(write(tmp_path)))

    assert [(m.msg_id, m.reply_to, m.conv_id) for m in found.values()] == [
        ("2024-03-01:1", None, "2024-03-01:1"),
        ("2024-03-01:2", "2024-03-01:1", "2024-03-01:1"),
        ("2024-03-01:3", None, "2024-03-01:3"),
        ("2024-03-01:4", "2024-03-01:2", "2024-03-01:1"),
        ("2024-03-01:5", None, "2024-03-01:5"),
    ]
    assert found["2024-03-01:5"].text == "waves"


def test_who_addresses_oneself_answers_nobody(tmp_path: Path) -> None:
    log = "[10:00] <customer-1> a\n[10:01] <customer-1> customer-1: b\n"

    assert [m.reply_to for m in messages(records(write(tmp_path, log))).values()] == [None, None]


def test_a_nick_in_other_capitals_is_the_same_person(tmp_path: Path) -> None:
    people = [record.person for record in records(write(tmp_path)) if isinstance(record, PersonRecord)]

    assert people == ["customer-1", "agent-1", "customer-2"]


def test_the_day_turns_at_midnight_and_times_go_with_the_lines(tmp_path: Path) -> None:
    times = [m.ts for m in messages(records(write(tmp_path))).values()]

    assert times == [
        datetime(2024, 3, 1, 23, 58),
        datetime(2024, 3, 1, 23, 59),
        datetime(2024, 3, 1, 23, 59, 0, 1),
        datetime(2024, 3, 2, 0, 1),
        datetime(2024, 3, 2, 0, 1, 0, 1),
    ]


def test_a_clock_set_back_by_an_hour_is_no_midnight(tmp_path: Path) -> None:
    log = "[01:59] <customer-1> a\n[01:00] <customer-1> b\n[02:10] <customer-1> c\n"

    times = [m.ts for m in messages(records(write(tmp_path, log))).values()]

    assert [time.day for time in times] == [1, 1, 1]
    assert [time.fold for time in times] == [0, 1, 0]


def test_the_day_may_be_in_the_folders_names(tmp_path: Path) -> None:
    folder = tmp_path / "2008" / "04" / "14"
    folder.mkdir(parents=True)
    (folder / "#help.txt").write_text("[17:37:08] <customer-1> hello\n")

    assert [m.ts for m in messages(records(tmp_path)).values()] == [datetime(2008, 4, 14, 17, 37, 8)]


def test_a_log_without_a_day_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "help.log").write_text(LOG)

    assert reasons(records(tmp_path)) == {irc.NO_DATE: 1}


def test_links_make_conversations_and_the_nearest_line_is_answered(tmp_path: Path) -> None:
    found = records(write(tmp_path, links="1 2 -\n1 4 -\n2 4 -\n5 5 -\n0 0 -\n"))

    assert [(m.msg_id, m.reply_to, m.conv_id) for m in messages(found).values()] == [
        ("2024-03-01:1", None, "2024-03-01:1"),
        ("2024-03-01:2", "2024-03-01:1", "2024-03-01:1"),
        ("2024-03-01:4", "2024-03-01:2", "2024-03-01:1"),
        ("2024-03-01:5", None, "2024-03-01:5"),
    ]
    assert reasons(found) == {irc.SYSTEM: 1, irc.CONTEXT: 1}


def test_a_message_linked_to_a_line_of_the_channel_answers_nobody(tmp_path: Path) -> None:
    assert messages(records(write(tmp_path, links="0 1 -\n")))["2024-03-01:1"].reply_to is None


def test_links_out_of_the_log_and_lines_that_are_no_links_are_rejected(tmp_path: Path) -> None:
    found = records(write(tmp_path, links="1 2 -\n1 6 -\n-1 2 -\nword\n\n99999999999999 1 -\n"))

    assert reasons(found)[irc.LINK_OUTSIDE] == 1
    assert reasons(found)[irc.BAD_LINK] == 3
    assert list(messages(found)) == ["2024-03-01:1", "2024-03-01:2"]


def test_links_in_a_circle_give_replies_that_go_back_in_time(tmp_path: Path) -> None:
    found = messages(records(write(tmp_path, links="1 2 -\n2 4 -\n4 1 -\n")))

    assert {m.reply_to for m in found.values()} == {None, "2024-03-01:1", "2024-03-01:2"}
    assert len({m.conv_id for m in found.values()}) == 1


def test_old_logs_write_actions_like_lines_of_the_channel(tmp_path: Path) -> None:
    log = LOG + "=== agent-1 heads for bed\n=== [TEAM] agent-1 is now known as agent-2\n=== mode/#help [+o agent-2]\n"

    found = records(write(tmp_path, log))

    assert messages(found)["2024-03-01:6"].text == "heads for bed"
    assert len(messages(found)) == 6
    assert reasons(found) == {irc.SYSTEM: 3}


def test_mixed_encodings_in_one_log_are_read(tmp_path: Path) -> None:
    log = "[10:00] <customer-1> naïve\n".encode() + "[10:01] <customer-2> café\n".encode("cp1252")

    assert [m.text for m in messages(records(write(tmp_path, log))).values()] == ["naïve", "café"]


def test_what_is_no_line_of_a_log_is_rejected_and_reading_goes_on(tmp_path: Path) -> None:
    log = "[10:00] <customer-1> a\n[25:00] <customer-1> b\nwhat is this\n\n[10:01] <customer-1> c\n"

    found = records(write(tmp_path, log))

    assert [m.text for m in messages(found).values()] == ["a", "c"]
    assert reasons(found) == {irc.NO_TIME: 1, irc.NOT_A_LINE: 1}


def test_known_helpers_of_the_channel_are_bots_and_nicks_like_them_are_not(tmp_path: Path) -> None:
    log = "[10:00] <ubottu> a\n[10:00] <ubotu> b\n[10:00] <robotdevil> c\n"

    roles = {r.person: r.role for r in records(write(tmp_path, log)) if isinstance(r, PersonRecord)}

    assert roles == {"ubottu": "bot", "ubotu": "bot", "robotdevil": None}


def test_a_folder_without_logs_cannot_be_imported(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing said\n")

    with pytest.raises(ImportFailed, match=r"holds no IRC log: give"):
        messages(records(tmp_path))
    assert not IRC.recognises(Source(tmp_path))


def test_an_ascii_copy_of_a_raw_log_is_not_read_again(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "2024-03-01.ascii.txt").write_text(LOG)

    assert len(messages(records(tmp_path))) == 5


def test_agreement_is_counted_over_what_people_said(tmp_path: Path) -> None:
    # Lines 1 to 5 are said. Both let 1 and 3 begin something; of 5 only the first says so; 4 is linked differently.
    write(tmp_path, name="2024-03-01")
    (tmp_path / "2024-03-01.annotation.rater-1.txt").write_text("0 0 -\n1 1 -\n1 2 -\n3 3 -\n2 4 -\n5 5 -\n")
    (tmp_path / "2024-03-01.annotation.rater-2.txt").write_text(":0 0 -\n:1 1 -\n:1 2 -\n:3 3 -\n:1 4 -\n:4 5 -\n")

    (row,) = agreement(tmp_path).to_dict("records")

    # By hand: starts are 3 of 5 and 2 of 5, equal on 4; by chance 0.6 * 0.4 + 0.4 * 0.6 = 0.48.
    assert (row["logs"], row["lines"], row["same_links"], row["same_starts"]) == (1, 5, 0.6, 0.8)
    assert math.isclose(row["kappa"], (0.8 - 0.48) / (1 - 0.48))


def test_agreement_needs_the_logs_and_two_annotators(tmp_path: Path) -> None:
    (tmp_path / "2024-03-01.annotation.rater-1.txt").write_text("1 1 -\n")
    with pytest.raises(ImportFailed, match=r"not the log 2024-03-01.raw.txt: add the log"):
        agreement(tmp_path)
    write(tmp_path)
    with pytest.raises(ImportFailed, match="no log with two annotators"):
        agreement(tmp_path)


def test_an_annotators_links_are_read_with_or_without_a_colon(tmp_path: Path) -> None:
    file = tmp_path / "x.annotation.rater-1.txt"
    file.write_text(":7 9 -\n8 9 -\n9 9 -\n")
    assert annotator_links(file) == {9: frozenset({7, 8, 9})}
    file.write_text("7 9 -\nnine\n")
    with pytest.raises(ImportFailed, match="line 2 is not a link"):
        annotator_links(file)


MUTATED = st.lists(
    st.tuples(st.integers(0, len(LOG)), st.integers(0, 12), st.binary(max_size=6)), min_size=1, max_size=6
)

LINKS = st.from_regex(r"\A(:?\d{1,2} \d{1,10} -\n){1,6}\Z").map(str.encode)


def mutate(good: bytes, changes: list[tuple[int, int, bytes]]) -> bytes:
    for start, length, new in changes:
        good = good[:start] + new + good[start + length :]
    return good


@settings(max_examples=120, deadline=None)
@given(
    log=st.one_of(st.binary(max_size=200), MUTATED.map(lambda changes: mutate(LOG.encode(), changes))),
    links=st.one_of(st.none(), st.binary(max_size=60), LINKS),
    name=st.sampled_from(["2024-03-01", "9999-12-31", "0000-00-00"]),
)
@example(log=b"[23:00] <a> b\n[00:00] <a> c\n", links=None, name="9999-12-31")
@example(log=b"\xff\xfe[\x001\x00", links=b"0 0 -", name="2024-03-01")
@example(
    log="[\u0662\u0663:\u0660\u0660] <a> b\n[10:00] <a> b".encode(), links="\u0660 \u0660 -".encode(), name="2024-03-01"
)
def test_whatever_the_files_hold_only_records_or_one_clear_error_come_out(
    log: bytes, links: bytes | None, name: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / f"{name}.raw.txt").write_bytes(log)
        if links is not None:
            (Path(folder) / f"{name}.annotation.txt").write_bytes(links)
        try:
            found = records(Path(folder))
        except ImportFailed:
            return
    replies = [(m, messages(found).get(m.reply_to)) for m in messages(found).values() if m.reply_to is not None]
    assert all(parent is not None and parent.conv_id == m.conv_id for m, parent in replies)


@pytest.fixture(scope="module")
def corpus() -> Path:
    folder = corpora()
    if folder is None or not (folder / "irc").is_dir():
        pytest.skip("the IRC corpus is not there: set COURSEKIT_CORPORA to the folder of corpora")
    return folder / "irc"


def test_every_line_of_the_corpus_is_a_message_or_rejected_and_threads_are_what_links_connect(corpus: Path) -> None:
    said = system = context = conversations = 0
    for raw in sorted(corpus.glob("*.raw.txt")):
        lines = raw.read_text(errors="replace").split("\n")[:-1]
        # In the log of 2005, what people do is written like what the channel does.
        is_said = [
            bool(re.match(r"\[..:..\] ( \* |<)", line))
            or not re.search(r"has (joined|left) #|now known as|changed the topic|^=== mode/", line)
            for line in lines
        ]
        text = raw.with_name(raw.name.replace(".raw.", ".annotation.")).read_text()
        links = np.array(re.findall(r"(\d+) (\d+) -", text), dtype=int)
        touched = set(links.ravel())
        graph = coo_array((np.ones(len(links)), (links[:, 0], links[:, 1])), shape=(len(lines), len(lines)))
        _, component = connected_components(graph, directed=False)
        conversations += len({component[n] for n in touched if is_said[n]})
        said += sum(is_said[n] for n in touched)
        system += is_said.count(False)
        context += sum(spoken and n not in touched for n, spoken in enumerate(is_said))
    found = records(corpus)

    assert len(messages(found)) == said == 4665
    assert len({m.conv_id for m in messages(found).values()}) == conversations == 584
    assert (reasons(found)[irc.SYSTEM], reasons(found)[irc.CONTEXT]) == (system, context)
    assert said + system + context == 15000
    # Beside the logs lies a licence, which is no log.
    assert reasons(found).total() == system + context + 1


def test_no_reply_of_the_corpus_comes_before_what_it_answers(corpus: Path) -> None:
    found = messages(records(corpus))
    replies = [(m, found[m.reply_to]) for m in found.values() if m.reply_to is not None]

    assert len(replies) == 4078
    assert all(parent.ts < m.ts and parent.conv_id == m.conv_id for m, parent in replies)


def test_three_annotators_of_the_corpus_agree_well_but_not_fully(corpus: Path) -> None:
    table = agreement(corpus)

    assert table["lines"].tolist() == [4623] * 3
    assert table["kappa"].round(2).tolist() == [0.81, 0.88, 0.76]
    assert (table["same_starts"] > 0.94).all()
