"""Read a file, a folder or a zip archive as a tree of files.

Whoever reads an export need not know how it is packed. Nothing is ever unpacked
to disk: an archive's members are read as streams, and those with names that
point elsewhere, or that would swell beyond reason, are refused and listed.
"""

from __future__ import annotations

import codecs
import errno
import io
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from coursework.importers.errors import SourceError
from coursework.importers.records import Rejected

if TYPE_CHECKING:
    from typing_extensions import Buffer

MIB = 1 << 20
MAX_LINE = 16 * MIB
MAX_TEXT = 256 * MIB

# What archives may grow to. The ratio is far above that of text (logs reach 30:1) and below that of bombs (1,000:1).
_MAX_RATIO, _RATIO_FROM = 200, 10_000_000
_MAX_TOTAL = 8 << 30
_MAX_MEMBERS = 200_000

# Files that systems leave in folders and archives; they are no part of any export.
_LITTER = {".ds_store", "thumbs.db", "desktop.ini", "__macosx", ".git"}

# Files that say something about an export and are no part of it.
_ABOUT = re.compile(r"(licen[cs]e|readme)[^/]*$", re.IGNORECASE)

_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
_READ_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)


@dataclass(frozen=True, slots=True)
class TooLong:
    """A line that was skipped because it is longer than the limit; `length` is in bytes."""

    length: int


