"""An nbgrader course: where its folders are, and nbgrader's own steps on it."""

from __future__ import annotations

import datetime as dt
import difflib
import logging
import os
import shutil
import sys
import warnings
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import Autograde, GenerateAssignment, GenerateFeedback
from nbgrader.converters.base import BaseConverter
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import capture_log, temp_attrs
from sqlalchemy.exc import SAWarning
from traitlets.config import Config
from traitlets.config.loader import ConfigFileNotFound, PyFileConfigLoader

CONFIG = "nbgrader_config.py"


class CourseError(RuntimeError):
    """The course cannot be used as asked; the message says what to do."""


class Course:
    """The course whose settings lie in the folder `home`.

    Without an `nbgrader_config.py` there, `home` itself is taken as nbgrader's
    course directory, which is nbgrader's own rule.
    """

    def __init__(self, home: Path) -> None:
        self.home = home.resolve()
        if not self.home.is_dir():
            raise CourseError(f"{home} is no folder; name the folder of the course with --course")
        _alembic_on_path()
        # nbgrader 0.9.6 on SQLAlchemy 2.1 warns of rows that it adds a moment later.
        warnings.filterwarnings("ignore", category=SAWarning, module=r"nbgrader\.api")
        self._settings = self._config()
        self._directory = CourseDirectory(config=self._settings)

    @property
    def folder(self) -> Path:
        """nbgrader's course directory."""
        return Path(self._directory.root)

    def source(self, assignment: str) -> Path:
        """The folder of the source version, with solutions and hidden checks."""
        return self.folder / self._directory.source_directory / assignment

    def release(self, assignment: str) -> Path:
        """The folder of the learners' version."""
        return self.folder / self._directory.release_directory / assignment

    def submission(self, assignment: str, learner: str) -> Path:
        """The folder that a learner handed in."""
        return self.folder / self._directory.submitted_directory / learner / assignment

    def autograded(self, assignment: str, learner: str) -> Path:
        """The folder of the marked version."""
        return self.folder / self._directory.autograded_directory / learner / assignment

    def feedback(self, assignment: str, learner: str) -> Path:
        """The folder of the pages that go back to the learner."""
        return self.folder / self._directory.feedback_directory / learner / assignment

    def learners(self, assignment: str) -> list[str]:
        """Who handed the assignment in, sorted."""
        submitted = self.folder / self._directory.submitted_directory
        return sorted(path.parent.name for path in submitted.glob(f"*/{assignment}") if path.is_dir())

    def misplaced(self) -> list[Path]:
        """Notebooks that lie in a learner's folder, but not in one of an assignment: nobody would grade them."""
        submitted = self.folder / self._directory.submitted_directory
        return sorted(submitted.glob("*/*.ipynb"))

    def gradebook(self) -> Gradebook:
        """The gradebook, to be used in a with statement."""
        return Gradebook(self._directory.db_url, self._directory.course_id)

    def require_assignment(self, assignment: str) -> None:
        """Raise CourseError unless the assignment was released here."""
        if not self.source(assignment).is_dir():
            source = self.folder / self._directory.source_directory
            found = sorted(path.name for path in source.glob("*/") if not path.name.startswith("."))
            if not found and not (self.home / CONFIG).is_file():
                raise CourseError(
                    f"{self.home} is no course (it has neither {CONFIG} nor a folder source); "
                    "change into the course's root, or name it with --course"
                )
            alike = difflib.get_close_matches(assignment, found, n=1)
            advice = f"did you mean {alike[0]}?" if alike else f"release it first: coursekit release {assignment}"
            raise CourseError(
                f"there is no assignment {assignment!r} (released: {', '.join(found) or 'none'}); {advice}"
            )

    def generate_release(self, assignment: str) -> None:
        """Let nbgrader make the learners' version from the source version."""
        failed = self._convert(GenerateAssignment, assignment, create_assignment=True)
        if failed:
            # A folder that is there counts as released, so half of one must not stay.
            shutil.rmtree(self.release(assignment), ignore_errors=True)
            raise CourseError(f"nbgrader could not make the learners' version: {failed}")

    def set_due(self, assignment: str, due: dt.datetime | None) -> None:
        """Set or clear the due date (an aware time)."""
        naive = due.astimezone(dt.UTC).replace(tzinfo=None) if due else None
        with self.gradebook() as gradebook:
            gradebook.update_or_create_assignment(assignment, duedate=naive)

    def due(self, assignment: str) -> dt.datetime | None:
        """The due date in UTC, or None if none is set."""
        with self.gradebook() as gradebook:
            try:
                due = gradebook.find_assignment(assignment).duedate
            except MissingEntry:
                return None
        return due.replace(tzinfo=dt.UTC) if due else None

    def autograde(self, assignment: str, learner: str) -> str | None:
        """Mark one submission with nbgrader's executor; the reason if that failed, else None."""
        return self._convert(Autograde, assignment, learner, create_student=True)

    def generate_feedback(self, assignment: str, learner: str) -> str | None:
        """Write one learner's feedback page; the reason if that failed, else None."""
        return self._convert(GenerateFeedback, assignment, learner)

    def feedback_is_current(self, assignment: str, learner: str) -> bool:
        """Whether the learner's page is newer than the marked version and the gradebook's marks."""
        pages = sorted(self.feedback(assignment, learner).glob("*.html"))
        marked = sorted(self.autograded(assignment, learner).glob("*.ipynb"))
        if not pages or len(pages) < len(marked):
            return False
        oldest = min(page.stat().st_mtime_ns for page in pages)
        # Marks given by hand change the gradebook alone, and its time is that of its last change.
        changed = [path.stat().st_mtime_ns for path in marked]
        gradebook = self.folder / "gradebook.db"
        if gradebook.is_file():
            changed.append(gradebook.stat().st_mtime_ns)
        return oldest > max(changed)

    def _convert(
        self, converter: type[BaseConverter], assignment: str, learner: str = "*", **attributes: bool
    ) -> str | None:
        """Run one of nbgrader's steps; the reason if it failed, else None."""
        with temp_attrs(self._directory, assignment_id=assignment, student_id=learner):
            step = converter(coursedir=self._directory, config=self._settings, log=_quiet_log())
            step.force = True
            for name, value in attributes.items():
                setattr(step, name, value)
            answer = capture_log(step)
        return None if answer["success"] else _last_words(answer)

    def _config(self) -> Config:
        try:
            config = PyFileConfigLoader(CONFIG, path=str(self.home)).load_config()
        except ConfigFileNotFound:
            config = Config()
        except Exception as error:
            raise CourseError(f"{self.home / CONFIG} does not run: {type(error).__name__}: {error}") from None
        if "root" not in config.CourseDirectory:
            config.CourseDirectory.root = str(self.home)
        return config


def _quiet_log() -> logging.Logger:
    """A log that goes nowhere by itself: nbgrader's answer carries what matters."""
    log = logging.getLogger("coursekit.nbgrader")
    log.setLevel(logging.INFO)
    log.propagate = False
    log.handlers = [logging.NullHandler()]
    return log


def _last_words(answer: dict[str, Any]) -> str:
    """What went wrong: the last line of the first traceback that nbgrader logged, else of its own."""
    said, inside = "", False
    for line in str(answer.get("log") or "").splitlines():
        if line.startswith("["):
            if said:
                break
            inside = line.startswith("[ERROR] Traceback")
        elif line.strip() and inside:
            said = line.strip()
    traced = [line.strip() for line in str(answer.get("error") or "").splitlines() if line.strip()]
    return (said or (traced[-1] if traced else "no reason given"))[:300]


def _alembic_on_path() -> None:
    """nbgrader calls `alembic` by name when it makes a gradebook, also where no environment is activated."""
    beside_python = str(Path(sys.executable).parent)
    path = os.environ.get("PATH", "")
    if beside_python not in path.split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([beside_python, path])
