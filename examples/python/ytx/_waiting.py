"""How a call is waited for. On the main thread it is waited for in parts, between which Python runs
signal handlers, so that Ctrl-C ends a call; on any other thread in the library itself."""

from __future__ import annotations

import threading
import time
from typing import Any

from . import _log
from ._base import Handle
from ._calls import Call
from ._errors import Error
from ._raw_queue import RawQueue, Taken

# The longest that the main thread waits before it looks for signals.
_PART = 100

# Queues of the main thread that nobody uses now: one, unless a signal handler makes calls.
_unused: list[RawQueue] = []


def _on_main_thread() -> bool:
    return threading.get_ident() == threading.main_thread().ident


def call(handle: Handle, wanted: Call[Any]) -> tuple[int, str]:
    """Makes a call and waits for it; returns the status and the JSON."""
    queue = _queue() if _on_main_thread() else None
    if queue is None:
        done = wanted.run(handle.client)
        _log.reraise()
        return done
    try:
        queue.submit(wanted.submission, handle, wanted.arguments, None)
        while (taken := queue.take(_PART)) is None:
            _log.reraise()
        _log.reraise()
    except BaseException:
        queue.free()  # which cancels the call, whether or not its ticket is known
        raise
    _unused.append(queue)
    return taken.status, taken.json


def _queue() -> RawQueue | None:
    """A queue that nobody uses, or ``None`` where none can be made."""
    while _unused:
        queue = _unused.pop()
        if queue.is_alive():
            return queue
        queue.free()  # the parent's: closes this process's copy of its descriptor
    try:
        return RawQueue()
    except Error:
        return None


def take(queue: RawQueue, longest: float | None) -> Taken | None:
    """Takes an event, waiting at most so many seconds; ``None`` is without end."""
    end = None if longest is None else time.monotonic() + longest
    while True:
        left = None if end is None else max(0, round((end - time.monotonic()) * 1000))
        part = _PART if _on_main_thread() else -1
        if left is not None:
            part = left if part < 0 else min(part, left)
        taken = queue.take(min(part, 0x7FFF_FFFF))
        _log.reraise()
        if taken is not None or left == 0:
            return taken
