"""Call a learner's function without letting it disturb the check."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd


class CallFailed(Exception):
    """The learner's function raised; the message names the error in one line."""


def call(function: Callable[..., Any], tables: Sequence[pd.DataFrame]) -> Any:
    """Call `function` with copies of the tables and return what it returns.

    What it prints is dropped and its warnings are not shown: nbgrader gives no
    points to a check cell that wrote on stderr, even for a right answer.
    """
    sink = io.StringIO()
    try:
        with contextlib.redirect_stdout(sink), contextlib.redirect_stderr(sink), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return function(*[table.copy() for table in tables])
    except (Exception, SystemExit) as error:
        text = str(error).strip().split("\n")[0][:200]
        raise CallFailed(f"{type(error).__name__}: {text}" if text else type(error).__name__) from None