class Source:
    """A file, a folder, or a zip archive; a folder with one zip archive and no other data is read as that archive.

    `name` is the name of the path. `refused` lists what was left out, with the reason. `guesses` counts,
    by file, the pieces of text whose encoding had to be guessed. `notes` is for sentences that an importer
    wants to tell the user, such as which columns it took for what.

    Raises `SourceError` if the path is missing, unreadable, empty, or an archive that cannot be trusted.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = _printable(path.resolve().name or str(path))
        self.refused: list[Rejected] = []
        self.guesses: dict[str, int] = {}
        self.notes: list[str] = []
        self._archive: zipfile.ZipFile | None = None
        self._files: list[SourceFile] = []
        try:
            mode = path.stat().st_mode
            if stat.S_ISDIR(mode):
                self._read_folder()
            elif stat.S_ISREG(mode):
                self._read_file(path)
            else:
                raise SourceError(f"{path} is neither a file nor a folder: give the path of an export")
        except FileNotFoundError:
            raise SourceError(f"{path} does not exist: give the path of a file, a folder or a zip archive") from None
        except PermissionError as error:
            raise SourceError(f"no permission to read {error.filename or path}: ask its owner or copy it") from None
        except OSError as error:
            raise SourceError(f"{path} cannot be read: {error.strerror or error}") from None
        self._files.sort(key=lambda file: file.name)
        if not self._files and not self.refused:
            raise SourceError(f"{path} is empty: there is nothing to import")
        if not self._files:
            self.close()
            reasons = "; ".join(dict.fromkeys(refused.reason for refused in self.refused))
            raise SourceError(f"{path} holds nothing that can be read ({reasons}): unpack it and give what you trust")

    @property
    def is_archive(self) -> bool:
        """Whether the files are members of a zip archive."""
        return self._archive is not None

    def files(self, *suffixes: str) -> Iterator[SourceFile]:
        """The files, sorted by name; with suffixes (`".json"`) only those that end so, in capitals or not."""
        endings = tuple(suffix.lower() for suffix in suffixes)
        for file in self._files:
            if not endings or file.name.lower().endswith(endings):
                yield file

    def file(self, name: str) -> SourceFile | None:
        """The file of that name (relative, with `/`), or None."""
        return next((file for file in self._files if file.name == name), None)

    def close(self) -> None:
        """Close the archive, if it is one."""
        if self._archive is not None:
            self._archive.close()

    def __enter__(self) -> Source:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read_folder(self) -> None:
        for found, size in self._walk():
            self._files.append(SourceFile(self, _printable(found.relative_to(self.path).as_posix()), size, path=found))
        zips = [file.path for file in self._files if file.path and file.path.suffix.lower() == ".zip"]
        if len(zips) == 1 and all(file.path in zips or _ABOUT.match(file.name) for file in self._files):
            self._files.clear()
            self._read_file(zips[0])

    def _walk(self) -> Iterator[tuple[Path, int]]:
        def fail(error: OSError) -> None:
            raise error

        # Folders behind links are not followed: they may lead in circles, or out of the export.
        for folder, folders, names in os.walk(self.path, onerror=fail):
            folders[:] = [name for name in folders if name.lower() not in _LITTER]
            for name in names:
                if _is_litter(name):
                    continue
                found = Path(folder, name)
                place = _printable(found.relative_to(self.path).as_posix())
                try:
                    status = found.stat()
                except OSError as error:
                    if error.errno not in (errno.ENOENT, errno.ELOOP):
                        raise
                    self.refused.append(Rejected(place, "a link to a file that does not exist"))
                    continue
                if stat.S_ISREG(status.st_mode):
                    yield found, status.st_size
                else:
                    self.refused.append(Rejected(place, "neither a file nor a folder"))

    def _read_file(self, path: Path) -> None:
        with path.open("rb") as file:
            head = file.read(512)
        if head.startswith(_ZIP_MAGIC):
            self._read_archive(path)
        elif path.suffix.lower() == ".zip":
            raise SourceError(f"{path} is no zip archive, though it is named so: fetch the export again")
        elif head[257:262] == b"ustar" or head.startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!")):
            raise SourceError(f"{path} is packed, and not as a zip archive: unpack it and give the folder or file")
        elif head:
            self._files.append(SourceFile(self, _printable(path.name), path.stat().st_size, path=path))

    def _read_archive(self, path: Path) -> None:
        try:
            self._archive = zipfile.ZipFile(path)
            members = self._archive.infolist()
        except _READ_ERRORS:
            raise SourceError(f"{path} is a damaged or truncated zip archive: fetch it again") from None
        if len(members) > _MAX_MEMBERS:
            raise SourceError(f"{path} has more than {_MAX_MEMBERS:,} members: unpack the part you want to import")
        seen: set[str] = set()
        total = 0
        for member in members:
            name = _printable(member.filename.replace("\\", "/"))
            if member.is_dir() or any(_is_litter(part) for part in name.split("/")):
                continue
            if member.flag_bits & 0x1:
                raise SourceError(f"{path} is encrypted: unpack it with its password and give the folder")
            reason = _refusal(member, name) or ("a second member of the same name" if name in seen else "")
            if reason:
                self.refused.append(Rejected(f"{self.name}/{name}", reason))
                continue
            seen.add(name)
            total += member.file_size
            self._files.append(SourceFile(self, name, member.file_size, member=member))
        if total > _MAX_TOTAL:
            raise SourceError(
                f"{path} would unpack to more than {_MAX_TOTAL >> 30} GiB: unpack the part you want to import"
            )


class SourceFile:
    """One file of a source. `name` is relative, with `/`; `size` is in bytes; `path` is None inside an archive."""

    __slots__ = ("_member", "_source", "name", "path", "size")

    def __init__(
        self, source: Source, name: str, size: int, path: Path | None = None, member: zipfile.ZipInfo | None = None
    ) -> None:
        self._source = source
        self._member = member
        self.name = name
        self.size = size
        self.path = path

    def __repr__(self) -> str:
        return f"SourceFile({self.name!r}, {self.size:,} bytes)"

    def open(self) -> BinaryIO:
        """Open the file to read bytes; a file outside an archive is seekable. Raises `SourceError`."""
        try:
            if self._member is None:
                assert self.path is not None
                return self.path.open("rb")
            assert self._source._archive is not None
            return cast(BinaryIO, io.BufferedReader(_Member(self._source._archive, self._member, self.name), MIB))
        except PermissionError:
            raise SourceError(f"no permission to read {self.name}: ask its owner or copy it") from None
        except _READ_ERRORS as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise SourceError(f"{self.name} cannot be read ({reason}): fetch the export again") from None

    def open_utf8(self) -> BinaryIO:
        """Open the file after its byte order mark; one in UTF-16 with a mark is given in UTF-8."""
        head = self.head(3)
        file = self.open()
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return cast(BinaryIO, io.BufferedReader(_Recoded(file)))
        if head == codecs.BOM_UTF8:
            file.read(3)
        return file

    def head(self, n: int = 4096) -> bytes:
        """The first `n` bytes."""
        with self.open() as file:
            return file.read(n)

    def lines(self, limit: int = MAX_LINE) -> Iterator[tuple[int, bytes | TooLong]]:
        """The lines with their numbers from 1, without the line's end.

        A line of more than `limit` bytes is skipped and given as `TooLong`; it is never held in memory.
        Lines of a file in UTF-16 with a byte order mark are given in UTF-8. Lines may end in a carriage return
        alone, as old files have it, if all do.
        """
        with self.open_utf8() as file:
            head = file.read(64 * 1024)
        with self.open_utf8() as file:
            if b"\r" in head[:-1] and b"\n" not in head:
                file = cast(BinaryIO, io.BufferedReader(_NewLines(file)))
            number = 0
            while line := file.readline(limit + 1):
                number += 1
                if len(line) > limit and not line.endswith(b"\n"):
                    length = len(line)
                    while line and not line.endswith(b"\n"):
                        line = file.readline(MIB)
                        length += len(line)
                    yield number, TooLong(length)
                else:
                    yield number, line.rstrip(b"\r\n")

    def text(self, declared: str | None = None, limit: int = MAX_TEXT) -> str:
        """The whole file as text, decoded by `decode`; raises `SourceError` if it has more than `limit` bytes."""
        with self.open() as file:
            data = file.read(limit + 1)
        if len(data) > limit:
            raise SourceError(f"{self.name} is larger than {limit // MIB} MiB: split it into smaller files")
        return self.decode(data, declared)

    def decode(self, data: bytes, declared: str | None = None) -> str:
        """Bytes of this file as text, by `decode`; a guess is counted in the source's `guesses`."""
        text, guessed = decode(data, declared)
        if guessed:
            self._source.guesses[self.name] = self._source.guesses.get(self.name, 0) + 1
        return text


