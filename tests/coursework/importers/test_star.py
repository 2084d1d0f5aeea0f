"""STAR dialogues."""

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

from coursework.importers import star
from coursework.importers.errors import ImportFailed
from coursework.importers.records import ConversationRecord, MessageRecord, PersonRecord, Record, Rejected
from coursework.importers.source import Source
from coursework.importers.star import STAR
from tests.corpora import corpora

NOON = 1_700_000_000


def event(agent: str, action: str, seconds: int, text: str | None = "words") -> dict[str, Any]:
    made: dict[str, Any] = {"Agent": agent, "Action": action, "UnixTime": NOON + seconds}
    return made if text is None else made | {"Text": text}


def dialogue(*events: Any, **changes: Any) -> dict[str, Any]:
    return {
        "AnonymizedUserWorkerID": "one",
        "AnonymizedWizardWorkerID": "two",
        "CompletionLevel": "Complete",
        "DialogueID": 7,
        "Events": list(events),
        "UserQuestionnaire": [
            {"Question": "Did the assistant reserve your hotel?", "Answer": False},
            {"Question": "Did the assistant stay calm and helpful throughout the dialogue?", "Answer": True},
        ],
    } | changes


GOOD = dialogue(
    event("UserGuide", "instruct", 0),
    event("User", "utter", 10, "hello"),
    event("Wizard", "request_suggestions", 12, "not sent"),
    event("Wizard", "pick_suggestion", 14, "how can I help?"),
    event("Wizard", "utter", 14, "still here"),
    {"Agent": "KnowledgeBase", "Action": "return_item", "Item": {}},
    event("User", "utter", 20, "thanks"),
    event("User", "complete", 21, None),
    event("Wizard", "query", 30, None),
)


def read(folder: Path, *dialogues: Any) -> list[Record]:
    for number, made in enumerate(dialogues):
        (folder / f"{number}.json").write_text(json.dumps(made))
    with Source(folder) as source:
        return list(STAR.read(source, {}))


def of(kind: type[Any], found: list[Record]) -> list[Any]:
    return [record for record in found if isinstance(record, kind)]


def reasons(found: list[Record]) -> Counter[str]:
    return Counter(record.reason for record in of(Rejected, found))


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(NOON + seconds, UTC)


def test_messages_are_what_was_sent_and_answer_the_last_of_the_other_side(tmp_path: Path) -> None:
    found = of(MessageRecord, read(tmp_path, GOOD))

    assert [(m.text, m.reply_to, m.person) for m in found] == [
        ("hello", None, "user one"),
        ("how can I help?", "7:1", "wizard two"),
        ("still here", "7:1", "wizard two"),
        ("thanks", "7:4", "user one"),
    ]
    assert {m.conv_id for m in found} == {"7"}


def test_messages_of_one_second_keep_their_order(tmp_path: Path) -> None:
    times = [m.ts for m in of(MessageRecord, read(tmp_path, GOOD))]

    assert times == [at(10), at(14), at(14).replace(microsecond=1), at(20)]


def test_the_conversation_has_its_times_its_outcome_and_its_agent(tmp_path: Path) -> None:
    (found,) = of(ConversationRecord, read(tmp_path, GOOD))

    assert (found.opened, found.first_response, found.closed) == (at(10), at(14), at(21))
    assert (found.resolved, found.csat, found.agent, found.channel) == (True, 5, "wizard two", "chat")


def test_a_wizard_who_speaks_first_has_not_answered_yet(tmp_path: Path) -> None:
    made = dialogue(event("Wizard", "utter", 0), event("User", "utter", 5), event("Wizard", "utter", 9))

    (found,) = of(ConversationRecord, read(tmp_path, made))

    assert (found.opened, found.first_response, found.closed) == (at(5), at(9), at(9))


