"""The chapters' datasets: which tables and columns each holds, and what its card says.

A dataset is cut from the canonical tables, so that a column means the same in
every chapter. `exercises` names the columns each exercise reads: from it follows
what an import of one's own can serve.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from coursework.tables import TABLES, Table


@dataclass(frozen=True)
class Dataset:
    """The tables of one chapter, and what its dataset card says.

    `dirt` says what is wrong with the data on purpose, or "" if nothing is;
    `exercises` gives for each exercise id the columns it reads, as "table.column".
    """

    slug: str
    title: str
    purpose: str
    planted: str
    dirt: str
    limits: str
    tables: tuple[Table, ...]
    exercises: Mapping[str, tuple[str, ...]]


_MADE_UP = "The people, messages and figures are made up."

_DATASETS = (
    Dataset(
        slug="conversations",
        title="Conversations",
        purpose=(
            "A year in the public community of an organization, December 2024 to November 2025: a mailing list and "
            "a forum in which customers, agents and a few bots write. The data serve to ask what a conversation is, "
            "and whether this is one: who answers whom, how often, and how much of the writing is a few people's."
        ),
        planted=(
            "Sizes of threads, depths of replies, delays and the share of the few who write most follow figures "
            "measured on real lists and forums."
        ),
        dirt=(
            "Some messages are stored twice, some again with a word or two changed. Part of the time stamps come "
            "from a client that writes local time as if it were UTC. Some replies answer messages that were lost, "
            "some are dated before what they answer, one person may write under an id in capitals too, and there "
            "are signatures, quotes, HTML, out-of-office notes and bots."
        ),
        limits=f"{_MADE_UP} Nobody's tone answers another's here; real people take up each other's words.",
        tables=(
            TABLES["message"].only("msg_id", "conv_id", "reply_to", "person_id", "ts", "clock", "text"),
            TABLES["person"].only("person_id", "role", "tz", required=("tz",)),
            TABLES["conversation"].only("conv_id", "channel", "opened"),
        ),
        exercises={
            "local-times": ("message.ts", "message.clock", "person.tz"),
            "duplicates": ("message.person_id", "message.text"),
            "thread-sizes": ("message.conv_id",),
            "dialogue-share": ("message.conv_id", "message.person_id", "message.reply_to"),
            "reciprocity": ("message.reply_to", "message.person_id"),
            "concentration": ("message.person_id",),
        },
    ),
    Dataset(
        slug="function-over-form",
        title="Function over form",
        purpose=(
            "What the organization's teams write, coded by the function it serves; what becomes of customers' "
            "suggestions; and how posts are passed on. Some teams changed their tool on the way. The data serve to "
            "ask whether a new form changed the function."
        ),
        planted=(
            "Each team has its own mix of functions. What the change of tool did to the mix, how many suggestions "
            "are acknowledged and acted on, and how far a post travels are fixed by the generator."
        ),
        dirt="",
        limits=f"{_MADE_UP} The coding has the errors of one rater.",
        tables=(
            TABLES["message"].only("msg_id", "conv_id", "reply_to", "person_id", "ts", "sent_as"),
            TABLES["conversation"].only("conv_id", "channel", "team_id", "opened"),
            TABLES["person"].only("person_id", "role", "team_id", "tz", required=("tz",)),
            TABLES["team"].only("team_id", "switched"),
            TABLES["label"].only("msg_id", "rater", "intent", "function", required=("intent", "function")),
            TABLES["event"].only("event_id", "conv_id", "stage", "enter", "leave", "source_msg_id"),
        ),
        exercises={
            "codebook-mix": ("label.function", "message.conv_id", "conversation.team_id"),
            "mix-distance": ("label.function", "message.ts", "conversation.team_id", "team.switched"),
            "permutation": ("label.function", "message.ts", "conversation.team_id", "team.switched"),
            "heard": ("label.intent", "message.reply_to", "person.role", "event.source_msg_id"),
            "spread": ("message.reply_to", "conversation.channel"),
            "streams": ("message.sent_as", "message.ts", "person.tz", "person.role"),
        },
    ),
    Dataset(
        slug="intent",
        title="Intent",
        purpose=(
            "Messages of a year, coded for intent by two raters and in part by a panel, and the conversations of a "
            "quarter in which some teams were given a target for their first response. The data serve to ask how "
            "well intent can be read, how much there is of each, when it changed, and what a target does."
        ),
        planted=(
            "The true intent of every message, each rater's way of erring, the month in which the mix of intents "
            "changed, and what the target did to the first response and to solutions."
        ),
        dirt="About one message in ten is ambiguous on purpose: selling dressed as help.",
        limits=f"{_MADE_UP} The raters err at random, by habits that do not change; real ones tire and learn.",
        tables=(
            TABLES["message"].only("msg_id", "ts", "text", required=("text",)),
            TABLES["label"].only("msg_id", "rater", "intent", "tone", required=("intent", "tone")),
            TABLES["conversation"].only(
                "conv_id", "team_id", "opened", "first_response", "resolved", required=("team_id", "resolved")
            ),
            TABLES["team"].only("team_id", "target_from"),
        ),
        exercises={
            "agreement": ("label.rater", "label.intent"),
            "kappa": ("label.rater", "label.intent"),
            "prevalence": ("label.rater", "label.intent"),
            "rule-quality": ("message.text", "label.rater", "label.intent"),
            "mix-change": ("message.ts", "label.intent"),
            "goodhart": (
                "conversation.opened",
                "conversation.first_response",
                "conversation.resolved",
                "conversation.team_id",
                "team.target_from",
            ),
        },
    ),
    Dataset(
        slug="tool-or-craft",
        title="Tool or craft",
        purpose=(
            "A support organization gave some of its agents a paid conversation suite; the others "
            "kept the shared inbox. The data cover one quarter, September to November 2025 (three "
            "months). They serve to ask whether the tool, or the craft of those who hold it, "
            "solves customers' problems, and at what cost."
        ),
        planted=(
            "The generator fixes how the tool, the agent's craft and the difficulty of the case "
            "act on the chance of a solution, and how agents came to their tools. So the true "
            "effect is known to the authors. The chapter is about finding it."
        ),
        dirt="",
        limits=(
            "The people, conversations and prices are made up. The craft rubric is free of "
            "scoring errors here, nothing but craft decides who works with which tool, and the "
            "suite is the same for everyone who has it. Real data grant none of these."
        ),
        tables=(
            TABLES["conversation"].only(
                "conv_id",
                "agent_id",
                "tool",
                "opened",
                "difficulty",
                "resolved",
                "minutes",
                "rework_minutes",
                required=("agent_id", "tool", "difficulty", "resolved", "minutes", "rework_minutes"),
            ),
            TABLES["person"].only("person_id", "craft", "wage", required=("craft", "wage")),
            TABLES["tool"],
        ),
        exercises={
            "full-cost": (
                "conversation.tool",
                "conversation.agent_id",
                "conversation.minutes",
                "conversation.rework_minutes",
                "conversation.resolved",
                "person.wage",
                "tool.licence",
            ),
            "raw-gap": ("conversation.tool", "conversation.resolved"),
            "strata": ("conversation.tool", "conversation.resolved", "conversation.agent_id", "person.craft"),
            "standardised-gap": ("conversation.tool", "conversation.resolved", "conversation.agent_id", "person.craft"),
            "gap-interval": ("conversation.tool", "conversation.resolved", "conversation.agent_id", "person.craft"),
            "hard-cases": (
                "conversation.difficulty",
                "conversation.resolved",
                "conversation.agent_id",
                "person.craft",
            ),
        },
    ),
    Dataset(
        slug="systems",
        title="Systems",
        purpose=(
            "A quarter of the work behind the conversations: each case passes the four functions, waits at each, and "
            "may come back. A weekly count tells how many conversations were answered in time. The data serve to "
            "find where work waits, and which weeks are worth a question."
        ),
        planted=(
            "The capacity of each stage, the share of cases that come back, and which weeks, if any, are not noise."
        ),
        dirt="",
        limits=f"{_MADE_UP} The stages work every day alike, and no case is more urgent than another.",
        tables=(
            TABLES["event"].only("event_id", "conv_id", "stage", "enter", "start", "leave", "rework"),
            TABLES["week"].only("week", "answered_in_time", required=("answered_in_time",)),
        ),
        exercises={
            "handovers": ("event.conv_id", "event.stage", "event.enter"),
            "first-time-yield": ("event.conv_id", "event.stage", "event.enter", "event.leave", "event.rework"),
            "littles-law": ("event.conv_id", "event.enter", "event.leave"),
            "bottleneck": ("event.stage", "event.enter", "event.start"),
            "signals": ("week.answered_in_time",),
            "spend-budget": ("event.stage", "event.enter", "event.start", "event.leave"),
        },
    ),
    Dataset(
        slug="results-lag",
        title="Results lag",
        purpose=(
            "Sixty weeks of an organization's practice and of its results, with the season both share and a "
            "campaign in between; and its customers' accounts: when each began, joined the community, and left. The "
            "data serve to ask when a change in practice shows, and what a campaign and a community change."
        ),
        planted=(
            "The lag from practice to result, the season, the trend, what the campaign did, and what taking part in "
            "the community does to the time a customer stays."
        ),
        dirt="Some weeks are missing.",
        limits=f"{_MADE_UP} The lag is one number and stays the same; real ones are spread and drift.",
        tables=(
            TABLES["week"].only(
                "week",
                "practice",
                "result",
                "campaign",
                "visits",
                required=("practice", "result", "campaign", "visits"),
            ),
            TABLES["account"].only("account_id", "start", "left", "joined_community", required=("start",)),
        ),
        exercises={
            "align-index": ("week.week", "week.practice", "week.result"),
            "deseasonalise": ("week.week", "week.result"),
            "best-lag": ("week.week", "week.practice", "week.result"),
            "lag-interval": ("week.week", "week.practice", "week.result"),
            "before-after": ("week.week", "week.campaign", "week.visits"),
            "immortal-time": ("account.start", "account.left", "account.joined_community"),
        },
    ),
    Dataset(
        slug="the-mirror",
        title="The mirror",
        purpose=(
            "Who is heard and who is not: a quarter's conversations, some never answered and some still open when the "
            "data ended on 1 December 2025, 0:00 UTC; a survey that few answer; public ratings by some accounts; what "
            "managers believe; agents' time with the organization; and what it costs to win or keep a customer. The "
            "data serve to ask what the visible part says of the whole."
        ),
        planted=(
            "The true waiting times, who answers the survey and who rates in public, how satisfied all customers "
            "are, how long agents stay, and the price of one customer more."
        ),
        dirt="Most surveys are not answered, and some cases were still open at the end.",
        limits=f"{_MADE_UP} Who rates in public depends on what the data show, and on nothing else.",
        tables=(
            TABLES["conversation"].only(
                "conv_id",
                "account_id",
                "channel",
                "opened",
                "first_response",
                "closed",
                "resolved",
                "csat",
                required=("account_id", "resolved"),
            ),
            TABLES["account"].only("account_id", "segment", "rating", required=("segment",)),
            TABLES["person"].only("person_id", "role", "hire", "leave", required=("hire",)),
            TABLES["belief_survey"],
            TABLES["week"].only(
                "week",
                "acq_spend",
                "new_accounts",
                "keep_spend",
                "kept_accounts",
                required=("acq_spend", "new_accounts", "keep_spend", "kept_accounts"),
            ),
        ),
        exercises={
            "median-wait": ("conversation.channel", "conversation.opened", "conversation.closed"),
            "ignored": ("conversation.channel", "conversation.opened", "conversation.first_response"),
            "tenure": ("person.hire", "person.leave"),
            "silent-customers": ("conversation.csat", "belief_survey.satisfied_share"),
            "reweight": (
                "account.segment",
                "account.rating",
                "conversation.account_id",
                "conversation.resolved",
            ),
            "ten-times": ("week.acq_spend", "week.new_accounts", "week.keep_spend", "week.kept_accounts"),
        },
    ),
    Dataset(
        slug="does-it-pay",
        title="Does it pay",
        purpose=(
            "Advertisements that possible customers saw, with a channel kept from some of them by lot; "
            "organizations' earnings before and after they bought a tool; and twenty small trials of thanks and "
            "rewards. The data serve to ask what paid, and how sure one can be."
        ),
        planted=(
            "What each channel truly adds, what the tool truly does to earnings, who bought it, and which of the "
            "trials have an effect at all."
        ),
        dirt="",
        limits=f"{_MADE_UP} The lot was obeyed: nobody saw an advertisement that was kept from them.",
        tables=(
            TABLES["account"].only("account_id", "segment", "start", "held_out", required=("segment",)),
            TABLES["touch"],
            TABLES["org"],
            TABLES["tool_event"],
            TABLES["trial"],
        ),
        exercises={
            "attribution": ("touch.account_id", "touch.channel", "touch.ts", "account.start"),
            "holdout-lift": ("account.start", "account.held_out"),
            "difference-in-differences": ("tool_event.week", "tool_event.adopted", "tool_event.revenue", "org.size"),
            "regression-to-the-mean": ("tool_event.week", "tool_event.adopted", "tool_event.revenue"),
            "many-claims": ("trial.customers", "trial.returned"),
            "decide": ("account.start", "account.held_out", "touch.channel", "touch.cost"),
        },
    ),
)

DATASETS: dict[str, Dataset] = {dataset.slug: dataset for dataset in _DATASETS}
