"""The figures of the client, the queue and the decisions as Prometheus reads them; the names are
those of examples/c/prometheus.h. It sends nothing."""

from __future__ import annotations

from collections.abc import Iterator

import ytx

DECISIONS = ("let in", "full", "locked", "refused", "failed open", "failed closed")


class Counts:
    """What was decided, and how often."""

    def __init__(self) -> None:
        #: Requests that wait for the platform.
        self.waiting = 0
        self.decisions = dict.fromkeys(DECISIONS, 0)

    def add(self, decision: str) -> None:
        """One more."""
        self.decisions[decision] += 1


def text(client: ytx.ClientStats, queue: ytx.QueueStats, counts: Counts) -> str:
    """All of it, as `text/plain; version=0.0.4`."""
    return "".join(f"{line}\n" for line in _lines(client, queue, counts))


def _lines(client: ytx.ClientStats, queue: ytx.QueueStats, counts: Counts) -> Iterator[str]:
    yield from _head("rooms_invites_total", "counter", "INVITEs by what was decided.")
    for decision, count in counts.decisions.items():
        yield f'rooms_invites_total{{decision="{decision}"}} {count}'
    yield from _head("ytx_calls_total", "counter", "Calls that have ended, by status.")
    yield f'ytx_calls_total{{status="0",name="YTX_OK"}} {client.succeeded}'
    for status, count in client.failed.items():
        name = "YTX_UNKNOWN" if status == "other" else ytx.status_name(int(status))
        yield f'ytx_calls_total{{status="{status}",name="{name}"}} {count}'
    yield from _head(
        "ytx_call_seconds", "histogram", "How long calls took, from the submission on."
    )
    for bound, count in client.buckets:
        le = "+Inf" if bound == float("inf") else f"{bound:g}"
        yield f'ytx_call_seconds_bucket{{le="{le}"}} {count}'
    yield f"ytx_call_seconds_sum {client.seconds}"
    yield f"ytx_call_seconds_count {client.calls}"
    for name, kind, value, means in (
        ("rooms_waiting", "gauge", counts.waiting, "INVITEs and keys that wait for the platform."),
        ("ytx_requests_in_flight", "gauge", client.in_flight, "Calls under way."),
        ("ytx_attempts_total", "counter", client.attempts, "Connections used or tried."),
        ("ytx_retries_total", "counter", client.retries, "Attempts of max_retries."),
        ("ytx_resends_total", "counter", client.resends, "Resends after a stale connection."),
        ("ytx_connections_opened_total", "counter", client.connections_opened, "Connections made."),
        ("ytx_connections_idle", "gauge", client.connections_idle, "Connections kept for reuse."),
        ("ytx_queue_waiting", "gauge", queue.waiting, "Calls that wait for their turn or a retry."),
        ("ytx_queue_untaken", "gauge", queue.untaken, "Events that nobody has taken yet."),
        ("ytx_queue_watches", "gauge", queue.watches, "Rooms watched."),
        ("ytx_queue_busy_total", "counter", queue.busy, "Submissions refused by a full queue."),
        ("ytx_queue_threads", "gauge", queue.threads, "Threads of all queues of the process."),
        ("ytx_queue_oldest_seconds", "gauge", queue.oldest_seconds, "Age of the oldest open call."),
    ):
        yield from _head(name, kind, means)
        yield f"{name} {value}"


def _head(name: str, kind: str, means: str) -> tuple[str, str]:
    return f"# HELP {name} {means}", f"# TYPE {name} {kind}"
