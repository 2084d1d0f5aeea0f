"""Which files of a submission go into the box, and their bytes, read so that nobody can swap them meanwhile.

Everything is found through open folders, never through a path looked up twice, and
no link is followed: what was checked is what was read. Nothing is unpacked,
imported or unpickled; a pickle is a file like any other, for the learner's own
process in the box.
"""

from __future__ import annotations

import os
import stat
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import NamedTuple

# Names of libraries that courses use. A file beside the notebook with such a name is found instead of the
# library; nearly always that is an accident, and the learner's right answer would fail for it.
_LIBRARIES = frozenset(
    {
        *("IPython", "altair", "bokeh", "duckdb", "ipykernel", "ipywidgets", "keras", "matplotlib"),
        *("networkx", "nltk", "numpy", "pandas", "plotly", "polars", "pyarrow", "pytest", "requests", "scipy"),
        *("seaborn", "skimage", "sklearn", "spacy", "statsmodels", "sympy", "tensorflow", "torch", "transformers"),
    }
)
_LEAVINGS = frozenset({".ipynb_checkpoints", "__pycache__", ".DS_Store", "Thumbs.db", "desktop.ini", "__MACOSX"})
_START_UP = frozenset(
    {
        *("conftest.py", "ipython_config.py", "ipython_kernel_config.py", "jupyter_config.py"),
        *("nbgrader_config.py", "pyvenv.cfg", "sitecustomize.py", "usercustomize.py"),
    }
)
_COMPILED = frozenset({".dll", ".dylib", ".pyc", ".pyd", ".pyo", ".so"})
# Control and format characters (among them those that turn the direction of writing), halves of characters,
# characters without a meaning, separators of lines and paragraphs.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class SubmittedFile(NamedTuple):
    """A file for the box: its name (relative, with `/`, in Unicode's form NFC), its bytes and how many they are."""

    name: str
    data: bytes
    size: int


class Refusal(NamedTuple):
    """A file or folder that is not used, by a name that can be printed, and why, in a few words."""

    name: str
    reason: str


@dataclass(frozen=True)
class FileRules:
    """What a submission may hold besides what the course gives.

    `notebooks` are the assignment's notebooks (`ps1.ipynb`), the only ones taken.
    `given` are the files that the course puts into the box itself, under the same
    kind of names; copies that learners hand in are left out without a word, as
    nbgrader overwrites them. `modules` are names that a learner's .py file must not
    have. Sizes are in bytes, `depth` counts folders, `files` the files taken, `entries`
    what is looked at at all.
    """

    notebooks: frozenset[str] = frozenset()
    given: frozenset[str] = frozenset()
    modules: frozenset[str] = field(default=_LIBRARIES | sys.stdlib_module_names, repr=False)
    notebook_size: int = 50_000_000
    file_size: int = 20_000_000
    total_size: int = 100_000_000
    files: int = 200
    entries: int = 5_000
    depth: int = 8


def allowed_files(
    folder: Path, rules: FileRules, *, below: Path | None = None
) -> tuple[list[SubmittedFile], list[Refusal]]:
    """The files of a submission that may be used, sorted by name, and what is refused.

    Parameters
    ----------
    folder
        What one learner handed in for one assignment.
    below
        A folder above it that only the instructor writes to, such as `submitted`; links
        between the two are refused. By default the folder that `folder` lies in.

    Regular files are taken if their names, sizes and number keep to the rules. Refused
    are links (also hard links to files of another owner), devices, pipes and
    sockets; other notebooks than the assignment's; hidden files; compiled
    modules; files that a Python or a kernel reads when it starts; .py files with the name of a
    module, as they would be imported in its place; two names that differ only in case
    (the notebook or the course's file stays, else the first). What systems leave behind
    (`.ipynb_checkpoints`, `__pycache__`, `.DS_Store`) is passed over.

    Raises
    ------
    OSError
        If the folder itself cannot be read.
    """
    above = below if below is not None else folder.parent
    taken = _Taken(rules)
    with ExitStack() as stack:
        at = stack.enter_context(_opened(above))
        for part in folder.relative_to(above).parts:
            if part == ".." or not stat.S_ISDIR(os.stat(part, dir_fd=at, follow_symlinks=False).st_mode):
                return [], [Refusal(printable(part), "is no folder, or a link to one; hand in the files themselves")]
            at = stack.enter_context(_opened(part, at))
        taken.owner = os.fstat(at).st_uid
        # The notebooks first: nothing that lies beside them may use up their share.
        for name in sorted(rules.notebooks):
            _take_named(at, name, taken)
        _walk(at, PurePosixPath(), taken)
    return sorted(taken.files), sorted(set(taken.refused))


