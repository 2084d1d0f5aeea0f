"""Bad input to `coursekit data import`: a counted rejection or one sentence, and nothing half-written."""

from __future__ import annotations

import csv
import json
import os
import re
import resource
import zipfile
from pathlib import Path

import pytest

from coursekit.cli.data_import import export_, import_
from coursekit.cli.data_look import check
from tests.cli.bad_input import (
    DEEP,
    GOOD,
    HEADER,
    MAIL,
    OBJECT,
    UTTERANCE,
    Run,
    archive,
    invoke,
    peak,
    reasons,
    refused,
    rows,
)
from tests.corpora import corpus


@pytest.mark.parametrize("cut", [50, 200, -1])
def test_a_truncated_archive_is_refused(run: Run, cut: int) -> None:
    refused(run("auto", archive({"t.csv": GOOD * 20})[:cut], name="x.zip"), "damaged or truncated")


def test_an_archive_of_nothing_that_can_be_trusted_says_why(run: Run) -> None:
    bomb = archive({"t.csv": bytes(30 << 20)})
    refused(run("auto", bomb, name="bomb.zip"), "would unpack to more than 200 times its size")
    refused(run("csv", archive({"a.zip": bomb}), name="nested.zip"), "an archive within the archive")
    refused(run("csv", archive({"../x.csv": GOOD, "/y.csv": GOOD}), name="up.zip"), "points outside")


@pytest.mark.parametrize(
    ("format_", "name"),
    [("csv", "a.csv"), ("jsonl", "a.jsonl"), ("mbox", "a.mbox"), ("github", "a.json"), ("star", "a.json")],
)
@pytest.mark.parametrize("content", [b"", b"\n", b"\0" * 500, b"\xef\xbb\xbf", b"\xff\xfe", b"[]", b"{}", b"null"])
def test_empty_exports_are_refused(run: Run, format_: str, name: str, content: bytes) -> None:
    refused(run(format_, content, name=name))


def test_rows_after_many_that_cannot_be_read_are_taken_and_never_quoted_as_reasons(run: Run) -> None:
    lines = "".join(OBJECT % (number, "{}") + "\n" for number in range(3))
    assert run("jsonl", "# a remark\n" * 250 + "{}\n" * 250 + lines).exit_code == 1
    assert len(rows()) == 3
    assert reasons() == {"a line that is no JSON": 250, "a JSON object without any value": 250}


@pytest.mark.parametrize("form", ["[%s]", '[%s, {"id": "'])
@pytest.mark.parametrize("nested", [DEEP, '{"a":' * 100_000 + "1" + "}" * 100_000])
def test_json_nested_without_end_stops_a_list_at_once(run: Run, form: str, nested: str) -> None:
    began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert run("jsonl", form % (OBJECT % (1, "{}") + "," + OBJECT % (2, nested)), name="a.json").exit_code == 1
    assert len(rows()) == 1
    assert list(reasons()) == ["the JSON breaks off or is damaged here; what follows is lost"]
    # It took 10 GB.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - began < 300_000


def test_json_nested_without_end_stops_the_speakers_of_a_corpus_and_not_its_utterances(run: Run) -> None:
    corpus = Path("corpus")
    corpus.mkdir()
    (corpus / "utterances.jsonl").write_text(UTTERANCE)
    (corpus / "speakers.json").write_text('{"s": {}, "Ann Person": {"meta": ' + DEEP + "}}")
    assert run("convokit", corpus).exit_code == 1
    assert len(rows()) == 1
    # The name of an entry may be that of a person.
    assert "speakers.json, entry 2" in Path("out/rejected.csv").read_text()


def test_half_a_character_in_a_list_costs_no_message(run: Run) -> None:
    listed = json.dumps([{"id": 1, "user": "\udfff", "ts": 1740830400, "text": "cut \ud83d"}, {"id": 2, "user": "b"}])
    assert run("jsonl", listed, "--keep-ids", name="a.json").exit_code == 1
    assert [row["text"] for row in rows()] == ["cut \ufffd"]


def test_a_list_in_another_encoding_is_guessed_and_counted(run: Run) -> None:
    listed = b'[{"id": 1, "user": "J\xfcrg", "ts": 1740830400, "text": "Gr\xfc\xdfe"}]'
    done = run("jsonl", listed, name="a.json")
    assert done.exit_code == 0
    assert rows()[0]["text"] == "Grüße"
    assert "encoding had to be guessed: 1" in done.output


