"""From records to tables: what is rejected, repaired, protected and written, whatever the format."""

from __future__ import annotations

import csv
import json
import stat
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pandas as pd
import pytest

from coursework.importers import collector
from coursework.importers.collecting import import_data
from coursework.importers.errors import ImportFailed
from coursework.importers.records import (
    ConversationRecord,
    LabelRecord,
    MessageRecord,
    PersonRecord,
    Record,
    Rejected,
)
from coursework.importers.source import Source
from coursework.packaging import read_folder
from coursework.tables import TABLES
from tests.coursework.importers.conftest import NOW, Imported

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)


class Given:
    """An importer that yields the records it was given."""

    name, title, channel = "given", "records of a test", "list"

    def __init__(self, *records: Record) -> None:
        self.records = records

    def recognises(self, source: Source) -> bool:
        return False

    def read(self, source: Source, options: Mapping[str, str]) -> Iterator[Record]:
        yield from self.records


Run = Callable[..., Imported]


@pytest.fixture
def collected(tmp_path: Path, imported: Run) -> Run:
    path = tmp_path / "any.txt"
    path.write_text("x")

    def run(*records: Record, **more: object) -> Imported:
        return imported(Given(*records), path, **more)

    return run


def message(name: str, reply_to: str | None = None, person: str = "person-1", **more: object) -> MessageRecord:
    given = {"ts": NOON, "text": "hello", "conv_id": "c"} | more
    return MessageRecord(f"line {name}", name, reply_to=reply_to, person=person, **given)  # type: ignore[arg-type]


def places(path: Path) -> list[list[str]]:
    with path.open(newline="") as file:
        return list(csv.reader(file))[1:]


def test_all_canonical_columns_are_written_and_only_tables_with_rows(collected: Run) -> None:
    done = collected(message("1"), message("2", "1", person="person-2", sent_as="business"))
    assert sorted(path.name for path in done.out.iterdir()) == [
        "conversation.csv", "datapackage.json", "import-report.json", "message.csv", "person.csv", "rejected.csv",
        "repaired.csv",
    ]  # fmt: skip
    for name in ("message", "conversation", "person"):
        assert list(done.table(name)) == TABLES[name].column_names
    assert done.table("message").to_dict("records")[1] == {
        "msg_id": "2", "conv_id": "c", "reply_to": "1", "person_id": "person-2", "ts": "2025-03-01T12:00:00Z",
        "clock": "utc", "sent_as": "business", "text": "hello",
    }  # fmt: skip
    (conversation,) = done.table("conversation").to_dict("records")
    assert (conversation["channel"], conversation["opened"]) == ("list", "2025-03-01T12:00:00Z")
    assert done.report.rows == {"person": 2, "conversation": 1, "message": 2}
    assert done.report.records == 2
    assert done.report.rejected == done.report.repaired == {}
    assert read_folder(done.out).keys() == {"person", "conversation", "message"}
    assert json.loads((done.out / "import-report.json").read_text())["rows"] == done.report.rows


def test_each_rejection_is_listed_with_its_place_and_counted_by_its_reason(collected: Run) -> None:
    done = collected(
        message("1"),
        message("1", text="again"),
        message("2", ts=datetime(1970, 1, 1, tzinfo=UTC)),
        message("3", ts=datetime(2100, 1, 1, tzinfo=UTC)),
        message("4", ts=NOW + timedelta(days=1)),
        message("5", person=" "),
        message(""),
        message("6", conv_id="\0"),
        message("7", ts=datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))),
        Rejected("line 9", "no words"),
        Rejected("line 10", "no words"),
        PersonRecord("line 11", ""),
        ConversationRecord("line 12", "silent"),
        LabelRecord("line 13", "no such", "first", intent="help"),
        LabelRecord("line 14", "1", "first", intent="help"),
        LabelRecord("line 15", "1", "first", intent="sell"),
        LabelRecord("line 16", "1", "fourth", intent="sell"),
    )
    assert list(done.table("message")["msg_id"]) == ["1", "4"]
    assert list(done.table("message")["text"]) == ["hello", "hello"]
    assert done.report.rejected == {
        collector.DUPLICATE: 1,
        collector.TOO_EARLY: 2,
        collector.TOO_LATE: 1,
        collector.NO_PERSON: 2,
        collector.NO_ID: 1,
        collector.NO_CONVERSATION: 1,
        "no words": 2,
        collector.EMPTY_CONVERSATION: 1,
        collector.STRAY_LABEL: 1,
        collector.SECOND_LABEL: 1,
        "a label without a known rater": 1,
    }
    listed = places(done.out / "rejected.csv")
    assert len(listed) == sum(done.report.rejected.values())
    assert ["line 2", collector.TOO_EARLY] in listed
    assert done.table("label").to_dict("records") == [
        {"msg_id": "1", "rater": "first", "intent": "help", "function": "", "tone": ""}
    ]


