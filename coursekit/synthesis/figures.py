"""Figures of the community as it was made, before dirt: for the calibration, and as truth of chapter 1."""

from __future__ import annotations

import numpy as np

from coursekit.synthesis.threads import FORUM, LIST, Threads


def public_figures(threads: Threads) -> dict[str, float]:
    """Sizes, dialogue, reciprocity and concentration of the list and the forum together."""
    return community_figures(threads, (LIST, FORUM))


def community_figures(threads: Threads, channels: tuple[int, ...]) -> dict[str, float]:
    """Figures of some channels.

    Returns
    -------
    dict
        `messages`; of threads `mean_size`, `median_size`, `p90_size`, `p99_size`, `largest`, `alone` (share
        with one message), `dialogue` (share in which who opened it writes again after another's message);
        of replies `delay_median` (h), `delay_log_mean`, `delay_log_sd` (logarithm of seconds), `delay_p90` (h);
        `depth_0` to `depth_4` (shares of messages), `one_child` and `two_children` (shares of the answered
        messages); of people `once` (share who wrote once), `top` (share of messages by the top 1 %), `gini`,
        `reciprocity` (share of ordered pairs whose reverse answered too); `weekend_day` (share of messages on
        a day of the weekend, UTC).
    """
    own = np.flatnonzero(np.isin(threads.channel, channels))
    _, thread = np.unique(threads.thread[own], return_inverse=True)
    size = np.bincount(thread)
    replies = own[threads.parent[own] >= 0]
    answered = threads.parent[replies]
    delay = np.maximum(threads.second[replies] - threads.second[answered], 1)
    children = np.bincount(answered)
    children = children[children > 0]
    messages = np.bincount(threads.writer[own])
    messages = np.sort(messages[messages > 0])[::-1]
    depth = threads.depth[own]
    weekday = (threads.second[own] // 86_400 + 3) % 7
    return {
        "messages": float(len(own)),
        "mean_size": float(size.mean()),
        "median_size": float(np.median(size)),
        "p90_size": float(np.quantile(size, 0.9)),
        "p99_size": float(np.quantile(size, 0.99)),
        "largest": float(size.max()),
        "alone": float((size == 1).mean()),
        "dialogue": _dialogue(threads, own, thread),
        "delay_median": float(np.median(delay)) / 3_600,
        "delay_log_mean": float(np.log(delay).mean()),
        "delay_log_sd": float(np.log(delay).std()),
        "delay_p90": float(np.quantile(delay, 0.9)) / 3_600,
        **{f"depth_{level}": float((depth == level).mean()) for level in range(5)},
        "one_child": float((children == 1).mean()),
        "two_children": float((children == 2).mean()),
        "once": float((messages == 1).mean()),
        "top": float(messages[: max(round(len(messages) * 0.01), 1)].sum() / messages.sum()),
        "gini": gini(messages),
        "reciprocity": _reciprocity(threads.writer[replies], threads.writer[answered]),
        "weekend_day": float((weekday >= 5).mean()) / 2,
    }


def gini(counts: np.ndarray) -> float:
    """The Gini coefficient of counts, shape (n,): 0 if all are equal, near 1 if one has all."""
    ordered = np.sort(counts)
    count = len(ordered)
    return float(2 * (np.arange(1, count + 1) * ordered).sum() / (count * ordered.sum()) - (count + 1) / count)


def _reciprocity(who: np.ndarray, whom: np.ndarray) -> float:
    pairs = {(int(one), int(other)) for one, other in zip(who, whom, strict=True) if one != other}
    return sum((other, one) in pairs for one, other in pairs) / max(len(pairs), 1)


def _dialogue(threads: Threads, own: np.ndarray, thread: np.ndarray) -> float:
    """Messages of a thread stand in a row, but not by time; so the order is taken from the clock."""
    order = np.lexsort((threads.second[own], thread))
    writer, thread = threads.writer[own][order], thread[order]
    first = np.append(True, thread[1:] != thread[:-1])
    opener = writer[first][thread]
    other = (writer != opener).astype("int64")
    seen = other.cumsum()
    seen = seen - (seen - other)[first][thread]
    back = (writer == opener) & (seen > 0)
    return float((np.bincount(thread, back) > 0).mean())
