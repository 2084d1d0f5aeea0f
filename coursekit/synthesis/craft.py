"""The data of chapter 4: craft decides who gets the tool, and craft solves problems.

The causal graph is ``craft -> tool``, ``craft -> difficulty`` (hard cases are
routed to masters), and ``craft, difficulty, tool -> resolved``. The tool lowers
the chance of a solution in every band, yet masters hold it more often, so the
raw comparison has the wrong sign (Simpson 1951). Given craft, the tool is
assigned at random, so standardising over craft recovers the effect.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from coursework.tables import CRAFT, DIFFICULTY, TOOLS

# Sizes follow the simulation in which the reversal was strong enough to hold for every seed.
AGENTS_PER_BAND = (180, 110, 110)
CONVERSATIONS = 9_000
# How many conversations an agent gets: apprentices also sit in training, and some people work part-time.
HOURS = np.array([0.8, 1.0, 1.2])
HOURS_SD = 0.35
SHARE_WITH_SUITE = (0.20, 0.45, 0.75)
DIFFICULTY_MIX = np.array([[0.50, 0.35, 0.15], [0.35, 0.40, 0.25], [0.15, 0.40, 0.45]])

# Log-odds of a solution.
BASE = 0.6
CRAFT_EFFECT = np.array([-0.9, 0.1, 1.2])
DIFFICULTY_EFFECT = np.array([0.7, 0.0, -0.8])
TOOL_EFFECT = np.array([-0.55, -0.40, -0.40])  # of the suite, per craft band
AGENT_SD = 0.15

# Working time: log-normal medians in minutes, and factors on them.
MINUTES = np.array([8.0, 14.0, 26.0])
MINUTES_SD = 0.45
CRAFT_SPEED = np.array([1.15, 1.0, 0.85])
SUITE_SPEED = 0.92
REOPENED = np.array([0.10, 0.16])  # inbox, suite
REWORK_MINUTES, REWORK_SD = 12.0, 0.5

WAGE, WAGE_SD = np.array([22.0, 29.0, 41.0]), 1.2
LICENCE = (0.0, 19.0)
QUARTER_START, QUARTER_DAYS = np.datetime64("2025-09-01"), 91
WEEKDAY_WEIGHT = np.array([1.25, 1.15, 1.05, 1.0, 1.0, 0.45, 0.35])


@dataclass(frozen=True)
class CraftTruth:
    """What was planted, by craft band.

    `chance` has shape (bands, tools): the mean chance of a solution in the
    sample, each conversation taken once with each tool by its own agent.
    `standardised_gap` is the mean over all conversations of the difference
    that the suite makes.
    """

    seed: int
    chance: tuple[tuple[float, float], ...]
    standardised_gap: float


def make_craft(seed: int) -> tuple[dict[str, pd.DataFrame], CraftTruth]:
    """Make one quarter of conversations.

    Parameters
    ----------
    seed
        Any non-negative integer; the same seed gives the same tables.

    Returns
    -------
    tables, truth
        Frames `conversation` (9,000 rows), `person` (400 rows) and `tool`
        (2 rows) as `coursework.tables` defines them, and the planted effects.
    """
    rng = np.random.default_rng(seed)
    craft, suite = _agents(rng)
    agents = len(craft)

    hours = HOURS[craft] * rng.lognormal(0.0, HOURS_SD, agents)
    agent = rng.choice(agents, CONVERSATIONS, p=hours / hours.sum())
    band, tool = craft[agent], suite[agent]
    difficulty = _pick(rng, DIFFICULTY_MIX[band])
    opened = _opened(rng)

    skill = rng.normal(0.0, AGENT_SD, agents)[agent]
    without = BASE + CRAFT_EFFECT[band] + DIFFICULTY_EFFECT[difficulty] + skill
    chance = np.stack([_logistic(without), _logistic(without + TOOL_EFFECT[band])], axis=1)
    resolved = rng.random(CONVERSATIONS) < chance[np.arange(CONVERSATIONS), tool]

    speed = MINUTES[difficulty] * CRAFT_SPEED[band] * np.where(tool == 1, SUITE_SPEED, 1.0)
    minutes = speed * rng.lognormal(0.0, MINUTES_SD, CONVERSATIONS)
    reopened = rng.random(CONVERSATIONS) < REOPENED[tool]
    rework = REWORK_MINUTES * rng.lognormal(0.0, REWORK_SD, CONVERSATIONS) * reopened

    # Rounded before they are written: the last bits of exp differ between processors.
    order = np.argsort(opened, kind="stable")
    conversation = pd.DataFrame(
        {
            "conv_id": [f"c{number:05d}" for number in range(1, CONVERSATIONS + 1)],
            "agent_id": [f"a{number + 1:03d}" for number in agent[order]],
            "tool": np.array(TOOLS)[tool[order]],
            "opened": opened[order],
            "difficulty": np.array(DIFFICULTY)[difficulty[order]],
            "resolved": resolved[order],
            "minutes": minutes[order].round(1),
            "rework_minutes": rework[order].round(1),
        }
    )
    person = pd.DataFrame(
        {
            "agent_id": [f"a{number:03d}" for number in range(1, agents + 1)],
            "craft": np.array(CRAFT)[craft],
            "wage": (WAGE[craft] + rng.normal(0.0, WAGE_SD, agents)).round(2),
        }
    )
    price = pd.DataFrame({"tool": list(TOOLS), "licence": LICENCE})

    truth = CraftTruth(
        seed=seed,
        chance=tuple(
            (float(chance[band == k, 0].mean().round(6)), float(chance[band == k, 1].mean().round(6)))
            for k in range(len(CRAFT))
        ),
        standardised_gap=float((chance[:, 1] - chance[:, 0]).mean().round(6)),
    )
    return {"conversation": conversation, "person": person, "tool": price}, truth


def _agents(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Craft band and tool (1 is the suite) of each agent, shape (agents,) both."""
    craft = np.repeat(np.arange(len(CRAFT)), AGENTS_PER_BAND)
    suite = np.concatenate(
        [
            rng.permutation(np.arange(count) < round(count * share))
            for count, share in zip(AGENTS_PER_BAND, SHARE_WITH_SUITE, strict=True)
        ]
    ).astype(int)
    order = rng.permutation(len(craft))
    return craft[order], suite[order]


def _pick(rng: np.random.Generator, chances: np.ndarray) -> np.ndarray:
    """One category per row of `chances`, shape (n, categories)."""
    return (rng.random(len(chances))[:, None] > chances.cumsum(axis=1)[:, :-1]).sum(axis=1)


def _opened(rng: np.random.Generator) -> np.ndarray:
    """Opening times in whole seconds: fewer on weekends, most by day."""
    days = np.arange(QUARTER_DAYS)  # the quarter starts on a Monday
    weight = WEEKDAY_WEIGHT[days % 7]
    day = rng.choice(days, CONVERSATIONS, p=weight / weight.sum())
    hour = np.clip(rng.normal(13.0, 3.0, CONVERSATIONS), 5.0, 21.99)
    seconds = np.floor(hour * 3600).astype("timedelta64[s]")
    return (QUARTER_START + day.astype("timedelta64[D]")).astype("datetime64[s]") + seconds


def _logistic(log_odds: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-log_odds))
