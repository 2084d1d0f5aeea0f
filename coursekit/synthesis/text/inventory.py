"""All fragments of the grammar, to count them and to look through them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from coursekit.synthesis.text import calls, customers, manners, organization
from coursekit.synthesis.text.topics import KINDS

_PLACEHOLDER_ONLY = re.compile(r"\{\w+\}")


def fragments() -> list[str]:
    """Every fragment as it is written, in the order of the modules; twice, if it is written twice.

    Neither what holds only a placeholder (`{step}`) counts, nor the formulas
    that everyone uses (`formulas`).
    """
    written: list[object] = [row for kind in KINDS for row in kind.values()]
    for part in (customers, organization):
        written += [*part.LEADS.values(), *part.CORES.values(), *part.TURNS.values()]
    written += [*calls.TURNS.values(), calls.CLOSES]
    written += [*manners.CLOSES.values(), *manners.ASIDES.values(), *manners.HARDNESS.values()]
    return _texts_of(written)


def formulas() -> list[str]:
    """Every greeting, every sign-off and every label of a note."""
    return _texts_of([*manners.GREETINGS.values(), *manners.SIGN_OFFS.values(), *calls.LABELS.values()])


def _texts_of(rows: list[object]) -> list[str]:
    # A row may say the same in every tone, which is one fragment still.
    return [text for row in rows for text in dict.fromkeys(_texts(row))]


def _texts(row: object) -> Iterator[str]:
    if isinstance(row, str):
        if row and not _PLACEHOLDER_ONLY.fullmatch(row):
            yield row
    elif isinstance(row, tuple):
        for item in row:
            yield from _texts(item)
