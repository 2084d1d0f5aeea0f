"""What the box raises."""


class BoxError(RuntimeError):
    """A box that should work did not: its message says in one sentence what to do."""


class BoxUnavailable(BoxError):
    """This host cannot hold a box; the message carries the remedy for it."""