@pytest.mark.parametrize(
    ("level", "resolved"),
    [("Complete", True), ("DisconnectDuringDialogue", False), ("EarlyDisconnectDuringDialogue", False), ("?", None)],
)
def test_only_complete_dialogues_are_resolved(tmp_path: Path, level: str, resolved: bool | None) -> None:
    made = dialogue(event("User", "utter", 0), CompletionLevel=level)

    (found,) = of(ConversationRecord, read(tmp_path, made))

    assert found.resolved is resolved
    assert found.first_response is None
    assert found.agent is None


@pytest.mark.parametrize(
    ("answer", "csat", "rejected"), [(True, 5, 0), (False, 1, 0), (None, None, 0), ("yes", None, 1)]
)
def test_calm_and_helpful_is_five_points_and_not_is_one(
    tmp_path: Path, answer: object, csat: int | None, rejected: int
) -> None:
    asked = [{"Question": "Did the assistant stay calm and helpful?", "Answer": answer}]
    found = read(tmp_path, dialogue(event("User", "utter", 0), UserQuestionnaire=asked))

    assert of(ConversationRecord, found)[0].csat == csat
    assert reasons(found)[star.NO_ANSWER] == rejected


def test_people_have_roles_and_are_told_once(tmp_path: Path) -> None:
    found = of(PersonRecord, read(tmp_path, GOOD, GOOD | {"DialogueID": 8}))

    assert [(p.person, p.role) for p in found] == [("user one", "customer"), ("wizard two", "agent")]


def test_without_worker_ids_every_dialogue_has_its_own_people(tmp_path: Path) -> None:
    made = {key: value for key, value in GOOD.items() if not key.startswith("Anonymized")}

    found = of(MessageRecord, read(tmp_path, made, made | {"DialogueID": 8}))

    assert len({m.person for m in found}) == 4


def test_flawed_events_are_rejected_and_reading_goes_on(tmp_path: Path) -> None:
    made = dialogue(
        "words",
        {"Agent": "User"},
        {"Agent": "User", "Action": "utter", "UnixTime": NOON},
        {"Agent": "User", "Action": "utter", "Text": "no time"},
        {"Agent": "User", "Action": "utter", "Text": "huge", "UnixTime": 10**30},
        {"Agent": "User", "Action": "utter", "Text": "true", "UnixTime": True},
        {"Agent": "User", "Action": "utter", "Text": "text", "UnixTime": "1700000000"},
        {"Agent": "Robot", "Action": "beep", "Text": "beep", "UnixTime": NOON},
        event("User", "utter", 3, "good"),
    )

    found = read(tmp_path, made)

    assert [m.text for m in of(MessageRecord, found)] == ["good"]
    assert reasons(found) == {star.NO_EVENT: 2, star.NO_TEXT: 1, star.NO_TIME: 4, star.UNKNOWN_EVENT: 1}


def test_negative_times_are_handed_on_to_be_judged(tmp_path: Path) -> None:
    found = of(MessageRecord, read(tmp_path, dialogue(event("User", "utter", -NOON - 86_400))))

    assert [m.ts.year for m in found] == [1969]


