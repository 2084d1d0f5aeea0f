"""The canonical tables of a world, typed as the model says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from coursekit.synthesis.arrow import as_arrow, columns_of, ids
from coursekit.synthesis.clocks import ZONES
from coursekit.synthesis.dirt import LOST, Rows
from coursekit.synthesis.people import TEAMS
from coursekit.synthesis.plan import QUARTER_END
from coursekit.synthesis.streams import stream
from coursekit.synthesis.talk import sent_as
from coursekit.synthesis.threads import BOTS
from coursekit.synthesis.weeks import lose_weeks
from coursekit.synthesis.world import World
from coursework.tables import FUNCTIONS, TABLES, TOOLS

LICENCE = (0.0, 19.0)  # EUR per seat and month
# Tables that describe the group, not one of its organizations; only the first organization has them.
OF_THE_GROUP = ("org", "tool", "tool_event", "trial", "week")


def table(world: World, name: str) -> pa.Table:
    """A canonical table by its name; KeyError if there is none."""
    return _BUILDERS[name](world)


def _team(world: World) -> pa.Table:
    team = np.arange(TEAMS)
    columns = {
        "team_id": world.team_ids(team),
        "switched": world.people.switched,
        "target_from": world.people.target_from,
    }
    return as_arrow(TABLES["team"], columns)


def _tool(world: World) -> pa.Table:
    return as_arrow(TABLES["tool"], {"tool": np.arange(len(TOOLS)), "licence": np.array(LICENCE)})


def staff(world: World) -> pa.Table:
    """The table `person` for the agents, past and present, and the managers; zones are left out."""
    return _persons(world, np.arange(world.numbers.first_contact), None)


def _person(world: World) -> pa.Table:
    everyone = _persons(world, np.arange(world.numbers.first_bot + BOTS), world.zone)
    rows = world.rows
    second_ids = np.unique(rows.person[rows.alias])
    if not len(second_ids):
        return everyone
    again = _persons(world, second_ids, world.zone)
    again = again.set_column(0, "person_id", pc.utf8_upper(again["person_id"]))
    return pa.concat_tables([everyone, again])


def _persons(world: World, places: np.ndarray, zone: np.ndarray | None) -> pa.Table:
    people, numbers = world.people, world.numbers
    bounds = [numbers.first_manager, numbers.first_contact, numbers.first_bot]
    role = np.searchsorted(bounds, places, side="right")
    agents = places < numbers.agents
    agent = np.where(agents, places, 0)
    never = np.datetime64("NaT", "D")
    hires = np.concatenate([people.hire, people.former_hire, people.manager_hire])
    leaves = np.concatenate([people.leave, people.former_leave, np.full(numbers.managers, never)])
    staff = np.minimum(places, numbers.first_contact - 1)
    is_staff = places < numbers.first_contact
    columns: dict[str, Any] = {
        "person_id": world.person_ids.take(pa.array(places)),
        "role": role,
        "team_id": world.team_ids(np.where(agents, people.team[agent], -1)),
        "craft": np.where(agents, people.craft[agent], -1),
        "wage": np.where(agents, people.wage[agent], np.nan),
        "hire": np.where(is_staff, hires[staff], never),
        "leave": np.where(is_staff, leaves[staff], never),
    }
    if zone is not None:
        columns["tz"] = pa.array(list(ZONES)).take(pa.array(zone[places]))
    return as_arrow(TABLES["person"], columns)


def _conversation(world: World) -> pa.Table:
    desk = desk_conversations(world)
    threads, first = world.threads, world.threads.parent < 0
    community = as_arrow(
        TABLES["conversation"],
        {
            "conv_id": world.conversation_ids[len(world.desk.opened) :].take(pa.array(threads.thread[first])),
            "channel": threads.channel[first],
            "opened": threads.second[first],
        },
    )
    return pa.concat_tables([desk, community]).unify_dictionaries()


def desk_conversations(world: World) -> pa.Table:
    """The table `conversation` for the desk's own."""
    desk = world.desk
    points = desk.csat if "missing-surveys" in world.dirt else desk.points
    closed = desk.closed if "open-cases" in world.dirt else desk.would_close
    ignored = desk.agent < 0
    return as_arrow(
        TABLES["conversation"],
        {
            "conv_id": world.desk_ids,
            "account_id": world.account_ids.take(pa.array(desk.account)),
            "channel": desk.channel,
            "team_id": world.team_ids(desk.team),
            "agent_id": ids("a", desk.agent, 4, world.prefix),
            "tool": desk.tool,
            "opened": desk.opened,
            "first_response": desk.first_response,
            "closed": closed,
            "difficulty": desk.difficulty,
            "resolved": desk.resolved,
            "csat": points,
            "minutes": desk.minutes,
            "rework_minutes": desk.rework_minutes,
        },
        {"csat": points == 0, "minutes": ignored, "rework_minutes": ignored},
    )


