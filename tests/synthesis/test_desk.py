"""The support desk: the effects are as large as they were meant to be."""

from __future__ import annotations

import numpy as np
import pytest

from coursekit.synthesis.plan import END_SECOND
from coursekit.synthesis.world import World
from coursework.tables import CHANNELS


@pytest.fixture(scope="module")
def worlds() -> list[World]:
    return [World(seed) for seed in range(3)]


def test_the_first_response_by_mail_takes_as_long_as_on_a_real_list(worlds: list[World]) -> None:
    for world in worlds:
        desk = world.desk
        mail = (desk.channel == CHANNELS.index("email")) & (desk.first_response >= 0)
        wait = (desk.first_response - desk.opened)[mail]
        assert 1.5 < np.median(wait) / 3_600 < 2.1
        assert 8.6 < np.log(wait).mean() < 9.0
        assert 1.65 < np.log(wait).std() < 1.9
        assert 14 < np.quantile(wait, 0.9) / 3_600 < 22


def test_agents_in_live_chat_answer_as_quickly_as_real_ones(worlds: list[World]) -> None:
    for world in worlds:
        talk = world.talk
        chat = (talk.channel == CHANNELS.index("chat")) & (talk.role == 1) & (talk.parent >= 0)
        delay = talk.second[chat] - talk.second[talk.parent[chat]]
        delay = delay[delay > 0]
        assert 18 < np.median(delay) < 25
        assert 2.85 < np.log(delay).mean() < 3.15
        assert 0.65 < np.log(delay).std() < 0.9


def test_a_chat_has_as_many_turns_as_real_ones(worlds: list[World]) -> None:
    for world in worlds:
        chats = (world.desk.channel == CHANNELS.index("chat")) & (world.desk.agent >= 0)
        conversation = world.talk.conversation[: world.talk.desk_messages]
        size = np.bincount(conversation, minlength=len(chats))[chats]
        assert 14.5 < size.mean() < 17.5


def test_quick_answers_satisfy_a_little_more_and_solutions_much_more(worlds: list[World]) -> None:
    gaps = []
    for world in worlds:
        desk = world.desk
        for channel in range(4):
            own = (desk.channel == channel) & (desk.first_response >= 0)
            wait = desk.first_response[own] - desk.opened[own]
            low, high = np.quantile(wait, [0.2, 0.8])
            satisfied = desk.satisfied[own]
            gaps.append((own.sum(), satisfied[wait <= low].mean() - satisfied[wait >= high].mean()))
        assert desk.satisfied[desk.resolved].mean() - desk.satisfied[~desk.resolved].mean() > 0.3
    weight, gap = np.array(gaps).T
    assert 0.01 < np.average(gap, weights=weight) < 0.07


def test_about_seventy_per_cent_of_surveys_are_missing_and_not_at_random(worlds: list[World]) -> None:
    for world in worlds:
        desk = world.desk
        answered = desk.csat > 0
        assert 0.66 < 1 - answered.mean() < 0.76
        assert (desk.csat[answered] >= 4).mean() > desk.satisfied.mean() + 0.12


def test_nothing_happens_after_the_data_end_and_nobody_works_after_leaving(worlds: list[World]) -> None:
    for world in worlds:
        desk, people = world.desk, world.people
        assert desk.opened.max() < END_SECOND and desk.first_response.max() < END_SECOND
        taken = desk.agent >= 0
        leave = people.leave[desk.agent[taken]]
        day = desk.opened[taken].astype("datetime64[s]").astype("datetime64[D]")
        assert not (day > leave).any()  # NaT compares false


def test_busy_teams_answer_later() -> None:
    world = World(5)
    desk = world.desk
    mail = (desk.channel == CHANNELS.index("email")) & (desk.first_response >= 0)
    day = desk.opened // 86_400
    load = np.array(
        [((desk.team == team) & (day == when)).sum() for team, when in zip(desk.team[mail], day[mail], strict=True)]
    )
    wait = np.log((desk.first_response - desk.opened)[mail])
    assert wait[load >= np.quantile(load, 0.8)].mean() > wait[load <= np.quantile(load, 0.2)].mean() + 0.2
