#!/usr/bin/env python3
"""Set up `.venv` and find a browser: the first step of every make target.

Standard library only, in the syntax of Python 3.6: this file is what tells
people that their Python is too old, so an old Python has to be able to run it.

    python3 coursekit/bootstrap.py            # .venv, from requirements.txt
    python3 coursekit/bootstrap.py browser    # a browser for the tests

Exit codes: 0 done; 2 could not, and one sentence says what to do; 130 stopped.
"""

import importlib.util
import os
import sys
from pathlib import Path
from typing import Iterable, Iterator, List, Tuple

ROOT = Path(__file__).resolve().parent.parent
MINIMUM = (3, 11)
TAIL_LINES = 12
"""How many of pip's last lines are shown when it fails."""
NOTICE_EVERY = 25
"""Packages between two lines of progress."""

NO_ANSWER = "the package index did not answer: check the network and `pip config list`"
REMEDIES = (
    ("No space left on device", "the disk is full: free about 2 GB, then run make again"),
    ("connection broken", NO_ANSWER),
    ("Read timed out", NO_ANSWER),
    ("DO NOT MATCH THE HASHES", "a download was damaged: run `pip cache purge`, then make again"),
    ("Permission denied", "a file could not be written: check who owns this folder, then run make again"),
    ("No matching distribution", "this Python lacks a pinned version: try `make PYTHON=python3.12`"),
)
"""Words of pip's output and what to do about them; the first that fits is said."""

BROWSER_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
BROWSER_APPS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
PLAYWRIGHT_FOLDERS = ("~/.cache/ms-playwright", "~/Library/Caches/ms-playwright")
PLAYWRIGHT_PROGRAMS = ("chromium-*/chrome-linux*/chrome", "chromium-*/chrome-mac*/*.app/Contents/MacOS/*")


class Problem(Exception):
    """What is wrong and what to do about it, in one sentence."""


def say(text: str) -> None:
    """Print one line of progress at once, also into a pipe."""
    print(text, flush=True)


def run(*command: str, timeout: int = 1800) -> Tuple[int, str]:
    """Run a command without input; return its exit code and all that it printed.

    127 stands for a command that does not start or takes longer than `timeout` seconds.
    """
    # Imported where it is used: with a fresh stamp this file ends in a blink.
    import subprocess

    try:
        out, err = subprocess.PIPE, subprocess.STDOUT
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, timeout=timeout)
    except (OSError, subprocess.TimeoutExpired) as error:
        return 127, str(error)
    return done.returncode, done.stdout.decode(errors="replace").strip()


def check_python() -> None:
    """Raise `Problem` if the running Python is too old or cannot make environments."""
    version = "{}.{}".format(*sys.version_info[:2])
    if tuple(sys.version_info[:2]) < MINIMUM:
        raise Problem(
            f"Python {version} ({sys.executable}) is too old: install Python 3.11 or newer, "
            "or name one that you have, as in `make PYTHON=python3.12 course`."
        )
    missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if missing:
        raise Problem(
            f"Python {version} ({sys.executable}) lacks {' and '.join(missing)}: install what is missing "
            f"(on Debian and Ubuntu `apt install python{version}-venv`), then run make again."
        )


def check_writable(root: Path) -> None:
    """Raise `Problem` unless a file can be made in `root`.

    A file is really made: permission bits say nothing about a read-only or a
    full disk, and nothing at all to root.
    """
    import tempfile

    try:
        with tempfile.TemporaryFile(dir=str(root)):
            pass
    except OSError as error:
        raise Problem(
            f"Cannot write in {root} ({error.strerror}): give yourself write permission, "
            "or clone the course into a folder of your own."
        ) from None


def digest(root: Path) -> str:
    """Return what an installation depends on: pins, project, Python, place.

    The place counts because scripts and the editable install hold its path.
    """
    import hashlib

    total = hashlib.sha256(f"{sys.version}\n{root}\n".encode())
    for name in ("requirements.txt", "pyproject.toml"):
        try:
            total.update((root / name).read_bytes() + b"\0")
        except OSError:
            raise Problem(f"{name} is missing in {root}: get a complete copy of the course.") from None
    return total.hexdigest()


def usable(venv: Path) -> bool:
    """Tell whether `venv` was made completely, in this place, by the running Python."""
    pip = venv / "bin" / "pip"
    if not pip.is_file() or str(venv) not in pip.read_text(errors="replace"):
        return False
    code, version = run(str(venv / "bin" / "python"), "-c", "import sys, pip; print(sys.version)")
    return code == 0 and version == sys.version.strip()


def make_environment(venv: Path) -> None:
    """Make `venv`, or keep it if it is usable; what is half made is made anew."""
    if venv.exists() and not (venv / "pyvenv.cfg").exists() and (not venv.is_dir() or any(venv.iterdir())):
        raise Problem(f"{venv} is no virtual environment: move it away, then run make again.")
    if usable(venv):
        return
    # From within an environment its base Python is asked, so that `--clear`
    # never deletes the interpreter at work.
    python = getattr(sys, "_base_executable", None) or sys.executable
    code, output = run(python, "-m", "venv", "--clear", str(venv))
    if code:
        raise Problem(f"{output}\nCould not make {venv}: remove it, then run make again.")


