"""Watching a room by a loop that blocks. Each watch has a queue of its own, in which the library
sums up what the loop has not come round to."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any

from . import _native, _waiting
from ._arguments import Seconds
from ._errors import InvalidHandleError, failed
from ._members import RoomEvent, read_event
from ._raw_queue import RawQueue
from ._status import Kind
from ._under_way import Entry, UnderWay

if TYPE_CHECKING:
    from ._base import ClientBase


class Watch(Iterator[RoomEvent]):
    """News of a room, as long as the loop goes on. Leaving the loop ends the watch, at the latest
    when nothing refers to it any more."""

    def __init__(
        self, client: ClientBase, arguments: tuple[Any, ...], timeout: Seconds | None
    ) -> None:
        self._queue = queue = RawQueue(max_in_flight=1)
        self._under_way = client._under_way
        entry = Entry(queue.closer())
        handle = client._begin_watch(timeout, entry)
        # What refers to the queue does not refer to this, which is to go when nobody else does.
        self._end = weakref.finalize(self, _end, queue, entry, client._under_way)
        self._end.atexit = False
        try:
            queue.submit(_native.watch_meeting, handle, arguments, None)
        except BaseException:
            self.close()
            raise
        finally:
            handle.free()

    def __next__(self) -> RoomEvent:
        while self._end.alive:
            try:
                taken = _waiting.take(self._queue, None)
            except InvalidHandleError:
                if self._end.alive:
                    raise
                break  # closed by another thread
            except BaseException:
                self.close()
                raise
            if taken is None:
                continue
            if taken.type == _native.ROOM:
                return read_event(taken.status, taken.json)
            stopped = self._under_way.draining and taken.status == Kind.CANCELLED.value
            self.close()
            if not stopped and taken.status != 0:
                raise failed(taken.status, taken.json)
        raise StopIteration

    def close(self) -> None:
        """Ends the watch, from any thread."""
        self._end()

    def __enter__(self) -> Watch:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _end(queue: RawQueue, entry: Entry, under_way: UnderWay) -> None:
    queue.free()
    under_way.end_watch(entry)
