"""Slack's exports become messages, threads and people, and nothing in them is lost without a word."""

from __future__ import annotations

import json
import re
import zipfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from coursework.importers import slack
from coursework.importers.errors import ImportFailed
from coursework.importers.records import ConversationRecord, MessageRecord, PersonRecord, Record, Rejected
from coursework.importers.slack import SLACK
from coursework.importers.source import Source
from tests.corpora import corpus

DAY = "general/2024-01-31.json"
T0, T1, T2, T3 = "1706700000.000100", "1706700060.000200", "1706700120.000300", "1706700180.000400"
CHANNELS = [{"id": "C1", "name": "general"}]
USERS = [
    {"id": "U1", "name": "learner-01", "tz": "Europe/Berlin", "profile": {"display_name": "one", "real_name": "L One"}},
    {"id": "U2", "name": "learner-02", "is_bot": False},
    {"id": "U9", "name": "reminders", "is_bot": True},
]


def said(ts: str, text: str = "words", user: str = "U1", **more: Any) -> dict[str, Any]:
    return {"type": "message", "user": user, "text": text, "ts": ts, **more}


def export(folder: Path, days: dict[str, Any], **lists: Any) -> Path:
    """A folder as Slack's zip unpacks to; bytes are written as they are."""
    lists = {"channels": CHANNELS, "users": USERS} | lists
    files = {f"{name}.json": content for name, content in lists.items()} | days
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return folder


def read(path: Path) -> list[Record]:
    with Source(path) as source:
        assert SLACK.recognises(source) in (True, False)
        return list(SLACK.read(source, {}))


def messages(records: list[Record]) -> list[MessageRecord]:
    return [record for record in records if isinstance(record, MessageRecord)]


def reasons(records: list[Record]) -> Counter[str]:
    return Counter(record.reason for record in records if isinstance(record, Rejected))


def test_a_message_has_its_writer_its_time_and_its_place(tmp_path: Path) -> None:
    (message,) = messages(read(export(tmp_path, {DAY: [said(T0)]})))
    assert message.person == "U1"
    assert message.ts == datetime(2024, 1, 31, 11, 20, 0, 100, tzinfo=UTC)
    assert message.place == f"{DAY}, item 1"
    assert message.reply_to is None and message.text == "words" and not message.is_html


def test_a_thread_is_one_conversation_whose_replies_answer_its_first_message(tmp_path: Path) -> None:
    later = "general/2024-02-01.json"
    days = {
        DAY: [said(T0, thread_ts=T0), said(T1, user="U2", thread_ts=T0)],
        later: [said(T2, thread_ts=T0, subtype="thread_broadcast")],
    }
    first, second, third = messages(read(export(tmp_path, days)))
    assert first.conv_id == second.conv_id == third.conv_id
    assert first.reply_to is None
    assert second.reply_to == third.reply_to == first.msg_id


def test_messages_outside_threads_are_conversations_of_their_own(tmp_path: Path) -> None:
    found = messages(read(export(tmp_path, {DAY: [said(T0), said(T1), said(T2)]})))
    assert len({message.conv_id for message in found}) == 3


def test_equal_times_in_two_channels_are_two_messages(tmp_path: Path) -> None:
    days = {DAY: [said(T0)], "help/2024-01-31.json": [said(T0)]}
    found = messages(read(export(tmp_path, days)))
    assert len({message.msg_id for message in found}) == len({message.conv_id for message in found}) == 2


def test_joins_and_topics_are_rejected_as_no_ones_words(tmp_path: Path) -> None:
    items = [said(T0, subtype=kind) for kind in ("channel_join", "channel_leave", "channel_topic", "bot_add")]
    records = read(export(tmp_path, {DAY: [*items, said(T1)]}))
    assert len(messages(records)) == 1
    assert reasons(records) == {slack.SYSTEM: 4}


def test_an_edited_message_has_its_last_text_even_when_edited_on_another_day(tmp_path: Path) -> None:
    edits = [
        {"type": "message", "subtype": "message_changed", "ts": stamp, "message": said(T0, text)}
        for stamp, text in ((T1, "second"), (T2, "third"))
    ]
    records = read(export(tmp_path, {DAY: [said(T0, "first")], "general/2024-02-01.json": edits}))
    assert [message.text for message in messages(records)] == ["third"]
    assert reasons(records) == {slack.EDIT: 2}


def test_an_edit_whose_message_is_not_in_the_export_stands_for_it(tmp_path: Path) -> None:
    edit = {"type": "message", "subtype": "message_changed", "ts": T1, "message": said(T0, "after")}
    (message,) = messages(read(export(tmp_path, {DAY: [edit]})))
    assert message.text == "after" and message.msg_id.endswith(T0)


