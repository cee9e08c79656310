"""The queue for other loops."""

from __future__ import annotations

import select
import threading

import pytest
from programs import APPID, CONFID, at
from server import Server

import ytx


def taken(queue: ytx.Queue) -> ytx.Event:
    event = queue.take(30)
    assert event is not None
    return event


def test_calls_come_back_as_events(sandbox: str) -> None:
    with at(sandbox) as client, ytx.Queue() as queue:
        assert queue.take() is None
        tag = object()
        tickets = {
            queue.lock_meeting(client, APPID, CONFID, tag="lock"): "lock",
            queue.meeting_state(client, APPID, CONFID, tag=tag): tag,
            queue.request(client, "call", "TeleMeeting.wx", "{}", tag=None): None,
            queue.unlock_meeting(client, "of nobody", CONFID, timeout=5, tag=4): 4,
        }
        events: dict[object, ytx.Event] = {}
        while len(events) < len(tickets):
            select.select([queue], [], [], 30)
            while (event := queue.take()) is not None:
                assert event.type is ytx.EventType.DONE
                assert tickets[event.ticket] is event.tag
                events[event.tag] = event
        state = events[tag].result()
        assert isinstance(state, ytx.MeetingState)
        assert len(state.members) == 5
        assert isinstance(events["lock"].value, str)
        error = events[4].error
        assert error is not None
        assert error.status == ytx.Status.APP_CHECK_FAILED
        with pytest.raises(ytx.Error):
            events[None].result()


def test_a_limit_that_was_asked_for(server: Server) -> None:
    with at(server.url) as client, ytx.Queue(max_pending=1, max_watches=1) as queue:
        ticket = queue.meeting_state(client, APPID, "silence")
        queue.watch_meeting(client, APPID, "silence")
        for submit in (queue.meeting_state, queue.watch_meeting):
            with pytest.raises(ytx.Error) as caught:
                submit(client, APPID, "silence")
            assert caught.value.kind is ytx.Kind.BUSY
            assert caught.value.retryable
        stats = queue.stats()
        assert (stats.pending, stats.watches, stats.busy) == (1, 1, 2)
        queue.cancel(ticket)
        event = taken(queue)
        assert event.error is not None
        assert event.error.kind is ytx.Kind.CANCELLED


def test_a_watch(server: Server) -> None:
    with at(server.url) as client, ytx.Queue() as queue:
        ticket = queue.watch_meeting(client, APPID, "rooms 1+", tag=[1])
        event = taken(queue)
        assert (event.type, event.ticket, event.tag) == (ytx.EventType.ROOM, ticket, [1])
        assert isinstance(event.value, ytx.RoomEvent)
        assert event.value.kind == "snapshot"
        queue.cancel(ticket)
        event = taken(queue)
        assert event.type is ytx.EventType.ENDED
        assert event.error is not None


def test_drain_and_close(slow: str) -> None:
    with at(slow) as client, ytx.Queue() as queue:
        queue.meeting_state(client, APPID, CONFID)
        queue.drain()
        with pytest.raises(ytx.Error) as caught:
            queue.meeting_state(client, APPID, CONFID)
        assert caught.value.kind is ytx.Kind.CANCELLED
        assert taken(queue).error is None
        assert taken(queue).type is ytx.EventType.CLOSED
    with at(slow) as client, ytx.Queue() as queue:
        queue.meeting_state(client, APPID, CONFID)
        queue.close()
        error = taken(queue).error
        assert error is not None
        assert error.kind is ytx.Kind.CANCELLED
        assert taken(queue).type is ytx.EventType.CLOSED


def test_a_freed_queue(sandbox: str) -> None:
    queue = ytx.Queue()
    queue.free()
    queue.free()
    with at(sandbox) as client:
        for use in (queue.take, queue.fileno, lambda: queue.lock_meeting(client, APPID, CONFID)):
            with pytest.raises(ValueError, match="queue: it is freed"):
                use()


def test_a_client_that_drains_or_is_closed(sandbox: str) -> None:
    with ytx.Queue() as queue:
        client = at(sandbox)
        client.drain()
        with pytest.raises(ytx.Error, match="the client drains"):
            queue.lock_meeting(client, APPID, CONFID)
        client = at(sandbox)
        client.close()
        with pytest.raises(ytx.InvalidHandleError, match="client: it is closed"):
            queue.lock_meeting(client, APPID, CONFID)


def test_many_threads_take(sandbox: str) -> None:
    with at(sandbox) as client, ytx.Queue() as queue:
        seen: list[int] = []

        def take() -> None:
            while (event := queue.take(None)) and event.type is not ytx.EventType.CLOSED:
                seen.append(event.ticket)

        threads = [threading.Thread(target=take) for _ in range(4)]
        for thread in threads:
            thread.start()
        tickets = [queue.meeting_state(client, APPID, CONFID) for _ in range(200)]
        queue.drain()
        for thread in threads:
            thread.join(30)
        assert sorted(seen) == sorted(tickets)
