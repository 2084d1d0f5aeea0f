"""The directive `quiz`: a question whose every option is explained.

    ```{quiz} who-chose
    Masters got the suite more often. Which gap does that *flatter*?

    (x) The raw gap.
        It counts the masters' craft as the tool's doing.
    ( ) The gap within a band.
        Within a band all have the same craft.
    ```

One option with `(x)` makes radio buttons, several make check boxes. The page
works without a kernel; `static/coursekit/quiz.js` checks the answer. Which
options are right, and why, stands in the page in base64, so that nobody reads
the answer by accident in the page's source or its text.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxTranslator
from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

METADATA_KEY = "coursekit-quizzes"
SCRIPT = "coursekit/quiz.js"
_OPTION = re.compile(r"\(([ xX])\)\s+(\S.*)")
_INDENT = "    "


@dataclass
class Option:
    """One answer: whether it is right, its text, and why it is right or wrong."""

    right: bool
    text: str
    why: str = ""


@dataclass
class Quiz:
    """A question and its options, as written."""

    question: str
    options: list[Option] = field(default_factory=list)

    def problems(self) -> list[str]:
        """One sentence for each flaw; empty if the quiz is complete."""
        found = []
        if not self.question.strip():
            found.append("it has no question above its options")
        if len(self.options) < 2:
            found.append(f"it has {len(self.options)} option(s) and needs 2 or more, each starting with ( ) or (x)")
        elif not any(option.right for option in self.options):
            found.append("it has no right option; mark it with (x)")
        elif all(option.right for option in self.options):
            found.append("all its options are right, so there is nothing to choose")
        found += [
            f"its option {option.text!r} has no explanation; write it below, indented by 4 spaces"
            for option in self.options
            if not option.why.strip()
        ]
        return found


def parse_quiz(text: str) -> Quiz:
    """Take a quiz apart: the question, then each option with the indented text below it."""
    question: list[str] = []
    options: list[tuple[bool, list[str], list[str]]] = []
    for line in text.splitlines():
        match = _OPTION.fullmatch(line.rstrip())
        if match:
            options.append((match[1] != " ", [match[2]], []))
        elif not options:
            question.append(line)
        elif line.startswith(_INDENT) or not line.strip():
            options[-1][2].append(line.removeprefix(_INDENT))
        else:
            # A long option may go on in the next line.
            options[-1][1].append(line.strip())
    return Quiz(
        "\n".join(question).strip(),
        [Option(right, " ".join(words), "\n".join(why).strip()) for right, words, why in options],
    )


class QuizNode(nodes.General, nodes.Element):
    """A quiz; `right` lists the positions of right options.

    Children: the question, then in turn each option and why it is right or wrong.
    """


class QuizDirective(SphinxDirective):
    """Renders a quiz; its argument names it within the page."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {}

    def run(self) -> list[nodes.Node]:
        """Return the nodes; after a warning none, so that a flaw cannot look finished."""
        name = self.arguments[0]
        quiz = parse_quiz("\n".join(self.content))
        problems = quiz.problems()
        target = nodes.make_id(f"quiz-{name}")
        if target in self.state.document.ids:
            problems.append("another quiz on this page has the same name")
        question = nodes.container("", *self.parse_text_to_nodes(quiz.question))
        if not problems and not isinstance(question[-1], nodes.paragraph):
            problems.append("its question must end with a paragraph, which becomes the name of the options")
        for problem in problems:
            logger.warning(
                "quiz %r: %s.", name, problem, location=self.get_location(), type="coursekit", subtype="quiz"
            )
        if problems:
            return []
        block = QuizNode("", question, right=[i for i, option in enumerate(quiz.options) if option.right])
        for option in quiz.options:
            inline, messages = self.parse_inline(option.text)
            block += nodes.container("", *inline)
            block += nodes.container("", *self.parse_text_to_nodes(option.why), *messages)
        block["ids"].append(target)
        self.state.document.set_id(block)
        self.env.metadata[self.env.docname][METADATA_KEY] = True
        return [block]


def quiz_html(name: str, context: str, legend: str, options: list[tuple[str, str]], right: list[int]) -> str:
    """The form of a quiz.

    Parameters
    ----------
    name
        The form's id.
    context
        HTML of what precedes the question proper; may be empty.
    legend
        HTML of the question proper, without blocks.
    options
        For each option HTML without blocks, and HTML that explains it.
    right
        The positions of the right options, from 0.
    """
    key = json.dumps({"right": right, "why": [why for _, why in options]})
    several = len(right) > 1
    kind = "checkbox" if several else "radio"
    # Without autocomplete="off" some browsers restore an old choice when the page is loaded again.
    choices = "".join(
        f'<div class="ck-option"><input type="{kind}" name="{name}" id="{name}-{i}" value="{i}" '
        f'autocomplete="off" aria-describedby="{name}-{i}-mark"><label for="{name}-{i}">{text}</label>'
        f'<span class="ck-option-mark" id="{name}-{i}-mark"></span></div>\n'
        for i, (text, _) in enumerate(options)
    )
    hint = ' <span class="ck-hint">Choose all that apply.</span>' if several else ""
    return (
        f'<form class="ck-box ck-quiz" id="{name}" novalidate>\n'
        f'<p class="ck-box-title">Check yourself</p>\n{context}'
        f"<fieldset><legend>{legend}{hint}</legend>\n{choices}</fieldset>\n"
        '<button type="submit" class="ck-button" hidden>Check</button>\n'
        f'<div class="ck-result" role="status" data-key="{_encode(key)}"></div>\n'
        "<noscript><p>This quiz needs JavaScript to check your answer.</p></noscript>\n"
        "</form>\n"
    )


def _encode(text: str) -> str:
    return html.escape(base64.b64encode(text.encode()).decode())


def _visit_html(self: HTML5Translator, node: QuizNode) -> None:
    def rendered(parts: Sequence[nodes.Node]) -> str:
        start = len(self.body)
        for part in parts:
            part.walkabout(self)
        text = "".join(self.body[start:])
        del self.body[start:]
        return text.strip()

    question, *answers = node.children
    # The last paragraph is the question proper; a legend may hold no blocks.
    *context, asked = question.children
    options = [
        (rendered(text.children), rendered(why.children)) for text, why in zip(answers[::2], answers[1::2], strict=True)
    ]
    self.body.append(quiz_html(node["ids"][0], rendered(context), rendered(asked.children), options, node["right"]))
    raise nodes.SkipNode


def _visit_other(self: SphinxTranslator, node: QuizNode) -> None:
    raise nodes.SkipNode


def _load_script(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    if METADATA_KEY in app.env.metadata.get(pagename, {}):
        app.add_js_file(SCRIPT, type="module")


def setup(app: Sphinx) -> None:
    """Register the directive, its node and its script."""
    skip = (_visit_other, None)
    app.add_node(QuizNode, html=(_visit_html, None), latex=skip, text=skip, man=skip, texinfo=skip)
    app.add_directive("quiz", QuizDirective)
    app.connect("html-page-context", _load_script)
