"""Which column of a source is which of ours: told by the user, or guessed from common names."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from coursework.importers.errors import ImportFailed

# The canonical names and the names by which others go, the likeliest first, as `_plain` writes them.
_NAMES: dict[str, tuple[str, ...]] = {
    "msg_id": ("msg_id", "message_id", "id", "uuid", "comment_id", "post_id", "utterance_id", "tweet_id", "mid"),
    "conv_id": (
        "conv_id", "conversation_id", "thread_id", "conversation", "thread", "ticket_id", "ticket", "case_id",
        "session_id", "dialogue_id", "dialog_id", "chat_id", "topic_id", "issue_id", "thread_ts",
    ),
    "reply_to": (
        "reply_to", "in_reply_to", "in_reply_to_id", "in_response_to_tweet_id", "in_response_to", "parent_id", "parent",
        "parent_message_id", "reply_to_id", "replyto", "quoted_message_id",
    ),
    "person_id": (
        "person_id", "author_id", "author", "user_id", "user", "sender_id", "sender", "from", "username", "speaker",
        "user_name", "name", "nick", "from_email", "email", "author_name", "writer", "person", "author_login",
        "user_login",
    ),
    "ts": (
        "ts", "timestamp", "created_at", "created", "datetime", "date_time", "sent_at", "posted_at", "date", "time",
        "sent", "createdat", "created_utc", "date_sent", "published", "published_at", "utc_time",
    ),
    "text": (
        "text", "body", "message", "content", "msg", "comment", "utterance", "plain_body", "description", "text_body",
    ),
    "channel": ("channel", "channel_type", "via", "medium"),
    "sent_as": ("sent_as",),
    "clock": ("clock",),
    "role": ("role", "author_role", "sender_role", "user_type", "author_type", "sender_type"),
    "tz": ("tz", "timezone", "time_zone"),
    "account_id": ("account_id", "account", "organization_id", "organisation_id", "company_id", "company"),
    "team_id": ("team_id", "team", "group_id", "group"),
    "agent_id": ("agent_id", "agent", "assignee_id", "assignee"),
    "opened": ("opened", "opened_at"),
    "first_response": ("first_response", "first_response_at", "first_replied_at"),
    "closed": ("closed", "closed_at", "resolved_at", "solved_at"),
    "difficulty": ("difficulty",),
    "resolved": ("resolved", "is_resolved", "solved"),
    "csat": ("csat", "csat_score", "satisfaction", "satisfaction_rating", "satisfaction_score"),
    "minutes": ("minutes",),
    "rework_minutes": ("rework_minutes",),
    "tool": ("tool",),
}  # fmt: skip
_LONGEST = 1 << 20
REQUIRED = ("person_id", "ts")


def column_mapping(found: Sequence[str], told: str | None) -> tuple[dict[str, str], dict[str, str]]:
    """Canonical name to column of the source, for what the user told and for what was guessed beyond it.

    Parameters
    ----------
    found
        The columns of the source.
    told
        `canonical=theirs,canonical=theirs` (`date+time` joins two columns), or `@` and the path of a JSON or YAML
        file with such pairs, or None.

    Raises
    ------
    ImportFailed
        If `told` cannot be read or names what is not there, or if the writer or the time is not found.
    """
    wanted = _told(told) if told else {}
    for canonical, theirs in wanted.items():
        if canonical not in _NAMES:
            raise ImportFailed(f"there is nothing called {canonical!r} to map to; these exist: {', '.join(_NAMES)}")
        if theirs not in found and not ("+" in theirs and set(theirs.split("+")) <= set(found)):
            raise ImportFailed(f"the data have no column {theirs!r}; they have {_listed(found)}")
    taken = set(wanted.values())
    plain: dict[str, str] = {}
    for name in found:
        plain.setdefault(_plain(name), name)
    guessed: dict[str, str] = {}
    for canonical, names in _NAMES.items():
        if canonical not in wanted:
            match = next((plain[name] for name in names if name in plain and plain[name] not in taken), None)
            if match is not None:
                guessed[canonical] = match
                taken.add(match)
    if "date" in plain and guessed.get("ts") == plain.get("date") and plain.get("time") not in (None, *taken):
        guessed["ts"] = f"{plain['date']}+{plain['time']}"
    missing = [name for name in REQUIRED if name not in wanted and name not in guessed]
    if missing:
        example = ",".join(f"{name}=COLUMN" for name in missing)
        raise ImportFailed(
            f"no column for {' and '.join(missing)} was recognised among {_listed(found)}: name it with --map {example}"
        )
    return wanted, guessed


def cell(row: Mapping[str, object], theirs: str) -> object:
    """A row's value in a column, or in several joined by `+`, as "date+time" is."""
    if theirs in row or "+" not in theirs:
        return row.get(theirs)
    return " ".join(str(row.get(name) or "") for name in theirs.split("+")).strip()


def _told(told: str) -> dict[str, str]:
    if told.startswith("@"):
        return _from_file(Path(told[1:]))
    pairs: dict[str, str] = {}
    for pair in told.split(","):
        canonical, sign, theirs = pair.partition("=")
        if not (sign and canonical.strip() and theirs.strip()):
            raise ImportFailed(f"{pair!r} is no mapping: write canonical=theirs, for example text=body,ts=created_at")
        pairs[canonical.strip()] = theirs.strip()
    return pairs


def _from_file(path: Path) -> dict[str, str]:
    try:
        # A pipe or a device might never end.
        if path.exists() and not path.is_file():
            raise ValueError("no file")
        with path.open(encoding="utf-8") as file:
            text = file.read(_LONGEST)
        if path.suffix.lower() in (".yaml", ".yml"):
            import yaml

            try:
                pairs = yaml.safe_load(text)
            except yaml.YAMLError:
                pairs = None
        else:
            pairs = json.loads(text)
    except OSError as error:
        raise ImportFailed(f"the mapping {path} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        pairs = None
    if not isinstance(pairs, dict) or not all(isinstance(value, str) for pair in pairs.items() for value in pair):
        raise ImportFailed(f"{path} is no mapping: write pairs of a canonical name and a column, as JSON or YAML")
    return pairs


def _plain(name: str) -> str:
    """A column's name in lower case with single underscores: "Created At" and "created-at" are "created_at"."""
    return re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()).strip("_")


def _listed(found: Sequence[str]) -> str:
    shown = ", ".join(name[:40] for name in found[:30])
    return f"{shown} and {len(found) - 30} more" if len(found) > 30 else shown or "no columns at all"
