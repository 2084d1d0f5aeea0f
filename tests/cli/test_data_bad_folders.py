"""`coursekit data check`, `describe` and `export` of folders that are damaged or lie about what they hold."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest
from click.testing import Result

from coursekit.cli.data_import import export_
from coursekit.cli.data_look import check, describe
from tests.cli.bad_input import (
    DEEP,
    MESSAGE,
    ROW,
    Run,
    invoke,
)


def look(content: Mapping[str, str | bytes], command: object) -> Result:
    Path("data").mkdir(exist_ok=True)
    for name, text in content.items():
        Path("data", name).parent.mkdir(exist_ok=True)
        Path("data", name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return invoke(command, *(("convokit", "data", "--out", "ck") if command is export_ else ("data",)))


RESOURCE = {"name": "message", "path": "message.csv", "schema": {"fields": [{"name": "msg_id"}]}}


@pytest.mark.parametrize("command", [check, describe, export_])
@pytest.mark.parametrize(
    "description",
    [
        "",
        "null",
        DEEP,
        '{"resources": NaN}',
        json.dumps({"resources": [RESOURCE | {"path": "/etc/passwd"}]}),
        json.dumps({"resources": [RESOURCE | {"path": "../other/message.csv"}]}),
        json.dumps({"resources": [RESOURCE | {"path": ["missing.csv"]}]}),
        json.dumps({"resources": [RESOURCE | {"path": "\ud800"}]}),
        json.dumps({"resources": [RESOURCE | {"path": 5}]}),
        json.dumps({"resources": [RESOURCE | {"schema": {"fields": []}}]}),
        json.dumps({"resources": [RESOURCE | {"schema": {"fields": [{"name": "\ud800"}]}}]}),
    ],
)
def test_a_description_that_lies_is_refused(run: Run, description: str, command: object) -> None:
    assert look({"message.csv": MESSAGE + ROW, "datapackage.json": description}, command).exit_code == 2


def test_a_title_of_half_characters_and_markup_is_shown(run: Run) -> None:
    title = json.dumps({"title": "\ud800 [bold]x[/nope]", "resources": [RESOURCE]})
    assert "? [bold]x[/nope]" in look({"message.csv": MESSAGE + ROW, "datapackage.json": title}, describe).output


def test_a_pipe_in_place_of_the_description_is_no_description(run: Run) -> None:
    Path("data").mkdir()
    os.mkfifo("data/datapackage.json")
    for command in (check, describe):
        assert look({"message.csv": MESSAGE + ROW}, command).exit_code == 0


# Content of message.csv, and whether check, describe and export end with 0, 1 or 2.
CSV_FILES = {
    "": (1, 2, 2),
    MESSAGE: (0, 0, 0),
    MESSAGE + ROW + "m2,c1\nm3,c1,,p,2025-01-01T00:00:00Z,utc,,a,b,c\n": (1, 0, 2),
    "msg_id," + MESSAGE + "m0," + ROW: (1, 2, 0),
    (MESSAGE + ROW).replace(",", ";"): (1, 0, 2),
    (MESSAGE + ROW).replace("\n", "\r"): (1, None, None),
    MESSAGE + ROW.replace("hi", '"never closed'): (None, 2, 2),
    MESSAGE + ROW.replace("2025", "99999"): (1, 0, 2),
    MESSAGE + ROW.replace("2025", "0000"): (1, 0, None),
    MESSAGE + ROW.replace("m1", "[bold]m[/x]").replace("utc", "[link]") + ROW + ROW: (1, 0, 0),
    '"' * 1001: (1, 2, 2),
}


@pytest.mark.parametrize(("content", "codes"), CSV_FILES.items())
def test_flawed_csv_is_told_in_sentences(run: Run, content: str, codes: tuple[int | None, ...]) -> None:
    for command, code in zip((check, describe, export_), codes, strict=True):
        assert look({"message.csv": content}, command).exit_code in (code, *((0, 1, 2) if code is None else ()))


def parquet(**columns: pa.Array) -> bytes:
    texts = {name: pa.array(["x"], pa.string()) for name in ("msg_id", "conv_id", "person_id", "text")}
    ts = pa.array([1735689600_000000], pa.timestamp("us", "UTC"))
    whole = texts | {"ts": ts, "clock": pa.array(["utc"]), "reply_to": pa.nulls(1), "sent_as": pa.nulls(1)} | columns
    stream = pa.BufferOutputStream()
    pyarrow.parquet.write_table(pa.table(whole), stream)
    return bytes(stream.getvalue().to_pybytes())


@pytest.mark.parametrize("damage", ["empty", "cut", "magic", "flipped", "csv"])
def test_damaged_parquet_is_refused(run: Run, damage: str) -> None:
    whole = parquet()
    data = {
        "empty": b"",
        "cut": whole[: len(whole) // 2],
        "magic": b"PAR1PAR1",
        "flipped": whole[:20] + bytes(255 - byte for byte in whole[20:400]) + whole[400:],
        "csv": (MESSAGE + ROW).encode(),
    }[damage]
    for command in (check, describe, export_):
        assert look({"message.parquet": data}, command).exit_code == 2


@pytest.mark.parametrize(
    "column",
    [
        {"msg_id": pa.array([1])},
        {"msg_id": pa.array([{"a": 1}])},
        {"text": pa.array([["a"]])},
        {"text": pa.array([b"\xff"])},
        {"clock": pa.array([True])},
        {"ts": pa.array([5])},
        {"ts": pa.array(["2025-01-01T00:00:00Z", "soon"][1:])},
    ],
)
def test_parquet_of_other_types_is_a_problem(run: Run, column: dict[str, pa.Array]) -> None:
    assert look({"message.parquet": parquet()}, check).exit_code == 0
    assert look({"message.parquet": parquet(**column)}, check).exit_code == 1
    for command in (describe, export_):
        look({}, command)