def printable(name: str) -> str:
    """A name for a message: what cannot be seen or printed is spelt out, and what is long is cut."""
    spelt = "".join(
        character if unicodedata.category(character) not in _UNSEEN else f"\\u{ord(character):04x}"
        for character in name[:200]
    )
    return spelt + ("..." if len(name) > 200 else "")


class _Taken:
    """What was taken so far, and what there is still room for."""

    def __init__(self, rules: FileRules) -> None:
        self.rules = rules
        self.files: list[SubmittedFile] = []
        self.refused: list[Refusal] = []
        self.owner = -1
        self.entries = 0
        self.size = 0
        # Names as a system sees them that does not tell case apart.
        self.names: dict[str, str] = {}
        self.folders: set[str] = set()
        for name in (*rules.notebooks, *rules.given):
            self.claim(name)

    def refuse(self, name: PurePosixPath | str, reason: str) -> None:
        self.refused.append(Refusal(printable(str(name)), reason))

    def claim(self, name: str) -> None:
        folded = name.casefold()
        self.names[folded] = name
        self.folders.update(str(parent) for parent in PurePosixPath(folded).parents)

    def clash(self, name: str) -> str | None:
        """The name that stands in the way of this one."""
        folded = name.casefold()
        if folded in self.folders:
            return name
        for part in (folded, *map(str, PurePosixPath(folded).parents)):
            if part in self.names:
                return self.names[part]
        return None


@contextmanager
def _opened(name: str | Path, at: int | None = None) -> Iterator[int]:
    """An open folder; a link is an error, except above everything that was handed in."""
    flags = _OPEN | os.O_DIRECTORY
    descriptor = os.open(name, flags if at is not None else flags & ~os.O_NOFOLLOW, dir_fd=at)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _take_named(at: int, name: str, taken: _Taken) -> None:
    """Take a notebook of the assignment, if it is there and no link lies on the way."""
    with ExitStack() as stack:
        *folders, last = PurePosixPath(name).parts
        try:
            for part in folders:
                at = stack.enter_context(_opened(part, at))
            status = os.stat(last, dir_fd=at, follow_symlinks=False)
        except OSError:
            return  # The walk names it, if anything of that name is there.
        _take(at, last, PurePosixPath(name), status, taken, name)


def _walk(at: int, path: PurePosixPath, taken: _Taken) -> None:
    rules = taken.rules
    with os.scandir(at) as scan:
        room = rules.entries - taken.entries
        names = sorted(entry.name for entry in islice(scan, room + 1))
    taken.entries += len(names)
    if len(names) > room:
        taken.refuse(path, f"holds more than {rules.entries:,} files; what is beyond them is not used")
        names = names[:room]
    folders: list[str] = []
    for name in names:
        if name in _LEAVINGS:
            continue
        if problem := _bad_name(name):
            taken.refuse(path / name, problem)
            continue
        try:
            status = os.stat(name, dir_fd=at, follow_symlinks=False)
        except OSError:
            continue  # Gone since the folder was listed.
        if stat.S_ISDIR(status.st_mode):
            folders.append(name)
        else:
            _look_at(at, name, path / name, status, taken)
    for name in folders:
        if len(path.parts) + 1 > rules.depth:
            taken.refuse(path / name, f"lies deeper than {rules.depth} folders; move it up")
            continue
        try:
            with _opened(name, at) as inner:
                _walk(inner, path / name, taken)
        except OSError:
            taken.refuse(path / name, "cannot be opened as a folder")