def _message(world: World) -> pa.Table:
    return _messages(world, world.rows, world.order, world.message_ids)


def clean_messages(world: World) -> pa.Table:
    """The table `message` without dirt."""
    rows = world.clean
    return _messages(world, rows, np.argsort(rows.moment, kind="stable"), world.clean_message_ids)


def _messages(world: World, rows: Rows, order: np.ndarray, names: pa.Array) -> pa.Table:
    parent, person = rows.parent[order], rows.person[order]
    reply_to = names.take(pa.array(parent, mask=parent < 0))
    if (lost := parent == LOST).any():
        gone = ids("m", np.where(lost, len(parent) + lost.cumsum(), -1), 6, world.prefix)
        reply_to = pc.if_else(pa.array(lost), gone, reply_to)
    writer = world.person_ids.take(pa.array(person))
    alias = rows.alias[order]
    if alias.any():
        writer = pc.if_else(pa.array(alias), pc.utf8_upper(writer), writer)
    office = world.office_hours(rows.moment[order], person)
    return as_arrow(
        TABLES["message"],
        {
            "msg_id": names.take(pa.array(order)),
            "conv_id": world.conversation_ids.take(pa.array(rows.conversation[order])),
            "reply_to": reply_to,
            "person_id": writer,
            "ts": rows.second[order],
            "clock": rows.local[order].astype("int64"),
            "sent_as": sent_as(world.seed, world.organization, office),
            "text": pa.array(rows.text[order], type=pa.string()),
        },
    )


def _label(world: World) -> pa.Table:
    return _coded(world, world.message_ids)


def _coded(world: World, names: pa.Array) -> pa.Table:
    labels = world.labels
    columns = {
        "msg_id": names.take(pa.array(labels.message)),
        "rater": labels.rater,
        "intent": labels.intent,
        "function": labels.function,
        "tone": labels.tone,
    }
    return as_arrow(TABLES["label"], columns)


def clean_labels(world: World) -> pa.Table:
    """The table `label` for messages without dirt."""
    return _coded(world, world.clean_message_ids)


def _event(world: World) -> pa.Table:
    return _events(world, world.message_ids)


def clean_events(world: World) -> pa.Table:
    """The table `event` with the ids that messages have without dirt."""
    return _events(world, world.clean_message_ids)


def flow_events(world: World) -> pa.Table:
    """The table `event` for the work that no suggestion began."""
    flow = world.flow[0]
    return as_arrow(TABLES["event"], columns_of(flow))


def _events(world: World, names: pa.Array) -> pa.Table:
    work = flow_events(world)
    event = pa.concat_tables([work, _ideas(world, len(work), names)]).unify_dictionaries()
    if not world.prefix:
        return event
    prefixed = pc.binary_join_element_wise(pa.scalar(world.prefix), event["event_id"], pa.scalar(""))
    return event.set_column(0, "event_id", prefixed)


