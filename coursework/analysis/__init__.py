"""The methods that the course teaches."""

from coursework.analysis.standardisation import (
    crude_gap,
    gaps_within_strata,
    rates,
    reassign,
    standardised_gap,
    tabulate,
)

__all__ = ["crude_gap", "gaps_within_strata", "rates", "reassign", "standardised_gap", "tabulate"]
