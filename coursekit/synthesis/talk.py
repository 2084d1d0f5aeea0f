"""Messages: those of the desk's conversations and those of the community, with what each is meant to do.

Which intent, function and tone a message has is decided here and is the truth;
raters see it through their own errors (`labels`), readers through the words (`text`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coursekit.synthesis.clocks import awake
from coursekit.synthesis.desk import Desk, pick
from coursekit.synthesis.effects import Effects
from coursekit.synthesis.people import TEAMS, People
from coursekit.synthesis.plan import END_SECOND
from coursekit.synthesis.streams import stream
from coursekit.synthesis.text import TOPICS, WRITERS
from coursekit.synthesis.threads import SOCIAL, Threads
from coursework.tables import CHANNELS, INTENTS

CUSTOMER, AGENT, MEMBER, BOT = (WRITERS.index(name) for name in ("customer", "agent", "member", "bot"))
HELP, ASK, SELL, SUGGEST, CHAT = (INTENTS.index(name) for name in ("help", "ask", "sell", "suggest", "chat"))
EMAIL, LIVE_CHAT, PHONE, ON_SOCIAL = (CHANNELS.index(name) for name in ("email", "chat", "phone", "social"))

# Messages beyond the first of each side. Live chat has 16.3 turns on average.
CHAT_SIZE_MEAN, CHAT_SIZE_SD = 2.67, 0.48
MORE_EMAILS, MORE_POSTS, SECOND_CALL = 0.95, 0.7, 0.25
ASKS_AGAIN = 0.3  # customers of ignored conversations who write once more
# Logarithm of the seconds between messages, by channel: customer, then agent.
DELAY_MEAN = np.array([[9.6, 9.2], [3.3, 3.08], [7.0, 4.5], [8.3, 8.3], [0, 0], [0, 0]])
DELAY_SD = np.array([[1.5, 1.5], [0.8, 0.73], [1.0, 0.8], [1.5, 1.5], [1, 1], [1, 1]])

# Intents, in the order of INTENTS: help, ask, sell, suggest, chat.
CUSTOMER_FIRST = np.array([0.0, 0.85, 0.0, 0.09, 0.06])
CUSTOMER_LATER = np.array([0.0, 0.45, 0.0, 0.05, 0.50])
AGENT_REPLY = np.array([0.72, 0.14, 0.09, 0.0, 0.05])
OPENING = np.array([0.08, 0.74, 0.0, 0.0, 0.18])  # of a thread, if it neither suggests nor sells
REPLY = np.array([0.56, 0.22, 0.0, 0.03, 0.19])
SELLS = np.array([0.06, 0.24])  # share of the community's messages that sell, before and after the change
DRESSED = 0.65  # of the messages that sell: dressed as help, so that about one message in ten is ambiguous

# Functions: each team has a mix of its own around this one; which tool it has makes no difference.
FUNCTION_MIX = np.array([0.22, 0.24, 0.18, 0.36])
FUNCTION_CONCENTRATION = 14.0
# Tones: cold, neutral, warm; busy agents write colder.
TONE = np.array([0.16, 0.56, 0.28])
TONE_LOAD = 0.05

# From which account people write: the personal one, by whether it is office hours on their clock.
PERSONAL = np.array([0.55, 0.14])  # outside, inside


@dataclass(frozen=True)
class Talk:
    """Messages, arrays of shape (messages,): the desk's first, then the community's.

    `person` is a position in the world's list of persons, `parent` one in these arrays (-1 for an
    opening message). `conversation` counts the desk's conversations first, then the threads.
    """

    conversation: np.ndarray
    parent: np.ndarray
    person: np.ndarray
    second: np.ndarray
    channel: np.ndarray
    role: np.ndarray
    position: np.ndarray
    topic: np.ndarray
    difficulty: np.ndarray
    intent: np.ndarray
    function: np.ndarray
    tone: np.ndarray
    dressed: np.ndarray
    team: np.ndarray  # of the conversation; -1 in the community
    desk_messages: int
    function_mix: np.ndarray  # (teams, functions)


@dataclass(frozen=True)
class PersonNumbers:
    """Where each kind of person begins in the world's list."""

    agents: int
    former: int
    managers: int
    contacts: int

    @property
    def first_manager(self) -> int:
        """The position of the first manager."""
        return self.agents + self.former

    @property
    def first_contact(self) -> int:
        """The position of the first customer contact: contact k writes for account k."""
        return self.first_manager + self.managers

    @property
    def first_bot(self) -> int:
        """The position of the first bot."""
        return self.first_contact + self.contacts