def _bad_name(name: str) -> str | None:
    """Why a name of one file or folder is refused."""
    if any(unicodedata.category(character) in _UNSEEN for character in name):
        return "has a name with characters that cannot be seen; rename it"
    if "\\" in name:
        return "has a backslash in its name; rename it"
    if name.startswith("."):
        return "is hidden; hidden files are not used"
    if name.startswith("-"):
        return "has a name that begins with a dash, like an option; rename it"
    if len(unicodedata.normalize("NFC", name).encode("utf-8")) > 255:
        return "has a name of more than 255 bytes; shorten it"
    return None


def _look_at(at: int, name: str, path: PurePosixPath, status: os.stat_result, taken: _Taken) -> None:
    """Take or refuse one entry that is no folder."""
    wanted = unicodedata.normalize("NFC", str(path))
    if wanted in taken.rules.given and stat.S_ISREG(status.st_mode):
        return
    if wanted in taken.rules.notebooks:
        if any(wanted == file.name for file in taken.files):
            # Taken before the walk; another spelling of its name in Unicode cannot be taken too.
            return None if str(path) == wanted else taken.refuse(path, f"has the place of {wanted}; rename it")
    else:
        if problem := _bad_kind(PurePosixPath(wanted), taken.rules):
            return taken.refuse(path, problem)
        other = taken.clash(wanted)
        if other is not None and stat.S_ISREG(status.st_mode):
            return taken.refuse(path, f"has the place of {printable(other)}; rename one of them")
    _take(at, name, path, status, taken, wanted)


def _bad_kind(path: PurePosixPath, rules: FileRules) -> str | None:
    """Why a file is refused for what its name says that it is."""
    suffix = path.suffix.lower()
    if suffix == ".ipynb":
        names = ", ".join(sorted(rules.notebooks))
        return f"is no notebook of this assignment{f' (which has {names})' if names else ''}; rename or remove it"
    if suffix == ".pth" or path.name in _START_UP:
        return "is read when Python starts; remove it"
    if _COMPILED.intersection(part.lower() for part in path.suffixes):
        return "is compiled code; hand in its source"
    top = PurePosixPath(path.parts[0])
    module = top.stem if len(path.parts) == 1 else top.name
    if suffix == ".py" and module in rules.modules:
        return f"would be imported in place of Python's {module}; rename it"
    return None


def _take(at: int, name: str, path: PurePosixPath, status: os.stat_result, taken: _Taken, wanted: str) -> None:
    """Read a regular file through one descriptor, within its limits."""
    rules = taken.rules
    notebook = wanted in rules.notebooks
    most = rules.notebook_size if notebook else rules.file_size
    if stat.S_ISLNK(status.st_mode):
        return taken.refuse(path, "is a link; hand in the file itself")
    if not stat.S_ISREG(status.st_mode):
        # Not even opened: opening a device or a pipe can do something.
        return taken.refuse(path, "is no regular file")
    try:
        descriptor = os.open(name, _OPEN, dir_fd=at)
    except OSError:
        return taken.refuse(path, "cannot be opened")
    try:
        opened = os.fstat(descriptor)
        if not stat.S_ISREG(opened.st_mode):
            return taken.refuse(path, "is no regular file")
        if opened.st_nlink > 1 and opened.st_uid != taken.owner:
            return taken.refuse(path, "is a hard link to a file of somebody else; hand in the file itself")
        room = rules.total_size - taken.size
        if not notebook and len(taken.files) >= rules.files:
            return taken.refuse(path, f"is one file too many; at most {rules.files} are used")
        if opened.st_size > most:
            return taken.refuse(path, f"has {opened.st_size:,} bytes; at most {most:,} are read")
        if opened.st_size > room:
            return taken.refuse(path, f"is too much: all files together may have {rules.total_size:,} bytes")
        data = _read(descriptor, min(most, room))
    except OSError:
        return taken.refuse(path, "cannot be read")
    finally:
        os.close(descriptor)
    if data is None:
        return taken.refuse(path, "grew while it was read; hand it in again")
    taken.size += len(data)
    taken.claim(wanted)
    taken.files.append(SubmittedFile(wanted, data, len(data)))


def _read(descriptor: int, most: int) -> bytes | None:
    """All bytes of an open file, or None if there are more than `most`."""
    parts: list[bytes] = []
    size = 0
    while part := os.read(descriptor, 1 << 20):
        size += len(part)
        if size > most:
            return None
        parts.append(part)
    return b"".join(parts)
