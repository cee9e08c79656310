"""What a caller is told: an answer for whatever the platform or the library said. It sends none."""

from __future__ import annotations

from typing import NamedTuple

import ytx


class Answer(NamedTuple):
    """A status of SIP with its phrase and more headers."""

    status: int
    phrase: str
    headers: str = ""


OK = Answer(200, "OK")
FULL = Answer(486, "Room Full")
LOCKED = Answer(403, "Room Locked")
#: Another key of the same room is on its way.
PENDING = Answer(491, "Request Pending")
ENDING = Answer(503, "Service Unavailable", "Retry-After: 5\r\n")
NOT_HOST = Answer(403, "Not the Host")


def of(error: ytx.Error) -> Answer:
    """As the SIP host in C has it. None of these ends a dialog, as 404 or 502 would (RFC 5057)."""
    why = f"{error.name}: {error}".replace("\\", "/").replace('"', "'")
    warning = f'Warning: 399 kamailio "{" ".join(why.split())}"\r\n'
    if error.kind is ytx.Kind.BUSY or error.status == ytx.Status.TOO_MANY_REQUESTS:
        return Answer(503, "Service Unavailable", warning + "Retry-After: 5\r\n")
    if error.kind is ytx.Kind.TIMEOUT:
        return Answer(504, "Gateway Time-out", warning)
    if error.kind is ytx.Kind.INVALID_ARGUMENT:
        return Answer(400, "Bad Request", warning)
    if is_refusal(error):
        return Answer(403, "Forbidden", warning)
    return Answer(500, "No Answer of the Platform", warning)


def is_refusal(error: ytx.Error) -> bool:
    """Whether it was answered, and with no: neither open nor closed helps there."""
    passing = (ytx.Status.TOO_MANY_REQUESTS, ytx.Status.PLATFORM_FAULT)
    refused = error.kind is ytx.Kind.REFUSED and error.status not in passing
    return refused or error.kind is ytx.Kind.INVALID_ARGUMENT
