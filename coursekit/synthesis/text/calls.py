"""How notes of telephone calls are written: a label, what was said, and what followed.

Notes say what the other channels say, so the cores are those of customers and
of the organization; only what stands around them is theirs.
"""

from __future__ import annotations

from coursekit.synthesis.text.manners import ByTone

# By who spoke and what for: the label at the first call, and at later ones.
LABELS: dict[tuple[str, str], tuple[str, str]] = {
    ("customer", "ask"): ("Caller reports:", "Caller again:"),
    ("customer", "help"): ("Caller told us:", "Caller added:"),
    ("customer", "sell"): ("Caller presented a service:", "Caller spoke of a service:"),
    ("customer", "suggest"): ("Suggestion by phone:", "Second call, with a suggestion:"),
    ("customer", "chat"): ("Call without a request:", "Short call:"),
    ("agent", "help"): ("Called the customer:", "Told the caller:"),
    ("agent", "ask"): ("Asked the customer:", "Asked the caller:"),
    ("agent", "sell"): ("Presented to the customer:", "Presented to the caller:"),
    ("agent", "suggest"): ("Asked for a view on an idea:", "Idea from the call:"),
    ("agent", "chat"): ("Called to say hello:", "Said at the end of the call:"),
    ("bot", "any"): ("Recorded message:", "Recorded message, later call:"),
}

TURNS: dict[tuple[str, str], tuple[str, ...]] = {
    ("customer", "ask"): (
        *("Would like to know what to do.", "Asked for a call back.") * 4,
        "Asked whether an upgrade is needed.",
    ),
    ("customer", "help"): ("Can be reached in the afternoon.", ""),
    ("customer", "sell"): (
        "Mentioned a discount for our customers.",
        "Said that there is a free trial.",
        "Will call again next week.",
    ),
    ("customer", "suggest"): ("Told the caller that it will be passed on.",),
    ("customer", "chat"): ("Nothing to be done.", ""),
    ("agent", "help"): ("Caller will try it.", ""),
    ("agent", "ask"): ("Caller will look it up.", "Caller could not say at once."),
    ("agent", "sell"): (
        "Caller wants the offer in writing.",
        "Caller will think about the upgrade.",
        "Agreed on a free trial.",
        "Named the discount.",
    ),
    ("agent", "dressed"): ("Caller will think about it.", "Agreed to talk again on Thursday."),
    ("agent", "suggest"): ("Caller would use it.",),
    ("agent", "chat"): ("",),
    ("bot", "any"): ("",),
}

# By tone: cold, neutral, warm.
CLOSES: ByTone = (
    ("The call was short and cool.", "The tone was sharp."),
    ("",),
    ("A friendly call.", "We parted with thanks on both sides."),
)
