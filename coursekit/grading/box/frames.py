"""Messages over a stream socket: eight bytes of length, then the content. Each receive has a limit and a time-out."""

from __future__ import annotations

import socket
import struct
import time

_HEAD = struct.Struct("!Q")


class ChannelClosed(ConnectionError):
    """The other side ended before the message did."""


class TooLarge(ValueError):
    """The other side announced more than the receiver takes."""


def send_frame(channel: socket.socket, content: bytes | memoryview, seconds: float | None = None) -> None:
    """Send one message; raises `OSError` (`TimeoutError` after `seconds`) if the other side does not take it."""
    channel.settimeout(seconds)
    channel.sendall(_HEAD.pack(len(content)))
    channel.sendall(content)


def receive_frame(channel: socket.socket, seconds: float | None, most: int = 64 * 1024 * 1024) -> bytes:
    """Receive one message of at most `most` bytes within `seconds` in all (None, in the box only: for ever).

    A sender that trickles is held to the same time: the deadline is for the whole message.

    Raises
    ------
    ChannelClosed, TooLarge, TimeoutError
        What the names say.
    """
    deadline = None if seconds is None else time.monotonic() + seconds
    (size,) = _HEAD.unpack(_receive(channel, _HEAD.size, deadline))
    if size > most:
        raise TooLarge(f"a message of {size} bytes was announced, {most} are allowed")
    return bytes(_receive(channel, size, deadline))


def _receive(channel: socket.socket, size: int, deadline: float | None) -> bytearray:
    taken = bytearray()
    while len(taken) < size:
        if deadline is None:
            channel.settimeout(None)
        else:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("the other side did not send its message in time")
            channel.settimeout(left)
        part = channel.recv(min(size - len(taken), 1 << 20))
        if not part:
            raise ChannelClosed("the other side ended before its message did")
        taken += part
    return taken
