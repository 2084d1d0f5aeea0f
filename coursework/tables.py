"""The tables of the course: columns, types, units, keys.

This is the one definition of the data. The loader takes its types from here,
and so do the Data Package descriptions, the dataset cards and the validation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ColumnType = Literal["string", "integer", "number", "boolean", "datetime", "category"]


@dataclass(frozen=True)
class Column:
    """One column of a table.

    `type` "category" is ordered by `values`; "datetime" is always UTC.
    `minimum` is inclusive. Only columns with `required=False` may be empty.
    """

    name: str
    type: ColumnType
    description: str
    unit: str | None = None
    values: tuple[str, ...] = ()
    minimum: float | None = None
    required: bool = True


@dataclass(frozen=True)
class Table:
    """One table: its columns, its key, and the keys of other tables it refers to."""

    name: str
    description: str
    columns: tuple[Column, ...]
    key: str
    refers_to: tuple[tuple[str, str], ...] = ()  # (column, table); the column is that table's key

    @property
    def column_names(self) -> list[str]:
        """The columns' names in the order of the file."""
        return [column.name for column in self.columns]


@dataclass(frozen=True)
class Dataset:
    """The tables of one chapter, and what its dataset card says."""

    slug: str
    title: str
    purpose: str
    planted: str
    limits: str
    tables: tuple[Table, ...]


CRAFT = ("apprentice", "journeyman", "master")
DIFFICULTY = ("easy", "medium", "hard")
TOOLS = ("inbox", "suite")

_conversation = Table(
    "conversation",
    "One row for each conversation between a customer and an agent.",
    (
        Column("conv_id", "string", "Identifies the conversation."),
        Column("agent_id", "string", "The agent who handled it."),
        Column("tool", "category", "The tool the agent worked with.", values=TOOLS),
        Column("opened", "datetime", "When the customer wrote first.", unit="UTC"),
        Column(
            "difficulty",
            "category",
            "How hard the case is, judged from the first message before anyone answered.",
            values=DIFFICULTY,
        ),
        Column("resolved", "boolean", "Whether the customer's problem was solved in the end."),
        Column(
            "minutes",
            "number",
            "Working time until the conversation was closed.",
            unit="minutes",
            minimum=0,
        ),
        Column(
            "rework_minutes",
            "number",
            "Working time after the conversation was opened again; 0 if it never was.",
            unit="minutes",
            minimum=0,
        ),
    ),
    key="conv_id",
    refers_to=(("agent_id", "person"), ("tool", "tool")),
)

_person = Table(
    "person",
    "One row for each agent.",
    (
        Column("agent_id", "string", "Identifies the agent."),
        Column(
            "craft",
            "category",
            "Band on the craft rubric, scored on work done before the quarter began.",
            values=CRAFT,
        ),
        Column("wage", "number", "What an hour of the agent's work costs.", unit="EUR per hour", minimum=0),
    ),
    key="agent_id",
)

_tool = Table(
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
    key="tool",
)

DATASETS: dict[str, Dataset] = {
    dataset.slug: dataset
    for dataset in (
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
            limits=(
                "The people, conversations and prices are made up. The craft rubric is free of "
                "scoring errors here, nothing but craft decides who works with which tool, and the "
                "suite is the same for everyone who has it. Real data grant none of these."
            ),
            tables=(_conversation, _person, _tool),
        ),
    )
}
