"""The end of the interpreter: what has a log ends before it. A daemon thread that comes back to
tell a line would find no Python any more, in the middle of the library."""

from __future__ import annotations

import atexit
import os
import threading
import time
import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._base import ClientBase
    from ._raw_queue import RawQueue

# What was cancelled ends at once, so this is never waited for in full, but for a log that hangs.
_LONGEST = 5.0

_clients: weakref.WeakSet[ClientBase] = weakref.WeakSet()
# Which process each belongs to: of a parent's threads a forked child has none.
_queues: weakref.WeakKeyDictionary[RawQueue, int] = weakref.WeakKeyDictionary()


def ends_before_the_interpreter(client: ClientBase) -> None:
    """Notes a client with a log."""
    _clients.add(client)


def taken_before_the_interpreter_ends(queue: RawQueue) -> None:
    """Notes a queue whose takes may tell a log."""
    _queues[queue] = os.getpid()


@atexit.register
def _end() -> None:
    until = time.monotonic() + _LONGEST
    idle = []
    for client in list(_clients):
        idle.append(threading.Event())
        client._under_way.drain(idle[-1].set)
        client.cancel()
    for queue, process in list(_queues.items()):
        if process == os.getpid():
            queue.end_takes(until)
    for client_is_idle in idle:
        client_is_idle.wait(max(0.0, until - time.monotonic()))
