"""Clean texts, and mask in them what points to people.

Masked are e-mail addresses, handles, telephone numbers, and the names by which the source calls
its people. Names that the source does not know stay: no rule finds them all, and whoever shares
an import has to read it first.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from html.parser import HTMLParser

E_MAIL, HANDLE, PHONE, NAME = "[e-mail]", "[handle]", "[phone]", "[name]"

# Above this the parser of the standard library may need time that grows with the square of the length.
_LONG_HTML, _MANY_COMMENTS = 200_000, 100

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_BLANK_LINES = re.compile(r"[ \t]*\n(?:[ \t]*\n)+[ \t]*")
_TAG = re.compile(r"<[^<>]*>")
_MARKUP = re.compile(
    r"</?(?:p|br|div|span|a|b|i|u|em|strong|ul|ol|li|h[1-6]|table|tr|td|html|body|blockquote|pre|img|font)\b[^<>]*>",
    re.IGNORECASE,
)

# `++` keeps what it took: without it a long line of letters costs time that grows with its square.
_E_MAIL = re.compile(r"(?<![\w.+%'-])[\w.+%'-]++(?:@| ?[(\[<]at[)\]>] ?)\w[\w-]*+(?:\.\w[\w-]*+)*", re.IGNORECASE)
_HANDLE = re.compile(r"<@[^<>\s]{1,80}>|(?<![\w@])@\w++(?:[.-]\w++)*")
_DIGITS = re.compile(r"[0-9](?:[^0-9\n]{0,3}[0-9]){6}")
_PHONE = re.compile(
    r"(?<![\w.,:/#$€£@=&+-])(?<![$€£] )[+(]?[0-9][0-9 \t\u00a0().\-/]{5,28}[0-9](?![\w:@]|,[0-9]| ?[€$£%])"
)
_DATE = re.compile(
    r"(?<![0-9])(?<![0-9][-./])(?:(?:19|20)[0-9]{2}([-./])[0-9]{1,2}\1[0-9]{1,2}|[0-9]{1,2}([-./])[0-9]{1,2}\2(?:[0-9]{4}|[0-9]{2}))"
    r"(?![0-9]|[-./][0-9])"
)
_STAMP = re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])(?:[0-9]{4}|[0-9]{6})?")
_YEARS = re.compile(r"(?:19|20)[0-9]{2} ?[-/] ?(?:19|20)[0-9]{2}")
_GROUPS_OF_PHONES = {(3, 4), (3, 3, 4), (1, 3, 3, 4)}

_WORD = re.compile(r"\w+(?:[-'\u2019]\w+)*")
_WORDS = re.compile(f"({_WORD.pattern})")
# Words that are nicknames now and then. Masked as an address ("so: ...") only, or texts would be unreadable.
_COMMON_WORDS = (
    "a about after again all also am an and any anyone are as ask at back be because been before being bot but by can "
    "chat could day did do does done each else even ever every for from get go good got had has have he hello help "
    "her here hey hi him his home how i if in into is it its just know let like list look mail make many may me more "
    "most much my need never new next no not now of off ok old on one only or other our out over people please really "
    "right root said same see she should so some someone soon still such sure take team test than thank thanks that "
    "the their them then there these they thing this those time to today too try two under up us use user very want "
    "was way we well were what when where which while who why will with work would yes yet you your"
)
_COMMON = frozenset(_COMMON_WORDS.split())


def clean(text: str, is_html: bool = False) -> str:
    """Text without markup, control characters and halves of characters; lines end in one newline."""
    if is_html:
        text = strip_html(text)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _CONTROL.search(text):
        text = _CONTROL.sub("", text)
    if _SURROGATE.search(text):
        text = _SURROGATE.sub("\ufffd", text)
    return text


def looks_like_html(text: str) -> bool:
    """Whether the text holds a usual HTML tag."""
    return "<" in text and _MARKUP.search(text) is not None


def strip_html(text: str) -> str:
    """The words of an HTML text: no tags, scripts or styles, entities resolved, blocks on lines of their own."""
    if "<" not in text:
        return html.unescape(text) if "&" in text else text
    if len(text) <= _LONG_HTML and text.count("<!--") + text.count("<![") <= _MANY_COMMENTS:
        # A tag without an end, and so each "<" in it, has the parser read to the end of the text.
        ended = text.rfind(">") + 1
        parser = _Words()
        try:
            parser.feed(text[:ended] + text[ended:].replace("<", "&lt;"))
            parser.close()
            return _BLANK_LINES.sub("\n\n", "".join(parser.pieces)).strip()
        except (AssertionError, ValueError):
            pass  # Markup that the parser of the standard library gives up on.
    return html.unescape(_TAG.sub(" ", text)).strip()


class _Words(HTMLParser):
    _SILENT = frozenset({"script", "style", "head", "title", "template"})
    _BLOCKS = frozenset(
        "address article blockquote br dd div dl dt h1 h2 h3 h4 h5 h6 hr li ol p pre section table tr ul".split()  # noqa: SIM905
    )

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._silent = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in self._SILENT and not self._silent:
            self._silent = tag
        elif tag == "body":
            self._silent = ""  # A head that is never closed ends here.
        if tag in self._BLOCKS:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._silent:
            self._silent = ""
        if tag in self._BLOCKS:
            self.pieces.append("\n")

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        if tag in self._BLOCKS:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.pieces.append(data)


def mask(text: str) -> str:
    """Text with e-mail addresses, handles and telephone numbers masked."""
    if "@" in text:
        text = _HANDLE.sub(HANDLE, _E_MAIL.sub(E_MAIL, text))
    elif "at" in text or "AT" in text:
        text = _E_MAIL.sub(E_MAIL, text) if "(at)" in text or "[at]" in text else text
    if _DIGITS.search(text):
        text = _PHONE.sub(_phone, text)
    return text


def _phone(found: re.Match[str]) -> str:
    pieces = []
    last = 0
    for date in _DATE.finditer(found[0]):
        pieces += [_number(found[0][last : date.start()]), date[0]]
        last = date.end()
    return "".join([*pieces, _number(found[0][last:])])


def _number(text: str) -> str:
    """The mask, with the blanks around it, if the text is a telephone number; the text otherwise."""
    bare = text.strip()
    return text.replace(bare, PHONE) if bare and _is_phone(bare) else text


def _is_phone(text: str) -> bool:
    groups = re.findall("[0-9]+", text)
    if not 7 <= sum(map(len, groups)) <= 15:
        return False
    if text.startswith("+"):
        return True
    if len(groups) == 1:
        return not _STAMP.fullmatch(text)
    dots = set(re.findall("[^0-9]+", text)) == {"."}
    if _YEARS.fullmatch(text) or (dots and (len(groups) == 2 or (len(groups) == 4 and max(map(len, groups)) <= 3))):
        return False  # A span of years, a decimal number, an address of the internet.
    return text[0] in "(0" or tuple(map(len, groups)) in _GROUPS_OF_PHONES


class Aliases:
    """The names by which people are called, to be masked in texts.

    A full name is masked however it is written; a part of one ("Hi Jane") as it is written in the name. A name
    that is a common word too, or has fewer than three letters, is masked only where it addresses someone
    ("will: ...", "@will").
    """

    def __init__(self) -> None:
        self._names: dict[str, set[tuple[str, ...]]] = {}
        self._parts: set[str] = set()
        self._addressed: set[str] = set()
        self._any: set[str] = set()

    def add(self, names: Iterable[str], *, parts: bool = True) -> None:
        """Add a person's names; with `parts`, the words of names of two or three words too."""
        for name in names:
            words = _WORD.findall(name)
            folded = tuple(word.casefold() for word in words)
            if not words or all(word.isdigit() for word in words):
                continue
            self._any.add(folded[0])
            if len(words) == 1:
                if folded[0] in _COMMON or len(words[0]) < 3:
                    self._addressed.add(folded[0])
                else:
                    self._names.setdefault(folded[0], set()).add(folded)
                continue
            self._names.setdefault(folded[0], set()).add(folded)
            if parts and len(words) <= 3:
                for word, same in zip(words, folded, strict=True):
                    if len(word) > 2 and word.istitle() and same not in _COMMON:
                        self._parts.add(word)
                        self._any.add(same)

    def mask(self, text: str) -> str:
        """Text with the names masked."""
        if not self._any or self._any.isdisjoint(_WORD.findall(text.casefold())):
            return text
        pieces = _WORDS.split(text)  # What is between words at the even places, words at the odd ones.
        folded = [word.casefold() for word in pieces[1::2]]
        at = 0
        while at < len(folded):
            if folded[at] not in self._any:
                at += 1
                continue
            place = 2 * at + 1
            length = self._match(folded, at)
            if length or pieces[place] in self._parts or (folded[at] in self._addressed and _addresses(pieces, place)):
                pieces[place] = NAME
                for other in range(place + 1, place + 2 * length - 1):
                    pieces[other] = ""
            at += length or 1
        return "".join(pieces)

    def _match(self, folded: list[str], at: int) -> int:
        names = self._names.get(folded[at], ())
        return max((len(name) for name in names if tuple(folded[at : at + len(name)]) == name), default=0)


def _addresses(pieces: list[str], place: int) -> bool:
    """Whether the word at this place is what a line begins with and a colon or comma follows."""
    before = pieces[place - 1]
    return pieces[place + 1][:1] in (":", ",") and (place == 1 or "\n" in before) and not before.strip()
