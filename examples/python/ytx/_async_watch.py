"""Watching a room by `async for`."""

from __future__ import annotations

import asyncio
import weakref
from collections import deque
from collections.abc import AsyncIterator
from types import TracebackType
from typing import TYPE_CHECKING, Any

from . import _native
from ._arguments import Seconds
from ._errors import failed
from ._members import RoomEvent, read_event
from ._raw_queue import RawQueue, Taken
from ._status import Kind
from ._under_way import Entry, UnderWay

if TYPE_CHECKING:
    from ._async_client import AsyncClient


# So many events wait at most. A loop that is further behind begins anew.
_MOST = 64


class _Box:
    """Where a watch's events wait for the loop to come round. It does not know the iterator, which
    is to go when nobody else refers to it."""

    def __init__(self, queue: RawQueue) -> None:
        self.events: deque[Taken] = deque()
        self.waiting: asyncio.Future[None] | None = None
        self.queue = queue
        self.ticket = 0
        self.is_behind = False

    def put(self, taken: Taken) -> None:
        if taken.type == _native.ROOM:
            if not self.is_behind and len(self.events) == _MOST:
                self.is_behind = True
                self.events.clear()
                self.stop()
            if self.is_behind:
                return
        self.events.append(taken)
        self.ring()

    def ring(self) -> None:
        if self.waiting is not None and not self.waiting.done():
            self.waiting.set_result(None)

    def stop(self) -> None:
        """Ends the watch, from any thread; its last event comes at once."""
        self.queue.cancel(self.ticket)


class AsyncWatch(AsyncIterator[RoomEvent]):
    """News of a room, as long as the loop goes on. Leaving the loop ends the watch, at the latest
    when nothing refers to it any more.

    Up to 64 events wait for a loop that takes its time. When there are more they are dropped and
    the polls stop; once the loop comes round the watch begins anew, with a snapshot of version 1.
    """

    def __init__(
        self, client: AsyncClient, arguments: tuple[Any, ...], timeout: Seconds | None
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._client = client
        self._arguments = arguments
        self._timeout = timeout
        self._begin()

    def _begin(self) -> None:
        client = self._client
        queue = client._queue(self._loop).queue
        self._box = box = _Box(queue)
        entry = Entry(box.stop)
        under_way = client._under_way
        handle = client._begin_watch(self._timeout, entry)
        try:
            box.ticket = queue.submit(_native.watch_meeting, handle, self._arguments, box.put)
        except BaseException:
            under_way.end_watch(entry)
            raise
        finally:
            handle.free()
        if under_way.draining:  # since the watch was noted, and then it had no ticket
            box.stop()
        self._end = weakref.finalize(self, _end, box, entry, under_way)
        self._end.atexit = False

    async def __anext__(self) -> RoomEvent:
        while self._end.alive:
            taken = await self._next()
            if taken is None:
                break
            if taken.type == _native.ROOM:
                return read_event(taken.status, taken.json)
            draining = self._client._under_way.draining
            is_cancelled = taken.status == Kind.CANCELLED.value
            self._end()
            if (draining and is_cancelled) or taken.status == 0:
                break
            if not (self._box.is_behind and is_cancelled):
                raise failed(taken.status, taken.json)
            self._begin()
        raise StopAsyncIteration

    async def _next(self) -> Taken | None:
        """The next event; ``None`` where the watch was closed."""
        box = self._box
        while self._end.alive and not box.events:
            box.waiting = self._loop.create_future()
            try:
                await box.waiting
            finally:
                box.waiting = None
        return box.events.popleft() if self._end.alive else None

    async def aclose(self) -> None:
        """Ends the watch."""
        self._end()
        self._box.ring()

    async def __aenter__(self) -> AsyncWatch:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()


def _end(box: _Box, entry: Entry, under_way: UnderWay) -> None:
    box.stop()
    under_way.end_watch(entry)
