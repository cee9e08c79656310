"""A completion queue of the library, with what is submitted kept by number until its event is
taken. It reads no answer."""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import sys
import time
import weakref
from functools import partial
from typing import TYPE_CHECKING, Any, Callable, NamedTuple

from . import _exit, _log, _native, _stats
from ._errors import Error, error_of
from ._status import Kind

if TYPE_CHECKING:
    from ._base import Handle

UNLIMITED = 0xFFFF_FFFF


class Taken(NamedTuple):
    """An event: what came of what was submitted."""

    type: int
    ticket: int
    status: int
    json: str
    #: What was given when it was submitted; ``None`` when the queue is closed.
    kept: Any


def in_flight_limit() -> int:
    """So many requests at once that a quarter of the process's descriptors is left to it."""
    if sys.platform == "win32":
        return UNLIMITED
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return UNLIMITED
    return min(max(soft - soft // 4, 1), UNLIMITED)


class RawQueue:
    """A queue of the library. It belongs to the process that made it."""

    def __init__(
        self,
        max_pending: int = UNLIMITED,
        max_in_flight: int = 0,
        max_watches: int = UNLIMITED,
    ) -> None:
        status = ctypes.c_int32()
        options = _native.QueueOptions(
            struct_size=ctypes.sizeof(_native.QueueOptions),
            max_pending=max_pending,
            max_in_flight=max_in_flight or in_flight_limit(),
            max_watches=max_watches,
        )
        queue: int | None = _native.queue_new(options, status)
        if queue is None:
            raise error_of(Kind(status.value), "a queue cannot be made: no descriptor is left")
        self._queue = queue
        self._numbers = itertools.count(1)
        # What is kept, and the log, which may be told of until the event is taken. It stays when
        # the queue is freed: a take on another thread may be at the log.
        self._kept: dict[int, tuple[Any, _log.Log | None]] = {}
        # The event of each take under way, by its id. Changed in one step, as Python's lock has it.
        self._takes: set[int] = set()
        self.free = weakref.finalize(self, _native.queue_free, queue)
        self.free.atexit = False

    def fileno(self) -> int:
        """The descriptor; an error when the queue is freed or the parent process's."""
        descriptor: int = _native.queue_fd(self._queue)
        if descriptor < 0:
            raise dead()
        return descriptor

    def submit(
        self, function: _native.Function, handle: Handle, arguments: tuple[Any, ...], kept: object
    ) -> int:
        """Hands a call or a watch to the queue; returns its ticket."""
        number = next(self._numbers)
        if handle.log is not None:
            _exit.taken_before_the_interpreter_ends(self)
        self._kept[number] = (kept, handle.log)  # first: another thread may take its event at once
        status = ctypes.c_int32()
        ticket: int = function(handle.client, self._queue, *arguments, number, status)
        if ticket:
            return ticket
        del self._kept[number]
        if status.value == Kind.INVALID_HANDLE.value:
            raise dead() if not self.is_alive() else error_of(Kind.INVALID_HANDLE)
        raise error_of(Kind(status.value))

    def holds(self) -> bool:
        """Whether an event is still to be taken."""
        return bool(self._kept)

    def is_alive(self) -> bool:
        """Whether it can be used in this process."""
        return bool(_native.queue_fd(self._queue) >= 0)

    def take(self, milliseconds: int) -> Taken | None:
        """Takes an event. What interrupted a log waits to be raised: see _log.reraise."""
        event = _native.Event(struct_size=ctypes.sizeof(_native.Event))
        self._takes.add(id(event))
        try:
            found = _native.queue_take(self._queue, event, milliseconds)
        finally:
            self._takes.discard(id(event))
        if found == 0:
            return None
        if found < 0:
            raise dead()
        json = _native.text(event.json)
        if event.type == _native.CLOSED:
            return Taken(event.type, 0, event.status, json, None)
        if event.type == _native.ROOM:
            kept, _ = self._kept[event.tag]
        else:
            kept, _ = self._kept.pop(event.tag)
        return Taken(event.type, event.ticket, event.status, json, kept)

    def cancel(self, ticket: int) -> None:
        """Ends a call or a watch; its event comes at once."""
        _native.queue_cancel(self._queue, ticket)

    def close(self) -> None:
        """Refuses what is new and cancels what is under way."""
        _native.queue_close(self._queue)

    def closer(self) -> Callable[[], object]:
        """What closes it, without referring to this."""
        return partial(_native.queue_close, self._queue)

    def drain(self) -> None:
        """Refuses what is new, and lets calls come to their end."""
        _native.queue_drain(self._queue)

    def end_takes(self, until: float) -> None:
        """Closes it and waits, until then at the latest, for the end of each thread's take."""
        self.close()
        with contextlib.suppress(Error):  # it is freed, and may have a take all the same
            while time.monotonic() < until:
                taken = self.take(50)
                if taken is not None and taken.type == _native.CLOSED:
                    break
        while self._takes and time.monotonic() < until:
            time.sleep(0.001)

    def stats(self) -> _stats.QueueStats:
        """What it has at the moment."""
        return _stats.queue_stats(self._queue)


def dead() -> Error:
    """The failure of a queue that is none any more."""
    why = "queue: it is freed, or it is another process's: make one after the fork"
    return error_of(Kind.INVALID_HANDLE, why)
