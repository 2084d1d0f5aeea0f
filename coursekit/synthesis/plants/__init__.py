"""The planted effects of each chapter, and how they are found and missed."""

from __future__ import annotations

import importlib

from coursekit.synthesis.plants.plant import Plant, Tables, Value, distance

__all__ = ["Plant", "Tables", "Value", "distance", "plants_of"]

_MODULES = {
    "conversations": ("conversations",),
    "function-over-form": ("function_over_form",),
    "intent": ("intent",),
    "tool-or-craft": ("tool_or_craft",),
    "systems": ("systems",),
    "results-lag": ("results_lag", "immortal_time"),
    "the-mirror": ("the_mirror",),
    "does-it-pay": ("does_it_pay",),
}


def plants_of(slug: str) -> tuple[Plant, ...]:
    """The plants of a chapter, one for each of its exercises; KeyError for an unknown chapter."""
    modules = [importlib.import_module(f"{__name__}.{name}") for name in _MODULES[slug]]
    return tuple(plant for module in modules for plant in module.PLANTS)