def make_talk(
    seed: int,
    organization: int,
    people: People,
    desk: Desk,
    threads: Threads,
    effects: Effects,
    numbers: PersonNumbers,
) -> Talk:
    """Draw the messages of one organization's conversations."""
    served = _desk_messages(seed, organization, people, desk, numbers)
    public = _community_messages(threads, numbers, len(desk.opened), len(served["conversation"]))
    both = {name: np.concatenate([served[name], public[name]]) for name in served}
    count = len(both["conversation"])
    topics = stream(seed, organization, "topics").integers(0, TOPICS, int(both["conversation"].max(initial=0)) + 1)

    rng = stream(seed, organization, "intents")
    intent = _intents(rng, both, threads, effects, len(served["conversation"]))
    dressed = (intent == SELL) & (rng.random(count) < DRESSED)
    rng = stream(seed, organization, "functions")
    mix = rng.dirichlet(FUNCTION_MIX * FUNCTION_CONCENTRATION, TEAMS)
    function = pick(rng, np.where((both["team"] >= 0)[:, None], mix[both["team"]], FUNCTION_MIX))
    rng = stream(seed, organization, "tones")
    load = np.zeros(count)
    agents = both["role"] == AGENT
    load[agents] = rng.normal(0.0, 1.0, int(agents.sum()))
    tone = pick(
        rng, np.stack([TONE[0] + TONE_LOAD * load, np.full(count, TONE[1]), TONE[2] - TONE_LOAD * load], axis=1)
    )
    return Talk(
        conversation=both["conversation"],
        parent=both["parent"],
        person=both["person"],
        second=both["second"],
        channel=both["channel"],
        role=both["role"],
        position=both["position"],
        topic=topics[both["conversation"]],
        difficulty=both["difficulty"],
        intent=intent,
        function=function,
        tone=tone,
        dressed=dressed,
        team=both["team"],
        desk_messages=len(served["conversation"]),
        function_mix=mix,
    )


def _desk_messages(
    seed: int, organization: int, people: People, desk: Desk, numbers: PersonNumbers
) -> dict[str, np.ndarray]:
    rng = stream(seed, organization, "desk messages")
    size = _desk_sizes(rng, desk)
    conversation = np.repeat(np.arange(len(size)), size)
    start = size.cumsum() - size
    position = np.arange(len(conversation)) - start[conversation]
    answered = desk.first_response[conversation] >= 0
    by_agent = answered & (position % 2 == 1)
    channel = desk.channel[conversation]
    side = by_agent.astype(int)
    delay = np.exp(rng.normal(DELAY_MEAN[channel, side], DELAY_SD[channel, side])) + 1.0
    delay[position == 0] = 0.0
    # The first answer is the desk's; a customer who is ignored writes again after days.
    first = (position == 1) & answered
    delay[first] = 0.0
    again = (position == 1) & ~answered
    delay[again] = rng.uniform(0.5, 4.0, int(again.sum())) * 86_400
    # What follows the first answer fits in before the close.
    total = np.bincount(conversation, delay, minlength=len(size))
    room = np.maximum(desk.would_close - desk.first_response, 60)
    shrink = np.where((desk.first_response >= 0) & (total > room), room / np.maximum(total, 1.0), 1.0)
    delay = np.where(answered, delay * shrink[conversation], delay)
    since = delay.cumsum()
    since -= since[start][conversation]
    begin = np.where(answered & (position > 0), desk.first_response[conversation], desk.opened[conversation])
    second = begin + since.astype("int64")
    slow = (channel == EMAIL) & (position > 1)
    agent = desk.agent[conversation]
    zone = people.zone[np.maximum(agent, 0)]
    second[slow] = awake(rng, zone[slow], second[slow], 0.3)
    # Moved to a morning, a message could come before its predecessor's.
    second = _in_order(second, start, conversation)
    kept = second < END_SECOND
    place = kept.cumsum() - 1
    contact = numbers.first_contact + desk.account[conversation]
    # Closing words say that it is solved, so an unsolved case ends without them.
    last = (position == size[conversation] - 1) & desk.resolved[conversation]
    return {
        "conversation": conversation[kept],
        "parent": np.where(position[kept] > 0, place[kept] - 1, -1),
        "person": np.where(by_agent, agent, contact)[kept],
        "second": second[kept],
        "channel": channel[kept],
        "role": np.where(by_agent, AGENT, CUSTOMER)[kept],
        "position": np.where(position < 2, position, np.where(last, 3, 2))[kept],
        "difficulty": desk.difficulty[conversation][kept],
        "team": desk.team[conversation][kept],
    }


