"""Why a call failed. It makes exceptions of statuses and reports, and raises none."""

from __future__ import annotations

import builtins
import json
from typing import Any

from . import _native, _status
from ._status import Kind


class Error(Exception):
    """Why a call failed, or why a client was not made.

    It holds neither the auth token nor a signature nor a whole URL.
    """

    #: The platform's own code below zero, or the library's above.
    status: int
    #: What happened, in one sentence or in the platform's own words.
    message: str
    #: Trying again may help. It need not be safe: see :attr:`sent`.
    retryable: bool
    #: Whether any byte of a request may have left. If not, trying again is always safe.
    sent: bool
    #: How many were begun, the resend after a stale connection included; 0 where the platform's
    #: answer stands for itself.
    attempts: int
    #: That of the last attempt, once its status line was read; ``None`` otherwise.
    http_status: int | None
    #: The platform's answer byte for byte, ``None`` where it gave none.
    answer: str | None

    def __init__(
        self,
        status: int,
        message: str,
        *,
        retryable: bool = False,
        sent: bool = False,
        attempts: int = 0,
        http_status: int | None = None,
        answer: str | None = None,
    ) -> None:
        super().__init__(status, message)
        self.status = status
        self.message = message
        self.retryable = retryable
        self.sent = sent
        self.attempts = attempts
        self.http_status = http_status
        self.answer = answer

    @property
    def kind(self) -> Kind:
        """What kind of failure it is."""
        return Kind.of(self.status)

    @property
    def name(self) -> str:
        """The status's name in C, such as "YTX_E_TIMEOUT"."""
        return _status.name(self.status)

    def __str__(self) -> str:
        if self.kind is Kind.REFUSED:
            why = _status.text(self.status)
            return f"refused by the platform: {self.status} {self.message} ({why})"
        return self.message


class InvalidArgumentError(Error, ValueError):
    """An argument or option that is not allowed. Nothing was sent; the message names it."""


class InvalidHandleError(Error, ValueError):
    """The client or queue is closed. Nothing was sent."""


class TimeoutError(Error, builtins.TimeoutError):  # noqa: A001
    """A timeout ran out."""


_CLASSES = {
    Kind.INVALID_ARGUMENT: InvalidArgumentError,
    Kind.INVALID_HANDLE: InvalidHandleError,
    Kind.TIMEOUT: TimeoutError,
}


def error_of(kind: Kind, message: str | None = None, **details: Any) -> Error:
    """A failure that is found here, before anything is sent."""
    status = kind.value
    details.setdefault("retryable", bool(_native.status_is_retryable(status)))
    return _CLASSES.get(kind, Error)(status, message or _status.text(status), **details)


def not_allowed(argument: str, why: str) -> Error:
    """The failure of an argument or option that is not allowed."""
    return error_of(Kind.INVALID_ARGUMENT, f"{argument}: {why}")


def failed(status: int, answer: str) -> Error:
    """The failure that a call's status and JSON tell of."""
    kind = Kind.of(status)
    retryable = bool(_native.status_is_retryable(status))
    if kind in (Kind.REFUSED, Kind.PLATFORM):
        words = _platforms_words(answer) if kind is Kind.REFUSED else _status.text(status)
        return Error(status, words, retryable=retryable, sent=True, answer=answer)
    try:
        report = json.loads(answer)
    except ValueError:  # there was no memory for the report
        return error_of(kind)
    return error_of(
        kind,
        report["statusMsg"],
        retryable=report["retryable"],
        sent=report["sent"],
        attempts=report["attempts"],
        http_status=report["httpStatus"],
    )


def _platforms_words(answer: str) -> str:
    """A refusal's statusMsg, where it is a text."""
    words = json.loads(answer).get("statusMsg")
    return words if isinstance(words, str) else ""
