"""The support desk: one quarter of conversations, and what decides how they go.

The causal graph: ``craft -> tool`` and ``craft -> difficulty`` (hard cases are
routed to masters); ``craft, difficulty, tool, target -> resolved``;
``channel, difficulty, workload, target -> first response``; ``resolved, first
response, segment -> satisfaction -> who answers the survey``; ``segment, an
unsolved case -> who rates in public``.

The suite lowers the chance of a solution in every band, yet masters hold it more
often, so the raw comparison has the wrong sign (Simpson 1951). Given craft, the
tool is assigned at random, so standardising over craft recovers the effect.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coursekit.synthesis.people import TEAMS, People
from coursekit.synthesis.plan import END_SECOND, QUARTER_DAYS, QUARTER_START, Plan
from coursekit.synthesis.streams import stream
from coursework.tables import CHANNELS, SEGMENTS

# How many conversations an agent gets: apprentices also sit in training, and some people work part-time.
HOURS = np.array([0.8, 1.0, 1.2])
HOURS_SD = 0.35
DIFFICULTY_MIX = np.array([[0.50, 0.35, 0.15], [0.35, 0.40, 0.25], [0.15, 0.40, 0.45]])

# Log-odds of a solution. Masters gain most on hard cases.
BASE = 0.75
CRAFT_EFFECT = np.array([-1.0, 0.1, 1.4])
DIFFICULTY_EFFECT = np.array([[0.7, 0.0, -1.1], [0.7, 0.0, -0.8], [0.6, 0.0, -0.4]])  # per craft band
TOOL_EFFECT = np.array([-0.58, -0.48, -0.62])  # of the suite, per craft band
TARGET_EFFECT = -0.45  # of a target for the first response
AGENT_SD = 0.15
TREND = 0.6  # over the quarter, in all teams alike: solutions were on the rise anyway

# Working time: log-normal medians in minutes, and factors on them.
MINUTES = np.array([8.0, 14.0, 26.0])
MINUTES_SD = 0.45
CRAFT_SPEED = np.array([1.15, 1.0, 0.85])
SUITE_SPEED = 0.92
REOPENED = np.array([0.10, 0.16])  # inbox, suite
REWORK_MINUTES, REWORK_SD = 12.0, 0.5

# In the order of CHANNELS: email, chat, phone, social (list and forum are the community's).
CHANNEL_SHARE = np.array([0.62, 0.09, 0.14, 0.15, 0.0, 0.0])
# Logarithm of the seconds to the first response. E-mail as on a list with a median of 1.78 h and sd 1.79 in all, chat
# as agents in live chat (21 s, sd 0.73); the sd here is what channel alone leaves open.
RESPONSE_MEAN = np.array([8.78, 3.02, 3.2, 9.3, 0.0, 0.0])
RESPONSE_SD = np.array([1.72, 0.68, 0.9, 1.6, 1.0, 1.0])
RESPONSE_DIFFICULTY = np.array([-0.15, 0.0, 0.25])
RESPONSE_WORKLOAD = 0.25  # per standard deviation of the team's load that day
RESPONSE_TARGET = -0.7
# Conversations that nobody ever takes up, as a share of the channel's.
IGNORED_SHARE = np.array([0.0, 0.05, 0.06, 0.24, 0.0, 0.0])
# Logarithm of the seconds from the first response to the close; set so that half of the last weeks' e-mail cases
# take 30 hours (before the targets they took longer).
CLOSING_MEAN = np.array([11.41, 7.5, 8.6, 10.6, 0.0, 0.0])
CLOSING_SD = np.array([0.95, 0.9, 1.2, 1.0, 1.0, 1.0])
EMAIL_MEDIAN_HOURS = 30.0

SEGMENT_SHARE = np.array([0.55, 0.32, 0.13])
# Satisfaction: log-odds that a conversation satisfies (4 or 5 points).
SATISFIED_BASE = -1.0
SATISFIED_RESOLVED = 1.9
SATISFIED_RESPONSE = -0.065  # per standard deviation of the channel's response time: 4 points between the quintiles
SATISFIED_SEGMENT = np.array([-0.2, 0.1, 0.4])
# The satisfied answer the survey more often: about 70 % of answers are missing, and not at random.
ANSWERS = np.array([0.17, 0.38])  # not satisfied, satisfied
POINTS_BELOW, POINTS_ABOVE = np.array([0.25, 0.35, 0.40]), np.array([0.55, 0.45])  # 1-3 and 4-5

# Who rates in public: by segment, and more often after an unsolved case.
RATES = np.array([0.20, 0.10, 0.05])
RATES_UNSOLVED = 2.4
RATING_SEGMENT = np.array([3.3, 3.7, 4.2])
RATING_UNSOLVED, RATING_SD = -1.3, 0.8

WEEKDAY_WEIGHT = np.array([1.25, 1.15, 1.05, 1.0, 1.0, 0.45, 0.35])


@dataclass(frozen=True)
class Desk:
    """The quarter's conversations, in order of opening; arrays of shape (conversations,).

    `agent` and `tool` are -1 where nobody took the conversation up. Times are seconds since 1970, UTC,
    with -1 for what never happened; the latent values at the end are the truth and are not given to learners.
    """

    account: np.ndarray
    channel: np.ndarray
    team: np.ndarray
    agent: np.ndarray
    tool: np.ndarray
    opened: np.ndarray
    first_response: np.ndarray
    closed: np.ndarray
    difficulty: np.ndarray
    resolved: np.ndarray
    csat: np.ndarray  # 0 where the survey was not answered
    minutes: np.ndarray  # NaN where nobody worked
    rework_minutes: np.ndarray
    segment: np.ndarray  # per account
    rating: np.ndarray  # per account; 0 where none was given
    # The truth.
    band: np.ndarray
    chance: np.ndarray  # (conversations, 2): of a solution with inbox and suite
    satisfied: np.ndarray
    under_target: np.ndarray
    target_effect: float  # mean change of the chance of a solution among conversations under a target
    points: np.ndarray  # what each would have answered, from 1 to 5
    would_close: np.ndarray  # seconds since 1970, however late
    would_rate: np.ndarray  # per account: the stars each would give
    had_unsolved: np.ndarray  # per account


def make_desk(seed: int, organization: int, plan: Plan, people: People, accounts: np.ndarray) -> Desk:
    """Draw the quarter.

    `accounts` are the positions of the customers who were there all quarter.
    """
    rng = stream(seed, organization, "desk")
    count = plan.conversations
    agents = len(people.craft)
    hours = HOURS[people.craft] * rng.lognormal(0.0, HOURS_SD, agents)
    agent = rng.choice(agents, count, p=hours / hours.sum())
    band, tool = people.craft[agent], people.suite[agent]
    difficulty = pick(rng, DIFFICULTY_MIX[band])
    opened = _opened(rng, people.leave[agent])
    team = people.team[agent]
    under_target = _under_target(people, team, opened)

    skill = rng.normal(0.0, AGENT_SD, agents)[agent]
    passed = (opened - QUARTER_START.astype("datetime64[s]").astype("int64")) / (QUARTER_DAYS * 86_400)
    without = (
        BASE
        + CRAFT_EFFECT[band]
        + DIFFICULTY_EFFECT[band, difficulty]
        + TARGET_EFFECT * under_target
        + TREND * (passed - 0.5)
        + skill
    )
    solved_less = logistic(without) - logistic(without - TARGET_EFFECT)
    chance = np.stack([logistic(without), logistic(without + TOOL_EFFECT[band])], axis=1)
    resolved = rng.random(count) < chance[np.arange(count), tool]

    speed = MINUTES[difficulty] * CRAFT_SPEED[band] * np.where(tool == 1, SUITE_SPEED, 1.0)
    minutes = (speed * rng.lognormal(0.0, MINUTES_SD, count)).round(1)
    reopened = rng.random(count) < REOPENED[tool]
    rework = (REWORK_MINUTES * rng.lognormal(0.0, REWORK_SD, count) * reopened).round(1)

    rng = stream(seed, organization, "desk responses")
    channel = rng.choice(len(CHANNELS), count, p=CHANNEL_SHARE)
    load = _load(team, opened)
    noise = rng.normal(0.0, 1.0, count)
    log_wait = (
        RESPONSE_MEAN[channel]
        + RESPONSE_DIFFICULTY[difficulty]
        + RESPONSE_WORKLOAD * load
        + RESPONSE_TARGET * under_target
        + RESPONSE_SD[channel] * noise
    )
    wait = np.maximum(np.exp(log_wait).round(), 1).astype("int64")
    to_close = np.exp(CLOSING_MEAN[channel] + CLOSING_SD[channel] * rng.normal(0.0, 1.0, count)).round().astype("int64")

    ignored = _ignored(stream(seed, organization, "desk ignored"), channel)
    extra = len(ignored)
    none = np.full(extra, -1)
    difficulty = np.append(
        difficulty, stream(seed, organization, "desk ignored cases").choice(3, extra, p=[0.45, 0.35, 0.2])
    )
    opened = np.append(
        opened, _opened(stream(seed, organization, "desk ignored times"), np.full(extra, np.datetime64("NaT", "D")))
    )
    channel = np.append(channel, ignored)
    answered = np.append(np.ones(count, bool), np.zeros(extra, bool))
    total = count + extra

    rng = stream(seed, organization, "desk customers")
    segment = rng.choice(len(SEGMENTS), plan.customers, p=SEGMENT_SHARE)
    weight = rng.gamma(1.2, 1.0, len(accounts)) * np.array([0.8, 1.1, 1.6])[segment[accounts]]
    account = rng.choice(accounts, total, p=weight / weight.sum())
    resolved = np.append(resolved, np.zeros(extra, bool))
    slow = np.append(noise, np.full(extra, 2.5))
    log_odds = (
        SATISFIED_BASE + SATISFIED_RESOLVED * resolved + SATISFIED_RESPONSE * slow + SATISFIED_SEGMENT[segment[account]]
    )
    satisfied = rng.random(total) < logistic(log_odds)
    points = np.where(
        satisfied,
        4 + rng.choice(2, total, p=POINTS_ABOVE),
        1 + rng.choice(3, total, p=POINTS_BELOW),
    )
    csat = np.where(rng.random(total) < ANSWERS[satisfied.astype(int)], points, 0)

    rating, would_rate, had_unsolved = _ratings(
        stream(seed, organization, "desk ratings"), segment, account, resolved, plan.customers
    )

    order = np.argsort(opened, kind="stable")
    first = np.where(answered, opened + np.append(wait, none), -1)
    would_close = np.where(answered, first + np.append(to_close, none), -1)
    return Desk(
        account=account[order],
        channel=channel[order],
        team=np.append(team, none)[order],
        agent=np.append(agent, none)[order],
        tool=np.append(tool, none)[order],
        opened=opened[order],
        first_response=np.where(first < END_SECOND, first, -1)[order],
        closed=np.where(would_close < END_SECOND, would_close, -1)[order],
        difficulty=difficulty[order],
        resolved=resolved[order],
        csat=csat[order],
        minutes=np.append(minutes, np.full(extra, np.nan))[order],
        rework_minutes=np.append(rework, np.full(extra, np.nan))[order],
        segment=segment,
        rating=rating,
        band=np.append(band, none)[order],
        chance=np.concatenate([chance, np.full((extra, 2), np.nan)])[order],
        satisfied=satisfied[order],
        under_target=np.append(under_target, np.zeros(extra, bool))[order],
        target_effect=float(solved_less[under_target].mean()) if under_target.any() else 0.0,
        points=points[order],
        would_close=would_close[order],
        would_rate=would_rate,
        had_unsolved=had_unsolved,
    )


def _opened(rng: np.random.Generator, leave: np.ndarray) -> np.ndarray:
    """Opening times in seconds: fewer on weekends, most by day, and none after the agent has left."""
    days = np.arange(QUARTER_DAYS)  # the quarter starts on a Monday
    weight = WEEKDAY_WEIGHT[days % 7]
    day = rng.choice(days, len(leave), p=weight / weight.sum())
    there = np.where(np.isnat(leave), QUARTER_DAYS, (leave - QUARTER_START).astype("int64"))
    day = np.where(day < there, day, (day * there) // QUARTER_DAYS)
    hour = np.clip(rng.normal(13.0, 3.0, len(leave)), 5.0, 21.99)
    start = QUARTER_START.astype("datetime64[s]").astype("int64")
    return start + day * 86_400 + np.floor(hour * 3_600).astype("int64")


def _under_target(people: People, team: np.ndarray, opened: np.ndarray) -> np.ndarray:
    """Whether a conversation was opened while its team had a target, shape (n,)."""
    start = people.target_from[team]
    seconds = start.astype("datetime64[s]").astype("int64")
    return ~np.isnat(start) & (opened >= seconds)


def _load(team: np.ndarray, opened: np.ndarray) -> np.ndarray:
    """How busy the team was that day, standardised over teams and days."""
    cell = team * QUARTER_DAYS + (opened - QUARTER_START.astype("datetime64[s]").astype("int64")) // 86_400
    size = np.bincount(cell, minlength=TEAMS * QUARTER_DAYS)
    return (size[cell] - size.mean()) / max(float(size.std()), 1e-9)


def _ignored(rng: np.random.Generator, channel: np.ndarray) -> np.ndarray:
    """The channels of conversations that nobody takes up, in addition to those that somebody does."""
    taken = np.bincount(channel, minlength=len(CHANNELS))
    extra = rng.poisson(taken * IGNORED_SHARE / (1 - IGNORED_SHARE))
    return rng.permutation(np.repeat(np.arange(len(CHANNELS)), extra))


def _ratings(
    rng: np.random.Generator, segment: np.ndarray, account: np.ndarray, resolved: np.ndarray, customers: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Stars given in public (0 for none), the stars each account would give, and whether it had an unsolved case."""
    had_any = np.bincount(account, minlength=customers) > 0
    unsolved = np.bincount(account[~resolved], minlength=customers) > 0
    mean = RATING_SEGMENT[segment] + RATING_UNSOLVED * unsolved
    stars = np.clip(np.rint(rng.normal(mean, RATING_SD)), 1, 5).astype("int64")
    chance = np.minimum(RATES[segment] * np.where(unsolved, RATES_UNSOLVED, 1.0), 0.9)
    rates = had_any & (rng.random(customers) < chance)
    return np.where(rates, stars, 0), stars, unsolved


def pick(rng: np.random.Generator, chances: np.ndarray) -> np.ndarray:
    """One category per row of `chances`, shape (n, categories)."""
    return (rng.random(len(chances))[:, None] > chances.cumsum(axis=1)[:, :-1]).sum(axis=1)


def logistic(log_odds: np.ndarray) -> np.ndarray:
    """The chance with these log-odds."""
    return 1.0 / (1.0 + np.exp(-log_odds))