def decode(data: bytes, declared: str | None = None) -> tuple[str, bool]:
    """Bytes as text, and whether the encoding had to be guessed.

    Tried in turn: UTF-8 or UTF-16 with a byte order mark, UTF-8, the declared encoding, and as guesses
    Windows-1252 and Latin-1, which takes any bytes. UTF-8 comes before the declared encoding, because wrong
    declarations are frequent and other text is hardly ever valid UTF-8 by accident; encodings that are
    themselves written in ASCII (ISO-2022, UTF-7) or with zero bytes (UTF-16) are believed when declared.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return data.decode("utf-16"), False
        except UnicodeDecodeError:
            pass
    codec = _codec(declared)
    believed = codec is not None and codec.startswith(("iso2022", "utf-16", "utf-32", "utf-7", "hz"))
    tried = ("utf-8-sig", codec) if not believed else (codec, "utf-8-sig")
    for name in tried:
        if name is not None:
            try:
                return data.decode(name), False
            except (UnicodeError, ValueError):
                continue
    try:
        return data.decode("cp1252"), True
    except UnicodeDecodeError:
        return data.decode("latin-1"), True


def _codec(declared: str | None) -> str | None:
    """The name of a known text encoding, or None. Those that are no character sets are not known."""
    if not declared:
        return None
    try:
        name = codecs.lookup(declared.strip(" \"'")).name
    except (LookupError, ValueError):
        return None
    return name if name.partition("-")[0] in _CHARACTER_SETS or name.startswith(_CHARACTER_SET_STEMS) else None


_CHARACTER_SETS = {
    "ascii",
    "utf",
    "big5",
    "big5hkscs",
    "gb2312",
    "gbk",
    "gb18030",
    "hz",
    "johab",
    "tis",
    "ptcp154",
    "hp",
}
_CHARACTER_SET_STEMS = ("iso", "cp", "windows", "koi8", "mac", "euc", "shift", "latin", "kz1048")


class _Member(io.RawIOBase):
    """A member of a zip archive as a stream that stops at the promised size and speaks plainly of damage."""

    def __init__(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> None:
        self._file = archive.open(member)
        self._left = member.file_size
        self._name = name

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer, /) -> int:
        view = memoryview(buffer)
        try:
            data = self._file.read(len(view))
        except _READ_ERRORS as error:
            raise SourceError(f"{self._name} is damaged in the archive ({error}): fetch the export again") from None
        # The size in the header may lie; what was checked against it must hold for what is read.
        self._left -= len(data)
        if self._left < 0:
            raise SourceError(f"{self._name} is larger than the archive says: fetch the export again")
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()


class _Recoded(io.RawIOBase):
    """A stream in UTF-16 as one in UTF-8, so that lines can be told apart by their bytes."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder("utf-16")("replace")
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer, /) -> int:
        view = memoryview(buffer)
        while not self._rest:
            data = self._file.read(64 * 1024)
            self._rest = self._decoder.decode(data, final=not data).encode("utf-8", "replace")
            if not data and not self._rest:
                return 0
        piece, self._rest = self._rest[: len(view)], self._rest[len(view) :]
        view[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        self._file.close()
        super().close()


class _NewLines(io.RawIOBase):
    """A stream with newlines for carriage returns."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer, /) -> int:
        view = memoryview(buffer)
        data = self._file.read(len(view)).replace(b"\r", b"\n")
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()


def _refusal(member: zipfile.ZipInfo, name: str) -> str:
    """Why a member is not read, or an empty string."""
    parts = name.split("/")
    if name.startswith("/") or ".." in parts or (len(parts[0]) > 1 and parts[0][1] == ":"):
        return "its name points outside the archive"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "a link, not a file"
    if member.file_size > _RATIO_FROM and member.file_size > _MAX_RATIO * max(member.compress_size, 1):
        return f"it would unpack to more than {_MAX_RATIO} times its size"
    if name.lower().endswith(".zip"):
        return "an archive within the archive: unpack it and import it by itself"
    return ""


def _is_litter(name: str) -> bool:
    return name.lower() in _LITTER or name.startswith("._")


def _printable(name: str) -> str:
    """A name as it can be shown and written: no control characters, no halves of characters."""
    text = name.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    return "".join(character if character.isprintable() else "?" for character in text)
