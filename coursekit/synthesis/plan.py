"""How much of everything is made, and when it happens."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SIZES = {"small": 2_000, "standard": 50_000, "large": 10_000_000}
STANDARD = SIZES["standard"]
# More messages than this are made as the data of several organizations, one after another or side by side.
_ORGANIZATION_LIMIT = 200_000

QUARTER_START = np.datetime64("2025-09-01")
QUARTER_END = np.datetime64("2025-12-01")  # the data end here, at midnight UTC
QUARTER_DAYS = int((QUARTER_END - QUARTER_START).astype(int))
YEAR_START = np.datetime64("2024-12-01")
YEAR_DAYS = int((QUARTER_END - YEAR_START).astype(int))
END_SECOND = QUARTER_END.astype("datetime64[s]").astype("int64")


@dataclass(frozen=True)
class Plan:
    """The numbers of things in one organization's data; they grow with the messages asked for."""

    agents: tuple[int, int, int]  # per craft band
    managers: int
    customers: int
    conversations: int  # handled by an agent
    list_messages: int
    forum_messages: int
    posts: int  # social posts that may be passed on
    members: int  # of the community
    coded_by_two: int  # community messages that both raters code
    coded_by_panel: int
    coded_for_function: int  # agents' messages that the first rater codes
    cases_a_day: float  # conversations that go on into the work behind them
    prospects: int

    @property
    def agents_in_all(self) -> int:
        """Agents of all bands."""
        return sum(self.agents)


def plan_for(messages: int) -> Plan:
    """The plan for about so many messages in one organization; 50,000 is the course's own size."""
    share = messages / STANDARD

    def of(count: int, at_least: int = 1) -> int:
        return max(round(count * share), at_least)

    return Plan(
        agents=(of(180, 8), of(110, 8), of(110, 8)),
        managers=of(40, 8),
        customers=of(4_000, 60),
        conversations=of(9_000, 60),
        list_messages=of(6_200, 60),
        forum_messages=of(4_000, 60),
        posts=of(900, 20),
        members=of(1_700, 60),
        coded_by_two=of(3_000, 200),
        coded_by_panel=of(600, 60),
        coded_for_function=of(5_000, 120),
        cases_a_day=17.0 if share >= 1 else max(17.0 * share, 1.0),
        prospects=of(8_000, 1_000),
    )


def organizations(messages: int) -> list[int]:
    """Messages per organization: one up to 200,000, more beyond."""
    count = -(-messages // _ORGANIZATION_LIMIT)
    each, rest = divmod(messages, count)
    return [each + (number < rest) for number in range(count)]
