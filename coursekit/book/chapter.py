"""The directive `chapter`: what a chapter asks, teaches and needs, in a box at its top.

    ```{chapter}
    slug: tool-or-craft
    minutes: 90
    prerequisites: ["You can group and count with pandas."]
    questions: ["Does the tool solve problems, or the craft of those who hold it?"]
    objectives:
      compare-strata: {bloom: analyse, text: "compare two groups within strata"}
    ```

All fields are required. The objectives' ids are what exercises refer to.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar

import yaml
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from coursekit.book import markup

logger = logging.getLogger(__name__)

BLOOM = ("remember", "understand", "apply", "analyse", "evaluate", "create")
_FIELDS = ("slug", "minutes", "prerequisites", "questions", "objectives")
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
# Where a page's chapter waits for the page's exercises; Sphinx clears it after each page.
_KEY = "coursekit_chapters"


@dataclass(frozen=True)
class Objective:
    """What a learner can do afterwards; `bloom` is one of `BLOOM`."""

    id: str
    bloom: str
    text: str


@dataclass(frozen=True)
class Chapter:
    """The head of a chapter. Texts are MyST, without blocks."""

    slug: str
    minutes: int
    prerequisites: tuple[str, ...]
    questions: tuple[str, ...]
    objectives: tuple[Objective, ...]


class ChapterProblems(ValueError):
    """The head of a chapter is not as it must be; `problems` has one sentence for each flaw."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


def parse_chapter(text: str) -> Chapter:
    """Read a chapter's head from YAML; ChapterProblems names everything that is wrong."""
    try:
        fields = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ChapterProblems([f"The head is not YAML{_where(error)}"]) from None
    if not isinstance(fields, dict):
        raise ChapterProblems([f"The head must have the fields {', '.join(_FIELDS)}."])
    problems = [f"The field {name!r} is missing." for name in _FIELDS if name not in fields]
    problems += [
        f"There is no field {name!r}; the fields are {', '.join(_FIELDS)}." for name in fields if name not in _FIELDS
    ]
    problems += _check_values(fields)
    if problems:
        raise ChapterProblems(problems)
    return Chapter(
        slug=fields["slug"],
        minutes=fields["minutes"],
        prerequisites=tuple(fields["prerequisites"]),
        questions=tuple(fields["questions"]),
        objectives=tuple(
            Objective(name, stated["bloom"], stated["text"]) for name, stated in fields["objectives"].items()
        ),
    )


def _where(error: yaml.YAMLError) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f", in its line {error.problem_mark.line + 1}: {error.problem}."
    return "."


def _check_values(fields: dict[Any, Any]) -> list[str]:
    problems = []
    if "slug" in fields and not _is_slug(fields["slug"]):
        problems.append(f"'slug' must be words of small letters joined by hyphens, not {fields['slug']!r}.")
    minutes = fields.get("minutes", 1)
    if not isinstance(minutes, int) or isinstance(minutes, bool) or minutes < 1:
        problems.append(f"'minutes' must be a whole number above 0, not {minutes!r}.")
    for name, may_be_empty in (("prerequisites", True), ("questions", False)):
        if name in fields:
            problems += _check_list(name, fields[name], may_be_empty)
    if "objectives" in fields:
        problems += _check_objectives(fields["objectives"])
    return problems


def _check_list(name: str, value: Any, may_be_empty: bool) -> list[str]:
    if not isinstance(value, list) or not all(_is_text(item) for item in value):
        return [f"{name!r} must be a list of texts; put a text with a colon into quotes."]
    return [] if value or may_be_empty else [f"{name!r} is empty."]


def _check_objectives(value: Any) -> list[str]:
    if not isinstance(value, dict) or not value:
        return ["'objectives' must map an id to {bloom: ..., text: ...}."]
    problems = []
    for name, stated in value.items():
        if not _is_slug(name):
            problems.append(f"The objective's id {name!r} must be small letters joined by hyphens.")
        if not isinstance(stated, dict) or set(stated) != {"bloom", "text"}:
            problems.append(f"The objective {name!r} must have exactly 'bloom' and 'text'.")
            continue
        if stated["bloom"] not in BLOOM:
            problems.append(
                f"The objective {name!r} has the Bloom level {stated['bloom']!r}; it must be one of {', '.join(BLOOM)}."
            )
        if not _is_text(stated["text"]):
            problems.append(f"The objective {name!r} has no text.")
    return problems


def _is_slug(value: Any) -> bool:
    return isinstance(value, str) and _SLUG.fullmatch(value) is not None


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


class ChapterDirective(SphinxDirective):
    """Renders a chapter's head and keeps it for the page's exercises."""

    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {}

    def run(self) -> list[nodes.Node]:
        """Return the nodes; after a warning none, so that a flaw cannot look finished."""
        try:
            chapter = parse_chapter("\n".join(self.content))
        except ChapterProblems as error:
            for problem in error.problems:
                logger.warning(
                    "chapter: %s", problem, location=self.get_location(), type="coursekit", subtype="chapter"
                )
            return []
        self.env.temp_data.setdefault(_KEY, {})[chapter.slug] = chapter
        block = markup.box("chapter", "In this chapter")
        block += markup.definitions(
            (
                ("Questions", markup.bullets(self._item(text) for text in chapter.questions)),
                (
                    "After this chapter you can",
                    markup.bullets(self._objective(objective) for objective in chapter.objectives),
                ),
                ("Time", markup.paragraph(f"about {duration(chapter.minutes)}")),
                ("Before you start", self._prerequisites(chapter)),
            )
        )
        return [block]

    def _prerequisites(self, chapter: Chapter) -> nodes.Element:
        if not chapter.prerequisites:
            return markup.paragraph("Nothing is needed.")
        return markup.bullets(self._item(text) for text in chapter.prerequisites)

    def _item(self, text: str) -> nodes.list_item:
        inline, messages = self.parse_inline(text)
        return nodes.list_item("", markup.paragraph(inline), *messages)

    def _objective(self, objective: Objective) -> nodes.list_item:
        inline, messages = self.parse_inline(objective.text)
        level = nodes.inline("", objective.bloom, classes=["ck-bloom"])
        item = nodes.list_item("", markup.paragraph([*inline, nodes.Text(" "), level]), *messages)
        item["ids"].append(objective_target(objective.id))
        return item


def objective_target(name: str) -> str:
    """The id of an objective on its chapter's page, to link to."""
    return f"objective-{name}"


def chapter_of(temp_data: dict[str, Any], slug: str) -> Chapter | None:
    """The head that the page being read has stated for `slug` so far."""
    found: Chapter | None = temp_data.get(_KEY, {}).get(slug)
    return found


def duration(minutes: int) -> str:
    """A span of time as people say it: "45 minutes", "1 hour", "1 hour 30 minutes"."""
    hours, rest = divmod(minutes, 60)
    parts = [f"{hours} hour{'s' if hours > 1 else ''}"] if hours else []
    if rest:
        parts.append(f"{rest} minute{'s' if rest > 1 else ''}")
    return " ".join(parts)


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("chapter", ChapterDirective)
