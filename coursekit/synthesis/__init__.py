"""Conversation data with planted, known truth."""

from coursekit.synthesis.craft import CraftTruth, make_craft
from coursekit.synthesis.write import DATA_SEED, make_dataset, write_dataset

__all__ = ["DATA_SEED", "CraftTruth", "make_craft", "make_dataset", "write_dataset"]
