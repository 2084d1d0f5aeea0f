"""The grammar: which fragments make a message, given who writes, where, what for and when in the thread.

A plan names one group of fragments for each part of a message; the parts of a
plan fit together whichever fragment of each is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from coursekit.synthesis.text import calls, customers, organization
from coursekit.synthesis.text.manners import ASIDES, CLOSES, GREETINGS, HARDNESS, SIGN_OFFS, ByTone
from coursework.tables import PUBLIC_CHANNELS

WRITERS = ("customer", "agent", "member", "bot")
POSITIONS = ("first", "second", "later", "last")

LEADS: Mapping[str, ByTone] = {**customers.LEADS, **organization.LEADS}
CORES: Mapping[str, tuple[str, ...]] = {**customers.CORES, **organization.CORES}
TURNS: Mapping[str, tuple[str, ...]] = {**customers.TURNS, **organization.TURNS}

_EMPTY = ("",)
_NO_TONE: ByTone = (_EMPTY, _EMPTY, _EMPTY)


@dataclass(frozen=True)
class Plan:
    """The fragments to draw from, for each part of a message that can vary.

    `lead` and `close` go by tone, `hardness` by difficulty, `aside` by
    function. With `whole` the turn is never left out, and the lead only in
    chats and posts: the message would not say what it is for without them.
    """

    lead: ByTone
    core: tuple[str, ...]
    turn: tuple[str, ...]
    close: ByTone
    detail: tuple[str, ...] = _EMPTY
    hardness: tuple[tuple[str, ...], ...] = (_EMPTY,) * 3
    aside: tuple[tuple[str, ...], ...] = (_EMPTY,) * 4
    whole: bool = False


def plans_for(writer: str, channel: str, intent: str, position: str, dressed: bool) -> tuple[Plan, ...]:
    """The plans of a message; one is drawn with equal chances. Dressed changes only messages that sell."""
    dressed = dressed and intent == "sell"
    if writer == "bot":
        plans: tuple[Plan, ...] = (_bot(intent, position, dressed),)
    elif writer == "agent":
        plans = _agent(intent, position, dressed)
    else:
        public = channel in PUBLIC_CHANNELS or writer == "member"
        plans = (_customer(intent, position, dressed, public),)
    if channel == "phone":
        speaker = "customer" if writer == "member" else writer
        return tuple(_called(plan, speaker, intent, position, dressed) for plan in plans)
    return plans


def greeting_for(writer: str, channel: str, position: str) -> ByTone:
    """How the message greets, by tone; in chats, calls and on social media nobody does."""
    if channel == "email":
        return GREETINGS["agent email" if writer in ("agent", "bot") else "customer email"]
    if channel in ("list", "forum") and position == "first" and writer != "bot":
        return GREETINGS[channel]
    return _NO_TONE


def sign_off_for(writer: str, channel: str, position: str) -> ByTone:
    """How the message is signed, by tone."""
    speaker = "customer" if writer == "member" else writer
    return SIGN_OFFS.get(f"{speaker} {channel}", _NO_TONE)


def _customer(intent: str, position: str, dressed: bool, public: bool) -> Plan:
    first, last = position == "first", position == "last"
    if intent == "ask":
        fact = {"first": "fact", "second": "fact second", "later": "fact later", "last": "ask last"}[position]
        request = TURNS["request later" if position == "later" else "request"]
        if public and position != "later":
            request = TURNS["request in public"]
        requests = request * 6 + TURNS["request with sales words"]
        return Plan(
            lead=_NO_TONE if last else LEADS["ask later" if position == "later" else f"ask {position}"],
            core=CORES[fact],
            turn=TURNS["none"] if last else requests,
            close=CLOSES["ask"],
            detail=_EMPTY if last else CORES["detail"],
            hardness=HARDNESS["customer"] if first else (_EMPTY,) * 3,
            aside=(_EMPTY,) * 4 if last else ASIDES["customer"],
        )
    if intent == "help":
        if last:
            return Plan(_NO_TONE, CORES["record"], TURNS["none"], CLOSES["customer"])
        if public:
            lead, core, turn = ("tip", "tip", "peer") if first else ("peer", "step", "peer")
        else:
            lead, core, turn = ("report", "fact", "report") if first else ("answer", "detail", "answer")
        aside = Plan.aside if public else ASIDES["customer"]
        whole = not (first or public)
        return Plan(LEADS[lead], CORES[core], TURNS[turn], CLOSES["customer"], aside=aside, whole=whole)
    if intent == "sell" and dressed:
        return Plan(LEADS["tip" if first else "peer"], CORES["dressed"], TURNS["dressed"], CLOSES["customer"])
    if intent == "sell":
        lead = "sell first" if first else "sell later"
        return Plan(LEADS[lead], CORES["sell"], TURNS["sell"], CLOSES["customer"], whole=True)
    if intent == "suggest":
        lead = "suggest first" if first else "suggest later"
        turns = TURNS["suggest"] * 5 + TURNS["suggest with sales words"]
        return Plan(LEADS[lead], CORES["idea"], turns, CLOSES["customer"], aside=ASIDES["customer"], whole=first)
    return Plan(_NO_TONE, CORES[f"chat {position}"], TURNS["chat" if first else "none"], CLOSES["customer chat"])


def _agent(intent: str, position: str, dressed: bool) -> tuple[Plan, ...]:
    first, last, close = position == "first", position == "last", CLOSES["agent"]
    aside = ASIDES["agent"]
    # What an agent says before the answer, unless the intent has words of its own.
    lead = LEADS[
        {"first": "agent notice", "second": "agent receipt", "later": "agent again", "last": "agent last"}[position]
    ]
    if intent == "sell" and dressed:
        return (Plan(lead, CORES["agent dressed"], TURNS["agent dressed"], close, whole=first),)
    if intent == "sell":
        lead = LEADS[
            {"first": "agent sell first", "second": "agent receipt", "later": "agent sell later"}.get(
                position, "agent sell last"
            )
        ]
        return (Plan(lead, CORES["agent sell"], TURNS["agent sell"], close, whole=True),)
    if intent == "help" and first:
        return (
            Plan(lead, CORES["agent notice"], TURNS["agent advice"], close, aside=aside, whole=True),
            Plan(lead, CORES["agent notice"], CORES["agent cause"], close, aside=aside, whole=True),
        )
    if intent == "help" and last:
        return (Plan(lead, CORES["agent solved"], TURNS["agent last"], close),)
    if intent == "help":
        step = Plan(lead, CORES["step"], TURNS["agent invite"], close, hardness=HARDNESS["agent step"], aside=aside)
        cause = Plan(lead, CORES["agent cause"], TURNS["agent try"], close, aside=aside)
        # At first there is advice to give; the cause is mostly found later.
        return (step, step, cause) if position == "second" else (step, cause, cause)
    if intent == "ask" and (first or last):
        turn = TURNS["agent survey" if first else "agent closing"]
        return (Plan(_NO_TONE, CORES[f"agent question {position}"], turn, close, aside=aside if first else Plan.aside),)
    if intent == "ask":
        lead = LEADS["agent more"] if position == "later" else lead
        plan = Plan(lead, CORES["agent question"], TURNS["agent question"], close, aside=aside)
        return (replace(plan, hardness=HARDNESS["agent question"]),)
    if intent == "suggest":
        lead = LEADS["agent idea first" if first else "agent idea later"]
        return (Plan(lead, CORES["idea"], TURNS["agent idea"], close, aside=aside, whole=True),)
    return (Plan(_NO_TONE, CORES[f"agent chat {position}"], TURNS["agent chat"], close),)


def _bot(intent: str, position: str, dressed: bool) -> Plan:
    lead, core, turn = {
        "help": ("bot tip", "bot tip", "bot person"),
        "ask": ("bot case", "agent question", "bot case"),
        "sell": ("bot news", "agent sell", "bot sell"),
        "suggest": ("bot votes", "idea", "bot votes"),
        "chat": ("", f"bot chat {position}", "bot chat"),
    }[intent]
    if dressed:
        lead, core, turn = "bot tip", "bot dressed", "bot person"
    elif intent == "ask" and position == "last":
        core, turn = "bot question last", "bot yes or no"
    return Plan(LEADS[lead] if lead else _NO_TONE, CORES[core], TURNS[turn], _NO_TONE, whole=True)


def _called(plan: Plan, speaker: str, intent: str, position: str, dressed: bool) -> Plan:
    """The plan as a note of a call: a label first, what followed from it last."""
    key = (speaker, "any" if speaker == "bot" else "help" if dressed and intent == "sell" else intent)
    label = calls.LABELS[key][0 if position == "first" else 1]
    if position == "last" and intent in ("ask", "help"):
        turn: tuple[str, ...] = _EMPTY
    else:
        turn = calls.TURNS[(speaker, "dressed") if dressed and speaker == "agent" and intent == "sell" else key]
    return replace(
        plan,
        lead=((label,),) * 3,
        turn=turn,
        close=_NO_TONE if speaker == "bot" else calls.CLOSES,
        whole=True,
    )
