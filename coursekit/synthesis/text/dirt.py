"""What gets into messages on their way: signatures, quotes, HTML, automatic notes, and the same text sent twice.

Each function is for the few rows that are chosen to be dirty, and draws only
from `rng`: the same state gives the same texts.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

import numpy as np

NOT_AVAILABLE = "N/A"
"""What some systems store where a text is missing."""

SIGNATURES = (
    "--\nFront desk\nOpen Monday to Friday, 9 to 17",
    "--\nThe office\nPlease think before you print this message.",
    "--\nSent from my phone",
    "--\nBookings and accounts\nThis message is meant for its reader only.",
    "--\nCustomer support\nHow did we do? Tell us on the help page.",
)
ABSENCES = (
    "Out of office: I am away until {day} and will answer after that.",
    "Automatic reply: the office is closed until {day}. In urgent cases please call us.",
    "Out of office. Thank you for your message, I am back on {day}. Messages are not forwarded.",
    "Automatic reply: I am on leave and return on {day}.",
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
NOTICES = (
    "[bot] Case {number} has been given to another team.",
    "[bot] Reminder: case {number} has had no answer for {days} days.",
    "[bot] This thread has been inactive for {days} days and will be closed.",
    "[bot] Case {number} was merged with an older one.",
    "[bot] Planned maintenance tonight, the service is back within {days} hours.",
)

# Words that can stand for each other wherever they stand in these texts.
SWAPS = {
    "Please": "Kindly",
    "cannot": "can not",
    "colleagues": "co-workers",
    "everyone": "everybody",
    "fault": "error",
    "glad": "happy",
    "mended": "repaired",
    "missing": "absent",
    "noticed": "saw",
    "please": "kindly",
    "probably": "perhaps",
    "question": "query",
    "quickly": "rapidly",
    "several": "some",
    "somebody": "someone",
    "trouble": "difficulty",
    "very": "really",
    "whether": "if",
}
# Put before or after a text that is sent again; each adds words, so that any length of text can be changed enough.
BEFORE = ("Again:", "Resent:", "Update:", "Sorry, once more:", "Second try:", "Reminder:")
AFTER = (
    "Thanks again.",
    "(sent twice)",
    "Edited for spelling.",
    "Sorry if this arrives doubly.",
    "This replaces my earlier mail, which had gone astray somehow.",
)
_WORD = re.compile(r"\w+")
_SWAPPABLE = re.compile(rf"\b(?:{'|'.join(map(re.escape, SWAPS))})\b")


def signature(rng: np.random.Generator, texts: Sequence[str]) -> list[str]:
    """The texts, each with a signature below it, under the "--" that mail programs put there."""
    chosen = rng.integers(0, len(SIGNATURES), len(texts))
    return [f"{text}\n\n{SIGNATURES[pick]}" for text, pick in zip(texts, chosen, strict=True)]


def quoted(rng: np.random.Generator, texts: Sequence[str], parents: Sequence[str]) -> list[str]:
    """The texts, each with the message it answers quoted ("> "): above it, or below it as most programs do."""
    above = rng.random(len(texts)) < 0.3
    return [_quoted(text, parent, bool(top)) for text, parent, top in zip(texts, parents, above, strict=True)]


def _quoted(text: str, parent: str, above: bool) -> str:
    quote = "\n".join(f"> {line}".rstrip() for line in parent.splitlines())
    return f"{quote}\n\n{text}" if above else f"{text}\n\n{quote}"


def as_html(rng: np.random.Generator, texts: Sequence[str]) -> list[str]:
    """The texts as HTML, in one of three habits: paragraphs, divisions, or line breaks in a styled span."""
    habits = rng.integers(0, 3, len(texts))
    return [_as_html(text, int(habit)) for text, habit in zip(texts, habits, strict=True)]


def _as_html(text: str, habit: int) -> str:
    paragraphs = [html.escape(paragraph).replace("\n", "<br>") for paragraph in text.split("\n\n")]
    if habit == 0:
        return "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    if habit == 1:
        return "<div>" + "</div><div>&nbsp;</div><div>".join(paragraphs) + "</div>"
    return f'<span style="font-size:11pt">{"<br><br>".join(paragraphs)}</span>'


def out_of_office(rng: np.random.Generator, n: int) -> list[str]:
    """Automatic replies of people who are away; `n` of them."""
    chosen, days = rng.integers(0, len(ABSENCES), n), rng.integers(0, len(DAYS), n)
    return [ABSENCES[pick].format(day=DAYS[day]) for pick, day in zip(chosen, days, strict=True)]


def bot_notice(rng: np.random.Generator, n: int) -> list[str]:
    """Notes of the ticket system about a thread; `n` of them."""
    chosen, numbers, days = rng.integers(0, len(NOTICES), n), rng.integers(1_000, 100_000, n), rng.integers(2, 15, n)
    return [
        NOTICES[pick].format(number=number, days=day) for pick, number, day in zip(chosen, numbers, days, strict=True)
    ]


def nearly(rng: np.random.Generator, texts: Sequence[str]) -> list[str]:
    """Near duplicates of the texts: a word or two changed or added.

    The Jaccard index of the two sets of words (Jaccard 1912: shared words over
    all words, in lower case) lies between .7 and .97, if the text has three
    different words or more; long texts get as many changes as that takes.
    """
    draws = rng.random((len(texts), len(SWAPS) + 3))
    return [_nearly(text, draw) for text, draw in zip(texts, draws, strict=True)]


def jaccard(one: str, other: str) -> float:
    """The share of words that two texts have in common, of all words in either; 1 if neither has any."""
    return _alike(_words(one), _words(other))


def _alike(a: set[str], b: set[str]) -> float:
    return len(a & b) / len(a | b) if a | b else 1.0


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.lower()))


def _nearly(text: str, draw: np.ndarray) -> str:
    """One edit or two in an order that `draw` gives, and more while the texts are still too much alike."""
    wanted = 1 if draw[-1] < 0.5 else 2
    order = dict(zip(SWAPS, draw.tolist(), strict=False))
    swaps = sorted(set(_SWAPPABLE.findall(text)), key=order.__getitem__)
    before, *more_before = _turned(BEFORE, float(draw[-2]))
    # A swap first and words in front second, so that short changes come before long ones.
    edits = [("swap", word) for word in swaps[:1]] + [("before", before)] + [("swap", word) for word in swaps[1:]]
    edits += [("after", words) for words in _turned(AFTER, float(draw[-3]))]
    edits += [("before", words) for words in more_before]
    made, changed, alike, own = 0, text, 1.0, _words(text)
    for kind, words in edits:
        if made >= wanted and alike <= 0.97:
            break
        attempt = _edited(changed, kind, words)
        if 0.7 <= (closer := _alike(own, _words(attempt))) < alike:
            made, changed, alike = made + 1, attempt, closer
    return changed


def _edited(text: str, kind: str, words: str) -> str:
    if kind == "swap":
        return re.sub(rf"\b{words}\b", SWAPS[words], text, count=1)
    return f"{words} {text}" if kind == "before" else f"{text} {words}"


def _turned(texts: Sequence[str], draw: float) -> list[str]:
    start = int(draw * len(texts))
    return [*texts[start:], *texts[:start]]
