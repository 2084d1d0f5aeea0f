"""Texts of many messages at once, from the grammar of fragments."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from coursekit.synthesis.text.bank import Bank
from coursekit.synthesis.text.manners import EMOJI, SHARES, ByTone
from coursekit.synthesis.text.plans import POSITIONS, WRITERS, Plan, greeting_for, plans_for, sign_off_for
from coursekit.synthesis.text.typos import with_typos
from coursework.tables import CHANNELS, DIFFICULTY, FUNCTIONS, INTENTS, TONES

# Arrow's strings count their bytes in 32 bits, so one array holds 2 GiB.
MOST = 2_000_000


def compose(
    rng: np.random.Generator,
    *,
    role: np.ndarray,
    channel: np.ndarray,
    intent: np.ndarray,
    function: np.ndarray,
    tone: np.ndarray,
    difficulty: np.ndarray,
    topic: np.ndarray,
    position: np.ndarray,
    dressed: np.ndarray,
) -> pa.Array:
    """Write one text for each message.

    Parameters
    ----------
    rng
        The same state gives the same texts, on any machine.
    role, channel, intent, function, tone, difficulty
        Codes, shape (n,): places in `WRITERS` and in `CHANNELS`, `INTENTS`,
        `FUNCTIONS`, `TONES` and `DIFFICULTY` of `coursework.tables`.
    topic
        From 0 to `TOPICS` - 1, shape (n,); the same for all messages of a
        conversation, so that they speak of the same thing.
    position
        In the thread, shape (n,): 0 first message, 1 first answer, 2 later,
        3 last.
    dressed
        Whether a message that sells reads as help, shape (n,). It changes
        nothing for other intents.

    Returns
    -------
    pyarrow.Array
        Strings, length n. About 2 % have a typing error.

    Raises
    ------
    ValueError
        If n is over 2,000,000, more than one array of strings can hold.
    """
    n = len(role)
    if n > MOST:
        raise ValueError(f"{n:,} messages are too many for one array of texts; compose at most {MOST:,} at a time.")
    grammar = _grammar()
    topic = topic.astype(np.int64)
    tone, channel = tone.astype(np.int64), channel.astype(np.int64)
    place = _place((role, channel, intent, position, dressed), grammar.shape)
    count = grammar.plans[place]
    plan = grammar.first_plan[place] + np.floor(rng.random(n) * count).astype(np.int64)
    manner = _place((role, channel, position, tone), grammar.manner_shape)

    sets = {
        "greeting": grammar.greeting[manner],
        "lead": grammar.lead[plan, tone],
        "core": grammar.core[plan],
        "detail": grammar.detail[plan],
        "hardness": grammar.hardness[plan, difficulty],
        "turn": grammar.turn[plan],
        "aside": grammar.aside[plan, function],
        "close": grammar.close[plan, tone],
        "sign-off": grammar.sign_off[manner],
        "emoji": grammar.emoji[role, tone],
    }
    whole = grammar.whole[plan]
    # A chat or a post comes to the point without a lead.
    whole_of = {"turn": whole, "lead": whole & ~np.isin(channel, [CHANNELS.index("chat"), CHANNELS.index("social")])}
    columns = []
    for part in SHARES:
        draw = _draw(rng, np.array(SHARES[part])[channel])
        if part in whole_of:
            # What has to be said is said: then the draw only chooses the words.
            draw = np.where(whole_of[part] & (draw < 0.0), -draw, draw)
        columns.append(grammar.bank.texts(sets[part], topic, draw))
    texts = pc.binary_join_element_wise(*columns, "")
    return with_typos(rng, texts)


def _draw(rng: np.random.Generator, share: np.ndarray) -> np.ndarray:
    """From 0 to 1 where the part is used (a `share` of the cases), negative, from -1 to 0, where it is not."""
    drawn = rng.random(len(share))
    used = drawn < share
    above = np.minimum((drawn - share) / np.where(share < 1.0, 1.0 - share, 1.0), 1.0 - 1e-12)
    return np.where(used, drawn / np.where(share > 0.0, share, 1.0), -np.maximum(above, 1e-12))


def _place(codes: tuple[np.ndarray, ...], shape: tuple[int, ...]) -> np.ndarray:
    """The place of each combination of codes in a flat table of that shape."""
    place = np.zeros(len(codes[0]), np.int64)
    for code, size in zip(codes, shape, strict=True):
        place = place * size + code
    return place


@dataclass(frozen=True)
class _Grammar:
    """The grammar as arrays of numbers of sets in `bank`.

    `plans` and `first_plan` have one value for each combination of role,
    channel, intent, position and dressed; the parts one for each plan, and for
    each tone, difficulty or function if they go by it.
    """

    bank: Bank
    shape: tuple[int, ...]
    manner_shape: tuple[int, ...]
    plans: np.ndarray
    first_plan: np.ndarray
    greeting: np.ndarray
    lead: np.ndarray
    core: np.ndarray
    detail: np.ndarray
    hardness: np.ndarray
    turn: np.ndarray
    aside: np.ndarray
    close: np.ndarray
    sign_off: np.ndarray
    emoji: np.ndarray
    whole: np.ndarray


@cache
def _grammar() -> _Grammar:
    bank = Bank()
    numbers: dict[tuple[Plan, ...], int] = {}
    plans: list[Plan] = []
    counts, firsts = [], []
    for writer, channel, intent, position, dressed in product(WRITERS, CHANNELS, INTENTS, POSITIONS, (False, True)):
        alternatives = plans_for(writer, channel, intent, position, dressed)
        if alternatives not in numbers:
            numbers[alternatives] = len(plans)
            plans.extend(alternatives)
        counts.append(len(alternatives))
        firsts.append(numbers[alternatives])

    greeting, sign_off = [], []
    for writer, channel, position in product(WRITERS, CHANNELS, POSITIONS):
        between = "\n\n" if channel in ("email", "list") else " "
        greeting += [bank.add(by_tone, after=between) for by_tone in greeting_for(writer, channel, position)]
        sign_off += [bank.add(by_tone, before="\n\n") for by_tone in sign_off_for(writer, channel, position)]

    def by(variants: ByTone | tuple[tuple[str, ...], ...], before: str = "", after: str = "") -> list[int]:
        return [bank.add(fragments, before, after) for fragments in variants]

    return _Grammar(
        bank=bank,
        shape=(len(WRITERS), len(CHANNELS), len(INTENTS), len(POSITIONS), 2),
        manner_shape=(len(WRITERS), len(CHANNELS), len(POSITIONS), len(TONES)),
        plans=np.array(counts),
        first_plan=np.array(firsts),
        greeting=np.array(greeting),
        lead=np.array([by(plan.lead, after=" ") for plan in plans]),
        core=np.array([bank.add(plan.core) for plan in plans]),
        detail=np.array([bank.add(plan.detail, before=" ") for plan in plans]),
        hardness=np.array([by(plan.hardness, before=" ") for plan in plans]).reshape(-1, len(DIFFICULTY)),
        turn=np.array([bank.add(plan.turn, before=" ") for plan in plans]),
        aside=np.array([by(plan.aside, before=" ") for plan in plans]).reshape(-1, len(FUNCTIONS)),
        close=np.array([by(plan.close, before=" ") for plan in plans]),
        sign_off=np.array(sign_off),
        emoji=np.array(
            [by(EMOJI["organization" if writer in ("agent", "bot") else "customer"], before=" ") for writer in WRITERS]
        ),
        whole=np.array([plan.whole for plan in plans]),
    )
