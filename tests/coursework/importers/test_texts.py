"""What is masked in texts, what is left alone, and what remains of HTML."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursework.importers.texts import Aliases, clean, looks_like_html, mask, strip_html


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("mail jane.doe+x@mail.example.org.", "mail [e-mail]."),
        ("JANE@EXAMPLE.ORG and root@localhost", "[e-mail] and [e-mail]"),
        ("<jane@example.org> jane (at) example.org", "<[e-mail]> [e-mail]"),
        ("ask @jane_d, or <@U12AB|jane>", "ask [handle], or [handle]"),
        ("(@jane.) see https://example.org/@jane", "([handle].) see https://example.org/[handle]"),
        ("call +49 30 1234567 now", "call [phone] now"),
        ("(030) 123-4567, 555-1234; 555 123 4567", "[phone], [phone]; [phone]"),
        ("06.12.34.56.78 or 5551234567", "[phone] or [phone]"),
        ("2024-01-31 555-123-4567", "2024-01-31 [phone]"),
    ],
)
def test_what_leads_to_a_person_is_masked(text: str, masked: str) -> None:
    assert mask(text) == masked
    assert mask(masked) == masked


@pytest.mark.parametrize(
    "text",
    [
        "on 2024-01-31, 31.01.2024 and 1/31/2024 at 10:30:00",
        "2024-01-31 10:30:00, 20240131 and 20240131103000",
        "from 12:30-13:45, 1990-1995",
        "it cost $1234567, 1.000.000 € or 12,345,678.90",
        "at 192.168.100.200 with 10.15.7.1234",
        "order 123456, #12345678 and /issues/12345678",
        "550e8400-e29b-41d4-a716-446655440000",
        "pi is 3.14159265",
        "1 2 3 4 5 6 7 8 9",
        "5 @ 10 each",
    ],
)
def test_other_numbers_and_signs_stay(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Hi Jane, JANE EXAMPLE wrote", "Hi [name], [name] wrote"),
        ("jexample: look", "[name]: look"),
        ("jane  example and Janes", "[name] and Janes"),
        ("will you? Will you?", "will you? Will you?"),
        ("will: yes\nwill, no", "[name]: yes\n[name], no"),
        ("it is al or so", "it is al or so"),
        ("example of this", "example of this"),
        ("Jane-Marie", "Jane-Marie"),
    ],
)
def test_known_names_are_masked_and_common_words_stay(text: str, masked: str) -> None:
    aliases = Aliases()
    aliases.add(["Jane Example", "jexample", "will", "al", "2024"])
    assert aliases.mask(text) == masked
    assert aliases.mask(masked) == masked


def test_without_names_nothing_is_masked() -> None:
    assert Aliases().mask("Hi Jane") == "Hi Jane"


def test_parts_of_a_bots_name_stay() -> None:
    aliases = Aliases()
    aliases.add(["Support Desk"], parts=False)
    assert aliases.mask("Support Desk: the Desk") == "[name]: the Desk"


def test_html_becomes_its_words() -> None:
    text = (
        "<html><head><title>t</title><style>p {}</style></head><body><p>Hi&nbsp;&amp; bye<br>there</p>"
        "<script>alert('x')</script><div>2 &lt; 3</div> 4 < 5</body></html>"
    )
    assert strip_html(text) == "Hi\xa0& bye\nthere\n\n2 < 3\n 4 < 5"
    assert strip_html("no markup") == "no markup"
    assert strip_html("a &gt; b") == "a > b"
    assert strip_html("<p>broken <![foo") == "broken <![foo"
    assert looks_like_html("a<br/>b") and looks_like_html('<A href="x">') and not looks_like_html("a < b > c")


def test_control_characters_and_halves_of_characters_go() -> None:
    assert clean("a\0b\x1b[1m\r\nc\rd\ud800\ufeff\te\x85") == "ab[1m\nc\nd\ufffd\te"


# With a careless pattern each of these takes minutes: the time grows with the square of the length.
@pytest.mark.parametrize(
    "piece",
    ["a", "@", "1", "1 ", "a@", "a(at)", "<", "<a ", '<a "', "<!--", "<![", "</a ", "<script>", "&#", "(at)", "1-"],
)
def test_long_texts_of_one_piece_take_no_time(piece: str) -> None:
    text = piece * (190_000 // len(piece))
    assert isinstance(mask(strip_html(text)), str)
    assert isinstance(strip_html(text + ">"), str)


@given(st.text(st.characters() | st.sampled_from("<>&;@.+-() 0123456789\n"), max_size=300))
def test_any_text_is_cleaned_and_masked_once_and_for_all(text: str) -> None:
    aliases = Aliases()
    aliases.add(["Jane Example", "bob"])
    for is_html in (False, True):
        masked = aliases.mask(mask(clean(text, is_html)))
        masked.encode("utf-8")
        assert "\0" not in masked and "\r" not in masked
    assert mask(masked).count("@") <= masked.count("@")
