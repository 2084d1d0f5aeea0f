"""Time zones and the hours at which people write, for whole arrays at once."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np

# Zones east and west, with and without summer time, one of them off the full hour.
ZONES = (
    "Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "America/Los_Angeles",
    "Asia/Kolkata",
    "Australia/Sydney",
)
ZONE_SHARE = np.array([0.30, 0.15, 0.22, 0.15, 0.12, 0.06])

# How likely people are to write in each hour of their own day: a peak in the late morning, a smaller one after lunch.
HOUR_WEIGHT = np.concatenate(
    [
        [0.6, 0.3, 0.2, 0.2, 0.3, 0.6, 1.4, 3.0, 5.6, 8.4, 10.2, 8.6],
        [6.0, 6.6, 7.6, 7.2, 6.2, 5.0, 4.0, 3.8, 3.8, 3.6, 2.6, 1.4],
    ]
)
# Monday first. A day of the weekend has 7.3 % of an e-mail list's messages, a weekday 16 to 18 %.
WEEKDAY_WEIGHT = np.array([17.2, 17.7, 17.4, 17.1, 16.0, 7.3, 7.3])

_FIRST, _LAST = 2023, 2027


@cache
def _changes(zone: str) -> tuple[np.ndarray, np.ndarray]:
    """When the zone's offset changes (seconds since 1970, UTC) and the offsets in seconds, one more than changes."""
    info = ZoneInfo(zone)
    start = int(datetime(_FIRST, 1, 1, tzinfo=UTC).timestamp())
    stop = int(datetime(_LAST, 1, 1, tzinfo=UTC).timestamp())
    seconds = np.arange(start, stop, 3600)
    offsets = np.array([_offset(info, second) for second in seconds[:: 24 * 7]])
    changes, values = [], [int(offsets[0])]
    for week in np.flatnonzero(np.diff(offsets)):
        # Within that week, the hour in which the offset changes.
        hours = seconds[week * 24 * 7 : (week + 1) * 24 * 7 + 1]
        hour = next(int(second) for second in hours if _offset(info, int(second)) != values[-1])
        changes.append(hour)
        values.append(_offset(info, hour))
    return np.array(changes, dtype="int64"), np.array(values, dtype="int64")


def _offset(info: ZoneInfo, second: int) -> int:
    delta = datetime.fromtimestamp(int(second), UTC).astimezone(info).utcoffset()
    assert delta is not None
    return int(delta.total_seconds())


def offsets(zone: np.ndarray, utc: np.ndarray) -> np.ndarray:
    """Seconds that local time is ahead of UTC, shape (n,).

    `zone` holds positions in `ZONES`, `utc` seconds since 1970, both of shape (n,).
    """
    result = np.empty(len(utc), dtype="int64")
    for code, name in enumerate(ZONES):
        own = zone == code
        changes, values = _changes(name)
        result[own] = values[np.searchsorted(changes, utc[own], side="right")]
    return result


def to_utc(zone: np.ndarray, local: np.ndarray) -> np.ndarray:
    """UTC seconds of local wall times, shape (n,).

    An hour that occurs twice is taken as one of the two, one that does not occur as an hour off.
    """
    guess = local - offsets(zone, local)
    return local - offsets(zone, guess)


def moments(rng: np.random.Generator, zone: np.ndarray, start: np.datetime64, busy: np.ndarray) -> np.ndarray:
    """UTC seconds at which people of these zones write, shape (n,): by the hours and weekdays of their own clock.

    `busy` has a weight for each day from `start` on, shape (days,).
    """
    count, days = len(zone), len(busy)
    calendar = start + np.arange(days)
    weekday = (calendar.astype("datetime64[D]").astype("int64") + 3) % 7
    weight = WEEKDAY_WEIGHT[weekday] * busy
    day = rng.choice(days, count, p=weight / weight.sum())
    hour = rng.choice(24, count, p=HOUR_WEIGHT / HOUR_WEIGHT.sum())
    first = start.astype("datetime64[s]").astype("int64")
    local = first + day * 86_400 + hour * 3_600 + rng.integers(0, 3_600, count)
    last = first + days * 86_400 - 1
    return np.clip(to_utc(zone, local), first, last)


def awake(rng: np.random.Generator, zone: np.ndarray, utc: np.ndarray, share: float) -> np.ndarray:
    """Move a share of the moments that fall into the writers' night or weekend to their next morning, shape (n,).

    Night is from 22 to 7 o'clock. Others do write at night, and some answer on Sundays.
    """
    local = utc + offsets(zone, utc)
    second = local % 86_400
    weekday = (local // 86_400 + 3) % 7
    night = (second < 7 * 3_600) | (second >= 22 * 3_600)
    resting = (night | (weekday >= 5)) & (rng.random(len(utc)) < share)
    days_on = np.where(second >= 22 * 3_600, 1, 0)
    days_on = np.where(weekday == 5, np.maximum(days_on, 2), np.where(weekday == 6, 1, days_on))
    # Friday late is Saturday by then, so it waits for Monday too.
    days_on = np.where((weekday == 4) & (second >= 22 * 3_600), 3, days_on)
    hour = 7.0 + 5.0 * rng.beta(2.0, 2.0, len(utc))
    morning = local - second + days_on * 86_400 + (hour * 3_600).astype("int64")
    later = np.maximum(morning - offsets(zone, utc), utc)
    return np.where(resting, later, utc)
