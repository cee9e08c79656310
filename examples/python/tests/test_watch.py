"""Watching a room, by a loop that blocks and by `async for`."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable

import pytest
from programs import APPID, async_at, at
from server import Server
from test_async import descriptors, in_loop

import ytx
from ytx import _async_watch, _loop
from ytx._async_watch import AsyncWatch

# Each next state is there when the one before was told.
ROOM = "rooms 1+,2- 1m,2-,3+ 3+,1+ -100 1+"
FAST = 0.2


def check(events: list[ytx.RoomEvent]) -> None:
    """What all four kinds of event have to say."""
    snapshot, changed, again, lost, restored = events
    assert (snapshot.kind, snapshot.version, snapshot.confid) == ("snapshot", 1, ROOM)
    assert snapshot.online == 1
    assert [(it.phone, it.online) for it in snapshot.members] == [("1", True), ("2", False)]
    assert snapshot.joined == snapshot.left == snapshot.muted == snapshot.unmuted == ()
    assert (changed.kind, changed.version) == ("changed", 2)
    assert changed.polls >= 1  # more, where the machine is too busy to take it before the next one
    assert [it.phone for it in changed.joined] == ["3"]
    assert [(it.phone, it.muted) for it in changed.muted] == [("1", True)]
    assert [it.phone for it in again.unmuted] == ["1"]
    assert [it.phone for it in again.members] == ["3", "1"]
    assert lost.kind == "lost"
    assert lost.online is None
    assert lost.members == ()
    assert lost.error is not None
    assert lost.error.status == ytx.Status.PLATFORM_FAULT
    assert restored.kind == "restored"
    assert [it.phone for it in restored.left] == ["3"]
    assert restored.error is None


def test_a_loop_that_blocks(server: Server) -> None:
    events = []
    server.state = 0
    with at(server.url) as client:
        for event in client.watch_meeting(APPID, ROOM, interval=FAST):
            events.append(event)
            server.state = len(events)
            if event.kind == "restored":
                break
    check(events)


def test_async_for(server: Server) -> None:
    server.state = 0

    async def main() -> list[ytx.RoomEvent]:
        events = []
        async with async_at(server.url) as client:
            async for event in client.watch_meeting(APPID, ROOM, interval=FAST):
                events.append(event)
                server.state = len(events)
                if event.kind == "restored":
                    return events
        raise AssertionError("the watch has ended")

    check(in_loop(main()))


def test_leaving_the_loop_ends_the_watch(server: Server) -> None:
    def watch(client: ytx.Client) -> None:
        for _ in client.watch_meeting(APPID, "rooms 1+", interval=60):
            break

    with at(server.url) as client:
        watch(client)  # the library's threads, which are there from now on, have descriptors
        before = descriptors()
        for _ in range(5):
            watch(client)
        assert descriptors() - before == Counter()

    async def main() -> None:
        async with async_at(server.url) as client:
            async for _ in client.watch_meeting(APPID, "rooms 1+", interval=60):
                break
            await until_no_watch()

    in_loop(main())


async def until(condition: Callable[[], bool]) -> None:
    """Lets the loop go on until then."""
    while not condition():
        await asyncio.sleep(0.001)


async def until_no_watch() -> None:
    """Until the last event of each was taken."""
    queue = _loop.queue_of(asyncio.get_running_loop()).queue
    await until(lambda: not queue.stats().watches)


def test_a_loop_that_is_far_behind_begins_anew(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_async_watch, "_MOST", 2)
    room = "rooms 1+ 2+ 3+ 4+ 5+ 6+ 7+ 8+ 9+"

    async def main() -> list[ytx.RoomEvent]:
        async with async_at(server.url) as client:
            events: list[ytx.RoomEvent] = []
            async for event in client.watch_meeting(APPID, room, interval=FAST):
                events.append(event)
                if len(events) == 3:
                    break
                if len(events) == 1:  # two changes wait; the third one ends the watch
                    await until_no_watch()
                    assert len(server.asked) == 4
            return events

    events = in_loop(main())
    assert [(it.kind, it.version) for it in events] == [
        ("snapshot", 1),
        ("snapshot", 1),
        ("changed", 2),
    ]
    assert [it.phone for it in events[1].members] == ["5"]


def test_a_loop_that_is_far_behind_is_told_of_its_end(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_async_watch, "_MOST", 0)

    async def too_slow(client: ytx.AsyncClient) -> AsyncWatch:
        watch = client.watch_meeting(APPID, "rooms 1+")
        await until(lambda: watch._box.is_behind)
        return watch

    async def main() -> None:
        async with async_at(server.url) as client:
            watch = await too_slow(client)
            await client.drain()
            assert [it async for it in watch] == []
        async with async_at(server.url) as client:
            watch = await too_slow(client)
            client.cancel()
            with pytest.raises(ytx.Error) as caught:
                await watch.__anext__()
            assert caught.value.kind is ytx.Kind.CANCELLED

    in_loop(main())


def test_a_refusal_ends_it(server: Server) -> None:
    with at(server.url) as client:
        watch = client.watch_meeting(APPID, "rooms -205")
        with pytest.raises(ytx.Error) as caught:
            next(watch)
        assert caught.value.status == ytx.Status.APP_CHECK_FAILED
        assert list(watch) == []

    async def main() -> None:
        async with async_at(server.url) as client:
            watch = client.watch_meeting(APPID, "rooms -205")
            with pytest.raises(ytx.Error) as caught:
                await watch.__anext__()
            assert caught.value.status == ytx.Status.APP_CHECK_FAILED
            assert [it async for it in watch] == []

    in_loop(main())


def test_an_argument_that_is_not_allowed(server: Server) -> None:
    with at(server.url) as client:
        with pytest.raises(TypeError, match="confid has to be a str"):
            client.watch_meeting(APPID, 7)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="interval: -1 is no time"):
            client.watch_meeting(APPID, "1", interval=-1)
        with pytest.raises(ytx.InvalidArgumentError, match="interval"):
            next(client.watch_meeting(APPID, "1", interval=0.1))
    assert server.asked == []


def test_it_may_be_closed_elsewhere(server: Server) -> None:
    with at(server.url) as client:
        watch = client.watch_meeting(APPID, "silence")
        seen: list[object] = []
        threads = [threading.Thread(target=lambda: seen.append(list(watch))) for _ in range(2)]
        for thread in threads:
            thread.start()
        server.wait_asked(1)
        watch.close()
        for thread in threads:
            thread.join(30)
        assert seen == [[], []]

    async def main() -> None:
        async with async_at(server.url) as client:
            watch = client.watch_meeting(APPID, "silence")
            task = asyncio.ensure_future(watch.__anext__())
            await asyncio.sleep(0)
            await watch.aclose()
            with pytest.raises(StopAsyncIteration):
                await task

    in_loop(main())


def test_drain_ends_it_and_cancel_is_an_error(server: Server) -> None:
    with at(server.url) as client:
        watch = client.watch_meeting(APPID, "silence")
        assert client.drain()
        assert list(watch) == []
    with at(server.url) as client:
        for timeout in (None, 50):
            watch = client.watch_meeting(APPID, "silence", timeout=timeout)
            threading.Timer(0, client.cancel).start()
            with pytest.raises(ytx.Error) as caught:
                next(watch)
            assert caught.value.kind is ytx.Kind.CANCELLED
            break


def test_drain_waits_for_the_calls(slow: str) -> None:
    with at(slow) as client:
        ended = threading.Event()

        def call() -> None:
            client.meeting_state(APPID, "002")
            ended.set()

        thread = threading.Thread(target=call)
        thread.start()
        while not client._under_way._calls:
            pass
        assert not client.drain(0.01)
        assert client.drain(30)
        thread.join()
        assert ended.is_set()
        with pytest.raises(ytx.Error, match="the client drains"):
            client.meeting_state(APPID, "002")
