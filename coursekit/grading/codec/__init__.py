"""Carry values from a learner's process to the checker's without trusting the sender.

`encode` runs beside the learner's code and may be lied to; `decode` runs beside the
checks and is the wall: it builds nothing but the values it knows, within `Limits`.
A message is tagged JSON plus blocks of bytes laid out as numpy and Arrow lay them out
in memory, so nothing is unpickled, evaluated or imported by name, and there is no
format reader of a library between the learner's bytes and the checker.
"""

from coursekit.grading.codec.decode import decode
from coursekit.grading.codec.encode import encode
from coursekit.grading.codec.message import BadMessage, Limits, NotSent
from coursekit.grading.codec.stand_ins import Opaque, OpaqueUsed, Record

__all__ = ["BadMessage", "Limits", "NotSent", "Opaque", "OpaqueUsed", "Record", "decode", "encode"]
