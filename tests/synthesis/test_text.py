"""The texts of messages read as what they are, and are the same for everyone."""

from __future__ import annotations

import re
from functools import cache
from itertools import product
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from bs4 import BeautifulSoup

from coursekit.synthesis.text import (
    NOT_AVAILABLE,
    POSITIONS,
    TOPICS,
    WRITERS,
    as_html,
    bot_notice,
    compose,
    dirt,
    manners,
    nearly,
    out_of_office,
    quoted,
    signature,
)
from coursekit.synthesis.text.bank import spell_out
from coursekit.synthesis.text.dirt import jaccard
from coursekit.synthesis.text.inventory import formulas, fragments
from coursekit.synthesis.text.topics import KINDS, PARTS, words_of
from coursekit.synthesis.text.typos import mistyped
from coursework.tables import CHANNELS, DIFFICULTY, FUNCTIONS, INTENTS, TONES

Codes = dict[str, np.ndarray]
# The words by which a first attempt at a rule would know sales talk.
SALES = re.compile(r"\b(offers?|upgrade|discount|free trial)\b", re.IGNORECASE)
SIZES = {
    "role": len(WRITERS),
    "channel": len(CHANNELS),
    "intent": len(INTENTS),
    "tone": len(TONES),
    "position": len(POSITIONS),
    "difficulty": len(DIFFICULTY),
    "dressed": 2,
}


def texts_of(codes: Codes, seed: int = 0) -> list[str]:
    return compose(np.random.default_rng(seed), **codes).to_pylist()  # type: ignore[no-any-return]


def drawn(n: int, seed: int = 0, **fixed: Any) -> Codes:
    rng = np.random.default_rng([seed, 1])
    sizes = {**SIZES, "function": len(FUNCTIONS), "topic": TOPICS}
    codes = {name: rng.integers(0, size, n) for name, size in sizes.items()}
    codes |= {name: np.full(n, value) for name, value in fixed.items()}
    return {**codes, "dressed": codes["dressed"].astype(bool)}


@cache
def every_combination() -> tuple[Codes, list[str]]:
    """Each combination of codes that shapes a text twice, with topics and functions in turn."""
    grid = np.array(list(product(*(range(size) for size in SIZES.values())))).repeat(2, axis=0)
    codes = dict(zip(SIZES, grid.T, strict=True))
    rng = np.random.default_rng(7)
    codes["topic"], codes["function"] = rng.integers(0, TOPICS, len(grid)), rng.integers(0, 4, len(grid))
    codes["dressed"] = codes["dressed"].astype(bool)
    return codes, texts_of(codes)


def where(**wanted: str) -> list[str]:
    codes, texts = every_combination()
    names = {"role": WRITERS, "channel": CHANNELS, "intent": INTENTS, "position": POSITIONS}
    keep = np.ones(len(texts), bool)
    for name, value in wanted.items():
        keep &= codes[name] == names[name].index(value)
    return [texts[row] for row in np.flatnonzero(keep)]


def test_there_are_about_four_hundred_fragments_and_none_is_written_twice() -> None:
    written = fragments()
    assert 380 <= len(written) <= 450
    assert len(set(written + formulas())) == len(written) + len(formulas())


def test_each_kind_of_problem_has_words_for_the_same_purposes() -> None:
    assert TOPICS == 96
    # The bank spells out as many variants as the first kind has.
    assert len({tuple((purpose, len(texts)) for purpose, texts in kind.items()) for kind in KINDS}) == 1


def test_the_same_seed_gives_the_same_texts_and_another_seed_others() -> None:
    codes = drawn(2_000)
    assert texts_of(codes, 5) == texts_of(codes, 5)
    other = texts_of(codes, 6)
    assert np.mean([one != two for one, two in zip(texts_of(codes, 5), other, strict=True)]) > 0.8


def test_no_messages_give_no_texts_and_too_many_an_error() -> None:
    assert texts_of(drawn(0)) == []
    few = drawn(1)
    many = {name: np.broadcast_to(values, 2_000_001) for name, values in few.items()}
    with pytest.raises(ValueError, match="compose at most 2,000,000"):
        compose(np.random.default_rng(0), **many)


# Marks of a grammar that does not fit: open slots, gaps, stray marks, a small letter after a full stop.
ODD = {
    "an open slot": r"[{}]",
    "two spaces": r"  ",
    "a space before a mark": r"[ ][.,;:?!]",
    "two marks": r"[.,;:?!]{2}",
    "space at an end": r"^\s|\s$| \n|\n ",
    "a small letter at the start": r"(^|[.?!] |\n\n)(?!your team)[a-z]",
    "the wrong article": r"\b[Aa] (appointment|invoice)\b|\b[Aa]n (?!appointment|invoice)(" + "|".join(
        words_of(part)["item"].split()[0] for part in range(len(PARTS))
    ) + r")\b",
    "no end": r"[a-z]$",
}  # fmt: skip


