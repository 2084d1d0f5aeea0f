"""Mailboxes and messages in files become messages and threads, and nothing in them is lost without a word."""

from __future__ import annotations

import base64
import io
import re
from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from coursework.importers import mail
from coursework.importers.errors import ImportFailed
from coursework.importers.mail import MBOX, split_mbox
from coursework.importers.records import MessageRecord, PersonRecord, Record, Rejected
from coursework.importers.source import Source
from tests.corpora import corpus

SEPARATOR = b"From learner-01@example.org Thu Aug 22 12:36:23 2002\n"
DATE = "Thu, 22 Aug 2002 18:26:25 +0700"


def mail_of(body: str | bytes = "words\n", number: int = 1, **headers: str | None) -> bytes:
    """One message; a header given as None is left out, `in_reply_to` is "In-Reply-To"."""
    lines: dict[str, str | None] = {
        "From": "Learner One <Learner-01@Example.org>",
        "Date": DATE,
        "Message-ID": f"<m{number}@example.org>",
    }
    lines |= {name.replace("_", "-").title().replace("-Id", "-ID"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\n" for name, value in lines.items() if value is not None)
    return head.encode() + b"\n" + (body.encode() if isinstance(body, str) else body)


def write(path: Path, *messages: bytes) -> Path:
    """An mbox file, or one message in a file if the name does not end in .mbox."""
    if path.suffix == ".mbox":
        path.write_bytes(b"".join(SEPARATOR + message + b"\n" for message in messages))
    else:
        path.write_bytes(messages[0])
    return path


def read(path: Path) -> list[Record]:
    source = Source(path)
    assert MBOX.recognises(source) in (True, False)
    return list(MBOX.read(source, {}))


def messages(records: list[Record]) -> list[MessageRecord]:
    return [record for record in records if isinstance(record, MessageRecord)]


def reasons(records: list[Record]) -> Counter[str]:
    return Counter(record.reason for record in records if isinstance(record, Rejected))


def one(tmp_path: Path, data: bytes) -> MessageRecord:
    (message,) = messages(read(write(tmp_path / "one.eml", data)))
    return message


def rejection(tmp_path: Path, data: bytes) -> str:
    (rejected,) = reasons(read(write(tmp_path / "one.eml", data)))
    return rejected


# The mailbox


def test_a_mailbox_is_split_where_a_separator_and_a_header_stand(tmp_path: Path) -> None:
    prose = "From here on it works.\n\nFrom 12:30 on in 2002\nno header follows.\n"
    first, second = messages(read(write(tmp_path / "list.mbox", mail_of(prose), mail_of("two", 2))))
    assert first.text == prose.rstrip()
    assert second.text == "two" and second.place == "list.mbox, message 2"


def test_a_quoted_from_line_loses_one_mark(tmp_path: Path) -> None:
    (message,) = messages(read(write(tmp_path / "list.mbox", mail_of(">From one\n>>From two\n> From three\n"))))
    assert message.text == "From one\n>From two\n> From three"


@pytest.mark.parametrize("size", [1, 2, 7, 64, 100_000])
def test_the_split_does_not_depend_on_the_blocks_that_are_read(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = [mail_of(f"{'words ' * (number * 40)}\n", number) for number in range(6)]
    monkeypatch.setattr(mail, "_CHUNK", size)
    data = b"".join(SEPARATOR + part for part in parts)
    assert list(split_mbox(io.BytesIO(data))) == parts
    dos = data.replace(b"\n", b"\r\n")
    assert list(split_mbox(io.BytesIO(dos))) == [part.replace(b"\n", b"\r\n") for part in parts]


def test_a_message_beyond_the_limit_is_given_up_and_the_next_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "_CHUNK", 1000)
    small, large = mail_of("small\n"), mail_of("words " * 5000)
    data = b"".join(SEPARATOR + part + b"\n" for part in (small, large, small))
    assert list(split_mbox(io.BytesIO(data), limit=10_000)) == [small + b"\n", None, small + b"\n"]


def test_a_mailbox_that_begins_in_the_middle_of_a_message_loses_only_that_one(tmp_path: Path) -> None:
    path = write(tmp_path / "list.mbox", mail_of("one"), mail_of("two", 2))
    path.write_bytes(path.read_bytes()[80:])
    records = read(path)
    assert [message.text for message in messages(records)] == ["two"]
    assert sum(reasons(records).values()) == 1


def test_the_last_message_of_a_truncated_mailbox_is_kept_if_its_header_is_there(tmp_path: Path) -> None:
    path = write(tmp_path / "list.mbox", mail_of("one"), mail_of("a long text that is cut", 2))
    whole = path.read_bytes()
    path.write_bytes(whole[:-10])
    assert [message.text for message in messages(read(path))] == ["one", "a long text th"]
    path.write_bytes(whole[: whole.rindex(b"Date:")])
    assert reasons(read(path)) == {mail.NO_DATE: 1}


def test_a_maildir_is_read_but_for_what_is_still_being_delivered(tmp_path: Path) -> None:
    for number, folder in enumerate(("cur", "new", "tmp")):
        (tmp_path / folder).mkdir()
        write(tmp_path / folder / f"109{number}.M20P5.host", mail_of(number=number))
    records = read(tmp_path)
    assert [message.msg_id for message in messages(records)] == ["m0@example.org", "m1@example.org"]
    assert reasons(records) == {mail.UNDELIVERED: 1}


def test_a_folder_of_files_is_read_and_what_is_no_mail_is_rejected(tmp_path: Path) -> None:
    write(tmp_path / "a.eml", mail_of())
    write(tmp_path / "b", mail_of(number=2))
    write(tmp_path / "c.mbox", mail_of(number=3), mail_of(number=4))
    (tmp_path / "LICENSE.txt").write_text("Copyright: nobody\n\nDo what you like.\n")
    records = read(tmp_path)
    assert len(messages(records)) == 4
    assert [record for record in records if isinstance(record, Rejected)] == [Rejected("LICENSE.txt", mail.NO_MAIL)]


@pytest.mark.parametrize("content", ["", "\n\n", "just words\n", "Note: a list\nOther: of things\n"])
def test_what_is_no_mail_at_all_fails_with_one_sentence(tmp_path: Path, content: str) -> None:
    (tmp_path / "file.txt").write_text(content)
    with pytest.raises(ImportFailed):
        read(tmp_path / "file.txt")


def test_tables_and_exports_of_chats_are_not_taken_for_mail(tmp_path: Path) -> None:
    (tmp_path / "messages.csv").write_text("from,date,text\ncustomer-1,2024-01-01,hello\n")
    (tmp_path / "users.json").write_text('[{"id": "U1"}]')
    assert not MBOX.recognises(Source(tmp_path))


# Threads


def test_replies_join_the_thread_by_its_first_message_or_by_their_parent(tmp_path: Path) -> None:
    path = write(
        tmp_path / "list.mbox",
        mail_of(number=1),
        mail_of(number=2, references="<m1@example.org>"),
        mail_of(number=3, in_reply_to="<m2@example.org>"),
        mail_of(number=4, in_reply_to="<m3@example.org>", references="<m1@example.org>\n <m3@example.org>"),
        mail_of(number=5),
    )
    found = messages(read(path))
    assert len({message.conv_id for message in found[:4]}) == 1
    assert found[4].conv_id != found[0].conv_id
    parents = [message.reply_to for message in found]
    assert parents == [None, "m1@example.org", "m2@example.org", "m3@example.org", None]


def test_a_parent_that_comes_late_joins_the_replies_already_read(tmp_path: Path) -> None:
    path = write(
        tmp_path / "list.mbox",
        mail_of(number=4, references="<m1@example.org> <m2@example.org> <m3@example.org>"),
        mail_of(number=3, in_reply_to="<m2@example.org>"),
        mail_of(number=2, in_reply_to="<m1@example.org>"),
        mail_of(number=1),
    )
    assert len({message.conv_id for message in messages(read(path))}) == 1


def test_replies_in_a_circle_and_to_themselves_end(tmp_path: Path) -> None:
    path = write(
        tmp_path / "list.mbox",
        mail_of(number=1, in_reply_to="<m2@example.org>"),
        mail_of(number=2, in_reply_to="<m1@example.org>"),
        mail_of(number=3, in_reply_to="<m3@example.org>"),
    )
    first, second, third = messages(read(path))
    assert first.conv_id == second.conv_id != third.conv_id
    assert third.reply_to == third.msg_id


@pytest.mark.parametrize(
    ("header", "parent"),
    [
        ('Your message of "Thu, 22 Aug 2002" <m1@example.org>', "m1@example.org"),
        ("Message from Customer <customer-1@example.org> of Thu <m1@example.org>", "m1@example.org"),
        ("<m1@example.org>; from customer-1@example.org on Thu", "m1@example.org"),
        ('Your message of "Thu, 22 Aug 2002"', None),
    ],
)
def test_old_forms_of_in_reply_to_are_understood(tmp_path: Path, header: str, parent: str | None) -> None:
    assert one(tmp_path, mail_of(number=2, in_reply_to=header)).reply_to == parent


def test_names_of_messages_may_be_quoted_and_have_spaces(tmp_path: Path) -> None:
    name = '"0208 WT24519. 6*/O=NOTES/C=GB/"@example.org'
    message = one(tmp_path, mail_of(message_id=f"<{name}>", references=f"<{name}> <m1@example.org>"))
    assert message.msg_id == name and message.reply_to == "m1@example.org"


def test_a_message_without_an_id_gets_one_from_its_content(tmp_path: Path) -> None:
    path = write(tmp_path / "list.mbox", *(mail_of(text, message_id=None) for text in ("a", "b", "a")))
    first, second, third = messages(read(path))
    assert first.msg_id == third.msg_id != second.msg_id


# Dates


@pytest.mark.parametrize(
    ("header", "moment"),
    [
        (DATE, datetime(2002, 8, 22, 18, 26, 25, tzinfo=timezone(timedelta(hours=7)))),
        ("22 Aug 02 07:35 EDT", datetime(2002, 8, 22, 7, 35, tzinfo=timezone(timedelta(hours=-4)))),
        ("Thu, 22 Aug 2002 07:35:02 -0000", datetime(2002, 8, 22, 7, 35, 2, tzinfo=UTC)),
        ("2002-10-08T03:31:00+01:00", datetime(2002, 10, 8, 2, 31, tzinfo=UTC)),
        ("Thu, 1 Jan 1970 00:00:00 +0000", datetime(1970, 1, 1, tzinfo=UTC)),
        ("Fri, 1 Jan 2100 00:00:00 +0000", datetime(2100, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_date_with_a_zone_is_a_moment(tmp_path: Path, header: str, moment: datetime) -> None:
    assert one(tmp_path, mail_of(date=header)).ts == moment


def test_a_date_without_a_zone_stays_local(tmp_path: Path) -> None:
    assert one(tmp_path, mail_of(date="Thu, 22 Aug 2002 07:35:02")).ts == datetime(2002, 8, 22, 7, 35, 2)


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (None, mail.NO_DATE),
        ("Not supplied", mail.BAD_DATE),
        ("Tue, 99 Aug 2002 07:35:02 +0000", mail.BAD_DATE),
        ("Tue, 9 Aug 2002 07:35:02 +9999999999", mail.BAD_DATE),
    ],
)
def test_without_a_date_that_can_be_read_a_message_is_rejected(tmp_path: Path, header: str | None, reason: str) -> None:
    assert rejection(tmp_path, mail_of(date=header)) == reason


# People


@pytest.mark.parametrize(
    ("header", "person", "alias"),
    [
        ("Learner One <Learner-01@Example.org>", "learner-01@example.org", "Learner One"),
        ("learner-01@example.org (Learner One)", "learner-01@example.org", "Learner One"),
        ("learner-01 at example.org (Learner One)", "learner-01@example.org", "Learner One"),
        ("=?iso-8859-1?Q?L=E9arner?= <learner-01@example.org>", "learner-01@example.org", "Léarner"),
        ("=?x-unknown?Q?L=E9arner?= <learner-01@example.org>", "learner-01@example.org", "Léarner"),
        ("Léarner <learner-01@example.org>", "learner-01@example.org", "Léarner"),
        ('"One, Learner" <learner-01@example.org>, customer-1@example.org', "learner-01@example.org", "One, Learner"),
    ],
)
def test_the_writer_is_the_address_and_the_name_an_alias(tmp_path: Path, header: str, person: str, alias: str) -> None:
    records = read(write(tmp_path / "one.eml", mail_of(**{"from": header})))
    (named,) = (record for record in records if isinstance(record, PersonRecord))
    assert (named.person, named.aliases, named.role) == (person, (alias,), None)
    assert messages(records)[0].person == person


def test_a_message_without_a_sender_is_rejected(tmp_path: Path) -> None:
    assert rejection(tmp_path, mail_of(**{"from": None})) == mail.NO_SENDER


def test_machines_are_bots_and_people_with_an_automatic_answer_are_not(tmp_path: Path) -> None:
    path = write(
        tmp_path / "list.mbox",
        mail_of(number=1, **{"from": "MAILER-DAEMON@example.org"}),
        mail_of(number=2, **{"from": "no-reply@example.org"}),
        mail_of(number=3, **{"from": "talk-bounces@example.org"}),
        mail_of(number=4, auto_submitted="auto-generated", **{"from": "build@example.org"}),
        mail_of(number=5, auto_submitted="auto-replied", **{"from": "customer-1@example.org"}),
        mail_of(number=6, list_id="<talk.example.org>", **{"from": "customer-2@example.org"}),
    )
    roles = {record.person: record.role for record in read(path) if isinstance(record, PersonRecord)}
    assert list(roles.values()) == ["bot", "bot", "bot", "bot", None, None]


# Texts


def test_encodings_may_differ_within_a_mailbox_and_be_wrong(tmp_path: Path) -> None:
    text = "Grüße, 5 €"
    path = write(
        tmp_path / "list.mbox",
        mail_of(text.encode(), content_type="text/plain; charset=utf-8"),
        mail_of(text.encode("cp1252"), 2, content_type="text/plain; charset=windows-1252"),
        mail_of(text.encode("iso8859-15"), 3, content_type="text/plain; charset=iso-8859-15"),
        mail_of(text.encode(), 4, content_type="text/plain; charset=iso-8859-1"),
        mail_of(text.encode("cp1252"), 5, content_type="text/plain; charset=x-unknown"),
        mail_of(base64.encodebytes(text.encode()), 6, content_transfer_encoding="base64"),
        mail_of("Gr=C3=BC=C3=9Fe, 5 =E2=82=AC", 7, content_transfer_encoding="quoted-printable"),
    )
    source = Source(path)
    assert [message.text for message in messages(list(MBOX.read(source, {})))] == [text] * 7
    assert source.guesses == {"list.mbox": 1}


def multipart(kind: str, *parts: tuple[str, str]) -> tuple[str, str]:
    """Content type and body of parts, each given by its own header lines after "Content-Type: " and its body."""
    mark = f"mark{abs(hash(parts))}"
    body = "".join(f"--{mark}\nContent-Type: {head}\n\n{part}\n" for head, part in parts)
    return f'multipart/{kind}; boundary="{mark}"', f"{body}--{mark}--\n"


def test_plain_text_is_preferred_and_attachments_and_forwarded_messages_are_left_out(tmp_path: Path) -> None:
    alternative = multipart("alternative", ("text/html", "<p>rich</p>"), ("text/plain", "poor"))
    forwarded = ("message/rfc822", mail_of("words of someone else").decode())
    attached = ("text/plain\nContent-Disposition: attachment", "a file")
    kind, body = multipart("mixed", attached, forwarded, alternative, ("text/plain", "a footer"))
    message = one(tmp_path, mail_of(body, content_type=kind))
    assert (message.text, message.is_html) == ("poor", False)


def test_html_is_taken_and_marked_where_plain_text_is_missing_or_empty(tmp_path: Path) -> None:
    kind, body = multipart("alternative", ("text/plain", " \n"), ("text/html", "<p>rich</p>"))
    message = one(tmp_path, mail_of(body, content_type=kind))
    assert (message.text, message.is_html) == ("<p>rich</p>", True)


def test_a_message_of_attachments_alone_is_kept_without_a_text(tmp_path: Path) -> None:
    assert one(tmp_path, mail_of("AAAA", content_type="image/png")).text == ""


def test_parts_nested_deeper_than_python_allows_are_rejected_or_read(tmp_path: Path) -> None:
    part = ("text/plain", "deep")
    for _ in range(400):
        part = multipart("mixed", part)
    records = read(write(tmp_path / "one.eml", mail_of(part[1], content_type=part[0])))
    assert len(messages(records)) + len(reasons(records)) == 1


def test_base64_that_is_cut_or_has_a_footer_says_what_it_can(tmp_path: Path) -> None:
    code = base64.encodebytes(b"words " * 40)
    headers = {"content_transfer_encoding": "base64"}
    assert one(tmp_path, mail_of(code[:-16], **headers)).text.startswith("words words")
    padded = base64.encodebytes(b"words") + b"_____\nA list of example.org: how to leave it\n"
    assert one(tmp_path, mail_of(padded, **headers)).text == "words"


def test_text_that_is_falsely_said_to_be_base64_is_rejected(tmp_path: Path) -> None:
    data = mail_of("Hello, this is no code; it's plain text.\n", content_transfer_encoding="base64")
    assert rejection(tmp_path, data) == mail.BAD_BASE64


def test_quotes_and_signatures_stay(tmp_path: Path) -> None:
    body = "> asked\nanswered\n-- \nCustomer One"
    assert one(tmp_path, mail_of(body)).text == body


def test_huge_headers_and_zero_bytes_do_no_harm(tmp_path: Path) -> None:
    ids = " ".join(f"<m{number}@example.org>" for number in range(100_000))
    message = one(tmp_path, mail_of(b"a\0b", number=-1, references=ids, subject="\0" * 1000))
    assert message.reply_to == "m99999@example.org" and message.text == "a\0b"
    name = one(tmp_path, mail_of(**{"from": '"' * 3_000_000 + " <learner-01@example.org>"})).person
    assert name


# Anything


KIND, BODY = multipart("alternative", ("text/plain; charset=utf-8", "Grüße"), ("text/html", "<p>rich</p>"))
GOOD = b"".join(
    SEPARATOR + part + b"\n"
    for part in (
        mail_of("words\n>From x\n", **{"from": "=?utf-8?Q?L=C3=A9arner?= <learner-01@example.org>"}),
        mail_of(BODY, 2, content_type=KIND, references="<m1@example.org>"),
        mail_of("d29yZHM=", 3, content_type="text/plain; charset*=utf-8''utf-8", content_transfer_encoding="base64"),
        mail_of("=C3", 4, content_transfer_encoding="quoted-printable", content_disposition="inline"),
    )
)


def assert_only_records(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "any.mbox"
    path.write_bytes(data)
    try:
        for record in read(path):
            assert isinstance(record, MessageRecord | PersonRecord | Rejected)
    except ImportFailed as failed:
        assert str(failed)


@example(b"From \nFrom: \n")
@example(mail_of("x", content_type="text/plain; charset*0*=a'b; charset*1=c"))
@example(mail_of("x", content_type="text/plain; charset=\0"))
@example(mail_of("x", content_type="multipart/mixed; boundary*=utf-8'"))
@example(mail_of("x", content_transfer_encoding="x-uuencode"))
@example(mail_of("x", **{"from": "=?utf-8?B?a?= <@>"}))
@given(st.binary(max_size=300))
@settings(deadline=None, max_examples=150)
def test_any_bytes_give_records_rejections_or_one_error(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    assert_only_records(tmp_path_factory.getbasetemp(), data)


@given(
    st.lists(st.tuples(st.integers(0, len(GOOD)), st.binary(max_size=6), st.integers(0, 20)), min_size=1, max_size=4)
)
@settings(deadline=None, max_examples=300)
def test_a_mutated_mailbox_gives_records_rejections_or_one_error(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, bytes, int]]
) -> None:
    data = GOOD
    for at, new, gone in changes:
        data = data[:at] + new + data[at + gone :]
    assert_only_records(tmp_path_factory.getbasetemp(), data)


HEADER = st.sampled_from(
    [
        *("from", "date", "message_id", "in_reply_to", "references", "content_type", "auto_submitted"),
        *("content_transfer_encoding", "content_disposition", "mime_version"),
    ]
)


@given(st.dictionaries(HEADER, st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"))))
@settings(deadline=None, max_examples=200)
def test_any_headers_give_records_or_rejections(
    tmp_path_factory: pytest.TempPathFactory, headers: dict[str, str]
) -> None:
    assert_only_records(tmp_path_factory.getbasetemp(), SEPARATOR + mail_of(BODY, **headers))


# Real messages


def test_every_real_message_is_read_and_its_thread_and_writer_found() -> None:
    folder = corpus("email")
    heads = {}
    for path in folder.iterdir():
        data = path.read_bytes()
        if data.startswith(b"From "):
            heads[path.name] = re.sub(r"\n[ \t]+", " ", data.partition(b"\n\n")[0].decode("latin-1"))
    others = sum(path.name not in heads for path in folder.iterdir())
    assert len(heads) == 300 and others == 2

    records = read(folder)
    found = {message.place.partition(",")[0]: message for message in messages(records)}
    assert found.keys() == heads.keys()
    assert reasons(records) == {mail.NO_MAIL: others}

    def header(name: str, head: str) -> str:
        line = re.search(rf"(?im)^{name}:[ \t]*(.*)", head)
        return line[1] if line else ""

    for place, head in heads.items():
        message = found[place]
        assert f"<{message.msg_id}>" in header("message-id", head)
        assert message.person in header("from", head).lower() and "@" in message.person
        refers = "<" in header("in-reply-to", head) or "<" in header("references", head)
        assert (message.reply_to is not None) == refers
        assert message.ts.tzinfo is not None
        day = re.search(r"(\d{1,2}) (?:Jul|Aug|Sep|Oct|Nov|Dec)", header("date", head)) or re.search(
            r"-(\d\d)T", header("date", head)
        )
        assert day and message.ts.day == int(day[1])
        assert message.text.strip()
    ids = {message.msg_id: message.conv_id for message in found.values()}
    answered = [message for message in found.values() if message.reply_to in ids]
    assert len(answered) > 50
    assert all(message.conv_id == ids[message.reply_to or ""] for message in answered)
