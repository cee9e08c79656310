"""What can be asked of the platform: each call with its arguments checked, how it is made on this
thread, how it is handed to a queue, and how its answer is read."""

from __future__ import annotations

import ctypes
import json
from collections.abc import Mapping
from typing import Any, Callable, Generic, TypeVar, Union

from . import _native
from ._arguments import Seconds, milliseconds, optional_text, text
from ._errors import failed
from ._members import MeetingState, read_state

T = TypeVar("T")

#: The body of a request: JSON, sent byte for byte, or what becomes JSON.
Body = Union[str, Mapping[str, Any]]


class Call(Generic[T]):
    """A call that has not been made yet."""

    __slots__ = ("arguments", "function", "read", "submission")

    def __init__(
        self,
        function: _native.Function,
        submission: _native.Function,
        arguments: tuple[Any, ...],
        read: Callable[[str], T],
    ) -> None:
        self.function = function
        self.submission = submission
        self.arguments = arguments
        self.read = read

    def run(self, client: int) -> tuple[int, str]:
        """Makes it on this thread; returns the status and the JSON."""
        status = ctypes.c_int32()
        answer = self.function(client, *self.arguments, status)
        return status.value, _native.text(answer)

    def result(self, status: int, answer: str) -> T:
        """What it returns to the caller, or raises."""
        if status != 0:
            raise failed(status, answer)
        if not answer:
            raise MemoryError("libytx had no memory for the answer")
        return self.read(answer)


def _as_it_is(answer: str) -> str:
    return answer


def lock_meeting(appid: str, confid: str, lackstate: int) -> Call[str]:
    """Locks a room, or unlocks it."""
    arguments = (text("appid", appid), text("confid", confid), lackstate)
    return Call(_native.lock_meeting, _native.lock_meeting_async, arguments, _as_it_is)


def meeting_state(appid: str, confid: str) -> Call[MeetingState]:
    """Asks who is in a room."""
    arguments = (text("appid", appid), text("confid", confid))
    return Call(_native.meeting_state, _native.meeting_state_async, arguments, read_state)


def request(func: str, func_url: str, body_json: Body, version: str | None) -> Call[str]:
    """Signs and sends any other request."""
    if not isinstance(body_json, str):
        if not isinstance(body_json, Mapping):
            what = type(body_json).__name__
            raise TypeError(f"body_json has to be a str or a mapping, not {what}")
        body_json = json.dumps(dict(body_json))
    arguments = (
        optional_text("version", version),
        text("func", func),
        text("func_url", func_url),
        text("body_json", body_json),
    )
    return Call(_native.request, _native.request_async, arguments, _as_it_is)


def watch_meeting(appid: str, confid: str, interval: Seconds | None) -> tuple[Any, ...]:
    """What a watch is submitted with."""
    return text("appid", appid), text("confid", confid), milliseconds("interval", interval)
