"""Live charts for the book and explorers for notebooks, over the same methods.

Importing this package makes Altair's charts show in JupyterLab without asking
another host; see `renderer`.
"""

from coursework.explore.allocation import allocation_chart, allocation_explorer
from coursework.explore.renderer import enable

enable()

__all__ = ["allocation_chart", "allocation_explorer"]
