"""What a check answers: points for the grader, a box for the learner."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any, Literal

MIME = "application/vnd.coursekit.check+json"

Verdict = Literal["right", "mistake", "wrong", "raised", "form", "blank", "unmarked"]

# Sign, colour of the edge. The colours pass 3:1 on white and on black; the words carry the meaning.
_LOOK: dict[Verdict, tuple[str, str]] = {
    "right": ("Right", "#2e8b57"),
    "mistake": ("Not yet", "#c2740a"),
    "wrong": ("Not yet", "#c2740a"),
    "raised": ("An error", "#d1495b"),
    "form": ("Not the form asked for", "#c2740a"),
    "blank": ("Not answered yet", "#7a7f87"),
    "unmarked": ("The form is as asked", "#3f7fbf"),
}


@dataclass(frozen=True)
class Answer:
    """The answer of a check.

    Its `repr` is the points earned, which nbgrader reads as partial credit; in
    a notebook it shows as a box. `mistake` names the mistake that was
    recognised, if any.
    """

    exercise: str
    verdict: Verdict
    points: float
    maximum: float
    message: str
    mistake: str | None = None

    def __repr__(self) -> str:
        return f"{self.points:g}"

    def _repr_html_(self) -> str:
        sign, colour = _LOOK[self.verdict]
        message = "<br>".join(html.escape(line) for line in self.message.split("\n"))
        return (
            f'<div class="coursekit-check" style="border-left:0.4em solid {colour};padding:0.4em 0.9em;'
            f'margin:0.3em 0;max-width:46em;line-height:1.5">'
            f"<strong>{html.escape(self.exercise)}: {sign}.</strong> {message}"
            f'<div style="opacity:0.85">{html.escape(self._score())}</div></div>'
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {
            "text/plain": repr(self),
            "text/html": self._repr_html_(),
            MIME: {
                "exercise": self.exercise,
                "verdict": self.verdict,
                "mistake": self.mistake,
                "points": self.points,
            },
        }

    def _score(self) -> str:
        if self.verdict == "unmarked":
            return f"Worth {_points(self.maximum)}."
        return f"{self.points:g} of {_points(self.maximum)}."


def _points(number: float) -> str:
    return f"{number:g} point" if number == 1 else f"{number:g} points"
