"""What the library cannot say of an argument, since ctypes could not pass it on: that it is of
another type, or has a NUL. All else the library checks."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Union

from ._errors import not_allowed

#: A time: seconds, or a timedelta.
Seconds = Union[float, timedelta]

_MOST = 0xFFFF_FFFF


def text(name: str, value: str) -> bytes:
    """The UTF-8 of an argument."""
    if not isinstance(value, str):
        raise TypeError(f"{name} has to be a str, not {type(value).__name__}")
    try:
        encoded = value.encode()
    except UnicodeEncodeError:
        raise not_allowed(name, "half a surrogate pair is no text") from None
    if b"\0" in encoded:
        raise not_allowed(name, "it has a NUL")
    return encoded


def optional_text(name: str, value: str | None) -> bytes | None:
    """The same for one that may be left out."""
    return None if value is None else text(name, value)


def count(name: str, value: int | None) -> int:
    """A number that fits 32 bits; 0, which is the default, for ``None``."""
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} has to be an int, not {type(value).__name__}")
    if not 0 <= value <= _MOST:
        raise not_allowed(name, f"{value} is not within 0 and {_MOST}")
    return value


def milliseconds(name: str, value: Seconds | None) -> int:
    """A time in milliseconds, rounded up so that a little is not none; 0 for ``None``.

    A time that has run out is the shortest one, and one of more than 49 days is that.
    """
    if value is None:
        return 0
    if isinstance(value, timedelta):
        value = value.total_seconds()
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        what = type(value).__name__
        raise TypeError(f"{name} has to be seconds or a timedelta, not {what}")
    if not value >= 0:
        raise not_allowed(name, f"{value} is no time")
    if value > _MOST / 1000:
        return _MOST
    # Without the rounding 0.3 would be 301 ms.
    return max(1, math.ceil(round(value * 1000, 6)))