def _desk_sizes(rng: np.random.Generator, desk: Desk) -> np.ndarray:
    count = len(desk.channel)
    answered = desk.first_response >= 0
    chat = np.maximum(np.exp(rng.normal(CHAT_SIZE_MEAN, CHAT_SIZE_SD, count)).round(), 4)
    size = np.select(
        [desk.channel == EMAIL, desk.channel == LIVE_CHAT, desk.channel == PHONE],
        [2 + rng.poisson(MORE_EMAILS, count), chat, 2 + (rng.random(count) < SECOND_CALL)],
        2 + rng.poisson(MORE_POSTS, count),
    ).astype("int64")
    return np.where(answered, size, 1 + (rng.random(count) < ASKS_AGAIN))


def _in_order(second: np.ndarray, start: np.ndarray, conversation: np.ndarray) -> np.ndarray:
    """The times, none before the one that precedes it in the conversation."""
    if len(second) == 0:
        return second
    # A step per conversation larger than any time turns the running maximum into one per conversation.
    step = int(second.max()) + 1
    lifted = np.maximum.accumulate(second + conversation * step)
    return lifted - conversation * step


def _community_messages(
    threads: Threads, numbers: PersonNumbers, conversations: int, messages: int
) -> dict[str, np.ndarray]:
    writer = threads.writer
    is_agent = writer >= threads.members
    agent = threads.agents[np.minimum(np.maximum(writer - threads.members, 0), len(threads.agents) - 1)]
    count = len(writer)
    return {
        "conversation": conversations + threads.thread,
        "parent": np.where(threads.parent >= 0, threads.parent + messages, -1),
        "person": np.where(is_agent, agent, numbers.first_contact + writer),
        "second": threads.second,
        "channel": threads.channel,
        "role": np.where(is_agent, AGENT, MEMBER),
        "position": np.minimum(threads.depth, 2),
        "difficulty": np.ones(count, dtype="int64"),
        "team": np.full(count, -1),
    }


def _intents(
    rng: np.random.Generator, both: dict[str, np.ndarray], threads: Threads, effects: Effects, desk_messages: int
) -> np.ndarray:
    count = len(both["role"])
    first = both["parent"] < 0
    agents = both["role"] == AGENT
    customers = both["role"] == CUSTOMER
    chances = np.empty((count, len(INTENTS)))
    chances[:] = REPLY
    chances[first] = OPENING
    chances[agents] = AGENT_REPLY
    chances[customers & first] = CUSTOMER_FIRST
    chances[customers & ~first] = CUSTOMER_LATER
    intent = pick(rng, chances)
    community = np.arange(count) >= desk_messages
    change = np.datetime64(effects.mix_month).astype("datetime64[s]").astype("int64")
    sells = SELLS[(both["second"] >= change).astype(int)]
    intent[community & (intent == SELL)] = HELP
    intent[community & (rng.random(count) < sells)] = SELL
    # A post that is passed on says what it said.
    suggests = np.zeros(count, bool)
    suggests[desk_messages:] = threads.suggests
    intent[suggests] = SUGGEST
    unplanned = community & first & (intent == SUGGEST) & ~suggests
    intent[unplanned] = ASK
    return intent


def sent_as(seed: int, organization: int, office: np.ndarray) -> np.ndarray:
    """1 for the personal account, 0 for the business one, shape (n,); `office` tells whether it was office hours."""
    rng = stream(seed, organization, "accounts written from")
    return (rng.random(len(office)) < PERSONAL[office.astype(int)]).astype("int64")


def copies(talk: Talk) -> np.ndarray:
    """Whether a message only passes a post on, shape (messages,): then its text is the post's."""
    return (talk.channel == SOCIAL) & (talk.parent >= 0) & (np.arange(len(talk.parent)) >= talk.desk_messages)
