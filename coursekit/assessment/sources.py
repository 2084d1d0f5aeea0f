"""Cut an author's functions into what each notebook cell needs."""

from __future__ import annotations

import ast
import builtins
import dis
import inspect
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

from coursekit.assessment.authoring import AuthorError

STUB_LINE = "...  # your code here"


def solution_cell(function: Callable[..., Any], canary: str) -> str:
    """The answer as an nbgrader solution cell: the body between the solution markers.

    nbgrader replaces the marked lines by the stub line, so the learner's stub is
    the solution minus its body, docstring kept.
    """
    node, lines = _parse(function)
    head, body = _split(node, lines)
    indent = "    "
    marked = [
        f"{indent}### BEGIN SOLUTION {canary}",
        *body,
        f"{indent}### END SOLUTION",
    ]
    return "\n".join([*head, *marked])


def renamed(function: Callable[..., Any], name: str) -> str:
    """The function's source without decorators and under another name."""
    node, lines = _parse(function)
    head, body = _split(node, lines)
    head[0] = head[0].replace(f"def {node.name}(", f"def {name}(", 1)
    return "\n".join([*head, *body])


def body_lines(function: Callable[..., Any]) -> list[str]:
    """The lines that answer the exercise, stripped; what must never ship."""
    node, lines = _parse(function)
    return [line.strip() for line in _split(node, lines)[1] if line.strip()]


def module_imports(answers: Path) -> dict[str, str]:
    """Name -> import statement of an answers file, without the kit's own."""
    found: dict[str, str] = {}
    for node in ast.parse(answers.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = getattr(node, "module", None) or node.names[0].name
            if module.split(".")[0] in {"coursekit", "__future__"}:
                continue
            for alias in node.names:
                found[alias.asname or alias.name.split(".")[0]] = ast.unparse(node)
    return found


def imports_for(functions: list[Callable[..., Any]], answers: Path) -> list[str]:
    """The import statements that these functions need; AuthorError if they need more than that.

    What runs in a notebook is the function's text alone. A helper or a constant
    beside it would be missing there.
    """
    known = module_imports(answers)
    needed: set[str] = set()
    for function in functions:
        for name in _free_names(function):
            if name in known:
                needed.add(known[name])
            elif not hasattr(builtins, name):
                raise AuthorError(
                    f"{answers}: {function.__name__} uses {name!r} from outside; put it inside the function"
                )
    return sorted(needed)


def _parse(function: Callable[..., Any]) -> tuple[ast.FunctionDef, list[str]]:
    source = textwrap.dedent(inspect.getsource(function))
    node = ast.parse(source).body[0]
    if not isinstance(node, ast.FunctionDef):
        raise AuthorError(f"{function.__name__} must be written with def")
    return node, source.split("\n")


def _split(node: ast.FunctionDef, lines: list[str]) -> tuple[list[str], list[str]]:
    """The lines of the signature with its docstring, and those of the body."""
    statements = node.body
    has_docstring = (
        isinstance(statements[0], ast.Expr)
        and isinstance(statements[0].value, ast.Constant)
        and isinstance(statements[0].value.value, str)
    )
    rest = statements[1:] if has_docstring else statements
    if not rest:
        raise AuthorError(f"{node.name} has a docstring but no answer below it")
    # A comment may stand above the first statement, so the body starts right after the docstring.
    start = (statements[0].end_lineno if has_docstring else _signature_end(node)) or 0
    end = node.end_lineno or len(lines)
    head = lines[node.lineno - 1 : start]
    body = lines[start:end]
    while body and not body[0].strip():
        body.pop(0)
    return head, body


def _signature_end(node: ast.FunctionDef) -> int:
    return node.body[0].lineno - 1


def _free_names(function: Callable[..., Any]) -> set[str]:
    code = function.__code__
    names: set[str] = set()
    pending = [code]
    while pending:
        current = pending.pop()
        names |= {
            instruction.argval
            for instruction in dis.get_instructions(current)
            if instruction.opname in {"LOAD_GLOBAL", "LOAD_NAME"}
        }
        pending += [constant for constant in current.co_consts if inspect.iscode(constant)]
    return names