def test_deleted_messages_are_rejected_wherever_the_deletion_stands(tmp_path: Path) -> None:
    days = {
        DAY: [said(T0), said(T1, subtype="tombstone"), said(T2)],
        "general/2024-02-01.json": [{"type": "message", "subtype": "message_deleted", "ts": T3, "deleted_ts": T0}],
    }
    records = read(export(tmp_path, days))
    assert [message.msg_id for message in messages(records)] == [f"C1/{T2}"]
    assert reasons(records) == {slack.DELETED: 3}


def test_bots_are_people_with_the_role_of_a_bot_and_speak_by_their_attachments(tmp_path: Path) -> None:
    bot = {"type": "message", "subtype": "bot_message", "bot_id": "B7", "username": "build", "text": "", "ts": T0}
    records = read(export(tmp_path, {DAY: [bot | {"attachments": [{"fallback": "1 new &amp; good commit"}]}]}))
    people = {record.person: record for record in records if isinstance(record, PersonRecord)}
    assert people["B7"].role == "bot" and people["B7"].aliases == ("build",)
    assert people["U9"].role == "bot" and people["U1"].role is None
    assert [message.text for message in messages(records)] == ["1 new & good commit"]


def test_people_bring_their_time_zone_and_every_name_they_go_by(tmp_path: Path) -> None:
    people = [record for record in read(export(tmp_path, {DAY: [said(T0)]})) if isinstance(record, PersonRecord)]
    assert people[0].tz == "Europe/Berlin"
    assert set(people[0].aliases) == {"learner-01", "one", "L One"}
    assert people[1].tz is None


@pytest.mark.parametrize(
    ("markup", "plain"),
    [
        ("hi <@U123>", "hi <@U123>"),
        ("hi <@U123|learner-01>", "hi <@U123>"),
        ("see <https://example.org/?a=1&amp;b=2|this page>", "see this page"),
        ("see <https://example.org/?a=1&amp;b=2>", "see https://example.org/?a=1&b=2"),
        ("<#C1|general> and <#C2>", "#general and #C2"),
        ("<!here> <!subteam^S1|@team> <!date^1392734382^{date}|18 February>", "@here @team 18 February"),
        ("<mailto:customer-1@example.org|customer-1@example.org>", "customer-1@example.org"),
        ("1 &lt; 2 &amp;&amp; 3 &gt; 2", "1 < 2 && 3 > 2"),
        ("&amp;lt;", "&lt;"),
        ("&eacute; &#39;", "&eacute; &#39;"),
    ],
)
def test_markup_becomes_plain_text_and_mentions_lose_the_name(markup: str, plain: str) -> None:
    assert slack.plain(markup) == plain


def test_private_channels_and_direct_messages_are_chat(tmp_path: Path) -> None:
    days = {DAY: [said(T0)], "team/2024-01-31.json": [said(T0, thread_ts=T0)], "D5/2024-01-31.json": [said(T1)]}
    path = export(tmp_path, days, groups=[{"id": "G1", "name": "team"}], dms=[{"id": "D5", "members": ["U1", "U2"]}])
    records = read(path)
    chats = {record.conv_id for record in records if isinstance(record, ConversationRecord)}
    assert chats == {f"G1/{T0}", f"D5/{T1}"}
    assert SLACK.channel == "forum"


def test_items_that_are_no_messages_are_each_rejected_with_a_reason(tmp_path: Path) -> None:
    items = [
        7,
        {"type": "reaction_added"},
        {"type": "message", "text": "no one", "ts": T0},
        said("yesterday"),
        said("nan"),
        said("1e300"),
        {"type": "message", "subtype": "message_changed", "ts": T1},
        said(T2),
    ]
    records = read(export(tmp_path, {DAY: items}))
    assert len(messages(records)) == 1
    assert reasons(records) == {
        slack.NO_MESSAGE: 2,
        slack.NO_SENDER: 1,
        slack.NO_TIME: 3,
        slack.EDIT_OF_NOTHING: 1,
    }


def test_times_of_1970_and_2100_are_handed_on(tmp_path: Path) -> None:
    found = messages(read(export(tmp_path, {DAY: [said("0.5"), said("4102444800.000001")]})))
    assert [message.ts.year for message in found] == [1970, 2100]


def test_a_truncated_day_keeps_what_stands_before_the_break(tmp_path: Path) -> None:
    cut = json.dumps([said(T0), said(T1), said(T2)]).encode()[:-20]
    records = read(export(tmp_path, {DAY: cut, "general/2024-02-01.json": [said(T3)]}))
    assert [message.msg_id[-6:] for message in messages(records)] == ["000100", "000200", "000400"]
    assert [record for record in records if isinstance(record, Rejected)] == [Rejected(DAY, slack.BROKEN)]


