"""Nothing of the machine it was written on, and nothing big, gets into the repository."""

from __future__ import annotations

import configparser
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

BIGGEST = 3_000_000
"""Bytes. Generated things are not committed, and data sets are small: with all its files one stays below 5 MB."""

# Folders in which people and machines keep their own things.
HOME = re.compile(r"(?<![\w.~/-])/(?:root|home|Users|work|workspace|mnt|media)/(?=\w|\.)[\w./-]*")
# Written in two pieces, so that this file does not hold what it looks for.
REGISTRIES = ["pypi." + "org", "python" + "hosted.org", "registry." + "npmjs.org", "deb." + "debian.org"]


@pytest.fixture(scope="module")
def files(root: Path) -> list[Path]:
    """The files that are committed or would be by `git add .`."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("no git repository: only what is committed can be judged")
    found = [root / name for name in listed.stdout.split("\0") if name]
    found = [path for path in found if path.is_file()]
    assert root / "Makefile" in found
    return found


def text_of(path: Path) -> str:
    return path.read_bytes().decode(errors="ignore")


def configured_hosts() -> set[str]:
    """The hosts of the package indexes of this very machine, which only pip's settings know."""
    listed = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True)
    settings = configparser.ConfigParser(strict=False, interpolation=None, delimiters=("=",))
    settings.read_string("[pip]\n" + listed.stdout)
    said = " ".join(settings["pip"].values()) + " ".join(v for k, v in os.environ.items() if "INDEX" in k)
    hosts = {urlsplit(word).hostname for word in re.findall(r"https?://[^\s'\"\\]+", said)}
    return {host for host in hosts if host} - {"localhost", "127.0.0.1"}


def test_no_machine_paths(files: list[Path]) -> None:
    found = [f"{path}: {match}" for path in files for match in HOME.findall(text_of(path))]
    assert found == []


@pytest.mark.parametrize("top", ["home", "root", "work", "Users"])
def test_a_machine_path_would_be_seen(top: str) -> None:
    assert HOME.search(f"open('/{top}/ann/data.csv')")
    assert not HOME.search(f"https://example.org/{top}/page")


def test_no_registry_hosts(files: list[Path]) -> None:
    hosts = {*REGISTRIES, *configured_hosts()}
    found = [f"{path}: {host}" for path in files for host in sorted(hosts) if host in text_of(path)]
    assert found == []


def test_no_big_files(files: list[Path]) -> None:
    sizes = {path: path.stat().st_size for path in files}
    assert {path: size for path, size in sizes.items() if size > BIGGEST} == {}


def test_generated_trees_are_not_committed(files: list[Path], root: Path) -> None:
    generated = {"_build", "course", ".venv", "dist"}
    assert [path for path in files if path.relative_to(root).parts[0] in generated] == []
    assert [path for path in files if path.suffix in {".ipynb", ".pyc", ".whl", ".db"}] == []


def test_text_files_end_in_one_newline(files: list[Path]) -> None:
    kinds = {".py", ".md", ".toml", ".ini", ".yml", ".cff", ".txt", ".css", ".js"}
    odd = [
        path for path in files if path.suffix in kinds and text_of(path) and not re.search(r"[^\n]\n\Z", text_of(path))
    ]
    assert odd == []
