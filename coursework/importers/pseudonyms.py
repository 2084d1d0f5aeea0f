"""Pseudonyms that are the same in every import with the same key, and tell nothing without it.

A keyed hash (HMAC-SHA256, RFC 2104) of what the source calls a person. Without the key nobody
can try out known addresses; with it, and only with it, two imports can be joined. Data with
pseudonyms are still personal data for whoever has the key.
"""

from __future__ import annotations

import hmac
import os
import secrets
from pathlib import Path

from coursework.importers.errors import ImportFailed

KEY_BYTES = 32
_DIGITS = {"p": 12, "a": 12, "t": 12, "c": 16, "m": 16}


def read_key(path: Path) -> bytes:
    """The key in the file, which is made, readable for its owner only, if it does not exist.

    Raises `ImportFailed` if the file holds no key or cannot be read or made.
    """
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except FileNotFoundError:
        return _make_key(path)
    except (ValueError, UnicodeDecodeError):
        key = b""
    except OSError as error:
        raise ImportFailed(f"the key {path} cannot be read ({error.strerror}): name another file with --key") from None
    if len(key) != KEY_BYTES:
        raise ImportFailed(f"{path} holds no key of {KEY_BYTES} bytes in hexadecimal: name another file with --key")
    return key


def _make_key(path: Path) -> bytes:
    key = secrets.token_bytes(KEY_BYTES)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise ImportFailed(f"the key {path} cannot be made ({error.strerror}): name another file with --key") from None
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(key.hex() + "\n")
    return key


class Pseudonyms:
    """Gives pseudonyms; without a key it gives back what it gets, for data that are pseudonymous already."""

    def __init__(self, key: bytes | None) -> None:
        self._key = key
        self._people: dict[str, str] = {}

    def person(self, identity: str) -> str:
        """A person: "p" and 12 hexadecimal digits. E-mail addresses are the same in capitals."""
        known = self._people.get(identity)
        if known is None:
            same = identity.lower() if "@" in identity and self._key is not None else identity
            known = self._people[identity] = self._hash("p", same)
        return known

    def conversation(self, identity: str) -> str:
        """A conversation: "c" and 16 digits; there are more of them than people."""
        return self._hash("c", identity)

    def message(self, identity: str) -> str:
        """A message: "m" and 16 digits."""
        return self._hash("m", identity)

    def account(self, identity: str) -> str:
        """An account: "a" and 12 digits."""
        return self._hash("a", identity)

    def team(self, identity: str) -> str:
        """A team: "t" and 12 digits; teams may be named after people."""
        return self._hash("t", identity)

    def _hash(self, kind: str, identity: str) -> str:
        if self._key is None:
            return identity
        digest = hmac.digest(self._key, f"{kind}\0{identity}".encode("utf-8", "surrogatepass"), "sha256")
        return kind + digest.hex()[: _DIGITS[kind]]
