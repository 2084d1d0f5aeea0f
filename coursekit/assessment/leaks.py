"""Look for keys where none may be: the published site, a release, the learners' wheel."""

from __future__ import annotations

import base64
import binascii
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from coursekit.assessment.authoring import Assignment
from coursekit.assessment.secret import Secret
from coursekit.assessment.sources import body_lines

_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{40,}={0,2}")
_LEAST = 30  # shorter lines of an answer are ordinary code that may stand anywhere
_SEEDING = re.compile(r"\w+ = np\.random\.default_rng\(\w+\)")  # so may this one, and it tells nothing
_DEPTH = 4


def key_texts(assignment: Assignment) -> set[str]:
    """What must never ship: the telling lines of right answers and mistakes, and every hint."""
    texts = set()
    for exercise in assignment.autograded:
        for compute in (exercise.right, *(mistake.compute for mistake in exercise.mistakes)):
            texts |= {line for line in body_lines(compute) if len(line) >= _LEAST}
        texts |= {" ".join(mistake.hint.split()) for mistake in exercise.mistakes}
    texts |= {line for line in body_lines(assignment.other_data) if len(line) >= _LEAST}
    return {text for text in texts if not _SEEDING.fullmatch(text)}


def leaks(place: Path, secret: Secret, assignments: list[Assignment]) -> list[str]:
    """Say where a file or folder holds the canary, the secret or a key's text.

    Looks into zips and wheels, base64 texts, and JSON and HTML escapes. Returns one
    sentence for each finding, sorted.
    """
    needles = {secret.canary, secret.value}
    for assignment in assignments:
        needles |= key_texts(assignment)
    # A file may hold a text as JSON or HTML does; comparing without quotes and escapes covers these.
    folded = {_fold(needle.encode()): needle for needle in needles}
    files = [place] if place.is_file() else sorted(path for path in place.rglob("*") if path.is_file())
    found = set()
    for path in files:
        for where, content in _layers(path.name, path.read_bytes(), 0):
            plain = _fold(content)
            for needle, shown in folded.items():
                if needle in plain:
                    inside = f" (in {where})" if where != path.name else ""
                    found.add(f"{path}{inside} holds a key: {shown[:60]!r}")
    return sorted(found)


def _layers(name: str, content: bytes, depth: int) -> Iterator[tuple[str, bytes]]:
    yield name, content
    if depth >= _DEPTH:
        return
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.namelist():
                yield from _layers(f"{name}/{member}", archive.read(member), depth + 1)
    for match in _BASE64.finditer(content):
        text = match.group().rstrip(b"=")
        try:
            decoded = base64.b64decode(
                text + b"=" * (-len(text) % 4), altchars=b"-_" if b"-" in text or b"_" in text else None
            )
        except binascii.Error:
            continue
        yield from _layers(f"{name} (base64)", decoded, depth + 1)


def _fold(content: bytes) -> bytes:
    text = content
    for escaped, plain in (
        (b"&quot;", b'"'),
        (b"&#x27;", b"'"),
        (b"&#39;", b"'"),
        (b"&amp;", b"&"),
        (b"&lt;", b"<"),
        (b"&gt;", b">"),
    ):
        text = text.replace(escaped, plain)
    return re.sub(rb"[\\\s\"']+", b"", re.sub(rb"<[^<>]{0,200}>", b"", text))