@pytest.mark.parametrize("what", ODD)
def test_whatever_is_drawn_the_text_has_not(what: str) -> None:
    _, texts = every_combination()
    pattern = re.compile(ODD[what])
    # A signature line ends without a full stop, and emoji may follow the last one.
    signed = re.compile(r"\n\n[^.]*$") if what == "no end" else re.compile(r"\Z(?!\Z)")
    assert [text for text in texts if pattern.search(signed.sub("", text))][:5] == []


def test_every_text_says_something() -> None:
    _, texts = every_combination()
    assert min(len(text.split()) for text in texts) >= 3


def test_emails_greet_and_close() -> None:
    for text in where(channel="email"):
        greeting, *body, sign_off = text.split("\n\n")
        assert greeting.endswith(",") and len(body) == 1
        assert len(sign_off) < 60


@pytest.mark.parametrize("channel", ["chat", "social"])
def test_chats_and_posts_are_one_paragraph_without_a_greeting(channel: str) -> None:
    for text in where(channel=channel):
        assert "\n" not in text
        assert not re.match(r"(Dear|Hello|Hi|Good (day|morning))\b", text), text
        assert not re.search(r"regards|wishes", text, re.IGNORECASE), text


def test_notes_of_calls_begin_with_who_said_it() -> None:
    assert all(re.match(r"[A-Z][a-z, -]+: [A-Z]", text) for text in where(channel="phone"))
    first = where(channel="phone", intent="ask", role="customer", position="first")
    assert np.mean([text.startswith("Caller reports: ") for text in first]) > 0.9  # but for typing errors


def test_channels_differ_in_length_as_they_do_in_life() -> None:
    codes = drawn(12_000)
    length = np.array([len(text) for text in texts_of(codes)])
    median = [float(np.median(length[codes["channel"] == channel])) for channel in range(len(CHANNELS))]
    by_name = dict(zip(CHANNELS, median, strict=True))
    assert 190 <= by_name["email"] <= 300
    assert 70 <= by_name["chat"] <= 120
    assert 60 <= by_name["social"] <= 130
    assert 90 <= by_name["phone"] <= 180
    assert by_name["chat"] < by_name["forum"] < by_name["email"]
    assert by_name["social"] < by_name["list"] < by_name["email"]
    assert length.max() < 700


