"""Tool or craft: right answers, named mistakes and hints."""

import numpy as np
import pandas as pd

from coursekit.assessment import Exercises, Number, PerGroup

ask = Exercises(dataset="tool-or-craft", title="Tool or craft", minutes=90)

BANDS = ("apprentice", "journeyman", "master")


@ask.other_data
def other_data(tables, seed):
    rng = np.random.default_rng(seed)
    person, tool = tables["person"].copy(), tables["tool"].copy()
    conversation = tables["conversation"].sample(frac=0.8, random_state=rng)
    craft = conversation["agent_id"].map(person.set_index("person_id")["craft"]).astype(str)
    suite = conversation["tool"] == "suite"
    # Another mix and another effect in each band, so that no number of the public data holds here. Bands and gaps
    # differ in size whatever the seed: with equal ones a wrong standard would give nearly the right answer.
    sizes, harms = rng.permutation([0.25, 0.5, 1.0]), rng.permutation([0.02, 0.16, 0.3])
    keep = pd.Series(1.0, index=conversation.index)
    lose = pd.Series(0.0, index=conversation.index)
    for band, size, harm in zip(("apprentice", "journeyman", "master"), sizes, harms, strict=True):
        for is_suite in (True, False):
            cell = (craft == band) & (suite == is_suite)
            keep[cell], lose[cell] = size * rng.uniform(0.6, 1.0), harm * is_suite + rng.uniform(0.02, 0.1)
    kept = rng.random(len(conversation)) < keep
    lost = rng.random(len(conversation)) < lose
    conversation = conversation.assign(
        resolved=conversation["resolved"] & ~lost,
        minutes=(conversation["minutes"] * rng.uniform(0.7, 1.4)).round(1),
        rework_minutes=(conversation["rework_minutes"] * rng.uniform(1.2, 2.0)).round(1),
    )[kept]
    tool["licence"] = np.where(tool["tool"] == "suite", rng.uniform(10, 40), rng.uniform(1, 5)).round(2)
    person["wage"] = (person["wage"] * rng.uniform(0.8, 1.3, len(person))).round(2)
    return {"conversation": conversation.reset_index(drop=True), "person": person, "tool": tool}


@ask.exercise(
    "raw-gap",
    title="The raw gap",
    objective="raw-gap",
    points=1,
    form=Number("a difference of two shares", minimum=-1, maximum=1),
    tolerance=0.0001,
)
def raw_gap(conversation):
    """Return the raw gap: the suite's resolved share minus the inbox's.

    The resolved share of a tool is the number of its resolved conversations
    divided by the number of all its conversations. Return one number between
    -1 and 1; do not round it.
    """
    share = conversation.groupby("tool", observed=True)["resolved"].mean()
    return share["suite"] - share["inbox"]


@raw_gap.mistake(
    "reversed",
    hint="The size fits, the sign does not. Which tool's share stands first in the question, and which is taken away?",
)
def _(conversation):
    share = conversation.groupby("tool", observed=True)["resolved"].mean()
    return share["inbox"] - share["suite"]


@raw_gap.mistake(
    "average-of-agents",
    hint="This is an average over agents: one with three conversations counts as much as one with thirty. "
    "The question is about conversations. What is one row of the table?",
)
def _(conversation):
    by_agent = conversation.groupby(["tool", "agent_id"], observed=True)["resolved"].mean()
    share = by_agent.groupby("tool", observed=True).mean()
    return share["suite"] - share["inbox"]


@raw_gap.mistake(
    "share-of-all",
    hint="Each tool's resolved conversations are divided by the conversations of both tools together. "
    "Then the tool with more conversations wins. Divided by which conversations is a tool's own share?",
)
def _(conversation):
    resolved = conversation.groupby("tool", observed=True)["resolved"].sum() / len(conversation)
    return resolved["suite"] - resolved["inbox"]


@raw_gap.alternative
def _(conversation):
    suite = conversation["tool"] == "suite"
    return np.mean(conversation.loc[suite, "resolved"]) - np.mean(conversation.loc[~suite, "resolved"])


@raw_gap.alternative
def _(conversation):
    table = pd.crosstab(conversation["tool"].astype(str), conversation["resolved"], normalize="index")
    return float(table.loc["suite", True] - table.loc["inbox", True])


