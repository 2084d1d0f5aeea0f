"""Files, folders and archives as sources: what is read, what is refused, and that nothing is unpacked."""

from __future__ import annotations

import os
import resource
import stat
import struct
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coursework.importers.errors import ImportFailed, SourceError
from coursework.importers.source import MIB, Source, TooLong, decode
from tests.coursework.importers.conftest import MakeFolder


def error_of(path: Path) -> str:
    with pytest.raises(SourceError) as caught:
        Source(path)
    assert isinstance(caught.value, ImportFailed)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def refused(source: Source) -> dict[str, str]:
    return {item.place.rpartition("export.zip/")[2]: item.reason for item in source.refused}


def test_a_folder_and_the_same_archive_are_the_same_source(folder: MakeFolder, archive: MakeFolder) -> None:
    files = {"b/two.json": "[2]", "a.json": "[1]", "b/note.TXT": "words", "__MACOSX/a.json": "x", ".DS_Store": "x"}
    loose, packed = Source(folder(files)), Source(archive(files))
    assert [file.name for file in loose.files()] == ["a.json", "b/note.TXT", "b/two.json"]
    assert [(file.name, file.size) for file in packed.files()] == [(file.name, file.size) for file in loose.files()]
    assert [file.name for file in packed.files(".txt")] == ["b/note.TXT"]
    assert [file.text() for file in packed.files()] == [file.text() for file in loose.files()]
    assert (loose.is_archive, packed.is_archive) == (False, True)
    assert all(file.path is None for file in packed.files())
    assert loose.refused == packed.refused == []


def test_a_single_file_is_a_source_of_itself(folder: MakeFolder) -> None:
    source = Source(folder({"mail.mbox": "From x"}) / "mail.mbox")
    (file,) = source.files()
    assert (source.name, file.name, file.head(4)) == ("mail.mbox", "mail.mbox", b"From")
    assert source.file("mail.mbox") is file
    assert source.file("other") is None


def test_an_archive_in_a_folder_with_its_licence_is_read_as_the_archive(archive: MakeFolder) -> None:
    path = archive({"a.json": "[]"})
    (path.parent / "LICENSE.txt").write_text("free")
    with Source(path.parent) as source:
        assert source.is_archive
        assert [file.name for file in source.files()] == ["a.json"]


