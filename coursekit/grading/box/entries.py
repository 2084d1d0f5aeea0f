"""What a child can be asked to run: the smallest entries, for the probe and the tests of the box."""

from __future__ import annotations

import json
import socket

from coursekit.grading.box.frames import send_frame


def nothing(channel: socket.socket, argument: object) -> None:
    """End at once."""


def run_source(channel: socket.socket, argument: object) -> None:
    """Execute Python source; it may send JSON values back by calling `tell(value)`."""

    def tell(value: object) -> None:
        send_frame(channel, json.dumps(value).encode())

    exec(compile(str(argument), "<source>", "exec"), {"__name__": "__main__", "tell": tell, "channel": channel})
