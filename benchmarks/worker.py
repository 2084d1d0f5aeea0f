"""What is measured in a process of its own, so that nothing is warm and its memory can be told from ours.

worker.py columns ROWS FILE | sql CHAPTER FOLDER | pandas CHAPTER FOLDER | load CHAPTER
"""

from __future__ import annotations

import json
import math
import sys
import time
from pathlib import Path

_PIECE = 1_000_000
_SHARE = 1 / 20

# What the answers of `coursework.analysis.at_scale` are made of; its queries read no other columns.
_COLUMNS: dict[str, dict[str, list[str]]] = {
    "conversations": {
        "message": ["msg_id", "conv_id", "reply_to", "person_id", "ts", "clock"],
        "person": ["person_id", "tz"],
    },
    "function-over-form": {
        "message": ["msg_id", "conv_id", "reply_to", "person_id", "ts", "clock", "sent_as"],
        "conversation": ["conv_id", "account_id", "channel", "team_id"],
        "person": ["person_id", "role", "tz"],
        "team": ["team_id", "switched"],
        "label": ["msg_id", "rater", "intent", "function"],
        "event": ["source_msg_id"],
    },
    "the-mirror": {
        "conversation": ["account_id", "channel", "opened", "first_response", "closed", "resolved", "csat"],
        "account": ["account_id", "segment", "rating"],
        "person": ["role", "hire", "leave"],
    },
}
_SAME = {
    "conversations": ("thread-sizes", "dialogue-share", "reciprocity", "concentration", "local-times"),
    "function-over-form": ("codebook-mix", "mix-distance", "heard"),
    "the-mirror": ("median-wait", "ignored", "tenure", "silent-customers", "reweight"),
}


def columns(rows: str, file: str) -> None:
    """Write five plain columns of numbers with numpy and Arrow: a floor for any generator."""
    import numpy as np
    import pyarrow as pa
    from pyarrow import parquet

    draw, writer = np.random.default_rng(1), None
    for first in range(0, int(rows), _PIECE):
        count = min(_PIECE, int(rows) - first)
        seconds = np.sort(draw.integers(0, 365 * 86_400, count)).astype("datetime64[s]").astype("datetime64[ms]")
        piece = pa.table(
            {
                "message": np.arange(first, first + count),
                "conversation": np.sort(draw.integers(0, count // 5 + 1, count)),
                "person": draw.zipf(1.8, count).clip(max=100_000).astype("int32"),
                "ts": seconds,
                "wait": draw.lognormal(8.88, 1.79, count).round(),
            }
        )
        writer = writer or parquet.ParquetWriter(file, piece.schema, compression="zstd")
        writer.write_table(piece)
    if writer is not None:
        writer.close()


def sql(slug: str, folder: str) -> None:
    """Answer a chapter's questions with `coursework.analysis.at_scale`."""
    from coursework.analysis import at_scale

    getattr(at_scale, slug.replace("-", "_"))(Path(folder))


def pandas(slug: str, folder: str) -> None:
    """Answer them with data frames, by the functions that make the exercises' keys, on the first parts of the data."""
    import pandas as pd
    from pyarrow import dataset

    from coursekit.synthesis.plants import function_over_form, plants_of
    from coursework.packaging import read_folder

    start = time.perf_counter()
    frames: dict[str, pd.DataFrame] = {}
    share = 1.0
    for name, part in read_folder(Path(folder)).items():
        if name in _COLUMNS[slug]:
            kept = math.ceil(len(part.files) * _SHARE)
            share = kept / len(part.files)
            read = dataset.dataset([str(file) for file in part.files[:kept]]).to_table(_COLUMNS[slug][name])
            frames[name] = read.to_pandas(date_as_object=False)
    if slug == "function-over-form":
        frames["label"] = frames["label"][frames["label"]["rater"] == "first"]
    elif slug == "the-mirror":
        desk = frames["conversation"].dropna(subset="account_id").astype({"resolved": "bool"})
        account = frames["account"]
        frames |= {"conversation": desk, "account": account[account["account_id"].isin(desk["account_id"])]}
    for plant in plants_of(slug):
        if plant.exercise in _SAME[slug]:
            plant.right(frames)
    if slug == "function-over-form":
        conversation, message = frames["conversation"], frames["message"]
        community = {**frames, "conversation": conversation[conversation["account_id"].isna()]}
        function_over_form.spread(community)
        function_over_form.streams({**community, "message": message[message["clock"] == "utc"]})
    print(json.dumps({"seconds": time.perf_counter() - start, "share": share}))


def load(slug: str) -> None:
    """Load a chapter's files and print the seconds."""
    import coursework

    start = time.perf_counter()
    coursework.load(slug)
    print(time.perf_counter() - start)


if __name__ == "__main__":
    work, first, *rest = sys.argv[1:]
    if work == "load":
        load(first)
    else:
        {"columns": columns, "sql": sql, "pandas": pandas}[work](first, *rest)
