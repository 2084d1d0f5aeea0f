"""Texts of messages: a grammar of about 400 fragments, and the dirt that texts gather.

`compose` writes the messages, the helpers of `dirt` spoil some of them.
"""

from coursekit.synthesis.text.compose import compose
from coursekit.synthesis.text.dirt import (
    NOT_AVAILABLE,
    as_html,
    bot_notice,
    nearly,
    out_of_office,
    quoted,
    signature,
)
from coursekit.synthesis.text.plans import POSITIONS, WRITERS
from coursekit.synthesis.text.topics import TOPICS

__all__ = [
    "NOT_AVAILABLE",
    "POSITIONS",
    "TOPICS",
    "WRITERS",
    "as_html",
    "bot_notice",
    "compose",
    "nearly",
    "out_of_office",
    "quoted",
    "signature",
]
