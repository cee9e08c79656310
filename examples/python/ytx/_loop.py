"""One queue for each event loop of asyncio, shared by all clients that are used there. The loop
waits for its descriptor and takes what is there; no thread and no executor is used."""

from __future__ import annotations

import asyncio
import os
import weakref
from typing import Callable

from . import _log
from ._raw_queue import RawQueue, Taken

#: What is kept with a call or watch: what becomes of its events.
Sink = Callable[[Taken], None]

# So many events at once; then others of the loop have their turn.
_AT_ONCE = 256


class LoopQueue:
    """The queue of a loop, in one process."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.queue = RawQueue()
        self.process = os.getpid()
        self._loop = weakref.ref(loop)
        # Clients that have used it and are open. The last one takes the queue along.
        self._users: weakref.WeakSet[object] = weakref.WeakSet()
        self._descriptor = self.queue.fileno()
        loop.add_reader(self._descriptor, self._take)

    def _take(self) -> None:
        for _ in range(_AT_ONCE):
            taken = self.queue.take(0)
            if taken is None:
                break
            if taken.kept is not None:
                taken.kept(taken)
            _log.reraise()
        self._end_if_unused()

    def use(self, client: object) -> None:
        """A client uses it."""
        self._users.add(client)

    def leave(self, client: object) -> None:
        """A client is closed, on any thread."""
        if client not in self._users or self.process != os.getpid():
            return
        self._users.discard(client)
        loop = self._loop()
        if loop is not None and loop.is_running() and not _is_here(loop):
            loop.call_soon_threadsafe(self._end_if_unused)
        else:
            self._end_if_unused()

    def _end_if_unused(self) -> None:
        """Releases the queue, once no client uses it and nothing is under way."""
        loop = self._loop()
        ended = loop is None or loop.is_closed()
        if self._users or (self.queue.holds() and not ended):
            return
        if loop is not None and _queues.get(loop) is self:
            del _queues[loop]
            if not loop.is_closed():
                loop.remove_reader(self._descriptor)
        self.queue.free()


def _is_here(loop: asyncio.AbstractEventLoop) -> bool:
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False


_queues: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, LoopQueue] = (
    weakref.WeakKeyDictionary()
)


def queue_of(loop: asyncio.AbstractEventLoop) -> LoopQueue:
    """The queue of a loop, made when there is none in this process."""
    found = _queues.get(loop)
    if found is None or found.process != os.getpid():
        found = _queues[loop] = LoopQueue(loop)
    return found


def leave_all(client: object) -> None:
    """A client is closed."""
    for queue in list(_queues.values()):
        queue.leave(client)
