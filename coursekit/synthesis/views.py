"""The chapters' data: which rows of a world each chapter gets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from coursekit.synthesis import canonical
from coursekit.synthesis.arrow import as_frame
from coursekit.synthesis.dirt import SHARES
from coursekit.synthesis.plan import STANDARD
from coursekit.synthesis.truth import planted
from coursekit.synthesis.world import World
from coursework.datasets import DATASETS
from coursework.tables import PUBLIC_CHANNELS

# Chapter 1 teaches to meet dirt; the others are about something else and stay clean, but for weeks that were lost.
DIRT: Mapping[str, tuple[str, ...]] = {
    "conversations": tuple(SHARES),
    "the-mirror": ("missing-surveys", "open-cases"),
    "results-lag": ("lost-weeks",),
}
XMR_WEEKS = 52  # of the sixty: the process behaviour chart covers one year

Frames = dict[str, pd.DataFrame]


def chapter(slug: str, seed: int, messages: int = STANDARD) -> tuple[Frames, dict[str, Any]]:
    """The tables of a chapter as `coursework.load` gives them, and what was planted.

    Raises KeyError for an unknown chapter.
    """
    tables, truth = chapter_tables(slug, seed, messages)
    return {table.name: as_frame(table, tables[table.name]) for table in DATASETS[slug].tables}, truth


def chapter_tables(slug: str, seed: int, messages: int = STANDARD) -> tuple[dict[str, pa.Table], dict[str, Any]]:
    """As `chapter`, with Arrow tables; they hold just the chapter's columns."""
    world = World(seed, messages, DIRT.get(slug, ()))
    tables = _VIEWS[slug](world)
    cut = {table.name: tables[table.name].select(table.column_names) for table in DATASETS[slug].tables}
    return cut, {"seed": seed, **planted(world, *_TRUTH[slug])}


_TRUTH: Mapping[str, tuple[str, ...]] = {
    "conversations": ("clean", "dirt"),
    "function-over-form": ("community",),
    "intent": ("effects", "intent", "desk"),
    "tool-or-craft": ("desk",),
    "systems": ("flow", "weeks"),
    "results-lag": ("weeks", "lifetimes"),
    "the-mirror": ("desk", "tenure", "weeks"),
    "does-it-pay": ("market", "panel", "trials"),
}

Arrow = dict[str, pa.Table]


def _conversations(world: World) -> Arrow:
    conversation = canonical.table(world, "conversation")
    public = conversation.filter(_one_of(conversation["channel"], ("list", "forum")))
    message = _matching(canonical.table(world, "message"), "conv_id", public["conv_id"])
    person = _matching(canonical.table(world, "person"), "person_id", message["person_id"])
    return {"message": message, "person": person, "conversation": public}


def _function_over_form(world: World) -> Arrow:
    message, label = canonical.clean_messages(world), canonical.clean_labels(world)
    names = world.clean_message_ids
    coded = names.take(pa.array(world.labels.for_function))
    conversation = canonical.table(world, "conversation")
    public = _one_of(conversation["channel"], PUBLIC_CHANNELS)
    community = conversation.filter(pc.and_(public, pc.is_null(conversation["account_id"])))
    openings = names.take(pa.array(_openings(world)))
    label = label.filter(pc.equal(_words(label["rater"]), "first"))
    label = _matching(label, "msg_id", pa.concat_arrays([coded, openings]))
    of_coded = pc.is_in(message["msg_id"], value_set=coded)
    of_community = pc.is_in(message["conv_id"], value_set=_flat(community["conv_id"]))
    message = message.filter(pc.or_(of_coded, of_community))
    event = canonical.clean_events(world)
    return {
        "message": message,
        "conversation": _matching(conversation, "conv_id", message["conv_id"]),
        "person": _matching(canonical.table(world, "person"), "person_id", message["person_id"]),
        "team": canonical.table(world, "team"),
        "label": label,
        "event": event.filter(pc.is_valid(event["source_msg_id"])),
    }


def _openings(world: World) -> np.ndarray:
    talk = world.talk
    place = np.arange(len(talk.parent))
    return place[(place >= talk.desk_messages) & (talk.parent < 0)]


def _intent(world: World) -> Arrow:
    coded = world.clean_message_ids.take(pa.array(world.labels.two_raters))
    conversation = canonical.table(world, "conversation")
    answered = conversation.filter(pc.is_valid(conversation["agent_id"]))
    return {
        "message": _matching(canonical.clean_messages(world), "msg_id", coded),
        "label": _matching(canonical.clean_labels(world), "msg_id", coded),
        "conversation": answered,
        "team": canonical.table(world, "team"),
    }


def _tool_or_craft(world: World) -> Arrow:
    conversation, person = canonical.desk_conversations(world), canonical.staff(world)
    return {
        "conversation": conversation.filter(pc.is_valid(conversation["agent_id"])),
        "person": person.filter(pc.is_valid(person["craft"])),
        "tool": canonical.table(world, "tool"),
    }


def _systems(world: World) -> Arrow:
    event, week = canonical.flow_events(world), canonical.table(world, "week")
    return {"event": event, "week": week.slice(len(week) - XMR_WEEKS)}


def _results_lag(world: World) -> Arrow:
    return {"week": canonical.table(world, "week"), "account": canonical.lifetimes(world)}


def _the_mirror(world: World) -> Arrow:
    conversation = canonical.desk_conversations(world)
    return {
        "conversation": conversation,
        "account": _matching(canonical.customers(world), "account_id", conversation["account_id"]),
        "person": canonical.staff(world),
        "belief_survey": canonical.table(world, "belief_survey"),
        "week": canonical.table(world, "week"),
    }


def _does_it_pay(world: World) -> Arrow:
    names = ("touch", "org", "tool_event", "trial")
    return {"account": canonical.prospects(world), **{name: canonical.table(world, name) for name in names}}


_VIEWS: Mapping[str, Callable[[World], Arrow]] = {
    "conversations": _conversations,
    "function-over-form": _function_over_form,
    "intent": _intent,
    "tool-or-craft": _tool_or_craft,
    "systems": _systems,
    "results-lag": _results_lag,
    "the-mirror": _the_mirror,
    "does-it-pay": _does_it_pay,
}


def _matching(table: pa.Table, column: str, wanted: pa.ChunkedArray | pa.Array) -> pa.Table:
    return table.filter(pc.is_in(table[column], value_set=_flat(wanted)))


def _flat(values: pa.ChunkedArray | pa.Array) -> pa.Array:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def _one_of(values: pa.ChunkedArray, wanted: tuple[str, ...]) -> pa.ChunkedArray:
    return pc.is_in(_words(values), value_set=pa.array(wanted))


def _words(values: pa.ChunkedArray) -> pa.ChunkedArray:
    return values.cast(pa.string())