@ask.exercise(
    "strata",
    title="The gap within each craft band",
    objective="strata",
    points=2,
    form=PerGroup("a difference of two shares", by="craft band", groups=BANDS, minimum=-1, maximum=1),
    tolerance=0.0001,
)
def strata(conversation, person):
    """Return the gap within each craft band.

    It is the suite's resolved share minus the inbox's, among the conversations
    of that band's agents only. Return a Series with the craft bands as its
    index and one number between -1 and 1 for each; do not round them.
    """
    merged = conversation.merge(person, left_on="agent_id", right_on="person_id")
    share = merged.groupby(["craft", "tool"], observed=True)["resolved"].mean().unstack()
    return share["suite"] - share["inbox"]


@strata.mistake(
    "wrong-margin",
    hint="These are shares of the bands among the resolved conversations. They tell where solutions come "
    "from, not how often a band solves with a tool. Which number belongs below the line: all resolved, or "
    "all of that band and tool?",
)
def _(conversation, person):
    merged = conversation.merge(person, left_on="agent_id", right_on="person_id")
    count = merged.groupby(["craft", "tool"], observed=True)["resolved"].sum().unstack()
    share = count / count.sum()
    return share["suite"] - share["inbox"]


@strata.mistake(
    "reversed",
    hint="The sizes fit, the signs do not. Which tool's share is taken away from which?",
)
def _(conversation, person):
    merged = conversation.merge(person, left_on="agent_id", right_on="person_id")
    share = merged.groupby(["craft", "tool"], observed=True)["resolved"].mean().unstack()
    return share["inbox"] - share["suite"]


@strata.mistake(
    "average-of-agents",
    hint="Within each band this is an average over agents, busy ones and idle ones alike. "
    "The question is about the band's conversations. What is one row of the joined table?",
)
def _(conversation, person):
    merged = conversation.merge(person, left_on="agent_id", right_on="person_id")
    by_agent = merged.groupby(["craft", "tool", "agent_id"], observed=True)["resolved"].mean()
    share = by_agent.groupby(["craft", "tool"], observed=True).mean().unstack()
    return share["suite"] - share["inbox"]


@strata.alternative
def _(conversation, person):
    craft = person.set_index("person_id")["craft"]
    band = conversation["agent_id"].map(craft).astype(str)
    gaps = {}
    for name in ("master", "journeyman", "apprentice"):
        own = conversation[band == name]
        suite = own["tool"] == "suite"
        gaps[name] = own.loc[suite, "resolved"].mean() - own.loc[~suite, "resolved"].mean()
    return gaps


@strata.alternative
def _(conversation, person):
    merged = person.merge(conversation, left_on="person_id", right_on="agent_id")
    table = merged.pivot_table(index="craft", columns="tool", values="resolved", observed=True)
    return table["suite"].sub(table["inbox"])


@ask.exercise(
    "standardised-gap",
    title="The standardised gap",
    objective="standardise",
    points=3,
    form=Number("a difference of two shares", minimum=-1, maximum=1),
    tolerance=0.0002,
)
def standardised_gap(conversation, person):
    """Return the gap that both tools would show with the same mix of bands.

    Take the gap within each craft band and average the three. Weigh each band by
    its share of all conversations, those of both tools together. Return one
    number between -1 and 1; do not round it.
    """
    merged = conversation.merge(person, left_on="agent_id", right_on="person_id")
    share = merged.groupby(["craft", "tool"], observed=True)["resolved"].mean().unstack()
    weight = merged["craft"].value_counts(normalize=True)
    return ((share["suite"] - share["inbox"]) * weight).sum()


@standardised_gap.mistake(
    "raw",
    hint="This is the raw gap. Are masters equally spread over the two tools? As long as they are not, "
    "the tools' shares mix what the tool does with who holds it.",
)
def _(conversation, person):
    share = conversation.groupby("tool", observed=True)["resolved"].mean()
    return share["suite"] - share["inbox"]


