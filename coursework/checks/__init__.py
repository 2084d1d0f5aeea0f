"""Checks: does an answer have the form that its exercise asks for?"""

from coursework.checks.answer import MIME, Answer
from coursework.checks.visible import PACK, CheckPackMissing, UnknownExercise, check

__all__ = ["MIME", "PACK", "Answer", "CheckPackMissing", "UnknownExercise", "check"]
