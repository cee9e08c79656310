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


class _Box:
    """Where a watch's events wait for the loop to come round. It does not know the iterator, which
    is to go when nobody else refers to it."""

    def __init__(self, queue: RawQueue) -> None:
        self.events: deque[Taken] = deque()
        self.waiting: asyncio.Future[None] | None = None
        self.queue = queue
        self.ticket = 0

    def put(self, taken: Taken) -> None:
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
    when nothing refers to it any more. Events that nobody waits for are kept."""

    def __init__(
        self, client: AsyncClient, arguments: tuple[Any, ...], timeout: Seconds | None
    ) -> None:
        self._loop = asyncio.get_running_loop()
        queue = client._queue(self._loop).queue
        self._box = box = _Box(queue)
        entry = Entry(box.stop)
        self._under_way = under_way = client._under_way
        handle = client._begin_watch(timeout, entry)
        try:
            box.ticket = queue.submit(_native.watch_meeting, handle, arguments, box.put)
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
        box = self._box
        while self._end.alive and not box.events:
            box.waiting = self._loop.create_future()
            try:
                await box.waiting
            finally:
                box.waiting = None
        if not self._end.alive:
            raise StopAsyncIteration
        taken = box.events.popleft()
        if taken.type == _native.ROOM:
            return read_event(taken.status, taken.json)
        stopped = self._under_way.draining and taken.status == Kind.CANCELLED.value
        self._end()
        if stopped or taken.status == 0:
            raise StopAsyncIteration
        raise failed(taken.status, taken.json)

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
