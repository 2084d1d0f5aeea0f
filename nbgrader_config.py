"""nbgrader's settings, for the plain `nbgrader` commands and for `coursekit`."""

import os

c = get_config()

c.CourseDirectory.course_id = "conversations"
# Absolute, so that the commands and JupyterLab's formgrader work from any folder below the root.
c.CourseDirectory.root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "course")

# A stub must not raise: Run All on an untouched notebook runs to its end.
c.ClearSolutions.code_stub = {"python": "...  # your code here"}
c.ClearSolutions.text_stub = "*Write here.*"

# Seconds for one cell; a slow first import is well below, an endless loop is not.
c.Execute.timeout = 60

# ipykernel warns for every notebook that it talks over TCP; on one's own machine that is noise.
c.Execute.extra_arguments = ["--IPKernelApp.log_level=ERROR"]

# Late work is shown as late and loses nothing; "zero" or a plug-in class makes it lose.
c.LateSubmissionPlugin.penalty_method = "none"

# Feedback goes to learners, so it names no key: see coursekit/grading/keys.py.
c.GenerateFeedback.preprocessors = [
    "nbgrader.preprocessors.GetGrades",
    "coursekit.grading.keys.StripKeys",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
]
