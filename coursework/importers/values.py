"""Read single values as sources write them: times, identifiers, JSON."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER = re.compile(r"[+-]?[0-9]{1,20}(?:\.[0-9]{1,20})?")
_ISO = re.compile(r"[0-9]{4}[-/][0-9]{2}[-/][0-9]{2}|[0-9]{8}(?:$|T)")
_MONTH = re.compile(r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)", re.IGNORECASE)


def moment(value: object) -> datetime | None:
    """A time as a number of seconds, milliseconds, micro- or nanoseconds since 1970, in ISO 8601, or as in e-mail.

    Aware if the value tells the zone (numbers are UTC), naive otherwise; None if it cannot be read.
    Days and months in figures other than ISO 8601 ("01/02/2024") are not read: their order is not known.
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return _from_epoch(value)
    text = str(value).strip()
    if _ISO.match(text):
        return _from_iso(text)
    if _NUMBER.fullmatch(text):
        return _from_epoch(float(text) if "." in text else int(text))
    if _MONTH.search(text) and len(text) < 100:
        return _from_mail(text)
    return None


def _from_epoch(value: float) -> datetime | None:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    # 10^11 seconds are the year 5138, 10^11 milliseconds 1973: the size tells the unit.
    size = abs(value)
    unit = 1 if size < 1e11 else 10**3 if size < 1e14 else 10**6 if size < 1e17 else 10**9
    try:
        if isinstance(value, int):
            return _EPOCH + timedelta(microseconds=value * 10**6 // unit)
        return _EPOCH + timedelta(seconds=value / unit)
    except OverflowError:
        return None


def _from_iso(text: str) -> datetime | None:
    text = text.replace("/", "-")
    if text[-3:].upper() in ("UTC", "GMT"):
        text = text[:-3].rstrip() + "+00:00"
    head, gap, zone = text.rpartition(" ")
    if gap and zone[:1] in "+-":
        text = head + zone
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _from_mail(text: str) -> datetime | None:
    try:
        parsed = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    # "-0000" says that the time is UTC and the writer's zone is not known (RFC 5322, section 3.3).
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None and "-0000" in text else parsed


def identifier(value: object) -> str:
    """Text or a whole number as an identifier; anything else, null too, as an empty string."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return ""
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return ""


def json_value(data: str) -> object:
    """What a JSON text holds; ValueError if it is none, is nested too deeply, or has a number of absurd length."""
    try:
        return json.loads(data)
    except RecursionError:
        raise ValueError("nested too deeply") from None