@standardised_gap.mistake(
    "unweighted",
    hint="The three gaps are averaged as if every band had as many conversations as the others. "
    "How many conversations does each band have?",
)
def _(conversation, person):
    merged = conversation.merge(person, left_on="agent_id", right_on="person_id")
    share = merged.groupby(["craft", "tool"], observed=True)["resolved"].mean().unstack()
    return (share["suite"] - share["inbox"]).mean()


@standardised_gap.mistake(
    "weights-of-the-suite",
    hint="The weights are the bands' shares among the suite's conversations. That answers what the suite did "
    "where it is used. The question names another standard: whose conversations does it count?",
)
def _(conversation, person):
    merged = conversation.merge(person, left_on="agent_id", right_on="person_id")
    share = merged.groupby(["craft", "tool"], observed=True)["resolved"].mean().unstack()
    weight = merged.loc[merged["tool"] == "suite", "craft"].value_counts(normalize=True)
    return ((share["suite"] - share["inbox"]) * weight).sum()


@standardised_gap.mistake(
    "weights-of-agents",
    hint="The weights count agents. The standard asked for counts conversations, and a busy band has more "
    "of them. Which table has one row for each conversation?",
)
def _(conversation, person):
    merged = conversation.merge(person, left_on="agent_id", right_on="person_id")
    share = merged.groupby(["craft", "tool"], observed=True)["resolved"].mean().unstack()
    weight = person["craft"].value_counts(normalize=True)
    return ((share["suite"] - share["inbox"]) * weight).sum()


@standardised_gap.alternative
def _(conversation, person):
    merged = conversation.merge(person, left_on="agent_id", right_on="person_id")
    total = 0.0
    for _, own in merged.groupby("craft", observed=True):
        suite = own.loc[own["tool"] == "suite", "resolved"].mean()
        inbox = own.loc[own["tool"] == "inbox", "resolved"].mean()
        total += (suite - inbox) * len(own) / len(merged)
    return total


@standardised_gap.alternative
def _(conversation, person):
    merged = conversation.merge(person, left_on="agent_id", right_on="person_id")
    size = merged.groupby("craft", observed=True)["resolved"].size()
    share = merged.groupby(["tool", "craft"], observed=True)["resolved"].mean()
    suite = np.average(share["suite"], weights=size.loc[share["suite"].index])
    inbox = np.average(share["inbox"], weights=size.loc[share["inbox"].index])
    return suite - inbox


@ask.exercise(
    "full-cost",
    title="The full cost of a solution",
    objective="full-cost",
    points=4,
    form=PerGroup("EUR per resolved conversation", by="tool", groups=("inbox", "suite"), minimum=0),
    tolerance=0.01,
)
def full_cost(conversation, person, tool):
    """Return what one resolved conversation costs with each tool.

    Three costs add up for each tool: the work (`minutes` at the agent's hourly
    `wage`), the rework (`rework_minutes` at the same wage) and the licences (one
    seat for every agent who works with the tool, for three months). Divide their
    sum by the number of the tool's resolved conversations. Return a Series with
    the tools as its index, in EUR and not rounded.
    """
    merged = conversation.merge(person, left_on="agent_id", right_on="person_id")
    hours = (merged["minutes"] + merged["rework_minutes"]) / 60
    work = (hours * merged["wage"]).groupby(merged["tool"], observed=True).sum()
    seats = conversation.groupby("tool", observed=True)["agent_id"].nunique()
    licences = seats * 3 * tool.set_index("tool")["licence"]
    resolved = conversation.groupby("tool", observed=True)["resolved"].sum()
    return (work + licences) / resolved


@full_cost.mistake(
    "licence-only",
    hint="Only the licences are counted. What does an agent's hour cost, and who pays for it?",
)
def _(conversation, person, tool):
    seats = conversation.groupby("tool", observed=True)["agent_id"].nunique()
    licences = seats * 3 * tool.set_index("tool")["licence"]
    return licences / conversation.groupby("tool", observed=True)["resolved"].sum()


@full_cost.mistake(
    "no-rework",
    hint="The work after a conversation was opened again is missing. Which column holds it, and who is paid for it?",
)
def _(conversation, person, tool):
    merged = conversation.merge(person, left_on="agent_id", right_on="person_id")
    work = (merged["minutes"] / 60 * merged["wage"]).groupby(merged["tool"], observed=True).sum()
    seats = conversation.groupby("tool", observed=True)["agent_id"].nunique()
    licences = seats * 3 * tool.set_index("tool")["licence"]
    return (work + licences) / conversation.groupby("tool", observed=True)["resolved"].sum()