def test_replies_to_themselves_and_in_circles_are_cut_and_orphans_stay(collected: Run) -> None:
    done = collected(
        message("1", "1"),
        message("2", "4"),
        message("3", "2"),
        message("4", "3"),
        message("5", "4"),
        message("6", "7"),
        message("7", "6"),
        message("8", "lost"),
        message("9", "1"),
    )
    replies = dict(zip(done.table("message")["msg_id"], done.table("message")["reply_to"], strict=True))
    # Of each circle the reply that came last is taken out.
    assert replies == {"1": "", "2": "4", "3": "2", "4": "", "5": "4", "6": "7", "7": "", "8": "lost", "9": "1"}
    assert done.report.repaired == {collector.SELF_REPLY: 1, collector.CIRCLE: 2}
    assert places(done.out / "repaired.csv") == [
        ["line 1", collector.SELF_REPLY], ["line 4", collector.CIRCLE], ["line 7", collector.CIRCLE],
    ]  # fmt: skip
    assert done.report.orphans == 1
    assert done.report.rejected == {}


def test_values_outside_the_schema_are_emptied_and_listed(collected: Run) -> None:
    done = collected(
        message("1", sent_as="work"),
        ConversationRecord("conversation c", "c", channel="fax", csat=7, closed=datetime(1970, 1, 1), team="T"),
        ConversationRecord("again", "c", more={"csat": "4.0", "minutes": "-1", "resolved": "Yes", "tool": "inbox"}),
        PersonRecord("person", "person-1", role="boss", tz="Mars/North", more={"hire": "2020-02-30", "wage": "21.5"}),
    )
    (conversation,) = done.table("conversation").to_dict("records")
    assert (conversation["channel"], conversation["closed"], conversation["minutes"]) == ("list", "", "")
    assert (conversation["csat"], conversation["resolved"], conversation["tool"]) == ("4", "true", "inbox")
    (person,) = done.table("person").to_dict("records")
    assert (person["role"], person["tz"], person["hire"], person["wage"]) == ("customer", "", "", "21.5")
    assert done.table("team").to_dict("list")["team_id"] == ["T"]
    assert sorted(done.report.repaired) == [
        "conversation.channel is none of email, chat, phone, social, list, forum: left empty",
        "conversation.closed is no plausible datetime: left empty",
        "conversation.csat is not from 1 to 5: left empty",
        "conversation.minutes is not 0 or more: left empty",
        "message.sent_as is none of business, personal: left empty",
        "person.hire is no plausible date: left empty",
        "person.role is none of agent, manager, customer, bot: left empty",
        "person.tz is no time zone: left empty",
    ]
    assert len(places(done.out / "repaired.csv")) == 8


def test_times_say_by_which_clock_they_are(collected: Run) -> None:
    naive = datetime(2025, 7, 1, 12)
    ahead = NOON.astimezone(timezone(timedelta(hours=5)))
    told = collected(message("1", ts=naive), message("2", ts=ahead), out="told").table("message")
    assert list(told["ts"]) == ["2025-07-01T12:00:00Z", "2025-03-01T12:00:00Z"]
    assert list(told["clock"]) == ["local", "utc"]
    zoned = collected(message("1", ts=naive), message("2", ts=ahead), out="zoned", options={"tz": "Europe/Berlin"})
    assert list(zoned.table("message")["ts"]) == ["2025-07-01T10:00:00Z", "2025-03-01T12:00:00Z"]
    assert list(zoned.table("message")["clock"]) == ["utc", "utc"]


