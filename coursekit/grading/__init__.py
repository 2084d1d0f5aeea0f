"""Grade what learners hand in, on any nbgrader course.

`course` finds the course and speaks to nbgrader, `grade` marks submissions and
says what became of each, `results` is what a run leaves, `keys` keeps hidden
checks out of feedback. This part imports nothing of the other parts of the kit.
"""

from coursekit.grading.course import Course, CourseError
from coursekit.grading.grade import grade
from coursekit.grading.results import ExerciseResult, LearnerResult, Results

__all__ = ["Course", "CourseError", "ExerciseResult", "LearnerResult", "Results", "grade"]
