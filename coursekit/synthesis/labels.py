"""Coding: two raters and a panel read messages, each rater with errors of their own.

A rater's errors come from a confusion matrix alone, never from the words of a
message, so that the truth about agreement is known. The panel talks until it
agrees and does not err; it codes a random part only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coursekit.synthesis.desk import pick
from coursekit.synthesis.plan import Plan
from coursekit.synthesis.streams import stream
from coursekit.synthesis.talk import AGENT, Talk
from coursekit.synthesis.threads import SOCIAL

FIRST, SECOND, PANEL = 0, 1, 2

# Rows: the true intent (help, ask, sell, suggest, chat); columns: what the rater says. The first rater takes much
# selling for help; the second takes asking for chat. They agree on 62 % of messages, which is a kappa of 0.45.
CONFUSION = np.array(
    [
        [
            [0.845, 0.085, 0.02, 0.005, 0.045],
            [0.09, 0.835, 0.01, 0.005, 0.06],
            [0.44, 0.065, 0.46, 0.005, 0.03],
            [0.01, 0.05, 0.00, 0.93, 0.01],
            [0.105, 0.12, 0.01, 0.005, 0.76],
        ],
        [
            [0.79, 0.10, 0.04, 0.02, 0.05],
            [0.10, 0.73, 0.02, 0.03, 0.12],
            [0.22, 0.08, 0.64, 0.01, 0.05],
            [0.05, 0.13, 0.01, 0.76, 0.05],
            [0.08, 0.13, 0.02, 0.01, 0.76],
        ],
    ]
)
# Functions and tones are easier: the right one with this chance, each of the others alike.
FUNCTION_RIGHT, TONE_RIGHT = 0.88, 0.80


@dataclass(frozen=True)
class Labels:
    """Codings, arrays of shape (labels,), by message and rater. `two_raters` are the messages both coded."""

    message: np.ndarray
    rater: np.ndarray
    intent: np.ndarray
    function: np.ndarray
    tone: np.ndarray
    two_raters: np.ndarray
    for_function: np.ndarray


def make_labels(seed: int, organization: int, plan: Plan, talk: Talk) -> Labels:
    """Have the messages coded.

    Both raters code a random sample of the list's and the forum's messages, the panel a
    random part of that. The first rater also codes all opening messages there, and a
    sample of the agents' messages outside the social channel.
    """
    rng = stream(seed, organization, "coding")
    place = np.arange(len(talk.intent))
    community = (place >= talk.desk_messages) & (talk.channel != SOCIAL)
    two = _some(rng, np.flatnonzero(community), plan.coded_by_two)
    panel = _some(rng, two, plan.coded_by_panel)
    answers = np.flatnonzero((place < talk.desk_messages) & (talk.role == AGENT) & (talk.channel != SOCIAL))
    for_function = _some(rng, answers, plan.coded_for_function)
    openings = np.flatnonzero(community & (talk.parent < 0))
    first = np.unique(np.concatenate([two, openings, for_function]))

    message = np.concatenate([first, two, panel])
    rater = np.repeat([FIRST, SECOND, PANEL], [len(first), len(two), len(panel)])
    errs = np.minimum(rater, SECOND)
    knows = rater == PANEL
    intent = np.where(knows, talk.intent[message], pick(rng, CONFUSION[errs, talk.intent[message]]))
    function = np.where(knows, talk.function[message], _nearly(rng, talk.function[message], 4, FUNCTION_RIGHT))
    tone = np.where(knows, talk.tone[message], _nearly(rng, talk.tone[message], 3, TONE_RIGHT))
    order = np.lexsort((rater, message))
    return Labels(
        message=message[order],
        rater=rater[order],
        intent=intent[order],
        function=function[order],
        tone=tone[order],
        two_raters=two,
        for_function=for_function,
    )


def _some(rng: np.random.Generator, places: np.ndarray, count: int) -> np.ndarray:
    return np.sort(rng.permutation(places)[:count])


def _nearly(rng: np.random.Generator, true: np.ndarray, categories: int, right: float) -> np.ndarray:
    """The true category with chance `right`, else one of the others."""
    other = (true + rng.integers(1, categories, len(true))) % categories
    return np.where(rng.random(len(true)) < right, true, other)
