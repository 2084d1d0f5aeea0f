"""The model: the tables of conversations between an organization and its market.

This is the one definition of the data, made or imported. From it come the types
that the loader gives, the validation, the Data Package descriptions, the
dataset cards, and what an import can serve. `TABLES` is the canonical form;
a chapter's dataset (`coursework.datasets`) holds some of its tables and columns.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

ColumnType = Literal["string", "integer", "number", "boolean", "datetime", "date", "category"]


@dataclass(frozen=True)
class Column:
    """One column of a table.

    `type` "category" is ordered by `values`; "datetime" is a moment in UTC, "date" a day.
    `minimum` and `maximum` are inclusive. Only columns with `required=False` may be empty.
    """

    name: str
    type: ColumnType
    description: str
    unit: str | None = None
    values: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    required: bool = True


@dataclass(frozen=True)
class Reference:
    """A column whose values are those of another table's key, as `person.team_id` is of `team`."""

    column: str
    table: str
    target: str


@dataclass(frozen=True)
class Table:
    """One table: its columns, the columns that tell its rows apart, and what it refers to."""

    name: str
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    references: tuple[Reference, ...] = ()

    @property
    def column_names(self) -> list[str]:
        """The columns' names in the order of the file."""
        return [column.name for column in self.columns]

    def column(self, name: str) -> Column:
        """The column of that name; KeyError if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name!r}")

    def only(self, *names: str, required: Iterable[str] = ()) -> Table:
        """This table with some of its columns, those in `required` never empty."""
        always = set(required)
        columns = tuple(
            replace(column, required=column.required or column.name in always) for column in map(self.column, names)
        )
        kept = tuple(reference for reference in self.references if reference.column in names)
        return replace(self, columns=columns, references=kept)


CHANNELS = ("email", "chat", "phone", "social", "list", "forum")
PUBLIC_CHANNELS = ("social", "list", "forum")
CLOCKS = ("utc", "local")
CRAFT = ("apprentice", "journeyman", "master")
DIFFICULTY = ("easy", "medium", "hard")
FUNCTIONS = ("administration", "listening", "thinking", "engagement")
INTENTS = ("help", "ask", "sell", "suggest", "chat")
RATERS = ("first", "second", "panel")
ROLES = ("agent", "manager", "customer", "bot")
SEGMENTS = ("self-service", "business", "enterprise")
STREAMS = ("business", "personal")
TONES = ("cold", "neutral", "warm")
TOOLS = ("inbox", "suite")
TOUCH_CHANNELS = ("search", "newsletter", "social", "display")
ARMS = ("control", "treated")

_TABLES = (
    Table(
        "org",
        "One row for each organization whose figures are compared with others'.",
        (
            Column("org_id", "string", "Identifies the organization."),
            Column("size", "integer", "People who work there.", unit="people", minimum=1),
        ),
        key=("org_id",),
    ),
    Table(
        "team",
        "One row for each team of agents.",
        (
            Column("team_id", "string", "Identifies the team."),
            Column(
                "switched", "date", "The day on which the team changed its tool; empty if it never did.", required=False
            ),
            Column(
                "target_from",
                "date",
                "The day from which the team had a target for its first response time; empty if it had none.",
                required=False,
            ),
        ),
        key=("team_id",),
    ),
    Table(
        "person",
        "One row for each person, or bot, who takes part in a conversation.",
        (
            Column("person_id", "string", "Identifies the person."),
            Column("role", "category", "What the person is to the organization.", values=ROLES),
            Column("team_id", "string", "The team an agent works in.", required=False),
            Column("tz", "string", "The time zone the person lives in, by its IANA name.", required=False),
            Column(
                "craft",
                "category",
                "An agent's band on the craft rubric, scored on work done before the quarter began.",
                values=CRAFT,
                required=False,
            ),
            Column(
                "wage",
                "number",
                "What an hour of the agent's work costs.",
                unit="EUR per hour",
                minimum=0,
                required=False,
            ),
            Column("hire", "date", "An agent's first day.", required=False),
            Column(
                "leave",
                "date",
                "An agent's last day; empty for those who were still employed when the data ended.",
                required=False,
            ),
        ),
        key=("person_id",),
        references=(Reference("team_id", "team", "team_id"),),
    ),
    Table(
        "tool",
        "One row for each tool.",
        (
            Column("tool", "category", "Identifies the tool.", values=TOOLS),
            Column(
                "licence",
                "number",
                "Price of one seat; every agent who works with the tool needs one.",
                unit="EUR per seat and month",
                minimum=0,
            ),
        ),
        key=("tool",),
    ),
    Table(
        "account",
        "One row for each account: a customer, or someone who may become one.",
        (
            Column("account_id", "string", "Identifies the account."),
            Column("segment", "category", "The contract it has or would have.", values=SEGMENTS, required=False),
            Column("start", "date", "The day it became a customer; empty if it has not.", required=False),
            Column("left", "date", "The day it ended its contract; empty if it has not.", required=False),
            Column(
                "joined_community",
                "date",
                "The day it first took part in the public community; empty if it never did.",
                required=False,
            ),
            Column(
                "rating",
                "integer",
                "The stars it gave in public; empty for those who never rated, most of them.",
                unit="stars",
                minimum=1,
                maximum=5,
                required=False,
            ),
            Column(
                "held_out",
                "category",
                "The advertising channel kept from it, drawn by lot; empty if none was.",
                values=TOUCH_CHANNELS,
                required=False,
            ),
        ),
        key=("account_id",),
    ),
    Table(
        "conversation",
        "One row for each conversation between a customer and the organization, or in its community.",
        (
            Column("conv_id", "string", "Identifies the conversation."),
            Column("account_id", "string", "The account of the customer who began it.", required=False),
            Column("channel", "category", "Where it was held. Social, list and forum are public.", values=CHANNELS),
            Column("team_id", "string", "The team it was given to.", required=False),
            Column("agent_id", "string", "The agent who handled it, a `person_id`.", required=False),
            Column("tool", "category", "The tool the agent worked with.", values=TOOLS, required=False),
            Column("opened", "datetime", "When the customer wrote first.", unit="UTC"),
            Column(
                "first_response",
                "datetime",
                "When the organization first answered; empty if it never did.",
                unit="UTC",
                required=False,
            ),
            Column(
                "closed",
                "datetime",
                "When it was closed; empty if it was still open when the data ended.",
                unit="UTC",
                required=False,
            ),
            Column(
                "difficulty",
                "category",
                "How hard the case is, judged from the first message before anyone answered.",
                values=DIFFICULTY,
                required=False,
            ),
            Column("resolved", "boolean", "Whether the customer's problem was solved in the end.", required=False),
            Column(
                "csat",
                "integer",
                "The customer's answer to the survey after the conversation, from 1 (very unsatisfied) to 5 (very "
                "satisfied); empty for those who did not answer, most of them.",
                unit="points",
                minimum=1,
                maximum=5,
                required=False,
            ),
            Column(
                "minutes",
                "number",
                "Working time until the conversation was closed.",
                unit="minutes",
                minimum=0,
                required=False,
            ),
            Column(
                "rework_minutes",
                "number",
                "Working time after the conversation was opened again; 0 if it never was.",
                unit="minutes",
                minimum=0,
                required=False,
            ),
        ),
        key=("conv_id",),
        references=(
            Reference("account_id", "account", "account_id"),
            Reference("team_id", "team", "team_id"),
            Reference("agent_id", "person", "person_id"),
            Reference("tool", "tool", "tool"),
        ),
    ),
    Table(
        "message",
        "One row for each message.",
        (
            Column("msg_id", "string", "Identifies the message."),
            Column("conv_id", "string", "The conversation it belongs to."),
            Column(
                "reply_to",
                "string",
                "The message it answers; empty if it opens a conversation. Some answer a message that was lost.",
                required=False,
            ),
            Column("person_id", "string", "Who wrote it."),
            Column("ts", "datetime", "When it was written, by the clock that `clock` names.", unit="UTC, see clock"),
            Column(
                "clock",
                "category",
                "The clock of the time stamp: UTC, or the writer's local time stored as if it were UTC.",
                values=CLOCKS,
            ),
            Column(
                "sent_as",
                "category",
                "The account it was sent from: the writer's business or personal one.",
                values=STREAMS,
                required=False,
            ),
            Column("text", "string", "What it says.", required=False),
        ),
        key=("msg_id",),
        # No reference from reply_to: that some of the messages answered are lost is part of the data.
        references=(Reference("conv_id", "conversation", "conv_id"), Reference("person_id", "person", "person_id")),
    ),
    Table(
        "label",
        "One row for each message and rater: how one who coded it reads it.",
        (
            Column("msg_id", "string", "The message that was coded."),
            Column(
                "rater",
                "category",
                "Who coded it: the first or the second rater, or a panel that talked until it agreed, "
                "on a random part only.",
                values=RATERS,
            ),
            Column("intent", "category", "What the writer wants.", values=INTENTS, required=False),
            Column("function", "category", "Which of the four functions it serves.", values=FUNCTIONS, required=False),
            Column("tone", "category", "How it sounds.", values=TONES, required=False),
        ),
        key=("msg_id", "rater"),
        references=(Reference("msg_id", "message", "msg_id"),),
    ),
    Table(
        "event",
        "One row for each visit of a case to a stage of the work behind the conversation.",
        (
            Column("event_id", "string", "Identifies the visit."),
            Column("conv_id", "string", "The conversation the case came from."),
            Column("stage", "category", "The function that did the work.", values=FUNCTIONS),
            Column("enter", "datetime", "When the case came to the stage and began to wait.", unit="UTC"),
            Column("start", "datetime", "When work on it began; empty if not yet.", unit="UTC", required=False),
            Column("leave", "datetime", "When the stage was done; empty if not yet.", unit="UTC", required=False),
            Column("rework", "boolean", "Whether the case had been at this stage before."),
            Column(
                "source_msg_id",
                "string",
                "The message that gave the idea for the work; empty for all other work.",
                required=False,
            ),
        ),
        key=("event_id",),
        references=(
            Reference("conv_id", "conversation", "conv_id"),
            Reference("source_msg_id", "message", "msg_id"),
        ),
    ),
    Table(
        "week",
        "One row for each week.",
        (
            Column("week", "date", "The week's Monday."),
            Column(
                "answered_in_time",
                "number",
                "Conversations answered within the promised time.",
                unit="conversations",
                minimum=0,
                required=False,
            ),
            Column(
                "practice",
                "number",
                "Hours spent listening to customers, as an index.",
                unit="index, mean 100",
                required=False,
            ),
            Column("result", "number", "Customers' orders, as an index.", unit="index, mean 100", required=False),
            Column("campaign", "boolean", "Whether the campaign had begun.", required=False),
            Column(
                "visits",
                "number",
                "Visits to the website.",
                unit="thousand visits",
                minimum=0,
                required=False,
            ),
            Column("acq_spend", "number", "Spent to win customers.", unit="thousand EUR", minimum=0, required=False),
            Column("new_accounts", "integer", "Customers won.", unit="accounts", minimum=0, required=False),
            Column("keep_spend", "number", "Spent to keep customers.", unit="thousand EUR", minimum=0, required=False),
            Column(
                "kept_accounts",
                "integer",
                "Customers whose contract ended in the week and who stayed.",
                unit="accounts",
                minimum=0,
                required=False,
            ),
        ),
        key=("week",),
    ),
    Table(
        "touch",
        "One row for each contact of an account with an advertisement.",
        (
            Column("touch_id", "string", "Identifies the contact."),
            Column("account_id", "string", "The account that saw it."),
            Column("channel", "category", "Where it was seen.", values=TOUCH_CHANNELS),
            Column("ts", "datetime", "When it was seen.", unit="UTC"),
            Column("cost", "number", "What it cost.", unit="EUR", minimum=0),
        ),
        key=("touch_id",),
        references=(Reference("account_id", "account", "account_id"),),
    ),
    Table(
        "tool_event",
        "One row for each organization and week: what it spent on a tool that was much talked of, and what it earned.",
        (
            Column("org_id", "string", "The organization."),
            Column("week", "date", "The week's Monday."),
            Column("adopted", "boolean", "Whether the organization had the tool in that week."),
            Column("spend", "number", "Spent on tools.", unit="thousand EUR", minimum=0),
            Column("revenue", "number", "Earned.", unit="thousand EUR", minimum=0),
        ),
        key=("org_id", "week"),
        references=(Reference("org_id", "org", "org_id"),),
    ),
    Table(
        "trial",
        "One row for each arm of a small randomised trial with thank-you notes and rewards.",
        (
            Column("trial_id", "string", "Identifies the trial: what was tried."),
            Column("arm", "category", "The customers left alone, or those treated, drawn by lot.", values=ARMS),
            Column("customers", "integer", "Customers in the arm.", unit="customers", minimum=1),
            Column("returned", "integer", "Those who bought again within 90 days.", unit="customers", minimum=0),
        ),
        key=("trial_id", "arm"),
    ),
    Table(
        "belief_survey",
        "One row for each manager: what they believe about the customers.",
        (
            Column("person_id", "string", "The manager."),
            Column(
                "satisfied_share",
                "number",
                "The share of conversations that they believe leave the customer satisfied (4 or 5 points).",
                unit="share",
                minimum=0,
                maximum=1,
            ),
        ),
        key=("person_id",),
        references=(Reference("person_id", "person", "person_id"),),
    ),
)

TABLES: dict[str, Table] = {table.name: table for table in _TABLES}
