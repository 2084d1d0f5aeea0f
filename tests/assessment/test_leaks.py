"""The search for keys finds them wherever they hide."""

from __future__ import annotations

import base64
import json
import zipfile
from pathlib import Path

import pytest

from coursekit.assessment import load_assignment
from coursekit.assessment.leaks import key_texts, leaks
from coursekit.assessment.secret import Secret

ROOT = Path(__file__).resolve().parents[2]
SECRET = Secret("u" * 64)
ASSIGNMENT = load_assignment("tool-or-craft", ROOT)
LINE = 'by_agent = conversation.groupby(["tool", "agent_id"], observed=True)["resolved"].mean()'


def test_the_searched_texts_are_those_of_the_answers() -> None:
    assert LINE in key_texts(ASSIGNMENT)
    assert any("Are masters equally spread over the two tools?" in text for text in key_texts(ASSIGNMENT))


@pytest.mark.parametrize("needle", [SECRET.canary, SECRET.value, LINE])
@pytest.mark.parametrize("hide", ["plain", "json", "html", "highlighted", "base64", "zip", "wheel of base64"])
def test_a_key_is_found(tmp_path: Path, needle: str, hide: str) -> None:
    path = tmp_path / "file"
    encoded = base64.b64encode(f"some text around: {needle} and after".encode())
    if hide == "plain":
        path.write_text(f"x {needle} y")
    elif hide == "json":
        path.write_text(json.dumps({"source": [f"    {needle}\n"]}))
    elif hide == "html":
        path.write_text(needle.replace("&", "&amp;").replace('"', "&quot;"))
    elif hide == "highlighted":
        path.write_text("".join(f"<span class='n'>{word}</span> " for word in needle.split(" ")))
    elif hide == "base64":
        path.write_bytes(b'{"image": "' + encoded + b'"}')
    elif hide == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("inside/notes.txt", f"x {needle} y")
    else:
        inner = tmp_path / "inner.zip"
        with zipfile.ZipFile(inner, "w") as archive:
            archive.writestr("a", encoded)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(inner, "inner.zip")
        inner.unlink()
    found = leaks(tmp_path, SECRET, [ASSIGNMENT])
    assert found
    assert str(path) in found[0]


def test_clean_folders_are_clean(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("share = conversation.groupby('tool')['resolved'].mean()\n")
    # A line of the answers too, but one that any code has.
    (tmp_path / "c.py").write_text("    rng = np.random.default_rng(seed)\n")
    (tmp_path / "b.bin").write_bytes(bytes(range(256)) * 50)
    assert leaks(tmp_path, SECRET, [ASSIGNMENT]) == []
