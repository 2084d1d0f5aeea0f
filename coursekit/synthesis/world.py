"""One organization's data: every canonical table, and the truth behind it.

From a seed and a plan the parts follow one way: people -> customers -> desk ->
community -> talk -> text -> dirt -> tables; work, weeks and market stand beside.
Each part is drawn from a stream of its own and made only when it is asked for,
so that a chapter's tables come quickly and do not change with what else is made.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from coursekit.synthesis import text as words
from coursekit.synthesis.arrow import as_arrow, columns_of, ids
from coursekit.synthesis.clocks import ZONES, offsets
from coursekit.synthesis.desk import BASE, CRAFT_EFFECT, EMAIL_MEDIAN_HOURS, TARGET_EFFECT, TOOL_EFFECT, Desk, make_desk
from coursekit.synthesis.dirt import KINDS, LOST, SHARES, LogEntry, Rows, clean_rows, soil
from coursekit.synthesis.effects import Effects, draw_effects
from coursekit.synthesis.figures import public_figures
from coursekit.synthesis.flow import FlowTruth, draw_flow, make_flow
from coursekit.synthesis.labels import Labels, make_labels
from coursekit.synthesis.lifetimes import LifetimeTruth, make_lifetimes
from coursekit.synthesis.market import MarketTruth, draw_market, make_market
from coursekit.synthesis.panel import PanelTruth, TrialTruth, make_panel, make_trials
from coursekit.synthesis.people import MEDIAN_TENURE_DAYS, TEAMS, People, make_people
from coursekit.synthesis.plan import QUARTER_DAYS, QUARTER_END, QUARTER_START, STANDARD, Plan, plan_for
from coursekit.synthesis.streams import stream
from coursekit.synthesis.talk import PersonNumbers, Talk, copies, make_talk, sent_as
from coursekit.synthesis.threads import ACKNOWLEDGED, ACTED_ON, BOTS, PASSED_ON, SOCIAL, Threads, make_threads
from coursekit.synthesis.weeks import WeeksTruth, draw_weeks, lose_weeks, make_weeks
from coursework.tables import FUNCTIONS, TABLES, TOOLS

LICENCE = (0.0, 19.0)  # EUR per seat and month
# Tables that describe the group, not one of its organizations; only the first organization has them.
OF_THE_GROUP = ("org", "tool", "tool_event", "trial", "week")


class World:
    """The data of one organization.

    Parameters
    ----------
    seed
        Any non-negative integer; the same seed gives the same tables.
    messages
        About how many messages; 50,000 is the course's size.
    dirt
        The kinds of dirt to add, of `coursekit.synthesis.dirt.KINDS`.
    organization, prefix
        Its number, and what its ids begin with when there are several.
    """

    def __init__(
        self,
        seed: int,
        messages: int = STANDARD,
        dirt: Collection[str] = (),
        organization: int = 0,
        prefix: str = "",
    ) -> None:
        unknown = sorted(set(dirt) - set(KINDS))
        if unknown:
            raise ValueError(f"there is no kind of dirt {', '.join(unknown)}; these exist: {', '.join(KINDS)}")
        self.seed, self.organization, self.prefix = seed, organization, prefix
        self.dirt = frozenset(dirt)
        self.plan: Plan = plan_for(messages)

    def table(self, name: str) -> pa.Table:
        """A canonical table by its name, typed; KeyError if there is none."""
        return getattr(self, f"_{TABLES[name].name}")

    # The parts.

    @cached_property
    def effects(self) -> Effects:
        """What differs from seed to seed in the community's year."""
        return draw_effects(self.seed, self.organization)

    @cached_property
    def people(self) -> People:
        """The organization's own people."""
        return make_people(self.seed, self.organization, self.plan)

    @cached_property
    def _lifetimes(self) -> tuple[pd.DataFrame, LifetimeTruth]:
        return make_lifetimes(stream(self.seed, self.organization, "lifetimes"), self._account_ids.to_numpy(False))

    @cached_property
    def desk(self) -> Desk:
        """The quarter's conversations."""
        account = self._lifetimes[0]
        start, left = (account[name].to_numpy("datetime64[D]") for name in ("start", "left"))
        there = (start <= QUARTER_START) & (np.isnat(left) | (left >= QUARTER_END))
        return make_desk(self.seed, self.organization, self.plan, self.people, np.flatnonzero(there))

    @cached_property
    def threads(self) -> Threads:
        """The community's year."""
        return make_threads(self.seed, self.organization, self.plan, self.people, self.effects)

    @cached_property
    def talk(self) -> Talk:
        """All messages, before words and dirt."""
        return make_talk(self.seed, self.organization, self.people, self.desk, self.threads, self.effects, self.numbers)

    @cached_property
    def labels(self) -> Labels:
        """How the messages were coded."""
        return make_labels(self.seed, self.organization, self.plan, self.talk)

    @cached_property
    def numbers(self) -> PersonNumbers:
        """Where each kind of person stands in the list of persons."""
        people = self.people
        return PersonNumbers(len(people.craft), len(people.former_hire), self.plan.managers, self.plan.customers)

    @cached_property
    def zone(self) -> np.ndarray:
        """The time zone of each person, positions in ZONES, shape (persons,)."""
        rng = stream(self.seed, self.organization, "zones")
        numbers = self.numbers
        zone = rng.integers(0, len(ZONES), numbers.first_bot + BOTS)
        zone[: numbers.agents] = self.people.zone
        zone[numbers.first_manager : numbers.first_contact] = self.people.manager_zone
        zone[numbers.first_contact : numbers.first_contact + self.threads.members] = self.threads.member_zone
        zone[numbers.first_bot :] = 0
        return zone

    @cached_property
    def clean(self) -> Rows:
        """The messages with their words, before dirt."""
        talk = self.talk
        rng = stream(self.seed, self.organization, "words")
        composed = words.compose(
            rng,
            role=talk.role,
            channel=talk.channel,
            intent=talk.intent,
            function=talk.function,
            tone=talk.tone,
            difficulty=talk.difficulty,
            topic=talk.topic,
            position=talk.position,
            dressed=talk.dressed,
        )
        said = composed.to_numpy(zero_copy_only=False)
        passed_on = np.flatnonzero(copies(talk))
        said[passed_on] = said[self._origins(passed_on)]
        return clean_rows(talk, said)

    def _origins(self, passed_on: np.ndarray) -> np.ndarray:
        """The post that each copy passes on."""
        parent = self.talk.parent
        origin = parent[passed_on]
        while (above := parent[origin] >= 0).any():
            origin = np.where(above, parent[origin], origin)
        return origin

    @cached_property
    def _soiled(self) -> tuple[Rows, list[LogEntry]]:
        return soil(self.seed, self.organization, self.talk, self.clean, self.zone, self.numbers.first_bot, self.dirt)

    @property
    def rows(self) -> Rows:
        """The messages as they are stored."""
        return self._soiled[0]

    @cached_property
    def order(self) -> np.ndarray:
        """The rows in the order of time, in which they get their ids."""
        return np.argsort(self.rows.moment, kind="stable")

    @cached_property
    def message_ids(self) -> pa.Array:
        """The id of each row, shape (rows,)."""
        return self._rank_ids(self.order)

    @cached_property
    def clean_message_ids(self) -> pa.Array:
        """The ids that the messages would have without dirt; as in chapters whose data have none."""
        return self._rank_ids(np.argsort(self.clean.moment, kind="stable"))

    def _rank_ids(self, order: np.ndarray) -> pa.Array:
        rank = np.empty(len(order), dtype="int64")
        rank[order] = np.arange(len(order))
        return ids("m", rank, 6, self.prefix)

    # Ids.

    @cached_property
    def _account_ids(self) -> pa.Array:
        return ids("k", np.arange(self.plan.customers), 5, self.prefix)

    @cached_property
    def person_ids(self) -> pa.Array:
        """Ids of all persons, shape (persons,)."""
        numbers = self.numbers
        return pa.concat_arrays(
            [
                ids("a", np.arange(numbers.first_manager), 4, self.prefix),
                ids("g", np.arange(numbers.managers), 3, self.prefix),
                ids("u", np.arange(numbers.contacts), 5, self.prefix),
                ids("b", np.arange(BOTS), 1, self.prefix),
            ]
        )

    @cached_property
    def conversation_ids(self) -> pa.Array:
        """Ids of the desk's conversations, then of the threads."""
        count = len(self.desk.opened) + int(self.threads.thread.max(initial=-1)) + 1
        return ids("c", np.arange(count), 5, self.prefix)

    @cached_property
    def _desk_ids(self) -> pa.Array:
        return ids("c", np.arange(len(self.desk.opened)), 5, self.prefix)

    def _team_ids(self, team: np.ndarray) -> pa.Array:
        return ids("t", team, 1, self.prefix)

    # The canonical tables; their names are those of the model with an underscore before.

    @cached_property
    def _team(self) -> pa.Table:
        team = np.arange(TEAMS)
        columns = {
            "team_id": self._team_ids(team),
            "switched": self.people.switched,
            "target_from": self.people.target_from,
        }
        return as_arrow(TABLES["team"], columns)

    @cached_property
    def _tool(self) -> pa.Table:
        return as_arrow(TABLES["tool"], {"tool": np.arange(len(TOOLS)), "licence": np.array(LICENCE)})

    @cached_property
    def staff(self) -> pa.Table:
        """The table `person` for the agents, past and present, and the managers; zones are left out."""
        return self._persons(np.arange(self.numbers.first_contact), None)

    @cached_property
    def _person(self) -> pa.Table:
        everyone = self._persons(np.arange(self.numbers.first_bot + BOTS), self.zone)
        rows = self.rows
        second_ids = np.unique(rows.person[rows.alias])
        if not len(second_ids):
            return everyone
        again = self._persons(second_ids, self.zone)
        again = again.set_column(0, "person_id", pc.utf8_upper(again["person_id"]))
        return pa.concat_tables([everyone, again])

    def _persons(self, places: np.ndarray, zone: np.ndarray | None) -> pa.Table:
        people, numbers = self.people, self.numbers
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
            "person_id": self.person_ids.take(pa.array(places)),
            "role": role,
            "team_id": self._team_ids(np.where(agents, people.team[agent], -1)),
            "craft": np.where(agents, people.craft[agent], -1),
            "wage": np.where(agents, people.wage[agent], np.nan),
            "hire": np.where(is_staff, hires[staff], never),
            "leave": np.where(is_staff, leaves[staff], never),
        }
        if zone is not None:
            columns["tz"] = pa.array(list(ZONES)).take(pa.array(zone[places]))
        return as_arrow(TABLES["person"], columns)

    @cached_property
    def _conversation(self) -> pa.Table:
        desk = self.desk_conversations
        threads, first = self.threads, self.threads.parent < 0
        community = as_arrow(
            TABLES["conversation"],
            {
                "conv_id": self.conversation_ids[len(self.desk.opened) :].take(pa.array(threads.thread[first])),
                "channel": threads.channel[first],
                "opened": threads.second[first],
            },
        )
        return pa.concat_tables([desk, community]).unify_dictionaries()

    @cached_property
    def desk_conversations(self) -> pa.Table:
        """The table `conversation` for the desk's own."""
        desk = self.desk
        points = desk.csat if "missing-surveys" in self.dirt else desk.points
        closed = desk.closed if "open-cases" in self.dirt else desk.would_close
        ignored = desk.agent < 0
        return as_arrow(
            TABLES["conversation"],
            {
                "conv_id": self._desk_ids,
                "account_id": self._account_ids.take(pa.array(desk.account)),
                "channel": desk.channel,
                "team_id": self._team_ids(desk.team),
                "agent_id": ids("a", desk.agent, 4, self.prefix),
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

    @cached_property
    def _message(self) -> pa.Table:
        return self._messages(self.rows, self.order, self.message_ids)

    @cached_property
    def clean_messages(self) -> pa.Table:
        """The table `message` without dirt."""
        rows = self.clean
        return self._messages(rows, np.argsort(rows.moment, kind="stable"), self.clean_message_ids)

    def _messages(self, rows: Rows, order: np.ndarray, names: pa.Array) -> pa.Table:
        parent, person = rows.parent[order], rows.person[order]
        reply_to = names.take(pa.array(parent, mask=parent < 0))
        if (lost := parent == LOST).any():
            gone = ids("m", np.where(lost, len(parent) + lost.cumsum(), -1), 6, self.prefix)
            reply_to = pc.if_else(pa.array(lost), gone, reply_to)
        writer = self.person_ids.take(pa.array(person))
        alias = rows.alias[order]
        if alias.any():
            writer = pc.if_else(pa.array(alias), pc.utf8_upper(writer), writer)
        office = self._office_hours(rows.moment[order], person)
        return as_arrow(
            TABLES["message"],
            {
                "msg_id": names.take(pa.array(order)),
                "conv_id": self.conversation_ids.take(pa.array(rows.conversation[order])),
                "reply_to": reply_to,
                "person_id": writer,
                "ts": rows.second[order],
                "clock": rows.local[order].astype("int64"),
                "sent_as": sent_as(self.seed, self.organization, office),
                "text": pa.array(rows.text[order], type=pa.string()),
            },
        )

    @cached_property
    def _label(self) -> pa.Table:
        return self._coded(self.message_ids)

    def _coded(self, names: pa.Array) -> pa.Table:
        labels = self.labels
        columns = {
            "msg_id": names.take(pa.array(labels.message)),
            "rater": labels.rater,
            "intent": labels.intent,
            "function": labels.function,
            "tone": labels.tone,
        }
        return as_arrow(TABLES["label"], columns)

    @cached_property
    def clean_labels(self) -> pa.Table:
        """The table `label` for messages without dirt."""
        return self._coded(self.clean_message_ids)

    @cached_property
    def flow(self) -> tuple[pd.DataFrame, FlowTruth]:
        """The visits of the cases that went on into the work, and what was planted there."""
        rng = stream(self.seed, self.organization, "flow")
        taken = np.flatnonzero(self.desk.agent >= 0)
        count = min(round(self.plan.cases_a_day * QUARTER_DAYS), len(taken))
        cases = np.sort(rng.permutation(taken)[:count])
        effects = draw_flow(rng, arrivals=count / QUARTER_DAYS)
        opened = self.desk.opened[cases].astype("datetime64[s]")
        return make_flow(rng, self._desk_ids.take(pa.array(cases)).to_numpy(False), opened, effects)

    @cached_property
    def _event(self) -> pa.Table:
        return self._events(self.message_ids)

    @cached_property
    def clean_events(self) -> pa.Table:
        """The table `event` with the ids that messages have without dirt."""
        return self._events(self.clean_message_ids)

    @cached_property
    def flow_events(self) -> pa.Table:
        """The table `event` for the work that no suggestion began."""
        flow = self.flow[0]
        return as_arrow(TABLES["event"], columns_of(flow))

    def _events(self, names: pa.Array) -> pa.Table:
        work = self.flow_events
        event = pa.concat_tables([work, self._ideas(len(work), names)]).unify_dictionaries()
        if not self.prefix:
            return event
        prefixed = pc.binary_join_element_wise(pa.scalar(self.prefix), event["event_id"], pa.scalar(""))
        return event.set_column(0, "event_id", prefixed)

    def _ideas(self, number: int, names: pa.Array) -> pa.Table:
        """Work that began with a customer's suggestion: one visit to thinking for each that was acted on."""
        rng = stream(self.seed, self.organization, "ideas")
        place = self.talk.desk_messages + self.threads.acted_on
        end = QUARTER_END.astype("datetime64[s]").astype("int64") - 1
        enter = np.minimum(self.talk.second[place] + rng.integers(3_600, 20 * 86_400, len(place)), end)
        start = enter + rng.integers(3_600, 5 * 86_400, len(place))
        leave = start + rng.integers(3_600, 3 * 86_400, len(place))
        return as_arrow(
            TABLES["event"],
            {
                "event_id": ids("e", number + np.arange(len(place)), 5),
                "conv_id": self.conversation_ids.take(pa.array(self.talk.conversation[place])),
                "stage": np.full(len(place), FUNCTIONS.index("thinking")),
                "enter": enter,
                "start": np.where(start <= end, start, -1),
                "leave": np.where(leave <= end, leave, -1),
                "rework": np.zeros(len(place), bool),
                "source_msg_id": names.take(pa.array(place)),
            },
        )

    @cached_property
    def weeks(self) -> tuple[pd.DataFrame, WeeksTruth]:
        """All sixty weeks, and what was planted in them."""
        rng = stream(self.seed, self.organization, "weeks")
        return make_weeks(rng, draw_weeks(rng))

    @cached_property
    def _week(self) -> pa.Table:
        week = self.weeks[0]
        if "lost-weeks" in self.dirt:
            week = lose_weeks(stream(self.seed, self.organization, "dirt", "lost-weeks"), week)
        return as_arrow(TABLES["week"], columns_of(week))

    @cached_property
    def market(self) -> tuple[pd.DataFrame, pd.DataFrame, MarketTruth]:
        """The possible customers, what they saw, and what was planted."""
        rng = stream(self.seed, self.organization, "market")
        return make_market(rng, draw_market(rng), self.plan.prospects)

    @cached_property
    def _account(self) -> pa.Table:
        return pa.concat_tables([self.customers, self.prospects]).unify_dictionaries()

    @cached_property
    def customers(self) -> pa.Table:
        """The table `account` for those who are or were customers."""
        account, desk = self._lifetimes[0], self.desk
        return as_arrow(
            TABLES["account"],
            {
                "account_id": self._account_ids,
                "segment": desk.segment,
                "start": account["start"],
                "left": account["left"],
                "joined_community": account["joined_community"],
                "rating": desk.rating,
            },
            {"rating": desk.rating == 0},
        )

    @cached_property
    def lifetimes(self) -> pa.Table:
        """The table `account` with the customers' dates only."""
        account = self._lifetimes[0]
        columns = ("start", "left", "joined_community")
        return as_arrow(
            TABLES["account"], {"account_id": self._account_ids, **{name: account[name] for name in columns}}
        )

    @cached_property
    def prospects(self) -> pa.Table:
        """The table `account` for those who may become customers."""
        account = self._prefixed(self.market[0], "account_id")
        return as_arrow(TABLES["account"], columns_of(account))

    @cached_property
    def _touch(self) -> pa.Table:
        touch = self._prefixed(self._prefixed(self.market[1], "account_id"), "touch_id")
        return as_arrow(TABLES["touch"], columns_of(touch))

    def _prefixed(self, frame: pd.DataFrame, column: str) -> pd.DataFrame:
        return frame.assign(**{column: self.prefix + frame[column]}) if self.prefix else frame

    @cached_property
    def _panel(self) -> tuple[pd.DataFrame, pd.DataFrame, PanelTruth]:
        return make_panel(stream(self.seed, self.organization, "panel"))

    @cached_property
    def _org(self) -> pa.Table:
        return as_arrow(TABLES["org"], columns_of(self._panel[0]))

    @cached_property
    def _tool_event(self) -> pa.Table:
        return as_arrow(TABLES["tool_event"], columns_of(self._panel[1]))

    @cached_property
    def _trials(self) -> tuple[pd.DataFrame, TrialTruth]:
        return make_trials(stream(self.seed, self.organization, "trials"))

    @cached_property
    def _trial(self) -> pa.Table:
        return as_arrow(TABLES["trial"], columns_of(self._trials[0]))

    @cached_property
    def _belief_survey(self) -> pa.Table:
        numbers = self.numbers
        managers = np.arange(numbers.first_manager, numbers.first_contact)
        columns = {"person_id": self.person_ids.take(pa.array(managers)), "satisfied_share": self.people.believed}
        return as_arrow(TABLES["belief_survey"], columns)

    # The truth.

    def truth(self, *parts: str) -> dict[str, Any]:
        """What was planted, by part; all parts if none is named. Plain numbers and words only."""
        known: Mapping[str, Any] = {
            "effects": lambda: asdict(self.effects),
            "clean": lambda: public_figures(self.threads),
            "dirt": self._dirt_counts,
            "desk": self._desk_truth,
            "community": self._community_truth,
            "intent": self._intent_truth,
            "tenure": lambda: {"median_days": MEDIAN_TENURE_DAYS},
            "lifetimes": lambda: asdict(self._lifetimes[1]),
            "flow": lambda: asdict(self.flow[1]),
            "weeks": lambda: asdict(self.weeks[1]),
            "market": lambda: asdict(self.market[2]),
            "panel": lambda: asdict(self._panel[2]),
            "trials": lambda: asdict(self._trials[1]),
        }
        return {name: plain(known[name]()) for name in parts or known}

    def _desk_truth(self) -> dict[str, Any]:
        desk = self.desk
        gap = desk.chance[:, 1] - desk.chance[:, 0]
        had = np.bincount(desk.account, minlength=self.plan.customers) > 0
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

    def _dirt_counts(self) -> dict[str, int]:
        """How many of the list's and the forum's messages each kind of dirt touched."""
        conversation, channel = self.rows.conversation, self.talk.channel
        social = np.zeros(int(conversation.max(initial=0)) + 1, bool)
        social[self.talk.conversation[channel == SOCIAL]] = True
        public = (conversation >= len(self.desk.opened)) & ~social[conversation]
        counts = dict.fromkeys(sorted(self.dirt & set(SHARES)), 0)
        for entry in self._soiled[1]:
            counts[entry.kind] += int(public[entry.row])
        return counts

    def _community_truth(self) -> dict[str, Any]:
        threads = self.threads
        suggestions = int(threads.suggests.sum())
        return {
            "passed_on": PASSED_ON,
            "acknowledged": ACKNOWLEDGED,
            "acted_on": len(threads.acted_on) / max(suggestions, 1),
            "chance_acted_on": ACTED_ON.tolist(),
            "function_mix": self.talk.function_mix.tolist(),
            "cross_share": self._cross_share(),
        }

    def _cross_share(self) -> float:
        """Share of the community's messages sent from the account that does not fit the hour."""
        rows = self.clean
        office = self._office_hours(rows.moment, rows.person)
        community = np.arange(len(office)) >= self.talk.desk_messages
        order = np.argsort(rows.moment, kind="stable")
        personal = np.empty(len(office), dtype="int64")
        personal[order] = sent_as(self.seed, self.organization, office[order])
        return float(((personal == 1) == office)[community].mean())

    def _office_hours(self, moment: np.ndarray, person: np.ndarray) -> np.ndarray:
        """Whether it was 9 to 17 o'clock, Monday to Friday, on the writer's own clock; shape (n,)."""
        local = moment + offsets(self.zone[person], moment)
        hour = local % 86_400
        return ((local // 86_400 + 3) % 7 < 5) & (hour >= 9 * 3_600) & (hour < 17 * 3_600)

    def _intent_truth(self) -> dict[str, Any]:
        talk, two = self.talk, self.labels.two_raters
        counts = np.bincount(talk.intent[two], minlength=5) / max(len(two), 1)
        return {"share": counts.tolist(), "mix_month": self.effects.mix_month}

    def message_truth(self) -> pa.Table:
        """For each stored message what it was meant to do; empty for what dirt added. Columns msg_id, intent, ..."""
        rows, order, talk = self.rows, self.order, self.talk
        source = rows.source[order]
        there = source >= 0
        place = np.maximum(source, 0)
        label = TABLES["label"]
        return pa.table(
            {
                "msg_id": self.message_ids.take(pa.array(order)),
                **{
                    name: as_arrow(label.only(name), {name: np.where(there, values[place], -1)})[name]
                    for name, values in (("intent", talk.intent), ("function", talk.function), ("tone", talk.tone))
                },
                "dressed": pa.array(talk.dressed[place] & there),
                "moment": pa.array(rows.moment[order] * 1_000).cast(pa.timestamp("ms", tz="UTC")),
            }
        )

    def dirt_log(self) -> pa.Table:
        """Every change that dirt made to a message: kind, msg_id, column, what stood there before, the row copied."""
        entries = self._soiled[1]
        row = np.array([entry.row for entry in entries], dtype="int64")
        origin = np.array([entry.made_from for entry in entries], dtype="int64")
        return pa.table(
            {
                "kind": pa.array([entry.kind for entry in entries], pa.string()),
                "msg_id": self.message_ids.take(pa.array(row)),
                "column": pa.array([entry.column for entry in entries], pa.string()),
                "before": pa.array([entry.before for entry in entries], pa.string()),
                "made_from": self.message_ids.take(pa.array(origin)),
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
