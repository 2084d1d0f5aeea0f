"""Which files of a submission may go into the box."""

from __future__ import annotations

import ctypes
import os
import socket
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from coursekit.grading.files import FileRules, Refusal, SubmittedFile, allowed_files

RULES = FileRules(notebooks=frozenset({"ps1.ipynb"}), given=frozenset({"data/reviews.csv"}))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "submitted" / "learner-01" / "ps1"
    made.mkdir(parents=True)
    put(made, "ps1.ipynb", b"{}")
    return made


def put(folder: Path, name: str, data: bytes = b"1") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def names(found: list[SubmittedFile]) -> list[str]:
    return [file.name for file in found]


def refused(folder: Path, rules: FileRules = RULES) -> dict[str, str]:
    return {refusal.name: refusal.reason for refusal in allowed_files(folder, rules)[1]}


def test_an_honest_submission_is_taken_whole_and_without_a_word(folder: Path) -> None:
    put(folder, "helpers.py", b"def f(): ...")
    put(folder, "data/mine.csv", b"a,b\n")
    put(folder, "package/random.py")
    put(folder, "answers.pkl", b"\x80\x04cos\nsystem\n")
    put(folder, "empty.txt", b"")
    accepted, others = allowed_files(folder, RULES)
    assert accepted == [
        SubmittedFile("answers.pkl", b"\x80\x04cos\nsystem\n", 13),
        SubmittedFile("data/mine.csv", b"a,b\n", 4),
        SubmittedFile("empty.txt", b"", 0),
        SubmittedFile("helpers.py", b"def f(): ...", 12),
        SubmittedFile("package/random.py", b"1", 1),
        SubmittedFile("ps1.ipynb", b"{}", 2),
    ]
    assert others == []


def test_the_courses_own_files_and_what_systems_leave_are_passed_over(folder: Path) -> None:
    put(folder, "data/reviews.csv", b"forged")
    for name in (
        ".ipynb_checkpoints/ps1-checkpoint.ipynb",
        "__pycache__/a.cpython-311.pyc",
        ".DS_Store",
        "a/Thumbs.db",
    ):
        put(folder, name)
    accepted, others = allowed_files(folder, RULES)
    assert names(accepted) == ["ps1.ipynb"]
    assert others == []


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("ps2.ipynb", "is no notebook of this assignment (which has ps1.ipynb)"),
        ("PS1.IPYNB", "is no notebook of this assignment"),
        ("sub/ps1.ipynb", "is no notebook of this assignment"),
        ("sitecustomize.py", "is read when Python starts"),
        ("usercustomize.py", "is read when Python starts"),
        ("conftest.py", "is read when Python starts"),
        ("sub/x.pth", "is read when Python starts"),
        ("pyvenv.cfg", "is read when Python starts"),
        (".ipython/profile_default/startup/a.py", "is hidden"),
        (".bashrc", "is hidden"),
        ("fast.cpython-311-x86_64-linux-gnu.so", "is compiled code"),
        ("fast.PYD", "is compiled code"),
        ("helpers.pyc", "is compiled code"),
        ("random.py", "would be imported in place of Python's random"),
        ("pandas.py", "would be imported in place of Python's pandas"),
        ("json/__init__.py", "would be imported in place of Python's json"),
        ("-rf", "begins with a dash"),
        ("a\nb.txt", "cannot be seen"),
        ("a\x1b[31m.txt", "cannot be seen"),
        ("a\u202etxt.exe", "cannot be seen"),
        ("a\\b.txt", "backslash"),
        ("data/REVIEWS.csv", "has the place of data/reviews.csv"),
        ("data/reviews.csv/x", "has the place of data/reviews.csv"),
        ("a/b/c/d/e/f/g/h/i/x.txt", "deeper than 8 folders"),
    ],
)
def test_what_may_not_go_into_the_box_is_named_with_its_reason(folder: Path, name: str, reason: str) -> None:
    put(folder, name)
    accepted, others = allowed_files(folder, RULES)
    assert names(accepted) == ["ps1.ipynb"]
    ((said, why),) = others
    assert reason in why
    assert said.isprintable()


def test_a_name_that_is_not_utf8_is_refused_and_can_still_be_printed(folder: Path) -> None:
    (folder / os.fsdecode(b"\xe9t\xe9.csv")).write_bytes(b"1")
    assert refused(folder) == {"\\udce9t\\udce9.csv": "has a name with characters that cannot be seen; rename it"}


