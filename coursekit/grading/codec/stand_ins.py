"""What the checker holds in place of a learner's things that cannot or should not be rebuilt."""

from __future__ import annotations

import copy
import functools
from typing import Any, NoReturn


class OpaqueUsed(TypeError):
    """A check used a value that could not be carried over."""


class Opaque:
    """Stands for a value of a kind that the codec does not carry.

    Everything done with it raises `OpaqueUsed`, comparing and `bool` included, so that an
    `assert` about it fails whichever way round it is written. Only `repr`, `str`,
    `is` and `isinstance` work.
    """

    __slots__ = ("_kind", "_reason")

    def __init__(self, kind: str, reason: str = "") -> None:
        self._kind = kind
        self._reason = reason

    def __repr__(self) -> str:
        return f"<{self._kind}, not carried over{': ' + self._reason if self._reason else ''}>"

    def __getattr__(self, name: str) -> NoReturn:
        _used(self)


def _used(self: Opaque, *_: object, **__: object) -> NoReturn:
    because = f" ({self._reason})" if self._reason else ""
    raise OpaqueUsed(
        f"A value of type {self._kind} cannot be carried to the checker{because}: "
        "answer with plain values, numpy, pandas or an Altair chart."
    )


# Python looks these up on the class and passes `__getattr__` by.
_OPERATORS = """
eq ne lt le gt ge hash bool len iter next contains getitem setitem delitem call index int float complex round
add sub mul matmul truediv floordiv mod divmod pow and or xor lshift rshift neg pos abs invert reversed
radd rsub rmul rmatmul rtruediv rfloordiv rmod rdivmod rpow rand ror rxor rlshift rrshift
iadd isub imul imatmul itruediv ifloordiv imod ipow iand ior ixor ilshift irshift
bytes fspath trunc floor ceil enter exit delattr length_hint array reduce_ex copy deepcopy
"""
for _operator in _OPERATORS.split():
    setattr(Opaque, f"__{_operator}__", _used)


class Record(tuple[Any, ...]):
    """A named tuple's values with its field names as attributes, `_fields` and `_asdict` included.

    It equals the plain tuple of its values, as a named tuple does.
    """

    _fields: tuple[str, ...]

    @classmethod
    def of(cls, fields: tuple[str, ...], values: list[Any]) -> Record:
        """Make a record; the lengths must agree."""
        record = cls(values)
        record._fields = fields
        return record

    def __getattr__(self, name: str) -> Any:
        fields = self.__dict__.get("_fields", ())
        if name in fields:
            return self[fields.index(name)]
        raise AttributeError(f"this record has no field {name!r}")

    def __repr__(self) -> str:
        return f"({', '.join(f'{name}={value!r}' for name, value in self._asdict().items())})"

    def _asdict(self) -> dict[str, Any]:
        return dict(zip(self._fields, self, strict=True))


CHARTS = ("Chart", "LayerChart", "HConcatChart", "VConcatChart", "ConcatChart", "FacetChart", "RepeatChart")


def chart_of(kind: str, specification: dict[str, Any]) -> Any:
    """Return a chart of Altair's class `kind` that holds a Vega-Lite specification.

    It is an instance of that class, and `to_dict` gives the specification back. Its
    attributes (`mark`, `encoding`, ...) are parsed when first read, which takes Altair
    some 80 ms; most checks read `to_dict` alone. What is read as `data` is the
    specification's data, not the learner's frame.
    """
    held = _chart_class(kind)
    chart = held.__new__(held)
    object.__setattr__(chart, "_specification", specification)
    return chart


@functools.cache
def _chart_class(kind: str) -> Any:
    import altair  # not at the top: dear, and a course may do without charts

    base: Any = getattr(altair, kind)

    class Held(base):  # type: ignore[misc]  # the base is known at run time only
        _specification: dict[str, Any] | None

        def _parsed(self) -> Any:
            return base.from_dict(copy.deepcopy(self._specification), validate=False)

        def __getattr__(self, name: str) -> Any:
            if name in ("_args", "_kwds"):
                parsed = self._parsed()
                mark = (self._specification or {}).get("mark")
                if isinstance(mark, dict) and "type" in mark:  # as `mark_bar()` sets it, not as Altair parses it
                    parsed._kwds["mark"] = mark["type"] if len(mark) == 1 else altair.MarkDef(**mark)
                object.__setattr__(self, "_args", parsed._args)
                object.__setattr__(self, "_kwds", parsed._kwds)
                return object.__getattribute__(self, name)
            return super().__getattr__(name)

        def copy(self, deep: Any = True, ignore: list[str] | None = None) -> Any:
            # Altair's methods change a copy and return it: from then on it is an ordinary chart.
            return self._parsed().copy(deep=deep, ignore=ignore)

        def to_dict(self, *arguments: Any, format: str = "vega-lite", **options: Any) -> dict[str, Any]:
            if format != "vega-lite":
                return self._parsed().to_dict(*arguments, format=format, **options)
            return copy.deepcopy(self._specification) or {}

        def __setattr__(self, name: str, value: Any) -> None:
            raise TypeError("this chart is the learner's: change a copy of it, chart.copy()")

        __setitem__ = __setattr__

    Held.__name__ = Held.__qualname__ = kind
    return Held