def _ideas(world: World, number: int, names: pa.Array) -> pa.Table:
    """Work that began with a customer's suggestion: one visit to thinking for each that was acted on."""
    rng = stream(world.seed, world.organization, "ideas")
    place = world.talk.desk_messages + world.threads.acted_on
    end = QUARTER_END.astype("datetime64[s]").astype("int64") - 1
    enter = np.minimum(world.talk.second[place] + rng.integers(3_600, 20 * 86_400, len(place)), end)
    start = enter + rng.integers(3_600, 5 * 86_400, len(place))
    leave = start + rng.integers(3_600, 3 * 86_400, len(place))
    return as_arrow(
        TABLES["event"],
        {
            "event_id": ids("e", number + np.arange(len(place)), 5),
            "conv_id": world.conversation_ids.take(pa.array(world.talk.conversation[place])),
            "stage": np.full(len(place), FUNCTIONS.index("thinking")),
            "enter": enter,
            "start": np.where(start <= end, start, -1),
            "leave": np.where(leave <= end, leave, -1),
            "rework": np.zeros(len(place), bool),
            "source_msg_id": names.take(pa.array(place)),
        },
    )


def _week(world: World) -> pa.Table:
    week = world.weeks[0]
    if "lost-weeks" in world.dirt:
        week = lose_weeks(stream(world.seed, world.organization, "dirt", "lost-weeks"), week)
    return as_arrow(TABLES["week"], columns_of(week))


def _account(world: World) -> pa.Table:
    return pa.concat_tables([customers(world), prospects(world)]).unify_dictionaries()


def customers(world: World) -> pa.Table:
    """The table `account` for those who are or were customers."""
    account, desk = world.lifetimes[0], world.desk
    return as_arrow(
        TABLES["account"],
        {
            "account_id": world.account_ids,
            "segment": desk.segment,
            "start": account["start"],
            "left": account["left"],
            "joined_community": account["joined_community"],
            "rating": desk.rating,
        },
        {"rating": desk.rating == 0},
    )


def lifetimes(world: World) -> pa.Table:
    """The table `account` with the customers' dates only."""
    account = world.lifetimes[0]
    columns = ("start", "left", "joined_community")
    return as_arrow(TABLES["account"], {"account_id": world.account_ids, **{name: account[name] for name in columns}})


def prospects(world: World) -> pa.Table:
    """The table `account` for those who may become customers."""
    account = _prefixed(world, world.market[0], "account_id")
    return as_arrow(TABLES["account"], columns_of(account))


def _touch(world: World) -> pa.Table:
    touch = _prefixed(world, _prefixed(world, world.market[1], "account_id"), "touch_id")
    return as_arrow(TABLES["touch"], columns_of(touch))


def _prefixed(world: World, frame: pd.DataFrame, column: str) -> pd.DataFrame:
    return frame.assign(**{column: world.prefix + frame[column]}) if world.prefix else frame


def _org(world: World) -> pa.Table:
    return as_arrow(TABLES["org"], columns_of(world.panel[0]))


def _tool_event(world: World) -> pa.Table:
    return as_arrow(TABLES["tool_event"], columns_of(world.panel[1]))


def _trial(world: World) -> pa.Table:
    return as_arrow(TABLES["trial"], columns_of(world.trials[0]))


def _belief_survey(world: World) -> pa.Table:
    numbers = world.numbers
    managers = np.arange(numbers.first_manager, numbers.first_contact)
    columns = {"person_id": world.person_ids.take(pa.array(managers)), "satisfied_share": world.people.believed}
    return as_arrow(TABLES["belief_survey"], columns)


_BUILDERS: Mapping[str, Callable[[World], pa.Table]] = {
    "org": _org,
    "team": _team,
    "person": _person,
    "tool": _tool,
    "account": _account,
    "conversation": _conversation,
    "message": _message,
    "label": _label,
    "event": _event,
    "week": _week,
    "touch": _touch,
    "tool_event": _tool_event,
    "trial": _trial,
    "belief_survey": _belief_survey,
}