def test_a_conversation_speaks_of_one_part_of_the_product() -> None:
    codes, texts = every_combination()
    names = [part[0] for part in PARTS]
    for text, topic in zip(texts, codes["topic"], strict=True):
        named = {name for name in names if name in text.lower()}
        assert named <= {names[topic // len(KINDS)]}, text


def test_an_answer_speaks_of_the_problem_it_answers() -> None:
    spelled = {purpose: spell_out("{" + purpose + "}") for purpose in ("step", "cause", "question")}
    codes = drawn(6_000, role=WRITERS.index("agent"), position=1)
    codes["intent"] = np.where(np.arange(6_000) % 2, INTENTS.index("help"), INTENTS.index("ask"))
    fits = []
    for text, topic, intent in zip(texts_of(codes), codes["topic"], codes["intent"], strict=True):
        purposes = ("step", "cause") if INTENTS[intent] == "help" else ("question",)
        fits.append(any(variant[topic] in text for purpose in purposes for variant in spelled[purpose]))
    assert np.mean(fits) > 0.975  # the others have a typing error


def test_two_messages_in_a_hundred_have_a_typing_error() -> None:
    everything = [*fragments(), *formulas()]
    vocabulary = {word for each in everything for row in spell_out(each) for filled in row for word in _words(filled)}
    mistakes = [bool(_words(text) - vocabulary) for text in texts_of(drawn(25_000))]
    assert 0.016 < np.mean(mistakes) < 0.022


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]+", text.lower()))


@pytest.mark.parametrize(("how", "expected"), [(0, "a lteter"), (1, "a ltter"), (2, "a leetter")])
def test_a_typing_error_swaps_drops_or_doubles_a_letter(how: int, expected: str) -> None:
    assert mistyped("a letter", 0.2, how) == expected
    assert mistyped("to be", 0.5, how) == "to be"


def test_emoji_are_as_frequent_as_the_channel_has_them() -> None:
    codes = drawn(30_000)
    emoji = re.compile("|".join(sign for by_tone in manners.EMOJI.values() for tone in by_tone for sign in tone))
    has = np.array([bool(emoji.search(text)) for text in texts_of(codes)])
    share = {name: has[codes["channel"] == code].mean() for code, name in enumerate(CHANNELS)}
    assert share["chat"] == pytest.approx(0.12, abs=0.02)
    assert share["social"] == pytest.approx(0.18, abs=0.02)
    assert share["forum"] == pytest.approx(0.05, abs=0.015)
    assert share["email"] == share["phone"] == share["list"] == 0


def by_rule(intent: int | None, dressed: bool, role: str) -> float:
    """The share of messages in which a rule for sales talk sees a sale."""
    fixed = {} if intent is None else {"intent": intent}
    codes = drawn(5_000, role=WRITERS.index(role), dressed=dressed, **fixed)
    if intent is None:
        codes["intent"] = np.array([INTENTS.index(name) for name in ("help", "ask", "suggest", "chat")])[
            codes["function"]
        ]
    return float(np.mean([bool(SALES.search(text)) for text in texts_of(codes)]))


def test_a_rule_of_words_finds_most_plain_sales_few_dressed_ones_and_some_that_are_none() -> None:
    sell = INTENTS.index("sell")
    for role in ("customer", "agent"):
        assert 0.65 < by_rule(sell, False, role) < 0.85
        assert by_rule(sell, True, role) == 0
        assert 0.004 < by_rule(None, False, role) < 0.08


def test_dressing_changes_nothing_but_what_sells() -> None:
    codes = drawn(4_000)
    plain, dressed = ({**codes, "dressed": np.full(4_000, value)} for value in (False, True))
    sells = codes["intent"] == INTENTS.index("sell")
    changed = np.array([one != two for one, two in zip(texts_of(plain), texts_of(dressed), strict=True)])
    assert changed[sells].all()
    # Errors of typing fall on another letter when other texts have other lengths, not on other texts.
    assert not changed[~sells].any()


# What may be written with a capital within a sentence: marks of the product, days, abbreviations.
NAMED = {
    *("Settings", "Account", "Display", "Team", "Imports", "Messages", "Search", "Rebuild", "Save", "Merge", "All"),
    *("Plus", "CSV", "PDF", "I", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Sunday", "Sir", "Madam"),
}


def test_no_fragment_names_a_person_or_gives_an_address() -> None:
    written = [*fragments(), *formulas(), *dirt.SIGNATURES, *dirt.ABSENCES, *dirt.NOTICES, *dirt.BEFORE, *dirt.AFTER]
    for fragment in written:
        assert not re.search(r"@|https?:|www\.|\+\d|\d{4}", fragment), fragment
        inside = re.findall(r"(?<![.?!:\n\]]\s)(?<!^)(?<![{\n])\b[A-Z]\w*", fragment)
        assert set(inside) <= NAMED, fragment


def sample(n: int = 3_000) -> list[str]:
    return texts_of(drawn(n, seed=3), seed=3)


def test_near_duplicates_are_near_and_no_duplicates() -> None:
    texts = sample()
    texts += ["Understood, and thank you.", "One two three", " ".join(f"word{number}" for number in range(300))]
    alike = np.array(
        [jaccard(one, two) for one, two in zip(texts, nearly(np.random.default_rng(0), texts), strict=True)]
    )
    assert alike.min() >= 0.7
    assert alike.max() <= 0.97
    assert 0.85 < np.median(alike) < 0.96


def test_quotes_signatures_and_html_keep_the_words() -> None:
    texts = sample(300)
    rng = np.random.default_rng(0)
    for plain, signed in zip(texts, signature(rng, texts), strict=True):
        assert signed.startswith(plain + "\n\n--\n")
    parents = texts[::-1]
    for plain, parent, both in zip(texts, parents, quoted(rng, texts, parents), strict=True):
        lines = both.split("\n")
        quote = [line[2:] for line in lines if line.startswith(">")]
        assert "\n".join(quote) == parent
        assert "\n".join(line for line in lines if not line.startswith(">")).strip() == plain
    for plain, marked in zip(texts, as_html(rng, texts), strict=True):
        assert marked.startswith("<") and marked.endswith(">")
        assert BeautifulSoup(marked, "html.parser").get_text(" ").split() == plain.split()


def test_automatic_notes_vary_and_can_be_told() -> None:
    rng = np.random.default_rng(0)
    away = out_of_office(rng, 200)
    notices = bot_notice(rng, 200)
    assert len(away) == len(notices) == 200
    assert all(note.startswith(("Out of office", "Automatic reply")) and "{" not in note for note in away)
    assert all(note.startswith("[bot]") and "{" not in note for note in notices)
    assert len(set(away)) >= 15 and len(set(notices)) > 50
    assert NOT_AVAILABLE == "N/A"


def test_compose_gives_an_array_of_strings() -> None:
    assert compose(np.random.default_rng(0), **drawn(10)).type == pa.string()
