"""What a learner gets: the data, the methods of the course, charts and checks.

The package reads from the ground up: `tables` defines the data, `loading` reads
it, `analysis` holds the methods, `explore` draws them, `checks` answers an
exercise. Imports go that way only, and nothing here knows an answer.
"""

from coursework.checks import check
from coursework.loading import DatasetBroken, DatasetNotFound, load, load_folder

__all__ = ["DatasetBroken", "DatasetNotFound", "check", "load", "load_folder"]
__version__ = "0.1.0"