def test_names_from_a_mac_are_taken_in_the_usual_spelling_once(folder: Path) -> None:
    decomposed = unicodedata.normalize("NFD", "café.csv")
    put(folder, decomposed, b"mac")
    assert names(allowed_files(folder, RULES)[0]) == ["café.csv", "ps1.ipynb"]
    put(folder, "café.csv", b"other")
    assert names(allowed_files(folder, RULES)[0]) == ["café.csv", "ps1.ipynb"]
    assert refused(folder)["café.csv"] == "has the place of café.csv; rename one of them"


def test_of_names_that_differ_in_case_the_first_is_taken(folder: Path) -> None:
    put(folder, "Notes.txt", b"A")
    put(folder, "notes.txt", b"a")
    put(folder, "PS1.ipynb.", b"")
    put(folder, "DATA/x.csv", b"A")
    put(folder, "data/X.csv", b"a")
    accepted, _ = allowed_files(folder, RULES)
    assert names(accepted) == ["DATA/x.csv", "Notes.txt", "PS1.ipynb.", "ps1.ipynb"]
    assert refused(folder) == {
        "notes.txt": "has the place of Notes.txt; rename one of them",
        "data/X.csv": "has the place of DATA/x.csv; rename one of them",
    }


def test_links_pipes_and_sockets_are_refused(folder: Path, tmp_path: Path) -> None:
    secret = put(tmp_path, "source/ps1/ps1.ipynb", b"secret")
    (folder / "file.txt").symlink_to(secret)
    (folder / "folder").symlink_to(secret.parent)
    (folder / "nowhere").symlink_to("nothing")
    (folder / "data").mkdir()
    (folder / "data" / "reviews.csv").symlink_to(secret)
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        before = Path.cwd()
        os.chdir(folder)  # A socket's path may have 108 bytes.
        try:
            listening.bind("socket")
        finally:
            os.chdir(before)
    accepted, _ = allowed_files(folder, RULES)
    assert accepted == [SubmittedFile("ps1.ipynb", b"{}", 2)]
    link, other = "is a link; hand in the file itself", "is no regular file"
    assert refused(folder) == {
        "data/reviews.csv": link,
        "file.txt": link,
        "folder": link,
        "nowhere": link,
        "pipe": other,
        "socket": other,
    }


def test_a_notebook_that_is_a_link_or_a_pipe_is_refused_once(folder: Path, tmp_path: Path) -> None:
    (folder / "ps1.ipynb").unlink()
    (folder / "ps1.ipynb").symlink_to(put(tmp_path, "secret.ipynb"))
    assert allowed_files(folder, RULES) == ([], [Refusal("ps1.ipynb", "is a link; hand in the file itself")])
    (folder / "ps1.ipynb").unlink()
    os.mkfifo(folder / "ps1.ipynb")
    assert allowed_files(folder, RULES) == ([], [Refusal("ps1.ipynb", "is no regular file")])


def test_a_submission_behind_a_link_is_refused(folder: Path, tmp_path: Path) -> None:
    submitted = tmp_path / "submitted"
    (submitted / "learner-02").symlink_to(folder.parent)
    (submitted / "learner-03").mkdir()
    (submitted / "learner-03" / "ps1").symlink_to(folder)
    for learner, part in (("learner-02", "learner-02"), ("learner-03", "ps1")):
        accepted, others = allowed_files(submitted / learner / "ps1", RULES, below=submitted)
        assert accepted == []
        assert others == [Refusal(part, "is no folder, or a link to one; hand in the files themselves")]
    # What lies above is the instructor's, who may well use links.
    (tmp_path / "link").symlink_to(submitted)
    again = tmp_path / "link"
    assert names(allowed_files(again / "learner-01" / "ps1", RULES, below=again)[0]) == ["ps1.ipynb"]


def test_a_folder_that_is_not_there_is_an_error(folder: Path) -> None:
    with pytest.raises(FileNotFoundError):
        allowed_files(folder.parent / "ps2", RULES)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a file of another owner")
def test_a_hard_link_to_somebody_elses_file_is_refused_and_one_to_an_own_file_is_not(folder: Path) -> None:
    (folder / "own.txt").hardlink_to(put(folder, "first.txt"))
    other = put(folder.parent, "other.txt", b"secret")
    os.chown(other, 65534, 65534)
    (folder / "stolen.txt").hardlink_to(other)
    accepted, _ = allowed_files(folder, RULES)
    assert names(accepted) == ["first.txt", "own.txt", "ps1.ipynb"]
    assert refused(folder) == {
        "stolen.txt": "is a hard link to a file of somebody else; hand in the file itself",
    }


SWAPS: dict[str, Callable[[Path, Path], None]] = {
    "link": lambda path, secret: path.symlink_to(secret),
    "pipe": lambda path, secret: os.mkfifo(path),
    "folder": lambda path, secret: path.mkdir(),
}


