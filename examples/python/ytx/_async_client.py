"""The client for asyncio: the same calls, awaited."""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial
from types import TracebackType
from typing import TypeVar

from . import _calls, _native
from ._arguments import Seconds
from ._async_watch import AsyncWatch
from ._base import ClientBase
from ._calls import Body, Call
from ._loop import LoopQueue, leave_all, queue_of
from ._members import MeetingState
from ._raw_queue import Taken

T = TypeVar("T")
C = TypeVar("C", bound="AsyncClient")


class AsyncClient(ClientBase):
    """A connection to the platform on behalf of one account, for asyncio.

    A program makes one and keeps it for as long as it runs, before its loop begins or after. No
    thread waits for a call: the loop does. A task that is cancelled cancels its call.
    """

    async def lock_meeting(self, appid: str, confid: str, *, timeout: Seconds | None = None) -> str:
        """Locks a room: nobody else can join. Returns the platform's answer.

        Lock calls for one room go out one after the other, in their order.
        """
        return await self._call(_calls.lock_meeting(appid, confid, _native.LOCK), timeout)

    async def unlock_meeting(
        self, appid: str, confid: str, *, timeout: Seconds | None = None
    ) -> str:
        """Unlocks a room: members can join. Returns the platform's answer."""
        return await self._call(_calls.lock_meeting(appid, confid, _native.UNLOCK), timeout)

    async def meeting_state(
        self, appid: str, confid: str, *, timeout: Seconds | None = None
    ) -> MeetingState:
        """Asks who is in a room."""
        return await self._call(_calls.meeting_state(appid, confid), timeout)

    async def request(
        self,
        func: str,
        func_url: str,
        body_json: Body,
        *,
        version: str | None = None,
        timeout: Seconds | None = None,
    ) -> str:
        """Signs and sends any other request of the platform: see :meth:`Client.request`."""
        return await self._call(_calls.request(func, func_url, body_json, version), timeout)

    def watch_meeting(
        self,
        appid: str,
        confid: str,
        *,
        interval: Seconds | None = None,
        timeout: Seconds | None = None,
    ) -> AsyncWatch:
        """Watches a room: an asynchronous iterator of what happens there. It asks at once, and then
        every interval, 5 seconds unless told."""
        return AsyncWatch(self, _calls.watch_meeting(appid, confid, interval), timeout)

    async def drain(self) -> None:
        """Refuses new calls, ends the watches and waits for the calls under way."""
        loop = asyncio.get_running_loop()
        idle = asyncio.Event()
        self._under_way.drain(partial(_tell, loop, idle))
        await idle.wait()

    async def aclose(self) -> None:
        """Releases the client; :meth:`close` does the same."""
        self.close()

    def close(self) -> None:
        """Releases the client. Calls under way finish; later ones fail. It may be called again."""
        super().close()
        leave_all(self)

    async def __aenter__(self: C) -> C:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    async def _call(self, call: Call[T], timeout: Seconds | None) -> T:
        loop = asyncio.get_running_loop()
        queue = self._queue(loop).queue
        handle = self._begin(timeout)
        done: asyncio.Future[Taken] = loop.create_future()
        try:
            ticket = queue.submit(call.submission, handle, call.arguments, partial(_end, done))
            try:
                taken = await done
            except BaseException:
                queue.cancel(ticket)
                raise
        finally:
            self._end(handle)
        return call.result(taken.status, taken.json)

    def _queue(self, loop: asyncio.AbstractEventLoop) -> LoopQueue:
        self._living()
        queue = queue_of(loop)
        queue.use(self)
        return queue


def _tell(loop: asyncio.AbstractEventLoop, idle: asyncio.Event) -> None:
    with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
        loop.call_soon_threadsafe(idle.set)


def _end(done: asyncio.Future[Taken], taken: Taken) -> None:
    if not done.done():  # it is, where the task was cancelled
        done.set_result(taken)