def test_broken_files_are_rejected_and_the_others_read(tmp_path: Path) -> None:
    whole = json.dumps(GOOD)
    (tmp_path / "truncated.json").write_text(whole[: len(whole) // 2])
    (tmp_path / "empty.json").write_text("")
    (tmp_path / "deep.json").write_text("[" * 100_000)
    (tmp_path / "list.json").write_text("[]")
    (tmp_path / "no-events.json").write_text("{}")
    (tmp_path / "silent.json").write_text(json.dumps(dialogue()))

    found = read(tmp_path, GOOD)

    assert len(of(MessageRecord, found)) == 4
    assert reasons(found) == {star.DAMAGED: 3, star.NO_DIALOGUE: 2, star.NO_WORDS: 1}


def test_a_source_without_json_cannot_be_imported(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing")

    with pytest.raises(ImportFailed, match=r"holds no \.json file: give"):
        read(tmp_path)
    assert not STAR.recognises(Source(tmp_path))


def test_a_dialogue_is_recognised(tmp_path: Path) -> None:
    (tmp_path / "1.json").write_text(json.dumps(GOOD))

    assert STAR.recognises(Source(tmp_path))


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
EVENTS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "Agent": st.sampled_from(["User", "Wizard"]) | ANYTHING,
            "Action": st.sampled_from(["utter", "complete"]) | ANYTHING,
            "Text": st.text(max_size=5) | ANYTHING,
            "UnixTime": st.integers(0, 2**40) | ANYTHING,
        },
    )
    | ANYTHING,
    max_size=4,
)
MUTATED = st.tuples(st.integers(0, 900), st.integers(0, 12), st.binary(max_size=6)).map(
    lambda change: json.dumps(GOOD).encode()[: change[0]] + change[2] + json.dumps(GOOD).encode()[sum(change[:2]) :]
)
CHANGED = st.dictionaries(st.sampled_from(sorted(GOOD)), ANYTHING).flatmap(
    lambda changes: EVENTS.map(lambda events: json.dumps(GOOD | {"Events": events} | changes).encode())
)


@settings(max_examples=120, deadline=None)
@given(st.one_of(st.binary(max_size=100), MUTATED, CHANGED))
@example(json.dumps(dialogue({"Agent": [], "Action": {}, "Text": ""})).encode())
@example(json.dumps(dialogue(event("User", "utter", 0) | {"UnixTime": float("nan")})).encode())
@example(b'{"Events": [], "DialogueID": ' + b"9" * 5000 + b"}")
@example(b'{"Events": [], "DialogueID": true, "x": "\xff"}')
def test_whatever_a_file_holds_only_records_or_one_clear_error_come_out(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "1.json").write_bytes(data)
        try:
            found = read(Path(folder))
        except ImportFailed:
            return
    known = {m.msg_id for m in of(MessageRecord, found)}
    assert found
    assert all(m.reply_to is None or m.reply_to in known for m in of(MessageRecord, found))


def test_the_corpus_is_read_as_plain_counting_says() -> None:
    folder = corpora()
    if folder is None or not (folder / "star").is_dir():
        pytest.skip("the STAR corpus is not there: set COURSEKIT_CORPORA to the folder of corpora")
    counts: Counter[str] = Counter()
    for path in (folder / "star" / "dialogues").glob("*.json"):
        made = json.loads(path.read_text())
        sent = [e["Agent"] for e in made["Events"] if (e["Agent"], e["Action"]) == ("Wizard", "pick_suggestion")] + [
            e["Agent"] for e in made["Events"] if e["Action"] == "utter"
        ]
        asked = [a["Answer"] for a in made["UserQuestionnaire"] if "calm and helpful" in a["Question"]]
        counts["messages"] += len(sent)
        counts["agent's"] += sent.count("Wizard")
        if sent:
            counts["conversations"] += 1
            counts["resolved"] += made["CompletionLevel"] == "Complete"
            counts["csat 5"] += asked == [True]
            counts["csat 1"] += asked == [False]
        else:
            counts["silent"] += 1
    with Source(folder / "star") as source:
        assert STAR.recognises(source)
        found = list(STAR.read(source, {}))
    said, conversations = of(MessageRecord, found), of(ConversationRecord, found)
    when = {m.msg_id: m.ts for m in said}

    assert counts == {
        "messages": len(said),
        "agent's": sum(m.person.startswith("wizard") for m in said),
        "conversations": len(conversations),
        "resolved": sum(c.resolved for c in conversations),
        "csat 5": sum(c.csat == 5 for c in conversations),
        "csat 1": sum(c.csat == 1 for c in conversations),
        "silent": reasons(found)[star.NO_WORDS],
    }
    assert reasons(found).total() == counts["silent"]
    assert (counts["messages"], counts["conversations"]) == (13_572, 757)
    assert all(m.reply_to is None or when[m.reply_to] < m.ts for m in said)
    assert all(c.opened <= (c.first_response or c.closed) <= c.closed for c in conversations)
