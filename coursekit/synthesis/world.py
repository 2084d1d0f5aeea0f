"""One organization's world: all that happens in it, before it is written down in tables.

From a seed and a plan the parts follow one way: people -> customers -> desk ->
community -> talk -> text -> dirt; work, weeks and market stand beside. Each part is
drawn from a stream of its own and made only when it is asked for, so that a chapter's
tables come quickly and do not change with what else is made. `canonical` writes the
parts as tables, `truth` tells what was planted.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa

from coursekit.synthesis import text as words
from coursekit.synthesis.arrow import ids
from coursekit.synthesis.clocks import ZONES, offsets
from coursekit.synthesis.desk import Desk, make_desk
from coursekit.synthesis.dirt import KINDS, LogEntry, Rows, clean_rows, soil
from coursekit.synthesis.effects import Effects, draw_effects
from coursekit.synthesis.flow import FlowTruth, draw_flow, make_flow
from coursekit.synthesis.labels import Labels, make_labels
from coursekit.synthesis.lifetimes import LifetimeTruth, make_lifetimes
from coursekit.synthesis.market import MarketTruth, draw_market, make_market
from coursekit.synthesis.panel import PanelTruth, TrialTruth, make_panel, make_trials
from coursekit.synthesis.people import People, make_people
from coursekit.synthesis.plan import QUARTER_DAYS, QUARTER_END, QUARTER_START, STANDARD, Plan, plan_for
from coursekit.synthesis.streams import stream
from coursekit.synthesis.talk import PersonNumbers, Talk, copies, make_talk
from coursekit.synthesis.threads import BOTS, Threads, make_threads
from coursekit.synthesis.weeks import WeeksTruth, draw_weeks, make_weeks

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
    def lifetimes(self) -> tuple[pd.DataFrame, LifetimeTruth]:
        """Customers' contracts, and what was planted there."""
        return make_lifetimes(stream(self.seed, self.organization, "lifetimes"), self.account_ids.to_numpy(False))

    @cached_property
    def desk(self) -> Desk:
        """The quarter's conversations."""
        account = self.lifetimes[0]
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
    def soiled(self) -> tuple[Rows, list[LogEntry]]:
        """The messages as they are stored, and the log of what dirt did."""
        return soil(self.seed, self.organization, self.talk, self.clean, self.zone, self.numbers.first_bot, self.dirt)

    @property
    def rows(self) -> Rows:
        """The messages as they are stored."""
        return self.soiled[0]

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
    def account_ids(self) -> pa.Array:
        """Ids of the customers, shape (customers,)."""
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
    def desk_ids(self) -> pa.Array:
        """Ids of the desk's conversations."""
        return ids("c", np.arange(len(self.desk.opened)), 5, self.prefix)

    def team_ids(self, team: np.ndarray) -> pa.Array:
        """Ids of teams by their positions; empty for -1."""
        return ids("t", team, 1, self.prefix)

    @cached_property
    def flow(self) -> tuple[pd.DataFrame, FlowTruth]:
        """The visits of the cases that went on into the work, and what was planted there."""
        rng = stream(self.seed, self.organization, "flow")
        taken = np.flatnonzero(self.desk.agent >= 0)
        count = min(round(self.plan.cases_a_day * QUARTER_DAYS), len(taken))
        cases = np.sort(rng.permutation(taken)[:count])
        effects = draw_flow(rng, arrivals=count / QUARTER_DAYS)
        opened = self.desk.opened[cases].astype("datetime64[s]")
        return make_flow(rng, self.desk_ids.take(pa.array(cases)).to_numpy(False), opened, effects)

    @cached_property
    def weeks(self) -> tuple[pd.DataFrame, WeeksTruth]:
        """All sixty weeks, and what was planted in them."""
        rng = stream(self.seed, self.organization, "weeks")
        return make_weeks(rng, draw_weeks(rng))

    @cached_property
    def market(self) -> tuple[pd.DataFrame, pd.DataFrame, MarketTruth]:
        """The possible customers, what they saw, and what was planted."""
        rng = stream(self.seed, self.organization, "market")
        return make_market(rng, draw_market(rng), self.plan.prospects)

    @cached_property
    def panel(self) -> tuple[pd.DataFrame, pd.DataFrame, PanelTruth]:
        """Organizations and their earnings, and what the tool did."""
        return make_panel(stream(self.seed, self.organization, "panel"))

    @cached_property
    def trials(self) -> tuple[pd.DataFrame, TrialTruth]:
        """Small trials, and which have an effect."""
        return make_trials(stream(self.seed, self.organization, "trials"))

    def office_hours(self, moment: np.ndarray, person: np.ndarray) -> np.ndarray:
        """Whether it was 9 to 17 o'clock, Monday to Friday, on the writer's own clock; shape (n,)."""
        local = moment + offsets(self.zone[person], moment)
        hour = local % 86_400
        return ((local // 86_400 + 3) % 7 < 5) & (hour >= 9 * 3_600) & (hour < 17 * 3_600)
