"""The public community: a mailing list, a forum, and posts that are passed on.

A thread grows reply by reply. Each reply picks what it answers by root bias and
novelty (Gómez et al. 2013): the root, the newest message, or any. Who answers is
one of the few who write most, or the one who was answered, who comes back. Delays
are log-normal, and moved out of the writers' nights and weekends (activity in
cascades over the clock: Malmgren et al. 2008). The constants are set so that sizes,
depths, delays and shares meet the figures measured on a list of 122,342 messages
and a chat forum of 954,749; the tests hold the bands.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coursekit.synthesis.clocks import ZONE_SHARE, ZONES, awake, moments
from coursekit.synthesis.effects import Effects
from coursekit.synthesis.people import People
from coursekit.synthesis.plan import END_SECOND, YEAR_DAYS, YEAR_START, Plan
from coursekit.synthesis.streams import stream
from coursework.tables import CHANNELS

BOTS = 3
AGENTS_IN_COMMUNITY = 24
LIST, FORUM, SOCIAL = CHANNELS.index("list"), CHANNELS.index("forum"), CHANNELS.index("social")


@dataclass(frozen=True)
class Growth:
    """How threads of a channel grow.

    Sizes beyond one are `2 + floor(exp(N(size_mean, size_sd)))` at most `largest`; delays are
    `exp(N(delay_mean, delay_sd))` seconds.
    """

    alone: float  # share of threads nobody answers
    size_mean: float
    size_sd: float
    largest: int
    to_root: float
    to_newest: float
    comes_back: float
    delay_mean: float
    delay_sd: float
    rests: float  # share of replies in the writer's night or weekend that wait for the morning


LIST_GROWTH = Growth(0.39, 0.12, 1.12, 52, 0.26, 0.54, 0.41, 8.56, 1.72, 0.22)
FORUM_GROWTH = Growth(0.05, 1.75, 1.28, 220, 0.16, 0.50, 0.45, 6.45, 2.10, 0.05)

# How unevenly people write, as powers of their rank: those who ask, and those who answer.
ASKS, ANSWERS = 0.90, 2.40
ANSWERS_OFFSET = 3.0

# A post's copies: each is passed on by so many others on average (below 1, so no avalanche), very unevenly.
PASSED_ON, PASSED_ON_SHAPE = 0.62, 0.35
PASSED_ON_DELAY = (8.0, 1.7)

VOLUME = 1.7  # how much more is written in the busy month

SUGGESTIONS = 0.12  # of opening messages
ACKNOWLEDGED = 0.55  # of suggestions, by an agent's reply
ACTED_ON = np.array([0.06, 0.34])  # not acknowledged, acknowledged


@dataclass(frozen=True)
class Threads:
    """Messages in threads; arrays of shape (messages,), those of a thread in a row, parents before children.

    `parent` is a position in the same arrays, -1 for an opening message. Writers are
    positions in the community: members first, then `agents` (positions of agents), then bots.
    """

    channel: np.ndarray
    thread: np.ndarray
    parent: np.ndarray
    depth: np.ndarray
    writer: np.ndarray
    second: np.ndarray  # UTC
    suggests: np.ndarray  # whether an opening message is a suggestion
    members: int
    member_zone: np.ndarray
    agents: np.ndarray
    writer_zone: np.ndarray  # per writer
    acted_on: np.ndarray  # positions of suggestions that were acted on


def make_threads(seed: int, organization: int, plan: Plan, people: People, effects: Effects) -> Threads:
    """Draw the community's year."""
    rng = stream(seed, organization, "community")
    agents = rng.permutation(len(people.craft))[: min(AGENTS_IN_COMMUNITY, plan.members // 8)]
    member_zone = rng.choice(len(ZONES), plan.members, p=ZONE_SHARE)
    zone = np.concatenate([member_zone, people.zone[agents], np.zeros(BOTS, dtype="int64")])
    crowd = _Crowd(plan.members, len(agents), zone, _busy(effects))
    parts = [
        _grow(stream(seed, organization, "list"), LIST, LIST_GROWTH, plan.list_messages, crowd),
        _grow(stream(seed, organization, "forum"), FORUM, FORUM_GROWTH, plan.forum_messages, crowd),
        _cascades(stream(seed, organization, "posts"), plan.posts, crowd),
    ]
    joined = _join(parts)
    rng = stream(seed, organization, "suggestions")
    suggests, acknowledged = _acknowledge(rng, joined, plan.members, len(agents))
    places = np.flatnonzero(suggests)
    acted = places[rng.random(len(places)) < ACTED_ON[acknowledged[places].astype(int)]]
    return Threads(
        channel=joined.channel,
        thread=joined.thread,
        parent=joined.parent,
        depth=joined.depth,
        writer=joined.writer,
        second=joined.second,
        suggests=suggests,
        members=plan.members,
        member_zone=member_zone,
        agents=agents,
        writer_zone=zone,
        acted_on=acted,
    )


@dataclass(frozen=True)
class _Crowd:
    members: int
    agents: int
    zone: np.ndarray  # per writer
    busy: np.ndarray  # per day of the year


def _busy(effects: Effects) -> np.ndarray:
    """The weight of each day: one month has more of everything, whatever it is about."""
    month = (YEAR_START + np.arange(YEAR_DAYS)).astype("datetime64[M]")
    return np.where(month == np.datetime64(effects.volume_month), VOLUME, 1.0)


@dataclass(frozen=True)
class _Part:
    channel: np.ndarray
    thread: np.ndarray
    parent: np.ndarray
    depth: np.ndarray
    writer: np.ndarray
    second: np.ndarray


def _grow(rng: np.random.Generator, channel: int, growth: Growth, messages: int, crowd: _Crowd) -> _Part:
    members, agents, zone = crowd.members, crowd.agents, crowd.zone
    size = _sizes(rng, growth, messages)
    total = int(size.sum())
    start = np.concatenate([[0], size.cumsum()[:-1]])
    parent = np.full(total, -1)
    depth = np.zeros(total, dtype="int64")
    writer = np.empty(total, dtype="int64")
    second = np.empty(total, dtype="int64")
    asks, answers = _activity(rng, members, agents)
    writer[start] = rng.choice(members, len(size), p=asks)
    second[start] = moments(rng, zone[writer[start]], YEAR_START, crowd.busy)
    for position in range(1, int(size.max(initial=1))):
        place = start[size > position] + position
        first = start[size > position]
        draw = rng.random(len(place))
        anywhere = rng.integers(0, position, len(place))
        back = np.where(
            draw < growth.to_root, 0, np.where(draw < growth.to_root + growth.to_newest, position - 1, anywhere)
        )
        answered = first + back
        parent[place] = answered
        depth[place] = depth[answered] + 1
        # Whoever was answered comes back; to an opening message answers one of those who answer.
        before = parent[answered]
        returning = (before >= 0) & (rng.random(len(place)) < growth.comes_back)
        other = rng.choice(members + agents, len(place), p=answers)
        chosen = np.where(returning, writer[np.maximum(before, 0)], other)
        # People do add to their own message now and then, but rarely.
        same = (chosen == writer[answered]) & (rng.random(len(place)) < 0.8)
        chosen[same] = rng.choice(members + agents, int(same.sum()), p=answers)
        writer[place] = chosen
        delay = np.exp(rng.normal(growth.delay_mean, growth.delay_sd, len(place)))
        when = second[answered] + np.maximum(delay, 1.0).astype("int64")
        second[place] = awake(rng, zone[chosen], when, growth.rests)
    kept = second < END_SECOND  # children are later than their parents, so no reply loses what it answers
    place = kept.cumsum() - 1
    thread = np.repeat(np.arange(len(size)), size)
    return _Part(
        channel=np.full(int(kept.sum()), channel),
        thread=thread[kept],
        parent=np.where(parent[kept] >= 0, place[np.maximum(parent[kept], 0)], -1),
        depth=depth[kept],
        writer=writer[kept],
        second=second[kept],
    )


def _sizes(rng: np.random.Generator, growth: Growth, messages: int) -> np.ndarray:
    """Thread sizes that sum to about the messages asked for."""
    count = max(messages, 8)
    more = 2 + np.floor(np.exp(rng.normal(growth.size_mean, growth.size_sd, count))).astype("int64")
    size = np.where(rng.random(count) < growth.alone, 1, np.minimum(more, growth.largest))
    return size[: int(np.searchsorted(size.cumsum(), messages)) + 1]


def _activity(rng: np.random.Generator, members: int, agents: int) -> tuple[np.ndarray, np.ndarray]:
    """The chance of each person to open a thread, shape (members,), and to answer, shape (members + agents,)."""
    asks = np.arange(1, members + 1) ** -ASKS
    rank = rng.permutation(members + agents)
    # Those who answer most are not those who ask most; a few of them are agents.
    answers = (rank + 1.0 + ANSWERS_OFFSET) ** -ANSWERS
    asks = rng.permutation(asks)
    return asks / asks.sum(), answers / answers.sum()


def _cascades(rng: np.random.Generator, posts: int, crowd: _Crowd) -> _Part:
    """Posts and their copies: a branching process, generation by generation."""
    members, zone = crowd.members, crowd.zone
    thread, parent, depth, writer, second = [np.arange(posts)], [np.full(posts, -1)], [np.zeros(posts, "int64")], [], []
    writer.append(rng.integers(0, members, posts))
    second.append(moments(rng, zone[writer[0]], YEAR_START, crowd.busy))
    first = 0
    while len(thread[-1]):
        # Negative binomial with mean PASSED_ON: most copies end there, a few go far.
        children = rng.negative_binomial(
            PASSED_ON_SHAPE, PASSED_ON_SHAPE / (PASSED_ON_SHAPE + PASSED_ON), len(thread[-1])
        )
        source = np.repeat(np.arange(len(children)), children)
        by = rng.integers(0, members, len(source))
        delay = np.exp(rng.normal(*PASSED_ON_DELAY, len(source))).astype("int64") + 1
        thread.append(thread[-1][source])
        parent.append(first + source)
        depth.append(depth[-1][source] + 1)
        second.append(awake(rng, zone[by], second[-1][source] + delay, 0.3))
        writer.append(by)
        first += len(children)
    arrays = [np.concatenate(column) for column in (thread, parent, depth, writer, second)]
    # Each post's copies in a row, in the order in which they were made.
    order = np.argsort(arrays[0], kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    parents = arrays[1][order]
    moved = np.where(parents >= 0, place[np.maximum(parents, 0)], -1)
    kept = arrays[4][order] < END_SECOND
    index = kept.cumsum() - 1
    return _Part(
        channel=np.full(int(kept.sum()), SOCIAL),
        thread=arrays[0][order][kept],
        parent=np.where(moved[kept] >= 0, index[np.maximum(moved[kept], 0)], -1),
        depth=arrays[2][order][kept],
        writer=arrays[3][order][kept],
        second=arrays[4][order][kept],
    )


def _join(parts: list[_Part]) -> _Part:
    threads = messages = 0
    moved = []
    for part in parts:
        moved.append(
            _Part(
                part.channel,
                part.thread + threads,
                np.where(part.parent >= 0, part.parent + messages, -1),
                part.depth,
                part.writer,
                part.second,
            )
        )
        threads += int(part.thread.max(initial=-1)) + 1
        messages += len(part.thread)
    names = ("channel", "thread", "parent", "depth", "writer", "second")
    return _Part(*(np.concatenate([getattr(part, name) for part in moved]) for name in names))


def _acknowledge(rng: np.random.Generator, part: _Part, members: int, agents: int) -> tuple[np.ndarray, np.ndarray]:
    """Which opening messages are suggestions, and which of them an agent answers.

    The writers of direct replies to suggestions are changed in place: one of them is an
    agent if the suggestion is acknowledged, none otherwise.
    """
    opening = (part.parent < 0) & (part.channel != SOCIAL)
    suggests = opening & (rng.random(len(opening)) < SUGGESTIONS)
    answered = np.zeros(len(opening), bool)
    direct = np.flatnonzero((part.parent >= 0) & suggests[np.maximum(part.parent, 0)])
    answered[part.parent[direct]] = True
    # Only what was answered at all can be acknowledged, so the chance is spread over those.
    wanted = suggests & answered
    chance = min(ACKNOWLEDGED * suggests.sum() / max(int(wanted.sum()), 1), 1.0)
    acknowledged = wanted & (rng.random(len(opening)) < chance)
    is_agent = (part.writer >= members) & (part.writer < members + agents)
    by_agent = direct[is_agent[direct]]
    part.writer[by_agent] = rng.integers(0, members, len(by_agent))
    _, first = np.unique(part.parent[direct], return_index=True)
    reply = direct[first]
    reply = reply[acknowledged[part.parent[reply]]]
    part.writer[reply] = members + rng.integers(0, max(agents, 1), len(reply))
    return suggests, acknowledged
