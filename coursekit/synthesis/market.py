"""Possible customers, the advertisements they saw, and who bought (chapter 8).

Three channels make people buy who would not have. The fourth, the follower, is
shown to those who looked at the prices, and those were about to buy anyway: it
is seen last before most purchases and causes none. Each channel is kept from a
tenth of the prospects by lot, and from nobody more than one, so that what it
adds is the buying share of those from whom nothing was kept, minus the share
of those from whom it was. (Others who saw the channel are no fair comparison:
part of them lack another one.)

The causal graph: ``lot -> seen -> bought`` for three channels, and
``bought <- about to buy -> looked at the prices -> seen`` for the follower.
That credit by position misleads where advertisements follow buyers, and a
lottery does not, is shown on real campaigns by T. Blake, C. Nosko and
S. Tadelis (2015), "Consumer heterogeneity and paid search effectiveness",
Econometrica 83(1), 155-174.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from coursework.tables import SEGMENTS, TOUCH_CHANNELS

PROSPECTS = 8_000
SEGMENT_MIX = (0.6, 0.3, 0.1)
AUTUMN, DAYS = np.datetime64("2025-09-01", "s"), 91
DAY = 86_400
# Nobody buys in the first days: there must be time for something to be seen before.
FIRST_PURCHASE = 10
# Purchases that a look at the prices came before, and people who looked and did not buy.
LOOKED_BUYERS, LOOKED_OTHERS = 0.95, 0.16
# The follower is seen on the days between the look and the purchase, the others earlier; in days.
LOOK, REMINDERS = 4.0, (1.0, 30.0)
COST_SD = 0.35


@dataclass(frozen=True)
class Channel:
    """What one channel does, and costs.

    Of those from whom it is not kept the share `reach` sees it, and that adds
    `effect` to their chance of buying: its lift is the product. They see it once
    and `repeats` times more on average; `cost` is the median price of one
    contact in EUR.
    """

    name: str
    reach: float
    effect: float
    repeats: float
    cost: float

    @property
    def lift(self) -> float:
        """What it adds to the buying share, if it is kept from nobody."""
        return self.reach * self.effect


@dataclass(frozen=True)
class MarketEffects:
    """The channels that work, the one that only follows, and the share that buys without any."""

    working: tuple[Channel, ...]
    follower: Channel
    base: float = 0.012


def market_effects(strong: str, fair: str, modest: str, follower: str) -> MarketEffects:
    """The effects with these names of channels for the four parts.

    Costs are such that the strong channel is the dearest, and yet the follower
    the one to drop.
    """
    return MarketEffects(
        working=(
            Channel(strong, reach=0.60, effect=0.085, repeats=0.8, cost=1.60),
            Channel(fair, reach=0.50, effect=0.070, repeats=0.6, cost=0.80),
            Channel(modest, reach=0.40, effect=0.075, repeats=0.6, cost=0.65),
        ),
        # It is shown to all who looked, so it has no reach of its own.
        follower=Channel(follower, reach=0.0, effect=0.0, repeats=1.2, cost=2.10),
    )


def draw_market(rng: np.random.Generator) -> MarketEffects:
    """Draw which channel plays which part; the sizes of the effects stay."""
    strong, fair, modest, follower = (TOUCH_CHANNELS[number] for number in rng.permutation(len(TOUCH_CHANNELS)))
    return market_effects(strong, fair, modest, follower)


@dataclass(frozen=True)
class MarketTruth:
    """What was planted.

    `lift` is what each channel adds to the buying share, in percentage points,
    and `error` the standard error that the lottery leaves in it; `follower` is
    the channel that adds nothing, `price` what one customer more costs through
    the others, in EUR.
    """

    follower: str
    strongest: str
    lift: dict[str, float]
    error: dict[str, float]
    price: float


def make_market(
    rng: np.random.Generator, effects: MarketEffects, prospects: int = PROSPECTS
) -> tuple[pd.DataFrame, pd.DataFrame, MarketTruth]:
    """Make the prospects of one autumn, September to November 2025, and what they saw.

    Parameters
    ----------
    prospects
        How many, at least 1,000; the figures of the chapter need 8,000.

    Returns
    -------
    account, touch, truth
        `account` has one row for each prospect: `account_id`, `segment`,
        `start` (NaT for those who did not buy), `held_out` (None for those from
        whom nothing was kept). `touch` has one row for each contact, channel
        after channel, as four exports would be put one below the other; all
        contacts lie before the day of the purchase.
    """
    kept = _lot(rng, prospects)
    sees = {
        channel.name: (rng.random(prospects) < channel.reach) & (kept != channel.name) for channel in effects.working
    }
    chance = effects.base + sum(channel.effect * sees[channel.name] for channel in effects.working)
    bought = rng.random(prospects) < chance
    looked = rng.random(prospects) < np.where(bought, LOOKED_BUYERS, LOOKED_OTHERS)
    sees[effects.follower.name] = looked & (kept != effects.follower.name)

    # For those who do not buy: a day within the autumn from which the contacts are counted back.
    day = rng.integers(FIRST_PURCHASE, DAYS, prospects)
    account_id = np.array([f"x{number:05d}" for number in range(1, prospects + 1)], dtype=object)
    parts = []
    for channel in _as_stacked(rng, effects):
        near, far = (0.0, LOOK) if channel is effects.follower else REMINDERS
        parts.append(_contacts(rng, channel, account_id, np.flatnonzero(sees[channel.name]), day, near, far))
    touch = pd.concat(parts, ignore_index=True)
    touch.insert(0, "touch_id", [f"t{number:06d}" for number in range(1, len(touch) + 1)])

    start = (AUTUMN + day * np.timedelta64(DAY, "s")).astype("datetime64[s]")
    account = pd.DataFrame(
        {
            "account_id": account_id,
            "segment": rng.choice(SEGMENTS, prospects, p=SEGMENT_MIX),
            "start": np.where(bought, start, np.datetime64("NaT", "s")),
            "held_out": kept,
        }
    )
    return account, touch, _truth(effects, touch, prospects)


def _lot(rng: np.random.Generator, prospects: int) -> np.ndarray:
    """The channel kept from each prospect, shape (prospects,): each from a tenth, None for the rest."""
    kept = np.full(prospects, None, dtype=object)
    tenth = prospects // 10
    drawn = rng.permutation(prospects)
    for place, name in enumerate(TOUCH_CHANNELS):
        kept[drawn[place * tenth : (place + 1) * tenth]] = name
    return kept


def _as_stacked(rng: np.random.Generator, effects: MarketEffects) -> list[Channel]:
    """The channels in the order of the file.

    The follower is neither first nor last, so that the order of the rows does
    not happen to be the order in time.
    """
    others = [effects.working[number] for number in rng.permutation(len(effects.working))]
    return [others[0], effects.follower, *others[1:]]


def _contacts(
    rng: np.random.Generator,
    channel: Channel,
    account_id: np.ndarray,
    who: np.ndarray,
    day: np.ndarray,
    near: float,
    far: float,
) -> pd.DataFrame:
    """The contacts with one channel, in order of time: `near` to `far` days before midnight of `day`."""
    row = np.repeat(who, 1 + rng.poisson(channel.repeats, len(who)))
    until = day[row].astype(float)
    before = near + rng.random(len(row)) * (np.minimum(far, until) - near)
    # At least a second before: midnight belongs to the day of the purchase.
    second = np.minimum(np.floor((until - before) * DAY), until * DAY - 1).astype("timedelta64[s]")
    cost = channel.cost * rng.lognormal(0.0, COST_SD, len(row))
    order = np.argsort(second, kind="stable")
    return pd.DataFrame(
        {
            "account_id": account_id[row[order]],
            "channel": channel.name,
            "ts": AUTUMN + second[order],
            "cost": cost[order].round(2),
        }
    )


def _truth(effects: MarketEffects, touch: pd.DataFrame, prospects: int) -> MarketTruth:
    channels = (*effects.working, effects.follower)
    lift = {channel.name: channel.lift for channel in channels}
    share = effects.base + sum(lift.values())
    tenth = prospects // 10
    untouched = prospects - len(TOUCH_CHANNELS) * tenth
    error = {
        name: np.sqrt(share * (1 - share) / untouched + (share - added) * (1 - share + added) / tenth)
        for name, added in lift.items()
    }
    spent = touch.loc[touch["channel"] != effects.follower.name, "cost"].sum()
    return MarketTruth(
        follower=effects.follower.name,
        strongest=max(lift, key=lambda name: lift[name]),
        lift={name: round(100 * added, 4) for name, added in lift.items()},
        error={name: round(100 * float(one), 4) for name, one in error.items()},
        price=round(float(spent / (sum(lift.values()) * (prospects - tenth))), 2),
    )
