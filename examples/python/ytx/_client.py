"""The client that blocks."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import TypeVar

from . import _calls, _native, _waiting
from ._arguments import Seconds, milliseconds
from ._base import ClientBase
from ._calls import Body, Call
from ._members import MeetingState
from ._watch import Watch

T = TypeVar("T")
C = TypeVar("C", bound="Client")


class Client(ClientBase):
    """A connection to the platform on behalf of one account, for programs that wait.

    A program makes one and keeps it for as long as it runs. Any number of threads may use it at
    once, and so may a forked child; connections are kept and shared.
    """

    def lock_meeting(self, appid: str, confid: str, *, timeout: Seconds | None = None) -> str:
        """Locks a room: nobody else can join. Returns the platform's answer.

        The lock is an absolute value, so a call that broke off may be made again. A repeated lock
        can overtake another client's unlock.
        """
        return self._call(_calls.lock_meeting(appid, confid, _native.LOCK), timeout)

    def unlock_meeting(self, appid: str, confid: str, *, timeout: Seconds | None = None) -> str:
        """Unlocks a room: members can join. Returns the platform's answer."""
        return self._call(_calls.lock_meeting(appid, confid, _native.UNLOCK), timeout)

    def meeting_state(
        self, appid: str, confid: str, *, timeout: Seconds | None = None
    ) -> MeetingState:
        """Asks who is in a room."""
        return self._call(_calls.meeting_state(appid, confid), timeout)

    def request(
        self,
        func: str,
        func_url: str,
        body_json: Body,
        *,
        version: str | None = None,
        timeout: Seconds | None = None,
    ) -> str:
        """Signs and sends any other request of the platform, and returns its answer.

        It is never sent twice, since the library cannot know what that would do.

        :param func: "call", "sms", "traffic" or "account"
        :param func_url: the function, such as "NoticeCall.wx"
        :param body_json: one JSON object, sent byte for byte; or a mapping
        :param version: the interface's version; "201612" unless told
        """
        return self._call(_calls.request(func, func_url, body_json, version), timeout)

    def watch_meeting(
        self,
        appid: str,
        confid: str,
        *,
        interval: Seconds | None = None,
        timeout: Seconds | None = None,
    ) -> Watch:
        """Watches a room: an iterator of what happens there. It asks at once, and then every
        interval, 5 seconds unless told."""
        return Watch(self, _calls.watch_meeting(appid, confid, interval), timeout)

    def drain(self, timeout: Seconds | None = None) -> bool:
        """Refuses new calls, ends the watches and waits for the calls under way, so long at most.
        Tells whether all have ended."""
        idle = threading.Event()
        self._under_way.drain(idle.set)
        return idle.wait(None if timeout is None else milliseconds("timeout", timeout) / 1000)

    def __enter__(self: C) -> C:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _call(self, call: Call[T], timeout: Seconds | None) -> T:
        handle = self._begin(timeout)
        try:
            status, answer = _waiting.call(handle, call)
        finally:
            self._end(handle)
        return call.result(status, answer)
