"""Issues and comments of GitHub, as its REST API gives them."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from coursework.importers import github
from coursework.importers.errors import ImportFailed
from coursework.importers.github import GITHUB
from coursework.importers.records import ConversationRecord, MessageRecord, PersonRecord, Record, Rejected
from coursework.importers.source import Source

API = "https://api.github.com/repos/org-1/shop"
PAGE = "https://github.com/org-1/shop"


def user(login: str, kind: str = "User") -> dict[str, Any]:
    return {"login": login, "id": 1, "type": kind}


def issue(number: int = 1, /, **changes: Any) -> dict[str, Any]:
    return {
        "url": f"{API}/issues/{number}",
        "repository_url": API,
        "comments_url": f"{API}/issues/{number}/comments",
        "html_url": f"{PAGE}/issues/{number}",
        "number": number,
        "title": "The page is blank",
        "body": "Since **noon**.",
        "user": user("customer-1"),
        "author_association": "NONE",
        "created_at": "2024-03-01T12:00:00Z",
        "closed_at": None,
        "state_reason": None,
        "comments": 0,
    } | changes


def comment(
    number: int, day: int, author: str, association: str = "NONE", on: int = 1, **changes: Any
) -> dict[str, Any]:
    return {
        "url": f"{API}/issues/comments/{number}",
        "html_url": f"{PAGE}/issues/{on}#issuecomment-{number}",
        "issue_url": f"{API}/issues/{on}",
        "id": number,
        "user": user(author),
        "author_association": association,
        "created_at": f"2024-03-{day:02}T12:00:00Z",
        "body": f"words {number}",
    } | changes


def read(folder: Path, *items: Any, comments: Any = None) -> list[Record]:
    if items:
        (folder / "issues.json").write_text(json.dumps(list(items)))
    if comments is not None:
        (folder / "comments.json").write_text(json.dumps(comments))
    with Source(folder) as source:
        return list(GITHUB.read(source, {}))


def of(kind: type[Any], found: list[Record]) -> list[Any]:
    return [record for record in found if isinstance(record, kind)]


def reasons(found: list[Record]) -> Counter[str]:
    return Counter(record.reason for record in of(Rejected, found))


def day(number: int) -> datetime:
    return datetime(2024, 3, number, 12, tzinfo=UTC)


def test_an_issue_opens_a_conversation_and_comments_answer_it(tmp_path: Path) -> None:
    found = of(MessageRecord, read(tmp_path, issue(), comments=[comment(5, 2, "agent-1"), comment(6, 3, "customer-1")]))

    # The file of comments comes first: records may come before those they refer to.
    assert [(m.msg_id, m.conv_id, m.reply_to, m.person) for m in found] == [
        ("org-1/shop#1/5", "org-1/shop#1", "org-1/shop#1", "agent-1"),
        ("org-1/shop#1/6", "org-1/shop#1", "org-1/shop#1", "customer-1"),
        ("org-1/shop#1", "org-1/shop#1", None, "customer-1"),
    ]
    assert found[2].text == "The page is blank\n\nSince **noon**."
    assert found[2].ts == day(1)


def test_the_first_response_is_the_first_comment_of_an_agent_who_did_not_ask(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        issue(user=user("agent-1"), author_association="MEMBER", closed_at="2024-03-09T12:00:00Z"),
        comments=[
            comment(9, 8, "agent-2", "OWNER"),
            comment(4, 2, "customer-1", "CONTRIBUTOR"),
            comment(5, 3, "agent-1", "MEMBER"),
            comment(6, 5, "agent-3", "COLLABORATOR"),
            comment(7, 4, "helper[bot]", "MEMBER"),
        ],
    )

    (conversation,) = of(ConversationRecord, found)
    assert (conversation.opened, conversation.first_response, conversation.closed) == (day(1), day(5), day(9))
    assert conversation.agent == "agent-3"


def test_many_comments_of_one_agent_do_not_hide_the_first_of_another(tmp_path: Path) -> None:
    mine = [comment(n, n, "agent-1", "OWNER") for n in range(2, 9)]
    comments = [*mine, comment(20, 20, "agent-2", "OWNER")]

    (conversation,) = of(ConversationRecord, read(tmp_path, issue(user=user("agent-1")), comments=comments))

    assert (conversation.first_response, conversation.agent) == (day(20), "agent-2")


@pytest.mark.parametrize(
    ("reason", "resolved"),
    [("completed", True), ("not_planned", False), ("duplicate", False), (None, None), ("reopened", None)],
)
def test_the_reason_of_closing_says_whether_it_was_resolved(
    tmp_path: Path, reason: str | None, resolved: bool | None
) -> None:
    (conversation,) = of(ConversationRecord, read(tmp_path, issue(state_reason=reason)))

    assert conversation.resolved is resolved


def test_each_person_comes_once_with_the_highest_role_seen(tmp_path: Path) -> None:
    comments = [
        comment(1, 2, "person-1", "NONE"),
        comment(2, 3, "person-1", "MEMBER"),
        comment(3, 4, "person-1", "NONE"),
        comment(4, 5, "person-2", "CONTRIBUTOR"),
        comment(5, 6, "app", user=user("app", "Bot")),
        comment(6, 7, "app[bot]"),
    ]

    found = of(PersonRecord, read(tmp_path, comments=comments))

    assert [(p.person, p.role) for p in found] == [
        ("person-1", "agent"),
        ("person-2", "customer"),
        ("app", "bot"),
        ("app[bot]", "bot"),
    ]


def test_deleted_accounts_are_one_unknown_person_for_each_issue(tmp_path: Path) -> None:
    found = read(tmp_path, issue(1, user=None), issue(2, user=user("ghost")), comments=[comment(1, 2, "x", user=None)])

    people = {m.msg_id: m.person for m in of(MessageRecord, found)}
    assert people["org-1/shop#1"] == people["org-1/shop#1/1"] != people["org-1/shop#2"]


def test_pull_requests_and_comments_on_them_are_rejected(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        issue(1, pull_request={"url": f"{API}/pulls/1"}),
        comments=[
            comment(2, 2, "customer-1", html_url=f"{PAGE}/pull/1#issuecomment-2"),
            comment(3, 2, "customer-1", pull_request_url=f"{API}/pulls/1"),
        ],
    )

    assert reasons(found) == {github.PULL_REQUEST: 1, github.PULL_COMMENT: 2}
    assert of(MessageRecord, found) == []


def test_an_issue_without_a_body_says_its_title(tmp_path: Path) -> None:
    assert [m.text for m in of(MessageRecord, read(tmp_path, issue(body=None)))] == ["The page is blank"]


def test_missing_comments_are_told_because_silence_would_look_like_no_answer(tmp_path: Path) -> None:
    assert reasons(read(tmp_path, issue(1, comments=3), issue(2))) == {github.NO_COMMENTS: 1}


def test_flawed_items_are_rejected_and_reading_goes_on(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        issue(1, created_at=None),
        issue(2, created_at="yesterday"),
        issue(3, title=7),
        issue(4, body=["x"]),
        issue(5, url=None, html_url=None, number="five"),
        {"number": 6},
        "words",
        None,
        comment(7, 1, "customer-1", issue_url=None),
        issue(8, url=None, html_url=None),
        issue(9),
    )

    assert [m.msg_id for m in of(MessageRecord, found)] == ["#8", "org-1/shop#9"]
    assert reasons(found) == {
        github.NO_TIME: 2,
        github.BAD_TEXT: 2,
        github.NO_NUMBER: 2,
        github.UNKNOWN_ITEM: 3,
    }


PAGES = {
    "a list": json.dumps([issue(1), issue(2)]),
    "a list with a byte order mark": "\ufeff" + json.dumps([issue(1), issue(2)]),
    "pages one after another": json.dumps([issue(1)]) + json.dumps([issue(2)]),
    "a list of pages": json.dumps([[issue(1)], [issue(2)]], indent=2),
    "one object a line": json.dumps(issue(1)) + "\n\n" + json.dumps(issue(2)) + "\n",
    "objects over several lines": json.dumps(issue(1), indent=2) + "\n" + json.dumps(issue(2), indent=2),
    "a search": json.dumps({"total_count": 2, "incomplete_results": False, "items": [issue(1), issue(2)]}),
    "a search, indented": json.dumps({"total_count": 2, "items": [issue(1), issue(2)]}, indent=2),
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("form", PAGES)
def test_all_forms_in_which_issues_are_saved_are_read(tmp_path: Path, form: str, encoding: str) -> None:
    (tmp_path / "issues.json").write_bytes(
        PAGES[form].lstrip("\ufeff" if encoding == "utf-16" else "").encode(encoding)
    )

    found = read(tmp_path)

    assert [m.conv_id for m in of(MessageRecord, found)] == ["org-1/shop#1", "org-1/shop#2"]
    assert reasons(found) == {}


def test_what_stands_before_the_break_of_a_truncated_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "issues.json").write_text(json.dumps([issue(1), issue(2), issue(3)])[:-40])

    found = read(tmp_path)

    assert [m.conv_id for m in of(MessageRecord, found)] == ["org-1/shop#1", "org-1/shop#2"]
    assert reasons(found) == {github.DAMAGED: 1}


def test_an_object_nested_beyond_reason_ends_the_reading_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "issues.json").write_text("[" + json.dumps(issue()) + "," + '{"a":' * 1000 + "1" + "}" * 1000 + "]")

    found = read(tmp_path)

    assert len(of(MessageRecord, found)) == 1
    assert reasons(found) == {github.DAMAGED: 1}


def test_a_second_copy_of_an_issue_does_not_change_what_the_first_said(tmp_path: Path) -> None:
    found = read(tmp_path, issue(state_reason="completed"), issue(created_at="2024-05-01T00:00:00Z"))

    (conversation,) = of(ConversationRecord, found)
    assert (conversation.opened, conversation.resolved) == (day(1), True)


def test_a_broken_line_is_rejected_and_the_next_read(tmp_path: Path) -> None:
    lines = [json.dumps(issue(1)), '{"number": ', "[" * 100_000, json.dumps(issue(2))]
    (tmp_path / "issues.jsonl").write_text("\n".join(lines))

    found = read(tmp_path)

    assert len(of(MessageRecord, found)) == 2
    assert reasons(found) == {github.BAD_LINE: 2}


def test_an_empty_file_and_one_of_another_kind_are_rejected(tmp_path: Path) -> None:
    (tmp_path / "empty.json").write_text(" ")
    (tmp_path / "number.json").write_text("7")
    (tmp_path / "words.json").write_text("not json")

    assert reasons(read(tmp_path, issue())) == {github.DAMAGED: 2, github.UNKNOWN_ITEM: 1}


def test_a_source_without_json_cannot_be_imported(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing")

    with pytest.raises(ImportFailed, match=r"holds no \.json or \.jsonl file: give"):
        read(tmp_path)


def test_issues_and_comments_are_recognised_and_other_json_is_not(tmp_path: Path) -> None:
    for name, made, expected in [("i", [issue()], True), ("c", [comment(1, 1, "x")], True), ("o", [{"a": 1}], False)]:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "x.json").write_text(json.dumps(made))
        assert GITHUB.recognises(Source(folder)) is expected


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
ISSUE, COMMENT = issue(comments=1), comment(2, 2, "agent-1", "OWNER")
GOOD = json.dumps([ISSUE, COMMENT]).encode()
MUTATED = st.tuples(st.integers(0, len(GOOD)), st.integers(0, 12), st.binary(max_size=6)).map(
    lambda change: GOOD[: change[0]] + change[2] + GOOD[sum(change[:2]) :]
)
CHANGED = st.tuples(
    st.dictionaries(st.sampled_from(sorted(ISSUE)), ANYTHING),
    st.dictionaries(st.sampled_from(sorted(COMMENT)), ANYTHING),
).map(lambda changes: json.dumps([ISSUE | changes[0], COMMENT | changes[1]]).encode())


@settings(max_examples=120, deadline=None)
@given(st.one_of(st.binary(max_size=100), MUTATED, CHANGED))
@example(json.dumps([ISSUE | {"user": [], "number": True}, COMMENT | {"user": {"login": {}}, "id": None}]).encode())
@example(json.dumps([COMMENT | {"created_at": "2024-03-02"}, COMMENT, ISSUE]).encode())
@example(json.dumps([ISSUE | {"title": "\ud800"}]).encode())
@example(b"\xff\xfe[\x00{\x00")
@example(b"[1" + b"0" * 400 + b"]")
@example(b"[" * 100_000)
@example(b'{"total_count": 1, "items": 3}')
def test_whatever_a_file_holds_only_records_or_one_clear_error_come_out(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "x.json").write_bytes(data)
        try:
            found = read(Path(folder))
        except ImportFailed:
            return
    assert all(c.first_response is None or c.agent is not None for c in of(ConversationRecord, found))
    known = {c.conv_id for c in of(ConversationRecord, found)}
    assert {m.conv_id for m in of(MessageRecord, found)} == known