@full_cost.mistake(
    "per-conversation",
    hint="The cost is shared among all conversations, solved or not. "
    "A conversation that solves nothing costs money too: what should the sum be divided by?",
)
def _(conversation, person, tool):
    merged = conversation.merge(person, left_on="agent_id", right_on="person_id")
    hours = (merged["minutes"] + merged["rework_minutes"]) / 60
    work = (hours * merged["wage"]).groupby(merged["tool"], observed=True).sum()
    seats = conversation.groupby("tool", observed=True)["agent_id"].nunique()
    licences = seats * 3 * tool.set_index("tool")["licence"]
    return (work + licences) / conversation.groupby("tool", observed=True)["resolved"].size()


@full_cost.mistake(
    "one-month",
    hint="A seat is paid by the month. How many months do the data cover?",
)
def _(conversation, person, tool):
    merged = conversation.merge(person, left_on="agent_id", right_on="person_id")
    hours = (merged["minutes"] + merged["rework_minutes"]) / 60
    work = (hours * merged["wage"]).groupby(merged["tool"], observed=True).sum()
    seats = conversation.groupby("tool", observed=True)["agent_id"].nunique()
    licences = seats * tool.set_index("tool")["licence"]
    return (work + licences) / conversation.groupby("tool", observed=True)["resolved"].sum()


@full_cost.mistake(
    "seat-per-conversation",
    hint="A licence is counted for every conversation. How many seats does one agent need, "
    "however many conversations there are?",
)
def _(conversation, person, tool):
    merged = conversation.merge(person, left_on="agent_id", right_on="person_id")
    hours = (merged["minutes"] + merged["rework_minutes"]) / 60
    work = (hours * merged["wage"]).groupby(merged["tool"], observed=True).sum()
    seats = conversation.groupby("tool", observed=True)["agent_id"].size()
    licences = seats * 3 * tool.set_index("tool")["licence"]
    return (work + licences) / conversation.groupby("tool", observed=True)["resolved"].sum()


@full_cost.alternative
def _(conversation, person, tool):
    wage = dict(zip(person["person_id"], person["wage"], strict=True))
    licence = dict(zip(tool["tool"], tool["licence"], strict=True))
    cost = {}
    for name in ("inbox", "suite"):
        own = conversation[conversation["tool"] == name]
        work = sum((row.minutes + row.rework_minutes) / 60 * wage[row.agent_id] for row in own.itertuples())
        cost[name] = (work + own["agent_id"].nunique() * 3 * licence[name]) / own["resolved"].sum()
    return cost


@full_cost.alternative
def _(conversation, person, tool):
    merged = conversation.merge(person, left_on="agent_id", right_on="person_id").merge(tool, on="tool")
    merged["work"] = merged.eval("(minutes + rework_minutes) / 60 * wage")
    seats = merged.drop_duplicates("agent_id").groupby("tool")["licence"].sum() * 3
    sums = merged.groupby("tool")[["work", "resolved"]].sum()
    return (sums["work"] + seats) / sums["resolved"]


ask.reflection(
    "reflection",
    title="What would you decide?",
    objective="decide",
    points=10,
    question=(
        "Treat these data as those of a real organization. The vendor offers the suite to all 400 agents, each "
        "seat at the price it has now. The head of support says: "
        '"Its users solve more, so everyone should have it." Write 150 to 250 words to her: say what you '
        "would do, and why."
    ),
    rubric={
        "Claim (2)": "States in one sentence what the head of support claims, in terms of a measurable gap.",
        "Evidence (3)": (
            "Uses the raw gap, the gaps within the bands, the standardised gap (and for which conversations it "
            "speaks) and the full cost, each with its number."
        ),
        "Alternative explanation (3)": (
            "Names how agents came to their tools as the reason for the raw gap, and one other "
            "explanation that these data cannot rule out."
        ),
        "Decision (2)": "Decides, says how sure, and names what would change the decision.",
    },
)
