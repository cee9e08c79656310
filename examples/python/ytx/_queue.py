"""A queue for programs with a loop of their own: calls are submitted and come back as events."""

from __future__ import annotations

import enum
from types import TracebackType
from typing import Any, Callable, NamedTuple, Union

from . import _calls, _native, _waiting
from ._arguments import Seconds, count, milliseconds
from ._base import ClientBase
from ._calls import Body, Call
from ._errors import Error, failed
from ._members import MeetingState, RoomEvent, read_event
from ._raw_queue import UNLIMITED, RawQueue, Taken
from ._stats import QueueStats

#: What a call returns: the platform's answer, or who is in a room; what a watch tells.
Value = Union[str, MeetingState, RoomEvent]


class EventType(enum.IntEnum):
    """What an event tells of."""

    DONE = _native.DONE  # a call has ended
    ROOM = _native.ROOM  # a watch has news of its room
    ENDED = _native.ENDED  # a watch has ended
    CLOSED = _native.CLOSED  # the queue is closed and holds nothing more


class Event(NamedTuple):
    """What has come of a call or a watch."""

    type: EventType
    #: What the submission returned; 0 for CLOSED.
    ticket: int
    #: What was given to the submission.
    tag: Any
    #: What the call has returned, or the news of a room.
    value: Value | None
    #: Why the call failed, or the watch ended.
    error: Error | None

    def result(self) -> Value | None:
        """The value; the error is raised where there is one."""
        if self.error is not None:
            raise self.error
        return self.value


class _Submitted(NamedTuple):
    """What is kept with a call or a watch."""

    tag: object
    read: Callable[[int, str], Value]


class Queue:
    """A completion queue. Calls and watches of any client are submitted, and nothing waits; when
    :meth:`fileno` is readable, :meth:`take` gives what has come of them.

    It belongs to the process that made it: make one after a fork, with the clients from before it.
    Any number of threads may use it at once.
    """

    def __init__(
        self,
        *,
        max_pending: int | None = None,
        max_in_flight: int | None = None,
        max_watches: int | None = None,
    ) -> None:
        """No thread is started.

        :param max_pending: calls accepted and not yet taken, more of which are refused; no limit
            unless told
        :param max_in_flight: requests on their way at once, the rest wait; as the process's limit
            of descriptors allows, unless told
        :param max_watches: watches, more of which are refused; no limit unless told
        """
        self._queue = RawQueue(
            count("max_pending", max_pending) or UNLIMITED,
            count("max_in_flight", max_in_flight),
            count("max_watches", max_watches) or UNLIMITED,
        )

    def fileno(self) -> int:
        """The descriptor that is readable while there is an event to take. It is only waited for:
        neither read nor closed."""
        return self._queue.fileno()

    def lock_meeting(
        self,
        client: ClientBase,
        appid: str,
        confid: str,
        *,
        timeout: Seconds | None = None,
        tag: object = None,
    ) -> int:
        """Submits :meth:`Client.lock_meeting`; returns the ticket. The tag is anything, and comes
        back in the event."""
        return self._submit(client, _calls.lock_meeting(appid, confid, 1), timeout, tag)

    def unlock_meeting(
        self,
        client: ClientBase,
        appid: str,
        confid: str,
        *,
        timeout: Seconds | None = None,
        tag: object = None,
    ) -> int:
        """Submits :meth:`Client.unlock_meeting`."""
        return self._submit(client, _calls.lock_meeting(appid, confid, 0), timeout, tag)

    def meeting_state(
        self,
        client: ClientBase,
        appid: str,
        confid: str,
        *,
        timeout: Seconds | None = None,
        tag: object = None,
    ) -> int:
        """Submits :meth:`Client.meeting_state`."""
        return self._submit(client, _calls.meeting_state(appid, confid), timeout, tag)

    def request(
        self,
        client: ClientBase,
        func: str,
        func_url: str,
        body_json: Body,
        *,
        version: str | None = None,
        timeout: Seconds | None = None,
        tag: object = None,
    ) -> int:
        """Submits :meth:`Client.request`."""
        return self._submit(
            client, _calls.request(func, func_url, body_json, version), timeout, tag
        )

    def watch_meeting(
        self,
        client: ClientBase,
        appid: str,
        confid: str,
        *,
        interval: Seconds | None = None,
        timeout: Seconds | None = None,
        tag: object = None,
    ) -> int:
        """Watches a room: any number of ROOM events, then one ENDED."""
        handle = client._for_queue(timeout)
        try:
            return self._queue.submit(
                _native.watch_meeting,
                handle,
                _calls.watch_meeting(appid, confid, interval),
                _Submitted(tag, read_event),
            )
        finally:
            handle.free()

    def take(self, timeout: Seconds | None = 0) -> Event | None:
        """Takes an event; ``None`` where none comes within the time. 0 does not wait, ``None``
        waits without end."""
        if timeout == 0:
            longest: float | None = 0
        else:
            longest = None if timeout is None else milliseconds("timeout", timeout) / 1000
        taken = _waiting.take(self._queue, longest)
        return None if taken is None else _event(taken)

    def cancel(self, ticket: int) -> None:
        """Ends a call or a watch. Its event comes at once; nothing happens where it has ended."""
        self._queue.cancel(ticket)

    def close(self) -> None:
        """Refuses new work and cancels what is under way. Each still gives its event, then every
        take gives CLOSED."""
        self._queue.close()

    def drain(self) -> None:
        """Refuses new work, ends the watches, and lets the calls come to their own end; then every
        take gives CLOSED."""
        self._queue.drain()

    def free(self) -> None:
        """Releases the queue, with all that was not taken. Stop waiting for its descriptor
        before. It may be called again."""
        self._queue.free()

    def stats(self) -> QueueStats:
        """What the queue has at the moment."""
        return self._queue.stats()

    def __enter__(self) -> Queue:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.free()

    def _submit(
        self, client: ClientBase, call: Call[Any], timeout: Seconds | None, tag: object
    ) -> int:
        handle = client._for_queue(timeout)
        try:
            return self._queue.submit(
                call.submission, handle, call.arguments, _Submitted(tag, call.result)
            )
        finally:
            handle.free()


def _event(taken: Taken) -> Event:
    kind = EventType(taken.type)
    if kind is EventType.CLOSED:
        return Event(kind, 0, None, None, None)
    submitted: _Submitted = taken.kept
    try:
        if kind is EventType.ENDED and taken.status != 0:
            raise failed(taken.status, taken.json)
        value = None if kind is EventType.ENDED else submitted.read(taken.status, taken.json)
    except Error as error:
        return Event(kind, taken.ticket, submitted.tag, None, error)
    return Event(kind, taken.ticket, submitted.tag, value, None)
