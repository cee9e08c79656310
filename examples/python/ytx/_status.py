"""The numbers that calls end with, and the kinds of failure that they stand for."""

from __future__ import annotations

import enum

from . import _native


class Status(enum.IntEnum):
    """The platform's own codes. The library's have a :class:`Kind` each."""

    OK = 0
    INVALID_NUMBER = -1
    MISSING_PARAMETER = -2
    UNKNOWN_ACTION = -3
    BAD_JSON = -4
    PLATFORM_FAULT = -100
    BAD_PARAMETER = -101
    NUMBER_NOT_ALLOWED = -102
    TOO_MANY_REQUESTS = -104
    NO_SUCH_ACCOUNT = -200
    ACCOUNT_DISABLED = -201
    BAD_AUTHORIZATION = -202
    BAD_SIGN = -203
    BALANCE_TOO_LOW = -204
    APP_CHECK_FAILED = -205


class Kind(enum.Enum):
    """What kind of failure a call ended with; the value is the library's own code."""

    REFUSED = -1  # by the platform: Error.status is its own code
    INVALID_ARGUMENT = 1001
    INVALID_HANDLE = 1002
    CONNECT = 1003
    TIMEOUT = 1004
    TLS = 1005
    IO = 1006
    HTTP = 1007
    RESPONSE = 1008
    PLATFORM = 1009
    CANCELLED = 1010
    BUSY = 1011
    INTERNAL = 1099

    @classmethod
    def of(cls, status: int) -> Kind:
        """The kind of failure that a status stands for."""
        return cls.REFUSED if status < 0 else cls(status)


def name(status: int) -> str:
    """A status's name in C, such as "YTX_E_TIMEOUT"; "YTX_UNKNOWN" for what has none."""
    found: bytes = _native.status_name(status)
    return found.decode()


def text(status: int) -> str:
    """One English sentence: what happened, and the remedy where one is known."""
    found: bytes = _native.status_text(status)
    return found.decode()