def test_a_file_that_is_no_list_is_rejected_and_the_others_are_read(tmp_path: Path) -> None:
    path = export(tmp_path, {DAY: {"messages": []}, "general/2024-02-01.json": [said(T0)]}, users={"U1": {}})
    records = read(path)
    assert len(messages(records)) == 1
    assert {record.place for record in records if isinstance(record, Rejected)} == {DAY, "users.json"}
    assert reasons(records) == {slack.NO_LIST: 2}


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    assert len(messages(read(export(tmp_path, {DAY: b"\xef\xbb\xbf" + json.dumps([said(T0)]).encode()})))) == 1


def test_an_export_inside_another_folder_of_the_zip_is_found(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("our export/channels.json", json.dumps(CHANNELS))
        archive.writestr(f"our export/{DAY}", json.dumps([said(T0)]))
        archive.writestr(f"__MACOSX/our export/{DAY}", "\0")
    (message,) = messages(read(path))
    assert message.msg_id == f"C1/{T0}"


@pytest.mark.parametrize("days", [{}, {DAY: []}])
def test_an_export_without_messages_fails_with_one_sentence(tmp_path: Path, days: dict[str, Any]) -> None:
    with pytest.raises(ImportFailed, match="holds no messages"):
        read(export(tmp_path, days))


def test_other_folders_are_not_taken_for_slack(tmp_path: Path) -> None:
    (tmp_path / "channels.json").write_text("[]")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "plan.json").write_text("[]")
    assert not SLACK.recognises(Source(tmp_path))


GOOD = json.dumps([said(T0, "<@U1> hi", thread_ts=T0), said(T1, thread_ts=T0), said(T2, subtype="tombstone")]).encode()


def assert_only_records(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "day.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(DAY, data)
        archive.writestr("users.json", data)
    try:
        for record in read(path):
            assert isinstance(record, MessageRecord | PersonRecord | ConversationRecord | Rejected)
    except ImportFailed as failed:
        assert str(failed)


@example(b"[" * 50_000)
@example(b'[{"type":"message","user":"U1","ts":' + b"9" * 5000 + b"}]")
@example(b'[{"type":"message","user":"U1","ts":"1.5","text":"\\ud800"}]')
@example(b"[NaN]")
@example(b"[1,]")
@example(b"[] []")
@example(b"[1 2]")
@example(b"\xff\xfe[\x00]\x00")
@given(st.binary(max_size=200))
@settings(deadline=None, max_examples=100)
def test_any_bytes_give_records_rejections_or_one_error(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    assert_only_records(tmp_path_factory.getbasetemp(), data)


@given(st.integers(0, len(GOOD)), st.binary(max_size=6), st.integers(0, 12))
@settings(deadline=None, max_examples=150)
def test_a_mutated_day_gives_records_rejections_or_one_error(
    tmp_path_factory: pytest.TempPathFactory, at: int, new: bytes, gone: int
) -> None:
    assert_only_records(tmp_path_factory.getbasetemp(), GOOD[:at] + new + GOOD[at + gone :])


ODD = st.sampled_from([None, True, 0, -1, 1e300, "", "x", [], [None], [{}], {}, {"text": 1}, {"name": ["x"]}])
KEYS = st.sampled_from(
    [
        *("type", "subtype", "user", "ts", "thread_ts", "text", "message", "deleted_ts", "previous_message", "bot_id"),
        *("username", "comment", "attachments", "user_profile", "profile", "id", "name", "is_bot", "tz"),
    ]
)
KINDS = st.sampled_from(["message", "message_changed", "message_deleted", "bot_message", "file_comment", T0])


ITEM = st.dictionaries(KEYS, KINDS | ODD, max_size=6)


@given(st.lists(st.builds(lambda item, inner: item | {"message": inner}, ITEM, ITEM) | ITEM, max_size=4))
@settings(deadline=None, max_examples=60)
def test_values_of_unexpected_types_give_records_or_rejections(
    tmp_path_factory: pytest.TempPathFactory, items: list[dict[str, Any]]
) -> None:
    assert_only_records(tmp_path_factory.getbasetemp(), json.dumps(items).encode())


def test_every_item_of_a_real_export_is_a_message_or_a_counted_rejection() -> None:
    path = corpus("slack") / "export.zip"
    stamps, joined = [], 0
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if re.search(r"/\d{4}-\d\d-\d\d\.json$", name):
                for item in json.loads(archive.read(name)):
                    stamps.append(item["ts"])
                    joined += item.get("subtype") in ("channel_join", "bot_add", "bot_remove", "channel_purpose")
        users = {user["id"] for user in json.loads(archive.read("users.json"))}
    records = read(path)
    assert len(stamps) > 150 and joined > 5
    assert len(messages(records)) == len(stamps) - joined
    assert reasons(records) == {slack.SYSTEM: joined}
    assert users < {record.person for record in records if isinstance(record, PersonRecord)}
    assert {message.person for message in messages(records)} <= {
        record.person for record in records if isinstance(record, PersonRecord)
    }
    assert Counter(round(message.ts.timestamp()) for message in messages(records)) <= Counter(
        round(float(stamp)) for stamp in stamps
    )
