"""The figures of a data folder are those of their definitions, computed here a second time by other means."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coursework.engine import Unreadable
from coursework.packaging import NoDataFolder
from coursework.profile import DEEPEST, Profile, profile
from coursework.tables import TABLES
from tests.coursework.folders import TALK, Cells, changed, write_csv, write_parquet


def test_the_figures_of_a_talk_that_one_can_count_by_hand(tmp_path: Path) -> None:
    figures = profile(write_csv(tmp_path))
    assert figures.title == "A talk"
    assert figures.rows == {"person": 3, "conversation": 3, "message": 5}
    assert figures.spans["message.ts"] == (datetime(2025, 9, 1, 10), datetime(2025, 9, 6, 10))
    assert {(gap.column, gap.count, gap.share) for gap in figures.missing} == {("tz", 1, 1 / 3), ("reply_to", 2, 0.4)}
    assert figures.clocks == {"utc": 0.8, "local": 0.2}
    assert figures.zones == {"Europe/Berlin": 1.0}
    assert figures.activity == [(date(2025, 9, 1), 5)]
    assert figures.weekdays == [0.6, 0.2, 0, 0, 0, 0.2, 0]
    assert figures.reply_times is not None
    assert (figures.reply_times.count, figures.reply_times.median) == (2, 150)
    assert figures.reply_times.log_mean == pytest.approx((np.log(60) + np.log(240)) / 2)
    assert figures.threads is not None
    assert figures.threads.sizes == [(1, 2), (3, 1)]
    assert figures.threads.singletons == pytest.approx(2 / 3)
    assert list(figures.depths) == [0.6, 0.2, 0.2] + [0] * (DEEPEST - 2)
    assert figures.reciprocity == 1  # p2 answered p1 and p1 answered p2
    assert (figures.orphans, figures.early, figures.repeated) == (0.2, 0, 0.2)


def test_parquet_gives_the_same_figures(tmp_path: Path) -> None:
    assert profile(write_parquet(tmp_path / "parquet")) == profile(write_csv(tmp_path / "csv"))


def community(seed: int) -> dict[str, Cells]:
    """Two thousand messages in threads, some of them orphaned, dated too early, or on another clock."""
    rng = np.random.default_rng(seed)
    count, start = 2_000, np.datetime64("2025-03-01T00:00:00")
    rows: list[tuple[str, ...]] = []
    for number in range(count):
        thread = int(rng.integers(0, 600))
        earlier = [row for row in rows if row[1] == f"c{thread}"]
        parent = earlier[int(rng.integers(0, len(earlier)))][0] if earlier else ""
        if rng.random() < 0.05:
            parent = f"lost-{number}"
        moment = start + np.timedelta64(int(rng.integers(0, 200 * 86_400)), "s")
        clock = "local" if rng.random() < 0.2 else "utc"
        text = f"text {int(rng.integers(0, 40))}"
        person = f"p{int(rng.pareto(1.2) * 5)}"
        rows.append((f"m{number}", f"c{thread}", parent, person, f"{moment}Z", clock, text))
    return {"message": rows}


def test_the_figures_are_those_of_pandas(tmp_path: Path) -> None:
    cells = community(seed=7)
    figures = profile(write_csv(tmp_path, cells))
    message = pd.DataFrame(cells["message"], columns=TABLES["message"].only(*_COLUMNS).column_names)
    message["ts"] = pd.to_datetime(message["ts"])
    pairs = message.merge(message, left_on="reply_to", right_on="msg_id", suffixes=("", "_parent"))
    utc = pairs[(pairs["clock"] == "utc") & (pairs["clock_parent"] == "utc")]
    seconds = (utc["ts"] - utc["ts_parent"]).dt.total_seconds()
    after = seconds[seconds > 0]

    assert figures.reply_times is not None
    assert figures.reply_times.count == len(after)
    assert figures.reply_times.p90 == pytest.approx(after.quantile(0.9))
    assert figures.reply_times.log_sd == pytest.approx(np.log(after).std())
    assert sum(count for _, count in figures.reply_times.histogram) == len(after)
    assert figures.early == pytest.approx((seconds < 0).mean())

    sizes = message["conv_id"].value_counts()
    assert figures.threads is not None
    assert (figures.threads.mean, figures.threads.median) == pytest.approx((sizes.mean(), sizes.median()))
    assert (figures.threads.p90, figures.threads.p99) == pytest.approx((sizes.quantile(0.9), sizes.quantile(0.99)))
    assert figures.threads.largest == sizes.max()

    written = np.sort(message["person_id"].value_counts().to_numpy())
    ranks = np.arange(1, len(written) + 1)
    gini = (2 * ranks - len(written) - 1) @ written / (len(written) * written.sum())
    assert figures.concentration is not None
    assert figures.concentration.gini == pytest.approx(gini)
    assert figures.concentration.top == pytest.approx(written[-int(np.ceil(len(written) / 100)) :].sum() / 2_000)
    assert figures.concentration.once == pytest.approx((written == 1).mean())
    assert figures.concentration.lorenz[0] == (0, 0)
    assert figures.concentration.lorenz[-1] == pytest.approx((1, 1))

    answered = {(a, b) for a, b in zip(pairs["person_id"], pairs["person_id_parent"], strict=True) if a != b}
    assert figures.reciprocity == pytest.approx(sum((b, a) in answered for a, b in answered) / len(answered))

    parents = dict(zip(message["msg_id"], message["reply_to"], strict=True))
    depth = [min(_depth(name, parents), DEEPEST) for name in parents]
    assert figures.depths == pytest.approx(np.bincount(depth, minlength=DEEPEST + 1) / 2_000)
    assert figures.repeated == pytest.approx(message.duplicated(["person_id", "text"]).mean())


_COLUMNS = ("msg_id", "conv_id", "reply_to", "person_id", "ts", "clock", "text")


def _depth(name: str, parents: dict[str, str]) -> int:
    parent = parents[name]
    return 1 + _depth(parent, parents) if parent in parents else 0


def test_replies_in_a_circle_are_counted_with_the_deepest(tmp_path: Path) -> None:
    figures = profile(write_csv(tmp_path, changed("message", 0, "reply_to", "m3")))
    assert figures.depths[DEEPEST] == 0.6  # m1, m2 and m3 answer each other


def test_first_responses_are_described_without_any_message(tmp_path: Path) -> None:
    table = TABLES["conversation"].only("conv_id", "channel", "opened", "first_response")
    opened = "2025-09-01T10:00:00Z"
    rows = [
        ("c1", "chat", opened, "2025-09-01T10:01:00Z"),
        ("c2", "chat", opened, "2025-09-01T12:00:00+02:00"),  # the same moment: no time at all
        ("c3", "chat", opened, "2025-09-01T12:03:00+02:00"),
        ("c4", "chat", opened, ""),
    ]
    figures = profile(write_csv(tmp_path, {"conversation": rows}, {"conversation": table}))
    assert figures.first_responses is not None
    assert (figures.first_responses.count, figures.first_responses.median) == (2, 120)
    assert _without_messages(figures)


def _without_messages(figures: Profile) -> bool:
    figure = (figures.reply_times, figures.threads, figures.concentration, figures.reciprocity, figures.orphans)
    return figure == (None,) * 5 and not figures.activity and not figures.depths


def test_the_courses_own_data_are_described(root: Path) -> None:
    figures = profile(root / "datasets" / "tool-or-craft")
    assert figures.rows == {"person": 400, "tool": 2, "conversation": 9000}
    assert figures.missing == []
    assert _without_messages(figures)


def test_empty_tables_have_no_figures(tmp_path: Path) -> None:
    figures = profile(write_csv(tmp_path, {name: [] for name in TALK}))
    assert figures.rows == {"person": 0, "conversation": 0, "message": 0}
    assert _without_messages(figures)


def test_a_value_of_the_wrong_type_counts_as_missing(tmp_path: Path) -> None:
    figures = profile(write_csv(tmp_path, changed("message", 4, "ts", "yesterday")))
    assert ("ts", 1) in {(gap.column, gap.count) for gap in figures.missing}


def test_what_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    folder = write_parquet(tmp_path / "parquet")
    (folder / "message" / "part-000.parquet").write_bytes(b"PAR1 and then nothing")
    with pytest.raises(Unreadable, match=r"part-000\.parquet and 1 more files cannot be read as parquet"):
        profile(folder)
    with pytest.raises(NoDataFolder):
        profile(tmp_path)
