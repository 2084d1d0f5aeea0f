"""What instructors and CI use: data with known truth, exercises, grading, the book.

`synthesis` makes the data, `assessment` turns an author's sources into what
nbgrader releases, `grading` marks what comes back, `reports` shows it, `book`
extends Sphinx, and `cli` stands on top. The package may import `coursework`,
never the other way round, and `grading` imports none of the other parts.
"""

__version__ = "0.1.0"