@pytest.mark.parametrize("swap", SWAPS)
def test_a_file_swapped_between_look_and_reading_is_not_followed(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, swap: str
) -> None:
    secret = put(tmp_path, "secret.txt", b"secret")
    put(folder, "a.txt", b"mine")
    really = os.open

    def swapping(name: str, flags: int, *, dir_fd: int | None = None) -> int:
        if name == "a.txt":
            (folder / "a.txt").unlink()
            SWAPS[swap](folder / "a.txt", secret)
        return really(name, flags, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", swapping)
    accepted, others = allowed_files(folder, RULES)
    assert names(accepted) == ["ps1.ipynb"]
    assert [name for name, _ in others] == ["a.txt"]


def test_a_folder_swapped_for_a_link_is_not_followed(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "elsewhere/secret.txt", b"secret")
    put(folder, "mine/a.txt")
    really = os.open

    def swapping(name: str, flags: int, *, dir_fd: int | None = None) -> int:
        if name == "mine":
            (folder / "mine").rename(tmp_path / "away")
            (folder / "mine").symlink_to(tmp_path / "elsewhere")
        return really(name, flags, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", swapping)
    accepted, others = allowed_files(folder, RULES)
    assert names(accepted) == ["ps1.ipynb"]
    assert others == [Refusal("mine", "cannot be opened as a folder")]


def test_a_file_that_grows_while_it_is_read_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    growing = put(folder, "a.txt", b"x" * 10)
    really = os.read

    def reading(descriptor: int, most: int) -> bytes:
        with growing.open("ab") as more:
            more.write(b"x" * 10)
        return really(descriptor, 10)

    monkeypatch.setattr(os, "read", reading)
    rules = FileRules(notebooks=RULES.notebooks, file_size=50)
    assert refused(folder, rules) == {"a.txt": "grew while it was read; hand it in again"}


def test_sizes_and_numbers_are_limited_and_the_notebook_comes_first(folder: Path) -> None:
    for number in range(6):
        put(folder, f"{number}.txt", b"x" * 10)
    with (folder / "sparse.bin").open("wb") as sparse:
        sparse.truncate(1 << 40)
    accepted, _ = allowed_files(folder, RULES)
    assert len(accepted) == 7
    assert refused(folder) == {"sparse.bin": "has 1,099,511,627,776 bytes; at most 20,000,000 are read"}

    few = FileRules(notebooks=RULES.notebooks, files=3)
    accepted, others = allowed_files(folder, few)
    assert names(accepted) == ["0.txt", "1.txt", "ps1.ipynb"]
    assert "at most 3 are used" in dict(others)["2.txt"]

    small = FileRules(notebooks=RULES.notebooks, total_size=25)
    accepted, others = allowed_files(folder, small)
    assert names(accepted) == ["0.txt", "1.txt", "ps1.ipynb"]
    assert "all files together" in dict(others)["2.txt"]

    seen = FileRules(notebooks=RULES.notebooks, entries=2)
    accepted, others = allowed_files(folder, seen)
    assert "ps1.ipynb" in names(accepted)
    assert "holds more than 2 files" in dict(others)["."]

    tight = FileRules(notebooks=RULES.notebooks, notebook_size=1)
    assert refused(folder, tight)["ps1.ipynb"] == "has 2 bytes; at most 1 are read"


def test_a_file_that_may_not_be_read_is_named(folder: Path) -> None:
    put(folder, "a.txt").chmod(0)
    # Root may read everything, so an ordinary user looks: a child that gives its rights up.
    if os.geteuid() != 0:
        assert refused(folder) == {"a.txt": "cannot be opened"}
        return
    for path in (folder, *folder.parents):
        if path.stat().st_uid == 0 and path != Path("/") and "pytest" in str(path):
            path.chmod(0o755)
    receiving, sending = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            ctypes.CDLL(None).setresuid(65534, 65534, 65534)
            os.write(sending, repr(refused(folder)).encode())
        finally:
            os._exit(0)
    os.close(sending)
    os.waitpid(child, 0)
    with os.fdopen(receiving) as answer:
        assert answer.read() == "{'a.txt': 'cannot be opened'}"


def test_no_descriptor_stays_open(folder: Path) -> None:
    put(folder, "a/b/c.txt")
    (folder / "link").symlink_to("a")
    before = sorted(Path("/proc/self/fd").iterdir())
    allowed_files(folder, RULES, below=folder.parent.parent)
    assert sorted(Path("/proc/self/fd").iterdir()) == before


def test_every_module_of_the_standard_library_is_guarded() -> None:
    assert {"random", "statistics", "json", "typing"} <= sys.stdlib_module_names <= FileRules().modules