def test_members_that_point_outside_are_refused_and_the_others_are_read(archive: MakeFolder) -> None:
    path = archive(
        {"../evil.txt": "x", "/etc/evil.txt": "x", "C:/evil.txt": "x", "a\\..\\..\\evil": "x", "good.txt": "yes"}
    )
    with zipfile.ZipFile(path, "a") as made:
        link = zipfile.ZipInfo("link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        made.writestr(link, "/etc/passwd")
        made.writestr("inner.zip", b"PK")
    before = sorted(path.parent.rglob("*"))
    with Source(path) as source:
        assert [file.text() for file in source.files()] == ["yes"]
        assert len(refused(source)) == 6
        assert refused(source)["../evil.txt"] == "its name points outside the archive"
        assert refused(source)["link"] == "a link, not a file"
        assert "an archive within the archive" in refused(source)["inner.zip"]
    assert sorted(path.parent.rglob("*")) == before


def test_a_bomb_is_refused_and_text_that_packs_well_is_not(archive: MakeFolder) -> None:
    path = archive({"bomb.json": b"0" * 20_000_000, "small.json": b"0" * 100_000})
    with Source(path) as source:
        assert [file.name for file in source.files()] == ["small.json"]
        assert refused(source) == {"bomb.json": "it would unpack to more than 200 times its size"}


def test_a_size_that_lies_is_noticed_while_reading(archive: MakeFolder) -> None:
    path = archive({"a.txt": "hello " * 1000})
    data = bytearray(path.read_bytes())
    for magic, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = data.index(magic) + at
        data[place : place + 4] = struct.pack("<I", 10)
    path.write_bytes(data)
    with Source(path) as source, pytest.raises(SourceError, match=r"a\.txt is damaged in the archive"):
        next(source.files()).text()


def test_too_many_members_or_bytes_are_one_error(archive: MakeFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    path = archive({"a": "x" * 100, "b": "x" * 100})
    monkeypatch.setattr("coursework.importers.source._MAX_TOTAL", 150)
    assert "would unpack to more than" in error_of(path)
    monkeypatch.setattr("coursework.importers.source._MAX_MEMBERS", 1)
    assert "more than 1 members" in error_of(path)


def test_a_truncated_archive_is_one_error(archive: MakeFolder) -> None:
    path = archive({"a.txt": "hello"})
    whole = path.read_bytes()
    for length in (4, 20, len(whole) // 2, len(whole) - 5):
        path.write_bytes(whole[:length])
        assert "damaged or truncated zip archive" in error_of(path)


def test_an_encrypted_archive_is_one_error(archive: MakeFolder) -> None:
    path = archive({"a.txt": "hello"})
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    assert "is encrypted" in error_of(path)


def test_what_is_no_source_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty.txt").touch()
    (tmp_path / "no.zip").write_text("text")
    with tarfile.open(tmp_path / "a.tar", "w") as tar:
        tar.add(tmp_path / "no.zip", "no.zip")
    with tarfile.open(tmp_path / "a.tgz", "w:gz") as tar:
        tar.add(tmp_path / "no.zip", "no.zip")
    assert "does not exist" in error_of(tmp_path / "missing")
    assert "is empty" in error_of(tmp_path / "empty")
    assert "is empty" in error_of(tmp_path / "empty.txt")
    assert "is no zip archive" in error_of(tmp_path / "no.zip")
    assert "unpack it" in error_of(tmp_path / "a.tar")
    assert "unpack it" in error_of(tmp_path / "a.tgz")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_one_error(folder: MakeFolder) -> None:
    path = folder({"a.txt": "x"}) / "a.txt"
    path.chmod(0)
    assert "no permission" in error_of(path)


def test_links_to_nowhere_and_pipes_in_a_folder_are_refused(folder: MakeFolder) -> None:
    root = folder({"a.txt": "x"})
    (root / "gone").symlink_to("nowhere")
    (root / "circle").symlink_to(root)
    os.mkfifo(root / "pipe")
    source = Source(root)
    assert [file.name for file in source.files()] == ["a.txt"]
    assert {item.place: item.reason for item in source.refused} == {
        "gone": "a link to a file that does not exist",
        "pipe": "neither a file nor a folder",
    }


def test_lines_are_numbered_and_keep_nothing_of_their_end(folder: MakeFolder) -> None:
    (file,) = Source(folder({"a": b"one\r\ntwo\n\nlast"})).files()
    assert list(file.lines()) == [(1, b"one"), (2, b"two"), (3, b""), (4, b"last")]


def test_a_line_of_exactly_the_limit_is_read_and_a_longer_one_is_skipped(folder: MakeFolder) -> None:
    (file,) = Source(folder({"a": b"abcd\nabcde\nx\n" + b"y" * 50})).files()
    assert list(file.lines(limit=4)) == [(1, b"abcd"), (2, TooLong(6)), (3, b"x"), (4, TooLong(50))]
    assert list(file.lines(limit=50))[-1] == (4, b"y" * 50)


def test_a_line_without_end_is_not_held_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    with path.open("wb") as file:
        file.truncate(600 * MIB)  # A sparse file: zeros without a line's end.
        file.seek(0, os.SEEK_END)
        file.write(b"\nlast\n")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert list(next(Source(path).files()).lines()) == [(1, TooLong(600 * MIB + 1)), (2, b"last")]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024  # KiB


def test_lines_of_utf_16_are_told_apart_by_their_characters(folder: MakeFolder) -> None:
    # The character U+0A0A has two bytes that look like line ends.
    for encoding in ("utf-16-le", "utf-16-be"):
        content = "\ufeffone\ntwo\u0a0a\n".encode(encoding)
        (file,) = Source(folder({"a": content})).files()
        assert [line.decode() for _, line in file.lines() if isinstance(line, bytes)] == ["one", "two\u0a0a"]
        assert file.text() == "one\ntwo\u0a0a\n"


@pytest.mark.parametrize(
    ("data", "declared", "text", "guessed"),
    [
        ("é".encode(), None, "é", False),
        ("é".encode("utf-8-sig"), None, "é", False),
        ("é".encode("utf-16"), None, "é", False),
        ("é".encode(), "latin-1", "é", False),
        ("é".encode("latin-1"), "iso-8859-1", "é", False),
        ("ж".encode("koi8-r"), "KOI8-R", "ж", False),
        ("あ".encode("iso-2022-jp"), "iso-2022-jp", "あ", False),
        ("“".encode("cp1252"), None, "“", True),
        ("é".encode("latin-1"), "no-such-charset", "é", True),
        ("é".encode("latin-1"), "hex", "é", True),
        (b"\x81", None, "\x81", True),
    ],
)
def test_text_is_decoded_and_guesses_are_said(data: bytes, declared: str | None, text: str, guessed: bool) -> None:
    assert decode(data, declared) == (text, guessed)


@given(st.binary(), st.none() | st.text(max_size=20) | st.sampled_from(["utf-7", "idna", "undefined", "rot13", "hz"]))
def test_any_bytes_are_some_text(data: bytes, declared: str | None) -> None:
    assert isinstance(decode(data, declared)[0], str)


def test_guesses_are_counted_by_file(folder: MakeFolder) -> None:
    source = Source(folder({"a": b"\xe9", "b": "é"}))
    for file in source.files():
        assert file.text() == "é"
    assert source.guesses == {"a": 1}


def test_a_file_that_is_too_large_to_be_text_is_one_error(folder: MakeFolder) -> None:
    (file,) = Source(folder({"a": b"x" * 11})).files()
    assert file.text(limit=11) == "x" * 11
    with pytest.raises(SourceError, match="is larger than"):
        file.text(limit=10)


@settings(max_examples=300)
@given(data=st.data())
def test_a_damaged_archive_is_read_or_refused(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("a/b.txt", "hello\n" * 20)
        made.writestr("c.json", "[1]")
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(4, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    try:
        with Source(path) as source:
            for file in source.files():
                list(file.lines())
    except SourceError:
        pass
