"""The truth behind a world: what was planted, what each message means, what dirt did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from coursekit.synthesis.arrow import as_arrow
from coursekit.synthesis.desk import BASE, CRAFT_EFFECT, EMAIL_MEDIAN_HOURS, TARGET_EFFECT, TOOL_EFFECT
from coursekit.synthesis.dirt import SHARES
from coursekit.synthesis.figures import public_figures
from coursekit.synthesis.people import MEDIAN_TENURE_DAYS
from coursekit.synthesis.talk import sent_as
from coursekit.synthesis.threads import ACKNOWLEDGED, ACTED_ON, PASSED_ON, SOCIAL
from coursekit.synthesis.world import World
from coursework.tables import TABLES


def planted(world: World, *parts: str) -> dict[str, Any]:
    """What was planted, by part; all parts if none is named. Plain numbers and words only."""
    known: Mapping[str, Any] = {
        "effects": lambda: asdict(world.effects),
        "clean": lambda: public_figures(world.threads),
        "dirt": lambda: _dirt_counts(world),
        "desk": lambda: _desk_truth(world),
        "community": lambda: _community_truth(world),
        "intent": lambda: _intent_truth(world),
        "tenure": lambda: {"median_days": MEDIAN_TENURE_DAYS},
        "lifetimes": lambda: asdict(world.lifetimes[1]),
        "flow": lambda: asdict(world.flow[1]),
        "weeks": lambda: asdict(world.weeks[1]),
        "market": lambda: asdict(world.market[2]),
        "panel": lambda: asdict(world.panel[2]),
        "trials": lambda: asdict(world.trials[1]),
    }
    return {name: plain(known[name]()) for name in parts or known}


def _desk_truth(world: World) -> dict[str, Any]:
    desk = world.desk
    gap = desk.chance[:, 1] - desk.chance[:, 0]
    had = np.bincount(desk.account, minlength=world.plan.customers) > 0
    return {
        "standardised_gap": float(np.nanmean(gap)),
        "gap_by_craft": [float(np.nanmean(gap[desk.band == band])) for band in range(3)],
        "log_odds": {
            "base": BASE,
            "craft": CRAFT_EFFECT.tolist(),
            "tool": TOOL_EFFECT.tolist(),
            "target": TARGET_EFFECT,
        },
        "target_effect": desk.target_effect,
        "email_median_hours": EMAIL_MEDIAN_HOURS,
        "satisfied_share": float(desk.satisfied.mean()),
        "mean_rating": float(desk.would_rate[had].mean()),
    }


def _dirt_counts(world: World) -> dict[str, int]:
    """How many of the list's and the forum's messages each kind of dirt touched."""
    conversation, channel = world.rows.conversation, world.talk.channel
    social = np.zeros(int(conversation.max(initial=0)) + 1, bool)
    social[world.talk.conversation[channel == SOCIAL]] = True
    public = (conversation >= len(world.desk.opened)) & ~social[conversation]
    counts = dict.fromkeys(sorted(world.dirt & set(SHARES)), 0)
    for entry in world.soiled[1]:
        counts[entry.kind] += int(public[entry.row])
    return counts


def _community_truth(world: World) -> dict[str, Any]:
    threads = world.threads
    suggestions = int(threads.suggests.sum())
    return {
        "passed_on": PASSED_ON,
        "acknowledged": ACKNOWLEDGED,
        "acted_on": len(threads.acted_on) / max(suggestions, 1),
        "chance_acted_on": ACTED_ON.tolist(),
        "function_mix": world.talk.function_mix.tolist(),
        "cross_share": _cross_share(world),
    }


def _cross_share(world: World) -> float:
    """Share of the community's messages sent from the account that does not fit the hour."""
    rows = world.clean
    office = world.office_hours(rows.moment, rows.person)
    community = np.arange(len(office)) >= world.talk.desk_messages
    order = np.argsort(rows.moment, kind="stable")
    personal = np.empty(len(office), dtype="int64")
    personal[order] = sent_as(world.seed, world.organization, office[order])
    return float(((personal == 1) == office)[community].mean())


def _intent_truth(world: World) -> dict[str, Any]:
    talk, two = world.talk, world.labels.two_raters
    counts = np.bincount(talk.intent[two], minlength=5) / max(len(two), 1)
    return {"share": counts.tolist(), "mix_month": world.effects.mix_month}


def message_truth(world: World) -> pa.Table:
    """For each stored message what it was meant to do; empty for what dirt added. Columns msg_id, intent, ..."""
    rows, order, talk = world.rows, world.order, world.talk
    source = rows.source[order]
    there = source >= 0
    place = np.maximum(source, 0)
    label = TABLES["label"]
    return pa.table(
        {
            "msg_id": world.message_ids.take(pa.array(order)),
            **{
                name: as_arrow(label.only(name), {name: np.where(there, values[place], -1)})[name]
                for name, values in (("intent", talk.intent), ("function", talk.function), ("tone", talk.tone))
            },
            "dressed": pa.array(talk.dressed[place] & there),
            "moment": pa.array(rows.moment[order] * 1_000).cast(pa.timestamp("ms", tz="UTC")),
        }
    )


def dirt_log(world: World) -> pa.Table:
    """Every change that dirt made to a message: kind, msg_id, column, what stood there before, the row copied."""
    entries = world.soiled[1]
    row = np.array([entry.row for entry in entries], dtype="int64")
    origin = np.array([entry.made_from for entry in entries], dtype="int64")
    return pa.table(
        {
            "kind": pa.array([entry.kind for entry in entries], pa.string()),
            "msg_id": world.message_ids.take(pa.array(row)),
            "column": pa.array([entry.column for entry in entries], pa.string()),
            "before": pa.array([entry.before for entry in entries], pa.string()),
            "made_from": world.message_ids.take(pa.array(origin)),
        }
    )


def plain(value: Any) -> Any:
    """Numbers and words as JSON has them, with numbers rounded to what is the same on every processor."""
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float | np.floating):
        return round(float(value), 6)
    if isinstance(value, np.integer):
        return int(value)
    if isinstance(value, pd.Timestamp | np.datetime64):
        return str(pd.Timestamp(value).date())
    return value
