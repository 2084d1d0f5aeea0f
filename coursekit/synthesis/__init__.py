"""Conversation data with planted, known truth."""

from coursekit.synthesis.dirt import KINDS
from coursekit.synthesis.plan import SIZES
from coursekit.synthesis.write import DATA_SEED, Written, make_dataset, write_dataset, write_world

__all__ = ["DATA_SEED", "KINDS", "SIZES", "Written", "make_dataset", "write_dataset", "write_world"]
