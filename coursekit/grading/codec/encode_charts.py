"""The sender's side of Altair charts: their Vega-Lite specification, data included."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from coursekit.grading.codec.kinds import Cannot
from coursekit.grading.codec.message import beyond
from coursekit.grading.codec.stand_ins import CHARTS

if TYPE_CHECKING:
    from coursekit.grading.codec.encode import Encoder


def writer(bases: tuple[type, ...]) -> Callable[[Encoder, Any], Any] | None:
    """Return what writes a value whose classes are `bases`, if it is a chart."""
    altair = sys.modules.get("altair")  # a chart exists only where its library is loaded
    if altair is None:
        return None
    kinds = {id(getattr(altair, name, None)): name for name in CHARTS}
    for base in bases:
        if id(base) in kinds:
            return lambda encoder, chart: _write(encoder, chart, altair, base, kinds[id(base)])
    return None


def _write(encoder: Encoder, chart: Any, altair: Any, base: Any, kind: str) -> Any:
    # Altair stops at 5,000 rows to keep notebooks small; here the message's own limit holds.
    with altair.data_transformers.enable("default", max_rows=None):
        specification = base.to_dict(chart, validate=False)
    text = json.dumps(specification, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    if beyond(text, encoder.limits):
        raise Cannot(f"a chart that holds more than {encoder.limits.items:,} values")
    return {"$": "chart", "kind": kind, "b": encoder.block(text)}
