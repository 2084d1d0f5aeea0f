"""From an author's sources to what nbgrader releases.

An author writes a folder `assignments/<slug>/` with a text notebook and a file
`answers.py`. The flow is one way: `authoring` reads the answers into an
`Assignment`; `sources` cuts their code into stub, solution and hidden check;
`notebook` builds nbgrader's source version from these; `release` writes it to
`course/` with the data, the check pack and the learners' `wheel`, and lets
nbgrader make the learners' version. `sample` makes submissions for trying.
"""

from coursekit.assessment.authoring import (
    Assignment,
    AuthorError,
    Exercise,
    Exercises,
    Mistake,
    Reflection,
    load_assignment,
)
from coursework.checks.forms import Number, PerGroup

__all__ = [
    "Assignment",
    "AuthorError",
    "Exercise",
    "Exercises",
    "Mistake",
    "Number",
    "PerGroup",
    "Reflection",
    "load_assignment",
]