def test_lines_that_end_in_a_carriage_return_alone_are_lines_in_every_format(run: Run) -> None:
    lines = (OBJECT % (1, 1) + "\n" + OBJECT % (2, 2) + "\n").replace("\n", "\r")
    assert run("jsonl", lines).exit_code == 0
    assert len(rows()) == 2
    log = "[11:11] <ann> hi\r[11:12] <bob> ann: yes\r"
    assert run("irc", log, "--overwrite", name="2005-07-06.txt").exit_code == 0
    assert [row["text"] for row in rows()] == ["hi", "[name]: yes"]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("1970-01-01T00:00:00Z", "dated before 1971"),
        ("2100-01-01T00:00:00Z", "dated in the future"),
        ("9999-12-31T23:59:59-14:00", "dated in the future"),
        ("0001-01-01T00:00:00+14:00", "dated before 1971"),
        *((value, "no date") for value in ("0000-01-01", "99999-01-01", "1e400", "NaN", "9" * 5000)),
    ],
)
def test_impossible_times_are_rejected(run: Run, value: str, reason: str) -> None:
    assert run("csv", GOOD + f"9,c,ann,{value},,x\n").exit_code == 1
    assert [found[: len(reason)] for found in reasons()] == [reason]
    assert invoke(check, "out").exit_code == 0


def test_replies_to_themselves_and_in_a_long_circle_are_mended_and_counted(run: Run) -> None:
    n = 3_000
    circle = "".join(f"{i},c,ann,2025-03-01T12:00:00Z,{(i + 1) % n},x\n" for i in range(n))
    assert run("csv", HEADER + circle + "self,c,ann,2025-03-01T12:00:00Z,self,x\n").exit_code == 0
    repaired = json.loads(Path("out/import-report.json").read_text())["repaired"]
    assert sorted(repaired.values()) == [1, 1]
    assert "circle" not in invoke(check, "out").output


def test_formulas_are_text_in_the_data_and_harmless_in_the_lists(run: Run) -> None:
    cells = ["=cmd|' /C calc'!A0", "+1", "-2+3", "@SUM(1)"]
    lines = "".join(f"{i},c,ann,2025-03-01T12:00:00Z,,{cell}\n" for i, cell in enumerate(cells))
    assert run("csv", HEADER + lines + "9,c,ann,1970-01-01,,x\n", name="=cmd.csv").exit_code == 1
    assert [row["text"] for row in rows()][:3] == cells[:3]
    assert Path("out/rejected.csv").read_text().splitlines()[1].startswith("\"'=cmd.csv, line 6")


@pytest.mark.parametrize("kind", ["pipe", "folder", "device", "short", "empty", "binary"])
def test_a_key_that_is_none_is_refused(run: Run, kind: str) -> None:
    key = Path("key")
    if kind == "pipe":
        os.mkfifo(key)
    elif kind == "folder":
        key.mkdir()
    elif kind == "device":
        key.symlink_to("/dev/zero")
    else:
        key.write_bytes({"short": b"ab", "empty": b"", "binary": bytes(range(256))}[kind])
    refused(run("csv", GOOD, "--key", "key"), "name another file with --key")


def test_a_key_that_links_to_nowhere_is_refused(run: Run) -> None:
    Path("key").symlink_to("nowhere/key")
    refused(run("csv", GOOD, "--key", "key"), "cannot be made")


@pytest.mark.parametrize("kind", ["pipe", "device", "nothing"])
def test_what_is_no_file_is_refused(run: Run, kind: str) -> None:
    if kind == "pipe":
        os.mkfifo("source")
    elif kind == "device":
        Path("source").symlink_to("/dev/zero")
    refused(run("csv", Path("source")), "give the path of")
    if kind != "nothing":
        refused(run("csv", GOOD, "--map", "@source"), "is no mapping")


def test_links_in_circles_are_rejected_and_the_other_files_read(run: Run) -> None:
    Path("data").mkdir()
    Path("data/loop.csv").symlink_to("loop.csv")
    Path("data/again").symlink_to("../data")
    Path("data/good.csv").write_text(GOOD)
    assert run("csv", Path("data")).exit_code == 1
    assert len(rows()) == 2
    assert list(reasons()) == ["a link to a file that does not exist"]


def test_the_source_is_never_overwritten_nor_written_into(run: Run) -> None:
    assert run("csv", GOOD).exit_code == 0
    before = Path("out/message.csv").read_bytes()
    for source in ("out", "out/message.csv"):
        assert "would be replaced" in run("csv", Path(source), "--overwrite").stderr
    assert Path("out/message.csv").read_bytes() == before
    assert "would be read by the next import" in invoke(import_, "csv", "out", "--out", "out/deeper").stderr
    assert "among the data" in invoke(export_, "convokit", "out", "--out", "out/ck").stderr


