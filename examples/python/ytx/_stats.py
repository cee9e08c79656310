"""Figures for operators, as ytx_client_stats and ytx_queue_stats give them."""

from __future__ import annotations

import ctypes
import json
from typing import NamedTuple

from . import _native
from ._errors import failed


class ClientStats(NamedTuple):
    """What a client has done since it was made."""

    #: Calls that have ended, refused arguments included.
    calls: int
    succeeded: int
    #: The others by their status, such as "-205"; "other" sums up codes without a name.
    failed: dict[str, int]
    #: Connections used or tried.
    attempts: int
    retries: int
    #: Requests sent again because a kept connection had been closed.
    resends: int
    in_flight: int
    connections_opened: int
    connections_idle: int
    #: How long the calls took together.
    seconds: float
    #: How many took no longer, as Prometheus has them; the last bound is infinite.
    buckets: tuple[tuple[float, int], ...]


class QueueStats(NamedTuple):
    """What a queue has at the moment."""

    pending: int
    in_flight: int
    waiting: int
    untaken: int
    watches: int
    #: Submissions refused since the queue was made.
    busy: int
    #: Those that serve all queues of the process.
    threads: int
    oldest_seconds: float


def client_stats(client: int) -> ClientStats:
    """Those of a client of the library."""
    told = _told(_native.client_stats, client)
    return ClientStats(
        calls=told["calls"],
        succeeded=told["succeeded"],
        failed=told["failed"],
        attempts=told["attempts"],
        retries=told["retries"],
        resends=told["resends"],
        in_flight=told["inFlight"],
        connections_opened=told["connections"]["opened"],
        connections_idle=told["connections"]["idle"],
        seconds=told["seconds"]["sum"],
        buckets=tuple((float(bound), count) for bound, count in told["seconds"]["buckets"]),
    )


def queue_stats(queue: int) -> QueueStats:
    """Those of a queue of the library."""
    told = _told(_native.queue_stats, queue)
    return QueueStats(
        pending=told["pending"],
        in_flight=told["inFlight"],
        waiting=told["waiting"],
        untaken=told["untaken"],
        watches=told["watches"],
        busy=told["busy"],
        threads=told["threads"],
        oldest_seconds=told["oldestSeconds"],
    )


def _told(function: _native.Function, handle: int) -> _native.Function:
    status = ctypes.c_int32()
    pointer = function(handle, status)
    if pointer is None:
        raise failed(status.value, "")
    return json.loads(_native.text(pointer))