def test_an_hour_that_the_clocks_pass_twice_is_listed(collected: Run) -> None:
    twice, skipped = datetime(2025, 10, 26, 2, 30), datetime(2025, 3, 30, 2, 30)
    done = collected(message("1", ts=twice), message("2", ts=skipped), options={"tz": "Europe/Berlin"})
    assert done.table("message")["ts"][0] == "2025-10-26T00:30:00Z"
    assert done.report.repaired == {collector.UNSURE_HOUR: 2}


def test_a_zone_that_does_not_exist_is_one_error(collected: Run) -> None:
    with pytest.raises(ImportFailed, match="there is no time zone 'Europe/Nowhere'"):
        collected(message("1"), options={"tz": "Europe/Nowhere"})


def test_people_have_the_same_pseudonym_with_the_same_key_and_another_with_another(
    collected: Run, tmp_path: Path
) -> None:
    records = (
        message("<1@host>", person="Jane@Example.org", conv_id="jane's"),
        message("<2@host>", "<1@host>", person="jane@example.org", conv_id="jane's"),
        ConversationRecord("c", "jane's", account="Example Ltd", team="Jane's team", agent="bob"),
    )
    first, second = (collected(*records, out=out, with_key=True).table("message") for out in ("first", "second"))
    pd.testing.assert_frame_equal(first, second)
    assert first["person_id"].nunique() == 1
    assert first["person_id"].str.fullmatch("p[0-9a-f]{12}").all()
    assert first["conv_id"].str.fullmatch("c[0-9a-f]{16}").all()
    assert first["reply_to"][1] == first["msg_id"][0]
    key = tmp_path / "key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    everything = "".join(path.read_text() for path in (tmp_path / "first").iterdir())
    for word in ("jane", "Jane", "bob", "Example Ltd", "@host", key.read_text().strip()):
        assert word not in everything
    key.unlink()
    other = collected(*records, out="other", with_key=True).table("message")
    assert set(other["person_id"]).isdisjoint(first["person_id"])


