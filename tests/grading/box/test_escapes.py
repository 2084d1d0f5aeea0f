"""What code in a box may not do, tried in a plain box and in a zygote's child, by root and by an ordinary user."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import pytest

from tests.grading.box.cases import CASES
from tests.grading.box.users import USERS, run_as

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("box")]


@pytest.fixture(scope="module", params=USERS)
def results(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """All cases run once by this user, while a service of the host listens and a file of the course lies there."""
    course = tmp_path_factory.mktemp("course")
    secret = Path(course, "gradebook.db")
    secret.write_text("marks")
    with socket.create_server(("127.0.0.1", 0)) as service:
        given = {"PORT": service.getsockname()[1], "SECRET": str(secret), "PID": os.getpid()}
        found = run_as(request.param, Path(__file__).with_name("driver.py"), given, [course])
        service.setblocking(False)
        with pytest.raises(BlockingIOError):
            service.accept()
    return found


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("where", ["plain", "zygote"])
def test_the_box_holds(results: Any, where: str, name: str) -> None:
    result = results[f"{where}: {name}"]

    assert result["reason"] == CASES[name].reason, result["told"]
    if CASES[name].reason == "ended":
        assert result["said"] and all(result["said"]), (result["said"], result["told"])
    assert result["left"] == 0


def test_no_descriptor_and_no_process_stays_with_the_worker(results: Any) -> None:
    assert results["descriptors"] == 0
    assert results["left at the end"] == 0