def test_a_folder_named_as_one_of_ours_is_foreign(run: Run) -> None:
    Path("out/message.csv").mkdir(parents=True)
    Path("out/import-report.json").write_text("{}")
    Path("out/message.csv/precious").write_text("x")
    assert "it has message.csv" in run("csv", GOOD, "--overwrite").stderr
    assert Path("out/message.csv/precious").exists()


@pytest.mark.parametrize("there", [True, False])
def test_a_link_in_place_of_the_folder_is_followed(run: Run, there: bool) -> None:
    if there:
        Path("real").mkdir()
    Path("out").symlink_to("real")
    assert run("csv", GOOD).exit_code == 0
    assert Path("out").is_symlink()
    assert run("csv", GOOD, "--overwrite").exit_code == 0
    assert len(rows()) == 2


@pytest.mark.parametrize("out", [".", "..", "/", "", "x" * 300, "source.csv/out"])
def test_a_place_that_cannot_be_a_new_folder_is_refused(run: Run, out: str) -> None:
    Path("source.csv").write_text(GOOD)
    assert invoke(import_, "csv", "source.csv", "--out", out).exit_code == 2


def with_file(lines: int, kind: str = "application/pdf") -> str:
    return (
        MAIL + "Message-ID: <1@x>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
        f"--b\nContent-Type: {kind}\nContent-Transfer-Encoding: base64\n\n{('YWJj' * 19 + chr(10)) * lines}"
        "--b\nContent-Type: text/plain\n\nafter it\n--b--\n"
    )


def test_a_large_file_in_a_mail_is_left_out_and_a_large_text_is_not(run: Run) -> None:
    assert run("mbox", with_file(5_000)).exit_code == 0
    assert [row["text"] for row in rows()] == ["after it"]
    assert run("mbox", with_file(5_000, "text/plain"), "--overwrite").exit_code == 0
    assert [len(row["text"]) for row in rows()] == [5_000 * 57]


@pytest.mark.slow
def test_a_large_file_in_a_mail_takes_a_few_times_its_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.mbox").write_text(with_file(700_000))
    assert peak("import", "mbox", "a.mbox", "--out", "out") < 500
    assert len(rows()) == 1


def test_no_address_nick_or_name_of_the_corpora_stands_beside_the_texts(run: Run) -> None:
    sources = {"mbox": corpus("email"), "irc": corpus("irc"), "slack": corpus("slack") / "export.zip"}
    for format_, source in sources.items():
        known = _known(format_, source)
        assert len(known) > 5
        assert run(format_, source, "--tz", "UTC", "--overwrite").exit_code in (0, 1)
        texts = [row.pop("text") for row in rows()]
        cells = {cell for row in rows() for name, cell in row.items() if name != "text"}
        for path in Path("out").glob("*.csv"):
            if path.name != "message.csv":
                with path.open(newline="") as file:
                    cells |= {cell for line in csv.reader(file) for cell in line}
        words = {word.lower() for cell in cells for word in (cell, *re.findall(r"[^\s,:;'\"]+", cell))}
        # Nicks that are words of the reasons and headers say nothing of anybody.
        assert not {name for name in known if name.lower() in words} - {"these", "boolean", "ubuntu"}
        assert not [text for text in texts if re.search(r"[\w.+-]+@[\w-]+\.\w", text)]
        if format_ != "irc":
            named = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, known))})(?!\w)", re.IGNORECASE)
            assert not [text for text in texts if named.search(text)]


def _known(format_: str, source: Path) -> set[str]:
    """Addresses and names of writers as plain counting finds them."""
    if format_ == "slack":
        with zipfile.ZipFile(source) as packed:
            users = [u for n in packed.namelist() if n.endswith("users.json") for u in json.loads(packed.read(n))]
        names = {str(user.get(key) or "") for user in users for key in ("id", "name", "real_name")}
        return {name for name in names if len(name) > 2}
    lines = [
        line
        for path in source.rglob("*.txt")
        if "annotation" not in path.name
        for line in path.read_bytes().decode("utf-8", "replace").splitlines()
    ]
    if format_ == "irc":
        found = {nick[1] for line in lines if (nick := re.match(r"\[\d\d:\d\d\] <([^> ]+)>", line))}
        return {nick for nick in found if len(nick) > 2}
    return {
        address[0] for line in lines if line.startswith("From: ") if (address := re.search(r"[\w.+-]+@[\w.-]+", line))
    }