def test_the_key_never_lies_among_the_data(collected: Run, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("x")
    with pytest.raises(ImportFailed, match="keep it apart"):
        import_data(Given(message("1")), Source(tmp_path / "x"), tmp_path / "out", key_file=tmp_path / "out" / "key")
    with pytest.raises(ImportFailed, match="need a key"):
        import_data(Given(message("1")), Source(tmp_path / "x"), tmp_path / "out")
    (tmp_path / "key").write_text("secret")
    with pytest.raises(ImportFailed, match="holds no key of 32 bytes"):
        collected(message("1"), with_key=True)
    assert not (tmp_path / "out").exists()


def test_names_told_after_a_text_are_masked_in_it(collected: Run) -> None:
    done = collected(
        message("1", text="Hi Jane, mail me@example.org\r\nor @bob"),
        message("2", text="<p>Jane &amp; <b>co</b></p>", is_html=True),
        message("3", text="a <b> c"),
        PersonRecord("later", "person-1", role="agent", aliases=("Jane Example",)),
    )
    assert list(done.table("message")["text"]) == ["Hi [name], mail [e-mail]\nor [handle]", "[name] & co", "a <b> c"]
    assert done.table("person").to_dict("records")[0]["role"] == "agent"


def test_the_first_answer_of_the_team_is_found_if_the_source_does_not_tell(collected: Run) -> None:
    def talk(conv_id: str) -> list[MessageRecord]:
        return [
            message(f"{conv_id}1", person="customer-1", conv_id=conv_id),
            message(f"{conv_id}2", person="customer-2", conv_id=conv_id, ts=NOON + timedelta(minutes=1)),
            message(f"{conv_id}3", person="agent-1", conv_id=conv_id, ts=NOON + timedelta(minutes=5)),
            message(f"{conv_id}4", person="agent-1", conv_id=conv_id, ts=NOON + timedelta(minutes=3)),
        ]

    done = collected(
        *talk("a"),
        *talk("b"),
        message("d1", person="agent-1", conv_id="d"),
        ConversationRecord("b", "b", more={"first_response": None}),
        PersonRecord("p", "agent-1", role="agent"),
    )
    answered = done.table("conversation").set_index("conv_id")["first_response"]
    assert dict(answered) == {"a": "2025-03-01T12:03:00Z", "b": "", "d": ""}


def test_formulas_stay_in_the_data_and_are_neutral_in_the_list_of_rejections(collected: Run) -> None:
    texts = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", 'a "quoted", text\nof two lines', " padded "]
    records = [message(str(place), text=text) for place, text in enumerate(texts)]
    done = collected(*records, Rejected("=HYPERLINK(1)", "+no words"))
    assert list(done.table("message")["text"]) == [text.replace("@SUM", "[handle]") for text in texts]
    assert places(done.out / "rejected.csv") == [["'=HYPERLINK(1)", "'+no words"]]


def test_parquet_holds_the_same_as_csv(collected: Run) -> None:
    records = (
        message("1", text=""),
        message("2", "1", ts=datetime(2025, 1, 1)),
        ConversationRecord("c", "c", resolved=True, csat=4, more={"minutes": 1.5}),
        PersonRecord("p", "person-1", more={"hire": "2020-01-31"}),
    )
    done = collected(*records, out="csv")
    collected(*records, out="parquet", format="parquet")
    for name, part in read_folder(done.out.with_name("parquet")).items():
        assert part.format == "parquet"
        frame = pd.read_parquet(part.files[0])
        for column in TABLES[name].columns:
            cells = frame[column.name]
            if column.type == "datetime":
                cells = cells.dt.strftime("%Y-%m-%dT%H:%M:%SZ")
            elif column.type == "boolean":
                cells = cells.map({True: "true", False: "false"})
            elif column.type == "integer":
                cells = cells.astype("Int64")
            text = ["" if missing else str(cell) for cell, missing in zip(cells, cells.isna(), strict=True)]
            assert text == list(done.table(name)[column.name]), column.name


def test_a_folder_that_is_no_earlier_import_is_never_touched(collected: Run, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    collected(message("1"))
    with pytest.raises(ImportFailed, match=r"holds an earlier import: .* --overwrite"):
        collected(message("2"))
    assert list(collected(message("2"), overwrite=True).table("message")["msg_id"]) == ["2"]
    (out / "thesis.txt").write_text("dear")
    for overwrite in (False, True):
        with pytest.raises(ImportFailed, match=r"is not empty and no earlier import only \(it has thesis.txt\)"):
            collected(message("3"), overwrite=overwrite)
    assert (out / "thesis.txt").read_text() == "dear"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["any.txt", "out"]


def test_an_import_that_fails_leaves_nothing(tmp_path: Path) -> None:
    class Failing(Given):
        def read(self, source: Source, options: Mapping[str, str]) -> Iterator[Record]:
            yield message("1")
            raise ImportFailed("the file breaks off")

    (tmp_path / "x").write_text("x")
    with pytest.raises(ImportFailed, match="breaks off"):
        import_data(Failing(), Source(tmp_path / "x"), tmp_path / "out", keep_ids=True)
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_a_source_without_a_message_is_one_error_with_the_reasons(collected: Run, tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match=r"holds no message that can be taken \(2 times no words\): check"):
        collected(Rejected("1", "no words"), Rejected("2", "no words"))
    assert not (tmp_path / "out").exists()


def test_texts_are_not_kept_in_memory(tmp_path: Path) -> None:
    import tracemalloc

    class Many(Given):
        def read(self, source: Source, options: Mapping[str, str]) -> Iterator[Record]:
            for number in range(2_000):
                yield message(str(number), text=f"{number} " + "word " * 10_000)

    (tmp_path / "x").write_text("x")
    tracemalloc.start()
    import_data(Many(), Source(tmp_path / "x"), tmp_path / "out", keep_ids=True)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (tmp_path / "out" / "message.csv").stat().st_size > 90_000_000
    assert peak < 40_000_000


def test_refused_members_of_an_archive_are_listed(archive: Callable[..., Path], imported: Run) -> None:
    done = imported(Given(message("1")), archive({"../evil": "x", "good": "x"}))
    assert places(done.out / "rejected.csv") == [["export.zip/../evil", "its name points outside the archive"]]