def show_progress(lines: Iterable[str], total: int) -> Iterator[str]:
    """Pass pip's lines on, and tell how many packages of `total` it has looked at."""
    seen = 0
    for line in lines:
        # One such line for each pin, whether it comes from an index, a folder or not at all.
        if line.startswith(("Collecting ", "Processing ", "Ignoring ", "Requirement already ")):
            seen += 1
            if seen % NOTICE_EVERY == 0:
                say(f"      {seen} of {total} packages")
        elif line.startswith("Installing collected packages") and total > 1:
            say("      all there; now writing them into .venv")
        yield line


def pip_install(venv: Path, *arguments: str, total: int = 1) -> None:
    """Run pip in `venv`; raise `Problem` with its last lines if it fails.

    All of its output goes to `.venv/install.log`; `total` is for the progress.
    """
    import subprocess

    # PIP_USER=0: with `user = true` in somebody's settings pip refuses a virtual environment.
    command = [str(venv / "bin" / "python"), "-m", "pip", "install", "--no-input", *arguments]
    printed = []
    with (venv / "install.log").open("a") as log, subprocess.Popen(
        command,
        env=dict(os.environ, PIP_USER="0", PIP_DISABLE_PIP_VERSION_CHECK="1", PYTHONUNBUFFERED="1"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
    ) as pip:
        for line in show_progress(pip.stdout or (), total):
            log.write(line)
            printed.append(line)
    if pip.returncode:
        output = "".join(printed)
        advice = next((what for words, what in REMEDIES if words in output), "see .venv/install.log")
        raise Problem(f"{''.join(printed[-TAIL_LINES:])}Installing failed: {advice}.")


def install(root: Path) -> None:
    """Bring `.venv` up to date with requirements.txt; at once if it already is."""
    venv = root / ".venv"
    stamp = venv / ".installed"
    wanted = digest(root)
    if stamp.is_file() and stamp.read_text() == wanted and (venv / "bin" / "python").exists():
        return
    check_python()
    check_writable(root)
    say("[1/3] .venv: making the environment")
    if stamp.is_file():
        # From here to the end the environment is neither the old one nor the new one.
        stamp.unlink()
    make_environment(venv)
    pins = len((root / "requirements.txt").read_text().splitlines())
    say("[2/3] .venv: installing requirements.txt (a minute or two the first time)")
    pip_install(venv, "-r", str(root / "requirements.txt"), total=pins)
    say("[3/3] .venv: installing the course itself")
    pip_install(venv, "--no-deps", "--no-build-isolation", "-e", str(root))
    # Renamed into place, so that a stamp is whole or not there.
    fresh = venv / ".installed.new"
    fresh.write_text(wanted)
    fresh.replace(stamp)


def candidates() -> Iterator[str]:
    """Yield where a browser may be, best first."""
    import shutil

    yield from filter(None, map(shutil.which, BROWSER_NAMES))
    yield from filter(os.path.exists, BROWSER_APPS)
    named = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    for folder in [named] if named else PLAYWRIGHT_FOLDERS:
        for pattern in PLAYWRIGHT_PROGRAMS:
            yield from map(str, sorted(Path(folder).expanduser().glob(pattern), reverse=True))


def find_browser() -> str:
    """Return the path of a Chrome or Chromium that starts.

    `COURSEKIT_BROWSER` is the only one asked if it is set. Each is started
    once: some packages hold only a notice.
    """
    named = os.environ.get("COURSEKIT_BROWSER")
    for program in [named] if named else candidates():
        code, output = run(program, "--version", timeout=30)
        if code == 0 and output:
            return program
    if named:
        raise Problem(f"COURSEKIT_BROWSER={named} does not start: mend it, then run `make test`.")
    raise Problem(
        "No Chrome or Chromium was found: `make test` installs one where it may; "
        "otherwise install Chromium, or set COURSEKIT_BROWSER to the path of yours."
    )


def browser_installers(root: Path) -> Iterator[Tuple[str, List[str]]]:
    """Yield ways to a browser, each with its name: Debian's package, then Playwright's own."""
    import shutil

    rights = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if shutil.which("apt-get") and (not rights or run(*rights, "true")[0] == 0):
        get = "apt-get -o DPkg::Lock::Timeout=120"
        take = f"{get} install -y --no-install-recommends chromium"
        # The second half is for a new machine, which has no lists of packages yet.
        script = f"{take} || {{ {get} update && {take}; }}"
        yield "Debian's package", [*rights, "env", "DEBIAN_FRONTEND=noninteractive", "sh", "-c", script]
    yield "Playwright's own", [str(root / ".venv" / "bin" / "playwright"), "install", "chromium"]


def install_browser(root: Path) -> str:
    """Return a browser for the tests; install one if there is none."""
    try:
        return find_browser()
    except Problem as error:
        if os.environ.get("COURSEKIT_BROWSER"):
            raise
        problem = str(error)
    failures = ""
    for name, command in browser_installers(root):
        say(f"browser: none yet, trying {name} (up to a few minutes)")
        code, output = run(*command)
        if code:
            failures += f"{name} failed: {(output or f'exit code {code}').splitlines()[-1]}\n"
            continue
        try:
            return find_browser()
        except Problem:
            failures += f"{name}: it was installed, but it does not start\n"
    raise Problem(f"{failures}{problem}")


def main(arguments: List[str]) -> int:
    """Run one of the two jobs and return its exit code."""
    try:
        if arguments == ["browser"]:
            install_browser(ROOT)
        elif not arguments:
            install(ROOT)
        else:
            raise Problem("Unknown argument: give nothing for .venv, or `browser`.")
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{error}: remove .venv, or check who owns it, and run make again.", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped: run make again to go on.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
